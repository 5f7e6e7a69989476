"""Find the lists of objects inside a JSON document, and flatten objects into columns."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from core.feed.formats.rows import SEVERAL
from core.feed.interpreting.headings import LIKE_A_SEND, is_certain, required_in

#: The maximum depth of lists and of columns within objects.
_DEEPEST: Final = 6
#: The maximum number of values beside an object that is wrapped in another one.
_MOST_BESIDE: Final = 3


@dataclass(frozen=True, slots=True)
class ListOfObjects:
    """A list: its path, the position of its bracket, and the number of its objects that were read.

    `headings` are the columns of the first object, without its wrapper.
    """

    path: str
    begin: int
    objects: int
    headings: Sequence[str]


def lists_in(text: str, decoder: json.JSONDecoder) -> list[ListOfObjects]:
    """Return the lists of objects in a JSON document, or in its beginning."""
    found: list[ListOfObjects] = []
    # If the text ends or the document is damaged, the lists found so far are returned.
    with suppress(ValueError, IndexError, RecursionError):
        _search(text, 0, (), found, decoder)
    # An empty list counts only if there is no other list.
    return [each for each in found if each.objects] or found[:1]


def _search(
    text: str,
    at: int,
    path: tuple[str, ...],
    found: list[ListOfObjects],
    decoder: json.JSONDecoder,
) -> int:
    """Add the lists in the value that begins at `at` to `found`; return where the value ends."""
    at = _after_space(text, at)
    if text[at] == "{" and len(path) < _DEEPEST:
        at = _after_space(text, at + 1)
        while text[at] != "}":
            key, at = decoder.raw_decode(text, at)
            at = _after_space(text, at)
            if text[at] != ":":
                raise ValueError
            at = _after_space(text, _search(text, at + 1, (*path, str(key)), found, decoder))
            at = _after_space(text, at + 1) if text[at] == "," else at
        return at + 1
    if text[at] == "[" and text[_after_space(text, at + 1)] in "{]":
        return _count(text, at, path, found, decoder)
    return decoder.raw_decode(text, at)[1]


def _count(
    text: str,
    begin: int,
    path: tuple[str, ...],
    found: list[ListOfObjects],
    decoder: json.JSONDecoder,
) -> int:
    objects, headings = 0, list[str]()
    at = _after_space(text, begin + 1)
    try:
        while text[at] != "]":
            value, at = decoder.raw_decode(text, at)
            if not objects and isinstance(value, dict):
                headings = [key for key, _ in flat(at_path(value, wrapper_of(value)))]
            objects += 1
            at = _after_space(text, at)
            at = _after_space(text, at + 1) if text[at] == "," else at
    finally:
        found.append(ListOfObjects(".".join(path), begin, objects, headings))
    return at + 1


def _after_space(text: str, at: int) -> int:
    while text[at] in " \t\r\n":
        at += 1
    return at


def at_path(value: Any, path: Sequence[str]) -> Any:
    """Return the value at a path, None if there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def wrapper_of(value: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the path of the one object inside an object that looks like a send, else ().

    Some programs write `{"campaign": {…}}` for each send.
    """
    own = [key for key, each in value.items() if not isinstance(each, dict | list)]
    beside = required_in(own)
    # The state beside a send that has its own is that of the answer.
    if len(own) > _MOST_BESIDE or beside - {"state"}:
        return ()
    found = []
    for key, each in value.items():
        if isinstance(each, dict):
            inside = required_in(path for path, _ in flat(each))
            if len(inside) >= LIKE_A_SEND and beside <= inside:
                found.append((key, *wrapper_of(each)))
            elif inner := wrapper_of(each):
                found.append((key, *inner))
    return found[0] if len(found) == 1 else ()


def flat(value: Mapping[str, Any], before: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield the path and the value of each column of an object.

    Several values of one column are joined by SEVERAL, such as the names of all lists in
    `lists.name`. The text SEVERAL alone means that there is an object in the place of a value.
    """
    for key, each in value.items():
        path = before + key
        if isinstance(each, dict):
            if is_certain(path):
                yield path, SEVERAL
            if depth < _DEEPEST:
                yield from flat(each, path + ".", depth + 1)
        elif isinstance(each, list):
            yield from _flat_list(each, path, depth)
        else:
            yield path, each


def _flat_list(values: Sequence[Any], path: str, depth: int) -> Iterator[tuple[str, Any]]:
    plain = [text(each) for each in values if not isinstance(each, dict | list)]
    nested = len(values) > len(plain)
    if not nested or is_certain(path):
        yield path, SEVERAL if nested else SEVERAL.join(plain) or None
    columns: dict[str, list[str]] = {}
    if depth < _DEEPEST:
        for each in values:
            if isinstance(each, dict):
                for name, found in flat(each, path + ".", depth + 1):
                    columns.setdefault(name, []).append(text(found))
    for name, texts in columns.items():
        yield name, SEVERAL.join(texts)


def text(value: Any) -> str:
    """Return a single value as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
