"""Texts, numbers and times in the reader's language and time zone."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from pathlib import PurePath
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st
from babel import Locale
from babel.dates import format_date, format_datetime, get_timezone_name
from babel.numbers import format_compact_decimal, format_decimal, format_percent
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.access.permissions import Right, may
from core.domain.load_results import Reason, column_name
from core.domain.search_text import search_text
from core.errors import AdminText, FreioError, Text, Texts
from core.locale import translation
from pages.viewer import current_user
from pages.viewer.language import reader_language

#: Formatting with a locale is slow, so texts are cached.
_CACHE_SIZE = 2_048


def _(text: str, /, **values: object) -> str:
    """Translate a text and fill in the values. Write whole numbers in the reader's locale."""
    translated = translation(reader_language().code).gettext(text)
    return _filled(translated, values) if values else translated


def plural(one: str, many: str, count: int, /, **values: object) -> str:
    """Translate the singular or the plural of a text. `{n}` becomes `count`."""
    text = translation(reader_language().code).ngettext(one, many, count)
    return _filled(text, values | {"n": count})


def _filled(text: str, values: Mapping[str, object]) -> str:
    written = {name: number(v) if type(v) is int else v for name, v in values.items()}
    return text.format(**written)


def forms(one: str, many: str) -> tuple[str, str]:
    """Return the translated singular and plural. The browser fills in `{n}`."""
    translate = translation(reader_language().code).ngettext
    return translate(one, many, 1), translate(one, many, 2)


def alphabetical(names: Iterable[str]) -> list[str]:
    """Sort names by the alphabet of the reader's language. Ignore case and accents."""

    def key(name: str) -> tuple[str, str]:
        # In Spanish, ñ is a letter after n.
        text = name.casefold().replace("ñ", "n\uffff") if reader_language().code == "es" else name
        return search_text(text), name

    return sorted(names, key=key)


def error(trouble: FreioError, means: str = "") -> str:
    """Return the text of an error. A translated text `means` replaces `trouble.means`."""
    values = {name: value(each, _(trouble.hidden)) for name, each in trouble.values.items()}
    happened, meant, todo = trouble.parts
    return " ".join([_(happened, **values), means or _(meant, **values), _(todo, **values)])


def value(found: object, hidden: str = "…") -> str:
    """Return a value as text in a sentence.

    Only administrators see paths, hosts and users. All other people see `hidden`.
    """
    if isinstance(found, FreioError):
        return error(found)
    if isinstance(found, AdminText | PurePath):
        is_page = get_script_run_ctx() is not None
        is_shown = is_page and may(current_user.actor(), Right.ADMINISTER)
        return str(found) if is_shown else hidden
    if isinstance(found, Reason):
        values = {
            n: _(each) if isinstance(each, Text) else each for n, each in found.values.items()
        }
        if "column" in values:
            values["column"] = _(column_name(found.column))
        return _(found.template, **values)
    if isinstance(found, Texts):
        return ", ".join(map(_, found))
    if isinstance(found, Text):
        return _(found)
    return number(found) if type(found) is int else str(found)


def number(value: int) -> str:
    """Return a whole number as text."""
    return _decimal(value, None, reader_language().locale)


@lru_cache(_CACHE_SIZE)
def _decimal(value: float, pattern: str | None, locale: Locale) -> str:
    return str(format_decimal(value, format=pattern, locale=locale))


def percent(share: float) -> str:
    """Return a share in whole percent, rounded down: 0.999 is 99 %."""
    # As a float, 0.29 * 100 is slightly less than 29.
    whole = int(round(share * 100, 6))
    return str(format_percent(whole / 100, locale=reader_language().locale))


def date_order() -> str:
    """Return the reader's order of dates, in a format of Streamlit's date fields."""
    pattern = reader_language().locale.date_formats["short"].pattern
    order = sorted("dMy", key=pattern.find)
    known = {"dMy": "DD/MM/YYYY", "Mdy": "MM/DD/YYYY"}
    return known.get("".join(order), "YYYY-MM-DD" if "-" in pattern else "YYYY/MM/DD")


def compact(value: int, digits: int = 1) -> str:
    """Return a large number in short form, such as 4M, with at most `digits` decimals."""
    locale = reader_language().locale
    return str(format_compact_decimal(value, locale=locale, fraction_digits=digits))


