"""Saying things: texts through gettext, numbers and times in the reader's locale and zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st
from babel.dates import format_datetime, format_time
from babel.numbers import format_decimal

from core.errors import FreioError
from core.locale import SOURCE_LANGUAGE, translation

#: The language of the texts. Numbers and dates follow it, so that a sentence is of one piece.
LANGUAGE = SOURCE_LANGUAGE


def _(text: str, /, **values: object) -> str:
    """Translate a text and fill in its values."""
    said = translation(LANGUAGE).gettext(text)
    return said.format(**values) if values else said


def plural(one: str, many: str, count: int, /, **values: object) -> str:
    """Translate a text that counts; `{n}` in it becomes the number."""
    said = translation(LANGUAGE).ngettext(one, many, count)
    return said.format(n=number(count), **values)


def error(trouble: FreioError) -> str:
    """Translate an error's sentence."""
    return _(trouble.template, **trouble.values)


def number(value: int) -> str:
    """Write a whole number."""
    return str(format_decimal(value, locale=LANGUAGE))


def zone() -> tzinfo:
    """Return the reader's time zone, UTC where the browser does not tell."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def midnight(now: datetime) -> datetime:
    """Return when the reader's day began."""
    return now.astimezone(zone()).replace(hour=0, minute=0, second=0, microsecond=0)


def moment(when: datetime, now: datetime) -> str:
    """Write a time: the hour today, with the day otherwise."""
    there = when.astimezone(zone())
    if there.date() == now.astimezone(zone()).date():
        return str(format_time(there, "HH:mm", locale=LANGUAGE))
    pattern = "d MMM HH:mm" if there.year == now.year else "d MMM y HH:mm"
    return str(format_datetime(there, pattern, locale=LANGUAGE))


def second(when: datetime, now: datetime) -> str:
    """Write a time to the second: the clock today, with the day otherwise."""
    there = when.astimezone(zone())
    if there.date() == now.astimezone(zone()).date():
        return str(format_time(there, "HH:mm:ss", locale=LANGUAGE))
    return exact(when)


def hour(when: datetime) -> str:
    """Write the time of day."""
    return str(format_time(when.astimezone(zone()), "HH:mm", locale=LANGUAGE))


def exact(when: datetime) -> str:
    """Write a time with day and seconds."""
    there = when.astimezone(zone())
    return str(format_datetime(there, "d MMM y HH:mm:ss", locale=LANGUAGE))


def span(length: timedelta) -> str:
    """Write a length of time in its one or two largest units."""
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
    """Say how old facts are."""
    if when is None:
        return _("age unknown")
    if when - now > timedelta(seconds=10):
        # Where the clock went back, "just now" would be a green light that nobody gave.
        return _("{span} ahead of this machine's clock; check the clock", span=span(when - now))
    if now - when < timedelta(seconds=10):
        return _("just now")
    return _("{span} ago", span=span(now - when))
