"""Choose Arrow types for the columns of a CSV file.

Arrow reads counts and dates in a third of the time that `column_reader` needs. Arrow and
`row_reader` read `0x1F` and odd offsets differently. In a chunk with such a text, all columns stay
strings. For all other texts, `test_block_reader` checks that they give the same values.
"""

import re
from collections.abc import Mapping
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from core.feed.formats.rows import Expected

_TIME_WITH_OFFSET: Final = pa.timestamp("us", tz="UTC")
#: A time with an odd offset. An offset is odd if no zone has it (`+17:00`), or if it can be the end
#: of a range of hours: `2026-11-23 08-11` can mean the hours from 8 to 11.
_ODD_OFFSET: Final = (
    r"\d-\d\d[T ]\d\d[\d:.]*"
    r"(?:[+-](?:1[5-9]|2|\d\d:?(?:0[1-9]|1[0-46-9]|2|3[1-9]|4[0-46-9]|5))|-1[2-4]|\+14:?[134])"
    r"|\d-\d\d \d\d(?::\d\d)?-(?:0[7-9]|1[01])"
)
#: Patterns of values, with the Arrow types. The first pattern that matches gives the type.
_PATTERNS: Final = {
    "count": [(re.compile(r"\d{1,10}", re.ASCII), pa.int64())],
    "time": [
        (re.compile(r"\d{4}-.*[T ].*(Z|[+-]\d\d:?(\d\d)?)"), _TIME_WITH_OFFSET),
        (re.compile(r"\d{4}-.*"), pa.timestamp("us")),
    ],
}
#: Only the first PROBED rows of a file decide the types.
PROBED: Final = 200


def types_of(rows: pa.Table, expected: Expected) -> Mapping[int, pa.DataType]:
    """Return Arrow types by the index of the column. The first filled cell decides the type."""
    found = {}
    for place, kind in expected.items():
        texts = rows.column(place).slice(0, PROBED).to_pylist()
        first = next((text for text in texts if text), "")
        types = [type_ for pattern, type_ in _PATTERNS.get(kind, ()) if pattern.fullmatch(first)]
        if types:
            found[place] = types[0]
    return found


def may_be_typed(chunk: bytes, types: Mapping[int, pa.DataType]) -> bool:
    """Return False if Arrow and `row_reader` can read a text in the chunk differently."""
    if (b"x" in chunk and b"0x" in chunk) or (b"X" in chunk and b"0X" in chunk):
        return False
    if _TIME_WITH_OFFSET not in types.values():
        return True
    # Arrow searches several times faster than Python.
    found = pc.match_substring_regex(pa.scalar(chunk, pa.large_binary()), _ODD_OFFSET)
    return not found.as_py()
