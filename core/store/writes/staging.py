"""Merge a file into the store, all or nothing (I5, I6).

First, a file is staged and compared in temporary tables. This blocks no other writer. A transaction
then writes the differences. The transaction compares sends again that have changed since.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, Final

import pyarrow as pa

from core.domain.audit_log import EntryKind
from core.domain.delivery import OVERWRITTEN, UNDONE
from core.domain.load_results import MOST_SHOWN, DryRun, ImportSummary, Reject
from core.domain.platform import Platform
from core.domain.states import GONE_OUT
from core.ports.feed_batches import FED, MAX_AHEAD, MAX_RAW_TOTAL, MAX_REPEATED, SCHEMA, Feed
from core.store.daily_counts import CELL, COLUMNS
from core.store.engine import Params, Queries, Session, Transaction
from core.store.named_sql import named_sql
from core.store.rows import (
    CHANGE,
    IMPORT_COLUMNS,
    SETTLED,
    columns,
    import_params,
    placeholders,
    reject_details,
    to_reject,
)
from core.store.state_conditions import life_rank, names_of
from core.store.writes.abort_conditions import news_conditions, stopped_at_unknown
from core.store.writes.arrow_files import TemporaryTables
from core.store.writes.audit_log import append, write_news
from core.store.writes.data_origin import DataOrigin
from core.store.writes.known_files import KnownFile, imports_before, known_file

#: SQL for columns that can keep the stored value if the row of the file has another value or none.
#: `c`: the stored send; `s`: the row of the file.
_COMPLETED = {
    "updated_at": "coalesce(s.updated_at, c.updated_at)",
    "generation_started_at": "coalesce(s.generation_started_at, c.generation_started_at)",
    # If the new number of generated records is higher than the stored total, the total is outdated.
    "total_records": (
        "coalesce(s.total_records, "
        "CASE WHEN c.total_records < s.generated_records THEN NULL ELSE c.total_records END)"
    ),
    "generated_records": (
        "CASE WHEN c.generated_records > 0 AND (s.generated_records IS NULL "
        "OR (s.generated_records < c.generated_records AND s.updated_at >= c.updated_at)) "
        "THEN c.generated_records ELSE s.generated_records END"
    ),
}
_REJECTS = pa.schema(
    [
        pa.field(name, pa.int64() if name == "line" else pa.string())
        for name in ("line", "raw", "column_name", "template", "details", "id")
    ]
)
#: The maximum number of rows with a repeated id in an Arrow table of rejects.
_AT_ONCE: Final = 1_000
#: If rows are stored in this order, queries for a time range are fast.
_ORDER: Final = "scheduled_at, id"
_FED = ", ".join(FED)
_STAGED = ", ".join(f"s.{name}" for name in FED)


class OutdatedError(Exception):
    """The file has to be staged again.

    The era or the origin changed, or another file was loaded after the staging of a `KnownFile`.
    """


def _timestamp(at: datetime) -> str:
    return f"TIMESTAMPTZ '{at.isoformat()}'"


def _completed(name: str) -> str:
    return _COMPLETED.get(name, f"s.{name}")


@dataclass(frozen=True, slots=True)
class Terms:
    """How a file is merged.

    `as_of`: when the source made the file. `over`: the origin and era of the stored data.
    `replaces`: drop all data first. `is_full`: mark the stored sends without a row in the file as
    no longer reported.
    """

    as_of: datetime
    over: DataOrigin
    replaces: bool
    is_full: bool


def _words(terms: Terms, platform: Platform) -> dict[str, str]:
    as_of, generated = _timestamp(terms.as_of), _completed("generated_records")
    return {
        "fed": _FED,
        "staged": _STAGED,
        "as_of": as_of,
        "history": CHANGE.sql,
        "cells": columns(COLUMNS),
        "cell": CELL,
        "same": " AND ".join(f"{_completed(n)} IS NOT DISTINCT FROM c.{n}" for n in FED),
        "generated": generated,
        "staged_rank": life_rank("s.state"),
        "stored_rank": life_rank("c.state"),
        "past_rank": life_rank("to_state"),
        "overwritten_since": _timestamp(terms.as_of - OVERWRITTEN),
        "undone": names_of(UNDONE),
        "gone": names_of(GONE_OUT),
        # The condition that the row is the newest report of the send.
        "is_current": "(NOT coalesce(s.updated_at < c.updated_at, false) "
        "AND (coalesce(s.updated_at > c.updated_at, false) "
        f"OR NOT coalesce({as_of} < c.reported_at, false)))",
        "stopped_at_unknown": stopped_at_unknown(generated),
        "unless_replaced": "AND false" if terms.replaces else "",
        **news_conditions(platform, generated),
    }


class Staging:
    def __init__(self, session: Session, terms: Terms, platform: Platform) -> None:
        self.terms = terms
        self._platform = platform
        self.session = session
        self._rejected = 0
        self._raw_left = MAX_RAW_TOTAL
        self._nameless = 0
        self._is_part = False
        self._staged = 0
        self._read = 0
        self._before = 0
        self._known: KnownFile | None = None
        self._all_new = self._is_sorted = False
        self._marked = -1
        #: The table with the ids of all staged rows.
        self._ids = "staging"
        self._sql, self._words = named_sql("load"), _words(terms, platform)
        session.rows(self._sql["create_staging"].format(**self._words))
        session.rows(self._sql["create_rejects"])

    def stage(self, feed: Feed, now: datetime) -> None:
        """Fill the temporary tables. Raise the exceptions that `feed` raises."""
        # If this count is higher in the transaction, another file was loaded in between.
        self._before = imports_before(self.session, now)
        if not self.terms.replaces:
            self._known = known_file(self.session, feed.fingerprint, now)
        if self._known is None:
            self.session.require_space(feed.size)
        # The first load writes all rows in order. Sort now: in the transaction, others would wait.
        order = _ORDER if self._is_first(self.session) else ""
        with TemporaryTables(_REJECTS) as rejected:
            accepted = self._accepted(feed, rejected)
            self._is_sorted = self.session.add_tables("staging", accepted, SCHEMA, order)
            self.session.rows(self._sql["drop_future"], {"latest": now + MAX_AHEAD})
            self._reject_repeated(feed, rejected)
            self.session.add_tables("staged_rejects", rejected.tables(), _REJECTS)
        self._is_part = feed.is_part if self._known is None else self._known.found_no_missing
        # The file is read. Free the memory of the reader for the database.
        pa.default_memory_pool().release_unused()
        self._staged = self._count(self.session, "staging")
        self._read = self._staged if self._known is None else self._known.rows
        self.session.measure("staging")

    def _reject_repeated(self, feed: Feed, rejected: TemporaryTables) -> None:
        sql = self._sql["repeated"].format(limit=MAX_REPEATED + 1)
        repeated: dict[int, int] = dict(self.session.rows(sql))
        if not repeated:
            return
        rejects = iter(feed.repeated(repeated))
        while some := list(islice(rejects, _AT_ONCE)):
            rejected.add(self._rejected_table(some))
        self.session.rows(self._sql["drop_repeated"])

    def compare(self) -> None:
        """Compare every row with the stored data (see `load.sql`)."""
        self._all_new = self._is_first(self.session)
        if self._all_new:
            self.session.rows(self._sql["create_all_new"])
        else:
            self.session.rows(self._sql["create_judged"].format(judgement=self._judgement()))
            self.session.measure("judged")
        self._find_left_out(self.session)

    def _find_left_out(self, at: Queries) -> None:
        is_full = self._finds_missing and not self.terms.replaces
        # The first load of a known file has already marked the sends without a row.
        among = "" if self._known is None else "AND c.id IN (SELECT id FROM moved_on)"
        sql = self._sql["create_left_out"]
        at.rows(sql.format(is_full=str(is_full).lower(), among=among, staged=self._ids))

    def drop_unchanged(self) -> None:
        """Drop staged rows without changes, for a faster write.

        If most rows have changes, keep all rows: the removal would take longer than it saves.
        """
        if self._all_new:
            return
        judged = self._count(self.session, "judged")
        if 2 * judged > self._staged:
            return
        if self._finds_missing:
            # `_find_left_out_again` needs the ids of all rows.
            self.session.rows(self._sql["copy_ids"])
            self._ids = "staged_ids"
            self.session.measure(self._ids)
        for step in ("copy_judged", "drop_staging", "rename_judged"):
            self.session.rows(self._sql[step])
        self.session.measure("staging")

    @property
    def _finds_missing(self) -> bool:
        return self.terms.is_full and not (self._nameless or self._is_part)

    def counted(self, summary: ImportSummary) -> ImportSummary:
        fates = {str(fate): int(n) for fate, n in self.session.rows(self._sql["fates"])}
        known = sum(fates.get(fate, 0) for fate in ("new", "changed", "stale", "held"))
        missing = self._marked
        if missing < 0:
            missing = self._count(self.session, "left_out")
        names = ("new", "changed", "stale", "held", "confirmed", "left_open", "contradicted")
        counts: dict[str, Any] = {name: fates.get(name, 0) for name in names}
        return replace(
            summary,
            **counts,
            unchanged=self._read - known,
            rejected=self._rejected,
            missing=missing if self._finds_missing else None,
        )

    def tried(self, summary: ImportSummary) -> DryRun:
        aborts = self.session.rows(self._sql["aborts_with_news"].format(limit=MOST_SHOWN))
        rejects = self.session.rows(self._sql["first_rejects"].format(limit=MOST_SHOWN))
        return DryRun(
            summary=self.counted(summary),
            written=self._count(self.session, "judged WHERE is_written"),
            aborts=[SETTLED.read(row) for row in aborts],
            rejects=[to_reject(row) for row in rejects],
        )

    def write(self, tx: Transaction, summary: ImportSummary) -> ImportSummary:
        """Write the differences in a transaction of the session.

        If the file has to be staged again, raise OutdatedError.
        """
        self._marked = -1
        if self._all_new and self._has_nothing(tx):
            self._write_all(tx, summary)
        else:
            if self._all_new:
                self._judge_all(tx)
            self._write_judged(tx, summary)
        done = self.counted(summary)
        tx.rows(*_import_insert(done, self._before))
        self._change(tx, "add_rejects", {"import_id": done.id})
        return done

    def _is_first(self, at: Queries) -> bool:
        return self.terms.replaces or self._has_nothing(at)

    def _has_nothing(self, at: Queries) -> bool:
        return bool(at.rows(self._sql["has_nothing"])[0][0])

    def _count(self, at: Queries, rows: str) -> int:
        return int(at.rows(self._sql["count"].format(rows=rows))[0][0])

    def _judge_all(self, tx: Transaction) -> None:
        """Compare all rows again. Since `compare`, another transaction filled the empty store."""
        for drop in ("DROP VIEW judged", "DROP TABLE left_out"):
            tx.rows(drop)
        tx.rows(self._sql["create_judged"].format(judgement=self._judgement()))
        self._find_left_out(tx)

    def _write_all(self, tx: Transaction, summary: ImportSummary) -> None:
        self.session.make_room(self._staged)
        self._change(tx, "insert_all", order="" if self._is_sorted else f"ORDER BY {_ORDER}")
        self._change(tx, "count_staged_cells")
        history = {"loaded_at": summary.loaded_at, "actor": summary.actor}
        self._change(tx, "add_first_changes", history)

    def _write_judged(self, tx: Transaction, summary: ImportSummary) -> None:
        if tx.locks_rows:
            tx.rows(self._sql["lock_judged"])
        self._judge_moved(tx)
        self._find_left_out_again(tx, summary.loaded_at)
        self._change(tx, "count_written", sign="-")
        assigned = "".join(f"{n} = {_completed(n)}, " for n in self._changed_columns(tx))
        self._change(tx, "update_changed", assignments=assigned)
        self._change(tx, "insert_new")
        at, last = summary.loaded_at, "last_" if self._platform.restarts else ""
        entries = write_news(tx, EntryKind.CONFIRMED, at, "held_to_confirm")
        entries += write_news(tx, EntryKind.CONTRADICTED, at, f"{last}held_to_contradict")
        entries += write_news(tx, EntryKind.RAN_AGAIN, at, "rerun")
        self._change(tx, "update_held")
        self._change(tx, "report_again")
        self._change(tx, "count_written", sign="")
        self._marked = self._change(tx, "mark_left_out", {"as_of": self.terms.as_of})
        history = {"loaded_at": summary.loaded_at, "actor": summary.actor}
        for added in ("add_first_changes", "add_changes", "add_left_out"):
            self._change(tx, added, history)
        append(tx, entries)

    def _changed_columns(self, tx: Transaction) -> list[str]:
        names = [name for name in (*FED, "search_text") if name != "id"]
        differ = ", ".join(f"bool_or({_completed(n)} IS DISTINCT FROM c.{n})" for n in names)
        found = tx.rows(self._sql["changed_columns"].format(differ=differ))[0]
        return [name for name, is_changed in zip(names, found, strict=True) if is_changed]

    def _judge_moved(self, tx: Transaction) -> None:
        """Compare sends again that have changed since `compare`. The caller has locked the rows."""
        tx.rows(self._sql["create_moved"])
        if self._count(tx, "moved"):
            self._change(tx, "forget_moved")
            only = "AND s.id IN (SELECT id FROM moved)"
            self._change(tx, "judge_again", judgement=self._judgement(only))
        tx.rows("DROP TABLE moved")

    def _find_left_out_again(self, tx: Transaction, now: datetime) -> None:
        if not self._finds_missing or self.terms.replaces:
            return
        if imports_before(tx, now) == self._before:
            self._change(tx, "left_out_now")
        elif self._known is None:
            # Another file can have added sends without a row in this file.
            tx.rows("DROP TABLE left_out")
            self._find_left_out(tx)
        else:
            raise OutdatedError

    def _judgement(self, only: str = "") -> str:
        return self._sql["judgement"].format(**self._words, only=only)

    def _change(
        self, tx: Transaction, statement: str, params: Params | None = None, **words: str
    ) -> int:
        return tx.change(self._sql[statement].format(**self._words, **words), params)

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
        values = (
            [x.line for x in rejects],
            [self._raw(x) for x in rejects],
            [x.reasons[0].column for x in rejects],
            [x.reasons[0].template for x in rejects],
            [reject_details(x) for x in rejects],
            [x.id for x in rejects],
        )
        arrays = [pa.array(c, f.type) for c, f in zip(values, _REJECTS, strict=True)]
        return pa.Table.from_arrays(arrays, schema=_REJECTS)

    def _raw(self, reject: Reject) -> str:
        """Return the text of the row. After MAX_RAW_TOTAL characters in all calls, return ""."""
        self._raw_left -= len(reject.raw)
        return reject.raw if self._raw_left >= 0 else ""


def offer_import(summary: ImportSummary) -> tuple[str, Params]:
    """Return an INSERT and its parameters. If `summary.id` is stored, the INSERT does nothing."""
    text, params = _import_insert(summary, None)
    return f"{text} ON CONFLICT DO NOTHING", params


def _import_insert(summary: ImportSummary, before: int | None) -> tuple[str, Params]:
    names = (*IMPORT_COLUMNS, "imports_before")
    text = named_sql("load")["add_import"].format(
        columns=columns(names), values=placeholders(names)
    )
    return text, {**import_params(summary), "imports_before": before}
