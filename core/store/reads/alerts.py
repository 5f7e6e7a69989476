"""The alerts' part of the store port, over any engine that speaks the shared SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from core.domain.alerts import Alert, AlertKind
from core.domain.model import ConfigurationId, SendConfiguration
from core.store import rows as r
from core.store.engine import named_sql
from core.store.reads.reads import SqlReads
from core.store.writes.retry import retried

_CONFIGURATION = r.columns(r.CONFIGURATION_COLUMNS)


class SqlAlerts(SqlReads):
    """Alerts in the database (`core.ports.alerts.AlertStore`)."""

    def under_way(
        self, since: datetime, until: datetime, due: datetime, limit: int
    ) -> Sequence[SendConfiguration]:
        """Return sends of that time which the platform is at work on, the earliest first."""
        sql = named_sql("alerts")["under_way"].format(columns=_CONFIGURATION)
        params = {"since": since, "until": until, "due": due, "limit": limit}
        found = self._engine.rows(sql, params)
        return [r.to_configuration(row) for row in found]

    def starting(
        self, since: datetime, until: datetime, least: int, limit: int
    ) -> Sequence[SendConfiguration]:
        """Return scheduled sends of that time with `least` recipients or more."""
        sql = named_sql("alerts")["starting"].format(columns=_CONFIGURATION)
        params = {"since": since, "until": until, "least": least, "limit": limit}
        return [r.to_configuration(row) for row in self._engine.rows(sql, params)]

    def reopened(self, since: datetime, limit: int) -> Sequence[SendConfiguration]:
        """Return sends that a report made since then brought back from an end, latest first."""
        sql = named_sql("alerts")["reopened"].format(columns=_CONFIGURATION)
        found = self._engine.rows(sql, {"since": since, "limit": limit})
        return [r.to_configuration(row) for row in found]

    @retried
    def raise_alerts(self, alerts: Sequence[Alert], at: datetime) -> int:
        """Keep events, each once; return how many were not known."""
        new = 0
        with self._engine.transaction() as tx:
            for alert in alerts:
                new += tx.change(named_sql("alerts")["raise_alert"], _params(alert, at))
        return new

    def unsent_alerts(self, service: str, since: datetime, limit: int) -> Sequence[Alert]:
        """Return events kept since then which a service was not told, the oldest first."""
        params = {"service": service, "since": since, "limit": limit}
        found = self._engine.rows(named_sql("alerts")["unsent_alerts"], params)
        return [_alert(*row) for row in found]

    @retried
    def keep_told(self, service: str, events: Sequence[str], at: datetime) -> None:
        """Keep that a service was told some events."""
        with self._engine.transaction() as tx:
            for event in events:
                params = {"service": service, "event": event, "told_at": at}
                tx.change(named_sql("alerts")["keep_told"], params)

    def last_told(self, service: str, since: datetime) -> dict[AlertKind, datetime]:
        """Return when a service was last told of each kind, for those told after `since`."""
        sql = named_sql("alerts")["last_told"]
        found = self._engine.rows(sql, {"service": service, "since": since})
        return {AlertKind(kind): at for kind, at in found}


def _params(alert: Alert, at: datetime) -> dict[str, object]:
    return {
        "event": alert.event,
        "kind": alert.kind.value,
        "happens_at": alert.at,
        "configuration_id": alert.configuration_id or "",
        "name": alert.name,
        "recipients": alert.recipients,
        "raised_at": at,
    }


def _alert(event: str, kind: str, at: datetime, id: str, name: str, recipients: int) -> Alert:
    return Alert(
        event=event,
        kind=AlertKind(kind),
        at=at,
        configuration_id=ConfigurationId(id) if id else None,
        name=name,
        recipients=recipients,
    )
