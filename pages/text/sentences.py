"""The sentences about a send: what can be done, what was done, and why not."""

from __future__ import annotations

from datetime import datetime

from core.domain.freshness import Freshness, outlook_now
from core.domain.model import Confirmation, Receipt, Role, SendConfiguration, Source
from core.domain.rules import (
    CancelAfterProcessing,
    CancelNow,
    CancelUnconfirmed,
    Decision,
    Refuse,
    awaits_confirmation,
    decide_abort,
    finished_short,
    outlook_of,
    stopped_midway,
    was_contradicted,
)
from core.domain.states import Outlook, Refusal, State, Verdict
from core.runtime.application import settings
from core.services.aborts import AbortOutcome
from core.services.reason_presets import name_of, read_presets
from pages.text import i18n
from pages.text.i18n import _
from pages.viewer.language import reader

#: Where to abort a send in the platform itself, in the platform's own words.
PLATFORM_PATH = (
    "Programar Envios → Listar Configurações → Estado de Envio → opções avançadas → Abortar"
)


def state_name(configuration: SendConfiguration) -> str:
    """Return the state as the platform writes it; an unknown one in the source's own words."""
    if configuration.state is State.UNKNOWN and configuration.raw_state:
        return configuration.raw_state
    return configuration.state.value


def outlook_name(outlook: Outlook) -> str:
    """Return what an outlook is called."""
    return {
        Outlook.STOPPABLE: _("Can be stopped"),
        Outlook.STOPPED: _("Stopped"),
        Outlook.UNCERTAIN: _("Uncertain"),
        Outlook.TOO_LATE: _("Too late"),
        Outlook.FINISHED: _("Finished"),
        Outlook.NOT_RUNNING: _("Not running"),
    }[outlook]


def verdict(configuration: SendConfiguration, fresh: Freshness) -> tuple[str, Outlook]:
    """Return the word for what can be done about a send, and the outlook that colours it."""
    if was_contradicted(configuration):
        return _("Went on anyway"), Outlook.TOO_LATE
    if awaits_confirmation(configuration):
        return _("Not confirmed"), Outlook.UNCERTAIN
    outlook = outlook_now(configuration, fresh)
    if configuration.doubted_since is not None and outlook is Outlook.UNCERTAIN:
        return _("Uncertain – reports disagree"), outlook
    if stopped_midway(configuration):
        return _("Stopped midway"), outlook
    if outlook is not outlook_of(configuration):
        if configuration.unreported_since is not None:
            return _("No longer reported"), outlook
        return _("Uncertain – data is {age} old", age=i18n.span(fresh.age)), outlook
    if configuration.state is State.CANCELLING:
        return _("Will be stopped"), outlook
    return outlook_name(outlook), outlook


def tells_age(configuration: SendConfiguration, fresh: Freshness) -> bool:
    """Tell whether the verdict is the age of the data: it could be stopped when that was new."""
    is_reported = configuration.unreported_since is None
    return fresh.is_old and is_reported and outlook_of(configuration) is Outlook.STOPPABLE


def reason_word(configuration: SendConfiguration) -> str:
    """Return in a word why a send cannot be stopped, or nothing where it can."""
    decision = decide_abort(configuration)
    if not isinstance(decision, Refuse):
        return ""
    if was_contradicted(configuration):
        return _("went on anyway")
    if awaits_confirmation(configuration):
        return _("not confirmed")
    if configuration.doubted_since is not None:
        return _("reports disagree")
    if finished_short(configuration):
        return _("finished short")
    if decision.reason is Refusal.FINISHED and decision.consequences.gone is None:
        # How many it reached is not reported, or not known yet.
        return _("going out") if configuration.state is State.DELIVERY_ENDING else _("finished")
    if decision.reason is Refusal.ALREADY:
        return _("stopping") if configuration.state is State.CANCELLING else _("stopped")
    return {
        Refusal.TOO_LATE: _("already generating"),
        Refusal.FINISHED: _("gone out"),
        Refusal.PLATFORM_STOPPED: _("stopped by the platform"),
        Refusal.NOT_ABORTABLE_STATE: _("not from this state"),
        Refusal.NOT_ALLOWED: _("not with your role"),
    }[decision.reason]


def recipients(count: int) -> str:
    """Return a number of recipients in words."""
    return i18n.plural("{n} recipient", "{n} recipients", count)


