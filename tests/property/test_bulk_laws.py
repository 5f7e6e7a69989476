"""What holds for every batch: it does what its single aborts do, and nothing else."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.bulk_abort import BulkTotals, plan, totals_of
from core.domain.model import Actor, ConfigurationId, Role, SendConfiguration
from core.domain.states import State
from core.services import bulk_execution
from core.store.duckdb.engine import MEMORY, DuckDBEngine
from core.store.sql_store import SqlStore
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
#: Sends of a case, and how many of them one chunk of the batch takes.
COUNT = 6
CHUNK = 2

a_send = st.tuples(
    st.sampled_from(
        [State.SCHEDULED, State.PROCESANDO, State.IN_PROGRESS, State.SENT_DONE, State.PAUSED]
    ),
    st.sampled_from([None, 0, 5_000]),
)
#: What others do before a chunk: (chunk, send, deed).
deeds = st.lists(
    st.tuples(
        st.integers(0, 2), st.integers(0, COUNT - 1), st.sampled_from(["abort", "begin", "resize"])
    ),
    max_size=6,
)


def named(facts: Sequence[tuple[State, int | None]]) -> list[SendConfiguration]:
    return [send(f"s{n}", state, generated) for n, (state, generated) in enumerate(facts)]


def do(store: SqlStore, number: int, deed: str) -> None:
    id = ConfigurationId(f"s{number}")
    if deed == "abort":
        actions(store).abort(id, OTHER)
    elif deed == "begin":
        load(store, send(id, State.IN_PROGRESS, 5_000))
    else:
        load(store, send(id, State.SCHEDULED, 0, total=9_000))


@pytest.mark.slow
@examples(60)
@given(st.lists(a_send, min_size=COUNT, max_size=COUNT), deeds)
def test_a_batch_equals_its_single_aborts_whatever_others_do_between_chunks(
    facts: Sequence[tuple[State, int | None]], others: Sequence[tuple[int, int, str]]
) -> None:
    in_batch = SqlStore(DuckDBEngine(MEMORY))
    one_by_one = SqlStore(DuckDBEngine(MEMORY))
    bystander = send("outside")
    # One that can be stopped, so that there is a batch whatever the others are.
    sends = [*named(facts), send("stoppable")]
    for store in (in_batch, one_by_one):
        load(store, *sends, bystander)
    bulk = bulk_aborts(in_batch)
    batch = bulk.start([c.id for c in sends], ME)
    stored = in_batch.batch(batch)
    assert stored is not None
    order = [row.configuration_id for row in in_batch.pending(batch, 99)]
    chunks = [order[n : n + CHUNK] for n in range(0, len(order), CHUNK)]
    for number, chunk in enumerate(chunks):
        for when, which, deed in others:
            if when == number:
                do(in_batch, which, deed)
                do(one_by_one, which, deed)
        bulk.execution._write(stored, in_batch.pending(batch, CHUNK))
        for id in chunk:
            actions(one_by_one).abort(id, ME)
        progress = bulk.progress(batch, ME)
        rows = bulk.sends(batch, ME).rows
        assert progress.totals.total == sum(row.total_records for row in rows)
    assert bulk.progress(batch, ME).is_ended
    assert in_batch._engine.rows(FACTS) == one_by_one._engine.rows(FACTS)
    assert in_batch._engine.rows(RECEIPTS) == one_by_one._engine.rows(RECEIPTS)
    outside = in_batch.configuration(bystander.id)
    assert outside is not None
    assert (outside.state, outside.version) == (State.SCHEDULED, 1)
    assert in_batch.receipts_of(bystander.id) == []
    assert in_batch.check_audit_log().is_sound
    in_batch.close()
    one_by_one.close()


@given(
    st.integers(0, 10**9),
    st.none() | st.integers(0, 10**9),
    st.none() | st.integers(0, 10**9),
)
def test_spared_and_gone_and_unknown_are_all_recipients(
    total: int, spared: int | None, gone: int | None
) -> None:
    found = totals_of(total, spared, gone)
    assert found.spared + found.gone + found.unknown == found.total == total
    assert min(found.spared, found.gone, found.unknown) >= 0


@given(st.lists(st.tuples(st.sampled_from(State), st.sampled_from([None, 0, 5_000]))))
def test_each_send_of_a_plan_is_in_one_group_and_counts_once(
    facts: Sequence[tuple[State, int | None]],
) -> None:
    sends = [replace(c, total_records=n * 1_000) for n, c in enumerate(named(facts))]
    found = plan(sends)
    grouped = [s.configuration.id for group in found.groups.values() for s in group.sends]
    assert sorted(grouped) == sorted(c.id for c in sends)
    assert isinstance(found.totals, BulkTotals)
    assert found.totals.total == sum(c.total_records for c in sends)
    for group in found.groups.values():
        first = group.first(4)
        assert len(first) == min(4, group.count)
        assert list(first) == [s for s in group.sends if s in first]


def test_a_chunk_is_at_most_25_sends() -> None:
    assert bulk_execution.CHUNK <= 25
