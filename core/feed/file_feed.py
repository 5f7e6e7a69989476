"""Reading a feed: its format, its headings, and what its rows mean; nothing silently lost."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any, BinaryIO, Final
from zoneinfo import ZoneInfo

import pyarrow as pa

from core.domain.imports import MOST_SHOWN, Reason, Reject
from core.domain.model import ConfigurationId, SendConfiguration
from core.domain.states import State
from core.errors import N_, FeedError
from core.feed.formats.child_process import excel_rows, parquet_rows
from core.feed.formats.csv_reader import TextRows
from core.feed.formats.json_reader import JsonRows
from core.feed.formats.open_file import open_file
from core.feed.formats.protocols import Block, Rows
from core.feed.interpreting.block_reader import Understanding
from core.feed.interpreting.headings import map_columns
from core.feed.interpreting.row_reader import reject
from core.feed.interpreting.selected_rows import picked
from core.feed.limits import MAX_UNREADABLE
from core.ports.batches import MAX_REPEATED, Batch

#: Blocks that are understood at a time.
AT_ONCE: Final = 2

#: Hears how many rows are read so far.
Counted = Callable[[int], None]


#: Bytes of a file, and of what it unpacks to, where nobody set another limit.
MOST: Final = 200_000_000
#: How many times its size a file may unpack to.
UNPACKED: Final = 10

_FORMATS: Final[Mapping[str, Callable[[BinaryIO], Rows]]] = {
    "text": TextRows,
    "json": JsonRows,
    "parquet": parquet_rows,
    "excel": excel_rows,
}


@contextmanager
def open_rows(source: BinaryIO, name: str, most: int = MOST) -> Iterator[Rows]:
    """Open a file of at most `most` bytes by its format.

    Raises FeedError where it has none that Freio reads.
    """
    with (
        open_file(source, name, most=most, most_unpacked=UNPACKED * most) as opened,
        closing(_FORMATS[opened.kind](opened.stream)) as rows,
    ):
        yield rows


class NothingReadError(FeedError):
    """No row could be read. `rejects` are the first of them, with the reasons."""

    def __init__(self, name: str, rejects: Sequence[Reject]) -> None:
        first = rejects[0]
        why = first.reasons[0]
        super().__init__(
            N_("No row of {name} could be read. The first problem is in line {line}: {reason}."),
            N_("Correct the file, or tell which column is which, and load it again."),
            name=name,
            line=first.line,
            reason=why,
        )
        self.rejects = rejects


class FileFeed:
    """A file as a feed (`core.ports.batches.Feed`).

    `zone` is that of times without an offset; `mapping` gives headings a canonical name, or "" to
    leave a column out. Raises FeedError where the headings cannot be understood.
    """

    def __init__(
        self,
        rows: Rows,
        name: str,
        *,
        zone: ZoneInfo,
        mapping: Mapping[str, str] | None = None,
        max_rows: int = 0,
        counted: Counted | None = None,
        surely: bool = True,
        fingerprint: str = "",
        size: int = 0,
    ) -> None:
        self.headings = rows.headings
        self.fingerprint = fingerprint
        self.size = size
        self._rows, self._name = rows, name
        self._columns = map_columns(rows.headings, mapping)
        self._understanding = Understanding(self._columns, zone, surely=surely)
        self._max_rows, self._counted = max_rows, counted

    def batches(self, only: Sequence[str] | None = None) -> Iterator[Batch]:
        """Read the file from its beginning, or what it says of some ids.

        Raises FeedError where it has too many rows, none, or none that can be read.
        """
        if only is not None:
            yield from self.understood(only)
            return
        read = accepted = 0
        rejects: list[Reject] = []
        for batch in self.understood():
            accepted += batch.rows.num_rows
            read += batch.rows.num_rows + len(batch.rejects)
            if len(rejects) < MOST_SHOWN:
                rejects += batch.rejects[:MOST_SHOWN]
            try:
                self._require_room(read)
                self._require_sense(read, accepted, rejects)
                if self._counted is not None:
                    self._counted(read)
            except BaseException:
                self._understanding.is_over = True
                raise
            yield batch
        if not read:
            raise _no_rows(self._name)
        if not accepted:
            raise NothingReadError(self._name, rejects)

    def understood(self, only: Sequence[str] | None = None) -> Iterator[Batch]:
        """Read the file from its beginning, whatever comes of it."""
        blocks: Iterable[Block] = self._rows.blocks(self._understanding.expected)
        if only is not None:
            place, ids = self._columns.places["id"], pa.array(only, pa.string())
            blocks = (picked(block, place, ids) for block in blocks)
        return _ahead(self._understanding.batch, blocks)

    def repeated(self, lines: Mapping[int, int]) -> Iterator[Reject]:
        """Read the file again and return a reject for each of these lines.

        Raises FeedError where they are very many: then another column is taken for the id.
        """
        if len(lines) > MAX_REPEATED:
            raise FeedError(
                N_("More than {most} rows of {name} have an id that an earlier row has."),
                N_("Tell which column holds each send's own id, or correct the export."),
                name=self._name,
                most=MAX_REPEATED,
            )
        place = self._columns.places["id"]
        for block in self._rows.blocks():
            for index, line in enumerate(block.lines):
                if line in lines:
                    first = {"line": lines[line]}
                    reason = Reason(N_("its id stands in line {line} already"), first, "id")
                    id = _cell(block, place, index)
                    yield reject(line, block.raw(index), [reason], id=id)

    def _require_sense(self, read: int, accepted: int, rejects: Sequence[Reject]) -> None:
        """Raise FeedError where nearly nothing of very many rows can be read."""
        if read - accepted <= MAX_UNREADABLE:
            return
        if not accepted:
            raise NothingReadError(self._name, rejects)
        if accepted < (read - accepted) // 10:
            raise FeedError(
                N_(
                    "Only {accepted} of the first {read} rows of {name} can be read. The first "
                    "problem is in line {line}: {reason}."
                ),
                N_("Correct the file, or tell which column is which, and load it again."),
                name=self._name,
                accepted=accepted,
                read=read,
                line=rejects[0].line,
                reason=rejects[0].reasons[0],
            )

    def _require_room(self, read: int) -> None:
        if self._max_rows and read > self._max_rows:
            raise FeedError(
                N_("{name} has more than {most} rows."),
                N_("Split it, or raise FREIO_MAX_ROWS."),
                name=self._name,
                most=self._max_rows,
            )


def _no_rows(name: str) -> FeedError:
    return FeedError(
        N_("{name} has headings but no rows."),
        N_("See that the export has the sends in it, and make it again."),
        name=name,
    )


def _ahead(work: Callable[[Block], Batch], blocks: Iterable[Block]) -> Iterator[Batch]:
    """Do `work` on each block, a few at a time: Arrow works outside Python's lock."""
    with ThreadPoolExecutor(AT_ONCE, "feed-reader") as pool:
        under_way: deque[Future[Batch]] = deque()
        try:
            for block in blocks:
                under_way.append(pool.submit(work, block))
                if len(under_way) > AT_ONCE:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for each in under_way:
                each.cancel()


