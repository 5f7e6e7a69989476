"""Read the XML of a workbook. Calamine does not read formats, hidden parts, errors and formulas."""

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import BinaryIO, Final
from xml.etree.ElementTree import Element, ParseError, iterparse

from core.feed.formats.rows import FORMULA, Layout
from core.feed.interpreting.counts import is_inexact, is_unit
from core.feed.interpreting.zones import zone_in_words

#: The parts of a number format. `0` and `#` are digits. `"ENV-` is a text, without a closing quote.
Code = tuple[str, ...]
#: PERCENT stands for each format of percentages.
PERCENT: Final[Code] = ("%",)
#: The IDs of the built-in formats of percentages and of money.
_PERCENT: Final = ("9", "10")
_MONEY: Final = ("5", "6", "7", "8", "42", "44")
_TEXT: Final = '"'
_MOST_DIGITS: Final = 20
#: A part of a format of whole numbers.
_PART: Final = re.compile(
    r"""(?P<digit>[0#?]|General) | "(?P<text>[^"]*)" | \\(?P<letter>.)
    | \[(?:\$(?P<money>[^\]-]*)[^\]]*|[A-Za-z]+\d*)\] | _. | (?<=[0#]),(?=[0#])
    | (?P<plain>[-+/():!^&'~{}<>=\ $])""",
    re.VERBOSE,
)
#: A text, a currency, a colour, a condition or a space in a format.
_BETWEEN: Final = re.compile(r'"([^"]*)"|\\(.)|\[(\$[^\]-]+)?[^\]]*\]|[_*].')
_KEPT: Final = "\0"
#: If a text in a format has one of these characters, the cell shows another number.
_OTHER: Final = re.compile("[\\d%‰$€£.,]")
#: A comma after the digits divides the shown number by 1,000: `0,`.
_DIVIDED: Final = re.compile(r"[0#?.],+(?![0#?,])")
#: The digits in a format: `#,##0.00`.
_PLACES: Final = re.compile("[0#?][0#?.,]*")
#: A part of a date or of an hour in a format: `yyyy`, `hh`, `AM/PM`.
_DATE_PLACE: Final = re.compile(r"AM/PM|A/P|[ymdhse0]+", re.IGNORECASE)
#: A text like the name of a zone: `UTC`, `BRT`.
_LIKE_ZONE: Final = re.compile(r"(?i:\b(?:utc|gmt)\b)|\b[A-Z]{1,4}T\b")
#: Marks of hidden parts, errors and formulas.
_MARKS: Final = (b' hidden="', b't="e"', b"<f", b":f>", b":f ")
_CHUNK: Final = 1 << 16
#: Errors for a missing, damaged or unusual part of a workbook.
_NOT_FOUND: Final = (zipfile.BadZipFile, ParseError, LookupError, ValueError, EOFError, OSError)


@dataclass(frozen=True, slots=True)
class CellFormat:
    """A number format that changes the text shown in a cell.

    - `parts`: the parts of a format of whole numbers.
    - `other_number`: the format if it shows another number, otherwise "". `0"k"` shows 5 as `5k`.
    - `zone`: the zone beside a date or an hour: `UTC` in `hh:mm "UTC"`.
    """

    parts: Code
    other_number: str = ""
    zone: str = ""


#: The formats in a row, by the index of the column.
Shown = Mapping[int, CellFormat]


def shown_rows(stream: BinaryIO, sheet: str) -> Iterator[tuple[int, Shown]]:
    """Yield the number (from 1) and the formats of each row. Leave out rows without them."""
    number = 0
    with suppress(*_NOT_FOUND), zipfile.ZipFile(stream) as book:
        if not (styles := _styles(book)):
            return
        for row in _elements(book, _path_of(book, sheet), "row"):
            number = int(row.get("r", number + 1))
            cells = ((place, cell.get("s", "")) for place, cell in _cells(row))
            if shown := {place: styles[style] for place, style in cells if style in styles}:
                yield number, shown


