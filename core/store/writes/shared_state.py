"""Facts, leases and ended logins (`core.ports.shared_state`). A *fact* is a text with a name."""

from datetime import datetime

from core.store.engine import Queries, Transaction
from core.store.named_sql import named_sql
from core.store.store_part import StorePart
from core.store.writes.retries import retried


class SharedState(StorePart):
    def fact(self, name: str) -> str | None:
        return read_fact(self._engine, name)

    @retried
    def set_fact(self, name: str, value: str, *, is_shown: bool = True) -> None:
        with self._revision.transaction() if is_shown else self._engine.transaction() as tx:
            write_fact(tx, name, value)

    @retried
    def change_fact(self, name: str, before: str | None, value: str) -> bool:
        sql = named_sql("write")["add_fact" if before is None else "replace_fact"]
        known = {} if before is None else {"before": before}
        with self._revision.transaction() as tx:
            return tx.change(sql, {"name": name, "value": value, **known}) == 1

    @retried
    def take_lease(self, name: str, holder: str, seconds: float) -> bool:
        params = {"name": name, "holder": holder, "seconds": seconds}
        with self._engine.transaction() as tx:
            return tx.change(named_sql("write")["take_lease"], params) == 1

    def is_leased(self, name: str) -> bool:
        return bool(self._read("read", "is_leased", {"name": name}))

    @retried
    def give_up_lease(self, name: str, holder: str) -> None:
        with self._engine.transaction() as tx:
            tx.change(named_sql("write")["give_up_lease"], {"name": name, "holder": holder})

    @retried
    def end_login(self, login: str, at: datetime, forget_before: datetime) -> None:
        with self._revision.transaction() as tx:
            tx.change(named_sql("write")["forget_logins"], {"before": forget_before})
            tx.change(named_sql("write")["end_login"], {"login": login, "ended_at": at})

    def ended_logins(self) -> frozenset[str]:
        return frozenset(row[0] for row in self._read("read", "ended_logins"))


def read_fact(at: Queries, name: str) -> str | None:
    """Return the value of a fact, or None."""
    found = at.rows(named_sql("read")["fact"], {"name": name})
    return str(found[0][0]) if found else None


def write_fact(tx: Transaction, name: str, value: str) -> None:
    """Write a fact in a transaction."""
    tx.rows(named_sql("write")["set_fact"], {"name": name, "value": value})
