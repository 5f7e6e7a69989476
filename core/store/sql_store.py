"""The store over any engine that speaks the shared SQL."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from core.errors import N_, CommitUnknownError, OutcomeUnknownError, StoreError
from core.feed.records import ImportSummary, Reject
from core.lifecycle import Step
from core.listing import Choices, HourVolume, ListQuery, Page, StateCount, Tiles
from core.model import (
    ConfigurationId,
    Guard,
    Receipt,
    ReceiptId,
    SendConfiguration,
    Source,
    StateChange,
)
from core.record import RecordCheck
from core.states import Outlook, State
from core.store import rows as r
from core.store import vocabulary as v
from core.store.engine import Engine, Row, Transaction, migrate, named_sql
from core.store.journal import Journal
from core.store.loading import merge
from core.store.port import StoreInfo
from core.store.retry import retried
from core.store.second_record import check_record

_CONFIGURATION = r.columns(r.CONFIGURATION_COLUMNS)
_RECEIPT = r.columns(r.RECEIPT_COLUMNS)
_CHANGE = r.columns(r.CHANGE_COLUMNS)
_TABLES = (
    "configurations",
    "state_changes",
    "receipts",
    "imports",
    "import_rejects",
    "store_facts",
)


#: The era of the store's data, and the one before it: what the second record needs to know.
_ERA = "era"
_ERA_BEFORE = "era_before"


class SqlStore:
    """The store port (`core.store.port.Store`) over an engine. Migrates the schema when made.

    `journal` is the second record of receipts, where the engine is not enough of a record itself.
    """

    def __init__(self, engine: Engine, journal: Journal | None = None) -> None:
        self._engine = engine
        self._journal = journal
        self._schema_version = migrate(engine)
        self._era = self.fact(_ERA) or self._begin_era()

    @property
    def revision(self) -> int:
        """A number that rises with every committed write."""
        return self._engine.revision

    def close(self) -> None:
        """Let go of the database."""
        self._engine.close()
        if self._journal is not None:
            self._journal.close()

    def ping(self) -> None:
        """Raise StoreError if the database does not answer."""
        self._engine.rows(named_sql("schema")["schema_version"])

    def info(self) -> StoreInfo:
        """Return engine, versions, place and row counts."""
        sql = named_sql("schema")
        version = str(self._engine.rows(sql["engine_version"])[0][0])
        counts = _counts(self._engine.rows(sql["row_counts"]))
        place = self._engine.location
        return StoreInfo(self._engine.name, version, place, self._schema_version, counts)

    # Reading

    def configuration(self, id: ConfigurationId) -> SendConfiguration | None:
        """Return one configuration, or None."""
        sql = named_sql("read")["configuration"].format(columns=_CONFIGURATION)
        found = self._engine.rows(sql, {"id": id})
        return r.to_configuration(found[0]) if found else None

    def is_empty(self) -> bool:
        """Tell whether there is no configuration at all."""
        return not self._engine.rows(named_sql("read")["any_configuration"])

    def page(self, query: ListQuery) -> Page:
        """Return one page of configurations and the number on all pages."""
        sql = named_sql("read")
        where, params = v.where(query)
        total = self._engine.rows(sql["page_total"].format(where=where), params)[0][0]
        text = sql["page"].format(columns=_CONFIGURATION, where=where, order=v.order(query.sort))
        window = {"limit": query.page_size, "offset": query.offset}
        found = self._engine.rows(text, {**params, **window})
        return Page([r.to_configuration(row) for row in found], int(total), query)

    def state_counts(self, query: ListQuery) -> Sequence[StateCount]:
        """Count by state and outlook under all filters but those on state and outlook."""
        where, params = v.where(query, states=False)
        sql = named_sql("read")["state_counts"].format(outlook=v.outlook_case(), where=where)
        return [
            StateCount(State(state), Outlook(outlook), count, recipients)
            for state, outlook, count, recipients in self._engine.rows(sql, params)
        ]

    def choices(self) -> Choices:
        """Return the accounts and channels there are."""
        found = self._engine.rows(named_sql("read")["choices"])
        accounts = tuple(value for kind, value in found if kind == "account")
        return Choices(accounts, tuple(value for kind, value in found if kind == "channel"))

    def tiles(self, now: datetime, midnight: datetime) -> Tiles:
        """Return the overview's figures; `midnight` is when the reader's day began."""
        sql = named_sql("read")
        day = timedelta(days=1)
        window = {"tomorrow": now + day, "yesterday": now - day}
        row = self._engine.rows(sql["tiles"].format(started=v.STARTED), window)[0]
        stopped = self._engine.rows(sql["stopped_since"], {"midnight": midnight})[0]
        contradicted = self._engine.rows(sql["contradicted"])[0][0]
        return Tiles(
            scheduled_next_day=(row[0], row[1]),
            processing=(row[2], row[3]),
            in_progress_stoppable=(row[4], row[5]),
            generating=(row[6], row[7]),
            stopped_today=(stopped[0], stopped[1]),
            needs_attention=row[8] + contradicted,
        )

    def volume(self, since: datetime, until: datetime) -> Sequence[HourVolume]:
        """Return recipients by hour of `scheduled_at` and outlook, in order of time."""
        sql = named_sql("read")["volume"].format(outlook=v.outlook_case())
        found = self._engine.rows(sql, {"since": since, "until": until})
        return [HourVolume(row[0], Outlook(row[1]), row[2], row[3]) for row in found]

    def closing(self, outlooks: Sequence[Outlook], limit: int) -> Sequence[SendConfiguration]:
        """Return the sends of these outlooks with the earliest `scheduled_at`."""
        where = f"{v.STILL_AHEAD} AND {v.outlook_condition(outlooks)}"
        sql = named_sql("read")["closing"].format(columns=_CONFIGURATION, where=where)
        return [r.to_configuration(row) for row in self._engine.rows(sql, {"limit": limit})]

    def history(self, id: ConfigurationId, limit: int) -> Sequence[StateChange]:
        """Return the last changes of one configuration, oldest first."""
        sql = named_sql("read")["history"].format(columns=_CHANGE)
        found = self._engine.rows(sql, {"id": id, "limit": limit})
        return [r.to_change(row) for row in reversed(found)]

    def receipts_of(self, id: ConfigurationId) -> Sequence[Receipt]:
        """Return all receipts of one configuration, newest first."""
        sql = named_sql("read")["receipts_of"].format(columns=_RECEIPT)
        return [r.to_receipt(row) for row in self._engine.rows(sql, {"id": id})]

    def receipt(self, id: ReceiptId) -> Receipt | None:
        """Return one receipt, or None."""
        sql = named_sql("read")["receipt"].format(columns=_RECEIPT)
        found = self._engine.rows(sql, {"id": id})
        return r.to_receipt(found[0]) if found else None

    def receipts(self, limit: int, offset: int) -> Sequence[Receipt]:
        """Return receipts, newest first."""
        sql = named_sql("read")["receipts"].format(columns=_RECEIPT)
        found = self._engine.rows(sql, {"limit": limit, "offset": offset})
        return [r.to_receipt(row) for row in found]

    def receipt_counts(self) -> dict[str, int]:
        """Count receipts by verdict."""
        return _counts(self._engine.rows(named_sql("read")["receipt_counts"]))

    def imports(self, limit: int) -> Sequence[ImportSummary]:
        """Return the last imports, newest first."""
        sql = named_sql("read")["imports"].format(columns=r.columns(r.IMPORT_COLUMNS))
        return [r.to_import(row) for row in self._engine.rows(sql, {"limit": limit})]

    def rejects(self, import_id: str, limit: int) -> Sequence[Reject]:
        """Return rows that an import could not read, in order of line."""
        found = self._engine.rows(named_sql("read")["rejects"], {"id": import_id, "limit": limit})
        return [r.to_reject(row) for row in found]

    def fact(self, name: str) -> str | None:
        """Return a fact about the store itself, or None."""
        found = self._engine.rows(named_sql("read")["fact"], {"name": name})
        return str(found[0][0]) if found else None

    def moving(self, due: datetime, limit: int) -> Sequence[SendConfiguration]:
        """Return sends that the platform may take further by `due`, the earliest first."""
        sql = named_sql("read")["moving"].format(columns=_CONFIGURATION)
        found = self._engine.rows(sql, {"due": due, "limit": limit})
        return [r.to_configuration(row) for row in found]

    # Writing

    @retried
    def commit_abort(self, guard: Guard, after: SendConfiguration, receipt: Receipt) -> bool:
        """Write an accepted abort: state, history and receipt in one transaction."""

        def write() -> bool:
            with self._engine.transaction() as tx:
                if not _update(tx, guard, after):
                    return False
                when = receipt.restored_at or receipt.requested_at
                change = _change_of(guard, after, Source.ABORT, receipt.actor, when)
                _insert_change(tx, change, receipt.id)
                _insert_receipt(tx, receipt)
            return True

        written = _settled(write, lambda: self.receipt(receipt.id) is not None)
        if written and self._journal is not None:
            self._journal.add(self._era, [receipt])
        return written

    @retried
    def record_receipt(self, receipt: Receipt) -> None:
        """Keep a receipt that goes with no change of state."""

        def write() -> bool:
            with self._engine.transaction() as tx:
                _insert_receipt(tx, receipt)
            return True

        _settled(write, lambda: self.receipt(receipt.id) is not None)
        if self._journal is not None:
            self._journal.add(self._era, [receipt])

    @retried
    def advance(self, steps: Sequence[Step], source: Source, actor: str) -> int:
        """Take the steps whose guards hold, with their history; return how many did."""
        taken = 0
        with self._engine.transaction() as tx:
            for step in steps:
                if not _update(tx, step.guard, step.after):
                    continue
                taken += 1
                when = step.after.updated_at
                assert when is not None
                _insert_change(tx, _change_of(step.guard, step.after, source, actor, when))
                if step.after.state is State.CANCELLED:
                    confirmed = {"id": step.after.id, "confirmed_at": when}
                    tx.change(named_sql("write")["confirm_receipts"], confirmed)
        return taken

    @retried
    def load(
        self,
        summary: ImportSummary,
        rows: Sequence[SendConfiguration],
        rejects: Sequence[Reject],
        *,
        replace_all: bool = False,
        facts: Mapping[str, str] | None = None,
    ) -> ImportSummary:
        """Merge a file, all or nothing; return the summary with its counts filled in."""
        era, done = self._era, summary

        def write() -> bool:
            nonlocal done
            with self._engine.transaction() as tx:
                if replace_all:
                    _clear(tx, era)
                for name, value in (facts or {}).items():
                    _set_fact(tx, name, value)
                done = merge(tx, summary, rows, rejects)
            return True

        _settled(write, lambda: self._has_import(summary.id))
        if replace_all:
            self._close_era()
        return done

    @retried
    def clear(self) -> None:
        """Drop all configurations, history, receipts and imports."""
        with self._engine.transaction() as tx:
            _clear(tx, self._era)
        self._close_era()

    # The second record, and copies

    def check_record(self) -> RecordCheck:
        """Hold the second record against the database."""
        if self._journal is None:
            return RecordCheck()
        sql = named_sql("read")["all_receipts"].format(columns=_RECEIPT)
        known = [r.to_receipt(row) for row in self._engine.rows(sql)]
        before = self.fact(_ERA_BEFORE) or ""
        found = check_record(self._journal, known, self._era, before)
        return replace(found, damaged_log=self._engine.settle_log(lost=bool(found.missing)))

    def renew_record(self) -> Path | None:
        """Set the second record aside and begin a new one from the database's receipts."""
        if self._journal is None:
            return None
        sql = named_sql("read")["all_receipts"].format(columns=_RECEIPT)
        known = [r.to_receipt(row) for row in self._engine.rows(sql)]
        return self._journal.start_anew(self._era, known)

    @property
    def record_trouble(self) -> str:
        """Why the second record cannot be written at present, or nothing."""
        return "" if self._journal is None else self._journal.trouble

    def back_up(self, target: Path) -> None:
        """Write a consistent copy of the whole database to a new file, while others go on."""
        self._engine.copy_to(target)

    def _begin_era(self) -> str:
        era = uuid.uuid4().hex
        with self._engine.transaction() as tx:
            _set_fact(tx, _ERA, era)
        return era

    def _close_era(self) -> None:
        closed, self._era = self._era, self.fact(_ERA) or ""
        if self._journal is not None:
            self._journal.close_era(closed)

    def _has_import(self, id: str) -> bool:
        sql = named_sql("read")["import"].format(columns=r.columns(r.IMPORT_COLUMNS))
        return bool(self._engine.rows(sql, {"id": id}))


