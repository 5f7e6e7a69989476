"""The three levels of the test suite: which tests each level runs, and at which size.

`make quick` runs QUICK, `make test` runs QUICK and TEST, and `make test-long` runs LONG. Marks and
folders give a test its level. In a long table of cases, only some cases keep this level (SAMPLED). The
other cases get the level LONG. Without `--level`, pytest runs all given tests at full size.
"""

import math
from collections.abc import Sequence
from enum import Enum
from itertools import pairwise
from typing import Any, Final

import hypothesis
import pytest


class Level(Enum):
    """The level of a test is the smallest level that runs the test."""

    QUICK = "quick"
    TEST = "test"
    LONG = "long"


#: The levels that each value of `--level` runs.
RUNS: Final = {
    "quick": {Level.QUICK},
    "test": {Level.QUICK, Level.TEST},
    "long": {Level.LONG},
}
#: For each value of `--level`: the share of the full size for tests with `scaled`.
SHARES: Final = {"quick": 0.05, "test": 0.1, "long": 1.0}
#: Hypothesis tries this many examples if a test does not name a number.
EXAMPLES: Final = 100

#: Folders in tests/ whose tests need neither a browser nor their own server.
QUICK_FOLDERS: Final = {"unit", "pages", "feed", "contract", "property"}

#: For kinds with long tables of cases: the maximum number of cases of a table that `make test` runs,
#: spread over the table. `make test-long` runs the rest. The cases of each engine are a separate table.
SAMPLED: Final = {"feed": 2, "contract": 2, "pages": 2, "unit": 4, "faults": 2, "connectors": 2}

#: The planned seconds of each kind of test in `make test`: the sum over three workers, on an idle
#: machine with two cores. All kinds together then take less than eight minutes. `make test` prints the
#: real seconds, and never fails because of them. The kinds run in this order, because one long file at
#: the end would leave a core idle.
BUDGETS: Final = {
    "property": 35,
    "journeys": 130,
    "looks": 80,
    "kills": 35,
    "soak": 15,
    "attacks": 15,
    "races": 35,
    "faults": 70,
    "connectors": 50,
    "feed": 215,
    "pages": 215,
    "contract": 235,
    "unit": 110,
}

#: The key in pytest's configuration for the collected tests of all levels.
COLLECTED: Final = pytest.StashKey[list[pytest.Item]]()

_share = 1.0


def use(level: str | None) -> None:
    """Set the size of tests from now on. Call this before test modules are imported."""
    global _share
    _share = SHARES[level] if level else 1.0
    # Set no deadline, because the time of one example means nothing on a busy machine.
    hypothesis.settings.register_profile("freio", deadline=None, max_examples=scaled(EXAMPLES))
    hypothesis.settings.load_profile("freio")


def scaled(full: float) -> int:
    """Return the level's share of `full` repetitions, seconds or examples, at least 1."""
    return max(1, math.ceil(full * _share))


def examples(full: int) -> hypothesis.settings:
    """Return Hypothesis settings with the level's share of `full` examples."""
    return hypothesis.settings(max_examples=scaled(full))


def kind_of(item_path: str) -> str:
    """Return the kind of a test: its folder in tests/, or "unit" for a test directly in tests/."""
    parts = item_path.split("tests/", 1)[-1].split("/")
    return parts[0] if len(parts) > 1 else "unit"


def level_of(item: pytest.Item) -> Level:
    """Return the smallest level that may run a test, by its folder, its marks and its engine."""
    if item.get_closest_marker("long"):
        return Level.LONG
    kind = kind_of(item.nodeid)
    if kind in QUICK_FOLDERS and not item.get_closest_marker("slow") and not needs_postgres(item):
        return Level.QUICK
    return Level.TEST


def levels_of(items: Sequence[pytest.Item]) -> dict[pytest.Item, Level]:
    """Return the smallest level that runs each test. Most cases of a long table get the level LONG."""
    levels = {item: level_of(item) for item in items}
    for table in tables(items):
        cases = [case for case in table if levels[case] is not Level.LONG]
        kept = spread(cases, SAMPLED.get(kind_of(table[0].nodeid), len(cases)))
        levels |= dict.fromkeys(set(cases) - kept, Level.LONG)
    return levels


def tables(items: Sequence[pytest.Item]) -> list[list[pytest.Item]]:
    """Return the cases of each test, in a separate list for each engine."""
    found: dict[tuple[str, bool], list[pytest.Item]] = {}
    for item in items:
        table = item.nodeid.split("[")[0], needs_postgres(item)
        found.setdefault(table, []).append(item)
    return list(found.values())


def spread(cases: Sequence[pytest.Item], most: int) -> set[pytest.Item]:
    """Divide a table into `most` equal parts, and return one case of each part.

    Choose the case with the most parameter values that no chosen case has yet. A fixed step through
    the table would miss alternating values.
    """
    parts = min(most, len(cases))
    edges = [len(cases) * part // max(parts, 1) for part in range(parts + 1)]
    kept = set()
    shown: set[tuple[str, str]] = set()
    for start, end in pairwise(edges):
        best = max(cases[start:end], key=lambda case: len(values_of(case) - shown))
        kept.add(best)
        shown |= values_of(best)
    return kept


def values_of(item: pytest.Item) -> set[tuple[str, str]]:
    """Return the parameters of a case of a test, each with its value."""
    call: Any = getattr(item, "callspec", None)
    return {(name, repr(value)) for name, value in call.params.items()} if call else set()


def needs_postgres(item: pytest.Item) -> bool:
    """Return whether a fixture or a parameter of a test uses the PostgreSQL server."""
    call: Any = getattr(item, "callspec", None)
    names = getattr(item, "fixturenames", ())
    return "postgres" in names or (call is not None and "PostgreSQL" in call.params.values())


def is_scaled(item: pytest.Item) -> bool:
    """Return whether the level decides the size of a test. The level `long` runs the full size."""
    return "scaled" in getattr(item, "fixturenames", ()) or is_property_test(item)


def is_property_test(item: pytest.Item) -> bool:
    """Return whether Hypothesis makes the examples of a test."""
    return getattr(getattr(item, "obj", None), "is_hypothesis_test", False)


def selected(items: Sequence[pytest.Item], level: str) -> list[pytest.Item]:
    """Return the tests that `--level` runs."""
    levels = levels_of(items)
    return [
        item
        for item in items
        if levels[item] in RUNS[level] or (level == "long" and is_scaled(item))
    ]
