"""The store, the rules and the lifecycle together agree with a plain model in random lives.

Time is a counter and receipts are compared without their random ids, so every failure shrinks to
the same few operations.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.domain.lifecycle import Pace, Step, next_step
from core.domain.load_results import ImportSummary
from core.domain.model import (
    Actor,
    ConfigurationId,
    Guard,
    Receipt,
    ReceiptId,
    Role,
    SendConfiguration,
    ShownFacts,
    Source,
    StateChange,
)
from core.domain.states import Generation, Refusal, State
from core.platforms import icomm
from core.ports.shared_state import DEMO, ORIGIN
from core.services.aborts import AbortService, UnknownConfigurationError
from core.store.duckdb.engine import MEMORY, DuckDBEngine
from core.store.engine import Params, Row, Transaction
from core.store.postgres.engine import PostgresEngine
from core.store.sql_store import SqlStore
from tests.daily_counts_check import is_true
from tests.postgres_server import Server
from tests.property import store_model as m
from tests.sends import Sends, clear, receipts_in

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
IDS = tuple(ConfigurationId(name) for name in "abc")
PLATFORM = "simulated platform"
FEEDER = "feeder"
#: Only demo data is ever dropped or replaced.
DEMO_DATA = {ORIGIN: DEMO}


class Interrupted(BaseException):
    """An interruption like Streamlit's, which can stop a callback anywhere and is no Exception."""


