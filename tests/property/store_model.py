"""A model of the store in plain dicts, written only from the design.

This module does not import the rules, the lifecycle or the store. It repeats the abort table on
purpose, so that a mistake in the code is not also in the model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from core.domain.model import (
    Confirmation,
    Guard,
    Receipt,
    ReceiptId,
    SendConfiguration,
    ShownFacts,
    Source,
    StateChange,
)
from core.domain.states import Generation, Refusal, State, Verdict
from core.ports.feed_batches import MAX_AHEAD

#: The id of receipts in expected values, because the store's ids are random.
NO_ID = ReceiptId("")

#: What the store keeps about a send in addition to the facts that a feed reports.
KEPT = ("reopened_from", "reopened_at", "doubted_since", "abort_confirmation", "went_on_as")
FED = tuple(f.name for f in fields(SendConfiguration) if f.name not in ("version", *KEPT))
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
#: Reported states that confirm an abort.
HALTED_BY_PLATFORM = (State.CANCELLED, State.ABORTED)
LIFE = (
    State.SCHEDULED,
    State.PROCESANDO,
    State.IN_PROGRESS,
    State.DELIVERY_ENDING,
    State.SENT_DONE,
)
ENDS = (State.CANCELLED, State.SENT_DONE, State.ABORTED)
#: States in which a send reaches no more recipients: the platform stopped it, or will stop it.
HALTED = (*STOPPED, State.ABORTED)
#: States from which a send can still go out by itself.
RUNNING = (
    State.PENDING,
    State.SCHEDULED,
    State.PROCESANDO,
    State.IN_PROGRESS,
    State.SMTP_ERROR,
)


def generation(send: SendConfiguration) -> Generation:
    """Return whether generation has begun, according to the facts. None does not mean zero records."""
    if send.generation_started_at is not None or (send.generated_records or 0) > 0:
        return Generation.STARTED
    return Generation.UNKNOWN if send.generated_records is None else Generation.NOT_STARTED


def shown(send: SendConfiguration) -> ShownFacts:
    """Return the facts in a dialog whose changes matter to the person."""
    return ShownFacts(send.state, generation(send), send.total_records)


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of an abort, and the state after it."""

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
    """Apply the abort table of the design.

    After the start of generation, I2 forbids every abort.
    """
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


