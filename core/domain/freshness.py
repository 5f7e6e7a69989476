"""The age of the data, and how it limits what can be said about a send (I8)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.domain.model import SendConfiguration
from core.domain.platform import Platform
from core.domain.rules import outlook_of
from core.domain.states import CAN_BE_STOPPED, Outlook

#: After the scheduled time, only data up to this age shows whether the send has started.
CURRENT: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Freshness:
    """The time `at` which the source last confirmed the data, compared with `now`.

    `at` is None if there is no data. Data is old when its age exceeds `limit`.
    """

    at: datetime | None
    now: datetime
    limit: timedelta

    @property
    def is_old(self) -> bool:
        """Whether the data is too old to show a send as stoppable."""
        return self.at is not None and self.now - self.at > self.limit

    @property
    def is_current(self) -> bool:
        """Whether the data is at most `CURRENT` old."""
        return self.at is not None and self.age <= CURRENT

    @property
    def age(self) -> timedelta:
        """The age of the data, never negative."""
        return timedelta(0) if self.at is None else max(timedelta(0), self.now - self.at)


def outlook_now(
    configuration: SendConfiguration, freshness: Freshness, platform: Platform
) -> Outlook:
    """Return what can still be done about a send, given the age of the data.

    If the data is old, a stoppable send is uncertain, because it may have started since. A send
    that was too late or finished stays too late or finished. A stoppable send is also uncertain if
    its source no longer reports it. A send about which two reports disagree is uncertain unless it
    is too late.
    """
    outlook = outlook_of(configuration, platform)
    if configuration.doubted_since is not None and outlook is not Outlook.TOO_LATE:
        return Outlook.UNCERTAIN
    unsure = freshness.is_old or configuration.unreported_since is not None
    return Outlook.UNCERTAIN if unsure and outlook in CAN_BE_STOPPED else outlook
