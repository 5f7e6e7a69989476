"""How many refused attempts of one person are written down, so that nobody can fill the disk.

Somebody whose role does not allow to stop sends has no button for it: what they try comes from a
forged message, and a program can send thousands of them. The first says it all.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from core.domain.model import ConfigurationId

log = logging.getLogger(__name__)

#: For how long further attempts of a person on the same send are counted and not written down.
SAME: Final = timedelta(minutes=1)

#: How many attempts of a person are written down in how long, whatever the sends.
MOST: Final = 30
WITHIN: Final = timedelta(hours=1)


@dataclass(slots=True)
class _Person:
    since: datetime
    written: int = 0
    left_out: int = 0
    sends: dict[ConfigurationId, datetime] = field(default_factory=dict)


class RefusalLimit:
    """Tells which refused attempts are to be written down; counts the others in the log."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._people: dict[str, _Person] = {}

    def should_record(self, name: str, id: ConfigurationId, now: datetime) -> bool:
        """Tell whether this attempt is one to write down; one that is not is counted."""
        with self._lock:
            self._forget(now)
            person = self._people.setdefault(name, _Person(now))
            last = person.sends.get(id)
            if person.written < MOST and not (last is not None and _within(last, now, SAME)):
                person.written += 1
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
    # A clock can jump back.
    return timedelta(0) <= now - then < span


def _is_round(count: int) -> bool:
    """Tell whether a count is 1, 10, 100, …: the log must not fill the disk in its turn."""
    return f"{count}".rstrip("0") == "1"
