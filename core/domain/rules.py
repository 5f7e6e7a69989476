"""The decision about an abort of a send, and other facts that follow from its state. Pure.

The table behind the decision is in `states`; its source is the platform's help article on aborting.
"""

from dataclasses import dataclass

from core.domain.generation_batches import BATCH_RECORDS, batches_for
from core.domain.model import Confirmation, SendConfiguration
from core.domain.states import (
    AbortRule,
    Generation,
    Outlook,
    Refusal,
    State,
    Verdict,
    abort_rule,
    parse_state,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """A decision in numbers.

    `spared` recipients do not get the send because of the abort. `gone` recipients get it anyway.
    Each is None if it cannot be known, and all are if `total` is not reported. Their sum is
    `total`, except if the platform generated fewer records than planned. `batches_begun` is None
    if generation is not reported. `batches` assumes batches of the least size.
    """

    total: int | None
    spared: int | None
    gone: int | None
    batches: int | None
    batches_begun: int | None
    fits_in_one_batch: bool


@dataclass(frozen=True)
class _Accepted:
    rule: AbortRule
    consequences: Consequences
    new_state: State


class CancelNow(_Accepted):
    """The send is cancelled at once, and no recipient gets it."""


class CancelAfterProcessing(_Accepted):
    """The abort is accepted; the platform cancels the send when processing ends."""


class CancelUnconfirmed(_Accepted):
    """The abort is recorded, but it is not known whether generation has started."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The abort is refused for `reason`; nothing is changed."""

    rule: AbortRule
    consequences: Consequences
    reason: Refusal


Acceptance = CancelNow | CancelAfterProcessing | CancelUnconfirmed
Decision = Acceptance | Refuse

_ACCEPTANCES: dict[Verdict, type[CancelNow | CancelAfterProcessing | CancelUnconfirmed]] = {
    Verdict.CANCEL_NOW: CancelNow,
    Verdict.CANCEL_AFTER_PROCESSING: CancelAfterProcessing,
    Verdict.CANCEL_UNCONFIRMED: CancelUnconfirmed,
}


def decide_abort(configuration: SendConfiguration) -> Decision:
    """Return the decision about an abort of this configuration. Never raises."""
    rule = abort_rule(configuration.state, configuration.generation)
    consequences = _consequences(configuration, rule)
    if rule.new_state is None:
        assert rule.refusal is not None
        return Refuse(rule, consequences, rule.refusal)
    return _ACCEPTANCES[rule.verdict](rule, consequences, rule.new_state)


_STOPPED = (State.CANCELLING, State.CANCELLED)
#: States in which a report confirms an abort made here.
_CONFIRMING = (*_STOPPED, State.ABORTED)


def outlook_of(configuration: SendConfiguration) -> Outlook:
    """Return what can still be done about a configuration."""
    return outlook(configuration.state, configuration.generation, configuration.abort_confirmation)


def outlook(
    state: State, generation: Generation, abort_confirmation: Confirmation | None
) -> Outlook:
    """Return what can still be done about sends with these facts."""
    if state in _STOPPED and abort_confirmation is Confirmation.OPEN:
        return Outlook.WAITING
    if state in _STOPPED and abort_confirmation is Confirmation.CONTRADICTED:
        has_begun = generation is Generation.STARTED
        return Outlook.TOO_LATE if has_begun else Outlook.UNCERTAIN
    return abort_rule(state, generation).outlook


def was_contradicted(configuration: SendConfiguration) -> bool:
    """Return whether the platform generated or sent a send that was stopped here (I1)."""
    if configuration.state not in _STOPPED or stopped_midway(configuration):
        return False
    gone = parse_state(configuration.raw_state) in (State.DELIVERY_ENDING, State.SENT_DONE)
    return gone or configuration.generation is Generation.STARTED


def stopped_midway(configuration: SendConfiguration) -> bool:
    """Return whether the platform reports that it stopped a send after generation had started."""
    return (
        configuration.state in _STOPPED
        and configuration.generation is Generation.STARTED
        and _is_reported_stopped(configuration)
    )


def _is_reported_stopped(configuration: SendConfiguration) -> bool:
    is_confirmed = configuration.abort_confirmation is Confirmation.CONFIRMED
    return is_confirmed or parse_state(configuration.raw_state) in _CONFIRMING


def awaits_confirmation(configuration: SendConfiguration) -> bool:
    """Return whether a send was cancelled here but its source reports another state."""
    return configuration.state in _STOPPED and not _is_reported_stopped(configuration)


def runs_again(configuration: SendConfiguration) -> bool:
    """Return whether a newer report shows that a send, reported as ended, goes out or went out."""
    ended = (Outlook.STOPPED, Outlook.NOT_RUNNING)
    return configuration.reopened_from is not None and outlook_of(configuration) not in ended


def finished_short(configuration: SendConfiguration) -> bool:
    """Return whether a send is done with fewer records generated than it has recipients."""
    generated = configuration.generated_records
    total = configuration.total_records
    if configuration.state is not State.SENT_DONE or generated is None or total is None:
        return False
    return generated < total


def _consequences(configuration: SendConfiguration, rule: AbortRule) -> Consequences:
    total = configuration.total_records
    return Consequences(
        total=total,
        spared=_spared(configuration, rule),
        gone=_gone(configuration, rule),
        batches=None if total is None else batches_for(total),
        batches_begun=_batches_begun(configuration),
        fits_in_one_batch=total is not None and total <= BATCH_RECORDS,
    )


def _batches_begun(configuration: SendConfiguration) -> int | None:
    match configuration.generation:
        case Generation.UNKNOWN:
            return None
        case Generation.NOT_STARTED:
            return 0
        case Generation.STARTED:
            # A source can report the start before the first count. Then one batch has begun.
            begun = max(1, batches_for(configuration.generated_records or 0))
            total = configuration.total_records
            return begun if total is None else min(begun, max(1, batches_for(total)))


def _spared(configuration: SendConfiguration, rule: AbortRule) -> int | None:
    """Return how many recipients do not get the send, or None if that cannot be known."""
    total = configuration.total_records
    if total is None:
        return None
    if rule.verdict in (Verdict.CANCEL_NOW, Verdict.CANCEL_AFTER_PROCESSING):
        return total
    if rule.refusal in (Refusal.TOO_LATE, Refusal.FINISHED):
        return 0
    if rule.refusal is Refusal.ALREADY:
        # It may have gone out if the platform has not confirmed the abort, or reports disagree.
        if awaits_confirmation(configuration) or configuration.doubted_since is not None:
            return None
        return total if configuration.generation is Generation.NOT_STARTED else None
    return None


def _gone(configuration: SendConfiguration, rule: AbortRule) -> int | None:
    """Return how many recipients get the send anyway, or None if that cannot be known."""
    total, generated = configuration.total_records, configuration.generated_records
    if total is None:
        return None
    if rule.refusal is Refusal.FINISHED:
        if generated is None:
            return None
        if generated >= total:
            return total
        # While a send is ending, the source may not have reported its last batches yet.
        return generated if configuration.state is State.SENT_DONE else None
    spared = _spared(configuration, rule)
    return None if spared is None else total - spared
