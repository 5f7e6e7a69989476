"""The age of the facts, and what it does to a green light (I8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.domain.model import SendConfiguration
from core.domain.rules import outlook_of
from core.domain.states import Outlook

#: How old facts may be that still tell whether a send has begun whose time has come.
CURRENT: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Freshness:
    """When the facts were last confirmed by their source, as seen at `now`.

    `at` is None where there are no facts. Past `limit` they are old.
    """

    at: datetime | None
    now: datetime
    limit: timedelta

    @property
    def is_old(self) -> bool:
        """Whether a light may not be green any more."""
        return self.at is not None and self.now - self.at > self.limit

    @property
    def is_current(self) -> bool:
        """Whether the facts are of this minute, and say what is so now."""
        return self.at is not None and self.age <= CURRENT

    @property
    def age(self) -> timedelta:
        """How old the facts are, never less than nothing."""
        return timedelta(0) if self.at is None else max(timedelta(0), self.now - self.at)


def outlook_now(configuration: SendConfiguration, freshness: Freshness) -> Outlook:
    """Return what can still be done about a send, as far as facts of this age can tell.

    What could be stopped may have begun since; what was too late or over stays so. A send that its
    source no longer reports is uncertain too, and so is one that two reports disagree about, unless
    it is too late in any case.
    """
    outlook = outlook_of(configuration)
    if configuration.doubted_since is not None and outlook is not Outlook.TOO_LATE:
        return Outlook.UNCERTAIN
    unsure = freshness.is_old or configuration.unreported_since is not None
    return Outlook.UNCERTAIN if unsure and outlook is Outlook.STOPPABLE else outlook
