"""Columns that a mapping adds to a file: fixed values, and columns made from other columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from core.feed.formats.rows import as_text
from core.feed.interpreting.reading_rules import NOTHING


@dataclass(frozen=True, slots=True)
class DerivedColumn:
    """How a column is made: from a fixed value, or from the columns at the indexes `places`.

    * A cell with the text `unknown` is empty.
    * If `takes_first` is True, the result is the first text that is not empty. A text that means an
      empty cell, such as `-`, is the result only if there is no other text.
    * Otherwise spaces join the texts of the columns.
    """

    places: tuple[int, ...] = ()
    value: str = ""
    takes_first: bool = False
    unknown: str = ""

    def text(self, cells: Sequence[str]) -> str:
        """Return the text of a row from the trimmed texts at the places."""
        if not self.places:
            return self.value
        known = ["" if self.unknown and cell == self.unknown else cell for cell in cells]
        if self.takes_first:
            filled = [*filter(None, known)]
            return next(
                (cell for cell in filled if cell.lower() not in NOTHING), "".join(filled[:1])
            )
        return " ".join(known).strip()


Derived = Sequence[DerivedColumn]


def with_derived(table: pa.Table, derived: Derived) -> pa.Table:
    """Return a table with the derived columns after its own columns."""
    width = table.num_columns
    for number, each in enumerate(derived, start=width):
        if not each.places:
            column = pa.repeat(each.value, table.num_rows)
        else:
            texts = [as_text(table.column(place)) for place in each.places]
            if each.unknown:
                texts = [pc.if_else(pc.equal(text, each.unknown), "", text) for text in texts]
            if each.takes_first:
                filled = [pc.if_else(pc.equal(text, ""), None, text) for text in texts]
                known = [pc.if_else(_is_nothing(text), None, text) for text in filled]
                column = pc.coalesce(*known, *filled, "")
            else:
                column = pc.utf8_trim_whitespace(pc.binary_join_element_wise(*texts, " "))
        table = table.append_column(str(number), column)
    return table


def _is_nothing(text: pa.Array) -> pa.Array:
    return pc.is_in(pc.utf8_lower(text), value_set=pa.array(sorted(NOTHING)))


def cells_with_derived(columns: list[list[str]], derived: Derived) -> list[list[str]]:
    """Return trimmed texts (a list for each column), then the texts of the derived columns."""
    rows = len(columns[0]) if columns else 0
    added = [
        [each.text([columns[place][row] for place in each.places]) for row in range(rows)]
        for each in derived
    ]
    return columns + added
