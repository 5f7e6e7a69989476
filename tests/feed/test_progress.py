"""The progress of reading a file, in each format."""

import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.domain.load_results import ImportSummary
from core.domain.model import Actor, Role
from core.errors import StoreBusyError
from core.feed import background_loads, file_feed
from core.feed.background_loads import Jobs
from core.feed.file_feed import open_rows
from core.feed.formats import csv_reader, excel_reader, json_reader, parquet_reader
from core.feed.load_options import LoadOptions
from core.feed.loader import Loader
from core.ports.feed_batches import Batch
from core.settings import Settings
from core.store.duckdb.engine import MEMORY, DuckDBEngine
from core.store.sql_store import SqlStore

ROWS = 2_000
HEAD = ("id", "name", "state", "total_records", "scheduled_at")
CELLS = [(str(n), f"send {n}", "scheduled", "5", "2030-01-01T12:00Z") for n in range(ROWS)]
ODD_FILES = Path(__file__).parent / "odd_files"


def csv_file() -> bytes:
    return "\n".join(",".join(row) for row in [HEAD, *CELLS]).encode()


def lines() -> bytes:
    pairs = (", ".join(f'"{h}": "{c}"' for h, c in zip(HEAD, row, strict=True)) for row in CELLS)
    return "\n".join(f"{{{each}}}" for each in pairs).encode()


def parquet() -> bytes:
    out = BytesIO()
    pq.write_table(pa.table(dict(zip(HEAD, map(list, zip(*CELLS, strict=True)), strict=True))), out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_reader, "BLOCK_ROWS", 100)
    monkeypatch.setattr(json_reader, "_ROWS", 100)
    monkeypatch.setattr(parquet_reader, "BLOCK_ROWS", 100)
    monkeypatch.setattr(excel_reader, "_ROWS", 1)
    # Read in this process, because in a child process the blocks have their usual size.
    monkeypatch.setitem(file_feed._FORMATS, "parquet", parquet_reader.ParquetRows)
    monkeypatch.setitem(file_feed._FORMATS, "excel", excel_reader.ExcelRows)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", csv_file()),
        ("a.ndjson", lines()),
        ("a.parquet", parquet()),
        ("sheet.xlsx", (ODD_FILES / "sheet.xlsx").read_bytes()),
    ],
    ids=["text", "json", "parquet", "excel"],
)
def test_the_share_that_is_read_grows_to_the_whole(name: str, data: bytes) -> None:
    with open_rows(BytesIO(data), name) as rows:
        assert rows.share == 0
        shares = [rows.share for _ in rows.blocks()]
    assert len(shares) > 1, "it is read in more than one piece"
    assert shares == sorted(shares)
    assert 0 < shares[0] < 1
    assert shares[-1] == 1


def test_a_job_reports_how_much_of_its_file_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    store = SqlStore(DuckDBEngine(MEMORY))
    loader = Loader(store, Settings(demo=False), lambda: datetime(2026, 11, 23, tzinfo=UTC))
    heard: list[tuple[str, float]] = []
    go_on = threading.Event()
    compare = store.compare

    def slow_compare(summary, feed, **more):  # type: ignore[no-untyped-def]
        batches = feed.batches

        def each(only: Sequence[str] | None = None) -> Iterator[Batch]:
            for batch in batches(only):
                heard.append((job.step, job.share))
                yield batch

        monkeypatch.setattr(feed, "batches", each)
        go_on.wait(5)
        return compare(summary, feed, **more)

    monkeypatch.setattr(store, "compare", slow_compare)
    me = Actor("me", Role.ADMINISTRATOR)
    job = Jobs(loader).preview(partial(BytesIO, csv_file()), "a.csv", me, LoadOptions())
    assert job.share == 0
    go_on.set()
    assert job.wait(20)
    assert job.error is None
    assert {step for step, _ in heard} == {"reading"}
    shares = [share for _, share in heard]
    assert shares == sorted(shares)
    assert 0 < shares[0] < 1
    assert job.share == 1
    store.close()


class BusyLoader(Loader):
    """A loader whose store is busy several times."""

    busy = 0

    def load(self, *arguments: Any, **more: Any) -> ImportSummary:
        if type(self).busy:
            type(self).busy -= 1
            raise StoreBusyError("Busy.", "Wait.")
        return super().load(*arguments, **more)


@pytest.fixture
def busy_jobs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    monkeypatch.setattr(background_loads, "FIRST_PAUSE", 0.001)
    store = SqlStore(DuckDBEngine(MEMORY))
    yield Jobs(BusyLoader(store, Settings(), lambda: datetime.now(UTC)))
    store.close()


ME = Actor("me", Role.ADMINISTRATOR)


def test_a_load_that_found_the_database_busy_is_queued_again(busy_jobs: Jobs) -> None:
    BusyLoader.busy = background_loads.TURNS - 1
    job = busy_jobs.load(partial(BytesIO, csv_file()), "a.csv", ME, LoadOptions())
    assert job.wait(20)
    assert job.error is None
    assert job.done is not None
    assert job.done.new == ROWS


def test_a_load_ends_with_an_error_if_the_database_stays_busy(busy_jobs: Jobs) -> None:
    BusyLoader.busy = background_loads.TURNS
    job = busy_jobs.load(partial(BytesIO, csv_file()), "a.csv", ME, LoadOptions())
    assert job.wait(20)
    assert isinstance(job.error, StoreBusyError)
    assert BusyLoader.busy == 0


def test_a_load_that_waits_for_a_busy_database_lets_others_go_first_and_can_be_cancelled(
    busy_jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background_loads, "FIRST_PAUSE", 60.0)
    BusyLoader.busy = 1
    job = busy_jobs.load(partial(BytesIO, csv_file()), "a.csv", ME, LoadOptions())
    give_up = time.monotonic() + 20
    while job.step != "busy" and time.monotonic() < give_up:
        time.sleep(0.01)
    other = busy_jobs.load(partial(BytesIO, csv_file()), "b.csv", ME, LoadOptions())
    assert other.wait(20)
    assert other.done is not None
    assert job.step == "busy"
    job.cancel()
    assert job.wait(5)
    assert (job.done, job.error) == (None, None)
