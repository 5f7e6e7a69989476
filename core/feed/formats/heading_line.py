"""Find the row of headings below title lines."""

from collections.abc import Sequence
from typing import Final

from core.feed.interpreting.headings import meaning_of

#: Rows at the beginning of a file among which the headings are.
SEARCHED: Final = 30
#: Recognised headings that make a row the headings: below a title of few cells, and below others.
_ENOUGH: Final = 2
_SURE: Final = 4
#: Cells of a title line.
_TITLE_CELLS: Final = 2


def heading_place(rows: Sequence[Sequence[str]]) -> int:
    """Return which of the first rows of a file has the headings; rows are lists of cells.

    That is the first row, unless it looks like a title: no or few cells are recognised, and
    a later row has more.
    """
    known = [len({name for cell in row if (name := meaning_of(cell))}) for row in rows]
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    if not rows or known[0] >= _ENOUGH:
        return 0
    if max(known) >= (_ENOUGH if filled[0] <= _TITLE_CELLS else _SURE):
        return known.index(max(known))
    if filled[0] > _TITLE_CELLS:
        return 0
    wide = (n for n, cells in enumerate(filled) if cells > _TITLE_CELLS)
    return next(wide, 0)