def _cell(block: Block, place: int, index: int) -> str:
    return str(block.table.column(place)[index].as_py() or "").strip()


def read_feed(
    source: BinaryIO, *, name: str, zone: ZoneInfo, mapping: Mapping[str, str] | None = None
) -> Iterator[SendConfiguration | Reject]:
    """Read a file row by row; each row is a configuration or a reject, in the file's order.

    For small files: the store takes whole batches (`FileFeed`). Raises FeedError where nothing in
    the file can be understood.
    """
    with open_rows(source, name) as rows:
        yield from _in_order(FileFeed(rows, name, zone=zone, mapping=mapping), name)


def _in_order(feed: FileFeed, name: str) -> Iterator[SendConfiguration | Reject]:
    seen: dict[str, int] = {}
    again: dict[int, int] = {}
    found: dict[int, SendConfiguration | Reject] = {}
    for batch in feed.understood():
        for facts in batch.rows.sort_by("line").to_pylist():
            line = facts["line"]
            first = seen.setdefault(facts["id"], line)
            if first == line:
                found[line] = _configuration(facts)
            else:
                again[line] = first
        found |= {reject.line: reject for reject in batch.rejects}
    found |= {reject.line: reject for reject in (feed.repeated(again) if again else ())}
    if not found:
        raise _no_rows(name)
    yield from (found[line] for line in sorted(found))


def _configuration(facts: dict[str, Any]) -> SendConfiguration:
    told = {name: value for name, value in facts.items() if name not in ("line", "search_text")}
    return SendConfiguration(
        **told | {"id": ConfigurationId(facts["id"]), "state": State(facts["state"])}
    )
