"""Each test is run by a command, and each module of core has a test."""

import re

import pytest

from core.settings import ROOT
from tests.levels import (
    BUDGETS,
    COLLECTED,
    RUNS,
    SAMPLED,
    Level,
    is_run,
    is_scaled,
    kind_of,
    sample,
    selected,
)
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
    assert [
        item.nodeid for item in every if not (is_run(item, "test") or is_run(item, "long"))
    ] == []
    assert [i.nodeid for i in every if is_run(i, "quick") and not is_run(i, "test")] == []
    # A test runs in both only if `make test` runs it at a part of its size.
    both = [item for item in every if is_run(item, "test") and is_run(item, "long")]
    assert [item.nodeid for item in both if not is_scaled(item)] == []


def test_quick_runs_some_cases_of_each_test_of_its_folders(request: pytest.FixtureRequest) -> None:
    every = [item for item in request.config.stash[COLLECTED] if is_run(item, "quick")]
    kept = selected(every, "quick")
    assert kept == sample(every)
    assert {item.nodeid.split("[")[0] for item in kept} == {i.nodeid.split("[")[0] for i in every}
    assert {kind_of(i.nodeid) for i in every if i not in set(kept)} <= set(SAMPLED)


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
