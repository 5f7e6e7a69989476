"""What a workbook has beside its values: formats such as `"ENV-"0000`, hidden rows, errors.

The library that reads the values does not report these things. It also does not report the year
from which the workbook counts days. This module reads all this from the XML.
"""

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final
from xml.parsers import expat

from core.feed.formats.rows import FORMULA
from core.feed.interpreting.counts import is_inexact, is_unit
from core.feed.interpreting.zones import zone_in_words

#: The parts of a format. `0` and `#` mean a digit. A part that shows a text begins with `"` and has
#: no closing quote: `"ENV-`. PERCENT is the code of all formats of percentages.
Code = tuple[str, ...]
PERCENT: Final[Code] = ("%",)
#: The built-in formats of percentages and of money.
_PERCENT: Final = ("9", "10")
_MONEY: Final = ("5", "6", "7", "8", "42", "44")
_TEXT: Final = '"'
_MOST_DIGITS: Final = 20
#: A part of the format of a whole number, such as a digit, a text, a colour or a space. A comma
#: between thousands is left out.
_PART: Final = re.compile(
    r"""(?P<digit>[0#?]|General) | "(?P<text>[^"]*)" | \\(?P<letter>.)
    | \[(?:\$(?P<money>[^\]-]*)[^\]]*|[A-Za-z]+\d*)\] | _. | (?<=[0#]),(?=[0#])
    | (?P<plain>[-+/():!^&'~{}<>=\ $])""",
    re.VERBOSE,
)
#: A part of any format that is not the place of a digit, such as a text, a colour or a condition.
#: _KEPT replaces such a part.
_BETWEEN: Final = re.compile(r'"([^"]*)"|\\(.)|\[(\$[^\]-]+)?[^\]]*\]|[_*].')
_KEPT: Final = "\0"
#: Characters that change a number if a format adds them.
_OTHER: Final = re.compile("[\\d%‰$€£.,]")
#: Commas after the places of the digits. Each comma divides the shown number by 1,000.
_DIVIDED: Final = re.compile(r"[0#?.],+(?![0#?,])")
#: The places of a number that a format shows.
_PLACES: Final = re.compile("[0#?][0#?.,]*")
#: A place of a number in a format of dates, such as a day, an hour or a fraction of a second.
_DATE_PLACE: Final = re.compile(r"AM/PM|A/P|[ymdhse0]+", re.IGNORECASE)
#: Texts in a format of dates that name a zone, even if Freio does not know the zone: `UTC`, `BRT`.
_LIKE_ZONE: Final = re.compile(r"(?i:\b(?:utc|gmt)\b)|\b[A-Z]{1,4}T\b")
#: The beginnings of hidden parts, errors and formulas in the XML of a sheet.
_MARKS: Final = (b' hidden="', b't="e"', b"<f", b":f>", b":f ")
#: The maximum number of hidden rows that are counted.
_MOST_ROWS: Final = 10_000
_CHUNK: Final = 1 << 16
_MAIN: Final = "xl/"


@dataclass(frozen=True, slots=True)
class CellFormat:
    """A format that changes what a person reads.

    - `parts`: the parts of a format of whole numbers, or () for another format.
    - `other_number`: the code of a format that shows another number, such as `0"k"`, or "".
    - `zone`: the zone that the format shows beside a date or an hour, or "".
    """

    parts: Code
    other_number: str = ""
    zone: str = ""


#: The formats in a row that change what a person reads, by the index of the column.
Shown = Mapping[int, CellFormat]


def shown_rows(stream: BinaryIO, sheet: str) -> Iterator[tuple[int, Shown]]:
    """Yield the number (from 1) and the `Shown` formats of each row that has formats.

    Ends without an error if the XML has another structure.
    """
    try:
        with zipfile.ZipFile(stream) as book:
            styles = _styles(book)
            if styles:
                yield from _rows(book, _path_of(book, sheet), styles)
    except (zipfile.BadZipFile, expat.ExpatError, LookupError, ValueError, EOFError, OSError):
        return


@dataclass(frozen=True, slots=True)
class Unseen:
    """The hidden parts of a sheet, and its cells without a value.

    - `rows`: the numbers, from 1, of the first hidden rows.
    - `columns`: the indexes of hidden columns.
    - `cells`: for each column, the first cell with an error or with a formula without a value. Each
      element has the index of the column, the name of the cell, and the error or FORMULA.
    """

    rows: tuple[int, ...] = ()
    columns: tuple[int, ...] = ()
    cells: tuple[tuple[int, str, str], ...] = ()


