"""Both engines have the same schema, and it matches the model."""

import sys
from dataclasses import fields

import pytest

from core.domain.delivery import Delivery
from core.domain.load_results import ImportSummary
from core.domain.model import Receipt, SendConfiguration, StateChange
from core.domain.states import State
from core.store import rows
from core.store.duckdb.engine import MEMORY, DuckDBEngine
from core.store.engine import Engine
from core.store.postgres.engine import PostgresEngine
from core.store.schema import migrate, migrations
from core.store.sql_store import SqlStore
from tests.contract.conftest import clear, tables_of
from tests.duckdb_template import Template
from tests.postgres_server import Server
from tests.sends import load, send

_COLUMNS = """
SELECT table_name, column_name, is_nullable,
    CASE
        WHEN data_type IN ('VARCHAR', 'character varying') THEN 'text'
        WHEN data_type IN ('TIMESTAMP WITH TIME ZONE', 'timestamp with time zone') THEN 'time'
        ELSE lower(data_type)
    END
FROM information_schema.columns WHERE table_schema = current_schema()
ORDER BY 1, 2
"""


def schema(engine: Engine) -> dict[str, dict[str, tuple[str, str]]]:
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for table, column, nullable, kind in engine.rows(_COLUMNS):
        found.setdefault(table, {})[column] = (nullable, kind)
    return found


EXPECTED_TABLES = {
    "ledger",
    "ledger_ends",
    "configurations",
    "state_changes",
    "receipts",
    "receipt_news",
    "receipts_now",
    "imports",
    "import_rejects",
    "store_facts",
    "ended_logins",
    "leases",
    "writes",
    "daily_counts",
    "acknowledgements",
    "alerts",
    "alert_tellings",
    "bulk_aborts",
    "bulk_abort_sends",
    "deliveries",
    "schema_version",
}


@pytest.mark.parametrize("model", [SendConfiguration, Receipt, StateChange, Delivery])
def test_every_field_of_the_model_has_a_column_that_fits(store: SqlStore, model: type) -> None:
    table = {
        SendConfiguration: "configurations",
        Receipt: "receipts",
        StateChange: "state_changes",
        Delivery: "deliveries",
    }[model]
    columns = schema(store._engine)[table]
    stored = dict(zip(rows.RECEIPT.names, rows.WRITTEN_RECEIPT_COLUMNS, strict=True))
    for field in fields(model):
        nullable, kind = columns[stored[field.name] if model is Receipt else field.name]
        annotation = str(field.type)
        assert (nullable == "YES") == ("None" in annotation), field.name
        kinds = {"datetime": "time", "int": "bigint", "bool": "boolean"}
        expected = next((k for name, k in kinds.items() if name in annotation), "text")
        assert kind == expected, field.name


def test_the_tables_are_those_that_the_code_names(store: SqlStore) -> None:
    found = schema(store._engine)
    assert set(found) == EXPECTED_TABLES
    assert {*rows.IMPORT_COLUMNS, "imports_before"} == set(found["imports"])
    not_stored = {"meaning", "notes"}
    names = {each.name for each in fields(ImportSummary)}
    assert not_stored < names
    assert len(names - not_stored) == len(rows.IMPORT_COLUMNS)


def test_every_state_can_be_stored(store: SqlStore) -> None:
    from tests.sends import load, send

    load(store, *(send(state, state) for state in State))
    assert {store.configuration(send(s, s).id).state for s in State} == set(State)  # type: ignore[union-attr]


def test_migrating_again_changes_nothing(empty_engine: Engine) -> None:
    assert migrate(empty_engine) == migrate(empty_engine) == migrations()[-1][0]
    empty_engine.close()


def test_a_copy_of_the_template_is_what_migrating_makes(template: Template) -> None:
    catalog = (
        "SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2",
        "SELECT table_name, column_name, data_type, is_nullable, column_default"
        " FROM duckdb_columns() WHERE NOT internal ORDER BY table_name, column_index",
        "SELECT table_name, constraint_text FROM duckdb_constraints() ORDER BY 1, 2",
        "SELECT number, name FROM schema_version ORDER BY 1",
    )
    found = []
    for bring_up in (migrate, template.migrate):
        engine = DuckDBEngine(MEMORY)
        version = bring_up(engine)
        found.append((version, [engine.rows(sql) for sql in catalog]))
        engine.close()
    assert found[0] == found[1]


def test_a_cleared_database_is_as_a_new_one(postgres: Server) -> None:
    engine = PostgresEngine(postgres.new_database())
    migrate(engine)

    def content() -> dict[str, list]:
        return {t: sorted(engine.rows(f"SELECT * FROM {t}")) for t in tables_of(engine)}

    new = content()
    store = SqlStore(engine)
    load(store, send("s1"))
    store.take_lease("platform", "me", 5)
    assert content() != new
    clear(engine)
    assert content() == new
    store.close()


def test_stores_of_tests_are_copies_of_the_template() -> None:
    modules = [m for name, m in sys.modules.items() if name.startswith("core.")]
    using = [m for m in modules if getattr(m, "migrate", migrate) is not migrate]
    assert using
    assert [m.__name__ for m in modules if getattr(m, "migrate", None) is migrate] == [
        "core.store.schema"
    ]
