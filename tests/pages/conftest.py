"""AppTest has no connection whose other end could be told: its reader sits at this machine."""

import pytest

from core.identity import Caller
from pages.parts import who


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(who, "caller", lambda: Caller("127.0.0.1", is_local=True))
