"""An engine that measures its queries and transactions, for the metrics."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from core.store.engine import Engine, Params, Row, Session, Transaction

#: Called with the seconds that something took.
Took = Callable[[float], None]


class MeasuredEngine:
    """Delegates to an engine; `read` and `written` get the seconds of each query and transaction.

    The time of a write includes its wait for the writer's lock. Loads of files use sessions and are
    not measured: their time depends on the file.
    """

    def __init__(self, engine: Engine, read: Took, written: Took) -> None:
        self._engine = engine
        self._read = read
        self._written = written
        self.name = engine.name
        self.location = engine.location
        self.is_embedded = engine.is_embedded

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        began = time.perf_counter()
        try:
            return self._engine.rows(sql, params)
        finally:
            self._read(time.perf_counter() - began)

    def stream(self, sql: str, size: int) -> Iterator[list[Row]]:
        return self._engine.stream(sql, size)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        began = time.perf_counter()
        try:
            with self._engine.transaction() as tx:
                yield tx
        finally:
            self._written(time.perf_counter() - began)

    def session(self) -> AbstractContextManager[Session]:
        return self._engine.session()

    def settle_log(self, *, lost: bool) -> Path | None:
        return self._engine.settle_log(lost=lost)

    def copy_to(self, target: Path) -> None:
        self._engine.copy_to(target)

    def tidy(self) -> None:
        self._engine.tidy()

    def close(self) -> None:
        self._engine.close()
