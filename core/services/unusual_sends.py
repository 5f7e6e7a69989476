"""Find unusual sends for the overview.

A scan is slow. Therefore Freio scans every SCAN_EVERY, and not after each write.
`UnusualScans.read` leaves out sends that were stopped after the scan. New sends appear after the
next scan.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from core.domain.list_query import ListQuery
from core.domain.model import Accounts
from core.domain.platform import Platform
from core.domain.states import GOES_OUT, ON_ITS_WAY, State
from core.forecasting.attention import NamedSend
from core.forecasting.flags import SizeLimit
from core.platforms import icomm
from core.ports.overview import OverviewReads
from core.services.shared_cache import SharedCache, StepCache, in_steps

#: Scans find large sends and duplicates that are scheduled within this time before or after now.
AROUND: Final = timedelta(days=1)
#: Scans find sends in the state SMTP_ERROR that were scheduled within this time before now.
WAITING_SINCE: Final = timedelta(days=30)
SCAN_EVERY: Final = timedelta(seconds=30)
#: The maximum number of sends of each kind in a scan.
MAX_NAMED: Final = 100


@dataclass(frozen=True, slots=True)
class UnusualSends:
    """The unusual sends, and the largest sends of each hour.

    - `large`: sends far above the usual size in the account.
    - `alike`: sends with a possible duplicate.
    - `repeated`: the sends in `alike` that repeat an earlier send.
    - `waiting`: sends that wait after SMTP errors.
    - `largest`: for each hour, the largest send that goes out.
    """

    large: Sequence[NamedSend]
    alike: Sequence[NamedSend]
    repeated: Sequence[NamedSend]
    waiting: Sequence[NamedSend]
    largest: Mapping[datetime, NamedSend]


class UnusualScans:
    """Finds the unusual sends. All pages share the scans. The methods are thread-safe."""

    def __init__(
        self,
        store: OverviewReads,
        cache: SharedCache,
        origin: Callable[[], str] = str,
        platform: Platform = icomm.PLATFORM,
    ) -> None:
        self._store, self._cache, self._origin = store, cache, origin
        self._platform = platform
        self._found: StepCache[UnusualSends] = StepCache(64, SCAN_EVERY)

    def read(self, limits: tuple[SizeLimit, ...], now: datetime, visible: Accounts) -> UnusualSends:
        """Return the visible sends that are still unusual."""
        at = in_steps(now, SCAN_EVERY)
        key = (self._origin(), limits, visible)
        found = self._found.get(now, key, lambda: self._scan(limits, at, visible))
        groups = (found.large, found.alike, found.waiting, found.largest.values())
        ids = tuple(dict.fromkeys(send.id for group in groups for send in group))
        states = self._cache.get(self._store.states, ids, at - WAITING_SINCE, at + AROUND)
        largest, goes_out = found.largest, self._platform.states_with(GOES_OUT)
        if any(states.get(send.id) not in goes_out for send in largest.values()):
            largest = self._cache.get(self._store.largest_of_hours, *_hours(at), GOES_OUT, visible)

        def still(sends: Sequence[NamedSend], *of: State) -> list[NamedSend]:
            return [send for send in sends if states.get(send.id) in of]

        return UnusualSends(
            still(found.large, *ON_ITS_WAY),
            still(found.alike, *ON_ITS_WAY),
            still(found.repeated, *ON_ITS_WAY),
            still(found.waiting, State.SMTP_ERROR),
            largest,
        )

    def _scan(self, limits: tuple[SizeLimit, ...], at: datetime, visible: Accounts) -> UnusualSends:
        around = (at - AROUND, at + AROUND, MAX_NAMED, visible)
        large = self._store.larger_than(limits, *around)
        alike = self._store.alike(*around)
        since = at - WAITING_SINCE
        waiting = ListQuery(state=State.SMTP_ERROR, since=since, until=at, visible=visible)
        return UnusualSends(
            [
                replace(send, times_usual=(send.recipients or 0) / max(1, limit.median))
                for send, limit in large
            ],
            [send for send, _ in alike],
            [send for send, repeats in alike if repeats],
            self._store.largest_named(waiting, MAX_NAMED),
            self._store.largest_of_hours(*_hours(at), GOES_OUT, visible),
        )


def _hours(at: datetime) -> tuple[datetime, datetime]:
    hour = at.replace(minute=0, second=0, microsecond=0)
    return hour - AROUND, hour + AROUND + timedelta(hours=1)
