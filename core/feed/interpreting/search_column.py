"""Build the search text of whole columns.

`core.domain.search_text` converts one text at a time, and is slow. So this module converts ASCII
letters, and letters such as `Á`, in all rows at once. It calls `search_text` only for rows with
other letters.
"""

from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from core.domain.search_text import search_text
from core.feed.formats.rows import text_bytes

_Bytes = npt.NDArray[np.uint8]

#: The first UTF-8 bytes of the letters from U+00C0 to U+017F.
_LEADS: Final = (0xC3, 0xC4, 0xC5)
_ASCII_END: Final = 0x80
_NO_UTF_8: Final = 0xFF


def search_column(parts: list[pa.Array]) -> pa.Array:
    """Return the search text of each row. `parts` are columns of texts."""
    joined = pc.binary_join_element_wise(*parts, "\n")
    offsets, data = text_bytes(joined)
    lower = data.tobytes().lower()
    not_ascii = np.flatnonzero(data >= _ASCII_END)
    if not len(not_ascii):
        return _strings(offsets, lower)
    found, others = _folded(data, lower, offsets, not_ascii)
    if not len(others):
        return found
    texts = [search_text(text) for text in joined.take(pa.array(others)).to_pylist()]
    mask = np.zeros(len(joined), np.bool_)
    mask[others] = True
    return pc.replace_with_mask(found, pa.array(mask), pa.array(texts, pa.string()))


def _folded(
    data: _Bytes, lower: bytes, offsets: npt.NDArray[np.int32], not_ascii: npt.NDArray[np.intp]
) -> tuple[pa.Array, npt.NDArray[np.int64]]:
    """Replace letters such as `Á` by `a`. Also return the indexes of rows with other letters."""
    first = data[not_ascii]
    leads = not_ascii[(first >= _LEADS[0]) & (first <= _LEADS[-1])]
    plain = _plain_letters()[data[leads] - _LEADS[0], data[leads + 1] & 0x3F]
    letters, plain = leads[plain != 0], plain[plain != 0]
    changed = np.frombuffer(bytearray(lower), np.uint8)
    changed[letters] = plain
    dropped = letters + 1
    changed[dropped] = _NO_UTF_8
    moved = (offsets - np.searchsorted(dropped, offsets)).astype(np.int32)
    # All bytes of other letters stay, so the column is valid UTF-8. The caller replaces these rows.
    found = _strings(moved, changed.tobytes().translate(None, bytes([_NO_UTF_8])))
    if len(not_ascii) == 2 * len(letters):
        return found, np.empty(0, np.int64)
    other = np.setdiff1d(not_ascii, np.concatenate([letters, dropped]), assume_unique=True)
    return found, np.unique(np.searchsorted(offsets, other, "right") - 1)


@cache
def _plain_letters() -> Any:
    """Return a table of ASCII letters, such as `a` for `Á`. 0 means that there is none.

    The row is the first UTF-8 byte of a letter, minus 0xC3. The column is the second byte, minus
    0x80.
    """
    table = np.zeros((len(_LEADS), 64), np.uint8)
    for lead in range(len(_LEADS)):
        for trail in range(64):
            plain = search_text(bytes([_LEADS[lead], _ASCII_END | trail]).decode())
            if len(plain) == 1 and plain.isascii():
                table[lead, trail] = ord(plain)
    return table


def _strings(offsets: npt.NDArray[np.int32], data: bytes) -> pa.Array:
    ends = pa.py_buffer(np.ascontiguousarray(offsets, np.int32).tobytes())
    return pa.StringArray.from_buffers(len(offsets) - 1, ends, pa.py_buffer(data))
