"""Find unread columns that change the meaning of a read column.

- "half": am or pm, beside an hour.
- "minute": the minutes, beside an hour.
- "scale": the recipients are in thousands or in millions.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final, Literal

import pyarrow as pa
import pyarrow.compute as pc

from core.feed.formats.rows import as_text
from core.feed.interpreting.column_reader import map_texts
from core.feed.interpreting.headings import names_minutes
from core.feed.interpreting.reading_rules import word_set
from core.feed.interpreting.row_reader import filled_text
from core.feed.interpreting.scales import is_scale, is_single, names_unit
from core.feed.interpreting.zones import plain_text

Kind = Literal["half", "minute", "scale"]
_HALF: Final = re.compile(r"[ap]\.?\s?m\.?")
#: Words for am and pm. Beside a word for night, `2:30` is am, and `9:30` is pm.
_MORNING_WORDS: Final = word_set("manha, manana, morning, madrugada, matutino, matutina, diurno")
_NIGHT_WORDS: Final = word_set("noite, noche, night, evening, noturno, nocturno")
_LATER_WORDS: Final = _NIGHT_WORDS | {"tarde", "afternoon", "vespertino", "vespertina"}
_BEFORE_WORD: Final = re.compile(r"^(?:(?:da|de la|de|a|na|in the|por la|pela)\s)?(\w+)$")
_MINUTE: Final = re.compile(r"[0-5]?\d(?:[.,]0+)?", re.ASCII)
_OWN_HALF: Final = r"(?i)\d[\s\x{a0}\x{202f}]?[ap]\.?[\s\x{a0}\x{202f}]?m\b"
#: An hour before noon: `2:30`, `2h`, or the fraction of a day in `47445.104`.
_MORNING: Final = (
    r"(?:^|[^\d:.+\x{2212}-])(?:0?[1-9]|1[01])[:h]\d{2}"
    r"|\d[T\s,]+(?:0?[1-9]|1[01])(?:\.\d{2}|\s?h)?\s*$|(?:^\d{5}|\s0?)[.,][0-4]\d*$"
)
_LATE: Final = _MORNING.replace("[1-9]", "[5-9]").replace("[0-4]", "[2-4]")
_NOON: Final = r"(?:^|[^\d:.+\x{2212}-])12[:h]\d{2}|\d[T\s,]+12(?:\.\d{2}|\s?h)?\s*$"
#: A day and an hour without minutes: `2026-11-23 14h`.
_HOUR_ALONE: Final = (
    r"(?i)\d[T\s,]+\d{1,2}\s?(?:h(?:s|rs?|oras)?|[ap]\.?\s?m)?\.?"
    r"(?:\s?(?:z|utc|gmt|[+-]\d{2}:?\d{2}))?\s*$"
)
#: A function that returns the texts of the scheduled times.
Times = Callable[[], pa.Array]
#: This number of values is enough to exclude most columns.
_FEW: Final = 100


class UnreadColumn:
    """The values of an unread column."""

    def __init__(self, heading: str, *, has_counts: bool) -> None:
        self._kinds: set[Kind] = {"half"}
        self._kinds |= {"minute"} if names_minutes(heading) else set()
        self._kinds |= {"scale"} if has_counts and names_unit(heading) else set()
        self._known: set[str] = set()
        self._examples: dict[Kind, tuple[int, str, str]] = {}

    @property
    def changes(self) -> tuple[Kind, int, str, str] | None:
        """The kind and an example (line, text, scheduled time). None if there is no example."""
        found = ((kind, *each) for kind, each in self._examples.items() if kind in self._kinds)
        return next(found, None)

    def add(self, column: pa.Array, times: Times, lines: Sequence[int]) -> None:
        """Add a part of the column, with the scheduled times of the rows."""
        for part in (column.slice(0, _FEW), column):
            if not self._kinds:
                return
            texts = as_text(part)
            new = set(map(filled_text, pc.unique(texts).to_pylist())) - self._known - {""}
            for text in new:
                # Several threads call `add`. This is safe, because no thread adds a kind.
                for kind in [each for each in tuple(self._kinds) if not _fits(each, text)]:
                    self._kinds.discard(kind)
                if not self._kinds:
                    return
            self._known |= new
        for kind in tuple(self._kinds) if self._known else ():
            at = pc.index(_is_changed(kind, texts, times), True).as_py()
            if at >= 0:
                found = (lines[at], texts[at].as_py(), times()[at].as_py())
                self._examples[kind] = min(found, self._examples.get(kind, found))


def _fits(kind: Kind, text: str) -> bool:
    if kind == "half":
        return _half(text) != ""
    if kind == "minute":
        return _MINUTE.fullmatch(text) is not None
    return is_scale(text) or is_single(text)


def _half(text: str) -> str:
    """Return the half of the day: "a" (am), "p" (pm), "n" (night) or ""."""
    plain = plain_text(text).strip()
    if _HALF.fullmatch(plain):
        return plain[0]
    match = _BEFORE_WORD.fullmatch(plain)
    word = match[1] if match else ""
    if word in _MORNING_WORDS:
        return "a"
    return "n" if word in _NIGHT_WORDS else "p" if word in _LATER_WORDS else ""


def _is_changed(kind: Kind, texts: pa.Array, times: Times) -> pa.Array:
    if kind == "scale":
        scales = [each for each in pc.unique(texts).to_pylist() if is_scale(each)]
        return pc.is_in(texts, value_set=pa.array(scales, pa.string()))
    if kind == "minute":
        is_later = pc.match_substring_regex(texts, r"^(?:0?[1-9]|[1-5]\d)(?:\D|$)")
        return pc.and_(is_later, pc.match_substring_regex(times(), _HOUR_ALONE))
    halves = map_texts(texts, _half)
    is_am, is_pm, is_night = (pc.equal(halves, half) for half in "apn")
    is_early = pc.and_(is_pm, pc.match_substring_regex(times(), _MORNING))
    is_noon = pc.and_(is_am, pc.match_substring_regex(times(), _NOON))
    is_late = pc.and_(is_night, pc.match_substring_regex(times(), _LATE))
    is_other = pc.or_(pc.or_(is_early, is_noon), is_late)
    return pc.and_not(is_other, pc.match_substring_regex(times(), _OWN_HALF))
