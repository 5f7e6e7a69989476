"""The audit log: entries about receipts, linked by hashes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import Enum, StrEnum
from hashlib import sha256

from core.domain.model import Acknowledgement, Receipt


class EntryKind(StrEnum):
    """What an entry records."""

    RECEIPT = "receipt"
    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    RAN_AGAIN = "ran_again"
    #: REQUESTED to SETTLED: events of a delivery.
    REQUESTED = "requested"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    FAILED = "failed"
    VERIFIED = "verified"
    SETTLED = "settled"
    ACKNOWLEDGED = "acknowledged"
    #: BEGAN: the database had receipts before it had an audit log. The next entries record these
    #: receipts.
    #: CLEARED: demo data was dropped. PRUNED: entries were deleted.
    BEGAN = "began"
    CLEARED = "cleared"
    PRUNED = "pruned"


@dataclass(frozen=True, slots=True)
class Entry:
    """The content of an entry. `receipt_id` is "" if the entry is not about a receipt."""

    kind: EntryKind
    at: datetime
    receipt_id: str
    facts: Mapping[str, object]

    def body(self) -> str:
        """Return the entry as canonical JSON."""
        head = {"kind": self.kind.value, "at": plain(self.at), "receipt_id": self.receipt_id}
        return canonical(head | {"facts": _stated(self.facts)})


#: News: what a later report or reading says about an abort. Each kind occurs at most once for a
#: receipt.
NEWS = frozenset(
    {EntryKind.CONFIRMED, EntryKind.CONTRADICTED, EntryKind.RAN_AGAIN, EntryKind.SETTLED}
)


def of_receipt(receipt: Receipt) -> Entry:
    """Return the entry of a new receipt."""
    when = receipt.restored_at or receipt.requested_at
    return Entry(EntryKind.RECEIPT, when, receipt.id, facts_of(receipt))


def of_news(
    kind: EntryKind, at: datetime, receipt_id: str, spared: int | None, gone: int | None
) -> Entry:
    """Return the entry of news about a receipt."""
    return Entry(kind, at, receipt_id, {"spared": spared, "gone": gone})


def contradicted_at(receipt: Receipt) -> datetime:
    """Return the time of the contradiction. The receipt must be contradicted."""
    return receipt.confirmed_at or receipt.restored_at or receipt.requested_at


def of_acknowledgement(acknowledgement: Acknowledgement) -> Entry:
    """Return the entry of an acknowledgement."""
    when, facts = acknowledgement.acknowledged_at, facts_of(acknowledgement)
    return Entry(EntryKind.ACKNOWLEDGED, when, acknowledgement.receipt_id, facts)


def canonical(value: object) -> str:
    """Return the canonical JSON text of a value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def link(before: str, number: int, body: str) -> str:
    """Return the hash of an entry. `before` is the hash of the previous entry."""
    return sha256(f"{before}\n{number}\n{body}".encode()).hexdigest()


def facts_of(value: Receipt | Acknowledgement) -> dict[str, object]:
    """Return the facts for an entry."""
    return _stated({each.name: getattr(value, each.name) for each in fields(value)})


def _stated(facts: Mapping[str, object]) -> dict[str, object]:
    # If a new version of Freio adds a field, the field is empty in older receipts. The facts of an
    # older receipt must stay equal to the facts in its entry.
    return {name: plain(value) for name, value in facts.items() if value not in (None, "")}


def plain(value: object) -> object:
    """Return a value for JSON. A time becomes ISO 8601 text in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.value if isinstance(value, Enum) else value
