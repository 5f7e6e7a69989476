"""Read JSON files as `Rows`: objects on lines, lists of objects, or pages.

A page is an API answer with a part of the objects.
"""

import codecs
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from io import BytesIO
from itertools import islice, zip_longest
from typing import Any, BinaryIO, Final

from core.domain.states import squeeze
from core.errors import N_, FeedError
from core.feed.formats.api_errors import error_text, is_error, require_no_error
from core.feed.formats.api_metadata import page_mark, scales_in, zones_in
from core.feed.formats.heading_line import known_in
from core.feed.formats.json_lists import (
    ListOfObjects,
    after_space,
    at_path,
    flat,
    has_digit,
    is_heading,
    lists_in,
    with_key,
    wrapper_of,
)
from core.feed.formats.json_lists import text as text_of
from core.feed.formats.line_reader import LineReader, LongLine
from core.feed.formats.rare_json_forms import rewritten
from core.feed.formats.rows import (
    ANYTHING,
    SEVERAL,
    Block,
    Damage,
    Expected,
    Layout,
    Rows,
    number_text,
    text_table,
)
from core.feed.formats.text_encoding import as_utf8
from core.feed.interpreting.headings import (
    KEY,
    LIKE_A_SEND,
    REQUIRED,
    is_certain,
    likely,
    meaning_of,
    required_in,
)
from core.feed.limits import (
    BLOCK_BYTES,
    BLOCK_CELLS,
    MAX_COLUMNS,
    MAX_RECORD,
    OTHER_WIDTH,
    TOO_LONG,
    require_columns,
)

#: The maximum number of objects in a block.
_ROWS: Final = 20_000
#: The first _PROBED objects decide the headings.
_PROBED: Final = 1_000
_CHUNK: Final = 1 << 20
#: Freio looks for lists only in the first _SEARCHED bytes of a document.
_SEARCHED: Final = 4 << 20
#: The maximum number of characters of a page.
_MOST_PAGE: Final = 16 << 20
#: The maximum number of characters of a quoted error.
_QUOTED: Final = 200
#: The page mark if the text after the list is damaged, or has more than _SEARCHED bytes.
_NO_END: Final = "the end of the file cannot be read"
#: The text between two objects. A quoted text can match too.
_BETWEEN: Final = re.compile(r"\}\s*\{")


class _DuplicateKey(ValueError):  # noqa: N818 - it takes the place of an object
    """Takes the place of an object that has a key twice. The message is the key."""


class _Beside(dict[str, Any]):
    """A single value beside the sends: `"total": 2` in `{"7": {…}, "8": {…}, "total": 2}`."""


#: Takes the place of an object over the maximum length.
_TOO_LONG: Final = object()

#: An object: its number or the number of its line, its text, and the parsed value.
_Object = tuple[int, str, Any]


