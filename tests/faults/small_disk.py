"""A process whose files cannot grow beyond a size, as on a full disk.

`python -m tests.faults.small_disk abort|merge|reopen DATABASE` prints the result as JSON.
"""

import json
import resource
import signal
import sys
from pathlib import Path

from core.domain.model import ConfigurationId
from core.errors import FreioError
from core.services.aborts import MAX_NOTE
from core.store.duckdb.files import log_of
from core.store.sql_store import SqlStore
from tests.faults.parts import opened
from tests.sends import ME, actions, load, receipts_in, send

FREE = resource.RLIM_INFINITY


def limit(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, FREE))


def fill_log(store: SqlStore, path: Path) -> None:
    """Let the log grow close to the limit, so that the next abort does not fit."""
    while log_of(path).stat().st_size < 60_000:
        with store._engine.transaction() as tx:
            tx.rows("INSERT INTO store_facts VALUES (uuid()::VARCHAR, repeat('x', 500))")


def abort(path: Path) -> dict[str, object]:
    store = opened(path)
    load(store, send("s1"), send("s2"))
    fill_log(store, path)
    limit(log_of(path).stat().st_size + 100)
    reported = _error_of(
        lambda: actions(store).abort(ConfigurationId("s1"), ME, note="x" * MAX_NOTE)
    )
    limit(FREE)
    after = store.configuration(ConfigurationId("s1"))
    # When there is room again, the same process continues.
    accepted = actions(store).abort(ConfigurationId("s2"), ME).accepted
    store.close()
    return {"reported": reported, "state": after and after.state, "accepted": accepted}


def merge(path: Path) -> dict[str, object]:
    store = opened(path)
    load(store, send("s1"))
    limit(max(path.stat().st_size, log_of(path).stat().st_size) + 50_000)
    reported = _error_of(lambda: load(store, *(send(f"n{n}") for n in range(6_000))))
    limit(FREE)
    before = store.info().counts["configurations"]
    actions(store).abort(ConfigurationId("s1"), ME)
    store.close()
    again = opened(path)
    result = {
        "reported": reported,
        "before": before,
        "after": again.info().counts["configurations"],
    }
    result["receipts"] = len(receipts_in(again))
    again.close()
    return result


def checkpoint(path: Path) -> dict[str, object]:
    """Let a checkpoint fail. DuckDB then closes the database, and Freio opens it again."""
    store = opened(path)
    load(store, *(send(f"s{n}") for n in range(3_000)))
    actions(store).abort(ConfigurationId("s1"), ME)
    limit(path.stat().st_size)
    reported = []
    engine = store._engine
    try:
        engine._connection.execute("CHECKPOINT")  # type: ignore[attr-defined]
    except Exception as error:
        reported.append(type(error).__name__)
    limit(FREE)
    found = store.configuration(ConfigurationId("s1"))
    accepted = actions(store).abort(ConfigurationId("s2"), ME).accepted
    store.close()
    return {"reported": reported, "state": found and found.state, "accepted": accepted}


def _error_of(work: object) -> str:
    try:
        work()  # type: ignore[operator]
    except FreioError as error:
        return f"{type(error).__name__}: {error}"
    return "done"


if __name__ == "__main__":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    way = {"abort": abort, "merge": merge, "checkpoint": checkpoint}[sys.argv[1]]
    print(json.dumps(way(Path(sys.argv[2]))))
