"""Columns of a file as columns of values, with a mask of those that are sure.

Nothing here says no: what is not sure is left to `row_reader`. What is accepted here must
be exactly what is accepted there; a property test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.feed.interpreting.local_times import TIME, in_zone
from core.feed.interpreting.numbers_and_times import (
    EARLIEST,
    LATEST,
    MAX_COUNT,
    ValueReject,
    parse_count,
    parse_time,
)
from core.feed.interpreting.row_reader import CONTROLS, INVISIBLE
from core.feed.limits import MAX_CELL

_NAIVE: Final = pa.timestamp("us")

_DAY_FIRST = r"^(\d{2})/(\d{2})/(\d{4}) (\d{2}:\d{2}(?::\d{2})?)$"
_ISO = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?$"
_ISO_UTC = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})$"
_DIGITS = r"^[0-9]{1,10}$"
#: Space beyond ASCII, as Python and Unicode count it.
_WIDE_SPACES: Final = (
    0x85,
    0xA0,
    0x1680,
    *range(0x2000, 0x200B),
    0x2028,
    0x2029,
    0x202F,
    0x205F,
    0x3000,
)
_ODD = f"[{CONTROLS}{INVISIBLE}]|^'[-=+@]"

_SPACE: Final = 0x20
_DELETE: Final = 0x7F
_QUOTE: Final = ord("'")
#: The first and the last bytes of spaces: ASCII and control characters, and those beyond ASCII,
#: such as U+00A0 and U+3000.
_MAY_BEGIN: Final = np.zeros(256, np.bool_)
_MAY_END: Final = np.zeros(256, np.bool_)
for _table, _place in ((_MAY_BEGIN, 0), (_MAY_END, -1)):
    _table[: _SPACE + 1] = True
    _table[[chr(n).encode()[_place] for n in _WIDE_SPACES]] = True

#: Values, and a mask of the rows in which they are sure. Nulls stand for empty cells.
Read = tuple[pa.Array, pa.Array]
Reader = Callable[[pa.Array], Read]


def as_text(column: pa.Array) -> pa.Array:
    """Return a column as trimmed strings, nulls and empty cells as empty strings."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    text = column if pa.types.is_string(column.type) else pc.cast(column, pa.string())
    text = pc.fill_null(text, "") if text.null_count else text
    # Trimming by Unicode's idea of space takes longer than all else, and is seldom needed.
    return pc.utf8_trim_whitespace(text) if _may_have_space_around(text) else text


def _may_have_space_around(text: pa.Array) -> bool:
    """Tell from the first and last byte of each text whether any may have space around it."""
    _, offsets, data = text.buffers()
    if data is None or not data.size:
        return False
    ends = np.frombuffer(offsets, np.int32)[text.offset : text.offset + len(text) + 1]
    begins, ends = ends[:-1], ends[1:]
    filled = ends > begins
    seen = np.frombuffer(data, np.uint8)
    if not filled.all():
        begins, ends = begins[filled], ends[filled]
    return bool(_MAY_BEGIN[seen[begins]].any() or _MAY_END[seen[ends - 1]].any())


def read_text(text: pa.Array, most: int = MAX_CELL) -> Read:
    """Read trimmed strings as they are, sure where no character is odd and none is too long."""
    return text, _all_true(len(text)) if _is_plain(text, most) else _without_odd(text, most)


def _without_odd(text: pa.Array, most: int) -> pa.Array:
    odd = pc.match_substring_regex(text, _ODD)
    return pc.and_(pc.invert(odd), pc.less_equal(pc.binary_length(text), most))


def _is_plain(text: pa.Array, most: int) -> bool:
    """Tell in one look at the bytes that no text in the column is odd."""
    _, offsets, data = text.buffers()
    if not len(text) or data is None:
        return True
    ends = np.frombuffer(offsets, np.int32)
    seen = np.frombuffer(data, np.uint8)[ends[text.offset] : ends[text.offset + len(text)]]
    # Whole looks at memory, each as quick as it comes; a line end or a tab is left to the pattern.
    if (seen < _SPACE).any() or (seen == _DELETE).any() or (seen == _QUOTE).any():
        return not pc.any(pc.match_substring_regex(text, _ODD)).as_py() and _is_short(text, most)
    # The marks that nobody sees all begin with one of these bytes in UTF-8.
    if (seen == 0xE2).any() or (seen == 0xEF).any():
        return False
    return _is_short(text, most)