def _counts(rows: Sequence[Row]) -> dict[str, int]:
    return {str(name): int(count) for name, count in rows}


def _clear(tx: Transaction, era: str) -> None:
    for table in _TABLES:
        tx.rows(f"DELETE FROM {table}")  # noqa: S608 - names from the code only
    _set_fact(tx, _ERA_BEFORE, era)
    _set_fact(tx, _ERA, uuid.uuid4().hex)


def _set_fact(tx: Transaction, name: str, value: str) -> None:
    tx.rows(named_sql("write")["set_fact"], {"name": name, "value": value})


def _settled(write: Callable[[], bool], was_written: Callable[[], bool]) -> bool:
    """Write; where the commit's answer was lost, look up what was written before anything is said.

    Raises OutcomeUnknownError where the store does not answer that either.
    """
    try:
        return write()
    except CommitUnknownError as doubt:
        try:
            if was_written():
                return True
        except StoreError as away:
            raise OutcomeUnknownError(
                N_(
                    "The database does not answer, and nobody can say yet whether this was "
                    "written. Look again when it is back, before you rely on it."
                )
            ) from away
        raise doubt.cause from doubt


_UPDATED = (
    "state",
    "raw_state",
    "generated_records",
    "processing_started_at",
    "in_progress_at",
    "generation_started_at",
    "finished_at",
    "updated_at",
)


