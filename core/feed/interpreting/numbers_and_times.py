"""Parse numbers and times as people in different countries write them."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from core.errors import N_

#: More recipients than this in one send are a mistake in the file.
MAX_COUNT = 2_000_000_000
#: A time outside these limits is a mistake in the file, for example a year of two digits.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)

_GROUPED = re.compile(r"\d{1,3}(?:([.,\u00a0\u202f ])\d{3})(?:\1\d{3})*")
_NEGATIVE = re.compile(r"[-\u2212]\s*\d[\d., ]*")
_WHOLE = re.compile(r"(\d+)[.,]0+")
#: Five digits are the days from 1954 to 2173. Years have four digits, dates without signs eight.
_SERIAL = re.compile(r"[2-9]\d{4}(?:[.,]\d+)?", re.ASCII)
_LOCAL = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")


class UnreadableValue(Exception):  # noqa: N818 - a reason for rejecting a row, not a fault
    """The text of a cell cannot be read; the reason is a text template and its values."""

    def __init__(self, template: str, **values: object) -> None:
        super().__init__(template.format(**values))
        self.template = template
        self.values_ = values


def parse_count(text: str) -> int:
    """Parse a whole number such as `1234`, `1.234`, `1,234` or `12 345`.

    A `.` or `,` before exactly three digits separates thousands, because counts have no fractions.
    Raises UnreadableValue.
    """
    value = text.strip()
    if value.isascii() and value.isdecimal():
        return _in_range(int(value[:20]))
    if _GROUPED.fullmatch(value):
        return _in_range(int(re.sub(r"\D", "", value)[:20]))
    whole = _WHOLE.fullmatch(value)
    if whole:
        return _in_range(int(whole.group(1)[:20]))
    if _NEGATIVE.fullmatch(value):
        raise UnreadableValue(N_("“{text}” is less than zero"), text=value[:80])
    raise UnreadableValue(N_("“{text}” is not a whole number"), text=value[:80])


def _in_range(count: int) -> int:
    if count > MAX_COUNT:
        raise UnreadableValue(N_("{count} is too many records"), count=count)
    return count


def parse_time(text: str, zone: ZoneInfo) -> datetime:
    """Parse a time: ISO 8601, day first such as `23/11/2026 14:30`, or a spreadsheet's serial
    number such as `46349.6041`. Returns it in UTC.

    A time without an offset is in `zone`; it is not accepted if the clocks there skipped it or
    showed it twice. Raises UnreadableValue.
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
        utc = found.astimezone(UTC) if found.tzinfo else _in_zone(found, zone, value)
    except OverflowError:
        raise UnreadableValue(N_("“{text}” is not a possible date"), text=value[:80]) from None
    if EARLIEST <= utc < LATEST:
        return utc
    raise UnreadableValue(N_("“{text}” is not a possible date"), text=value[:80])


def _from_serial(value: str) -> datetime:
    """Parse a spreadsheet's date: days since 30 December 1899, rounded to the second."""
    seconds = round(float(value.replace(",", ".")) * 86_400)
    return datetime(1899, 12, 30) + timedelta(seconds=seconds)


def _day_first(value: str) -> datetime:
    match = _LOCAL.fullmatch(value)
    if match is None:
        raise UnreadableValue(
            N_("“{text}” is not a date and time such as 2026-11-23 14:30 or 23/11/2026 14:30"),
            text=value[:80],
        )
    day, month, year, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        return datetime(year, month, day, hour, minute, second)
    except ValueError:
        raise UnreadableValue(N_("“{text}” is not a possible date"), text=value[:80]) from None


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
        raise UnreadableValue(reason, zone=zone.key, text=value[:80])
    return early.astimezone(UTC)
