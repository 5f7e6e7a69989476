"""Reads about one send (`core.ports.sends.SendReads`)."""

from collections.abc import Sequence

from core.domain.model import ConfigurationId, Receipt, ReceiptId, SendConfiguration, StateChange
from core.store.engine import Engine
from core.store.named_sql import named_sql
from core.store.rows import (
    CHANGE_SQL,
    CONFIGURATION_SQL,
    RECEIPT_SQL,
    to_change,
    to_configuration,
    to_receipt,
)


class Sends:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def configuration(self, id: ConfigurationId) -> SendConfiguration | None:
        sql = named_sql("read")["configuration"].format(columns=CONFIGURATION_SQL)
        found = self._engine.rows(sql, {"id": id})
        return to_configuration(found[0]) if found else None

    def history(self, id: ConfigurationId, limit: int) -> Sequence[StateChange]:
        sql = named_sql("read")["history"].format(columns=CHANGE_SQL)
        found = self._engine.rows(sql, {"id": id, "limit": limit})
        return [to_change(row) for row in reversed(found)]

    def receipts_of(self, id: ConfigurationId) -> Sequence[Receipt]:
        sql = named_sql("read")["receipts_of"].format(columns=RECEIPT_SQL)
        return [to_receipt(row) for row in self._engine.rows(sql, {"id": id})]

    def receipt(self, id: ReceiptId) -> Receipt | None:
        sql = named_sql("read")["receipt"].format(columns=RECEIPT_SQL)
        found = self._engine.rows(sql, {"id": id})
        return to_receipt(found[0]) if found else None

    def is_empty(self) -> bool:
        return not self._engine.rows(named_sql("read")["any_configuration"])