@dataclass
class _Fused:
    """A transaction that fails after some statements."""

    locks_rows = False
    tx: Transaction
    left: int

    def stream(self, sql: str, size: int) -> Iterator[list[Row]]:
        return self.tx.stream(sql, size)

    def add_rows(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        self._burn()
        self.tx.add_rows(table, columns, rows)

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        self._burn()
        return self.tx.rows(sql, params)

    def change(self, sql: str, params: Params | None = None) -> int:
        self._burn()
        return self.tx.change(sql, params)

    def _burn(self) -> None:
        if self.left == 0:
            raise Interrupted
        self.left -= 1


class Fuse:
    """Makes the next transaction of an engine fail after `fuse` statements, without a commit."""

    fuse: int | None = None

    @contextmanager
    def transaction(self, *, gives_way: bool = False) -> Iterator[Transaction]:
        with self._fused(super().transaction(gives_way=gives_way)) as tx:  # type: ignore[misc] - the engine's
            yield tx

    @contextmanager
    def writing(self, connection: Any) -> Iterator[Transaction]:
        with self._fused(super().writing(connection)) as tx:  # type: ignore[misc] - the engine's
            yield tx

    @contextmanager
    def _fused(self, opened: AbstractContextManager[Transaction]) -> Iterator[Transaction]:
        with opened as tx:
            if self.fuse is None:
                yield tx
            else:
                yield _Fused(tx, self.fuse)
                raise Interrupted


class FusedDuckDB(Fuse, DuckDBEngine):
    """DuckDB in memory, so that each life starts quickly."""

    def __init__(self) -> None:
        super().__init__(MEMORY)
        self.rows("SET GLOBAL threads = 1")


class FusedPostgres(Fuse, PostgresEngine):
    """One PostgreSQL database for all lives. Each life first clears it."""


@dataclass(frozen=True)
class Fed:
    """How a fed row differs from the last fed row, or from the stored facts; None: it does not."""

    id: ConfigurationId
    from_stored: bool = False
    state: State | None = None
    generated: tuple[int | None, bool] | None = None
    total: int | str | None = None
    due: str | None = None
    stamp: str | None = None


def fresh(id: ConfigurationId) -> SendConfiguration:
    return SendConfiguration(
        id=id,
        name=f"Promoção {id}",
        account="conta",
        state=State.SCHEDULED,
        raw_state=State.SCHEDULED,
        total_records=7_000,
        generated_records=0,
        scheduled_at=NOW,
    )


def fed_row(fed: Fed, base: SendConfiguration, now: datetime) -> SendConfiguration:
    row = replace(base, version=1)
    if fed.state is not None:
        row = replace(row, state=fed.state, raw_state=f"the feed's {fed.state}")
    if fed.generated is not None:
        records, started = fed.generated
        began = (row.generation_started_at or now) if started else None
        row = replace(row, generated_records=records, generation_started_at=began)
    if fed.total is not None:
        row = replace(row, total_records=None if isinstance(fed.total, str) else fed.total)
    if fed.due is not None:
        row = replace(row, scheduled_at={"none": None, "moved": now}[fed.due])
    if fed.stamp is not None:
        hour = timedelta(hours=1)
        stamps = {"none": None, "now": now, "old": (row.updated_at or now) - hour}
        stamps["ahead"] = now + hour
        row = replace(row, updated_at=stamps[fed.stamp])
    return row


ids = st.sampled_from(IDS)
hops = st.sampled_from([1, 60, 3_600])
ABORTABLE = (State.SCHEDULED, State.PROCESANDO, State.IN_PROGRESS)
NOT_BEGUN = ((0, False), (None, False))
BEGUN = ((5_000, True), (7_000, False), (0, True), (None, True))

first_feeds = st.tuples(
    *(
        st.builds(
            Fed,
            id=st.just(id),
            state=st.sampled_from(ABORTABLE),
            generated=st.sampled_from(NOT_BEGUN),
            stamp=st.sampled_from(["none", "now"]),
        )
        for id in IDS
    )
)
fed_rows = st.builds(Fed, id=ids, from_stored=st.booleans()) | st.builds(
    Fed,
    id=ids,
    from_stored=st.booleans(),
    state=st.sampled_from((None, None, *ABORTABLE)) | st.sampled_from(State),
    generated=st.sampled_from((None, None, None, *NOT_BEGUN, *BEGUN)),
    total=st.sampled_from([None, None, 3_000, 12_000, "not reported"]),
    due=st.sampled_from([None, None, "moved", "none"]),
    stamp=st.sampled_from([None, "now", "old", "none", "ahead"]),
)
feeds = st.lists(fed_rows, min_size=1, max_size=3, unique_by=lambda fed: fed.id)


def bare(receipt: Receipt | None) -> Receipt | None:
    return None if receipt is None else replace(receipt, id=m.NO_ID)


class StoreMachine(RuleBasedStateMachine):
    """Operators, feeds and the platform, which all use one store."""

    store_type: ClassVar[type[SqlStore]] = SqlStore
    make_engine: ClassVar[Callable[[], Any]] = FusedDuckDB

    readings = Bundle("readings")
    attempts = Bundle("attempts")
    plans = Bundle("plans")

    def __init__(self) -> None:
        super().__init__()
        self.engine = self.make_engine()
        self.store = self.store_type(self.engine)
        clear(self.store)
        self.model = m.StoreModel()
        self.now = NOW
        self.fed: dict[str, SendConfiguration] = {}
        self.begun: set[str] = set()
        self.seen: Sequence[SendConfiguration] = ()
        self.looked_at = -1

    def teardown(self) -> None:
        # The audit log must have everything that happened.
        found = self.store.check_audit_log()
        self.store.close()
        # This test deletes any data, which counts as lost aborts of a feed.
        assert replace(found, dropped=0).is_sound, found

    # What happens

    @initialize(rows=first_feeds)
    def the_first_feed_brings(self, rows: Sequence[Fed]) -> None:
        self.a_feed_brings(rows)

    @precondition(lambda self: self.model.receipts)
    @rule(rows=first_feeds)
    def a_feed_replaces_everything(self, rows: Sequence[Fed]) -> None:
        self._forget()
        self.a_feed_brings(rows, replace_demo=True)

    @rule(rows=feeds)
    def a_feed_brings(
        self, rows: Sequence[Fed], replace_demo: bool = False, made: timedelta = timedelta(0)
    ) -> None:
        self._tick()
        brought, as_of = self._rows(rows), self.now - made
        done = self._load(brought, replace_demo, as_of)
        fates = self.model.load(brought, FEEDER, self.now, as_of)
        names = ("new", "changed", "unchanged", "stale", "held")
        assert {n: getattr(done, n) for n in names} == {n: fates[n] for n in names}
        assert done.rows == len(brought), "I6: a row was lost"
        self.fed |= {row.id: row for row in brought}

    @rule(rows=feeds, seconds=st.sampled_from([1, 2, 3, 60, 7_200]))
    def a_feed_comes_late(self, rows: Sequence[Fed], seconds: int) -> None:
        self.a_feed_brings(rows, made=timedelta(seconds=seconds))

    @rule(id=ids, own=st.booleans(), target=attempts)
    def someone_aborts_on_fresh_facts(self, id: ConfigurationId, own: bool) -> Any:
        self._abort(id, own, "operador 1")
        return id, own

    @rule(attempt=attempts)
    def the_very_same_abort_comes_again(self, attempt: tuple[ConfigurationId, bool]) -> None:
        self._abort(*attempt, "operador 1")

    @rule(attempt=attempts, fed=fed_rows)
    def a_feed_answers_an_abort(self, attempt: tuple[ConfigurationId, bool], fed: Fed) -> None:
        self.a_feed_brings([replace(fed, id=attempt[0])])

    @rule(target=readings, id=ids)
    def someone_reads(self, id: ConfigurationId) -> Any:
        found = self.store.configuration(id)
        assert found == self.model.sends.get(id)
        return multiple() if found is None else found

    @rule()
    def someone_looks_again_at_everything(self) -> None:
        self.looked_at = -1

    @rule(seen=readings, own=st.booleans())
    def someone_aborts_by_what_was_shown_before(self, seen: SendConfiguration, own: bool) -> None:
        self._abort(seen.id, own, "operador 2", m.shown(seen))

    @rule(seen=readings, own=st.booleans())
    def an_abort_is_committed_under_an_old_guard(self, seen: SendConfiguration, own: bool) -> None:
        self._tick()
        said = m.answer(seen)
        if said.new_state is None:
            return
        by = self._attempt("operador 3", own)
        after, receipt = m.stopped(seen, said, by), m.receipt_of(seen, said, by)
        named = replace(receipt, id=ReceiptId(self.now.isoformat()))
        held = self.store.commit_abort(Guard.of(seen), after, named)
        assert held == self.model.commit(Guard.of(seen), after, receipt), "I5: guard"
        self.looked_at = self.looked_at if held else -1

    @rule(target=plans, hop=hops)
    def the_platform_plans(self, hop: int) -> list[Step]:
        self._tick(hop)
        return self._due()

    @rule(plan=plans)
    def the_platform_does_as_planned_twice(self, plan: list[Step]) -> None:
        self._advance(plan)
        assert self.store.advance(plan, Source.SIMULATOR, PLATFORM) == 0, "I5: a step taken twice"

    @rule(hop=hops)
    def the_platform_moves_on(self, hop: int) -> None:
        self._tick(hop)
        due = self._due()
        movable = {send.id for send in self.store.due_to_move(self.now, 99)}
        assert {step.guard.id for step in due} <= movable
        self._advance(due)

    @rule(rows=feeds, replace_demo=st.booleans(), after=st.integers(0, 20))
    def a_feed_is_interrupted(self, rows: list[Fed], replace_demo: bool, after: int) -> None:
        self._tick()
        self._interrupted(after, lambda: self._load(self._rows(rows), replace_demo, self.now))

    @rule(id=ids, own=st.booleans(), after=st.integers(0, 3))
    def an_abort_is_interrupted(self, id: ConfigurationId, own: bool, after: int) -> None:
        self._tick()
        send = self.model.sends.get(id)
        if send is not None and m.answer(send).refusal is not Refusal.ALREADY:
            self._interrupted(
                after, lambda: self._actions(own).abort(id, Actor("operador 4", Role.OPERATOR))
            )

    @rule(after=st.integers(0, 6))
    def the_platform_is_interrupted(self, after: int) -> None:
        self._tick(60)
        due = self._due()
        self._interrupted(after, lambda: self.store.advance(due, Source.SIMULATOR, PLATFORM))

    @precondition(lambda self: self.model.receipts)
    @rule(interrupted_after=st.none() | st.integers(0, 6))
    def everything_is_cleared(self, interrupted_after: int | None) -> None:
        if interrupted_after is not None:
            self._interrupted(interrupted_after, self.store.drop_demo)
        else:
            assert self.store.drop_demo()
            self._forget()

    # What must hold after each of them

    @invariant()
    def the_store_holds_what_the_model_holds(self) -> None:
        if self.store.revision == self.looked_at:
            return  # the store says that nothing was written; `someone_looks_again…` checks that
        found = [self.store.configuration(id) for id in IDS]
        sends = [send for send in found if send is not None]
        receipts = receipts_in(self.store)
        for send in sends:
            if self.looked_at < 0 or send not in self.seen:  # a full check reads all histories
                life = self.store.history(send.id, 10_000)
                self._check(send, life, [r for r in receipts if r.configuration_id == send.id])
                assert [replace(c, receipt_id=None) for c in life] == self.model.history[send.id]
        assert {send.id: send for send in sends} == self.model.sends
        assert is_true(self.store), "the summary by day is not what counting says"
        assert [bare(receipt) for receipt in reversed(receipts)] == self.model.receipts
        self.seen, self.looked_at = sends, self.store.revision

    def _check(
        self, send: SendConfiguration, life: Sequence[StateChange], receipts: list[Receipt]
    ) -> None:
        m.check_i1(send, life, receipts, is_left_open=send.id in self.model.left_open)
        m.check_i2(life)
        m.check_i4(life, receipts)
        m.check_i5(send, life)
        m.check_i6(send, life)
        begun = m.generation(send) is Generation.STARTED
        assert begun or send.id not in self.begun, f"I6: the start of {send.id} was forgotten"
        self.begun |= {send.id} if begun else set()

    # How it is done

    def _forget(self) -> None:
        self.model.clear()
        self.begun.clear()
        self.fed.clear()
        self.looked_at = -1

    def _tick(self, seconds: int = 1) -> None:
        # Two operations never have the same time, so the order of receipts never depends on their ids.
        self.now += timedelta(seconds=seconds)

    def _rows(self, rows: Sequence[Fed]) -> list[SendConfiguration]:
        made = []
        for fed in rows:
            known = self.model.sends.get(fed.id)
            base = known if fed.from_stored and known else self.fed.get(fed.id) or fresh(fed.id)
            made.append(fed_row(fed, base, self.now))
        return made

    def _load(
        self, rows: list[SendConfiguration], replace_demo: bool, as_of: datetime
    ) -> ImportSummary:
        at = self.now
        summary = ImportSummary(
            id=at.isoformat(), name="f.csv", loaded_at=at, actor=FEEDER, as_of=as_of
        )
        return self.store.load(summary, Sends(rows), replace_demo=replace_demo, facts=DEMO_DATA)

    def _actions(self, own: bool) -> AbortService:
        now = self.now
        return AbortService(
            self.store, lambda: now, store_is_platform=lambda: own, facts_at=lambda: now
        )

    def _attempt(self, actor: str, own: bool, shown: ShownFacts | None = None) -> m.Attempt:
        return m.Attempt(
            actor=actor, reason="duplicate", note="nota", at=self.now, own=own, shown=shown
        )

    def _abort(
        self, id: ConfigurationId, own: bool, actor: str, shown: ShownFacts | None = None
    ) -> None:
        self._tick()
        before = self.model.sends.get(id)
        abort = lambda: self._actions(own).abort(  # noqa: E731 - called in one of two ways
            id, Actor(actor, Role.OPERATOR), reason="duplicate", note=" nota ", shown=shown
        )
        if before is None:
            with pytest.raises(UnknownConfigurationError):
                abort()
            return
        revision = self.store.revision
        outcome = abort()
        earlier = self.model.accepted(id)
        said = self.model.abort(id, self._attempt(actor, own, shown))
        already = said.refusal is Refusal.ALREADY
        assert self.store.revision - revision == int(not already), "I4: not one transaction"
        assert (outcome.decision.rule.verdict, outcome.decision.rule.refusal) == (
            said.verdict,
            said.refusal,
        )
        assert (outcome.before, outcome.after) == (before, self.model.sends[id])
        assert bare(outcome.receipt) == (None if already else self.model.receipts[-1])
        assert bare(outcome.earlier) == (earlier[0] if already and earlier else None)
        saw = shown is None or shown == m.shown(before)
        assert outcome.changed_meanwhile is not saw

    def _due(self) -> list[Step]:
        steps = (
            next_step(send, self.now, Pace(), icomm.PLATFORM) for send in self.model.sends.values()
        )
        return [step for step in steps if step is not None]

    def _advance(self, steps: list[Step]) -> None:
        taken = self.store.advance(steps, Source.SIMULATOR, PLATFORM)
        assert taken == self.model.advance([(s.guard, s.after) for s in steps], PLATFORM)

    def _interrupted(self, after: int, operation: Callable[[], object]) -> None:
        self.engine.fuse, revision = after, self.store.revision
        try:
            with pytest.raises(Interrupted):
                operation()
        finally:
            self.engine.fuse = None
        assert self.store.revision == revision
        self.looked_at = -1


LIVES = settings(
    max_examples=35,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


# Shrinking a failure may take hypothesis its five minutes.
@pytest.mark.timeout(600)
def test_whatever_happens_the_store_holds_what_the_design_says(
    scaled: Callable[[float], int],
) -> None:
    run_state_machine_as_test(
        StoreMachine, settings=settings(LIVES, max_examples=scaled(LIVES.max_examples))
    )


@pytest.mark.timeout(600)
def test_so_it_does_in_postgresql(postgres: Server, scaled: Callable[[float], int]) -> None:
    url = postgres.new_database()

    class Machine(StoreMachine):
        make_engine = staticmethod(lambda: FusedPostgres(url))

    run_state_machine_as_test(Machine, settings=settings(LIVES, max_examples=scaled(30)))


class WithoutGuard(SqlStore):
    """Writes an abort even if the send changed after it was read."""

    def __init__(self, engine: Any) -> None:
        super().__init__(engine)
        commit = self.commit_abort

        def commit_anyway(guard: Guard, *args: Any, **wants: Any) -> bool:
            now = self.configuration(guard.id)
            return now is not None and commit(Guard.of(now), *args, **wants)

        self.commit_abort = commit_anyway


class WithTwoReceipts(SqlStore):
    """Writes a second receipt in addition to the first."""

    def __init__(self, engine: Any) -> None:
        super().__init__(engine)
        commit = self.commit_abort

        def commit_twice(guard: Guard, after: Any, receipt: Receipt, **wants: Any) -> bool:
            if not commit(guard, after, receipt, **wants):
                return False
            self.record_receipt(replace(receipt, id=ReceiptId(f"{receipt.id}, again")))
            return True

        self.commit_abort = commit_twice


class WithoutAges(SqlStore):
    """Accepts fed rows that are older than the stored facts."""

    def __init__(self, engine: Any) -> None:
        super().__init__(engine)
        load = self.load

        def load_ageless(
            summary: ImportSummary, feed: Sends, *args: Any, **kwargs: Any
        ) -> ImportSummary:
            ageless = Sends([replace(row, updated_at=None) for row in feed.sends])
            return load(summary, ageless, *args, **kwargs)

        self.load = load_ageless


class WithoutSettling(SqlStore):
    """Leaves an abort open in the facts of its send when a file confirms its receipt."""

    def __init__(self, engine: Any) -> None:
        super().__init__(engine)
        load = self.load

        def load_unsettled(*args: Any, **kwargs: Any) -> ImportSummary:
            done = load(*args, **kwargs)
            with engine.transaction() as tx:
                tx.change(
                    "UPDATE configurations SET abort_confirmation = 'open' "
                    "WHERE abort_confirmation IS NOT NULL"
                )
            return done

        self.load = load_unsettled


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("broken", [WithoutGuard, WithTwoReceipts, WithoutAges, WithoutSettling])
def test_a_broken_store_is_found_out(broken: type[SqlStore]) -> None:
    class Machine(StoreMachine):
        store_type = broken

    seen = settings(LIVES, phases=[Phase.generate], derandomize=True, database=None)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Machine, settings=seen)
