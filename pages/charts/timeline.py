"""The timeline of the next six hours.

A lane is a horizontal line for an account. Each send is a mark on a lane.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

import streamlit as st

from core.domain.freshness import Freshness
from core.domain.list_query import ListQuery
from core.domain.model import SendConfiguration
from core.domain.rules import decide_abort
from core.domain.states import Outlook
from core.forecasting.forecast import Forecast
from core.ports.overview import OverviewReads
from core.runtime.instance import platform
from core.services.forecasts import Forecasts
from core.services.shared_cache import in_steps
from pages.charts.chart_parts import TABLE, heading
from pages.scripts.components import component
from pages.sends import list_filters, time_left
from pages.sends.verdict import verdict
from pages.shell.page_run import shared, view
from pages.text import i18n, live_text, names, palette
from pages.text.i18n import _
from pages.text.links import address_of_send
from pages.text.tables import Line, draw_table
from pages.viewer.language import reader_language

AHEAD: Final = timedelta(hours=6)
#: The timeline also shows this part of the past, because sends can start late.
BACK: Final = timedelta(minutes=20)
#: The maximum number of lanes for single accounts. All remaining accounts share a lane.
MAX_LANES: Final = 8
#: Only the sends with the most recipients have a mark.
MAX_MARKS: Final = 200
#: Sends are read again after this time, or after a write.
READ_EVERY: Final = timedelta(seconds=30)

_mount = component("freio_timeline")


@dataclass(frozen=True)
class Mark:
    """A send on the timeline.

    - `lane`: the position of the lane, from 0 at the top.
    - `at`: the scheduled time, in seconds since 1970.
    - `closes`: the end of the time left, in seconds since 1970, or None.
    - `recipients`: the number of recipients, or 0 if the number is unknown.
    - `cells`: the cells of the send in the table.
    """

    id: str
    href: str
    lane: int
    at: float
    closes: float | None
    recipients: int
    outlook: str
    title: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """The data of the timeline.

    - `lanes`: the names of the lanes, from the top.
    - `accounts`: the accounts of the lanes, without the shared lane. An unknown account is "".
    - `marks`: the sends with the most recipients, the largest first.
    - `total`: the number of sends in the six hours, and of late sends that can still start or be
      interrupted.

    Two instances are never equal (see `OverviewData`).
    """

    lanes: tuple[str, ...]
    accounts: tuple[str, ...]
    marks: tuple[Mark, ...]
    total: int


def read_timeline(fresh: Freshness) -> Timeline:
    """Return the timeline in the reader's language and time zone."""
    return shared(_read_timeline, fresh)


def _read_timeline(fresh: Freshness) -> Timeline:
    queries, since = view().queries, in_steps(fresh.now, READ_EVERY)
    query = ListQuery(since=since, until=since + AHEAD, looks_ahead=True)
    loads = queries.busiest_accounts(query)
    accounts = [each.account for each in loads]
    own, others = tuple(accounts[:MAX_LANES]), len(accounts) - MAX_LANES
    if others == 1:
        own, others = tuple(accounts), 0
    lanes = [account or _("no account") for account in own]
    if others > 0:
        lanes.append(i18n.plural("{n} other account", "{n} other accounts", others))
    # People with the same accounts, language and zone share the result for up to `READ_EVERY`. If
    # its facts become old, the browser shows green verdicts as uncertain (timeline.js).
    marks = queries.cache.get(
        _marks,
        queries.store,
        queries.forecasting,
        replace(query, visible=queries.visible),
        own,
        Freshness(fresh.at and in_steps(fresh.at, READ_EVERY), since, fresh.limit),
        str(i18n.zone()),
        reader_language().code,
    )
    return Timeline(tuple(lanes), own, marks, sum(each.configurations for each in loads))


def _marks(
    store: OverviewReads,
    forecasting: Forecasts,
    query: ListQuery,
    own: tuple[str, ...],
    fresh: Freshness,
    _zone: str,
    _language: str,
) -> tuple[Mark, ...]:
    sends = store.largest(query, MAX_MARKS)
    forecasts = forecasting.forecasts(sends, fresh.now)
    place = {account: n for n, account in enumerate(own)}
    return tuple(
        _mark(c, c.scheduled_at, place.get(c.account, len(own)), forecasts[c.id], fresh)
        for c in sends
        if c.scheduled_at is not None
    )


