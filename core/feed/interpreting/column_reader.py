"""Read whole columns: the values, and a mask of the certain values.

`row_reader` decides about uncertain values. A property test compares both modules.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from core.feed.formats.rows import as_text, combined, text_bytes
from core.feed.interpreting.counts import MAX_COUNT, parse_count
from core.feed.interpreting.date_columns import local_times
from core.feed.interpreting.local_times import TIME, in_zone
from core.feed.interpreting.reading_rules import (
    NO_TIME,
    NOT_KNOWN,
    NOTHING,
    Assumed,
    Rules,
    UnreadableValue,
)
from core.feed.interpreting.row_reader import CONTROLS, INVISIBLE, filled_text
from core.feed.interpreting.times import EARLIEST, LATEST, parse_time
from core.feed.interpreting.zones import zone_in_cell
from core.feed.limits import MAX_CELL

#: If a block has more different texts in the column of zones, `row_reader` reads all its rows.
_MOST_ZONES: Final = 100
_NAIVE: Final = pa.timestamp("us")
_TEXT: Final = pa.string()

_ISO = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?$"
# `10:00-12:00` is a range of hours, so no pattern accepts the offset -12:00. `10:00-11:00` can be a
# range, so the offsets in _FAR need seconds before them: `10:00:00-11:00`.
_FAR = r"-(0[7-9]|1[01]):(00|15|30|45)"
_OFFSET = r"(Z|(-0[0-6]|\+(0\d|1[0-3])):(00|15|30|45)|\+14:00)"
_CLOCK = r"[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?"
_SECONDS = r"[T ]\d{2}:\d{2}:\d{2}(\.\d{1,6})?"
_ISO_UTC = rf"^\d{{4}}-\d{{2}}-\d{{2}}({_CLOCK}{_OFFSET}|{_SECONDS}{_FAR})$"
_DIGITS = r"^[0-9]{1,10}$"
_ODD = f"[{CONTROLS}{INVISIBLE}]|^'[-=+@]|^=\""
#: Every match of _ODD contains _QUOTE, _EQUALS, _DELETE, a byte below _SPACE, or a byte of at least
#: _U2000. In UTF-8, all characters of INVISIBLE begin with such a byte.
_SPACE, _QUOTE, _EQUALS, _DELETE, _U2000 = 0x20, 0x27, 0x3D, 0x7F, 0xE2

#: The values, and a mask of the certain values. Empty cells are certain.
Column = tuple[pa.Array, pa.Array]


def read_text(text: pa.Array) -> Column:
    """Return the texts. A text is uncertain if it is longer than MAX_CELL bytes or matches _ODD."""
    sure = pc.less_equal(pc.binary_length(text), MAX_CELL)
    if _may_be_odd(text_bytes(text)[1]):
        sure = pc.and_(sure, pc.invert(pc.match_substring_regex(text, _ODD)))
    return text, sure


def _may_be_odd(data: npt.NDArray[np.uint8]) -> bool:
    """Return whether one of the texts in `data` can match _ODD. The pattern is much slower."""
    is_outside = bool(data.min(initial=_SPACE) < _SPACE or data.max(initial=0) >= _U2000)
    return is_outside or any(np.any(data == each) for each in (_QUOTE, _EQUALS, _DELETE))


def read_counts(column: pa.Array, decimal: str) -> Column:
    """Read whole numbers. Raise Undecided if a number is ambiguous."""
    column = combined(column)
    if pa.types.is_integer(column.type) and not pa.types.is_uint64(column.type):
        found = pc.cast(column, pa.int64())
    else:
        text = as_text(column)
        plain = pc.match_substring_regex(text, _DIGITS)
        found = pc.cast(pc.if_else(plain, text, None), pa.int64())
        text = blanked(text, plain, NOTHING | NOT_KNOWN)
        found = _fill(found, text, plain, lambda each: parse_count(each, decimal), pa.int64())
        column = pc.if_else(pc.equal(text, ""), None, text)
    in_range = pc.and_(pc.greater_equal(found, 0), pc.less_equal(found, MAX_COUNT))
    return found, pc.or_(pc.is_null(column), pc.fill_null(in_range, False))


def read_times(column: pa.Array, rules: Rules) -> Column:
    """Read times as UTC. Times without an offset are in `rules.zone`.

    Raise Undecided if a time is ambiguous.
    """
    column = combined(column)
    if pa.types.is_timestamp(column.type) and column.type.tz is not None:
        found = pc.cast(column, TIME, safe=False)
    elif pa.types.is_timestamp(column.type):
        found = _assumed(pc.cast(column, _NAIVE, safe=False), rules)
    else:
        found, text = _text_times(as_text(column), rules)
        column = pc.if_else(pc.equal(text, ""), None, text)
        # `0001-01-01 00:00` is a correct time, but means an empty cell.
        found = pc.if_else(pc.is_null(column), None, found)
    in_range = pc.and_(
        pc.greater_equal(found, pa.scalar(EARLIEST, TIME)),
        pc.less(found, pa.scalar(LATEST, TIME)),
    )
    return found, pc.or_(pc.is_null(column), pc.fill_null(in_range, False))


def read_times_by_zone(column: pa.Array, zones: pa.Array, rules: Rules) -> Column:
    """Read times as `read_times` does. `zones` has the cells of the column of zones."""
    column = combined(column)
    names = pc.unique(zones).to_pylist()
    found, sure = pa.nulls(len(column), TIME), pa.array(np.zeros(len(column), np.bool_))
    for text in names if len(names) <= _MOST_ZONES else ():
        name = filled_text(text)
        zone = zone_in_cell(name)
        if zone is None and name:
            continue  # `row_reader` decides
        rules.assumed.zones.add(zone or rules.zone)
        own = replace(rules, zone=zone or rules.zone, assumed=Assumed())
        is_here = pc.equal(zones, text)
        some = read_times(pc.filter(column, is_here), own)
        if zone is None and own.assumed.zone:
            rules.assumed.zone = rules.assumed.zone_beside = True
        found = pc.replace_with_mask(found, is_here, some[0])
        sure = pc.replace_with_mask(sure, is_here, some[1])
    return found, sure


def _assumed(naive: pa.Array, rules: Rules) -> pa.Array:
    if naive.null_count < len(naive):
        rules.assumed.zone = True
    return in_zone(naive, rules.zone)


def _text_times(text: pa.Array, rules: Rules) -> tuple[pa.Array, pa.Array]:
    """Return the times and the texts. `n/a` and similar texts become ""."""
    if rules.order is not None and rules.order != "year":
        local, sure = local_times(text, rules.order == "day")
        if pc.all(pc.or_(sure, pc.equal(text, ""))).as_py():
            return _assumed(local, rules), text
        others = _iso_times(pc.if_else(sure, "", text), rules)
        found, sure = pc.coalesce(_assumed(local, rules), others[0]), pc.or_(sure, others[1])
    else:
        found, sure = _iso_times(text, rules)

    text = blanked(text, sure, NO_TIME)
    return _fill(found, text, sure, partial(parse_time, rules=rules), TIME), text


def _iso_times(text: pa.Array, rules: Rules) -> Column:
    with_offset = pc.match_substring_regex(text, _ISO_UTC)
    naive = pc.match_substring_regex(text, _ISO)
    try:
        utc = pc.cast(pc.if_else(with_offset, text, None), TIME)
        local = pc.cast(pc.if_else(naive, text, None), _NAIVE)
    except pa.ArrowInvalid:
        # A text is an impossible date: 30 February. The caller parses each text.
        return pa.nulls(len(text), TIME), pa.array([False] * len(text))
    return pc.coalesce(utc, _assumed(local, rules)), pc.or_(with_offset, naive)


def blanked(text: pa.Array, sure: pa.Array, nothing: Collection[str]) -> pa.Array:
    """Replace the texts in `nothing` by "". If all texts are `sure` or empty, replace none."""
    if pc.all(pc.or_(sure, pc.equal(text, ""))).as_py():
        return text
    is_nothing = pc.is_in(pc.utf8_lower(text), value_set=pa.array(sorted(nothing)))
    return pc.if_else(is_nothing, "", text)


def _fill(
    found: pa.Array, text: pa.Array, sure: pa.Array, parse: Callable[[str], Any], kind: pa.DataType
) -> pa.Array:
    """Put the values of the uncertain texts into `found`. Unreadable texts become null."""
    unsure = pc.and_(pc.invert(sure), pc.not_equal(text, ""))
    if not pc.any(unsure).as_py():
        return found

    def value(each: str) -> Any:
        try:
            return parse(each)
        except UnreadableValue:
            return None

    return pc.replace_with_mask(found, unsure, map_texts(pc.filter(text, unsure), value, kind))


def map_texts(
    text: pa.Array, function: Callable[[str], Any], kind: pa.DataType = _TEXT
) -> pa.Array:
    """Return the value of `function` for each text, with one call for equal texts."""
    encoded = text.dictionary_encode()
    values = [function(each) for each in encoded.dictionary.to_pylist()]
    return pa.array(values, kind).take(encoded.indices)
