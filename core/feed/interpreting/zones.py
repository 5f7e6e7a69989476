"""Find time zones in headings, cells, times, titles and footers."""

import re
import struct
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache, lru_cache
from io import BytesIO
from operator import eq
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from core.domain.search_text import search_text
from core.feed.interpreting.reading_rules import Order
from core.feed.interpreting.remarks import without_remark

_UTC: Final = frozenset({"utc", "gmt", "z", "zulu"})
#: An offset: `UTC-3`, `-0300`, `-3.5`. `-300` can be minutes and does not match.
_OFFSET: Final = re.compile(
    r"(?:utc|gmt)?\s*([+\u2212\u2013-])\s?"
    r"(?:(\d{1,2}):(00|15|30|45)|(\d\d)(00|15|30|45)|(\d{1,2})(?:[.,](00?|25|50?|75))?)",
    re.ASCII,
)
_MINUTES: Final = {"25": 15, "5": 30, "50": 30, "75": 45}
#: The offset 0 in a column of offsets: `0`, `+0.0`.
_NO_OFFSET: Final = re.compile(r"[+\u2212-]?0+(?:[.,:]0+)?", re.ASCII)
#: The maximum number of hours ahead of UTC (+) and behind UTC (-).
FARTHEST: Final = {"+": 14, "-": 12}
#: A zone in brackets: `Sent (UTC)`.
_IN_BRACKETS: Final = re.compile(r"(?P<rest>.*?)[\s_-]*[(\[](?P<zone>[^()\[\]]+)[)\]]\s*")
_NAMES_UTC: Final = re.compile(r"(?<![a-z])(?:utc|gmt)(?![a-z])", re.IGNORECASE)
#: More forms of zones in headings: `Sent UTC-5 (Bogota)`, `Sent, hora de Lima`, `UTC sent`.
_ZONED: Final = (
    re.compile(
        r"(?P<rest>.*?)(?:[\s_,:–-]+(?:(?:in|em|en)\s)?|(?<=[a-z])(?=U))"
        r"(?P<zone>(?:utc|gmt)(?:\s?[+\u2212–-]\s?\d{1,2}(?::?\d{2})?)?(?:\s*\(.+\))?"
        r"|[+\u2212–-]\d{1,2}:\d{2}|[a-z]+(?:/[a-z_+-]+)+)\s*",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?P<rest>.*?)[\s,;:|–-]+(?P<zone>(?:hora|hor[aá]rio|fuso)\s.+|[(\[](?:utc|gmt).+[)\]]\s*\w.*)",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<zone>utc|gmt)[\s_]+(?P<rest>.*)", re.IGNORECASE),
)
#: A date form: `dd/mm/yyyy hh:mm`.
_FORM: Final = re.compile(
    r"(?:d{1,4}|m{1,4}|y{1,4}|a{1,4}|h{1,2}|s{1,2}|j{2}|g{1,2}|[ap]m|[\W\d])+", re.IGNORECASE
)
#: The orders of date forms. `yyyy/mm/dd` needs no order.
_ORDERS: Final[tuple[tuple[Order, re.Pattern[str]], ...]] = (
    ("day", re.compile(r"\W*d{1,2}\W?m{1,3}\W?[ya]{2,4}\b.*")),
    ("month", re.compile(r"\W*m{1,3}\W?d{1,2}\W?[ya]{2,4}\b.*")),
    ("year", re.compile(r"\W*[ya]{2}\W?m{1,3}\W?d{1,2}\b.*")),
)
#: Probably an unknown zone: `(BRT)`, `(local time)`.
_UNCLEAR_IN_BRACKETS: Final = re.compile(
    r"[A-Z]{2,5}(?:/[A-Z]{2,5})?"
    r"|(?i:(?!(?:time|hora|hor[aá]rio)$)"
    r".*\b(?:utc|gmt|local|time ?zone|time|hora|hor[aá]rio|fuso|huso|zona)\b.*)"
)
#: An unknown zone without brackets: `Sent EST`, `sent_at_gmt3`.
_UNCLEAR_AT_END: Final = re.compile(
    r"(.+?)[\s_,:–-]+("
    r"(?i:[ecmp][sd]t|brs?t|art|cls?t|cot|pet|uyt|vet|wes?t|cest|cet|bst|ist|jst|aes?t|sgt|local"
    r"|local[\s_]time|hora[\s_]local|(?:eastern|central|mountain|pacific)(?:[\s_]time)?"
    r"|(?:utc|gmt)[\W_]?[a-z0-9].*)|[ECMP]T)\s*"
)

