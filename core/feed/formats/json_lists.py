"""Find the lists of objects inside a JSON document, and flatten objects into columns."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from core.feed.formats.heading_line import known_in
from core.feed.formats.rows import SEVERAL
from core.feed.interpreting.headings import (
    COUNT_FIELDS,
    KEY,
    LIKE_A_SEND,
    is_certain,
    meaning_of,
    required_in,
)
from core.feed.limits import MAX_COLUMNS

#: Freio looks for lists and columns in objects at most this deep.
_DEEPEST: Final = 6
#: A wrapper (see `wrapper_of`) has at most this many values beside the inner object.
_MOST_BESIDE: Final = 3
#: MongoDB writes `{"$oid": "7"}` for `7`. DynamoDB and Firestore write similar keys.
_TYPES: Final = re.compile(
    r"\$(oid|date|number(Int|Long|Double|Decimal))|[SN]|"
    r"(string|integer|double|boolean|timestamp|null|reference)Value"
)
#: Firestore writes each object and each list inside two objects: `{"arrayValue": {"values": […]}}`.
_NESTED: Final = {"mapValue": "fields", "arrayValue": "values"}
_NO_SPACE: Final = re.compile(r"\S")
#: Keys for the name of a column: `{"name": "id", "type": "text"}`.
_NAME: Final = ("name", "field", "column_name", "label", "title")


@dataclass(frozen=True, slots=True)
class ListOfObjects:
    """A list in a JSON document.

    - `path`: for example `data.results`.
    - `begin`: the position of the first bracket.
    - `objects`: how many objects were read.
    - `headings`: the columns of the first object, without the wrapper (see `wrapper_of`).
    - `is_keyed`: whether the list is an object with a send for each key: `{"7": {…}, "8": {…}}`.
    - `names`: the names of the columns, if the list is a table (a list of lists).
    """

    path: str
    begin: int
    objects: int
    headings: Sequence[str] = ()
    is_keyed: bool = False
    names: Sequence[str] = ()


def lists_in(text: str, decoder: json.JSONDecoder) -> list[ListOfObjects]:
    """Return the lists of objects in a JSON document."""
    search = _Search(text, decoder)
    # If the text is damaged or cut off, return the lists before the damage.
    with suppress(ValueError, IndexError, RecursionError):
        search.value(0, ())
    found = search.lists()
    # If all lists are empty, return only the first list.
    return [each for each in found if each.objects] or found[:1]


class _Search:
    def __init__(self, text: str, decoder: json.JSONDecoder) -> None:
        self._text, self._decode = text, decoder.raw_decode
        self._found: list[ListOfObjects] = []
        # The tables (lists of lists), each with its first row.
        self._tables: list[tuple[ListOfObjects, Sequence[Any]]] = []
        # Lists of texts: possible names of the columns of a table.
        self._names: list[Sequence[Any]] = []

    def lists(self) -> list[ListOfObjects]:
        """Return the lists. Leave out a table if the document has no names for its columns."""
        tables = []
        for each, first in self._tables:
            fitting = [names for names in self._names if len(names) == len(first)]
            fitting += [first] if is_heading(first) else []
            if fitting:
                names = max(fitting, key=lambda each: len(known_in(map(str, each))))
                tables.append(replace(each, headings=names, names=names))
        return self._found + tables

    def value(self, at: int, path: tuple[str, ...]) -> int:
        """Add the lists in the value at `at`. Return the end of the value."""
        text = self._text
        at = after_space(text, at)
        if text[at] == "{" and len(path) < _DEEPEST:
            if self._is_keyed(at):
                return self._count(at, path, is_keyed=True)
            at = after_space(text, at + 1)
            while text[at] != "}":
                key, at = self._key(at)
                at = after_space(text, self.value(at, (*path, key)))
                at = after_space(text, at + 1) if text[at] == "," else at
            return at + 1
        if text[at] == "[" and text[after_space(text, at + 1)] in "{[]":
            return self._count(at, path)
        value, end = self._decode(text, at)
        self._add_names(value if isinstance(value, list) else ())
        return end

    def _key(self, at: int) -> tuple[str, int]:
        key, at = self._decode(self._text, at)
        at = after_space(self._text, at)
        if self._text[at] != ":":
            raise ValueError
        return str(key), after_space(self._text, at + 1)

    def _is_keyed(self, at: int) -> bool:
        """Return whether the first two inner objects are sends.

        If there is only one inner object, its own key must also contain a digit.
        """
        keys: list[str] = []
        with suppress(ValueError, IndexError, RecursionError):
            at = after_space(self._text, at + 1)
            while len(keys) < 2 and self._text[at] == '"':
                key, at = self._key(at)
                if self._text[at] == "[":
                    return False
                value, at = self._decode(self._text, at)
                if isinstance(value, dict):
                    if not _is_send_of(key, value):
                        return False
                    keys.append(key)
                at = after_space(self._text, at)
                at = after_space(self._text, at + 1) if self._text[at] == "," else at
        return len(keys) > 1 or any(map(has_digit, keys))

    def _count(self, begin: int, path: tuple[str, ...], *, is_keyed: bool = False) -> int:
        text = self._text
        objects, first = 0, None
        names: list[Any] = []
        at = after_space(text, begin + 1)
        try:
            while text[at] not in "]}":
                at = self._key(at)[1] if is_keyed else at
                value, at = self._decode(text, at)
                if isinstance(value, dict) or not is_keyed:
                    first = value if not objects else first
                    objects += 1
                if isinstance(value, dict) and objects <= MAX_COLUMNS:
                    names.append(next((value[key] for key in _NAME if key in value), None))
                at = after_space(text, at)
                at = after_space(text, at + 1) if text[at] == "," else at
        finally:
            found = ListOfObjects(".".join(path), begin, objects, is_keyed=is_keyed)
            if isinstance(first, list):
                self._tables.append((found, first))
            else:
                headings = [key for key, _ in flat(at_path(first or {}, wrapper_of(first or {})))]
                self._found.append(replace(found, headings=headings))
            self._add_names(names)
        return at + 1

    def _add_names(self, names: Sequence[Any]) -> None:
        if names and all(isinstance(each, str) for each in names):
            self._names.append(names)


def is_heading(row: Sequence[Any]) -> bool:
    """Return whether a list has only texts, and at least two known headings."""
    return all(isinstance(each, str) for each in row) and len(known_in(row)) > 1


def _is_send_of(key: str, value: Any) -> bool:
    if isinstance(value, dict) and value.get("id") == key:
        return True
    fields = required_in(path for path, _ in flat(value)) - {"id"}
    has_sign = has_digit(key) or not fields.isdisjoint(("total_records", "scheduled_at"))
    return len(fields) >= LIKE_A_SEND - 1 and has_sign


def has_digit(text: str) -> bool:
    """Return whether a key has a digit. The key is then probably the id of an object."""
    return any(map(str.isdigit, text))


def after_space(text: str, at: int) -> int:
    """Return the position after any spaces at `at`."""
    found = _NO_SPACE.search(text, at)
    return found.start() if found else len(text)


def at_path(value: Any, path: Sequence[str]) -> Any:
    """Return the value at a path, or None."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def wrapper_of(value: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the path of a send inside a wrapper, or ().

    A wrapper is an object around a single send: `{"campaign": {…}}`.
    """
    own = [key for key, each in value.items() if not isinstance(each, dict | list)]
    beside = required_in(own)
    # If a required field is beside the inner object, `value` is probably the send. `state` does not
    # count: an API answer can also have a state.
    if len(own) > _MOST_BESIDE or beside - {"state"}:
        return ()
    found = []
    for key, each in value.items():
        # The key `101` is probably an id.
        if isinstance(each, dict) and not has_digit(key):
            inside = required_in(path for path, _ in flat(each))
            if len(inside) >= LIKE_A_SEND and beside <= inside:
                found.append((key, *wrapper_of(each)))
            elif inner := wrapper_of(each):
                found.append((key, *inner))
    return found[0] if len(found) == 1 else ()


def with_key(value: dict[str, Any]) -> dict[str, Any]:
    """Return a Firestore document with an id.

    If the document has no id, its id is the end of its name: `7` for `…/documents/sends/7`.
    """
    path, fields = value.get("name"), value.get("fields")
    if isinstance(path, str) and "/documents/" in path and isinstance(fields, dict):
        return value if "id" in fields else {KEY: path.rpartition("/")[2]} | value
    return value


def flat(value: Mapping[str, Any], before: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield the path and the value of each column of an object.

    SEVERAL joins the values of a list. In two cases, the value is only SEVERAL: the path is
    certainly a field, but the value is an object or a list of objects; or a column of counts has a
    list. `RowReader` then leaves the field empty, or rejects the row.
    """
    for key, typed in value.items():
        path, each = before + key, _untyped(typed)
        if isinstance(each, dict):
            if is_certain(path):
                yield path, SEVERAL
            if depth < _DEEPEST:
                yield from flat(each, path + ".", depth + 1)
        elif isinstance(each, list):
            yield from _flat_list(each, path, depth)
        else:
            yield path, each


def _untyped(value: Any) -> Any:
    """Return the value inside `{"$date": "…"}`."""
    while isinstance(value, dict) and len(value) == 1:
        kind, inner = next(iter(value.items()))
        if _TYPES.fullmatch(kind):
            value = inner
        elif kind in _NESTED and isinstance(inner, dict):
            value = inner.get(_NESTED[kind], inner)
        else:
            break
    return value


def _flat_list(values: Sequence[Any], path: str, depth: int) -> Iterator[tuple[str, Any]]:
    values = [_untyped(each) for each in values]
    plain = [text(each) for each in values if not isinstance(each, dict | list)]
    nested = len(values) > len(plain)
    if not nested or is_certain(path):
        # A list is never a count, not even `[500]`.
        is_count = plain and meaning_of(path) in COUNT_FIELDS
        yield path, SEVERAL if nested or is_count else SEVERAL.join(plain) or None
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
