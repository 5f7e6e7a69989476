"""Read and write deliveries (`core.ports.deliveries.DeliveryStore`).

A *step* is the state of a delivery. A *reading* is an answer of the platform about a send.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from core.domain.audit_log import Entry, EntryKind, of_news
from core.domain.delivery import LONGEST_WAIT, Delivery, DeliveryOutcome, DeliveryStep
from core.domain.model import (
    ConfigurationId,
    Confirmation,
    Guard,
    ReceiptId,
    SendConfiguration,
    Source,
)
from core.domain.rules import went_on_as
from core.domain.states import STOPPED_HERE, State
from core.errors import N_, ConflictError
from core.store.engine import Transaction
from core.store.named_sql import named_sql
from core.store.rows import CONFIGURATION, DELIVERY, to_params
from core.store.store_part import StorePart
from core.store.writes.audit_log import append, write_news
from core.store.writes.data_origin import held_origin
from core.store.writes.retries import retried
from core.store.writes.statements import add_news, change_of, change_send, count_changes

#: These columns never change.
_FIXED: Final = ("receipt_id", "configuration_id", "platform", "state_before", "queued_at")
_MOVED: Final = tuple(n for n in DELIVERY.names if n not in (*_FIXED, "version"))


class Deliveries(StorePart):
    def due_deliveries(self, now: datetime, limit: int) -> Sequence[Delivery]:
        params = {"now": now, "latest": now + LONGEST_WAIT, "limit": limit}
        return self._find(DELIVERY, "deliveries", "due", params)

    def deliveries(self, ids: Collection[ReceiptId]) -> Mapping[ReceiptId, Delivery]:
        if not ids:
            return {}
        found = self._find(DELIVERY, "deliveries", "of_receipts", {"ids": list(ids)})
        return {each.receipt_id: each for each in found}

    def last_deliveries(
        self, ids: Collection[ConfigurationId]
    ) -> Mapping[ConfigurationId, Delivery]:
        if not ids:
            return {}
        found = self._find(DELIVERY, "deliveries", "of_sends", {"ids": list(ids)})
        return {each.configuration_id: each for each in found}

    def is_reported_after(self, id: ConfigurationId, at: datetime) -> bool:
        return bool(self._read("deliveries", "is_reported_after", {"id": id, "at": at}))

    def verified_stops(self, id: ReceiptId) -> int:
        return int(self._read("deliveries", "verified_stops", {"id": id})[0][0])

    def verified_after(self, limit: int) -> Sequence[float]:
        found = self._read("deliveries", "verified_after", {"limit": limit})
        return [float(seconds) for (seconds,) in found]

    @retried
    def move_delivery(
        self,
        before: Delivery,
        after: Delivery,
        at: datetime,
        kind: EntryKind | None = None,
        facts: Mapping[str, object] = MappingProxyType({}),
        *,
        settles: Confirmation | None = None,
    ) -> Delivery | None:
        with self._revision.transaction() as tx:
            held_origin(tx)
            if after.is_by_hand and _is_undone(tx, after):
                # A person has to act now. Mark the abort as contradicted: this raises an alert.
                settles = Confirmation.CONTRADICTED
            has_count = after.verified_at is not None and after.sent is not None
            if (settles is not None or has_count) and tx.locks_rows:
                # Lock the send before the delivery, as an abort does, to prevent a deadlock.
                tx.rows(named_sql("write")["lock_one"], {"id": before.configuration_id})
            if not _move(tx, before, after):
                return None
            entries: list[Entry] = []
            if kind is not None:
                entries.append(Entry(kind, at, before.receipt_id, facts))
            if settles is not None:
                _settle(tx, after, settles, at, entries)
            elif has_count:
                _write_count(tx, after, at)
            if after.step is DeliveryStep.SETTLED:
                numbers = {"spared": after.spared, "gone": after.sent}
                add_news(tx, after.receipt_id, EntryKind.SETTLED, at, **numbers)
                if kind is not EntryKind.SETTLED:
                    entries.append(Entry(EntryKind.SETTLED, at, after.receipt_id, numbers))
            append(tx, entries)
        return replace(after, version=before.version + 1)


def _move(tx: Transaction, before: Delivery, after: Delivery) -> bool:
    assignments = ", ".join(f"{name} = ${name}" for name in _MOVED)
    text = named_sql("deliveries")["move"].format(assignments=assignments)
    guard = {"receipt_id": before.receipt_id, "version": before.version}
    return tx.change(text, {**to_params(after, _MOVED), **guard}) == 1


def _is_undone(tx: Transaction, delivery: Delivery) -> bool:
    ids = {"id": delivery.receipt_id, "send": delivery.configuration_id}
    return bool(tx.rows(named_sql("deliveries")["is_undone"], ids))


def _is_last(tx: Transaction, delivery: Delivery) -> bool:
    """Return whether the send has no later abort."""
    return not tx.rows(named_sql("deliveries")["later_abort"], {"id": delivery.receipt_id})


def _settle(
    tx: Transaction, delivery: Delivery, settles: Confirmation, at: datetime, entries: list[Entry]
) -> None:
    before = _followed(tx, delivery)
    is_open = settles is Confirmation.OPEN
    as_known = (
        before
        and (before.raw_state, before.abort_confirmation) == (delivery.word, settles)
        and not _counts_more(before, delivery)
    )
    if before is not None and not (is_open and as_known):
        _write_reading(tx, before, delivery, settles, at)
    if is_open:
        return
    if settles is Confirmation.CONFIRMED:
        id = {"id": delivery.receipt_id}
        entries += write_news(tx, EntryKind.CONFIRMED, at, "open_until", id)
        return
    # The numbers are final only if the send has finished.
    is_final = delivery.outcome is DeliveryOutcome.TOO_LATE and delivery.read_at is not None
    numbers = (delivery.spared, delivery.sent) if is_final else (None, None)
    if add_news(tx, delivery.receipt_id, EntryKind.CONTRADICTED, at, *numbers):
        entries.append(of_news(EntryKind.CONTRADICTED, at, delivery.receipt_id, *numbers))


def _write_count(tx: Transaction, delivery: Delivery, at: datetime) -> None:
    """If the stop of the send is confirmed, write new numbers of the delivery to the send."""
    before = _followed(tx, delivery)
    if before is None or before.abort_confirmation is not Confirmation.CONFIRMED:
        return
    if _counts_more(before, delivery):
        _write_reading(tx, before, delivery, Confirmation.CONFIRMED, at)


def _counts_more(before: SendConfiguration, delivery: Delivery) -> bool:
    """Return whether a reading has a higher count, or a number that the send lacks."""
    sent, total = before.generated_records, before.total_records
    has_total = total is None and delivery.total is not None
    return has_total or (delivery.sent is not None and (sent is None or sent < delivery.sent))


def _followed(tx: Transaction, delivery: Delivery) -> SendConfiguration | None:
    """Return the send, or None if the delivery must not change the send.

    In Freio, the send must still be CANCELLING or CANCELLED. After a second abort, readings of the
    first delivery can be outdated.
    """
    read = named_sql("read")["configuration"].format(columns=CONFIGURATION.sql)
    found = tx.rows(read, {"id": delivery.configuration_id})
    send = CONFIGURATION.read(found[0]) if found else None
    follows = send is not None and send.state in STOPPED_HERE and _is_last(tx, delivery)
    return send if follows else None


def _write_reading(
    tx: Transaction,
    before: SendConfiguration,
    delivery: Delivery,
    settles: Confirmation,
    at: datetime,
) -> None:
    """The caller must have locked the send."""
    known = [n for n in (before.generated_records, delivery.sent) if n is not None]
    total = delivery.total if before.total_records is None else before.total_records
    if total is not None and known and max(known) > total:
        total = None  # this total is outdated
    after = replace(
        before,
        raw_state=delivery.word or before.raw_state,
        total_records=total,
        generated_records=max(known) if known else None,
        abort_confirmation=settles,
        version=before.version + 1,
    )
    if settles is Confirmation.CONFIRMED:
        is_first = before.abort_confirmation is not Confirmation.CONFIRMED
        ended = at if is_first or before.finished_at is None else before.finished_at
        after = replace(after, state=State.CANCELLED, finished_at=ended)
    after = replace(after, went_on_as=went_on_as(after))
    guard, actor, id = Guard.of(before), delivery.platform, delivery.receipt_id
    change = change_of(guard, after, Source.PLATFORM, actor, at, id)
    if not change_send(tx, guard, after, change):
        raise ConflictError(N_("The database is busy."), N_("Try again in a moment."))
    count_changes(tx, [(guard, after)])
