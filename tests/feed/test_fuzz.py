"""Any bytes are read or refused with a message, and no line is lost."""

import gzip
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import FeedError
from core.feed.file_feed import FileFeed, open_rows
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
    lines = [line for line in data.decode().split("\n")[1:] if line.strip()]
    # A record may span lines, and each is a row or a reject; an open quote may take no good row.
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
