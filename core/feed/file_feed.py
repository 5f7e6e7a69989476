"""Read a file as a feed: open the file, match the headings, and interpret the rows."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from itertools import islice
from types import MappingProxyType
from typing import BinaryIO, Final
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from core.domain.load_results import MOST_SHOWN, Question, Reading, Reason, Reject
from core.errors import N_, FeedError
from core.feed.ambiguous_values import OpenQuestionError, Survey
from core.feed.findings import EXCHANGED, Findings
from core.feed.formats.child_process import ChildProcessRows
from core.feed.formats.csv_reader import CsvRows
from core.feed.formats.json_reader import JsonRows
from core.feed.formats.open_file import open_file
from core.feed.formats.rows import (
    ANYTHING,
    FORMULA,
    Block,
    Expected,
    Layout,
    Rows,
    as_text,
    text_table,
)
from core.feed.interpreting.block_reader import BlockReader, line_numbers, whole_ids
from core.feed.interpreting.column_reader import read_counts, read_text
from core.feed.interpreting.counts import ANY
from core.feed.interpreting.derived_columns import with_derived
from core.feed.interpreting.exchanged_dates import DateForms
from core.feed.interpreting.headings import (
    CHOOSE_COLUMN,
    COUNT_FIELDS,
    REQUIRED,
    TIME_FIELDS,
    is_hour,
    may_be_offset,
    may_be_zone,
    may_have_regions,
    names_account_zone,
    require_headings,
)
from core.feed.interpreting.reading_rules import ORDERS, Rules, Undecided, UnreadableValue
from core.feed.interpreting.row_reader import FILLED, make_reject, rules_of_time
from core.feed.interpreting.scales import (
    FULL_NUMBERS,
    HEADING_SCALED,
    LINE_SCALED,
    is_scaled,
    says_scale,
)
from core.feed.interpreting.times import UNKNOWN_ZONE, parse_time
from core.feed.interpreting.unread_columns import Kind, UnreadColumn
from core.feed.interpreting.zone_columns import ZoneColumn
from core.feed.interpreting.zones import (
    order_in,
    unclear_zone,
    unknown_zone_in,
    zone_said,
    zone_said_in,
    zone_words,
)
from core.feed.limits import MAX_UNREADABLE
from core.feed.mapping import FeedMapping
from core.infrastructure.clock import utc_now
from core.ports.feed_batches import MAX_REPEATED, Batch

THREADS: Final = 2
MAX_BYTES: Final = 200_000_000
#: The maximum unpacked size, as a multiple of the maximum file size.
MAX_UNPACKED: Final = 10
_IN_UTC: Final = Rules(zone=ZoneInfo("UTC"))
#: An hour from 1 to 23 (`14`), or a fraction of a day (`0.6`).
_HOUR_NUMBER: Final = re.compile(r"0?[1-9]|1\d|2[0-3]|0?[.,]\d*[1-9]\d*", re.ASCII)
#: A date such as `2026-23-11`: year, day, month.
_YEAR_DAY_MONTH: Final = re.compile(
    r"\d{4}([/.-])(?:1[3-9]|2\d|3[01])\1(?:0?[1-9]|1[0-2])(?!\d)", re.ASCII
)
#: A number of days since 1900. A fraction gives the hour: `46349.6`.
_SERIAL: Final = r"^[2-9]\d{4}([.,]\d+)?$"
#: A date such as `2026-05-12`. The second number can be the month or the day.
_OPEN_YEAR: Final = r"^[12]\d{3}[/.-](0?[1-9]|1[0-2])[/.-](0?[1-9]|1[0-2])(\D|$)"
#: A minute in microseconds. Two times with a smaller difference count as equal.
_MINUTE: Final = 60_000_000
_JSON_OBJECT: Final = re.compile(r'\[?\s*\{\s*"')
_QUOTED: Final = 80
_CORRECT_FILE: Final = N_("Correct the file, or choose on the page Imports which column is which.")
_JOIN: Final = N_(
    "Choose on the page Imports “several columns, joined” for the scheduled time, and save that as "
    "a mapping."
)
_CHOOSE_ZONE: Final = N_(
    "Choose the zone of times without one on the page Imports, and save that as a mapping."
)
_IF_NOT_EXCHANGED: Final = N_(
    "If they are right, choose the order of dates on the page Imports, and save that as a mapping. "
    "If not, export the file again, and do not save it with a spreadsheet."
)
_NAME_ZONES: Final = N_(
    "If each send has its own zone, name the column “timezone” in the export, with zones such as "
    "-03:00. If not, choose on the page Imports the zone of times without one, or choose that this "
    "column is not read, and save that as a mapping."
)
_LEAVE_OUT: Final = N_(
    "Write the whole time in one column in the export. If this column has nothing to do with the "
    "scheduled time, choose on the page Imports that it is not read, and save that as a mapping."
)
_NOT_READ: Final[Mapping[Kind, tuple[str, str]]] = {
    "half": (
        N_(
            "The column “{heading}” is not read, but in line {line} it has “{text}” beside the "
            "time “{time}”. Without it, this time would be wrong by 12 hours."
        ),
        _LEAVE_OUT,
    ),
    "minute": (
        N_(
            "The column “{heading}” is not read, but in line {line} it has “{text}” beside the "
            "time “{time}”, which has no minutes. The minutes would be lost."
        ),
        _LEAVE_OUT,
    ),
    "scale": (
        N_(
            "The column “{heading}” is not read, but in line {line} it has “{text}”: the "
            "recipients seem to be in thousands or in millions, so the recipients of each send "
            "are not known exactly."
        ),
        N_(
            "Export the full numbers, such as 12000. If the numbers are full, choose on the page "
            "Imports that this column is not read, and save that as a mapping."
        ),
    ),
}

#: The error if two columns can mean the same field, but have different values. The keys are kinds
#: of `Question`.
_BOTH: Final[Mapping[str, str]] = {
    "recipients": N_(
        "The columns “{a}” and “{b}” may both have the recipients, and they differ in line {line}."
    ),
    "scheduled_at": N_(
        "The columns “{a}” and “{b}” may both have the scheduled time, and they differ in line "
        "{line}."
    ),
}

_FORMATS: Final[Mapping[str, Callable[[BinaryIO, Layout], Rows]]] = {
    "text": CsvRows,
    "json": JsonRows,
    "parquet": partial(ChildProcessRows, kind="parquet"),
    "excel": partial(ChildProcessRows, kind="excel"),
}


@contextmanager
def open_rows(
    source: BinaryIO,
    name: str,
    most: int = MAX_BYTES,
    wanted: Layout = Layout(),  # noqa: B008 - it is frozen
) -> Iterator[Rows]:
    """Open a file of at most `most` bytes.

    Raises FeedError if the file is too large, or if the format is unknown.
    """
    with (
        open_file(source, name, most=most, most_unpacked=MAX_UNPACKED * most) as (form, stream),
        closing(_FORMATS[form](stream, wanted)) as rows,
    ):
        yield rows


def add_columns(rows: Rows, mapping: FeedMapping) -> Sequence[str]:
    """Add and return the optional columns that the first JSON objects lack.

    Programs leave out keys without a value, such as the time of a draft.
    """
    return rows.add_columns(mapping.optional_columns) if isinstance(rows, JsonRows) else ()


class NothingReadError(FeedError):
    """No row could be read."""

    def __init__(
        self, name: str, rejects: Sequence[Reject], unread: tuple[int, str, str] | None = None
    ) -> None:
        """`unread` is an item of `Layout.unread_cells`. The error names this cell."""
        happened = N_(
            "No row of {name} could be read. The first problem is in line {line}: {reason}."
        )
        todo = _CORRECT_FILE
        _, cell, error = unread or (0, "", "")
        if error == FORMULA:
            happened = N_("No row of {name} could be read. The formula in {cell} has no value.")
            todo = N_("Open the workbook in Excel, save it, and load it again.")
        elif error:
            happened = N_("No row of {name} could be read. The cell {cell} has the error {error}.")
            todo = N_("Correct the workbook, save it, and load it again.")
        line, reason = rejects[0].line, rejects[0].reasons[0]
        values = {"name": name, "cell": cell, "error": error, "line": line, "reason": reason}
        super().__init__(happened, todo, **values)
        self.rejects = rejects


class FileFeed:
    """An open file as a `core.ports.feed_batches.Feed`.

    * `zone`: the zone of times without an offset.
    * `has_zone`: whether a person or the mapping chose `zone`. If `has_zone` is false, a zone in
      a line above the headings takes precedence over `zone`.
    * `absent`: the columns that `add_columns` added.
    * `on_rows_read`: a function that receives how many rows the feed has read.
    * `remembered`: the answers that earlier files with the same headings proved, such as the order
      of dates (`Survey.proved`).

    Raises FeedError if a required column is missing, or if two columns mean the same field.
    Raises OpenQuestionError if several lists or sheets can contain the sends.
    """

    def __init__(
        self,
        rows: Rows,
        name: str,
        *,
        zone: ZoneInfo,
        has_zone: bool = False,
        mapping: FeedMapping = FeedMapping(),  # noqa: B008 - it is frozen
        absent: Sequence[str] = (),
        max_rows: int = 0,
        on_rows_read: Callable[[int], None] = lambda _count: None,
        fingerprint: str = "",
        size: int = 0,
        remembered: Mapping[str, str] = MappingProxyType({}),
        now: datetime | None = None,
    ) -> None:
        self.headings = rows.headings
        self.fingerprint = fingerprint
        self.size = size
        self._rows, self._name = rows, name
        _require_one_place(name, rows.layout)
        self._has_zone = has_zone
        said = None if has_zone else zone_said_in(rows.layout.skipped)
        zone = said[1] if said else zone
        try:
            has_zone_or_line = has_zone or said is not None
            columns = require_headings(rows.headings, mapping, has_zone=has_zone_or_line)
        except FeedError:
            _require_no_json(rows)
            raise
        self._columns, self._remembered = columns, remembered
        counts = (place for name in COUNT_FIELDS for place in columns.columns_of(name))
        self._count_headings = [rows.headings[place] for place in counts]
        self._rules = Rules(
            zone=zone,
            order=mapping.order,
            hours_after_dash=None,
            short_times=None,
            behind=None,
            decimal=mapping.decimal,
            states=mapping.states,
        )
        unread = {place: rows.headings[place] for place in columns.unread}
        self._hours = next(filter(is_hour, unread.values()), "")
        self._unread = {
            place: UnreadColumn(heading, has_counts=bool(self._count_headings))
            for place, heading in unread.items()
        }
        self._zone_columns = {
            place: ZoneColumn(
                is_plain=not (may_be_zone(heading) or may_be_offset(heading)),
                may_have_regions=may_have_regions(heading),
            )
            for place, heading in unread.items()
            if not names_account_zone(heading)
        }
        times = (place for name in TIME_FIELDS for place in columns.columns_of(name))
        self._date_forms = {place: DateForms() for place in times}
        self._is_surveyed = self._has_order = self._whole_ids = False
        # At an ambiguous value, this reader raises Undecided. `_decide` then finds the meaning.
        self._reader = BlockReader(columns, replace(self._rules, is_tentative=True, decimal=""))
        assumed = self._rules.assumed
        if columns.zone_place is None:  # if there is a column of zones, the reader adds them
            assumed.zones.add(rules_of_time("scheduled_at", columns, self._rules).zone)
        self.findings = Findings(now or utc_now(), zone, assumed)
        self.findings.add_layout(rows.layout)
        self.findings.add_columns(mapping, columns, rows.headings, absent)
        self._notes = list(self.findings.notes)
        self._max_rows, self._on_rows_read = max_rows, on_rows_read

    @property
    def is_part(self) -> bool:
        """Whether the file is only a part, such as page 1 of 3. Known after the last batch."""
        return bool(self.findings.page_mark)

    def batches(self, only: Sequence[str] | None = None) -> Iterator[Batch]:
        """Read the file from the beginning.

        If `only` is set, return the rows with an ID in `only` or an unreadable ID. If `only` is
        None, raises FeedError for a file with no rows, too many rows, or too few readable rows, or
        with signs that its times or counts would be wrong. Also raises the errors of `interpreted`.
        """
        if only is not None:
            yield from self.interpreted(only)
            return
        self._require_full_numbers()
        self.findings.begin()
        read = accepted = 0
        rejects: list[Reject] = []
        for batch in self.interpreted():
            self.findings.add(batch)
            accepted += batch.rows.num_rows
            read += batch.rows.num_rows + len(batch.rejects)
            if len(rejects) < MOST_SHOWN:
                rejects += batch.rejects[:MOST_SHOWN]
            try:
                self._check(read, accepted, rejects)
                self._on_rows_read(read)
            except BaseException:
                self._reader.is_cancelled = True
                raise
            yield batch
        if not read:
            todo = N_("Check that the export contains the sends, and export it again.")
            raise FeedError(N_("{name} has headings but no rows."), todo, name=self._name)
        if not accepted:
            read_from = {p for name in REQUIRED for p in self._columns.columns_of(name)}
            unread = (each for each in self._rows.layout.unread_cells if each[0] in read_from)
            raise NothingReadError(self._name, rejects, next(unread, None))
        self._require_one_date_form()
        self._require_all_read()
        if self._rules.assumed.zone and not self._has_zone:
            self._require_said_zone()

    def _require_one_date_form(self) -> None:
        for forms in self._date_forms.values():
            if not forms.may_be_exchanged:
                continue
            if self._rules.order is None:
                raise FeedError(EXCHANGED, _IF_NOT_EXCHANGED, text=forms.example)
            # A person chose the order of dates in the mapping. Only add a note.
            note = Reason(EXCHANGED, {"text": forms.example}, "scheduled_at")
            if note not in self.findings.notes:
                self.findings.notes.append(note)

    def _require_full_numbers(self) -> None:
        for heading in filter(is_scaled, self._count_headings):
            raise FeedError(HEADING_SCALED, FULL_NUMBERS, text=heading)
        for line in filter(says_scale, self._rows.layout.skipped if self._count_headings else ()):
            raise FeedError(LINE_SCALED, FULL_NUMBERS, text=line.strip(" ,;\t|")[:80])

    def _require_all_read(self) -> None:
        for line in self._rows.layout.scales if self._count_headings else ():
            raise FeedError(LINE_SCALED, FULL_NUMBERS, text=line[:80])
        for place, column in self._unread.items():
            if column.changes is not None:
                kind, at, text, time = column.changes
                happened, todo = _NOT_READ[kind]
                heading = self._rows.headings[place] or str(place + 1)
                text, time = text[:_QUOTED], time[:_QUOTED]
                raise FeedError(happened, todo, heading=heading, text=text, line=at, time=time)

    def _require_said_zone(self) -> None:
        columns, headings = self._columns, self._rows.headings
        if columns.is_account_zone and self._rules.assumed.zone_beside:
            assert columns.zone_place is not None
            happened = N_(
                "The column “{heading}” may have the zone of the scheduled times, but it is empty "
                "beside some of them."
            )
            raise FeedError(happened, _CHOOSE_ZONE, heading=headings[columns.zone_place])
        for place, column in self._zone_columns.items():
            if column.names_other(self.findings.is_other_zone):
                happened = N_(
                    "The column “{heading}” is not read, but it may have the zone of the times: it "
                    "has “{text}”."
                )
                values = {"heading": headings[place], "text": column.example}
                raise FeedError(happened, _NAME_ZONES, **values)
        ours, lines = self._rules.zone, self.findings.lines_beside
        said = zone_said_in(each for each in lines if self.findings.is_other_zone(zone_said(each)))
        if said is not None:
            happened = N_(
                "Times without an offset are read as times in {zone}, but the file says: “{text}”."
            )
            question = _question("zone", (said[1].key, ours.key))
            values = {"zone": zone_words(ours), "text": said[0][:_QUOTED]}
            raise OpenQuestionError(happened, _CHOOSE_ZONE, question, **values)
        if unknown := unknown_zone_in(lines):
            text, name = (each[:_QUOTED] for each in unknown)
            happened = N_("The file says “{text}”, but {name} is not a zone that Freio knows.")
            raise FeedError(happened, _CHOOSE_ZONE, text=text, name=f"“{name}”")
        for place in (place for name in columns.unmapped for place in columns.columns_of(name)):
            heading = headings[place]
            if name := unclear_zone(heading):
                happened = N_(
                    "The heading “{heading}” has “{name}”, which is not a zone that Freio knows."
                )
                raise FeedError(happened, _CHOOSE_ZONE, heading=heading, name=name)

    def interpreted(self, only: Sequence[str] | None = None) -> Iterator[Batch]:
        """Read the file like `batches`, but accept any number of rejected rows.

        Raises FeedError if values contradict each other or stay ambiguous.
        """
        done = 0
        while True:
            blocks = self._blocks(self._reader.expected)
            # Skip the first `done` blocks. These blocks were read without an ambiguous value.
            blocks = islice(blocks, done, None)
            if only is not None:
                ids = pa.array(only, pa.string())
                blocks = (self._rows_with(block, ids) for block in blocks)
            try:
                for batch in _map_in_threads(self._read, blocks):
                    done += 1
                    yield self.findings.without_footers(batch)
            except Undecided:
                self._decide()
            else:
                self.findings.finish(self._rows.page_mark, self._rows.layout.zones)
                return

    def _blocks(self, expected: Expected = ANYTHING) -> Iterator[Block]:
        """Read the file.

        A row can lack cells at its end. If no required field needs these cells, a separate block
        has the row, with empty texts in their place.
        """
        width, needed = len(self._rows.headings), self._columns.needed
        for block in self._rows.blocks(expected):
            short = [each for each in block.damaged if len(each.cells) >= needed]
            if not short:
                yield block
                continue
            others = [each for each in block.damaged if len(each.cells) < needed]
            yield replace(block, damaged=others)
            cells = [[*each.cells, *[""] * (width - len(each.cells))] for each in short]
            lines = [each.line for each in short]
            yield Block(text_table(cells, width), lines, texts=[each.raw for each in short])

    def _read(self, block: Block) -> Batch:
        batch = self._reader.read(block)
        self._require_month_first(block, batch)
        self._require_no_scale(batch)
        for place, forms in self._date_forms.items():
            forms.add(block.table.column(place))
        for place, column in self._zone_columns.items():
            column.add(block.table.column(place))
        self._add_unread(block)
        if self._rows.layout.is_1904:
            self._require_dates(block)
        if self._columns.is_account_zone:
            self._require_known_zones(batch)
        for rival in (*self._columns.rivals, *self._columns.near):
            self._require_same_recipients(block, rival, batch)
        for other in self._columns.other_times:
            self._require_same_time(block, other, batch)
        if self._hours:
            lines = line_numbers(block.lines)
            days = pc.is_in(lines, value_set=self.findings.lines_at_midnight(batch.rows))
            column = as_text(block.table.column(self._rows.headings.index(self._hours)))
            beside = column.filter(days)
            hours = [each for each in pc.unique(beside).to_pylist() if _is_hour_of_day(each)]
            if hours:
                happened = N_(
                    "Scheduled times such as that in line {line} have no hour, and the column "
                    "“{hours}” is not read."
                )
                line = lines.filter(days)[pc.index(beside, hours[0]).as_py()].as_py()
                raise FeedError(happened, _JOIN, line=line, hours=self._hours)
        return batch

    def _add_unread(self, block: Block) -> None:
        @cache
        def times() -> pa.Array:
            table = with_derived(block.table, self._columns.derived)
            return as_text(table.column(self._columns.places["scheduled_at"]))

        for place, column in self._unread.items():
            column.add(block.table.column(place), times, block.lines)

    def _require_month_first(self, block: Block, batch: Batch) -> None:
        """Raise FeedError if a block has dates such as `2026-20-12` and such as `2026-05-12`.

        `2026-20-12` shows that the day is before the month. `2026-05-12` then means 5 December, but
        Freio would read it as 12 May.
        """
        for reject in batch.rejects:
            for reason in reject.reasons:
                text = str(reason.values.get("text", ""))
                is_wrong = reason.column in TIME_FIELDS and _YEAR_DAY_MONTH.match(text)
                if is_wrong and self._has_open_years(block, reason.column):
                    happened = N_(
                        "{name} has dates with the year, the day and then the month, such as "
                        "“{text}” in line {line}."
                    )
                    values = {"name": self._name, "text": text, "line": reject.line}
                    raise FeedError(happened, N_("Export dates such as 2026-11-23."), **values)

    def _require_no_scale(self, batch: Batch) -> None:
        for reject in batch.rejects if self._count_headings else ():
            text = reject.raw.strip(' ",;\t|')
            if text and (not reject.id or reject.id == text) and says_scale(text):
                raise FeedError(LINE_SCALED, FULL_NUMBERS, text=text[:80])

    def _require_known_zones(self, batch: Batch) -> None:
        reasons = (reason for reject in batch.rejects for reason in reject.reasons)
        unknown = next((each for each in reasons if each.template == UNKNOWN_ZONE), None)
        if unknown is not None:
            assert self._columns.zone_place is not None
            happened = N_(
                "The column “{heading}” has “{name}”, which is not a zone that Freio knows."
            )
            heading = self._rows.headings[self._columns.zone_place]
            raise FeedError(happened, _CHOOSE_ZONE, heading=heading, name=unknown.values["zone"])

    def _require_dates(self, block: Block) -> None:
        for place in {place for name in TIME_FIELDS for place in self._columns.columns_of(name)}:
            column = as_text(block.table.column(place))
            at = pc.index(pc.match_substring_regex(column, _SERIAL), True).as_py()
            if at >= 0:
                happened = N_(
                    "The workbook counts days from 1904, and “{text}” in line {line} is a number "
                    "without a date format."
                )
                todo = N_("Give these cells a date format, and save the workbook again.")
                raise FeedError(happened, todo, text=column[at].as_py(), line=block.lines[at])

    def _has_open_years(self, block: Block, field: str) -> bool:
        places = self._columns.columns_of(field)
        columns = (as_text(block.table.column(place)) for place in places)
        return any(pc.any(pc.match_substring_regex(each, _OPEN_YEAR)).as_py() for each in columns)

    def _require_same_recipients(self, block: Block, rival: int, batch: Batch) -> None:
        taken = self._columns.places["total_records"]
        columns = [block.table.column(place) for place in (taken, rival)]
        lines = line_numbers(block.lines)
        count = read_counts(columns[0], ANY)[0]
        # A column in `near` has a similar count, such as the delivered messages. Compare only rows
        # with 0 recipients.
        if rival in self._columns.near:
            is_zero = pc.fill_null(pc.equal(count, 0), False)
            columns = [column.filter(is_zero) for column in columns]
            count, lines = count.filter(is_zero), lines.filter(is_zero)
            if not len(lines):
                return
        ours, theirs = map(as_text, columns)
        is_same = pc.equal(count, read_counts(columns[1], ANY)[0])
        is_same = pc.or_(pc.fill_null(is_same, False), pc.equal(ours, theirs))
        is_read = pc.is_in(lines, value_set=batch.rows.column("line"))
        differs = pc.and_not(pc.and_(is_read, pc.match_substring_regex(theirs, r"^\d")), is_same)
        self._require_no_difference("recipients", differs, lines, (taken, rival))

    def _require_same_time(self, block: Block, other: int, batch: Batch) -> None:
        lines = batch.rows.column("line")
        at = pc.index_in(lines.combine_chunks(), value_set=line_numbers(block.lines))
        taken = self._columns.columns_of("scheduled_at")[0]
        ours, theirs = (as_text(block.table.column(place)).take(at) for place in (taken, other))
        differs = pc.and_(pc.not_equal(ours, theirs), pc.not_equal(theirs, ""))
        if not pc.any(differs).as_py():
            return
        scheduled = batch.rows.column("scheduled_at").combine_chunks().cast(pa.int64())
        apart = []
        for order in ORDERS[:2]:
            times = self._reader.other_times(block, other, self._rows.headings[other], order)
            between = pc.abs(pc.subtract(times.take(at).cast(pa.int64()), scheduled))
            apart.append(pc.greater_equal(between, _MINUTE))
        # The other column can have another order of dates. The times are apart only if they are
        # apart in each order in which the other time is readable. An unreadable time gives null.
        is_apart = pc.coalesce(pc.and_kleene(*apart), *apart, False)
        differs = pc.and_(differs, is_apart)
        self._require_no_difference("scheduled_at", differs, lines, (taken, other))

    def _require_no_difference(
        self, kind: str, differs: pa.Array, lines: pa.Array, places: Sequence[int]
    ) -> None:
        at = pc.index(differs, True).as_py()
        if at >= 0:
            a, b = (self._rows.headings[place] for place in places)
            values = {"a": a, "b": b, "line": lines[at].as_py()}
            raise OpenQuestionError(_BOTH[kind], CHOOSE_COLUMN, _question(kind, (a, b)), **values)

    def _decide(self) -> None:
        assert not self._is_surveyed, "all was decided"
        survey, read = Survey(self._name, self._remembered), 0
        for place in self._columns.columns_of("scheduled_at"):
            heading = self._rows.headings[place]
            survey.add_order(order_in(heading), heading, self._rows.layout.heading_line or 1)
        kinds = BlockReader(self._columns, self._rules).kinds.items()
        times = [place for place, kind in kinds if kind == "time"]
        # If several columns have a field, a row uses only the first filled cell. The unused cells
        # can prove the order of dates too.
        hidden = self._columns.alternatives_in(times)
        times += hidden
        counts = [place for place, kind in kinds if kind == "count"]
        filled = [self._columns.places[name] for name in FILLED if name in self._columns.places]
        for block in self._blocks():
            with_all = replace(block, table=with_derived(block.table, self._columns.derived))
            survey.add(with_all, times, counts, filled)
            read += block.table.num_rows
            self._on_rows_read(read)
            if survey.shows_order and not self._has_order and not hidden:
                self._has_order = True
                break
        else:
            self._is_surveyed = True
        rules = survey.decide(self._rules)
        if self._is_surveyed:
            rules = survey.settle(rules)
        self._whole_ids = bool(rules.whole_ids)
        self.findings.notes = self._notes + survey.notes
        self.findings.proved = survey.proved
        tentative = replace(rules, is_tentative=not self._is_surveyed)
        self._reader = BlockReader(self._columns, tentative)

    def repeated(self, lines: Mapping[int, int]) -> Iterator[Reject]:
        """Read the file again, and return a reject for each line in `lines`.

        `lines` maps the line of a repeated ID to the first line with this ID. Raises FeedError for
        more than MAX_REPEATED lines: the ID is probably in a different column.
        """
        if len(lines) > MAX_REPEATED:
            happened = N_("More than {most} rows of {name} have an ID that an earlier row has.")
            todo = N_(
                "Choose the column with the send's own ID on the page Imports, or correct the "
                "export."
            )
            raise FeedError(happened, todo, name=self._name, most=MAX_REPEATED)
        for block in self._blocks():
            found = [index for index, line in enumerate(block.lines) if line in lines]
            ids = self._ids(block) if found else ()
            for index in found:
                line = block.lines[index]
                template = N_("its ID is already in line {line}")
                reason = Reason(template, {"line": lines[line]}, "id")
                yield make_reject(line, block.raw(index), [reason], id=ids[index].as_py())
        if self.findings.has_rows:
            self._find_meaning_without(lines)

    def _find_meaning_without(self, lines: Mapping[int, int]) -> None:
        self.findings.begin()
        self.findings.repeated = len(lines)
        left_out, read = pa.array(list(lines), pa.int64()), 0
        for batch in self.interpreted():
            is_left_out = pc.is_in(batch.rows.column("line"), value_set=left_out)
            self.findings.add(Batch(batch.rows.filter(pc.invert(is_left_out)), batch.rejects))
            read += batch.rows.num_rows + len(batch.rejects)
            self._on_rows_read(read)

    def _ids(self, block: Block) -> pa.Array:
        ids = as_text(
            with_derived(block.table, self._columns.derived).column(self._columns.places["id"])
        )
        return whole_ids(ids, replace(self._rules, whole_ids=self._whole_ids))

    def _rows_with(self, block: Block, ids: pa.Array) -> Block:
        """Return the rows with an ID in `ids`, and the rows with an unreadable ID."""
        text, is_plain = read_text(self._ids(block))
        wanted = pc.or_(pc.is_in(text, value_set=ids), pc.invert(is_plain))
        return block.select(pc.indices_nonzero(wanted).to_pylist())

    def _check(self, read: int, accepted: int, rejects: Sequence[Reject]) -> None:
        name, rejected = self._name, read - accepted
        if self._hours and self.findings.has_only_days:
            happened = N_("The scheduled times have no hour, and the column “{hours}” is not read.")
            raise FeedError(happened, _JOIN, hours=self._hours)
        if self._max_rows and read > self._max_rows:
            todo = N_("Split it, or raise FREIO_MAX_ROWS.")
            raise FeedError(
                N_("{name} has more than {most} rows."), todo, name=name, most=self._max_rows
            )
        if rejected > MAX_UNREADABLE and not accepted:
            raise NothingReadError(name, rejects)
        if rejected > MAX_UNREADABLE and accepted < rejected // 10:
            happened = N_(
                "Only {accepted} of the first {read} rows of {name} can be read. The first problem "
                "is in line {line}: {reason}."
            )
            values = {"line": rejects[0].line, "reason": rejects[0].reasons[0], "read": read}
            raise FeedError(happened, _CORRECT_FILE, name=name, accepted=accepted, **values)


def _question(kind: str, answers: Iterable[str]) -> Question:
    return Question(kind=kind, readings=[Reading(answer=each, examples=()) for each in answers])


def _require_one_place(name: str, layout: Layout) -> None:
    lists = N_("{name} has several lists that may be the sends: {choices}.")
    sheets = N_("{name} has several sheets that may be the sends: {choices}.")
    for kind, choices, happened in (
        ("list", layout.likely_lists, lists),
        ("sheet", layout.likely_sheets, sheets),
    ):
        if len(choices) > 1:
            todo = N_("Choose one on the page Imports, and save the choice as a mapping.")
            values = {"name": name, "choices": ", ".join(choices)[:300]}
            raise OpenQuestionError(happened, todo, _question(kind, choices), **values)


def _require_no_json(rows: Rows) -> None:
    block = next(iter(rows.blocks()), None)
    for heading, column in zip(rows.headings, block.table.columns if block else (), strict=False):
        text = as_text(column.slice(0, 1)).to_pylist()[:1]
        if text and _JSON_OBJECT.match(text[0]):
            happened = N_(
                "The file lacks columns for the fields of a send, but the cells of its column "
                "“{heading}” have JSON, such as “{text}”."
            )
            todo = N_("Export each value as a column, or save the JSON alone as a .json file.")
            raise FeedError(happened, todo, heading=heading, text=text[0][:_QUOTED])


@lru_cache(4_096)
def _is_hour_of_day(text: str) -> bool:
    if _HOUR_NUMBER.fullmatch(text):
        return True
    try:
        return parse_time(f"2030-01-02 {text}", _IN_UTC) != datetime(2030, 1, 2, tzinfo=UTC)
    except UnreadableValue:
        return False


def _map_in_threads(read: Callable[[Block], Batch], blocks: Iterable[Block]) -> Iterator[Batch]:
    # Arrow releases the GIL, so threads help.
    with ThreadPoolExecutor(THREADS, "feed-reader") as pool:
        running: deque[Future[Batch]] = deque()
        try:
            for block in blocks:
                running.append(pool.submit(read, block))
                if len(running) > THREADS:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        finally:
            for each in running:
                each.cancel()
