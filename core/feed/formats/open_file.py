"""Open a file: check the size, unpack gzip and zip, and detect the format."""

import codecs
import gzip
import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import PurePath
from typing import IO, BinaryIO, Final

from core.errors import N_, FeedError
from core.infrastructure.disk_space import require_room, temporary_file

_CHUNK: Final = 1 << 20
_TEXT: Final = (".csv", ".tsv", ".tab", ".txt")
_JSON: Final = (".json", ".ndjson", ".jsonl")
#: Some programs give text files these suffixes.
_MAYBE_TEXT: Final = (".xls", ".xlsx", ".dat", "")
#: The first _HEAD bytes of a file show the format.
_HEAD: Final = 1_024
_OBJECT: Final = re.compile(r"\s*(\[\s*)?\{\s*[\"}]")
#: An error quotes at most this many characters of the title of a web page.
_LONGEST: Final = 100
_EXPORT: Final = N_("Export the sends as CSV, Excel (.xlsx), JSON or Parquet.")
_SAVE_AS: Final = N_("Open it in Excel, and save it there as .xlsx.")
#: Spreadsheets that Freio does not read: the name of a file inside, and the problem.
_SPREADSHEETS: Final = {
    "content.xml": N_("{name} is an OpenDocument file."),
    "xl/workbook.bin": N_("{name} is a binary workbook (.xlsb)."),
    "Index/Document.iwa": N_("{name} is a file of Apple Numbers."),
}
#: The endings of names whose content is not text.
_BINARY: Final = (".xlsx", ".parquet", ".gz", ".zip")
_REPACK: Final = N_("Unpack it, or pack it as zip.")
#: Files that Freio does not read: the first bytes, the problem, and the advice.
_MISTAKES: Final = (
    (
        b"\xd0\xcf\x11\xe0",
        N_("{name} is an old or a protected Excel file."),
        N_("Save it as .xlsx, without a password."),
    ),
    (b"%PDF", N_("{name} is a PDF."), _EXPORT),
    (b"\x89PNG", N_("{name} is a picture."), _EXPORT),
    (b"\xff\xd8\xff", N_("{name} is a picture."), _EXPORT),
    (b"Rar!", N_("{name} is packed as RAR."), _REPACK),
    (b"7z\xbc\xaf", N_("{name} is packed as 7z."), _REPACK),
    (b"ID;PWXL", N_("{name} is a SYLK file of a spreadsheet."), _SAVE_AS),
    (b"{\\rtf", N_("{name} is a text document."), _EXPORT),
)
_SIGN_IN: Final = N_(
    "If it opens in Excel, save it there as .xlsx. If it asks to sign in, export it again."
)
_HTML: Final = (
    r"\s*(?:<!--.*?-->\s*)*<"
    r"(?:!doctype html|html|head|meta|body|table|tr|div|style|script|center|font|h\d|p)\b"
)
#: Text files that Freio does not read: a pattern of the beginning, the problem, the advice.
_PAGES: Final = (
    (
        re.compile(rf"{_HTML}.*?<title[^>]*>\s*(?P<title>[^<]*[^<\s])", re.DOTALL | re.IGNORECASE),
        N_("{name} is a web page with the title “{title}”, and not a list of sends."),
        _SIGN_IN,
    ),
    (
        re.compile(_HTML, re.DOTALL | re.IGNORECASE),
        N_("{name} is a web page and not a list of sends."),
        _SIGN_IN,
    ),
    (
        re.compile(r"\s*MIME-Version:", re.IGNORECASE),
        N_("{name} is a web page with its parts in one file, and not a list of sends."),
        _SIGN_IN,
    ),
    (
        re.compile(r"\s*<(\?xml|[a-z][\w:.-]*)[\s>/]", re.IGNORECASE),
        N_("{name} is an XML file."),
        N_(
            "If it opens in Excel, save it there as .xlsx. Otherwise export the sends as CSV or "
            "JSON."
        ),
    ),
)


#: The format ("text", "json", "parquet" or "excel") and the unpacked content.
_Opened = tuple[str, BinaryIO]


