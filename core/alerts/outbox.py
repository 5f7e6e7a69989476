"""Send each alert once to each channel, and try again after a failure.

Freio first sends an alert, and then records that the alert was sent. If the process ends between
the two, Freio sends the alert again. A duplicate alert is better than a lost alert.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, InitVar, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from core.alerts.channels import Channel
from core.alerts.message import MessageComposer
from core.domain.alerts import INSTALLATION_ALERTS, Alert
from core.domain.quiet_hours import QuietHours
from core.infrastructure.lease import ALWAYS_HELD, Lease
from core.infrastructure.metrics import ALERT_MESSAGES
from core.ports.alerts import AlertOutboxStore

log = logging.getLogger(__name__)

#: Freio does not send an alert that is older than MAX_AGE. Alerts wait during quiet hours, so quiet
#: hours must be shorter than MAX_AGE.
MAX_AGE: Final = timedelta(days=2)

MAX_ALERTS: Final = 500

FIRST_WAIT: Final = timedelta(seconds=15)
LONGEST_WAIT: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """The state of a channel. `failures`: failed tries in a row. `waiting`: unsent alerts."""

    name: str
    sent_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    next_try: datetime | None = None
    waiting: int = 0


@dataclass(slots=True)
class _Delivery:
    channel: Channel
    status: ChannelStatus
    #: The field `event` of each alert that was sent, but is not yet recorded as sent in the store.
    unrecorded: list[str] = field(default_factory=list)


@dataclass(slots=True)
class AlertOutbox:
    """Sends alerts to channels. Only the dashboard with the `lease` sends.

    After an alert, a channel gets no alert of the same kind for the time `pause`. After the pause
    or the `quiet` hours, the channel gets the waiting alerts in one message.
    """

    store: AlertOutboxStore
    channels: InitVar[Sequence[Channel]]
    composer: MessageComposer
    clock: Callable[[], datetime]
    _: KW_ONLY
    is_demo: Callable[[], bool]
    quiet: QuietHours | None = None
    pause: timedelta = timedelta(0)
    lease: Lease = ALWAYS_HELD
    is_sender: bool = field(default=True, init=False)
    _deliveries: list[_Delivery] = field(init=False)
    _raised: frozenset[str] = field(default=frozenset(), init=False)

    def __post_init__(self, channels: Sequence[Channel]) -> None:
        self._deliveries = [_Delivery(each, ChannelStatus(each.name)) for each in channels]

    @property
    def statuses(self) -> list[ChannelStatus]:
        """The state of each channel."""
        return [delivery.status for delivery in self._deliveries]

    def quiet_until(self) -> datetime | None:
        """Return the end of the current quiet hours, or None."""
        local = self.clock().astimezone(self.composer.zone)
        if self.quiet is None or not self.quiet.contains(local):
            return None
        return self.quiet.next_end(local)

    def deliver(self, current: Sequence[Alert]) -> None:
        """Store new alerts, and send pending alerts to each channel. Raises StoreError."""
        if not self._deliveries:
            return
        is_sender = self._may_send()
        # A dashboard without the lease stores only alerts about its own watched folder and roles
        # file. The dashboard with the lease does not know these problems.
        own = [a for a in current if is_sender or a.kind in INSTALLATION_ALERTS]
        if new := [alert for alert in own if alert.event not in self._raised]:
            self.store.raise_alerts(new, self.clock())
        self._raised = frozenset(alert.event for alert in own)
        if not is_sender:
            return
        for delivery in self._deliveries:
            # The lease can expire while Freio waits for a slow channel.
            if self._may_send():
                self._send(delivery)

    def _may_send(self) -> bool:
        self.is_sender = self.lease.is_held()
        return self.is_sender

    def _send(self, delivery: _Delivery) -> None:
        now, channel = self.clock(), delivery.channel
        if delivery.unrecorded:
            self.store.record_notified(channel.key, delivery.unrecorded, now)
            delivery.unrecorded = []
        unsent = self.store.pending_alerts(channel.key, now - MAX_AGE, MAX_ALERTS)
        delivery.status = replace(delivery.status, waiting=len(unsent))
        due = self._due(channel, unsent, now)
        if not due or (delivery.status.next_try is not None and now < delivery.status.next_try):
            return
        was_sent = channel.send(self.composer.message(due, is_demo=self.is_demo()))
        ALERT_MESSAGES.labels("sent" if was_sent else "failed").inc()
        if was_sent:
            delivery.unrecorded = [alert.event for alert in due]
            waiting = len(unsent) - len(due)
            delivery.status = ChannelStatus(channel.name, sent_at=now, waiting=waiting)
            self.store.record_notified(channel.key, delivery.unrecorded, now)
            delivery.unrecorded = []
        else:
            # Without a limit, the wait would be too large for a timedelta after a day of failures.
            failures, since = delivery.status.failures, delivery.status.failing_since or now
            delivery.status = replace(
                delivery.status,
                failures=failures + 1,
                failing_since=since,
                next_try=now + min(FIRST_WAIT * 2 ** min(failures, 10), LONGEST_WAIT),
            )
            log.warning("%s did not accept an alert; Freio tries again later", channel.name)

    def _due(self, channel: Channel, unsent: Sequence[Alert], now: datetime) -> list[Alert]:
        if not unsent or self.quiet_until() is not None:
            return []
        recent = self.store.last_notified(channel.key, now - self.pause)
        return [alert for alert in unsent if alert.kind not in recent]
