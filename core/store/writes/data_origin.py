"""The origin and the era of the data, and the lock on both.

An *era* ends when all data in the store is replaced. The data can be replaced between the decision
about an abort and the write of this abort. Therefore this write checks the era under a shared lock.
A write that replaces all data or changes the origin needs the exclusive lock.
"""

from dataclasses import dataclass
from typing import Final

from core.errors import DemoOverError
from core.ports.shared_state import DEMO, ORIGIN
from core.store.engine import Queries, Transaction
from core.store.named_sql import named_sql

#: Names in the table `store_facts`.
ERA: Final = "era"
ERA_BEFORE: Final = "era_before"


@dataclass(frozen=True, slots=True)
class DataOrigin:
    """Without data, the origin is ""."""

    era: str = ""
    origin: str = ""

    @property
    def is_demo(self) -> bool:
        return self.origin == DEMO


def data_origin(at: Queries) -> DataOrigin:
    """Read the origin and the era."""
    found: dict[str, str] = dict(
        at.rows(named_sql("write")["data_origin"], {"era": ERA, "origin": ORIGIN})
    )
    return DataOrigin(found.get(ERA, ""), found.get(ORIGIN, ""))


def held_origin(tx: Transaction, *, alone: bool = False, only_demo: bool = False) -> DataOrigin:
    """Read the origin and the era, and lock both until the end of the transaction.

    This must be the first statement of the transaction. With `alone`, the lock is exclusive. With
    `only_demo`, raise DemoOverError if the data is not demo data.
    """
    if tx.locks_rows:
        tx.rows(named_sql("write")["hold_alone" if alone else "hold"], {"era": ERA})
    held = data_origin(tx)
    if only_demo and not held.is_demo:
        raise DemoOverError
    return held
