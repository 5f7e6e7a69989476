"""The same guarded transaction as an abort's, in bare DuckDB: the reference of its latency.

It waits for the same writer's turn, under the same load, in the same tables, on rows of its own.
"""

import random
import uuid

from core.store.duckdb_engine import WRITE_TIMEOUT, DuckDBEngine

ROWS = 200

_FILL = """
INSERT INTO configurations
SELECT 'bare-' || i, 'x', '', '', '', '', '', 'DRAFT', 'DRAFT', 9000, 0, '2030-01-01T00:00:00Z',
    NULL, NULL, NULL, NULL, NULL, 1, 'x'
FROM range($n) r(i)
"""
# DRAFT: nothing else of the race ever touches these rows.
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
    9000, 0, 9000, 0, '', '', NULL, 'confirmed', NULL, NULL)
"""


def prepare(engine: DuckDBEngine) -> None:
    with engine.transaction() as tx:
        tx.rows(_FILL, {"n": ROWS})


def abort(engine: DuckDBEngine, rng: random.Random) -> None:
    id, receipt = f"bare-{rng.randrange(ROWS)}", uuid.uuid4().hex
    with engine._writer.held(WRITE_TIMEOUT):
        cursor = engine._connection.cursor()
        cursor.execute("BEGIN TRANSACTION")
        cursor.execute(_UPDATE, {"id": id, "state": "DRAFT"}).fetchall()
        cursor.execute(_CHANGE, {"id": id, "r": receipt}).fetchall()
        cursor.execute(_RECEIPT, {"id": id, "r": receipt}).fetchall()
        cursor.execute("COMMIT")
        cursor.close()
