"""How the time that is left is written, here and as the browser counts it down (countdown.js)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from core.domain.states import Outlook
from pages.text import i18n, names
from pages.text.i18n import _
from pages.viewer.language import reader


@dataclass(frozen=True, slots=True)
class CountWords:
    """What a countdown is written with: `{n}`, `{m}`, `{s}` and `{h}` become numbers.

    Where nothing is left, `soon` stands while the facts are of this minute, and then `over`, with
    `doubtful` as the verdict. Where the data is old, `old` is the verdict, with its `{age}`.
    """

    seconds: str
    minutes: str
    hours: str
    soon: str
    over: str
    doubtful: str
    old: str


def countdown(seconds: float) -> str:
    """Write what is left, as the browser writes it when it counts on (see countdown.js)."""
    said, left = count_words(), int(seconds)
    if left < 1:
        return said.over
    minutes, rest = divmod(left, 60)
    if minutes < 1:
        return said.seconds.format(n=left)
    hours, less = divmod(minutes, 60)
    if hours < 1:
        return said.minutes.format(m=minutes, s=f"{rest:02}")
    if hours < 24:
        return said.hours.format(h=hours, m=less)
    return i18n.span(timedelta(seconds=left))


def count_words() -> CountWords:
    """Return what a countdown is written with, in the reader's language."""
    return _count_words(reader().language)


# Each row's countdown asks for them, and they only change with the language.
@lru_cache
def _count_words(_language: str) -> CountWords:
    return CountWords(
        seconds=_("{n} s left"),
        minutes=_("{m} min {s} s"),
        hours=_("{h} h {m} min"),
        soon=_("any moment"),
        over=_("may have begun"),
        doubtful=names.outlook_name(Outlook.UNCERTAIN),
        old=_("Uncertain – data is {age} old"),
    )
