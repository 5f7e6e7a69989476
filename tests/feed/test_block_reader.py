"""Reading whole columns gives the same result as reading row by row."""

import re
from io import BytesIO
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.search_text import search_text
from core.errors import FeedError
from core.feed.file_feed import FileFeed, open_rows
from core.feed.formats.rows import ANYTHING, Block
from core.feed.interpreting.block_reader import BlockReader
from core.feed.interpreting.column_reader import read_text
from core.feed.interpreting.headings import match_headings
from core.feed.interpreting.reading_rules import ORDERS, Order, Rules
from core.feed.interpreting.row_reader import CONTROLS, INVISIBLE
from core.feed.interpreting.search_column import search_column
from core.feed.mapping import FeedMapping
from core.ports.feed_batches import FED
from tests.levels import examples

HEADINGS = [*(name for name in FED if name != "raw_state"), "timezone"]
PLAIN = {
    "total_records": [
        "7000",
        "1.234",
        "1,234",
        "12 345",
        "-5",
        "1e3",
        "007",
        "2000000001",
        "5,0",
        "",
        "12.000",
        "12,000",
        "5000.000",
        "64517.0",
        "1.234,00",
        "1,234.00",
        "12\u00a0345,00",
        "100.00%",
        "12\u2009345",
        "-",
        "N/A",
    ],
    "generated_records": ["", "0", "5000", "9.999", "null", " 12 ", "８", "n/a", "–", "\\N"],
    "timezone": ["", "-", "UTC", "BRT", "america/new york", "Asia/Tokyo\u200b", "GMT-3", "+05:30"],
    "state": ["SCHEDULED", "em andamento", "sent", "teleported", "", "Cancelado "],
}
TIMES = [
    *(
        "2026-11-23 14:30",
        "2026-11-23T14:30:05.123456Z",
        "2026-11-23 14:30+05:30",
        "23/11/2026 14:30",
    ),
    *(
        "3/1/2026",
        "2026-02-30 10:00",
        "2018-02-17 23:30",
        "2018-11-04 00:30",
        "46349.6041",
        "",
        "soon",
    ),
    *("0001-01-01", "9999-12-31 23:59:59", "2026-11-23 14:30:00.1234567", "2026-11-23 24:00"),
    *(
        "11/23/2026 14:30",
        "24.11.2030 10:30",
        "2/24/17 11:29",
        "24/11/30",
        "26-11-24",
        "31/04/2026",
    ),
    *("Oct 26, 2030 02:56 pm", "10 jan. 2030 14h30", "10 de enero de 2030 14:30", "seg 02/03/2026"),
    *("1893499200", "1893499200000", "2030-11-24 14:30:00 UTC", "2030/11/24 14:30", "2026-327"),
    *("23/11/2026 24:00", "14:30 23/11/2026", "2 pm 3/11/2026", "noviembre 3 de 2026", "-", "n/a"),
    *("0000-00-00 00:00:00", "0001-01-01T00:00:00Z", "0", "23/11/2026 10:00 (UTC-5)"),
    *("23/11/2026 10:00 (Lima)", "/Date(1893499200000)/", "2026-11-23T10:00Z[UTC]"),
    *("1970-01-01T00:00:00Z", "31/12/1969 21:00", "1970-01-02", "1/1/1900 00:00:00"),
    *("2026-11-23 10:00 America/Lima", "23/11/2026 10h BRT", "2026-11-23T10:00Z Foo"),
    *("2026112314", "2033000000", "2611301430", "1801021430.0", "639156942000000000"),
    *("134400066000000000", "20261130143000123", "3878830200", "1.79596E+12"),
    *("2026-11-23 14.30", "2026-11-23T14,30", "20261123 14.30", "2026-11-23 14.30Z"),
    *("2026-11-23 14.5", "2026-11-23T14.3Z", "2026-11-23 14:30.15", "2026-11-23T14:30.5"),
    *("2026-11-23 14:00-16:00", "2026-11-23 10:00-12:00", "2026-11-23T10:00:00-12:00"),
    *("2026-11-23 09:00-11:00", "23/11/2026 08:00-10:00", "2026-11-23 09-11", "2026-11-23T09-11"),
    *("2026-11-23T09:00-11:00", "2026-11-23 09:00:00-11:00", "2026-11-23 09:00-0900"),
    *("2026-11-23 10:00-07:00", "2026-11-23 10:00-06:45", "2026-11-23 01:00-03:00"),
    *("2026-11-23T10-16:00", "2026-11-23 10:00-12", "2026-11-23T10:00:00+1415"),
    *("2026-11-23T10:00:00+16:00", "2026-11-23T10:00+05:53", "2026-11-23T10:00:00+14:00"),
    *("2026-11-23-03:00", "2026-11-23+01:00", "20261123-0300", "2026-11-23-14:30"),
    *("2026-11-23 02:30-03:00 PM", "2026-11-23T02:30:00Z BRT", "2026-11-23 10:00 -0600 CST"),
    *("23/11/2026-03:00", "2026/11/23 -3:30", "23/11/2026-14:30", "nov 23, 2026-03:00"),
    *("14:30 23/11/2026 -03:00", "Mon 05/04/2027 10:00", "lunes 04/05/2027", "tue 05/04/2027"),
    *("05/04/2027 (Mon) 12:00", "05/04/2027 tue", "05/04/2027 - terça-feira 9h", "5/4/27 foo"),
    *("ASAP", "Imediatamente", "undefined", "Não definido"),
    *("20261103143000", "2026.11.03 14h30", "2026-W45-2T14:30", "2026-307T14:30"),
    *("46329 0.604166667", "46329,604166667", "2026-11-03 00:00:00 14:30"),
    *("Tue, 3 Nov 2026 14:30:00 -0300", "14h30 de 03/11/2026", "/Date(1793727000000-0300)/"),
    *("23/11/2026 25:00", "23 of 2026", "12 13 14", "99999", "2026-11-23 10:00 -0300"),
]
IDS = ["101.0", "7.0", "x1.0", "101.00", "7.0\u200b", "7,0", "٧.0", "nan", "N/A", "-"]
ODD = st.text("aZçÃßİſµﬁ \t\x1f\x00\u200b\u202e\u00a0😀'=<>;\u3042\u0301", max_size=6)