#: The patterns from here to _OTHERS, except _SHORT, need texts in lower case without accents.
_OF_TIMES: Final = (
    r"\b(?:horarios?|horas?|times?|timezones?|fusos?|husos?|zonas?|zone|tz|dates?|datas?|fechas?)\b"
)
_ZONE_NOUN: Final = r"time ?zone|tz|fuso horario|fuso|zona horaria|huso horario|huso"
_TIMES: Final = (
    r"(?:times|dates|horarios|horas|datas|fechas)(?: (?:and|e|y) (?:times|dates|horarios|horas))?"
)
#: Words for the times of the file. `creation dates` does not match.
_SUBJECT: Final = re.compile(
    r"(?:^\W*(?:(?:note|nota|obs)\W+)?|[.,;|]\W*|\s[-·–]\s|\((?!horario|hora))"
    r"(?:(?:all|the|these|todos|todas|os|as|los|las|el|la|o|send|sending|scheduled|campaign|report)"
    rf"\s)*(?:(?P<noun>{_ZONE_NOUN})|(?P<times>{_TIMES}|(?:data|dados|datos)(?= (?:in|em|en) ))"
    r"|(?P<one>^\W*(?:horario|hora|time)(?: local)?))\b"
    r"(?: (?:of|do|da|dos|das|de|del|de los|de las|de la|in|em|en)(?: (?:the|this|este|esta))?"
    r" (?:report|file|sends?|relatorio|arquivo|envios?|informe|reporte|archivo))*"
)
_LINK: Final = re.compile(
    r"(?:[\s:=,;|]*\b(?:are|is|shown|displayed|sao|estao|estan|son|e|es|esta|expresad[oa]s"
    rf"|mostrad[oa]s|exibid[oa]s|em|en|in|no|na|the|o|a|el|la|de|do|da|del|of|oficial|{_ZONE_NOUN}"
    r"|horario|hora|local (?=time)|time)\b)*[\s:=,;|]*"
)
_ABOUT_ZONE: Final = re.compile(
    rf".*\b(?:{_ZONE_NOUN}|hora local|local time"
    r"|(?:horarios?|times|dates|datas|fechas)\s(?:(?:estan?|estao?|sao|son|are|shown)\s)*"
    r"(?:em|en|in))\b.*"
)
#: A line with only a zone: `UTC`, `America/Lima`.
_BARE: Final = re.compile(r"(?:utc|gmt)\b[\s\d:+\u2212-]*|[a-z]+(?:/[a-z_+-]+)+|[a-z ]+ time")
#: A line with only a region: `Hora del Pacífico`.
_REGION: Final = re.compile(
    r"(?:hora|horario)(?: (?:estandar|padrao|de verano|de verao|oficial))? (?:de[l]?|da|do)"
    r"(?: la| el)? (?:pacifico|atlantico|este|leste|oeste|centro|montana|montanha|noroeste|sureste"
    r"|europa central|costa este|costa leste)"
    r"|(?:us )?(?:eastern|central|mountain|pacific|atlantic|(?:central|eastern|western) european"
    r"|india|greenwich mean|british) (?:(?:standard|daylight|summer) )?time(?: \([^()]*\))?"
)
_LOCAL: Final = re.compile(r"(?:hora |horario |time )?local(?: time)?\W*|none\W*|-*")
_LIKE_ZONE: Final = re.compile(
    r"\b(?:utc|gmt)\b|\b[a-z]+/[a-z]|[+\u2212-]\d{1,2}:\d\d\b|\b(?:time|zone|hora|horario|fuso)\b"
)
_SHORT: Final = re.compile(r"\b[A-Z]{1,4}T\b")
_EXCEPTION: Final = re.compile(r"\b(?:except|but|unless|salvo|exceto|excepto|menos|mas|pero)\b")
_ANY_OFFSET: Final = r"(?:(?:utc|gmt)\s?(?:[+\u2212-]\d{1,2}(?::?\d{2})?)?|[+\u2212-]\d{2}:?\d{2})"
#: An offset with a place: `(UTC-03:00) Brasilia`, `Lima (GMT-5)`.
_WITH_PLACE: Final = (
    re.compile(rf"[(\[]?({_ANY_OFFSET})[)\]]?\s*[-–,(\[]?\s*([a-z].*)"),
    re.compile(rf"(.*[a-z][)\]]?)\s*[-–,]?\s*[(\[]?({_ANY_OFFSET})[)\]]?"),
)
_OF_PLACE: Final = re.compile(
    r"(?:(?:horario|hora|time|fuso)(?: oficial| local)? (?:(?:de|do|da|del|in|of) )?)?(?:la |o )?"
    r"(.*?)"
    r"(?: (?:standard |daylight )?time)?(?: \(us ?(?:&|and) ?canada\)?)?"
)
#: The zone in `Account time zone: UTC` can differ from the zone of the times. So Freio treats it as
#: an unknown zone.
_OTHERS: Final = re.compile(rf"\b(?:{_ZONE_NOUN})\s*[:=,]\s*(.+)")
#: A day in winter and a day in summer.
_DAYS: Final = (datetime(2027, 1, 15), datetime(2027, 7, 15))
_CONTINENTS: Final = ("America/", "Europe/", "Africa/", "Asia/", "Atlantic/", "Australia/")
_OTHER_PLACES: Final = {
    **{"brasilia": "America/Sao_Paulo", "lisboa": "Europe/Lisbon"},
    **{"ciudad de mexico": "America/Mexico_City", "cidade do mexico": "America/Mexico_City"},
    **{"cdmx": "America/Mexico_City", "eastern": "America/New_York"},
    **{"pacific": "America/Los_Angeles", "coordinated universal": "UTC"},
    **{"coordinated universal time (utc)": "UTC"},
    # Countries with one zone.
    **{"argentina": "America/Argentina/Buenos_Aires", "colombia": "America/Bogota"},
    **{"peru": "America/Lima", "uruguay": "America/Montevideo", "paraguay": "America/Asuncion"},
    **{"venezuela": "America/Caracas", "bolivia": "America/La_Paz"},
}