def unseen(stream: BinaryIO, sheet: str, after: int, width: int) -> Layout:
    """Return the hidden rows, hidden columns and unread cells of a sheet.

    Read only rows below the row `after`, and the first `width` columns. Leave out hidden rows
    without a value.
    """
    with suppress(*_NOT_FOUND), zipfile.ZipFile(stream) as book:
        path = _path_of(book, sheet)
        if _may_be_unseen(book, path):
            return _unseen(_elements(book, path, "col", "row"), after, width)
    return Layout()


def counts_from_1904(stream: BinaryIO) -> bool:
    """Return whether days count from 1904, as in old versions of Excel on a Mac."""
    with suppress(*_NOT_FOUND), zipfile.ZipFile(stream) as book:
        found = _elements(book, "xl/workbook.xml", "workbookPr")
        return any(_is_true(each.get("date1904")) for each in found)
    return False


def shown_text(code: Code, digits: str) -> str:
    """Return the shown text of a whole number.

    >>> shown_text(('"ENV-', "0", "0", "0", "0"), "12")
    'ENV-0012'
    """
    left = list(digits.lstrip("0"))
    places = sum(part in ("0", "#") for part in code)
    shown: list[str] = []
    for part in reversed(code):
        if part.startswith(_TEXT):
            # Spreadsheets show each text of a format, even if no digit is left.
            shown.append(part[1:])
            continue
        places -= 1
        if not places:
            shown.append("".join(left) or part.replace("#", ""))
        else:
            shown.append(left.pop() if left else part.replace("#", ""))
    return "".join(reversed(shown)).strip()


def _texts_in(code: str) -> tuple[list[str], str]:
    """Return the texts in a format, and the format with _KEPT for each text."""
    texts = ["".join(filter(None, match.groups())) for match in _BETWEEN.finditer(code)]
    return texts, _BETWEEN.sub(_KEPT, code)


def _shows_other_number(code: str) -> bool:
    """Return whether a format shows another number: `0"k"`, `0,`, `$0`."""
    texts, places = _texts_in(code)
    for section in places.replace("General", "0").split(";"):
        own = [texts.pop(0) for _ in range(section.count(_KEPT))]
        *digits, rest = re.split("[0#?]", section)
        unit = "".join(own[len(own) - rest.count(_KEPT) :]).strip()
        parts = zip(section.split(_KEPT), [*own, ""], strict=True)
        shown = _PLACES.sub("1", "".join(map("".join, parts))).strip()
        is_divided = "%" in section or _DIVIDED.search(section) is not None
        is_other = is_divided or is_inexact(shown) or _OTHER.search("".join(own)) is not None
        if digits and (is_other or (any(map(str.isalpha, unit)) and not is_unit(unit))):
            return True
    return False


def _zone_shown(code: str) -> str:
    """Return the zone in a format of dates or hours, or "".

    >>> _zone_shown('dd/mm/yyyy hh:mm "UTC"'), _zone_shown('dd" de "mmmm hh"h"mm')
    ('UTC', '')
    """
    texts, places = _texts_in(code)
    places = _DATE_PLACE.sub("\n", places.split(";")[0])
    shown = re.sub(_KEPT, lambda _: texts.pop(0).removeprefix("$"), places)
    if shown == places.replace(_KEPT, "") or "\n" not in places:
        return ""  # without a text or a date
    found = (each.strip() for each in shown.split("\n"))
    return next((each for each in found if _LIKE_ZONE.search(each) or zone_in_words(each)), "")


def _parts(code: str) -> Code:
    """Return the parts for positive numbers: those before the first `;`.

    Return () if the format is plain or has an unknown part.
    """
    parts: list[str] = []
    at = 0
    while at < len(code) and code[at] != ";":
        match = _PART.match(code, at)
        if match is None:
            return ()
        at = match.end()
        if match["digit"]:
            parts.append({"?": "#", "General": "0"}.get(match["digit"], match["digit"]))
        elif text := match["text"] or match["letter"] or match["money"] or match["plain"]:
            parts.append(_TEXT + text)
    places = [part for part in parts if not part.startswith(_TEXT)]
    is_plain = len(places) == len(parts) and places.count("0") < 2
    return () if is_plain or not 0 < len(places) <= _MOST_DIGITS else tuple(parts)


