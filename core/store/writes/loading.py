"""Bringing a file into the store, all or nothing, by I5 and I6.

A file is staged and compared in temporary tables of one connection; nobody waits for that. Then
what differs is written in one transaction, and whatever was written meanwhile is judged again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Final

import pyarrow as pa

from core.domain.audit_log import Kind
from core.domain.imports import MOST_SHOWN, DryRun, ImportSummary, Reject
from core.ports.batches import FED, MAX_RAW_TOTAL, MAX_REPEATED, SCHEMA, Feed
from core.store import rows as r
from core.store.daily_counts import CELL
from core.store.engine import Params, Session, Transaction, named_sql
from core.store.reads.conditions import life_rank
from core.store.writes.audit_log import Recording
from core.store.writes.data_origin import DataOrigin
from core.store.writes.known_files import KnownFile, imports_before, known_file
from core.store.writes.temporary_tables import TemporaryTables

#: What a row that leaves something out is completed with, so that nothing known is forgotten.
_COMPLETED = {
    "updated_at": "coalesce(s.updated_at, c.updated_at)",
    "generation_started_at": "coalesce(s.generation_started_at, c.generation_started_at)",
    "generated_records": (
        "CASE WHEN c.generated_records > 0 AND (s.generated_records IS NULL "
        "OR (s.generated_records < c.generated_records AND s.updated_at >= c.updated_at)) "
        "THEN c.generated_records ELSE s.generated_records END"
    ),
}
#: Columns in which rejects are staged.
_REJECTS = pa.schema(
    [
        pa.field(name, pa.int64() if name == "line" else pa.string())
        for name in ("line", "raw", "column_name", "template", "details", "id")
    ]
)
#: Rejects of repeated ids that are staged together.
_AT_ONCE: Final = 1_000
_FED = ", ".join(FED)
_CHANGES = r.columns(r.CHANGE_COLUMNS)


class OutdatedError(Exception):
    """A file was compared with what is not stored any more, and has to be read again."""


def _completed(name: str) -> str:
    return _COMPLETED.get(name, f"s.{name}")


@dataclass(frozen=True, slots=True)
class Terms:
    """How a file is to be merged, and over whose data.

    `replace_demo` drops everything first where that is demo data; `is_full` tells that what the
    file leaves out is no longer reported; `as_of` is when the source made it.
    """

    as_of: datetime
    over: DataOrigin
    replace_demo: bool = False
    is_full: bool = False

    @property
    def replaces(self) -> bool:
        """Whether everything is dropped first."""
        return self.replace_demo and self.over.is_demo


class Staging:
    """One file on its way: staged, compared, and then written within a transaction."""

    def __init__(self, session: Session, terms: Terms) -> None:
        self.terms = terms
        self._session = session
        self._rejected = 0
        self._raw_left = MAX_RAW_TOTAL
        self._nameless = 0
        self._staged = 0
        self._read = 0
        self._before = 0
        self._known: KnownFile | None = None
        self._all_new = False
        self._marked = -1
        #: The table that has the ids of all staged rows.
        self._ids = "staging"
        self._sql = named_sql("load")
        session.rows(self._sql["create_staging"].format(fed=_FED))
        session.rows(self._sql["create_rejects"])

    def stage(self, feed: Feed, now: datetime) -> None:
        """Read the feed into the temporary tables. What it raises goes through."""
        # Asked before anything is read or compared: what comes in later is not known to this file.
        self._before = imports_before(self._session, now)
        if not self.terms.replaces:
            self._known = known_file(self._session, feed.fingerprint, now)
        if self._known is None:
            self._session.require_space(feed.size)
        with TemporaryTables(_REJECTS) as rejected:
            self._session.add_tables("staging", self._accepted(feed, rejected), SCHEMA)
            self._set_repeated_aside(feed, rejected)
            self._session.add_tables("staged_rejects", rejected.tables(), _REJECTS)
        # What reading took is of use to the database now.
        pa.default_memory_pool().release_unused()
        self._staged = int(self._session.rows(self._sql["count_staged"])[0][0])
        self._read = self._staged if self._known is None else self._known.rows
        self._session.measure("staging")

    def _set_repeated_aside(self, feed: Feed, rejected: TemporaryTables) -> None:
        asked = self._sql["repeated"].format(limit=MAX_REPEATED + 1)
        repeated: dict[int, int] = dict(self._session.rows(asked))
        if not repeated:
            return
        rejects = iter(feed.repeated(repeated))
        while some := list(islice(rejects, _AT_ONCE)):
            rejected.add(self._rejected_table(some))
        self._session.rows(self._sql["drop_repeated"])

    def compare(self) -> None:
        """Judge every row by what is stored now. Nothing is written."""
        self._all_new = self.terms.replaces or self._has_nothing(self._session)
        if self._all_new:
            self._session.rows(self._sql["create_all_new"])
        else:
            self._session.rows(self._sql["create_judged"].format(judgement=self._judgement()))
            self._session.measure("judged")
        self._find_left_out(self._session)

    def _find_left_out(self, at: Session | Transaction) -> None:
        is_full = self._tells_missing and not self.terms.replaces
        # Of a known file, what else it leaves out was found the first time.
        among = "" if self._known is None else "AND c.id IN (SELECT id FROM moved_on)"
        sql = self._sql["create_left_out"]
        at.rows(sql.format(is_full=str(is_full).lower(), among=among, staged=self._ids))

    def keep_judged(self) -> None:
        """Let go of the rows of which nothing is to be done, so that writing looks at few.

        Where most are to be written, a copy would cost more than it saves.
        """
        if self._all_new:
            return
        judged = int(self._session.rows(self._sql["count_judged"])[0][0])
        if 2 * judged > self._staged:
            return
        if self._tells_missing:
            # What it names is asked again when it is written.
            self._session.rows(self._sql["copy_ids"])
            self._ids = "staged_ids"
            self._session.measure(self._ids)
        for step in ("copy_judged", "drop_staging", "rename_judged"):
            self._session.rows(self._sql[step])
        self._session.measure("staging")

    @property
    def _tells_missing(self) -> bool:
        return self.terms.is_full and not self._nameless

    def counted(self, summary: ImportSummary) -> ImportSummary:
        """Return the summary with the fates of the rows, as they are judged now."""
        fates = {str(fate): int(n) for fate, n in self._session.rows(self._sql["fates"])}
        known = sum(fates.get(fate, 0) for fate in ("new", "changed", "stale", "held"))
        missing = self._marked
        if missing < 0:
            missing = int(self._session.rows(self._sql["count_left_out"])[0][0])
        return replace(
            summary,
            new=fates.get("new", 0),
            changed=fates.get("changed", 0),
            unchanged=self._read - known,
            stale=fates.get("stale", 0),
            held=fates.get("held", 0),
            rejected=self._rejected,
            confirmed=fates.get("confirmed", 0),
            left_open=fates.get("open", 0),
            contradicted=fates.get("contradicted", 0),
            missing=missing if self._tells_missing else None,
        )

    def tried(self, summary: ImportSummary) -> DryRun:
        """Return the counts, with the first of the aborts that the file settles and its rejects."""
        settled = self._session.rows(self._sql["settled"].format(limit=MOST_SHOWN))
        rejects = self._session.rows(self._sql["first_rejects"].format(limit=MOST_SHOWN))
        return DryRun(
            summary=self.counted(summary),
            aborts=[r.to_settled(row) for row in settled],
            rejects=[r.to_reject(row) for row in rejects],
        )

    def write(self, tx: Transaction, summary: ImportSummary) -> ImportSummary:
        """Write what differs within an open transaction of the same session; return the counts.

        Raises OutdatedError where the file has to be staged again.
        """
        self._marked = -1
        if self._all_new and self._has_nothing(tx):
            self._write_all(tx, summary)
        else:
            if self._all_new:
                self._judge_all(tx)
            self._write_judged(tx, summary)
        done = self.counted(summary)
        _record(tx, done, self._before)
        return done

    @staticmethod
    def _has_nothing(at: Session | Transaction) -> bool:
        return bool(at.rows(named_sql("load")["has_nothing"])[0][0])

    def _judge_all(self, tx: Transaction) -> None:
        """Judge what was taken for new: another file came in first."""
        for drop in ("DROP VIEW judged", "DROP TABLE left_out"):
            tx.rows(drop)
        tx.rows(self._sql["create_judged"].format(judgement=self._judgement()))
        self._find_left_out(tx)

    def _write_all(self, tx: Transaction, summary: ImportSummary) -> None:
        self._session.make_room(self._staged)
        staged = ", ".join(f"s.{name}" for name in FED)
        tx.change(self._sql["insert_all"].format(fed=_FED, staged=staged, as_of=self._as_of))
        tx.change(self._sql["count_staged_cells"].format(cell=CELL))
        tx.change(*self._first_changes(summary))

    def _first_changes(self, summary: ImportSummary) -> tuple[str, Params]:
        history = {"loaded_at": summary.loaded_at, "actor": summary.actor}
        return self._sql["add_first_changes"].format(columns=_CHANGES), history

    def _write_judged(self, tx: Transaction, summary: ImportSummary) -> None:
        sql, as_of = self._sql, self._as_of
        if tx.locks_rows:
            tx.rows(sql["lock_judged"])
        self._judge_moved(tx)
        self._look_again_for_left_out(tx, summary.loaded_at)
        count_written = sql["count_written"]
        tx.change(count_written.format(cell=CELL, sign="-"))
        assigned = ", ".join(f"{n} = {_completed(n)}" for n in FED if n != "id")
        assigned += ", search_text = s.search_text"
        tx.change(sql["update_changed"].format(assignments=assigned, as_of=as_of))
        staged = ", ".join(f"s.{name}" for name in FED)
        tx.change(sql["insert_new"].format(fed=_FED, staged=staged, as_of=as_of))
        recording, at = Recording(), summary.loaded_at
        recording.news(tx, Kind.CONFIRMED, at, "held_to_confirm")
        recording.news(tx, Kind.CONTRADICTED, at, "held_to_contradict")
        tx.change(sql["update_held"].format(as_of=as_of))
        tx.change(sql["report_again"].format(as_of=as_of))
        tx.change(count_written.format(cell=CELL, sign=""))
        self._marked = tx.change(sql["mark_left_out"], {"as_of": self.terms.as_of})
        text, history = self._first_changes(summary)
        tx.change(text, history)
        tx.change(sql["add_changes"].format(columns=_CHANGES), history)
        tx.change(sql["add_left_out"].format(columns=_CHANGES), history)
        recording.write(tx)

    def _judge_moved(self, tx: Transaction) -> None:
        """Judge again what somebody wrote to since it was compared; from here on nobody can."""
        tx.rows(self._sql["create_moved"])
        if tx.rows(self._sql["count_moved"])[0][0]:
            tx.change(self._sql["forget_moved"])
            only = "AND s.id IN (SELECT id FROM moved)"
            tx.change(self._sql["judge_again"].format(judgement=self._judgement(only)))
        tx.rows("DROP TABLE moved")

    @property
    def _as_of(self) -> str:
        return f"TIMESTAMPTZ '{self.terms.as_of.isoformat()}'"

    def _look_again_for_left_out(self, tx: Transaction, now: datetime) -> None:
        """Find what a full file leaves out by what is stored now."""
        if not self._tells_missing or self.terms.replaces:
            return
        if imports_before(tx, now) == self._before:
            tx.change(self._sql["left_out_now"])
        elif self._known is None:
            # Another file may have brought sends that this one leaves out.
            tx.rows("DROP TABLE left_out")
            self._find_left_out(tx)
        else:
            raise OutdatedError

    def _judgement(self, only: str = "") -> str:
        return self._sql["judgement"].format(
            same=" AND ".join(f"{_completed(n)} IS NOT DISTINCT FROM c.{n}" for n in FED),
            generated=_completed("generated_records"),
            staged_rank=life_rank("s.state"),
            stored_rank=life_rank("c.state"),
            past_rank=life_rank("to_state"),
            as_of=self._as_of,
            unless_replaced="AND false" if self.terms.replaces else "",
            only=only,
        )

    def _accepted(self, feed: Feed, rejected: TemporaryTables) -> Iterator[pa.Table]:
        only = None if self._known is None else self._known.moved_on
        if only is not None and not only:
            return
        for batch in feed.batches(only):
            if batch.rejects:
                rejected.add(self._rejected_table(batch.rejects))
            yield batch.rows

    def _rejected_table(self, rejects: Sequence[Reject]) -> pa.Table:
        self._rejected += len(rejects)
        self._nameless += sum(not reject.id for reject in rejects)
        columns = (
            [x.line for x in rejects],
            [self._raw(x) for x in rejects],
            [x.reasons[0].column for x in rejects],
            [x.reasons[0].template for x in rejects],
            [r.reject_details(x) for x in rejects],
            [x.id for x in rejects],
        )
        arrays = [pa.array(c, f.type) for c, f in zip(columns, _REJECTS, strict=True)]
        return pa.Table.from_arrays(arrays, schema=_REJECTS)

    def _raw(self, reject: Reject) -> str:
        """Return the text of a rejected row, or nothing once very much is kept of a file."""
        self._raw_left -= len(reject.raw)
        return reject.raw if self._raw_left >= 0 else ""


def offer_import(summary: ImportSummary) -> tuple[str, Params]:
    """Return the statement that adds an import unless there is one of its id, and its values."""
    text, values = _adding(summary, None)
    return f"{text} ON CONFLICT DO NOTHING", values


def _adding(summary: ImportSummary, before: int | None) -> tuple[str, Params]:
    names = (*r.IMPORT_COLUMNS, "imports_before")
    text = named_sql("load")["add_import"].format(
        columns=r.columns(names), values=r.placeholders(names)
    )
    return text, {**r.import_params(summary), "imports_before": before}


def _record(tx: Transaction, summary: ImportSummary, before: int) -> None:
    tx.rows(*_adding(summary, before))
    tx.change(named_sql("load")["add_rejects"], {"import_id": summary.id})
