"""Copy all data into an empty database, and check the copy."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce

from core.errors import N_, FreioError
from core.store.engine import Engine, Row
from core.store.named_sql import named_sql
from core.store.schema import TABLES, migrate

CHUNK = 5_000

#: A new database already has rows in these tables. The copy replaces the rows.
_INITIAL_TABLES = ("store_facts", "ledger_ends")


class MovingError(FreioError):
    """The data was not moved; the target is unchanged."""

    means = N_("Nothing was moved, and both databases are as they were; sends go on as planned.")


@dataclass(frozen=True, slots=True)
class Sum:
    """The number of rows of a table, and a checksum. The order of the rows does not matter."""

    rows: int = 0
    checksum: int = 0

    def with_rows(self, rows: list[Row]) -> Sum:
        """Return a new sum that includes `rows`."""
        added = sum(zlib.crc32(repr(_plain(row)).encode()) for row in rows)
        return Sum(self.rows + len(rows), (self.checksum + added) % 2**64)


def move(source: Engine, target: Engine) -> dict[str, Sum]:
    """Copy every table in a transaction. Return the sum of each table.

    The caller must stop all writes to the source. Raise MovingError if the target is not empty or
    the sums differ. Raise StoreError if a database does not answer. After an error, the target has
    no new data.
    """
    migrate(source)
    migrate(target)
    _require_empty(target)
    sums: dict[str, Sum] = {}
    with target.transaction() as tx:
        for table in _INITIAL_TABLES:
            tx.rows(f"DELETE FROM {table}")  # noqa: S608 - names from the code only
        for table in TABLES:
            columns = _columns(source, table)
            sums[table] = Sum()
            for rows in source.stream(_select(table, columns), CHUNK):
                tx.add_rows(table, columns, rows)
                sums[table] = sums[table].with_rows(rows)
        for table in TABLES:
            chunks = tx.stream(_select(table, _columns(source, table)), CHUNK)
            arrived = reduce(Sum.with_rows, chunks, Sum())
            if arrived != sums[table]:
                raise MovingError(
                    N_("The copy of {table} differs from its source ({sent} and {arrived} rows)."),
                    N_("Stop every Freio that writes to the source, then move again."),
                    table=table,
                    sent=sums[table].rows,
                    arrived=arrived.rows,
                )
    return sums


def _plain(row: Row) -> Row:
    # The database drivers use different classes for time zones, so compare times as UTC text.
    return tuple(v.astimezone(UTC).isoformat() if isinstance(v, datetime) else v for v in row)


def _require_empty(target: Engine) -> None:
    for table, count in sorted(target.rows(named_sql("schema")["row_counts"])):
        if count:
            raise MovingError(
                N_("The database {location} is not empty: it has {count} rows in {table}."),
                N_("Move into an empty database."),
                location=target.location,
                count=count,
                table=table,
            )


def _columns(engine: Engine, table: str) -> tuple[str, ...]:
    found = engine.rows(named_sql("schema")["columns"], {"table": table})
    return tuple(row[0] for row in found)


def _select(table: str, columns: tuple[str, ...]) -> str:
    return f"SELECT {', '.join(columns)} FROM {table}"  # noqa: S608 - names from the schema
