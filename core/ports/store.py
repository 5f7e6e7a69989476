"""The store port: all that Freio asks of a database. Engines implement it; nothing else does.

Times are timezone-aware. Reads are paged or aggregated; no method returns a whole table. `visible`
bounds an answer to some accounts. Every write is one transaction: it happens whole or not at all.
Methods raise `core.errors.StoreError` (busy, locked, away: nothing was changed) or, where a
commit's answer was lost and cannot be looked up, `core.errors.OutcomeUnknownError`; nothing else
that a caller should expect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from core.domain.audit_log import Chain
from core.domain.imports import DryRun, ImportSummary, Reject
from core.domain.lifecycle import Step
from core.domain.list_query import Choices, HourVolume, ListQuery, Page, StateCount, Tiles
from core.domain.model import (
    Accounts,
    Acknowledgement,
    ConfigurationId,
    Guard,
    Receipt,
    ReceiptId,
    SendConfiguration,
    Source,
    StateChange,
)
from core.domain.receipt_query import Placed, ReceiptDay, ReceiptPage, ReceiptQuery
from core.domain.states import Outlook
from core.forecasting.baselines import Measure
from core.ports.alerts import AlertStore
from core.ports.batches import Feed, ProgressCallback, ignore_progress
from core.ports.journal_check import JournalCheck

#: The fact that says whose data the store holds, and what it says of demo data. It is not there
#: while nothing was loaded.
ORIGIN = "origin"
DEMO = "demo"

#: How the names of facts begin that people told, and that outlive the data: `clear` keeps them.
KEPT = "kept."


class FactsChangedError(Exception):
    """The store's facts are not any more what the caller expects, and nothing was written."""


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """What a person may know about the store; the location never holds a password."""

    engine: str
    engine_version: str
    location: str
    schema_version: int
    counts: dict[str, int]


