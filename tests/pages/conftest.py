"""AppTest for these tests: with access, and without a scan of all packages before each run."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from streamlit.components.v2 import manifest_scanner

from core.access.identity import Caller
from core.infrastructure.clock import Clock, utc_now
from core.runtime import instance
from core.runtime.application import Application
from core.runtime.build import build
from core.settings import Settings
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


@contextmanager
def running(clock: Clock = utc_now, **settings: Any) -> Iterator[Application]:
    """Let the pages use a Freio on an empty database in memory, for a block."""
    defaults = {"database": "duckdb:///:memory:", "demo": False}
    made = build(Settings(**defaults | settings), clock)
    instance.use(made)
    try:
        yield made
    finally:
        instance.use(None)
        made.stop()


@pytest.fixture
def empty() -> Iterator[Application]:
    with running() as made:
        yield made


@pytest.fixture
def freio(empty: Application) -> Application:
    """An empty Freio; a file of tests may load into its own."""
    return empty
