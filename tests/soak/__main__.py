"""A soak by hand: `python -m tests.soak --minutes 30 --sessions 100 --rows 100000`.

DuckDB's memory grows for some time and then stays constant. DuckDB records each buffer that a query
released, in seven queues (`SELECT * FROM duckdb_eviction_queues()`). A queue keeps outdated records
until it has 32,768 records. Full queues take about 50 MB, which `FREIO_MEMORY_MB` does not include.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import httpx

from core.settings import ROOT
from tests.journeys.browser import serving
from tests.postgres_server import serving_postgres
from tests.soak.load import TOKEN, Figures, Reading, Soak

#: Seconds between two refreshes: the default.
CYCLE = 5.0


def seed(address: str, folder: Path, rows: int) -> None:
    """Fill the store as a person does, with an export."""
    file = folder / "seed.parquet"
    now = datetime.now(UTC).isoformat(timespec="seconds")
    command = [sys.executable, "data/make_sample.py", "--rows", str(rows), "--now", now]
    subprocess.run([*command, "--out", str(file)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    answer = httpx.post(
        f"{address}/api/feeds?name=seed.parquet",
        content=file.read_bytes(),
        headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=600,
    )
    answer.raise_for_status()


def settings(rows: int, database: str, sessions: int) -> dict[str, str]:
    """Return the settings of the dashboard in a soak."""
    found = {
        "FREIO_DEMO": "off",
        "FREIO_INBOX": "off",
        "FREIO_FEED_TOKEN": TOKEN,
        "FREIO_MAX_ROWS": str(max(rows, 1_000)),
        "FREIO_MAX_FILE_MB": "900",
        "FREIO_REFRESH_SECONDS": str(CYCLE),
        # All tabs have one address, and one address may have half of the pages. While a tab opens
        # again, the tab counts as two pages.
        "FREIO_MAX_PAGES": str(2 * sessions + 100),
    }
    return found | ({"FREIO_DATABASE": database} if database else {})


def quantile(values: list[float], share: float) -> float:
    """Return a quantile, or NaN if nothing was measured."""
    return (
        sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("nan")
    )


def show(figures: Figures, sessions: int) -> None:
    """Print the figures."""
    first, last = figures.readings[0], figures.readings[-1]
    elapsed = last.at - first.at
    before, after = figures.loads
    print(f"\nload of the machine at the start and at the end: {before:.1f}, {after:.1f}")
    print(f"\n| {sessions} sessions, {elapsed / 60:.1f} minutes | median | p99 | most | n |")
    print("|---|---|---|---|---|")
    for name, times in (
        ("a refresh, ms", figures.refreshes),
        ("click to stopped, ms", figures.stops),
        ("opening a page, ms", figures.openings),
    ):
        cells = [f"{quantile(times, share) * 1e3:,.0f}" for share in (0.5, 0.99, 1)]
        print(f"| {name} | {' | '.join(cells)} | {len(times):,} |")
    cycles = elapsed / CYCLE
    reads = last.since(first, "freio_store_read_seconds_count")
    refreshes = last.since(first, "freio_page_seconds_count{refresh}")
    opened = len(figures.openings) - sessions
    wholes = last.since(first, "freio_page_seconds_count{run}") - opened
    spent = last.since(first, "process_cpu_seconds_total")
    print("\n| the dashboard | |\n|---|---|")
    share = f"{spent / elapsed:.2f} (the tabs' own: {figures.client_share:.2f})"
    print(f"| processor, cores | {share} |")
    print(
        f"| processor for a refresh, all else with it, ms | {spent / max(1, refreshes) * 1e3:.1f} |"
    )
    print(f"| store queries in a cycle of {CYCLE:.0f} s | {reads / cycles:,.1f} |")
    print(f"| store queries in a refresh | {reads / max(1, refreshes):.2f} |")
    print(f"| whole pages that ran again | {wholes:,.0f} |")
    for cause, count in causes(first, last).items():
        print(f"| of these, requested by a refresh: {cause} | {count:,.0f} |")
    for generation in "012":
        pauses = last.since(first, f"freio_gc_pause_seconds_count{{{generation}}}")
        held = last.since(first, f"freio_gc_pause_seconds_sum{{{generation}}}")
        mean = held / pauses * 1e3 if pauses else 0.0
        print(
            f"| collections of generation {generation} | {pauses:,.0f}, {mean:.1f} ms on average |"
        )
    longest = last.values.get("freio_gc_longest_pause_seconds", 0.0)
    print(f"| longest collection since the start, ms | {longest * 1e3:.1f} |")
    print(f"| aborts | {dict(figures.outcomes)} |")
    print(f"| errors on pages | {figures.errors} |")
    print(f"| refreshes that ended early (two for each abort) | {figures.cut_off:,} |")
    runs = max(1, len(figures.refreshes))
    print(f"| kB that pages received, for a refresh | {figures.bytes / runs / 1e3:.1f} |")
    print(
        f"| messages, for a refresh | {figures.messages / runs:.1f}, "
        f"of these {figures.references / runs:.1f} that only name what the page has |"
    )
    messages, size = figures.filtered
    print(f"| messages and kB after a click on a filter | {messages}, {size / 1e3:.1f} |")
    print("\n| minute | memory, MB | sessions |\n|---|---|---|")
    step = max(1, len(figures.readings) // 20)
    for reading in figures.readings[::step]:
        memory = reading.values["process_resident_memory_bytes"] / 1e6
        print(f"| {reading.at / 60:.1f} | {memory:,.0f} | {reading.values['freio_sessions']:.0f} |")
    print("\n| memory, MB | median | least | most |\n|---|---|---|---|")
    for name, values in zip(("first", "middle", "last"), parts(figures, 3), strict=True):
        cells = f"{statistics.median(values):,.0f} | {min(values):,.0f} | {max(values):,.0f}"
        print(f"| {name} third | {cells} |")
    *_, begin, _, _, end = map(statistics.median, parts(figures, 8))
    print(f"\nmemory in the last half, its last quarter over its first: {end / begin - 1:+.1%}")


def causes(first: Reading, last: Reading) -> dict[str, float]:
    """Return how often a refresh requested a run of the whole page, by cause."""
    name = "freio_page_reruns_total"
    found = [each for each in last.values if each.startswith(f"{name}{{")]
    return {each[len(name) + 1 : -1]: last.since(first, each) for each in found}


def parts(figures: Figures, count: int) -> list[list[float]]:
    """Return the memory in MB at each reading, in `count` equal parts of the soak."""
    memory = [r.values["process_resident_memory_bytes"] / 1e6 for r in figures.readings]
    size = len(memory) / count
    return [memory[round(n * size) : max(1, round((n + 1) * size))] or memory for n in range(count)]


def main() -> int:
    """Run a soak and print its figures. Fail if a page or an abort got no answer."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--churn", type=float, default=3, help="seconds until somebody comes anew")
    parser.add_argument("--abort-every", type=float, default=3, help="seconds between two aborts")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = ""
        if asked.postgres:
            database = stack.enter_context(serving_postgres()).new_database()
        how = settings(asked.rows, database, asked.sessions)
        address = stack.enter_context(serving("dashboard:app", folder, **how))
        seed(address, folder, asked.rows)
        figures = Soak(
            address,
            asked.sessions,
            asked.minutes * 60,
            churn=asked.churn,
            abort_every=asked.abort_every,
            read_every=max(5.0, asked.minutes * 60 / 60),
            seed=asked.seed,
            report=lambda line: print(line, flush=True),
        ).run()
    show(figures, asked.sessions)
    unanswered = figures.outcomes["no answer"] + figures.outcomes["no dialog"]
    return 1 if unanswered or figures.errors or not figures.refreshes else 0


if __name__ == "__main__":
    sys.exit(main())
