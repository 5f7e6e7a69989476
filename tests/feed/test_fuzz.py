"""Any bytes are read or refused with a message, and no line is lost."""

import gzip
import json
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import FeedError
from core.feed.file_feed import FileFeed, open_rows
from tests.feed.workbooks import workbook
from tests.levels import examples

FOLDER = Path(__file__).parent / "odd_files"
SEEDS = [
    *("typed.parquet", "sheet.xlsx", "packed.csv.gz", "packed.zip", "array.json", "lines.ndjson"),
    *("doubled-quotes.csv", "utf-16-be.csv", "mixed-line-ends.csv"),
]
SUFFIXES = (".csv", ".tsv", ".json", ".ndjson", ".parquet", ".xlsx", ".gz", ".zip")


def read(data: bytes, name: str) -> tuple[int, int]:
    """Return how many rows were read and rejected. Raises FeedError only."""
    accepted = rejected = 0
    with open_rows(BytesIO(data), name) as rows:
        for batch in FileFeed(rows, name, zone=ZoneInfo("UTC")).interpreted():
            accepted += batch.rows.num_rows
            rejected += len(batch.rejects)
    return accepted, rejected


def only_in_words(data: bytes, name: str) -> None:
    with suppress(FeedError):
        read(data, name)


@examples(150)
@given(st.binary(max_size=300), st.sampled_from(SUFFIXES))
def test_any_bytes_under_any_name(data: bytes, suffix: str) -> None:
    only_in_words(data, "f" + suffix)


@pytest.mark.slow
@examples(250)
@given(st.sampled_from(SEEDS), st.data())
def test_any_file_with_some_bytes_changed_or_missing(seed: str, data: st.DataObject) -> None:
    content = bytearray((FOLDER / seed).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    keep = data.draw(st.integers(0, len(content)))
    only_in_words(bytes(content) if data.draw(st.booleans()) else bytes(content[:keep]), seed)


CELL = st.text('ab,;"\n ', max_size=5)


@examples(250)
@given(st.lists(CELL, min_size=1, max_size=8))
def test_no_line_of_a_csv_is_lost(cells: list[str]) -> None:
    head = b"id,name,state,total_records,scheduled_at\n"
    good = "".join(f"ok-{n},x,sent,5,2026-11-23\n" for n in range(3))
    data = head + ("\n".join(cells) + "\n" + good).encode()
    accepted, rejected = read(data, "f.csv")
    lines = [line for line in data.decode().split("\n")[1:] if line.strip(' ,"')]
    # A record may have several lines, and is a row or a reject. An open quote must not hide good rows.
    assert 0 < accepted + rejected <= len(lines)
    if '"' not in "".join(cells):
        assert accepted + rejected == len(lines)


@examples(100)
@given(st.lists(st.text('{}[]":,a1 \\', max_size=8), min_size=1, max_size=8))
def test_no_line_of_a_json_file_is_lost(lines: list[str]) -> None:
    first = '{"id":"1","name":"x","state":"sent","total_records":5,"scheduled_at":"2026-11-23"}'
    data = "\n".join([first, *lines]).encode()
    assert sum(read(data, "f.ndjson")) == len([line for line in [first, *lines] if line.strip()])


def test_a_file_beyond_its_limit_is_refused_before_it_is_read() -> None:
    class Untouched(BytesIO):
        def read(self, *_: object) -> bytes:
            raise AssertionError("it was read")

    with (
        pytest.raises(FeedError, match="at most 1 MB"),
        open_rows(Untouched(b"x" * 2_000_000), "f.csv", most=1_000_000),
    ):
        pass


def test_what_unpacks_to_more_than_the_limit_is_refused_on_the_way() -> None:
    bomb = gzip.compress(b"0" * 30_000_000)
    assert len(bomb) < 1_000_000
    with (
        pytest.raises(FeedError, match="unpacks to more than"),
        open_rows(BytesIO(bomb), "f.csv.gz", most=1_000_000),
    ):
        pass


NESTED = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text("a1 \x01", max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "lists", "name", "id", "data"]), inner, max_size=3),
    ),
    max_leaves=12,
)
SEND = {"id": "1", "name": "x", "state": "sent", "total_records": 5, "scheduled_at": "2026-11-23"}


