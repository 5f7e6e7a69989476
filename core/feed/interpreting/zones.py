"""Find the zone that a text names: in a heading, in a column of zones, or after a time."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

_UTC: Final = frozenset({"utc", "gmt", "z", "zulu"})
#: `UTC-3`, `GMT+01:00`, `-0300`. Offsets of half hours have no name.
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


@cache
def _names() -> Mapping[str, str]:
    """Return the names of places by their lower case. Others such as `EST` have two meanings."""
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
        # The names of these zones have the sign of the way to UTC.
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


def may_name_zone(heading: str) -> bool:
    """Return whether a heading has words in brackets, which may be a zone that Freio misses."""
    match = _IN_BRACKETS.fullmatch(heading)
    return match is not None and not split_heading(heading)[1] and not _FORM.fullmatch(match[2])
