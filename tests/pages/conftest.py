"""AppTest has no connection that could carry a cookie: its reader has the access token."""

import pytest

from core.identity import Caller
from pages.parts import who


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(who, "caller", lambda: Caller("127.0.0.1", has_access=True))
