"""The overview on a screen on the wall (`?wall=1`): read from three metres, nothing to press.

Letters of 15 mm or more are read from three metres. On a screen of 55 inches across 1920 pixels
that is a font of 34 pixels, so the smallest text here is 1.8 % of the screen's width.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from core.domain.freshness import Freshness
from core.domain.model import SendConfiguration
from core.forecasting.forecast import UNKNOWN, Forecast
from pages.sends import time_left
from pages.sends.verdict import tells_age, verdict
from pages.shell.session import freio
from pages.text import ages, i18n, palette
from pages.text.i18n import _

PARAMETER = "wall"

# Everything on the page is measured in rem, so one size of the root makes all of it larger.
_STYLE = f"""
<style>
html {{ font-size: max(16px, 1.8vw); }}
[data-testid="stHeader"], .st-key-frame, [data-testid="stSkipToContent"], h1 {{ display: none; }}
[data-testid="stMainBlockContainer"] {{ padding: 0.5rem 1rem; }}
[data-testid="stMain"] [data-testid="stVerticalBlock"] {{ gap: 0; }}
@media (min-width: 900px) {{ .tiles {{ grid-template-columns: repeat(6, 1fr); gap: 0.5rem; }} }}
.tiles > div {{ padding: 0.3rem 0.5rem; }}
.tiles .what, .tiles .more {{ font-size: 1rem; line-height: 1.15; min-height: 2.3em; }}
.tiles .much {{ font-size: 2.75rem; line-height: 1.1; }}
/* What it counts in all is for those who sit nearer. */
.tiles > div:last-child .more {{ display: none; }}
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p,
[data-testid="stMarkdownContainer"] p, .living.living, #freio-told {{ font-size: 1rem; }}
.wall {{ {palette.custom_properties()} width: 100%; border-collapse: collapse;
  table-layout: fixed; font-size: 1.05rem; font-variant-numeric: tabular-nums; }}
.wall th, .wall td {{ padding: 0.24rem 0.5rem 0.24rem 0; line-height: 1.4;
  text-align: start; font-weight: 400;
  border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent);
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }}
.wall thead th {{ font-size: 1rem; opacity: 0.8; }}
.wall .tone {{ color: var(--tone); font-weight: 650; }}
.wall tbody th {{ font-weight: 600; }}
.wall .count {{ text-align: end; }}
.wall .verdict {{ width: 24%; }} .wall .left {{ width: 19%; }} .wall thead .count {{ width: 14%; }}
</style>
"""


def is_asked() -> bool:
    """Tell whether the page is to fill a screen on the wall."""
    return st.query_params.get(PARAMETER) == "1"


def style() -> None:
    """Take the controls away and make everything large."""
    st.html(_STYLE)


def draw_closing(sends: Sequence[SendConfiguration], fresh: Freshness) -> None:
    """Draw what closes soonest as lines to read."""
    if not sends:
        st.markdown(_("Nothing can be stopped right now."))
        return
    heads = (
        ("verdict", _("Verdict")),
        ("left", _("Time left")),
        ("name", _("Closing soonest")),
        ("count", _("Recipients")),
    )
    head = "".join(f"<th scope='col' class='{name}'>{escape(text)}</th>" for name, text in heads)
    forecasts = freio().queries.forecasts(sends, fresh.now)
    body = "".join(_line(each, forecasts.get(each.id, UNKNOWN), fresh) for each in sends)
    st.html(f"<table class='wall'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")


def _line(send: SendConfiguration, forecast: Forecast, fresh: Freshness) -> str:
    word, outlook = verdict(send, forecast, fresh)
    is_old = tells_age(send, fresh)
    light = ages.light(word, outlook, fresh, tells_age=is_old, is_short=True)
    closes = time_left.closes_at(send, forecast)
    left = ages.left(time_left.time_left(send, forecast, fresh), closes, fresh)
    return (
        f"<tr {ages.tone(outlook)}><td class='tone'>{light}</td><td>{left}</td>"
        f"<th scope='row'>{escape(send.name)}</th>"
        f"<td class='count'>{i18n.number(send.total_records)}</td></tr>"
    )
