"""Doing: abort one send.

Read, decide, write under a guard; where the guard misses, read and decide again (I5). Nothing in
here may call Streamlit, which can stop a callback at any of its own calls.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, TypeVar

from tenacity import RetryError, Retrying, retry_if_result, stop_after_attempt, wait_random

from core.access.permissions import Right, may, refusal
from core.access.refusal_limit import RefusalLimit
from core.domain.model import (
    Actor,
    ConfigurationId,
    Confirmation,
    Guard,
    Receipt,
    ReceiptId,
    SendConfiguration,
)
from core.domain.rules import (
    Acceptance,
    CancelNow,
    Decision,
    Refuse,
    decide_abort,
)
from core.domain.states import Generation, Refusal, State, Verdict
from core.errors import N_, AccessError, DemoOverError, FreioError, StoreBusyError
from core.ports.aborts import AbortStore
from core.services.reason_presets import OWN

log = logging.getLogger(__name__)

_T = TypeVar("_T")

#: How often the facts may change under an abort before it gives up.
MAX_ATTEMPTS = 10
MAX_NOTE = 2_000


#: What it means that an abort was not made, and that there is no such send here.
NOT_STOPPED: Final = N_("Nothing was stopped; it may still go out.")
NOT_HERE: Final = N_("Nothing was stopped; if it exists in the platform, it may go out.")


class UnknownConfigurationError(FreioError):
    """No configuration has this id."""

    means = NOT_HERE


class ReasonMissingError(FreioError):
    """A reason is asked for, and none was given; nothing was stopped."""

    means = NOT_STOPPED


@dataclass(frozen=True, slots=True)
class Shown:
    """What the person saw when they decided: the facts that the dialog spoke of.

    `facts_at` is when these were last known to be true; the counts are those of records.
    """

    state: State
    generation: Generation
    total: int | None = None
    generated: int | None = None
    facts_at: datetime | None = None

    def differs(self, found: SendConfiguration) -> bool:
        """Tell whether a send is not any more what was shown."""
        return (self.state, self.generation) != (found.state, found.generation)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who asks for an abort, why, and what they saw."""

    actor: Actor
    reason: str = ""
    note: str = ""
    shown: Shown | None = None

    def changed_since(self, found: SendConfiguration) -> bool:
        return self.shown is not None and self.shown.differs(found)


@dataclass(frozen=True, slots=True)
class AbortOutcome:
    """What came of an attempt: the facts before and after, and the decision acted on.

    `receipt` is None only where the send had already been stopped; `earlier` is then the receipt
    of that stop, if it was made here. `changed_meanwhile` tells that the facts were no longer
    those that the person had seen.
    """

    decision: Decision
    before: SendConfiguration
    after: SendConfiguration
    receipt: Receipt | None
    earlier: Receipt | None = None
    changed_meanwhile: bool = False

    @property
    def accepted(self) -> bool:
        """Whether this attempt stopped the send, or recorded that it shall be."""
        return not isinstance(self.decision, Refuse)


def _unseen(id: ConfigurationId) -> AccessError:
    return AccessError(
        N_("There is no send with the number {id} among those of your accounts."),
        N_("Ask somebody with a role for its account, or stop it in the platform."),
        NOT_HERE,
        id=id,
    )


def settled(attempt: Callable[[], _T | None]) -> _T:
    """Attempt until the guard holds (None says that it did not), with jitter, a bounded time.

    Raises StoreBusyError where the facts keep changing.
    """
    tries = Retrying(
        retry=retry_if_result(lambda found: found is None),
        stop=stop_after_attempt(MAX_ATTEMPTS),
        wait=wait_random(0, 0.02),
    )
    try:
        found = tries(attempt)
    except RetryError as error:
        raise StoreBusyError(
            N_("This send is changing too fast."),
            N_("Try again now."),
            NOT_STOPPED,
        ) from error
    assert found is not None
    return found


