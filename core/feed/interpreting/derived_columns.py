"""Make columns from fixed values, or from the columns of a file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from core.feed.formats.rows import as_text
from core.feed.interpreting.reading_rules import NOTHING, Rules, Undecided, UnreadableValue
from core.feed.interpreting.times import (
    BESIDE,
    JOINED,
    MINUTE,
    NO_PART,
    parse_time,
    range_marked,
)

_PLAIN_DAY: Final = r"^\d[\d/.-]*$"
_PLAIN_HOUR: Final = r"^\d{1,2}:\d{2}(:\d{2})?$"
#: The hour after a day.
_CLOCK: Final = re.compile(
    r"(?<=\d)(?:T|[\s,]+)(\d{1,2}(?:[:h.]\d|\s?[ap]\.?\s?m|h).*)", re.IGNORECASE
)
_OFFSET: Final = re.compile(r"(?:z|utc|gmt|[+-]\d{2}:?\d{2})$", re.IGNORECASE)
#: A whole hour: `9`. _DAY_ZERO matches the date in `1899-12-30T09:00:00`, which means only 09:00. A
#: time with an offset does not match, because the offsets of 1899 are not those of today.
_WHOLE_HOUR: Final = re.compile(r"[01]?\d|2[0-3]", re.ASCII)
_DAY_ZERO: Final = re.compile(r"(?:1899-12-3[01]|1900-01-0[01])[T ](?=[\d:.]+$)", re.ASCII)
#: An hour as a fraction of a day: `0.4375`. `0.25` can mean 00:25 and does not match.
_PART_OF_DAY: Final = re.compile(r"0?[.,](?:\d|[6-9]\d|\d{3,})", re.ASCII)
_DAY_NUMBER: Final = re.compile(r"\d{5}(?:[.,]0)?", re.ASCII)
_IN_UTC: Final = Rules(zone=ZoneInfo("UTC"))
#: The time between the earliest and the latest time zone, and a minute.
_ZONES_APART: Final = timedelta(hours=26, minutes=1)


@dataclass(frozen=True, slots=True)
class DerivedColumn:
    """A column from the fixed `value`, or from the columns at the indexes `places`.

    * A cell that equals `unknown` counts as empty.
    * If `takes_first` is True, the result is the first filled text. A text in NOTHING, such
      as `-`, is the result only if all filled texts are in NOTHING.
    * If `is_time` is True, `day_and_hour` joins two columns.
    * `is_compared` is True if `FileFeed` compares the second column with the scheduled time.
    * By default, spaces join the texts.
    """

    places: tuple[int, ...] = ()
    value: str = ""
    takes_first: bool = False
    unknown: str = ""
    is_time: bool = False
    is_compared: bool = False


def day_and_hour(day: str, hour: str, *, is_compared: bool = False) -> str:
    """Join a day and an hour to a text for `parse_time`.

    A whole time is a text with a day and an hour. NO_PART, JOINED and BESIDE are marks.
    `parse_time` rejects a text with NO_PART or JOINED. It compares the hour after BESIDE with the
    time before BESIDE. The first case that fits decides:

    * One text is empty: the result is the other text if it is a whole time. Otherwise, the result
      has NO_PART.
    * Both are whole times, and `day` has an offset: the result is `day`, or has JOINED if the times
      contradict each other. If `is_compared` is True, the result is always `day`, because
      `FileFeed` finds the contradiction.
    * `hour` is a whole time: the result is `hour`, or has JOINED if `hour` does not begin with
      `day`. A 00:00 in `day` does not count.
    * `day` is only a day: the result is `day` and `hour`.
    * `day` is a whole time with the same hour: the result is `day`.
    * `day` is a whole time with an offset: the result is `day`, BESIDE and `hour`, because only
      `parse_time` knows the zone of `hour`. If `hour` is not an hour, the result is `day`.
    * `day` is a whole time at 00:00: `hour` replaces the 00:00.
    * Otherwise, the result is `day` and `hour`. `parse_time` rejects a text with two hours.
    """
    day, hour = ("" if each.lower() in NOTHING else each for each in (day, hour))
    hour = range_marked(_DAY_ZERO.sub("", hour))
    clock = _CLOCK.search(day)
    if not day or not hour:
        only = day or hour
        return only and (only if _CLOCK.search(only) else f"{only}{NO_PART}")
    if _CLOCK.search(hour):
        if clock and _OFFSET.search(day):
            return day if is_compared or _may_be_same(day, hour) else f"{day} {hour}{JOINED}"
        bare = day[: clock.start()] if clock and _is_same_hour(clock[1], "00:00") else day
        return hour if hour.startswith(bare) else f"{day} {hour}{JOINED}"
    if _PART_OF_DAY.fullmatch(hour) and not _DAY_NUMBER.fullmatch(day):
        seconds = round(float(hour.replace(",", ".")) * 86_400)
        hour = f"{seconds // 3_600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if _WHOLE_HOUR.fullmatch(hour):
        hour = f"{hour}h"
    if clock is None:
        return f"{day} {hour}"
    if _is_same_hour(_OFFSET.sub("", clock[1]), hour):
        return day
    if _OFFSET.search(day):
        is_hour = _is_same_hour(hour, hour)
        return f"{day}{BESIDE}{hour}" if is_hour else day
    is_midnight = _is_same_hour(clock[1], "00:00")
    return day_and_hour(day[: clock.start()], hour) if is_midnight else f"{day} {hour}"


def _may_be_same(day: str, hour: str) -> bool:
    """Return False if two whole times contradict each other. `day` has an offset."""
    try:
        apart = abs(parse_time(day, _IN_UTC) - parse_time(hour, _IN_UTC))
    except (UnreadableValue, Undecided):
        return True
    return apart < (MINUTE if _OFFSET.search(hour) else _ZONES_APART)


def _is_same_hour(one: str, other: str) -> bool:
    try:
        times = [parse_time(f"2030-01-02 {each}", _IN_UTC) for each in (one, other)]
    except UnreadableValue:
        return False
    return abs(times[0] - times[1]) < MINUTE


def with_derived(table: pa.Table, derived: Sequence[DerivedColumn]) -> pa.Table:
    """Append the derived columns to a table."""
    width = table.num_columns
    for number, each in enumerate(derived, start=width):
        if not each.places:
            column = pa.repeat(each.value, table.num_rows)
        else:
            texts = [as_text(table.column(place)) for place in each.places]
            if each.unknown:
                texts = [pc.if_else(pc.equal(text, each.unknown), "", text) for text in texts]
            if each.takes_first:
                filled = [pc.if_else(pc.equal(text, ""), None, text) for text in texts]
                known = [pc.if_else(_is_nothing(text), None, text) for text in filled]
                column = pc.coalesce(*known, *filled, "")
            elif each.is_time:
                column = _times(*texts, is_compared=each.is_compared)
            else:
                column = pc.utf8_trim_whitespace(pc.binary_join_element_wise(*texts, " "))
        table = table.append_column(str(number), column)
    return table


def _times(days: pa.Array, hours: pa.Array, *, is_compared: bool) -> pa.Array:
    """Join the columns. Call the slow `day_and_hour` only for rows unlike `23/11/2026`, `14:30`."""
    column = pc.binary_join_element_wise(days, hours, " ")
    plain = pc.and_(
        pc.match_substring_regex(days, _PLAIN_DAY), pc.match_substring_regex(hours, _PLAIN_HOUR)
    )
    if pc.all(plain).as_py():
        return column
    unusual = pc.invert(plain)
    pairs = zip(*(each.filter(unusual).to_pylist() for each in (days, hours)), strict=True)
    found = [day_and_hour(day, hour, is_compared=is_compared) for day, hour in pairs]
    return pc.replace_with_mask(column, unusual, pa.array(found, pa.string()))


def _is_nothing(text: pa.Array) -> pa.Array:
    return pc.is_in(pc.utf8_lower(text), value_set=pa.array(sorted(NOTHING)))