@contextmanager
def open_file(source: BinaryIO, name: str, *, most: int, most_unpacked: int) -> Iterator[_Opened]:
    """Open and unpack a file.

    The file has at most `most` bytes, and the unpacked content at most `most_unpacked`. Raises
    FeedError if the file is too large or damaged, or has an unknown format.
    """
    size = source.seek(0, os.SEEK_END)
    source.seek(0)
    if size > most:
        raise FeedError(
            N_("{name} has {size} MB; at most {most} MB are read."),
            N_("Split it, or raise FREIO_MAX_FILE_MB."),
            name=name,
            size=-(-size // 1_000_000),
            most=most // 1_000_000,
        )
    head = source.read(_HEAD)
    source.seek(0)
    if head.startswith(b"\x1f\x8b"):
        inner = name[:-3] if name.lower().endswith(".gz") else name
        chunks = _chunks(partial(gzip.GzipFile, fileobj=source), name)
        yield from _unpacked(chunks, inner, most_unpacked)
    elif head.startswith(b"PK") and not name.lower().endswith(".xlsx"):
        yield from _unzipped(source, name, most_unpacked)
    else:
        yield _format(head, name), source


def _format(head: bytes, name: str) -> str:
    for beginning, happened, todo in _MISTAKES:
        if head.startswith(beginning):
            raise FeedError(happened, todo, name=name)
    suffix = PurePath(name.lower()).suffix
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK") and suffix == ".xlsx":
        return "excel"
    is_utf16 = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = head.decode("utf-16" if is_utf16 else "utf-8-sig", errors="replace")
    for pattern, happened, todo in _PAGES:
        if page := pattern.match(text):
            title = page.groupdict().get("title", "")[:_LONGEST]
            raise FeedError(happened, todo, name=name, title=title)
    if suffix in _JSON or (suffix in (*_TEXT, *_MAYBE_TEXT) and _OBJECT.match(text)):
        return "json"
    is_text = is_utf16 or not any(byte < 32 and byte not in b"\t\n\r" for byte in head)
    if suffix in _TEXT or (suffix in _MAYBE_TEXT and is_text):
        return "text"
    if suffix in _BINARY:
        raise _damaged(name)
    raise FeedError(N_("Freio does not read files such as {name}."), _EXPORT, name=name)


def _unpacked(chunks: Iterator[bytes], name: str, most: int) -> Iterator[_Opened]:
    with tempfile.TemporaryFile() as out:
        size = 0
        for chunk in chunks:
            size += len(chunk)
            if size > most:
                raise FeedError(
                    N_("{name} unpacks to more than {most} MB."),
                    N_("Split it, or raise FREIO_MAX_FILE_MB."),
                    name=name,
                    most=most // 1_000_000,
                )
            require_room(temporary_file(), len(chunk))
            out.write(chunk)
        out.seek(0)
        head = out.read(_HEAD)
        out.seek(0)
        yield _format(head, name), out


def _unzipped(source: BinaryIO, name: str, most: int) -> Iterator[_Opened]:
    with _opened_zip(source, name) as packed:
        if "xl/workbook.xml" in packed.namelist():
            yield "excel", source
            return
        for part, happened in _SPREADSHEETS.items():
            if part in packed.namelist():
                raise FeedError(happened, _SAVE_AS, name=name)
        inside = [each for each in packed.infolist() if _is_data(each)]
        if len(inside) != 1:
            raise FeedError(
                N_("{name} contains {n} files."),
                N_("Pack one export by itself."),
                name=name,
                n=len(inside),
            )
        if inside[0].flag_bits & 1:
            raise FeedError(N_("{name} has a password."), N_("Pack it without one."), name=name)
        inner = PurePath(inside[0].filename).name or name.removesuffix(".zip")
        yield from _unpacked(_chunks(partial(packed.open, inside[0]), name), inner, most)


# For a damaged file, Python raises IndexError, LZMAError and many more. The next two functions
# treat each exception as damage.


def _opened_zip(source: BinaryIO, name: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(source)
    except Exception:
        raise _damaged(name) from None


def _chunks(opened: Callable[[], IO[bytes] | gzip.GzipFile], name: str) -> Iterator[bytes]:
    try:
        with opened() as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk
    except Exception:
        raise _damaged(name) from None


def _is_data(inside: zipfile.ZipInfo) -> bool:
    name = inside.filename
    # Do not use `is_dir()`: the function fails for an empty name.
    return not (
        name.endswith("/") or name.startswith("__MACOSX/") or PurePath(name).name[:1] == "."
    )


def _damaged(name: str) -> FeedError:
    return FeedError(
        N_("{name} is damaged or incomplete."), N_("Export or upload it again."), name=name
    )
