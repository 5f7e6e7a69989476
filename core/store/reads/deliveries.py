"""Reads about deliveries (`core.ports.deliveries.DeliveryReads`)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from core.domain.delivery import LONGEST_WAIT, Delivery
from core.domain.model import ConfigurationId, ReceiptId
from core.store.engine import Params
from core.store.part import StorePart
from core.store.rows import DELIVERY_COLUMNS, columns, to_delivery


class DeliveryReads(StorePart):
    def due_deliveries(self, now: datetime, limit: int) -> Sequence[Delivery]:
        latest = now + LONGEST_WAIT
        return self._deliveries("due", {"now": now, "latest": latest, "limit": limit})

    def deliveries(self, ids: Collection[ReceiptId]) -> Mapping[ReceiptId, Delivery]:
        found = self._deliveries("of_receipts", {"ids": list(ids)}) if ids else []
        return {each.receipt_id: each for each in found}

    def last_deliveries(
        self, ids: Collection[ConfigurationId]
    ) -> Mapping[ConfigurationId, Delivery]:
        found = self._deliveries("of_sends", {"ids": list(ids)}) if ids else []
        return {each.configuration_id: each for each in found}

    def is_reported_after(self, id: ConfigurationId, at: datetime) -> bool:
        return bool(self._read("deliveries", "is_reported_after", {"id": id, "at": at}))

    def verified_stops(self, id: ReceiptId) -> int:
        return int(self._read("deliveries", "verified_stops", {"id": id})[0][0])

    def verified_after(self, limit: int) -> Sequence[float]:
        found = self._read("deliveries", "verified_after", {"limit": limit})
        return [float(seconds) for (seconds,) in found]

    def _deliveries(self, statement: str, params: Params) -> list[Delivery]:
        found = self._read("deliveries", statement, params, columns=columns(DELIVERY_COLUMNS))
        return [to_delivery(row) for row in found]