def cells(name: str) -> st.SearchStrategy[str]:
    if name in PLAIN:
        return st.sampled_from(PLAIN[name])
    if name.endswith("_at"):
        return st.sampled_from(TIMES)
    if name == "id":
        return st.one_of(st.sampled_from(IDS), ODD)
    return st.one_of(st.sampled_from(["Promoção", "x", ""]), ODD)


ROWS = st.lists(st.tuples(*(cells(name) for name in HEADINGS)), min_size=1, max_size=12)


class RowByRow(BlockReader):
    """A block reader that leaves every row to the row reader."""

    expected = ANYTHING

    def _columns(self, block: Block) -> tuple[pa.Table, pa.Array]:
        rows, sure = super()._columns(block)
        return rows, pc.and_(sure, False)


def read(
    data: bytes,
    reader: type[BlockReader] = BlockReader,
    *,
    order: Order = "day",
    decimal: str = ".",
    is_settled: bool = False,
) -> list[tuple]:
    found = []
    with open_rows(BytesIO(data), "f.tsv") as rows:
        zone = ZoneInfo("America/Sao_Paulo")
        feed = FileFeed(rows, "f.tsv", zone=zone)
        feed._rules = Rules(
            zone=zone,
            order=order,
            decimal=decimal,
            hours_after_dash=is_settled,
            short_times=is_settled,
            behind=None,
            whole_ids=is_settled,
        )
        feed._reader = reader(match_headings(rows.headings, FeedMapping()), feed._rules)
        for batch in feed.interpreted():
            found += [tuple(row.values()) for row in batch.rows.to_pylist()]
            found += [
                (r.line, [str(each) + each.column for each in r.reasons], r.raw, r.id)
                for r in batch.rejects
            ]
    return sorted(found, key=lambda each: each[0])


@pytest.mark.slow
@examples(250)
@given(ROWS, st.sampled_from(ORDERS), st.sampled_from(["", ".", ","]), st.booleans())
def test_both_ways_of_reading_agree_on_every_row(
    rows: list[tuple[str, ...]], order: Order, decimal: str, is_settled: bool
) -> None:
    body = "\n".join("\t".join(cell.replace("\t", " ") for cell in row) for row in rows)
    data = ("\t".join(HEADINGS) + "\n" + body + "\n").encode()
    try:
        fast = read(data, order=order, decimal=decimal, is_settled=is_settled)
    except FeedError:
        # "12.000" has two meanings, and nothing else in the file decides.
        with pytest.raises(FeedError):
            read(data, RowByRow, order=order, decimal=decimal, is_settled=is_settled)
        return
    assert fast == read(data, RowByRow, order=order, decimal=decimal, is_settled=is_settled)
    blank = sum(not "".join(row).strip() for row in rows)
    assert len(fast) >= len(rows) - blank


