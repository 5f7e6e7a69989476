"""A full disk: no write is acknowledged, none is lost, and Freio works again afterwards."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.infrastructure.disk_space import disk_of
from core.settings import ROOT
from tests.faults.tmpfs import on_a_tmpfs


def on_a_small_disk(way: str, folder: Path) -> dict[str, Any]:
    reported = subprocess.run(
        [sys.executable, "-m", "tests.faults.small_disk", way, str(folder / "freio.duckdb")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert reported.returncode == 0, reported.stderr
    found: dict[str, Any] = json.loads(reported.stdout)
    return found


def test_an_abort_that_does_not_fit_is_not_acknowledged(tmp_path: Path) -> None:
    found = on_a_small_disk("abort", tmp_path)
    assert found["reported"].startswith(
        f"StoreDiskError: The disk {disk_of(tmp_path)} refused the write"
    )
    assert "Nothing was changed" in found["reported"]
    assert (found["state"], found["accepted"]) == ("SCHEDULED", True)


def test_a_merge_that_does_not_fit_changes_nothing(tmp_path: Path) -> None:
    found = on_a_small_disk("merge", tmp_path)
    assert found["reported"].startswith("StoreDiskError")
    assert (found["before"], found["after"], found["receipts"]) == (1, 1, 1)


def test_a_database_given_up_by_its_engine_is_opened_again(tmp_path: Path) -> None:
    found = on_a_small_disk("checkpoint", tmp_path)
    assert found["reported"] == ["FatalException"]
    assert (found["state"], found["accepted"]) == ("CANCELLED", True)


@pytest.mark.long
def test_after_a_load_that_filled_the_disk_aborts_work_at_once(tmp_path: Path) -> None:
    found = on_a_tmpfs("failed_load", tmp_path)
    assert found["reported"].startswith(f"StoreDiskError: The disk {tmp_path} refused the write")
    assert found["aborts"] == [True, True]
    before, after = found["before"], found["after"]
    assert after["size"] <= before["size"] + 1_000_000
    assert after["free"] >= before["free"] - 1_000_000
    assert after["reserve"]


@pytest.mark.long
def test_a_load_that_does_not_fit_is_refused_before_it_takes_anything(tmp_path: Path) -> None:
    found = on_a_tmpfs("refused_load", tmp_path)
    assert found["reported"].startswith(f"StoreDiskError: The disk {tmp_path} has no room for this")
    assert found["after"] == found["before"]
    assert found["aborts"] == [True]


@pytest.mark.long
def test_on_a_disk_that_others_filled_aborts_go_on_in_the_reserve(tmp_path: Path) -> None:
    found = on_a_tmpfs("filled_by_others", tmp_path)
    assert found["before"]["free"] == 0
    assert found["aborts"] == [True] * 200
    assert (found["full"]["reserve"], found["full"]["lines"]) == (False, 200)
    assert (found["receipts"], found["missing"]) == (200, 0)
    # When there is room again, there is a reserve again.
    assert found["again"]["reserve"]


@pytest.mark.long
def test_after_a_kill_in_a_load_the_next_start_has_the_space_again(tmp_path: Path) -> None:
    found = on_a_tmpfs("killed_in_a_load", tmp_path)
    assert found["killed"]["size"] > found["before"]["size"] + 10_000_000
    assert found["after"]["size"] <= found["before"]["size"] + 1_000_000
    assert found["aborts"] == [True, True]


def test_temporary_files_of_a_load_leave_room_for_aborts(tmp_path: Path) -> None:
    found = on_a_tmpfs("spilled", tmp_path)
    assert found["reported"].startswith(f"StoreDiskError: The disk {tmp_path} refused the write")
    assert found["after"]["reserve"]
    assert found["aborts"] == [True]


@pytest.mark.long
def test_a_backup_that_does_not_fit_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    found = on_a_tmpfs("backup", tmp_path)
    assert found["reported"].startswith(f"StoreDiskError: The disk {tmp_path} has no room for this")
    assert found["left"] == []
    assert found["aborts"] == [True]
