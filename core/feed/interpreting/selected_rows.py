"""A block of which only some rows are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from core.feed.formats.protocols import Block, Damage
from core.feed.interpreting import column_reader as read


@dataclass(frozen=True)
class PickedRows:
    """Some rows of a block, at these places, as a block of their own."""

    block: Block
    places: Sequence[int]

    @property
    def table(self) -> pa.Table:
        """The rows that are picked."""
        return self.block.table.take(pa.array(self.places, pa.int64()))

    @property
    def lines(self) -> Sequence[int]:
        """Where each of them begins."""
        return [self.block.lines[place] for place in self.places]

    @property
    def damaged(self) -> Sequence[Damage]:
        """All records of the block that could not be taken apart: nobody knows whose they are."""
        return self.block.damaged

    def raw(self, index: int) -> str:
        """Return the text of a row as it stands in the file."""
        return self.block.raw(self.places[index])

    def cells(self, places: Sequence[int]) -> Sequence[Sequence[str]]:
        """Return some rows as trimmed texts, a list for each column."""
        return self.block.cells([self.places[place] for place in places])


def picked(block: Block, place: int, ids: pa.Array) -> PickedRows:
    """Return the rows of which the column at `place` holds one of these ids.

    A row whose id is written in a way that has to be looked at more closely is picked too.
    """
    text, is_plain = read.read_text(read.as_text(block.table.column(place)))
    wanted = pc.or_(pc.is_in(text, value_set=ids), pc.invert(is_plain))
    return PickedRows(block, pc.indices_nonzero(wanted).to_pylist())
