"""A race by hand: `python -m tests.races --seed 1 --seconds 600 --threads 16 [--broken]`.

With `--replacing`, it runs lives in which files replace the demo while everything else continues.
"""

import argparse
import statistics
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from core.domain.platform import Platform
from core.platforms import icomm, listmonk
from core.store.duckdb.engine import DuckDBEngine
from core.store.engine import Engine
from core.store.journal.journal import Journal
from core.store.sql_store import SqlStore
from tests.connectors.listmonk_stand_in import ListmonkStandIn
from tests.postgres_server import serving_postgres
from tests.races.broken_store import UnguardedStore
from tests.races.delivering import Delivering
from tests.races.harness import Figures, Race, p50, p99
from tests.races.replacing import KillCounts, Replacing


def real_store(engine: Engine, path: Path, platform: Platform = icomm.PLATFORM) -> SqlStore:
    if not isinstance(engine, DuckDBEngine):
        return SqlStore(engine, platform=platform)
    return SqlStore(engine, Journal(path.with_name("race.duckdb.receipts.jsonl")), platform)


listmonk_store = partial(real_store, platform=listmonk.PLATFORM)


def unguarded_store(engine: Engine, path: Path) -> SqlStore:
    return UnguardedStore(engine)


def _print(figures: Figures) -> None:
    print("| what | number |\n|---|---|")
    for what, count in sorted(figures.counts.items()):
        print(f"| {what} | {count:,} |")
    print(f"| operations | {sum(figures.counts.values()) + len(figures.bare_aborts):,} |")
    by_number = Counter(v.invariant for v in figures.violations)
    print(f"| violations | {len(figures.violations)} {dict(by_number) or ''} |\n")
    print("| an accepted abort | ms | the same in the bare driver, ms | ratio |\n|---|---|---|---|")
    for name, measure in (("mean", statistics.mean), ("p50", p50), ("p99", p99)):
        ours, bare = measure(figures.aborts) * 1e3, measure(figures.bare_aborts) * 1e3
        print(f"| {name} | {ours:.1f} | {bare:.1f} | {ours / bare:.2f} |")
    for violation in figures.violations[:20]:
        print(violation)


def _print_toll(toll: KillCounts) -> int:
    for what, count in sorted(toll.counts.items()):
        print(f"| {what} | {count:,} |")
    print(f"| violations | {len(toll.violations)} |")
    for (invariant, sentence), n in Counter(
        (v.invariant, v.sentence) for v in toll.violations
    ).items():
        print(f"{invariant}: {sentence} ({n})")
    return 1 if toll.violations else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.races", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own")
    parser.add_argument("--broken", action="store_true", help="a store without guards")
    parser.add_argument("--listmonk", action="store_true", help="by the rules of listmonk")
    parser.add_argument("--delivering", action="store_true", help="beside a listmonk stand-in")
    parser.add_argument("--replacing", action="store_true", help="races for whose data there is")
    asked = parser.parse_args()
    make = unguarded_store if asked.broken else real_store
    platform = icomm.PLATFORM
    if asked.listmonk:
        make, platform = listmonk_store, listmonk.PLATFORM
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        serving = stack.enter_context(serving_postgres()) if asked.postgres else None
        if asked.replacing:
            lives = Replacing(folder, seed=asked.seed, seconds=asked.seconds, server=serving)
            return _print_toll(lives.run())
        server = serving.new_database() if serving else ""
        how = {"seed": asked.seed, "seconds": asked.seconds, "threads": asked.threads}
        if asked.delivering:
            stand_in = ListmonkStandIn()
            stack.enter_context(stand_in.serving())
            figures = Delivering(folder, listmonk_store, stand_in, server=server, **how).run()
        else:
            figures = Race(folder, make, server=server, platform=platform, **how).run()
    _print(figures)
    return 1 if figures.violations else 0


if __name__ == "__main__":
    sys.exit(main())
