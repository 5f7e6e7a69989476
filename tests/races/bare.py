"""The same transaction with a guard as an abort, in bare duckdb or psycopg, to compare its latency.

It waits for the same lock, under the same load, in the same tables, but writes its own rows.
"""

import random
import uuid

from core.store.duckdb.engine import WRITE_TIMEOUT, DuckDBEngine
from core.store.engine import Engine
from core.store.postgres.engine import PostgresEngine, _translated

ROWS = 200

_FILL = """
INSERT INTO configurations (
    id, name, campaign, channel, account, audience, created_by, state, raw_state, total_records,
    generated_records, scheduled_at, version, search_text
)
SELECT 'bare-' || i, 'x', '', '', '', '', '', 'DRAFT', 'DRAFT', 9000, 0, TIMESTAMPTZ '2030-01-01T00:00:00Z',
    1, 'x'
FROM generate_series(0, $n - 1) r(i)
"""
# The state is DRAFT, so nothing else in the race changes these rows.
_UPDATE = """
UPDATE configurations SET state = $state, raw_state = $state, generated_records = 0,
    processing_started_at = NULL, in_progress_at = NULL, generation_started_at = NULL,
    finished_at = NULL, updated_at = NULL, version = version + 1
WHERE id = $id AND version >= 1 AND state = 'DRAFT'
    AND (generated_records = 0 AND generation_started_at IS NULL)
"""
_CHANGE = "INSERT INTO state_changes VALUES ($id, now(), 'DRAFT', 'DRAFT', 0, 2, 'bare', 'x', $r)"
_RECEIPT = """
INSERT INTO receipts VALUES ($r, $id, 'x', '', now(), 'x', 'bare', NULL, 'DRAFT', 'DRAFT',
    9000, 0, 9000, 0, '', '', NULL, 'confirmed', NULL, NULL,
    'operator', '', NULL, NULL, NULL, NULL, '', '')
"""


def prepare(engine: Engine) -> None:
    with engine.transaction() as tx:
        tx.rows(_FILL, {"n": ROWS})


def abort(engine: Engine, rng: random.Random) -> None:
    id, receipt = f"bare-{rng.randrange(ROWS)}", uuid.uuid4().hex
    if isinstance(engine, PostgresEngine):
        _in_psycopg(engine, id, receipt)
    elif isinstance(engine, DuckDBEngine):
        _in_duckdb(engine, id, receipt)


def _in_psycopg(engine: PostgresEngine, id: str, receipt: str) -> None:
    with engine._pool.connection() as connection, connection.transaction():
        connection.execute(_translated(_UPDATE), {"id": id, "state": "DRAFT"})
        connection.execute(_translated(_CHANGE), {"id": id, "r": receipt})
        connection.execute(_translated(_RECEIPT), {"id": id, "r": receipt})


def _in_duckdb(engine: DuckDBEngine, id: str, receipt: str) -> None:
    with engine._writer.held(WRITE_TIMEOUT):
        cursor = engine._connection.cursor()
        cursor.execute("BEGIN TRANSACTION")
        cursor.execute(_UPDATE, {"id": id, "state": "DRAFT"}).fetchall()
        cursor.execute(_CHANGE, {"id": id, "r": receipt}).fetchall()
        cursor.execute(_RECEIPT, {"id": id, "r": receipt}).fetchall()
        cursor.execute("COMMIT")
        cursor.close()
