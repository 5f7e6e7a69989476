"""A dry run keeps what it reads, and the load after it does not read the file again."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from io import BytesIO

import pytest

from core.domain.list_query import ListQuery
from core.domain.load_results import ImportSummary
from core.domain.model import Actor, Role
from core.errors import FeedError
from core.feed import dry_run_rows
from core.feed.background_loads import Job, Jobs
from core.feed.formats import csv_reader
from core.feed.load_options import LoadOptions
from core.feed.loader import Loader
from core.infrastructure import disk_space
from core.settings import Settings
from core.store.duckdb.engine import MEMORY, DuckDBEngine
from core.store.sql_store import SqlStore
from tests.sends import actions

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ME = Actor("me", Role.ADMINISTRATOR)
#: Three blocks of rows. Two rows cannot be read, one has the id of an earlier row.
ROWS = [f"{n},send {n},scheduled,{n},2030-01-01T12:00Z" for n in range(25)]
ROWS[3] = "3,send 3,,many,2030-01-01T12:00Z"
ROWS[20] = "4,send 4 again,scheduled,1,2030-01-01T12:00Z"
ROWS[24] = "24,send 24,scheduled,-1,2030-01-01T12:00Z"
DATA = "\n".join(["id,name,state,total_records,scheduled_at", *ROWS]).encode()
#: A file in which all rows can be read.
CLEAN = "\n".join(DATA.decode().splitlines()[:4]).encode()
#: The load gets this instead of the file. Reading it is an error.
UNREADABLE = b"%PDF"


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_reader, "BLOCK_ROWS", 10)


def ended(job: Job) -> Job:
    assert job.wait(20)
    return job


def jobs_on(store: SqlStore) -> Jobs:
    return Jobs(Loader(store, Settings(demo=False), lambda: NOW))


def counts(summary: ImportSummary | None) -> ImportSummary:
    assert summary is not None
    return replace(summary, id="", headings=(), fingerprint="")


def state_of(store: SqlStore) -> object:
    (done,) = store.imports(5)
    rows = [(row.id, row.name, row.total_records) for row in store.page(ListQuery()).rows]
    return counts(done), done.headings, done.fingerprint, rows, store.rejects(done.id, 100)


def test_a_load_after_a_dry_run_needs_no_file(store: SqlStore) -> None:
    jobs = jobs_on(store)
    tried = ended(jobs.preview(partial(BytesIO, DATA), "a.csv", ME, LoadOptions()))
    assert tried.dry_run is not None
    job = ended(
        jobs.load(partial(BytesIO, UNREADABLE), "a.csv", ME, LoadOptions(), previewed=tried)
    )
    assert job.error is None
    assert counts(job.done) == counts(tried.dry_run.summary)
    assert job.done is not None
    assert (job.done.new, job.done.rejected) == (22, 3)
    assert (job.rows, job.share) == (25, 1.0)


def test_it_writes_what_a_load_of_the_file_writes(store: SqlStore) -> None:
    jobs, other = jobs_on(store), SqlStore(DuckDBEngine(MEMORY))
    tried = ended(jobs.preview(partial(BytesIO, DATA), "a.csv", ME, LoadOptions()))
    ended(jobs.load(partial(BytesIO, UNREADABLE), "a.csv", ME, LoadOptions(), previewed=tried))
    ended(jobs_on(other).load(partial(BytesIO, DATA), "a.csv", ME, LoadOptions()))
    assert state_of(store) == state_of(other)
    other.close()


def test_the_same_dry_run_can_be_loaded_twice(store: SqlStore) -> None:
    jobs = jobs_on(store)
    tried = ended(jobs.preview(partial(BytesIO, DATA), "a.csv", ME, LoadOptions()))
    ended(jobs.load(partial(BytesIO, UNREADABLE), "a.csv", ME, LoadOptions(), previewed=tried))
    again = ended(
        jobs.load(partial(BytesIO, UNREADABLE), "a.csv", ME, LoadOptions(), previewed=tried)
    ).done
    assert again is not None
    assert (again.new, again.changed, again.unchanged) == (0, 0, 22)


def test_a_dry_run_of_a_known_file_reads_it_again_to_show_what_its_rows_mean(
    store: SqlStore,
) -> None:
    jobs = jobs_on(store)
    ended(jobs.load(partial(BytesIO, CLEAN), "a.csv", ME, LoadOptions()))
    tried = ended(jobs.preview(partial(BytesIO, CLEAN), "a.csv", ME, LoadOptions()))
    assert tried.dry_run is not None
    assert sum(each.rows for each in tried.dry_run.summary.meaning.states) == 3
    done = ended(
        jobs.load(partial(BytesIO, CLEAN), "a.csv", ME, LoadOptions(), previewed=tried)
    ).done
    assert done is not None
    assert (done.unchanged, done.meaning) == (3, tried.dry_run.summary.meaning)


def test_a_load_counts_right_though_the_file_was_loaded_after_its_dry_run(store: SqlStore) -> None:
    jobs = jobs_on(store)
    tried = ended(jobs.preview(partial(BytesIO, CLEAN), "a.csv", ME, LoadOptions()))
    ended(jobs.load(partial(BytesIO, CLEAN), "a.csv", ME, LoadOptions()))
    actions(store, own=False).abort("1", ME)
    done = ended(
        jobs.load(partial(BytesIO, UNREADABLE), "a.csv", ME, LoadOptions(), previewed=tried)
    ).done
    assert done is not None
    assert (done.new, done.changed, done.unchanged, done.held) == (0, 0, 2, 1)


def test_a_dry_run_that_failed_keeps_nothing(store: SqlStore) -> None:
    bad = DATA.splitlines()[0]
    tried = ended(jobs_on(store).preview(partial(BytesIO, bad), "a.csv", ME, LoadOptions()))
    assert isinstance(tried.error, FeedError)
    assert not tried.recording.is_complete


@pytest.mark.parametrize("error", ["no room", "refused"])
def test_without_room_for_temporary_files_the_load_reads_the_file_again(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    def refuse() -> object:
        raise OSError(28, "No space left on device")

    if error == "no room":
        monkeypatch.setattr(dry_run_rows, "free_bytes", lambda _: disk_space.MARGIN)
    else:
        monkeypatch.setattr(dry_run_rows, "TemporaryFile", refuse)
    jobs = jobs_on(store)
    tried = ended(jobs.preview(partial(BytesIO, DATA), "a.csv", ME, LoadOptions()))
    assert tried.dry_run is not None
    assert not tried.recording.is_complete
    done = ended(
        jobs.load(partial(BytesIO, DATA), "a.csv", ME, LoadOptions(), previewed=tried)
    ).done
    assert done is not None
    assert done.new == 22


def test_a_recording_without_a_dry_run_returns_no_rows_in_silence() -> None:
    with pytest.raises(ValueError, match="nothing was recorded"):
        next(dry_run_rows.Recording().batches())


def test_a_cancelled_load_of_a_recording_changes_nothing(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = jobs_on(store)
    tried = ended(jobs.preview(partial(BytesIO, DATA), "a.csv", ME, LoadOptions()))
    kept = dry_run_rows.Recording._kept
    job: Job

    def cancelling(self):  # type: ignore[no-untyped-def]
        for batch in kept(self):
            job.cancel()
            yield batch

    with jobs._turn:
        monkeypatch.setattr(dry_run_rows.Recording, "_kept", cancelling)
        job = jobs.load(partial(BytesIO, UNREADABLE), "a.csv", ME, LoadOptions(), previewed=tried)
    ended(job)
    assert (job.done, job.error) == (None, None)
    assert store.is_empty()
