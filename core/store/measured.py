"""An engine that tells how long it took: for the metrics, and to count what a page asks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from core.store.engine import Engine, Params, Row, Session, Transaction

#: Hears the seconds that something took.
Took = Callable[[float], None]


class MeasuredEngine:
    """Passes everything on to an engine; `read` and `written` hear the seconds of each.

    A write's time holds its wait for the writer's turn. Loads of files go through sessions and are
    not measured: they take as long as the file.
    """

    def __init__(self, engine: Engine, read: Took, written: Took) -> None:
        self._engine = engine
        self._read = read
        self._written = written
        self.name = engine.name
        self.location = engine.location
        self.is_embedded = engine.is_embedded

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        """Run a reading statement and return all its rows."""
        began = time.perf_counter()
        try:
            return self._engine.rows(sql, params)
        finally:
            self._read(time.perf_counter() - began)

    def stream(self, sql: str, size: int) -> Iterator[list[Row]]:
        """Run a reading statement and return its rows, `size` at a time."""
        return self._engine.stream(sql, size)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open a writing transaction."""
        began = time.perf_counter()
        try:
            with self._engine.transaction() as tx:
                yield tx
        finally:
            self._written(time.perf_counter() - began)

    def session(self) -> AbstractContextManager[Session]:
        """Open a session; its temporary tables are gone at the end of the block."""
        return self._engine.session()

    def settle_log(self, *, lost: bool) -> Path | None:
        """Drop what was kept of an unclean stop, unless it was damaged or commits are lost."""
        return self._engine.settle_log(lost=lost)

    def copy_to(self, target: Path) -> None:
        """Write a consistent copy of the whole database to a new file."""
        self._engine.copy_to(target)

    def tidy(self) -> None:
        """Do what keeps the engine sound, now and then."""
        self._engine.tidy()

    def close(self) -> None:
        """Let go of the database."""
        self._engine.close()