def _mark(
    send: SendConfiguration, due: datetime, lane: int, forecast: Forecast, fresh: Freshness
) -> Mark:
    decision = decide_abort(send, platform())
    closes = time_left.closes_at(send, decision, forecast)
    word, outlook = verdict(send, closes, fresh)
    people, count = names.recipients(send.total_records), names.amount(send.total_records)
    scheduled = i18n.moment(due, fresh.now)
    last = "" if closes is None else i18n.moment(closes, fresh.now)
    facts = [send.name, send.account, people, scheduled, word]
    if last:
        facts.append(_("until {time}", time=last))
    sign = palette.SIGNS[outlook]
    return Mark(
        id=send.id,
        href=address_of_send(send.id),
        lane=lane,
        at=due.timestamp(),
        closes=None if closes is None else closes.timestamp(),
        recipients=send.total_records or 0,
        outlook=outlook.value,
        title=" · ".join(fact for fact in facts if fact),
        cells=(send.name, send.account, scheduled, f"{sign} {word}", last or "–", count),
    )


def draw_timeline(found: Timeline, fresh: Freshness) -> None:
    """Draw the timeline or a table."""
    if heading("timeline", _("Next six hours")) == TABLE:
        _table(found)
    elif not found.marks:
        st.caption(_("No send is scheduled for the next six hours."))
        return
    else:
        _mount(key="timeline", data=shared(_data, found, fresh), height="content")
    if found.total > len(found.marks):
        st.caption(
            _(
                "The {n} sends with the most recipients, of {total}.",
                n=len(found.marks),
                total=found.total,
            )
        )


def _data(found: Timeline, fresh: Freshness) -> dict[str, object]:
    # With `steady`, the data changes once a minute. Streamlit does not send equal data again.
    fresh = live_text.steady(fresh)
    now = fresh.now
    first = now.replace(minute=0, second=0, microsecond=0)
    hours = [first + timedelta(hours=n) for n in range(8)]
    present = {mark.outlook for mark in found.marks}
    return {
        "at": now.timestamp(),
        "current_for": live_text.seconds_current(fresh),
        "facts": live_text.age_and_limit(fresh),
        "from": -BACK.total_seconds(),
        "until": AHEAD.total_seconds(),
        "label": _("Timeline of the next six hours"),
        "now": _("now"),
        "closes": names.point_of_no_return().lower(),
        "size": _("size: recipients"),
        "legend": [
            {"outlook": o.value, "name": names.outlook_name(o)}
            for o in Outlook
            if o.value in present
        ],
        "lanes": _lanes(found),
        "hours": [
            {
                "at": hour.timestamp(),
                "name": i18n.hour(hour),
                "title": _("Sends of {hour}", hour=list_filters.hour_name(hour, now)),
                "href": f"{list_filters.PAGE}?time={list_filters.hour_code(hour)}",
            }
            for hour in hours
        ],
        "marks": [_sent(mark) for mark in found.marks],
    }


def _lanes(found: Timeline) -> list[dict[str, str]]:
    lanes = [{"name": name} for name in found.lanes]
    for lane, account in zip(lanes, found.accounts, strict=False):
        if account:
            params = urlencode({"account": account, "time": "today"})
            lane["href"] = f"{list_filters.PAGE}?{params}"
            lane["title"] = _("What {account} still sends today", account=account)
    return lanes


def _sent(mark: Mark) -> dict[str, object]:
    return {name: value for name, value in vars(mark).items() if name != "cells"}


def _table(found: Timeline) -> None:
    heads = [_("Send"), _("Account"), _("Scheduled"), _("Verdict"), names.point_of_no_return()]
    draw_table(
        [*heads, _("Recipients")],
        [
            Line(mark.cells, page="configuration", params={"id": mark.id})
            for mark in sorted(found.marks, key=lambda m: (m.at, m.id))
        ],
        numbers_from=5,
        empty=_("No send is scheduled for the next six hours."),
    )
