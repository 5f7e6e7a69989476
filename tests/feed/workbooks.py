"""Workbooks that have only the parts that a reader needs."""

import zipfile
from collections.abc import Collection, Mapping, Sequence
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


class Xml(str):
    """A cell as it is written in the XML of a sheet, or the attributes of its row (`hidden="1"`)."""


def workbook(
    sheets: Mapping[str, Sequence[Sequence[object]]],
    code: str = "",
    hidden: Collection[str] = (),
    from_1904: str = "",
    columns: str = "",
) -> bytes:
    """Return a workbook; `sheets` has the rows of each sheet. Numbers have the format `code`.

    `columns` is the XML of the columns.
    """
    places = {name: f"s{n}" for n, name in enumerate(sheets, start=1)}
    entries = "".join(
        f'<sheet name="{name}" sheetId="{place[1:]}" r:id="{place}"'
        f' state="{"hidden" if name in hidden else "visible"}"/>'
        for name, place in places.items()
    )
    relations = "".join(
        _relation(place, "worksheet", f"worksheets/{place}.xml") for place in places.values()
    )
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><workbookPr date1904="{from_1904 or 0}"/>'
            f"<sheets>{entries}</sheets></workbook>",
        )
        packed.writestr("xl/_rels/workbook.xml.rels", _relations(relations))
        root = _relation("r1", "officeDocument", "xl/workbook.xml")
        packed.writestr("_rels/.rels", _relations(root))
        if code:
            packed.writestr("xl/styles.xml", _styles(code))
        for name, rows in sheets.items():
            body = "".join(_row(row, code) for row in rows)
            text = f'<worksheet xmlns="{_MAIN}">{columns}<sheetData>{body}</sheetData></worksheet>'
            packed.writestr(f"xl/worksheets/{places[name]}.xml", text)
    return out.getvalue()


def _row(row: Sequence[object], code: str) -> str:
    attributes = [each for each in row if isinstance(each, Xml) and not each.startswith("<")]
    cells = (_cell(each, code) for each in row if each not in attributes)
    return f"<row {' '.join(attributes)}>{''.join(cells)}</row>"


def _cell(value: object, code: str) -> str:
    if isinstance(value, Xml):
        return value
    if isinstance(value, int | float):
        style = ' s="1"' if code else ""
        return f"<c{style}><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


def _relation(id: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{id}" Type="{_OFFICE}/{kind}" Target="{target}"/>'


def _relations(found: str) -> str:
    return f'<Relationships xmlns="{_PACKAGE}">{found}</Relationships>'


def _styles(code: str) -> str:
    return (
        f'<styleSheet xmlns="{_MAIN}"><numFmts><numFmt numFmtId="164" formatCode={quoteattr(code)}/>'
        '</numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>'
    )
