"""The age of the data (I8)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.domain.model import SendConfiguration
from core.domain.platform import Platform
from core.domain.rules import outlook_of
from core.domain.states import CAN_BE_STOPPED, Outlook

#: If the data is older than CURRENT, Freio cannot know whether a due send has started.
CURRENT: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Freshness:
    """The age of the data. The data is old if the age exceeds `limit`.

    `at`: when the source last confirmed the data. None: no data.
    """

    at: datetime | None
    now: datetime
    limit: timedelta

    @property
    def is_old(self) -> bool:
        """Whether the data is old."""
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
    """Return the outlook of a send, given the age of the data.

    The outlook is UNCERTAIN in three cases:

    - Two reports disagree, and the reported outlook is not TOO_LATE.
    - The data is old, and the reported outlook is in CAN_BE_STOPPED.
    - The source no longer reports the send, and the reported outlook is in CAN_BE_STOPPED.
    """
    outlook = outlook_of(configuration, platform)
    if configuration.doubted_since is not None and outlook is not Outlook.TOO_LATE:
        return Outlook.UNCERTAIN
    if configuration.unreported_since is not None and outlook in CAN_BE_STOPPED:
        return Outlook.UNCERTAIN
    return at_age(outlook, is_old=freshness.is_old)


def at_age(reported: Outlook, *, is_old: bool) -> Outlook:
    """Return the current outlook. `reported` is the outlook in the last report."""
    return Outlook.UNCERTAIN if is_old and reported in CAN_BE_STOPPED else reported


def reported_as(outlook: Outlook, *, is_old: bool) -> tuple[Outlook, ...]:
    """Return the reported outlooks that `at_age` turns into `outlook`."""
    return tuple(each for each in Outlook if at_age(each, is_old=is_old) is outlook)
