"""The store over any engine that speaks the shared SQL."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from core.errors import CommitUnknownError, DemoOverError
from core.feed.batches import Feed, Told, untold
from core.feed.records import ImportSummary, Trial
from core.ledger import Chain, Entry, Kind, of_acknowledgement, of_receipt
from core.lifecycle import Step
from core.model import (
    Acknowledgement,
    Guard,
    Receipt,
    SendConfiguration,
    Source,
)
from core.record import RecordCheck
from core.states import State
from core.store import rows as r
from core.store import vocabulary as v
from core.store.committing import settled
from core.store.daily import CELL, Moves
from core.store.engine import Engine, Session, Transaction, named_sql
from core.store.guarded import change_of, insert_change, insert_receipt, update
from core.store.journal import Journal, Reading
from core.store.loading import Staging, Terms, offer_import
from core.store.port import DEMO, KEPT, ORIGIN
from core.store.pruning import prune
from core.store.recording import Recording, append, begin, check
from core.store.retry import retried
from core.store.revision import Revision
from core.store.second_record import check_record
from core.store.sql_alerts import SqlAlerts

_CONFIGURATION = r.columns(r.CONFIGURATION_COLUMNS)
_RECEIPT = r.columns(r.RECEIPT_COLUMNS)
_CHANGE = r.columns(r.CHANGE_COLUMNS)


#: The era of the store's data, and the one before it: what the second record needs to know.
_ERA = "era"
_ERA_BEFORE = "era_before"

#: Since when nothing that was settled is kept.
_PRUNED = "pruned_before"

#: Rows that the summary by day may have above one for each cell, before it is made shorter.
FEW_ROWS = 1_000


class _LookedUp(Exception):  # noqa: N818 - ends a transaction that must not commit
    pass


class SqlStore(SqlAlerts):
    """The store port (`core.store.port.Store`) over an engine. Migrates the schema when made.

    `journal` is the second record of receipts, where the engine is not enough of a record itself.
    """

    def __init__(self, engine: Engine, journal: Journal | None = None) -> None:
        super().__init__(engine)
        self._revision = Revision(engine)
        self._journal = journal
        begin(engine)
        self._era = self.fact(_ERA) or self._begin_era()

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

    @retried
    def commit_abort(
        self,
        guard: Guard,
        after: SendConfiguration,
        receipt: Receipt,
        *,
        only_demo: bool = False,
    ) -> bool:
        """Write an accepted abort: state, history and receipt in one transaction."""

        def write() -> bool:
            with self._writing() as tx:
                if not update(tx, guard, after):
                    return False
                when = receipt.restored_at or receipt.requested_at
                change = change_of(guard, after, Source.ABORT, receipt.actor, when)
                insert_change(tx, change, receipt.id)
                moves = Moves()
                moves.add(guard, after)
                moves.write(tx)
                insert_receipt(tx, receipt)
                append(tx, [of_receipt(receipt)])
                if only_demo:
                    _require_demo(tx)
            return True

        written = settled(write, lambda: self._was_written(receipt))
        if written and self._journal is not None:
            self._journal.add(self._era, [receipt])
        return written

    @retried
    def record_receipt(self, receipt: Receipt, *, only_demo: bool = False) -> None:
        """Keep a receipt that goes with no change of state."""

        def write() -> bool:
            with self._writing() as tx:
                insert_receipt(tx, receipt)
                append(tx, [of_receipt(receipt)])
                if only_demo:
                    _require_demo(tx)
            return True

        settled(write, lambda: self.receipt(receipt.id) is not None)
        if self._journal is not None:
            self._journal.add(self._era, [receipt])

    @retried
    def advance(self, steps: Sequence[Step], source: Source, actor: str) -> int:
        """Take the steps whose guards hold, with their history; return how many did."""
        taken, moves, recording = 0, Moves(), Recording()
        with self._writing() as tx:
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
        replace_all: bool = False,
        is_full: bool = False,
        facts: Mapping[str, str] | None = None,
        told: Told = untold,
    ) -> ImportSummary:
        """Merge a file, all or nothing; return the summary with its counts filled in."""
        with self._staged(summary, feed, replace_all, is_full, told) as (session, staging):
            staging.keep_judged()
            told("writing")
            named = replace(summary, headings=feed.headings, fingerprint=feed.fingerprint)
            return self._write_staged(session, staging, named, replace_all, facts or {})

    def compare(
        self,
        summary: ImportSummary,
        feed: Feed,
        *,
        replace_all: bool = False,
        is_full: bool = False,
        told: Told = untold,
    ) -> Trial:
        """Return what `load` would do with a file now, and do nothing."""
        with self._staged(summary, feed, replace_all, is_full, told) as (_, staging):
            return staging.tried(summary)

    @contextmanager
    def _staged(
        self, summary: ImportSummary, feed: Feed, replace_all: bool, is_full: bool, told: Told
    ) -> Iterator[tuple[Session, Staging]]:
        terms = Terms(summary.as_of or summary.loaded_at, replace_all, is_full)
        with self._engine.session() as session:
            staging = Staging(session, terms)
            staging.stage(feed, summary.loaded_at)
            told("comparing")
            staging.compare()
            yield session, staging

    @retried
    def _write_staged(
        self,
        session: Session,
        staging: Staging,
        summary: ImportSummary,
        replace_all: bool,
        facts: Mapping[str, str],
    ) -> ImportSummary:
        era, done = self._era, summary

        def write() -> bool:
            nonlocal done
            with self._writing(session) as tx:
                if replace_all:
                    _clear(tx, era)
                for name, value in facts.items():
                    _set_fact(tx, name, value)
                done = staging.write(tx, summary)
            return True

        settled(write, lambda: self._was_imported(summary))
        if replace_all:
            self._close_era()
        return done

    @retried
    def acknowledge(self, acknowledgement: Acknowledgement, *, only_demo: bool = False) -> bool:
        """Keep that a concern is seen to; return False where that was known."""
        names = r.ACKNOWLEDGEMENT_COLUMNS
        text = named_sql("write")["acknowledge"].format(
            columns=r.columns(names), values=r.placeholders(names)
        )
        with self._writing() as tx:
            is_new = tx.change(text, r.to_params(acknowledgement, names)) == 1
            if is_new:
                append(tx, [of_acknowledgement(acknowledgement)])
                if only_demo:
                    _require_demo(tx)
        return is_new

    @retried
    def clear(self) -> None:
        """Drop all configurations, history, receipts and imports."""
        with self._writing() as tx:
            _clear(tx, self._era)
        self._close_era()

    @retried
    def set_fact(self, name: str, value: str, *, is_shown: bool = True) -> None:
        """Keep a fact about the store itself; `is_shown` where pages show it."""
        with self._writing() if is_shown else self._engine.transaction() as tx:
            _set_fact(tx, name, value)

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
        sql = named_sql("daily")
        rows, cells = self._engine.rows(sql["size"])[0]
        if rows - cells > FEW_ROWS:
            with self._engine.transaction() as tx:
                _summarise(tx, sql["gather"])

    @retried
    def prune(self, before: datetime, now: datetime) -> int:
        """Drop what is older than `before` and settled; return how many receipts were."""
        with self._writing() as tx:
            dropped = prune(tx, before, now)
            if dropped:
                _set_fact(tx, _PRUNED, before.isoformat())
        if dropped and self._journal is not None:
            self._journal.keep_only(self._era, self.all_receipts())
        return dropped

    # The records, and copies

    def check_ledger(self, said: Reading | None = None) -> Chain:
        """Check the record of receipts from end to end, and all other records against it.

        `said` stands for the second record, where the store is a copy that has none.
        """
        if said is None and self._journal is not None:
            said = self._journal.read()
        lines = [] if said is None else said.open_lines([self.fact(_ERA_BEFORE) or ""])
        return check(self._engine, [each for each in lines if self._is_kept(each)])

    def check_record(self) -> RecordCheck:
        """Hold the second record against the database."""
        if self._journal is None:
            return RecordCheck()
        known = self.all_receipts()
        before = self.fact(_ERA_BEFORE) or ""
        found = check_record(self._journal, known, self._era, before)
        missing = [receipt for receipt in found.missing if self._is_kept(receipt)]
        found = replace(found, missing=missing)
        return replace(found, damaged_log=self._engine.settle_log(lost=bool(found.missing)))

    def _is_kept(self, receipt: Receipt) -> bool:
        """Tell whether a receipt of the second record has not been dropped for its age."""
        pruned = self.fact(_PRUNED)
        return pruned is None or receipt.requested_at >= datetime.fromisoformat(pruned)

    def renew_record(self) -> Path | None:
        """Set the second record aside and begin a new one from the database's receipts."""
        if self._journal is None:
            return None
        return self._journal.start_anew(self._era, self.all_receipts())

    @property
    def record_trouble(self) -> str:
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

    def _begin_era(self) -> str:
        era = uuid.uuid4().hex
        with self._engine.transaction() as tx:
            _set_fact(tx, _ERA, era)
        return era

    def _close_era(self) -> None:
        closed, self._era = self._era, self.fact(_ERA) or ""
        if self._journal is not None:
            self._journal.close_era(closed)


def _require_demo(tx: Transaction) -> None:
    """Raise DemoOverError, which rolls back, where the data is not the demo's.

    Called last: the transaction then holds the end of the record, and where it changes a send the
    send's row, so that a load which replaces the demo has either committed or has to wait.
    """
    found = tx.rows(named_sql("read")["fact"], {"name": ORIGIN})
    if not found or found[0][0] != DEMO:
        raise DemoOverError


def _clear(tx: Transaction, era: str) -> None:
    for table in v.TABLES:
        if table in v.LASTING:
            continue
        kept = f" WHERE name NOT LIKE '{KEPT}%'" if table == "store_facts" else ""
        tx.rows(f"DELETE FROM {table}{kept}")  # noqa: S608 - names from the code only
    append(tx, [Entry(Kind.CLEARED, datetime.now(UTC))])
    _set_fact(tx, _ERA_BEFORE, era)
    _set_fact(tx, _ERA, uuid.uuid4().hex)


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