@cache
def _places() -> Mapping[str, str]:
    """Return the name of the zone for each place: `America/Lima` for `lima`."""
    names = sorted(name for name in available_timezones() if name.startswith(_CONTINENTS))
    cities = {name.rpartition("/")[2].replace("_", " ").lower(): name for name in names}
    # `Australia/North` is a region and not a city.
    return {k: v for k, v in cities.items() if k not in ("north", "south", "west")} | _OTHER_PLACES


@cache
def _names() -> Mapping[str, str]:
    """Return names like `America/Lima` by lower-case name. `EST` is ambiguous and left out."""
    return {name.lower(): name for name in available_timezones() if "/" in name}


@cache
def _fixed(offset: str) -> ZoneInfo:
    """Return a zone with a fixed offset: `+05:30`.

    The zone database has fixed offsets only of whole hours: `Etc/GMT+5`.
    """
    ahead = (int(offset[1:3]) * 60 + int(offset[4:])) * (-60 if offset[0] == "-" else 60)
    header = struct.pack(">4s16x6l", b"TZif", 0, 0, 0, 0, 1, 4)
    data = header + struct.pack(">lbb4s", ahead, 0, 0, b"UTC")
    return ZoneInfo.from_file(BytesIO(data), key=offset)


def zone_words(zone: ZoneInfo) -> str:
    """Return the name of a zone for people.

    >>> zone_words(ZoneInfo("Etc/GMT+5")), zone_words(ZoneInfo("UTC"))
    ('UTC-5', 'UTC')
    """
    if match := re.fullmatch(r"Etc/GMT([+-])(\d+)", zone.key):
        return f"UTC{'-' if match[1] == '+' else '+'}{match[2]}"
    return f"UTC{zone.key}" if zone.key[0] in "+-" else zone.key


@lru_cache(1_024)
def zone_named(text: str) -> ZoneInfo | None:
    """Return the zone with this name, or None if the zone is unknown.

    >>> str(zone_named("america/sao paulo")), str(zone_named("UTC-3")), zone_named("BRT")
    ('America/Sao_Paulo', 'Etc/GMT+3', None)
    """
    key = text.strip().lower()
    if key in _UTC:
        return ZoneInfo("UTC")
    if match := _OFFSET.fullmatch(key):
        sign = "+" if match[1] == "+" else "-"
        hours = int(match[2] or match[4] or match[6])
        minutes = int(match[3] or match[5] or _MINUTES.get(match[7] or "", 0))
        if not hours and not minutes:
            return ZoneInfo("UTC")
        # The zone database has the opposite sign: `Etc/GMT+3` is 3 hours behind UTC.
        way = "-" if sign == "+" else "+"
        if minutes:
            return _fixed(f"{sign}{hours:02}:{minutes}") if hours < FARTHEST[sign] else None
        return ZoneInfo(f"Etc/GMT{way}{hours}") if hours <= FARTHEST[sign] else None
    name = _names().get(key.replace(" ", "_"))
    return ZoneInfo(name) if name else None


