"""The list's filters. The URL holds them all, so that a link shows another person the same list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import streamlit as st

from core.domain.list_query import (
    MOST_SEARCHED,
    PAGE_SIZES,
    Choices,
    ListQuery,
    Page,
    Sort,
    StateCount,
)
from core.domain.states import MAY_BE_STOPPED, Outlook, State
from pages import scripts
from pages.shell.url_filters import (
    choice,
    draw_pager,
    follow,
    latest,
    put,
    read_url,
    take,
    write_url,
)
from pages.text import i18n, names
from pages.text.i18n import _
from pages.text.markdown import escape_markdown
from pages.viewer.language import PARAMETER

#: The code in the URL for all sends that can still be stopped. The other codes are names of states.
STOPPABLE = "stoppable"

#: Time ranges that look ahead from now, and those that look back, by code. "today" looks ahead to
#: the reader's midnight.
_AHEAD = {"next-hour": timedelta(hours=1), "next-day": timedelta(days=1)}
_BACK = {
    "past-day": timedelta(days=1),
    "past-week": timedelta(days=7),
    "past-month": timedelta(days=30),
}
_RANGE_CODES = ("", "next-hour", "today", "next-day", *_BACK)
#: One hour, in UTC so that a link means the same hour in every time zone: 2026-11-24T14Z.
_HOUR_CODE = "%Y-%m-%dT%HZ"
_HOUR = timedelta(hours=1)
_WIDGETS = "filter_"
#: The parameters that widgets and chips above the list show.
_SHOWN = ("q", "outlook", "account", "channel", "time", "sort", "size")
_T = TypeVar("_T", State, Sort, Outlook)


def read_query(now: datetime) -> ListQuery:
    """Read the list's filters from the URL. Values that are not valid do not filter."""
    url = st.query_params
    time = url.get("time", "")
    since, until = _bounds(time, now)
    return ListQuery(
        state=_member(State, url.get("state", "")),
        outlooks=_outlooks(url.get("state", ""), url.get("outlook", "")),
        text=url.get("q", ""),
        account=url.get("account", ""),
        channel=url.get("channel", ""),
        since=since,
        until=until,
        looks_ahead=time == "today" or time in _AHEAD,
        sort=_member(Sort, url.get("sort", "")) or Sort.CLOSING,
        page=_whole(url.get("page", "1")),
        page_size=size if (size := _whole(url.get("size", ""))) in PAGE_SIZES else PAGE_SIZES[0],
        everything=url.get("all") == "1",
    )


def _member(kind: type[_T], text: str) -> _T | None:
    try:
        return kind(text)
    except ValueError:
        return None


def _outlooks(state: str, outlook: str) -> tuple[Outlook, ...]:
    if state == STOPPABLE:
        return MAY_BE_STOPPED
    one = _member(Outlook, outlook)
    return () if one is None else (one,)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _bounds(code: str, now: datetime) -> tuple[datetime | None, datetime | None]:
    if code == "today":
        return now, i18n.midnight(now) + timedelta(days=1)
    if code in _AHEAD:
        return now, now + _AHEAD[code]
    if code in _BACK:
        return now - _BACK[code], now
    hour = hour_of(code)
    return (None, None) if hour is None else (hour, hour + _HOUR)


def hour_code(hour: datetime) -> str:
    """Return how the URL writes an exact hour."""
    return hour.astimezone(UTC).strftime(_HOUR_CODE)


def hour_of(code: str) -> datetime | None:
    """Return the beginning of the hour in the URL, or None if it is not valid."""
    try:
        return datetime.strptime(code, _HOUR_CODE).replace(tzinfo=UTC)
    except ValueError:
        return None


def draw_filters(choices: Choices, now: datetime) -> dict[str, str]:
    """Draw search, account, channel, time range, order and page size, and the active filters.

    Returns the parameters of the URL that they show.
    """
    shown = read_url()
    st.html(scripts.style("sends/list_filters.css"))
    with st.container(horizontal=True, vertical_alignment="bottom", key="filters"):
        _search()
        st.toggle(_("Filters"), key="filters_shown", persist_state="session")
        with st.container(horizontal=True, vertical_alignment="bottom", key="filters_more"):
            choice(
                _WIDGETS,
                "account",
                _("Account"),
                ("", *choices.accounts),
                lambda a: a or _("All accounts"),
                is_open=True,
            )
            choice(
                _WIDGETS,
                "channel",
                _("Channel"),
                ("", *choices.channels),
                lambda c: c or _("All channels"),
                is_open=True,
            )
            choice(_WIDGETS, "time", _("Scheduled"), _times(), lambda code: _range_name(code, now))
            choice(_WIDGETS, "sort", _("Order"), tuple(Sort), _sort_name)
            choice(_WIDGETS, "size", _("Rows"), tuple(str(n) for n in PAGE_SIZES), str)
    _chips(now)
    return shown


def are_shown(shown: Mapping[str, str]) -> bool:
    """Return whether the drawn filters still match the URL.

    A click in a refreshing part of the page changes the URL and does not draw the filters.
    """
    url = st.query_params
    return all(url.get(name) == shown.get(name) for name in _SHOWN)


def _times() -> tuple[str, ...]:
    code = st.query_params.get("time", "")
    return (*_RANGE_CODES, code) if hour_of(code) else _RANGE_CODES


