"""Find the zone that a text names: in a heading, in a column of zones, after a time, in a title."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

_UTC: Final = frozenset({"utc", "gmt", "z", "zulu"})
#: `UTC-3`, `GMT+01:00`, `-0300`. Offsets with half hours have no zone name.
_OFFSET: Final = re.compile(r"(?:utc|gmt)?\s?([+\u2212-])(\d{1,2})(?::?00)?", re.ASCII)
#: The most hours that clocks are ahead of UTC, or behind it.
FARTHEST: Final = {"+": 14, "-": 12}
#: The zone at the end of a heading: `Sent (UTC)`, `Sent [America/Lima]`, `sent_at_utc`.
_IN_BRACKETS: Final = re.compile(r"(.*?)[\s_-]*[(\[]([^()\[\]]+)[)\]]\s*")
_AT_END: Final = re.compile(
    r"(.*?)(?:[\s_,:-]+|(?<=[a-z])(?=U))(utc|gmt|[a-z]+(?:/[a-z_+-]+)+)\s*", re.IGNORECASE
)
#: A text in brackets that says how dates are written: `dd/mm/yyyy hh:mm`.
_FORM: Final = re.compile(r"[dmyahsgj\W\d]+", re.IGNORECASE)

#: The patterns from here to _PLACE need texts in lower case and without accents.
_OF_TIMES: Final = (
    r"\b(?:horarios?|horas?|times?|timezones?|fusos?|husos?|zonas?|zone|tz|dates?|datas?|fechas?)\b"
)
#: A sentence about the zone of the times of a file.
_ABOUT_ZONE: Final = re.compile(
    r".*\b(?:hora local|local time|time ?zone|zona horaria|huso horario|fuso horario"
    r"|(?:horarios?|times)\s(?:(?:estan?|estao?|sao|son|are|shown)\s)*(?:em|en|in))\b.*"
)
#: One time with its zone, such as `10:00 (UTC)`. It says nothing about other times.
_ONE_TIME: Final = re.compile(
    r"\d[:/.-]\d{2,4}(?::\d{2})?(?:\.\d+)?\s*[ap]?m?\s*[(\[]?(?:utc|gmt|z\b|[+\u2212-]\d"
    r"|[a-z]+/[a-z])\S*"
)
_IN_SENTENCE: Final = re.compile(
    r"\b(?:utc|gmt)(?:\s?[+\u2212-]\d{1,2}(?::?\d{2})?)?(?![\w:])|\b[a-z]+(?:/[a-z_+-]+)+"
    r"|(?<![\w:])[+\u2212-]\d{2}:?\d{2}\b"
)
#: A place after a word of _OF_TIMES: `horario de Brasilia`, `times in Mexico City`.
_PLACE: Final = re.compile(
    _OF_TIMES + r"(?:\W+(?:de|do|da|del|em|en|in|of|is|are|shown|sao|estao|estan|son|oficial|local"
    r"|horario|horaria|zone))*\W+((?:[a-z]+ ?){1,4})|\b([a-z]+(?: [a-z]+)?) time\b"
)
#: The short name of a zone, as in `Times in BRT`. Short names have several meanings.
_SHORT: Final = re.compile(
    r"(?i:\b(?:hor[aá]rios?|horas?|times?|time ?zone|fuso|huso|zona|tz)\b).*"
    r"\b((?!GMT\b)[A-Z]{2,4}T|(?:UTC|GMT)\s?[+\u2212-]\d{1,2}:?[1-5]\d)\b"
)
_CONTINENTS: Final = ("America/", "Europe/", "Africa/", "Asia/", "Atlantic/", "Australia/")
_OTHER_PLACES: Final = {
    **{"brasilia": "America/Sao_Paulo", "lisboa": "Europe/Lisbon"},
    **{"ciudad de mexico": "America/Mexico_City", "cidade do mexico": "America/Mexico_City"},
    **{"eastern": "America/New_York", "pacific": "America/Los_Angeles"},
}


@cache
def _places() -> Mapping[str, str]:
    """Return the zones of cities by their names."""
    names = sorted(name for name in available_timezones() if name.startswith(_CONTINENTS))
    cities = {name.rpartition("/")[2].replace("_", " ").lower(): name for name in names}
    return cities | _OTHER_PLACES


@cache
def _names() -> Mapping[str, str]:
    """Return the names of zones that name a place, by their lower case.

    Names without a place are left out, because names such as `EST` have two meanings.
    """
    return {name.lower(): name for name in available_timezones() if "/" in name}


@lru_cache(1_024)
def zone_named(text: str) -> ZoneInfo | None:
    """Return the zone that a text names, None if Freio does not know it.

    >>> str(zone_named("america/sao paulo")), str(zone_named("UTC-3")), zone_named("BRT")
    ('America/Sao_Paulo', 'Etc/GMT+3', None)
    """
    key = text.strip().lower()
    if key in _UTC:
        return ZoneInfo("UTC")
    if match := _OFFSET.fullmatch(key):
        sign, hours = match[1].replace("\u2212", "-"), int(match[2])
        if not hours:
            return ZoneInfo("UTC")
        # These names have the opposite sign: `Etc/GMT+3` is 3 hours behind UTC.
        way = "-" if sign == "+" else "+"
        return ZoneInfo(f"Etc/GMT{way}{hours}") if hours <= FARTHEST[sign] else None
    name = _names().get(key.replace(" ", "_"))
    return ZoneInfo(name) if name else None


@lru_cache(4_096)
def split_heading(heading: str) -> tuple[str, str]:
    """Return a heading without the zone at its end, and the text of this zone ("" without one)."""
    match = _IN_BRACKETS.fullmatch(heading) or _AT_END.fullmatch(heading)
    if match is None or not match[1] or zone_named(match[2]) is None:
        return heading, ""
    return match[1], match[2].strip()


def is_same_zone(one: str, other: str) -> bool:
    """Return whether two texts name the same zone, or both name none."""
    return one == other or (bool(one and other) and zone_named(one) == zone_named(other))


def may_name_zone(heading: str) -> bool:
    """Return whether a heading has words in brackets that may be a zone unknown to Freio."""
    match = _IN_BRACKETS.fullmatch(heading)
    return match is not None and not split_heading(heading)[1] and not _FORM.fullmatch(match[2])


def is_about_zone(text: str) -> bool:
    """Return whether a title or a footer is about the zone of the times of a file."""
    is_about = _ABOUT_ZONE.fullmatch(_plain(text)) is not None
    return is_about or zone_said(text) is not None or _SHORT.search(text) is not None


@lru_cache(1_024)
def zone_said(text: str) -> ZoneInfo | None:
    """Return the zone that a sentence gives for times, None if it gives none or several.

    >>> str(zone_said("All times in UTC")), str(zone_said("Horários de Brasília (GMT-3)"))
    ('UTC', 'America/Sao_Paulo')
    """
    plain = _ONE_TIME.sub("", _plain(text))
    if not re.search(_OF_TIMES, plain):
        return None
    for names in (_places_in(plain), _IN_SENTENCE.findall(plain)):
        found = {zone for name in names if (zone := zone_named(name))}
        # A place says more than an offset, because the offset of a place may change in summer.
        found = {zone for zone in found if not zone.key.startswith("Etc/")} or found
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def zone_said_in(texts: Iterable[str]) -> tuple[str, ZoneInfo] | None:
    """Return the first text that gives a zone for times, and this zone."""
    return next(((text, zone) for text in texts if (zone := zone_said(text))), None)


def short_zone_in(texts: Iterable[str]) -> tuple[str, str] | None:
    """Return the first text that has the short name of a zone such as BRT, and this name."""
    found = ((text, match[1]) for text in texts if (match := _SHORT.search(text)))
    return next((each for each in found if zone_said(each[0]) is None), None)


def _places_in(plain: str) -> list[str]:
    found = []
    for words in (each for match in _PLACE.finditer(plain) for each in match.groups("")):
        names = words.split()
        parts = (" ".join(names[:end]) for end in range(len(names), 0, -1))
        found += [_places()[part] for part in parts if part in _places()][:1]
    return found


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text[:300].casefold())
    return "".join(c for c in parts if not unicodedata.combining(c))
