"""The sentences about an abort: the effect, the result, or the reason of a refusal."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.domain.model import Receipt, SendConfiguration
from core.domain.rules import (
    CancelAfterProcessing,
    CancelNow,
    CancelRest,
    CancelUnconfirmed,
    Decision,
    Refuse,
    awaits_confirmation,
    finished_short,
    is_paused_again,
    reaches_all,
    stopped_midway,
    was_contradicted,
)
from core.domain.states import Generation, Refusal, State, parse_state
from core.runtime.instance import platform
from core.services.aborts import AbortOutcome
from pages.text import i18n
from pages.text.i18n import _
from pages.text.markdown import escape_markdown
from pages.text.names import (
    all_of,
    amount,
    none_of,
    person,
    platform_path,
    recipients,
    state_name,
)


def prospect(
    decision: Decision,
    configuration: SendConfiguration,
    *,
    stops_sends: bool,
    may_have_begun: bool = False,
) -> str:
    """Return what an abort does now, and what helps if no abort is possible.

    - `stops_sends`: if this is False, the text also says what to do in the platform.
    - `may_have_begun`: at its last report, the send could be stopped. It may have begun since then.
    """
    said = situation(
        decision, configuration, stops_sends=stops_sends, may_have_begun=may_have_begun
    )
    return " ".join(filter(None, [said, what_helps(decision, configuration)]))


def situation(
    decision: Decision,
    configuration: SendConfiguration,
    *,
    stops_sends: bool,
    may_have_begun: bool = False,
) -> str:
    """Return the text of `prospect` without the text of `what_helps`."""
    if isinstance(decision, CancelRest) and decision.consequences.gone is not None:
        # Do not write "1,000 of 900". A source may report more messages than recipients.
        configuration = replace(configuration, generated_records=decision.consequences.gone)
    text = _doubtful(decision) if may_have_begun else _result(decision, configuration)
    sentence = _filled(text, configuration)
    if configuration.doubted_since is not None and not isinstance(decision, Refuse):
        sentence = _(
            "Two reports disagree about it, and it is unknown which one is newer. "
            "According to the last report that was used: {said}",
            said=sentence,
        )
    if stops_sends or isinstance(decision, Refuse):
        return sentence
    recorded = _(
        "This only records the abort here: abort it in the platform too ({path}).",
        path=platform_path(),
    )
    if may_have_begun:
        return f"{sentence} {recorded}"
    reported = _("According to its last report: {said}", said=sentence)
    return f"{recorded} {reported}"


def _filled(text: str, configuration: SendConfiguration) -> str:
    generated, total = configuration.generated_records or 0, configuration.total_records or 0
    return text.format(
        r=recipients(configuration.total_records),
        none=none_of(configuration.total_records),
        all=all_of(configuration.total_records),
        x=i18n.number(generated),
        n=i18n.number(total),
        rest=i18n.number(max(0, total - generated)),
        state=state_name(configuration),
        raw=configuration.raw_state or "?",
        path=platform_path(),
    )


def what_helps(decision: Decision, configuration: SendConfiguration) -> str:
    """Return what still helps if no abort is possible, or ""."""
    if not isinstance(decision, Refuse):
        return ""
    too_late = decision.reason is Refusal.TOO_LATE
    if not too_late and _is_doubted(configuration):
        return ""
    if too_late or configuration.state is State.DELIVERY_ENDING:
        return _("If it is wrong, prepare a correction for those who get it.")
    is_over = decision.reason is Refusal.FINISHED or stopped_midway(configuration)
    if is_over and configuration.generated_records != 0:
        return _("If it was wrong, prepare a correction for those who got it.")
    return ""


def _is_doubted(configuration: SendConfiguration) -> bool:
    """Return whether reports disagree about a send, and no abort explains the difference."""
    return configuration.doubted_since is not None and not (
        was_contradicted(configuration, platform()) or awaits_confirmation(configuration)
    )


def _result(decision: Decision, configuration: SendConfiguration) -> str:
    match decision:
        case CancelNow() if configuration.state is State.SCHEDULED:
            return _("Nothing has been processed. If you abort it now, it reaches {none}.")
        case CancelNow():
            return _("Sending has not begun. If you abort it now, it reaches {none}.")
        case CancelAfterProcessing():
            return _(
                "Its data is being processed. When processing ends, the send "
                "is stopped automatically and reaches {none}."
            )
        case CancelRest():
            return _rest(configuration)
        case CancelUnconfirmed():
            return _(
                "The source does not say whether generation has begun. The abort is recorded and "
                "stays open until it is confirmed; it may still reach up to {r}."
            )
        case Refuse():
            return _refusal(decision, configuration)


def _doubtful(decision: Decision) -> str:
    if isinstance(decision, CancelRest):
        return _(
            "It was going out at its last report. It may have finished since then. If it has not, "
            "an abort now stops the rest; messages on their way may still arrive."
        )
    if platform().interrupts:
        return _(
            "At its last report, sending had not begun. It may have begun since then: an abort now "
            "stops only what has not gone out, and it may reach up to {r}."
        )
    return _(
        "At its last report, generation had not begun. It may have begun since then: in that case "
        "an abort is too late, and it goes out to its {r}."
    )


def _rest(configuration: SendConfiguration) -> str:
    # The texts say "at least": more messages may have gone out since the last report.
    generated, total = configuration.generated_records, configuration.total_records
    if total is None and generated:
        return _(
            "At least {x} have gone out, and how many are left is not reported. If you abort it "
            "now, the rest does not go out; messages on their way may still arrive."
        )
    if total is None or generated is None:
        return _(
            "It is going out, and how many messages have gone is not known. If you abort it now, "
            "the rest does not go out. Messages on their way may still arrive."
        )
    if generated == 0:
        return _(
            "At its last report, none of {n} had gone out. If you abort it now, the rest does not "
            "go out; messages on their way may still arrive."
        )
    return _(
        "At least {x} of {n} have gone out; if you abort it now, about {rest} do not "
        "get it; messages on their way may still arrive."
    )


def _refusal(decision: Refuse, configuration: SendConfiguration) -> str:
    match decision.reason:
        case Refusal.TOO_LATE:
            return _too_late(decision, configuration)
        case _ if _is_doubted(configuration):
            return _(
                "It was reported as {state}, but another report disagrees, and it is "
                "unknown which one is newer: it may or may not reach its {r}. Check it in "
                "the platform."
            )
        case Refusal.FINISHED if configuration.state is State.DELIVERY_ENDING:
            return _ending(decision, configuration)
        case Refusal.FINISHED:
            return _finished(decision, configuration)
        case Refusal.ALREADY if is_paused_again(configuration, platform()):
            return _(
                "It was aborted here, but the platform reports it as paused: a person can resume "
                "it, and it may reach its {r}. Abort it there too: {path}."
            )
        case Refusal.ALREADY if was_contradicted(configuration, platform()):
            return _went_on(configuration)
        case Refusal.ALREADY if awaits_confirmation(configuration):
            return _(
                "Its abort is recorded here, but the platform does not report it as cancelled: it "
                "may still reach its {r}. Make sure that it is aborted there too: {path}."
            )
        case Refusal.ALREADY if _failed(configuration):
            return _stopped_by_platform(configuration)
        case Refusal.ALREADY if stopped_midway(configuration):
            return _stopped_midway(configuration)
        case Refusal.ALREADY if configuration.state is State.CANCELLING:
            return _(
                "Its abort was accepted. When processing ends, it is stopped "
                "automatically and reaches no one. There is nothing left to do."
            )
        case Refusal.ALREADY if _had_begun(configuration):
            return _("It has been stopped. According to its last report, no message had gone out.")
        case Refusal.ALREADY:
            return _("It has been stopped. It reaches no one, and there is nothing left to do.")
        case Refusal.PLATFORM_STOPPED:
            return _stopped_by_platform(configuration)
        case _:
            return _not_abortable(configuration.state)


def _had_begun(configuration: SendConfiguration) -> bool:
    # If a person stops a send before it begins, listmonk reports the send as a draft.
    return platform().interrupts and parse_state(configuration.raw_state) is not State.DRAFT


def _failed(configuration: SendConfiguration) -> bool:
    """Return whether an error stopped the send, perhaps after the generation had started."""
    is_error = parse_state(configuration.raw_state) is State.ABORTED
    return is_error and configuration.generation is not Generation.NOT_STARTED


def _ending(decision: Refuse, configuration: SendConfiguration) -> str:
    if decision.consequences.gone is not None:
        return _("Its last batches are going out and cannot be interrupted. It reaches its {r}.")
    if configuration.generated_records is None:
        return _(
            "Its last batches are going out and cannot be interrupted. How many of its {r} it "
            "reaches is not reported."
        )
    if configuration.total_records is None:
        return _(
            "Its last batches are going out and cannot be interrupted: {x} records are generated. "
            "How many recipients it has is not reported."
        )
    return _(
        "Its last batches are going out and cannot be interrupted: {x} of its {n} records are "
        "generated."
    )


def _finished(decision: Refuse, configuration: SendConfiguration) -> str:
    generated, total = configuration.generated_records, configuration.total_records
    interrupts = platform().interrupts
    if finished_short(configuration):
        if interrupts:
            return _(
                "It finished incomplete: {x} of its {n} messages were sent, and according to its "
                "source it reached no one else."
            )
        return _(
            "It finished incomplete: {x} of its {n} records were generated, "
            "and according to its source it reached no one else."
        )
    if total is None and generated is not None:
        if interrupts:
            return _(
                "It has finished: {x} messages were sent. How many recipients it has is not "
                "reported."
            )
        return _(
            "It has finished: {x} records were generated. How many recipients it has is not "
            "reported."
        )
    if decision.consequences.gone is None:
        return _("It has finished. How many of its {r} it reached is not reported.")
    return _("It has gone out to its {r}.")


def _went_on(configuration: SendConfiguration) -> str:
    if reaches_all(configuration):
        return _(
            "It was aborted here, but the platform reports that it went on. It reaches {all}: "
            "prepare a correction for them."
        )
    if platform().interrupts:
        return _(
            "It was aborted here, but the platform reports that it went on. It may reach its {r}. "
            "Check in the platform how many it reached, and prepare a correction for them."
        )
    return _(
        "It was aborted here, but the platform reports that it went on, and "
        "generation cannot be interrupted. It may reach its {r}. Check in the "
        "platform how many it reached, and prepare a correction for them."
    )


def _rest_stopped(configuration: SendConfiguration) -> str:
    if configuration.generated_records is None:
        return _(
            "The rest of it is stopped. How many messages had gone out is not known, and some may "
            "still be on their way."
        )
    if configuration.total_records is None:
        return _(
            "Stopped at {x} messages. How many recipients it has is not reported. Messages that "
            "were on their way may have arrived."
        )
    return _(
        "Stopped at {x} of {n}: about {rest} do not get it. Messages that were on their way may "
        "have arrived."
    )


def _stopped_midway(configuration: SendConfiguration) -> str:
    if platform().interrupts:
        return _rest_stopped(configuration)
    if configuration.generated_records is None:
        return _(
            "It was stopped after its generation had started: some of its {r} may have got it."
        )
    if configuration.total_records is None:
        return _(
            "It was stopped after {x} records had been generated: those may have reached their "
            "recipients. How many recipients it has is not reported."
        )
    return _(
        "It was stopped after {x} of its {n} records had been generated: those may have reached "
        "their recipients."
    )


def _stopped_by_platform(configuration: SendConfiguration) -> str:
    if not configuration.generated_records or configuration.total_records is None:
        return _(
            "The platform stopped it because of an error. Some of its {r} may have got "
            "it before that. Look for the cause in the platform."
        )
    return _(
        "The platform stopped it because of an error, after {x} of its {n} records had been "
        "generated: those may have reached their recipients. Look for the cause in the platform."
    )


def _too_late(decision: Refuse, configuration: SendConfiguration) -> str:
    if decision.consequences.fits_in_one_batch:
        return _(
            "Generation has started and cannot be interrupted. It fits in one batch, so it "
            "goes out completely, to {r}."
        )
    if configuration.generated_records is None or configuration.total_records is None:
        return _("Generation has started and cannot be interrupted. It goes out to {r}.")
    return _(
        "Generation has started and cannot be interrupted: {x} of {n} records are generated, and "
        "the rest follows batch by batch. It reaches all of them."
    )


def _not_abortable(state: State) -> str:
    match state:
        case State.DRAFT:
            return _("It is a draft: it reaches no one, and there is nothing to abort.")
        case State.WAITING_CONFIRMATION:
            return _(
                "It waits until its sender address is authorised, and reaches "
                "no one before that. If it must not go out, do not authorise "
                "the address in the platform."
            )
        case State.PENDING:
            return _(
                "The sending process is about to start it, and it cannot be aborted in "
                "this state. It will reach its {r}. Watch it: it can be aborted as soon as "
                "it is PROCESANDO: the platform then prepares its data."
            )
        case State.PAUSED:
            return _(
                "It is paused, and reaches no one else unless a person resumes "
                "it in the platform. Cancel it there if it must not go on."
            )
        case State.SMTP_ERROR:
            return _(
                "SMTP errors paused it, and the platform will retry automatically: it may "
                "still reach its {r}. Pause it in the platform if it must not go on."
            )
        case _:
            return _(
                "Its source reports the state “{raw}”, which Freio does not know: it may "
                "or may not reach its {r}. Check it in the platform."
            )


def notice(outcome: AbortOutcome, now: datetime) -> tuple[str, str]:
    """Return the notice after an attempt: the kind of Streamlit alert, and the text."""
    before, decision = outcome.before, outcome.decision
    parts = [_changed(outcome, now)] if outcome.changed_meanwhile else []
    match decision:
        case Refuse(reason=Refusal.ALREADY):
            unsure = (
                was_contradicted(before, platform())
                or is_paused_again(before, platform())
                or before.doubted_since is not None
            )
            kind = "error" if unsure else "warning" if awaits_confirmation(before) else "info"
            parts.append(prospect(decision, before, stops_sends=True))
            if outcome.earlier is not None and not outcome.changed_meanwhile:
                parts.append(_("By {who}, {when}.", **_who_and_when(outcome.earlier, now)))
        case Refuse():
            kind = "error"
            parts += [_("Not stopped."), prospect(decision, before, stops_sends=True)]
        case _:
            kind, text = _accepted(outcome)
            parts.append(_filled(text, outcome.after))
    return kind, f"**{escape_markdown(before.name)}** · " + " ".join(filter(None, parts))


def _accepted(outcome: AbortOutcome) -> tuple[str, str]:
    is_open = awaits_confirmation(outcome.after)
    match outcome.decision:
        case _ if outcome.receipt is not None and outcome.receipt.platform:
            return "info", ""
        case CancelUnconfirmed():
            return "warning", _(
                "The abort is recorded, but it is not known yet whether generation had "
                "begun: it may still reach up to {r}. The abort stays open until it is "
                "confirmed. Check in the platform: {path}."
            )
        case CancelRest() if is_open:
            return "warning", _(
                "The abort is recorded here, and the send goes on until it is stopped in the "
                "platform. **Now abort it there too:** {path}."
            )
        case CancelRest():
            return "success", _rest_stopped(outcome.after)
        case _ if is_open:
            return "warning", _(
                "The abort is recorded here, and it may still go out to its {r} until a file "
                "confirms it. **Now abort it in the platform too:** {path}."
            )
        case CancelAfterProcessing():
            return "success", _(
                "Abort accepted. When processing ends, it is stopped "
                "automatically and reaches {none}."
            )
        case _:
            return "success", _("Stopped. It reaches {none}.")


def _changed(outcome: AbortOutcome, now: datetime) -> str:
    before, receipt = outcome.before, outcome.receipt
    was_shown = receipt is not None and receipt.shown_state == before.state.value
    if receipt is not None and was_shown and receipt.shown_total != before.total_records:
        return _(
            "While you were deciding, its recipients changed from {a} to {b}.",
            a=amount(receipt.shown_total),
            b=amount(before.total_records),
        )
    if outcome.earlier is None:
        return _("While you were deciding, it changed to {state}.", state=state_name(before))
    return _(
        "While you were deciding, {who} aborted it ({when}).",
        **_who_and_when(outcome.earlier, now),
    )


def _who_and_when(receipt: Receipt, now: datetime) -> dict[str, str]:
    return {"who": person(receipt.actor), "when": i18n.moment(receipt.requested_at, now)}
