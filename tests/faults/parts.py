"""Parts that the tests of faults share."""

import subprocess
import sys
from pathlib import Path

from core.domain.model import ConfigurationId
from core.domain.states import State
from core.settings import ROOT
from core.store.duckdb.engine import DuckDBEngine
from core.store.duckdb.files import log_of
from core.store.journal.journal import Journal
from core.store.sql_store import SqlStore

#: A program that leaves a database with a write-ahead log, as a killed process does.
CRASH = """
import os, sys
from pathlib import Path
from core.domain.model import ConfigurationId
from tests.faults.parts import opened
from tests.sends import ME, actions, load, send
store = opened(Path(sys.argv[1]))
load(store, *(send(f"s{n}") for n in range(40)))
store._engine._connection.execute("CHECKPOINT")
for n in range(40):
    actions(store).abort(ConfigurationId(f"s{n}"), ME)
os._exit(0)
"""


def crashed(path: Path) -> None:
    subprocess.run([sys.executable, "-c", CRASH, str(path)], cwd=ROOT, check=True)
    assert log_of(path).stat().st_size > 0


def journal_of(path: Path) -> Path:
    return Journal.beside(path).path


def opened(path: Path) -> SqlStore:
    return SqlStore(DuckDBEngine(path), Journal.beside(path))


def state_of(store: SqlStore, id: str) -> tuple[State, int]:
    found = store.configuration(ConfigurationId(id))
    assert found is not None
    return found.state, found.version
