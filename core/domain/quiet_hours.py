"""Quiet hours: daily hours without alerts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The local times from `begin` (included) to `end` (excluded). `end` can be on the next day."""

    begin: time
    end: time

    @classmethod
    def parse(cls, text: str) -> QuietHours:
        """Parse a text like `22:00-07:00`. Raise ValueError for a wrong format or equal times."""
        begin, _, end = text.partition("-")
        quiet = cls(_clock(begin), _clock(end))
        if quiet.begin == quiet.end:
            raise ValueError(text)
        return quiet

    def contains(self, local: datetime) -> bool:
        """Return whether a local time is quiet."""
        now = local.time().replace(tzinfo=None)
        if self.begin < self.end:
            return self.begin <= now < self.end
        return now >= self.begin or now < self.end

    def next_end(self, local: datetime) -> datetime:
        """Return the first end of quiet hours after a local time."""
        end = local.replace(hour=self.end.hour, minute=self.end.minute, second=0, microsecond=0)
        return end if end > local else end + timedelta(days=1)

    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"


def _clock(text: str) -> time:
    return datetime.strptime(text.strip(), "%H:%M").time()
