"""Checks of the audit log: while Freio runs, after a restore, and against the receipt journal."""

import json
import os
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

import core.operations.verify_audit_log
from core.domain.audit_log import link
from core.domain.audit_log_check import Flaw
from core.domain.model import ConfigurationId, Confirmation
from core.domain.states import State
from core.errors import FreioError
from core.operations.backup import BackupError, Backups, restore
from core.runtime.build import build
from core.services.receipt_repair import ReceiptRepair
from core.settings import ROOT, Settings
from core.store.postgres.engine import PostgresEngine
from core.store.sql_store import SqlStore
from tests.faults.parts import journal_of, opened
from tests.postgres_server import Server
from tests.sends import ME, NOW, actions, clear, load, receipts_in, send


def now() -> datetime:
    return datetime.now(UTC)


def abort(store: SqlStore, id: str) -> None:
    assert actions(store).abort(ConfigurationId(id), ME, note="as agreed").accepted


@pytest.fixture
def backups(tmp_path: Path) -> Backups:
    path = tmp_path / "freio.duckdb"
    store = opened(path)
    load(store, *[send(f"s{n}") for n in range(4)])
    abort(store, "s0")
    store.close()
    return Backups(path, now)


def test_the_audit_log_continues_after_a_restore_and_stays_intact(backups: Backups) -> None:
    store = opened(backups.database)
    made = backups.make(store)
    before = store.check_audit_log()
    abort(store, "s1")
    store.close()
    restore(backups, made.path)
    store = opened(backups.database)
    # The audit log is from the backup, and the journal has the later receipt.
    found = store.check_audit_log()
    assert (found.last_hash, found.flaws, found.lost) == (before.last_hash, 0, 1)
    abort(store, "s2")
    assert store.check_audit_log().flaws == 0
    ReceiptRepair(store, lambda: NOW, lambda: True).restore(store.check_journal().missing)
    found = store.check_audit_log()
    assert found.is_sound
    assert found.entries == 3
    store.close()
    # Restoring the same backup again is no forgery either. It has no restored receipt.
    restore(backups, made.path)
    store = opened(backups.database)
    found = store.check_audit_log()
    assert (found.flaws, found.lost) == (0, 2)
    ReceiptRepair(store, lambda: NOW, lambda: True).restore(store.check_journal().missing)
    assert store.check_audit_log().is_sound
    store.close()


def test_the_command_reports_lost_receipts_until_they_are_restored(backups: Backups) -> None:
    store = opened(backups.database)
    made = backups.make(store)
    abort(store, "s1")
    store.close()
    restore(backups, made.path)
    result = verify(backups.database)
    assert result.returncode == 1
    assert "lost 1 of the receipts" in result.stderr
    assert "changed by others than Freio" not in result.stderr


def test_the_command_reports_aborts_that_were_dropped_with_a_files_data(
    backups: Backups,
) -> None:
    store = opened(backups.database)
    actions(store, own=False).abort(ConfigurationId("s1"), ME)
    clear(store)
    with pytest.raises(FreioError, match=r"2 accepted aborts were dropped(.|\n)*the send s1 was"):
        core.operations.verify_audit_log.report(store.check_audit_log())
    store.close()


Change = Callable[[dict[str, object]], object]
FORGED: dict[str, Change] = {
    "who": lambda receipt: receipt.update(actor="somebody else"),
    "when": lambda receipt: receipt.update(requested_at="2026-11-23T12:00:01+00:00"),
    "why": lambda receipt: receipt.update(note=""),
    "which": lambda receipt: receipt.update(configuration_id="s3"),
    "what was decided": lambda receipt: receipt.update(verdict="refuse"),
    "what was shown": lambda receipt: receipt.update(shown_total=1),
}


def forge(database: Path, change: Change) -> None:
    """Change the first receipt in the receipt journal, with a correct checksum."""
    path = journal_of(database)
    first, *others = path.read_bytes().splitlines(keepends=True)
    content = json.loads(first.split(b" ", 1)[1])
    change(content["receipt"])
    text = json.dumps(content).encode()
    path.write_bytes(b"%08x %b\n" % (zlib.crc32(text), text) + b"".join(others))


@pytest.mark.parametrize("what", FORGED)
def test_a_journal_with_other_facts_about_a_receipt_is_found(backups: Backups, what: str) -> None:
    forge(backups.database, FORGED[what])
    store = opened(backups.database)
    (receipt,) = receipts_in(store)
    found = store.check_audit_log()
    assert [(p.flaw, p.where) for p in found.problems] == [(Flaw.JOURNAL_DIFFERS, receipt.id)]
    store.close()


