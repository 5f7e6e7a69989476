"""Find the row of headings below title lines."""

from collections.abc import Sequence
from typing import Final

from core.feed.interpreting.headings import meaning_of

#: Freio looks for the headings in this many rows at the beginning of a file.
SEARCHED: Final = 30
#: If the first row is as short as a title, a later row with _ENOUGH known headings can be the row
#: of headings. If the first row is wider, a later row needs _SURE known headings.
_ENOUGH: Final = 2
_SURE: Final = 4
#: A row with at most this many cells can be a title.
_TITLE_CELLS: Final = 2


def heading_place(rows: Sequence[Sequence[str]]) -> int:
    """Return the index of the row of headings among the first rows of a file (lists of cells).

    The result is the first row, except in these cases:

    - The first row has at most one known heading, and a later row has enough known headings. If
      the first row is short, the first later row that is wider is enough.
    - The first row names groups of columns, and the next wide row has more known headings.
    """
    known = [len({name for cell in row if (name := meaning_of(cell))}) for row in rows]
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    if not rows:
        return 0
    if known[0] >= _ENOUGH:
        below = next((n for n, cells in enumerate(filled) if n and cells > _TITLE_CELLS), 0)
        return below if known[below] >= max(_SURE, known[0] + 1) else 0
    if max(known) >= (_ENOUGH if filled[0] <= _TITLE_CELLS else _SURE):
        return known.index(max(known))
    if filled[0] > _TITLE_CELLS:
        return 0
    wide = (n for n, cells in enumerate(filled) if cells > _TITLE_CELLS)
    return next(wide, 0)
