"""Batches of sends in columns, for loading a file into the store."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Protocol

import pyarrow as pa

from core.domain.imports import Reject
from core.domain.model import SendConfiguration
from core.domain.search_text import SEARCHED, search_text

#: The columns that a feed reports: the fields of SendConfiguration that come before `version`.
_NAMES: Final = [each.name for each in fields(SendConfiguration)]
FED: Final = tuple(_NAMES[: _NAMES.index("version")])


def _type_of(column: str) -> pa.DataType:
    if column.endswith("_at"):
        return pa.timestamp("us", tz="UTC")
    return pa.int64() if column == "line" or column.endswith("_records") else pa.string()


#: The columns of a batch: the line in the file, the facts that a feed reports, and the search text.
SCHEMA: Final = pa.schema([(name, _type_of(name)) for name in ("line", *FED, "search_text")])

#: In one file, at most this many rows can repeat an earlier id.
MAX_REPEATED: Final = 100_000
#: The maximum number of characters that Freio stores from the rejected rows of one file.
MAX_RAW_TOTAL: Final = 64_000_000

#: A function that gets the current step of a load, as a code. Pages translate the code.
ProgressCallback = Callable[[str], None]


def ignore_progress(step: str) -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a feed in the columns of SCHEMA, and the rows that could not be read."""

    rows: pa.Table
    rejects: Sequence[Reject] = ()


class Feed(Protocol):
    """The rows of a file, in batches, in the order of the file."""

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings as written in the file."""

    @property
    def fingerprint(self) -> str:
        """A hash of the file and of the options for reading it.

        If the hash is "", the store reads the whole file, even if it was loaded before.
        """

    @property
    def size(self) -> int:
        """The size of the file in bytes, or 0 if the feed is not a file."""

    @property
    def is_part(self) -> bool:
        """Whether the file has only some of the sends. Known only after all batches were read."""

    def batches(self, only: Sequence[str] | None = None) -> Iterator[Batch]:
        """Read the file from its start. If the feed raises an exception, the load changes nothing.

        With `only`, the feed may leave out all rows whose id is not in `only`.
        """

    def repeated(self, lines: Mapping[int, int]) -> Iterable[Reject]:
        """Return a reject for each row that repeats an id.

        The keys of `lines` are the lines of these rows. Each value is the first line with the id.
        """


def table_of(sends: Sequence[SendConfiguration], lines: Sequence[int] | None = None) -> pa.Table:
    """Return sends as a table with the columns of SCHEMA. The default of `lines` is 1, 2, 3 ..."""
    columns: dict[str, Sequence[Any]] = {name: [getattr(s, name) for s in sends] for name in FED}
    columns["state"] = [send.state.value for send in sends]
    columns["line"] = lines if lines is not None else range(1, len(sends) + 1)
    columns["search_text"] = [
        search_text(*(getattr(send, name) for name in SEARCHED)) for send in sends
    ]
    arrays = [pa.array(columns[each.name], each.type) for each in SCHEMA]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)
