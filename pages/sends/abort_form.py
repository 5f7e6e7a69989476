"""The component in the abort dialog.

It has no widgets of Streamlit, because these lose the focus, the reason and the note at each
refresh.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.domain.freshness import Freshness
from core.domain.model import SendConfiguration
from core.domain.rules import CancelRest, Refuse, decide_abort
from core.domain.states import CAN_BE_STOPPED, Outlook, Refusal
from core.forecasting.flags import Flag
from core.forecasting.forecast import Forecast
from core.runtime.instance import platform
from core.services.reason_presets import read_presets
from core.settings import Settings
from pages.scripts.components import component
from pages.sends import abort_sentences, time_left
from pages.sends.flag_badges import badge
from pages.sends.verdict import may_have_begun, tells_age, verdict
from pages.text import i18n, live_text, names, palette
from pages.text.i18n import _

#: The maximum number of characters of a note, as in abort_form.html.
MAX_NOTE = 500

KEY = "abort_form"

# No shadow root: the Tab key skips shadow roots in dialogs (no upstream issue found).
mount = component("freio_abort_form", isolate_styles=False)


def pressed(key: str) -> dict[str, str]:
    """Return the person's answer from the form with this key. A missing or malformed value is "".

    - `id`: the id of the send, or of the dialog of a bulk abort.
    - `shown`: the id of the facts on the screen.
    - `typed`: the typed number of sends for a bulk abort.
    """
    sent = st.session_state[key].get("confirm")
    given = sent if isinstance(sent, dict) else {}
    found = {name: given.get(name) for name in ("id", "shown", "typed", "reason", "note")}
    texts = {name: text if isinstance(text, str) else "" for name, text in found.items()}
    return texts | {"note": texts["note"][:MAX_NOTE]}


def question(
    configuration: SendConfiguration,
    fresh: Freshness,
    forecast: Forecast,
    flags: Sequence[Flag],
    *,
    settings: Settings,
    stops_sends: bool,
) -> dict[str, Any]:
    """Return the data of the form for a send."""
    now, decision = fresh.now, decide_abort(configuration, platform())
    refusal = decision.reason if isinstance(decision, Refuse) else None
    closes = time_left.closes_at(configuration, decision, forecast)
    word, outlook = verdict(configuration, closes, fresh)
    is_old, is_doubtful = tells_age(configuration, fresh), may_have_begun(configuration, outlook)
    left = time_left.time_left(decision, closes, fresh)
    has_point_of_no_return = closes is not None or not isinstance(decision, CancelRest)
    helps = abort_sentences.what_helps(decision, configuration)
    return {
        "name": configuration.name,
        "outlook": palette.name_of(outlook),
        "light": "green" if outlook in CAN_BE_STOPPED else "fixed",
        "is_doubtful": is_doubtful,
        "verdict": live_text.verdict_light(word, outlook, fresh, tells_age=is_old),
        "recipients_label": _("Recipients"),
        "recipients": names.amount(configuration.total_records),
        "left_label": names.point_of_no_return(),
        "left": live_text.time_left(left, closes, fresh)
        if refusal is None and has_point_of_no_return
        else "",
        "sentence": abort_sentences.situation(
            decision, configuration, stops_sends=stops_sends, may_have_begun=is_doubtful
        ),
        "help_label": _("What still helps:") if helps else "",
        "help": helps,
        "final": _("This cannot be undone.") if refusal is None else "",
        "warnings": [badge(flag, now).why for flag in flags],
        "account_label": _("Account"),
        "account": configuration.account,
        "channel_label": _("Channel"),
        "channel": configuration.channel,
        "audience_label": _("Audience"),
        "audience": configuration.audience,
        "state_label": _("State"),
        "state": names.state_name(configuration),
        "meaning": names.processing_meaning([names.state_name(configuration)]),
        "scheduled_label": _("Scheduled"),
        "scheduled": names.scheduled(
            configuration.scheduled_at,
            lambda at: f"{i18n.weekday(at)}, {i18n.hour(at)} ({i18n.zone_name()})",
        ),
        "age_label": _("Data"),
        "age": live_text.facts_age(fresh),
        "why_label": _("Time left"),
        "why": time_left.explain(configuration, decision, forecast, fresh),
        "can_abort": refusal is None,
        "confirm": _("Abort this send") if refusal is None else _refusal(refusal),
        "keep": _("Don't abort") if refusal is None else _("Close"),
    } | _texts(settings)


def missing(settings: Settings) -> dict[str, Any]:
    """Return the data of the form if Freio no longer has the send."""
    return {
        "outlook": Outlook.UNCERTAIN.value,
        "light": "fixed",
        "sentence": _(
            "This send is no longer in Freio, and nothing was stopped. Only the "
            "platform shows whether it goes out. Look for it there."
        ),
        "warnings": [],
        "can_abort": False,
        "confirm": _("Cannot be aborted"),
        "keep": _("Close"),
    } | _texts(settings)


def _texts(settings: Settings) -> dict[str, Any]:
    return {
        "old": _(
            "These facts are old. The send may have begun since then; check in the platform too."
        ),
        "id_label": _("ID"),
        "copy": _("Copy"),
        "copy_label": _("Copy the ID"),
        "copied": _("Copied"),
    } | answer_texts(settings)


def answer_texts(settings: Settings) -> dict[str, Any]:
    """Return the texts about reason and note."""
    return {
        "needs_reason": settings.reason_required,
        "reason_label": _("Reason (required)") if settings.reason_required else _("Reason"),
        "reasons": [(code, names.reason_name(code)) for code in read_presets(settings.reasons)],
        "note_label": _("Note (optional)"),
    }


def _refusal(reason: Refusal) -> str:
    return {
        Refusal.TOO_LATE: _("Too late"),
        Refusal.FINISHED: _("Too late"),
        Refusal.ALREADY: _("Already aborted"),
    }.get(reason, _("Cannot be aborted"))
