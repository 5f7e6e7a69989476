"""A mapping: how files of one source are read. A mapping can be written as TOML."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.domain.states import State, squeeze
from core.errors import N_, FeedError
from core.feed.formats.rows import Layout
from core.feed.interpreting.headings import (
    CANONICAL,
    FieldSource,
    is_column,
    listed,
    meaning_of,
    read_source,
    write_source,
)
from core.feed.interpreting.reading_rules import Order
from core.feed.interpreting.row_reader import FILLED
from core.feed.interpreting.zones import zone_by_key

#: The maximum number of characters of a TOML text.
MAX_TEXT: Final = 100_000
_PLACE: Final = re.compile(r"at line (\d+)")
_SEE_EXPORT: Final = N_("Correct it, or export a mapping from Freio to see how one is written.")
_TEXTS: Final = ("name", "sheet", "list", "files", "based_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedMapping:
    """How files of one source are read.

    * `based_on`: the public page that describes the files. A profile has it, and a mapping that a
      person saved from a profile.
    * `headings`: a file with all these headings is from this source.
    * `files`: a pattern for the names of files, such as `icomm-*.csv`.
    * `zone`: the zone of times without an offset (None: FREIO_FEED_ZONE).
    * `day_first`: the day is before the month (None: the file decides).
    * `year_first`: dates begin with a year of two digits.
    * `decimal`: the decimal sign ("": the file decides).
    * `heading_line`: the line of the headings, from 1 (0: Freio finds the line).
    * `sheet`: the sheet of the sends ("": Freio finds the sheet).
    * `list`: the JSON path of the sends ("": Freio finds the path).
    * `ignored`: columns that Freio must not read, as headings or positions from 1.
    * `fields`: where Freio reads each field. Freio finds all other fields by the headings.
    * `states`: the state for each word of the source.
    """

    name: str = ""
    based_on: str = ""
    headings: tuple[str, ...] = ()
    files: str = ""
    zone: ZoneInfo | None = None
    day_first: bool | None = None
    year_first: bool = False
    decimal: str = ""
    heading_line: int = 0
    sheet: str = ""
    list: str = ""
    ignored: tuple[str | int, ...] = ()
    fields: Mapping[str, FieldSource] = field(default_factory=dict)
    states: Mapping[str, State] = field(default_factory=dict)

    @property
    def layout(self) -> Layout:
        """The place of the sends in a file."""
        return Layout(heading_line=self.heading_line, sheet=self.sheet, list=self.list)

    @property
    def order(self) -> Order | None:
        """The order of day, month and year, or None if the file decides."""
        if self.year_first:
            return "year"
        return None if self.day_first is None else "day" if self.day_first else "month"

    def with_order(self, order: str) -> FeedMapping:
        """Return the mapping with another order. If `order` is "", the file decides."""
        day_first = {"day": True, "month": False}.get(order)
        return replace(self, day_first=day_first, year_first=order == "year")

    @property
    def columns(self) -> tuple[str | int, ...]:
        """The columns of all fields."""
        return tuple(column for source in self.fields.values() for column in source.columns)

    @property
    def optional_columns(self) -> tuple[str, ...]:
        """The headings of the columns of optional fields."""
        sources = (source for name, source in self.fields.items() if name not in FILLED)
        return tuple(c for source in sources for c in source.columns if isinstance(c, str))

    @property
    def _last_position(self) -> int:
        columns = (*self.columns, *self.ignored)
        return max((column for column in columns if isinstance(column, int)), default=0)

    def fits_positions(self, headings: Sequence[str]) -> bool:
        """Return whether the first headings, up to `_last_position`, are those of the mapping."""
        expected, there = (
            [squeeze(each) for each in some[: self._last_position]]
            for some in (self.headings, headings)
        )
        return expected == there

    def require_positions(self, headings: Sequence[str]) -> None:
        """Raise FeedError if columns of a file have moved since the mapping was saved."""
        if self.headings and not self.fits_positions(headings):
            happened = N_(
                "The mapping “{name}” has positions of columns, but it was saved for other "
                "headings. The headings of the file are: {headings}."
            )
            todo = N_("Open the file on the page Imports, check its columns there, and save them.")
            raise FeedError(happened, todo, name=self.name, headings=listed(headings))

    def recognises(self, headings: Sequence[str], list: str = "") -> bool:
        """Return whether `headings` and the JSON path `list` are from this source."""
        if list != self.list and not self._may_be_in(list):
            return False
        if self._last_position:
            return bool(self.headings) and self.fits_positions(headings)
        there = {squeeze(heading) for heading in headings}
        wanted = {squeeze(c) for c in self.headings or self.columns if isinstance(c, str)}
        return bool(wanted) and wanted <= there

    def _may_be_in(self, list: str) -> bool:
        """Return whether a profile fits the path `list`, although its own path is different.

        A profile for `data.items` fits `items` and "", because a file can contain a part of an API
        answer.
        """
        is_same = list.rpartition(".")[2] == self.list.rpartition(".")[2]
        return bool(self.based_on and self.list) and (not list or is_same)

    def made_for(self, headings: tuple[str, ...], list: str) -> FeedMapping:
        """Return a mapping that recognises files with `headings`.

        If the mapping names each column by its heading, files need only these columns. If the
        mapping has a position, such as 3, the first 3 headings must be equal. If the mapping has no
        columns, files need all `headings`. The `hidden_columns` are ignored.
        """
        ignored = (*self.ignored, *replace(self, headings=()).hidden_columns(headings))
        is_named = bool(self.columns) and not self._last_position
        headings = () if is_named else headings
        return replace(self, headings=headings, list=list, ignored=ignored)

    def hidden_columns(self, headings: Sequence[str]) -> tuple[str, ...]:
        """Return the columns of a file that mean a field with a fixed value.

        For example, the state is fixed, but the file has a column `Status`. Leave out columns that
        the mapping names.
        """
        fixed = {name for name, source in self.fields.items() if not source.columns}
        others = (h for h in headings if h not in {*self.headings, *self.columns, *self.ignored})
        return tuple(each for each in others if meaning_of(each) in fixed)


def as_data(mapping: FeedMapping) -> dict[str, Any]:
    """Return a mapping as values for JSON and TOML. Leave out default values."""
    found: dict[str, Any] = {
        each.name: [*value] if isinstance(value, tuple) else value
        for each in fields(mapping)
        if (value := getattr(mapping, each.name)) not in (each.default, {})
    }
    if mapping.zone is not None:
        found["zone"] = mapping.zone.key
    if mapping.fields:
        found["fields"] = {name: write_source(each) for name, each in mapping.fields.items()}
    if mapping.states:
        found["states"] = {word: state.value for word, state in mapping.states.items()}
    return found


def from_data(data: Mapping[str, Any]) -> FeedMapping:
    """Return a mapping from the result of `as_data`. Raises FeedError if a value is not valid."""
    names = [each.name for each in fields(FeedMapping)]
    for name in data:
        _require(name in names, "", name, names)
    values: dict[str, Any] = {}
    for name in _TEXTS:
        text = data.get(name, "")
        _require(type(text) in (str, int), name, text)  # the name of a sheet can be 2026
        values[name] = str(text)
    headings, ignored = data.get("headings", []), data.get("ignored", [])
    _require(_is_list(headings) and all(isinstance(c, str) for c in headings), "headings", headings)
    _require(_is_list(ignored) and all(map(is_column, ignored)), "ignored", ignored)
    values |= {"headings": tuple(headings), "ignored": tuple(ignored)}
    day_first, decimal, line = (data.get(n) for n in ("day_first", "decimal", "heading_line"))
    _require(day_first is None or type(day_first) is bool, "day_first", day_first, (True, False))
    _require(decimal in (None, "", ".", ","), "decimal", decimal, (".", ","))
    _require(line is None or (type(line) is int and line >= 0), "heading_line", line)
    year_first = data.get("year_first", False)
    _require(type(year_first) is bool, "year_first", year_first, (True, False))
    values["year_first"] = year_first
    values |= {"day_first": day_first, "decimal": decimal or "", "heading_line": line or 0}
    if data.get("zone"):
        try:
            values["zone"] = zone_by_key(str(data["zone"]))
        except (KeyError, ValueError, OSError):
            raise _invalid("zone", data["zone"]) from None
    values["fields"] = _fields(data.get("fields", {}))
    states = data.get("states", {})
    _require(isinstance(states, Mapping), "states", states)
    for word, state in states.items():
        _require(state in list(State), word, state, list(State))
    values["states"] = {str(word): State(state) for word, state in states.items()}
    return FeedMapping(**values)


def _fields(data: Any) -> dict[str, FieldSource]:
    _require(isinstance(data, Mapping), "fields", data)
    found = {}
    for name, value in data.items():
        _require(name in CANONICAL, "fields", name, CANONICAL)
        source = read_source(value)
        if source is None:
            raise _invalid(name, value)
        found[name] = source
    return found


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _require(is_valid: bool, name: str, value: object, allowed: Iterable[object] = ()) -> None:
    if not is_valid:
        raise _invalid(name, value, allowed)


def _invalid(name: str, value: object, allowed: Iterable[object] = ()) -> FeedError:
    happened = (
        N_("The mapping is not valid: {name} cannot be “{value}”.")
        if name
        else N_("The mapping is not valid: there is no setting “{value}”.")
    )
    todo = _SEE_EXPORT
    known = ", ".join(_toml(each) if type(each) is bool else str(each) for each in allowed)
    if known:
        todo = N_("Use one of these: {known}.")
    return FeedError(happened, todo, name=str(name)[:80], value=str(value)[:80], known=known)


def to_toml(mapping: FeedMapping) -> str:
    """Return a mapping as the text of a TOML file."""
    data = as_data(mapping)
    tables = {name: data.pop(name) for name in ("fields", "states") if name in data}
    lines = [f"{name} = {_toml(value)}" for name, value in data.items()]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{_key(k)} = {_toml(v)}" for k, v in table.items())]
    return "\n".join(lines) + "\n"


def from_toml(text: str | bytes) -> FeedMapping:
    """Return the mapping in a TOML text. Raises FeedError if the text is not a mapping."""
    try:
        if len(text) > MAX_TEXT:
            raise ValueError
        data = tomllib.loads(text if isinstance(text, str) else text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        place = _PLACE.search(str(error))
        happened = N_("The file is not a mapping: it is not valid TOML.")
        if place:
            happened = N_("The text is not a mapping: it is not valid TOML (line {line}).")
        raise FeedError(happened, _SEE_EXPORT, line=place[1] if place else "") from None
    mapping = from_data(data)
    meanings: dict[str, State] = {}
    for word, state in mapping.states.items():
        # `Enviado` and `ENVIADO` are the same word.
        first = meanings.setdefault(squeeze(word), state)
        _require(first == state, word, state, [first])
    return mapping


def _key(text: str) -> str:
    return text if text.isascii() and text.isidentifier() else _toml(text)


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    # A text in JSON is also a text in TOML, but TOML does not allow the character "\x7f".
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
