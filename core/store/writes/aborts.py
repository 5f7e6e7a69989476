"""Writes of aborts, receipts and steps of the simulated platform (`core.ports.aborts`)."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from core.domain.audit_log import Entry, EntryKind, of_receipt
from core.domain.lifecycle import Step
from core.domain.model import Confirmation, Guard, Receipt, SendConfiguration, Source
from core.domain.states import State
from core.store.engine import Transaction
from core.store.named_sql import named_sql
from core.store.store_part import StorePart
from core.store.writes.audit_log import append, write_news
from core.store.writes.data_origin import DataOrigin, data_origin, held_origin
from core.store.writes.retries import retried, write_once
from core.store.writes.statements import change_of, change_send, count_changes, insert_receipts


class Aborts(StorePart):
    def era(self) -> str:
        return data_origin(self._engine).era

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
        def write(tx: Transaction) -> bool:
            when = receipt.restored_at or receipt.requested_at
            change = change_of(guard, after, Source.ABORT, receipt.actor, when, receipt.id)
            if not change_send(tx, guard, after, change):
                return False
            count_changes(tx, [(guard, after)])
            insert_receipts(tx, [receipt])
            append(tx, [of_receipt(receipt)])
            return True

        return self._write_receipt(receipt, write, era, only_demo)

    @retried
    def record_receipt(self, receipt: Receipt, *, era: str = "", only_demo: bool = False) -> bool:
        def write(tx: Transaction) -> bool:
            if not _has_receipt(tx, receipt):
                insert_receipts(tx, [receipt])
                append(tx, [of_receipt(receipt)])
            return True

        return self._write_receipt(receipt, write, era, only_demo)

    def _write_receipt(
        self, receipt: Receipt, write: Callable[[Transaction], bool], era: str, only_demo: bool
    ) -> bool:
        held = DataOrigin()

        def commit() -> bool:
            nonlocal held
            with self._revision.transaction() as tx:
                held = held_origin(tx, only_demo=only_demo)
                return era in ("", held.era) and write(tx)

        written = write_once(commit, lambda: self._was_written(receipt))
        if written and self._journal is not None:
            self._journal.add([(held.era, receipt)])
        return written

    def _was_written(self, receipt: Receipt) -> bool:
        """The answer to a commit was lost. Return whether the receipt was written.

        On a server, the transaction can still be open. To wait for its end, lock the send.
        """
        with self._engine.transaction() as tx:
            if tx.locks_rows:
                tx.rows(named_sql("write")["lock_one"], {"id": receipt.configuration_id})
            return _has_receipt(tx, receipt)

    @retried
    def advance(self, steps: Sequence[Step], source: Source, actor: str, *, era: str = "") -> int:
        taken: list[tuple[Guard, SendConfiguration]] = []
        entries: list[Entry] = []
        with self._revision.transaction(gives_way=True) as tx:
            if era not in ("", held_origin(tx).era):
                return 0
            for step in steps:
                guard, after = step.guard, _settled(step.after)
                when = after.updated_at
                assert when is not None
                change = change_of(guard, after, source, actor, when)
                if not change_send(tx, guard, after, change):
                    continue
                taken.append((guard, after))
                if after.state is State.CANCELLED:
                    id = {"id": after.id}
                    entries += write_news(tx, EntryKind.CONFIRMED, when, "open_of", id)
            count_changes(tx, taken)
            append(tx, entries)
        return len(taken)


def _settled(after: SendConfiguration) -> SendConfiguration:
    """A step to CANCELLED confirms an open abort."""
    is_open = after.abort_confirmation is Confirmation.OPEN
    if after.state is State.CANCELLED and is_open:
        return replace(after, abort_confirmation=Confirmation.CONFIRMED)
    return after


def _has_receipt(tx: Transaction, receipt: Receipt) -> bool:
    return bool(tx.rows(named_sql("read")["has_receipt"], {"id": receipt.id}))
