"""Deleting old data: the rest can still be checked, and no needed data is deleted."""

from datetime import timedelta
from pathlib import Path

from core.domain.alerts import Alert, AlertKind
from core.domain.model import Concern
from core.domain.states import State
from core.services.aborts import AbortService
from core.services.concerns import Concerns
from core.services.shared_cache import SharedCache
from core.store.duckdb.engine import DuckDBEngine
from core.store.engine import Engine
from core.store.journal.journal import Journal
from core.store.sql_store import SqlStore
from tests.sends import ME, NOW, load, receipts_in, send

DAY = timedelta(days=1)


def stop(store: SqlStore, id: str, days: int, *, own: bool = True) -> None:
    when = NOW + days * DAY
    AbortService(store, lambda: when, store_is_platform=lambda: own, facts_at=lambda: when).abort(
        send(id).id, ME
    )


def kept(store: SqlStore) -> list[str]:
    return sorted(r.configuration_id for r in receipts_in(store))


def test_old_receipts_are_dropped_and_the_audit_log_stays_sound(
    store: SqlStore, engine: Engine
) -> None:
    load(store, *[send(id) for id in "abcd"])
    for days, id in enumerate("abcd"):
        stop(store, id, days)
    assert store.prune(NOW + 2 * DAY, NOW + 9 * DAY) == 2
    assert kept(store) == ["c", "d"]
    found = store.check_audit_log()
    assert found.is_sound
    assert found.entries == 3
    assert store.prune(NOW + 2 * DAY, NOW + 9 * DAY) == 0
    assert store.prune(NOW + 20 * DAY, NOW + 30 * DAY) == 2
    assert store.check_audit_log().is_sound


def test_what_was_dropped_cannot_be_more_than_was_said(store: SqlStore, engine: Engine) -> None:
    load(store, *[send(id) for id in "abcd"])
    for days, id in enumerate("abcd"):
        stop(store, id, days)
    store.prune(NOW + 2 * DAY, NOW + 9 * DAY)
    with engine.transaction() as tx:
        tx.rows("DELETE FROM receipts WHERE configuration_id = 'c'")
        tx.rows(
            "UPDATE ledger_ends SET number = 3, hash = (SELECT hash FROM ledger WHERE number = 3) WHERE place = 0"
        )
        tx.rows("DELETE FROM ledger WHERE number = 3")
    assert not store.check_audit_log().is_sound


def test_open_and_unacknowledged_receipts_stay(store: SqlStore) -> None:
    load(store, *[send(id) for id in "abc"])
    stop(store, "a", 0)
    stop(store, "b", 1, own=False)
    stop(store, "c", 2, own=False)
    load(store, send("c", State.IN_PROGRESS, 5_000))
    later = NOW + 50 * DAY
    assert store.prune(later, later) == 1
    assert kept(store) == ["b", "c"]
    load(store, send("b", State.CANCELLED))
    cache = SharedCache(lambda: store.revision)
    concerns = Concerns(store, lambda: NOW, DAY, cache, lambda: False)
    gone = store.receipts_of(send("c").id)[0]
    concerns.acknowledge(gone.id, Concern.CONTRADICTED, ME, "seen")
    assert store.check_audit_log().is_sound
    assert store.prune(later + DAY, later + DAY) == 2
    assert store.check_audit_log().is_sound
    # The send stays cancelled, although an older file says something else.
    load(store, send("b"))
    found = store.configuration(send("b").id)
    assert found is not None
    assert found.state is State.CANCELLED


def test_what_was_dropped_for_its_age_is_not_missed_by_the_second_record(tmp_path: Path) -> None:
    path = tmp_path / "freio.duckdb"
    journal = tmp_path / "receipts.jsonl"
    store = SqlStore(DuckDBEngine(path), Journal(journal))
    load(store, send("a"), send("b"))
    stop(store, "a", 0)
    stop(store, "b", 5)
    before = journal.read_bytes()
    assert store.prune(NOW + DAY, NOW + 9 * DAY) == 1
    assert len(journal.read_bytes().splitlines()) == 1
    # The files are as if the process had ended between the writes of database and journal.
    store.close()
    journal.write_bytes(before)
    again = SqlStore(DuckDBEngine(path), Journal(journal))
    assert again.check_journal().is_sound
    assert again.check_audit_log().is_sound
    again.close()


def test_old_events_go_unless_they_could_be_found_again(store: SqlStore, engine: Engine) -> None:
    def event(name: str, kind: AlertKind) -> Alert:
        return Alert(event=name, kind=kind, at=NOW, configuration_id=None, name="", recipients=0)

    store.raise_alerts([event("large", AlertKind.LARGE), event("stuck", AlertKind.STUCK)], NOW)
    store.record_notified("a service", ["large", "stuck"], NOW)
    store.raise_alerts([event("new", AlertKind.LARGE)], NOW + 5 * DAY)
    store.prune(NOW + 2 * DAY, NOW + 9 * DAY)
    kept_events = engine.rows("SELECT event FROM alerts ORDER BY 1")
    assert kept_events == [("new",), ("stuck",)]
    assert engine.rows("SELECT event FROM alert_tellings") == [("stuck",)]
