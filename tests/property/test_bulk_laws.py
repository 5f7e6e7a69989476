"""Every batch does the same as its single aborts, and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.domain.bulk_abort import BulkOutcome, ChunkResult, OutcomeCount, plan
from core.domain.model import Actor, ConfigurationId, Role, SendConfiguration
from core.domain.rules import Refuse, decide_abort
from core.domain.states import State
from core.platforms import icomm
from core.services import bulk_execution
from core.store.duckdb.engine import MEMORY, DuckDBEngine
from core.store.sql_store import SqlStore
from tests.daily_counts_check import is_true
from tests.levels import examples
from tests.sends import ME, actions, bulk_aborts, load, send

OTHER = Actor("operador 2", Role.OPERATOR)
FACTS = (
    "SELECT id, state, raw_state, generated_records, finished_at, abort_confirmation, version"
    " FROM configurations ORDER BY id"
)
RECEIPTS = (
    "SELECT configuration_id, actor, verdict, refusal, state_before, state_after, spared, gone"
    " FROM receipts ORDER BY configuration_id, actor, verdict"
)
HISTORY = (
    "SELECT configuration_id, version, from_state, to_state, generated_records, source, actor,"
    " receipt_id IS NULL FROM state_changes ORDER BY configuration_id, version, source"
)
#: The number of sends in a case, and how many of them are in one chunk of the batch.
COUNT = 6
CHUNK = 2

a_send = st.tuples(
    st.sampled_from(
        [State.SCHEDULED, State.PROCESANDO, State.IN_PROGRESS, State.SENT_DONE, State.PAUSED]
    ),
    st.sampled_from([None, 0, 5_000]),
)
#: What others do: (chunk, is it within the chunk, send, deed). A deed within a chunk is between its
#: reading and its writing, to a send of the chunk. Other deeds are before the chunk, to any send of
#: the batch.
deeds = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.booleans(),
        st.integers(0, COUNT - 1),
        st.sampled_from(["abort", "begin", "resize"]),
    ),
    max_size=6,
)


class Between:
    """A store in which others act after a chunk was read and before it is written."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self.waiting: list[Callable[[], None]] = []
        self.missed = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit_chunk(self, *args: Any, **named: Any) -> ChunkResult | None:
        while self.waiting:
            self.waiting.pop(0)()
        found = self._store.commit_chunk(*args, **named)
        self.missed += len(found.missed) if found else 0
        return found


def named(facts: Sequence[tuple[State, int | None]]) -> list[SendConfiguration]:
    return [send(f"s{n}", state, generated) for n, (state, generated) in enumerate(facts)]


def do(store: SqlStore, id: ConfigurationId, deed: str) -> None:
    if deed == "abort":
        actions(store).abort(id, OTHER)
    elif deed == "begin":
        load(store, send(id, State.IN_PROGRESS, 5_000))
    else:
        load(store, send(id, State.SCHEDULED, 0, total=9_000))


def is_refused(store: SqlStore, id: ConfigurationId) -> bool:
    found = store.configuration(id)
    return found is not None and isinstance(decide_abort(found, icomm.PLATFORM), Refuse)


@pytest.mark.slow
def test_a_batch_equals_its_single_aborts_in_any_interleaving() -> None:
    overtaken, missed = [], []

    # This case has both, because a few random cases may have neither.
    @example(
        [(State.SCHEDULED, 0)] * COUNT, [(0, True, 0, "abort"), (1, False, COUNT - 1, "abort")]
    )
    @examples(60)
    @given(st.lists(a_send, min_size=COUNT, max_size=COUNT), deeds)
    def equals(
        facts: Sequence[tuple[State, int | None]], others: Sequence[tuple[int, bool, int, str]]
    ) -> None:
        between_chunks, within_chunk = compare_with_single_aborts(facts, others)
        overtaken.append(between_chunks)
        missed.append(within_chunk)

    equals()
    # In some cases, others did act between two chunks, and between a read and its write.
    assert sum(overtaken) > 0
    assert sum(missed) > 0


