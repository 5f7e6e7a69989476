"""Convert text in any common encoding to UTF-8. Lines end with `\\n` or `\\r\\n`."""

import codecs
import re
import tempfile
from collections.abc import Iterator
from io import IncrementalNewlineDecoder
from typing import BinaryIO, Final

from core.errors import N_, FeedError

_CHUNK: Final = 4 << 20
_BOM_UTF32: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)

_CONSONANT: Final = "[b-df-hj-np-tv-zB-DF-HJ-NP-TV-Z]"
#: Wrong letters: a Mac or DOS (code page 850) wrote the text, and Freio read it as Windows-1252.
#: No correct word matches.
_WRONG: Final = re.compile(
    rf"""\ufffd  # a byte that no text in Windows-1252 has
    | [A-Za-z][‚„ƒˆ]  # Promo‚Ìo, caf‚
    | [A-Za-z][‹›†‡‰˜™€¡¢£¤¥µ](?=[A-Za-zÀ-ÿ]) | [a-z][“”•](?=[a-z])  # Promo‡Æo, Ant“nio
    | [A-Za-z][ÆÐ](?=[a-z]) | [a-z][ŠŒŽŸ]  # SÆo, CafŽ
    | ÌO\b | [A-Z]îN\b  # SÌO, ACCIîN
    | \b{_CONSONANT}+[–—](?=[a-z])  # c—digo
    | [A-Za-z][a-z][–—](?:{_CONSONANT.lower()}+|[ao])\b  # campa–a
    | \b{_CONSONANT}*œ(?={_CONSONANT})  # pœblico
    """,
    re.VERBOSE,
)
_LETTERS: Final = N_(
    "The letters in “{text}” seem wrong: the file may come from a Mac or from an old system."
)
_CONTINUED: Final = "[€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\xa0-¿]"
#: UTF-8, read as Windows-1252: `AÃ§Ã£o`, `cafÃ©`, `NÃƒO`, `â€“`. The correct word `MANHÃ` before
#: the quotation mark `”` does not match.
_UTF8: Final = re.compile(
    rf"""Ã(?:(?<=[a-z]Ã){_CONTINUED} | [¡-º¼-¿](?=[A-Za-z]) | [ƒ‡‰Šš](?=[A-Z])
        | {_CONTINUED}Ã{_CONTINUED})
    | Â[ªº°·¡¿«»] | â€ | ðŸ
    """,
    re.VERBOSE,
)
_MIXED: Final = N_(
    "Some letters of the file are in UTF-8, and others are cut or in another encoding: “{text}” "
    "would be wrong."
)
_SAVE: Final = N_("Save it as UTF-8 (in Excel: “CSV UTF-8”), and load that.")
_AS_UTF8: Final = N_("Export it again, with all letters in UTF-8.")
#: The error quotes at most this many characters before and after a wrong letter.
_AROUND: Final = 20
_ENDS_OF_CELL: Final = re.compile(r"[\n,;\t|\"]")


def as_utf8(stream: BinaryIO) -> tuple[BinaryIO, int]:
    """Return a seekable UTF-8 stream, and the number of bytes of the BOM.

    Reads UTF-8 and UTF-16. Reads UTF-32 only with a BOM. Reads any other text as Windows-1252.
    Returns `stream` if the text needs no change, otherwise a temporary file. Raises FeedError if
    the file is empty or not text, or if letters seem wrong.
    """
    stream.seek(0)
    head = stream.read(4096)
    if not head.strip():
        raise FeedError(N_("The file is empty."), N_("Export it again."))
    encoding = "utf-32" if head.startswith(_BOM_UTF32) else _utf16(head)
    if encoding is None:
        is_utf8, has_old_line_ends = _scan(stream)
        if is_utf8 and not has_old_line_ends:
            return stream, len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
        if not is_utf8 and b"\x00" in head:
            raise _not_text()
        encoding = "utf-8-sig" if is_utf8 else "cp1252"
    return _converted(stream, encoding), 0


def _utf16(head: bytes) -> str | None:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # Without a BOM, many zero bytes show UTF-16: the high byte of a digit is zero. The low byte is
    # rarely zero. Two zero bytes are the character NUL. No text has NUL.
    low, high = head[0::2], head[1::2]
    for encoding, zeros, others in (("utf-16-le", high, low), ("utf-16-be", low, high)):
        is_text = len(head) > 20 and not any(a == b == 0 for a, b in zip(low, high, strict=False))
        if is_text and zeros.count(0) > max(0.2 * len(zeros), 5 * others.count(0)):
            return encoding
    return None


def _scan(stream: BinaryIO) -> tuple[bool, bool]:
    """Return whether the stream is UTF-8, and whether a line ends with `\\r` without `\\n`."""
    decoder = IncrementalNewlineDecoder(codecs.getincrementaldecoder("utf-8")(), translate=False)
    try:
        for _ in _decoded(stream, decoder):
            pass
    except UnicodeDecodeError:
        return False, False
    found = decoder.newlines
    return True, "\r" in (found if isinstance(found, tuple) else (found,))


def _converted(stream: BinaryIO, encoding: str) -> BinaryIO:
    errors = "replace" if encoding == "cp1252" else "strict"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    out = tempfile.TemporaryFile()  # noqa: SIM115 - it stays open while the feed is read
    try:
        for text in _decoded(stream, IncrementalNewlineDecoder(decoder, translate=True)):
            if encoding == "cp1252":
                _require_letters(text)
            out.write(text.encode())
    except (UnicodeDecodeError, FeedError) as error:
        out.close()
        raise (error if isinstance(error, FeedError) else _not_text()) from None
    return out


def _require_letters(text: str) -> None:
    is_mixed = (match := _UTF8.search(text)) is not None
    if match is None and (match := _WRONG.search(text)) is None:
        return
    before = _ENDS_OF_CELL.split(text[max(0, match.start() - _AROUND) : match.start()])[-1]
    after = _ENDS_OF_CELL.split(text[match.end() : match.end() + _AROUND])[0]
    happened, todo = (_MIXED, _AS_UTF8) if is_mixed else (_LETTERS, _SAVE)
    raise FeedError(happened, todo, text=f"{before}{match[0]}{after}")


def _decoded(stream: BinaryIO, decoder: IncrementalNewlineDecoder) -> Iterator[str]:
    stream.seek(0)
    while chunk := stream.read(_CHUNK):
        yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


def _not_text() -> FeedError:
    return FeedError(N_("The file is not text."), _SAVE)
