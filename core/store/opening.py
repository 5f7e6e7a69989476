"""Open the database named in the settings, and find the files next to the database."""

from pathlib import Path

from core.infrastructure.disk_space import Reserve
from core.platforms.known_platforms import selected
from core.settings import ROOT, Settings
from core.store.duckdb.engine import MEMORY, DuckDBEngine
from core.store.engine import Engine
from core.store.journal.journal import Journal
from core.store.postgres.engine import PostgresEngine
from core.store.sql_store import SqlStore


def open_engine(settings: Settings) -> Engine:
    """Raise StoreError if the database cannot be opened."""
    if settings.is_server:
        return PostgresEngine(settings.database)
    file = database_file(settings)
    reserve = None if file is None else Reserve.beside(file)
    return DuckDBEngine(settings.database_path, settings.memory_mb, reserve)


def database_file(settings: Settings) -> Path | None:
    """Return the database file. For a database on a server or in memory, return None."""
    if settings.is_server or settings.database_path == MEMORY:
        return None
    return Path(settings.database_path)


def access_key_file(settings: Settings) -> Path | None:
    """Return the path of the access cookie's key file. For a database in memory, return None."""
    if settings.is_server:
        return ROOT / "data" / "freio.access-key"
    file = database_file(settings)
    return None if file is None else file.with_name(file.name + ".access-key")


def open_store(settings: Settings) -> SqlStore:
    """Open the store named in the settings. Only a database file has a receipt journal."""
    journal = journal_of(database_file(settings))
    return SqlStore(open_engine(settings), journal, selected(settings))


def journal_of(file: Path | None) -> Journal | None:
    """Return the receipt journal next to a database file. Without a file, return None."""
    return None if file is None else Journal.beside(file)
