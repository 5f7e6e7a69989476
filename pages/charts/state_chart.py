"""The number of sends in each state. Only states that are not final have a bar."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

import streamlit as st

from core.domain.list_query import StateCount
from core.domain.states import STOPPED_HERE, Outlook, State
from pages import scripts
from pages.charts.chart_parts import heading
from pages.charts.overview_data import OverviewData
from pages.sends.list_filters import PAGE
from pages.shell.page_run import shared
from pages.text import i18n, live_text, names, palette
from pages.text.i18n import _
from pages.text.links import link

SENDS, RECIPIENTS = "sends", "recipients"

#: Final states have no bars. The many ended sends would make all other bars very short.
ENDED: Final = (State.SENT_DONE, State.CANCELLED, State.ABORTED)


def draw_states(data: OverviewData) -> None:
    """Draw the number of sends, or of recipients, in each state."""
    measures = {SENDS: _("Sends"), RECIPIENTS: _("Recipients")}
    measure = heading("states", _("By state"), _("Count"), measures)
    if not data.states:
        st.caption(_("There are no sends yet."))
        return
    st.html(shared(_states, data, by_recipients=measure == RECIPIENTS))
    if measure == RECIPIENTS and (text := names.left_out(sum(c.unsized for c in data.states))):
        st.caption(text)


def _states(data: OverviewData, *, by_recipients: bool) -> str:
    return scripts.style("charts/state_chart.css") + states_html(data.states, by_recipients)


def states_html(counts: Sequence[StateCount], by_recipients: bool) -> str:
    """Return the bars and the numbers as HTML."""
    order = {state: place for place, state in enumerate(State)}
    rows = sorted(counts, key=lambda c: (order[c.state], list(Outlook).index(c.outlook)))
    live = [c for c in rows if c.state not in ENDED]
    ended = [c for c in rows if c.state in ENDED]
    most = max([1, *(_amount(c, by_recipients) for c in live)])
    split = {c.state for c in rows if sum(1 for o in rows if o.state is c.state) > 1}
    # If the aborts of CANCELLING or CANCELLED sends are open or contradicted, the name contains the
    # outlook.
    split |= {c.state for c in rows if c.state in STOPPED_HERE and c.outlook is not Outlook.STOPPED}
    bars = "".join(_bar(c, c.state in split, by_recipients, most) for c in live)
    numbers = "".join(
        f"<li {live_text.tone_attributes(c.outlook)}>{_link(c, _name(c, c.state in split))} "
        f"<b>{i18n.number(_amount(c, by_recipients))}</b></li>"
        for c in ended
    )
    return (
        f"<ul class='states'>{bars}</ul>"
        f"<ul class='states-ended' aria-label='{escape(_('Ended'), quote=True)}'>{numbers}</ul>"
    )


def _amount(count: StateCount, by_recipients: bool) -> int:
    return count.recipients if by_recipients else count.configurations


def _bar(count: StateCount, is_split: bool, by_recipients: bool, most: int) -> str:
    amount = _amount(count, by_recipients)
    bar = f"<i style='width: {amount / most:.4%}'></i>" if amount else ""
    sign = f"<span class='sign' aria-hidden='true'>{palette.SIGNS[count.outlook]}</span> "
    return (
        f"<li {live_text.tone_attributes(count.outlook)}>"
        f"<span class='name'>{sign}{_link(count, _name(count, is_split))}</span>"
        f"<span class='bar' aria-hidden='true'>{bar}</span>"
        f"<b>{i18n.number(amount)}</b></li>"
    )


def _name(count: StateCount, is_split: bool) -> str:
    word, outlook = names.group_word(count.state, count.outlook), names.outlook_name(count.outlook)
    word = names.with_short_meaning(count.state, word)
    return f"{word} · {outlook.lower()}" if is_split and word != outlook.lower() else word


def _link(count: StateCount, name: str) -> str:
    return link(name, PAGE, {"state": count.state.value, "outlook": count.outlook.value})
