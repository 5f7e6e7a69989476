"""How a person or a setting wants a feed to be read and merged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

#: Hears the step, the rows that are read so far, and the share of the file from 0 to 1.
Progress = Callable[[str, int, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """How to load one file.

    `mapping` gives headings a canonical column name, or "" to leave a column out. `zone` is that
    of times which name none (the remembered mapping's or the setting, where None). `as_of` is when
    the source made the file (now, where None; never later than now). `is_full` tells that the file
    holds every configuration there is, so that one which is missing is no longer reported.
    `progress` is told what is being done, how many rows are read so far, and which share of the
    file that is; what it raises ends the load without a trace. `import_id` is the id that the
    import gets, where its caller has to know it before.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    zone: ZoneInfo | None = None
    as_of: datetime | None = None
    is_full: bool = False
    progress: Progress | None = None
    import_id: str = ""
