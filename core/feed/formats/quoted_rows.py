"""Remove the quotes around each row of a file: `"1,""A, B"",500"`."""

import re
import tempfile
from collections.abc import Sequence
from typing import BinaryIO, Final

from core.feed.formats.csv_records import cells_of
from core.feed.formats.heading_line import SEARCHED, known_in
from core.feed.limits import MAX_RECORD

#: A quoted line. Spreadsheets can write delimiters after the closing quote.
_QUOTED: Final = re.compile(r'"((?:[^"]|"")*)"[,;\t| ]*')
#: Freio looks for quoted rows in the first _SEARCHED bytes of a file.
_SEARCHED: Final = 1 << 16


def without_quotes(stream: BinaryIO, begin: int) -> BinaryIO | None:
    """Return a copy of a UTF-8 text without quotes around rows. Line numbers do not change.

    The text begins at byte `begin`. Return None if the rows are not quoted.
    """
    stream.seek(begin)
    data = stream.read(_SEARCHED)
    lines = data.decode(errors="replace").split("\n")
    if len(data) == _SEARCHED:
        lines.pop()  # the last line is perhaps not complete
    if not _has_quoted_rows([line for line in lines if line.strip()][:SEARCHED]):
        return None
    out = tempfile.TemporaryFile()  # noqa: SIM115 - it stays open while the feed is read
    stream.seek(begin)
    while line := stream.readline(MAX_RECORD):
        out.write(_without(line.decode(errors="replace")).encode())
    return out


def _has_quoted_rows(lines: Sequence[str]) -> bool:
    rows = [cells_of(_without(line)) for line in lines]
    quoted = [_without(line) != line for line in lines]
    heading = next((n for n, cells in enumerate(rows) if len(known_in(cells)) > 1), None)
    if heading is None:
        return False
    below = range(heading + 1, len(rows))
    # A line with a single cell can be a footer.
    are_all = all(quoted[n] or len(rows[n]) == 1 for n in below)
    return are_all and any(quoted[n] and len(rows[n]) == len(rows[heading]) for n in below)


def _without(line: str) -> str:
    match = _QUOTED.fullmatch(line.strip())
    return match[1].replace('""', '"') + line[len(line.rstrip("\r\n")) :] if match else line
