"""Reads of bulk aborts (`core.ports.bulk_aborts`). A *batch* is a bulk abort."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Final

from core.domain.bulk_abort import (
    ACCEPTED,
    UNCONFIRMED,
    Batch,
    BulkId,
    BulkOutcome,
    BulkSend,
    ListedSend,
    OutcomeCount,
)
from core.domain.model import (
    Accounts,
    Actor,
    ConfigurationId,
    Listing,
    Role,
    SendConfiguration,
    ShownFacts,
)
from core.store.engine import Row
from core.store.named_sql import named_sql
from core.store.reads.list_filters import near, visible_filter
from core.store.rows import CONFIGURATION, Columns, columns
from core.store.store_part import StorePart

BATCH_COLUMNS: Final = (
    *("id", "requested_at", "actor", "role", "accounts", "address", "only_demo"),
    "listing",
    *("reason", "note", "retry_of", "stop_requested_at", "ended_at", "seen_at"),
)
LISTED_COLUMNS: Final = (
    *("position", "configuration_id", "name", "account", "total_records", "scheduled_at"),
    *("shown_state", "shown_generation", "shown_total", "shown_generated", "shown_facts_at"),
)
_BATCH: Final = columns(BATCH_COLUMNS)
_LISTED: Final = columns(LISTED_COLUMNS)
#: SQL for the numbers of recipients with and without a message, as known now.
_NUMBERS: Final = {
    "spared": named_sql("bulk")["spared"].format(spared=named_sql("log")["spared"].format(row="s")),
    "gone": named_sql("bulk")["gone"],
}

_FROM_SENDS: Final = named_sql("bulk")["from_sends"].format(
    with_news=named_sql("log")["with_news"].format(receipt="s.receipt_id"),
    with_late=named_sql("log")["with_late"].format(receipt="s.receipt_id"),
)

#: SQL for the current outcome, for rows of `from_sends`.
_OUTCOME: Final = named_sql("bulk")["outcome"].format(
    accepted=", ".join(f"'{each}'" for each in ACCEPTED)
)

#: SQL for the fields of BulkSend that are not stored as a column. For a pending send, the columns
#: `trouble` and `changed_meanwhile` are NULL.
_EXPRESSIONS: Final = _NUMBERS | {
    "outcome": _OUTCOME,
    "trouble": "coalesce(s.trouble, '')",
    "changed_meanwhile": "coalesce(s.changed_meanwhile, false)",
}
_LISTED_SEND: Final = Columns(ListedSend)
_SHOWN: Final = Columns(ShownFacts)
_BULK_SEND: Final = Columns(BulkSend)
_SEND: Final = columns([_EXPRESSIONS.get(name, f"s.{name}") for name in _BULK_SEND.names])


class BatchReads(StorePart):
    def configurations(
        self,
        ids: Collection[ConfigurationId],
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[SendConfiguration]:
        if not ids:
            return []
        within, bounds = near((since, until)) if since and until else ("true", {})
        params = {"ids": list(ids), **bounds}
        return self._find(CONFIGURATION, "bulk", "configurations", params, near=within)

    def batch(self, id: BulkId) -> Batch | None:
        found = self._read("bulk", "batch", {"id": id}, columns=_BATCH)
        return _to_batch(found[0]) if found else None

    def open_batches(self) -> Sequence[Batch]:
        return [_to_batch(row) for row in self._read("bulk", "open_batches", columns=_BATCH)]

    def unseen_batches(self, actor: str, limit: int, visible: Accounts) -> Sequence[Batch]:
        condition, params = visible_filter(visible)
        params = {**params, "actor": actor, "limit": limit}
        found = self._read("bulk", "unseen_batches", params, columns=_BATCH, visible=condition)
        return [_to_batch(row) for row in found]

    def outcome_counts(
        self, ids: Collection[BulkId], visible: Accounts = None
    ) -> Mapping[BulkId, Sequence[OutcomeCount]]:
        condition, params = visible_filter(visible)
        words = {"outcome": _OUTCOME, "visible": condition, "from_sends": _FROM_SENDS, **_NUMBERS}
        params = {"ids": list(ids), **params}
        found: dict[BulkId, list[OutcomeCount]] = {}
        for id, outcome, *counts in self._read("bulk", "outcome_counts", params, **words):
            found.setdefault(BulkId(id), []).append(OutcomeCount(BulkOutcome(outcome), *counts))
        return found

    def batch_sends(
        self,
        id: BulkId,
        outcomes: Collection[BulkOutcome],
        limit: int,
        offset: int,
        visible: Accounts = None,
    ) -> Sequence[BulkSend]:
        condition, params = visible_filter(visible)
        names = ", ".join(f"'{BulkOutcome(each)}'" for each in outcomes)
        wanted = f"{_OUTCOME} IN ({names})" if names else "true"
        found = self._read(
            "bulk",
            "sends",
            {"id": id, "limit": limit, "offset": offset, **params},
            columns=_SEND,
            from_sends=_FROM_SENDS,
            visible=condition,
            wanted=wanted,
        )
        return [_to_send(row) for row in found]

    def pending(self, id: BulkId, limit: int) -> Sequence[ListedSend]:
        found = self._read("bulk", "pending", {"id": id, "limit": limit}, columns=_LISTED)
        return [_to_listed(row) for row in found]


def batch_row(batch: Batch) -> Row:
    """Return the values for BATCH_COLUMNS."""
    actor = batch.requester
    accounts = None if actor.accounts is None else json.dumps(sorted(actor.accounts))
    role = "" if actor.role is None else actor.role.value
    listing = actor.listing and {**asdict(actor.listing), "groups": sorted(actor.listing.groups)}
    return (
        *(batch.id, batch.requested_at, actor.name, role, accounts),
        *(actor.address, actor.only_demo, listing and json.dumps(listing)),
        *(batch.reason, batch.note, batch.retry_of),
        *(batch.stop_requested_at, batch.ended_at, batch.seen_at),
    )


def listed_row(listed: ListedSend) -> Row:
    """Return the values for LISTED_COLUMNS."""
    *facts, shown = _LISTED_SEND.row(listed)
    return (*facts, *(_SHOWN.row(shown) if shown else [None] * len(_SHOWN.names)))


def _to_batch(row: Row) -> Batch:
    id, requested_at, name, role, accounts, address, only_demo, listing, *rest = row
    actor = Actor(
        name,
        Role(role) if role else None,
        None if accounts is None else frozenset(json.loads(accounts)),
        address,
        only_demo,
        _to_listing(listing),
    )
    names = BATCH_COLUMNS[-len(rest) :]
    facts = dict(zip(names, rest, strict=True))
    return Batch(id=BulkId(id), requested_at=requested_at, requester=actor, **facts)


def _to_listing(text: str | None) -> Listing | None:
    if text is None:
        return None
    found = json.loads(text)
    return Listing(found["name"], found["subject"], frozenset(found["groups"]))


def _to_listed(row: Row) -> ListedSend:
    *facts, state, generation, total, generated, facts_at = row
    shown = _SHOWN.read((state, generation, total, generated, facts_at)) if state else None
    return _LISTED_SEND.read((*facts, shown))


def _to_send(row: Row) -> BulkSend:
    send = _BULK_SEND.read(row)
    return replace(send, spared=None, gone=None) if send.outcome in UNCONFIRMED else send
