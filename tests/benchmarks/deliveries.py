"""How fast aborts reach the platform and are verified there, and what polling costs.

Run with `python -m tests.benchmarks.deliveries`, as `make bench` does. The platform is a stand-in of
listmonk in its own process. The times of all steps are from the table of deliveries. "Click" is the
time of the call of the abort. With open pages, "click" is the time of the press in the page.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from core.domain.model import ConfigurationId
from core.infrastructure.lease import LIFE
from core.runtime.application import Application
from core.runtime.build import build
from core.settings import ROOT, Settings
from core.store.engine import Engine
from core.store.opening import open_engine
from tests.connectors.listmonk_stand_in import TOKEN, USER, ListmonkStandIn
from tests.journeys.browser import serving
from tests.postgres_server import serving_postgres
from tests.sends import ME
from tests.soak.load import Soak

ABORTS: Final = 40
CAMPAIGNS: Final = 5_000
POLLS: Final = 5
#: Between two polls, one campaign in this many changes.
CHANGED: Final = 50
STEPS: Final = {
    "click to request": "requested_at",
    "click to verified": "verified_at",
    "click to settled": "ended_at",
}


def serve(campaigns: int) -> None:
    """Serve a stand-in with campaigns until the input ends. Each line of input changes some campaigns."""
    stand_in = ListmonkStandIn()
    stand_in.sizes = {1: {"confirmed": 9_000}, 2: {"confirmed": 4_000}}
    for number in range(campaigns):
        soon = datetime.now(UTC) + timedelta(minutes=30, seconds=number)
        stand_in.add("scheduled" if number % 4 else "running", send_at=soon)
    with stand_in.serving():
        print(stand_in.url, flush=True)
        for _line in sys.stdin:
            with stand_in._lock:
                for campaign in list(stand_in.campaigns.values())[::CHANGED]:
                    campaign.tags = [*campaign.tags[:1], str(time.monotonic())]
                    campaign.name += "+"
                    campaign.updated_at = datetime.now(UTC)
            print("changed", flush=True)


@contextmanager
def stand_in(campaigns: int) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Run a stand-in in its own process; yield its address and the process."""
    command = [sys.executable, "-m", "tests.benchmarks.deliveries", "--serve", str(campaigns)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process
    finally:
        process.terminate()
        process.wait(10)


def _settings(database: str, url: str) -> Settings:
    return Settings(
        database=database,
        platform="listmonk",
        listmonk_url=url,
        listmonk_user=USER,
        listmonk_token=TOKEN,
        demo=False,
    )


def _times(engine: Engine, column: str, presses: Mapping[str, float]) -> list[float]:
    """Return the seconds from each click to a step. If the step was not reached, they are infinite."""
    rows = engine.rows(
        "SELECT configuration_id, CAST(extract(epoch FROM queued_at) AS DOUBLE PRECISION),"
        f" CAST(extract(epoch FROM {column}) AS DOUBLE PRECISION) FROM deliveries"
    )
    return [
        float("inf") if reached is None else reached - presses.get(id, clicked)
        for id, clicked, reached in rows
    ]


def _print_times(name: str, engine: Engine, presses: Mapping[str, float] = {}) -> None:
    for step, column in STEPS.items():
        times = sorted(_times(engine, column, presses))
        if times:
            p99 = times[min(len(times) - 1, int(0.99 * len(times)))]
            cells = (statistics.median(times), p99, times[-1])
            ms = " | ".join(f"{seconds * 1e3:,.0f}" for seconds in cells)
            print(f"| {name} | {step} | {ms} | {len(times)} |", flush=True)


def _abort(app: Application, number: int) -> None:
    assert app.aborts.abort(ConfigurationId(str(number)), ME).accepted


def clicks(name: str, database: str) -> None:
    """Abort one send after the other, with all background jobs; print the times of each step."""
    with stand_in(ABORTS) as (url, _):
        app = build(_settings(database, url))
        assert app.polling is not None
        app.polling.poll()
        app.start()
        for number in range(1, ABORTS + 1):
            _abort(app, number)
            time.sleep(0.5)
        time.sleep(15)
        _print_times(name, app.store._engine)  # type: ignore[attr-defined]
        app.stop()


def crashed_holder(database: str) -> None:
    """Print how long a request waits if the holder of the lease has crashed."""
    with stand_in(1) as (url, _):
        app = build(_settings(database, url))
        assert app.polling is not None
        app.polling.poll()
        app.store.take_lease("deliveries listmonk", "crashed", LIFE)
        app.start()
        _abort(app, 1)
        time.sleep(25)
        _print_times("PostgreSQL, holder crashed", app.store._engine)  # type: ignore[attr-defined]
        app.stop()


def sessions(folder: Path, tabs: int, seconds: float) -> None:
    """Print the times of aborts that people click while `tabs` pages are open."""
    with stand_in(1_000) as (url, _):
        settings = {
            "FREIO_DEMO": "off",
            "FREIO_INBOX": "off",
            "FREIO_PLATFORM": "listmonk",
            "FREIO_LISTMONK_URL": url,
            "FREIO_LISTMONK_USER": USER,
            "FREIO_LISTMONK_TOKEN": TOKEN,
        }
        with serving("dashboard:app", folder, **settings) as address:
            time.sleep(20)
            how = {"churn": 0.0, "abort_every": 0.5, "feed_every": 0.0}
            figures = Soak(address, tabs, seconds, **how).run()
            time.sleep(20)
        engine = open_engine(Settings(database=f"duckdb:///{folder}/test.duckdb"))
        _print_times(f"DuckDB, {tabs} pages open", engine, figures.presses)
        print(f"| | pressed: {len(figures.presses)}, {dict(figures.outcomes)} | | | | |")
        refresh = statistics.median(figures.refreshes) * 1e3 if figures.refreshes else float("nan")
        print(f"| | a refresh of a page | {refresh:,.0f} | | | {len(figures.refreshes)} |")
        engine.close()


def polling(name: str, database: str) -> None:
    """Print what polls of many live campaigns cost, in this process."""
    with stand_in(CAMPAIGNS) as (url, process):
        app = build(_settings(database, url))
        assert app.polling is not None
        assert process.stdin is not None
        assert process.stdout is not None
        app.polling.poll()
        for what in ("nothing changed", f"one of {CHANGED} changed"):
            spent = []
            for _ in range(POLLS):
                if what != "nothing changed":
                    process.stdin.write("change\n")
                    process.stdin.flush()
                    process.stdout.readline()
                before = time.process_time()
                app.polling.poll()
                spent.append(time.process_time() - before)
            median = statistics.median(spent)
            share = median / app.settings.poll_seconds
            print(f"| {name} | {what} | {median * 1e3:,.0f} | {share:.1%} |", flush=True)
        app.stop()


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--serve", type=int, default=0, help="serve a stand-in with so many sends")
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=150, help="with open pages")
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.serve)
        return
    with tempfile.TemporaryDirectory() as place, serving_postgres() as server:
        folder = Path(place)
        print(f"\n| {CAMPAIGNS:,} live campaigns | a poll | processor ms | of a core |")
        print("|---|---|---|---|")
        polling("DuckDB", f"duckdb:///{folder}/polls.duckdb")
        polling("PostgreSQL", server.new_database())
        print("\n| | | median ms | p99 ms | most ms | n |\n|---|---|---|---|---|---|")
        clicks("DuckDB", f"duckdb:///{folder}/clicks.duckdb")
        clicks("PostgreSQL", server.new_database())
        crashed_holder(server.new_database())
        sessions(folder, asked.sessions, asked.seconds)


if __name__ == "__main__":
    main()
