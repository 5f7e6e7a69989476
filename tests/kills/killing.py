"""Kill a writing child process at random moments, and check what it wrote."""

import random
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from core.feed.loader import DEMO, ORIGIN
from core.settings import ROOT
from core.store.duckdb.engine import DuckDBEngine
from core.store.journal.journal import Journal
from core.store.schema import migrate
from core.store.sql_store import SqlStore
from tests.kills.aborting_children import SENDS
from tests.kills.child import MERGE_ROWS, STEPS, open_store, watcher
from tests.kills.kill_counts import KillCounts
from tests.sends import bulk_aborts


def killed(
    work: str,
    path: Path,
    rng: random.Random,
    number: int,
    most: float,
    lines: int = 0,
    word: str = "",
) -> list[str]:
    """Run a child, kill it, and return what it acknowledged.

    The kill comes within `most` seconds after the start, or after the child's line number `lines`
    and its first line that begins with `word`.
    """
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.kills.child", work, str(path), str(number)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    # Read all the time, because a full pipe would stop the child.
    said: list[str] = []
    reader = threading.Thread(target=lambda: said.extend(child.stdout or ()))
    reader.start()
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        if len(said) >= lines and (not word or any(line.startswith(word) for line in said)):
            break
        time.sleep(0.01)
    time.sleep(rng.random() * most)
    child.kill()
    child.wait()
    reader.join()
    child.stdout.close()
    # An incomplete line is no acknowledgement.
    return [line.strip() for line in said if line.endswith("\n")]


def kill_aborts(folder: Path, seed: int, kills: int) -> KillCounts:
    """Kill a child that aborts, repeatedly on one database. Check the database each time."""
    rng, path, counts = random.Random(seed), folder / "kills.duckdb", KillCounts()
    acknowledged: dict[str, str] = {}
    for number in range(kills):
        said = killed("abort", path, rng, number, most=1.0)
        acknowledged |= dict(line.split() for line in said)
        counts.kills += 1
        store = open_store(path)
        counts.lost += _lost_aborts(store, acknowledged)
        store.close()
    counts.acknowledged = len(acknowledged)
    return counts


def kill_batches(folder: Path, seed: int, kills: int) -> KillCounts:
    """Kill a child that executes batches. The next child resumes them. In the end, all must have ended."""
    rng, path, counts = random.Random(seed), folder / "bulk.duckdb", KillCounts()
    acknowledged: dict[str, str] = {}
    for number in range(kills):
        said = killed("bulk", path, rng, number, most=2.5)
        acknowledged |= dict(line.split() for line in said)
        counts.kills += 1
        store = open_store(path)
        counts.lost += _lost_aborts(store, acknowledged)
        counts.lost += _half_batches(store)
        counts.resumed += len(store.open_batches())
        store.close()
    store = open_store(path)
    bulk_aborts(store).run_pending()
    counts.lost += [f"batch {batch.id} has not ended" for batch in store.open_batches()]
    counts.lost += _lost_aborts(store, acknowledged) + _half_batches(store)
    store.close()
    counts.acknowledged = len(acknowledged)
    return counts


def _half_batches(store: SqlStore) -> list[str]:
    """Return the sends of batches with an outcome but no receipt, or with a wrong receipt."""
    rows = store._engine.rows(
        "SELECT s.configuration_id FROM bulk_abort_sends s LEFT JOIN receipts r"
        " ON r.bulk_id = s.bulk_id AND r.configuration_id = s.configuration_id"
        " WHERE r.id IS DISTINCT FROM s.receipt_id OR (s.outcome IS NULL) <> (r.id IS NULL)"
    )
    return [f"{id} half in its batch" for (id,) in rows]


