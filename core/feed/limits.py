"""Limits on what a file may hold, and on how much of it is in memory at a time.

A load holds a few blocks at a time, and nothing that grows with the file.
"""

from collections.abc import Collection
from typing import Final

from core.errors import N_, FeedError

#: Bytes of a record (a row, a JSON object). A longer record is rejected. If its end cannot be
#: found, the load ends.
MAX_RECORD: Final = 1_000_000
TOO_LONG: Final = N_("it is longer than {most} bytes")
#: Lines of a record. If a quote spans more, it counts as never closed.
MAX_LINES: Final = 200
#: Characters of a cell that is stored. Other cells are limited by MAX_RECORD.
MAX_CELL: Final = 10_000
#: Columns of a file.
MAX_COLUMNS: Final = 1_000

#: Bytes of all texts of a Parquet file. A Parquet file can use one stored text in many rows.
MAX_TEXTS: Final = 2_000_000_000
#: Row groups of a Parquet file: each one takes time.
MAX_GROUPS: Final = 10_000

#: Rows, bytes and cells of a block.
BLOCK_ROWS: Final = 50_000
BLOCK_BYTES: Final = 4 << 20
BLOCK_CELLS: Final = 1_000_000

#: Characters of a rejected row that are stored.
MAX_RAW: Final = 20_000
#: After this many rejected rows, a file is refused, unless a tenth of its rows can be read.
MAX_UNREADABLE: Final = 40_000


def require_columns(headings: Collection[str]) -> None:
    """Raise FeedError if a file has too many columns."""
    if len(headings) > MAX_COLUMNS:
        raise FeedError(
            N_("The file has more than {most} columns."),
            N_("Export only the columns of the sends."),
            most=MAX_COLUMNS,
        )
