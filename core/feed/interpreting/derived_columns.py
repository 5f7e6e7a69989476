"""Columns that a mapping adds to those of a file: fixed values, and columns joined from others."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from core.feed.formats.rows import as_text

#: The text of a fixed value, or the places of the columns to join.
Derived = Sequence[str | tuple[int, ...]]


def with_derived(table: pa.Table, derived: Derived) -> pa.Table:
    """Return a table of rows with the derived columns after its own."""
    width = table.num_columns
    for number, each in enumerate(derived, start=width):
        if isinstance(each, str):
            column = pa.repeat(each, table.num_rows)
        else:
            texts = [as_text(table.column(place)) for place in each]
            column = pc.utf8_trim_whitespace(pc.binary_join_element_wise(*texts, " "))
        table = table.append_column(str(number), column)
    return table


def cells_with_derived(columns: list[list[str]], derived: Derived) -> list[list[str]]:
    """Return trimmed texts (one list for each column) with the derived columns after them."""
    rows = len(columns[0]) if columns else 0
    added = [
        [each] * rows
        if isinstance(each, str)
        else [" ".join(cells).strip() for cells in zip(*(columns[p] for p in each), strict=True)]
        for each in derived
    ]
    return columns + added