def _lost_aborts(store: SqlStore, acknowledged: dict[str, str]) -> list[str]:
    rows = store._engine.rows
    receipts = rows("SELECT configuration_id, id FROM receipts")
    stopped = {r[0] for r in rows("SELECT id FROM configurations WHERE state = 'CANCELLED'")}
    history = Counter(
        r[0] for r in rows("SELECT configuration_id FROM state_changes WHERE source = 'abort'")
    )
    of = dict(receipts)
    lost = [f"{id} lost" for id, receipt in acknowledged.items() if of.get(id) != receipt]
    lost += [f"{id} twice" for id, n in Counter(r[0] for r in receipts).items() if n != 1]
    # State, receipt and history must exist for the same sends.
    lost += [f"{id} half" for id in stopped ^ of.keys() | stopped ^ history.keys()]
    check = store.check_journal()
    lost += [f"{r.id} only in the second record" for r in check.missing]
    if check.damaged_lines or check.was_absent or check.damaged_log:
        lost.append(f"second record: {check}")
    return lost


def kill_merges(folder: Path, seed: int, kills: int) -> KillCounts:
    """Kill a child that merges files. Each file must be loaded completely or not at all."""
    rng, path, counts = random.Random(seed), folder / "merges.duckdb", KillCounts()
    for number in range(kills):
        said = killed("merge", path, rng, number, most=1.5)
        counts.kills += 1
        counts.acknowledged += len(said)
        store = open_store(path)
        counts.lost += _half_files(store, said)
        store.close()
    return counts


def _half_files(store: SqlStore, acknowledged: list[str]) -> list[str]:
    """Return the files that are lost or only partly loaded."""
    rows = store._engine.rows
    files = {r[0] for r in rows("SELECT id FROM imports")}
    lost = [f"{name} lost" for name in acknowledged if name not in files]
    fed = "state_changes WHERE source = 'feed'"
    for table, id in (("configurations", "id"), (fed, "configuration_id")):
        there = rows(
            f"SELECT regexp_replace({id}, '-[0-9]+$', ''), count(*) FROM {table} GROUP BY 1"
        )
        lost += [f"{table} {n}: {c}" for n, c in there if c != MERGE_ROWS]
        lost += [f"{table} {n}" for n in files ^ {name for name, _ in there}]
    return lost


def kill_stopped_merges(folder: Path, seed: int, kills: int) -> KillCounts:
    """Kill a child whose merges are stopped for aborts. No file and no abort may be lost."""
    rng, path, counts = random.Random(seed), folder / "stopped.duckdb", KillCounts()
    aborted: dict[str, str] = {}
    for number in range(kills):
        lines = killed("stop-merges", path, rng, number, most=1.0, word="stopped")
        said = [line.split() for line in lines]
        aborted |= {id: receipt for what, id, receipt in said if what == "aborted"}
        counts.kills += 1
        counts.stopped += sum(what == "stopped" for what, _, _ in said)
        store = open_store(path)
        counts.lost += _half_files(store, [name for what, name, _ in said if what == "loaded"])
        counts.lost += _lost_aborts(store, aborted)
        store.close()
    counts.acknowledged = len(aborted)
    return counts


#: The number of files that are put into the folder for each kill.
DROPS = 15


def kill_watchers(folder: Path, seed: int, kills: int) -> KillCounts:
    """Kill a child that watches a folder. Each file must be imported once and moved to `done` once."""
    rng, path, counts = random.Random(seed), folder / "watch.duckdb", KillCounts()
    inbox = path.with_name("inbox")
    inbox.mkdir()
    dropped: set[str] = set()
    for number in range(kills):
        dropped |= {_drop(inbox, f"{number}-{n}") for n in range(DROPS)}
        killed("watch", path, rng, number, most=1.0)
        counts.kills += 1
    store = open_store(path)
    last = watcher(store, path)
    give_up = time.monotonic() + 20
    while any(inbox.glob("*.csv")) and time.monotonic() < give_up:
        last.scan()
        time.sleep(0.02)
    done = Counter(p.name for p in (inbox / "done").glob("*.csv"))
    reports = Counter(p.name[: -len(".report.json")] for p in (inbox / "done").glob("*.json"))
    imports = Counter(r[0] for r in store._engine.rows("SELECT name FROM imports"))
    for what, there in (("done", done), ("reports", reports), ("imports", imports)):
        counts.lost += [f"{what}: {n} {there[n]}" for n in dropped | set(there) if there[n] != 1]
    counts.lost += [f"left: {p}" for p in folder.rglob("inbox/*.csv")]
    counts.lost += [f"failed: {p}" for p in folder.rglob("failed/*")]
    store.close()
    counts.acknowledged = len(done)
    return counts


