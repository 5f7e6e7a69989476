"""Places for uploads under way, so that a slow client keeps nobody out.

Bodies are received side by side, before anything else is taken for them. Where all places are
taken, the slowest upload makes way for a new one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Final

from core.errors import N_
from pages.server.http_problem import Problem

#: Uploads that are received or wait at a time.
MOST: Final = 32
#: How many times the largest file their bytes may be together.
MOST_FILES: Final = 3
#: Seconds after which an upload can be made to make way.
GRACE: Final = 5.0

#: Seconds after which to ask again where a load is under way, or the store is away.
RETRY_AFTER: Final = {"Retry-After": "10"}


@dataclass(slots=True, eq=False)
class Place:
    """An upload under way: since when, its bytes so far, and whether all of them are there."""

    began: float = field(default_factory=time.monotonic)
    got: int = 0
    is_whole: bool = False
    makes_way: bool = False
    _limit: asyncio.Timeout | None = None

    @property
    def age(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began

    @property
    def pace(self) -> float:
        """Bytes a second, on average."""
        return self.got / max(self.age, 0.001)

    @asynccontextmanager
    async def within(self, seconds: float) -> AsyncIterator[None]:
        """Wait for the next bytes no longer than this. Raises TimeoutError."""
        async with asyncio.timeout(seconds) as self._limit:
            if self.makes_way:
                raise TimeoutError
            yield

    def make_way(self) -> None:
        """End it, wherever it waits for bytes."""
        self.makes_way = True
        if self._limit is not None and self._limit.when() is not None:
            self._limit.reschedule(asyncio.get_running_loop().time())


class UploadSlots:
    """The places of one server, for files of up to so many bytes."""

    def __init__(self, most: int = MOST, grace: float = GRACE) -> None:
        self._most, self._grace = most, grace
        self._taken: set[Place] = set()

    @contextmanager
    def taken(self) -> Iterator[Place]:
        """Take a place. Raises Problem where none is free and none can be made."""
        if sum(not place.makes_way for place in self._taken) >= self._most:
            self._make_room()
        place = Place()
        self._taken.add(place)
        try:
            yield place
        finally:
            self._taken.discard(place)

    def add(self, place: Place, size: int, most: int) -> None:
        """Count bytes that came; `most` is the size of the largest file."""
        place.got += size
        if sum(each.got for each in self._taken) > MOST_FILES * most:
            raise busy()

    def _make_room(self) -> None:
        slow = [
            each
            for each in self._taken
            if not (each.is_whole or each.makes_way) and each.age >= self._grace
        ]
        if not slow:
            raise busy()
        min(slow, key=lambda each: each.pace).make_way()


def busy() -> Problem:
    """Return what to answer where other files are before this one."""
    return Problem(
        429,
        N_("Other files are being loaded."),
        N_("Send this one again in a few seconds."),
        N_("This one was not read, and changed nothing."),
        RETRY_AFTER,
    )
