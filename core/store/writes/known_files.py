"""Recognise a file that was loaded before, to compare only the sends that changed since.

An export job sends the same file as long as nothing changes, and people may load a file twice.
After a merge, the store has the facts of the file. If an identical file is loaded later, its rows
are unchanged, except for sends with other writes since then. Every such write has a row in the
history. A file is read in full if it had rejected or stale rows, or if it was loaded more than 12
hours ago.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.store.engine import Queries, Session
from core.store.named_sql import named_sql

#: A file is known for this long. Writes that began up to this long before its merge count as
#: changes after it, because they may have been committed after it.
KNOWN_FOR: Final = timedelta(hours=12)
#: If more than this share of a file's rows has changes, all rows are read.
_MOST_MOVED: Final = 0.5


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file merged before: its number of rows, and the ids of sends with changes since.

    `found_no_missing`: its merge did not look for sends that are missing from the file.
    """

    rows: int
    found_no_missing: bool
    moved_on: Sequence[str]


def imports_before(at: Queries, loaded_at: datetime) -> int:
    """Count recent imports. Call this before the file is compared with the store."""
    since = {"since": loaded_at - KNOWN_FOR}
    return int(at.rows(named_sql("known")["imports_since"], since)[0][0])


def known_file(session: Session, fingerprint: str, now: datetime) -> KnownFile | None:
    """Return the known file, or None if the file has to be read in full.

    Write the ids of sends with changes to the session's temporary table `moved_on`.
    """
    if not fingerprint:
        return None
    sql = named_sql("known")
    window = {"since": now - KNOWN_FOR, "until": now}
    found = session.rows(sql["known_file"], {"fingerprint": fingerprint, **window})
    if not found:
        return None
    loaded_at, before, rows, found_no_missing = found[0]
    # Plus one: its own import.
    others = imports_before(session, loaded_at) != before + 1
    since = f"TIMESTAMPTZ '{(loaded_at - KNOWN_FOR).isoformat()}'"
    session.rows(sql["create_moved_on"].format(since=since, others=str(others).lower()))
    most = int(rows * _MOST_MOVED)
    moved = [str(id) for (id,) in session.rows(sql["moved_on"].format(limit=most + 1))]
    return KnownFile(int(rows), bool(found_no_missing), moved) if len(moved) <= most else None
