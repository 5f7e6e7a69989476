"""The audit log contains every action, and its check finds every change of the tables."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from core.domain.audit_log_check import Flaw
from core.domain.lifecycle import Step
from core.domain.model import Concern, Guard, Source
from core.domain.states import State
from core.operations.move import move
from core.services.concerns import Concerns
from core.services.shared_cache import SharedCache
from core.store.duckdb.engine import MEMORY, DuckDBEngine
from core.store.engine import Engine
from core.store.sql_store import SqlStore
from tests.sends import ME, NOW, actions, clear, load, send

pytestmark = pytest.mark.slow


def kinds(engine: Engine) -> list[str]:
    return [row[0] for row in engine.rows("SELECT kind FROM ledger ORDER BY number")]


def live(store: SqlStore) -> None:
    """Write one receipt of each kind: accepted, refused, confirmed, contradicted, acknowledged."""
    load(store, send("a"), send("b"), send("c", State.PROCESANDO), send("d", State.SENT_DONE))
    for id in "abcd":
        actions(store, own=False).abort(send(id).id, ME, reason="wrong_time", note="= ação “x”")
    load(store, send("a", State.CANCELLED), send("b", State.IN_PROGRESS, 5_000))
    gone = next(iter(store.receipts_of(send("b").id)))
    concerns(store).acknowledge(gone.id, Concern.CONTRADICTED, ME, "told the customer")


def concerns(store: SqlStore) -> Concerns:
    cache = SharedCache(lambda: store.revision)
    return Concerns(store, lambda: NOW, timedelta(minutes=30), cache, lambda: False)


def test_each_thing_that_happens_to_a_receipt_is_an_entry_of_its_own(
    store: SqlStore, engine: Engine
) -> None:
    live(store)
    happened = ["receipt"] * 4 + ["confirmed", "contradicted", "acknowledged"]
    assert kinds(engine) == happened
    found = store.check_audit_log()
    assert found.is_sound
    assert found.entries == len(happened)


def test_a_cancelling_that_comes_true_is_an_entry_of_its_own(
    store: SqlStore, engine: Engine
) -> None:
    load(store, send("c", State.PROCESANDO))
    actions(store).abort(send("c").id, ME)
    before = store.configuration(send("c").id)
    assert before is not None
    after = replace(before, state=State.CANCELLED, updated_at=NOW, version=before.version + 1)
    store.advance([Step(Guard.of(before), after)], Source.SIMULATOR, "t")
    assert kinds(engine) == ["receipt", "confirmed"]
    assert store.check_audit_log().is_sound


TAMPERINGS: dict[str, tuple[str, Flaw]] = {
    "who did it": ("UPDATE receipts SET actor = 'somebody else' WHERE configuration_id = 'a'", Flaw.RECEIPT_CHANGED),
    "when": ("UPDATE receipts SET requested_at = requested_at + INTERVAL '1 minute' WHERE configuration_id = 'a'", Flaw.RECEIPT_CHANGED),
    "why": ("UPDATE receipts SET note = '' WHERE configuration_id = 'a'", Flaw.RECEIPT_CHANGED),
    "what it said of its confirmation": ("UPDATE receipts SET first_confirmation = 'confirmed' WHERE configuration_id = 'b'", Flaw.RECEIPT_CHANGED),
    "and since when": ("UPDATE receipts SET first_confirmed_at = requested_at WHERE configuration_id = 'a'", Flaw.RECEIPT_CHANGED),
    "what came of it": ("UPDATE receipt_news SET kind = 'confirmed' WHERE kind = 'contradicted'", Flaw.OUTCOME_CHANGED),
    "since when": ("UPDATE receipt_news SET happened_at = happened_at + INTERVAL '1 minute'", Flaw.OUTCOME_CHANGED),
    "that it was contradicted": ("DELETE FROM receipt_news WHERE kind = 'contradicted'", Flaw.OUTCOME_CHANGED),
    "a confirmation that was none": ("INSERT INTO receipt_news (receipt_id, kind, happened_at) SELECT id, 'confirmed', requested_at FROM receipts WHERE configuration_id = 'b'", Flaw.OUTCOME_CHANGED),
    "that it was": ("DELETE FROM receipts WHERE configuration_id = 'd'", Flaw.RECEIPT_LOST),
    "one more": ("INSERT INTO receipts SELECT * FROM receipts WHERE configuration_id = 'd'", Flaw.RECEIPT_ADDED),
    "a note": ("UPDATE acknowledgements SET note = 'nothing'", Flaw.NOTE_CHANGED),
    "that there was a note": ("DELETE FROM acknowledgements", Flaw.NOTE_CHANGED),
    "an entry": ("UPDATE ledger SET body = replace(body, 'operador', 'director') WHERE number = 2", Flaw.CHANGED),
    "an entry's receipt": ("UPDATE ledger SET receipt_id = 'x' WHERE number = 2", Flaw.CHANGED),
    "an entry's hash": ("UPDATE ledger SET hash = 'f00' WHERE number = 2", Flaw.CHANGED),
    "that there was an entry": ("DELETE FROM ledger WHERE number = 2", Flaw.MISSING),
    "the first entries": ("DELETE FROM ledger WHERE number < 3", Flaw.MISSING),
    "the last entry": ("DELETE FROM ledger WHERE number = 7", Flaw.CUT),
    "the end": ("UPDATE ledger_ends SET number = 6 WHERE place = 1", Flaw.CUT),
    "both ends": ("DELETE FROM ledger_ends", Flaw.CUT),
    "the beginning": ("UPDATE ledger_ends SET number = 2, hash = 'f00' WHERE place = 0", Flaw.CUT),
    "an order": ("UPDATE ledger SET number = -number WHERE number IN (2, 3); UPDATE ledger SET number = 5 + number WHERE number < 0", Flaw.CHANGED),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERINGS)
def test_changes_of_the_tables_without_freio_are_found(what: str) -> None:
    engine = DuckDBEngine(MEMORY)
    tamper(SqlStore(engine), engine, *TAMPERINGS[what])
    engine.close()


def test_a_shared_database_is_checked_as_well(store: SqlStore, engine: Engine) -> None:
    tamper(store, engine, *TAMPERINGS["who did it"])


def tamper(store: SqlStore, engine: Engine, sql: str, flaw: Flaw) -> None:
    live(store)
    with engine.transaction() as tx:
        for statement in sql.split("; "):
            tx.rows(statement)
    found = store.check_audit_log()
    assert not found.is_sound
    assert flaw in {problem.flaw for problem in found.problems}


def test_dropping_the_data_is_an_entry_too(store: SqlStore, engine: Engine) -> None:
    load(store, send("a"), send("c", State.PROCESANDO))
    for id in "ac":
        actions(store).abort(send(id).id, ME)
    clear(store)
    load(store, send("e"))
    actions(store).abort(send("e").id, ME)
    assert kinds(engine)[-2:] == ["cleared", "receipt"]
    assert store.check_audit_log().is_sound


def test_dropped_aborts_of_loaded_sends_are_always_reported(store: SqlStore) -> None:
    live(store)
    clear(store)
    load(store, send("e"))
    actions(store).abort(send("e").id, ME)
    found = store.check_audit_log()
    assert (found.is_sound, found.flaws, found.dropped) == (False, 0, 3)
    assert [(p.flaw, p.where) for p in found.problems] == [(Flaw.DROPPED, id) for id in "abc"]


def test_receipts_from_before_the_record_begin_it_in_their_order(
    store: SqlStore, engine: Engine
) -> None:
    live(store)
    with engine.transaction() as tx:
        tx.rows("DELETE FROM ledger")
        tx.rows("UPDATE ledger_ends SET number = 0, hash = ''")
    again = SqlStore(engine)
    assert kinds(engine) == [
        *("began", *["receipt"] * 4),
        *("confirmed", "contradicted", "acknowledged"),
    ]
    assert again.check_audit_log().is_sound


def test_a_moved_store_brings_its_record_along(engine: Engine, store: SqlStore) -> None:
    live(store)
    before = store.check_audit_log()
    target = DuckDBEngine(MEMORY)
    move(engine, target)
    arrived = SqlStore(target)
    assert arrived.check_audit_log() == before
    arrived.close()


def test_a_file_that_is_changed_while_freio_is_closed_is_found(tmp_path: Path) -> None:
    path = tmp_path / "freio.duckdb"
    store = SqlStore(DuckDBEngine(path))
    live(store)
    assert store.check_audit_log().is_sound
    store.close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE receipts SET actor = 'nobody' WHERE configuration_id = 'a'")
    again = SqlStore(DuckDBEngine(path))
    assert [p.flaw for p in again.check_audit_log().problems] == [Flaw.RECEIPT_CHANGED]
    again.close()
