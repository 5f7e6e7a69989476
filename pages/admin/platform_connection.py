"""The connection to the sending platform, on the System page."""

from collections.abc import Sequence
from statistics import median, quantiles

import streamlit as st
from babel.numbers import format_decimal

from core.domain.delivery import SIMULATED
from core.runtime.application import Application
from pages.shell import freshness_line
from pages.text import i18n, tables
from pages.text.i18n import _
from pages.viewer.language import reader_language

#: The median and the percentile use at most this many verified aborts.
_LAST = 1_000


def draw_connection(app: Application) -> None:
    """Draw the time of the last poll, and how long it takes from a click to a verified stop."""
    times = app.store.verified_after(_LAST)
    names = sorted(name for name in app.deliveries.platforms if name != SIMULATED or app.is_demo())
    if not names and not times:
        return
    st.header(_("Sending platform"))
    facts = {_("Connected to"): ", ".join(names) or _("none")}
    if app.polling is not None:
        at = app.polling.polled_at()
        facts[_("Last read")] = i18n.exact(at) if at else _("never")
    if times:
        facts[_("Verified aborts")] = i18n.number(len(times))
        facts[_("Click to verified, median")] = _seconds(median(times))
        facts[_("Click to verified, 99th percentile")] = _seconds(_p99(times))
    tables.draw_cells((_("Name"), _("Value")), list(facts.items()))
    if app.polling is not None:
        freshness_line.draw_platform_trouble(app.polling)


def _p99(times: Sequence[float]) -> float:
    return quantiles(times, n=100, method="inclusive")[-1] if len(times) > 1 else times[0]


def _seconds(seconds: float) -> str:
    return _("{n} s", n=format_decimal(round(seconds, 1), locale=reader_language().locale))
