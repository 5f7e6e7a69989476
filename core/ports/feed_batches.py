"""Batches of sends as Arrow tables. Freio loads a file batch by batch."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, Final, Protocol

import pyarrow as pa

from core.domain.load_results import Reject
from core.domain.model import SendConfiguration
from core.domain.search_text import SEARCHED, search_text

#: The columns of a feed: the fields of SendConfiguration before `version`.
_NAMES: Final = [each.name for each in fields(SendConfiguration)]
FED: Final = tuple(_NAMES[: _NAMES.index("version")])


def _type_of(column: str) -> pa.DataType:
    if column.endswith("_at"):
        return pa.timestamp("us", tz="UTC")
    return pa.int64() if column == "line" or column.endswith("_records") else pa.string()


#: The columns of a batch.
SCHEMA: Final = pa.schema([(name, _type_of(name)) for name in ("line", *FED, "search_text")])

#: A time in `updated_at` that is further in the future is wrong. Freio does not store such a time,
#: because later reports of the send would count as older. Clocks may differ by less.
MAX_AHEAD: Final = timedelta(minutes=5)
#: The maximum number of rows of a file that repeat an earlier id.
MAX_REPEATED: Final = 100_000
#: The maximum number of stored characters from rejected rows of a file.
MAX_RAW_TOTAL: Final = 64_000_000

#: A function that receives the current step of a load, for example "comparing".
ProgressCallback = Callable[[str], None]


def ignore_progress(step: str) -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of a feed with the columns of SCHEMA, and rejected rows."""

    rows: pa.Table
    rejects: Sequence[Reject] = ()


class Feed(Protocol):
    """The rows of a file, in the order of the file."""

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings as written in the file."""

    @property
    def fingerprint(self) -> str:
        """A hash of the file, the reading options and the code that reads the file.

        If a file with this hash was loaded before, the store can skip sends without changes since
        that load. If the hash is "", the store reads the whole file.
        """

    @property
    def size(self) -> int:
        """The size of the file in bytes, or 0 without a file."""

    @property
    def is_part(self) -> bool:
        """Whether the file has only some of the platform's sends.

        The value can change until the last batch is read.
        """

    def batches(self, only: Sequence[str] | None = None) -> Iterator[Batch]:
        """Read the file from the start. With `only`, the feed may leave out rows with other ids."""

    def repeated(self, lines: Mapping[int, int]) -> Iterable[Reject]:
        """Return a reject for each row that repeats an id.

        For example, `{7: 3}` in `lines` means: line 7 repeats the id in line 3.
        """


def table_of(sends: Sequence[SendConfiguration], lines: Sequence[int] | None = None) -> pa.Table:
    """Return sends as a table with the columns of SCHEMA."""
    columns: dict[str, Sequence[Any]] = {name: [getattr(s, name) for s in sends] for name in FED}
    columns["state"] = [send.state.value for send in sends]
    columns["line"] = lines if lines is not None else range(1, len(sends) + 1)
    columns["search_text"] = [
        search_text(*(getattr(send, name) for name in SEARCHED)) for send in sends
    ]
    arrays = [pa.array(columns[each.name], each.type) for each in SCHEMA]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)
