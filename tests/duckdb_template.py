"""Copy new DuckDB databases from a migrated one: it takes a fifth of the time of a migration."""

import sys
from pathlib import Path

import pytest

from core.store import schema
from core.store import sql_store as sql_store  # imports every module of core that migrates
from core.store.duckdb.engine import DuckDBEngine
from core.store.engine import Engine
from core.store.named_sql import named_sql
from core.store.schema import migrate


class Template:
    """A migrated database in a file; `migrate` copies it into an empty DuckDB database."""

    def __init__(self, path: Path) -> None:
        self._path = path
        made = DuckDBEngine(path)
        self._version = migrate(made)
        made.close()

    def migrate(self, engine: Engine) -> int:
        """Bring an engine's database up to date, as `core.store.schema.migrate` does."""
        # Compare the name, because the application wraps its engine to measure it.
        if engine.name != DuckDBEngine.name or engine.rows(named_sql("schema")["tables"]):
            return migrate(engine)
        [[name]] = engine.rows("SELECT current_database()")
        engine.rows(f"ATTACH '{self._path}' AS template (READ_ONLY)")
        engine.rows(f'COPY FROM DATABASE template TO "{name}"')
        engine.rows("DETACH template")
        return self._version

    def use(self, patch: pytest.MonkeyPatch) -> None:
        """Let stores migrate with this template from now on. Tests that import `migrate` get the real one."""
        for name, module in list(sys.modules.items()):
            if name.startswith("core.") and module is not schema and hasattr(module, "migrate"):
                patch.setattr(module, "migrate", self.migrate)
