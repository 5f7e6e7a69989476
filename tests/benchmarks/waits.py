"""How long an abort waits while a background job works on a DuckDB file.

Each job runs repeatedly: a first load that replaces the demo, a merge that changes all rows, a dry run
of such a file, a backup, and a deletion of as many old rows. Meanwhile, a person aborts one send every
five seconds. Later, ten people abort at once every five seconds. "nothing" shows how long an abort
takes without a job. Run with `make bench`. For fewer rows, run
`python -m tests.benchmarks.waits --rows 100000 --seconds 20`.
"""

import argparse
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final

import duckdb

from core.domain.model import Actor, ConfigurationId, Role
from core.errors import StoreBusyError
from core.feed.loader import Loader
from core.operations.backup import Backups
from core.services.aborts import AbortService, UnknownConfigurationError
from core.settings import Settings
from core.store.duckdb.engine import DuckDBEngine
from core.store.engine import Transaction
from core.store.journal.journal import Journal
from core.store.sql_store import SqlStore
from tests.benchmarks.feeds import write_file
from tests.benchmarks.timing import took_ms
from tests.sends import ME, actions

#: Seconds between two aborts, or two bursts.
_APART: Final = 5.0
_BURST: Final = 10
_CHANGED = """
COPY (SELECT * REPLACE (name || ' {n}' AS name, updated_at + INTERVAL {n} SECOND AS updated_at)
FROM '{first}') TO '{file}' (FORMAT parquet)
"""
_OLD_CHANGES = """
INSERT INTO state_changes
SELECT 'OLD-' || i, TIMESTAMPTZ '2020-01-01 00:00Z' + to_seconds(i), 'DRAFT', 'SCHEDULED', 0, 1,
    'feed', 'bench', NULL
FROM range($rows) r(i)
"""


class _Watched(DuckDBEngine):
    """Counts how often loads try to write, and measures their commits."""

    tries = 0
    commits: list[float]

    @contextmanager
    def writing(self, cursor: Any) -> Iterator[Transaction]:
        with super().writing(cursor) as tx:
            self.tries += 1
            yield tx
            began = time.perf_counter()
        self.commits.append((time.perf_counter() - began) * 1000)


@dataclass
class _Found:
    """The result of one job with one pattern of aborts: waits in milliseconds."""

    waits: list[float] = field(default_factory=list)
    ended: int = 0
    busy: int = 0
    tries: int = 0
    commit: float = 0.0

    @property
    def p99(self) -> float:
        return statistics.quantiles(self.waits, n=100, method="inclusive")[98]


class _Bench:
    def __init__(self, folder: Path, rows: int, seconds: float) -> None:
        self._folder, self._rows, self._seconds = folder, rows, seconds
        self.first = folder / "first.parquet"
        write_file(self.first, rows, second=False)
        self._numbers = count(1)
        self._opened = 0
        self._open()

    def _open(self) -> None:
        """Open a new store."""
        self._opened += 1
        self.path = self._folder / f"{self._opened}.duckdb"
        self.engine = _Watched(self.path)
        self.engine.commits = []
        self.store = SqlStore(self.engine, Journal.beside(self.path))
        settings = Settings(max_rows=100_000_000, max_file_mb=10_000)
        self.loader = Loader(self.store, settings, lambda: datetime.now(UTC))
        self.service: AbortService = actions(self.store, own=False)

    def load(self, file: Path) -> None:
        with file.open("rb") as source:
            self.loader.load(source, file.name, Actor("bench", Role.ADMINISTRATOR))

    def _changed(self) -> Path:
        number = next(self._numbers)
        file = self._folder / f"changed-{number % 2}.parquet"
        with duckdb.connect() as connection:
            connection.execute(_CHANGED.format(n=number, first=self.first, file=file))
        return file

    def first_load(self) -> Callable[[], None]:
        """Return a function that loads the file into a new store with demo data."""
        self.engine.close()
        self._open()
        self.loader.load_sample()
        return lambda: self.load(self.first)

    def merge(self) -> Callable[[], None]:
        file = self._changed()
        return lambda: self.load(file)

    def preview(self) -> Callable[[], None]:
        file = self._changed()

        def run() -> None:
            with file.open("rb") as source:
                self.loader.preview(source, file.name, Actor("bench", Role.ADMINISTRATOR))

        return run

    def backup(self) -> Callable[[], None]:
        backups = Backups(self.path, lambda: datetime.now(UTC))

        def run() -> None:
            backups.make(self.store).path.unlink()

        return run

    def prune(self) -> Callable[[], None]:
        now = datetime.now(UTC)
        with self.engine.transaction() as tx:
            tx.change(_OLD_CHANGES, {"rows": self._rows})

        def run() -> None:
            self.store.prune(now - timedelta(days=1_000), now)

        return run

    def nothing(self) -> Callable[[], None]:
        return lambda: time.sleep(1)

    def measure(self, prepare: Callable[[], Callable[[], None]], burst: int) -> _Found:
        """Run a job repeatedly for some time, with aborts meanwhile."""
        found, over = _Found(), time.monotonic() + self._seconds
        while len(found.waits) < 2 or time.monotonic() < over:
            job = prepare()
            self.engine.tries, self.engine.commits = 0, []
            sql = "SELECT id FROM configurations WHERE state = 'SCHEDULED' LIMIT 5000"
            ids = iter([row[0] for row in self.engine.rows(sql)])
            running = threading.Thread(target=self._run, args=(job, found))
            running.start()
            with ThreadPoolExecutor(burst) as people:
                pause = 0.05  # a job can be short
                while not _ended(running, pause):
                    waits = [people.submit(self._abort, next(ids)) for _ in range(burst)]
                    found.waits += [ms for wait in waits if (ms := wait.result()) is not None]
                    # When the time is over, no more aborts disturb the job.
                    pause = _APART if time.monotonic() < over else 600
            running.join()
            found.tries += self.engine.tries
            found.commit = max([found.commit, *self.engine.commits])
        return found

    def _abort(self, id: ConfigurationId) -> float | None:
        """Return the milliseconds of an abort, or None if a file has already replaced the send."""
        try:
            return took_ms(lambda: self.service.abort(id, ME))
        except UnknownConfigurationError:
            return None

    @staticmethod
    def _run(job: Callable[[], None], found: _Found) -> None:
        try:
            job()
            found.ended += 1
        except StoreBusyError:
            found.busy += 1


def _ended(thread: threading.Thread, seconds: float) -> bool:
    thread.join(seconds)
    return not thread.is_alive()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--jobs", nargs="*")
    asked = parser.parse_args()
    print(f"\nload of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    print(
        "| job on DuckDB | aborts | n | median ms | p99 ms | max ms | ended, busy, tries to write "
        "| longest commit ms |"
    )
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        bench = _Bench(Path(folder), asked.rows, asked.seconds)
        jobs = {
            "first load": bench.first_load,
            "merge": bench.merge,
            "preview": bench.preview,
            "backup": bench.backup,
            "prune": bench.prune,
            "nothing": bench.nothing,
        }
        for name in asked.jobs or jobs:
            if name != "first load" and bench.store.is_empty():
                bench.load(bench.first)
            for burst in (1, _BURST):
                found = bench.measure(jobs[name], burst)
                pattern = "one by one" if burst == 1 else f"{burst} at once"
                waits = (statistics.median(found.waits), found.p99, max(found.waits), found.commit)
                middle, high, most, commit = (f"{ms:.0f}" for ms in waits)
                print(
                    f"| {name} | {pattern} | {len(found.waits)} | {middle} | {high} | {most} "
                    f"| {found.ended}, {found.busy}, {found.tries} | {commit} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
