"""AppTest for these tests: with access, and without work that is the same for each run."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import app_test, local_script_runner

from core.access.identity import Caller
from core.infrastructure.clock import Clock, utc_now
from core.runtime import instance
from core.runtime.application import Application
from core.runtime.build import build
from core.runtime.garbage_collection import GarbageCollection
from core.settings import Settings
from pages.viewer import current_user


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the reader access, because AppTest has no connection with a cookie."""
    monkeypatch.setattr(current_user, "caller", lambda: Caller("127.0.0.1", has_access=True))


@pytest.fixture(autouse=True)
def no_garbage_collection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Collect no garbage when Freio starts, because that takes as long as most of these tests."""
    monkeypatch.setattr(GarbageCollection, "start", lambda _: 0)


@pytest.fixture(scope="session", autouse=True)
def same_for_each_run() -> Iterator[None]:
    """Do the same work only once for all runs, because it takes longer than most tests.

    Compile each page once. Search no installed package for components: Freio uses none.
    """
    compiled = ScriptCache()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app_test, "ScriptCache", lambda: compiled)
        patch.setattr(local_script_runner, "ScriptCache", lambda: compiled)
        patch.setattr(manifest_scanner, "scan_component_manifests", list)
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
    """Return an empty Freio. A test file can define its own with data."""
    return empty