@pytest.mark.parametrize("is_settled", [False, True])
@pytest.mark.parametrize("text", TIMES)
def test_both_ways_of_reading_agree_on_a_time_alone_in_its_file(
    text: str, is_settled: bool
) -> None:
    head = "id\tname\tstate\ttotal_records\tscheduled_at\tRescheduled to"
    for cells in (f"{text}\t", f"2030-01-01\t{text}", f"{text}\t-", f"-\t{text}"):
        data = f"{head}\n1.0\tx\tsent\t7\t{cells}\n".encode()
        assert read(data, is_settled=is_settled) == read(data, RowByRow, is_settled=is_settled)


def test_every_invisible_and_every_control_character_is_left_to_the_row_reader() -> None:
    characters = [chr(n) for n in range(0x10000) if not 0xD800 <= n < 0xE000]
    odd = [each for each in characters if re.search(f"[{CONTROLS}{INVISIBLE}]", each)]
    assert len(odd) > 40
    for each in odd:
        _, sure = read_text(pa.array([f"Promoção {each}"]))
        assert not sure[0].as_py(), hex(ord(each))
    escaped = pa.array(["Promoção", "'=A1", "'-1", "d'água", "é" * 9_000])
    assert read_text(escaped.slice(1))[1].to_pylist() == [False, False, True, False]


def test_a_search_finds_every_letter_the_same_way_in_both() -> None:
    letters = [chr(n) for n in range(0x3000) if not 0xD800 <= n < 0xE000]
    column = pa.array(letters)
    empty = pa.array([""] * len(letters))
    assert search_column([column, empty, empty, empty]).to_pylist() == [
        search_text(letter, "", "", "") for letter in letters
    ]


@pytest.mark.parametrize(
    ("name", "plain", "odd", "is_read"),
    [
        ("total_records", "5000", "0x1F", False),
        ("total_records", "5000", "0X1f", False),
        ("total_records", "5000", "-5", False),
        ("total_records", "5000", "1,234", True),
        ("generated_records", "0", "0x1F", False),
        ("scheduled_at", "2026-11-23 14:30:00", "23/11/2026 14:30", True),
        ("scheduled_at", "2026-11-23T14:30:00Z", "2026-11-23 14:30", True),
        ("scheduled_at", "2026-11-23 14:30:00", "2026-11-23 14:30:00+25:00", False),
        ("finished_at", "2026-11-23", "46349.6", True),
    ],
)
def test_a_value_written_otherwise_than_those_before_is_read_all_the_same(
    name: str, plain: str, odd: str, is_read: bool
) -> None:
    def row(n: int, value: str) -> str:
        values = {"id": f"a{n}", "name": "x", "state": "sent", "total_records": "9000"}
        values |= {"scheduled_at": "2026-11-23 10:00", name: value}
        return "\t".join(values.get(heading, "") for heading in HEADINGS)

    lines = [row(n, plain) for n in range(500)] + [row(500, odd)]
    data = ("\t".join(HEADINGS) + "\n" + "\n".join(lines) + "\n").encode()
    fast = read(data)
    assert fast == read(data, RowByRow)
    assert len(fast) == 501
    assert (fast[500][1] == "a500") is is_read
    if not is_read:
        assert odd.removeprefix("-") in fast[500][2]


def test_a_row_that_is_rejected_keeps_its_text_from_the_file() -> None:
    head = "id,name,state,total_records,scheduled_at,generated_records\n"
    data = (head + "a,x,sent,007,2026-11-23 10:00,0009\nb,y,sent,008,2026-11-23 10:00,5\n").encode()
    with open_rows(BytesIO(data), "f.csv") as rows:
        batch = next(FileFeed(rows, "f.csv", zone=ZoneInfo("UTC")).interpreted())
    assert batch.rows.column("total_records").to_pylist() == [8]
    assert [(r.line, r.raw) for r in batch.rejects] == [(2, "a,x,sent,007,2026-11-23 10:00,0009")]
    assert "9" in str(batch.rejects[0].reasons[0])
