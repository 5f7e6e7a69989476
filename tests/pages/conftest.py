"""AppTest for these tests: with access, and without a scan of all packages before each run."""

from collections.abc import Iterator
from functools import cache

import pytest
from streamlit.components.v2 import manifest_scanner

from core.access.identity import Caller
from pages.viewer import current_user


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest has no connection that could carry a cookie: its reader has the access token."""
    monkeypatch.setattr(current_user, "caller", lambda: Caller("127.0.0.1", has_access=True))


@pytest.fixture(scope="session", autouse=True)
def components() -> Iterator[None]:
    """Look for installed components once; AppTest does so in each run, for most of its time."""
    with pytest.MonkeyPatch.context() as patch:
        scan = cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield
