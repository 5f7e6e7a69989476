"""The filters of the list. All filters are in the URL, so people can share a list."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import streamlit as st

from core.domain.freshness import Freshness, at_age, reported_as
from core.domain.list_query import (
    ASCENDING,
    MOST_SEARCHED,
    MOST_SORTED,
    PAGE_SIZES,
    Choices,
    ListQuery,
    Page,
    Sort,
    StateCount,
)
from core.domain.states import STOPPED_HERE, Outlook, State
from core.feed.interpreting.times import EARLIEST, LATEST
from core.runtime.actor_view import ActorView
from core.runtime.instance import platform
from pages.sends.filter_buttons import Choice, draw_states
from pages.sends.rows import ColumnSort, Direction
from pages.shell.url_filters import (
    EXCLUSIVE,
    bound,
    choice,
    clear,
    draw_pager,
    latest,
    member,
    open_page,
    options_of,
    put,
    take,
    whole,
    write_url,
)
from pages.text import i18n, names
from pages.text.i18n import _
from pages.text.markdown import escape_markdown

PAGE = "configurations"

#: The outlooks with a button above the list.
_OUTLOOKS = (Outlook.STOPPABLE, Outlook.UNCERTAIN, Outlook.TOO_LATE, Outlook.STOPPED)
#: `_OUTLOOKS` for a platform that can interrupt sends. Almost no send is too late there.
_OUTLOOKS_WITH_REST = (
    Outlook.STOPPABLE,
    Outlook.REST_STOPPABLE,
    Outlook.UNCERTAIN,
    Outlook.STOPPED,
)

_NOW, _HOUR, _DAY = timedelta(0), timedelta(hours=1), timedelta(days=1)
#: Time ranges relative to now. The end of "today" depends on the time zone, so "today" is not here.
_RANGES = {
    "next-hour": (_NOW, _HOUR),
    "next-day": (_NOW, _DAY),
    "past-day": (-_DAY, _NOW),
    "past-week": (-7 * _DAY, _NOW),
    "past-month": (-30 * _DAY, _NOW),
}
#: The code of an hour in UTC. Example: 2026-11-24T14Z.
_HOUR_CODE = "%Y-%m-%dT%HZ"
_WIDGETS = "filter_"
#: The URL parameters of the widgets above the list.
_SHOWN = ("q", "account", "channel", "time", "sort", "size")


def read_query(current: ActorView, params: Mapping[str, str] | None = None) -> ListQuery:
    """Return the query for the filters in the URL, or in `params`. Ignore invalid values.

    The URL contains current outlooks, and the query contains outlooks at the last report. Example:
    if the data is old, `uncertain` in the URL means `uncertain` or `stoppable` in the query.
    """
    url: Mapping[str, str] = st.query_params if params is None else params
    fresh = current.freshness()
    time = url.get("time", "")
    since, until = _bounds(time, fresh.now)
    sort = member(Sort, url.get("sort", "")) or Sort.CLOSING
    size = whole(url.get("size", ""))
    return ListQuery(
        state=member(State, url.get("state", "")),
        outlooks=_reported(_outlooks(url), fresh),
        begun=current.queries.may_have_begun(fresh),
        ids=current.alerted() if url.get("alert") == "1" else None,
        text=url.get("q", ""),
        account=url.get("account", ""),
        channel=url.get("channel", ""),
        since=since,
        until=until,
        looks_ahead=time in ("today", "next-hour", "next-day"),
        sort=sort,
        page=whole(url.get("page", "")),
        page_size=size if size in PAGE_SIZES else PAGE_SIZES[0],
        everything=url.get("all") == "1",
        now=fresh.now if sort is Sort.SOONEST else None,
    )


def _outlooks(url: Mapping[str, str]) -> list[Outlook]:
    found = (member(Outlook, each) for each in url.get("outlook", "").split(","))
    return [outlook for outlook in found if outlook is not None]


def _reported(wanted: Sequence[Outlook], fresh: Freshness) -> tuple[Outlook, ...] | None:
    if not wanted:
        return None
    return tuple(o for each in wanted for o in reported_as(each, is_old=fresh.is_old))


def _bounds(code: str, now: datetime) -> tuple[datetime | None, datetime | None]:
    if code == "today":
        return now, i18n.midnight(now) + timedelta(days=1)
    if code in _RANGES:
        begin, end = _RANGES[code]
        return now + begin, now + end
    hour = hour_of(code)
    return (None, None) if hour is None else (hour, hour + _HOUR)


def hour_code(hour: datetime) -> str:
    """Return the code of an hour, as in _HOUR_CODE."""
    return hour.astimezone(UTC).strftime(_HOUR_CODE)


def hour_of(code: str) -> datetime | None:
    """Return the start of the hour, or None if the code is not valid or no send has this time."""
    try:
        hour = datetime.strptime(code, _HOUR_CODE).replace(tzinfo=UTC)
    except ValueError:
        return None
    return hour if EARLIEST <= hour < LATEST else None


def take_old_link() -> None:
    """Replace the filter of an old link, `state=stoppable`, with `outlook=stoppable`."""
    url = latest()
    if url.get("state") == Outlook.STOPPABLE:
        del url["state"]
        write_url({"outlook": Outlook.STOPPABLE.value} | url)


def draw_filters(choices: Choices, now: datetime) -> dict[str, str]:
    """Draw the search, the filters and the order. Return the URL parameters."""
    shown, key = latest(), _WIDGETS + "q"
    st.text_input(
        _("Search"),
        key=bound(key, st.query_params.get("q", "")),
        label_visibility="collapsed",
        placeholder=_("Name, account, campaign, audience, ID"),
        on_change=take,
        args=("q", key, open_page()),
        width=260,
    )
    st.toggle(_("Filters"), key="filters_shown", persist_state="session")
    accounts = options_of("account", i18n.alphabetical(choices.accounts), _("All accounts"))
    channels = options_of("channel", i18n.alphabetical(choices.channels), _("All channels"))
    sizes = {str(n): i18n.plural("{n} row", "{n} rows", n) for n in PAGE_SIZES}
    with st.container(horizontal=True, vertical_alignment="bottom", key="filters_more"):
        _choose("account", _("Account"), accounts, 170)
        _choose("channel", _("Channel"), channels, 155)
        _choose("time", _("Scheduled"), {"": _("Any time")} | _ranges(now), 160)
        _choose("size", _("Rows"), sizes, 110)
    # A phone shows no column headings to sort the list, so this choice is always visible.
    _choose("sort", _("Order"), _sorts(), 190)
    return shown


def _choose(name: str, label: str, options: Mapping[str, str], width: int) -> None:
    choice(_WIDGETS, name, label, options, width, is_labelled=False)


def view_key() -> str:
    """Return the URL parameters as JSON. The same text means the same list."""
    return json.dumps(st.query_params.to_dict(), sort_keys=True)


def are_shown(shown: Mapping[str, str]) -> bool:
    """Return whether the filters on the page match the URL. `shown` is from `draw_filters`."""
    url = st.query_params
    return all(url.get(name) == shown.get(name) for name in _SHOWN)


def draw_chips(now: datetime) -> None:
    """Draw a chip for the search and for each active filter of account, channel or time.

    A click on a chip removes the filter.
    """
    url = st.query_params
    chips = {
        "q": f"“{url['q']}”" if url.get("q") else "",
        "account": url.get("account", ""),
        "channel": url.get("channel", ""),
        "time": _ranges(now).get(url.get("time", ""), ""),
    }
    found = {name: text for name, text in chips.items() if text}
    # Draw an empty container too, so the list below does not move.
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="chips"):
        for name, text in found.items():
            st.button(
                escape_markdown(text),
                key=f"chip_{name}",
                icon=":material/close:",
                icon_position="right",
                help=_("Remove this filter"),
                on_click=put,
                args=(name, ""),
            )
        if found:
            st.button(_("Clear filters"), on_click=clear, type="tertiary")


def _ranges(now: datetime) -> dict[str, str]:
    code = st.query_params.get("time", "")
    hour = hour_of(code)
    return {
        "next-hour": _("Next hour"),
        "today": _("Still today"),
        "next-day": _("Next 24 hours"),
        "past-day": _("Past 24 hours"),
        "past-week": _("Past 7 days"),
        "past-month": _("Past 30 days"),
    } | ({} if hour is None else {code: hour_name(hour, now)})


def hour_name(hour: datetime, now: datetime) -> str:
    """Return the start and the end of an hour as text. If the hour is not today, add the day."""
    end = hour + _HOUR
    return f"{i18n.moment(hour, now)}–{i18n.moment(end, end)}"


def _sorts() -> dict[str, str]:
    return {
        Sort.CLOSING: _("Closing first"),
        Sort.CLOSING_LAST: _("Closing last"),
        Sort.SOONEST: _("Soonest first"),
        Sort.NEWEST: _("Newest first"),
        Sort.OLDEST: _("Oldest first"),
        Sort.RECIPIENTS: _("Most recipients"),
        Sort.FEWEST: _("Fewest recipients"),
        Sort.NAME: _("Name, A to Z"),
        Sort.NAME_DOWN: _("Name, Z to A"),
        Sort.STATE: _("State, in order"),
        Sort.STATE_DOWN: _("State, in reverse order"),
    }


#: The orders of each column. A click on the heading chooses the next order.
_COLUMN_SORTS = {
    "name": (Sort.NAME, Sort.NAME_DOWN),
    "time_left": (Sort.CLOSING, Sort.CLOSING_LAST),
    "scheduled": (Sort.SOONEST, Sort.NEWEST, Sort.OLDEST),
    "recipients": (Sort.RECIPIENTS, Sort.FEWEST),
    # The verdict changes with the age of the data, so sort by state.
    "verdict": (Sort.STATE, Sort.STATE_DOWN),
}


def column_sorts(chosen: Sort) -> dict[str, ColumnSort]:
    """Return the heading of each column that can sort the list. `chosen` is the current order."""
    found = {}
    for column, sorts in _COLUMN_SORTS.items():
        if chosen not in sorts:
            found[column] = ColumnSort("", sorts[0])
            continue
        direction: Direction = "ascending" if chosen in ASCENDING else "descending"
        found[column] = ColumnSort(direction, sorts[(sorts.index(chosen) + 1) % len(sorts)])
    return found


def choose_sort(code: str) -> None:
    """Put an order into the URL. Call this from callbacks only."""
    if member(Sort, code):
        put("sort", code)


def draw_outlooks(counts: Sequence[StateCount], alerted: int, fresh: Freshness) -> None:
    """Draw the filter buttons and the menu, with numbers of sends.

    `alerted` is the number of sends with an alert.
    """
    by_outlook, by_state = Counter[Outlook](), Counter[tuple[State, Outlook | None]]()
    for count in counts:
        # In the menu, CANCELLING and CANCELLED have an entry for each outlook, such as *waiting*.
        entry = (count.state, count.outlook if count.state in STOPPED_HERE else None)
        by_outlook[at_age(count.outlook, is_old=fresh.is_old)] += count.configurations
        by_state[entry] += count.configurations
    url = st.query_params
    chosen = {name: url[name] for name in EXCLUSIVE if name in url}
    only_outlooks = [o.value for o in _outlooks(url)] if list(chosen) == ["outlook"] else []

    def button(name: str, value: str, label: str, count: int) -> Choice:
        is_chosen = chosen == _parameters(name, value)
        if name == "outlook":
            # A link can choose several outlooks at once.
            is_chosen = value in only_outlooks
        return Choice(name, value, label, i18n.number(count), is_chosen)

    buttons = []
    for outlook in _OUTLOOKS_WITH_REST if platform().interrupts else _OUTLOOKS:
        if outlook is Outlook.STOPPED:
            buttons.append(button("alert", "1", _("With alert"), alerted))
        name = names.outlook_name(outlook)
        buttons.append(button("outlook", outlook.value, name, by_outlook[outlook]))
    buttons.append(button("state", "", _("All"), by_state.total()))
    state = member(State, chosen.get("state", ""))
    if state is not None and all(each is not state for each, _outlook in by_state):
        by_state[state, None] = 0
    states = [
        button("state", ":".join(filter(None, entry)), _entry_label(*entry), by_state[entry])
        for entry in sorted(by_state, key=lambda e: (list(State).index(e[0]), _entry_label(*e)))
    ]
    draw_states(
        _("State"),
        buttons,
        _menu_label(state, chosen),
        states,
        is_state=state is not None,
        choose=lambda name, value: put(name, value.partition(":")[0], _parameters(name, value)),
    )


def _entry_label(state: State, outlook: Outlook | None) -> str:
    word = names.group_word(state, outlook or Outlook.STOPPED)
    word = names.with_short_meaning(state, word)
    if outlook in (None, Outlook.STOPPED) or names.has_several_words(state):
        return word
    return f"{word} · {names.outlook_name(outlook).lower()}"


def _parameters(name: str, value: str) -> dict[str, str]:
    """Return the URL parameters of a button. "CANCELLED:waiting" means a state and an outlook."""
    first, _colon, outlook = value.partition(":")
    return {key: each for key, each in ((name, first), ("outlook", outlook)) if each}


def _menu_label(state: State | None, chosen: Mapping[str, str]) -> str:
    label = _("State")
    if state is None:
        return label
    outlooks = _outlooks(chosen)
    if not outlooks:
        return f"{label}: {names.group_word(state)}"
    if names.has_several_words(state):
        return f"{label}: {names.group_word(state, outlooks[0])}"
    found = " · ".join(names.outlook_name(each) for each in outlooks)
    return f"{label}: {names.state_word(state)} · {found}"


def draw_searched(
    page: Page, fewer: Sequence[tuple[str, int]], now: datetime, *, wanted: Sort
) -> None:
    """Draw notes below the filters: which sends were searched, and whether Freio changed the order.

    - `fewer`: search texts with fewer words, each with the number of hits. Each gets a button.
    - `wanted`: the order in the URL. A list with too many sends has another order.
    """
    since = page.searched_since
    with st.container(horizontal=True, vertical_alignment="center", key="searched"):
        if page.query.sort is not wanted:
            text = _(
                "More than {n} sends are too many to order by name or recipients. Filter the list "
                "to order it.",
                n=MOST_SORTED,
            )
            st.caption(text, width="content")
        if since is not None:
            text = _(
                "Searched in the newest {n} sends: those scheduled since {time}.",
                n=MOST_SEARCHED,
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
    """Return the text of an empty list."""
    if query.text:
        return _("No send contains “{text}” and matches the other filters.", text=query.text)
    return _("No send matches these filters. Remove one to see more.")


def draw_position(page: int, pages: int, total: int, size: int) -> None:
    """Draw the position in the list, and buttons to the previous and the next page."""
    first = (page - 1) * size + 1 if total else 0
    last = min(page * size, total)
    draw_pager("list", page, pages, _("{a}–{b} of {n}", a=first, b=last, n=total))
