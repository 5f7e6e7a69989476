"""Limit how many refused attempts to abort Freio records.

Without a limit, thousands of forged requests could fill the disk with receipts.
"""

import logging
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from core.domain.model import ConfigurationId

log = logging.getLogger(__name__)

#: The minimum time between recorded attempts by a person on the same send.
SAME: Final = timedelta(minutes=1)

#: The maximum number of recorded attempts by a person in the time WITHIN.
MAX_RECORDED: Final = 30
WITHIN: Final = timedelta(hours=1)


@dataclass(slots=True)
class _Person:
    since: datetime
    recorded: int = 0
    left_out: int = 0
    sends: dict[ConfigurationId, datetime] = field(default_factory=dict)


class RefusalLimit:
    """Decides which refused attempts to record."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._people: dict[str, _Person] = {}

    def should_record(self, name: str, id: ConfigurationId, now: datetime) -> bool:
        """Return whether to record an attempt. If not, the log only counts the attempt."""
        with self._lock:
            self._forget(now)
            person = self._people.setdefault(name, _Person(now))
            last = person.sends.get(id)
            is_repeated = last is not None and _within(last, now, SAME)
            if person.recorded < MAX_RECORDED and not is_repeated:
                person.recorded += 1
                person.sends[id] = now
                return True
            person.left_out += 1
            count = person.left_out
        if _is_round(count):
            log.warning(
                "%d refused attempts to abort by %s are not recorded one by one, the last on %s",
                count,
                name,
                id,
            )
        return False

    def _forget(self, now: datetime) -> None:
        for name, person in list(self._people.items()):
            if not _within(person.since, now, WITHIN):
                del self._people[name]
                if person.left_out:
                    log.warning(
                        "%d refused attempts to abort by %s since %s were not recorded one by one",
                        person.left_out,
                        name,
                        person.since.isoformat(timespec="seconds"),
                    )


def _within(then: datetime, now: datetime, span: timedelta) -> bool:
    # If the clock was set back, `now` is before `then`, and `then` no longer counts.
    return timedelta(0) <= now - then < span


def _is_round(count: int) -> bool:
    """Return whether a count is 1, 10, 100, …"""
    return f"{count}".rstrip("0") == "1"
