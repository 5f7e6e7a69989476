"""Measure the coverage of `make test` in one case of each test.

The measurement makes some code twice as slow. These tests run the same code again, so they run
without the measurement: other cases of a table, slow tests of the contract and the contract on
PostgreSQL, property tests, browser tests and races.
"""

import pkgutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

import pytest

import core
import pages
from tests import levels

#: The kinds whose tests run most of Freio in their own process.
KINDS: Final = {"connectors", "contract", "faults", "feed", "pages", "unit"}
#: The key in pytest's configuration for the tests that are measured.
MEASURED: Final = pytest.StashKey[set[pytest.Item]]()


def begin(config: pytest.Config) -> None:
    """Measure the import of each module in the main process, then stop until the first test."""
    if found := _controller(config):
        if not hasattr(config, "workerinput"):
            _import_all()
        found.pause()


def first_cases(items: Sequence[pytest.Item]) -> set[pytest.Item]:
    """Return the first case of each test that is measured."""
    firsts = (table[0] for table in levels.tables(items))
    return {first for first in firsts if _is_measured(first)}


def _is_measured(item: pytest.Item) -> bool:
    kind = levels.kind_of(item.nodeid)
    if kind not in KINDS or levels.is_property_test(item):
        return False
    return kind != "contract" or levels.level_of(item) is levels.Level.QUICK


@contextmanager
def measured(item: pytest.Item) -> Iterator[None]:
    """Measure a test if it was chosen."""
    found = _controller(item.config)
    if not found or item not in item.config.stash[MEASURED]:
        yield
        return
    found.resume()
    try:
        yield
    finally:
        found.pause()


def _controller(config: pytest.Config) -> Any:
    """Return what starts and stops coverage, or None if pytest runs without `--cov`."""
    return getattr(config.pluginmanager.getplugin("_cov"), "cov_controller", None)


def _import_all() -> None:
    for package in (core, pages):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            is_script = module.name.endswith("__main__") or (
                package is pages and module.name.count(".") == 1
            )
            if module.ispkg or not is_script:
                import_module(module.name)
