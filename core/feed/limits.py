"""How much of a file is in memory at a time, whatever the file holds.

A load takes a few of these blocks at a time, and nothing that grows with the file.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from core.errors import N_, FeedError

#: Bytes of a record (a row, a JSON object): what is longer is rejected, or ends the load where
#: nobody can say where the record ends.
MAX_RECORD: Final = 1_000_000
TOO_LONG: Final = N_("it is longer than {most} bytes")
#: Lines of a record: its quote is never closed where it spans more.
MAX_LINES: Final = 200
#: Characters of a cell that is stored. Cells that Freio does not store are limited by their record.
MAX_CELL: Final = 10_000
#: Columns of a file.
MAX_COLUMNS: Final = 1_000

#: Bytes of all texts of a Parquet file, in which one text may stand for very many.
MAX_TEXTS: Final = 2_000_000_000
#: Row groups of a Parquet file, each of which costs time.
MAX_GROUPS: Final = 10_000

#: Rows, bytes and cells that a block holds at most.
BLOCK_ROWS: Final = 50_000
BLOCK_BYTES: Final = 4 << 20
BLOCK_CELLS: Final = 1_000_000

#: Characters of a rejected row that are stored.
MAX_RAW: Final = 20_000
#: Unreadable rows after which a file is refused, unless one of ten rows can be read.
MAX_UNREADABLE: Final = 40_000


def require_columns(headings: Collection[str]) -> None:
    """Raise FeedError where a file has too many columns."""
    if len(headings) > MAX_COLUMNS:
        raise FeedError(
            N_("The file has more than {most} columns."),
            N_("Export only the columns of the sends."),
            most=MAX_COLUMNS,
        )
