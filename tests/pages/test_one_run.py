"""One run of a page reads the clock and resolves the identity once; the next run does so again."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from core.settings import ROOT
from pages.viewer import current_user
from tests.pages.conftest import running
from tests.pages.test_pages import PAGES, fill, opened


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    counts = {"clock": 0, "identity": 0}
    resolve = current_user._identity

    def clock() -> datetime:
        counts["clock"] += 1
        return datetime.now(UTC)

    def identity(*args: Any) -> Any:
        counts["identity"] += 1
        return resolve(*args)

    monkeypatch.setattr(current_user, "_identity", identity)
    with running(clock) as made:
        fill(made)
        yield counts


@pytest.mark.parametrize("page", [*PAGES, "help"])
def test_a_run_reads_the_clock_and_resolves_the_identity_once(
    reads: dict[str, int], page: str
) -> None:
    at = opened(page, id="s1")
    for _ in range(2):
        reads.update(clock=0, identity=0)
        at.run()
        assert not at.exception
        assert reads == {"clock": 1, "identity": 1}


def test_pages_read_through_the_view_and_not_all_accounts() -> None:
    for path in (ROOT / "pages").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "app.queries" not in text, path
        assert "app.concerns" not in text, path
