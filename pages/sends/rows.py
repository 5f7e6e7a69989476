"""The component that draws a list of sends. The server decides what each row says and allows.

The id of the send identifies a row. The position does not, because rows move.
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
    """A word on a row, and a sentence with the reason."""

    word: str
    why: str


#: The direction of the order. "" marks a column that does not order the list at the moment.
Direction = Literal["", "ascending", "descending"]


@dataclass(frozen=True, slots=True)
class ColumnSort:
    """A heading: the current direction, and the order after a click."""

    direction: Direction
    next: str


@dataclass(frozen=True)
class Row:
    """A row of the list.

    - `to_abort`: the number of recipients not reached yet. If Freio does not know this number, the
      number of all recipients. If Freio does not know either number, None.
    - `seconds_left`: the seconds at the start of the countdown, or None if there is no countdown.
    - `time_left`: the time left in words, or why there is no countdown.
    - `is_unsure`: the time left has a question mark.
    - `is_old`: the verdict contains the age of the data.
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
    """The selection for a bulk abort, for the bar of the list.

    - `owner`: a hash of the person's name. Only this person gets the selection back.
    - `ids`: the selected ids. If `is_complete` is False, only the ids of drawn rows.
    - `recipients`: the number of recipients of the selected sends of known size.
    - `unsized`: the number of selected sends of unknown size.
    - `matching`: the number of stoppable sends that match the filters.
    - `left`: the text of `bulk_selection.left_sentence`.
    - `applied`: see `bulk_selection.Selection`.
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

_MOST_HELD = PAGE_SIZES[-1]


def _sent(row: Row) -> dict[str, object]:
    # Do not use `asdict` for the row. It copies each value, and a list would take twice as long.
    return vars(row) | {
        "name_end": names.beginning_and_end(row.name)[1],
        "badges": [asdict(badge) for badge in row.badges],
        "sign": palette.SIGNS[row.outlook],
        "outlook_word": names.outlook_name(row.outlook),
    }


def held_ids(key: str, view: str) -> list[str]:
    """Return the ids of the rows on the screen. If the ids are unknown, return [].

    With a frozen order (row_order.js), the screen also shows sends that have left the list.
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
    """Draw the rows. `on_abort` gets the id of the send after a press on an abort button.

    - `held`: rows that are on the screen (`held_ids`), but not in `rows`.
    - `labels`: the texts of rows.html, row_order.js and row_selection.js.
    - `view`: the filters. A new `view` releases a frozen order (row_order.js).
    - `sorts`: the columns that sort the list. The keys are keys of `labels`.
    - `on_sort`: gets the next order after a click on a heading.
    - `selection`: None if people cannot select rows.
    - `on_select`: gets the browser's reports about the selection (row_selection.js).
    - `on_bulk`: called after `on_select`, if the person presses the button for a bulk abort.
    """

    def select() -> None:
        on_select(st.session_state[key].get("selection"))

    def open_bulk() -> None:
        if st.session_state[key].get("bulk") is True:
            # Streamlit may call `open_bulk` before `select`, so read the selection first.
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
