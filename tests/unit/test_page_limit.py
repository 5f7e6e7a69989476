"""The number of pages that may be open, in total and from one address."""

import pytest

from core.runtime import instance
from core.settings import Settings
from pages.server.page_limit import PageLimit


@pytest.mark.parametrize(("limit", "from_one_address"), [(1, 1), (2, 1), (10, 5)])
def test_one_address_gets_half_of_the_pages_but_at_least_one(
    monkeypatch: pytest.MonkeyPatch, limit: int, from_one_address: int
) -> None:
    monkeypatch.setattr(instance, "settings", lambda: Settings(max_pages=limit))
    pages = PageLimit(lambda *_: None)
    for _ in range(from_one_address):
        assert not pages._is_full("192.0.2.1")
        pages._open["192.0.2.1"] += 1
    assert pages._is_full("192.0.2.1")
