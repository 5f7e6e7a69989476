"""Writes of bulk aborts. `core.ports.bulk_aborts` explains the words *batch* and *chunk*."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from core.domain.audit_log import of_receipt
from core.domain.bulk_abort import Batch, BulkId, ChunkResult, DecidedSend, ListedSend
from core.domain.model import ConfigurationId, Guard, Source
from core.errors import N_, ConflictError
from core.store.engine import Params, Row, Transaction
from core.store.named_sql import named_sql
from core.store.reads.bulk_aborts import BATCH_COLUMNS, LISTED_COLUMNS, batch_row, listed_row
from core.store.reads.list_filters import near
from core.store.rows import columns, placeholders, to_params, value_list
from core.store.state_conditions import ON_SENDS
from core.store.store_part import StorePart
from core.store.writes.audit_log import append
from core.store.writes.data_origin import DataOrigin, held_origin
from core.store.writes.retries import is_stored, retried, write_once
from core.store.writes.statements import (
    change_of,
    count_changes,
    insert,
    insert_changes,
    insert_receipts,
)

#: Names and SQL types of the values in a statement. _GUARD: the facts that must still hold.
#: _STOPPED: the new facts of a stopped send. _OUTCOME: the outcome, and the facts at the decision.
_GUARD: Final = {
    "id": "VARCHAR",
    "version": "BIGINT",
    "state": "VARCHAR",
    "generation": "VARCHAR",
    "total_records": "BIGINT",
    "abort_confirmation": "VARCHAR",
}
_STOPPED: Final = {
    "state": "VARCHAR",
    "raw_state": "VARCHAR",
    "finished_at": "TIMESTAMPTZ",
    "abort_confirmation": "VARCHAR",
}
_UPDATE: Final = _GUARD | {f"new_{name}": kind for name, kind in _STOPPED.items()}
_OUTCOME: Final = {
    "position": "BIGINT",
    "name": "VARCHAR",
    "account": "VARCHAR",
    "total_records": "BIGINT",
    "scheduled_at": "TIMESTAMPTZ",
    "outcome": "VARCHAR",
    "state_before": "VARCHAR",
    "generated_records": "BIGINT",
    "generation_started_at": "TIMESTAMPTZ",
    "spared": "BIGINT",
    "gone": "BIGINT",
    "refusal": "VARCHAR",
    "trouble": "VARCHAR",
    "receipt_id": "VARCHAR",
    "decided_at": "TIMESTAMPTZ",
    "changed_meanwhile": "BOOLEAN",
}


class _NotAllHoldError(ConflictError):
    """A send has changed, or already has an outcome."""

    def __init__(self) -> None:
        super().__init__(N_("The database is busy."), N_("Try again in a moment."))


class BulkAborts(StorePart):
    @retried
    def add_batch(
        self, batch: Batch, sends: Sequence[ListedSend], *, era: str, only_demo: bool = False
    ) -> bool:
        def commit() -> bool:
            with self._revision.transaction() as tx:
                held = held_origin(tx, only_demo=only_demo)
                if era != held.era:
                    return False
                insert(tx, "bulk_aborts", BATCH_COLUMNS, [batch_row(batch)])
                rows = [(batch.id, *listed_row(each)) for each in sends]
                insert(tx, "bulk_abort_sends", ("bulk_id", *LISTED_COLUMNS), rows)
            return True

        return write_once(commit, lambda: self._was_added(batch))

    def _was_added(self, batch: Batch) -> bool:
        if self._engine.is_embedded:
            return bool(self._read("bulk", "is_there", {"id": batch.id}))
        text = named_sql("bulk")["offer_batch"]
        sql = text.format(columns=columns(BATCH_COLUMNS), values=placeholders(BATCH_COLUMNS))
        return is_stored(self._engine, sql, dict(zip(BATCH_COLUMNS, batch_row(batch), strict=True)))

    @retried
    def commit_chunk(
        self, id: BulkId, decided: Sequence[DecidedSend], *, era: str, only_demo: bool = False
    ) -> ChunkResult | None:
        held, result = DataOrigin(), None

        def write(*, all_hold: bool) -> bool:
            nonlocal held, result
            with self._revision.transaction() as tx:
                held = held_origin(tx, only_demo=only_demo)
                same = era == held.era
                result = _write(tx, id, decided, all_hold=all_hold) if same else None
            return result is not None

        def commit() -> bool:
            try:
                return write(all_hold=True)
            except _NotAllHoldError:
                return write(all_hold=False)

        write_once(commit, lambda: result is not None and self._is_written(id, result.written))
        if result is None:
            return None
        receipts = [each.receipt for each in result.written if each.receipt is not None]
        if self._journal is not None:
            self._journal.add([(held.era, receipt) for receipt in receipts])
        return result

    def _is_written(self, id: BulkId, written: Sequence[DecidedSend]) -> bool:
        """The answer to a commit was lost. Return whether the chunk was written.

        On a server, the transaction can still be open. `_undecided` waits for its end.
        """
        with self._engine.transaction() as tx:
            return not _undecided(tx, id, written)

    @retried
    def end_batch(self, id: BulkId, at: datetime) -> None:
        with self._revision.transaction() as tx:
            _hold(tx, id)
            tx.change(named_sql("bulk")["end_if_done"], {"id": id, "at": at})

    @retried
    def stop_batch(self, id: BulkId, at: datetime) -> None:
        sql = named_sql("bulk")
        with self._revision.transaction() as tx:
            _hold(tx, id)
            if tx.rows(sql["is_open"], {"id": id}):
                tx.change(sql["keep_pending"], {"id": id, "at": at})
                tx.change(sql["stop"], {"id": id, "at": at})

    @retried
    def see_batch(self, id: BulkId, at: datetime) -> None:
        with self._revision.transaction() as tx:
            tx.change(named_sql("bulk")["see"], {"id": id, "at": at})


def _hold(tx: Transaction, id: BulkId) -> None:
    if tx.locks_rows:
        tx.rows(named_sql("bulk")["hold"], {"id": id})


def _undecided(tx: Transaction, id: BulkId, decided: Sequence[DecidedSend]) -> set[ConfigurationId]:
    """Lock the batch. Return those sends of `decided` that have no stored outcome."""
    _hold(tx, id)
    positions = [each.listed.position for each in decided]
    found = tx.rows(named_sql("bulk")["undecided"], {"id": id, "positions": positions})
    return {ConfigurationId(row[0]) for row in found}


def _write(
    tx: Transaction, id: BulkId, decided: Sequence[DecidedSend], *, all_hold: bool
) -> ChunkResult | None:
    """Write the outcomes. Leave out sends with a stored outcome, and sends with a failed guard.

    If every send already has a stored outcome, write nothing and return None. On DuckDB, `all_hold`
    skips the search for sends to leave out. In this case, if a send has to be left out, raise
    _NotAllHoldError.
    """
    wanted = decided
    if tx.locks_rows or not all_hold:
        undecided = _undecided(tx, id, decided)
        if not undecided:
            return None
        wanted = [each for each in decided if each.listed.configuration_id in undecided]
    stops = [each for each in wanted if each.before is not None and each.after is not None]
    written = wanted
    if stops and (tx.locks_rows or not all_hold):
        holding = _holding(tx, stops)
        written = [e for e in wanted if e.after is None or e.listed.configuration_id in holding]
        stops = [each for each in stops if each in written]
    if stops:
        _stop(tx, stops)
    receipts = [each.receipt for each in written if each.receipt is not None]
    _add_changes(tx, stops)
    insert_receipts(tx, receipts)
    if written:
        _set_outcomes(tx, id, written)
    append(tx, [of_receipt(receipt) for receipt in receipts])
    return ChunkResult(written, [each.listed for each in wanted if each not in written])


def _holding(tx: Transaction, stops: Sequence[DecidedSend]) -> set[ConfigurationId]:
    """Return the ids of the sends that match the guard. On a server, lock these sends."""
    rows = [_guard_row(each) for each in stops]
    text, params = _guarded("holding", _GUARD, rows, stops)
    if tx.locks_rows:
        # A chunk of several sends skips locked sends, and never waits.
        sql = named_sql("bulk")
        text += f" {sql['and_lock']}" + (f" {sql['skip_locked']}" if len(stops) > 1 else "")
    return {ConfigurationId(row[0]) for row in tx.rows(text, params)}


def _stop(tx: Transaction, stops: Sequence[DecidedSend]) -> None:
    """Write the new facts. If a send does not match the guard, raise _NotAllHoldError."""
    rows = [(*_guard_row(each), *to_params(each.after, _STOPPED).values()) for each in stops]
    if tx.change(*_guarded("guarded_updates", _UPDATE, rows, stops)) != len(rows):
        raise _NotAllHoldError


def _guarded(
    statement: str, types: Mapping[str, str], rows: Sequence[Row], stops: Sequence[DecidedSend]
) -> tuple[str, Params]:
    befores = [each.before for each in stops if each.before is not None]
    generations = sorted({before.generation for before in befores})
    generation = " OR ".join(f"(g.generation = '{g}' AND {ON_SENDS[g]})" for g in generations)
    within, bounds = near([before.scheduled_at for before in befores])
    values, params = value_list(types, rows)
    text = named_sql("bulk")[statement]
    return text.format(values=values, generation=generation, near=within), {**params, **bounds}


def _guard_row(each: DecidedSend) -> Row:
    assert each.before is not None
    return tuple(to_params(Guard.of(each.before), _GUARD).values())


def _add_changes(tx: Transaction, stopped: Sequence[DecidedSend]) -> None:
    counted, changes = [], []
    for each in stopped:
        before, after, receipt = each.before, each.after, each.receipt
        assert before is not None
        assert after is not None
        assert receipt is not None
        guard, when = Guard.of(before), receipt.requested_at
        counted.append((guard, after))
        changes.append(change_of(guard, after, Source.ABORT, receipt.actor, when, receipt.id))
    insert_changes(tx, changes)
    count_changes(tx, counted)


def _set_outcomes(tx: Transaction, id: BulkId, decided: Sequence[DecidedSend]) -> None:
    rows = [_outcome_row(each) for each in decided]
    values, params = value_list(_OUTCOME, rows)
    text = named_sql("bulk")["set_outcomes"].format(values=values)
    if tx.change(text, {**params, "id": id}) != len(rows):
        raise _NotAllHoldError


def _outcome_row(each: DecidedSend) -> Row:
    listed, before = each.listed, each.before
    facts = before or listed
    return (
        *(listed.position, facts.name, facts.account, facts.total_records, facts.scheduled_at),
        each.outcome.value,
        before and before.state.value,
        before and before.generated_records,
        before and before.generation_started_at,
        *(each.spared, each.gone, each.refusal and each.refusal.value, each.trouble),
        each.receipt and each.receipt.id,
        *(each.decided_at, each.changed_meanwhile),
    )
