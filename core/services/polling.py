"""Poll the platform, and merge the sends like the rows of a file."""

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from typing import Final

from core.domain.model import Actor, Role
from core.errors import FeedError, FreioError
from core.feed.dry_run_rows import Recording
from core.feed.load_options import LoadOptions
from core.feed.loader import FEED, Loader
from core.infrastructure.lease import ALWAYS_HELD, Lease
from core.ports.connector import RECENT, Connector
from core.ports.shared_state import POLL_PREFIX, POLLED_AT
from core.services.request_pause import RequestPause

_Records = Sequence[Mapping[str, object]]

ALL_EVERY: Final = timedelta(hours=1)
#: If the last list is older than this, some sends can have ended more than RECENT ago. The limit is
#: a minute shorter than RECENT, because the connector reads its own clock.
_SURE: Final = RECENT - timedelta(minutes=1)
#: The history of imports keeps polls for this time.
KEPT: Final = timedelta(days=2)


@dataclass(slots=True)
class Polling:
    """Polls a platform: often for live sends, hourly for all sends. A live send can still change.

    - `profile`: the name of the platform's mapping.
    - `lease`: only the dashboard with the lease polls.
    - `pause`: shared with the deliveries to the platform.
    - `failed_at`: the time of the first failed poll after the last success, or None.
    """

    loader: Loader
    connector: Connector
    profile: str
    clock: Callable[[], datetime]
    lease: Lease = ALWAYS_HELD
    pause: RequestPause = field(default_factory=RequestPause)
    on_read: Callable[[], object] = lambda: None
    trouble: FreioError | None = field(default=None, init=False)
    failed_at: datetime | None = field(default=None, init=False)
    #: The times of the last list of all sends, and of the last list.
    _all_at: datetime | None = field(default=None, init=False)
    _last_at: datetime | None = field(default=None, init=False)
    #: The records of the last list, by id. `_revision`: the store's revision after the merge.
    _merged: dict[object, Mapping[str, object]] = field(default_factory=dict, init=False)
    _revision: int | None = field(default=None, init=False)
    #: The unreadable rows of earlier polls.
    _rejected: set[str] = field(default_factory=set, init=False)

    def poll(self) -> None:
        """Read and merge sends. Raise FreioError if the platform or the store does not answer."""
        # Read the clock before the request, because the answer can lack changes after this time.
        now = self.clock()
        if self.pause.left(now) or not self.lease.is_held():
            return
        is_all = _is_due(self._all_at, ALL_EVERY, now) or _is_due(self._last_at, _SURE, now)
        try:
            before = self.loader.store.revision
            records = self.pause.ask(self.clock, lambda: list(self.connector.list(live=not is_all)))
            knows_news = not is_all and self._revision == self.loader.store.revision
            # A merge is slow: merge only changed records. After a write by another writer, merge
            # all records.
            news = [r for r in records if not knows_news or r != self._merged.get(str(r["id"]))]
            try:
                has_written = bool(news) and self._merge(
                    news, now, is_all=is_all, is_news=knows_news
                )
            except FeedError:
                # A merge fails if all its records are unreadable. Merge the unchanged records too,
                # so that the merge can report the unreadable records.
                if not knows_news:
                    raise
                has_written = self._merge(records, now, is_all=is_all, is_news=False)
            after = self.loader.store.revision
            self._merged = {str(record["id"]): record for record in records}
            # If another writer wrote during this poll, merge all records the next time. The writer
            # can have changed sends that this merge left out.
            self._revision = after if after <= before + has_written else None
        except FreioError as error:
            self.trouble, self.failed_at = error, self.failed_at or now
            # The next poll reads all sends. A list of live sends has no sends that ended long ago,
            # for example at the start of an outage.
            self._all_at = None
            raise
        if is_all:
            self._all_at = now
            self.loader.store.drop_polls(now - KEPT)
        self._last_at, self.trouble, self.failed_at = now, None, None
        self.on_read()
        # An empty list proves nothing, so it does not count as a reading: the data becomes old.
        if records and self.loader.origin() == FEED:
            self.loader.store.set_fact(POLLED_AT, now.isoformat(), is_shown=False)

    def polled_at(self) -> datetime | None:
        """Return the time at which a dashboard last read sends from the platform, or None."""
        found = self.loader.store.fact(POLLED_AT)
        return datetime.fromisoformat(found) if found else None

    def _merge(self, records: _Records, now: datetime, *, is_all: bool, is_news: bool) -> bool:
        """Merge records. Return whether an import was written.

        With `is_news`, each record has changed. Without `is_news`, preview a list of live sends
        first, because a poll without changes must not add an import. Merge the list only if it
        changes a send, or has an unreadable row that is not in `_rejected`.
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


def _is_due(last: datetime | None, every: timedelta, now: datetime) -> bool:
    # Use `abs`, because a clock can be set back.
    return last is None or abs(now - last) >= every
