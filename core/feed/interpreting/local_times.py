"""Convert columns of local times to UTC, and find midnights.

NumPy applies the offset of each day. Arrow is slower. It converts only times near a clock change,
and times far in the past or in the future.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

TIME: Final = pa.timestamp("us", tz="UTC")

_DAY: Final = 86_400 * 1_000_000
_EPOCH: Final = datetime(1970, 1, 1)
#: `_offsets` computes offsets only from day _FIRST to day _END, in days since 1970. Files have few
#: other times: `times` accepts only times from 1990 to 2199.
_FIRST, _END = 19 * 365, 232 * 366
_UNSURE: Final = np.iinfo(np.int64).max


def in_zone(naive: pa.Array, zone: ZoneInfo) -> pa.Array:
    """Convert local times to UTC. A time that the clocks skipped or showed twice becomes null."""
    local = np.asarray(pc.fill_null(naive.cast(pa.int64()), 0))
    offsets, unsure = _offsets(local // _DAY, zone)
    found = pa.array(local - offsets, mask=~np.asarray(pc.is_valid(naive))).cast(TIME)
    if not unsure.any():
        return found
    mask = pa.array(unsure)
    others = pc.filter(naive, mask)
    early, late = (
        pc.assume_timezone(others, zone.key, ambiguous=each, nonexistent=each).cast(TIME)
        for each in ("earliest", "latest")
    )
    return pc.replace_with_mask(found, mask, pc.if_else(pc.equal(early, late), early, None))


def are_midnights(times: pa.ChunkedArray, zones: Iterable[ZoneInfo]) -> npt.NDArray[np.bool_]:
    """Return a mask of the UTC times that are midnight in at least one zone."""
    found = np.zeros(len(times), np.bool_)
    utc = np.asarray(times.cast(pa.int64()))
    for zone in zones:
        offsets, unsure = _offsets(utc // _DAY, zone)
        found |= ((utc + offsets) % _DAY == 0) & ~unsure
        if unsure.any():
            there = pc.filter(times, pa.array(unsure)).cast(pa.timestamp("us", zone.key))
            found[unsure] |= np.asarray(pc.local_timestamp(there).cast(pa.int64())) % _DAY == 0
    return found


def _offsets(days: npt.NDArray[np.int64], zone: ZoneInfo) -> tuple[npt.NDArray[Any], Any]:
    """Return the UTC offset of each day in microseconds, and a mask of the uncertain offsets."""
    inside = np.clip(days, _FIRST, _END)
    first, last = int(inside.min(initial=_END)), int(inside.max(initial=_FIRST))
    table = np.array([_offset(day, zone) for day in range(first, last + 1)] or [0], np.int64)
    offsets = table[np.clip(inside - first, 0, len(table) - 1)]
    unsure = (inside != days) | (offsets == _UNSURE)
    return np.where(unsure, 0, offsets), unsure


@lru_cache(200_000)
def _offset(day: int, zone: ZoneInfo) -> int:
    """Return the offset in microseconds, or `_UNSURE` if the clocks change near this day."""
    midnights = (_EPOCH + timedelta(days=day + n) for n in range(-1, 3))
    offsets = {each.replace(tzinfo=zone).utcoffset() for each in midnights}
    if len(offsets) > 1:
        return _UNSURE
    offset = offsets.pop()
    return _UNSURE if offset is None else offset // timedelta(microseconds=1)
