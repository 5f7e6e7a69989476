"""Which columns of a delimited text Arrow may read as values at once, three times as fast.

What it reads so must be what `row_reader` makes of the same texts, which a property test
holds; where that is not sure, the texts are kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import pyarrow as pa

from core.feed.formats.protocols import Expected

#: How a value is written, and what Arrow reads it as; the first form that fits.
_FORMS: Final = {
    "count": [(re.compile(r"\d{1,10}", re.ASCII), pa.int64())],
    "time": [
        (re.compile(r"\d{4}-.*[T ].*(Z|[+-]\d\d:?(\d\d)?)"), pa.timestamp("us", tz="UTC")),
        (re.compile(r"\d{4}-.*"), pa.timestamp("us")),
    ],
}
#: Rows of a file that are asked how its columns are written.
PROBED: Final = 200


def types_of(rows: pa.Table, expected: Expected) -> Mapping[int, pa.DataType]:
    """Return the types of columns whose first text is written as Arrow writes such a value."""
    found = {}
    for place, kind in expected.items():
        texts = rows.column(place).slice(0, PROBED).to_pylist()
        first = next((text for text in texts if text), "")
        types = [type_ for form, type_ in _FORMS[kind] if form.fullmatch(first)]
        if types:
            found[place] = types[0]
    return found


def may_be_typed(chunk: bytes) -> bool:
    """Tell whether no number in a chunk can be one that only Arrow reads: `0x1F`."""
    return not (b"x" in chunk and b"0x" in chunk) and not (b"X" in chunk and b"0X" in chunk)
