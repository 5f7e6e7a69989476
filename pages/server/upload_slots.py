"""A limited number of slots for uploads. If no slot is free, a new upload replaces the slowest."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Final

from core.errors import N_
from pages.server.http_problem import Problem

MAX_UPLOADS: Final = 32
#: The maximum size of all uploads together, as a multiple of the maximum size of a file.
MAX_TOTAL_IN_FILES: Final = 3
#: For this many seconds after its start, an upload cannot be replaced.
GRACE: Final = 5.0

#: This header tells the client how many seconds to wait before the next try.
RETRY_AFTER: Final = {"Retry-After": "10"}


@dataclass(slots=True, eq=False)
class Upload:
    """A running upload. `received` is a number of bytes."""

    began: float = field(default_factory=time.monotonic)
    received: int = 0
    is_complete: bool = False
    is_replaced: bool = False
    _timeout: asyncio.Timeout | None = None

    @property
    def age(self) -> float:
        """Seconds since the upload began."""
        return time.monotonic() - self.began

    @asynccontextmanager
    async def timeout(self, seconds: float) -> AsyncIterator[None]:
        """Limit the time of a block that waits for the next bytes.

        Raises TimeoutError after `seconds` seconds, or at a call of `replace`.
        """
        async with asyncio.timeout(seconds) as self._timeout:
            if self.is_replaced:
                raise TimeoutError
            yield

    def replace(self) -> None:
        """End the upload, so that a new upload gets the slot."""
        self.is_replaced = True
        if self._timeout is not None and self._timeout.when() is not None:
            self._timeout.reschedule(asyncio.get_running_loop().time())


class UploadSlots:
    """The upload slots of a server."""

    def __init__(self, most: int = MAX_UPLOADS, grace: float = GRACE) -> None:
        self._most, self._grace = most, grace
        self._uploads: set[Upload] = set()

    @contextmanager
    def slot(self) -> Iterator[Upload]:
        """Yield a new upload that has a slot until the block ends.

        Raises Problem if no slot is free and no upload can be replaced.
        """
        if sum(not each.is_replaced for each in self._uploads) >= self._most:
            self._replace_slowest()
        upload = Upload()
        self._uploads.add(upload)
        try:
            yield upload
        finally:
            self._uploads.discard(upload)

    def add(self, upload: Upload, size: int, most: int) -> None:
        """Add `size` to the received bytes of an upload.

        `most` is the maximum size of a file, in bytes. Raises Problem if all uploads together are
        too large.
        """
        upload.received += size
        if sum(each.received for each in self._uploads) > MAX_TOTAL_IN_FILES * most:
            raise busy()

    def _replace_slowest(self) -> None:
        slow = [
            each
            for each in self._uploads
            if not (each.is_complete or each.is_replaced) and each.age >= self._grace
        ]
        if not slow:
            raise busy()
        min(slow, key=lambda each: each.received / max(each.age, 0.001)).replace()


def busy() -> Problem:
    """Return the error that asks a client to send the file again later."""
    return Problem(
        429,
        N_("Other files are being loaded."),
        N_("Send this one again in a few seconds."),
        N_("This one was not read, and changed nothing."),
        RETRY_AFTER,
    )
