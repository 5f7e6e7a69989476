"""Find the headings of a file. The row below them can have units or zones."""

from collections.abc import Iterable, Sequence
from typing import Final

from core.feed.interpreting.headings import COUNT_FIELDS, TIME_FIELDS, meaning_of
from core.feed.interpreting.scales import is_scaled
from core.feed.interpreting.zones import order_in, split_heading, unclear_zone

#: Freio looks for the headings in the first SEARCHED rows of a file.
SEARCHED: Final = 30
#: A heading is known if Freio knows its field. The row of headings usually has at least _ENOUGH
#: known headings. If the first row is not a title, a later row needs at least _SURE. If no row has
#: enough, the headings are the first row with more cells than a title.
_ENOUGH: Final = 2
_SURE: Final = 4
#: A title has at most this many cells.
_TITLE_CELLS: Final = 2


def heading_place(rows: Sequence[Sequence[str]]) -> int:
    """Return the index of the row of headings in the first rows of a file."""
    known = [len(known_in(row)) for row in rows]
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    if known[0] >= _ENOUGH:
        # The first row has the headings, or names of groups of columns.
        below = next((n for n, cells in enumerate(filled) if n and cells > _TITLE_CELLS), 0)
        return below if known[below] >= max(_SURE, known[0] + 1) else 0
    # If the first row is not a title, a later row needs more known headings.
    if max(known) >= (_ENOUGH if filled[0] <= _TITLE_CELLS else _SURE):
        return known.index(max(known))
    wide = (n for n, cells in enumerate(filled) if cells > _TITLE_CELLS)
    return next(wide, 0)


def known_in(headings: Iterable[str]) -> set[str]:
    """Return the fields of the known headings. A mapping is not used."""
    return {meaning_of(one_line(heading)) for heading in headings} - {""}


def one_line(heading: str) -> str:
    """Return a heading without line breaks and double spaces."""
    return " ".join(heading.split())


def with_second_row(headings: Sequence[str], below: Sequence[str]) -> list[str] | None:
    """Join the headings with the row below. Return None if the row below may be a send."""
    if not any(map(str.isalpha, "".join(below))):
        return None
    above = [one_line(each) for each in headings] + [""] * (len(below) - len(headings))
    words = [each.strip(" ()[]") for each in below] + [""] * (len(headings) - len(below))
    found: list[str] = []
    group = ""
    for place, (heading, cell) in enumerate(zip(above, words, strict=True)):
        group = heading or group
        is_first = above[place + 1 : place + 2] == [""] and bool(words[place + 1])
        is_part = not heading or is_first or above.count(heading) > 1
        whole = _with_words(group if cell else heading, cell, is_part=is_part)
        if whole is None or (is_first and meaning_of(heading) and not meaning_of(whole)):
            return None
        found.append(whole)
    return found


def _with_words(heading: str, words: str, *, is_part: bool) -> str | None:
    """Join a heading and the words below. Return None if the words may be a value."""
    whole, name = f"{heading} ({words})", meaning_of(heading)
    if not any(map(str.isalnum, words)):
        return heading
    if words[0].isdigit():
        return None
    if is_part:
        return f"{heading} {words}"
    is_scale = name in COUNT_FIELDS and is_scaled(whole)
    if is_scale or (name in TIME_FIELDS and _says_more(whole)):
        return whole
    if meaning_of(whole) == name or (meaning_of(words) == name and not _says_more(words)):
        return heading
    return whole if not name and meaning_of(whole) else None


def _says_more(heading: str) -> bool:
    """Return whether a heading has a zone, or an order of dates such as `dd/mm/yyyy`."""
    return bool(split_heading(heading)[1] or unclear_zone(heading) or order_in(heading))
