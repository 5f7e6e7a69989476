"""The store over any engine that speaks the shared SQL."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from core.domain.audit_log import Chain, Entry, Kind, of_acknowledgement, of_receipt
from core.domain.imports import DryRun, ImportSummary
from core.domain.lifecycle import Step
from core.domain.model import (
    Acknowledgement,
    Guard,
    Receipt,
    SendConfiguration,
    Source,
)
from core.domain.states import State
from core.errors import N_, CommitUnknownError, DemoOverError, StoreBusyError, StoreDiskError
from core.ports.batches import Feed, ProgressCallback, ignore_progress
from core.ports.journal_check import JournalCheck
from core.ports.store import KEPT, ORIGIN, FactsChangedError
from core.store import rows as r
from core.store.daily_counts import CELL, Moves
from core.store.engine import Engine, Session, Transaction, named_sql
from core.store.journal.check import check_journal
from core.store.journal.journal import Journal, Line, Reading
from core.store.reads import conditions as v
from core.store.reads.alerts import SqlAlerts
from core.store.revision import Revision
from core.store.writes.audit_log import Recording, append, begin, check
from core.store.writes.commit import settled
from core.store.writes.data_origin import ERA, ERA_BEFORE, DataOrigin, data_origin, held_origin
from core.store.writes.guarded import change_of, insert_change, insert_receipt, is_unchanged, update
from core.store.writes.loading import OutdatedError, Staging, Terms, offer_import
from core.store.writes.pruning import prune
from core.store.writes.retry import retried

_CONFIGURATION = r.columns(r.CONFIGURATION_COLUMNS)
_RECEIPT = r.columns(r.RECEIPT_COLUMNS)
_CHANGE = r.columns(r.CHANGE_COLUMNS)


#: Since when nothing that was settled is kept.
_PRUNED = "pruned_before"
_EVER = datetime.min.replace(tzinfo=UTC).isoformat()

#: Rows that the summary by day may have above one for each cell, before it is made shorter.
FEW_ROWS = 1_000


#: How often a file is staged again because the data was replaced meanwhile.
_STAGINGS = 5


class _LookedUp(Exception):  # noqa: N818 - ends a transaction that must not commit
    pass


class SqlStore(SqlAlerts):
    """The store port (`core.ports.store.Store`) over an engine. Migrates the schema when made.

    `journal` is the second record of receipts, where the engine is not enough of a record itself.
    """

    def __init__(self, engine: Engine, journal: Journal | None = None) -> None:
        super().__init__(engine)
        self._revision = Revision(engine)
        self._journal = journal
        begin(engine)
        if not self.era():
            self.change_fact(ERA, None, uuid.uuid4().hex)

    @property
    def revision(self) -> int:
        """A number that rises with every committed write to what pages show, by whomever."""
        return self._revision.current()

    def close(self) -> None:
        """Let go of the database."""
        self._engine.close()
        if self._journal is not None:
            self._journal.close()

    # Writing

    @contextmanager
    def _writing(self, session: Session | None = None) -> Iterator[Transaction]:
        """Open a transaction that changes what pages show."""
        try:
            with (session or self._engine).transaction() as tx:
                yield tx
                self._revision.mark(tx)
        except CommitUnknownError:
            # It may have been written.
            self._revision.committed()
            raise
        self._revision.committed()

    def era(self) -> str:
        """Return the era of the data: it changes when everything is replaced."""
        return self.fact(ERA) or ""

    @retried
    def commit_abort(
        self,
        guard: Guard,
        after: SendConfiguration,
        receipt: Receipt,
        *,
        era: str = "",
        only_demo: bool = False,
    ) -> bool:
        """Write an accepted abort: state, history and receipt in one transaction."""
        held = DataOrigin()

        def write() -> bool:
            nonlocal held
            with self._writing() as tx:
                held = held_origin(tx)
                _require_demo(held, only_demo)
                if era not in ("", held.era) or not update(tx, guard, after):
                    return False
                when = receipt.restored_at or receipt.requested_at
                change = change_of(guard, after, Source.ABORT, receipt.actor, when)
                insert_change(tx, change, receipt.id)
                moves = Moves()
                moves.add(guard, after)
                moves.write(tx)
                insert_receipt(tx, receipt)
                append(tx, [of_receipt(receipt)])
            return True

        written = settled(write, lambda: self._was_written(receipt))
        if written and self._journal is not None:
            self._journal.add([(held.era, receipt)])
        return written

    @retried
    def record_receipt(
        self,
        receipt: Receipt,
        *,
        guard: Guard | None = None,
        era: str = "",
        only_demo: bool = False,
    ) -> bool:
        """Keep a receipt that goes with no change of state."""
        held = DataOrigin()

        def write() -> bool:
            nonlocal held
            with self._writing() as tx:
                held = held_origin(tx)
                _require_demo(held, only_demo)
                if era not in ("", held.era) or not (guard is None or is_unchanged(tx, guard)):
                    return False
                if not tx.rows(named_sql("read")["has_receipt"], {"id": receipt.id}):
                    insert_receipt(tx, receipt)
                    append(tx, [of_receipt(receipt)])
            return True

        written = settled(write, lambda: self.receipt(receipt.id) is not None)
        if written and self._journal is not None:
            self._journal.add([(held.era, receipt)])
        return written

    @retried
    def advance(self, steps: Sequence[Step], source: Source, actor: str, *, era: str = "") -> int:
        """Take the steps whose guards hold, with their history; return how many did."""
        taken, moves, recording = 0, Moves(), Recording()
        with self._writing() as tx:
            if era not in ("", held_origin(tx).era):
                return 0
            for step in steps:
                if not update(tx, step.guard, step.after):
                    continue
                taken += 1
                moves.add(step.guard, step.after)
                when = step.after.updated_at
                assert when is not None
                insert_change(tx, change_of(step.guard, step.after, source, actor, when))
                if step.after.state is State.CANCELLED:
                    recording.news(tx, Kind.CONFIRMED, when, "open_of", {"id": step.after.id})
            moves.write(tx)
            recording.write(tx)
        return taken

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
        """Merge a file, all or nothing; return the summary with its counts filled in."""
        named = replace(summary, headings=feed.headings, fingerprint=feed.fingerprint)
        for _ in range(_STAGINGS):
            with self._staged(summary, feed, replace_demo, is_full, progress) as (session, staging):
                staging.keep_judged()
                progress("writing")
                with suppress(OutdatedError):
                    return self._write_staged(session, staging, named, facts or {}, expects or {})
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
        """Return what `load` would do with a file now, and do nothing."""
        with self._staged(summary, feed, replace_demo, is_full, progress) as (_, staging):
            return staging.tried(summary)

    @contextmanager
    def _staged(
        self,
        summary: ImportSummary,
        feed: Feed,
        replace_demo: bool,
        is_full: bool,
        progress: ProgressCallback,
    ) -> Iterator[tuple[Session, Staging]]:
        as_of = summary.as_of or summary.loaded_at
        with self._engine.session() as session:
            staging = Staging(session, Terms(as_of, data_origin(session), replace_demo, is_full))
            staging.stage(feed, summary.loaded_at)
            progress("comparing")
            staging.compare()
            yield session, staging

    @retried
    def _write_staged(
        self,
        session: Session,
        staging: Staging,
        summary: ImportSummary,
        facts: Mapping[str, str],
        expects: Mapping[str, str],
    ) -> ImportSummary:
        """Write a staged file. Raises OutdatedError where it was compared with other data."""
        terms, done = staging.terms, summary
        changes_origin = facts.get(ORIGIN, terms.over.origin) != terms.over.origin

        def write() -> bool:
            nonlocal done
            with self._writing(session) as tx:
                held = held_origin(tx, alone=terms.replaces or changes_origin)
                _require(tx, expects)
                if held != terms.over:
                    raise OutdatedError
                if terms.replaces:
                    _clear(tx, held)
                for name, value in facts.items():
                    _set_fact(tx, name, value)
                done = staging.write(tx, summary)
            return True

        settled(write, lambda: self._was_imported(summary))
        if terms.replaces:
            self._close_era(terms.over.era)
        return done

    @retried
    def acknowledge(self, acknowledgement: Acknowledgement, *, only_demo: bool = False) -> bool:
        """Keep that a concern is seen to; return False where that was known."""
        names = r.ACKNOWLEDGEMENT_COLUMNS
        text = named_sql("write")["acknowledge"].format(
            columns=r.columns(names), values=r.placeholders(names)
        )
        with self._writing() as tx:
            _require_demo(held_origin(tx), only_demo)
            is_new = tx.change(text, r.to_params(acknowledgement, names)) == 1
            if is_new:
                append(tx, [of_acknowledgement(acknowledgement)])
        return is_new

    @retried
    def drop_demo(self) -> bool:
        """Drop all configurations, history, receipts and imports, if they are demo data."""
        with self._writing() as tx:
            held = held_origin(tx, alone=True)
            if held.is_demo:
                _clear(tx, held)
        if held.is_demo:
            self._close_era(held.era)
        return held.is_demo

    @retried
    def set_fact(self, name: str, value: str, *, is_shown: bool = True) -> None:
        """Keep a fact about the store itself; `is_shown` where pages show it."""
        with self._writing() if is_shown else self._engine.transaction() as tx:
            _set_fact(tx, name, value)

    @retried
    def change_fact(self, name: str, before: str | None, value: str) -> bool:
        """Keep a fact where it still says what it did (None: it was not there); tell if so."""
        sql = named_sql("write")["add_fact" if before is None else "replace_fact"]
        known = {} if before is None else {"before": before}
        with self._writing() as tx:
            return tx.change(sql, {"name": name, "value": value, **known}) == 1

    @retried
    def take_lease(self, name: str, holder: str, seconds: float) -> bool:
        """Take or renew a lease for some seconds, where nobody else holds it."""
        params = {"name": name, "holder": holder, "seconds": seconds}
        with self._engine.transaction() as tx:
            return tx.change(named_sql("write")["take_lease"], params) == 1

    @retried
    def give_up_lease(self, name: str, holder: str) -> None:
        """Give a lease up, if this holder has it."""
        with self._engine.transaction() as tx:
            tx.change(named_sql("write")["give_up_lease"], {"name": name, "holder": holder})

    @retried
    def end_login(self, login: str, at: datetime, forget_before: datetime) -> None:
        """Keep that a login was ended; forget those that were ended long ago."""
        with self._writing() as tx:
            tx.change(named_sql("write")["forget_logins"], {"before": forget_before})
            tx.change(named_sql("write")["end_login"], {"login": login, "ended_at": at})

    @retried
    def recount(self) -> None:
        """Make the summary by day anew from all rows, for those who wrote rows past this store."""
        with self._writing() as tx:
            _summarise(tx, named_sql("daily")["count_all"].format(cell=CELL))

    @retried
    def tidy(self) -> None:
        """Make the summary's rows of each cell one again, where there are many of them."""
        self._engine.tidy()
        sql = named_sql("daily")
        rows, cells = self._engine.rows(sql["size"])[0]
        if rows - cells > FEW_ROWS:
            with self._engine.transaction() as tx:
                _summarise(tx, sql["gather"])

    @retried
    def prune(self, before: datetime, now: datetime) -> int:
        """Drop what is older than `before` and settled; return how many receipts were."""
        with self._writing() as tx:
            # Nobody may learn of a receipt meanwhile what would keep it.
            held_origin(tx, alone=True)
            dropped = prune(tx, before, now)
            if dropped:
                _set_fact(tx, _PRUNED, before.isoformat())
        if dropped and self._journal is not None:
            self._journal.shorten(self._lines)
        return dropped

    # The records, and copies

    def check_audit_log(self, said: Reading | None = None) -> Chain:
        """Check the record of receipts from end to end, and all other records against it.

        `said` stands for the second record, where the store is a copy that has none.
        """

        def elsewhere() -> list[Receipt]:
            found = self._journal.read() if said is None and self._journal is not None else said
            lines = [] if found is None else found.open_lines([self.fact(ERA_BEFORE) or ""])
            pruned = self._pruned()
            return [receipt for _, receipt in lines if receipt.requested_at >= pruned]

        return check(self._engine, elsewhere)

    def check_journal(self) -> JournalCheck:
        """Hold the second record against the database."""
        if self._journal is None:
            return JournalCheck()
        # Before the database: every receipt in it is there by then.
        found = self._journal.read()
        if self.era() in found.closed:
            # A backup from before the data was replaced: what is stopped now must not count as
            # dropped with that data.
            self.set_fact(ERA, uuid.uuid4().hex)
        checked = check_journal(self._journal, found, self._known(), self.fact(ERA_BEFORE) or "")
        pruned = self._pruned()
        missing = [receipt for receipt in checked.missing if receipt.requested_at >= pruned]
        checked = replace(checked, missing=missing)
        return replace(checked, damaged_log=self._engine.settle_log(lost=bool(missing)))

    def _pruned(self) -> datetime:
        """Return since when receipts are kept: older ones may have been dropped for their age."""
        return datetime.fromisoformat(self.fact(_PRUNED) or _EVER)

    def _known(self) -> list[Line]:
        """Return every receipt with the era of the data, all as of one moment."""
        text = named_sql("read")["all_receipts"].format(columns=_RECEIPT)
        found = self._engine.rows(text, {"era": ERA})
        return [(str(era or ""), r.to_receipt(tuple(row))) for era, *row in found]

    def _lines(self, found: Reading) -> list[Line]:
        """Return what the second record has to hold, given what it holds.

        That is more than the database does, until what it has lost is put right.
        """
        known, pruned = self._known(), self._pruned()
        have = {receipt.id for _, receipt in known}
        kept = [
            (era, receipt)
            for era, receipt in found.open_lines([self.fact(ERA_BEFORE) or ""])
            if receipt.id in have or receipt.requested_at >= pruned
        ]
        there = {receipt.id for _, receipt in kept}
        return [*kept, *(line for line in known if line[1].id not in there)]

    def renew_journal(self) -> Path | None:
        """Set the second record aside and begin a new one from it and from the database."""
        if self._journal is None:
            return None
        try:
            return self._journal.start_anew(self._lines)
        except OSError as error:
            raise StoreDiskError(
                N_("The disk did not take the write ({reason})."),
                N_("Make room on the disk of {path}, or make it writable, then try again."),
                reason=error.strerror or error,
                path=self._journal.path,
            ) from error

    @property
    def journal_trouble(self) -> str:
        """Why the second record cannot be written at present, or nothing."""
        return "" if self._journal is None else self._journal.trouble

    def back_up(self, target: Path) -> None:
        """Write a consistent copy of the whole database to a new file, while others go on."""
        self._engine.copy_to(target)

    def _was_written(self, receipt: Receipt) -> bool:
        """Look up a receipt whose commit went unanswered.

        A server may still be at it: its transaction holds the send's row, so whoever gets the row
        knows that it has ended, and how.
        """
        with self._engine.transaction() as tx:
            if tx.locks_rows:
                tx.rows(named_sql("write")["lock_one"], {"id": receipt.configuration_id})
            sql = named_sql("read")["receipt"].format(columns=_RECEIPT)
            return bool(tx.rows(sql, {"id": receipt.id}))

    def _was_imported(self, summary: ImportSummary) -> bool:
        """Look up an import whose commit went unanswered.

        A server may still be at it. Whoever offers a row with the same id waits until that
        transaction has ended, and then learns whether its row is there.
        """
        if self._engine.is_embedded:
            return self.has_import(summary.id)
        found = False
        with suppress(_LookedUp), self._engine.transaction() as tx:
            found = tx.change(*offer_import(summary)) == 0
            raise _LookedUp  # the offer itself must leave no trace
        return found

    def _close_era(self, era: str) -> None:
        if self._journal is not None:
            self._journal.close_era(era)


