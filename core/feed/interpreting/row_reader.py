"""Accept or reject single rows, with the reasons.

This module is slow. `block_reader` first reads whole columns, and calls this module only for the
rows that it then cannot accept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, Final

from core.domain.load_results import Reason, Reject
from core.domain.model import ConfigurationId, SendConfiguration
from core.domain.spreadsheet_formulas import unescape_formula
from core.domain.states import HAS_RECIPIENTS, MAY_LACK_TIME
from core.errors import N_
from core.feed.formats.rows import SEVERAL
from core.feed.interpreting.counts import parse_count
from core.feed.interpreting.headings import COUNT_FIELDS, REQUIRED, TIME_FIELDS, ColumnMap
from core.feed.interpreting.reading_rules import (
    NO_TIME,
    NOT_KNOWN,
    NOTHING,
    SUMS,
    Assumed,
    Rules,
    Undecided,
    UnreadableValue,
)
from core.feed.interpreting.times import ZERO, parse_time, parse_time_in
from core.feed.interpreting.zones import zone_in_words
from core.feed.limits import MAX_CELL, MAX_RAW

#: This mark replaces the end of a rejected row that is too long to store.
CUT: Final = "…"
#: Columns that must not be empty.
FILLED: Final = ("id", "name", "state")
TEXTS: Final = ("campaign", "channel", "account", "audience", "created_by")

#: Zero-width spaces, direction marks, overrides and isolates. With invisible characters, two
#: different IDs can look equal. Joiners are allowed, because emoji need joiners.
INVISIBLE: Final = "\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
CONTROLS: Final = r"\x00-\x08\x0b-\x1f\x7f"
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_CONTROL = re.compile(f"[{CONTROLS}]")


TIME_MISSING: Final = Reason(
    N_(
        "{column} is empty: a send that is scheduled, finished or of unknown state must have a time"
    ),
    {"column": "scheduled_at"},
    "scheduled_at",
)


#: A numeric ID with `.0` at the end: `101.0`.
WHOLE_ID: Final = r"^(\d+)[.,]0$"
_WHOLE_ID: Final = re.compile(WHOLE_ID, re.ASCII)
#: A spreadsheet shortens a long ID to `1.23E+17`. The last digits are lost.
SHORTENED_MARK: Final = "[eE][+]"
_SHORTENED: Final = re.compile(rf"\d(?:[.,]\d+)?{SHORTENED_MARK}\d+")
A_SUM: Final = N_("“{text}” is not an ID: the line seems to have the sum of other lines")
_NO_ID: Final = N_("a spreadsheet has shortened the ID to “{text}”; export it as text")

_NO_RECIPIENTS: Final = Reason(
    N_("{column} is empty"), {"column": "total_records"}, "total_records"
)


_SEVERAL_VALUES: Final = N_("{column} contains more than one value")
_AN_OBJECT: Final = N_(
    "{column} contains an object or a list and not a value; choose one of its parts"
)


class _Rejected(Exception):  # noqa: N818 - carries the reasons from the cells to the row
    def __init__(self, *reasons: Reason) -> None:
        super().__init__()
        self.reasons = reasons


class RowReader:
    """Reads single rows of a file."""

    def __init__(self, columns: ColumnMap, rules: Rules) -> None:
        self._map, self._rules = columns, rules
        # A person chose the columns of the mapping, so an object in their cells is a mistake. If
        # Freio found the column of an optional field by its heading, an object counts as empty.
        self._may_have_objects = set(columns.unmapped).difference(REQUIRED)
        # Many sends have equal times.
        self._times: Mapping[str, Callable[[str], datetime]] = {
            name: lru_cache(65_536)(partial(parse_time, rules=rules_of_time(name, columns, rules)))
            for name in TIME_FIELDS
        }
        self._time_in = lru_cache(65_536)(partial(parse_time_in, rules))

    def _time_of(self, name: str, cells: Sequence[str]) -> Callable[[str], datetime]:
        place = self._map.zone_place
        if name == "scheduled_at" and place is not None:
            return partial(self._time_in, filled_text(cells[place]))
        return self._times[name]

    def _id(self, text: str) -> str:
        match = _WHOLE_ID.fullmatch(text)
        if match and self._rules.whole_ids is None:
            raise Undecided
        return match[1] if match and self._rules.whole_ids else text

    def _id_of_send(self, text: str) -> str:
        if text.lower() in SUMS:
            raise UnreadableValue(A_SUM, text=text)
        return self._id(text)

    def read(self, line: int, raw: str, cells: Sequence[str]) -> SendConfiguration | Reject:
        """Return a configuration or a reject. `cells` has a text for each column."""
        try:
            return self._configuration(cells)
        except _Rejected as rejected:
            id = self._id(filled_text(cells[self._map.places["id"]])[:MAX_CELL])
            return make_reject(line, raw, rejected.reasons, id=id)

    def _configuration(self, cells: Sequence[str]) -> SendConfiguration:
        used = [cells[place] for place in self._map.places.values()]
        if any(_CONTROL.search(cell.replace(SEVERAL, "")) for cell in used):
            raise _Rejected(Reason(N_("it contains control characters")))
        if any(len(cell) > MAX_CELL for cell in used):
            most = {"most": MAX_CELL}
            raise _Rejected(Reason(N_("a cell has more than {most} characters"), most))

        def text(column: str) -> str:
            place = self._map.places.get(column)
            cell = "" if place is None else cells[place]
            if SEVERAL not in cell:
                return clean(cell)
            parts = [clean(part) for part in cell.split(SEVERAL)]
            if column not in TEXTS or not any(parts):
                if column in self._may_have_objects:
                    self._rules.assumed.empty.add(column)
                    return ""
                wrong = _SEVERAL_VALUES if any(parts) else _AN_OBJECT
                raise _Rejected(Reason(wrong, {"column": column}, column))
            return ", ".join(part for part in parts if part)

        wrong: list[Reason] = []

        def value(column: str, read: Callable[[str], Any], nothing: Collection[str] = ()) -> Any:
            found = text(column)
            if found.lower() in nothing:
                found = ""
            if not found and column not in FILLED:
                return None
            try:
                if not found:
                    raise UnreadableValue(N_("{column} is empty"), column=column)
                result = read(found)
                return None if result == ZERO else result
            except UnreadableValue as unreadable:
                wrong.append(Reason(unreadable.template, unreadable.values_, column))

        facts: dict[str, Any] = {name: text(name) for name in TEXTS}
        facts["id"] = value("id", self._id_of_send, NOTHING)
        facts |= {name: value(name, str) for name in FILLED if name != "id"}
        count = partial(parse_count, decimal=self._rules.decimal)
        for name in COUNT_FIELDS:
            facts[name] = value(name, count, NOTHING | NOT_KNOWN)
        facts |= {name: value(name, self._time_of(name, cells), NO_TIME) for name in TIME_FIELDS}
        if _SHORTENED.fullmatch(facts["id"] or ""):
            wrong.append(Reason(_NO_ID, {"text": facts["id"]}, "id"))
        state = self._rules.state(facts["state"] or "")
        if text("total_records").lower() in ("", *NOTHING) and not (
            self._map.may_leave_out_recipients or state not in HAS_RECIPIENTS
        ):
            wrong.append(_NO_RECIPIENTS)
        is_unread = any(each.column == "scheduled_at" for each in wrong)
        if facts["scheduled_at"] is None and not is_unread and state not in MAY_LACK_TIME:
            wrong.append(TIME_MISSING)
        wrong += _implausible(facts)
        if wrong:
            raise _Rejected(*wrong)
        facts |= {"id": ConfigurationId(facts["id"]), "raw_state": facts["state"]}
        facts["state"] = state
        return SendConfiguration(**facts)


def rules_of_time(name: str, columns: ColumnMap, rules: Rules) -> Rules:
    """Return the rules for a column of times. A zone in the heading replaces `rules.zone`."""
    zone = zone_in_words(columns.zones.get(name, ""))
    return rules if zone is None else replace(rules, zone=zone, assumed=Assumed())


def filled_text(cell: str) -> str:
    """Return the cleaned text of a cell, or "" for a text such as `n/a`."""
    text = clean(cell)
    return "" if text.lower() in NOTHING else text


def clean(text: str) -> str:
    """Return a cell without invisible characters, outer spaces and the `'` before a formula."""
    plain = text.strip() if text.isascii() else _INVISIBLE.sub("", text).strip()
    return unescape_formula(plain)


def make_reject(line: int, raw: str, reasons: Sequence[Reason], *, id: str = "") -> Reject:
    """Return a reject without NUL characters. Cut `raw` after MAX_RAW characters."""
    kept = (raw if len(raw) <= MAX_RAW else raw[:MAX_RAW] + CUT).replace("\x00", "␀")
    storable = [
        replace(reason, values={name: _storable(value) for name, value in reason.values.items()})
        for reason in reasons
    ]
    return Reject(line=line, raw=kept, reasons=storable, id=id.replace("\x00", ""))


def _storable(value: object) -> object:
    return value.replace("\x00", "␀") if isinstance(value, str) else value


def _implausible(facts: Mapping[str, Any]) -> Iterator[Reason]:
    total, generated = facts["total_records"], facts["generated_records"]
    if None not in (total, generated) and generated > total:
        values = {"generated": generated, "total": total}
        yield Reason(N_("{generated} generated of {total} records"), values, "generated_records")
    started, finished = facts["processing_started_at"], facts["finished_at"]
    if started and finished and finished < started:
        yield Reason(N_("it finished before its processing started"), {}, "finished_at")
