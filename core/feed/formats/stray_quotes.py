r"""Read lines of CSV with stray quotes: `1,"Promo "Black" Day",5`.

A stray quote is inside a quoted cell, but is not doubled. In a line with stray quotes, a quote
closes a cell only before a delimiter or a line end. No cell continues on the next line. A quote
after a backslash is text. Freio reads the line only if it has as many cells as there are headings.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

import numpy as np

_ESCAPED: Final = re.compile(r'\\(["\\])')


@lru_cache(16)
def _patterns(delimiter: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Return three patterns: a stray quote, a closing quote, a quote beside a delimiter."""
    sign = re.escape(delimiter)
    # In correct CSV, each quote is beside a delimiter, a line end or another quote.
    stray = re.compile(rf'[^{sign}"\r\n]"[^{sign}"\r\n]')
    closing = re.compile(rf'" *(?={sign}|$)')
    return stray, closing, re.compile(rf'{sign} *"|" *{sign}')


def has_stray_quotes(chunk: bytes, delimiter: str) -> bool:
    """Return whether a chunk has stray quotes."""
    compiled = _patterns(delimiter)[0]
    if b'"' not in chunk or not _may_have_stray(chunk, delimiter):
        return False
    lines = chunk.decode(errors="replace").split("\n")
    return any(_is_stray(line, delimiter) for line in lines if compiled.search(line))


def _may_have_stray(chunk: bytes, delimiter: str) -> bool:
    """Search fast for a quote that is beside no quote, delimiter or line end."""
    data = np.frombuffer(chunk, np.uint8)
    quotes = np.flatnonzero(data[1:-1] == ord('"'))  # the index of the byte before each quote
    is_plain = np.ones(256, np.bool_)
    is_plain[[*b'"\r\n', *delimiter.encode()]] = False
    return bool(np.any(is_plain[data[quotes]] & is_plain[data[quotes + 2]]))


def stray_lines(lines: Sequence[str], delimiter: str, width: int) -> Mapping[int, list[str] | None]:
    """Return the cells of each line with stray quotes, by the index of the line.

    If the cells are not certain, the line has None.

    The line `"Black\\"",5` has two meanings. If `\\"` is a quote, the cell ends in this line. In
    correct CSV, the cell continues on the next line. The result has such a line only if another
    line proves the first meaning: that line has `\\"`, and is not correct CSV.
    """
    stray = [n for n, line in enumerate(lines) if _is_stray(line, delimiter)]
    found = {n: _mended(lines[n], delimiter, width) for n in stray}
    if any('\\"' in lines[n] for n in stray):
        ends = re.compile(rf'\\""(?:{re.escape(delimiter)}|\r?$)')
        others = (n for n, line in enumerate(lines) if n not in found and ends.search(line))
        cells = {n: _mended(lines[n], delimiter, width) for n in others}
        found |= {n: each for n, each in cells.items() if each is not None}
    return found


def _is_stray(line: str, delimiter: str) -> bool:
    compiled, closing, _ = _patterns(delimiter)
    line = line.rstrip("\r")
    if '"' not in line or not compiled.search(line):
        return False
    at = 0
    while at <= len(line):
        begin = at + len(line[at:]) - len(line[at:].lstrip(" "))
        if not line.startswith('"', begin):
            at = (line.find(delimiter, at) + 1) or len(line) + 1
            continue
        at = begin + 1
        while (at := line.find('"', at)) >= 0 and line.startswith('""', at):
            at += 2
        if at < 0:
            return False  # the cell can continue on the next line
        end = closing.match(line, at)
        if end is None:
            return True
        at = end.end() + 1
    return False


def _mended(line: str, delimiter: str, width: int) -> list[str] | None:
    """Return the `width` cells, or None if the cells are not certain."""
    line = line.rstrip("\r")
    for cells in (_closed_at_delimiters(line, delimiter), _split(line, delimiter)):
        if cells is not None and len(cells) == width:
            return cells
    return None


def _closed_at_delimiters(line: str, delimiter: str) -> list[str] | None:
    closing = _patterns(delimiter)[1]
    found: list[str] = []
    at = 0
    while at <= len(line):
        begin = at + len(line[at:]) - len(line[at:].lstrip(" "))
        if line.startswith('"', begin):
            end = closing.search(line, begin + 1)
            cell = _content(line[begin + 1 : end.start()], delimiter) if end else None
            if end is None or cell is None:
                return None
            at = end.end() + 1
        else:
            cell = line[at:].partition(delimiter)[0]
            at += len(cell) + 1
        found.append(cell)
    return found


def _content(text: str, delimiter: str) -> str | None:
    """Return the text of a quoted cell, or None if a quote has two possible meanings."""
    if '"' not in text:
        return text
    if '"' not in _ESCAPED.sub("", text):
        return _ESCAPED.sub(r"\1", text)
    if '"' not in text.replace('""', ""):
        return text.replace('""', '"')
    is_mixed = '""' in text or '\\"' in text or _patterns(delimiter)[2].search(text)
    return None if is_mixed else text


def _split(line: str, delimiter: str) -> list[str] | None:
    """Split at each delimiter. Return None if a quoted cell has a quote inside."""
    cells = line.split(delimiter)
    found = []
    for cell in cells:
        quoted = len(cell) > 1 and cell.startswith('"') and cell.endswith('"')
        if quoted and '"' in cell[1:-1]:
            return None
        found.append(cell[1:-1] if quoted else cell)
    return found
