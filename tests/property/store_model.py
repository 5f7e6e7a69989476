"""What a store must hold after each operation, in plain dicts, written from design.md alone.

Nothing here imports the rule, the lifecycle or the store: a mistake there must not be repeated
here. The abort table is written out a second time on purpose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from itertools import pairwise

from core.model import (
    Confirmation,
    Guard,
    Receipt,
    ReceiptId,
    SendConfiguration,
    Source,
    StateChange,
)
from core.states import Generation, Refusal, State, Verdict

#: Stands for the receipt's id in expected values: the store's ids are random.
NO_ID = ReceiptId("")

FED = tuple(f.name for f in fields(SendConfiguration) if f.name != "version")
MOVING = (
    "state",
    "raw_state",
    "generated_records",
    "processing_started_at",
    "in_progress_at",
    "generation_started_at",
    "finished_at",
    "updated_at",
)

STOPPED = (State.CANCELLING, State.CANCELLED)
LIFE = (
    State.SCHEDULED,
    State.PROCESANDO,
    State.IN_PROGRESS,
    State.DELIVERY_ENDING,
    State.SENT_DONE,
)
ENDS = (State.CANCELLED, State.SENT_DONE, State.ABORTED)


def generation(send: SendConfiguration) -> Generation:
    """Tell from the facts whether generation has begun; None records are not zero."""
    if send.generation_started_at is not None or (send.generated_records or 0) > 0:
        return Generation.STARTED
    return Generation.UNKNOWN if send.generated_records is None else Generation.NOT_STARTED


@dataclass(frozen=True, slots=True)
class Answer:
    """What an abort comes to, and the state after it."""

    verdict: Verdict
    refusal: Refusal | None = None
    new_state: State | None = None


_NOW = Answer(Verdict.CANCEL_NOW, None, State.CANCELLED)
_LATER = Answer(Verdict.CANCEL_AFTER_PROCESSING, None, State.CANCELLING)
_OPEN = Answer(Verdict.CANCEL_UNCONFIRMED, None, State.CANCELLING)
_FIXED = {
    State.DELIVERY_ENDING: Refusal.FINISHED,
    State.SENT_DONE: Refusal.FINISHED,
    State.CANCELLING: Refusal.ALREADY,
    State.CANCELLED: Refusal.ALREADY,
    State.ABORTED: Refusal.PLATFORM_STOPPED,
}


def answer(send: SendConfiguration) -> Answer:
    """Read design.md's abort table; where generation has started, I2 forbids every abort."""
    if send.state not in (State.SCHEDULED, State.PROCESANDO, State.IN_PROGRESS):
        return Answer(Verdict.REFUSE, _FIXED.get(send.state, Refusal.NOT_ABORTABLE_STATE))
    begun = generation(send)
    if begun is Generation.STARTED:
        return Answer(Verdict.REFUSE, Refusal.TOO_LATE)
    if send.state is State.SCHEDULED:
        return _NOW
    if send.state is State.PROCESANDO:
        return _LATER
    return _OPEN if begun is Generation.UNKNOWN else _NOW


