"""The kill tests in their long form: `python -m tests.kills --kills 60 --seed 1`."""

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.kills.delivering import kill_deliveries
from tests.kills.killing import (
    kill_aborts,
    kill_batches,
    kill_lives,
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
        ("loading the first files", partial(kill_lives, work="first"), asked.kills // 2),
        ("replacing the demo", partial(kill_lives, work="replace"), asked.kills),
        ("renewing the demo", partial(kill_lives, work="renew-demo"), asked.kills // 2),
        ("renewing the record", partial(kill_lives, work="renew-record"), asked.kills),
    ):
        with tempfile.TemporaryDirectory() as folder:
            toll = series(Path(folder), asked.seed, kills)
        print(f"| {name} | {toll.kills} | {toll.acknowledged:,} | {len(toll.lost)} |", flush=True)
        for step, count in toll.steps.items():
            print(f"| {name}: {step} | {count} | | |")
        for each in toll.lost[:10]:
            print(each)
        lost += len(toll.lost)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