def facts_after(
    before: SendConfiguration, decision: Acceptance, now: datetime, *, store_is_platform: bool
) -> SendConfiguration:
    """Return a send's facts after an accepted abort."""
    # A feed compares `updated_at` with the platform's own clock, so it is left as it was.
    return replace(
        before,
        state=decision.new_state,
        raw_state=decision.new_state.value if store_is_platform else before.raw_state,
        finished_at=now if decision.new_state is State.CANCELLED else None,
        version=before.version + 1,
    )


def accepted(
    receipt: Receipt, decision: Acceptance, now: datetime, *, store_is_platform: bool
) -> Receipt:
    """Return a receipt with what an accepted abort did, confirmed where nothing can undo it."""
    confirmed = isinstance(decision, CancelNow) and store_is_platform
    return replace(
        receipt,
        state_after=decision.new_state,
        confirmation=Confirmation.CONFIRMED if confirmed else Confirmation.OPEN,
        confirmed_at=now if confirmed else None,
    )


@dataclass(frozen=True, slots=True)
class AbortService:
    """Everything that changes a configuration on a person's behalf.

    `store_is_platform` says whether the store is the platform's own record; if not, an abort
    that is recorded here stays open until a feed confirms it. `facts_at` says when the facts were
    last known to be true.
    `reasons` are the codes of those that are offered, and with `needs_reason` one has to be given.
    `refusals` bounds how many attempts of somebody who may not are written down.
    """

    store: AbortStore
    clock: Callable[[], datetime]
    store_is_platform: Callable[[], bool]
    facts_at: Callable[[], datetime | None]
    reasons: Collection[str] = OWN
    needs_reason: bool = False
    refusals: RefusalLimit = field(default_factory=RefusalLimit)

    def require_access(self, id: ConfigurationId, actor: Actor) -> None:
        """Raise as `abort` does for who may not stop this send, and record the attempt (I7)."""
        before = self._read(id, actor)
        if not may(actor, Right.STOP, before.account):
            raise self._not_allowed(before, _Asked(actor))

    def abort(
        self,
        id: ConfigurationId,
        actor: Actor,
        *,
        reason: str = "",
        note: str = "",
        shown: Shown | None = None,
    ) -> AbortOutcome:
        """Abort one send by the facts of this moment, whatever the page showed.

        Raises UnknownConfigurationError for an id that is not there, AccessError for who may not
        stop this send (the attempt is recorded), ReasonMissingError where one is needed, StoreError
        where the store could not write; then nothing was stopped.
        """
        said = reason if reason in self.reasons else ""
        asked = _Asked(actor, said, note.strip()[:MAX_NOTE], shown)

        def attempt() -> AbortOutcome | None:
            era = self.store.era()
            before = self._read(id, actor)
            if not may(actor, Right.STOP, before.account):
                raise self._not_allowed(before, asked)
            decision = decide_abort(before)
            if isinstance(decision, Refuse):
                return self._refuse(before, decision, asked, era)
            if self.needs_reason and not said:
                raise ReasonMissingError(
                    N_("No reason is chosen."), N_("Choose one, then press again.")
                )
            return self._accept(before, decision, asked, era)

        return settled(attempt)

    def _read(self, id: ConfigurationId, actor: Actor) -> SendConfiguration:
        found = self.store.configuration(id)
        if found is None:
            if actor.accounts is not None:
                raise _unseen(id)
            raise UnknownConfigurationError(
                N_("There is no send with the number {id} here."),
                N_("Look for it in the list, and in the platform."),
                id=id,
            )
        return found

    def _accept(
        self, before: SendConfiguration, decision: Acceptance, asked: _Asked, era: str
    ) -> AbortOutcome | None:
        now, own = self.clock(), self.store_is_platform()
        after = facts_after(before, decision, now, store_is_platform=own)
        receipt = accepted(
            self._receipt(before, decision, asked, now), decision, now, store_is_platform=own
        )
        only_demo = asked.actor.only_demo
        if not self.store.commit_abort(
            Guard.of(before), after, receipt, era=era, only_demo=only_demo
        ):
            return None
        log.info(
            "abort of %s by %s: %s, %s",
            *(before.id, asked.actor.name, receipt.verdict),
            "confirmed" if receipt.confirmation is Confirmation.CONFIRMED else "not confirmed yet",
        )
        changed = asked.changed_since(before)
        return AbortOutcome(decision, before, after, receipt, changed_meanwhile=changed)

    def _refuse(
        self, before: SendConfiguration, decision: Refuse, asked: _Asked, era: str
    ) -> AbortOutcome | None:
        changed = asked.changed_since(before)
        if decision.reason is Refusal.ALREADY:
            # Good news rather than a refused attempt: it never makes a second receipt.
            earlier = next((r for r in self.store.receipts_of(before.id) if r.accepted), None)
            if asked.actor.only_demo and not self.store_is_platform():
                raise DemoOverError  # what was read just now may be real
            return AbortOutcome(decision, before, before, None, earlier, changed)
        receipt = self._receipt(before, decision, asked, self.clock())
        only_demo = asked.actor.only_demo
        # Anybody can be such a visitor, so nothing they do may fill the disk.
        is_kept = not only_demo or self.refusals.is_new(asked.actor.name, before.id, self.clock())
        if is_kept and not self.store.record_receipt(receipt, era=era, only_demo=only_demo):
            return None
        log.info("abort of %s by %s refused: %s", before.id, asked.actor.name, decision.reason)
        return AbortOutcome(decision, before, before, receipt, changed_meanwhile=changed)

    def _not_allowed(self, before: SendConfiguration, asked: _Asked) -> AccessError:
        """Record the attempt of somebody who may not stop this send (I7); return what to say.

        An attempt of nobody in particular is only logged: outsiders must not write to the store.
        """
        now = self.clock()
        if not asked.actor.name:
            log.warning("abort of %s from %s refused: nobody", before.id, asked.actor.address)
        elif self.refusals.is_new(asked.actor.name, before.id, now):
            self.store.record_receipt(
                replace(
                    self._receipt(before, decide_abort(before), asked, now),
                    verdict=Verdict.REFUSE,
                    refusal=Refusal.NOT_ALLOWED,
                    spared=None,
                    gone=None,
                )
            )
            log.warning("abort of %s by %s refused: not allowed", before.id, asked.actor.name)
        # Whoever may stop sends of other accounts learns no more of this one than that.
        knows = may(asked.actor, Right.STOP)
        return _unseen(before.id) if knows else refusal(asked.actor, Right.STOP)

    def _receipt(
        self, before: SendConfiguration, decision: Decision, asked: _Asked, now: datetime
    ) -> Receipt:
        actor = asked.actor
        receipt = Receipt(
            id=ReceiptId(uuid.uuid4().hex),
            configuration_id=before.id,
            configuration_name=before.name,
            account=before.account,
            requested_at=now,
            actor=actor.name,
            verdict=decision.rule.verdict,
            refusal=decision.rule.refusal,
            state_before=before.state,
            state_after=before.state,
            total_records=before.total_records,
            generated_records=before.generated_records,
            spared=decision.consequences.spared,
            gone=decision.consequences.gone,
            reason=asked.reason,
            note=asked.note,
            facts_at=self.facts_at(),
            confirmation=Confirmation.NOT_APPLICABLE,
            role="" if actor.role is None else actor.role.value,
            address=actor.address,
        )
        return receipt if asked.shown is None else _with_shown(receipt, asked.shown)


def _with_shown(receipt: Receipt, shown: Shown) -> Receipt:
    return replace(
        receipt,
        shown_state=shown.state.value,
        shown_total=shown.total,
        shown_generated=shown.generated,
        shown_facts_at=shown.facts_at,
    )
