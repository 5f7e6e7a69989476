"""Read the sends of the platform regularly, and merge them like a file.

The data is then only seconds old, and the platform confirms or contradicts aborts. A send that a
person cancelled in the platform is shown as cancelled here. If the platform cannot be read, the
data gets old as usual.
"""

import json
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from typing import Final

from core.domain.model import Actor, Role
from core.errors import ConnectorError, FeedError, FreioError
from core.feed.load_options import LoadOptions
from core.feed.loader import FEED, Loader
from core.feed.recording import Recording
from core.infrastructure.lease import Lease
from core.ports.connector import Connector
from core.ports.shared_state import POLL_PREFIX, POLLED_AT
from core.services.request_pause import RequestPause

log = logging.getLogger(__name__)

#: The time between two readings of all sends.
ALL_EVERY: Final = timedelta(hours=1)
#: An import of a list with changes stays in the history of imports for this long.
KEPT: Final = timedelta(days=2)


@dataclass(slots=True)
class Polling:
    """Polls one platform: `poll` reads sends that can still change, and all sends once an hour.

    `profile` is the mapping that reads its records. One of several dashboards polls: the one that
    holds the lease. The worker of deliveries shares the `pause`. `on_read` is called after each
    list. `trouble` is the error of the last poll, with its time `failed_at`, or None.
    """

    loader: Loader
    connector: Connector
    profile: str
    clock: Callable[[], datetime]
    lease: Lease | None = None
    pause: RequestPause = field(default_factory=RequestPause)
    on_read: Callable[[], object] = lambda: None
    trouble: FreioError | None = field(default=None, init=False)
    failed_at: datetime | None = field(default=None, init=False)
    _all_at: datetime | None = field(default=None, init=False)
    #: The last record of each send, by id, and the revision of the store after their merge.
    _merged: dict[object, Mapping[str, object]] = field(default_factory=dict, init=False)
    _revision: int | None = field(default=None, init=False)
    #: The rows that could not be read and that were reported before.
    _rejected: set[str] = field(default_factory=set, init=False)

    def poll(self) -> None:
        """Read and merge once. Raises FreioError if the platform or the store does not answer."""
        # Take the time before the request, because the answer may not show what happens after that.
        now = self.clock()
        if self.pause.left(now):
            return
        if self.lease is not None and not self.lease.is_held():
            return
        # A clock can be set back.
        is_all = self._all_at is None or abs(now - self._all_at) >= ALL_EVERY
        try:
            before = self.loader.store.revision
            records = self._list(live=not is_all)
            knows_news = not is_all and self._revision == self.loader.store.revision
            news = self._news(records) if knows_news else records
            try:
                has_written = bool(news) and self._merge(
                    news, now, is_all=is_all, is_news=knows_news
                )
            except FeedError:
                # None of the records with news can be read. Merge all records, so that the readable
                # records are loaded and all others are reported.
                if not knows_news:
                    raise
                has_written = self._merge(records, now, is_all=is_all, is_news=False)
            after = self.loader.store.revision
            self._merged = {record["id"]: record for record in records}
            # More writes than the merge itself mean that others wrote too. If that was a stop that
            # was verified during the list, the merge left out what the list says about the send. So
            # merge all records the next time.
            self._revision = after if after <= before + has_written else None
        except FreioError as error:
            self._failed(error, now)
            raise
        if is_all:
            self._all_at = now
            self.loader.store.drop_polls(now - KEPT)
        self.trouble = self.failed_at = None
        self.on_read()
        # An empty list says nothing about the sends that are shown: their data gets old.
        if records and self.loader.origin() == FEED:
            self.loader.store.set_fact(POLLED_AT, now.isoformat(), is_shown=False)

    def stop(self) -> None:
        """Release the lease."""
        if self.lease is not None:
            self.lease.give_up()

    def polled_at(self) -> datetime | None:
        """Return when a dashboard last read the platform, or None."""
        found = self.loader.store.fact(POLLED_AT)
        return datetime.fromisoformat(found) if found else None

    def _list(self, *, live: bool) -> Sequence[Mapping[str, object]]:
        try:
            records = list(self.connector.list(live=live))
        except ConnectorError as error:
            self.pause.failed(error, self.clock())
            raise
        self.pause.answered()
        return records

    def _news(self, records: Sequence[Mapping[str, object]]) -> Sequence[Mapping[str, object]]:
        """Return the records that have changed since the last merge.

        If nothing was written since then, all other records change nothing. Comparing thousands of
        records is quick, but merging them is slow.
        """
        return [each for each in records if each != self._merged.get(each["id"])]

    def _merge(
        self,
        records: Sequence[Mapping[str, object]],
        now: datetime,
        *,
        is_all: bool,
        is_news: bool,
    ) -> bool:
        """Merge records; return whether this was a write.

        If no live send has changed, and none became unreadable, write nothing. With `is_news`, each
        record is known to have changed, so that no preview is needed.
        """
        actor = Actor(self.profile, Role.ADMINISTRATOR)
        options = LoadOptions(
            mapping_name=self.profile,
            as_of=now,
            is_full=is_all,
            import_id=f"{POLL_PREFIX}{uuid.uuid4().hex}",
            recording=Recording(),
        )
        name, text = f"{self.profile}.json", json.dumps(records).encode()
        if self.loader.origin() == FEED and not is_all and not is_news:
            tried = self.loader.preview(BytesIO(text), name, actor, options)
            rejected = {reject.raw for reject in tried.rejects}
            if not tried.written and rejected <= self._rejected:
                return False
            self._rejected |= rejected
        elif is_all:
            self._rejected.clear()
        self.loader.load(BytesIO(text), name, actor, options)
        return True

    def _failed(self, error: FreioError, now: datetime) -> None:
        self.trouble, self.failed_at = error, self.failed_at or now
        self._all_at = None  # a list of live sends may miss what ended meanwhile
