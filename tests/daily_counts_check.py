"""Compare the daily counts with a count of all rows."""

from core.store.daily_counts import CELL, COLUMNS
from core.store.engine import Engine
from core.store.sql_store import SqlStore

_SUMMARY = """
SELECT day, account, channel, state, generation, abort_confirmation, went_on_as,
    CAST(sum(configurations) AS BIGINT), CAST(sum(recipients) AS BIGINT),
    CAST(sum(unsized) AS BIGINT)
FROM daily_counts GROUP BY 1, 2, 3, 4, 5, 6, 7
HAVING sum(configurations) <> 0 OR sum(recipients) <> 0 OR sum(unsized) <> 0
ORDER BY 1, 2, 3, 4, 5, 6, 7
"""
_COUNTED = f"""
SELECT {CELL}, count(*), coalesce(CAST(sum(total_records) AS BIGINT), 0),
    count(*) - count(total_records)
FROM configurations c GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7
"""


def is_true(store: SqlStore) -> bool:
    """Return whether the daily counts equal a count of all rows."""
    return store._engine.rows(_SUMMARY) == store._engine.rows(_COUNTED)


def recount(engine: Engine) -> None:
    """Compute the daily counts from all rows, after rows were written without the store."""
    with engine.transaction() as tx:
        tx.change("DELETE FROM daily_counts")
        tx.change(
            f"INSERT INTO daily_counts ({', '.join(COLUMNS)}) SELECT {CELL}, count(*), "
            "coalesce(CAST(sum(c.total_records) AS BIGINT), 0), count(*) - count(c.total_records) "
            "FROM configurations c GROUP BY 1, 2, 3, 4, 5, 6, 7"
        )
