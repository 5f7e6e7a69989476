"""A disk that takes no more: nothing is acknowledged, nothing is lost, and it goes on after."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from core.settings import ROOT


def on_a_small_disk(way: str, folder: Path) -> dict[str, Any]:
    told = subprocess.run(
        [sys.executable, "-m", "tests.faults.small_disk", way, str(folder / "freio.duckdb")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def test_an_abort_that_does_not_fit_is_not_acknowledged(tmp_path: Path) -> None:
    found = on_a_small_disk("abort", tmp_path)
    assert found["told"].startswith("StoreDiskError: The disk did not take the write")
    assert "Nothing was changed" in found["told"]
    assert (found["state"], found["accepted"]) == ("SCHEDULED", True)


def test_a_merge_that_does_not_fit_changes_nothing(tmp_path: Path) -> None:
    found = on_a_small_disk("merge", tmp_path)
    assert found["told"].startswith("StoreDiskError")
    assert (found["before"], found["after"], found["receipts"]) == (1, 1, 1)


def test_a_database_given_up_by_its_engine_is_opened_again(tmp_path: Path) -> None:
    found = on_a_small_disk("checkpoint", tmp_path)
    assert found["told"] == ["FatalException"]
    assert (found["state"], found["accepted"]) == ("CANCELLED", True)
