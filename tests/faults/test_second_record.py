"""The receipt journal: what its check finds, and how that is repaired."""

import shutil
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from core.domain.list_query import ListQuery, StoppedCounts
from core.domain.model import ConfigurationId, Confirmation, Receipt
from core.domain.states import Outlook, State
from core.errors import StoreDiskError
from core.platforms import listmonk
from core.services.aborts import AbortService
from core.services.receipt_repair import ReceiptRepair, RestoreEffect
from core.store.duckdb.engine import DuckDBEngine
from core.store.engine import Params, Row
from core.store.journal.journal import Journal
from core.store.sql_store import SqlStore
from tests.faults.parts import journal_of, opened, state_of
from tests.sends import ME, NOW, actions, clear, load, merge, receipts_in, send

IDS = [ConfigurationId(f"s{n}") for n in range(4)]


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a database that has lost the aborts of s0 to s3, with its journal."""
    path = tmp_path_factory.mktemp("lost") / "freio.duckdb"
    store = opened(path)
    load(store, *(send(id) for id in IDS))
    store.close()
    before = path.read_bytes()
    store = opened(path)
    for id in IDS:
        actions(store).abort(id, ME, reason="duplicate")
    store.close()
    path.write_bytes(before)
    return path.parent


@pytest.fixture
def path(lost: Path, tmp_path: Path) -> Path:
    """Return a copy of that database, with the journal that contains the aborts."""
    shutil.copytree(lost, tmp_path, dirs_exist_ok=True)
    return tmp_path / "freio.duckdb"


def repairs(store: SqlStore) -> ReceiptRepair:
    return ReceiptRepair(store, lambda: NOW, lambda: True)


def lines(path: Path) -> list[bytes]:
    return journal_of(path).read_bytes().splitlines(keepends=True)


def test_every_receipt_is_in_the_journal_before_it_is_acknowledged(tmp_path: Path) -> None:
    store = opened(tmp_path / "freio.duckdb")
    load(store, send("s0"), send("s1", State.SENT_DONE, 7_000))
    for id, count in (("s0", 1), ("s1", 2)):
        receipt = actions(store).abort(ConfigurationId(id), ME).receipt
        assert receipt is not None
        assert len(lines(tmp_path / "freio.duckdb")) == count
        assert receipt.id in lines(tmp_path / "freio.duckdb")[-1].decode()
    assert store.check_journal().is_sound
    store.close()


def test_what_the_database_lost_is_found_oldest_first(path: Path) -> None:
    store = opened(path)
    assert state_of(store, "s0")[0] is State.SCHEDULED
    missing = store.check_journal().missing
    assert sorted(r.configuration_id for r in missing) == list(IDS)
    store.close()


def test_each_lost_abort_is_decided_anew_and_not_replayed(path: Path) -> None:
    store = opened(path)
    load(
        store,
        send("s1", State.PROCESANDO),
        send("s2", State.IN_PROGRESS, 5_000),
        send("s3", State.CANCELLED),
    )
    missing = store.check_journal().missing
    looked = repairs(store).preview(missing)
    done = repairs(store).restore(missing)
    assert done == looked
    assert {d.receipt.configuration_id: d.effect for d in done} == {
        "s0": RestoreEffect.STOPPED_AGAIN,
        "s1": RestoreEffect.STOPPED_AGAIN,
        "s2": RestoreEffect.GONE,
        "s3": RestoreEffect.STILL_STOPPED,
    }
    states = {id: state_of(store, id)[0] for id in IDS}
    assert states == {
        "s0": State.CANCELLED,
        "s1": State.CANCELLING,
        "s2": State.IN_PROGRESS,
        "s3": State.CANCELLED,
    }
    assert confirmations(store) == {
        "s0": Confirmation.CONFIRMED,
        "s1": Confirmation.OPEN,
        "s2": Confirmation.CONTRADICTED,
        "s3": Confirmation.CONFIRMED,
    }
    assert store.check_journal().missing == []
    # A send that goes out after all, or is not confirmed yet, is not counted as stopped.
    assert store.stopped_since(NOW) == StoppedCounts(confirmed=2, spared=14_000)
    waiting = [c for c in store.state_counts(ListQuery()) if c.outlook is Outlook.WAITING]
    assert sum(c.configurations for c in waiting) == 1
    assert store.count_concerns(NOW) == 1
    store.close()


def test_a_lost_abort_stays_open_if_the_state_does_not_say_whether_the_send_goes_out(
    path: Path,
) -> None:
    store = opened(path)
    states = (State.DRAFT, State.PENDING, State.SMTP_ERROR, State.UNKNOWN)
    load(store, *(send(id, state) for id, state in zip(IDS, states, strict=True)))
    done = repairs(store).restore(store.check_journal().missing)
    assert {each.effect for each in done} == {RestoreEffect.STILL_OPEN}
    assert set(confirmations(store).values()) == {Confirmation.OPEN}
    assert {state_of(store, id)[0] for id in IDS} == {State.CANCELLED}
    assert store.check_journal().missing == []
    # As for any other open abort, the next report decides.
    merge(store, 10, send("s0", State.CANCELLED), send("s1", State.SENT_DONE, 7_000))
    assert confirmations(store) == {
        "s0": Confirmation.CONFIRMED,
        "s1": Confirmation.CONTRADICTED,
        "s2": Confirmation.OPEN,
        "s3": Confirmation.OPEN,
    }
    store.close()


def test_a_lost_abort_is_contradicted_if_records_were_generated(path: Path) -> None:
    store = opened(path)
    load(store, send("s0", State.PAUSED, 5_000), send("s1", State.SMTP_ERROR, 5_000))
    done = repairs(store).restore(store.check_journal().missing)
    effects = {each.receipt.configuration_id: each.effect for each in done}
    assert (effects["s0"], effects["s1"]) == (RestoreEffect.GONE, RestoreEffect.GONE)
    found = confirmations(store)
    assert (found["s0"], found["s1"]) == (Confirmation.CONTRADICTED, Confirmation.CONTRADICTED)
    store.close()


def test_only_the_next_report_of_a_draft_confirms_a_lost_abort(path: Path) -> None:
    # The stored draft can be older than the abort.
    store = SqlStore(DuckDBEngine(path), Journal.beside(path), listmonk.PLATFORM)
    load(store, send("s0", State.DRAFT))
    repair = ReceiptRepair(store, lambda: NOW, lambda: False, listmonk.PLATFORM)
    missing = [r for r in store.check_journal().missing if r.configuration_id == "s0"]
    assert [each.effect for each in repair.restore(missing)] == [RestoreEffect.STILL_OPEN]
    assert confirmations(store) == {"s0": Confirmation.OPEN}
    assert state_of(store, "s0")[0] is State.CANCELLED
    merge(store, 10, send("s0", State.DRAFT))
    assert confirmations(store) == {"s0": Confirmation.CONFIRMED}
    store.close()


def confirmations(store: SqlStore) -> dict[str, Confirmation]:
    return {r.configuration_id: r.confirmation for r in receipts_in(store)}


def test_putting_right_twice_puts_right_once(path: Path) -> None:
    store = opened(path)
    missing = store.check_journal().missing
    repairs(store).restore(missing)
    before = [state_of(store, id) for id in IDS]
    repairs(store).restore(missing)
    assert [state_of(store, id) for id in IDS] == before
    assert len(receipts_in(store)) == len(IDS)
    store.close()


def test_a_receipt_comes_back_under_its_number_with_who_and_why(path: Path) -> None:
    store = opened(path)
    lost = {r.id: r for r in store.check_journal().missing}
    repairs(store).restore(list(lost.values()))
    for found in receipts_in(store):
        before: Receipt = lost[found.id]
        assert (
            (found.actor, found.reason) == (before.actor, before.reason) == (ME.name, "duplicate")
        )
        assert found.requested_at == before.requested_at
        assert found.restored_at == NOW
    store.close()


def test_a_send_that_is_not_there_any_more_gets_its_receipt_back_open(path: Path) -> None:
    path.unlink()
    store = opened(path)
    missing = store.check_journal().missing
    done = repairs(store).restore(missing)
    assert {d.effect for d in done} == {RestoreEffect.NOT_IN_STORE}
    assert set(confirmations(store).values()) == {Confirmation.OPEN}
    store.close()


def test_data_replaced_on_purpose_is_not_missed(tmp_path: Path) -> None:
    path = tmp_path / "freio.duckdb"
    store = opened(path)
    load(store, send("s0"))
    actions(store).abort(IDS[0], ME)
    clear(store)
    assert store.check_journal().is_sound
    store.close()
    # The process was killed after the database was cleared and before the journal was changed.
    kept = [line for line in lines(path) if b'"closed"' not in line]
    journal_of(path).write_bytes(b"".join(kept))
    store = opened(path)
    assert store.check_journal().is_sound
    store.close()


def test_a_missing_journal_is_reported_and_written_again(path: Path) -> None:
    store = opened(path)
    repairs(store).restore(store.check_journal().missing)
    store.close()
    journal_of(path).unlink()
    store = opened(path)
    check = store.check_journal()
    assert check.was_absent
    assert len(lines(path)) == len(IDS)
    assert store.check_journal().is_sound
    store.close()


def test_a_first_start_has_no_journal_and_misses_none(tmp_path: Path) -> None:
    store = opened(tmp_path / "freio.duckdb")
    assert store.check_journal().is_sound
    store.close()


def test_a_kill_between_the_first_abort_and_its_line_is_no_missing_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(tmp_path / "freio.duckdb")
    load(store, send("s1"))
    monkeypatch.setattr(Journal, "add", lambda *_: None)
    actions(store).abort(ConfigurationId("s1"), ME)
    store.close()
    monkeypatch.undo()
    store = opened(tmp_path / "freio.duckdb")
    assert store.check_journal().is_sound
    assert len(lines(tmp_path / "freio.duckdb")) == 1
    store.close()


@pytest.mark.parametrize("damage", [b"\x00\xff", b"{}", b"deadbeef {}", b"00000000 "])
def test_a_damaged_line_is_counted_and_the_others_are_still_compared(
    path: Path, damage: bytes
) -> None:
    kept = lines(path)
    journal_of(path).write_bytes(b"".join([kept[0], damage + b"\n", *kept[2:]]))
    store = opened(path)
    check = store.check_journal()
    assert check.damaged_lines == 1
    assert len(check.missing) == len(IDS) - 1
    store.close()


def test_renewing_a_damaged_journal_keeps_the_old_file_and_starts_a_sound_one(path: Path) -> None:
    store = opened(path)
    repairs(store).restore(store.check_journal().missing)
    store.close()
    damaged = b"garbage\n" + b"".join(lines(path))
    journal_of(path).write_bytes(damaged)
    store = opened(path)
    assert store.check_journal().damaged_lines == 1
    kept = store.renew_journal()
    assert kept is not None
    assert kept.read_bytes() == damaged
    assert store.check_journal().is_sound
    # Each abort has two readable lines: the first line, and the line of its restore.
    assert sorted(lines(path)) == sorted(damaged.splitlines(keepends=True)[1:])
    store.close()


def test_a_second_record_that_the_disk_does_not_take_leaves_the_old_one(path: Path) -> None:
    store = opened(path)
    before = lines(path)
    journal_of(path).with_name(journal_of(path).name + ".part").mkdir()
    with pytest.raises(StoreDiskError, match="did not accept the write"):
        store.renew_journal()
    actions(store).abort(IDS[0], ME)
    assert lines(path)[:-1] == before
    store.close()


def test_setting_a_journal_aside_or_pruning_forgets_no_lost_abort(path: Path) -> None:
    store = opened(path)
    load(store, send("old"))
    early = NOW - timedelta(days=90)
    AbortService(store, lambda: early, lambda: True, lambda: early).abort(send("old").id, ME)
    assert store.prune(NOW - timedelta(days=30), NOW) == 1
    assert len(lines(path)) == len(IDS)
    store.renew_journal()
    store.close()
    store = opened(path)
    assert len(store.check_journal().missing) == len(IDS)
    store.close()


def test_a_damaged_journal_is_not_pruned_before_it_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "freio.duckdb"
    store = opened(path)
    load(store, send("old"))
    early = NOW - timedelta(days=90)
    AbortService(store, lambda: early, lambda: True, lambda: early).abort(send("old").id, ME)
    damaged = b"garbage\n" + b"".join(lines(path))
    journal_of(path).write_bytes(damaged)
    assert store.prune(NOW - timedelta(days=30), NOW) == 1
    assert journal_of(path).read_bytes() == damaged
    store.close()


@pytest.mark.parametrize("renewed", [True, False], ids=["begun anew", "pruned"])
def test_what_is_stopped_while_the_second_record_is_written_anew_has_its_line(
    tmp_path: Path, renewed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(tmp_path / "freio.duckdb")
    load(store, send("old"), send("s0"))
    early = NOW - timedelta(days=90)
    AbortService(store, lambda: early, lambda: True, lambda: early).abort(send("old").id, ME)
    read = store._engine.rows
    aborting = threading.Thread(target=lambda: actions(store).abort(IDS[0], ME))

    def read_and_abort(sql: str, params: Params | None = None) -> list[Row]:
        found = read(sql, params)
        if "receipts_now ORDER BY requested_at, id" in " ".join(sql.split()):
            monkeypatch.undo()
            aborting.start()
            aborting.join(1)
        return found

    monkeypatch.setattr(store._engine, "rows", read_and_abort)
    if renewed:
        store.renew_journal()
    else:
        assert store.prune(NOW - timedelta(days=30), NOW) == 1
    aborting.join()
    assert b'"s0"' in journal_of(tmp_path / "freio.duckdb").read_bytes()
    store.close()


def test_an_abort_belongs_to_the_data_that_it_was_written_into(tmp_path: Path) -> None:
    store = opened(tmp_path / "freio.duckdb")
    load(store, send("s0"))
    committed, work = store._revision.committed, [lambda: clear(store)]

    def then_everything_is_replaced() -> None:
        committed()
        if work:
            work.pop()()

    store._revision.committed = then_everything_is_replaced  # type: ignore[method-assign]
    assert actions(store).abort(IDS[0], ME).accepted
    # It was deleted with its data, as intended.
    assert store.check_journal().missing == []
    store.close()


@pytest.mark.long
def test_what_is_stopped_after_an_older_backup_was_put_back_is_missed_when_lost(
    tmp_path: Path,
) -> None:
    path = tmp_path / "freio.duckdb"
    store = opened(path)
    load(store, send("s0"), send("s1"))
    actions(store).abort(IDS[0], ME)
    store.close()
    backup = path.read_bytes()
    store = opened(path)
    clear(store)
    store.close()
    path.write_bytes(backup)
    store = opened(path)
    assert store.check_journal().is_sound
    actions(store).abort(IDS[1], ME)
    store.close()
    path.write_bytes(backup)
    store = opened(path)
    assert {r.configuration_id for r in store.check_journal().missing} == {"s1"}
    store.close()


def test_data_replaced_twice_is_not_missed_where_the_journal_did_not_hear_of_the_first(
    tmp_path: Path,
) -> None:
    path = tmp_path / "freio.duckdb"
    store = opened(path)
    load(store, send("s0"))
    actions(store).abort(IDS[0], ME)
    clear(store)
    store.close()
    journal_of(path).write_bytes(b"".join(each for each in lines(path) if b'"closed"' not in each))
    store = opened(path)
    assert store.check_journal().is_sound
    clear(store)
    assert store.check_journal().is_sound
    store.close()


def test_an_append_cut_off_by_a_kill_is_no_damage(path: Path) -> None:
    whole = journal_of(path).read_bytes()
    journal_of(path).write_bytes(whole[:-20])
    store = opened(path)
    check = store.check_journal()
    assert check.damaged_lines == 0
    assert len(check.missing) == len(IDS) - 1
    actions(store).abort(IDS[0], ME)
    assert store.check_journal().damaged_lines == 0
    store.close()


def test_an_unreadable_journal_is_reported_and_aborts_still_work(path: Path) -> None:
    journal_of(path).unlink()
    journal_of(path).mkdir()
    store = opened(path)
    assert store.check_journal().unreadable == "Is a directory"
    assert actions(store).abort(IDS[0], ME).accepted
    assert store.journal_trouble == "Is a directory"
    # The journal is repaired: lines that waited are written with the next one.
    journal_of(path).rmdir()
    assert actions(store).abort(IDS[1], ME).accepted
    assert store.journal_trouble == ""
    assert len(lines(path)) == 2
    store.close()
