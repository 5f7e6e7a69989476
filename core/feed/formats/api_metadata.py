"""Read the values around a list in an API answer: signs of more pages, zones, units."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from core.domain.states import squeeze
from core.feed.formats.api_errors import error_text
from core.feed.formats.json_lists import text
from core.feed.interpreting.headings import may_be_zone
from core.feed.interpreting.scales import is_scale, names_unit

_THINGS: Final = (
    r"(items?|results?|records?|rows?|elements?|entries|hits|objects?|campaigns?|sends?|messages?|"
    r"registros|envios|campanhas|campanas)"
)
#: Names for the number of all objects.
_TOTAL: Final = re.compile(
    rf"(grand|overall)?total(s|size|found|number|de)?(of)?{_THINGS}?(count)?|count|numfound|"
    rf"{_THINGS}(count|total)|(num|nb|numberof){_THINGS}|totalsetsize|odatacount"
)
#: Names for the number of pages (`page_count`), or for the number of this page (`current_page`).
_PAGE: Final = re.compile(
    r"(total|num|nb|last|count)?(pages?|paginas)(total|count)?|ultimapagina|"
    r"(current|this)?page(number|no|index)?|pagina(actual|atual)?"
)
_OFFSET: Final = re.compile(r"offset|skip|start(at|index)")
#: Names for the maximum number of objects on a page.
_SIZE: Final = re.compile(
    r"perpage|pagesize|pagelimit|limit|(items|results|records)perpage|maxresults|porpagina"
)
_LINK: Final = (
    r"(page|pageurl|pageuri|pagelink|url|uri|link|href|cursor|token|pagetoken|offset|marker|key)?"
)
#: Names for the address of another page.
_OTHER_PAGE: Final = re.compile(
    rf"(odata)?(next|prev|previous){_LINK}|proxima(pagina)?|siguiente|anterior|"
    r"lastevaluatedkey|continuation(token)?|resumptiontoken"
)
_MORE: Final = re.compile(
    r"has(more|next|prev|previous)(page|pages|items|results)?|more\w*|.*trunca.*|timedout|"
    r"(is)?(partial|incomplete)(results|data)?"
)
#: Names for the number of objects on later pages.
_LEFT: Final = re.compile(rf"{_THINGS}?(remaining|left|restantes)|remaining{_THINGS}?(count)?")
#: Names for the success of the request: `success: false`.
_SUCCESS: Final = re.compile(r"(is)?(success|successful|ok|sucesso|exito)")
#: Values that show missing objects, under any key: `"status": "has_more_results"`.
_PARTIAL: Final = re.compile(r"(has)?more\w*(available|data|results)|partial\w*|incomplete\w*")
#: Words in a warning about missing objects: `truncated`.
_LIMITED: Final = re.compile(
    r"limit|trunca|partial|parcial|incomplet|first \d|primer|primeir|omit|skipped", re.IGNORECASE
)
_BEFORE: Final = re.compile(r"(prev|previous|anterior).*")
_WARNINGS: Final = ("warning", "warnings", "aviso", "avisos", "advertencia", "advertencias")
_LAST: Final = re.compile(r"(is)?(last|final)(page)?|done|(is)?complete")


def page_mark(around: Mapping[str, Any], objects: int, pages: int = 1) -> str:
    """Return a sign of missing objects (`data.total: 57`), or "".

    The list has `objects` objects from `pages` pages. `around` has the other values of the last
    page.
    """
    if error := next((key for key in around if squeeze(key) == "errors" and around[key]), ""):
        return f"{error}: {error_text(around[error])[:60]}"
    for key in around:
        said = error_text(around[key]) if squeeze(key) in _WARNINGS else ""
        if _LIMITED.search(said):
            return f"{key}: {said[:60]}"
    is_whole, size = False, ""
    for path, value in _values(around):
        keys = [squeeze(key) for key in path]
        quoted = f"{'.'.join(path)}: {text(value)[:60]}"
        if pages > 1 and (_BEFORE.fullmatch(keys[-1]) or _OFFSET.fullmatch(keys[-1])):
            continue  # the earlier pages are in the list too
        has_more = _has_more(keys, value, objects, pages)
        if has_more:
            return quoted
        is_whole = is_whole or has_more is not None
        if _number(value) == objects and _SIZE.fullmatch(keys[-1]):
            size = quoted
    # If the page has as many objects as its limit, there can be a later page. But `is_whole` means:
    # another value of the answer says that no object is missing.
    return "" if is_whole else size


def zones_in(around: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the possible time zones around a list: `timezone: UTC`."""
    return tuple(
        f"{name.replace('_', ' ')}: {text(value)}"
        for path, value in _values(around)
        if value and (name := next(filter(may_be_zone, reversed(path)), ""))
    )


def scales_in(around: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the scales around a list: `units: thousands`."""
    return tuple(
        f"{path[-1]}: {text(value)}"
        for path, value in _values(around)
        if value and names_unit(path[-1]) and is_scale(text(value))
    )


def _has_more(keys: Sequence[str], value: Any, objects: int, pages: int) -> bool | None:
    """Return whether objects are missing, or None if the value does not say it."""
    key, number = keys[-1], _number(value)
    if key == "value" and keys[1:]:
        key = keys[-2]  # Elasticsearch writes `total: {value: 57}`
    if any(map(_OTHER_PAGE.fullmatch, keys)):
        return value not in (None, "", False, 0, "0")
    if isinstance(value, bool):
        if _SUCCESS.fullmatch(key):
            return None if value else True
        if _MORE.fullmatch(key):
            return value
        return not value if _LAST.fullmatch(key) else None
    if number is None and _PARTIAL.fullmatch(squeeze(text(value))):
        return True
    if number is None:
        # The `offset` of Airtable is the name of the next page.
        return True if value and _OFFSET.fullmatch(key) else None
    if _TOTAL.fullmatch(key):
        return number > objects
    if _MORE.fullmatch(key) or (_LEFT.fullmatch(key) and not _is_of_requests(keys)):
        return number > 0
    is_later = number > pages and _PAGE.fullmatch(key)
    return True if is_later or (number > 0 and _OFFSET.fullmatch(key)) else None


def _is_of_requests(keys: Sequence[str]) -> bool:
    """Return whether a number counts requests, not objects: `rate_limit.remaining`."""
    return any(word in key for key in keys for word in ("rate", "quota", "limit", "request"))


def _values(
    around: Mapping[str, Any], before: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each value with its path. For `{"rel": "next", "href": "/2"}`: `next` and `/2`."""
    for key, value in around.items():
        path = (*before, key)
        if isinstance(value, dict):
            yield from _values(value, path)
        elif isinstance(value, list):
            for each in value:
                if isinstance(each, dict) and isinstance(each.get("rel"), str):
                    yield (*path, each["rel"]), each.get("href")
        else:
            yield path, value


def _number(value: Any) -> int | None:
    digits = text(value)
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 16 else None
