"""Load a million rows of 15 columns, compared with bare DuckDB that reads the same file.

Each measurement runs in its own process, to measure the peak memory. Run with `make bench`. For more
rows, run `FREIO_MEMORY_MB=1000 python -m tests.benchmarks.feeds --rows 10000000 --formats parquet`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from core.domain.model import Actor, Role
from core.feed.loader import Loader
from core.settings import Settings
from core.store.duckdb.engine import MEMORY_MB, DuckDBEngine
from core.store.engine import Engine
from core.store.postgres.engine import PostgresEngine
from core.store.sql_store import SqlStore
from tests.postgres_server import serving_postgres

#: The file as a platform might export it. The second file has 5 % changed and 5 % new rows.
_ROWS = """
SELECT 'CFG-' || i AS id, 'Promoção de verão ' || i AS name, 'Campanha ' || (i % 500) AS campaign,
    CASE WHEN i % 5 = 0 THEN 'SMS' ELSE 'e-mail' END AS channel, 'Conta ' || (i % 40) AS account,
    'Lista ' || (i % 90) AS audience,
    CASE WHEN i > $n * 0.94 AND NOT ($second AND i % 20 = 0) THEN 'SCHEDULED' ELSE 'SENT-DONE' END
        AS state,
    5000 + (i * 7919) % 50000 AS total_records,
    CASE WHEN i > $n * 0.94 THEN 0 ELSE 5000 + (i * 7919) % 50000 END AS generated_records,
    strftime($now::TIMESTAMP + to_seconds((i - $n * 0.94) * 8208000 // $n), '%Y-%m-%d %H:%M:%S')
        AS scheduled_at,
    CASE WHEN i <= $n * 0.94 THEN
        strftime($now::TIMESTAMP + to_seconds((i - $n * 0.94) * 8208000 // $n + 60), '%Y-%m-%d %H:%M:%S')
    END AS processing_started_at,
    CASE WHEN i <= $n * 0.94 THEN
        strftime($now::TIMESTAMP + to_seconds((i - $n * 0.94) * 8208000 // $n + 120), '%Y-%m-%d %H:%M:%S')
    END AS in_progress_at,
    CASE WHEN i <= $n * 0.94 THEN
        strftime($now::TIMESTAMP + to_seconds((i - $n * 0.94) * 8208000 // $n + 900), '%Y-%m-%d %H:%M:%S')
    END AS finished_at,
    strftime($now::TIMESTAMP - INTERVAL 1 HOUR
        + CASE WHEN $second AND i % 20 = 0 THEN INTERVAL 30 MINUTE ELSE INTERVAL 0 MINUTE END,
        '%Y-%m-%d %H:%M:%S') AS updated_at,
    'operador ' || (i % 7) AS created_by
FROM range($first, $last) t(i)
"""


def write_file(path: Path, rows: int, *, second: bool, turned: bool = False) -> None:
    """Write an export. With `second`, 5 % of the ids are replaced by new ids.

    With `turned`, the last row comes first.
    """
    first = rows // 20 if second else 0
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0, second=0, minute=0)
    form = "FORMAT parquet" if path.suffix == ".parquet" else "FORMAT csv, HEADER"
    asked = {"n": rows, "second": second, "now": now, "first": first, "last": rows + first}
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE export AS {_ROWS}", asked)
        kind = "*" if path.suffix == ".csv" else _TYPED
        order = "ORDER BY scheduled_at DESC" if turned else ""
        connection.execute(f"COPY (SELECT {kind} FROM export {order}) TO '{path}' ({form})")


_TYPED = (
    "* REPLACE ("
    + ", ".join(
        f"CAST({name} AS TIMESTAMP) AS {name}"
        for name in (
            *(
                "scheduled_at",
                "processing_started_at",
                "in_progress_at",
                "finished_at",
                "updated_at",
            ),
        )
    )
    + ")"
)


def limit(file: Path, database: str) -> dict[str, float]:
    """Read the file into a table with bare DuckDB."""
    reader = "read_parquet" if file.suffix == ".parquet" else "read_csv"
    with duckdb.connect(database) as connection:
        began = time.perf_counter()
        connection.execute(f"CREATE TABLE bare AS SELECT * FROM {reader}('{file}')")
        return {"seconds": time.perf_counter() - began}


def kept(file: Path, database: str) -> dict[str, float]:
    """Do the same as `limit`, but with a key and with the rows in order of time, as the list needs."""
    reader = "read_parquet" if file.suffix == ".parquet" else "read_csv"
    with duckdb.connect(database) as connection:
        began = time.perf_counter()
        connection.execute(f"CREATE TABLE bare AS SELECT * FROM {reader}('{file}') LIMIT 0")
        connection.execute("ALTER TABLE bare ADD PRIMARY KEY (id)")
        connection.execute(
            f"INSERT INTO bare SELECT * FROM {reader}('{file}') ORDER BY scheduled_at"
        )
        return {"seconds": time.perf_counter() - began}


def opened(database: str) -> Engine:
    """Open a DuckDB file or a PostgreSQL database."""
    if "://" in database:
        return PostgresEngine(database)
    return DuckDBEngine(Path(database), int(os.environ.get("FREIO_MEMORY_MB", MEMORY_MB)))


def load(file: Path, database: str) -> dict[str, float]:
    """Load the file into Freio's store. `tests.benchmarks.waits` has the aborts during loads."""
    store = SqlStore(opened(database))
    loader = Loader(
        store, Settings(max_rows=100_000_000, max_file_mb=10_000), lambda: datetime.now(UTC)
    )
    with file.open("rb") as source:
        began = time.perf_counter()
        done = loader.load(source, file.name, Actor("bench", Role.ADMINISTRATOR))
        seconds = time.perf_counter() - began
    store.close()
    row_counts = {
        name: float(getattr(done, name)) for name in ("new", "changed", "unchanged", "stale")
    }
    return {"seconds": seconds, **row_counts}


def peak_mb() -> float:
    """Return the peak memory of this process. (getrusage would include the parent's.)"""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def measured(step: str, file: Path, database: str) -> dict[str, float]:
    """Run a step in its own process; return its figures and its peak memory in MB."""
    command = [sys.executable, "-m", "tests.benchmarks.feeds", "--step", step]
    ran = subprocess.run(
        [*command, str(file), database], capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--formats", nargs="*", default=["csv", "parquet"])
    parser.add_argument("--step", choices=["limit", "kept", "load"])
    parser.add_argument("--postgres", action="store_true", help="load into PostgreSQL too")
    parser.add_argument("places", nargs="*")
    asked = parser.parse_args()
    if asked.step:
        step = {"limit": limit, "kept": kept, "load": load}[asked.step]
        found = step(Path(asked.places[0]), asked.places[1])
        print(json.dumps(found | {"peak_mb": peak_mb()}))
        return
    print("| file | what | s | of the limit | peak MB | new, changed, unchanged |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for form in asked.formats:
            _compare(Path(folder), form, asked.rows)
        if asked.postgres:
            with serving_postgres() as server:
                _compare(Path(folder), "csv", asked.rows, server.new_database())


def _compare(folder: Path, form: str, rows: int, database: str = "") -> None:
    first, second, turned = (folder / f"{name}.{form}" for name in ("first", "second", "turned"))
    write_file(first, rows, second=False)
    write_file(second, rows, second=True)
    write_file(turned, rows, second=True, turned=True)
    bare = measured("limit", first, str(folder / f"bare-{form}-{bool(database)}.duckdb"))
    _print(form, "bare DuckDB", bare, bare)
    if not database:
        with_key = measured("kept", first, str(folder / f"kept-{form}.duckdb"))
        _print(form, "bare DuckDB, with a key and in order", with_key, bare)
    database = database or str(folder / f"freio-{form}.duckdb")
    for what, file in (
        ("first load", first),
        ("merge", second),
        ("the same file again", second),
        ("the same rows in another file", turned),
    ):
        form = "csv into PostgreSQL" if "://" in database else form
        _print(form, what, measured("load", file, database), bare)


def _print(form: str, what: str, found: dict[str, float], bare: dict[str, float]) -> None:
    ratio = found["seconds"] / bare["seconds"]
    fates = ", ".join(
        f"{found[name]:,.0f}" for name in ("new", "changed", "unchanged") if name in found
    )
    print(
        f"| {form} | {what} | {found['seconds']:.2f} | {ratio:.2f} | {found['peak_mb']:.0f} "
        f"| {fates} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
