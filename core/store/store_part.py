"""A *part* of the store: a class with some of the methods of `SqlStore`."""

from dataclasses import dataclass
from typing import TypeVar

from core.domain.platform import Platform
from core.store.engine import Engine, Params, Row
from core.store.journal.journal import Journal
from core.store.named_sql import named_sql
from core.store.revision import Revision
from core.store.rows import Columns
from core.store.state_conditions import StateConditions

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Shared:
    engine: Engine
    journal: Journal | None
    platform: Platform
    revision: Revision
    conditions: StateConditions


class StorePart:
    def __init__(self, shared: Shared) -> None:
        self._engine, self._journal = shared.engine, shared.journal
        self._platform, self._conditions = shared.platform, shared.conditions
        self._revision = shared.revision

    def _read(
        self, file: str, statement: str, params: Params | None = None, **words: str
    ) -> list[Row]:
        """Run a statement of `sql/<file>.sql`. With `where="true"`, `{where}` becomes `true`."""
        return self._engine.rows(named_sql(file)[statement].format(**words), params)

    def _find(
        self, kind: Columns[_T], file: str, statement: str, params: Params, **words: str
    ) -> list[_T]:
        """Return the rows of `_read` as dataclasses."""
        return [
            kind.read(r) for r in self._read(file, statement, params, columns=kind.sql, **words)
        ]
