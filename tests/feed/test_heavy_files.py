"""The memory and the time for loading a file are limited for any content of the file."""

import json
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.load_results import Reject
from core.errors import FeedError
from core.feed import file_feed
from core.feed.file_feed import FileFeed, open_rows
from core.feed.formats.child_process import MEMORY_MB
from core.feed.limits import MAX_RECORD
from core.settings import ROOT
from tests.feed.heavy_files import HEAD, NAMES, write
from tests.feed.load_cost import measured
from tests.feed.reading import read_feed
from tests.levels import examples

UTC = ZoneInfo("UTC")
#: Megabytes for reading and staging, without the child process, and seconds of CPU time.
READING_MB = 450
SECONDS = 60

#: Each of these files of twelve megabytes once took over a gigabyte or a minute, or ended the process.
HEAVY = ["same-id-short.csv", "wide-and-high.xlsx"]
MORE_HEAVY = [
    *("numbers.json", "many-keys.ndjson", "dictionary.parquet"),
    *("quote-in-each-row.csv", "many-headings.csv", "short-lines.csv", "empty-rows.csv"),
    *("quoted-lines.csv", "same-key.json", "same-key.ndjson", "small-lines.ndjson"),
    *("far-corner.xlsx", "one-text-for-all.xlsx", "flags.parquet"),
]


@pytest.mark.slow
@pytest.mark.timeout(1_000)
@pytest.mark.parametrize(
    "name", [*HEAVY, *(pytest.param(name, marks=pytest.mark.long) for name in MORE_HEAVY)]
)
def test_a_heavy_file_stays_within_the_bounds_of_memory_and_time(name: str, tmp_path: Path) -> None:
    found = measured(write(name, tmp_path, 12_000_000), timeout=900)
    has_child = name.endswith((".xlsx", ".parquet"))
    assert found.outcome
    assert not found.outcome.startswith(("died", "took too long", "more than"))
    assert found.megabytes < READING_MB + (MEMORY_MB if has_child else 0)
    assert found.cpu < SECONDS
    if name == "far-corner.xlsx":
        assert "Reading the file takes more than" in found.outcome


#: Sets the limits of the child process with one second of CPU time, and uses more.
SLOW = """
from core.feed.formats import child_process
child_process.SECONDS = 1
child_process._limit()
while True:
    pass
"""


