"""The content of the page of a send."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from core.access.permissions import Right
from core.domain.delivery import Delivery
from core.domain.freshness import Freshness
from core.domain.model import Confirmation, SendConfiguration
from core.domain.rules import Refuse, decide_abort, finished_short
from core.domain.states import STOPPED_HERE, Generation, State
from core.forecasting.flags import Stuck, current_wait
from core.forecasting.forecast import UNKNOWN
from core.runtime.instance import platform
from core.services.queries import SendDetails
from pages.log.receipt_rows import draw_receipts
from pages.sends import (
    abort_dialog,
    abort_sentences,
    flag_badges,
    send_forecasts,
    send_timeline,
    time_left,
)
from pages.sends.verdict import may_have_begun, tells_age, verdict
from pages.shell import concern_lines, freshness_line, page_run
from pages.text import delivery_words, i18n, live_text, names
from pages.text.i18n import _
from pages.text.markdown import escape_markdown


def draw_send(found: SendDetails, now: datetime) -> None:
    """Draw all parts of the page."""
    configuration = found.configuration
    st.title(escape_markdown(configuration.name))
    fresh = freshness_line.draw_freshness()
    queries = page_run.view().queries
    # Draw empty containers too. A missing container makes Streamlit show the parts below twice
    # during a run.
    with st.container():
        concern_lines.draw_concerns_of(configuration.id, found.receipts, now)
    with st.container():
        flags = queries.flags([configuration], fresh).get(configuration.id, ())
        flag_badges.draw_flags(tuple(flags), now)
        is_stuck = any(isinstance(flag, Stuck) for flag in flags)
        if not is_stuck and configuration.generation is not Generation.STARTED:
            wait = current_wait(configuration, queries.forecasting.baselines())
            send_forecasts.draw_wait(wait, fresh)
    _verdict(found, fresh)
    with st.container():
        _draw_help_after_abort(configuration)
    delivery = found.delivery
    lacks_count = delivery is not None and delivery_words.lacks_count(configuration, delivery)
    _facts(configuration, lacks_count)
    with st.container():
        changes = (names.state_word(change.to_state) for change in found.history)
        if meaning := names.processing_meaning([names.state_name(configuration), *changes]):
            st.caption(meaning)
    left, right = st.columns(2, gap="large")
    with left:
        st.header(_("Timeline"))
        send_timeline.draw_timeline(found, now)
    with right:
        if platform().interrupts:
            st.header(_("Progress"))
            if delivery is not None and lacks_count:
                unknown = _("How many messages have gone out is unknown.")
                last = delivery_words.last_number(delivery, configuration)
                st.markdown(" ".join(filter(None, [unknown, last])))
            else:
                _sent(configuration, delivery)
        else:
            st.header(_("Batches"))
            _batches(configuration)
        if (progress := queries.progress(found)) is not None:
            send_forecasts.draw_pace(progress, now)
    st.header(_("Attempts to abort"))
    draw_receipts(found.receipts, now, named=False, deliveries=found.deliveries)


def _verdict(found: SendDetails, fresh: Freshness) -> None:
    configuration, delivery = found.configuration, found.delivery
    forecasting = page_run.view().queries.forecasting
    known = forecasting.forecasts([configuration], fresh.now)
    forecast = known.get(configuration.id, UNKNOWN)
    decision = decide_abort(configuration, platform())
    closes = time_left.closes_at(configuration, decision, forecast, delivery)
    word, outlook = verdict(configuration, closes, fresh, delivery)
    with st.container(border=True):
        is_old = tells_age(configuration, fresh)
        light = live_text.verdict_light(word, outlook, fresh, tells_age=is_old)
        st.html(f"<p class='send-verdict' {live_text.tone_attributes(outlook)}>{light}</p>")
        if delivery is not None and delivery_words.is_current(configuration, delivery):
            st.markdown(delivery_words.sentence(delivery, fresh.now, configuration)[1])
        else:
            stops = page_run.view().app.stops_sends()
            sentence = abort_sentences.prospect(
                decision,
                configuration,
                stops_sends=stops,
                may_have_begun=may_have_begun(configuration, outlook),
            )
            st.markdown(escape_markdown(sentence))
        if time_left.is_still_scheduled(configuration, delivery):
            send_forecasts.draw_point_of_no_return(configuration, decision, UNKNOWN, fresh)
        if isinstance(decision, Refuse) or not page_run.may(Right.STOP):
            return
        # On a phone, the button must be visible without scrolling, so draw it above the forecast.
        st.button(
            _("Abort {name}", name=escape_markdown(configuration.name)),
            key="abort_this",
            type="primary",
            on_click=abort_dialog.request_dialog,
            args=(configuration.id,),
        )
        send_forecasts.draw_point_of_no_return(configuration, decision, forecast, fresh)


def _facts(c: SendConfiguration, lacks_count: bool) -> None:
    generated = (
        _("not reported") if c.generated_records is None else i18n.number(c.generated_records)
    )
    if lacks_count:
        generated = _("unknown")
    facts = {
        _("State"): names.state_name(c),
        _("Recipients"): names.amount(c.total_records),
        _(platform().generated): generated,
        _("Scheduled"): names.scheduled(c.scheduled_at, i18n.exact),
        _("Account"): c.account,
        _("Channel"): c.channel,
        _("Campaign"): c.campaign,
        _("Audience"): c.audience,
        _("Created by"): c.created_by,
        _("ID"): c.id,
        _("Last report of the platform"): i18n.exact(c.updated_at) if c.updated_at else "",
    }
    with st.container(horizontal=True, gap="small"):
        for label, value in facts.items():
            if value:
                st.markdown(f":small[{label}]  \n**{escape_markdown(value)}**", width="content")


def _draw_help_after_abort(aborted: SendConfiguration) -> None:
    if aborted.state not in STOPPED_HERE or aborted.abort_confirmation in (
        None,
        Confirmation.CONTRADICTED,
    ):
        return
    with st.expander(_("Aborted by mistake?"), key="undo"):
        st.markdown(
            _(
                "Freio cannot undo an abort. Schedule the send again in the platform; copy "
                "its facts from here."
            )
        )
        st.code(facts_to_schedule(aborted), language=None)


def facts_to_schedule(c: SendConfiguration) -> str:
    """Return the facts for scheduling a send again, as lines of text."""
    known = {
        _("Name"): c.name,
        _("Campaign"): c.campaign,
        _("Account"): c.account,
        _("Channel"): c.channel,
        _("Audience"): c.audience,
        _("Recipients"): names.amount(c.total_records),
        _("Scheduled"): names.scheduled(
            c.scheduled_at, lambda at: at.astimezone(i18n.zone()).isoformat(sep=" ")
        ),
        _("Created by"): c.created_by,
        _("ID of the aborted send"): c.id,
    }
    return "\n".join(f"{name}: {' '.join(value.split())}" for name, value in known.items() if value)


def _sent(configuration: SendConfiguration, delivery: Delivery | None) -> None:
    sent, total = configuration.generated_records, configuration.total_records
    if sent is None:
        st.markdown(_("The source does not report how many messages have gone out."))
        return
    if total is None:
        st.markdown(_("{x} have gone out", x=sent))
        return
    if not _is_counting(configuration, delivery):
        text = _("{x} of {n} have gone out", x=sent, n=total)
    elif sent:
        text = _("At least {x} of {n} have gone out", x=sent, n=total)
    else:
        text = _("At its last report, none of {n} had gone out", n=total)
    st.progress(min(1.0, sent / max(1, total)), text=text)


def _is_counting(c: SendConfiguration, delivery: Delivery | None) -> bool:
    """Return whether more messages may have gone out since the last report."""
    if c.state in STOPPED_HERE and c.abort_confirmation is Confirmation.CONFIRMED:
        if delivery is None or not delivery_words.is_current(c, delivery):
            return False
        return not delivery_words.has_final_numbers(delivery)
    if c.state in STOPPED_HERE:
        return c.abort_confirmation is not None
    return c.state in (State.IN_PROGRESS, State.PAUSED) or (
        c.state is State.SCHEDULED and c.generation is Generation.STARTED
    )


def _batches(configuration: SendConfiguration) -> None:
    numbers = decide_abort(configuration, platform()).consequences
    if numbers.batches_begun is None:
        st.markdown(_("The source does not report how many records are generated."))
        return
    if numbers.batches is None:
        st.markdown(_("The source does not report how many recipients it has."))
        return
    st.progress(
        min(1.0, numbers.batches_begun / max(1, numbers.batches)),
        text=_(
            "{x} of {n} begun, with 5,000 records in each batch",
            x=numbers.batches_begun,
            n=i18n.plural("{n} batch", "{n} batches", numbers.batches),
        ),
    )
    if numbers.fits_in_one_batch and not finished_short(configuration):
        st.caption(_("It fits in one batch: once generation starts, it goes out completely."))
