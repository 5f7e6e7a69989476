"""Fill a store with realistic sends by SQL, the same on both engines.

The rows are in order of time, as a feed loads them. 99 % are from the past half year, and almost
all of these are done. One in a thousand is in progress, and one in a hundred is in the next week.
The store also gets their changes of the past week, and some receipts.
"""

from datetime import UTC, datetime
from pathlib import Path

from core.domain.search_text import search_text
from core.store.duckdb.engine import DuckDBEngine
from core.store.engine import Engine
from core.store.journal.journal import Journal
from core.store.postgres.engine import PostgresEngine
from core.store.sql_store import SqlStore
from tests.daily_counts_check import recount
from tests.postgres_server import Server

_NAMES = (
    *("Promoção de verão", "Lembrete de boleto", "Boas-vindas", "Liquidação", "Aniversário"),
    *("Carrinho abandonado", "Pesquisa de satisfação", "Recuperação de acesso", "Dia das Mães"),
    *("Volta às aulas", "Atualização cadastral", "Convite à pré-estreia"),
)


def _one_of(words: tuple[str, ...]) -> str:
    return f"split_part('{'|'.join(words)}', '|', 1 + CAST(i % {len(words)} AS INTEGER))"


# Each i has a number h from 0 to 999, which decides the kind of the send.
_CONFIGURATIONS = f"""
INSERT INTO configurations (
    id, name, campaign, channel, account, audience, created_by, state, raw_state, total_records,
    generated_records, scheduled_at, processing_started_at, in_progress_at, generation_started_at,
    finished_at, updated_at, version, search_text
)
SELECT
    'CFG-' || i, {_one_of(_NAMES)} || ' ' || i, 'Campanha ' || i % 500,
    CASE WHEN i % 5 = 0 THEN 'SMS' ELSE 'e-mail' END, 'Conta ' || i % 40, 'Lista ' || i % 90,
    'operador ' || i % 7, state, state, total,
    CASE
        WHEN state IN ('SENT-DONE', 'ABORTED') THEN total
        WHEN state = 'DELIVERY-ENDING' THEN total - total % 5000
        WHEN state = 'IN-PROGRESS' AND h % 7 = 0 THEN NULL
        WHEN state = 'IN-PROGRESS' AND h % 2 = 0 THEN total - total % 5000
        ELSE 0
    END,
    scheduled_at,
    CASE WHEN is_begun THEN scheduled_at + INTERVAL '1 minute' END,
    CASE WHEN is_begun AND state <> 'PROCESANDO' THEN scheduled_at + INTERVAL '4 minutes' END,
    CASE WHEN state IN ('SENT-DONE', 'DELIVERY-ENDING') THEN scheduled_at + INTERVAL '6 minutes' END,
    CASE WHEN state = 'SENT-DONE' THEN scheduled_at + INTERVAL '20 minutes' END,
    CASE WHEN is_begun THEN scheduled_at + INTERVAL '20 minutes' ELSE $now::TIMESTAMPTZ - INTERVAL '1 day' END,
    1,
    {_one_of(tuple(search_text(name) for name in _NAMES))} || ' ' || i
        || chr(10) || 'cfg-' || i || chr(10) || 'campanha ' || i % 500 || chr(10) || 'lista ' || i % 90
FROM (
    SELECT *, state IN ('PROCESANDO', 'IN-PROGRESS', 'DELIVERY-ENDING', 'SENT-DONE') AS is_begun
    FROM (
        SELECT i, i * 7919 % 1000 AS h, 200 + i * 6151 % 48000 AS total,
            $now::TIMESTAMPTZ + (i - $past) * INTERVAL '1 second'
                * CASE WHEN i > $past THEN $step_ahead ELSE $step_past END AS scheduled_at,
            CASE
                WHEN i > $past THEN CASE
                    WHEN i * 7919 % 1000 < 950 THEN 'SCHEDULED' WHEN i * 7919 % 1000 < 970 THEN 'DRAFT'
                    WHEN i * 7919 % 1000 < 980 THEN 'WAITING-CONFIRMATION'
                    WHEN i * 7919 % 1000 < 990 THEN 'PENDING' ELSE 'CANCELLED' END
                WHEN i > $moving THEN CASE
                    WHEN i * 7919 % 1000 < 250 THEN 'PROCESANDO' WHEN i * 7919 % 1000 < 600 THEN 'IN-PROGRESS'
                    WHEN i * 7919 % 1000 < 850 THEN 'DELIVERY-ENDING'
                    WHEN i * 7919 % 1000 < 880 THEN 'CANCELLING' ELSE 'SENT-DONE' END
                WHEN i * 7919 % 1000 < 950 THEN 'SENT-DONE' WHEN i * 7919 % 1000 < 975 THEN 'CANCELLED'
                WHEN i * 7919 % 1000 < 985 THEN 'ABORTED' WHEN i * 7919 % 1000 < 990 THEN 'PAUSED'
                WHEN i * 7919 % 1000 < 994 THEN 'DRAFT' WHEN i * 7919 % 1000 < 997 THEN 'SMTP-ERROR'
                WHEN i * 7919 % 1000 < 999 THEN 'PENDING' ELSE 'UNKNOWN'
            END AS state
        FROM (SELECT CAST(n AS BIGINT) AS i FROM generate_series(1, $rows) s(n)) AS numbers
    ) AS stated
) AS facts
ORDER BY i
"""