def _spared(total: int | None, said: Answer) -> int | None:
    if total is None:
        return None
    if said.verdict in (Verdict.CANCEL_NOW, Verdict.CANCEL_AFTER_PROCESSING):
        return total
    return 0 if said.refusal in (Refusal.TOO_LATE, Refusal.FINISHED) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One click on abort: who, why, when, whether Freio itself stops the send, and what was shown."""

    actor: str
    reason: str
    note: str
    at: datetime
    own: bool
    shown: ShownFacts | None = None


def _gone(send: SendConfiguration, said: Answer, spared: int | None) -> int | None:
    """Return how many recipients the send reaches anyway. If it finished incomplete, count the generated
    records."""
    total, generated = send.total_records, send.generated_records
    if total is None:
        return None
    if said.refusal is not Refusal.FINISHED:
        return None if spared is None else total - spared
    if generated is None or (generated < total and send.state is not State.SENT_DONE):
        return None
    return min(generated, total)


def receipt_of(send: SendConfiguration, said: Answer, by: Attempt) -> Receipt:
    """Return the receipt that an attempt must leave, with NO_ID as its id."""
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
        gone=_gone(send, said, spared),
        reason=by.reason,
        note=by.note,
        facts_at=by.at,
        confirmation=Confirmation.CONFIRMED if sure else open_,
        confirmed_at=by.at if sure else None,
        role="operator",
        shown_state=None if by.shown is None else by.shown.state.value,
        shown_total=None if by.shown is None else by.shown.total,
    )


def stopped(send: SendConfiguration, said: Answer, by: Attempt) -> SendConfiguration:
    """Return the facts after an accepted abort."""
    assert said.new_state is not None
    return replace(
        send,
        state=said.new_state,
        raw_state=said.new_state.value if by.own else send.raw_state,
        finished_at=by.at if said.new_state is State.CANCELLED else None,
        abort_confirmation=receipt_of(send, said, by).confirmation,
        version=send.version + 1,
    )


@dataclass(slots=True)
class StoreModel:
    """Configurations, receipts and history, with the operations of the design."""

    sends: dict[str, SendConfiguration] = field(default_factory=dict)
    receipts: list[Receipt] = field(default_factory=list)
    history: dict[str, list[StateChange]] = field(default_factory=dict)
    #: The time of the newest file that changed each send, and the time of the newest file of all.
    reported: dict[str, datetime] = field(default_factory=dict)
    latest: datetime | None = None
    #: Sends whose abort is open although the last report with more records shows the stop: that report
    #: was older than another report.
    left_open: set[str] = field(default_factory=set)

    def clear(self) -> None:
        """Delete everything."""
        self.sends.clear()
        self.receipts.clear()
        self.history.clear()
        self.reported.clear()
        self.left_open.clear()
        self.latest = None

    def accepted(self, id: str) -> list[Receipt]:
        """Return the receipts of accepted aborts of one send."""
        return [r for r in self.receipts if r.configuration_id == id and r.accepted]

    def abort(self, id: str, by: Attempt) -> Answer:
        """Abort by the current facts: accepted, refused with a receipt, or already done."""
        send = self.sends[id]
        said = answer(send)
        if said.refusal is None:
            held = self.commit(_guard(send), stopped(send, said, by), receipt_of(send, said, by))
            assert held
        elif said.refusal is not Refusal.ALREADY:
            self.receipts.append(receipt_of(send, said, by))
        return said

    def commit(self, guard: Guard, after: SendConfiguration, receipt: Receipt) -> bool:
        """Write state, history and receipt if the guard holds, and nothing otherwise."""
        if not self._holds(guard):
            return False
        self.receipts.append(receipt)
        self._move(guard, after, Source.ABORT, receipt.actor, receipt.requested_at)
        return True

    def advance(self, steps: Sequence[tuple[Guard, SendConfiguration]], actor: str) -> int:
        """Take the steps whose guards hold."""
        return sum(self._step(guard, after, actor) for guard, after in steps)

    def _step(self, guard: Guard, after: SendConfiguration, actor: str) -> bool:
        when = after.updated_at
        assert when is not None
        if not self._holds(guard):
            return False
        if after.state is State.CANCELLED:
            self._settle(guard.id, Confirmation.CONFIRMED, when, only=(Confirmation.OPEN,))
        self._move(guard, after, Source.SIMULATOR, actor, when)
        return True

    def _holds(self, guard: Guard) -> bool:
        now = self.sends.get(guard.id)
        return now is not None and _guard(now) == guard

    def _move(
        self, guard: Guard, after: SendConfiguration, source: Source, actor: str, when: datetime
    ) -> None:
        now = self.sends[guard.id]
        facts = {name: getattr(after, name) for name in MOVING}
        self._write(replace(now, **facts, version=now.version + 1), source, actor, when)

    def load(
        self, rows: Sequence[SendConfiguration], actor: str, at: datetime, as_of: datetime
    ) -> Counter[str]:
        """Merge a feed that was made at `as_of`; return the number of rows with each result."""
        fates = Counter[str]()
        for row in (self._completed(_without_future(row, at)) for row in rows):
            fate = self._fate(row, as_of)
            fates[fate] += 1
            self._receive(row, fate, actor, at, as_of)
        self.latest = max(as_of, self.latest or as_of)
        return fates

    def _completed(self, row: SendConfiguration) -> SendConfiguration:
        # If a later row does not report generation, a generation that began stays begun (I2, I6). If a
        # newer row reports fewer records, the larger count stays.
        known = self.sends.get(row.id)
        if known is None:
            return row
        had, has = known.generated_records or 0, row.generated_records
        newer = _stamps(known, row) is not None and not _is_older(known, row)
        silent = had > 0 and (has is None or (newer and has < had))
        return replace(
            row,
            updated_at=row.updated_at or known.updated_at,
            generated_records=known.generated_records if silent else has,
            total_records=_total(known, has) if row.total_records is None else row.total_records,
            generation_started_at=row.generation_started_at or known.generation_started_at,
        )

    def _fate(self, row: SendConfiguration, as_of: datetime) -> str:
        known = self.sends.get(row.id)
        if known is None:
            return "new"
        if all(getattr(row, name) == getattr(known, name) for name in FED):
            return "unchanged"
        if known.state in STOPPED and self.accepted(row.id):
            return "held"
        fell = (row.generated_records or 0) < (known.generated_records or 0)
        if _is_older(known, row) or (fell and row.generated_records is not None):
            return "stale"
        if _is_newer(known, row):
            return "changed"
        if self._goes_back(known, row):
            second = known.doubted_since is not None and as_of > known.doubted_since
            return "changed" if self._is_latest(row.id, as_of) or second else "stale"
        before = row.id in self.reported and as_of < self.reported[row.id]
        return "stale" if before and not self._goes_further(known, row) else "changed"

    def _is_latest(self, id: str, as_of: datetime) -> bool:
        return self.latest is not None and as_of >= self.latest and as_of > self.reported[id]

    def _place(self, send: SendConfiguration) -> int:
        """Return the position of a send in `LIFE`. For other states, return its last position there."""
        if send.state in LIFE:
            return LIFE.index(send.state)
        past = [LIFE.index(c.to_state) for c in self.history[send.id] if c.to_state in LIFE]
        return max(past, default=-1)

    def _goes_back(self, known: SendConfiguration, row: SendConfiguration) -> bool:
        if known.state in ENDS and row.state is not known.state:
            return True
        return row.state in LIFE and LIFE.index(row.state) < self._place(known)

    def _goes_further(self, known: SendConfiguration, row: SendConfiguration) -> bool:
        place = self._place(known)
        return (
            (row.state in LIFE and place >= 0 and LIFE.index(row.state) > place)
            or (row.generated_records or 0) > (known.generated_records or 0)
            or bool(row.generation_started_at and not known.generation_started_at)
        )

    def _doubt(self, row: SendConfiguration, fate: str, as_of: datetime) -> datetime | None:
        """Return since when a send is in doubt after a row with this result."""
        known = self.sends[row.id]
        since = known.doubted_since
        undecided = not _is_newer(known, row) and not _is_older(known, row)
        if undecided and fate in ("changed", "stale") and self._goes_back(known, row):
            if fate == "changed":
                return as_of
            fell = (row.generated_records or 0) < (known.generated_records or 0)
            falls = fell and row.generated_records is not None
            after = row.id in self.reported and as_of > self.reported[row.id]
            return (since or as_of) if after and not falls else since
        agrees = fate != "stale" and (_is_newer(known, row) or (since and as_of > since))
        return None if agrees else since

    def _receive(
        self, row: SendConfiguration, fate: str, actor: str, at: datetime, as_of: datetime
    ) -> None:
        known = self.sends.get(row.id)
        if known is None:
            self.reported[row.id] = as_of
            self._write(replace(row, version=1), Source.FEED, actor, at)
            return
        self._judge_abort(known, row, fate, at, as_of)
        doubt = self._doubt(row, fate, as_of)
        after = known
        if fate == "changed":
            after = replace(row, **_brought_back(known, row, as_of))
        elif fate == "held":
            before = self._is_before(row.id, as_of) or _is_older(known, row)
            is_current = _is_newer(known, row) or not before
            after = _beside(known, row, is_current)
            if after != known or self._confirmation(row.id) is not known.abort_confirmation:
                after = replace(after, went_on_as=self._went_on_as(known, after, row))
        is_settled = self._confirmation(row.id) is not known.abort_confirmation
        if after == known and doubt == known.doubted_since and not is_settled:
            return
        if fate != "stale":
            self.reported[row.id] = max(as_of, self.reported.get(row.id, as_of))
        after = replace(after, doubted_since=doubt, version=known.version + 1)
        self._write(after, Source.FEED, actor, at)

    def _went_on_as(
        self, known: SendConfiguration, after: SendConfiguration, row: SendConfiguration
    ) -> State | None:
        """Return the state that the platform reports of a send that went on after its abort."""
        if _is_older(known, row) and known.went_on_as:
            return known.went_on_as
        if self._confirmation(row.id) is not Confirmation.CONTRADICTED or row.state in HALTED:
            return None
        went_out = row.state in (State.DELIVERY_ENDING, State.SENT_DONE)
        return row.state if went_out or generation(after) is Generation.STARTED else None

    def _is_before(self, id: str, as_of: datetime) -> bool:
        """Return whether a newer report of the send is known."""
        return id in self.reported and as_of < self.reported[id]

    def _judge_abort(
        self,
        known: SendConfiguration,
        row: SendConfiguration,
        fate: str,
        at: datetime,
        as_of: datetime,
    ) -> None:
        has_started = generation(row) is Generation.STARTED
        ends = row.state in HALTED_BY_PLATFORM and bool(
            row.generated_records or not row.generation_started_at
        )
        more = (row.generated_records or 0) > (known.generated_records or 0) or bool(
            row.generation_started_at and not known.generation_started_at
        )
        was_open = any(r.confirmation is Confirmation.OPEN for r in self.accepted(row.id))
        is_past = self._is_before(row.id, as_of) or _is_older(known, row)
        if fate in ("held", "unchanged") and ends and was_open and not is_past:
            only = (Confirmation.OPEN,)
            self._settle(row.id, Confirmation.CONFIRMED, at, only, row.generated_records or None)
        if more:
            # An older report of a stop does not confirm the abort, even if it has more records.
            is_left_open = fate == "held" and ends and was_open and is_past
            (self.left_open.add if is_left_open else self.left_open.discard)(row.id)
        if fate != "held" or (ends and (was_open or not more)):
            return
        unsaid = [c for c in Confirmation if c is not Confirmation.CONTRADICTED]
        went_out = row.state in (State.DELIVERY_ENDING, State.SENT_DONE)
        if went_out or has_started:
            self._settle(row.id, Confirmation.CONTRADICTED, at, only=unsaid)
        newer = _is_newer(known, row) or (
            self._is_latest(row.id, as_of) and not _is_older(known, row)
        )
        if row.state in RUNNING and newer:
            self._settle(row.id, Confirmation.CONTRADICTED, at, only=(Confirmation.CONFIRMED,))

    def _settle(
        self,
        id: str,
        to: Confirmation,
        when: datetime,
        only: Sequence[Confirmation] = tuple(Confirmation),
        gone: int | None = None,
    ) -> None:
        def went(r: Receipt) -> dict[str, int | None]:
            if gone is None:
                return {}
            total = r.total_records
            return {"gone": gone, "spared": None if total is None else max(0, total - gone)}

        self.receipts = [
            replace(r, confirmation=to, confirmed_at=when, **went(r))
            if r.configuration_id == id and r.accepted and r.confirmation in only
            else r
            for r in self.receipts
        ]

    def _confirmation(self, id: str) -> Confirmation | None:
        """Return the confirmation of the last abort of a send according to the receipts."""
        accepted = self.accepted(id)
        return accepted[-1].confirmation if accepted else None

    def _write(self, after: SendConfiguration, source: Source, actor: str, when: datetime) -> None:
        before = self.sends.get(after.id)
        after = replace(after, abort_confirmation=self._confirmation(after.id))
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
    return Guard(
        send.id,
        send.version,
        send.state,
        generation(send),
        send.abort_confirmation,
        send.total_records,
        send.went_on_as,
    )


def _total(send: SendConfiguration, generated: int | None) -> int | None:
    """Return the recipients of a send, or None if more records were generated."""
    total = send.total_records
    return None if total is not None and generated is not None and generated > total else total


def _beside(ours: SendConfiguration, row: SendConfiguration, is_current: bool) -> SendConfiguration:
    """Return a send that was stopped here, with the new facts of the row. A count never falls."""
    counts = [n for n in (ours.generated_records, row.generated_records) if n is not None]
    return replace(
        ours,
        state=State.CANCELLED if row.state in HALTED_BY_PLATFORM else ours.state,
        raw_state=ours.raw_state if _is_older(ours, row) else row.raw_state,
        total_records=_total(
            row if ours.total_records is None else ours, max(counts, default=None)
        ),
        generated_records=max(counts, default=None),
        scheduled_at=row.scheduled_at if is_current else ours.scheduled_at,
        generation_started_at=ours.generation_started_at or row.generation_started_at,
        finished_at=(ours.finished_at or row.finished_at)
        if row.state in HALTED_BY_PLATFORM
        else ours.finished_at,
        updated_at=ours.updated_at if _is_older(ours, row) else row.updated_at or ours.updated_at,
    )


def _without_future(row: SendConfiguration, at: datetime) -> SendConfiguration:
    is_ahead = row.updated_at is not None and row.updated_at > at + MAX_AHEAD
    return replace(row, updated_at=None) if is_ahead else row


def _stamps(known: SendConfiguration, row: SendConfiguration) -> tuple[datetime, datetime] | None:
    """Return when both sides were updated, or None if one side has no such time."""
    both = known.updated_at, row.updated_at
    return None if None in both else both  # type: ignore[return-value]


def _is_older(known: SendConfiguration, row: SendConfiguration) -> bool:
    both = _stamps(known, row)
    return both is not None and both[1] < both[0]


def _is_newer(known: SendConfiguration, row: SendConfiguration) -> bool:
    both = _stamps(known, row)
    return both is not None and both[1] > both[0]


def _brought_back(
    known: SendConfiguration, row: SendConfiguration, as_of: datetime
) -> dict[str, Any]:
    """Return when a row reopened a send, and from which final state, or None for both."""
    since, end = known.reopened_at, known.reopened_from
    if row.state in HALTED or row.state is end:
        since, end = None, None
    elif known.state in (*HALTED, State.SENT_DONE) and row.state is not known.state:
        since, end = as_of, known.state
    return {"reopened_at": since, "reopened_from": end}


# The rules that must hold for a send, its history, and its receipts.


def check_i1(
    send: SendConfiguration,
    life: Sequence[StateChange],
    all_: list[Receipt],
    *,
    is_left_open: bool,
) -> None:
    """After an acknowledged stop, nothing is generated unless the platform reports it.

    `is_left_open`: as in `StoreModel.left_open`.
    """
    for receipt in (r for r in all_ if r.accepted):
        assert send.state in STOPPED, f"I1: {send.id} was stopped and is {send.state}"
        after = [c for c in life if c.version >= stop_of(receipt, life).version]
        for before, change in pairwise(after):
            more = _counted(change) > _counted(before)
            assert change.source == Source.FEED or not more, f"I1: {send.id} went on after its stop"
        has_started = generation(send) is Generation.STARTED or any(_counted(c) > 0 for c in after)
        confirmed = receipt.confirmation is Confirmation.CONFIRMED
        counted = max((_counted(c) for c in after), default=0)
        gone = confirmed and receipt.gone == counted > 0
        still_open = is_left_open and receipt.confirmation is Confirmation.OPEN
        shown = receipt.confirmation is Confirmation.CONTRADICTED or gone or still_open
        assert shown or not has_started, f"I1: {send.id} was generated and nothing contradicts"


def _counted(change: StateChange) -> int:
    return change.generated_records or 0


def stop_of(receipt: Receipt, life: Sequence[StateChange]) -> StateChange:
    """Return the one change of state that belongs to a receipt."""
    found = [c for c in life if c.receipt_id == receipt.id]
    assert len(found) == 1, f"I4: receipt of {receipt.configuration_id} has {len(found)} changes"
    return found[0]


def check_i2(life: Sequence[StateChange]) -> None:
    """After a report of generation, no abort and no simulated platform stops the send."""
    begun = False
    for change in life:
        ours = change.source != Source.FEED and change.to_state in STOPPED
        assert not (ours and begun), f"I2: {change.configuration_id} cancelled while generating"
        begun = begun or _counted(change) > 0


def check_i4(life: Sequence[StateChange], receipts: list[Receipt]) -> None:
    """Each accepted abort has one receipt and one change. Each refused abort has a reason."""
    stops = [c.receipt_id for c in life if c.source == Source.ABORT]
    accepted = [r.id for r in receipts if r.accepted]
    assert sorted(stops, key=str) == sorted(accepted), "I4: stops and receipts do not pair"
    assert len(accepted) <= 1, "I4: a send was stopped twice"
    assert all(r.accepted or r.refusal for r in receipts), "I4: a refusal without its reason"


def check_i5(send: SendConfiguration, life: Sequence[StateChange]) -> None:
    """Every write raises the version by one and starts from the state after the write before."""
    assert [c.version for c in life] == list(range(1, send.version + 1)), "I5: a version is lost"
    states = [None, *(c.to_state for c in life)]
    assert [c.from_state for c in life] == states[:-1], "I5: history does not chain"
    assert states[-1] is send.state, "I5: history ends elsewhere"
    assert life[-1].generated_records == send.generated_records, "I5: history counts otherwise"


def check_i6(send: SendConfiguration, life: Sequence[StateChange]) -> None:
    """Only a feed moves a send back or out of an end state. A count never falls."""
    for change in life:
        was, is_ = change.from_state, change.to_state
        left = was in ENDS and is_ is not was
        back = was in LIFE and is_ in LIFE and LIFE.index(is_) < LIFE.index(was)
        fed = change.source == Source.FEED
        assert fed or not (left or back), f"I6: {send.id} went from {was} to {is_}"
    if send.reopened_from is not None:
        ends = [c.from_state for c in life if c.to_state is not c.from_state]
        assert send.reopened_from in ends, f"I6: {send.id} was never {send.reopened_from}"
        assert send.reopened_at is not None
    counts = [_counted(c) for c in life]
    assert counts == sorted(counts), f"I6: generated records fell: {counts}"
