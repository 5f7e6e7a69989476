"""Rejected rows are written as CSV, corrected, and loaded again."""

import csv
import io
from io import BytesIO
from zoneinfo import ZoneInfo

from core.domain.load_results import Reject
from core.domain.model import SendConfiguration
from core.feed.rejects_csv import write_rejects
from tests.feed.reading import read_feed

HEAD = "Codigo;Nome;Estado;Registros;Data de envio;Obs\n"
BODY = (
    '1;"Black Friday; SMS";agendado;abc;23/11/2026 14:30;x\n'
    "2;=HYPERLINK(1);agendado;-5;23/11/2026 14:30;x\n"
    "3;cells;missing\n"
)


def read(data: bytes) -> list[SendConfiguration | Reject]:
    return list(read_feed(BytesIO(data), name="f.csv", zone=ZoneInfo("UTC")))


def written() -> str:
    rejects = [row for row in read((HEAD + BODY).encode()) if isinstance(row, Reject)]
    headings = HEAD.strip().split(";")
    return write_rejects(rejects, headings, line="line", reason="why", reason_of=lambda r: r.reason)


def test_each_cell_is_in_its_column_followed_by_line_and_reason() -> None:
    rows = list(csv.reader(io.StringIO(written().removeprefix("\ufeff"))))
    assert rows[0] == [
        "Codigo",
        "Nome",
        "Estado",
        "Registros",
        "Data de envio",
        "Obs",
        "line",
        "why",
    ]
    assert rows[1][:4] == ["1", "Black Friday; SMS", "agendado", "abc"]
    assert rows[1][6:] == ["2", "“abc” is not a whole number"]
    assert rows[3][0] == "3;cells;missing"


def test_no_cell_is_a_formula_in_a_spreadsheet() -> None:
    for row in csv.reader(io.StringIO(written().removeprefix("\ufeff"))):
        assert not any(cell[:1] in ("=", "+", "-", "@") for cell in row if cell)


def test_corrected_rows_are_loaded_as_they_were_meant() -> None:
    corrected = written().replace("abc", "5.010", 1).replace("'-5", "7.000")
    sends = [row for row in read(corrected.encode()) if isinstance(row, SendConfiguration)]
    assert [(s.id, s.name, s.total_records) for s in sends] == [
        ("1", "Black Friday; SMS", 5_010),
        ("2", "=HYPERLINK(1)", 7_000),
    ]
