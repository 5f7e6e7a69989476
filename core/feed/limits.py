"""Limits on the content of a file, and on the part of a file that is in memory.

A load keeps a few blocks in memory. Its memory does not grow with the file.
"""

from collections.abc import Collection
from typing import Final

from core.errors import N_, FeedError

#: The maximum number of bytes of a record (a row, a JSON object). A longer record is rejected. If
#: its end cannot be found, the load ends.
MAX_RECORD: Final = 1_000_000
TOO_LONG: Final = N_("it is longer than {most} bytes")
OTHER_WIDTH: Final = N_("its number of cells ({found}) is not that of the headings ({expected})")
#: The maximum number of lines of a record. A quote with more lines is treated as never closed.
MAX_LINES: Final = 200
#: The maximum number of characters of a cell that is stored. MAX_RECORD limits other cells.
MAX_CELL: Final = 10_000
#: The maximum number of columns of a file.
MAX_COLUMNS: Final = 1_000

#: The maximum number of bytes of all texts of a Parquet file. The texts can have far more bytes
#: than the file, because many rows can use one stored text.
MAX_TEXTS: Final = 2_000_000_000
#: The maximum number of row groups of a Parquet file. The time to read grows with the number of row
#: groups.
MAX_GROUPS: Final = 10_000

#: The maximum numbers of rows, bytes and cells of a block.
BLOCK_ROWS: Final = 50_000
BLOCK_BYTES: Final = 4 << 20
BLOCK_CELLS: Final = 1_000_000

#: The maximum number of characters that are stored of a rejected row.
MAX_RAW: Final = 20_000
#: A file with more rejected rows than this is refused if it has more than ten rejected rows for
#: each accepted row.
MAX_UNREADABLE: Final = 40_000


def require_columns(headings: Collection[str]) -> None:
    """Raise FeedError if a file has too many columns."""
    if len(headings) > MAX_COLUMNS:
        raise FeedError(
            N_("The file has more than {most} columns."),
            N_("Export only the columns of the sends."),
            most=MAX_COLUMNS,
        )
