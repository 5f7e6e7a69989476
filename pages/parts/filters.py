"""The list's filters. The URL holds them all, so that a link shows another person the same list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import streamlit as st

from core.listing import PAGE_SIZES, Choices, ListQuery, Sort, StateCount
from core.states import Outlook, State
from pages.parts import say
from pages.parts.reader import PARAMETER
from pages.parts.say import _

#: The code in the URL for everything that can still be stopped, beside the states' own names.
STOPPABLE = "stoppable"
_STOPPABLE = (Outlook.STOPPABLE, Outlook.UNCERTAIN)

#: Time ranges by code: hours from now, or days from the reader's midnight.
_RANGES: dict[str, tuple[timedelta, timedelta]] = {
    "next-hour": (timedelta(0), timedelta(hours=1)),
    "next-day": (timedelta(0), timedelta(days=1)),
    "past-day": (timedelta(days=-1), timedelta(0)),
    "past-week": (timedelta(days=-7), timedelta(0)),
    "past-month": (timedelta(days=-30), timedelta(0)),
}
_RANGE_CODES = ("", "today", *_RANGES)
_WIDGETS = "filter_"
_T = TypeVar("_T", State, Sort)


def read_query(now: datetime) -> ListQuery:
    """Read the list's filters from the URL. What makes no sense there does not filter."""
    url = st.query_params
    since, until = _bounds(url.get("time", ""), now)
    return ListQuery(
        state=_member(State, url.get("state", "")),
        outlooks=_STOPPABLE if url.get("state") == STOPPABLE else (),
        text=url.get("q", ""),
        account=url.get("account", ""),
        channel=url.get("channel", ""),
        since=since,
        until=until,
        sort=_member(Sort, url.get("sort", "")) or Sort.CLOSING,
        page=_whole(url.get("page", "1")),
        page_size=_whole(url.get("size", "")) or PAGE_SIZES[0],
        everything=url.get("all") == "1",
    )


def _member(kind: type[_T], text: str) -> _T | None:
    try:
        return kind(text)
    except ValueError:
        return None


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _bounds(code: str, now: datetime) -> tuple[datetime | None, datetime | None]:
    if code == "today":
        start = say.midnight(now)
        return start, start + timedelta(days=1)
    if code in _RANGES:
        before, after = _RANGES[code]
        return now + before, now + after
    return None, None


def draw_filters(choices: Choices) -> None:
    """Draw search, account, channel, time range, order and page size."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="filters"):
        _search()
        _choice("account", _("Account"), ("", *choices.accounts), lambda a: a or _("All accounts"))
        _choice("channel", _("Channel"), ("", *choices.channels), lambda c: c or _("All channels"))
        _choice("time", _("Scheduled"), _RANGE_CODES, _range_name)
        _choice("sort", _("Order"), tuple(Sort), _sort_name)
        _choice("size", _("Rows"), tuple(str(n) for n in PAGE_SIZES), str)


def _search() -> None:
    key = _WIDGETS + "q"
    st.session_state.setdefault(key, st.query_params.get("q", ""))
    st.text_input(
        _("Search"),
        key=key,
        placeholder=_("Name, campaign, audience or id"),
        on_change=_set,
        args=("q", key),
        width=260,
    )


def _choice(name: str, label: str, options: Sequence[str], write: Callable[[str], str]) -> None:
    key = _WIDGETS + name
    asked = st.query_params.get(name, "")
    if st.session_state.get(key) not in options:
        st.session_state[key] = asked if asked in options else options[0]
    st.selectbox(
        label, options, key=key, format_func=write, on_change=_set, args=(name, key), width=170
    )


def _set(name: str, key: str) -> None:
    value = st.session_state[key]
    _put(name, str(value or ""))


def _put(name: str, value: str) -> None:
    # What is on screen stays a page of the new list: its first.
    params = dict(st.query_params)
    params.pop("page", None)
    params.pop(name, None)
    if value:
        params[name] = value
    st.query_params.from_dict(params)


def is_filtered() -> bool:
    """Tell whether the URL holds anything beside the language."""
    return any(name != PARAMETER for name in st.query_params)


def clear() -> None:
    """Take all filters away. For callbacks."""
    # Without the language, which is no filter.
    st.query_params.from_dict({k: v for k, v in st.query_params.items() if k == PARAMETER})
    for key in [k for k in st.session_state if str(k).startswith(_WIDGETS)]:
        del st.session_state[key]


def _range_name(code: str) -> str:
    return {
        "": _("Any time"),
        "today": _("Today"),
        "next-hour": _("Next hour"),
        "next-day": _("Next 24 hours"),
        "past-day": _("Past 24 hours"),
        "past-week": _("Past 7 days"),
        "past-month": _("Past 30 days"),
    }[code]


def _sort_name(code: str) -> str:
    return {
        Sort.CLOSING: _("Closing soonest"),
        Sort.NEWEST: _("Newest first"),
        Sort.OLDEST: _("Oldest first"),
        Sort.RECIPIENTS: _("Most recipients"),
        Sort.NAME: _("Name"),
    }[Sort(code)]


def draw_states(counts: Sequence[StateCount]) -> None:
    """Draw the filter on state: a button for each state there is, with how many are in it."""
    by_state: dict[State, int] = {}
    for count in counts:
        by_state[count.state] = by_state.get(count.state, 0) + count.configurations
    open_ = sum(
        c.configurations
        for c in counts
        if c.outlook in _STOPPABLE
        and c.state in (State.SCHEDULED, State.PROCESANDO, State.IN_PROGRESS)
    )
    chosen = st.query_params.get("state", "")
    with st.container(horizontal=True, gap="small", key="states"):
        _state_button("", _("All"), sum(by_state.values()), chosen)
        _state_button(STOPPABLE, _("Can be stopped"), open_, chosen)
        for state in State:
            if by_state.get(state) or chosen == state:
                _state_button(state.value, state.value, by_state.get(state, 0), chosen)


def _state_button(code: str, label: str, count: int, chosen: str) -> None:
    st.button(
        f"{label} **{say.number(count)}**",
        key=f"state_{code or 'all'}",
        type="primary" if code == chosen else "secondary",
        on_click=_put,
        args=("state", code),
    )


def draw_searched(since: datetime | None, now: datetime) -> None:
    """Say where a text was looked for, if that was not everywhere, with a way to all the rest."""
    if since is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="searched"):
        st.caption(
            _("Searched in the sends scheduled since {time}.", time=say.moment(since, now)),
            width="content",
        )
        st.button(_("Search all"), key="search_all", on_click=_put, args=("all", "1"))


def draw_pager(page: int, pages: int, total: int, size: int) -> None:
    """Draw where in the list this page is, with ways to its neighbours."""
    first = (page - 1) * size + 1 if total else 0
    with st.container(horizontal=True, vertical_alignment="center", key="pager"):
        st.caption(
            _(
                "{a}–{b} of {n}",
                a=say.number(first),
                b=say.number(min(page * size, total)),
                n=say.number(total),
            ),
            width="content",
        )
        st.button(
            _("Previous"), key="page_back", disabled=page <= 1, on_click=_turn, args=(page - 1,)
        )
        st.button(
            _("Next"), key="page_on", disabled=page >= pages, on_click=_turn, args=(page + 1,)
        )


def _turn(page: int) -> None:
    if page <= 1:
        st.query_params.pop("page", None)
    else:
        st.query_params["page"] = str(page)