def test_a_child_process_that_is_too_slow_ends_by_the_signal_for_time_and_not_for_memory() -> None:
    done = subprocess.run([sys.executable, "-c", SLOW], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGXCPU


#: Reads a file without loading it. Prints the number of its rows, and the most megabytes meanwhile.
READ = """
import sys
from pathlib import Path
from zoneinfo import ZoneInfo
from core.feed.file_feed import FileFeed, open_rows
with open(sys.argv[1], "rb") as file, open_rows(file, "f.csv") as rows:
    batches = FileFeed(rows, "f.csv", zone=ZoneInfo("UTC")).batches()
    read = sum(batch.rows.num_rows for batch in batches)
print(read, int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024)
"""


@pytest.mark.long
def test_open_dates_and_numbers_take_no_more_memory_in_a_larger_file(tmp_path: Path) -> None:
    """The last row decides the order of day and month, and the sign of the thousands."""

    def megabytes(rows: int) -> int:
        file = tmp_path / f"{rows}.csv"
        with file.open("w") as out:
            out.write(HEAD.decode())
            out.writelines(
                f"{n},Promo {n},SENT-DONE,12.000,{n % 12 + 1:02}/02/2026 10:00,{'x' * 60}\n"
                for n in range(rows)
            )
            out.write("last,Promo,SENT-DONE,1.234.567,25/12/2026 10:00,x\n")
        command = [sys.executable, "-c", READ, str(file)]
        ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        read, most = map(int, ran.stdout.split())
        assert read == rows + 1
        return most

    assert megabytes(900_000) < megabytes(200_000) + 60


PIECES = [
    *(b'"', b",", b"\n", b"x", b'a"b,"c\n', b'1,"', b'"",', b"\r", b" ", b"\xe7", b"\x00"),
    *(b"[", b"{", b'{"a":', b'"k":1,', b"1,", b"{},", b"]", b"}", b'{"id":"1"}\n'),
    b"1,x,sent,5,2026-11-23,x\n",
]


@examples(20)
@given(
    st.lists(st.tuples(st.sampled_from(PIECES), st.integers(1, 200_000)), min_size=1, max_size=4),
    st.sampled_from([".csv", ".ndjson", ".json"]),
)
@pytest.mark.timeout(1_000)
def test_no_repetition_takes_much_memory_or_time(
    parts: list[tuple[bytes, int]], suffix: str
) -> None:
    begin = {".csv": HEAD, ".ndjson": b'{"id":"1"}\n', ".json": b'[{"id":"1"},'}[suffix]
    data = (begin + b"".join(piece * count for piece, count in parts))[:1_000_000]
    tracemalloc.start()
    before, began = pa.total_allocated_bytes(), time.process_time()
    most = 0
    with suppress(FeedError), open_rows(BytesIO(data), "f" + suffix) as rows:
        for _ in rows.blocks():
            most = max(most, pa.total_allocated_bytes() - before)
    peak = tracemalloc.get_traced_memory()[1] + most
    tracemalloc.stop()
    assert peak < 250_000_000
    assert time.process_time() - began < 60


def read(data: bytes, name: str = "f.csv") -> tuple[list[str], list[tuple[int, str]]]:
    """Return the ids that were read, and the lines and reasons of the rejects."""
    found = list(read_feed(BytesIO(data), name=name, zone=UTC))
    rejects = [(row.line, row.reason) for row in found if isinstance(row, Reject)]
    return [row.id for row in found if not isinstance(row, Reject)], rejects


def row(id: str, note: str = "x") -> bytes:
    return f"{id},a,sent,5,2026-11-23,{note}\n".encode()


def test_a_line_that_is_too_long_is_rejected_and_the_next_ones_are_read() -> None:
    long = row("2", "y" * 5_000_000)
    ids, rejects = read(HEAD + row("1") + long + row("3") + long + row("5"))
    assert ids == ["1", "3", "5"]
    assert [line for line, _ in rejects] == [3, 5]
    assert all("longer than 1000000 bytes" in reason for _, reason in rejects)


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_quote_that_is_never_closed_costs_one_line(end: bytes) -> None:
    rows = [row(str(n)) for n in range(1_000)]
    for place in (0, 500, 999):
        rows[place] = f'{place},"a,sent,5,2026-11-23,x\n'.encode()
    ids, rejects = read((HEAD + b"".join(rows)).rstrip(b"\n") + end)
    assert [line for line, _ in rejects] == [2, 502, 1001]
    assert all("never closed" in reason for _, reason in rejects)
    assert len(ids) == 997


def test_a_quote_that_is_closed_more_than_a_record_later_is_never_closed() -> None:
    lines = "\n".join(["z" * 9_000] * 150)
    ids, rejects = read(HEAD + f'1,"a\n{lines}",sent,5,2026-11-23,x\n'.encode() + row("2"))
    assert ids == ["2"]
    assert len(rejects) == 151
    assert "never closed" in rejects[0][1]


@pytest.mark.slow
def test_where_pieces_of_a_file_end_makes_no_difference(scaled: Callable[[float], int]) -> None:
    """Try a quoted note of many lines at places around the end of a piece."""
    note = '"' + "\n".join(["n" * 4_000] * 100) + '"'
    for shift in range(0, 900_000, 900_000 // scaled(10) + 1):
        filler = row("f", "y" * 900_000) * 4 + row("g", "y" * shift)
        ids, rejects = read(HEAD + filler + row("1", note) + row("2"))
        assert ids[-2:] == ["1", "2"]
        assert {reason for _, reason in rejects} == {"its ID is already in line 2"}


@pytest.mark.parametrize("note", ["n" * 60_000, '"' + "n" * 200_000 + '"'])
def test_a_long_note_in_a_column_that_is_not_stored_is_read(note: str) -> None:
    assert read(HEAD + row("1", note)) == (["1"], [])
    values = dict(zip(NAMES, ("1", "a", "sent", "5", "2026-11-23", note), strict=True))
    assert read(json.dumps(values).encode(), "f.ndjson") == (["1"], [])


def test_a_file_of_too_many_columns_is_refused() -> None:
    heading = HEAD[:-1] + b",c" * 1_000 + b"\n"
    for name, data in (
        ("f.csv", heading + b",\n"),
        ("f.ndjson", b"{" + b",".join(b'"k%d":1' % n for n in range(1_001)) + b"}"),
    ):
        with pytest.raises(FeedError, match=r"more than 1,?000 columns"):
            read(data, name)


def test_an_object_of_an_array_without_an_end_ends_the_load_and_names_its_place() -> None:
    good = b'{"id":"1","name":"x","state":"sent","total_records":5,"scheduled_at":"2026-11-23"}'
    with pytest.raises(FeedError, match="after the first 1 of the JSON array has no end within"):
        read(b"[" + good + b',{"id":"' + b"x" * 3 * MAX_RECORD, "f.json")
    ids, rejects = read(b"[" + good + b',{"id":"' + b"x" * (MAX_RECORD + 9) + b'"}]', "f.json")
    assert (ids, [line for line, _ in rejects]) == (["1"], [2])


def test_reading_ends_where_nearly_nothing_of_very_many_rows_can_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(file_feed, "MAX_UNREADABLE", 1_000)

    def batches(data: bytes) -> int:
        with open_rows(BytesIO(data), "f.csv") as rows:
            feed = FileFeed(rows, "f.csv", zone=UTC)
            return sum(batch.rows.num_rows for batch in feed.batches())

    with pytest.raises(FeedError, match=r"No row of f\.csv could be read"):
        batches(HEAD + b"x\n" * 3_000)
    with pytest.raises(FeedError, match=r"Only 1 of the first \d+ rows of f\.csv can be read"):
        batches(HEAD + row("1") + b"x\n" * 3_000)
    good = b"".join(row(str(n)) for n in range(400))
    assert batches(HEAD + good + b"x\n" * 3_000) == 400


def test_very_many_repeated_ids_are_refused() -> None:
    with (
        open_rows(BytesIO(HEAD + row("1")), "f.csv") as rows,
        pytest.raises(FeedError, match="an ID that an earlier row has"),
    ):
        lines = dict.fromkeys(range(200_000), 1)
        list(FileFeed(rows, "f.csv", zone=UTC).repeated(lines))


@pytest.mark.parametrize("data", [b"\x1c", b"\n\x1c\n" * 3, b"\n" * 2_000])
def test_a_file_of_blank_lines_only_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(FeedError, match=r"empty|blank"):
        read(data)
