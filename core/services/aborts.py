"""Abort a send: read the facts, decide, write under a guard. If the guard fails, repeat (I5)."""

import logging
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Event
from typing import Final, NoReturn, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt, wait_random

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
    ShownFacts,
)
from core.domain.platform import Platform
from core.domain.rules import Acceptance, CancelNow, CancelRest, Decision, Refuse, decide_abort
from core.domain.states import Refusal, State, Verdict
from core.errors import N_, AccessError, DemoOverError, FreioError, StoreBusyError
from core.platforms import icomm
from core.ports.aborts import AbortStore
from core.services.reason_presets import OWN

log = logging.getLogger(__name__)

_T = TypeVar("_T")

MAX_ATTEMPTS: Final = 10

MAX_NOTE: Final = 2_000

NOT_STOPPED: Final = N_("Nothing was stopped; it may still go out.")
NOT_HERE: Final = N_("Nothing was stopped; if it exists in the platform, it may go out.")


class UnknownConfigurationError(FreioError):
    """No configuration has this id."""

    means = NOT_HERE


class ReasonMissingError(FreioError):
    """A required reason is missing."""

    means = NOT_STOPPED


class KeepsChangingError(StoreBusyError):
    """The facts of a send changed at each attempt."""


@dataclass(frozen=True, slots=True)
class AbortRequest:
    """A request to abort a send. `shown` has the facts from the person's page."""

    actor: Actor
    reason: str = ""
    note: str = ""
    shown: ShownFacts | None = None
    bulk_id: str = ""

    def is_outdated(self, current: SendConfiguration) -> bool:
        """Return whether the facts `current` differ from the facts `shown`."""
        return self.shown is not None and self.shown.differ_from(current)


@dataclass(frozen=True, slots=True)
class Moment:
    """The common inputs of all decisions at the time `now`.

    - `is_final`: if True, no report is needed. An abort that stops the send at once is then
      confirmed at once.
    - `deliver_to`: the name of the platform, or "" if Freio does not deliver aborts.
    """

    now: datetime
    facts_at: datetime | None
    is_final: bool
    platform: Platform
    deliver_to: str = ""


@dataclass(frozen=True, slots=True)
class DecidedAbort:
    """A decision about an abort, the facts before and after the abort, and the receipt."""

    decision: Decision
    before: SendConfiguration
    after: SendConfiguration
    receipt: Receipt | None


@dataclass(frozen=True, slots=True)
class AbortOutcome(DecidedAbort):
    """The result of an attempt to abort a send.

    - `receipt`: None if the send was already stopped.
    - `earlier`: the receipt of the earlier abort, or None.
    - `changed_meanwhile`: whether the facts `before` differ from the facts on the person's page.
    """

    earlier: Receipt | None = None
    changed_meanwhile: bool = False

    @property
    def accepted(self) -> bool:
        """Whether the decision accepts the abort."""
        return not isinstance(self.decision, Refuse)


def not_visible(id: ConfigurationId) -> AccessError:
    """Return the error for an unknown send or an invisible send."""
    return AccessError(
        N_("There is no send with the ID {id} among those of your accounts."),
        N_("Ask a person with a role for its account, or abort it in the platform."),
        NOT_HERE,
        id=id,
    )


def retry_on_changed_facts(attempt: Callable[[], _T | None]) -> _T:
    """Call `attempt` until the result is not None. Return this result.

    None means: a guard failed. After MAX_ATTEMPTS calls, raise KeepsChangingError.
    """
    retrying = Retrying(
        retry=retry_if_result(lambda result: result is None),
        stop=stop_after_attempt(MAX_ATTEMPTS),
        wait=wait_random(0, 0.02),
        retry_error_callback=_keeps_changing,
    )
    result = retrying(attempt)
    assert result is not None
    return result


def _keeps_changing(_state: RetryCallState) -> NoReturn:
    raise KeepsChangingError(
        N_("This send is changing too fast."), N_("Try again now."), NOT_STOPPED
    )


