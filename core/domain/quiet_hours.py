"""The quiet time: a part of each day in which no message goes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begin` up to `end` by the clock on the wall; it may go over midnight."""

    begin: time
    end: time

    @classmethod
    def parse(cls, text: str) -> QuietHours:
        """Read `22:00-07:00`. Raises ValueError for anything else, and where it has no length."""
        begin, _, end = text.partition("-")
        quiet = cls(_clock(begin), _clock(end))
        if quiet.begin == quiet.end:
            raise ValueError(text)
        return quiet

    def holds(self, there: datetime) -> bool:
        """Tell whether a local time is quiet."""
        now = there.time().replace(tzinfo=None)
        if self.begin < self.end:
            return self.begin <= now < self.end
        return now >= self.begin or now < self.end

    def ends(self, there: datetime) -> datetime:
        """Return when the quiet time that a local time lies in, or the next one, is over."""
        end = there.replace(hour=self.end.hour, minute=self.end.minute, second=0, microsecond=0)
        return end if end > there else end + timedelta(days=1)

    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"


def _clock(text: str) -> time:
    return datetime.strptime(text.strip(), "%H:%M").time()
