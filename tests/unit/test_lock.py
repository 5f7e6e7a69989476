"""The check of requirements.lock finds each mistake, and finds none in the current lock."""

import pytest

from core.settings import ROOT
from tests.lock import MARK, find_problems

HASH = f"    --hash=sha256:{'0' * 64}\n"
LOCK = f"duckdb==2.0.4 \\\n{HASH}    # via -r requirements.txt\n{MARK}\nruff==0.17.7 \\\n{HASH}"
RUNTIME = "duckdb>=2.0,<2.1  # the store\n"
DEVELOPMENT = "-r requirements.txt\nRuff>=0.17,<0.18\n"


def test_the_lock_fits_the_ranges() -> None:
    names = ("requirements.lock", "requirements.txt", "requirements-dev.txt")
    assert find_problems(*[(ROOT / name).read_text("utf-8") for name in names]) == []
    assert find_problems(LOCK, RUNTIME, DEVELOPMENT) == []


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("duckdb==2.0.4", "duckdb==2.1.0", "duckdb 2.1.0 is outside <2.1,>=2.0"),
        ("ruff==", "rust==", "Ruff is missing"),
        (f"ruff==0.17.7 \\\n{HASH}", "ruff==0.17.7 \\\n", "ruff has no hash"),
        (MARK, "# Development", "the line that starts the development packages is missing"),
        ("duckdb==", "--index-url https://packages.example/simple\nduckdb==", "neither a pin nor"),
        ("# via -r requirements.txt", "# via -r /home/me/x.txt", "neither a pin nor a hash"),
    ],
)
def test_what_does_not_fit_is_found(before: str, after: str, problem: str) -> None:
    found = find_problems(LOCK.replace(before, after), RUNTIME, DEVELOPMENT)
    assert any(problem in each for each in found), found


def test_a_package_for_run_time_is_not_searched_among_those_for_development() -> None:
    swapped = LOCK.replace("duckdb==2.0.4", "x==1").replace("ruff==0.17.7", "duckdb==2.0.4")
    assert "duckdb is missing" in find_problems(swapped, RUNTIME, "")