def unseen(stream: BinaryIO, sheet: str, after: int, width: int) -> Unseen:
    """Return the `Unseen` of the first `width` columns, below the row `after`."""
    try:
        with zipfile.ZipFile(stream) as book:
            path = _path_of(book, sheet)
            return _unseen(book, path, after, width) if _may_be_unseen(book, path) else Unseen()
    except (zipfile.BadZipFile, expat.ExpatError, LookupError, ValueError, EOFError, OSError):
        return Unseen()


def counts_from_1904(stream: BinaryIO) -> bool:
    """Return whether a workbook counts days from 1904, as old versions of Excel on a Mac did."""
    found: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.endswith("workbookPr"):
            found.append(attributes.get("date1904", ""))

    try:
        with zipfile.ZipFile(stream) as book:
            for _ in _parsed(book, _MAIN + "workbook.xml", start, lambda _: None):
                pass
    except (zipfile.BadZipFile, expat.ExpatError, LookupError, ValueError, EOFError, OSError):
        return False
    return any(map(_is_true, found))


def shown_text(code: Code, digits: str) -> str:
    """Return a whole number as a format shows it. The digits fill the places from the right."""
    left = list(digits.lstrip("0"))
    places = sum(part in ("0", "#") for part in code)
    shown: list[str] = []
    for part in reversed(code):
        if part.startswith(_TEXT):
            # Spreadsheets show a text even if the places around it get no digits.
            shown.append(part[1:])
            continue
        places -= 1
        if not places:
            shown.append("".join(left) or part.replace("#", ""))
        else:
            shown.append(left.pop() if left else part.replace("#", ""))
    return "".join(reversed(shown)).strip()


def _shows_other_number(code: str) -> bool:
    """Return whether a format shows a count as another number: `0"k"`, `0,`, `"~"0`, `0"%"`, `$0`.

    `#,##0" contacts"`, `"ENV-"0000` and `0.00` show the same number.
    """
    texts: list[str] = []

    def keep(match: re.Match[str]) -> str:
        texts.append("".join(filter(None, match.groups())))
        return _KEPT

    for section in _BETWEEN.sub(keep, code).replace("General", "0").split(";"):
        own = [texts.pop(0) for _ in range(section.count(_KEPT))]
        *places, rest = re.split("[0#?]", section)
        unit = "".join(own[len(own) - rest.count(_KEPT) :]).strip()
        parts = zip(section.split(_KEPT), [*own, ""], strict=True)
        shown = _PLACES.sub("1", "".join(map("".join, parts))).strip()
        is_divided = "%" in section or _DIVIDED.search(section) is not None
        is_other = is_divided or is_inexact(shown) or _OTHER.search("".join(own)) is not None
        if places and (is_other or (any(map(str.isalpha, unit)) and not is_unit(unit))):
            return True
    return False


def _zone_shown(code: str) -> str:
    """Return the zone that a format shows beside a date or an hour, or "".

    >>> _zone_shown('dd/mm/yyyy hh:mm "UTC"'), _zone_shown('dd" de "mmmm hh"h"mm')
    ('UTC', '')
    """
    texts: list[str] = []

    def keep(match: re.Match[str]) -> str:
        texts.append(match[1] or match[2] or (match[3] or "").removeprefix("$"))
        return _KEPT

    places = _DATE_PLACE.sub("\n", _BETWEEN.sub(keep, code).split(";")[0])
    shown = re.sub(_KEPT, lambda _: texts.pop(0), places)
    if shown == places.replace(_KEPT, "") or "\n" not in places:
        return ""  # without a text or a date
    found = (each.strip() for each in shown.split("\n"))
    return next((each for each in found if _LIKE_ZONE.search(each) or zone_in_words(each)), "")


