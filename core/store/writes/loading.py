"""Load files, read past imports, and drop demo data (`core.ports.loading`)."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from core.domain.audit_log import Entry, EntryKind
from core.domain.load_results import DryRun, ImportSummary, Reject
from core.errors import N_, StoreBusyError
from core.ports.feed_batches import Feed, ProgressCallback, ignore_progress
from core.ports.loading import FactsChangedError
from core.ports.shared_state import LASTING_PREFIX, ORIGIN, POLL_PREFIX, POLLED_AT
from core.store.engine import Transaction
from core.store.named_sql import named_sql
from core.store.rows import IMPORT_COLUMNS, columns, to_import, to_reject
from core.store.schema import LASTING_TABLES, TABLES
from core.store.store_part import StorePart
from core.store.writes.audit_log import append
from core.store.writes.data_origin import ERA, ERA_BEFORE, DataOrigin, data_origin, held_origin
from core.store.writes.retries import is_stored, retried, write_once
from core.store.writes.shared_state import read_fact, write_fact
from core.store.writes.staging import OutdatedError, Staging, Terms, offer_import

#: A load stages its file at most this number of times.
_STAGINGS: Final = 5


class Loading(StorePart):
    def imports(self, limit: int) -> Sequence[ImportSummary]:
        params = {"limit": limit, "polls": f"{POLL_PREFIX}%"}
        found = self._read("read", "imports", params, columns=columns(IMPORT_COLUMNS))
        return [to_import(row) for row in found]

    def has_import(self, id: str) -> bool:
        return bool(self._read("read", "has_import", {"id": id}))

    @retried
    def drop_polls(self, before: datetime) -> None:
        sql, polls = named_sql("prune"), {"polls": f"{POLL_PREFIX}%"}
        with self._engine.transaction() as tx:
            if tx.change(sql["polls"], {**polls, "before": before}):
                tx.change(sql["rejects_of_polls"], polls)

    def rejects(self, import_id: str, limit: int) -> Sequence[Reject]:
        found = self._read("read", "rejects", {"id": import_id, "limit": limit})
        return [to_reject(row) for row in found]

    def facts_as_of(self) -> datetime | None:
        found: datetime | None = self._read("read", "facts_as_of", {"polled_at": POLLED_AT})[0][0]
        return found

    def load(
        self,
        summary: ImportSummary,
        feed: Feed,
        *,
        replace_demo: bool = False,
        is_full: bool = False,
        facts: Mapping[str, str] | None = None,
        expects: Mapping[str, str] | None = None,
        progress: ProgressCallback = ignore_progress,
    ) -> ImportSummary:
        named = replace(summary, headings=feed.headings, fingerprint=feed.fingerprint)
        for _ in range(_STAGINGS):
            with self._staged(summary, feed, replace_demo, is_full, progress) as staging:
                staging.drop_unchanged()
                with suppress(OutdatedError):
                    return self._write(staging, named, facts or {}, expects or {}, progress)
        raise StoreBusyError(N_("The database is busy."), N_("Try again in a moment."))

    def compare(
        self,
        summary: ImportSummary,
        feed: Feed,
        *,
        replace_demo: bool = False,
        is_full: bool = False,
        progress: ProgressCallback = ignore_progress,
    ) -> DryRun:
        with self._staged(summary, feed, replace_demo, is_full, progress) as staging:
            return staging.tried(summary)

    @contextmanager
    def _staged(
        self,
        summary: ImportSummary,
        feed: Feed,
        replace_demo: bool,
        is_full: bool,
        progress: ProgressCallback,
    ) -> Iterator[Staging]:
        as_of = summary.as_of or summary.loaded_at
        with self._engine.session() as session:
            over = data_origin(session)
            terms = Terms(as_of, over, replace_demo and over.is_demo, is_full)
            staging = Staging(session, terms, self._platform)
            staging.stage(feed, summary.loaded_at)
            progress("comparing")
            staging.compare()
            yield staging

    @retried
    def _write(
        self,
        staging: Staging,
        summary: ImportSummary,
        facts: Mapping[str, str],
        expects: Mapping[str, str],
        progress: ProgressCallback,
    ) -> ImportSummary:
        """If the file has to be staged again, raise OutdatedError."""
        progress("writing")
        terms, done = staging.terms, summary
        changes_origin = facts.get(ORIGIN, terms.over.origin) != terms.over.origin

        def write() -> bool:
            nonlocal done
            with self._revision.transaction(staging.session) as tx:
                held = held_origin(tx, alone=terms.replaces or changes_origin)
                _require(tx, expects)
                if held != terms.over:
                    raise OutdatedError
                if terms.replaces:
                    drop_demo_data(tx, held)
                for name, value in facts.items():
                    write_fact(tx, name, value)
                done = staging.write(tx, summary)
            return True

        write_once(write, lambda: self._was_imported(summary))
        if terms.replaces:
            self._close_era(terms.over.era)
        return done

    def _was_imported(self, summary: ImportSummary) -> bool:
        if self._engine.is_embedded:
            return self.has_import(summary.id)
        return is_stored(self._engine, *offer_import(summary))

    @retried
    def drop_demo(self) -> bool:
        with self._revision.transaction(gives_way=True) as tx:
            held = held_origin(tx, alone=True)
            if held.is_demo:
                drop_demo_data(tx, held)
        if held.is_demo:
            self._close_era(held.era)
        return held.is_demo

    def _close_era(self, era: str) -> None:
        if self._journal is not None:
            self._journal.close_era(era)


def drop_demo_data(tx: Transaction, held: DataOrigin) -> None:
    """Drop the demo data. Raise ValueError if the data is not demo data.

    The caller must have the exclusive lock on the era.
    """
    if not held.is_demo:
        raise ValueError("only demo data is ever dropped")
    for table in TABLES:
        if table in LASTING_TABLES:
            continue
        lasting = f" WHERE name NOT LIKE '{LASTING_PREFIX}%' AND name <> '{ERA}'"
        kept = lasting if table == "store_facts" else ""
        tx.rows(f"DELETE FROM {table}{kept}")  # noqa: S608 - names from the code only
    append(tx, [Entry(EntryKind.CLEARED, datetime.now(UTC), "", {"origin": held.origin})])
    write_fact(tx, ERA_BEFORE, held.era)
    write_fact(tx, ERA, uuid.uuid4().hex)


def _require(tx: Transaction, expects: Mapping[str, str]) -> None:
    for name, value in expects.items():
        if (read_fact(tx, name) or "") != value:
            raise FactsChangedError(name)
