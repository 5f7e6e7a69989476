"""An engine that measures the time of queries and transactions."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from core.store.engine import Engine, Params, Row, Transaction

#: A function that gets a duration in seconds.
Took = Callable[[float], None]


class MeasuredEngine:
    """The time of a transaction includes the wait for the writer's lock.

    Streams and sessions are not measured.
    """

    def __init__(self, engine: Engine, read: Took, written: Took) -> None:
        self._engine = engine
        self._read = read
        self._written = written
        self.name, self.location = engine.name, engine.location
        self.is_embedded = engine.is_embedded
        self.stream, self.session = engine.stream, engine.session
        self.settle_log, self.copy_to = engine.settle_log, engine.copy_to
        self.tidy, self.close = engine.tidy, engine.close

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        with _measured(self._read):
            return self._engine.rows(sql, params)

    @contextmanager
    def transaction(self, *, gives_way: bool = False) -> Iterator[Transaction]:
        with _measured(self._written), self._engine.transaction(gives_way=gives_way) as tx:
            yield tx


@contextmanager
def _measured(took: Took) -> Iterator[None]:
    began = time.perf_counter()
    try:
        yield
    finally:
        took(time.perf_counter() - began)
