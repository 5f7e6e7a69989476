"""Server time of a rerun of Overview and Configurations, beside the raw time of their queries.

Run with `make bench`. Medians of RUNS; noisy machines give ratios, not times. AppTest runs the
whole script as the server does, without the network.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from streamlit.testing.v1 import AppTest

from core import wiring
from core.insights import Insights
from core.listing import ListQuery
from core.settings import ROOT, Settings
from core.store.duckdb_engine import DuckDBEngine
from core.store.sql_store import SqlStore

RUNS = 15
SIZES = (10_000, 1_000_000)

_FILL = """
INSERT INTO configurations
SELECT 'CFG-' || i, 'Promoção ' || i, '', CASE WHEN i % 5 = 0 THEN 'SMS' ELSE 'e-mail' END,
    'Conta ' || (i % 8), '', '',
    CASE WHEN i > $n * 0.94 THEN 'SCHEDULED' ELSE 'SENT-DONE' END, '',
    5000 + hash(i) % 50000, CASE WHEN i > $n * 0.94 THEN 0 ELSE 5000 END,
    $now::TIMESTAMPTZ + to_seconds(CAST((i - $n * 0.94) * 8208000 / $n AS BIGINT)),
    NULL, NULL, NULL, NULL, NULL, 1, 'promocao ' || i, NULL
FROM range($n) t(i) ORDER BY i
"""


def median_ms(work: Callable[[], object]) -> float:
    """Return the median time of `work` in milliseconds, after one run to warm up."""
    work()
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def raw_of(freio: wiring.Freio, query: Callable[[], object]) -> Callable[[], object]:
    """Return a call that sends the same statements to bare DuckDB and fetches their rows."""
    engine = freio.store._engine  # type: ignore[attr-defined]
    asked: list[tuple[str, dict[str, object]]] = []
    answer = engine.rows
    engine.rows = lambda sql, params=None: (
        asked.append((sql, dict(params or {}))) or answer(sql, params)
    )
    query()
    engine.rows = answer
    cursor = engine._connection.cursor()
    return lambda: [cursor.execute(sql, params).fetchall() for sql, params in asked]


def measure(size: int, folder: Path) -> None:
    """Print one line per page for a store of `size` configurations."""
    path = folder / f"{size}.duckdb"
    engine = DuckDBEngine(path)
    SqlStore(engine)
    now = datetime.now(UTC)
    with engine.transaction() as tx:
        tx.rows(_FILL, {"n": size, "now": now})
    engine.close()
    freio = wiring.build(Settings(database=f"duckdb:///{path}", demo=False))
    wiring.use(freio)
    insights: Insights = freio.insights
    queries: dict[str, Callable[[], object]] = {
        "overview": lambda: insights.overview(now - timedelta(hours=12)),
        "configurations": lambda: (
            insights.page(ListQuery()),
            insights.state_counts(ListQuery()),
            insights.choices(),
        ),
    }
    for name, query in queries.items():
        at = AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=120)
        at.switch_page(f"{name}.py")
        rerun, raw = median_ms(at.run), median_ms(raw_of(freio, query))
        assert not at.exception
        print(f"| {name} | {size:,} | {rerun:.0f} | {raw:.0f} | {rerun / (raw + 15):.2f} |")
    wiring.use(None)
    freio.stop()


def main() -> None:
    """Print the table."""
    print("| page | configurations | rerun ms | queries ms | rerun / (queries + 15 ms) |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            measure(size, Path(folder))


if __name__ == "__main__":
    main()