def _drop(inbox: Path, name: str) -> str:
    rows = "".join(f"{name}-{n},a,scheduled,5,2026-11-24\n" for n in range(200))
    half = inbox / f"{name}.csv.part"
    half.write_text("id,name,state,total_records,scheduled_at\n" + rows)
    half.rename(inbox / f"{name}.csv")
    return f"{name}.csv"


#: The maximum number of lines that a child prints until it is killed.
MOST_SAID = 12


def kill_aborting_children(folder: Path, seed: int, kills: int, work: str) -> KillCounts:
    """Kill a child that aborts while data is loaded, replaced or renewed. Each child has a new store."""
    rng, counts = random.Random(seed), KillCounts()
    for number in range(kills):
        path = folder / f"child-{number}" / "freio.duckdb"
        path.parent.mkdir()
        lines = killed(work, path, rng, number, most=0.5, lines=rng.randrange(MOST_SAID))
        said = [line.split() for line in lines]
        counts.kills += 1
        counts.acknowledged += sum(what == "aborted" for what, _, _ in said)
        counts.lost += _lost_of_life(path, said)
        shutil.rmtree(path.parent)
    return counts


def _lost_of_life(path: Path, said: list[list[str]]) -> list[str]:
    journal = Journal.beside(path).path
    lines = journal.read_text() if journal.exists() else ""
    store = open_store(path)
    check = store.check_journal()
    rows = store._engine.rows
    receipts = {id for (id,) in rows("SELECT id FROM receipts")}
    is_demo = store.fact(ORIGIN) == DEMO
    lost = []
    for what, id, receipt in said:
        of_demo = id.startswith("demo")
        if what == "loaded" and not rows(f"SELECT 1 FROM imports WHERE name = '{id}.csv'"):
            lost.append(f"{id} is not loaded")
        if what == "aborted" and not of_demo and receipt not in receipts:
            lost.append(f"{id} lost")
        if what == "aborted" and receipt in receipts and receipt not in lines:
            lost.append(f"{id} without a second record")
    # Each file must be loaded completely or not at all, and the first file must replace the demo.
    counted = "SELECT split_part(id, '-', 1), count(*) FROM configurations GROUP BY 1"
    there = dict(rows(counted))
    lost += [f"{n} of {name}" for name, n in there.items() if n != SENDS[name]]
    if is_demo != ("demo" in there):
        lost.append(f"demo: {is_demo}, and there is {there}")
    lost += [f"{r.configuration_id} called lost" for r in check.missing]
    if check.damaged_lines or check.was_absent or check.damaged_log:
        lost.append(f"second record: {check}")
    if not (found := store.check_audit_log()).is_sound:
        lost.append(f"record: {found}")
    store.close()
    return lost


def kill_migrations(folder: Path, seed: int, kills: int) -> KillCounts:
    """Kill a child that migrates. The next child must continue there, and no step may run twice."""
    rng, path, counts = random.Random(seed), folder / "migrations.duckdb", KillCounts()
    for _ in range(kills):
        killed("migrate", path, rng, 0, most=0.25)
        counts.kills += 1
        counts.lost += _half_migrated(path)
    engine = DuckDBEngine(path)
    counts.acknowledged = migrate(engine, STEPS)
    engine.close()
    return counts


def _half_migrated(path: Path) -> list[str]:
    engine = DuckDBEngine(path)
    tables = {r[0] for r in engine.rows("SELECT table_name FROM duckdb_tables()")}
    done = [0]
    if "schema_version" in tables:
        done = [r[0] for r in engine.rows("SELECT number FROM schema_version ORDER BY number")]
    found = []
    if "schema_version" in tables and done != list(range(1, len(done) + 1)):
        found.append(f"steps done: {done}")
    for number in range(1, len(STEPS) + 1):
        there = f"step_{number}" in tables
        full = there and engine.rows(f"SELECT count(*) FROM step_{number}")[0][0] == 200_000
        if there != (number in done) or there != full:
            found.append(f"step {number} is half done")
    engine.close()
    return found