def prospect(
    decision: Decision, configuration: SendConfiguration, *, store_is_platform: bool
) -> str:
    """Say what aborting now does, and what it takes where the store only mirrors a platform."""
    said = consequence(decision, configuration)
    if configuration.doubted_since is not None and not isinstance(decision, Refuse):
        said = _(
            "Two reports disagree about it, and nothing tells which is newer. By the last one that "
            "was taken: {said}",
            said=said,
        )
    if store_is_platform or isinstance(decision, Refuse):
        return said
    return _(
        "This only records the abort here: the send stops when it is aborted in the platform too "
        "({path}). As far as its last report says: {said}",
        path=PLATFORM_PATH,
        said=said,
    )


def consequence(decision: Decision, configuration: SendConfiguration) -> str:
    """Say in one sentence what aborting this send now does, or why it cannot be done."""
    people = recipients(configuration.total_records)
    match decision:
        case CancelNow() if configuration.state is State.SCHEDULED:
            return _(
                "Nothing has been processed. Stopped now, it reaches none of its {r}.", r=people
            )
        case CancelNow():
            return _("Sending has not begun. Stopped now, it reaches none of its {r}.", r=people)
        case CancelAfterProcessing():
            return _(
                "Its data is being processed. Processing runs to its end, then the send is "
                "cancelled by itself and reaches none of its {r}.",
                r=people,
            )
        case CancelUnconfirmed():
            return _(
                "The source does not say whether generation has begun. The abort is recorded and "
                "stays open until it is confirmed; it may still reach up to {r}.",
                r=people,
            )
        case Refuse():
            return _refusal(decision, configuration)


def _refusal(decision: Refuse, configuration: SendConfiguration) -> str:
    match decision.reason:
        case Refusal.TOO_LATE:
            return _too_late(decision, configuration)
        case _ if configuration.doubted_since is not None and not (
            was_contradicted(configuration) or awaits_confirmation(configuration)
        ):
            return _(
                "It was reported as {state}, but another report says otherwise, and nothing tells "
                "which is newer: it may or may not reach its {r}. Look at it in the platform.",
                state=state_name(configuration),
                r=recipients(configuration.total_records),
            )
        case Refusal.FINISHED if configuration.state is State.DELIVERY_ENDING:
            return _ending(decision, configuration)
        case Refusal.FINISHED:
            return _finished(decision, configuration)
        case Refusal.ALREADY if was_contradicted(configuration):
            return _(
                "It was aborted here, but the platform reports that it went on all the same, and "
                "generation cannot be interrupted. It may reach its {r}. Look in the platform how "
                "far it got, and prepare a correction for them.",
                r=recipients(configuration.total_records),
            )
        case Refusal.ALREADY if awaits_confirmation(configuration):
            return _(
                "Its abort is recorded here, but the platform does not report it as cancelled: it "
                "may still reach its {r}. Make sure that it is aborted there too: {path}.",
                path=PLATFORM_PATH,
                r=recipients(configuration.total_records),
            )
        case Refusal.ALREADY if stopped_midway(configuration):
            return _stopped_midway(configuration)
        case Refusal.ALREADY if configuration.state is State.CANCELLING:
            return _(
                "Its abort was accepted; it is cancelled by itself when processing ends, and "
                "reaches nobody. There is nothing left to do."
            )
        case Refusal.ALREADY:
            return _("It has been stopped. It reaches nobody, and there is nothing left to do.")
        case Refusal.PLATFORM_STOPPED:
            return _(
                "The platform stopped it by itself, on an error. Some of its {r} may have got it "
                "before. Look for the cause there.",
                r=recipients(configuration.total_records),
            )
        case Refusal.NOT_ABORTABLE_STATE:
            return _not_abortable(configuration)
        case Refusal.NOT_ALLOWED:
            raise AssertionError(decision)  # the abort rule knows no roles


def _ending(decision: Refuse, configuration: SendConfiguration) -> str:
    if decision.consequences.gone is not None:
        return _(
            "Its last batches are going out and cannot be interrupted. It reaches its {r}. If "
            "it is wrong, prepare a correction for them.",
            r=recipients(configuration.total_records),
        )
    if configuration.generated_records is None:
        return _(
            "Its last batches are going out and cannot be interrupted. How many of its {r} it "
            "reaches is not reported. If it is wrong, prepare a correction for them.",
            r=recipients(configuration.total_records),
        )
    return _(
        "Its last batches are going out and cannot be interrupted: {x} of its {n} records are "
        "generated. If it is wrong, prepare a correction for those who get it.",
        x=i18n.number(configuration.generated_records),
        n=i18n.number(configuration.total_records),
    )


