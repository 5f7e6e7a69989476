"""The kill tests in their long form: `python -m tests.kills --kills 60 --seed 1`."""

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.kills.delivering import kill_deliveries
from tests.kills.killing import (
    kill_aborting_children,
    kill_aborts,
    kill_batches,
    kill_merges,
    kill_migrations,
    kill_stopped_merges,
    kill_watchers,
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print("| killed while | kills | acknowledged | lost |\n|---|---|---|---|")
    lost = 0
    for name, series, kills in (
        ("aborting", kill_aborts, asked.kills),
        ("executing batches", kill_batches, asked.kills),
        ("delivering", kill_deliveries, asked.kills),
        ("merging", kill_merges, asked.kills // 2),
        ("stopping merges for aborts", kill_stopped_merges, asked.kills // 2),
        ("watching", kill_watchers, asked.kills // 2),
        ("migrating", kill_migrations, asked.kills // 2),
        (
            "loading the first files",
            partial(kill_aborting_children, work="first"),
            asked.kills // 2,
        ),
        ("replacing the demo", partial(kill_aborting_children, work="replace"), asked.kills),
        ("renewing the demo", partial(kill_aborting_children, work="renew-demo"), asked.kills // 2),
        ("renewing the record", partial(kill_aborting_children, work="renew-record"), asked.kills),
    ):
        with tempfile.TemporaryDirectory() as folder:
            counts = series(Path(folder), asked.seed, kills)
        print(
            f"| {name} | {counts.kills} | {counts.acknowledged:,} | {len(counts.lost)} |",
            flush=True,
        )
        for step, count in counts.steps.items():
            print(f"| {name}: {step} | {count} | | |")
        for each in counts.lost[:10]:
            print(each)
        lost += len(counts.lost)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
