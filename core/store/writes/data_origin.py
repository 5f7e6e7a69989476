"""Whose data a store holds: what a decision rests on is a guard of the write that follows from it.

An *era* ends when everything in the store is replaced. Who writes holds the era until the commit;
who replaces everything, or changes whose data it is, holds it alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.ports.store import DEMO, ORIGIN
from core.store.engine import Session, Transaction, named_sql

#: The fact that names the era, and the one that names the era before it.
ERA: Final = "era"
ERA_BEFORE: Final = "era_before"


@dataclass(frozen=True, slots=True)
class DataOrigin:
    """The era of a store's data, and whose data it is: DEMO, another origin, or "" for nobody's."""

    era: str = ""
    origin: str = ""

    @property
    def is_demo(self) -> bool:
        """Whether the store holds demo data."""
        return self.origin == DEMO


def data_origin(at: Session | Transaction) -> DataOrigin:
    """Read both in one statement."""
    found: dict[str, str] = dict(
        at.rows(named_sql("write")["data_origin"], {"era": ERA, "origin": ORIGIN})
    )
    return DataOrigin(found.get(ERA, ""), found.get(ORIGIN, ""))


def held_origin(tx: Transaction, *, alone: bool = False) -> DataOrigin:
    """Read both and hold them until the transaction ends. The first statement of a transaction.

    Others that do not ask to hold them alone may hold them at the same time.
    """
    if tx.locks_rows:
        tx.rows(named_sql("write")["hold_alone" if alone else "hold"], {"era": ERA})
    return data_origin(tx)
