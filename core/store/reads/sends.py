"""Reads about one send (`core.ports.send_reads.SendReads`)."""

from collections.abc import Sequence

from core.domain.model import ConfigurationId, Receipt, ReceiptId, SendConfiguration, StateChange
from core.store.rows import CHANGE, CONFIGURATION, RECEIPT
from core.store.store_part import StorePart


class Sends(StorePart):
    def configuration(self, id: ConfigurationId) -> SendConfiguration | None:
        found = self._find(CONFIGURATION, "read", "configuration", {"id": id})
        return found[0] if found else None

    def history(self, id: ConfigurationId, limit: int) -> Sequence[StateChange]:
        return self._find(CHANGE, "read", "history", {"id": id, "limit": limit})[::-1]

    def receipts_of(self, id: ConfigurationId) -> Sequence[Receipt]:
        return self._find(RECEIPT, "read", "receipts_of", {"id": id})

    def receipt(self, id: ReceiptId) -> Receipt | None:
        found = self._find(RECEIPT, "read", "receipt", {"id": id})
        return found[0] if found else None

    def is_empty(self) -> bool:
        return not self._read("read", "any_configuration")