_LEAST_RATIO = 0.1


def times(ratio: float) -> str:
    """Return a ratio as text, such as 12, 1.5, or `< 0.1`."""
    is_tiny = 0 < ratio < _LEAST_RATIO / 2
    shown = _LEAST_RATIO if is_tiny else round(ratio, 1)
    pattern = "#,##0" if shown >= 10 else "#,##0.#"
    text = _decimal(shown, pattern, reader_language().locale)
    return f"< {text}" if is_tiny else text


def zone() -> tzinfo:
    """Return the reader's time zone, or UTC if the zone is unknown."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def zone_name() -> str:
    """Return the name of the reader's time zone."""
    found = zone()
    if str(found) == "UTC":  # Babel does not know UTC
        return "UTC"
    return str(get_timezone_name(found, width="long", locale=reader_language().locale))


def zone_offset() -> str:
    """Return the current offset of the reader's zone, such as UTC−3 or UTC+5:30."""
    offset = datetime.now(zone()).utcoffset() or timedelta()
    minutes = round(abs(offset).total_seconds() / 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(minutes, 60)
    return f"UTC{'−' if offset < timedelta() else '+'}{hours}" + (f":{rest:02}" if rest else "")


def midnight(now: datetime) -> datetime:
    """Return the beginning of the current day in the reader's time zone."""
    return now.astimezone(zone()).replace(hour=0, minute=0, second=0, microsecond=0)


def moment(when: datetime, now: datetime) -> str:
    """Return a time like 14:30. If the day is not today, add the date."""
    there = when.astimezone(zone())
    if there.date() == now.astimezone(zone()).date():
        return _dated(there, "HH:mm")
    return _dated(there, "d MMM HH:mm" if there.year == now.year else "d MMM y HH:mm")


def second(when: datetime, now: datetime) -> str:
    """Return a time like 14:30:05. If the day is not today, add the date."""
    there = when.astimezone(zone())
    if there.date() == now.astimezone(zone()).date():
        return _dated(there, "HH:mm:ss")
    return exact(when)


def hour(when: datetime) -> str:
    """Return a time like 14:30."""
    return _dated(when.astimezone(zone()), "HH:mm")


def weekday(when: datetime) -> str:
    """Return a day with the weekday."""
    return _dated(when.astimezone(zone()), "EEEE, d MMM y")


def exact(when: datetime) -> str:
    """Return a time with date and seconds."""
    return _dated(when.astimezone(zone()), "d MMM y HH:mm:ss")


def day(which: date) -> str:
    """Return a day as text, without a change of time zone."""
    return _dated(which, "d MMM y")


def _dated(there: date, pattern: str) -> str:
    # Remove the zone for the cache. 12:00 UTC equals 09:00 UTC−3, but the texts differ.
    local = there.replace(tzinfo=None) if isinstance(there, datetime) else there
    return _date(local, pattern, reader_language().locale)


@lru_cache(_CACHE_SIZE)
def _date(local: date, pattern: str, locale: Locale) -> str:
    write = format_datetime if isinstance(local, datetime) else format_date
    text = str(write(local, pattern, locale=locale))
    # In Portuguese, a point follows a short month name. Remove the point.
    return text.replace(". ", " ")


def span(length: timedelta) -> str:
    """Return a length of time, such as "5 min" or "1 h 30 min"."""
    seconds = max(0, int(length.total_seconds()))
    if seconds < 60:
        return _("{n} s", n=seconds)
    minutes = seconds // 60
    if minutes < 60:
        return _("{n} min", n=minutes)
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return _("{h} h {m} min", h=hours, m=minutes) if hours < 6 else _("{n} h", n=hours)
    return plural("{n} day", "{n} days", hours // 24)


def age(when: datetime | None, now: datetime) -> str:
    """Return the age of facts, such as "5 min ago"."""
    if when is None:
        return _("age unknown")
    if when - now > timedelta(seconds=10):
        # Facts from the future are not current: a clock is wrong.
        return _("{span} ahead of this machine's clock; check the clock", span=span(when - now))
    if now - when < timedelta(seconds=10):
        return _("just now")
    return _("{span} ago", span=span(now - when))
