"""The decision about an abort, and conclusions from the facts of a send. Pure."""

from dataclasses import dataclass

from core.domain.generation_batches import BATCH_RECORDS, batches_for
from core.domain.model import Confirmation, SendConfiguration
from core.domain.platform import AbortRule, Platform
from core.domain.states import (
    GONE_OUT,
    STOPPED_HERE,
    Again,
    Generation,
    Outlook,
    Refusal,
    State,
    Verdict,
    is_during_send,
    parse_state,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """The numbers of a decision. An unknown number is None.

    - `spared`: recipients who do not get the send. `gone`: recipients who get the send.
    - `batches`, `batches_begun`: numbers of batches of minimum size.

    If the platform generated fewer records than planned, `spared` + `gone` is less than `total`.
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
    """The send is cancelled at once. No recipient gets the send."""


class CancelAfterProcessing(_Accepted):
    """The platform cancels the send when processing ends."""


class CancelUnconfirmed(_Accepted):
    """The abort is recorded, but generation has perhaps started."""


class CancelRest(_Accepted):
    """The rest of the send is cancelled. Sent messages can still arrive."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The abort is refused for `reason`. Nothing changes."""

    rule: AbortRule
    consequences: Consequences
    reason: Refusal


Acceptance = CancelNow | CancelAfterProcessing | CancelUnconfirmed | CancelRest
Decision = Acceptance | Refuse

_ACCEPTANCES: dict[Verdict, type[Acceptance]] = {
    Verdict.CANCEL_NOW: CancelNow,
    Verdict.CANCEL_AFTER_PROCESSING: CancelAfterProcessing,
    Verdict.CANCEL_UNCONFIRMED: CancelUnconfirmed,
    Verdict.CANCEL_REST: CancelRest,
}


def decide_abort(configuration: SendConfiguration, platform: Platform) -> Decision:
    """Return the decision about an abort of a send. Never raises."""
    rule = platform.rule(configuration.state, configuration.generation)
    consequences = _consequences(configuration, rule)
    if rule.new_state is None:
        assert rule.refusal is not None
        return Refuse(rule, consequences, rule.refusal)
    return _ACCEPTANCES[rule.verdict](rule, consequences, rule.new_state)


#: Reported states that confirm an abort made in Freio.
_CONFIRMING = (*STOPPED_HERE, State.ABORTED)


def outlook_of(configuration: SendConfiguration, platform: Platform) -> Outlook:
    """Return the outlook of a send for the facts in the most recent report."""
    facts = (configuration.state, configuration.generation, configuration.abort_confirmation)
    return outlook(*facts, platform)


def outlook(
    state: State,
    generation: Generation,
    abort_confirmation: Confirmation | None,
    platform: Platform,
) -> Outlook:
    """Return the outlook for the facts of a send."""
    if state in STOPPED_HERE and abort_confirmation is Confirmation.OPEN:
        return Outlook.WAITING
    if state in STOPPED_HERE and abort_confirmation is Confirmation.CONTRADICTED:
        has_begun = generation is Generation.STARTED
        return Outlook.TOO_LATE if has_begun else Outlook.UNCERTAIN
    return platform.rule(state, generation).outlook


def was_contradicted(configuration: SendConfiguration, platform: Platform) -> bool:
    """Return whether a send went on after an abort in Freio (I1).

    If the platform can interrupt a send, records from before the abort are no contradiction. For
    such a platform, return True only if the stored confirmation is CONTRADICTED.
    """
    if configuration.state not in STOPPED_HERE:
        return False
    if platform.interrupts:
        is_possible = configuration.abort_confirmation is Confirmation.CONTRADICTED
    else:
        is_possible = not stopped_midway(configuration)
    gone = parse_state(configuration.raw_state) in GONE_OUT
    return is_possible and (gone or configuration.generation is Generation.STARTED)


def went_on_as(configuration: SendConfiguration) -> State | None:
    """Return the reported state if a send went on after an abort in Freio, or None."""
    reported = parse_state(configuration.raw_state)
    is_contradicted = configuration.abort_confirmation is Confirmation.CONTRADICTED
    is_held = configuration.state in STOPPED_HERE and is_contradicted
    if not is_held or reported in (State.UNKNOWN, *_CONFIRMING):
        return None
    has_begun = configuration.generation is Generation.STARTED
    return reported if has_begun or reported in GONE_OUT else None


def is_paused_again(configuration: SendConfiguration, platform: Platform) -> bool:
    """Return whether a send was reported as paused after the platform had confirmed the stop.

    A person can resume a paused send in the platform, so the stop is not final.
    """
    is_contradicted = configuration.abort_confirmation is Confirmation.CONTRADICTED
    is_held = configuration.state in STOPPED_HERE and is_contradicted
    return platform.interrupts and is_held and parse_state(configuration.raw_state) is State.PAUSED


def stopped_midway(configuration: SendConfiguration) -> bool:
    """Return whether the platform reports a stop after the start of generation."""
    has_begun = configuration.generation is Generation.STARTED or (
        configuration.generation is Generation.UNKNOWN and is_during_send(configuration.raw_state)
    )
    return configuration.state in STOPPED_HERE and has_begun and _is_reported_stopped(configuration)


def _is_reported_stopped(configuration: SendConfiguration) -> bool:
    is_confirmed = configuration.abort_confirmation is Confirmation.CONFIRMED
    return is_confirmed or parse_state(configuration.raw_state) in _CONFIRMING


def awaits_confirmation(configuration: SendConfiguration) -> bool:
    """Return whether a send was cancelled in Freio, but the source has not reported the stop."""
    return configuration.state in STOPPED_HERE and not _is_reported_stopped(configuration)


def runs_again(configuration: SendConfiguration, platform: Platform) -> bool:
    """Return whether a newer report shows an ended send as alive or as gone out."""
    ended = (Outlook.STOPPED, Outlook.NOT_RUNNING)
    has_reopened = configuration.reopened_from is not None
    return has_reopened and outlook_of(configuration, platform) not in ended


def again(configuration: SendConfiguration) -> Again:
    """Return what a send does now. Call this only if `runs_again` is true."""
    if configuration.state is State.SENT_DONE:
        return Again.HAS_GONE_OUT
    return Again.SCHEDULED if configuration.state is State.SCHEDULED else Again.RUNS


def reaches_all(configuration: SendConfiguration) -> bool:
    """Return whether all records of a send are generated."""
    total = configuration.total_records
    return total is not None and 0 < total <= (configuration.generated_records or 0)


def finished_short(configuration: SendConfiguration) -> bool:
    """Return whether a finished send has fewer generated records than recipients."""
    generated, total = configuration.generated_records, configuration.total_records
    if generated is None or total is None:
        return False
    return configuration.state is State.SENT_DONE and generated < total


def _consequences(configuration: SendConfiguration, rule: AbortRule) -> Consequences:
    total = configuration.total_records
    spared, gone = _spared_and_gone(configuration, rule)
    return Consequences(
        total=total,
        spared=spared,
        gone=gone,
        batches=None if total is None else batches_for(total),
        batches_begun=_batches_begun(configuration),
        fits_in_one_batch=total is not None and total <= BATCH_RECORDS,
    )


def _batches_begun(configuration: SendConfiguration) -> int | None:
    if configuration.generation is not Generation.STARTED:
        return 0 if configuration.generation is Generation.NOT_STARTED else None
    # Some sources report the start of generation without a number. At least 1 batch has then begun.
    begun = max(1, batches_for(configuration.generated_records or 0))
    total = configuration.total_records
    return begun if total is None else min(begun, max(1, batches_for(total)))


def _spared_and_gone(
    configuration: SendConfiguration, rule: AbortRule
) -> tuple[int | None, int | None]:
    total = configuration.total_records
    if total is None:
        return None, None
    match rule:
        case AbortRule(verdict=Verdict.CANCEL_NOW | Verdict.CANCEL_AFTER_PROCESSING):
            return total, 0
        case AbortRule(verdict=Verdict.CANCEL_REST):
            generated = configuration.generated_records
            gone = None if generated is None else min(generated, total)
            return None if gone is None else total - gone, gone
        case AbortRule(refusal=Refusal.TOO_LATE):
            return 0, total
        case AbortRule(refusal=Refusal.FINISHED):
            return 0, _gone_at_the_end(configuration, total)
        case AbortRule(refusal=Refusal.ALREADY) if not (
            awaits_confirmation(configuration) or configuration.doubted_since is not None
        ):
            # After a stop during generation, only the receipt has the numbers.
            is_whole = configuration.generation is Generation.NOT_STARTED
            return (total, 0) if is_whole else (None, None)
        case _:
            return None, None


def _gone_at_the_end(configuration: SendConfiguration, total: int) -> int | None:
    generated = configuration.generated_records
    if generated is not None and generated >= total:
        return total
    # While a send is ending, the reports can still lack the last batches.
    return generated if configuration.state is State.SENT_DONE else None