@examples(200)
@given(NESTED, st.lists(st.sampled_from(["data", "results", "a"]), max_size=4), st.integers(0, 3))
def test_sends_inside_any_document_are_read_and_none_is_lost(
    extra: object, path: list[str], others: int
) -> None:
    sends = [SEND | {"id": str(n), "extra": extra} for n in range(others + 1)]
    document: object = sends
    for name in reversed(path):
        document = {name: document, "total": others, "more": extra}
    for indent in (None, 1):
        assert read(json.dumps(document, indent=indent).encode(), "f.json") == (others + 1, 0)


@examples(200)
@given(NESTED, st.sampled_from([".json", ".ndjson"]), st.integers(0, 300))
def test_any_json_document_is_read_or_refused(document: object, suffix: str, cut: int) -> None:
    text = json.dumps({"data": [document, SEND]}).encode()
    only_in_words(text, "f" + suffix)
    only_in_words(text[:cut], "f" + suffix)


WORD = st.sampled_from(
    [
        "23",
        "11",
        "2026",
        "26",
        "/",
        ".",
        "-",
        ":",
        "h",
        " ",
        "pm",
        "de",
        "nov",
        "às",
        "UTC",
        "+",
        "T",
        ",",
    ]
)


@examples(300)
@given(st.lists(WORD, max_size=9).map("".join), st.lists(WORD, max_size=5).map("".join))
def test_any_time_and_count_is_read_rejected_or_asked(time: str, count: str) -> None:
    row = f'1,x,sent,"{count}","{time}"\n'
    only_in_words(f"id,name,state,total_records,scheduled_at\n{row}".encode(), "f.csv")


@examples(100)
@given(st.lists(st.text('ab;,|\t "sep=1', max_size=12), max_size=6), st.sampled_from(",;|\t"))
def test_title_lines_never_hide_the_sends(titles: list[str], sign: str) -> None:
    titles = [each.replace('"', "") for each in titles]
    few = [each for each in titles if len(each.split(sign)) < 3]
    head = sign.join(SEND)
    row = sign.join(map(str, SEND.values()))
    data = "\n".join([*(e.translate({44: 95, 59: 95, 124: 95, 9: 95}) for e in few), head, row])
    if data.lower().lstrip().startswith("sep="):
        return
    assert read(data.encode(), "f.csv") == (1, 0)


TITLE = st.lists(st.sampled_from(["Report", "2026", "<&>", "", "a"]), max_size=2)


#: How the id 7 is read in a cell of each number format.
SEVEN = {
    "General": "7",
    "0000": "0007",
    "0%": "700%",
    "00-00": "00-07",
    '"ENV-"0000': "ENV-0007",
    '"ENV-"#;-0': "ENV-7",
    "[Red]\\S\\-00_)": "S-07",
    '0" sends"': "7 sends",
    "#,##0": "7",
    "0.00": "7",
    "[$-409]h": "1900-01-07",
    '"<': "7",
    "0" * 25: "7",
}
FEW = ("0000", "0%", '"ENV-"0000')


@pytest.mark.slow
@pytest.mark.parametrize(
    "code", [*FEW, *(pytest.param(c, marks=pytest.mark.long) for c in SEVEN if c not in FEW)]
)
@examples(3)
@given(titles=st.lists(TITLE, max_size=3), hidden=st.booleans())
def test_a_sheet_of_sends_is_found_in_any_workbook(
    code: str, titles: list[list[object]], hidden: bool
) -> None:
    send = SEND | {"id": 7}
    rows: list[list[object]] = [*titles, list(send), list(send.values())]
    sheets = {"s1": [["key", "value", "x"], ["a", 1, 2]], "s2": rows}
    data = workbook(sheets, code, hidden={"s1"} if hidden else ())
    # A five that Excel shows as 500 % or as a time is no number of recipients. But `5 sends` is one.
    assert read(data, "f.xlsx") == ((0, 1) if code in ("0%", "[$-409]h") else (1, 0))
    with open_rows(BytesIO(data), "f.xlsx") as opened:
        (block,) = opened.blocks()
        shown = block.table.column(0).to_pylist()
        assert opened.layout.sheets == (("s2",) if hidden else ("s1", "s2"))
    assert shown == [SEVEN[code]]
