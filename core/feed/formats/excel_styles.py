"""Number formats in a workbook that change what a person reads in a cell: `00000` and `0%`.

The library that reads the values does not report formats, so they are read from the XML itself.
"""

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO, Final
from xml.parsers import expat

#: The built-in formats of percentages.
_PERCENT: Final = {"9": "%", "10": "%"}
_ZEROS: Final = re.compile(r"0{2,20}")
_CHUNK: Final = 1 << 16
_MAIN: Final = "xl/"

#: For each column of a row (counted from 0) with such a format: the number of digits that are
#: shown, or "%".
Shown = Mapping[int, int | str]


def shown_rows(stream: BinaryIO, sheet: str) -> Iterator[tuple[int, Shown]]:
    """Yield each row (from 1) of a sheet that has cells with such a format.

    Yields nothing if there are none, or if the XML is not as expected.
    """
    try:
        with zipfile.ZipFile(stream) as book:
            styles = _styles(book)
            if styles:
                yield from _rows(book, _path_of(book, sheet), styles)
    except (zipfile.BadZipFile, expat.ExpatError, LookupError, ValueError, EOFError, OSError):
        return


def _styles(book: zipfile.ZipFile) -> dict[str, int | str]:
    """Return the cell styles with such a format, by their number in the workbook."""
    formats: dict[str, int | str] = dict(_PERCENT)
    cells: list[str] = []
    inside = [False]

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.endswith("numFmt"):
            code = attributes.get("formatCode", "")
            if _ZEROS.fullmatch(code):
                formats[attributes["numFmtId"]] = len(code)
            elif re.fullmatch(r"0(\.0+)?%", code):
                formats[attributes["numFmtId"]] = "%"
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
    """Return the path of a sheet in the workbook. Raises LookupError if it is not found."""
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
    book: zipfile.ZipFile, path: str, styles: Mapping[str, int | str]
) -> Iterator[tuple[int, Shown]]:
    done: list[tuple[int, Shown]] = []
    row: dict[int, int | str] = {}
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
) -> Iterator[None]:
    """Parse a file inside the workbook. Yield after each chunk, so that its results can be used."""
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    with book.open(path) as part:
        while chunk := part.read(_CHUNK):
            parser.Parse(chunk, False)
            yield
        parser.Parse(b"", True)
    yield