def _update(tx: Transaction, guard: Guard, after: SendConfiguration) -> bool:
    sql = named_sql("write")["guarded_update"].format(generation=v.generation_condition(guard))
    params = r.to_params(after, _UPDATED) | {
        "id": guard.id,
        "guard_version": guard.version,
        "guard_state": guard.state.value,
    }
    return tx.change(sql, params) == 1


def _change_of(
    guard: Guard, after: SendConfiguration, source: Source, actor: str, when: datetime
) -> StateChange:
    return StateChange(
        configuration_id=guard.id,
        changed_at=when,
        from_state=guard.state,
        to_state=after.state,
        generated_records=after.generated_records,
        version=after.version,
        source=source,
        actor=actor,
    )


def _insert_change(
    tx: Transaction, change: StateChange, receipt_id: ReceiptId | None = None
) -> None:
    sql = named_sql("write")["add_change"]
    text = sql.format(columns=_CHANGE, values=r.placeholders(r.CHANGE_COLUMNS))
    tx.rows(text, r.to_params(change, r.CHANGE_COLUMNS) | {"receipt_id": receipt_id})


def _insert_receipt(tx: Transaction, receipt: Receipt) -> None:
    sql = named_sql("write")["add_receipt"]
    text = sql.format(columns=_RECEIPT, values=r.placeholders(r.RECEIPT_COLUMNS))
    tx.rows(text, r.to_params(receipt, r.RECEIPT_COLUMNS))
