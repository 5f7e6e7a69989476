"""Limits on the content of a file, and on the size of a block.

Freio keeps only a few blocks of rows in memory, even of a large file.
"""

from collections.abc import Collection
from typing import Final

from core.errors import N_, FeedError

#: The maximum number of bytes of a record: a row or a JSON object. Freio rejects a longer record.
#: If Freio cannot find the end of this record, the load fails.
MAX_RECORD: Final = 1_000_000
TOO_LONG: Final = N_("it is longer than {most} bytes")
OTHER_WIDTH: Final = N_("its number of cells ({found}) is not that of the headings ({expected})")
#: The maximum number of lines of a record. With more lines, a closing quote is probably missing.
MAX_LINES: Final = 200
#: The maximum number of characters of a cell. Unread columns can have longer cells.
MAX_CELL: Final = 10_000
MAX_COLUMNS: Final = 1_000

#: The maximum number of bytes of all texts of a Parquet file. If many rows have the same text, the
#: file can store one copy of it, so all texts together can be larger than the file.
MAX_TEXTS: Final = 2_000_000_000
#: The maximum number of row groups of a Parquet file. More row groups take longer to read.
MAX_GROUPS: Final = 10_000

BLOCK_ROWS: Final = 50_000
BLOCK_BYTES: Final = 4 << 20
BLOCK_CELLS: Final = 1_000_000

#: The maximum number of stored characters of a rejected row.
MAX_RAW: Final = 20_000
#: The maximum number of rejected rows in a file with few accepted rows. A file can have more
#: rejected rows if at least one row is accepted for every ten rejected rows.
MAX_UNREADABLE: Final = 40_000


def require_columns(headings: Collection[str]) -> None:
    """Raise FeedError if a file has too many columns."""
    if len(headings) > MAX_COLUMNS:
        todo = N_("Export only the columns of the sends.")
        raise FeedError(N_("The file has more than {most} columns."), todo, most=MAX_COLUMNS)
