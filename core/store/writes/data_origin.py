"""The origin and the era of the data. Every write that follows from a decision checks them.

An *era* ends when all data in the store is replaced. A write takes a shared lock on the era until
its commit. A write that replaces all data, or changes its origin, takes an exclusive lock.
"""

from dataclasses import dataclass
from typing import Final

from core.errors import DemoOverError
from core.ports.shared_state import DEMO, ORIGIN
from core.store.engine import Queries, Transaction
from core.store.named_sql import named_sql

#: The facts that hold the era of the data, and the era before it.
ERA: Final = "era"
ERA_BEFORE: Final = "era_before"


@dataclass(frozen=True, slots=True)
class DataOrigin:
    """The era of a store's data, and its origin: DEMO, another origin, or "" for no data."""

    era: str = ""
    origin: str = ""

    @property
    def is_demo(self) -> bool:
        """Whether the store holds demo data."""
        return self.origin == DEMO


def data_origin(at: Queries) -> DataOrigin:
    """Read origin and era in one statement."""
    found: dict[str, str] = dict(
        at.rows(named_sql("write")["data_origin"], {"era": ERA, "origin": ORIGIN})
    )
    return DataOrigin(found.get(ERA, ""), found.get(ORIGIN, ""))


def held_origin(tx: Transaction, *, alone: bool = False) -> DataOrigin:
    """Read origin and era, and lock them until the end of the transaction.

    Must be the first statement of the transaction. The lock is shared, or exclusive with `alone`.
    """
    if tx.locks_rows:
        tx.rows(named_sql("write")["hold_alone" if alone else "hold"], {"era": ERA})
    return data_origin(tx)


def require_demo(held: DataOrigin, only_demo: bool) -> None:
    """Raise DemoOverError if only demo data may be changed and the data is not demo data."""
    if only_demo and not held.is_demo:
        raise DemoOverError
