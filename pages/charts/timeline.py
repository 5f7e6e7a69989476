"""The timeline of the next six hours: a lane for each account, and a mark for each send.

The browser draws it (timeline.js); texts and links are ready to show. It gets the times as seconds
from `at`, and moves the line at now by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

import streamlit as st

from core.domain.freshness import Freshness
from core.domain.list_query import ListQuery
from core.domain.model import SendConfiguration
from core.domain.rules import decide_abort
from core.domain.states import Outlook
from core.forecasting.forecast import UNKNOWN, Forecast
from core.services.shared_cache import in_steps
from pages import scripts
from pages.charts.chart_frame import LIST, TABLE, heading
from pages.sends import list_filters, time_left
from pages.sends.verdict import verdict
from pages.shell.session import view
from pages.text import i18n, live_text, names, palette
from pages.text.i18n import _
from pages.text.tables import Line, draw_table

AHEAD: Final = timedelta(hours=6)
#: The past that is drawn, for sends that have not begun at their time.
BACK: Final = timedelta(minutes=20)
#: Lanes of their own; the other accounts share one more.
MAX_LANES: Final = 8
#: Marks that are drawn at most, those with the most recipients.
MAX_MARKS: Final = 200
#: The sends are read again after this time, or after a write.
READ_EVERY: Final = timedelta(seconds=30)

_mount = st.components.v2.component(
    "freio_timeline",
    html="<div class='timeline'></div>",
    css=scripts.text("charts/timeline.css"),
    js=scripts.joined("charts/timeline.js", "scripts/page_state.js", "scripts/navigate.js"),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A send on the timeline. `lane` is the place of its account, counted from the top."""

    send: SendConfiguration
    lane: int
    outlook: Outlook
    word: str
    closes: datetime | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """The lanes from the top, the marks with the most recipients first, and all sends counted."""

    lanes: tuple[str, ...]
    marks: tuple[Mark, ...]
    total: int


def read_timeline(fresh: Freshness) -> Timeline:
    """Return the sends of the next six hours."""
    queries = view().queries
    since = in_steps(fresh.now, READ_EVERY)
    query = ListQuery(since=since, until=since + AHEAD)
    loads = queries.busiest_accounts(query)
    accounts = [each.account for each in loads]
    own, others = accounts[:MAX_LANES], len(accounts) - MAX_LANES
    if others == 1:
        own, others = accounts, 0
    sends = queries.largest(query, MAX_MARKS)
    forecasts = queries.forecasts(sends)
    place = {account: n for n, account in enumerate(own)}
    marks = tuple(
        _mark(c, place.get(c.account, len(own)), forecasts.get(c.id, UNKNOWN), fresh) for c in sends
    )
    lanes = [account or _("no account") for account in own]
    if others > 0:
        lanes.append(i18n.plural("{n} other account", "{n} other accounts", others))
    return Timeline(tuple(lanes), marks, sum(each.configurations for each in loads))


def _mark(send: SendConfiguration, lane: int, forecast: Forecast, fresh: Freshness) -> Mark:
    decision = decide_abort(send)
    closes = time_left.closes_at(send, decision, forecast)
    word, outlook = verdict(send, closes, fresh)
    return Mark(send, lane, outlook, word, closes)


def draw_timeline(found: Timeline, fresh: Freshness) -> None:
    """Draw the timeline, or the same sends as a table."""
    if heading("timeline", _("Next six hours")) == TABLE:
        _table(found, fresh.now)
    elif not found.marks:
        st.caption(_("No send is scheduled for the next six hours."))
        return
    else:
        _mount(key="timeline", data=_data(found, fresh), height="content")
    if found.total > len(found.marks):
        st.caption(
            _(
                "The {n} sends with the most recipients, of {total}.",
                n=i18n.number(len(found.marks)),
                total=i18n.number(found.total),
            )
        )


def _data(found: Timeline, fresh: Freshness) -> dict[str, object]:
    now = fresh.now
    first = now.replace(minute=0, second=0, microsecond=0)
    hours = [first + timedelta(hours=n) for n in range(8)]
    present = {mark.outlook for mark in found.marks}
    return {
        "at": now.timestamp(),
        "current_for": live_text.seconds_current(fresh),
        "facts": {"age": fresh.age.total_seconds(), "limit": fresh.limit.total_seconds()},
        "from": -BACK.total_seconds(),
        "until": AHEAD.total_seconds(),
        "label": _("Timeline of the next six hours"),
        "now": _("now"),
        "closes": _("point of no return"),
        "size": _("size: recipients"),
        "legend": [
            {"outlook": o.value, "name": names.outlook_name(o)} for o in Outlook if o in present
        ],
        "lanes": list(found.lanes),
        "hours": [
            {
                "at": (hour - now).total_seconds(),
                "name": i18n.hour(hour),
                "title": _("Sends of {hour}", hour=list_filters.hour_name(hour, now)),
                "href": f"{LIST}?time={list_filters.hour_code(hour)}",
            }
            for hour in hours
        ],
        "marks": _sent(found.marks, now),
    }


def _sent(marks: Sequence[Mark], now: datetime) -> list[dict[str, object]]:
    # Words and times are looked up once: hundreds of marks are drawn with each refresh.
    people, until = _("{n} recipients"), _("until {time}")
    times: dict[datetime, str] = {}

    def time(moment: datetime) -> str:
        minute = moment.replace(second=0, microsecond=0)
        if minute not in times:
            times[minute] = i18n.moment(minute, now)
        return times[minute]

    sent = []
    for mark in marks:
        send, closes = mark.send, mark.closes
        count = people.format(n=i18n.number(send.total_records))
        facts = [send.name, send.account, count, time(send.scheduled_at), mark.word]
        if closes is not None:
            facts.append(until.format(time=time(closes)))
        sent.append(
            {
                "id": send.id,
                "href": f"configuration?id={quote(send.id, safe='')}",
                "lane": mark.lane,
                "at": round((send.scheduled_at - now).total_seconds(), 1),
                "closes": None if closes is None else round((closes - now).total_seconds(), 1),
                "recipients": send.total_records,
                "outlook": mark.outlook.value,
                "title": " · ".join(fact for fact in facts if fact),
            }
        )
    return sent


def _table(found: Timeline, now: datetime) -> None:
    heads = [_("Send"), _("Account"), _("Scheduled"), _("Verdict"), _("Point of no return")]
    ordered: Sequence[Mark] = sorted(found.marks, key=lambda m: (m.send.scheduled_at, m.send.id))
    draw_table(
        [*heads, _("Recipients")],
        [
            Line(
                (
                    mark.send.name,
                    mark.send.account,
                    i18n.moment(mark.send.scheduled_at, now),
                    f"{palette.SIGNS[mark.outlook]} {mark.word}",
                    "–" if mark.closes is None else i18n.moment(mark.closes, now),
                    i18n.number(mark.send.total_records),
                ),
                page="configuration",
                params={"id": mark.send.id},
            )
            for mark in ordered
        ],
        numbers_from=5,
        empty=_("No send is scheduled for the next six hours."),
    )