def _spared(total: int, said: Answer) -> int | None:
    if said.verdict in (Verdict.CANCEL_NOW, Verdict.CANCEL_AFTER_PROCESSING):
        return total
    return 0 if said.refusal in (Refusal.TOO_LATE, Refusal.FINISHED) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One click on abort: who, why, when, whose record the store is, and the state shown."""

    actor: str
    reason: str
    note: str
    at: datetime
    own: bool
    shown: State | None = None


def receipt_of(send: SendConfiguration, said: Answer, by: Attempt) -> Receipt:
    """Return the receipt that an attempt must leave, but for its id."""
    spared = _spared(send.total_records, said)
    accepted = said.refusal is None
    sure = by.own and said.new_state is State.CANCELLED
    open_ = Confirmation.OPEN if accepted else Confirmation.NOT_APPLICABLE
    return Receipt(
        id=NO_ID,
        configuration_id=send.id,
        configuration_name=send.name,
        account=send.account,
        requested_at=by.at,
        actor=by.actor,
        verdict=said.verdict,
        refusal=said.refusal,
        state_before=send.state,
        state_after=said.new_state or send.state,
        total_records=send.total_records,
        generated_records=send.generated_records,
        spared=spared,
        gone=None if spared is None else send.total_records - spared,
        reason=by.reason,
        note=by.note,
        facts_at=by.at,
        confirmation=Confirmation.CONFIRMED if sure else open_,
        confirmed_at=by.at if sure else None,
        role="operator",
        shown_state=None if by.shown is None else by.shown.value,
    )


def stopped(send: SendConfiguration, said: Answer, by: Attempt) -> SendConfiguration:
    """Return the facts after an accepted abort."""
    assert said.new_state is not None
    return replace(
        send,
        state=said.new_state,
        raw_state=said.new_state.value if by.own else send.raw_state,
        finished_at=by.at if said.new_state is State.CANCELLED else None,
        version=send.version + 1,
    )


@dataclass(slots=True)
class StoreModel:
    """Configurations, receipts and history, each operation as design.md tells it."""

    sends: dict[str, SendConfiguration] = field(default_factory=dict)
    receipts: list[Receipt] = field(default_factory=list)
    history: dict[str, list[StateChange]] = field(default_factory=dict)

    def clear(self) -> None:
        """Drop everything."""
        self.sends.clear()
        self.receipts.clear()
        self.history.clear()

    def accepted(self, id: str) -> list[Receipt]:
        """Return the receipts of accepted aborts of one send."""
        return [r for r in self.receipts if r.configuration_id == id and r.accepted]

    def abort(self, id: str, by: Attempt) -> Answer:
        """Abort on the facts of now: accepted, refused with a receipt, or already done."""
        send = self.sends[id]
        said = answer(send)
        if said.refusal is None:
            held = self.commit(_guard(send), stopped(send, said, by), receipt_of(send, said, by))
            assert held
        elif said.refusal is not Refusal.ALREADY:
            self.receipts.append(receipt_of(send, said, by))
        return said

    def commit(self, guard: Guard, after: SendConfiguration, receipt: Receipt) -> bool:
        """Write state, history and receipt where the guard holds, else nothing."""
        if not self._move(guard, after, Source.ABORT, receipt.actor, receipt.requested_at):
            return False
        self.receipts.append(receipt)
        return True

    def advance(self, steps: Sequence[tuple[Guard, SendConfiguration]], actor: str) -> int:
        """Take the steps whose guards hold."""
        return sum(self._step(guard, after, actor) for guard, after in steps)

    def _step(self, guard: Guard, after: SendConfiguration, actor: str) -> bool:
        when = after.updated_at
        assert when is not None
        if not self._move(guard, after, Source.SIMULATOR, actor, when):
            return False
        if after.state is State.CANCELLED:
            self._settle(guard.id, Confirmation.CONFIRMED, when, only=(Confirmation.OPEN,))
        return True

    def _move(
        self, guard: Guard, after: SendConfiguration, source: Source, actor: str, when: datetime
    ) -> bool:
        now = self.sends.get(guard.id)
        if now is None or _guard(now) != guard:
            return False
        facts = {name: getattr(after, name) for name in MOVING}
        self._write(replace(now, **facts, version=now.version + 1), source, actor, when)
        return True

    def load(self, rows: Sequence[SendConfiguration], actor: str, at: datetime) -> Counter[str]:
        """Merge a feed; return how many rows met which fate."""
        fates = Counter[str]()
        for row in (self._completed(row) for row in rows):
            fate = self._fate(row)
            fates[fate] += 1
            self._receive(row, fate, actor, at)
        return fates

    def _completed(self, row: SendConfiguration) -> SendConfiguration:
        # What began stays begun where a later row does not report it (I2, I6).
        known = self.sends.get(row.id)
        if known is None:
            return row
        silent = row.generated_records is None and (known.generated_records or 0) > 0
        return replace(
            row,
            updated_at=row.updated_at or known.updated_at,
            generated_records=known.generated_records if silent else row.generated_records,
            generation_started_at=row.generation_started_at or known.generation_started_at,
        )

    def _fate(self, row: SendConfiguration) -> str:
        known = self.sends.get(row.id)
        if known is None:
            return "new"
        if all(getattr(row, name) == getattr(known, name) for name in FED):
            return "unchanged"
        if known.state in STOPPED and self.accepted(row.id):
            return "held"
        past = [LIFE.index(c.to_state) for c in self.history[row.id] if c.to_state in LIFE]
        return "stale" if goes_back(known, row, max(past, default=-1)) else "changed"

    def _receive(self, row: SendConfiguration, fate: str, actor: str, at: datetime) -> None:
        if fate in ("held", "unchanged") and row.state is State.CANCELLED:
            self._settle(row.id, Confirmation.CONFIRMED, at, only=(Confirmation.OPEN,))
        went_out = row.state in (State.DELIVERY_ENDING, State.SENT_DONE)
        if fate == "held" and (went_out or generation(row) is Generation.STARTED):
            unsaid = [c for c in Confirmation if c is not Confirmation.CONTRADICTED]
            self._settle(row.id, Confirmation.CONTRADICTED, at, only=unsaid)
        known = self.sends.get(row.id)
        if known is None:
            self._write(replace(row, version=1), Source.FEED, actor, at)
        elif fate == "changed":
            self._write(replace(row, version=known.version + 1), Source.FEED, actor, at)
        elif fate == "held" and _beside(known, row) != known:
            after = replace(_beside(known, row), version=known.version + 1)
            self._write(after, Source.FEED, actor, at)

    def _settle(
        self,
        id: str,
        to: Confirmation,
        when: datetime,
        only: Sequence[Confirmation] = tuple(Confirmation),
    ) -> None:
        self.receipts = [
            replace(r, confirmation=to, confirmed_at=when)
            if r.configuration_id == id and r.accepted and r.confirmation in only
            else r
            for r in self.receipts
        ]

    def _write(self, after: SendConfiguration, source: Source, actor: str, when: datetime) -> None:
        before = self.sends.get(after.id)
        self.sends[after.id] = after
        self.history.setdefault(after.id, []).append(
            StateChange(
                configuration_id=after.id,
                changed_at=when,
                from_state=before.state if before else None,
                to_state=after.state,
                generated_records=after.generated_records,
                version=after.version,
                source=source,
                actor=actor,
            )
        )


def _guard(send: SendConfiguration) -> Guard:
    return Guard(send.id, send.version, send.state, generation(send))


def _beside(ours: SendConfiguration, row: SendConfiguration) -> SendConfiguration:
    """Keep our stop, and beside it what news the row brings; a count never falls."""
    counts = [n for n in (ours.generated_records, row.generated_records) if n is not None]
    return replace(
        ours,
        state=State.CANCELLED if row.state is State.CANCELLED else ours.state,
        raw_state=ours.raw_state if _is_older(ours, row) else row.raw_state,
        generated_records=max(counts, default=None),
        generation_started_at=ours.generation_started_at or row.generation_started_at,
        finished_at=(ours.finished_at or row.finished_at)
        if row.state is State.CANCELLED
        else ours.finished_at,
    )


def _is_older(known: SendConfiguration, row: SendConfiguration) -> bool:
    return bool(known.updated_at and row.updated_at and row.updated_at < known.updated_at)


def goes_back(known: SendConfiguration, row: SendConfiguration, furthest: int) -> bool:
    """Tell whether a fed row would move a send back in time, by all that was ever seen of it."""
    if known.state in ENDS and row.state is not known.state:
        return True
    if _is_older(known, row):
        return True
    had, has = known.generated_records, row.generated_records
    if had is not None and has is not None and has < had:
        return True
    return row.state in LIFE and LIFE.index(row.state) < furthest


# The invariants, said of what the store shows: one send, its history, all its receipts.


def check_i1(send: SendConfiguration, life: Sequence[StateChange], all_: list[Receipt]) -> None:
    """Nothing is generated after an acknowledged stop unless the platform reports it."""
    for receipt in (r for r in all_ if r.accepted):
        assert send.state in STOPPED, f"I1: {send.id} was stopped and is {send.state}"
        after = [c for c in life if c.version >= stop_of(receipt, life).version]
        for before, change in pairwise(after):
            more = _counted(change) > _counted(before)
            assert change.source == Source.FEED or not more, f"I1: {send.id} went on after its stop"
        told = generation(send) is Generation.STARTED or any(_counted(c) > 0 for c in after)
        shown = receipt.confirmation is Confirmation.CONTRADICTED
        assert shown or not told, f"I1: {send.id} was generated and nothing contradicts"


def _counted(change: StateChange) -> int:
    return change.generated_records or 0


def stop_of(receipt: Receipt, life: Sequence[StateChange]) -> StateChange:
    """Return the one change that a receipt stands for."""
    found = [c for c in life if c.receipt_id == receipt.id]
    assert len(found) == 1, f"I4: receipt of {receipt.configuration_id} has {len(found)} changes"
    return found[0]


def check_i2(life: Sequence[StateChange]) -> None:
    """Neither a person's abort nor our platform stops a send that was ever seen generating."""
    begun = False
    for change in life:
        ours = change.source != Source.FEED and change.to_state in STOPPED
        assert not (ours and begun), f"I2: {change.configuration_id} cancelled while generating"
        begun = begun or _counted(change) > 0


