"""The component that draws a list of sends. A row has a countdown and an abort button.

The script rows.js makes no decisions, and shows the texts of the server. The browser identifies a
row by the id of the send, never by the position.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import streamlit as st

from core.domain.freshness import Freshness
from core.domain.list_query import PAGE_SIZES
from core.domain.states import Outlook
from pages.scripts.components import component
from pages.text import live_text, names, palette
from pages.text.countdown import count_words


@dataclass(frozen=True, slots=True)
class Badge:
    """A word on a row, and its reason in a sentence."""

    word: str
    why: str


#: The direction in which a column currently sorts the list. "" if another column sorts the list.
Direction = Literal["", "ascending", "descending"]


@dataclass(frozen=True, slots=True)
class ColumnSort:
    """The current direction of a column, and the order of the list after a click on its heading."""

    direction: Direction
    next: str


@dataclass(frozen=True)
class Row:
    """One send as the list shows it.

    - `to_abort`: the number of recipients that have not got the send yet. If this number is
      unknown, it is the number of all recipients. None if the size of the send is unknown.
    - `seconds_left`: the browser counts this time down. None if there is no countdown.
    - `time_left`: the time left in words, or why there is no countdown.
    - `time_why`: an explanation of the time left.
    - `is_unsure`: the time left has a question mark.
    - `is_old`: the verdict contains the age of the data. The browser updates this age.
    - `abort_label`: the button's text for screen readers.
    """

    id: str
    href: str
    name: str
    state: str
    state_meaning: str
    account: str
    channel: str
    audience: str
    recipients: str
    to_abort: int | None
    progress_text: str
    progress_share: float | None
    scheduled: str
    time_left: str
    time_why: str
    seconds_left: float | None
    is_unsure: bool
    verdict_word: str
    is_old: bool
    outlook: Outlook
    can_abort: bool
    reason_word: str
    abort_label: str
    badges: tuple[Badge, ...] = ()


@dataclass(frozen=True, slots=True)
class RowSelection:
    """The selection for a bulk abort, as the bar of the list shows it.

    - `session` and `owner`: the session, and a hash of the person's name. The browser restores the
      selection only in a new session of the same person.
    - `ids`: the selected ids. If `is_complete` is False, `ids` has only ids of the drawn rows.
    - `sends`: the number of selected sends.
    - `recipients`: the number of recipients of the selected sends of known size.
    - `unsized`: the number of selected sends of unknown size.
    - `matching`: the number of all sends that match the filters and can be stopped.
    - `left`: a sentence about the sends that left the selection.
    - `applied`: the id of the page in the browser, and the number of its last applied change.
    """

    session: str
    owner: str
    ids: Sequence[str]
    is_complete: bool
    sends: int
    recipients: int
    unsized: int
    matching: int
    left: str
    applied: tuple[str, int]


_mount = component("freio_rows")

#: The maximum number of ids in `held_ids`. A browser shows at most one page of the list.
_MOST_HELD = PAGE_SIZES[-1]


def _sent(row: Row) -> dict[str, object]:
    # Do not use `asdict` for rows: it copies each value, and makes a list twice as slow.
    return vars(row) | {
        "name_end": names.beginning_and_end(row.name)[1],
        "badges": [asdict(badge) for badge in row.badges],
        "sign": palette.SIGNS[row.outlook],
        "outlook_word": names.outlook_name(row.outlook),
    }


def held_ids(key: str, view: str) -> list[str]:
    """Return the ids of the rows that the browser still shows, or [] if they are unknown.

    While a person is about to use a row, the browser keeps all rows on the screen. Some of these
    rows are no longer on this page of the list. The browser reports their ids to get their facts.
    """
    held = st.session_state.get(key, {}).get("held")
    if not isinstance(held, dict) or held.get("view") != view:
        return []
    ids = held.get("ids")
    return [id for id in ids if isinstance(id, str)][:_MOST_HELD] if isinstance(ids, list) else []


def draw_rows(
    rows: Sequence[Row],
    held: Sequence[Row],
    *,
    key: str,
    labels: Mapping[str, str | Sequence[str]],
    fresh: Freshness,
    view: str,
    on_abort: Callable[[str], None],
    sorts: Mapping[str, ColumnSort],
    on_sort: Callable[[str], None],
    selection: RowSelection | None,
    on_select: Callable[[object], None],
    on_bulk: Callable[[], None],
) -> None:
    """Draw the rows. `on_abort` gets the id of the send whose button was pressed.

    - `held`: more rows that the browser still shows (`held_ids`).
    - `labels`: the texts of rows.html, row_order.js and row_selection.js.
    - `fresh`: times left and ages count from `fresh.now`. If the facts are older than
      `fresh.limit`, the browser makes every green verdict uncertain.
    - `view`: identifies the filters. A new `view` releases a frozen order (row_order.js).
    - `sorts`: the columns that sort the list. The keys are keys of `labels`. A click on the heading
      of such a column calls `on_sort` with the next order.
    - `selection`: if there is a selection, each row with a button also has a checkbox.
    - `on_select`: gets the browser's reports about the selection (row_selection.js).
    - `on_bulk`: a press on the button of a bulk abort calls `on_select`, and then `on_bulk`.
    """

    def select() -> None:
        on_select(st.session_state[key].get("selection"))

    def open_bulk() -> None:
        if st.session_state[key].get("bulk") is True:
            # The message also has the report for `select`. Call it here, because Streamlit does not
            # define the order of two callbacks.
            select()
            on_bulk()

    def sort() -> None:
        chosen = st.session_state[key].get("sort")
        if isinstance(chosen, str):
            on_sort(chosen)

    def report() -> None:
        pressed = st.session_state[key].get("abort")
        if isinstance(pressed, str):
            on_abort(pressed)

    _mount(
        key=key,
        data={
            "at": fresh.now.timestamp(),
            "current_for": live_text.seconds_current(fresh),
            "facts": live_text.age_and_limit(fresh),
            "view": view,
            "labels": labels,
            "count": count_words()
            | {
                "doubtful_sign": palette.SIGNS[Outlook.UNCERTAIN],
                "durations": live_text.duration_words(),
            },
            "sorts": {column: asdict(sort) for column, sort in sorts.items()},
            "rows": [_sent(row) for row in rows],
            "held": [_sent(row) for row in held],
            "asked": held_ids(key, view),
            "selection": selection and asdict(selection),
        },
        on_abort_change=report,
        on_sort_change=sort,
        on_held_change=lambda: None,
        on_selection_change=select,
        on_bulk_change=open_bulk,
    )
