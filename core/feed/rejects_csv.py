"""Write rejected rows as CSV. A person can correct the CSV and load it."""

import json
from collections.abc import Callable, Iterable, Sequence

from core.domain.load_results import Reject
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
    """Return rejects as CSV: the columns of the file, the line, and the reason.

    `line` and `reason` are the headings of the last two columns. A load ignores both columns.
    `reason_of` returns the reason of a reject as text, in the language of the reader.
    """
    rows = ([*_cells(each.raw, headings), each.line, reason_of(each)] for each in rejects)
    return spreadsheet_csv([*headings, line, reason], rows)


def _cells(raw: str, headings: Sequence[str]) -> list[str]:
    # If Freio cannot split the row into cells, the first cell has the whole row.
    whole = [raw, *[""] * (len(headings) - 1)]
    return _from_json(raw, headings) or _from_text(raw, headings) or whole


def _from_json(raw: str, headings: Sequence[str]) -> list[str] | None:
    if not raw.startswith("{"):
        return None
    try:
        cells = dict(flat(json.loads(raw)))
    except ValueError:
        return None
    return [_plain(cells.get(heading)) for heading in headings]


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value.replace(SEVERAL, ", ")
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _from_text(raw: str, headings: Sequence[str]) -> list[str] | None:
    for delimiter in (",", ";", "\t", "|"):
        found = [record.cells for record in records(raw, delimiter)]
        if len(found) == 1 and found[0] is not None and len(found[0]) == len(headings):
            return found[0]
    return None
