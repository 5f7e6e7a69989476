"""Rows as they stand in a file, whatever its format, before anybody asks what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, Protocol

import pyarrow as pa

#: What a column is expected to hold, by its place among the headings.
Expected = Mapping[int, Literal["count", "time"]]
ANYTHING: Final[Expected] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Damage:
    """A record that cannot be taken apart into cells: where it begins, its text, and why.

    `line` is the physical line (text formats) or the row (others) at which it begins, from 1;
    `template` is an English text marked with `N_`, with places for `values`.
    """

    line: int
    raw: str
    template: str
    values: dict[str, object]


class Block(Protocol):
    """Some rows of a file. `table` has one column per heading, in the headings' order.

    A column is of strings, or typed where the format is (whole numbers, floats, times with or
    without a zone, dates); nulls are empty cells. `lines` says where each row begins, as `Damage`
    does. `damaged` are the records in between that could not be taken apart.
    """

    @property
    def table(self) -> pa.Table:
        """The rows that could be taken apart."""
        ...

    @property
    def lines(self) -> Sequence[int]:
        """Where each row of the table begins."""
        ...

    @property
    def damaged(self) -> Sequence[Damage]:
        """The records that could not be taken apart."""
        ...

    def raw(self, index: int) -> str:
        """Return the text of a row as it stands in the file, or as CSV where that has no text."""
        ...

    def cells(self, places: Sequence[int]) -> Sequence[Sequence[str]]:
        """Return some rows as trimmed texts, as they stand in the file, a list for each column."""
        ...


class Rows(Protocol):
    """A file that is opened: its headings, and its rows block by block.

    `blocks` may be called again, and then begins anew. It raises FeedError where the file turns
    out not to be what its name or its beginning said.
    """

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings, as they stand in the file."""
        ...

    @property
    def share(self) -> float:
        """How much of the file is read so far, from 0 to 1: of its bytes, or of its rows."""
        ...

    def blocks(self, expected: Expected = ANYTHING, /) -> Iterable[Block]:
        """Return the rows in the order of the file.

        Of a column from which something is expected, a block may bring the values instead of their
        texts, where every text of it means just that.
        """
        ...

    def close(self) -> None:
        """Let go of what was opened. The source itself stays open."""
        ...
