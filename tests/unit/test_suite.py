"""Each test is run by a command, and each module of core has a test."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest

from core.settings import ROOT
from tests.levels import (
    BUDGETS,
    COLLECTED,
    RUNS,
    SAMPLED,
    Level,
    is_scaled,
    kind_of,
    level_of,
    levels_of,
    needs_postgres,
    selected,
    spread,
)
from tests.measuring import first_cases
from tests.proofs import PROVES

TESTS = ROOT / "tests"
MODULES = {
    path.relative_to(ROOT / "core").with_suffix("").as_posix().removesuffix("/__init__")
    for path in (ROOT / "core").rglob("*.py")
    if path.stat().st_size > 200  # a module with only a docstring needs no test
}
NAMED = {
    path.stem.removeprefix("test_")
    for kind in ("unit", "contract", "faults", "feed", "property")
    for path in (TESTS / kind).rglob("test_*.py")
}


def test_each_test_belongs_to_one_of_two_commands_and_quick_is_part_of_one() -> None:
    assert RUNS["test"] | RUNS["long"] == set(Level)
    assert RUNS["test"] & RUNS["long"] == set()
    assert RUNS["quick"] < RUNS["test"]


@pytest.mark.parametrize(
    ("target", "level"), [("quick", "quick"), ("test", "test"), ("test-long", "long")]
)
def test_the_commands_run_these_levels(target: str, level: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", makefile, re.M)
    assert recipe is not None
    assert f"--level {level} " in recipe[1]


def test_continuous_integration_runs_both() -> None:
    commands = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [line for line in commands if line.startswith("make ")] == [
        "make test",
        "make test-long",
    ]


def test_every_test_that_was_collected_is_run_by_one_of_them(
    request: pytest.FixtureRequest,
) -> None:
    every = request.config.stash[COLLECTED]
    assert request.node in every
    quick, test, long = (set(selected(every, level)) for level in ("quick", "test", "long"))
    assert [item.nodeid for item in every if item not in test | long] == []
    assert [item.nodeid for item in quick - test] == []
    # A test runs in both only if `make test` runs it at a part of its size.
    assert [item.nodeid for item in test & long if not is_scaled(item)] == []


def test_each_level_runs_some_cases_of_each_test_of_its_marks(
    request: pytest.FixtureRequest,
) -> None:
    every = request.config.stash[COLLECTED]
    for level in ("quick", "test"):
        marked = [item for item in every if level_of(item) in RUNS[level]]
        kept = selected(every, level)
        assert {name_of(item) for item in kept} == {name_of(item) for item in marked}
        assert {kind_of(i.nodeid) for i in set(marked) - set(kept)} <= set(SAMPLED)


def name_of(item: pytest.Item) -> tuple[str, bool]:
    """Return the name of a test without its case, and whether it is run on PostgreSQL."""
    return item.nodeid.split("[")[0], needs_postgres(item)


class Case:
    """One case of a table of tests, as pytest collects it."""

    fixturenames: Sequence[str] = ()

    def __init__(self, kind: str, mark: str = "", **params: object) -> None:
        ids = "-".join(str(value) for value in params.values())
        self.nodeid = f"tests/{kind}/test_it.py::test_it[{ids}]"
        self.callspec = SimpleNamespace(params=params)
        self.mark = mark

    def get_closest_marker(self, name: str) -> bool:
        return name == self.mark


def items(cases: Sequence[Case]) -> Sequence[Any]:
    return cases


def levels_in(cases: Sequence[Case]) -> Counter[Level]:
    return Counter(levels_of(items(cases)).values())


def test_a_long_table_has_some_cases_in_quick_and_the_rest_in_long() -> None:
    most = SAMPLED["feed"]
    table = [Case("feed", n=n) for n in range(100)]
    assert levels_in(table) == {Level.QUICK: most, Level.LONG: 100 - most}
    assert levels_in(table[:most]) == {Level.QUICK: most}
    assert levels_in([Case("journeys", n=n) for n in range(100)]) == {Level.TEST: 100}


def test_marks_of_the_cases_of_a_long_table_hold() -> None:
    most = SAMPLED["feed"]
    slow = [Case("feed", "slow", n=n) for n in range(100)]
    assert levels_in(slow) == {Level.TEST: most, Level.LONG: 100 - most}
    long = [Case("feed", "long", n=n) for n in range(100)]
    assert levels_in([*long, Case("feed", n=100)]) == {Level.LONG: 100, Level.QUICK: 1}


def test_coverage_is_measured_in_one_case_of_each_test_on_duckdb_and_in_no_browser_test() -> None:
    table = [
        Case("contract", engine=engine, n=n)
        for n in range(3)
        for engine in ("DuckDB", "PostgreSQL")
    ]
    assert first_cases(items([*table, Case("journeys")])) == set(items(table[:1]))


def test_a_long_table_keeps_both_engines() -> None:
    most = SAMPLED["contract"]
    table = [
        Case("contract", engine=engine, n=n)
        for n in range(100)
        for engine in ("DuckDB", "PostgreSQL")
    ]
    levels = levels_of(items(table))
    kept = [case for case in table if levels[case] != Level.LONG]
    assert Counter(case.callspec.params["engine"] for case in kept) == {
        "DuckDB": most,
        "PostgreSQL": most,
    }


@pytest.mark.parametrize("values", range(2, 9))
def test_a_sample_is_spread_over_the_table_and_has_each_value_that_alternates(values: int) -> None:
    table = [Case("feed", n=n, other=other) for n in range(40) for other in range(values)]
    kept = spread(items(table), 16)
    places = sorted(table.index(case) for case in kept)
    assert len(places) == 16
    assert max(b - a for a, b in pairwise([0, *places, len(table)])) <= 2 * -(-len(table) // 16)
    assert {case.callspec.params["other"] for case in kept} == set(range(values))


def test_a_sample_of_a_short_table_is_the_table() -> None:
    table = [Case("feed", n=n) for n in range(16)]
    assert spread(items(table), 16) == set(table)
    assert spread([], 16) == set()


def test_every_file_with_tests_has_a_name_that_pytest_collects() -> None:
    with_tests = {
        path.relative_to(TESTS).as_posix()
        for path in TESTS.rglob("*.py")
        if re.search(r"^ *(async )?def test_", path.read_text(encoding="utf-8"), re.M)
    }
    assert {name for name in with_tests if not name.split("/")[-1].startswith("test_")} == set()


def test_each_kind_of_test_has_a_budget() -> None:
    kinds = {path.relative_to(TESTS).parts[0] for path in TESTS.rglob("test_*.py")}
    assert set(BUDGETS) == kinds


def test_each_module_of_core_has_a_test_of_its_name_or_is_listed() -> None:
    listed = {module for modules in PROVES.values() for module in modules}
    assert listed - MODULES == set(), "there are no such modules"
    unproven = {module for module in MODULES - listed if module.split("/")[-1] not in NAMED}
    assert unproven == set(), "add a test file of its name, or a line to tests/proofs.py"


def test_what_is_listed_as_a_proof_is_there() -> None:
    assert {suite for suite in PROVES if not (TESTS / suite).exists()} == set()
