"""The wall view of the overview (`?wall=1`), for reading from three metres.

From three metres, people can read letters of 15 mm. The smallest font is 1.8 % of the width of the
screen. On a 55-inch screen, capital letters of this font are 15 mm high.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape
from math import sqrt

import streamlit as st

from core.domain.freshness import Freshness
from core.domain.model import SendConfiguration
from core.domain.rules import decide_abort
from core.forecasting.forecast import UNKNOWN, Forecast
from core.runtime.instance import platform
from pages import scripts
from pages.sends import time_left
from pages.sends.verdict import tells_age, verdict
from pages.shell.page_run import view
from pages.text import i18n, live_text, names
from pages.text.i18n import _

PARAMETER = "wall"


def is_wanted() -> bool:
    """Return whether the URL requests the wall view."""
    return st.query_params.get(PARAMETER) == "1"


def style() -> None:
    """Hide the controls of the page, and enlarge the rest."""
    st.html(scripts.style("charts/wall.css"))


def draw_closing(sends: Sequence[SendConfiguration], fresh: Freshness) -> None:
    """Draw a table of `sends`."""
    if not sends:
        st.markdown(_("Nothing can be stopped right now."))
        return
    heads = (
        ("left", _("Time left")),
        ("verdict", _("Verdict")),
        ("name", _("Closing first")),
        ("account", _("Account")),
        ("count", _("Recipients")),
    )
    head = "".join(f"<th scope='col' class='{name}'>{escape(text)}</th>" for name, text in heads)
    forecasts = view().queries.forecasting.forecasts(sends, fresh.now)
    most = max(send.total_records or 0 for send in sends)
    body = "".join(_line(each, forecasts.get(each.id, UNKNOWN), fresh, most) for each in sends)
    rest = "data-rest" if platform().interrupts else ""
    st.html(
        f"<table class='wall' {rest}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def draw_clock(now: datetime) -> None:
    """Draw the time of day and the zone."""
    zone = escape(i18n.zone_offset())
    st.html(f"<p class='wall-clock'>{live_text.clock(now)} <small>{zone}</small></p>")


def _weight(recipients: int, most: int) -> int:
    return 400 + round(4 * sqrt(recipients / max(1, most))) * 100


def _line(send: SendConfiguration, forecast: Forecast, fresh: Freshness, most: int) -> str:
    decision = decide_abort(send, platform())
    closes = time_left.closes_at(send, decision, forecast)
    word, outlook = verdict(send, closes, fresh)
    is_old = tells_age(send, fresh)
    light = live_text.verdict_light(word, outlook, fresh, tells_age=is_old, is_short=True)
    left = live_text.time_left(time_left.time_left(decision, closes, fresh), closes, fresh)
    begin, end = map(escape, names.beginning_and_end(send.name))
    name = f"<span class='whole'><span>{begin}</span><span>{end}</span></span>"
    weight = f"style='font-weight: {_weight(send.total_records or 0, most)}'"
    return (
        f"<tr {live_text.tone_attributes(outlook)}><td class='left'>{left}</td>"
        f"<td class='tone'>{light}</td><th scope='row' {weight}>{name}</th>"
        f"<td class='account'>{escape(send.account)}</td>"
        f"<td class='count' {weight}>{escape(names.amount(send.total_records))}</td></tr>"
    )
