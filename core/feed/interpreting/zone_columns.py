"""Find unread columns whose texts can be the zones of the times in the same rows."""

import re
from collections.abc import Callable
from typing import Final
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from core.feed.formats.rows import as_text
from core.feed.interpreting.row_reader import filled_text
from core.feed.interpreting.zones import FARTHEST, zone_in_cell, zone_named

#: Texts that can name a zone unknown to Freio: `BRT`, or an offset in minutes or seconds.
_SHORT: Final = re.compile(r"[A-Z]{1,4}T", re.ASCII)
_NUMBER: Final = re.compile(r"[+\u2212-]?\d{1,5}(?:[.,]0+)?", re.ASCII)
#: A text that surely names a zone, such as `UTC-5` or `America/Lima`.
_PLAIN: Final = re.compile(r"(?:utc|gmt)\b|[a-z]+/[a-z]", re.IGNORECASE | re.ASCII)
_FULL_QUARTER: Final = 15
#: The number of a region, and a word for a region. `WEST` is Lisbon's zone in summer, not a region.
_REGION: Final = re.compile(r"\d{1,2}(?:[.,]0+)?", re.ASCII)
_DIRECTION: Final = "EAST"
#: A column with more different texts than this is not a column of zones.
_MOST: Final = 100
#: The first texts, which are enough to exclude most columns.
_FEW: Final = 100


class ZoneColumn:
    """The texts of a column that can have zones. `example` is one of these texts, or "".

    - `is_plain`: the heading does not say that the column has zones. Then only texts such as `UTC`,
      `UTC-5` and `America/Lima` count as zones.
    - `may_have_regions`: the heading can mean regions. If such a column has only numbers like `3`,
      it has no zones.
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
        """Return whether all texts look like zones, and one zone differs from the zone in use.

        An unknown zone counts as different. `is_other` compares a known zone with the zone in use.
        """
        if self._has_others or (
            self._may_have_regions and all(map(_REGION.fullmatch, self._texts))
        ):
            return False
        return self._has_unknown or any(map(is_other, self._zones))


def _may_be_offset(text: str) -> bool:
    """Return whether a number can be an offset: hours (also without a sign), minutes or seconds."""
    if not _NUMBER.fullmatch(text):
        return False
    number = int(re.sub(r"\D.*", "", text.lstrip("+\u2212-")))
    return number <= FARTHEST["+"] or number % _FULL_QUARTER == 0
