"""Find sends for alerts. Store alerts and notifications (`core.ports.alerts`)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from core.domain.alerts import Alert, AlertKind
from core.domain.model import SendConfiguration
from core.domain.states import Outlook
from core.store.engine import Params
from core.store.named_sql import named_sql
from core.store.rows import ALERT, CONFIGURATION, to_params
from core.store.state_conditions import ON_SENDS
from core.store.store_part import StorePart
from core.store.writes.retries import retried

#: UNCERTAIN is included, because a send with this outlook has perhaps not begun.
_NOT_BEGUN: Final = (Outlook.STOPPABLE, Outlook.UNCERTAIN)


class Alerts(StorePart):
    def under_way(
        self, since: datetime, until: datetime, due: datetime, limit: int
    ) -> Sequence[SendConfiguration]:
        params = {"since": since, "until": until, "due": due, "limit": limit}
        return self._sends("under_way", params)

    def starting(
        self, since: datetime, until: datetime, least: int, limit: int
    ) -> Sequence[SendConfiguration]:
        params = {"since": since, "until": until, "least": least, "limit": limit}
        return self._sends("starting", params)

    def reopened(self, since: datetime, limit: int) -> Sequence[SendConfiguration]:
        return self._sends("reopened", {"since": since, "limit": limit})

    def _sends(self, statement: str, params: Params) -> Sequence[SendConfiguration]:
        to_stop = self._conditions.outlook(_NOT_BEGUN, ON_SENDS)
        return self._find(CONFIGURATION, "alerts", statement, params, to_stop=to_stop)

    @retried
    def raise_alerts(self, alerts: Sequence[Alert], at: datetime) -> int:
        sql = named_sql("alerts")["raise_alert"]
        with self._engine.transaction() as tx:
            each = [to_params(alert, ALERT.names) | {"raised_at": at} for alert in alerts]
            return sum(tx.change(sql, params) for params in each)

    def pending_alerts(self, service: str, since: datetime, limit: int) -> Sequence[Alert]:
        params = {"service": service, "since": since, "limit": limit}
        return self._find(ALERT, "alerts", "pending_alerts", params)

    @retried
    def record_notified(self, service: str, events: Sequence[str], at: datetime) -> None:
        with self._engine.transaction() as tx:
            for event in events:
                params = {"service": service, "event": event, "told_at": at}
                tx.change(named_sql("alerts")["record_notified"], params)

    def last_notified(self, service: str, since: datetime) -> dict[AlertKind, datetime]:
        found = self._read("alerts", "last_notified", {"service": service, "since": since})
        return {AlertKind(kind): at for kind, at in found}