def with_acceptance(
    receipt: Receipt, before: SendConfiguration, decision: Acceptance, *, is_final: bool
) -> tuple[Receipt, SendConfiguration]:
    """Return the receipt of an accepted abort, and the new facts of the send."""
    now = receipt.restored_at or receipt.requested_at
    confirmed = is_final and isinstance(decision, CancelNow | CancelRest)
    receipt = replace(
        receipt,
        state_after=decision.new_state,
        confirmation=Confirmation.CONFIRMED if confirmed else Confirmation.OPEN,
        confirmed_at=now if confirmed else None,
    )
    # Keep `updated_at`: a feed compares this time with times of the platform's clock.
    after = replace(
        before,
        state=decision.new_state,
        raw_state=decision.new_state.value if is_final else before.raw_state,
        finished_at=now if decision.new_state is State.CANCELLED else None,
        abort_confirmation=receipt.confirmation,
        version=before.version + 1,
    )
    return receipt, after


def decided_abort(before: SendConfiguration, request: AbortRequest, moment: Moment) -> DecidedAbort:
    """Decide an abort. Write nothing. If the send is already stopped, return no receipt."""
    decision = decide_abort(before, moment.platform)
    receipt = _receipt(before, decision, request, moment)
    if isinstance(decision, Refuse):
        is_stopped = decision.reason is Refusal.ALREADY
        return DecidedAbort(decision, before, before, None if is_stopped else receipt)
    receipt = replace(receipt, platform=moment.deliver_to)
    receipt, after = with_acceptance(receipt, before, decision, is_final=moment.is_final)
    return DecidedAbort(decision, before, after, receipt)


def not_allowed_receipt(
    before: SendConfiguration, request: AbortRequest, moment: Moment
) -> Receipt:
    """Return the receipt of a forbidden attempt."""
    return replace(
        _receipt(before, decide_abort(before, moment.platform), request, moment),
        verdict=Verdict.REFUSE,
        refusal=Refusal.NOT_ALLOWED,
        spared=None,
        gone=None,
    )


def _receipt(
    before: SendConfiguration, decision: Decision, request: AbortRequest, moment: Moment
) -> Receipt:
    actor, shown = request.actor, request.shown
    return Receipt(
        id=ReceiptId(uuid.uuid4().hex),
        configuration_id=before.id,
        configuration_name=before.name,
        account=before.account,
        requested_at=moment.now,
        actor=actor.name,
        verdict=decision.rule.verdict,
        refusal=decision.rule.refusal,
        state_before=before.state,
        state_after=before.state,
        total_records=before.total_records,
        generated_records=before.generated_records,
        spared=decision.consequences.spared,
        gone=decision.consequences.gone,
        reason=request.reason,
        note=request.note,
        facts_at=moment.facts_at,
        confirmation=Confirmation.NOT_APPLICABLE,
        role="" if actor.role is None else actor.role.value,
        address=actor.address,
        shown_state=None if shown is None else shown.state.value,
        shown_total=None if shown is None else shown.total,
        shown_generated=None if shown is None else shown.generated,
        shown_facts_at=None if shown is None else shown.facts_at,
        bulk_id=request.bulk_id,
    )