def _parts(code: str) -> Code:
    """Return the parts of a format of whole numbers.

    Returns () if the format is of another kind or changes nothing. A code can have several formats,
    separated by `;`. Only the first format is for positive numbers, so the others are ignored.
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
    """Return the formats that change what a person reads, by the number of the cell style."""
    formats = dict.fromkeys(_PERCENT, CellFormat(PERCENT))
    formats |= dict.fromkeys(_MONEY, CellFormat((), "$#,##0"))
    cells: list[str] = []
    inside = [False]

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.endswith("numFmt"):
            code = attributes.get("formatCode", "")
            other, zone = code if _shows_other_number(code) else "", _zone_shown(code)
            if re.fullmatch(r"0(\.0+)?%", code):
                formats[attributes["numFmtId"]] = CellFormat(PERCENT)
            elif (parts := _parts(code)) or other or zone:
                formats[attributes["numFmtId"]] = CellFormat(parts, other, zone)
        elif name.endswith("cellXfs"):
            inside[0] = True
        elif name.endswith("xf") and inside[0]:
            cells.append(attributes.get("numFmtId", ""))

    def end(name: str) -> None:
        if name.endswith("cellXfs"):
            inside[0] = False

    for _ in _parsed(book, _MAIN + "styles.xml", start, end):
        pass
    return {str(n): formats[each] for n, each in enumerate(cells) if each in formats}


def _path_of(book: zipfile.ZipFile, sheet: str) -> str:
    """Return the path of a sheet in the workbook. Raises LookupError if the sheet is not found."""
    ids: dict[str, str] = {}
    paths: dict[str, str] = {}

    def sheets(name: str, attributes: dict[str, str]) -> None:
        if name.endswith("sheet"):
            ids[attributes["name"]] = next(v for k, v in attributes.items() if k.endswith(":id"))

    def relations(name: str, attributes: dict[str, str]) -> None:
        if name.endswith("Relationship"):
            paths[attributes["Id"]] = attributes["Target"]

    for path, start in (("workbook.xml", sheets), ("_rels/workbook.xml.rels", relations)):
        for _ in _parsed(book, _MAIN + path, start, lambda _: None):
            pass
    target = paths[ids[sheet]]
    return target.removeprefix("/") if target.startswith("/") else _MAIN + target


def _rows(
    book: zipfile.ZipFile, path: str, styles: Mapping[str, CellFormat]
) -> Iterator[tuple[int, Shown]]:
    done: list[tuple[int, Shown]] = []
    row: dict[int, CellFormat] = {}
    place = [0, 0]  # the row from 1, and the column from 0

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.endswith("row"):
            place[:] = [int(attributes.get("r", place[0] + 1)), -1]
        elif name == "c" or name.endswith(":c"):
            reference = attributes.get("r", "").rstrip("0123456789")
            place[1] = _column(reference) if reference else place[1] + 1
            shown = styles.get(attributes.get("s", ""))
            if shown:
                row[place[1]] = shown

    def end(name: str) -> None:
        if name.endswith("row") and row:
            done.append((place[0], dict(row)))
            row.clear()

    for _ in _parsed(book, path, start, end):
        yield from done
        done.clear()


def _may_be_unseen(book: zipfile.ZipFile, path: str) -> bool:
    """Return whether a sheet can have hidden parts, errors or formulas. Parsing is slower."""
    end = b""
    with book.open(path) as part:
        while chunk := part.read(_CHUNK):
            if any(mark in end + chunk for mark in _MARKS):
                return True
            end = chunk[-max(map(len, _MARKS)) :]
    return False


def _unseen(book: zipfile.ZipFile, path: str, after: int, width: int) -> Unseen:
    rows: list[int] = []
    columns: list[int] = []
    cells: dict[int, tuple[int, str, str]] = {}
    place = [0, -1]  # the row from 1, and the column from 0
    row = {"hidden": False, "filled": False}
    cell = {"kind": "", "formula": False, "value": False}
    texts: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "col" if _is_true(attributes.get("hidden", "")):
                first, last = int(attributes["min"]), int(attributes["max"])
                columns.extend(range(first - 1, min(last, width)))
            case "row":
                place[:] = [int(attributes.get("r", place[0] + 1)), -1]
                row.update(hidden=_is_true(attributes.get("hidden", "")), filled=False)
            case "c":
                reference = attributes.get("r", "").rstrip("0123456789")
                place[1] = _column(reference) if reference else place[1] + 1
                cell.update(kind=attributes.get("t", ""), formula=False, value=False)
                texts.clear()
            case "f":
                cell["formula"] = True
            case "v":
                texts.clear()
            case "is":
                cell["value"] = row["filled"] = True
                texts.clear()

    def end(name: str) -> None:
        match name.rpartition(":")[2]:
            # Some programs write an empty value. With the kind `str`, the result is an empty text.
            case "v" if any(texts) or cell["kind"] == "str":
                cell["value"] = row["filled"] = True
            case "c" if place[0] > after and place[1] < width:
                error = "".join(texts) if cell["kind"] == "e" else ""
                if error or (cell["formula"] and not cell["value"]):
                    where = f"{_letters(place[1])}{place[0]}"
                    cells.setdefault(place[1], (place[1], where, error or FORMULA))
            case "row" if place[0] > after and row["hidden"] and row["filled"]:
                rows.extend([place[0]] if len(rows) < _MOST_ROWS else [])

    for _ in _parsed(book, path, start, end, texts.append):
        pass
    return Unseen(tuple(rows), tuple(columns), tuple(cells.values()))


def _is_true(text: str) -> bool:
    return text in ("1", "true", "on")


def _letters(column: int) -> str:
    text, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _parsed(
    book: zipfile.ZipFile,
    path: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    data: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """Parse a file inside the workbook, and yield after each chunk."""
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = data
    with book.open(path) as part:
        while chunk := part.read(_CHUNK):
            parser.Parse(chunk, False)
            yield
        parser.Parse(b"", True)
    yield