class Store(AlertStore, Protocol):
    """Where configurations, their history and the receipts are kept."""

    @property
    def revision(self) -> int:
        """A number that rises with every committed write to what pages show, by whomever.

        Others' writes to a shared store may be seen a fifth of a second late.
        """
        ...

    def close(self) -> None:
        """Let go of the database. Committed writes are kept."""
        ...

    def ping(self) -> None:
        """Raise StoreError if the database does not answer."""
        ...

    def info(self) -> StoreInfo:
        """Return engine, versions, place and row counts."""
        ...

    # Reading

    def configuration(self, id: ConfigurationId) -> SendConfiguration | None:
        """Return one configuration, or None."""
        ...

    def is_empty(self) -> bool:
        """Tell whether there is no configuration at all."""
        ...

    def page(self, query: ListQuery, counts: Sequence[StateCount] | None = None) -> Page:
        """Return one page of configurations and the number on all pages.

        `counts` is what `state_counts` answers to the same query, where that is known already.
        """
        ...

    def head(self, query: ListQuery, limit: int, counts: Sequence[StateCount]) -> Page:
        """Return the first rows of a list as one page, whatever page of it is asked for.

        `counts` is what `state_counts` answers to the same query.
        """
        ...

    def state_counts(self, query: ListQuery) -> Sequence[StateCount]:
        """Count by state and outlook under all filters but those on state and outlook."""
        ...

    def choices(self, visible: Accounts = None) -> Choices:
        """Return the accounts and channels there are."""
        ...

    def tiles(
        self, now: datetime, midnight: datetime, overdue_before: datetime, visible: Accounts = None
    ) -> Tiles:
        """Return the overview's figures; `midnight` is when the reader's day began."""
        ...

    def volume(
        self, since: datetime, until: datetime, visible: Accounts = None
    ) -> Sequence[HourVolume]:
        """Return recipients by hour of `scheduled_at` and outlook, in order of time.

        A send that finished short counts with those whom it reached.
        """
        ...

    def closing(
        self, outlooks: Sequence[Outlook], limit: int, visible: Accounts = None
    ) -> Sequence[SendConfiguration]:
        """Return the sends of these outlooks with the earliest `scheduled_at`."""
        ...

    def history(self, id: ConfigurationId, limit: int) -> Sequence[StateChange]:
        """Return the last changes of one configuration, oldest first."""
        ...

    def receipts_of(self, id: ConfigurationId) -> Sequence[Receipt]:
        """Return all receipts of one configuration, newest first."""
        ...

    def receipt(self, id: ReceiptId) -> Receipt | None:
        """Return one receipt, or None."""
        ...

    def concerns(
        self, overdue_before: datetime, limit: int, visible: Accounts = None
    ) -> Sequence[Receipt]:
        """Return accepted aborts that are contradicted, or open since before `overdue_before`.

        Contradicted ones stand first; acknowledged ones are left out.
        """
        ...

    def count_concerns(self, overdue_before: datetime, visible: Accounts = None) -> int:
        """Count what `concerns` returns."""
        ...

    def acknowledgements(self, ids: Sequence[ReceiptId]) -> Sequence[Acknowledgement]:
        """Return who has seen to these receipts, the oldest first."""
        ...

    def facts_as_of(self) -> datetime | None:
        """Return when the data was last confirmed by its source, None where there is none."""
        ...

    def receipts(self, limit: int, offset: int, visible: Accounts = None) -> Sequence[Receipt]:
        """Return receipts, newest first."""
        ...

    def receipt_counts(self, visible: Accounts = None) -> dict[str, int]:
        """Count receipts by verdict."""
        ...

    def receipt_page(self, query: ReceiptQuery) -> ReceiptPage:
        """Return one page of the log of aborts, newest first."""
        ...

    def receipt_days(self, query: ReceiptQuery, zone: str, days: int) -> Sequence[ReceiptDay]:
        """Return the last days with an attempt, newest first, by the days of a time zone."""
        ...

    def receipt_choices(self, visible: Accounts) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the people and the accounts in the log."""
        ...

    def receipts_placed(self, query: ReceiptQuery, limit: int) -> Sequence[Placed]:
        """Return receipts with their places in the record, oldest first."""
        ...

    def imports(self, limit: int) -> Sequence[ImportSummary]:
        """Return the last imports, newest first."""
        ...

    def has_import(self, id: str) -> bool:
        """Tell whether an import was written."""
        ...

    def rejects(self, import_id: str, limit: int) -> Sequence[Reject]:
        """Return rows that an import could not read, in order of line."""
        ...

    def fact(self, name: str) -> str | None:
        """Return a fact about the store itself, or None."""
        ...

    def moving(self, due: datetime, limit: int) -> Sequence[SendConfiguration]:
        """Return sends that the platform may take further by `due`, the earliest first."""
        ...

    def measures(self, since: datetime, until: datetime, limit: int) -> Sequence[Measure]:
        """Return what like sends took, from the latest `limit` of a window that were generated.

        Learnt from the times that a send carries, and where its source leaves them out from the
        changes seen here. The changes alone would not do: feeds bring most sends when they are
        already finished, and all that was seen of those is when the feed was loaded. Groups of
        fewer than `core.forecasting.baselines.ENOUGH` sends are left out.
        """
        ...

    def hourly_totals(self, windows: Sequence[tuple[datetime, datetime]]) -> dict[datetime, int]:
        """Return the recipients of each hour in some windows (at least one), without what was
        stopped; hours without any are left out.
        """
        ...

    def twins(
        self, configurations: Sequence[SendConfiguration]
    ) -> Mapping[ConfigurationId, Sequence[tuple[ConfigurationId, datetime]]]:
        """Return for each send the others of its name, account and audience within a day of it.

        What was stopped, or is a draft, is nobody's twin.
        """
        ...

    # Writing

    def era(self) -> str:
        """Return the era of the data: it changes when everything is replaced.

        To be asked before anything that a write rests on is read, and handed to that write as its
        `era`: then it writes nothing where the data was replaced in between.
        """
        ...

    def commit_abort(
        self,
        guard: Guard,
        after: SendConfiguration,
        receipt: Receipt,
        *,
        era: str = "",
        only_demo: bool = False,
    ) -> bool:
        """Write an accepted abort: state, history and receipt in one transaction.

        Returns False, having written nothing, where the guard does not hold any more, or where the
        data was replaced since `era` was asked. With `only_demo`, here and below, raises
        DemoOverError, having written nothing, where the store holds anything but the demo data.
        """
        ...

    def record_receipt(
        self,
        receipt: Receipt,
        *,
        guard: Guard | None = None,
        era: str = "",
        only_demo: bool = False,
    ) -> bool:
        """Keep a receipt that goes with no change of state, such as that of a refused attempt.

        Returns False, having written nothing, where the send has another version than the guard
        says, or where the data was replaced since `era` was asked. A receipt that is there already
        is not written again.
        """
        ...

    def advance(self, steps: Sequence[Step], source: Source, actor: str, *, era: str = "") -> int:
        """Take the steps whose guards hold, with their history; return how many did.

        None is taken where the data was replaced since `era` was asked.
        """
        ...

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
        """Merge a file, all or nothing; return the summary with its counts filled in.

        With `replace_demo`, everything that the store holds is dropped first if it is demo data at
        that moment; other data never is. `facts` about the store itself are kept, all in the same
        transaction. `is_full` marks what the file leaves out as no longer reported. Newer
        facts win: a send that was cancelled here stays so, one that the platform itself ended is
        brought back by a newer report, and none is moved back in time (I6).

        `progress` hears "comparing" and "writing", more than once where the data was replaced
        meanwhile: then the file is read and compared again. What it or the feed raises goes
        through, and nothing is changed then. Raises FactsChangedError where a fact is not what
        `expects` says ("" for one that is not there).
        """
        ...

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
        ...

    def acknowledge(self, acknowledgement: Acknowledgement, *, only_demo: bool = False) -> bool:
        """Keep that a concern is seen to; return False where that was known."""
        ...

    def drop_demo(self) -> bool:
        """Drop all configurations, history, receipts and imports, if they are demo data.

        Facts under KEPT stay. Returns whether it was demo data.
        """
        ...

    def set_fact(self, name: str, value: str, *, is_shown: bool = True) -> None:
        """Keep a fact about the store itself; the revision rises where `is_shown`."""
        ...

    def change_fact(self, name: str, before: str | None, value: str) -> bool:
        """Keep a fact where it still says what it did (None: it was not there); tell if so."""
        ...

    def tidy(self) -> None:
        """Do what keeps the store quick; for now and then, in the background."""
        ...

    def take_lease(self, name: str, holder: str, seconds: float) -> bool:
        """Take or renew a lease for some seconds, where nobody else holds it; tell if so."""
        ...

    def give_up_lease(self, name: str, holder: str) -> None:
        """Give a lease up, if this holder has it."""
        ...

    def end_login(self, login: str, at: datetime, forget_before: datetime) -> None:
        """Keep that a login was ended; forget those that were ended long ago."""
        ...

    def ended_logins(self) -> frozenset[str]:
        """Return the logins that were ended."""
        ...

    def prune(self, before: datetime, now: datetime) -> int:
        """Drop what is older than `before` and settled; return how many receipts were.

        Receipts that are open, or contradicted and not seen to, stay whatever their age, and so
        does the history of sends that are not over. What is left of the record can still be
        checked.
        """
        ...

    # The records, and copies

    def check_audit_log(self) -> Chain:
        """Check the record of receipts from end to end, and all other records against it."""
        ...

    def check_journal(self) -> JournalCheck:
        """Hold the second record of receipts against the database. Sound where there is none."""
        ...

    def renew_journal(self) -> Path | None:
        """Set the second record aside and begin a new one from it and the database's receipts.

        Returns where the old one is kept. Raises StoreDiskError where the disk does not take the
        new one; then the old one stays.
        """
        ...

    @property
    def journal_trouble(self) -> str:
        """Why the second record cannot be written at present, or nothing."""
        ...

    def back_up(self, target: Path) -> None:
        """Write a consistent copy of the whole database to a new file, while others go on."""
        ...
