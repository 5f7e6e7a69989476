"""Ages and times left as HTML. The browser keeps the texts current (live_text.js).

Use `draw` to show the HTML. With `st.markdown`, the browser would load 190 kB of scripts.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from html import escape
from typing import Literal

import streamlit as st

from core.domain.freshness import CURRENT, Freshness
from core.domain.states import CAN_BE_STOPPED, Outlook
from core.services.shared_cache import in_steps
from pages.text import i18n, palette
from pages.text.i18n import _
from pages.text.markdown import bold

_MINUTE = timedelta(minutes=1)


def facts_age(fresh: Freshness) -> str:
    """Return the age of the facts. With this age, the browser updates each `verdict_light`."""
    if fresh.at is None:
        return i18n.age(None, fresh.now)
    limit = f"data-facts data-limit={fresh.limit.total_seconds():.0f}"
    seconds = (fresh.now - fresh.at).total_seconds()
    return _live(i18n.age(fresh.at, fresh.now), "age", seconds, fresh.now, limit)


def draw(text: str, kind: str = "", width: Literal["stretch", "content"] = "stretch") -> None:
    """Draw HTML of this module with **bold** words. `kind` is a class of page.css."""
    st.html(f"<p class='live-text {kind}'>{bold(text)}</p>", width=width)


def warn_when_old(text: str) -> None:
    """Draw a hidden warning. The browser shows the warning when the facts become old."""
    st.html(f"<p class='live-text when-old' role='status' hidden>{bold(escape(text))}</p>")


def clock(now: datetime) -> str:
    """Return the time of day."""
    seconds = (now - i18n.midnight(now)).total_seconds()
    return f"<span data-clock={seconds:.1f} data-at={now.timestamp()}>{i18n.hour(now)}</span>"


def until(at: datetime, now: datetime) -> str:
    """Return the time until a moment."""
    length = at - now
    return _live(i18n.span(length), "until", length.total_seconds(), now)


def since(then: datetime, now: datetime) -> str:
    """Return the time since a moment."""
    length = now - then
    return _live(i18n.span(length), "span", length.total_seconds(), now)


def _live(text: str, kind: str, seconds: float, now: datetime, more: str = "") -> str:
    # `text` shows the length of time `seconds`, measured at `now`.
    return (
        f"<span data-age={seconds:.1f} data-as={kind} data-at={now.timestamp()} {more}>"
        f"{escape(text)}</span>"
    )


def time_left(text: str, closes: datetime | None, fresh: Freshness) -> str:
    """Return the time left. `text` is the time left in words, at `fresh.now`."""
    if closes is None:
        return escape(text)
    seconds = (closes - fresh.now).total_seconds()
    return (
        f"<span data-left={seconds:.1f} data-current-for={seconds_current(fresh):.1f} "
        f"data-at={fresh.now.timestamp()}>{escape(text)}</span>"
    )


def steady(fresh: Freshness) -> Freshness:
    """Return the freshness at the start of the current minute.

    Streamlit does not send equal data again. The browser adds the passed time (page_state.js).
    """
    return replace(fresh, now=in_steps(fresh.now, _MINUTE))


def seconds_current(fresh: Freshness) -> float:
    """Return for how many seconds the last report is still current."""
    return CURRENT.total_seconds() - _age(fresh) if fresh.at else 0


def age_and_limit(fresh: Freshness) -> dict[str, float]:
    """Return two numbers of seconds: the age of the facts, and the age at which they become old."""
    return {"age": _age(fresh), "limit": fresh.limit.total_seconds()}


def _age(fresh: Freshness) -> float:
    # `steady` sets `now` back, so facts from the current minute can have a negative age.
    age = fresh.age if fresh.at is None else max(-_MINUTE, fresh.now - fresh.at)
    return age.total_seconds()


def verdict_light(
    word: str, outlook: Outlook, fresh: Freshness, *, tells_age: bool, is_short: bool = False
) -> str:
    """Return the sign and the words of a verdict, for an element with `tone_attributes`.

    When the data becomes old, the browser changes a green verdict to *Uncertain*.

    - `tells_age`: whether the data is already old. The verdict then contains the age.
    - `is_short`: whether the verdict leaves out the age.
    """
    sign = palette.SIGNS[outlook]
    if outlook in CAN_BE_STOPPED:
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
    """Return HTML attributes that set the colour `--tone` of an outlook."""
    kind = "green" if outlook in CAN_BE_STOPPED else "fixed"
    return f"data-light={kind} style='--tone: var(--{palette.name_of(outlook)})'"


def age_words() -> dict[str, object]:
    """Return the words for ages, for live_text.js."""
    return {"now": _("just now"), "ago": _("{span} ago"), **duration_words()}


def duration_words() -> dict[str, str]:
    """Return the words for lengths of time, for durations.js."""
    day, days = i18n.forms("{n} day", "{n} days")
    return {
        "seconds": _("{n} s"),
        "minutes": _("{n} min"),
        "hours_minutes": _("{h} h {m} min"),
        "hours": _("{n} h"),
        "day": day,
        "days": days,
    }
