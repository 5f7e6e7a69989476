"""Options for loading one file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from core.feed.mapping import FeedMapping
from core.feed.recording import Recording

#: Receives the step, the rows read so far, and the share of the file that is read, from 0 to 1.
Progress = Callable[[str, int, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """How to load one file.

    `mapping` says how the file is read. If it is None, `mapping_name` names a saved mapping or a
    profile. If that is "" too, the saved mapping whose pattern matches the name of the file is
    used. If there is none, the saved mapping or the profile that recognises the headings is used.
    `zone` is the zone for times without an offset (None: that of the mapping, else the setting
    FREIO_FEED_ZONE). `as_of` is when the source made the file (None: now; a later time counts as
    now). `is_full` says that the file contains all configurations; missing ones are marked as no
    longer reported. An exception in `progress` ends the load, and nothing is changed. `import_id`
    is the id of the import, for a caller that has to know it before the load. `recording` keeps
    what a dry run reads. A load with a complete recording uses it instead of the file.
    """

    mapping: FeedMapping | None = None
    mapping_name: str = ""
    zone: ZoneInfo | None = None
    as_of: datetime | None = None
    is_full: bool = False
    progress: Progress | None = None
    import_id: str = ""
    recording: Recording | None = None
