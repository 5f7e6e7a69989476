"""Convert the times of the sample export.

`D-3 14:30:00` is a local time three days before the day of loading. `T-00:12:30` is 12.5 minutes
before the time of loading.
"""

import csv
import io
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.domain.platform import Platform
from core.domain.states import TERMINAL, State, parse_state
from core.errors import N_, FeedError
from core.feed.interpreting.headings import TIME_FIELDS
from core.platforms import icomm

_TODO = N_("Restore data/sample.csv, or generate it again: make sample.")
_SCHEDULED_AT = "scheduled_at"
_BY_DAY = re.compile(
    r"D(?P<days>[+-]\d{1,4}) (?P<h>[01]\d|2[0-3]):(?P<m>[0-5]\d):(?P<s>[0-5]\d)", re.ASCII
)
_BY_MOMENT = re.compile(r"T(?P<sign>[+-])(?P<h>\d{2,4}):(?P<m>[0-5]\d):(?P<s>[0-5]\d)", re.ASCII)
_DAY = timedelta(days=1)


def shift_sample(
    text: str, now: datetime, zone: ZoneInfo, platform: Platform = icomm.PLATFORM
) -> str:
    """Return the CSV with times in ISO 8601 (UTC) and the state words of `platform`.

    `zone` is the zone of local times. The intervals between the times of a row do not change. A row
    with `D` times can move by whole days. A SCHEDULED row moves forward until its scheduled time is
    later than `now`. A row in a terminal state moves back until none of its times is later than
    `now`.

    Raises FeedError if the text is not a sample export. Raises ValueError if `now` has no zone.
    """
    if now.utcoffset() is None:
        raise ValueError(f"now has no time zone: {now!r}")
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    heading: list[str] = []
    line = 1
    try:
        for row in lines:
            if row and not heading:
                heading = _heading(row)
                writer.writerow(row)
            elif row:
                writer.writerow(_shift_row(heading, row, line, now, zone, platform))
            line = lines.line_num + 1
    except csv.Error as error:
        happened = N_("Line {line} is not CSV: {error}.")
        raise FeedError(happened, _TODO, line=line, error=error) from error
    if not heading:
        raise FeedError(N_("The file is empty."), _TODO)
    return out.getvalue()


def _heading(row: list[str]) -> list[str]:
    for column in ("state", _SCHEDULED_AT):
        if column not in row:
            raise FeedError(N_("The column “{column}” is missing."), _TODO, column=column)
    return row


def _shift_row(
    heading: list[str],
    row: list[str],
    line: int,
    now: datetime,
    zone: ZoneInfo,
    platform: Platform,
) -> list[str]:
    if len(row) != len(heading):
        happened = N_("Line {line} has {found} fields instead of {expected}.")
        raise FeedError(happened, _TODO, line=line, found=len(row), expected=len(heading))
    values = dict(zip(heading, row, strict=True))
    texts = {column: values[column] for column in TIME_FIELDS if values.get(column)}
    if _SCHEDULED_AT not in texts:
        raise FeedError(N_("Line {line} has no scheduled time."), _TODO, line=line)
    state = parse_state(values["state"])
    if texts[_SCHEDULED_AT].startswith("T"):
        times = _by_moment(texts, line, now)
    else:
        times = _by_day(texts, line, now, zone, state)
    shifted = {column: at.isoformat() for column, at in times.items()}
    if (word := platform.word(state)) != state.value:
        shifted["state"] = word
    return [shifted.get(column, value) for column, value in zip(heading, row, strict=True)]


def _by_moment(texts: Mapping[str, str], line: int, now: datetime) -> dict[str, datetime]:
    moment = now.astimezone(UTC).replace(microsecond=0)
    times = {}
    for column, text in texts.items():
        found = _match(_BY_MOMENT, text, line)
        distance = _duration(found)
        times[column] = moment - distance if found["sign"] == "-" else moment + distance
    return times


def _by_day(
    texts: Mapping[str, str], line: int, now: datetime, zone: ZoneInfo, state: State
) -> dict[str, datetime]:
    today = now.astimezone(zone).date()
    since_midnight = {}
    for column, text in texts.items():
        found = _match(_BY_DAY, text, line)
        since_midnight[column] = timedelta(days=int(found["days"])) + _duration(found)

    times = _at(since_midnight, today, zone)
    if state is State.SCHEDULED:
        while times[_SCHEDULED_AT] <= now:
            today += _DAY
            times = _at(since_midnight, today, zone)
    elif state in TERMINAL:
        while max(times.values()) > now:
            today -= _DAY
            times = _at(since_midnight, today, zone)
    return times


def _at(
    since_midnight: Mapping[str, timedelta], today: date, zone: ZoneInfo
) -> dict[str, datetime]:
    # Convert only the scheduled time to UTC, and keep the intervals to the other times. Otherwise,
    # a clock change could reverse the order of two local times.
    scheduled = since_midnight[_SCHEDULED_AT]
    local = datetime.combine(today, time.min) + scheduled
    anchor = local.replace(tzinfo=zone).astimezone(UTC)
    return {column: anchor + (at - scheduled) for column, at in since_midnight.items()}


def _match(form: re.Pattern[str], text: str, line: int) -> re.Match[str]:
    found = form.fullmatch(text)
    if found is not None:
        return found
    happened = N_("Line {line}: “{text}” is not a time such as D-3 14:30:00 or T+00:07:00.")
    if _BY_DAY.fullmatch(text) or _BY_MOMENT.fullmatch(text):
        happened = N_("Line {line} mixes times such as D-3 14:30:00 with times such as T+00:07:00.")
    raise FeedError(happened, _TODO, line=line, text=text)


def _duration(found: re.Match[str]) -> timedelta:
    return timedelta(hours=int(found["h"]), minutes=int(found["m"]), seconds=int(found["s"]))
