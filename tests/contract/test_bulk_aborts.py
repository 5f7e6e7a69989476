"""Bulk aborts on both engines: each send of a batch gets the result of a single abort."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from core.access.refusal_limit import RefusalLimit
from core.domain.bulk_abort import ACCEPTED, BulkGroup, BulkOutcome, BulkTotals
from core.domain.list_query import ListQuery
from core.domain.model import (
    Actor,
    ConfigurationId,
    Confirmation,
    Listing,
    Role,
    SendConfiguration,
    ShownFacts,
)
from core.domain.receipt_query import Outcome, ReceiptQuery
from core.domain.states import Generation, Refusal, State
from core.errors import AccessError, DemoOverError, FreioError, SettingsError
from core.ports.shared_state import DEMO, ORIGIN
from core.services.aborts import AbortService, ReasonMissingError
from core.services.bulk_aborts import UnknownBatchError
from core.services.bulk_execution import CHUNK, MAX_TRIES
from core.services.bulk_limits import BulkLimitError, BulkLimits
from core.store.duckdb import engine as duckdb_engine
from core.store.duckdb.engine import MEMORY, DuckDBEngine
from core.store.engine import Engine, Params, Row
from core.store.journal.journal import Journal
from core.store.sql_store import SqlStore
from tests.sends import ME, NOW, actions, batches_in, bulk_aborts, clear, load, receipts_in, send

ADMIN = Actor("ana", Role.ADMINISTRATOR)
EVERY_FACT = (
    "SELECT id, name, state, raw_state, generated_records, finished_at, abort_confirmation,"
    " version, updated_at FROM configurations ORDER BY id"
)


def one_of_each() -> list[SendConfiguration]:
    return [
        send("scheduled"),
        send("processing", State.PROCESANDO),
        send("unreported", State.IN_PROGRESS, None),
        send("begun", State.IN_PROGRESS, 5_000),
        send("done", State.SENT_DONE, 7_000),
        send("stopped", State.CANCELLED),
        send("draft", State.DRAFT),
    ]


def ids(*names: str) -> list[ConfigurationId]:
    return [ConfigurationId(name) for name in names]


def in_account(name: str, account: str) -> SendConfiguration:
    return replace(send(name), account=account)


def test_a_plan_groups_what_an_abort_would_do_and_changes_nothing(
    store: SqlStore, engine: Engine
) -> None:
    load(store, *one_of_each())
    before = engine.rows(EVERY_FACT)
    found = bulk_aborts(store).plan([c.id for c in one_of_each()] + ids("nowhere"), ME)
    groups = {group: [s.configuration.id for s in found.groups[group].sends] for group in BulkGroup}
    assert groups[BulkGroup.AT_ONCE] == ["scheduled"]
    assert groups[BulkGroup.WHEN_PROCESSING_ENDS] == ["processing"]
    assert groups[BulkGroup.UNKNOWN] == ["unreported"]
    assert sorted(groups[BulkGroup.LEFT_OUT]) == ["begun", "done", "draft", "stopped"]
    assert found.missing == ("nowhere",)
    assert (found.count, found.recipients) == (3, 21_000)
    assert Counter(s.refusal for s in found.groups[BulkGroup.LEFT_OUT].sends) == {
        Refusal.TOO_LATE: 1,
        Refusal.FINISHED: 1,
        Refusal.NOT_ABORTABLE_STATE: 1,
        Refusal.ALREADY: 1,
    }
    assert engine.rows(EVERY_FACT) == before


def test_each_send_of_a_batch_gets_its_own_outcome(store: SqlStore) -> None:
    load(store, *one_of_each())
    bulk = bulk_aborts(store)
    batch = bulk.start([c.id for c in one_of_each()] + ids("nowhere"), ME, reason="duplicate")
    bulk.run_pending()
    outcomes = {s.configuration_id: s.outcome for s in bulk.sends(batch, ME).rows}
    assert outcomes == {
        "scheduled": BulkOutcome.STOPPED,
        "processing": BulkOutcome.WHEN_PROCESSING_ENDS,
        "unreported": BulkOutcome.UNKNOWN,
        "begun": BulkOutcome.TOO_LATE,
        "done": BulkOutcome.TOO_LATE,
        "stopped": BulkOutcome.ALREADY,
        "draft": BulkOutcome.NOT_STOPPABLE,
        "nowhere": BulkOutcome.NOT_FOUND,
    }
    progress = bulk.progress(batch, ME)
    assert progress.is_ended
    accepted = sum(progress.counts.get(each, 0) for each in ACCEPTED)
    assert (progress.sends, progress.done, accepted) == (8, 8, 3)
    assert progress.totals == BulkTotals(spared=7_000 + 7_000, gone=14_000, unknown=21_000)
    assert progress.unknown == {
        BulkOutcome.WHEN_PROCESSING_ENDS: 7_000,
        BulkOutcome.UNKNOWN: 7_000,
        BulkOutcome.NOT_STOPPABLE: 7_000,
    }


def test_a_batch_writes_exactly_what_single_aborts_write(store: SqlStore, engine: Engine) -> None:
    load(store, *one_of_each())
    for each in one_of_each():
        actions(store).abort(each.id, ME, reason="duplicate", note="duas vezes")
    facts = engine.rows(EVERY_FACT)
    receipts = {r.configuration_id: r for r in receipts_in(store)}
    history = {c.id: store.history(c.id, 9) for c in one_of_each()}
    counts = sorted(store.state_counts(ListQuery()), key=repr)
    clear(store)
    load(store, *one_of_each())
    bulk = bulk_aborts(store)
    batch = bulk.start([c.id for c in one_of_each()], ME, reason="duplicate", note=" duas vezes ")
    bulk.run_pending()
    assert engine.rows(EVERY_FACT) == facts
    assert sorted(store.state_counts(ListQuery()), key=repr) == counts
    found = {r.configuration_id: r for r in receipts_in(store)}
    assert found.keys() == receipts.keys()
    for id, receipt in found.items():
        assert receipt.bulk_id == batch
        assert replace(receipt, id=receipts[id].id, bulk_id="") == receipts[id]
        changes = [replace(c, receipt_id=None) for c in store.history(id, 9)]
        assert changes == [replace(c, receipt_id=None) for c in history[id]]
    assert store.check_audit_log().is_sound


@pytest.mark.slow
def test_a_batch_larger_than_a_chunk_is_done_in_the_order_of_time(store: SqlStore) -> None:
    many = [
        replace(send(f"s{n:03}"), scheduled_at=NOW + timedelta(minutes=n))
        for n in range(2 * CHUNK + 3)
    ]
    load(store, *many)
    bulk = bulk_aborts(store)
    batch = bulk.start([c.id for c in reversed(many)], ME)
    bulk.run_pending()
    found = bulk.sends(batch, ME)
    assert [row.configuration_id for row in found.rows] == [c.id for c in many]
    receipts = [store.receipts_of(c.id) for c in many]
    assert [len(each) for each in receipts] == [1] * len(many)
    times = [each[0].requested_at for each in receipts]
    assert all(first <= second for first, second in pairwise(times))
    assert store.check_audit_log().is_sound


def test_sends_that_appear_later_are_not_in_the_batch(store: SqlStore) -> None:
    load(store, send("a"))
    bulk = bulk_aborts(store)
    batch = bulk.start(ids("a"), ME)
    load(store, send("b"))
    bulk.run_pending()
    assert store.configuration(send("b").id).state is State.SCHEDULED  # type: ignore[union-attr]
    assert bulk.progress(batch, ME).sends == 1


def test_a_batch_that_is_run_twice_leaves_one_receipt_for_each_send(store: SqlStore) -> None:
    load(store, send("a"), send("b"))
    bulk = bulk_aborts(store)
    batch = bulk.start(ids("a", "b"), ME)
    listed = store.pending(batch, 9)
    bulk.run_pending()
    stored = store.batch(batch)
    assert stored is not None
    # A second worker had read the pending sends before.
    bulk.execution._write(stored, listed)
    bulk.run_pending()
    assert [len(store.receipts_of(id)) for id in ids("a", "b")] == [1, 1]


def test_what_another_worker_has_decided_is_not_in_the_journal_twice(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.jsonl")
    store = SqlStore(DuckDBEngine(MEMORY), journal)
    load(store, send("a"), send("b"))
    bulk = bulk_aborts(store)
    batch = bulk.start(ids("a", "b"), ME)
    stored = store.batch(batch)
    assert stored is not None
    first, second = store.pending(batch, 9)
    bulk.execution._write(stored, [first])
    bulk.execution._write(stored, [first, second])
    receipts = sorted(r.id for r in receipts_in(store))
    assert sorted(r.id for _, r in journal.read().open_lines()) == receipts
    assert len(receipts) == 2
    assert {r.bulk_id for _, r in journal.read().open_lines()} == {batch}
    assert store.check_audit_log().is_sound
    store.close()


def test_an_interrupted_batch_goes_on_where_it_ended(store: SqlStore) -> None:
    many = [send(f"s{n:03}") for n in range(CHUNK + 5)]
    load(store, *many)
    bulk = bulk_aborts(store)
    batch = bulk.start([c.id for c in many], ME)
    stored = store.batch(batch)
    assert stored is not None
    assert bulk.execution._chunk(stored)
    progress = bulk.progress(batch, ME)
    assert (progress.done, progress.counts[BulkOutcome.PENDING], progress.is_ended) == (
        CHUNK,
        5,
        False,
    )
    bulk_aborts(store).run_pending()  # another process
    assert bulk.progress(batch, ME).counts == {BulkOutcome.STOPPED: CHUNK + 5}
    assert [len(store.receipts_of(c.id)) for c in many] == [1] * len(many)


def test_a_chunk_takes_few_statements_because_other_writers_wait_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run: list[str] = []

    class Counting(duckdb_engine._DuckTransaction):
        def rows(self, sql: str, params: Params | None = None) -> list[Row]:
            run.append(sql)
            return super().rows(sql, params)

        def add_rows(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
            run.append(table)
            super().add_rows(table, columns, rows)

    store = SqlStore(DuckDBEngine(MEMORY))
    many = [send(f"s{n:03}") for n in range(2 * CHUNK)]
    load(store, *many)
    bulk = bulk_aborts(store)
    batch = store.batch(bulk.start([c.id for c in many], ME))
    assert batch is not None
    bulk.execution._chunk(batch)
    monkeypatch.setattr(duckdb_engine, "_DuckTransaction", Counting)
    bulk.execution._chunk(batch)
    assert len(store.pending(batch.id, 99)) == 0
    # Statements about the era, the sends, history and daily counts, receipts, outcomes, audit log.
    assert len(run) == 1 + 1 + 2 + 1 + 1 + 3
    store.close()


def test_stop_here_leaves_the_rest_untouched(store: SqlStore) -> None:
    many = [send(f"s{n:03}") for n in range(CHUNK + 5)]
    load(store, *many)
    bulk = bulk_aborts(store)
    batch = bulk.start([c.id for c in many], ME)
    stored = store.batch(batch)
    assert stored is not None
    bulk.execution._chunk(stored)
    listed = store.pending(batch, CHUNK)
    result = bulk.stop(batch, ME)
    assert (result.is_ended, result.stop_requested_at is not None) == (True, True)
    assert result.counts == {BulkOutcome.STOPPED: CHUNK, BulkOutcome.KEPT: 5}
    # A worker that had read them before changes nothing either.
    bulk.execution._write(stored, listed)
    bulk.run_pending()
    kept = [row.configuration_id for row in bulk.sends(batch, ME, [BulkOutcome.KEPT]).rows]
    assert len(kept) == 5
    assert all(store.receipts_of(id) == [] for id in kept)
    assert bulk.stop(batch, ME).counts == result.counts


def test_only_its_starter_or_an_administrator_ends_a_batch(store: SqlStore) -> None:
    load(store, send("a"))
    bulk = bulk_aborts(store)
    batch = bulk.start(ids("a"), ME)
    with pytest.raises(AccessError):
        bulk.stop(batch, Actor("operador 2", Role.OPERATOR))
    assert bulk.stop(batch, ADMIN).counts == {BulkOutcome.KEPT: 1}


class Meddling:
    """A store in which something happens between the read of a decision and its write."""

    def __init__(self, store: SqlStore, meddle: object) -> None:
        self._store, self._meddle = store, meddle

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def commit_chunk(self, *args: object, **named: object) -> object:
        self._meddle()  # type: ignore[operator]
        return self._store.commit_chunk(*args, **named)  # type: ignore[arg-type]


def test_a_send_that_changes_before_the_write_is_decided_again(store: SqlStore) -> None:
    load(store, send("a"), send("b"))
    done = []

    def begin_b() -> None:
        if not done:
            done.append(True)
            load(store, send("b", State.IN_PROGRESS, 5_000))

    bulk = bulk_aborts(store)
    bulk.execution.store = Meddling(store, begin_b)  # type: ignore[assignment]
    batch = bulk.start(ids("a", "b"), ME)
    bulk.run_pending()
    outcomes = {s.configuration_id: s.outcome for s in bulk.sends(batch, ME).rows}
    assert outcomes == {"a": BulkOutcome.STOPPED, "b": BulkOutcome.TOO_LATE}
    assert [r.accepted for r in store.receipts_of(send("b").id)] == [False]


@pytest.mark.slow
def test_a_send_that_never_rests_is_given_up_and_can_be_retried(store: SqlStore) -> None:
    load(store, send("a"), send("b"))
    totals = iter(range(10_000, 20_000))

    def resize_b() -> None:
        load(store, send("b", total=next(totals)))

    bulk = bulk_aborts(store)
    batch = bulk.start(ids("a", "b"), ME, reason="legal", note="x")
    bulk.execution.store = Meddling(store, resize_b)  # type: ignore[assignment]
    bulk.run_pending()
    found = bulk.progress(batch, ME)
    assert found.counts == {BulkOutcome.STOPPED: 1, BulkOutcome.CHANGED: 1}
    assert found.retriable == 1
    bulk.execution.store = store
    again = bulk.retry(batch, ME)
    bulk.run_pending()
    second = bulk.progress(again, ME)
    assert second.counts == {BulkOutcome.STOPPED: 1}
    assert (second.retry_of, second.reason, second.note) == (batch, "legal", "x")


def test_what_cannot_be_written_says_why_and_stops_nothing_else(store: SqlStore) -> None:
    load(store, *(send(f"s{n}") for n in range(4)))
    bulk = bulk_aborts(store)
    batch = bulk.start(ids("s0", "s1", "s2", "s3"), ME)
    whole = bulk.execution._attempt

    def failing(stored: object, listed: object) -> object:
        if any(each.configuration_id == "s2" for each in listed):  # type: ignore[attr-defined]
            raise FreioError("The disk refused it.", "Free some space.")
        return whole(stored, listed)  # type: ignore[arg-type]

    class Failing(type(bulk.execution)):  # type: ignore[misc]
        _attempt = staticmethod(failing)

    bulk.execution = Failing(bulk.aborts, store, bulk.limits)
    for _ in range(3):
        bulk.run_pending()
    found = bulk.progress(batch, ME)
    assert found.counts == {BulkOutcome.STOPPED: 3, BulkOutcome.NOT_WRITTEN: 1}
    [lost] = bulk.sends(batch, ME, [BulkOutcome.NOT_WRITTEN]).rows
    assert "The disk refused it." in lost.trouble
    assert store.configuration(lost.configuration_id).state is State.SCHEDULED  # type: ignore[union-attr]


def test_a_confirmed_or_contradicted_abort_shows_in_the_result(store: SqlStore) -> None:
    load(store, send("a"), send("b"), send("c"))
    bulk = bulk_aborts(store, own=False)
    batch = bulk.start(ids("a", "b", "c"), ME)
    bulk.run_pending()
    assert bulk.progress(batch, ME).counts == {BulkOutcome.WAITING: 3}
    assert bulk.progress(batch, ME).totals == BulkTotals(unknown=21_000)
    load(store, send("a", State.CANCELLED), send("b", State.IN_PROGRESS, 5_000))
    found = bulk.progress(batch, ME)
    assert found.counts == {
        BulkOutcome.STOPPED: 1,
        BulkOutcome.CONTRADICTED: 1,
        BulkOutcome.WAITING: 1,
    }
    assert found.totals == BulkTotals(spared=7_000, unknown=14_000)
    assert found.unknown == {BulkOutcome.CONTRADICTED: 7_000, BulkOutcome.WAITING: 7_000}
    [stopped] = bulk.sends(batch, ME, [BulkOutcome.STOPPED]).rows
    assert stopped.configuration_id == "a"


def test_the_receipts_keep_what_the_dialog_showed(store: SqlStore) -> None:
    load(store, send("a"))
    bulk = bulk_aborts(store)
    shown = ShownFacts(State.PROCESANDO, Generation.NOT_STARTED, 6_000, 0, NOW)
    batch = bulk.start(ids("a"), ME, shown={send("a").id: shown})
    bulk.run_pending()
    [receipt] = store.receipts_of(send("a").id)
    assert (receipt.shown_state, receipt.shown_total) == ("PROCESANDO", 6_000)
    assert [row.changed_meanwhile for row in bulk.sends(batch, ME).rows] == [True]


def test_ids_of_other_accounts_are_refused_and_recorded_once(store: SqlStore) -> None:
    load(store, in_account("mine", "a"), *(in_account(f"theirs{n}", "b") for n in range(9)))
    limited = Actor("bia", Role.OPERATOR, frozenset({"a"}))
    bulk = bulk_aborts(store)
    forged = ids("mine", *(f"theirs{n}" for n in range(9)))
    with pytest.raises(AccessError) as refused:
        bulk.start(forged, limited)
    assert "theirs" in str(refused.value)
    with pytest.raises(AccessError):
        bulk.start(forged, limited)
    bulk.run_pending()
    assert [r.refusal for r in receipts_in(store)] == [Refusal.NOT_ALLOWED]
    assert {c.state for c in store.page(ListQuery()).rows} == {State.SCHEDULED}
    assert batches_in(bulk, ADMIN) == []


def test_unknown_ids_look_like_foreign_ones_to_a_person_of_some_accounts(store: SqlStore) -> None:
    load(store, in_account("mine", "a"), in_account("theirs", "b"))
    limited = Actor("bia", Role.OPERATOR, frozenset({"a"}))
    bulk = bulk_aborts(store)
    messages = []
    for id in ("theirs", "nowhere"):
        with pytest.raises(AccessError) as refused:
            bulk.start(ids("mine", id), limited)
        messages.append(str(refused.value).replace(id, "X"))
    assert messages[0] == messages[1]
    assert bulk.plan(ids("mine", "theirs", "nowhere"), limited).missing == ("theirs", "nowhere")


def test_a_viewer_starts_nothing_and_the_attempt_is_recorded_once(store: SqlStore) -> None:
    load(store, send("a"), send("b"))
    bulk = bulk_aborts(store)
    viewer = Actor("vera", Role.VIEWER)
    with pytest.raises(AccessError):
        bulk.start(ids("a", "b"), viewer)
    assert [r.refusal for r in receipts_in(store)] == [Refusal.NOT_ALLOWED]
    plan = bulk.plan(ids("a", "b"), viewer)
    assert plan.count == 0
    refusals = [send.refusal for send in plan.groups[BulkGroup.LEFT_OUT].sends]
    assert refusals == [Refusal.NOT_ALLOWED] * 2


def test_a_role_that_is_taken_away_counts_for_the_next_chunk(store: SqlStore) -> None:
    many = [in_account(f"s{n:02}", "a") for n in range(2 * CHUNK)]
    load(store, *many)
    bulk = bulk_aborts(store)
    listing = Listing("rui", "https://login.example.com#9", frozenset({"desk", "night"}))
    batch = bulk.start([c.id for c in many], replace(ME, listing=listing))
    for stored in store.open_batches():
        bulk.execution._chunk(stored)
    asked = []

    def without_role(actor: Actor) -> Actor:
        asked.append(actor.listing)
        return replace(actor, role=None)

    bulk.execution.current = without_role
    bulk.run_pending()
    assert bulk.progress(batch, ADMIN).counts == {
        BulkOutcome.STOPPED: CHUNK,
        BulkOutcome.NOT_ALLOWED: CHUNK,
    }
    assert asked == [listing]
    refused = [r for r in receipts_in(store) if not r.accepted]
    assert {(r.refusal, r.actor, r.role) for r in refused} == {(Refusal.NOT_ALLOWED, ME.name, "")}


def test_an_account_that_is_taken_away_counts_for_the_next_chunk(store: SqlStore) -> None:
    load(store, in_account("mine", "a"), in_account("not mine any more", "b"))
    bulk = bulk_aborts(store)
    batch = bulk.start(ids("mine", "not mine any more"), ME)
    bulk.execution.current = lambda actor: replace(actor, accounts=frozenset({"a"}))
    bulk.run_pending()
    outcomes = {s.configuration_id: s.outcome for s in bulk.sends(batch, ADMIN).rows}
    assert outcomes == {"mine": BulkOutcome.STOPPED, "not mine any more": BulkOutcome.NOT_ALLOWED}


def test_a_batch_waits_while_no_role_is_known(store: SqlStore) -> None:
    load(store, send("a"))
    bulk = bulk_aborts(store)
    batch = bulk.start(ids("a"), ME)

    def unknown(actor: Actor) -> Actor:
        raise SettingsError("The list of roles cannot be used.", "Correct it.")

    bulk.execution.current = unknown
    for _ in range(MAX_TRIES + 1):
        bulk.run_pending()
    assert bulk.progress(batch, ME).counts == {BulkOutcome.PENDING: 1}
    bulk.execution.current = lambda actor: actor
    bulk.run_pending()
    assert bulk.progress(batch, ME).counts == {BulkOutcome.STOPPED: 1}


def test_an_operator_has_a_limit_and_an_administrator_has_none(store: SqlStore) -> None:
    load(store, *(send(f"s{n}") for n in range(4)))
    bulk = bulk_aborts(store, limits=BulkLimits(3, None, 5_000))
    every = ids("s0", "s1", "s2", "s3")
    with pytest.raises(BulkLimitError):
        bulk.start(every, ME)
    assert bulk.limits.of(ME).allows(3, 10**9)
    assert not bulk.limits.of(ME).allows(4, 0)
    assert bulk.limits.of(ADMIN).allows(10_000, 10**9)
    assert bulk.limits.of(ADMIN).needs_typing(11, 0)
    assert bulk.limits.of(ADMIN).needs_typing(1, 5_001)
    assert not bulk.limits.of(ADMIN).needs_typing(10, 5_000)
    bulk.start(every[:2], ME)
    with pytest.raises(BulkLimitError):  # the pending ones count too
        bulk.start(every[2:], ME)
    bulk.run_pending()
    bulk.start(every[2:], ME)


@pytest.mark.parametrize(
    ("grown", "total", "refused"), [("s1", 10_000, "s2"), ("s0", 30_000, "s0")]
)
def test_the_limit_counts_recipients_again_for_each_send_and_refuses_only_those_above_it(
    store: SqlStore, grown: str, total: int, refused: str
) -> None:
    load(store, *(send(f"s{n}") for n in range(3)))
    bulk = bulk_aborts(store, limits=BulkLimits(None, 21_000, None))
    batch = bulk.start(ids("s0", "s1", "s2"), ME)
    load(store, send(grown, total=total))
    bulk.run_pending()
    assert bulk.progress(batch, ME).counts == {
        BulkOutcome.STOPPED: 2,
        BulkOutcome.NOT_ALLOWED: 1,
    }
    assert store.configuration(send(refused).id).state is State.SCHEDULED  # type: ignore[union-attr]


def test_a_required_reason_is_required_before_anything_is_stored(store: SqlStore) -> None:
    load(store, send("a"))
    strict = AbortService(store, lambda: NOW, lambda: True, lambda: NOW, needs_reason=True)
    bulk = bulk_aborts(store, aborts=strict)
    with pytest.raises(ReasonMissingError):
        bulk.start(ids("a"), ME)
    assert store.open_batches() == []


def test_a_list_of_which_nothing_can_be_stopped_makes_no_batch(store: SqlStore) -> None:
    load(store, send("a", State.SENT_DONE, 7_000))
    with pytest.raises(FreioError):
        bulk_aborts(store).start(ids("a"), ME)
    assert store.open_batches() == []


def test_people_see_the_batches_of_their_accounts_and_find_their_own(store: SqlStore) -> None:
    load(store, in_account("x", "a"), in_account("y", "b"))
    bulk = bulk_aborts(store)
    batch = bulk.start(ids("x", "y"), ADMIN)
    other = Actor("bia", Role.OPERATOR, frozenset({"a"}))
    stranger = Actor("caio", Role.OPERATOR, frozenset({"c"}))
    assert [b.sends for b in batches_in(bulk, other)] == [1]
    assert [row.configuration_id for row in bulk.sends(batch, other).rows] == ["x"]
    assert batches_in(bulk, stranger) == []
    with pytest.raises(UnknownBatchError):
        bulk.progress(batch, stranger)
    assert bulk.open_of(other) == []
    assert [b.id for b in bulk.open_of(ADMIN)] == [batch]
    bulk.see(batch, ADMIN)  # the batch runs, so this does not count
    bulk.run_pending()
    assert [b.id for b in bulk.open_of(ADMIN)] == [batch]
    bulk.see(batch, other)
    assert [b.id for b in bulk.open_of(ADMIN)] == [batch]
    bulk.see(batch, ADMIN)
    assert bulk.open_of(ADMIN) == []
    assert [b.id for b in batches_in(bulk, ADMIN)] == [batch]


def test_all_that_match_are_the_sends_that_can_be_stopped_soonest_first(store: SqlStore) -> None:
    later = [
        replace(send(f"s{n}"), scheduled_at=NOW + timedelta(hours=n), account="a" if n % 2 else "b")
        for n in range(6)
    ]
    load(store, *later, *one_of_each())
    bulk = bulk_aborts(store)
    found = bulk.matching(ListQuery(account="a", page=7), ME)
    assert (found.ids, found.total) == (("s1", "s3", "s5"), 3)
    assert bulk.queries.count_stoppable(ListQuery(account="a")) == 3
    every = bulk.matching(ListQuery(), ME)
    assert {"scheduled", "processing", "unreported"} < set(every.ids)
    assert len(every.ids) == every.total == bulk.queries.count_stoppable(ListQuery()) == 9
    limited = Actor("bia", Role.OPERATOR, frozenset({"b"}))
    assert bulk.matching(ListQuery(), limited).ids == ("s0", "s2", "s4")
    assert bulk.matching(ListQuery(text="promocao s3"), ME).ids == ("s3",)


def test_a_visitor_of_the_demo_has_no_batch_on_other_data(store: SqlStore) -> None:
    load(store, send("a"))
    visitor = Actor("visitor", Role.OPERATOR, only_demo=True)
    bulk = bulk_aborts(store, own=False)
    with pytest.raises(DemoOverError):
        bulk.plan(ids("a"), visitor)
    with pytest.raises(DemoOverError):
        bulk.start(ids("a"), visitor)
    # The data is replaced after the check.
    with pytest.raises(DemoOverError):
        bulk_aborts(store).start(ids("a"), visitor)
    store.set_fact(ORIGIN, DEMO)
    batch = bulk_aborts(store).start(ids("a"), visitor)
    assert bulk_aborts(store).progress(batch, visitor).counts == {BulkOutcome.PENDING: 1}
    clear(store)
    bulk_aborts(store).run_pending()
    assert store.batch(batch) is None


def test_in_the_log_a_batch_is_one_row_among_single_aborts(store: SqlStore) -> None:
    load(store, *(send(f"s{n}") for n in range(5)), send("late", State.SENT_DONE, 7_000))
    actions(store).abort(send("s0").id, ME)
    bulk = bulk_aborts(store)
    first = bulk.start(ids("s1", "s2", "late"), ME)
    bulk.run_pending()
    second = bulk.start(ids("s3", "s4"), ADMIN)
    bulk.run_pending()
    as_one = ReceiptQuery(bulk_as_one=True)
    page = store.receipt_page(as_one)
    assert sorted(r.bulk_id for r in page.rows) == sorted(["", first, second])
    assert page.total == 3
    mine = store.receipt_page(replace(as_one, actor=ADMIN.name))
    assert [r.bulk_id for r in mine.rows] == [second]
    late = store.receipt_page(replace(as_one, outcome=Outcome.TOO_LATE))
    assert [(r.bulk_id, r.configuration_id) for r in late.rows] == [(first, "late")]
    of_first = store.receipt_page(ReceiptQuery(bulk_id=first))
    assert {r.configuration_id for r in of_first.rows} == {"s1", "s2", "late"}
    assert store.receipt_page(ReceiptQuery()).total == 6
    assert {*bulk.progress_of([first, second], ME)} == {first, second}


def test_pruning_drops_old_batches_that_have_ended(store: SqlStore) -> None:
    load(store, send("a"), send("b"))
    bulk = bulk_aborts(store)
    old = bulk.start(ids("a"), ME)
    bulk.run_pending()
    running = bulk.start(ids("b"), ME)
    store.prune(NOW + timedelta(days=1), NOW)
    assert store.batch(old) is None
    assert store.batch(running) is not None


def test_refused_attempts_of_visitors_do_not_fill_the_disk(store: SqlStore) -> None:
    load(store, *(send(f"late{n}", State.SENT_DONE, 7_000) for n in range(40)), send("a"))
    store.set_fact(ORIGIN, DEMO)
    visitor = Actor("visitor", Role.OPERATOR, only_demo=True)
    service = AbortService(store, lambda: NOW, lambda: True, lambda: NOW, refusals=RefusalLimit())
    bulk = bulk_aborts(store, aborts=service)
    batch = bulk.start(ids("a", *(f"late{n}" for n in range(40))), visitor)
    bulk.run_pending()
    assert len([r for r in receipts_in(store) if not r.accepted]) == 30
    assert bulk.progress(batch, visitor).counts == {
        BulkOutcome.STOPPED: 1,
        BulkOutcome.TOO_LATE: 40,
    }


def test_a_confirmation_is_in_the_summary_by_day(store: SqlStore) -> None:
    load(store, send("a"), send("b"))
    bulk = bulk_aborts(store)
    bulk.start(ids("a", "b"), ME)
    bulk.run_pending()
    [count] = store.state_counts(ListQuery())
    assert (count.state, count.configurations, count.recipients) == (State.CANCELLED, 2, 14_000)
    assert {c.abort_confirmation for c in store.page(ListQuery()).rows} == {Confirmation.CONFIRMED}


def test_a_batch_ends_with_the_demo_data_and_stops_no_send_of_the_file_that_replaces_it(
    store: SqlStore,
) -> None:
    many = [send(f"s{n:03}") for n in range(CHUNK + 5)]
    load(store, *many)
    bulk = bulk_aborts(store)
    batch = bulk.start([c.id for c in many], ME)
    stored = store.batch(batch)
    assert stored is not None
    listed = store.pending(batch, CHUNK)
    clear(store)
    load(store, *many)
    bulk.execution._write(stored, listed)  # a worker that had read the batch before
    bulk.run_pending()
    assert store.open_batches() == []
    assert all(store.receipts_of(c.id) == [] for c in many)