_CHANGES = """
INSERT INTO state_changes
SELECT c.id, c.scheduled_at + minutes * INTERVAL '1 minute', from_state, to_state, 0, step, 'feed', 'bench', NULL
FROM configurations c CROSS JOIN (VALUES
    (1, 1, 'SCHEDULED', 'PROCESANDO'), (2, 4, 'PROCESANDO', 'IN-PROGRESS'),
    (3, 6, 'IN-PROGRESS', 'DELIVERY-ENDING'), (4, 20, 'DELIVERY-ENDING', 'SENT-DONE')
) AS steps(step, minutes, from_state, to_state)
WHERE c.state = 'SENT-DONE' AND c.scheduled_at > $now::TIMESTAMPTZ - INTERVAL '7 days'
"""

_RECEIPTS = """
INSERT INTO receipts
SELECT 'R-' || id, id, name, account, scheduled_at - INTERVAL '1 hour', created_by, 'cancel_now', NULL,
    'SCHEDULED', 'CANCELLED', total_records, 0, total_records, 0, '', '', scheduled_at, 'confirmed',
    scheduled_at, NULL, 'operator', '', NULL, NULL, NULL, NULL, '', ''
FROM configurations WHERE state = 'CANCELLED' AND total_records % 50 = 0
    AND scheduled_at < $now::TIMESTAMPTZ
"""

_IMPORT = """
INSERT INTO imports (id, name, loaded_at, actor, rows_new, rows_changed, rows_unchanged, rows_stale,
    rows_held, rows_rejected, as_of)
VALUES ('bench', 'bench.parquet', $now, 'bench', $rows, 0, 0, 0, 0, 0, $now)
"""

_ORIGIN = "INSERT INTO store_facts VALUES ('origin', 'feed')"

_HALF_YEAR, _WEEK = 182 * 86_400, 7 * 86_400


def _fill(engine: Engine, journal: Journal | None, rows: int) -> None:
    """Fill an empty store with `rows` sends around now."""
    store = SqlStore(engine, journal)
    past = rows - rows // 100
    window = {
        "rows": rows,
        "now": datetime.now(UTC),
        "past": past,
        "moving": past - rows // 1000,
        "step_past": _HALF_YEAR / past,
        "step_ahead": _WEEK / (rows - past),
    }
    # In a session, statements may take longer than on a page.
    with engine.session() as session:
        with session.transaction() as tx:
            for sql in (_CONFIGURATIONS, _CHANGES, _RECEIPTS, _IMPORT, _ORIGIN):
                tx.rows(sql, {name: value for name, value in window.items() if f"${name}" in sql})
        recount(engine)
        store.renew_journal()
        if not engine.is_embedded:
            session.rows("VACUUM ANALYZE")
    store.close()


def filled_duckdb(file: Path, rows: int) -> str:
    """Return the URL of a new, filled DuckDB file."""
    # Writing all rows at once takes more memory than loading a file.
    engine = DuckDBEngine(file, memory_mb=4_000)
    _fill(engine, Journal(file.with_name(file.name + ".receipts.jsonl")), rows)
    return f"duckdb:///{file}"


def filled_postgres(server: Server, rows: int) -> str:
    """Return the URL of a new, filled PostgreSQL database."""
    url = server.new_database()
    _fill(PostgresEngine(url), None, rows)
    return url


def ahead(rows: int) -> str:
    """Return the id of a send that waits for its time, in a store of `rows` rows."""
    return next(f"CFG-{i}" for i in range(rows - rows // 200, rows) if i * 7919 % 1000 < 950)
