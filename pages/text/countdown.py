"""The time left as text. The browser counts the time down (countdown.js)."""

from datetime import timedelta
from functools import lru_cache

from core.domain.states import Outlook
from pages.text import i18n, names
from pages.text.i18n import _
from pages.viewer.language import reader_language


def countdown(seconds: float) -> str:
    """Return the time left as text. The browser must write an equal text (durations.js)."""
    words, left = count_words(), int(seconds)
    if left < 1:
        return words["over"]
    minutes, rest = divmod(left, 60)
    if minutes < 1:
        return words["seconds"].format(n=left)
    hours, less = divmod(minutes, 60)
    if hours < 1:
        return words["minutes"].format(m=minutes, s=f"{rest:02}")
    if hours < 24:
        return words["hours"].format(h=hours, m=less)
    return i18n.span(timedelta(seconds=left))


def count_words() -> dict[str, str]:
    """Return the texts of a countdown. `{n}`, `{m}`, `{s}` and `{h}` become numbers.

    - `soon`: the text if no time is left, but the facts are less than a minute old.
    - `over`: the text if no time is left, and the facts are older.
    - `doubtful`: the verdict beside `over`.
    - `old`: the verdict for old data. `{age}` becomes the age.
    """
    return _count_words(reader_language().code)


# Cached, because each row of a list needs these texts.
@lru_cache
def _count_words(_language: str) -> dict[str, str]:
    return {
        "seconds": _("{n} s left"),
        "minutes": _("{m} min {s} s"),
        "hours": _("{h} h {m} min"),
        "soon": _("any moment"),
        "over": _("may have begun"),
        "doubtful": names.outlook_name(Outlook.UNCERTAIN),
        "old": _("Uncertain – data is {age} old"),
    }
