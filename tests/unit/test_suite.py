"""The suite itself: no test that no command runs, and no module of core without a proof."""

import re
import subprocess
import sys

import pytest

from core.settings import ROOT
from tests.levels import BUDGETS, RUNS, Level
from tests.proofs import PROVES

TESTS = ROOT / "tests"
MODULES = {
    path.relative_to(ROOT / "core").with_suffix("").as_posix().removesuffix("/__init__")
    for path in (ROOT / "core").rglob("*.py")
    if path.stat().st_size > 200  # a docstring proves itself
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


@pytest.mark.slow
def test_every_test_is_collected_by_one_of_them() -> None:
    def collected(*options: str) -> set[str]:
        command = [sys.executable, "-m", "pytest", "--collect-only", "-q", *options]
        out = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        return {line for line in out.splitlines() if "::" in line}

    quick, test, long = (collected("--level", level) for level in ("quick", "test", "long"))
    every = collected()
    assert every
    assert test | long == every
    assert quick < test


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
