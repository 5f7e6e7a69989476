"""Convert errors of PostgreSQL into Freio's errors."""

import logging
import re
from typing import Final

import psycopg
from psycopg import errors as pg

from core.errors import (
    N_,
    AdminText,
    ConflictError,
    StoreAwayError,
    StoreBusyError,
    StoreDiskError,
    StoreError,
    Text,
)

log = logging.getLogger(__name__)

_CORRECT: Final = N_("Correct FREIO_DATABASE and start Freio again.")
_GOES_ON: Final = N_("Freio goes on by itself as soon as it is accepted.")

#: The causes of a refused connection: a pattern for the error text, what happened, what to do.
#: If a connection fails, there is no error code. The patterns know English and Spanish texts.
_REFUSALS: Final[tuple[tuple[str, Text, Text], ...]] = (
    (
        r"password authentication failed|no password supplied|autentificación password falló"
        r"|role .* does not exist|no existe el rol|not permitted to log in|no se le permite conect",
        N_("The database server does not accept the user or the password."),
        _CORRECT,
    ),
    (
        r"database .* does not exist|no existe la base de datos",
        N_("The database {location} does not exist on its server."),
        N_("Create it, or correct FREIO_DATABASE and start Freio again."),
    ),
    (
        r"too many clients|too many connections|connection slots are reserved"
        r"|demasiados clientes|demasiadas conexiones|conexiones restantes están reservadas",
        N_("The database server accepts no more connections."),
        N_("Close connections of other programs, or raise its limit. Freio goes on by itself."),
    ),
    (
        r"server does not support SSL",
        N_("The database server offers no TLS, and sslmode in FREIO_DATABASE requires it."),
        N_("Turn on TLS at the server, or correct FREIO_DATABASE and start Freio again."),
    ),
    (
        r"certificate",
        N_("The TLS certificate of the database server or of Freio is not accepted ({reason})."),
        _CORRECT,
    ),
    (
        # libpq can try with and without TLS. If both tries are refused, TLS is not the cause.
        r"^(?!.*(?:SSL encryption|SSL on|cifrado SSL))"
        r".*pg_hba\.conf.*(?:no encryption|SSL off|sin cifrado)",
        N_("The database server does not accept this machine, user or database without TLS."),
        N_(
            "Set sslmode=require in FREIO_DATABASE and start Freio again, or allow it in "
            "pg_hba.conf at the server."
        ),
    ),
    (
        r"pg_hba\.conf",
        N_("The database server does not accept this machine, user or database."),
        N_("Allow it in pg_hba.conf at the server. Freio then goes on by itself."),
    ),
    (
        r"starting up|shutting down|in recovery mode|not yet accepting|not accepting connections"
        r"|terminating connection|iniciándose|apagándose|modo de recuperación"
        r"|terminando la conexión",
        N_("The database server is starting or stopping."),
        _GOES_ON,
    ),
    (
        r"Name or service not known|No address associated|name resolution|failed to resolve"
        r"|could not translate host name|nodename nor servname",
        N_("The host of the database {location} cannot be found."),
        N_("Correct FREIO_DATABASE and start Freio again, or repair the name service."),
    ),
    (
        r"FATAL:",
        N_("The database server does not accept Freio ({reason})."),
        N_("Correct that at the server, or correct FREIO_DATABASE and start Freio again."),
    ),
)

#: If two dashboards create a table at once, IF NOT EXISTS does not prevent DuplicateObject and
#: DuplicateTable.
_CONFLICTS: Final = (
    pg.SerializationFailure,
    pg.DeadlockDetected,
    pg.UniqueViolation,
    pg.DuplicateObject,
    pg.DuplicateTable,
)
_TIMEOUTS: Final = (pg.QueryCanceled, pg.LockNotAvailable)
#: ConfigurationLimitExceeded: the temporary files are too large.
_DISK: Final = (pg.DiskFull, pg.ConfigurationLimitExceeded)


def is_conflict(error: Exception) -> bool:
    """Return whether another transaction wrote first."""
    return isinstance(error, _CONFLICTS)


def refused(error: Exception, location: str) -> StoreAwayError:
    """Return the error for a failed connection."""
    text = " ".join(str(error).split())
    for words, happened, todo in _REFUSALS:
        if re.search(words, text):
            reason = AdminText(text.rpartition("FATAL: ")[2])
            return StoreAwayError(happened, todo, location=AdminText(location), reason=reason)
    return away(location)


def away(location: str) -> StoreAwayError:
    """Return the error for a server that does not answer."""
    return StoreAwayError(
        N_("The database {location} does not answer."),
        N_(
            "Check that the server runs and the network reaches it. Freio goes on by itself when "
            "it is back. Abort urgent sends in the platform."
        ),
        location=AdminText(location),
    )


def busy() -> StoreBusyError:
    """Return the error for a wait that took too long."""
    return StoreBusyError(N_("The database is busy."), N_("Try again in a moment."))


def failed(error: Exception, location: str) -> StoreError:
    """Return the error for a failed statement."""
    if is_conflict(error):
        return ConflictError(N_("Another change came first."), N_("Try again in a moment."))
    if isinstance(error, _TIMEOUTS):
        return busy()
    if isinstance(error, pg.ReadOnlySqlTransaction):
        return StoreError(
            N_("The database accepts no writes at present: it is a standby, or set to read-only."),
            N_(
                "Wait if it is changing servers: Freio goes on by itself. If not, set "
                "FREIO_DATABASE to the primary server and start Freio again."
            ),
        )
    if isinstance(error, _DISK):
        return StoreDiskError(
            N_("The disk of the database server {location} is full ({reason})."),
            N_("Make room on that disk, then try again."),
            location=AdminText(location),
            reason=AdminText(error.diag.message_primary or str(error)),
        )
    if isinstance(error, pg.InsufficientPrivilege):
        log.error("the database refused a statement: %s", error)
        return StoreError(
            N_("The database user may not do what Freio needs ({reason})."),
            N_("Let the user that FREIO_DATABASE names own the database and its tables."),
            reason=AdminText(str(error).splitlines()[0]),
        )
    if isinstance(error, pg.TooManyConnections):
        return refused(error, location)
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return away(location)
    log.error("the database refused a statement: %s", error)
    return StoreError(
        N_("The database refused the request."),
        N_("Try again. If it happens again, report it to the administrator of Freio."),
    )