def zone_in_cell(text: str) -> ZoneInfo | None:
    """Return the zone in a cell, or None. `0` is UTC."""
    return ZoneInfo("UTC") if _NO_OFFSET.fullmatch(text) else zone_in_words(text)


def zone_by_key(key: str) -> ZoneInfo:
    """Return the zone. Raise KeyError, ValueError or OSError if the key is unknown."""
    return zone_named(key) or ZoneInfo(key)


@lru_cache(4_096)
def split_heading(heading: str) -> tuple[str, str]:
    """Return a heading without its zone, and the zone. If no zone is known, the zone is "".

    >>> split_heading("Send date UTC-5"), split_heading("Data de envio - horário de Brasília")
    (('Send date', 'UTC-5'), ('Data de envio', 'horário de Brasília'))
    """
    heading = without_remark(heading)
    for pattern in (*_ZONED, _IN_BRACKETS):
        match = pattern.fullmatch(heading)
        if match and match["rest"] and zone_in_words(match["zone"]) is not None:
            # `Sent UTC-5 (Madrid)` has two zones: use none.
            is_clear = pattern is not _IN_BRACKETS or not _NAMES_UTC.search(match["rest"])
            return (match["rest"], match["zone"].strip()) if is_clear else (heading, "")
    return heading, ""


def bare_heading(heading: str) -> str:
    """Return a heading without zone, remark and date form."""
    return _bare_and_unclear(heading)[0]


def unclear_zone(heading: str) -> str:
    """Return the words that probably name an unknown zone, or ""."""
    return _bare_and_unclear(heading)[1]


@lru_cache(4_096)
def _bare_and_unclear(heading: str) -> tuple[str, str]:
    heading = without_remark(heading)
    rest, zone = split_heading(heading)
    if zone:
        return rest, ""
    match = _IN_BRACKETS.fullmatch(heading)
    if match and _FORM.fullmatch(match[2]):
        return match[1] or heading, ""
    if match and not _UNCLEAR_IN_BRACKETS.fullmatch(match[2]):
        return heading, ""
    match = match or _UNCLEAR_AT_END.fullmatch(heading)
    return (match[1], match[2]) if match and match[1] else (heading, "")


def order_in(heading: str) -> Order | None:
    """Return the order of dates in a heading: "day" for `Send date (dd/mm/yyyy)`."""
    match = _IN_BRACKETS.fullmatch(heading)
    form = match[2].lower() if match else ""
    return next((order for order, pattern in _ORDERS if pattern.fullmatch(form)), None)


def is_same_zone(one: str, other: str) -> bool:
    """Return whether two texts are equal or name the same zone."""
    return one == other or (bool(one and other) and zone_in_words(one) == zone_in_words(other))


def may_name_zone(heading: str) -> bool:
    """Return whether a heading can contain an unknown zone."""
    match = _IN_BRACKETS.fullmatch(without_remark(heading))
    is_known = split_heading(heading)[1] or (match and _FORM.fullmatch(match[2]))
    return not is_known and (match is not None or unclear_zone(heading) != "")


def is_about_zone(text: str) -> bool:
    """Return whether a title or a footer is about a time zone."""
    return _ABOUT_ZONE.fullmatch(plain_text(text)) is not None or any(_said(text))


@lru_cache(1_024)
def zone_in_words(text: str) -> ZoneInfo | None:
    """Return the zone that a text means, or None. The text is a place, an offset, or both.

    If it is both, return the zone of the place, because a place can have summer time. If the place
    has this offset neither in winter nor in summer, return None.

    >>> str(zone_in_words("Brasília")), str(zone_in_words("(GMT+01:00) Madrid"))
    ('America/Sao_Paulo', 'Europe/Madrid')
    """
    plain = re.sub(r"\s+", " ", plain_text(text).replace('"', " ")).strip(" .;,*'")
    bare = plain[1:-1] if plain[:1] + plain[-1:] in ("()", "[]") else plain
    if found := zone_named(bare):
        return found
    for pattern, (offset, words) in zip(_WITH_PLACE, ((1, 2), (2, 1)), strict=True):
        if match := pattern.fullmatch(plain):
            zone = zone_named(match[offset])
            places = [each for part in match[words].split(",") if (each := _place(part))]
            if zone is None or len({_clock(each) for each in places}) != 1:
                return None
            has_offset = any(map(eq, _clock(places[0]), _clock(zone)))
            return places[0] if has_offset else None
    return _place(plain)


