"""Read columns of times with each digit at a fixed place: `23/11/2026 14:30:00`."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from core.feed.formats.rows import text_bytes
from core.feed.interpreting.times import EARLIEST, LATEST

_Bytes = npt.NDArray[np.uint8]

#: Lengths of `23/11/2026`, `23/11/2026 14:30` and `23/11/2026 14:30:00`.
_LENGTHS: Final = (10, 16, 19)
#: The positions of the digits of each part: day and month in either order, year, hour, minute,
#: second.
_PLACES: Final = ((0, 1), (3, 4), (6, 7, 8, 9), (11, 12), (14, 15), (17, 18))
_YEAR: Final = 2
_ZERO, _SPACE, _COLON = b"0 :"

_YEARS: Final = range(EARLIEST.year, LATEST.year)
_MONTHS: Final = [date(year, month, 1) for year in _YEARS for month in range(1, 13)]
#: The first day of each month, in days since 1 January 1970. _LONG has the length of each month
#: in days.
_FIRST: Final = np.array([(month - date(1970, 1, 1)).days for month in _MONTHS], np.int64)
_LONG: Final = np.diff(_FIRST, append=_FIRST[-1] + 31)


def dates_in(text: pa.Array) -> tuple[Any, Any]:
    """Return two arrays of indexes: one text for each different date, and all texts with dates."""
    rows, (first, second, year, *_) = _numbers(text)
    _, places = np.unique((year * 100 + first) * 100 + second, return_index=True)
    return rows[np.sort(places)], rows


def local_times(text: pa.Array, day_first: bool) -> tuple[pa.Array, pa.Array]:
    """Return times without a zone, and a mask. The mask is True for valid dates and times.

    The other times are null.
    """
    rows, (first, second, year, hour, minute, sec) = _numbers(text)
    day, month = (first, second) if day_first else (second, first)
    is_good = (year >= _YEARS[0]) & (year <= _YEARS[-1]) & (month >= 1) & (month <= 12)
    place = np.where(is_good, (year - _YEARS[0]) * 12 + month - 1, 0)
    is_good &= (day >= 1) & (day <= _LONG[place]) & (hour < 24) & (minute < 60) & (sec < 60)
    times = (_FIRST[place] + (day - 1)) * 86_400 + (hour * 3_600 + minute * 60 + sec)
    found, sure = np.zeros(len(text), np.int64), np.zeros(len(text), np.bool_)
    found[rows], sure[rows] = times * 1_000_000, is_good
    return pa.array(found, mask=~sure).cast(pa.timestamp("us")), pa.array(sure)


def _numbers(text: pa.Array) -> tuple[Any, Sequence[Any]]:
    bounds, data = text_bytes(text)
    lengths = np.diff(bounds)
    parts = []
    for length in _LENGTHS:
        rows = np.flatnonzero(lengths == length)
        if not len(rows):
            continue
        if len(rows) * length == len(data):
            letters = data.reshape(-1, length)  # all texts outside `rows` are empty
        else:
            letters = data[bounds[rows][:, None] + np.arange(length)]
        parts.append((rows, *_fixed(letters)))
    columns = [np.concatenate(each) for each in zip(*parts, strict=True)]
    if not columns:
        return np.empty(0, np.int64), [np.empty(0, np.int32)] * len(_PLACES)
    is_date = columns[1 + _YEAR] > 0
    rows, *numbers = columns if is_date.all() else [each[is_date] for each in columns]
    return rows, numbers


def _fixed(letters: _Bytes) -> list[Any]:
    """Return an array for each part in _PLACES. The year of a text without a date is 0.

    `letters` has a row for each text and a column for each byte.
    """
    length = letters.shape[1]
    sign = letters[:, 2]
    is_date = (sign == letters[:, 5]) & ((sign == b"/"[0]) | (sign == b"-"[0]) | (sign == b"."[0]))
    for place, mark in ((10, _SPACE), (13, _COLON), (16, _COLON)):
        if place < length:
            is_date &= letters[:, place] == mark
    digits = letters - _ZERO  # a byte below "0" wraps around to a number above 9
    found: list[Any] = []
    for places in _PLACES:
        number = np.zeros(len(letters), np.int32)
        for place in (each for each in places if each < length):
            is_date &= digits[:, place] <= 9
            number = number * 10 + digits[:, place]
        found.append(number)
    found[_YEAR] = np.where(is_date, found[_YEAR], 0)
    return found
