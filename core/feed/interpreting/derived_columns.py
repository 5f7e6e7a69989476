"""Columns that a mapping adds to those of a file: fixed values, and columns made from others."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from core.feed.formats.rows import as_text


@dataclass(frozen=True, slots=True)
class DerivedColumn:
    """How a column is made: from a fixed value, or from the columns at the indexes `places`.

    The columns are joined by spaces. With `takes_first`, the first text that is not empty counts
    instead. The text `unknown` counts as empty.
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
            return next(filter(None, known), "")
        return " ".join(known).strip()


Derived = Sequence[DerivedColumn]


def with_derived(table: pa.Table, derived: Derived) -> pa.Table:
    """Return a table of rows with the derived columns after its own."""
    width = table.num_columns
    for number, each in enumerate(derived, start=width):
        if not each.places:
            column = pa.repeat(each.value, table.num_rows)
        else:
            texts = [as_text(table.column(place)) for place in each.places]
            if each.unknown:
                texts = [pc.if_else(pc.equal(text, each.unknown), "", text) for text in texts]
            if each.takes_first:
                column = pc.coalesce(*(pc.if_else(pc.equal(t, ""), None, t) for t in texts), "")
            else:
                column = pc.utf8_trim_whitespace(pc.binary_join_element_wise(*texts, " "))
        table = table.append_column(str(number), column)
    return table


def cells_with_derived(columns: list[list[str]], derived: Derived) -> list[list[str]]:
    """Return trimmed texts (one list for each column) with the derived columns after them."""
    rows = len(columns[0]) if columns else 0
    added = [
        [each.text([columns[place][row] for place in each.places]) for row in range(rows)]
        for each in derived
    ]
    return columns + added
