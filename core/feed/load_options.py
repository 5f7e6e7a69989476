"""Options for loading one file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from core.feed.mapping import FeedMapping
from core.feed.recording import Recording

#: A function that gets the progress of a load: the step, the number of rows read so far, and the
#: share of the file read so far (from 0 to 1).
Progress = Callable[[str, int, float], None]


def no_progress(step: str, rows: int, share: float) -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """How to load one file.

    Freio uses the first of these mappings that exists:

    - `mapping`,
    - the saved mapping or the profile with the name `mapping_name`,
    - the saved mapping whose pattern matches the name of the file,
    - the saved mapping or the profile that recognises the headings.

    `zone` is for times without an offset. If it is None, Freio uses the zone of the mapping, or
    else FREIO_FEED_ZONE.

    `as_of` is the time at which the source made the file. If it is None or in the future, Freio
    uses the present time.

    If `is_full` is true, the file contains all sends of the source. The load then marks other
    stored sends as no longer reported.

    If `progress` raises an exception, the load ends without a change. `import_id` is the id of the
    import, or "" for a new id. A dry run writes to `recording`. A load reads a complete recording
    instead of the file.
    """

    mapping: FeedMapping | None = None
    mapping_name: str = ""
    zone: ZoneInfo | None = None
    as_of: datetime | None = None
    is_full: bool = False
    progress: Progress = no_progress
    import_id: str = ""
    recording: Recording | None = None
