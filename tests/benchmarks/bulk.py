"""Bulk aborts of 100 and 1,000 sends on both engines, while another person aborts single sends.

Run with `python -m tests.benchmarks.bulk [--rows 300000] [--no-postgres]`, as `make bench` does. The
time ends when the last outcome is written. `--rows` is the number of other sends.
"""

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.domain.bulk_abort import BulkOutcome
from core.domain.model import Actor, Role, SendConfiguration
from core.services.aborts import AbortService
from core.services.bulk_aborts import BulkAborts
from core.settings import Settings
from core.store.duckdb.engine import DuckDBEngine
from core.store.duckdb.writer_lock import BackgroundTurn, FifoLock
from core.store.engine import Engine
from core.store.opening import journal_of, open_engine
from core.store.sql_store import SqlStore
from tests.benchmarks.filling import filled_duckdb, filled_postgres
from tests.benchmarks.timing import took_ms
from tests.postgres_server import serving_postgres
from tests.sends import ME, bulk_aborts, load, send

OTHER = Actor("operador 2", Role.OPERATOR)
SIZES = (100, 1_000)

#: Seconds between two single aborts of another person.
PAUSE = 0.05


@dataclass
class Times:
    """Milliseconds of the whole batch, of each hold of the writer's lock, and of single aborts.

    `busy` is the processor time of the holding thread. The rest of a hold is other work on the
    machine, or a wait for the disk.
    """

    whole: float = 0.0
    held: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    singles: list[float] = field(default_factory=list)


class WatchedLock(FifoLock):
    """The writer's lock. The lock records how long each holder had it."""

    def __init__(self, times: Times) -> None:
        super().__init__()
        self._times = times

    @contextmanager
    def held(self, timeout: float, turn: BackgroundTurn | None = None) -> Iterator[None]:
        with super().held(timeout, turn):
            began, busy = time.perf_counter(), time.thread_time()
            yield
            self._times.held.append((time.perf_counter() - began) * 1000)
            self._times.busy.append((time.thread_time() - busy) * 1000)


def sends(prefix: str, count: int) -> list[SendConfiguration]:
    at = datetime.now(UTC) + timedelta(hours=1)
    return [
        replace(send(f"{prefix}-{n}"), scheduled_at=at + timedelta(seconds=20 * n))
        for n in range(count)
    ]


def measure(bulk: BulkAborts, store: SqlStore, engine: Engine, size: int, run: str) -> Times:
    """Abort `size` sends at once, first alone, then while another person aborts single sends."""
    service, times = bulk.aborts, Times()
    for name, is_shared in (("alone", False), ("shared", True)):
        batch = sends(f"{run}-{name}-{size}", size)
        singles = sends(f"{run}-{name}-{size}-single", 200)
        load(store, *batch, *singles)
        over = threading.Event()

        def one_by_one(
            singles: list[SendConfiguration] = singles, over: threading.Event = over
        ) -> None:
            for each in singles:
                if over.is_set():
                    return
                times.singles.append(took_ms(lambda: service.abort(each.id, OTHER)))  # noqa: B023
                time.sleep(PAUSE)

        if is_shared:
            other = threading.Thread(target=one_by_one)
            other.start()
        elif isinstance(engine, DuckDBEngine):
            engine._writer = WatchedLock(times)
        began = time.perf_counter()
        id = bulk.start([each.id for each in batch], ME)
        bulk.run_pending()
        if is_shared:
            over.set()
            other.join()
        else:
            times.whole = (time.perf_counter() - began) * 1000
            if isinstance(engine, DuckDBEngine):
                engine._writer = FifoLock()
        assert bulk.progress(id, ME).counts == {BulkOutcome.WAITING: size}
    return times


def _ms(found: list[float]) -> str:
    if not found:
        return "–"
    ordered = sorted(found)
    middle, high = ordered[len(ordered) // 2], ordered[(len(ordered) * 99) // 100]
    return f"{middle:.0f} / {high:.0f} / {ordered[-1]:.0f} ({len(ordered)})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-postgres", action="store_true")
    asked = parser.parse_args()
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(
        "| store | sends | whole batch ms | lock held ms, median / 99th percentile / most (holds) "
        "| of it busy | single abort meanwhile ms |\n|---|---|---|---|---|---|"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bulk.duckdb"
        _print("DuckDB", filled_duckdb(path, asked.rows), asked.runs)
    if not asked.no_postgres:
        with serving_postgres() as server:
            _print("PostgreSQL", filled_postgres(server, asked.rows), asked.runs)


def _print(name: str, database: str, runs: int) -> None:
    settings = Settings(database=database)
    engine = open_engine(settings)
    path = settings.database_path if name == "DuckDB" else None
    store = SqlStore(engine, journal_of(Path(path)) if path else None)
    service = AbortService(
        store, lambda: datetime.now(UTC), lambda: False, lambda: datetime.now(UTC)
    )
    bulk = bulk_aborts(store, aborts=service)
    bulk.queries.forecasting.learn()  # as a background job does at the start
    for size in SIZES:
        for run in range(runs):
            times = measure(bulk, store, engine, size, f"{run}")
            print(
                f"| {name} | {size} | {times.whole:.0f} | {_ms(times.held)} | {_ms(times.busy)} "
                f"| {_ms(times.singles)} |",
                flush=True,
            )
    store.close()


if __name__ == "__main__":
    main()
