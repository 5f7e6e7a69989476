"""The names of the tables, and the migrations of the schema."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from core.errors import CLOSED, N_, StoreError, StoreNewerError
from core.store.engine import Engine
from core.store.named_sql import named_sql, without_comments
from core.store.writes.retries import retried

_FOLDER: Final = Path(__file__).parent / "migrations"

#: A move to another database copies the tables in this order.
TABLES = (
    "configurations",
    "state_changes",
    "receipts",
    "imports",
    "import_rejects",
    "store_facts",
    "receipt_news",
    "acknowledgements",
    "daily_counts",
    "alerts",
    "alert_tellings",
    "ledger",
    "ledger_ends",
    "ended_logins",
    "bulk_aborts",
    "bulk_abort_sends",
    "deliveries",
)

#: These tables keep their rows if all demo data is dropped. The audit log (`ledger`) records the
#: drop.
LASTING_TABLES = ("ledger", "ledger_ends", "ended_logins")


def migrations(engine: str = "") -> Sequence[tuple[int, str, str]]:
    """Return the number, the name and the SQL of every migration.

    `0004_indexes.postgresql.sql` is only for PostgreSQL. For DuckDB, the SQL of migration 4 is "".
    """
    found = []
    for file in sorted(_FOLDER.glob("[0-9]*.sql")):
        is_used = file.suffixes[0] in (".sql", f".{engine.lower()}")
        sql = file.read_text(encoding="utf-8") if is_used else ""
        found.append((int(file.name[:4]), file.stem, sql))
    return found


@retried  # two dashboards can create the first table at once
def migrate(engine: Engine, steps: Sequence[tuple[int, str, str]] | None = None) -> int:
    """Apply each missing migration in its own transaction. Return the version of the schema.

    If a newer Freio wrote the database, raise StoreNewerError. If the database contains data of
    another program, raise StoreError. In both cases, nothing is changed.
    """
    steps = migrations(engine.name) if steps is None else steps
    newest = steps[-1][0]
    if _known_version(engine, newest) == newest:
        return newest
    with engine.transaction() as tx:
        tx.rows(named_sql("schema")["create_schema_version"])
    for number, name, sql in steps:
        with engine.transaction() as tx:
            if tx.locks_rows:
                tx.rows(named_sql("schema")["migrate_alone"])
            if tx.rows(named_sql("schema")["has_migration"], {"number": number}):
                continue
            for statement in filter(str.strip, without_comments(sql).split(";")):
                tx.rows(statement)
            tx.rows(named_sql("schema")["add_migration"], {"number": number, "name": name})
    return newest


def _known_version(engine: Engine, newest: int) -> int:
    """Return the version of the schema, or 0 for an empty database."""
    tables = {row[0] for row in engine.rows(named_sql("schema")["tables"])}
    if not tables:
        return 0
    if "schema_version" not in tables:
        raise StoreError(
            N_("The database {path} contains other data than Freio's ({tables})."),
            N_("Set FREIO_DATABASE to another one."),
            CLOSED,
            path=engine.location,
            tables=", ".join(sorted(tables)[:3]),
        )
    found = int(engine.rows(named_sql("schema")["schema_version"])[0][0])
    if found > newest:
        raise StoreNewerError(
            N_(
                "The database {path} was written by a newer Freio (schema {found}; this one knows "
                "{newest})."
            ),
            N_("Start the newer Freio, or set FREIO_DATABASE to another one."),
            path=engine.location,
            found=found,
            newest=newest,
        )
    return found