def _is_short(text: pa.Array, most: int) -> bool:
    longest = pc.max(pc.binary_length(text)).as_py() or 0
    return bool(longest <= most)


def read_counts(column: pa.Array) -> Read:
    """Read whole numbers; empty cells become nulls and are sure."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_integer(column.type) and not pa.types.is_uint64(column.type):
        found = pc.cast(column, pa.int64())
    else:
        text = as_text(column)
        plain = pc.match_substring_regex(text, _DIGITS)
        found = pc.cast(pc.if_else(plain, text, None), pa.int64())
        found = _filled(found, text, plain, parse_count, pa.int64())
        column = pc.if_else(pc.equal(text, ""), None, text)
    in_range = pc.and_(pc.greater_equal(found, 0), pc.less_equal(found, MAX_COUNT))
    return found, pc.or_(pc.is_null(column), pc.fill_null(in_range, False))


def read_times(column: pa.Array, zone: ZoneInfo) -> Read:
    """Read times as UTC, those without an offset in `zone`; empty cells become nulls."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_timestamp(column.type):
        found = _typed_times(column, zone)
    else:
        text = as_text(column)
        found = _text_times(text, zone)
        column = pc.if_else(pc.equal(text, ""), None, text)
    sane = pc.and_(
        pc.greater_equal(found, pa.scalar(EARLIEST, TIME)),
        pc.less(found, pa.scalar(LATEST, TIME)),
    )
    return found, pc.or_(pc.is_null(column), pc.fill_null(sane, False))


def _typed_times(column: pa.Array, zone: ZoneInfo) -> pa.Array:
    if column.type.tz is not None:
        return pc.cast(column, TIME, safe=False)
    return in_zone(pc.cast(column, _NAIVE, safe=False), zone)


def _text_times(text: pa.Array, zone: ZoneInfo) -> pa.Array:
    local = pc.replace_substring_regex(text, _DAY_FIRST, r"\3-\2-\1 \4")
    with_offset = pc.match_substring_regex(local, _ISO_UTC)
    naive = pc.match_substring_regex(local, _ISO)
    try:
        utc = pc.cast(pc.if_else(with_offset, local, None), TIME)
        there = pc.cast(pc.if_else(naive, local, None), _NAIVE)
    except pa.ArrowInvalid:
        # A day that no month has is among them: each is asked by itself.
        utc = there = None
    if there is None:
        found, sure = pa.nulls(len(text), TIME), pa.array([False] * len(text))
    else:
        found = pc.coalesce(utc, in_zone(there, zone))
        sure = pc.or_(with_offset, naive)
    return _filled(found, text, sure, lambda value: parse_time(value, zone), TIME)


def _filled(
    found: pa.Array, text: pa.Array, sure: pa.Array, parse: Callable[[str], Any], kind: pa.DataType
) -> pa.Array:
    """Read what no pattern was sure of, each different text once; null where that fails too."""
    open_ = pc.and_(pc.invert(sure), pc.not_equal(text, ""))
    if not pc.any(open_).as_py():
        return found
    odd = pc.filter(text, open_).dictionary_encode()
    values = pa.array([_or_none(parse, each) for each in odd.dictionary.to_pylist()], kind)
    return pc.replace_with_mask(found, open_, values.take(odd.indices))


def _or_none(parse: Callable[[str], Any], text: str) -> int | datetime | None:
    try:
        value: int | datetime = parse(text)
    except ValueReject:
        return None
    return value


def mapped(text: pa.Array, meaning: Callable[[str], str]) -> pa.Array:
    """Return what each text means, asking once for each different one."""
    encoded = text.dictionary_encode()
    means = [meaning(each) for each in encoded.dictionary.to_pylist()]
    return pa.array(means, pa.string()).take(encoded.indices)


def _all_true(length: int) -> pa.Array:
    return pa.nulls(length, pa.bool_()).fill_null(True)
