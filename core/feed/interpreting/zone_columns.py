"""Find columns that Freio does not read, and that can contain the zones of the times."""

import re
from collections.abc import Callable
from typing import Final
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from core.feed.formats.rows import as_text
from core.feed.interpreting.row_reader import filled_text
from core.feed.interpreting.zones import FARTHEST, zone_in_cell, zone_named

#: Texts that can be an unknown zone: a short name (`BRT`), or a number of minutes or seconds.
_SHORT: Final = re.compile(r"[A-Z]{1,4}T", re.ASCII)
_NUMBER: Final = re.compile(r"[+\u2212-]?\d{1,5}(?:[.,]0+)?", re.ASCII)
#: A text that looks like the name of a zone: `UTC-5`, `America/Lima`.
_PLAIN: Final = re.compile(r"(?:utc|gmt)\b|[a-z]+/[a-z]", re.IGNORECASE | re.ASCII)
_FULL_QUARTER: Final = 15
#: Sales regions are not zones. A region `3` looks like an offset, and a region `EAST` looks like
#: a short name. `WEST` counts as a zone: the summer time of Lisbon.
_REGION: Final = re.compile(r"\d{1,2}(?:[.,]0+)?", re.ASCII)
_DIRECTION: Final = "EAST"
#: A column of zones has at most this many different texts.
_MOST: Final = 100
#: This number of texts is enough to exclude most columns.
_FEW: Final = 100


class ZoneColumn:
    """The texts of a column that can have zones. `example` is one of them, or "".

    - `is_plain`: the heading does not mean zones. Only texts like `UTC-5` and `America/Lima` count.
    - `may_have_regions`: the heading can mean regions. Then numbers like `3` do not count as zones.
    """

    def __init__(self, *, is_plain: bool = False, may_have_regions: bool = False) -> None:
        self.example, self._is_plain = "", is_plain
        self._may_have_regions = may_have_regions
        self._texts: set[str] = set()
        self._zones: set[ZoneInfo] = set()
        self._has_unknown = self._has_others = False

    def add(self, column: pa.Array) -> None:
        """Add a part of the column."""
        for part in (column.slice(0, _FEW), column):
            if not self._has_others:
                self._add_texts(pc.unique(as_text(part)).to_pylist())

    def _add_texts(self, texts: list[str]) -> None:
        # Keep the order of the file, because messages quote `example`.
        for text in dict.fromkeys(map(filled_text, texts)):
            if not text or text in self._texts:
                continue
            self._texts.add(text)
            if self._is_plain:
                zone = zone_named(text) if _PLAIN.match(text) else None
                may_be_zone = False
            else:
                zone = zone_in_cell(text)
                may_be_zone = bool(_SHORT.fullmatch(text)) or _may_be_offset(text)
            if zone is not None:
                self._zones.add(zone)
            elif may_be_zone and text != _DIRECTION:
                self._has_unknown = True
            else:
                self._has_others = True
                return
            self.example = text[:80] if zone is None or not self.example else self.example
        self._has_others |= len(self._texts) > _MOST

    def names_other(self, is_other: Callable[[ZoneInfo], bool]) -> bool:
        """Return whether all texts look like zones, and one of them is not the zone of the file.

        A zone unknown to Freio, such as `BRT`, is never the zone of the file. `is_other` decides
        about a known zone.
        """
        if self._has_others or (
            self._may_have_regions and all(map(_REGION.fullmatch, self._texts))
        ):
            return False
        return self._has_unknown or any(map(is_other, self._zones))


def _may_be_offset(text: str) -> bool:
    """Return whether a number can be an offset in hours, minutes or seconds."""
    if not _NUMBER.fullmatch(text):
        return False
    number = int(re.sub(r"\D.*", "", text.lstrip("+\u2212-")))
    return number <= FARTHEST["+"] or number % _FULL_QUARTER == 0