def compare_with_single_aborts(
    facts: Sequence[tuple[State, int | None]], others: Sequence[tuple[int, bool, int, str]]
) -> tuple[int, int]:
    """Fail if a batch differs from single aborts; return how often others acted in between.

    The first number counts deeds between two chunks, to a send that is still pending. The second
    number counts deeds within a chunk after which the guard of a send failed.
    """
    in_batch = SqlStore(DuckDBEngine(MEMORY))
    one_by_one = SqlStore(DuckDBEngine(MEMORY))
    bystander = send("outside")
    # Without a send that can be stopped, there would be no batch.
    sends = [*named(facts), send("stoppable")]
    for store in (in_batch, one_by_one):
        load(store, *sends, bystander)
    bulk = bulk_aborts(in_batch)
    bulk.execution.store = between = Between(in_batch)
    batch = bulk.start([c.id for c in sends], ME)
    stored = in_batch.batch(batch)
    assert stored is not None
    order = [row.configuration_id for row in in_batch.pending(batch, 99)]
    overtaken = 0
    for number, at in enumerate(range(0, len(order), CHUNK)):
        chunk = order[at : at + CHUNK]
        now = [each for each in others if each[0] == number]
        before = [(order[which], deed) for _, within, which, deed in now if not within]
        during = [(chunk[which % len(chunk)], deed) for _, within, which, deed in now if within]
        for id, deed in before:
            do(in_batch, id, deed)
            do(one_by_one, id, deed)
            overtaken += number > 0 and id in order[at:]
        between.waiting += [partial(do, in_batch, id, deed) for id, deed in during]
        bulk.execution._write(stored, in_batch.pending(batch, CHUNK))
        # A refusal is decided when the facts are read, so single aborts are refused before the
        # others act. An accepted abort is decided again if the others have acted.
        refused = [id for id in chunk if is_refused(one_by_one, id)]
        for id in refused:
            actions(one_by_one).abort(id, ME)
        for id, deed in during:
            do(one_by_one, id, deed)
        for id in chunk:
            if id not in refused:
                actions(one_by_one).abort(id, ME)
        progress = bulk.progress(batch, ME)
        rows = bulk.sends(batch, ME).rows
        totals = progress.totals
        known = totals.spared + totals.gone + totals.unknown
        assert known == sum(row.total_records for row in rows)
    bulk.run_pending()
    assert bulk.progress(batch, ME).is_ended
    for facts_of in (FACTS, RECEIPTS, HISTORY):
        assert in_batch._engine.rows(facts_of) == one_by_one._engine.rows(facts_of)
    assert is_true(in_batch)
    outside = in_batch.configuration(bystander.id)
    assert outside is not None
    assert (outside.state, outside.version) == (State.SCHEDULED, 1)
    assert in_batch.receipts_of(bystander.id) == []
    assert in_batch.check_audit_log().is_sound
    in_batch.close()
    one_by_one.close()
    return overtaken, between.missed


@given(st.sampled_from(BulkOutcome), *[st.integers(0, 10**9)] * 3)
def test_spared_and_gone_and_unknown_are_all_recipients(
    outcome: BulkOutcome, total: int, spared: int, gone: int
) -> None:
    found = OutcomeCount(outcome, 1, total, spared, gone).totals
    assert found.spared + found.gone + found.unknown == total
    assert min(found.spared, found.gone, found.unknown) >= 0


@given(st.lists(st.tuples(st.sampled_from(State), st.sampled_from([None, 0, 5_000]))))
def test_each_send_of_a_plan_is_in_one_group_and_counts_once(
    facts: Sequence[tuple[State, int | None]],
) -> None:
    sends = [replace(c, total_records=n * 1_000) for n, c in enumerate(named(facts))]
    found = plan(sends, icomm.PLATFORM)
    grouped = [s.configuration for group in found.groups.values() for s in group.sends]
    assert sorted(c.id for c in grouped) == sorted(c.id for c in sends)
    assert sum(c.total_records or 0 for c in grouped) == sum(c.total_records or 0 for c in sends)
    for group in found.groups.values():
        first = group.first(4)
        assert len(first) == min(4, group.count)
        assert list(first) == [s for s in group.sends if s in first]


def test_a_chunk_is_at_most_25_sends() -> None:
    assert bulk_execution.CHUNK <= 25
