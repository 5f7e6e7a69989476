"""Backups that are made while Freio runs, and restored."""

import os
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.domain.list_query import ListQuery
from core.domain.model import ConfigurationId
from core.domain.states import State
from core.errors import StoreDiskError
from core.operations.backup import BackupError, Backups, back_up, restore
from core.runtime.build import build
from core.settings import ROOT, Settings
from core.store.duckdb.files import unused_name
from tests.faults.parts import opened, state_of
from tests.sends import ME, actions, load, receipts_in, send


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def backups(tmp_path: Path) -> Backups:
    path = tmp_path / "freio.duckdb"
    store = opened(path)
    load(store, send("s1"), send("s2"))
    actions(store).abort(ConfigurationId("s1"), ME)
    store.close()
    return Backups(path, now)


def test_a_backup_opens_elsewhere_with_everything_in_it(backups: Backups, tmp_path: Path) -> None:
    store = opened(backups.database)
    made = backups.make(store)
    store.close()
    elsewhere = tmp_path / "elsewhere" / "copy.duckdb"
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(made.path.read_bytes())
    copy = opened(elsewhere)
    assert state_of(copy, "s1") == (State.CANCELLED, 2)
    assert len(receipts_in(copy)) == 1
    # The copy is a complete Freio database: the next abort works in it, with the same guards.
    assert actions(copy).abort(ConfigurationId("s2"), ME).accepted
    copy.close()


def test_a_backup_made_under_writes_is_of_one_moment(backups: Backups) -> None:
    store = opened(backups.database)
    load(store, *(send(f"n{n}") for n in range(400)))
    stop = threading.Event()

    def abort_all() -> None:
        for n in range(400):
            if stop.is_set():
                return
            actions(store).abort(ConfigurationId(f"n{n}"), ME)

    writer = threading.Thread(target=abort_all)
    writer.start()
    made = [backups.make(store) for _ in range(4)]
    stop.set()
    writer.join()
    store.close()
    for backup in made:
        copy = opened(backup.path)
        stopped = copy.page(ListQuery(state=State.CANCELLED)).total
        assert stopped == len(receipts_in(copy))
        copy.close()


def test_restoring_an_older_backup_shows_the_aborts_made_since(backups: Backups) -> None:
    store = opened(backups.database)
    made = backups.make(store)
    actions(store).abort(ConfigurationId("s2"), ME)
    store.close()
    kept = restore(backups, made.path)
    store = opened(backups.database)
    assert state_of(store, "s2")[0] is State.SCHEDULED
    assert [r.configuration_id for r in store.check_journal().missing] == ["s2"]
    store.close()
    before = opened(kept)
    assert state_of(before, "s2")[0] is State.CANCELLED
    before.close()


def test_no_freio_starts_on_a_database_while_it_is_replaced(
    backups: Backups, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = back_up(backups)
    start = (
        "import sys; from core.store.duckdb.engine import DuckDBEngine; DuckDBEngine(sys.argv[1])"
    )
    tried: list[subprocess.CompletedProcess[str]] = []

    def start_in_between(path: Path, why: str) -> Path:
        command = [sys.executable, "-c", start, str(path)]
        tried.append(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False))
        return unused_name(path, why)

    monkeypatch.setattr("core.operations.backup.unused_name", start_in_between)
    kept = restore(backups, made)
    assert "StoreLockedError" in tried[0].stderr
    for file in (backups.database, kept):
        store = opened(file)
        assert state_of(store, "s1")[0] is State.CANCELLED
        store.close()


def test_a_damaged_database_can_be_replaced_and_is_kept(backups: Backups) -> None:
    made = back_up(backups)
    backups.database.write_bytes(b"ruined")
    kept = restore(backups, made)
    assert kept.read_bytes() == b"ruined"
    store = opened(backups.database)
    assert state_of(store, "s1")[0] is State.CANCELLED
    store.close()


def test_what_is_no_backup_is_not_put_back(backups: Backups, tmp_path: Path) -> None:
    text = backups.database.read_bytes()
    (tmp_path / "notes.txt").write_text("no database")
    with pytest.raises(BackupError, match=r"notes\.txt cannot be used: .* is damaged"):
        restore(backups, tmp_path / "notes.txt")
    with pytest.raises(BackupError, match="There is no backup"):
        restore(backups, tmp_path / "nothing")
    assert backups.database.read_bytes() == text


def test_a_backup_that_cannot_be_written_says_so(backups: Backups) -> None:
    backups.folder.write_text("in the way")
    store = opened(backups.database)
    with pytest.raises(StoreDiskError, match="could not be written"):
        backups.make(store)
    store.close()


def run(command: str, database: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "core", command, *more],
        cwd=ROOT,
        env=os.environ | {"FREIO_DATABASE": f"duckdb:///{database}"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_commands_work_while_freio_runs_and_while_it_does_not(backups: Backups) -> None:
    database = backups.database
    assert run("backup", database).returncode == 0
    freio = build(Settings(database=f"duckdb:///{database}", demo=False))
    freio.start()
    asked = run("backup", database)
    assert asked.returncode == 0, asked.stderr
    assert len(backups.all()) == 2
    refused = run("restore", database, str(backups.all()[0].path))
    assert refused.returncode == 1
    assert "holds the database" in refused.stderr
    freio.stop()
    done = run("restore", database, str(backups.all()[0].path))
    assert (done.returncode, done.stdout[:8]) == (0, "Restored")


def test_a_process_that_is_not_freio_is_not_waited_for_for_ever(backups: Backups) -> None:
    with pytest.raises(BackupError, match="whether it is Freio"):
        backups.request(timeout=0.3)
    assert sorted(p.name for p in backups.database.parent.glob("*wanted*")) == []
