"""Measure times, in the same way in each benchmark."""

import statistics
import time
from collections.abc import Callable

#: The number of runs. The result is their median.
RUNS = 15


def took_ms(work: Callable[[], object]) -> float:
    """Return the milliseconds that `work` took."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def median_ms(
    work: Callable[[], object], runs: int = RUNS, before: Callable[[], object] = lambda: None
) -> float:
    """Return the median milliseconds of `work` after one run to warm up.

    `before` runs before each one, and its time does not count.
    """
    times = []
    for _ in range(runs + 1):
        before()
        times.append(took_ms(work))
    return statistics.median(times[1:])
