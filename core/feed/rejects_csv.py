"""Write rejected rows as a CSV file that people can correct and load again."""

import json
from collections.abc import Callable, Iterable, Sequence

from core.domain.imports import Reject
from core.feed.formats.csv_records import records
from core.feed.formats.json_lists import flat
from core.feed.formats.rows import SEVERAL
from core.infrastructure.spreadsheet_csv import spreadsheet_csv


def write_rejects(
    rejects: Iterable[Reject],
    headings: Sequence[str],
    *,
    line: str,
    reason: str,
    reason_of: Callable[[Reject], str],
) -> str:
    """Return rejects as CSV: the columns of the file, then the line and the reason.

    `line` and `reason` are the headings of the last two columns, which a load ignores.
    `reason_of` returns the reason for a reject in the reader's language.
    """
    rows = ([*_cells(each.raw, headings), each.line, reason_of(each)] for each in rejects)
    return spreadsheet_csv([*headings, line, reason], rows)


def _cells(raw: str, headings: Sequence[str]) -> list[str]:
    for split in (_from_json, _from_text):
        found = split(raw, headings)
        if found is not None:
            return found
    # The row cannot be split into cells, so the first cell has the whole row.
    return [raw, *[""] * (len(headings) - 1)]


def _from_json(raw: str, headings: Sequence[str]) -> list[str] | None:
    if not raw.startswith("{"):
        return None
    try:
        found = json.loads(raw)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    cells = dict(flat(found))
    return [_plain(cells.get(heading)) for heading in headings]


def _plain(value: object) -> str:
    if value is None:
        return ""
    several = value.replace(SEVERAL, ", ") if isinstance(value, str) else value
    return several if isinstance(several, str) else json.dumps(several, ensure_ascii=False)


def _from_text(raw: str, headings: Sequence[str]) -> list[str] | None:
    for delimiter in (",", ";", "\t", "|"):
        found = [record.cells for record in records(raw, delimiter)]
        if len(found) == 1 and found[0] is not None and len(found[0]) == len(headings):
            return found[0]
    return None
