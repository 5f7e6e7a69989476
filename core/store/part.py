"""The base class of the parts of the store."""

from typing import TypeVar

from core.domain.platform import Platform
from core.store.engine import Engine, Params, Row
from core.store.journal.journal import Journal
from core.store.named_sql import named_sql
from core.store.revision import Revision
from core.store.rows import Columns
from core.store.state_conditions import StateConditions

_T = TypeVar("_T")


class StorePart:
    """Some calls of the store. `SqlStore` inherits all parts, so their names must differ."""

    def __init__(self, engine: Engine, journal: Journal | None, platform: Platform) -> None:
        self._engine, self._journal, self._platform = engine, journal, platform
        self._conditions = StateConditions(platform)
        self._revision = Revision(engine)

    def _read(
        self, file: str, statement: str, params: Params | None = None, **words: str
    ) -> list[Row]:
        """Run a statement of `sql/<file>.sql`. `words` are the texts for its braces."""
        return self._engine.rows(named_sql(file)[statement].format(**words), params)

    def _find(
        self, kind: Columns[_T], file: str, statement: str, params: Params, **words: str
    ) -> list[_T]:
        """Run a statement that returns the columns of a dataclass."""
        return [
            kind.read(r) for r in self._read(file, statement, params, columns=kind.sql, **words)
        ]