def _place(words: str) -> ZoneInfo | None:
    match = _OF_PLACE.fullmatch(words.strip(" ()[]"))
    name = match[1] if match else ""
    key = _places().get(name)
    return ZoneInfo(key) if key else zone_named(name) if "/" in name else None


def _clock(zone: ZoneInfo) -> tuple[timedelta | None, ...]:
    return tuple(day.replace(tzinfo=zone).utcoffset() for day in _DAYS)


@lru_cache(1_024)
def _said(text: str) -> tuple[ZoneInfo | None, str]:
    """Return the zone for `zone_said` (or None), and the words for an unknown zone (or "")."""
    plain, unknown = plain_text(text).replace('"', " "), ""
    bare = plain.strip(" ,;\t|.")
    if _BARE.fullmatch(bare) and (zone := zone_in_words(bare)):
        return zone, ""
    if _REGION.fullmatch(bare):
        unknown = bare
    for match in _SUBJECT.finditer(plain):
        found = _LINK.match(plain, match.end())
        link = found[0] if found else ""
        rest = plain[match.end() + len(link) :]
        if not link and not _LIKE_ZONE.match(rest):
            continue
        if plain[match.start()] == "(":
            rest = rest.removesuffix(")")
        # `All times in UTC. Generated by …`: the zone can end at a dot or a comma. The text after
        # the zone must not be about zones or times.
        for end in (len(rest), *(each.start() for each in re.finditer(r"\.\s|[,;|(]", rest))):
            after = rest[end:]
            is_clear = not (_LIKE_ZONE.search(after) or _EXCEPTION.search(after))
            if is_clear and not re.search(_OF_TIMES, after) and (zone := zone_in_words(rest[:end])):
                return zone, ""
        name = rest.strip(" .;,")
        is_short = _SHORT.search(text) and _SHORT.fullmatch(name.upper())
        is_like = is_short or (not match["one"] and _LIKE_ZONE.search(rest))
        is_like = is_like or _REGION.search(plain, match.end())
        # `Time zone,BRT` has two cells: a label, and a zone. A comma after a label counts only if
        # the line begins with the label and has no second comma.
        is_label = link.strip(" ,;|") or (match.start() == 0 and link.strip() and "," not in name)
        if (is_like or (match["noun"] and is_label)) and not _LOCAL.fullmatch(rest):
            unknown = unknown or name
    if not unknown and (other := _OTHERS.search(plain)) and _LIKE_ZONE.search(other[1]):
        unknown = other[1]
    start = plain.find(unknown)
    same = len(plain) == len(text)
    return None, text[start : start + len(unknown)] if same else unknown


def zone_said(text: str) -> ZoneInfo | None:
    """Return the zone that a line names for the times of a file, or None.

    >>> str(zone_said("All times in UTC")), str(zone_said("Horários de Brasília (GMT-3)"))
    ('UTC', 'America/Sao_Paulo')
    >>> zone_said("Exported at 10:00 Pacific Time"), zone_said("Times are not in UTC")
    (None, None)
    """
    return _said(text)[0]


def zone_said_in(texts: Iterable[str]) -> tuple[str, ZoneInfo] | None:
    """Return the first text in which `zone_said` finds a zone, and this zone."""
    return next(((text, zone) for text in texts if (zone := zone_said(text))), None)


def unknown_zone_in(texts: Iterable[str]) -> tuple[str, str] | None:
    """Return the first text that names an unknown zone, and the words for the zone.

    Return None if `zone_said` finds a zone in one of the texts.

    >>> unknown_zone_in(["All times in BRT"])
    ('All times in BRT', 'BRT')
    >>> unknown_zone_in(["Time zone: Central European Time"])
    ('Time zone: Central European Time', 'Central European Time')
    """
    texts = list(texts)
    found = ((text, name) for text in texts if (name := _said(text)[1]))
    return next(found, None) if zone_said_in(texts) is None else None


def plain_text(text: str) -> str:
    """Return the first 300 characters of a text, in lower case and without accents."""
    return search_text(text[:300])
