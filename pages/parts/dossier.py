"""All about one send."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import streamlit as st

from core.access import Right
from core.forecast import UNKNOWN
from core.freshness import Freshness
from core.insights import Dossier
from core.model import SendConfiguration
from core.rules import Refuse, decide_abort, finished_short
from pages.parts import abort, ahead, concerns, foretold, palette, say, session, undo, words
from pages.parts.charts import colour
from pages.parts.receipts import draw_receipts
from pages.parts.say import _


def draw_dossier(found: Dossier, now: datetime) -> None:
    """Draw one send: what can be done first, then its facts, timeline, batches and receipts."""
    configuration = found.configuration
    st.title(words.escape(configuration.name))
    st.caption(_("One send: what can still be done about it, and what happened to it."))
    fresh = session.freshness()
    concerns.draw_concerns_of(configuration.id, found.receipts, now)
    insights = session.freio().insights
    flags = insights.flags([configuration]).get(configuration.id, ())
    foretold.draw_flags(tuple(flags), now)
    _verdict(configuration, fresh)
    undo.draw_undo(configuration)
    _facts(configuration)
    left, right = st.columns(2, gap="large")
    with left:
        st.header(_("Timeline"))
        _timeline(found)
    with right:
        st.header(_("Batches"))
        _batches(configuration)
        if (progress := insights.progress(found)) is not None:
            foretold.draw_pace(progress, now)
        st.header(_("Attempts to abort"))
        draw_receipts(found.receipts, now, named=False)


def _verdict(configuration: SendConfiguration, fresh: Freshness) -> None:
    now = fresh.now
    known = session.freio().insights.forecasts([configuration], now)
    forecast = known.get(configuration.id, UNKNOWN)
    word, outlook = ahead.verdict(configuration, forecast, fresh)
    decision = decide_abort(configuration)
    with st.container(border=True):
        st.html(
            f"<p style='margin:0;font-size:1.4rem;font-weight:650;color:{colour(outlook)}'>"
            f"{palette.SIGNS[outlook]} {word}</p>"
        )
        own = session.freio().is_demo()
        st.markdown(words.escape(words.prospect(decision, configuration, own_record=own)))
        if isinstance(decision, Refuse) or not session.may(Right.STOP):
            return
        foretold.draw_point_of_no_return(configuration, forecast, fresh)
        st.button(
            _("Abort {name}", name=words.escape(configuration.name)),
            key="abort_this",
            type="primary",
            on_click=abort.ask,
            args=(configuration.id,),
        )


def _facts(c: SendConfiguration) -> None:
    generated = (
        _("not reported") if c.generated_records is None else say.number(c.generated_records)
    )
    facts = {
        _("State"): words.state_name(c),
        _("Recipients"): say.number(c.total_records),
        _("Generated"): generated,
        _("Scheduled"): say.exact(c.scheduled_at),
        _("Account"): c.account,
        _("Channel"): c.channel,
        _("Campaign"): c.campaign,
        _("Audience"): c.audience,
        _("Created by"): c.created_by,
        _("Number"): c.id,
        _("Last report of the platform"): say.exact(c.updated_at) if c.updated_at else "",
    }
    with st.container(horizontal=True, gap="small"):
        for label, value in facts.items():
            if value:
                st.markdown(f":small[{label}]  \n**{words.escape(value)}**", width="content")


def _timeline(found: Dossier) -> None:
    entries = _milestones(found.configuration) + [
        (
            change.changed_at,
            change.to_state.value
            if change.from_state is not change.to_state
            else _("{n} generated", n=say.number(change.generated_records or 0)),
            f"{words.source_word(change.source)} · {words.person(change.actor)}",
        )
        for change in found.history
    ]
    entries.sort(key=lambda e: e[0])
    table = pd.DataFrame(
        [(say.exact(at), what, whence) for at, what, whence in reversed(entries)],
        columns=[_("Time"), _("What"), _("From")],
    )
    st.dataframe(table, hide_index=True, height=min(420, 38 + 35 * len(table)))


def _milestones(c: SendConfiguration) -> list[tuple[datetime, str, str]]:
    """Return the times that the platform itself reports, apart from what was seen change here."""
    reported = [
        (c.scheduled_at, _("Scheduled time")),
        (c.processing_started_at, _("Processing started")),
        (c.in_progress_at, _("In progress")),
        (c.generation_started_at, _("Generation started")),
        (c.finished_at, _("Finished")),
        (c.unreported_since, _("No longer in its source's list")),
    ]
    return [(at, what, _("the send's own facts")) for at, what in reported if at is not None]


def _batches(configuration: SendConfiguration) -> None:
    numbers = decide_abort(configuration).consequences
    if numbers.batches_begun is None:
        st.markdown(_("The source does not report how many records are generated."))
        return
    st.progress(
        min(1.0, numbers.batches_begun / max(1, numbers.batches)),
        text=_(
            "{x} of {n} begun, at 5,000 records a batch",
            x=say.number(numbers.batches_begun),
            n=say.plural("{n} batch", "{n} batches", numbers.batches),
        ),
    )
    if numbers.fits_in_one_batch and not finished_short(configuration):
        st.caption(_("It fits in one batch: once generation starts, it goes out whole."))
