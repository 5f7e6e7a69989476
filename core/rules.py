"""What an abort would do: facts in, a decision out. No clock, no store, no environment.

Source of the rule: the platform's help article on aborting a send; the table is `core.states`.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.model import SendConfiguration
from core.states import (
    BATCH_RECORDS,
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

    `spared` recipients do not get the send, `gone` get it anyway; both are None where nobody can
    know, else they add up to `total`. `batches_begun` is None where generation is not reported.
    `batches` assumes the smallest batches that the platform makes (5,000 records).
    """

    total: int
    spared: int | None
    gone: int | None
    batches: int
    batches_begun: int | None
    fits_in_one_batch: bool


@dataclass(frozen=True, slots=True)
class CancelNow:
    """The send is cancelled at once and nobody gets it."""

    rule: AbortRule
    consequences: Consequences
    new_state: State


@dataclass(frozen=True, slots=True)
class CancelAfterProcessing:
    """The abort is accepted; the send is cancelled by itself when processing ends."""

    rule: AbortRule
    consequences: Consequences
    new_state: State


@dataclass(frozen=True, slots=True)
class CancelUnconfirmed:
    """The abort is recorded, but nobody can know yet whether generation had begun."""

    rule: AbortRule
    consequences: Consequences
    new_state: State


@dataclass(frozen=True, slots=True)
class Refuse:
    """Nothing is changed, and `reason` says why."""

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


def batches_for(records: int) -> int:
    """Return how many batches `records` make, at 5,000 records a batch."""
    return -(-records // BATCH_RECORDS)


def decide_abort(configuration: SendConfiguration) -> Decision:
    """Decide what aborting this configuration would do, by the facts given. Never raises."""
    rule = abort_rule(configuration.state, configuration.generation)
    consequences = _consequences(configuration, rule)
    if rule.new_state is None:
        assert rule.refusal is not None
        return Refuse(rule, consequences, rule.refusal)
    return _ACCEPTANCES[rule.verdict](rule, consequences, rule.new_state)


def outlook_of(configuration: SendConfiguration) -> Outlook:
    """Return what can still be done about a configuration."""
    return abort_rule(configuration.state, configuration.generation).outlook


def was_contradicted(configuration: SendConfiguration) -> bool:
    """Tell whether the platform generated or sent a send that was stopped here (I1)."""
    if configuration.state not in (State.CANCELLING, State.CANCELLED):
        return False
    gone = parse_state(configuration.raw_state) in (State.DELIVERY_ENDING, State.SENT_DONE)
    return gone or configuration.generation is Generation.STARTED


def awaits_confirmation(configuration: SendConfiguration) -> bool:
    """Tell whether a send was cancelled here while its source still calls it something else."""
    stopped = (State.CANCELLING, State.CANCELLED)
    return configuration.state in stopped and parse_state(configuration.raw_state) not in stopped


def _consequences(configuration: SendConfiguration, rule: AbortRule) -> Consequences:
    total = configuration.total_records
    spared = _spared(configuration, rule)
    return Consequences(
        total=total,
        spared=spared,
        gone=None if spared is None else total - spared,
        batches=batches_for(total),
        batches_begun=_batches_begun(configuration),
        fits_in_one_batch=total <= BATCH_RECORDS,
    )


def _batches_begun(configuration: SendConfiguration) -> int | None:
    match configuration.generation:
        case Generation.UNKNOWN:
            return None
        case Generation.NOT_STARTED:
            return 0
        case Generation.STARTED:
            # A start is known before the first count arrives: then one batch is under way.
            begun = max(1, batches_for(configuration.generated_records or 0))
            return min(begun, max(1, batches_for(configuration.total_records)))


def _spared(configuration: SendConfiguration, rule: AbortRule) -> int | None:
    """Return how many recipients do not get the send, or None where nobody can know."""
    total = configuration.total_records
    if rule.verdict in (Verdict.CANCEL_NOW, Verdict.CANCEL_AFTER_PROCESSING):
        return total
    if rule.refusal in (Refusal.TOO_LATE, Refusal.FINISHED):
        return 0
    if rule.refusal is Refusal.ALREADY:
        # Unless the platform went on all the same, or does not say.
        if was_contradicted(configuration):
            return None
        return total if configuration.generation is Generation.NOT_STARTED else None
    return None
