"""Reads about deliveries (`core.ports.deliveries`)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from core.domain.delivery import LONGEST_WAIT, Delivery
from core.domain.model import ConfigurationId, ReceiptId
from core.store.engine import Engine, Params
from core.store.named_sql import named_sql
from core.store.rows import DELIVERY_COLUMNS, columns, to_delivery


class DeliveryReads:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def due_deliveries(self, now: datetime, limit: int) -> Sequence[Delivery]:
        latest = now + LONGEST_WAIT
        return self._read("due", {"now": now, "latest": latest, "limit": limit})

    def deliveries(self, ids: Collection[ReceiptId]) -> Mapping[ReceiptId, Delivery]:
        found = self._read("of_receipts", {"ids": list(ids)}) if ids else []
        return {each.receipt_id: each for each in found}

    def last_deliveries(
        self, ids: Collection[ConfigurationId]
    ) -> Mapping[ConfigurationId, Delivery]:
        found = self._read("of_sends", {"ids": list(ids)}) if ids else []
        return {each.configuration_id: each for each in found}

    def is_reported_after(self, id: ConfigurationId, at: datetime) -> bool:
        params = {"id": id, "at": at}
        return bool(self._engine.rows(named_sql("deliveries")["is_reported_after"], params))

    def verified_stops(self, id: ReceiptId) -> int:
        return int(self._engine.rows(named_sql("deliveries")["verified_stops"], {"id": id})[0][0])

    def verified_after(self, limit: int) -> Sequence[float]:
        found = self._engine.rows(named_sql("deliveries")["verified_after"], {"limit": limit})
        return [float(seconds) for (seconds,) in found]

    def _read(self, statement: str, params: Params) -> list[Delivery]:
        text = named_sql("deliveries")[statement].format(columns=columns(DELIVERY_COLUMNS))
        return [to_delivery(row) for row in self._engine.rows(text, params)]
