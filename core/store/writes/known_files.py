"""Recognise a file that was loaded before, and compare only sends with changes since this load.

The history shows these changes. If the first load had rejected rows or stale rows, Freio reads the
file in full.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.store.engine import Queries, Session
from core.store.named_sql import named_sql

#: The longest time between two loads of a known file. A write can begin before the first load and
#: commit after the first load. Therefore all writes since `loaded_at - KNOWN_FOR` count as changes
#: since the first load.
KNOWN_FOR: Final = timedelta(hours=12)
#: If the number of changed sends is more than half of the rows, read the file in full.
_MOST_MOVED: Final = 0.5


@dataclass(frozen=True, slots=True)
class KnownFile:
    """`moved_on` are the ids of the sends with changes since the first load.

    `found_no_missing`: the first load did not search for stored sends without a row in the file.
    """

    rows: int
    found_no_missing: bool
    moved_on: Sequence[str]


def imports_before(at: Queries, loaded_at: datetime) -> int:
    """Count the imports since `loaded_at - KNOWN_FOR`."""
    since = {"since": loaded_at - KNOWN_FOR}
    return int(at.rows(named_sql("known")["imports_since"], since)[0][0])


def known_file(session: Session, fingerprint: str, now: datetime) -> KnownFile | None:
    """Return the known file, or None if the file has to be read in full.

    The temporary table `moved_on` gets the ids of the sends with changes since the first load.
    """
    if not fingerprint:
        return None
    sql = named_sql("known")
    window = {"since": now - KNOWN_FOR, "until": now}
    found = session.rows(sql["known_file"], {"fingerprint": fingerprint, **window})
    if not found:
        return None
    loaded_at, before, rows, found_no_missing = found[0]
    # `before` does not count the first load, so add 1.
    others = imports_before(session, loaded_at) != before + 1
    since = f"TIMESTAMPTZ '{(loaded_at - KNOWN_FOR).isoformat()}'"
    session.rows(sql["create_moved_on"].format(since=since, others=str(others).lower()))
    most = int(rows * _MOST_MOVED)
    moved = [str(id) for (id,) in session.rows(sql["moved_on"].format(limit=most + 1))]
    return KnownFile(int(rows), bool(found_no_missing), moved) if len(moved) <= most else None
