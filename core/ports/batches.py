"""Configurations by the column, as they go from a file into the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import pyarrow as pa

from core.domain.imports import Reject
from core.domain.model import SendConfiguration
from core.domain.search_text import search_text

_TEXT: Final = pa.string()
_COUNT: Final = pa.int64()
_TIME: Final = pa.timestamp("us", tz="UTC")

#: The columns of a batch: those of a configuration that a feed reports, the line at which each row
#: stands in its file, and what a search looks through.
SCHEMA: Final = pa.schema(
    [
        pa.field("line", _COUNT),
        pa.field("id", _TEXT),
        pa.field("name", _TEXT),
        pa.field("state", _TEXT),
        pa.field("total_records", _COUNT),
        pa.field("scheduled_at", _TIME),
        pa.field("generated_records", _COUNT),
        pa.field("raw_state", _TEXT),
        pa.field("campaign", _TEXT),
        pa.field("channel", _TEXT),
        pa.field("account", _TEXT),
        pa.field("audience", _TEXT),
        pa.field("created_by", _TEXT),
        pa.field("processing_started_at", _TIME),
        pa.field("in_progress_at", _TIME),
        pa.field("generation_started_at", _TIME),
        pa.field("finished_at", _TIME),
        pa.field("updated_at", _TIME),
        pa.field("search_text", _TEXT),
    ]
)

#: What a feed reports of a configuration.
FED: Final = tuple(name for name in SCHEMA.names if name not in ("line", "search_text"))


#: Rows of a file whose id an earlier row of it has.
MAX_REPEATED: Final = 100_000
#: Characters of rejected rows that are stored for one file.
MAX_RAW_TOTAL: Final = 64_000_000

#: Hears what is being done with a file: the step, as a code for pages to translate.
ProgressCallback = Callable[[str], None]


def ignore_progress(step: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a feed, in the columns of SCHEMA, and those that could not be read."""

    rows: pa.Table
    rejects: Sequence[Reject] = ()


class Feed(Protocol):
    """What a file says, batch by batch, in the file's order."""

    @property
    def headings(self) -> tuple[str, ...]:
        """The file's headings, as they stand in it."""
        ...

    @property
    def fingerprint(self) -> str:
        """What tells this file, read in this way, from all others; "" where nothing does."""
        ...

    @property
    def size(self) -> int:
        """The bytes of the file, 0 where it is none."""
        ...

    def batches(self, only: Sequence[str] | None = None) -> Iterator[Batch]:
        """Read the file from its beginning. What this raises ends a load without a trace.

        Where ids are given, rows of others may be left out.
        """
        ...

    def repeated(self, lines: Mapping[int, int]) -> Iterable[Reject]:
        """Return a reject for each row whose id an earlier row has: its line to that one's."""
        ...


@dataclass(frozen=True, slots=True)
class Sends:
    """A feed of configurations that are at hand, for tests and small loads."""

    sends: Sequence[SendConfiguration]
    rejects: Sequence[Reject] = ()
    headings: tuple[str, ...] = field(default=FED)
    fingerprint: str = ""
    size: int = 0

    def batches(self, only: Sequence[str] | None = None) -> Iterator[Batch]:
        """Return them all, or those of some ids, as one batch."""
        ids = None if only is None else set(only)
        sends = [send for send in self.sends if ids is None or send.id in ids]
        yield Batch(table_of(sends), self.rejects)

    def repeated(self, lines: Mapping[int, int]) -> Iterable[Reject]:
        """Raise ValueError: whoever made the list knows better than to repeat an id."""
        raise ValueError(f"the same id twice in one load, at {dict(lines)}")


def table_of(sends: Sequence[SendConfiguration], lines: Sequence[int] | None = None) -> pa.Table:
    """Return configurations as a table of SCHEMA; lines count from 1 where none are given."""
    columns: dict[str, Sequence[Any]] = {name: [getattr(s, name) for s in sends] for name in FED}
    columns["state"] = [send.state.value for send in sends]
    columns["line"] = lines if lines is not None else range(1, len(sends) + 1)
    columns["search_text"] = [search_text(s.name, s.id, s.campaign, s.audience) for s in sends]
    arrays = [pa.array(columns[each.name], each.type) for each in SCHEMA]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)
