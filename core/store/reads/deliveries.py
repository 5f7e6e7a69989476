"""Reads about deliveries (`core.ports.deliveries.DeliveryReads`)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from core.domain.delivery import LONGEST_WAIT, Delivery
from core.domain.model import ConfigurationId, ReceiptId
from core.store.part import StorePart
from core.store.rows import DELIVERY


class DeliveryReads(StorePart):
    def due_deliveries(self, now: datetime, limit: int) -> Sequence[Delivery]:
        params = {"now": now, "latest": now + LONGEST_WAIT, "limit": limit}
        return self._find(DELIVERY, "deliveries", "due", params)

    def deliveries(self, ids: Collection[ReceiptId]) -> Mapping[ReceiptId, Delivery]:
        if not ids:
            return {}
        found = self._find(DELIVERY, "deliveries", "of_receipts", {"ids": list(ids)})
        return {each.receipt_id: each for each in found}

    def last_deliveries(
        self, ids: Collection[ConfigurationId]
    ) -> Mapping[ConfigurationId, Delivery]:
        if not ids:
            return {}
        found = self._find(DELIVERY, "deliveries", "of_sends", {"ids": list(ids)})
        return {each.configuration_id: each for each in found}

    def is_reported_after(self, id: ConfigurationId, at: datetime) -> bool:
        return bool(self._read("deliveries", "is_reported_after", {"id": id, "at": at}))

    def verified_stops(self, id: ReceiptId) -> int:
        return int(self._read("deliveries", "verified_stops", {"id": id})[0][0])

    def verified_after(self, limit: int) -> Sequence[float]:
        found = self._read("deliveries", "verified_after", {"limit": limit})
        return [float(seconds) for (seconds,) in found]