class JsonRows(Rows):
    """A JSON file. Raises FeedError if the file has no objects."""

    def __init__(self, stream: BinaryIO, wanted: Layout = Layout()) -> None:  # noqa: B008 - frozen
        super().__init__(stream)
        self._is_sequence = self._is_keyed = False
        self._beside: dict[str, Any] = {}
        self._names: Sequence[str] = ()
        # In a file of pages, the path of the list in each page.
        self._pages: Sequence[str] | None = None
        self._most = MAX_RECORD  # the maximum number of characters of a value
        self._wrapper: Sequence[str] = ()  # the path of the send in each object
        self._before = ""  # the text before the list
        self._stream, self._begin = as_utf8(stream)
        self._rewrite()
        start = self._begin
        self._size = self._stream.seek(0, os.SEEK_END)
        self._read = 0
        headings: dict[str, None] = {}
        try:
            self._find_list(wanted.list)
            _require_one_each(_repeated(self._names))
            has_lists, repeated = False, ""
            for _line, _text, found in islice(self._objects(), _PROBED):
                if isinstance(found, dict):
                    if not self._wrapper and not required_in(headings):
                        self._wrapper = wrapper_of(found)
                        self.layout = replace(self.layout, wrapper=".".join(self._wrapper))
                    send = self._unwrapped(found)
                    require_columns(send)
                    _add_headings(headings, send)
                elif isinstance(found, _DuplicateKey):
                    repeated = repeated or str(found)
                has_lists = has_lists or isinstance(found, list)
            if len(fields := required_in(headings)) < len(REQUIRED):
                self._require_no_answer(start, has_fields=bool(fields))
            if not headings:
                _require_one_each(repeated)
                if self.layout.list:
                    raise _no_rows(self.layout.list)
                raise FeedError(
                    N_("The file has lists of values instead of JSON objects with named values.")
                    if has_lists
                    else N_("The file contains no JSON objects."),
                    N_("Export one object for each send."),
                )
        except FeedError:
            self.close()
            raise
        self.headings = tuple(headings)

    def add_columns(self, columns: Iterable[str]) -> Sequence[str]:
        """Add and return the new columns. A key can be missing in the first objects of a file."""
        known = {squeeze(heading) for heading in self.headings}
        added = [each for each in dict.fromkeys(columns) if squeeze(each) not in known]
        self.headings = (*self.headings, *added)
        return added

    def blocks(self, _expected: Expected = ANYTHING) -> Iterator[Block]:
        """See `Rows.blocks`."""
        objects, self._known = self._objects(), frozenset(self.headings)
        count = min(_ROWS, BLOCK_CELLS // len(self.headings))
        while some := _next_objects(objects, count):
            rows: list[list[str | None]] = []
            lines: list[int] = []
            texts: list[str] = []
            damaged: list[Damage] = []
            for line, text, found in some:
                cells = self._cells(line, text, found)
                if isinstance(cells, Damage):
                    damaged.append(cells)
                else:
                    rows.append(cells)
                    lines.append(line)
                    texts.append(text)
            self.share = self._read / self._size
            yield Block(text_table(rows, len(self.headings)), lines, damaged, texts)

    def _rewrite(self) -> None:
        self._stream.seek(self._begin)
        text = self._stream.read(_SEARCHED + 1).decode(errors="replace")
        if len(text) > _SEARCHED or text.lstrip()[:1] not in ("{", '"'):
            return
        if (found := rewritten(_parsed(text.strip()), _parsed)) is not None:
            self.close()
            self._stream, self._begin = BytesIO(json.dumps(found).encode()), 0

    def _find_list(self, wanted: str) -> None:
        """Find the objects: on lines, in an array, in a nested list, or in pages."""
        self._stream.seek(self._begin)
        text = self._beginning()
        lines = [found for _, found in _first_lines(text)]
        documents = [] if len(lines) > 1 and None not in lines else _documents(text)
        has_arrays = len(lines) > 1 and all(isinstance(each, list) for each in lines)
        self._is_array = text.lstrip()[:1] == "[" and not has_arrays
        if pages := _pages_in(text, wanted, documents, is_array=self._is_array):
            self._is_sequence = bool(documents)
            self._pages = pages[0].path.split(".") if pages[0].path else ()
            self._most = _MOST_PAGE
            paths = tuple(each.path for each in pages)
            self.layout = Layout(list=paths[0], lists=paths, likely_lists=paths)
            return
        if self._is_array or (not wanted and _is_lines(text)):
            first = next(iter(_first_items(text) if self._is_array else _first_lines(text)), None)
            if first and isinstance(first[1], list) and is_heading(first[1]):
                self._names = first[1]
            return
        first = _first(text, after_space(text, 0))[0]
        if not wanted and isinstance(first, dict) and _is_send(first, text):
            self._is_sequence = True
            return
        lists = lists_in(text, _DECODER)
        chosen = _chosen(lists, wanted)
        if not chosen and wanted:
            raise FeedError(
                N_("The file has no list “{list}”. Its lists are: {lists}."),
                N_("Choose the list on the page Imports, or correct it in the mapping."),
                list=wanted,
                lists=", ".join(each.path for each in lists) or "–",
            )
        if not chosen:
            # The file perhaps has several objects, each on several lines.
            self._is_sequence = isinstance(first, dict)
            return
        best = chosen[0]
        self.layout = Layout(
            list=best.path,
            lists=tuple(each.path for each in lists),
            likely_lists=tuple(each.path for each in chosen),
        )
        self._before = text[: best.begin]
        self._begin += len(self._before.encode())
        self._is_array, self._is_keyed, self._names = True, best.is_keyed, best.names

    def _require_no_answer(self, start: int, *, has_fields: bool) -> None:
        """Raise FeedError if the file is an error answer, or has null instead of a list."""
        self._stream.seek(start)
        text = self._stream.read(MAX_RECORD).decode(errors="replace")
        answer, end = _first(text, after_space(text, 0))
        is_whole, lists = end is not None and not text[end:].strip(), lists_in(text, _DECODER)
        if is_whole or not isinstance(answer, str):
            require_no_error(answer, lists)
        if is_whole and isinstance(answer, dict) and not (has_fields or lists):
            for name in (key for key, each in answer.items() if each is None):
                raise _no_rows(name)

    def _beginning(self) -> str:
        """Return the first _SEARCHED bytes, or more if the first page is larger."""
        data = self._stream.read(_SEARCHED)
        text = data.decode(errors="ignore")
        is_array = text.lstrip()[:1] == "["
        is_long = not _first_items(text) if is_array else text.count("\n") == 1
        if len(data) < _SEARCHED or not (is_long or (not is_array and not _documents(text))):
            return text
        longer = (data + self._stream.read(_MOST_PAGE)).decode(errors="ignore")
        return longer if is_long or _documents(longer) else text

    def _cells(self, line: int, text: str, found: Any) -> list[str | None] | Damage:
        if found is _TOO_LONG:
            return Damage(line, text, TOO_LONG, {"most": MAX_RECORD})
        if isinstance(found, _DuplicateKey):
            return Damage(line, text, N_("it has the key {key} twice"), {"key": str(found)})
        if isinstance(found, list) and self._names:
            counts: dict[str, object] = {"found": len(found), "expected": len(self._names)}
            return Damage(line, text, OTHER_WIDTH, counts)
        if not isinstance(found, dict):
            return Damage(line, text, N_("it is not a JSON object"), {})
        cells = dict(flat(self._unwrapped(found)))
        for key, value in cells.items():
            # Freio ignores a new key if no field can need it.
            is_value = value is not None and value != SEVERAL
            if key not in self._known and is_value and self._may_be_read(key):
                unknown = N_("it has a key {key} that the first rows do not have")
                return Damage(line, text, unknown, {"key": key})
        values = map(cells.get, self.headings)
        return [None if value is None else text_of(value) for value in values]

    def _unwrapped(self, found: dict[str, Any]) -> dict[str, Any]:
        inner = at_path(found, self._wrapper)
        return with_key(inner if isinstance(inner, dict) else found)

    def _may_be_read(self, key: str) -> bool:
        name = meaning_of(key)
        return bool(name) and (is_certain(key) or name not in map(meaning_of, self._known))

    def _objects(self) -> Iterator[_Object]:
        self._stream.seek(self._begin)
        is_value = self._is_array or self._is_sequence
        values = self._of_values() if is_value else self._of_lines()
        if self._names:
            return self._of_tables(values, self._names)
        if self._pages is not None:
            return self._of_pages(values, self._pages)
        return values if self._is_array else self._with_mark(values)

    def _with_mark(self, values: Iterator[_Object]) -> Iterator[_Object]:
        """Yield the objects. If the first or last is no send, look for a page mark in it."""
        count, first, last = 0, None, None
        for _line, _text, last in values:
            first = first if count else last
            count += 1
            yield _line, _text, last
        for each in (first, last):
            if isinstance(each, dict) and required_in(self._unwrapped(each)) <= {"total_records"}:
                self.page_mark = self.page_mark or page_mark(each, count - 1)

    @staticmethod
    def _of_tables(values: Iterator[_Object], names: Sequence[str]) -> Iterator[_Object]:
        """Convert each list of values to an object. The keys are `names`."""
        for line, text, found in values:
            if found == names:
                continue  # the first list can have the names
            if not isinstance(found, list) or len(found) > len(names):
                yield line, text, found
                continue
            # Google leaves out empty values at the end of a list.
            yield line, text, dict(zip_longest(names, found))

    def _of_pages(self, values: Iterator[_Object], path: Sequence[str]) -> Iterator[_Object]:
        number, pages = 0, 0
        last: Any = {}
        for _line, text, found in values:
            page = _page_at(found, path)
            if page is None:
                if is_error(found):
                    raise FeedError(
                        N_("Answer {n} of several in the file is an error: “{text}”."),
                        N_("Request the sends again, and save all answers."),
                        n=pages + 1,
                        text=error_text(found)[:_QUOTED] or "–",
                    )
                number += 1
                yield number, text, found
                continue
            pages, last = pages + 1, found
            for each in page:
                number += 1
                text = json.dumps(each, ensure_ascii=False)
                yield number, text, each if len(text) <= MAX_RECORD else _TOO_LONG
        # The last page can have the number of all objects.
        self._add_around(_without(last, path) if path else {}, number, pages)

    def _add_around(self, around: Mapping[str, Any], objects: int, pages: int = 1) -> None:
        self.page_mark = page_mark(around, objects, pages)
        self.layout = replace(self.layout, zones=zones_in(around), scales=scales_in(around))

    def _add_end(self, after: str, objects: int) -> None:
        """Read the values around the list. Raises FeedError if a second JSON value follows."""
        try:
            around = json.loads(f"{self._before}[]{after}")
        except (json.JSONDecodeError, RecursionError) as error:
            if str(error).startswith("Extra data"):
                raise _unfinished(objects) from None
            self.page_mark = _NO_END
        else:
            self._add_around((around if self._before else {}) | self._beside, objects)

    def _of_lines(self) -> Iterator[_Object]:
        reader = LineReader(self._stream, 1, _ROWS, self._most)
        while (lines := reader.peek()) is not None:
            if isinstance(lines, LongLine):
                self._read = self._begin + reader.passed
                yield lines.number, lines.beginning, _TOO_LONG
                continue
            begin = 0
            for number, end in enumerate(lines.ends.tolist(), start=lines.first):
                text = lines.text[begin:end].decode(errors="replace").strip()
                begin = end
                self._read = self._begin + reader.passed + end
                if text:
                    yield number, text, _parsed(text)
            reader.take(len(lines.ends), len(lines.text))

    def _of_values(self) -> Iterator[_Object]:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")

        def more() -> str:
            chunk = self._stream.read(_CHUNK)
            self._read = self._stream.tell()
            return decoder.decode(chunk, final=not chunk)

        text, number, is_first = more(), 0, True
        at = after_space(text, 0) + self._is_array  # the bracket
        while True:
            at = after_space(text, at)
            if not is_first and text.startswith(",", at):
                at = after_space(text, at + 1)
            if self._is_sequence and at == len(text):
                text, at = more(), 0
                if not text:
                    return
                continue
            if text.startswith("}" if self._is_keyed else "]", at):
                after = text[at + 1 :] + decoder.decode(self._stream.read(_SEARCHED))
                if not self._before and after.lstrip().startswith("["):
                    # A program has joined several arrays.
                    text, at, is_first = after, after.index("[") + 1, True
                    continue
                self._add_end(after, number)
                return
            found, end = (_entry if self._is_keyed else _first)(text, at)
            # The last value of the text can continue in the next chunk.
            if end is None or end == len(text):
                next_text = more() if len(text) - at <= self._most else ""
                if next_text:
                    text, at = text[at:] + next_text, 0
                    continue
                if end is None:
                    most = self._most if len(text) - at > self._most else 0
                    is_python = not number and text.startswith("{'", at)
                    raise _unfinished(number, most, is_python=is_python)
            is_first = False
            if isinstance(found, _Beside):
                self._beside |= found
                at = end
                continue
            number += 1
            yield number, text[at:end], found if end - at <= self._most else _TOO_LONG
            at = end


def _pages_in(
    text: str, wanted: str, documents: Sequence[tuple[str, Any]], *, is_array: bool
) -> Sequence[ListOfObjects]:
    """Return the lists that can have the sends. The path of a list is the same in each page.

    Return () if the file has no pages.
    """
    answers = documents or (_first_items(text) if is_array else _first_lines(text))
    if len(answers) < (1 if is_array else 2):
        return ()
    (text, first), (other, second) = answers[0], answers[-1]
    if isinstance(first, list) and all(isinstance(each, dict) for each in first):
        return [ListOfObjects("", 0, len(first), ())] if isinstance(second, list) else ()
    if not isinstance(first, dict) or _is_send(first, text):
        return ()
    lists = lists_in(text, _DECODER)
    if not any(each.objects for each in lists):
        lists = lists_in(other, _DECODER)  # the first page is empty
    chosen = _chosen(lists, wanted)
    if is_array and not wanted:
        # Each object in the array can be a send with lists inside.
        has_values = any(not isinstance(each, dict | list) for each in first.values())
        chosen = [each for each in chosen if not has_values or _are_sends(each)]
    # Leave out lists of lists, because each page can have another order of values. Also leave out
    # objects with a send for each key, because `_page_at` finds only lists.
    chosen = [each for each in chosen if not (each.names or each.is_keyed)]
    if is_error(second):
        return chosen
    return [each for each in chosen if _page_at(second, each.path.split(".")) is not None]


def _chosen(lists: Sequence[ListOfObjects], wanted: str) -> list[ListOfObjects]:
    if wanted:
        return [each for each in lists if each.path == wanted]
    return likely([(each, each.headings) for each in lists])


def _page_at(answer: Any, path: Sequence[str]) -> list[Any] | None:
    """Return the list, or None. Some programs write null for an empty list."""
    page = at_path(answer, path)
    if page is None and path:
        *parents, key = path
        inner = at_path(answer, parents)
        return [] if isinstance(inner, dict) and key in inner else None
    return page if isinstance(page, list) else None


def _documents(text: str) -> list[tuple[str, Any]]:
    """Return the first two objects of `{…} {…}`, otherwise []."""
    found = _first_two(text, 0, between=0) if _BETWEEN.search(text) else []
    return found if len(found) == 2 and all(each[0] == "{" for each, _ in found) else []


def _are_sends(found: ListOfObjects) -> bool:
    fields = required_in(found.headings)
    return len(fields) >= LIKE_A_SEND and not fields.isdisjoint(("total_records", "scheduled_at"))


def _first_lines(text: str) -> list[tuple[str, Any]]:
    """Return the text and value of the first two lines. A damaged line has the value None."""
    lines = [line for line in text.split("\n") if line.strip()][:2]
    return [(line, _parsed(line)) for line in lines]


def _first_items(text: str) -> list[tuple[str, Any]]:
    return _first_two(text, after_space(text, 0) + 1, between=1)


def _first_two(text: str, at: int, *, between: int) -> list[tuple[str, Any]]:
    """`between` is the number of commas between two values: 0 or 1."""
    found: list[tuple[str, Any]] = []
    while len(found) < 2:
        at = after_space(text, at)
        value, end = _first(text, at)
        if end is None:
            break
        found.append((text[at:end], value))
        at = after_space(text, end) + between
    return found


def _without(value: Mapping[str, Any], path: Sequence[str]) -> dict[str, Any]:
    key, *rest = path
    others = {name: each for name, each in value.items() if name != key}
    return others | {key: _without(value[key], rest)} if rest and key in value else others


def _is_lines(text: str) -> bool:
    """Return whether each line has a send. `text` is the beginning of the file."""
    first, _, others = text.strip().partition("\n")
    found = _parsed(first)
    if not isinstance(found, dict):
        # The line is damaged, or is only the beginning of a document.
        lists = lists_in(text, _DECODER)
        if isinstance(found, _DuplicateKey):
            return True
        if not lists:
            return not isinstance(_first(text, after_space(text, 0))[0], dict)
        second = others.strip().partition("\n")[0]
        is_known = any(meaning_of(heading) for each in lists for heading in each.headings)
        return not is_known and isinstance(_parsed(second), dict)
    return bool(others.strip()) or _is_send(found, text)


def _is_send(found: dict[str, Any], text: str) -> bool:
    """Return whether an object is a send.

    If a list in the object has more required fields than the object, the list has the sends.
    """
    send = at_path(found, wrapper_of(found))
    own = [key for key, value in send.items() if not isinstance(value, list)]
    own += [f"{key}.{part}" for key in own if isinstance(send[key], dict) for part in send[key]]
    inside = lists_in(text, _DECODER)
    return len(known_in(own)) > 1 and all(
        len(required_in(each.headings)) <= len(required_in(own)) for each in inside
    )


def _add_headings(headings: dict[str, None], found: dict[str, Any]) -> None:
    """Add the columns of an object. After MAX_COLUMNS, leave out columns of inner objects."""
    headings |= dict.fromkeys(k for k, value in found.items() if not isinstance(value, dict | list))
    require_columns(headings)
    for path, value in flat(found):
        if len(headings) == MAX_COLUMNS:
            return
        if value != SEVERAL:
            headings.setdefault(path)


def _next_objects(objects: Iterator[_Object], count: int) -> list[_Object]:
    some, size = [], 0
    for each in islice(objects, count):
        some.append(each)
        size += len(each[1])
        if size >= BLOCK_BYTES:
            break
    return some


def _no_rows(name: str) -> FeedError:
    return FeedError(
        N_("The list “{list}” in the file is empty."),
        N_("Check that the export contains the sends, and export it again."),
        list=name,
    )


def _unfinished(number: int, most: int = 0, *, is_python: bool = False) -> FeedError:
    """Return the error for damage after `number` objects."""
    if most:
        return FeedError(
            N_("The object after the first {n} of the JSON array has no end within {most} bytes."),
            N_("Correct that object, or export again with one object on each line."),
            n=number,
            most=most,
        )
    happened = N_("The JSON in the file breaks off or is damaged after the first {n} objects.")
    if number < 2:
        happened = N_("The JSON in the file breaks off or is damaged after its first object.")
    if not number:
        happened = N_("The JSON in the file breaks off or is damaged at its beginning.")
    if is_python:
        happened = N_("The file has quotes as Python writes them (') and is not JSON.")
    return FeedError(happened, N_("Export it again."), n=number)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _DuplicateKey(_repeated([key for key, _ in pairs]))
    return found


def _repeated(names: Sequence[str]) -> str:
    return next((name for name, n in Counter(names).items() if n > 1), "")


def _require_one_each(repeated: str) -> None:
    if repeated:
        raise FeedError(
            N_("The file has two columns with the name “{name}”."),
            N_("Give each column its own name, and export it again."),
            name=repeated,
        )


def _number(text: str) -> str:
    """Return a number as text, without rounding. As in `number_text`, `1.234` becomes `1.2340`."""
    if "e" in text.lower():
        with suppress(InvalidOperation):  # raised if the exponent has very many digits
            found = number_text(Decimal(text))
            return text if "E" in found else found
        return text
    whole, _, fraction = text.partition(".")
    if not fraction.isdecimal():
        return text
    if not fraction.strip("0"):
        return whole
    return text + "0" if len(fraction) == 3 else text


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=_number,
    parse_int=str,
    parse_constant=lambda text: None if text == "NaN" else text,
)


def _parsed(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except _DuplicateKey as duplicate:
        return duplicate
    except (ValueError, RecursionError):
        return None


def _first(text: str, at: int) -> tuple[Any, int | None]:
    """Return a value and its end. A damaged or incomplete value has the end None."""
    with suppress(ValueError, RecursionError):
        try:
            return _DECODER.raw_decode(text, at)
        except _DuplicateKey as duplicate:
            return duplicate, json.JSONDecoder().raw_decode(text, at)[1]
    return None, None


def _entry(text: str, at: int) -> tuple[Any, int | None]:
    """Return the value of a key, and the end of the value. Add the key to a value like `{…}`."""
    key, end = _first(text, at)
    if end is None or not text.startswith(":", end := after_space(text, end)):
        return None, None
    found, end = _first(text, after_space(text, end + 1))
    if isinstance(found, dict):
        return {KEY: key} | found, end
    is_send = has_digit(key) or isinstance(found, _DuplicateKey)
    return found if is_send else _Beside({key: found}), end
