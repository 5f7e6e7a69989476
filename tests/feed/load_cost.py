"""Measure the cost of loading a file: time, memory, and how long aborts wait meanwhile.

`python -m tests.feed.load_cost quote-in-middle.csv --megabytes 120`
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

#: Megabytes at which the measured process fails, so that the machine survives.
MOST_MB = 6_000


@dataclass(frozen=True)
class LoadCost:
    """The cost of loading a file: seconds, additional megabytes, and the result.

    - `cpu`: the CPU time in seconds. Other programs hardly change this time.
    - `aborts`: the number of aborts during the load, and the median and maximum of their seconds.
    """

    seconds: float
    megabytes: float
    outcome: str
    cpu: float = 0.0
    aborts: tuple[int, float, float] = (0, 0.0, 0.0)


def measured(path: Path, timeout: float = 300) -> LoadCost:
    """Load a file into an empty store in another process; return the cost."""
    command = [sys.executable, "-m", "tests.feed.load_cost", "--file", str(path)]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        return LoadCost(timeout, 0.0, "took too long")
    if ran.returncode:
        lines = ran.stderr.strip().splitlines()
        return LoadCost(0.0, 0.0, f"died with {ran.returncode}: {lines[-1] if lines else ''}"[:200])
    values = json.loads(ran.stdout.splitlines()[-1])
    return LoadCost(
        values["seconds"],
        values["megabytes"],
        values["outcome"],
        values["cpu"],
        tuple(values["aborts"]),
    )


def _memory(name: str) -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split(name + ":")[1].split()[0]) / 1024


class _Operator:
    def __init__(self, acts: object, ids: list[str]) -> None:
        self._acts, self._ids = acts, ids
        self.times: list[float] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        from tests.sends import ME

        for id in self._ids:
            if self._stop.wait(0.1):
                return
            began = time.perf_counter()
            self._acts.abort(id, ME)  # type: ignore[attr-defined]
            self.times.append(time.perf_counter() - began)

    def stop(self) -> tuple[int, float, float]:
        self._stop.set()
        self._thread.join()
        if not self.times:
            return 0, 0.0, 0.0
        return len(self.times), statistics.median(self.times), max(self.times)


def _measure(path: Path) -> None:
    from core.domain.model import Actor, Role
    from core.errors import FreioError
    from core.feed.loader import Loader
    from core.settings import Settings
    from core.store.duckdb.engine import DuckDBEngine
    from core.store.sql_store import SqlStore
    from tests.sends import actions, load, send

    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MB << 20,) * 2)
    with tempfile.TemporaryDirectory() as folder:
        store = SqlStore(DuckDBEngine(Path(folder) / "w.duckdb"))
        ids = [f"before-{n}" for n in range(900)]
        load(store, *(send(id) for id in ids))
        loader = Loader(store, Settings(), lambda: datetime.now(UTC))
        operator = _Operator(actions(store), ids)
        before = _memory("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")
        began, cpu = time.perf_counter(), time.process_time()
        try:
            with path.open("rb") as source:
                done = loader.load(source, path.name, Actor("test", Role.ADMINISTRATOR))
            outcome = f"{done.new} new, {done.rejected} rejected"
        except FreioError as error:
            outcome = str(error)
        except MemoryError:
            outcome = f"more than {MOST_MB} MB of memory"
        seconds = time.perf_counter() - began
        child = resource.getrusage(resource.RUSAGE_CHILDREN)
        children = child.ru_maxrss / 1024
        values = {
            "seconds": seconds,
            "megabytes": _memory("VmHWM") - before + children,
            "outcome": outcome[:160],
            "cpu": time.process_time() - cpu + child.ru_utime + child.ru_stime,
            "aborts": operator.stop(),
        }
        print(json.dumps(values), flush=True)
        os._exit(0)


def main() -> None:
    from tests.feed.heavy_files import HEAVY, write

    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=list(HEAVY))
    parser.add_argument("--megabytes", type=int, default=120)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--file", type=Path)
    asked = parser.parse_args()
    if asked.file:
        _measure(asked.file)
        return
    folder = asked.folder or Path(tempfile.mkdtemp())
    folder.mkdir(exist_ok=True)
    for name in asked.names or list(HEAVY):
        path = write(name, folder, asked.megabytes * 1_000_000)
        found = measured(path, asked.seconds)
        count, median, longest = found.aborts
        print(
            f"{name:28} {path.stat().st_size / 1e6:6.1f} MB {found.seconds:7.1f} s ({found.cpu:5.1f} cpu) "
            f"{found.megabytes:7.0f} MB  {count:3d} aborts {median * 1000:6.0f} / "
            f"{longest * 1000:6.0f} ms  {found.outcome}",
            flush=True,
        )


if __name__ == "__main__":
    main()