def _styles(book: zipfile.ZipFile) -> dict[str, CellFormat]:
    """Return formats by the number of the cell style."""
    formats = dict.fromkeys(_PERCENT, CellFormat(PERCENT))
    formats |= dict.fromkeys(_MONEY, CellFormat((), "$#,##0"))
    cells: list[str] = []
    for element in _elements(book, "xl/styles.xml", "numFmt", "cellXfs"):
        if element.tag.endswith("cellXfs"):
            cells += [style.get("numFmtId", "") for style in element]
            continue
        code = element.get("formatCode", "")
        other, zone = code if _shows_other_number(code) else "", _zone_shown(code)
        if re.fullmatch(r"0(\.0+)?%", code):
            formats[element.attrib["numFmtId"]] = CellFormat(PERCENT)
        elif (parts := _parts(code)) or other or zone:
            formats[element.attrib["numFmtId"]] = CellFormat(parts, other, zone)
    return {str(n): formats[each] for n, each in enumerate(cells) if each in formats}


def _path_of(book: zipfile.ZipFile, sheet: str) -> str:
    """Return the path of a sheet in the zip. Raises LookupError if the sheet is not found."""
    ids = {
        each.attrib["name"]: next(value for key, value in each.items() if key.endswith("}id"))
        for each in _elements(book, "xl/workbook.xml", "sheet")
    }
    parts = _elements(book, "xl/_rels/workbook.xml.rels", "Relationship")
    target = {each.attrib["Id"]: each.attrib["Target"] for each in parts}[ids[sheet]]
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _may_be_unseen(book: zipfile.ZipFile, path: str) -> bool:
    """Return whether a sheet has one of _MARKS. Search the bytes, because parsing is slow."""
    end = b""
    with book.open(path) as part:
        while chunk := part.read(_CHUNK):
            if any(mark in end + chunk for mark in _MARKS):
                return True
            end = chunk[-max(map(len, _MARKS)) :]
    return False


def _unseen(elements: Iterable[Element], after: int, width: int) -> Layout:
    number = hidden_rows = 0
    columns: list[int] = []
    unread: dict[int, tuple[int, str, str]] = {}
    for element in elements:
        is_hidden, is_filled = _is_true(element.get("hidden")), False
        if element.tag.endswith("col"):
            first, last = int(element.get("min", 1)), int(element.get("max", 0))
            columns += range(first - 1, min(last, width)) if is_hidden else ()
            continue
        number = int(element.get("r", number + 1))
        for place, cell in _cells(element) if number > after else ():
            parts = {part.tag.rpartition("}")[2]: part.text for part in cell}
            value, kind = parts.get("v"), cell.get("t")
            # An empty `v` is a value only if the kind is `str`.
            has_value = bool(value) or "is" in parts or ("v" in parts and kind == "str")
            is_filled = is_filled or has_value
            error = value if kind == "e" else None
            if place < width and (error or ("f" in parts and not has_value)):
                name = f"{_letters(place)}{number}"
                unread.setdefault(place, (place, name, error or FORMULA))
        hidden_rows += is_hidden and is_filled
    return Layout(
        hidden_rows=hidden_rows, hidden_columns=tuple(columns), unread_cells=tuple(unread.values())
    )


def _is_true(text: str | None) -> bool:
    return text in ("1", "true", "on")


def _cells(row: Element) -> Iterator[tuple[int, Element]]:
    place = -1
    for cell in row:
        letters = cell.get("r", "").rstrip("0123456789")
        place = _column(letters) if letters else place + 1
        yield place, cell


def _letters(column: int) -> str:
    text, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


@lru_cache(20_000)
def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _elements(book: zipfile.ZipFile, path: str, *names: str) -> Iterator[Element]:
    """Yield the elements with these names. Clear each one after the use, to save memory."""
    with book.open(path) as part:
        # Expat limits the size of entities, and the child process limits memory and time.
        for _event, element in iterparse(part):  # noqa: S314
            if element.tag.endswith(names):
                yield element
                element.clear()