def _require_demo(held: DataOrigin, only_demo: bool) -> None:
    """Raise DemoOverError, which rolls back, where only the demo may be written to and is gone."""
    if only_demo and not held.is_demo:
        raise DemoOverError


def _require(tx: Transaction, expects: Mapping[str, str]) -> None:
    for name, value in expects.items():
        found = tx.rows(named_sql("read")["fact"], {"name": name})
        if (str(found[0][0]) if found else "") != value:
            raise FactsChangedError(name)


def _clear(tx: Transaction, held: DataOrigin) -> None:
    """Drop the demo's data, which the caller holds alone; a feed's is never dropped."""
    if not held.is_demo:
        raise ValueError("only demo data is ever dropped")
    for table in v.TABLES:
        if table in v.LASTING:
            continue
        lasting = f" WHERE name NOT LIKE '{KEPT}%' AND name <> '{ERA}'"
        kept = lasting if table == "store_facts" else ""
        tx.rows(f"DELETE FROM {table}{kept}")  # noqa: S608 - names from the code only
    append(tx, [Entry(Kind.CLEARED, datetime.now(UTC), facts={"origin": held.origin})])
    _set_fact(tx, ERA_BEFORE, held.era)
    _set_fact(tx, ERA, uuid.uuid4().hex)


def _summarise(tx: Transaction, counted: str) -> None:
    sql = named_sql("daily")
    if tx.locks_rows:
        # Others write meanwhile: all statements have to see the same rows.
        tx.rows("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    tx.rows(sql["create_summary"].format(counted=counted))
    tx.change(sql["forget"])
    tx.change(sql["keep_summary"])
    tx.rows("DROP TABLE summary")


def _set_fact(tx: Transaction, name: str, value: str) -> None:
    tx.rows(named_sql("write")["set_fact"], {"name": name, "value": value})
