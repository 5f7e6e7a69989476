"""Parse times of different forms and languages."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from core.errors import N_
from core.feed.interpreting.reading_rules import Assumed, Order, Rules, Undecided, UnreadableValue
from core.feed.interpreting.zones import (
    FARTHEST,
    plain_text,
    zone_in_cell,
    zone_in_words,
    zone_named,
    zone_words,
)

UNKNOWN_ZONE: Final = N_(
    "“{zone}” is not a zone that Freio knows: write an offset, such as -05:00, or a name, such as "
    "America/Sao_Paulo"
)
_UNCLEAR_ZONE: Final = N_(
    "the zone {name} in “{text}” is not clear: write its offset in its place, such as -03:00 (São "
    "Paulo) or -05:00 (New York)"
)
_NO_OFFSET: Final = N_(
    "“{text}” is not a possible time: what follows the hour is not an offset that clocks have, "
    "such as -03:00. If a range of hours is meant, write only the first"
)
_NO_DATE_AND_TIME: Final = N_(
    "“{text}” is not a date and time such as 2026-11-23 14:30 or 23/11/2026 14:30"
)
_RANGE_OR_OFFSET: Final = N_(
    "“{text}” may end with a range of hours or with an offset from UTC: for a range, write only "
    "the first hour; for an offset, write the seconds too, such as 09:00:00-08:00"
)
_HOUR_OR_OFFSET: Final = N_(
    "“{text}” may end with an hour or with an offset from UTC: write the time as 2026-11-23 14:00"
)
_HOUR_OR_SECONDS: Final = N_(
    "“{text}” may be an hour of a day or a count of seconds since 1970: write the time as "
    "2026-11-23 14:00"
)
_UNKNOWN_COUNT: Final = N_(
    "“{text}” is a number, and not a time that Freio knows: write the time as 2026-11-23 14:30"
)
_TICKS: Final = N_(
    "“{text}” is a count of .NET ticks, which does not say its zone: write the time as "
    "2026-11-23 14:30"
)
_SHORTENED: Final = N_(
    "a spreadsheet has shortened the time to “{text}”; export it as text, such as 2026-11-23 14:30"
)
#: `derived_columns` puts this mark after a day without an hour, or an hour without a day.
NO_PART: Final = " \ue000"
#: `derived_columns` puts this mark between a whole time with an offset and the hour from a second
#: column. `parse_time` checks that the hour is the same in the zone of the file.
BESIDE: Final = " \ue001"
#: Times that differ by less than this are equal, because many columns have no seconds.
MINUTE: Final = timedelta(minutes=1)
_NO_PART: Final = N_(
    "“{text}” is only the day or only the hour of a time: the cell of the other part is empty"
)
#: This mark is after two texts that both have a day.
JOINED: Final = " \ue002"
_JOINED: Final = N_(
    "“{text}” is from two columns, and both have a day: choose one of them for the time"
)
_OTHER_ZONE: Final = N_("“{text}” has an offset and a zone, and this zone has another offset then")
_OTHER_WEEKDAY: Final = N_("the weekday in “{text}” is not that of its date")
#: A time before EARLIEST or from LATEST on is a mistake in the file.
EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
#: Many programs write this time for a send without a time.
ZERO: Final = datetime(1970, 1, 1, tzinfo=UTC)

_LONGEST: Final = 80
_NUMBER: Final = re.compile(r"(\d+)(?:[.,](\d+))?", re.ASCII)
#: The number of digits of a count since 1970 shows its unit. A count with 13 digits is in
#: milliseconds: a second has 1,000 of them.
_EPOCH: Final = {9: 1, 10: 1, 12: 10**3, 13: 10**3, 15: 10**6, 16: 10**6, 18: 10**9, 19: 10**9}
#: A number with five digits is a day in a spreadsheet, from 1954 to 2173.
_SERIAL_DIGITS: Final = 5
#: A day and an hour from two columns of a spreadsheet: `46329 0.604166667`.
_SERIALS: Final = re.compile(r"(\d{5})(?:[.,]0)? 0?[.,](\d+)", re.ASCII)
#: The 00:00 before the hour from a second column: `2026-11-03 00:00 14:30`.
_DAY_AT_MIDNIGHT: Final = re.compile(
    r"(?<=\d)[ T]00:00(?::00(?:\.0+)?)?(?= \d{1,2}[:h]\d)", re.ASCII
)
#: Microsoft's JSON: `/Date(1464952661697+0100)/`.
_JSON_DATE: Final = re.compile(r"\\?/Date\((\d+)(?:[+-]\d{4})?\)\\?/", re.ASCII)
_COMPACT: Final = {12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S", 17: "%Y%m%d%H%M%S%f"}
#: If a count since 1970 means a time before 2000 or after 2040, Freio rejects it. The program has
#: probably counted from another year.
_FIRST_COUNTED: Final = datetime(2000, 1, 1, tzinfo=UTC)
_END_COUNTED: Final = datetime(2041, 1, 1, tzinfo=UTC)
#: The largest accepted count of seconds since 1970.
LAST_SECOND: Final = int(_END_COUNTED.timestamp()) - 1
#: `2611301430` means 2026-11-30 14:30. The years are from 2015 to 2040.
SHORT_TIME: Final = (
    r"(?:1[5-9]|[23]\d|40)(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d"
)
_SHORT_TIME: Final = re.compile(SHORT_TIME, re.ASCII)
#: .NET ticks and Windows file times have 18 digits. The unit is 0.1 microseconds.
_FINE_DIGITS: Final = 18
_TICKS_FROM: Final = datetime(1, 1, 1, tzinfo=UTC)
_FILE_TIME_FROM: Final = datetime(1601, 1, 1, tzinfo=UTC)
_EXPONENT: Final = re.compile(r"\d[.,]\d+[eE][+]\d+", re.ASCII)
#: `2026112314` is a day and an hour, or seconds since 1970 (in 2034). Freio rejects such digits.
_DAY_AND_HOUR: Final = re.compile(
    r"20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])", re.ASCII
)
_ORDINAL: Final = re.compile(r"(\d{4}-\d{3})(?=[Tt ]|$)", re.ASCII)
#: `datetime.fromisoformat` accepts any character before the hour, and misreads fractions of an
#: hour. This pattern allows only `T` or a space, and only fractions of seconds.
_ISO: Final = re.compile(
    r"(?:[\d-]{8,10}|\d{4}-?W\d{2}(?:-?\d)?)(?:[Tt ](?!\d\d(?::?\d\d)?[.,]).*)?", re.ASCII
)
#: `14.30` means 14:30. `14.3` can be a fraction of an hour and does not match.
_DOTTED: Final = re.compile(r"(?<=\d[Tt ])(\d\d)[.,]([0-5]\d)(?!\d)", re.ASCII)
#: A day with an offset in XML: `2026-11-23-03:00`.
_DAY_AT_OFFSET: Final = re.compile(r"^(\d{4}-\d{2}-\d{2}) ?(-\d{2}:\d{2})(?![\d:.+-])", re.ASCII)
#: A date, a dash, and an hour or an offset: `23/11/2026-03:00`.
_DASHED: Final = re.compile(
    r"[^:]*(?:[/.]\d{1,4}|\D\d{4}) ?-(?:0?\d|1[0-2]):(?:00|15|30|45)", re.ASCII
)
#: `10:00-12:00` is a range: no inhabited place is 12 hours behind UTC.
_UNTIL_NOON: Final = re.compile(r"(?<![:\d])(?:0?\d|1[01])[:h]\d{2} ?-12(?::?00)?(?!\d)", re.ASCII)
#: A range of hours, or an hour with an offset: `09:00-11:00`. `09:00:00-11:00` and `T09:00-11:00`
#: have an offset and do not match.
_RANGE: Final = re.compile(
    r"(?:^|(?<=[\s,]))(\d{1,2})(?:[:h.](\d{2})|h)? ?([-\u2013])(\d{1,2})(?:[:.](\d{2}))?$", re.ASCII
)
_RANGE_DASH: Final = "\u2013"
_BEHIND: Final = re.compile(r":\d{2}(?:[.,]\d+)? ?[-\u2013](\d{1,2})(?::?(\d{2}))?$", re.ASCII)
#: After a hyphen, an hour from 7 on can be an offset or the end of a range: `01:00-07:00`. An
#: earlier hour is an offset: `01:00-03:00`. After _RANGE_DASH, each hour can be the end of a range.
_UNCLEAR_FROM: Final = 7

#: A date of three numbers in unknown order: `3/4/26`.
_OPEN_DATE: Final = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{1,2})(?!\d)", re.ASCII)
_YEAR_FIRST: Final = re.compile(r"(\d{4})([/.-])(\d{1,2})\2(\d{1,2})(?!\d)", re.ASCII)
_OF: Final = r"(?:[\s./-]*(?:de[l]?|of)\b)?[\s./,-]*"
_DAY_NAME_YEAR: Final = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th|ro|er|o|\.o)?{_OF}([a-z]{{3,10}})\.?{_OF}(\d{{4}}|\d{{2}})(?!\d)",
    re.ASCII,
)
_NAME_DAY_YEAR: Final = re.compile(
    r"([a-z]{3,10})\.?[\s-]*(\d{1,2})(?:st|nd|rd|th)?(?!\d)(?:[\s,-]+|\s+de[l]?\s+)(\d{4})(?!\d)",
    re.ASCII,
)
_YEAR_NAME_DAY: Final = re.compile(
    r"(\d{4})[\s./-]*([a-z]{3,10})\.?[\s./-]*(\d{1,2})(?!\d)", re.ASCII
)
#: The format of the C function `asctime`: `Nov 24 14:30:00 2030`.
_YEAR_LAST: Final = re.compile(r"([a-z]{3,10} +\d{1,2}) +(\d\S* .*|\d\S*) +(\d{4})", re.ASCII)
#: A time before the date: `2 pm 3/11/2026`.
_TIME_FIRST: Final = re.compile(
    r"(\d{1,2}(?:[:h]\d{2}(?::\d{2})?h?|h)?(?:\s?[ap]\.?\s?m\b\.?)?)[\s,-]+"
    r"(?:(?:de|do dia|del dia|del|em|el|on)\s)?(.*)",
    re.ASCII | re.DOTALL,
)
#: A weekday after the date: `05/04/2027 (Mon) 14:30`.
_WEEKDAY_AFTER: Final = re.compile(
    r"(\d{1,2}([/.-])\d{1,2}\2\d{2,4})[\s,(\[-]+([a-z]{3,9})(?:-?feira)?[)\].,]*(?:\s(.*))?",
    re.ASCII | re.DOTALL,
)
_WEEKDAY: Final = re.compile(r"([a-z]{3,9})(?:-?feira)?[.,]*\s+(.*)", re.ASCII | re.DOTALL)
_TIME: Final = re.compile(
    r"""
    (?: [\s,@–-] | t(?=\d) | \b(?:as|at|a\ ?las|em|el|kl)\b )*
    (?:
        (?P<hour>\d{1,2})
        (?: \s?(?P<sign>[:h.])\s? (?P<minute>\d{2})
            (?: [:m.](?P<second>\d{2}) (?:[.,](?P<fraction>\d{1,9}))?s? )?
        )?
        (?P<mark> \s?h(?:s|rs?|oras)?\b\.? | \s?m(?:in)?\b\.? )?
        \s*(?P<half>[ap]\.?\s?m\b\.?)?
    )?
    \s*(?P<zone>z\b|utc|gmt)? \s*(?P<offset>[+\u2212-]\d{1,2}(?::?\d{2})?)?
    (?: \s*(?P<comment>\([^)]*\) | \[[^\]]*\]) | \s+(?P<again>utc|[+-]\d{2,4}) )?
    """,
    re.ASCII | re.VERBOSE,
)

_ZONE_AFTER: Final = re.compile(
    r"(.*\d.*?)\s+([A-Z]{2,5}|[a-z]+(?:/[a-z_+-]+)+|[A-Z][A-Za-z]*(?:/[A-Za-z_+-]+)+)", re.ASCII
)
#: A name after an offset: `-0600 CST`.
_LABEL: Final = re.compile(r"[A-Z]{3,4}")
#: A zone after an offset: `-03:00[America/Sao_Paulo]`. `Z[America/Lima]` is no contradiction,
#: because by RFC 9557 `Z` gives no local offset.
_ZONE_IN_END: Final = re.compile(r"[+-]\d{2}:?\d{2} ?[\s(\[]([A-Za-z][^()\[\]\d]*)[)\]]?$")
_HALF: Final = re.compile(r"\b[ap]\.?\s?m\b")
_ZONE_IN_BRACKETS: Final = re.compile(r"\(((?:utc|gmt)(?:[+\u2212-]\d{1,2}(?::?\d{2})?)?)\)")

_MONTH_NAMES: Final = (
    "january february march april may june july august september october november december",
    "janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "jan feb mar apr may jun jul aug setiembre oct nov dec",
)
_MONTHS: Final = {
    name[:length]: number
    for names in _MONTH_NAMES
    for number, name in enumerate(names.split(), start=1)
    for length in (3, 4, len(name))
}
_WEEKDAY_NAMES: Final = (
    "monday tuesday wednesday thursday friday saturday sunday "
    "segunda terca quarta quinta sexta sabado domingo "
    "lunes martes miercoles jueves viernes sabado domingo"
)
_WEEKDAYS: Final = {
    name[:n]: day % 7 for day, name in enumerate(_WEEKDAY_NAMES.split()) for n in (3, 4, len(name))
}


def parse_time_in(rules: Rules, zone: str, text: str) -> datetime:
    """Parse a time as `parse_time` does. `zone` is the text in the column of zones, or ""."""
    found, assumed = zone_in_cell(zone) if zone else None, Assumed()
    time = parse_time(text, replace(rules, zone=found or rules.zone, assumed=assumed))
    rules.assumed.zones.add(found or rules.zone)
    if found is None and assumed.zone:
        if zone:
            raise UnreadableValue(UNKNOWN_ZONE, zone=zone)
        rules.assumed.zone = rules.assumed.zone_beside = True
    return time


def parse_time(text: str, rules: Rules) -> datetime:
    """Parse a time and return the time in UTC.

    The accepted forms are:

    * ISO 8601,
    * dates with the day, the month or the year first,
    * months in English, Portuguese and Spanish,
    * serial numbers of days in spreadsheets,
    * counts since 1970.

    A time with neither an offset nor a zone is in `rules.zone`, and sets `rules.assumed.zone`. The
    result ZERO means “no time”. Raise UnreadableValue if the text is not a time. A time that the
    clocks skipped or showed twice is also unreadable. Raise Undecided for ambiguous texts:

    * `3/4/26`, if `rules.order` is None.
    * `23/4/26`, if `rules.order` is "month" and `rules.is_tentative` is True.
    * `23/11/2026-03:00`, if `rules.hours_after_dash` is None.
    * `2611301430`, if `rules.short_times` is None.
    * `2026-11-23 00:00-08:00`, if `rules.behind` is None.
    """
    value = text.strip()
    for mark, reason in ((NO_PART, _NO_PART), (JOINED, _JOINED)):
        if value.endswith(mark):
            raise UnreadableValue(reason, text=value.removesuffix(mark))
    if BESIDE in value:
        time, _, hour = value.partition(BESIDE)
        own = Rules(zone=rules.zone, order=rules.order, is_tentative=rules.is_tentative)
        whole = parse_time(time, own)
        _require_hour(hour, whole.astimezone(rules.zone), time, own)
        return whole
    if not rules.hours_after_dash and _DASHED.fullmatch(value):
        if rules.hours_after_dash is None:
            raise Undecided
        raise UnreadableValue(_HOUR_OR_OFFSET, text=value)
    if may_be_range := _may_be_range(value):
        if rules.behind is None:
            raise Undecided
        if minutes_behind(value) in rules.behind:
            may_be_range, value = False, value.replace(_RANGE_DASH, "-")
    zone, utc = None, None
    try:
        one = _joined(value)
        found = _from_number(one, rules.short_times) or _from_text(one, rules)
        if found is None and (match := _ZONE_AFTER.fullmatch(value)):
            rest, name = match.groups()
            found = _from_text(rest, rules)
            if found is not None and not found.tzinfo:
                zone = zone_named(name)
                if zone is None:
                    raise UnreadableValue(_UNCLEAR_ZONE, text=value, name=name)
            elif found is not None and not _may_follow(name, found):
                found = None
        if found is None:
            reason = _RANGE_OR_OFFSET if may_be_range else _NO_DATE_AND_TIME
            raise UnreadableValue(reason, text=value)
        if found.tzinfo and (named := _ZONE_IN_END.search(value)) and _is_other(named[1], found):
            raise UnreadableValue(_OTHER_ZONE, text=value)
        if not _is_offset(found.utcoffset()) or _UNTIL_NOON.search(value):
            raise UnreadableValue(_NO_OFFSET, text=value)
        if found.tzinfo and may_be_range:
            raise UnreadableValue(_RANGE_OR_OFFSET, text=value)
        local = found if found.tzinfo else _in_zone(found, zone or rules.zone, value)
        utc = local.astimezone(UTC)
        if not (found.tzinfo or zone):
            rules.assumed.zone = True
    except (ValueError, OverflowError):
        utc = None
    if utc is None or not (EARLIEST <= utc < LATEST or utc == ZERO):
        raise UnreadableValue(N_("“{text}” is not a possible date"), text=value)
    return utc


def _require_hour(hour: str, local: datetime, text: str, rules: Rules) -> None:
    beside = parse_time(f"{local:%Y-%m-%d} {hour}", rules)
    if abs(beside - local) >= MINUTE:
        raise UnreadableValue(
            N_("“{text}” is {shown} in {zone}, but the hour beside it is “{hour}”"),
            text=text,
            shown=f"{local:%H:%M}",
            zone=str(local.tzinfo),
            hour=hour,
        )


def open_dates_in(text: str) -> Mapping[Order, date] | None:
    """Return the `open_dates` of a text. A time or a weekday can be before or after the date."""
    plain = _weekday_first(_plain(text.strip()))
    weekday, time = _WEEKDAY.fullmatch(plain), _TIME_FIRST.fullmatch(plain)
    if weekday and weekday.group(1) in _WEEKDAYS:
        return open_dates(weekday.group(2), _WEEKDAYS[weekday.group(1)])
    return open_dates(plain) or (open_dates(time.group(2)) if time else None)


def _weekday_first(plain: str) -> str:
    match = _WEEKDAY_AFTER.fullmatch(plain)
    if match is None or match[3] not in _WEEKDAYS:
        return plain
    return f"{match[3]} {match[1]} {match[4] or ''}".rstrip()


def open_dates(text: str, weekday: int | None = None) -> Mapping[Order, date] | None:
    """Return the dates that `3/4/26` at the beginning of a text can mean: one for each order.

    If some of these dates are on `weekday` (0 is Monday), return only those. Return None if the
    text does not begin with such a date.
    """
    match = _OPEN_DATE.match(text)
    if match is None:
        return None
    first, _, second, last = match.groups()
    parts: dict[Order, tuple[str, str, str]] = {
        "day": (last, second, first),
        "month": (last, first, second),
        "year": (first, second, last),
    }
    dates = {order: found for order, each in parts.items() if (found := _date(*each))}
    return {order: each for order, each in dates.items() if each.weekday() == weekday} or dates


def _date(year: str, month: str, day: str) -> date | None:
    number = int(year)
    if len(year) == 1:
        return None
    if len(year) == 2:
        number += 2000 if number < 70 else 1900
    try:
        return date(number, int(month), int(day))
    except ValueError:
        return None


def _joined(value: str) -> str:
    serials = _SERIALS.fullmatch(value)
    return f"{serials[1]}.{serials[2]}" if serials else _DAY_AT_MIDNIGHT.sub("", value)


def _from_number(value: str, short_times: bool | None) -> datetime | None:
    if _EXPONENT.fullmatch(value):
        raise UnreadableValue(_SHORTENED, text=value)
    match = _NUMBER.fullmatch(_JSON_DATE.sub(r"\1", value))
    if match is None:
        return None
    digits, fraction = match.groups()
    length = len(digits)
    if length in _COMPACT and digits[:2] in ("19", "20") and fraction is None:
        return datetime.strptime(digits, _COMPACT[length])
    if _SHORT_TIME.fullmatch(digits):
        if short_times is None:
            raise Undecided
        if short_times:
            return datetime.strptime(digits, "%y%m%d%H%M")
    if length == _SERIAL_DIGITS and digits[0] >= "2":
        # Days since 30 December 1899, rounded to the second.
        number = float(f"{digits}.{fraction or 0}")
        return datetime(1899, 12, 30) + timedelta(seconds=round(number * 86_400))
    if _DAY_AND_HOUR.fullmatch(digits):
        raise UnreadableValue(_HOUR_OR_SECONDS, text=value)
    if length == 8 and fraction is None:
        return datetime.fromisoformat(digits)
    found = _counted(digits, fraction or "")
    if found is not None and (found == ZERO or _FIRST_COUNTED <= found < _END_COUNTED):
        return found
    is_ticks = length == _FINE_DIGITS and _is_counted_from(_TICKS_FROM, digits)
    raise UnreadableValue(_TICKS if is_ticks else _UNKNOWN_COUNT, text=value)


def _counted(digits: str, fraction: str) -> datetime | None:
    length = len(digits)
    if length == _FINE_DIGITS and _is_counted_from(_FILE_TIME_FROM, digits):
        return _FILE_TIME_FROM + timedelta(microseconds=int(digits) // 10)
    if length not in _EPOCH:
        return None
    unit = _EPOCH[length]
    micro = int(digits) * 1_000_000 // unit
    if fraction and unit == 1:
        micro += int(fraction[:6].ljust(6, "0"))
    return ZERO + timedelta(microseconds=micro)


def _is_counted_from(start: datetime, digits: str) -> bool:
    return _FIRST_COUNTED <= start + timedelta(microseconds=int(digits) // 10) < _END_COUNTED


def _from_text(value: str, rules: Rules) -> datetime | None:
    text = _DAY_AT_OFFSET.sub(r"\1T00:00\2", value)
    return _iso(text) or _written(text, rules)


def _iso(value: str) -> datetime | None:
    try:
        if match := _ORDINAL.match(value):
            day = datetime.strptime(match[1], "%Y-%j")
            value = f"{day:%Y-%m-%d}{value[match.end() :]}"
        value = _DOTTED.sub(r"\1:\2", value)
        return datetime.fromisoformat(value) if _ISO.fullmatch(value) else None
    except ValueError:
        return None


@lru_cache(4096)
def _plain(value: str) -> str:
    return " ".join(plain_text(value).split())


def _written(value: str, rules: Rules) -> datetime | None:
    # On long texts with many spaces, the patterns below are slow.
    if len(value) > _LONGEST:
        return None
    text = _ZONE_IN_BRACKETS.sub(r"\1", _weekday_first(_plain(value)))
    found = _dated(text, rules)
    if found is None and (match := _WEEKDAY.fullmatch(text)) and match.group(1) in _WEEKDAYS:
        weekday = _WEEKDAYS[match.group(1)]
        found = _dated(match.group(2), rules, weekday)
        if found is not None and found[0].weekday() != weekday:
            raise UnreadableValue(_OTHER_WEEKDAY, text=value)
    if found is None and (match := _TIME_FIRST.fullmatch(text)):
        found = _dated(match.group(2), rules)
        found = found and (found[0], f" {match.group(1)} {found[1]}")
    if found is None:
        return None
    day, rest = found
    time = _TIME.fullmatch(rest)
    return None if time is None else _at(day, time)


def _dated(text: str, rules: Rules, weekday: int | None = None) -> tuple[date, str] | None:
    if (readings := open_dates(text, weekday)) is not None:
        if rules.order is None or (rules.is_tentative and readings and rules.order not in readings):
            raise Undecided
        if rules.order not in readings:
            raise ValueError
        return readings[rules.order], _OPEN_DATE.sub("", text, count=1)
    moved = _YEAR_LAST.fullmatch(text)
    if moved:
        text = f"{moved.group(1)} {moved.group(3)} {moved.group(2)}"
    for pattern, (year, month, day) in (
        (_YEAR_FIRST, (1, 3, 4)),
        (_DAY_NAME_YEAR, (3, 2, 1)),
        (_NAME_DAY_YEAR, (3, 1, 2)),
        (_YEAR_NAME_DAY, (1, 2, 3)),
    ):
        match = pattern.match(text)
        if match is None:
            continue
        name = match.group(month)
        number = int(name) if name.isdecimal() else _MONTHS.get(name)
        if number is None:
            continue
        found = _date(match.group(year), str(number), match.group(day))
        if found is None:
            raise ValueError
        return found, text[match.end() :]
    return None


def _at(day: date, time: re.Match[str]) -> datetime | None:
    hour, minute, second = (int(time[name] or 0) for name in ("hour", "minute", "second"))
    if time["hour"] and not (time["minute"] or time["mark"] or time["half"]):
        return None  # a number alone is not a time
    if time["comment"] and not (time["zone"] or time["offset"]):
        return None  # the comment can name a zone
    if time["comment"] and _HALF.search(time["comment"]):
        return None  # the comment can have am or pm
    if time["half"]:
        is_morning = time["half"][0] == "a"
        if hour > 12 and is_morning:
            raise ValueError
        hour = hour if hour > 12 else hour % 12 + (0 if is_morning else 12)
    if hour == 24 and not minute and not second:
        day, hour = day + timedelta(days=1), 0
    micro = int((time["fraction"] or "")[:6].ljust(6, "0"))
    found = datetime(day.year, day.month, day.day, hour, minute, second, micro)
    return found.replace(tzinfo=_zone(time))


def _zone(time: re.Match[str]) -> timezone | None:
    """Return the offset in a time, or None. Raise ValueError for two different offsets."""
    found = {_offset(each) for each in (time["offset"], time["again"]) if each}
    if time["zone"] == "z" or (time["zone"] and not time["offset"]):
        found.add(UTC)
    if len(found) > 1:
        raise ValueError
    return found.pop() if found else None


def _offset(text: str) -> timezone:
    if text == "utc":
        return UTC
    digits = re.sub(r"\D", "", text)
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
    if int(minutes) > 59:
        raise ValueError
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(ahead if text[0] == "+" else -ahead)


def _is_offset(ahead: timedelta | None) -> bool:
    if ahead is None:
        return True
    least, most = -timedelta(hours=FARTHEST["-"]), timedelta(hours=FARTHEST["+"])
    return least <= ahead <= most and not ahead % timedelta(minutes=15)


def range_marked(hour: str) -> str:
    """Return a range from a column of hours, such as `01:00-03:00`, with _RANGE_DASH.

    `parse_time` then reads `03:00` as an offset only if other times of the file prove this offset.
    """
    match = _RANGE.fullmatch(hour)
    return hour.replace("-", _RANGE_DASH) if match and _ends_later(match) else hour


def _may_be_range(value: str) -> bool:
    match = _RANGE.search(value)
    if match is None or not _ends_later(match):
        return False
    return match[3] == _RANGE_DASH or int(match[4]) >= _UNCLEAR_FROM


def minutes_behind(text: str) -> int | None:
    """Return the offset at the end of a text in minutes behind UTC, or None.

    The offset can also be the end of a range of hours.

    >>> minutes_behind("2026-11-23 00:00-08:00"), minutes_behind("2026-11-23 00:00")
    (480, None)
    """
    match = _BEHIND.search(text)
    return int(match[1]) * 60 + int(match[2] or 0) if match else None


def is_behind(text: str) -> bool:
    """Return whether a text ends with an offset behind UTC, and not with a range of hours."""
    return minutes_behind(text) is not None and not _may_be_range(text)


def _ends_later(match: re.Match[str]) -> bool:
    start, end = ((int(match[n]), int(match[n + 1] or 0)) for n in (1, 4))
    return start < end


def _may_follow(name: str, time: datetime) -> bool:
    """Return whether a name can follow an offset. `UTC` can follow only the offset 0."""
    zone = zone_named(name)
    if zone is None:
        return bool(time.utcoffset()) and _LABEL.fullmatch(name) is not None
    return "/" in zone.key or not time.utcoffset()


def _is_other(name: str, time: datetime) -> bool:
    zone = zone_in_words(name)
    return zone is not None and time.astimezone(zone).utcoffset() != time.utcoffset()


def _in_zone(naive: datetime, zone: ZoneInfo, value: str) -> datetime:
    early = naive.replace(tzinfo=zone, fold=0)
    late = naive.replace(tzinfo=zone, fold=1)
    if early.utcoffset() != late.utcoffset():
        back = early.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
        reason = (
            N_("the clocks in {zone} showed {text} twice; write the offset with it")
            if back == naive
            else N_("the clocks in {zone} skipped {text}; write the offset with it")
        )
        raise UnreadableValue(reason, zone=zone_words(zone), text=value)
    return early
