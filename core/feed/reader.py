"""Reading a feed: configurations and rejects, one after the other, nothing silently lost.

The format's own part (`core.feed.csv_records`) yields records; what a record means is told here,
the same for every format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from core.errors import N_, FeedError
from core.feed.columns import ColumnMap, map_columns
from core.feed.csv_records import MAX_CELL, Record, decode, records
from core.feed.records import Reject
from core.feed.values import ValueReject, parse_count, parse_time
from core.model import ConfigurationId, SendConfiguration
from core.states import parse_state

MAX_RAW = 2_000
_TEXT_FORMATS = (".csv", ".txt", ".tsv")
_TEXTS = ("campaign", "channel", "account", "audience", "created_by")
_TIMES = (
    "processing_started_at",
    "in_progress_at",
    "generation_started_at",
    "finished_at",
    "updated_at",
)


def read_feed(
    source: BinaryIO, *, name: str, zone: ZoneInfo, mapping: Mapping[str, str] | None = None
) -> Iterator[SendConfiguration | Reject]:
    """Read a file row by row; each row is a configuration or a reject, in the file's order.

    `zone` is that of times without an offset; `mapping` adds headings to canonical names. Raises
    FeedError where nothing in the file can be understood.
    """
    if not name.lower().endswith(_TEXT_FORMATS):
        raise FeedError(N_("{name} is not a CSV file. Export it as CSV and load that."), name=name)
    found = records(decode(source.read()))
    heading = next(found)
    if heading.cells is None:
        raise FeedError(N_("The first line has a quote that is never closed."))
    headings = [cell.strip() for cell in heading.cells]
    row = _RowReader(map_columns(headings, mapping), len(headings), zone)
    read = 0
    for record in found:
        read += 1
        yield row.read(record)
    if not read:
        raise FeedError(N_("{name} has headings but no rows."), name=name)


class _Rejected(Exception):  # noqa: N818 - carries a reason from a cell to its row
    def __init__(self, column: str, template: str, values: Mapping[str, object]) -> None:
        super().__init__(template)
        self.column, self.template, self.values = column, template, values


class _RowReader:
    """Understands records, and remembers the ids it has seen."""

    def __init__(self, columns: ColumnMap, width: int, zone: ZoneInfo) -> None:
        self._places = columns.places
        self._width = width
        self._seen: dict[str, int] = {}
        # Sends share their minutes: most times are read once and looked up afterwards.
        self._time: Callable[[str], datetime] = lru_cache(65_536)(lambda t: parse_time(t, zone))

    def read(self, record: Record) -> SendConfiguration | Reject:
        try:
            return self._understand(record)
        except _Rejected as no:
            return Reject(
                line=record.line,
                raw=record.raw[:MAX_RAW].replace("\x00", "␀"),
                column=no.column,
                template=no.template,
                values=no.values,
            )

    def _understand(self, record: Record) -> SendConfiguration:
        cells = self._checked(record)

        def text(column: str) -> str:
            place = self._places.get(column)
            return "" if place is None else cells[place].strip()

        facts: dict[str, Any] = {name: text(name) for name in _TEXTS}
        facts |= {name: self._optional(name, text(name), self._time) for name in _TIMES}
        facts["id"] = ConfigurationId(_required("id", text("id")))
        facts["name"] = _required("name", text("name"))
        facts["raw_state"] = _required("state", text("state"))
        facts["state"] = parse_state(facts["raw_state"])
        total = self._required("total_records", text("total_records"), parse_count)
        facts["total_records"] = total
        generated = self._optional("generated_records", text("generated_records"), parse_count)
        facts["generated_records"] = generated
        facts["scheduled_at"] = self._required("scheduled_at", text("scheduled_at"), self._time)
        _plausible(facts)
        self._remember(facts["id"], record.line)
        return SendConfiguration(**facts)

    def _checked(self, record: Record) -> list[str]:
        cells = record.cells
        if cells is None:
            raise _Rejected("", N_("a quote is opened and never closed"), {})
        if len(cells) != self._width:
            counts = {"found": len(cells), "expected": self._width}
            raise _Rejected("", N_("it has {found} cells, the heading has {expected}"), counts)
        if len(record.raw) > MAX_CELL and any(len(cell) > MAX_CELL for cell in cells):
            raise _Rejected("", N_("a cell has more than {most} characters"), {"most": MAX_CELL})
        if not record.raw.isprintable() and any(_control(c) for c in record.raw):
            raise _Rejected("", N_("it contains control characters"), {})
        return cells

    def _required(self, column: str, text: str, read: Callable[[str], Any]) -> Any:
        return self._optional(column, _required(column, text), read)

    def _optional(self, column: str, text: str, read: Callable[[str], Any]) -> Any:
        if not text:
            return None
        try:
            return read(text)
        except ValueReject as no:
            raise _Rejected(column, no.template, no.values_) from None

    def _remember(self, id: str, line: int) -> None:
        first = self._seen.setdefault(id, line)
        if first != line:
            raise _Rejected("id", N_("its id stands in line {line} already"), {"line": first})


def _required(column: str, text: str) -> str:
    if not text:
        raise _Rejected(column, N_("{column} is empty"), {"column": column})
    return text


def _plausible(facts: Mapping[str, Any]) -> None:
    total, generated = facts["total_records"], facts["generated_records"]
    if generated is not None and generated > total:
        values = {"generated": generated, "total": total}
        raise _Rejected("generated_records", N_("{generated} generated of {total} records"), values)
    started, finished = facts["processing_started_at"], facts["finished_at"]
    if started and finished and finished < started:
        raise _Rejected("finished_at", N_("it finished before its processing started"), {})


def _control(character: str) -> bool:
    return (character < " " and character not in "\t\n") or character == "\x7f"
