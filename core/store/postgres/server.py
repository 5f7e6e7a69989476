"""Check whether a PostgreSQL server answers. All waiting threads share a check.

A client cannot distinguish a long statement from a dead server. Therefore, if a statement takes
more than PATIENCE seconds, Freio checks the server on a separate connection. If the server answers,
the thread of the statement continues to wait. If not, the statement fails.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, ClassVar, Final

import psycopg
from psycopg.abc import PQGen

from core.errors import StoreError
from core.infrastructure.single_flight import SingleFlight
from core.store.engine import Row
from core.store.postgres.errors import away, refused

log = logging.getLogger(__name__)

#: The seconds from the start of a statement to the first check. The time between later checks grows
#: to LONGEST_PATIENCE seconds. In a load, the server is checked every LOADING_PATIENCE seconds.
PATIENCE: Final = 0.6
LOADING_PATIENCE: Final = 10.0
LONGEST_PATIENCE: Final = 5.0

#: The maximum wait for a check in seconds. If the last check failed: KNOWN_AWAY_SECONDS.
ANSWER_SECONDS: Final = 0.9
KNOWN_AWAY_SECONDS: Final = 0.3

#: The seconds between a failed check and the next check.
AWAY_SECONDS: Final = 3.0

#: The maximum time to open a connection in seconds.
CONNECT_SECONDS: Final = 5

_WAIT_INTERVAL: Final = 0.1

#: The locations of dead servers. Each outage gets only one log entry. The set is global, because
#: each try to start Freio makes a new `Server`.
_logged_away: set[str] = set()


class Connection(psycopg.Connection[Row]):
    """A connection of the pool. If a check fails during a statement, the connection is closed."""

    #: `Server.connections` makes a subclass with this attribute for each `Server`.
    server: ClassVar[Server]
    is_loading: bool = False

    @classmethod
    def connect(cls, *args: Any, **kwargs: Any) -> Connection:
        try:
            made = super().connect(*args, **kwargs)
        except psycopg.Error as error:
            cls.server.refusal = error
            raise
        cls.server.refusal = None
        return made

    def wait(
        self, gen: PQGen[Any], interval: float = _WAIT_INTERVAL, timeout: float | None = None
    ) -> Any:
        """Wait for the answer. If a check fails, raise ConnectionTimeout."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        patience = LOADING_PATIENCE if self.is_loading else self.server.patience()
        while True:
            try:
                return super().wait(gen, interval, patience)
            except psycopg.errors._WaitTimeout:
                if not self.server.answers():
                    self.close()
                    raise psycopg.errors.ConnectionTimeout("the server does not answer") from None
                # Check less often during a long statement.
                patience = max(patience, min(2 * patience, LONGEST_PATIENCE))


class Server:
    """`connect` opens the connection for checks."""

    def __init__(self, location: str, connect: Callable[[], psycopg.Connection[Row]]) -> None:
        self.location = location
        #: The error of the last try to connect, or None.
        self.refusal: psycopg.Error | None = None
        self._connect = connect
        self._own: psycopg.Connection[Row] | None = None
        self._is_away = False
        self._checks = SingleFlight(
            "postgres-check",
            self._check,
            success_seconds=0.0,
            failure_seconds=AWAY_SECONDS,
        )

    def connections(self) -> type[Connection]:
        return type("Connection", (Connection,), {"server": self})

    def patience(self) -> float:
        return KNOWN_AWAY_SECONDS if self._is_away else PATIENCE

    def require_not_known_away(self) -> None:
        """If the last check failed, call `require` with a short wait."""
        if self._is_away:
            self.require(KNOWN_AWAY_SECONDS)

    def require(self, wait: float = ANSWER_SECONDS) -> None:
        """Raise StoreError if the server does not answer in time."""
        try:
            self._checks.get(wait)
        except TimeoutError:
            self._note_away("no answer in time")
            raise away(self.location) from None

    def answers(self) -> bool:
        try:
            self.require()
        except StoreError:
            return False
        return True

    def close(self) -> None:
        own, self._own = self._own, None
        if own is not None:
            own.close()

    def _check(self) -> None:
        try:
            self._own = self._checked_again() or self._connect()
        except psycopg.Error as error:
            self._note_away(error)
            raise refused(error, self.location) from error
        if self.location in _logged_away:
            _logged_away.discard(self.location)
            log.warning("the database %s answers again", self.location)
        self._is_away = False

    def _note_away(self, why: object) -> None:
        if self.location not in _logged_away:
            _logged_away.add(self.location)
            log.error("the database %s is away: %s", self.location, why)
        self._is_away = True

    def _checked_again(self) -> psycopg.Connection[Row] | None:
        """Check the server on the connection of the previous check. Return this connection.

        If the connection is closed or broken, return None. If the server does not answer, raise
        ConnectionTimeout.
        """
        own, self._own = self._own, None
        if own is None or own.closed:
            return None
        try:
            own.execute("")
        except psycopg.errors.ConnectionTimeout:
            raise
        except psycopg.Error:
            own.close()
            return None
        return own


class CheckConnection(psycopg.Connection[Row]):
    """The connection for checks."""

    def wait(
        self, gen: PQGen[Any], interval: float = _WAIT_INTERVAL, timeout: float | None = None
    ) -> Any:
        try:
            return super().wait(gen, interval, timeout or ANSWER_SECONDS)
        except psycopg.errors._WaitTimeout:
            self.close()
            raise psycopg.errors.ConnectionTimeout("the server does not answer") from None
