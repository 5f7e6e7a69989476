"""Write files that need much memory or time, and so exceed a limit of their format."""

import gzip
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

HEAD = b"id,name,state,total_records,scheduled_at,note\n"
ROW = b"CFG-%d,Promo %d,SENT-DONE,5000,2026-11-23 10:00,a note of usual length\n"
NAMES = ("id", "name", "state", "total_records", "scheduled_at", "note")
_PIECE = 1 << 20

Pieces = Iterator[bytes]
#: A function that writes a file of about the given number of bytes.
Writer = Callable[[Path, int], None]

HEAVY: dict[str, Writer] = {}


def heavy(name: str) -> Callable[[Writer], Writer]:
    """Register the writer of a heavy file under its name."""

    def keep(writer: Writer) -> Writer:
        HEAVY[name] = writer
        return writer

    return keep


def rows(size: int, first: int = 0) -> Pieces:
    """Return plain rows of about this many bytes in total."""
    made, number = 0, first
    while made < size:
        piece = b"".join(ROW % (n, n) for n in range(number, number + 10_000))
        number += 10_000
        made += len(piece)
        yield piece


def again(piece: bytes, size: int) -> Pieces:
    """Return the same bytes repeatedly, about this many in total."""
    many = piece * max(1, min(size, _PIECE) // len(piece))
    for _ in range(max(1, size // len(many))):
        yield many


def _put(path: Path, *parts: Pieces | bytes) -> None:
    with gzip.open(path, "wb", 1) if path.name.endswith(".gz") else path.open("wb") as out:
        for part in parts:
            for piece in (part,) if isinstance(part, bytes) else part:
                out.write(piece)


def _text(name: str, *parts: Callable[[int], Pieces] | bytes) -> None:
    def write(path: Path, size: int) -> None:
        _put(path, *(part if isinstance(part, bytes) else part(size) for part in parts))

    HEAVY[name] = write


def _share(tenths: int) -> Callable[[int], Pieces]:
    return lambda size: rows(size * tenths // 10, first=tenths * 10_000_000)


def _all(piece: bytes) -> Callable[[int], Pieces]:
    return lambda size: again(piece, size)


_OPEN = b'X-1,"a quote that is opened,SENT-DONE,5000,2026-11-23 10:00,x\n'

_text("plain.csv", HEAD, _share(10))
_text("quote-at-start.csv", HEAD, _OPEN, _share(10))
_text("quote-in-middle.csv", HEAD, _share(3), _OPEN, _share(7))
_text("quote-at-end.csv", HEAD, _share(10), _OPEN)
_text("quote-in-each-row.csv", HEAD, _all(_OPEN))
_text("quotes-in-each-cell.csv", HEAD, _all(b'"1","a ""b""","sent","5","2026-11-23","x"\n'))
_text("only-quotes.csv", HEAD, _all(b'"'))
_text("quotes-and-delimiters.csv", HEAD, _all(b'",'))
_text("quoted-lines.csv", HEAD, _all(b'1,"' + b"a\n" * 150 + b'",sent,5,2026-11-23,x\n'))
_text(
    "long-quoted-lines.csv", HEAD, _all(b'1,"' + (b"a" * 40_000 + b"\n") * 150 + b'",s,5,2026,x\n')
)
_text("huge-cell.csv", HEAD, b"1,", _all(b"x"), b",sent,5,2026-11-23,x\n", _share(1))
_text("huge-quoted-cell.csv", HEAD, b'1,"', _all(b"x"), b'",sent,5,2026-11-23,x\n', _share(1))
_text("open-quote-one-line.csv", HEAD, b'1,"', _all(b"x"))
_text("open-quote-many-cells.csv", HEAD, b'1,"', _all(b"x,"))
_text("always-open.csv", HEAD, lambda _: rows(1), _all(b'a"b,"c\n'))
_text("same-id-short.csv", HEAD, _all(b"1,x,sent,5,2026-11-23,\n"))
_text("many-cells.csv", HEAD, _all(b"1,"), b"\n", _share(1))
_text("megabyte-rows.csv", HEAD, _all(b"1,x,sent,5,2026-11-23," + b"y" * 1_000_000 + b"\n"))
_text("notes.csv", HEAD, _all(b"1,x,sent,5,2026-11-23," + b"y" * 9_900 + b"\n"))
_text("long-notes.csv", HEAD, _all(b"1,x,sent,5,2026-11-23," + b"y" * 60_000 + b"\n"))
_text("no-line-end.csv", _all(b"id,name,"))
_text("no-delimiter.csv", _all(b"x"))
_text(
    "many-headings.csv",
    b"id,name,state,total_records,scheduled_at",
    lambda _: again(b",a", 3_000_000),
    b"\n",
    _all(b",,,\n"),
)
_text(
    "hundreds-of-headings.csv",
    HEAD[:-1],
    lambda _: again(b",a", 1_000),
    b"\n",
    _all(b"," * 505 + b"\n"),
)
_text("short-lines.csv", HEAD, _all(b"x\n"))
_text("empty-rows.csv", HEAD, _all(b",,,,,\n"))
_text("blank-lines.csv", HEAD, _all(b"\n"), _share(1))
_text("old-ends.csv", HEAD.replace(b"\n", b"\r"), _all(b"x\r"))
_text("latin.csv", HEAD, _all(b"1,Promo\xe7\xe3o,sent,5,2026-11-23,x\n"))
_text(
    "wrong-rows.csv",
    HEAD,
    _all(b"," + b"y" * 9_000 + b",sent,x,2026-11-23," + b"z" * 9_000 + b"\n"),
)
_text(
    "same-id.csv", HEAD, _all(b"1," + b"y" * 9_000 + b",sent,5,2026-11-23," + b"z" * 9_000 + b"\n")
)
_text("nuls.csv", HEAD, _all(b"\x00"))
_text("bomb.csv.gz", HEAD, lambda size: again(b"x", 10 * size))
_text("bomb-rows.csv.gz", HEAD, lambda size: again(b"x,y,z\n", 10 * size))

_GOOD = b'{"id":"%d","name":"x","state":"sent","total_records":5,"scheduled_at":"2026-11-23"}'
_FIRST = _GOOD % 1
_KEYS = b'"k%d":1,'


def _many_keys(size: int) -> Pieces:
    for first in range(0, size // 10, 10_000):
        yield b"".join(_KEYS % n for n in range(first, first + 10_000))


_text(
    "plain.ndjson",
    lambda size: (
        b"".join(_GOOD % n + b"\n" for n in range(k, k + 10_000))
        for k in range(0, size // 80, 10_000)
    ),
)
_text(
    "plain.json",
    b"[" + _FIRST,
    lambda size: (
        b"".join(b"," + _GOOD % n for n in range(k, k + 10_000))
        for k in range(10, size // 80, 10_000)
    ),
    b"]",
)
_text("long-line.ndjson", _FIRST, b'\n{"id":"', _all(b"x"), b'"}\n', _FIRST)
_text("first-line-long.ndjson", b'{"id":"', _all(b"x"), b'"}\n', _FIRST)
_text("huge-string.json", b"[" + _FIRST + b',{"id":"', _all(b"x"), b'"}]')
_text("deep.json", _all(b"["))
_text("deep-objects.ndjson", _FIRST + b"\n", _all(b'{"a":'))
_text("deep-in-array.json", b"[" + _FIRST + b",", _all(b'{"a":'))
_text("many-keys.ndjson", _FIRST + b"\n{", _many_keys, b'"z":1}\n')
_text("many-keys.json", b"[{", _many_keys, b'"z":1}]')
_text("same-key.ndjson", _FIRST + b"\n{", lambda _: _many_keys(3_500_000), b'"z":1,"z":2}\n')
_text("same-key.json", b"[" + _FIRST + b",{", lambda _: _many_keys(3_500_000), b'"z":1,"z":2}]')
_text("no-end.json", b"[" + _FIRST + b',{"id":"1",', _many_keys)
_text("numbers.json", b"[" + _FIRST, _all(b",1"), b"]")
_text("small-objects.json", b"[" + _FIRST, _all(b",{}"), b"]")
_text("small-lines.ndjson", _FIRST + b"\n", _all(b"{}\n"))
_text("blanks.json", b"[" + _FIRST, _all(b" "), b"]")
_text("three-megabytes.json", b"[" + _FIRST, _all(b',{"id":"' + b"x" * 3_000_000 + b'"}'), b"]")
_text("three-megabytes.ndjson", _FIRST + b"\n", _all(b'{"id":"' + b"x" * 3_000_000 + b'"}\n'))
_text(
    "other-keys.ndjson",
    lambda size: (
        b'{"k%d":1,' % n + b",".join(b'"k%d_%d":1' % (n, m) for m in range(1_000)) + b"}\n"
        for n in range(size // 13_000)
    ),
)
_text("long-number.ndjson", _FIRST + b'\n{"id":', _all(b"1"), b"}\n")
_text("bomb.ndjson.gz", _FIRST + b"\n", lambda size: again(b"[", 10 * size))

# Parquet

_SCHEMA = pa.schema([(name, pa.string()) for name in NAMES])


def _table(count: int, note: str, first: int = 0) -> pa.Table:
    numbers = [str(n) for n in range(first, first + count)]
    values = {"name": "x", "state": "sent", "total_records": "5", "scheduled_at": "2026-11-23"}
    columns = [pa.array(numbers), *(pa.array([values[n]] * count) for n in NAMES[1:5])]
    return pa.Table.from_arrays([*columns, pa.array([note] * count)], schema=_SCHEMA)


@heavy("one-row-group.parquet")
def _one_group(path: Path, size: int) -> None:
    count = size // 40
    pq.write_table(
        _table(count, "note"), path, row_group_size=count, use_dictionary=False, compression="none"
    )


@heavy("dictionary.parquet")
def _dictionary(path: Path, size: int) -> None:
    """Write a text of one megabyte that very many rows refer to."""
    indices = pa.array([0] * 200_000, pa.int32())
    note = pa.DictionaryArray.from_arrays(indices, pa.array(["x" * 1_000_000]))
    table = _table(200_000, "").drop(["note"]).append_column("note", note)
    pq.write_table(table, path, dictionary_pagesize_limit=1 << 30)


@heavy("long-texts.parquet")
def _long_texts(path: Path, size: int) -> None:
    """Write texts that unpack to ten times the size of the file."""
    count = 10 * size // 40_000
    with pq.ParquetWriter(path, _SCHEMA, compression="zstd", use_dictionary=False) as out:
        for first in range(0, count, 1_000):
            out.write_table(_table(1_000, "y" * 40_000, first), row_group_size=1 << 30)


@heavy("huge-group.parquet")
def _huge_group(path: Path, size: int) -> None:
    """Write one row group that packs to almost nothing and unpacks to ten times the file's limit."""
    count = 10 * size // 9_000
    note = pa.chunked_array([pa.array(["y" * 9_000] * 1_000)] * (count // 1_000))
    table = _table(len(note), "").drop(["note"]).append_column("note", note)
    pq.write_table(table, path, row_group_size=1 << 30, compression="zstd", use_dictionary=False)


@heavy("one-text.parquet")
def _one_text(path: Path, size: int) -> None:
    table = pa.table(
        {n: ["1", "y" * min(10 * size, 2_000_000_000)] for n in ("id",)}
        | {n: ["a", "b"] for n in NAMES[1:]}
    )
    pq.write_table(table, path, compression="zstd", use_dictionary=False)


@heavy("many-columns.parquet")
def _many_columns(path: Path, _size: int) -> None:
    width = 20_000
    pq.write_table(pa.table({f"c{n}": ["1"] for n in range(width)}), path)


@heavy("many-groups.parquet")
def _many_groups(path: Path, size: int) -> None:
    pq.write_table(_table(size // 1_000, "x"), path, row_group_size=1)


@heavy("flags.parquet")
def _flags(path: Path, _size: int) -> None:
    """Write two hundred million rows that take almost no room."""
    pq.write_table(pa.table({n: pa.nulls(50_000_000, pa.string()) for n in NAMES[:5]}), path)


# Excel

_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_BOOK = (
    f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_BOOK_RELATIONS = (
    f'<Relationships xmlns="{_RELATIONS}">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    "</Relationships>"
)
_ROOT = (
    f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)


def book(path: Path, sheet: Pieces, texts: Iterable[bytes] = ()) -> None:
    """Write a workbook of one sheet, with these rows and shared strings."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out:
        out.writestr("[Content_Types].xml", _TYPES)
        out.writestr("_rels/.rels", _ROOT)
        out.writestr("xl/workbook.xml", _BOOK)
        out.writestr("xl/_rels/workbook.xml.rels", _BOOK_RELATIONS)
        with out.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            part.write(f'<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            for piece in sheet:
                part.write(piece)
            part.write(b"</sheetData></worksheet>")
        with out.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
            part.write(f'<sst xmlns="{_MAIN}">'.encode())
            for piece in texts:
                part.write(piece)
            part.write(b"</sst>")


def line(number: int, *cells: object) -> bytes:
    """Return a row of a sheet with texts as cells."""
    values = "".join(
        f'<c r="{chr(65 + n)}{number}" t="inlineStr"><is><t>{cell}</t></is></c>'
        for n, cell in enumerate(cells)
    )
    return f'<row r="{number}">{values}</row>'.encode()


def _sheet_rows(count: int) -> Pieces:
    yield line(1, *NAMES)
    for first in range(2, count, 1_000):
        yield b"".join(
            line(n, n, "x", "sent", 5, "2026-11-23 10:00", "a note")
            for n in range(first, first + 1_000)
        )


@heavy("plain.xlsx")
def _plain_book(path: Path, size: int) -> None:
    book(path, _sheet_rows(min(size // 120, 1_000_000)))


@heavy("far-corner.xlsx")
def _far_corner(path: Path, _size: int) -> None:
    corner = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    book(path, iter([line(1, *NAMES), line(2, 1, "x", "sent", 5, "2026-11-23", ""), corner]))


@heavy("far-row.xlsx")
def _far_row(path: Path, _size: int) -> None:
    corner = b'<row r="1048576"><c r="F1048576"><v>1</v></c></row>'
    book(path, iter([line(1, *NAMES), line(2, 1, "x", "sent", 5, "2026-11-23", ""), corner]))


@heavy("wide-and-high.xlsx")
def _wide_and_high(path: Path, _size: int) -> None:
    corner = b'<row r="300000"><c r="ALL300000"><v>1</v></c></row>'
    book(path, iter([line(1, *NAMES), line(2, 1, "x", "sent", 5, "2026-11-23", ""), corner]))


@heavy("shared-texts.xlsx")
def _shared_texts(path: Path, size: int) -> None:
    book(path, _sheet_rows(1_000), again(b"<si><t>" + b"x" * 100 + b"</t></si>", 10 * size))


@heavy("tiny-texts.xlsx")
def _tiny_texts(path: Path, size: int) -> None:
    book(path, _sheet_rows(1_000), again(b"<si/>", 10 * size))


@heavy("one-text-for-all.xlsx")
def _one_text_for_all(path: Path, size: int) -> None:
    """Write a shared text of one megabyte that very many cells refer to."""
    cells = (
        b"".join(
            b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(k, k + 1_000)
        )
        for k in range(2, 100_000, 1_000)
    )
    book(
        path, iter([line(1, *NAMES), *cells]), iter([b"<si><t>" + b"x" * 1_000_000 + b"</t></si>"])
    )


@heavy("spaces.xlsx")
def _spaces(path: Path, size: int) -> None:
    """Write a zip bomb: a sheet that is mostly spaces."""
    book(path, again(b" ", 10 * size))


@heavy("small-cells.xlsx")
def _small_cells(path: Path, size: int) -> None:
    book(
        path,
        (b"<row>" + b"<c><v>1</v></c>" * 16_000 + b"</row>" for _ in range(10 * size // 240_000)),
    )


@heavy("huge-text.xlsx")
def _huge_text(path: Path, size: int) -> None:
    open_ = b'<row r="2"><c r="A2" t="inlineStr"><is><t>'
    book(path, iter([line(1, *NAMES), open_, *again(b"x", 10 * size), b"</t></is></c></row>"]))


def write(name: str, folder: Path, size: int) -> Path:
    """Write a heavy file of about `size` bytes. A packed file unpacks to ten times as many bytes."""
    path = folder / name
    if not path.exists():
        HEAVY[name](path, size)
    return path