def test_an_audit_log_with_new_hashes_is_found_by_the_journal(backups: Backups) -> None:
    """The journal stays as it was if a receipt, its entry and all later hashes are changed."""
    with duckdb.connect(str(backups.database)) as db:
        db.execute("UPDATE receipts SET actor = 'somebody else'")
        (body,) = db.execute("SELECT body FROM ledger").fetchall()[0]
        body = body.replace(ME.name, "somebody else")
        hash = link("", 1, body)
        db.execute("UPDATE ledger SET body = $body, hash = $hash", {"body": body, "hash": hash})
        db.execute("UPDATE ledger_ends SET hash = $hash WHERE place = 1", {"hash": hash})
    store = opened(backups.database)
    assert [p.flaw for p in store.check_audit_log().problems] == [Flaw.JOURNAL_DIFFERS]
    store.close()
    result = verify(backups.database)
    assert result.returncode == 1
    assert "the receipt journal has other facts about the receipt" in result.stderr


def verify(database: Path | str) -> "subprocess.CompletedProcess[str]":
    url = f"duckdb:///{database}" if isinstance(database, Path) else database
    return subprocess.run(
        [sys.executable, "-m", "core", "verify"],
        cwd=ROOT,
        env=os.environ | {"FREIO_DATABASE": url},
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def running(database: Path) -> Iterator[None]:
    freio = build(Settings(database=f"duckdb:///{database}", demo=False))
    freio.start()
    try:
        yield
    finally:
        freio.stop()


@pytest.mark.long
def test_while_freio_runs_the_command_checks_a_backup_that_freio_makes(backups: Backups) -> None:
    with running(backups.database):
        result = verify(backups.database)
        (made,) = backups.all()
    assert result.returncode == 0, result.stderr
    assert "The audit log is intact: 1 entries" in result.stdout
    assert str(made.path) in result.stdout


def test_while_freio_runs_the_command_finds_what_was_changed(backups: Backups) -> None:
    with duckdb.connect(str(backups.database)) as db:
        db.execute("UPDATE receipts SET note = 'never agreed'")
    with running(backups.database):
        result = verify(backups.database)
    assert result.returncode == 1
    assert "differs from the audit log" in result.stderr


@pytest.mark.long
def test_while_freio_runs_the_journal_is_compared_with_the_copy(backups: Backups) -> None:
    forge(backups.database, FORGED["who"])
    with running(backups.database):
        result = verify(backups.database)
    assert result.returncode == 1
    assert "the receipt journal has other facts" in result.stderr


@pytest.mark.long
def test_a_shared_database_is_checked_while_others_use_it(postgres: Server) -> None:
    url = postgres.new_database()
    store = SqlStore(PostgresEngine(url))
    load(store, send("s0"), send("s1"))
    abort(store, "s0")
    result = verify(url)
    assert (result.returncode, "is intact: 1 entries" in result.stdout) == (0, True), result.stderr
    with store._engine.transaction() as tx:
        tx.rows("UPDATE receipts SET actor = 'somebody else'")
    result = verify(url)
    assert (result.returncode, "differs from the audit log" in result.stderr) == (1, True)
    store.close()


def test_a_process_that_is_not_freio_is_named_and_what_to_do(backups: Backups) -> None:
    hold = "import duckdb, sys, time; db = duckdb.connect(sys.argv[1]); print(flush=True); time.sleep(60)"
    holder = subprocess.Popen(
        [sys.executable, "-c", hold, str(backups.database)], stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        settings = Settings(database=f"duckdb:///{backups.database}", demo=False)
        with pytest.raises(BackupError, match="if it is not Freio, end it first"):
            core.operations.verify_audit_log.verify(settings, timeout=0.5)
    finally:
        holder.kill()
        holder.communicate()


def test_a_deleted_receipt_is_restored_with_its_outcome(
    backups: Backups,
) -> None:
    store = opened(backups.database)
    store.set_fact("origin", "feed")
    assert actions(store, own=False).abort(ConfigurationId("s1"), ME).accepted
    load(store, send("s1", State.IN_PROGRESS, 5_000))
    store.close()
    with duckdb.connect(str(backups.database)) as db:
        db.execute("DELETE FROM receipts WHERE configuration_id = 's1'")
        # The state is as if there had been no abort.
        db.execute("UPDATE configurations SET state = 'IN-PROGRESS' WHERE id = 's1'")
    store = opened(backups.database)
    assert not store.check_audit_log().is_sound
    ReceiptRepair(store, lambda: NOW + timedelta(hours=1), lambda: False).restore(
        store.check_journal().missing
    )
    (back,) = store.receipts_of(ConfigurationId("s1"))
    assert (back.confirmation, back.confirmed_at) == (Confirmation.CONTRADICTED, NOW)
    assert store.check_audit_log().is_sound
    store.close()