@dataclass(frozen=True, slots=True)
class AbortService:
    """Aborts sends for people, and records each attempt.

    - `store_is_platform` returns whether the store has the platform's own data. If not, an abort
      stays open until a report confirms the stop.
    - `facts_at` returns the time of the last report from the source.
    """

    store: AbortStore
    clock: Callable[[], datetime]
    store_is_platform: Callable[[], bool]
    facts_at: Callable[[], datetime | None]
    reasons: Collection[str] = OWN
    needs_reason: bool = False
    refusals: RefusalLimit = field(default_factory=RefusalLimit)
    platform: Platform = icomm.PLATFORM
    deliver_to: Callable[[], str] = lambda: ""
    to_deliver: Event = field(default_factory=Event)

    def require_access(self, id: ConfigurationId, actor: Actor) -> None:
        """If the actor may not stop the send, record the attempt and raise AccessError (I7)."""
        self._read(id, AbortRequest(actor))

    def abort(
        self,
        id: ConfigurationId,
        actor: Actor,
        *,
        reason: str = "",
        note: str = "",
        shown: ShownFacts | None = None,
    ) -> AbortOutcome:
        """Abort a send. The current facts decide, even if the page showed older facts.

        Errors: UnknownConfigurationError, AccessError, ReasonMissingError, StoreError. After each
        error, nothing was stopped.
        """
        request = self.request(actor, reason, note, shown)

        def attempt() -> AbortOutcome | None:
            era = self.store.era()
            decided = decided_abort(self._read(id, request), request, self.moment())
            if not isinstance(decided.decision, Refuse):
                self.require_reason(request)
            return self._write(decided, request, era)

        return retry_on_changed_facts(attempt)

    def request(
        self, actor: Actor, reason: str, note: str, shown: ShownFacts | None = None
    ) -> AbortRequest:
        """Return a request. Drop an unknown reason, and cut the note to MAX_NOTE."""
        known_reason = reason if reason in self.reasons else ""
        return AbortRequest(actor, known_reason, note.strip()[:MAX_NOTE], shown)

    def require_reason(self, request: AbortRequest) -> None:
        """Raise ReasonMissingError if the request lacks a required reason."""
        if self.needs_reason and not request.reason:
            raise ReasonMissingError(
                N_("No reason is chosen."), N_("Choose one, then press again.")
            )

    def moment(self) -> Moment:
        """Return the moment for decisions now."""
        deliver_to = self.deliver_to()
        is_final = not deliver_to and self.store_is_platform()
        return Moment(self.clock(), self.facts_at(), is_final, self.platform, deliver_to)

    def written(self, receipt: Receipt) -> None:
        """Log a written attempt. If Freio delivers the abort, wake the delivery worker."""
        id, actor = receipt.configuration_id, receipt.actor
        if not receipt.accepted:
            log.info("abort of %s by %s refused: %s", id, actor, receipt.refusal)
            return
        is_confirmed = receipt.confirmation is Confirmation.CONFIRMED
        said = "confirmed" if is_confirmed else "not confirmed yet"
        log.info("abort of %s by %s: %s, %s", id, actor, receipt.verdict, said)
        if receipt.platform:
            self.to_deliver.set()

    def records_refusal(self, request: AbortRequest, id: ConfigurationId) -> bool:
        """Return whether to record a refusal. A limit keeps demo visitors from filling the disk."""
        actor = request.actor
        return not actor.only_demo or self.refusals.should_record(actor.name, id, self.clock())

    def _read(self, id: ConfigurationId, request: AbortRequest) -> SendConfiguration:
        actor, found = request.actor, self.store.configuration(id)
        if found is None:
            if actor.accounts is not None:
                raise not_visible(id)
            raise UnknownConfigurationError(
                N_("There is no send with the ID {id} here."),
                N_("Look for it in the list, and in the platform."),
                id=id,
            )
        if not may(actor, Right.STOP, found.account):
            raise self.not_allowed(found, request)
        return found

    def _write(self, decided: DecidedAbort, request: AbortRequest, era: str) -> AbortOutcome | None:
        """Return None if the guard failed or the era changed."""
        before, after, receipt, earlier = decided.before, decided.after, decided.receipt, None
        only_demo, is_written = request.actor.only_demo, True
        if receipt is None:
            earlier = next((r for r in self.store.receipts_of(before.id) if r.stops), None)
            if only_demo and not self.store_is_platform():
                raise DemoOverError
        elif receipt.accepted:
            is_written = self.store.commit_abort(
                Guard.of(before), after, receipt, era=era, only_demo=only_demo
            )
        elif self.records_refusal(request, before.id):
            is_written = self.store.record_receipt(receipt, era=era, only_demo=only_demo)
        if not is_written:
            return None
        if receipt is not None:
            self.written(receipt)
        changed = request.is_outdated(before)
        return AbortOutcome(decided.decision, before, after, receipt, earlier, changed)

    def not_allowed(self, before: SendConfiguration, request: AbortRequest) -> AccessError:
        """Record a forbidden attempt (I7). Return the error.

        An actor without a name is not logged in. Such an attempt is logged, but has no receipt.
        """
        now = self.clock()
        if not request.actor.name:
            log.warning(
                "abort of %s from %s refused: not signed in", before.id, request.actor.address
            )
        elif self.refusals.should_record(request.actor.name, before.id, now):
            self.store.record_receipt(not_allowed_receipt(before, request, self.moment()))
            log.warning("abort of %s by %s refused: not allowed", before.id, request.actor.name)
        # An operator of other accounts must not learn that this send exists.
        is_operator = may(request.actor, Right.STOP)
        return not_visible(before.id) if is_operator else refusal(request.actor, Right.STOP)
