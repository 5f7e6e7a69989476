"""Numbers and times as people in different places write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from core.errors import N_

#: More recipients than this in one send is a mistake in the file.
MAX_COUNT = 2_000_000_000
#: A send before or after these is a mistake in the file: a serial misread, a year of two digits.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)

_GROUPED = re.compile(r"\d{1,3}(?:([.,\u00a0\u202f ])\d{3})(?:\1\d{3})*")
_NEGATIVE = re.compile(r"[-\u2212]\s*\d[\d., ]*")
_WHOLE = re.compile(r"(\d+)[.,]0+")
#: Five digits: the days from 1954 to 2173. Years have four, dates without signs eight.
_SERIAL = re.compile(r"[2-9]\d{4}(?:[.,]\d+)?", re.ASCII)
_LOCAL = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")


class ValueReject(Exception):  # noqa: N818 - it is a reason, told to people, not a fault
    """A value that cannot be read, with the reason as a text template and its values."""

    def __init__(self, template: str, **values: object) -> None:
        super().__init__(template.format(**values))
        self.template = template
        self.values_ = values


def parse_count(text: str) -> int:
    """Read a whole number such as `1234`, `1.234`, `1,234` or `12 345`.

    A `.` or `,` before exactly three digits parts thousands, because counts have no fractions.
    Raises ValueReject.
    """
    value = text.strip()
    if value.isascii() and value.isdecimal():
        return _sensible(int(value[:20]))
    if _GROUPED.fullmatch(value):
        return _sensible(int(re.sub(r"\D", "", value)[:20]))
    whole = _WHOLE.fullmatch(value)
    if whole:
        return _sensible(int(whole.group(1)[:20]))
    if _NEGATIVE.fullmatch(value):
        raise ValueReject(N_("“{text}” is less than nothing"), text=value[:80])
    raise ValueReject(N_("“{text}” is not a whole number"), text=value[:80])


def _sensible(count: int) -> int:
    if count > MAX_COUNT:
        raise ValueReject(N_("{count} is too large a number of records"), count=count)
    return count


def parse_time(text: str, zone: ZoneInfo) -> datetime:
    """Read a time: ISO 8601, day first such as `23/11/2026 14:30`, or a spreadsheet's serial number
    such as `46349.6041`. Returns it in UTC.

    A time without an offset is one of `zone`; one that the clocks skipped or showed twice there is
    rejected rather than guessed. Raises ValueReject.
    """
    value = text.strip()
    serial = _SERIAL.fullmatch(value)
    if serial is not None:
        return _in_zone(_from_serial(value), zone, value)
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        found = _day_first(value)
    try:
        there = found.astimezone(UTC) if found.tzinfo else _in_zone(found, zone, value)
    except OverflowError:
        raise ValueReject(N_("“{text}” is not a date that can be"), text=value[:80]) from None
    if EARLIEST <= there < LATEST:
        return there
    raise ValueReject(N_("“{text}” is not a date that can be"), text=value[:80])


def _from_serial(value: str) -> datetime:
    """Read a spreadsheet's date: days since the end of 1899, to the second."""
    seconds = round(float(value.replace(",", ".")) * 86_400)
    return datetime(1899, 12, 30) + timedelta(seconds=seconds)


def _day_first(value: str) -> datetime:
    match = _LOCAL.fullmatch(value)
    if match is None:
        raise ValueReject(
            N_("“{text}” is not a date and time such as 2026-11-23 14:30 or 23/11/2026 14:30"),
            text=value[:80],
        )
    day, month, year, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        return datetime(year, month, day, hour, minute, second)
    except ValueError:
        raise ValueReject(N_("“{text}” is not a date that can be"), text=value[:80]) from None


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
        raise ValueReject(reason, zone=zone.key, text=value[:80])
    return early.astimezone(UTC)
