"""Text as UTF-8 with plain line ends, whatever it came in."""

from __future__ import annotations

import codecs
import tempfile
from typing import BinaryIO, Final

from core.errors import N_, FeedError

#: Bytes that are looked at together.
_PIECE: Final = 4 << 20


def as_utf8(stream: BinaryIO) -> tuple[BinaryIO, int]:
    """Return the text as a seekable UTF-8 stream, and where in it the text begins after a mark.

    Reads UTF-8 and UTF-16 with or without their marks, else Windows-1252 (Latin-1's heir). The
    stream itself comes back where nothing had to be changed, else a temporary file. Raises
    FeedError where the bytes are no text.
    """
    stream.seek(0)
    head = stream.read(4096)
    if not head.strip():
        raise FeedError(N_("The file is empty."), N_("Export it again."))
    encoding = _utf16(head)
    if encoding is None:
        is_utf8, has_old_ends = _looked_through(stream)
        if is_utf8 and not has_old_ends:
            return stream, len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
        if not is_utf8 and b"\x00" in head:
            raise _no_text()
        encoding = "utf-8-sig" if is_utf8 else "cp1252"
    return _rewritten(stream, encoding), 0


def _utf16(head: bytes) -> str | None:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # Latin letters without a mark: every other byte is zero.
    for encoding, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[0::2])):
        if len(head) > 20 and zeros.count(0) > 0.9 * len(zeros):
            return encoding
    return None


def _looked_through(stream: BinaryIO) -> tuple[bool, bool]:
    """Tell whether it is UTF-8 throughout, and whether a line ends in a lone carriage return."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    stream.seek(0)
    has_old_ends, before = False, b""
    while piece := stream.read(_PIECE):
        try:
            decoder.decode(piece)
        except UnicodeDecodeError:
            return False, has_old_ends
        has_old_ends = has_old_ends or _lone_returns(before + piece)
        before = piece[-1:] if piece.endswith(b"\r") else b""
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False, has_old_ends
    return True, has_old_ends or before == b"\r"


def _lone_returns(piece: bytes) -> bool:
    returns = piece.count(b"\r") - piece.endswith(b"\r")
    return returns > 0 and piece.count(b"\r\n") < returns


def _rewritten(stream: BinaryIO, encoding: str) -> BinaryIO:
    errors = "replace" if encoding == "cp1252" else "strict"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    stream.seek(0)
    out = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the feed is read
    carry = ""
    try:
        while piece := stream.read(_PIECE):
            carry = _write(out, carry + decoder.decode(piece), final=False)
        _write(out, carry + decoder.decode(b"", final=True), final=True)
    except UnicodeDecodeError:
        out.close()
        raise _no_text() from None
    return out


def _write(out: BinaryIO, text: str, *, final: bool) -> str:
    """Write a text with plain line ends; keep back a last return, which may be half an end."""
    kept = "\r" if text.endswith("\r") and not final else ""
    plain = text[: len(text) - len(kept)].replace("\r\n", "\n").replace("\r", "\n")
    out.write(plain.encode())
    return kept


def _no_text() -> FeedError:
    return FeedError(N_("The file is not text."), N_("Export it as CSV and load that."))
