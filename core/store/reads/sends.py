"""Reads about one send (`core.ports.sends.SendReads`)."""

from collections.abc import Sequence

from core.domain.model import ConfigurationId, Receipt, ReceiptId, SendConfiguration, StateChange
from core.store.part import StorePart
from core.store.rows import (
    CHANGE_SQL,
    CONFIGURATION_SQL,
    RECEIPT_SQL,
    to_change,
    to_configuration,
    to_receipt,
)


class Sends(StorePart):
    def configuration(self, id: ConfigurationId) -> SendConfiguration | None:
        found = self._read("read", "configuration", {"id": id}, columns=CONFIGURATION_SQL)
        return to_configuration(found[0]) if found else None

    def history(self, id: ConfigurationId, limit: int) -> Sequence[StateChange]:
        found = self._read("read", "history", {"id": id, "limit": limit}, columns=CHANGE_SQL)
        return [to_change(row) for row in reversed(found)]

    def receipts_of(self, id: ConfigurationId) -> Sequence[Receipt]:
        found = self._read("read", "receipts_of", {"id": id}, columns=RECEIPT_SQL)
        return [to_receipt(row) for row in found]

    def receipt(self, id: ReceiptId) -> Receipt | None:
        found = self._read("read", "receipt", {"id": id}, columns=RECEIPT_SQL)
        return to_receipt(found[0]) if found else None

    def is_empty(self) -> bool:
        return not self._read("read", "any_configuration")
