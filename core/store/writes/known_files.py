"""Recognise a file that was loaded before, to compare only the sends that changed since then.

If the same file is loaded again, only sends with other writes after the first load can differ from
the file. The history has a row for each write.

Freio reads the file in full if the first load was more than 12 hours ago, had rejected rows, or had
rows that were older than the stored facts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.store.engine import Queries, Session
from core.store.named_sql import named_sql

#: Freio recognises a file for this time after its load. A write can begin before the load and end
#: after the load. Therefore writes in the 12 hours before the load count as later writes.
KNOWN_FOR: Final = timedelta(hours=12)
#: If more than this share of a file's rows has changes, all rows are read.
_MOST_MOVED: Final = 0.5


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file that was loaded before.

    `rows` is its number of rows. `moved_on` are the ids of the sends with changes after that load.
    `found_no_missing` is true if that load did not look for sends that the file leaves out.
    """

    rows: int
    found_no_missing: bool
    moved_on: Sequence[str]


def imports_before(at: Queries, loaded_at: datetime) -> int:
    """Count the imports since `loaded_at` minus KNOWN_FOR.

    Call this before the file is compared with the store.
    """
    since = {"since": loaded_at - KNOWN_FOR}
    return int(at.rows(named_sql("known")["imports_since"], since)[0][0])


def known_file(session: Session, fingerprint: str, now: datetime) -> KnownFile | None:
    """Return the known file, or None if the file has to be read in full.

    The session's temporary table `moved_on` gets the ids of the sends that the file can change.
    """
    if not fingerprint:
        return None
    sql = named_sql("known")
    window = {"since": now - KNOWN_FOR, "until": now}
    found = session.rows(sql["known_file"], {"fingerprint": fingerprint, **window})
    if not found:
        return None
    loaded_at, before, rows, found_no_missing = found[0]
    # Add 1 for the import of the file itself.
    others = imports_before(session, loaded_at) != before + 1
    since = f"TIMESTAMPTZ '{(loaded_at - KNOWN_FOR).isoformat()}'"
    session.rows(sql["create_moved_on"].format(since=since, others=str(others).lower()))
    most = int(rows * _MOST_MOVED)
    moved = [str(id) for (id,) in session.rows(sql["moved_on"].format(limit=most + 1))]
    return KnownFile(int(rows), bool(found_no_missing), moved) if len(moved) <= most else None