def check_i4(life: Sequence[StateChange], receipts: list[Receipt]) -> None:
    """Each accepted abort has one receipt and one change, each refused one a reason."""
    stops = [c.receipt_id for c in life if c.source == Source.ABORT]
    accepted = [r.id for r in receipts if r.accepted]
    assert sorted(stops, key=str) == sorted(accepted), "I4: stops and receipts do not pair"
    assert len(accepted) <= 1, "I4: a send was stopped twice"
    assert all(r.accepted or r.refusal for r in receipts), "I4: a refusal without its reason"


def check_i5(send: SendConfiguration, life: Sequence[StateChange]) -> None:
    """Every write raises the version by one and begins where the one before it ended."""
    assert [c.version for c in life] == list(range(1, send.version + 1)), "I5: a version is lost"
    states = [None, *(c.to_state for c in life)]
    assert [c.from_state for c in life] == states[:-1], "I5: history does not chain"
    assert states[-1] is send.state, "I5: history ends elsewhere"
    assert life[-1].generated_records == send.generated_records, "I5: history counts otherwise"


def check_i6(life: Sequence[StateChange]) -> None:
    """Nothing comes back to life, and no step goes back along the order of life."""
    for change in life:
        was, is_ = change.from_state, change.to_state
        assert was not in ENDS or is_ is was, f"I6: {change.configuration_id} left {was}"
        if was in LIFE and is_ in LIFE:
            assert LIFE.index(is_) >= LIFE.index(was), f"I6: {was} went back to {is_}"
    counts = [_counted(c) for c in life]
    assert counts == sorted(counts), f"I6: generated records fell: {counts}"
