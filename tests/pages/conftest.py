"""AppTest has no connection that could carry a cookie: its reader has the access token."""

import pytest

from core.access.identity import Caller
from pages.viewer import current_user


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_user, "caller", lambda: Caller("127.0.0.1", has_access=True))