def _finished(decision: Refuse, configuration: SendConfiguration) -> str:
    if finished_short(configuration):
        return _(
            "It has finished short: {x} of its {n} records were generated, and as far as its "
            "source reports it reached nobody else. If it was wrong, prepare a correction for "
            "those who got it.",
            x=i18n.number(configuration.generated_records or 0),
            n=i18n.number(configuration.total_records),
        )
    if decision.consequences.gone is None:
        return _(
            "It has finished. How many of its {r} it reached is not reported. If it was wrong, "
            "prepare a correction for them.",
            r=recipients(configuration.total_records),
        )
    return _(
        "It has gone out to its {r}. If it was wrong, prepare a correction for them.",
        r=recipients(configuration.total_records),
    )


def _stopped_midway(configuration: SendConfiguration) -> str:
    if configuration.generated_records is None:
        return _(
            "It was stopped after its generation had started: some of its {r} may have got it. If "
            "it was wrong, prepare a correction for them.",
            r=recipients(configuration.total_records),
        )
    return _(
        "It was stopped after {x} of its {n} records had been generated: those may have reached "
        "their recipients. If it was wrong, prepare a correction for them.",
        x=i18n.number(configuration.generated_records),
        n=i18n.number(configuration.total_records),
    )


def _too_late(decision: Refuse, configuration: SendConfiguration) -> str:
    total = recipients(configuration.total_records)
    if decision.consequences.fits_in_one_batch:
        return _(
            "Generation has started and cannot be interrupted. It fits in one batch, so it goes "
            "out whole, to {r}. If it is wrong, prepare a correction for them.",
            r=total,
        )
    if configuration.generated_records is None:
        return _(
            "Generation has started and cannot be interrupted. It goes out to {r}. If it is wrong, "
            "prepare a correction for them.",
            r=total,
        )
    return _(
        "Generation has started and cannot be interrupted: {x} of {n} records are generated, and "
        "the rest follows batch by batch. It reaches all of them. If it is wrong, prepare a "
        "correction.",
        x=i18n.number(configuration.generated_records),
        n=i18n.number(configuration.total_records),
    )


def _not_abortable(configuration: SendConfiguration) -> str:
    match configuration.state:
        case State.DRAFT:
            return _("It is a draft: it reaches nobody, and there is nothing to abort.")
        case State.WAITING_CONFIRMATION:
            return _(
                "It waits until its sender address is authorised, and reaches nobody before. Leave "
                "that undone in the platform if it must not go out."
            )
        case State.PENDING:
            return _(
                "It is about to be picked up by the sending process and cannot be aborted in this "
                "state. It will reach its {r}. Watch it: it can be aborted as soon as it is "
                "PROCESANDO.",
                r=recipients(configuration.total_records),
            )
        case State.PAUSED:
            return _(
                "It is paused, and reaches nobody more unless somebody resumes it in the platform. "
                "Cancel it there if it must not go on."
            )
        case State.SMTP_ERROR:
            return _(
                "SMTP errors paused it, and the platform tries again by itself: it may still reach "
                "its {r}. Pause it in the platform if it must not go on.",
                r=recipients(configuration.total_records),
            )
        case _:
            return _(
                "Its source calls its state “{raw}”, which Freio does not know: it may or may not "
                "reach its {r}. Look at it in the platform.",
                r=recipients(configuration.total_records),
                raw=configuration.raw_state or "?",
            )


def person(name: str) -> str:
    """Return who did something, where it was not somebody with a name of their own."""
    known = {"local operator": _("local operator"), "demo visitor": _("demo visitor")}
    return known.get(name, name)


def who_and_when(receipt: Receipt, now: datetime) -> str:
    """Say who stopped a send, and when."""
    return _(
        "By {who}, {when}.", who=person(receipt.actor), when=i18n.moment(receipt.requested_at, now)
    )