def _chips(now: datetime) -> None:
    """Draw a chip for each active filter, with a button to remove it."""
    url = st.query_params
    write: dict[str, Callable[[str], str]] = {
        "q": lambda text: f"“{text}”",
        "outlook": lambda code: names.outlook_name(Outlook(code)),
        "account": str,
        "channel": str,
        "time": lambda code: _range_name(code, now),
    }
    found = [name for name in write if _filters(name, url.get(name, ""))]
    # The container exists without chips too, so that the list below does not move.
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="chips"):
        if not found:
            return
        for name in found:
            st.button(
                escape_markdown(write[name](url[name])),
                key=f"chip_{name}",
                icon=":material/close:",
                icon_position="right",
                help=_("Remove this filter"),
                on_click=put,
                args=(name, ""),
            )
        st.button(_("Clear filters"), on_click=clear, type="tertiary")


def _filters(name: str, value: str) -> bool:
    if name == "time":
        return value in _RANGE_CODES[1:] or hour_of(value) is not None
    if name == "outlook":
        return _member(Outlook, value) is not None and st.query_params.get("state") != STOPPABLE
    return bool(value)


def _search() -> None:
    key = _WIDGETS + "q"
    follow(key, st.query_params.get("q", ""))
    st.text_input(
        _("Search"),
        key=key,
        placeholder=_("Name, account, campaign, audience, id"),
        on_change=take,
        args=("q", key),
        width=260,
    )


def clear() -> None:
    """Remove all filters. For callbacks."""
    # The language stays: it is not a filter.
    write_url({k: v for k, v in latest().items() if k == PARAMETER})


def _range_name(code: str, now: datetime) -> str:
    hour = hour_of(code)
    if hour is not None:
        return hour_name(hour, now)
    return {
        "": _("Any time"),
        "next-hour": _("Next hour"),
        "today": _("Still today"),
        "next-day": _("Next 24 hours"),
        "past-day": _("Past 24 hours"),
        "past-week": _("Past 7 days"),
        "past-month": _("Past 30 days"),
    }[code]


def hour_name(hour: datetime, now: datetime) -> str:
    """Write an hour from its start to its end, with the day if it is not today."""
    end = hour + _HOUR
    return f"{i18n.moment(hour, now)}–{i18n.moment(end, end)}"


def _sort_name(code: str) -> str:
    return {
        Sort.CLOSING: _("Closing soonest"),
        Sort.NEWEST: _("Newest first"),
        Sort.OLDEST: _("Oldest first"),
        Sort.RECIPIENTS: _("Most recipients"),
        Sort.NAME: _("Name"),
    }[Sort(code)]


def draw_states(counts: Sequence[StateCount]) -> None:
    """Draw the filter on state: a button for each state, with the number of sends in it."""
    by_state: dict[State, int] = {}
    for count in counts:
        by_state[count.state] = by_state.get(count.state, 0) + count.configurations
    open_ = sum(
        c.configurations
        for c in counts
        if c.outlook in MAY_BE_STOPPED
        and c.state in (State.SCHEDULED, State.PROCESANDO, State.IN_PROGRESS)
    )
    code = st.query_params.get("state", "")
    chosen = code if code == STOPPABLE or _member(State, code) else ""
    with st.container(horizontal=True, gap="small", key="states"):
        _state_button("", _("All"), sum(by_state.values()), chosen)
        _state_button(STOPPABLE, _("Can be stopped"), open_, chosen)
        for state in State:
            if by_state.get(state) or chosen == state:
                _state_button(state.value, state.value, by_state.get(state, 0), chosen)


def _state_button(code: str, label: str, count: int, chosen: str) -> None:
    st.button(
        f"{label} **{i18n.number(count)}**",
        key=f"state_{code or 'all'}",
        type="primary" if code == chosen else "secondary",
        on_click=put,
        args=("state", code),
    )


def draw_searched(page: Page, fewer: Sequence[tuple[str, int]], now: datetime) -> None:
    """Draw which sends a search covered, if not all or if it found none.

    `fewer` are searches with fewer words that find sends, with their number.
    """
    since = page.searched_since
    with st.container(horizontal=True, vertical_alignment="center", key="searched"):
        if since is not None:
            text = _(
                "Searched in the newest {n} sends: those scheduled since {time}.",
                n=i18n.number(MOST_SEARCHED),
                time=i18n.moment(since, now),
            )
            st.caption(text, width="content")
            st.button(_("Search all"), key="search_all", on_click=put, args=("all", "1"))
        elif page.query.text and not page.total:
            st.caption(_("Searched in all sends."), width="content")
        if fewer:
            st.caption(_("With fewer words:"), width="content")
        for n, (text, total) in enumerate(fewer):
            label = i18n.plural(
                "“{text}”: {n} send", "“{text}”: {n} sends", total, text=escape_markdown(text)
            )
            st.button(label, key=f"fewer_{n}", on_click=put, args=("q", text))


def empty_text(query: ListQuery) -> str:
    """Return what an empty list says."""
    if query.text:
        return _("No send contains “{text}” and matches the other filters.", text=query.text)
    return _("No send matches these filters. Remove one to see more.")


def draw_position(page: int, pages: int, total: int, size: int) -> None:
    """Draw the position of this page in the list, with buttons to the previous and next one."""
    first = (page - 1) * size + 1 if total else 0
    last, number = min(page * size, total), i18n.number
    position = _("{a}–{b} of {n}", a=number(first), b=number(last), n=number(total))
    draw_pager("list", position, page, pages)
