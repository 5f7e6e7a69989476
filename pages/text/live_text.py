"""Ages, and times that are left, that go on in the browser when no answer comes (see live_text.js).

What is returned here is HTML, for `draw`: Markdown that allows HTML would bring 190 kB of script.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from html import escape
from typing import Literal

import streamlit as st

from core.domain.freshness import CURRENT, Freshness
from core.domain.states import Outlook
from core.locale import translation
from pages.text import i18n, palette
from pages.text.i18n import _
from pages.text.markdown import bold
from pages.viewer.language import reader


def facts_age(fresh: Freshness) -> str:
    """Return how old the facts are. The lights of the page are judged by it (`light`)."""
    if fresh.at is None:
        return i18n.age(None, fresh.now)
    limit = f"data-facts data-limit={fresh.limit.total_seconds():.0f}"
    seconds = (fresh.now - fresh.at).total_seconds()
    return _live(i18n.age(fresh.at, fresh.now), "age", seconds, fresh.now, limit)


def draw(text: str, kind: str = "", width: Literal["stretch", "content"] = "stretch") -> None:
    """Draw a text with HTML of this module in it, and with **words** that stand out.

    `kind` is how it looks (page.css).
    """
    st.html(f"<p class='live-text {kind}'>{bold(text)}</p>", width=width)


def warn_when_old(text: str) -> None:
    """Draw a warning that the browser shows as soon as the facts get old."""
    st.html(f"<p class='live-text when-old' role='status' hidden>{bold(escape(text))}</p>")


def until(at: datetime, now: datetime) -> str:
    """Return how long it is until a moment."""
    length = at - now
    return _live(i18n.span(length), "until", length.total_seconds(), now)


def since(then: datetime, now: datetime) -> str:
    """Return how long it is since a moment."""
    length = now - then
    return _live(i18n.span(length), "span", length.total_seconds(), now)


def _live(text: str, kind: str, seconds: float, now: datetime, more: str = "") -> str:
    # The text stands for so many seconds at `now`.
    return (
        f"<span data-age={seconds:.1f} data-as={kind} data-at={now.timestamp()} {more}>"
        f"{escape(text)}</span>"
    )


def time_left(text: str, closes: datetime | None, fresh: Freshness) -> str:
    """Return until when a send can be stopped, which `text` says as of now."""
    if closes is None:
        return escape(text)
    seconds = (closes - fresh.now).total_seconds()
    return (
        f"<span data-left={seconds:.1f} data-current-for={seconds_current(fresh):.1f} "
        f"data-at={fresh.now.timestamp()}>{escape(text)}</span>"
    )


def seconds_current(fresh: Freshness) -> float:
    """Return for how many seconds what has come from the source still tells what is so."""
    return (CURRENT - fresh.age).total_seconds() if fresh.at else 0


def verdict_light(
    word: str, outlook: Outlook, fresh: Freshness, *, tells_age: bool, is_short: bool = False
) -> str:
    """Return a verdict with its sign: a green one turns uncertain by itself.

    It does so within an element that has the attributes of `tone`. `tells_age` says that the word
    is the age of old data; a short one leaves the age to what stands around it.
    """
    sign = palette.SIGNS[outlook]
    if outlook is Outlook.STOPPABLE:
        doubtful = palette.SIGNS[Outlook.UNCERTAIN]
        old = "" if is_short else escape(_("Uncertain – data is {age} old"))
        return (
            f"<span aria-hidden='true' data-doubtful='{doubtful}'>{sign}</span> "
            f'<span data-doubtful="{escape(_("Uncertain"))}" data-old="{old}">{escape(word)}</span>'
        )
    if tells_age and is_short:
        word = escape(_("Uncertain"))
    elif tells_age and fresh.at is not None:
        word = _("Uncertain – data is {age} old", age=since(fresh.at, fresh.now))
    else:
        word = escape(word)
    return f"<span aria-hidden='true'>{sign}</span> {word}"


def tone_attributes(outlook: Outlook) -> str:
    """Return the attributes of an element in the colour of an outlook, `var(--tone)`."""
    kind = "green" if outlook is Outlook.STOPPABLE else "fixed"
    return f"data-light={kind} style='--tone: var(--{outlook.value.replace('_', '-')})'"


def age_words() -> dict[str, object]:
    """Return what live_text.js writes ages and lengths with, in the reader's language."""
    return {"now": _("just now"), "ago": _("{span} ago"), **duration_words()}


def duration_words() -> dict[str, str]:
    """Return what times.js writes the lengths of `i18n.span` with, in the reader's language."""
    return _duration_words(reader().language)


@lru_cache
def _duration_words(language: str) -> dict[str, str]:
    days = ("{n} day", "{n} days")
    return {
        "seconds": _("{n} s"),
        "minutes": _("{n} min"),
        "hours_minutes": _("{h} h {m} min"),
        "hours": _("{n} h"),
        "day": translation(language).ngettext(*days, 1),
        "days": translation(language).ngettext(*days, 2),
    }
