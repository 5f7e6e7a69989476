"""Options for loading one file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from core.feed.dry_run_rows import Recording
from core.feed.mapping import FeedMapping

#: A function that receives the step of a load, how many rows the load has read, and how much of the
#: file the load has read (from 0 to 1).
Progress = Callable[[str, int, float], None]


def no_progress(step: str, rows: int, share: float) -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """How to load one file.

    - `mapping`: None means the mapping with the name `mapping_name`.
    - `mapping_name`: "" means the mapping with a pattern for the file name, or else the mapping
      that recognises the headings.
    - `zone`: the zone of times without an offset. None means the zone of the mapping, or else
      FREIO_FEED_ZONE.
    - `as_of`: when the source made the file. None or a future time means the present time.
    - `is_full`: whether the file has all sends of the source. If true, the load marks missing sends
      as no longer reported.
    - `progress`: if this function raises an exception, the load ends without a change.
    - `import_id`: the id of the import. "" means a new id.
    - `recording`: a dry run writes a recording. A load reads a complete recording, not the file.
    """

    mapping: FeedMapping | None = None
    mapping_name: str = ""
    zone: ZoneInfo | None = None
    as_of: datetime | None = None
    is_full: bool = False
    progress: Progress = no_progress
    import_id: str = ""
    recording: Recording | None = None
