"""The child of a kill test. Until the kill, it writes, and acknowledges on its standard output.

`python -m tests.kills.child WORK DATABASE [NUMBER]`, with a WORK named below.
"""

import random
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from core.domain.model import ConfigurationId
from core.errors import GaveWayError, StoreBusyError
from core.feed import watched_folder
from core.feed.loader import Loader
from core.feed.watched_folder import WatchedFolder
from core.infrastructure.clock import utc_now
from core.settings import Settings
from core.store.duckdb import writer_lock
from core.store.duckdb.engine import DuckDBEngine
from core.store.engine import Transaction
from core.store.journal.journal import Journal
from core.store.schema import migrate
from core.store.sql_store import SqlStore
from tests.kills import aborting_children
from tests.sends import ME, actions, bulk_aborts, load, send

#: The number of rows of one file, so large that a kill often interrupts the merge.
MERGE_ROWS = 3_000

#: Migrations that take some time, because each fills its own table.
STEPS = [
    (
        n,
        f"{n:04}_step",
        f"CREATE TABLE step_{n} (i BIGINT); INSERT INTO step_{n} SELECT i FROM range(200000) r(i)",
    )
    for n in range(1, 41)
]


def journal_of(path: Path) -> Path:
    return path.with_name(path.name + ".receipts.jsonl")


def open_store(path: Path) -> SqlStore:
    return SqlStore(DuckDBEngine(path), Journal(journal_of(path)))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _load(store: SqlStore, name: str, ids: list[str]) -> None:
    load(store, *(send(id) for id in ids), name=name)


def abort(path: Path, number: int) -> None:
    """Abort one send after another. Acknowledge each with the ids of the send and of the receipt."""
    store = open_store(path)
    ids = [f"{number}-{n}" for n in range(2_000)]
    _load(store, f"file-{number}", ids)
    _say("ready")
    for id in ids:
        outcome = actions(store).abort(ConfigurationId(id), ME)
        assert outcome.receipt is not None
        _say(f"{id} {outcome.receipt.id}")


def bulk(path: Path, number: int) -> None:
    """Resume the batch that a kill interrupted, then execute more. Acknowledge each send."""
    store = open_store(path)
    commit = store.commit_chunk

    def acknowledged(*chunk: Any, **how: Any) -> Any:
        done = commit(*chunk, **how)
        for each in done.written if done else ():
            assert each.receipt is not None
            _say(f"{each.receipt.configuration_id} {each.receipt.id}")
        return done

    store.commit_chunk = acknowledged  # type: ignore[method-assign]
    batches = bulk_aborts(store)
    _say("ready")
    batches.run_pending()
    for part in range(20):
        ids = [f"{number}-{part}-{n}" for n in range(200)]
        _load(store, f"file-{number}-{part}", ids)
        batches.start([ConfigurationId(id) for id in ids], ME)
        batches.run_pending()


def merge(path: Path, number: int) -> None:
    """Merge one file after another. Acknowledge each file with its name."""
    store = open_store(path)
    _say("ready")
    for n in range(1_000):
        name = f"file-{number}-{n}"
        _load(store, name, [f"{name}-{i}" for i in range(MERGE_ROWS)])
        _say(name)


class _Stopped(DuckDBEngine):
    """Reports each write of a load that was stopped for an abort."""

    @contextmanager
    def writing(self, cursor: Any) -> Iterator[Transaction]:
        try:
            with super().writing(cursor) as tx:
                yield tx
        except GaveWayError:
            _say("stopped load -")
            raise


def stop_merges(path: Path, number: int) -> None:
    """Merge one file after another, while a person aborts sends. Acknowledge files and aborts."""
    writer_lock.GRACE = 0.0  # type: ignore[misc]
    store = SqlStore(_Stopped(path), Journal(journal_of(path)))
    own = [f"own-{number}-{n}" for n in range(MERGE_ROWS)]
    _load(store, f"own-{number}", own)

    def person() -> None:
        rng = random.Random(number)
        for id in own:
            time.sleep(rng.random() * 0.2)
            receipt = actions(store).abort(ConfigurationId(id), ME).receipt
            assert receipt is not None
            _say(f"aborted {id} {receipt.id}")

    _say("ready")
    threading.Thread(target=person, daemon=True).start()
    for n in range(1_000):
        name = f"file-{number}-{n}"
        with suppress(StoreBusyError):
            _load(store, name, [f"{name}-{i}" for i in range(MERGE_ROWS)])
            _say(f"loaded {name} -")


def bring_up(path: Path, _number: int) -> None:
    """Migrate a database through many steps."""
    engine = DuckDBEngine(path)
    _say("ready")
    migrate(engine, STEPS)
    _say("done")


def watcher(store: SqlStore, path: Path) -> WatchedFolder:
    """Return a watcher of the folder beside the database that checks more often than usual."""
    return WatchedFolder(path.with_name("inbox"), Loader(store, Settings(), utc_now), quiet=0.01)


def watch(path: Path, _number: int) -> None:
    """Load every file in the watched folder. A file in `done` counts as acknowledged."""
    move = watched_folder.move_with_report

    def move_late(*arguments: Any) -> Path:
        time.sleep(0.02)  # so that kills often come between load and move
        return move(*arguments)

    watched_folder.move_with_report = move_late
    inbox = watcher(open_store(path), path)
    _say("ready")
    while True:
        inbox.scan()
        time.sleep(0.01)


if __name__ == "__main__":
    works = {
        "abort": abort,
        "bulk": bulk,
        "merge": merge,
        "stop-merges": stop_merges,
        "migrate": bring_up,
        "watch": watch,
        "first": aborting_children.first,
        "replace": aborting_children.replace,
        "renew-demo": aborting_children.renew_demo,
        "renew-record": aborting_children.renew_journal,
    }
    work = works[sys.argv[1]]
    work(Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0)