def notice(outcome: AbortOutcome, now: datetime) -> tuple[str, str]:
    """Return what is true after an attempt: how to show it (Streamlit's alerts), and the text."""
    parts = []
    if outcome.changed_meanwhile:
        parts.append(
            _("While you were deciding, it changed to {state}.", state=state_name(outcome.before))
        )
    name = outcome.before.name
    match outcome.decision:
        case CancelNow() | CancelAfterProcessing() if awaits_confirmation(outcome.after):
            kind = "warning"
            parts.append(
                _(
                    "The abort is recorded here, and it may still go out to its {r} until a feed "
                    "confirms it. **Now abort it in the platform too:** {path}.",
                    path=PLATFORM_PATH,
                    r=recipients(outcome.before.total_records),
                )
            )
        case CancelNow():
            kind = "success"
            people = recipients(outcome.before.total_records)
            parts.append(_("Stopped. It reaches none of its {r}.", r=people))
        case CancelAfterProcessing():
            kind = "success"
            parts.append(
                _(
                    "Abort accepted. When processing ends, it is cancelled by itself and reaches "
                    "none of its {r}.",
                    r=recipients(outcome.before.total_records),
                )
            )
        case CancelUnconfirmed():
            kind = "warning"
            parts.append(
                _(
                    "The abort is recorded, but nobody can say yet whether generation had begun: "
                    "it may still reach up to {r}. It stays open until it is confirmed. Look in "
                    "the platform: {path}.",
                    path=PLATFORM_PATH,
                    r=recipients(outcome.before.total_records),
                )
            )
        case Refuse(reason=Refusal.ALREADY):
            unsure = was_contradicted(outcome.before) or outcome.before.doubted_since is not None
            kind = "error" if unsure else "info"
            parts.append(consequence(outcome.decision, outcome.before))
            if outcome.earlier is not None:
                parts.append(who_and_when(outcome.earlier, now))
        case Refuse():
            kind = "error"
            parts.append(_("Not stopped."))
            parts.append(consequence(outcome.decision, outcome.before))
    return kind, f"**{escape(name)}** · " + " ".join(parts)


def escape(text: str) -> str:
    """Keep a text from a file from being read as Markdown."""
    return "".join(f"\\{c}" if c in r"\`*_{}[]()<>#+-.!|$~:^=&" else c for c in text).replace(
        "\n", " "
    )


def outcome_word(receipt: Receipt) -> str:
    """Return in a word or two what came of an attempt."""
    if receipt.refusal is not None:
        return {
            Refusal.TOO_LATE: _("Refused: too late"),
            Refusal.FINISHED: _("Refused: finished"),
            Refusal.ALREADY: _("Already stopped"),
            Refusal.PLATFORM_STOPPED: _("Refused: stopped by the platform"),
            Refusal.NOT_ABORTABLE_STATE: _("Refused: not from this state"),
            Refusal.NOT_ALLOWED: _("Refused: not allowed"),
        }[receipt.refusal]
    if receipt.confirmation is Confirmation.CONTRADICTED:
        return _("Went on anyway")
    if receipt.confirmation is Confirmation.OPEN:
        unsure = receipt.verdict is Verdict.CANCEL_UNCONFIRMED
        return _("Recorded, uncertain") if unsure else _("Recorded, not confirmed")
    later = receipt.verdict is Verdict.CANCEL_AFTER_PROCESSING
    return _("Cancelled after processing") if later else _("Cancelled")


def role_name(role: str) -> str:
    """Say as what somebody acted."""
    return {
        Role.VIEWER.value: _("viewer"),
        Role.OPERATOR.value: _("operator"),
        Role.ADMINISTRATOR.value: _("administrator"),
    }.get(role, "–")


def confirmation_word(confirmation: Confirmation) -> str:
    """Return what is known about whether an abort held."""
    return {
        Confirmation.CONFIRMED: _("confirmed"),
        Confirmation.OPEN: _("open"),
        Confirmation.CONTRADICTED: _("contradicted"),
        Confirmation.NOT_APPLICABLE: "–",
    }[confirmation]


def source_word(source: Source) -> str:
    """Return where a change came from."""
    return {
        Source.FEED: _("feed"),
        Source.ABORT: _("abort"),
        Source.PLATFORM: _("platform"),
        Source.SIMULATOR: _("simulated platform"),
    }[source]


def reason_name(code: str) -> str:
    """Return a preset reason in words, those of one's own by what their file calls them."""
    own = name_of(read_presets(settings().reasons), code, reader().language)
    return own or {
        "wrong_content": _("Wrong content"),
        "wrong_audience": _("Wrong audience"),
        "wrong_time": _("Wrong time"),
        "duplicate": _("Duplicate"),
        "legal": _("Legal"),
        "other": _("Other"),
        "": "–",
    }.get(code, code)
