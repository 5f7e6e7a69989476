"""Telling: each event once to each service, later where a service is away or the time is quiet.

What was told is kept in the store, so that neither a restart nor a second dashboard tells it
again. Who dies between sending and keeping tells it twice: a message too many is better than none.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from core.alerts.channels import Service
from core.alerts.message import MessageComposer
from core.domain.alerts import OF_INSTALLATION, Alert
from core.domain.quiet_hours import QuietHours
from core.infrastructure.lease import Lease
from core.infrastructure.metrics import ALERT_MESSAGES
from core.ports.alerts import AlertOutboxStore

log = logging.getLogger(__name__)

#: How old an event may be and still be told: longer than any quiet time.
MEMORY: Final = timedelta(days=2)

#: Events in one message at most.
MOST: Final = 500

#: Waits after a failure: doubled each time, up to the longest.
FIRST_WAIT: Final = timedelta(seconds=15)
LONGEST_WAIT: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """How a service fares. `failures` counts those since it last took a message."""

    name: str
    told_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    next_try: datetime | None = None
    waiting: int = 0


@dataclass(slots=True)
class _Line:
    service: Service
    status: ChannelStatus
    #: Sent, but not yet kept: the store was away in between.
    unkept: list[str] = field(default_factory=list)


class AlertOutbox:
    """Sends what stands to the services. `deliver` is called by one thread, every few seconds.

    Of one kind, at most one message in `pause` goes to a service; what comes meanwhile, and in the
    `quiet` time, is told in one summary after it.
    """

    def __init__(
        self,
        store: AlertOutboxStore,
        services: Sequence[Service],
        composer: MessageComposer,
        clock: Callable[[], datetime],
        *,
        is_demo: Callable[[], bool],
        quiet: QuietHours | None = None,
        pause: timedelta = timedelta(0),
        lease: Lease | None = None,
    ) -> None:
        self._store = store
        self._composer = composer
        self._clock = clock
        self._is_demo = is_demo
        self._quiet = quiet
        self._pause = pause
        self._lease = lease
        self._lines = [_Line(each, ChannelStatus(each.name)) for each in services]
        self._raised: frozenset[str] = frozenset()
        self.is_sender = True

    @property
    def services(self) -> list[ChannelStatus]:
        """How each service fares."""
        return [line.status for line in self._lines]

    def quiet_until(self) -> datetime | None:
        """Return when the quiet time ends, None where it is not quiet."""
        there = self._clock().astimezone(self._composer.zone)
        if self._quiet is None or not self._quiet.holds(there):
            return None
        return self._quiet.ends(there)

    def deliver(self, standing: Sequence[Alert]) -> None:
        """Keep what is new, and tell each service what it was not told. Raises StoreError."""
        if not self._lines:
            return
        is_sender = self._may_send()
        # Each dashboard has a folder and a list of roles of its own, which only it can tell of.
        own = [a for a in standing if is_sender or a.kind in OF_INSTALLATION]
        if new := [alert for alert in own if alert.event not in self._raised]:
            self._store.raise_alerts(new, self._clock())
        self._raised = frozenset(alert.event for alert in own)
        if not is_sender:
            return
        for line in self._lines:
            # Asked again for each: a slow service may take a good part of the lease.
            if self._may_send():
                self._serve(line)

    def stop(self) -> None:
        """Let another dashboard send at once. Raises StoreError."""
        if self._lease is not None:
            self._lease.give_up()

    def _may_send(self) -> bool:
        self.is_sender = self._lease is None or self._lease.is_held()
        return self.is_sender

    def _serve(self, line: _Line) -> None:
        now, service = self._clock(), line.service
        if line.unkept:
            self._store.keep_told(service.key, line.unkept, now)
            line.unkept = []
        unsent = self._store.unsent_alerts(service.key, now - MEMORY, MOST)
        line.status = replace(line.status, waiting=len(unsent))
        due = self._due(service, unsent, now)
        if not due or (line.status.next_try is not None and now < line.status.next_try):
            return
        was_sent = service.send(self._composer.message(due, is_demo=self._is_demo()))
        ALERT_MESSAGES.labels("sent" if was_sent else "failed").inc()
        if was_sent:
            line.unkept = [alert.event for alert in due]
            waiting = len(unsent) - len(due)
            line.status = ChannelStatus(service.name, told_at=now, waiting=waiting)
            self._store.keep_told(service.key, line.unkept, now)
            line.unkept = []
        else:
            line.status = _failed(line.status, now)
            log.warning("%s did not take an alert; it is tried again later", service.name)

    def _due(self, service: Service, unsent: Sequence[Alert], now: datetime) -> list[Alert]:
        if not unsent or self.quiet_until() is not None:
            return []
        told = self._store.last_told(service.key, now - self._pause)
        return [alert for alert in unsent if alert.kind not in told]


def _failed(status: ChannelStatus, now: datetime) -> ChannelStatus:
    # The exponent is bounded: a service may be away for days.
    wait = min(FIRST_WAIT * 2 ** min(status.failures, 10), LONGEST_WAIT)
    return replace(
        status,
        failures=status.failures + 1,
        failing_since=status.failing_since or now,
        next_try=now + wait,
    )
