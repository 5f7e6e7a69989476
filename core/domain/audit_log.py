"""The record of what happened to receipts: a chain in which nothing can be changed unseen.

Each entry's hash covers its number, its body and the hash before it, so that whoever changes one
entry breaks every later one. Pure: the store keeps the entries, and hands them in to be checked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from enum import Enum, StrEnum
from hashlib import sha256

from core.domain.model import Acknowledgement, Confirmation, Receipt
from core.domain.states import Verdict

#: What the second record may tell differently: it is begun anew with what is known by then.
_LATER = ("confirmation", "confirmed_at")

#: What an entry that all data was dropped says of whose it was, unless it is an older one.
_DEMO = "demo"

#: Problems that are told one by one.
MAX_PROBLEMS = 100


class EntryKind(StrEnum):
    """What an entry says."""

    RECEIPT = "receipt"
    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    ACKNOWLEDGED = "acknowledged"
    BEGAN = "began"
    CLEARED = "cleared"
    PRUNED = "pruned"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry before it has its place: what happened, when, to which receipt, if to one."""

    kind: EntryKind
    at: datetime
    receipt_id: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)

    def body(self) -> str:
        """Return the entry as canonical JSON."""
        head = {"kind": self.kind.value, "at": _plain(self.at), "receipt_id": self.receipt_id}
        return canonical(head | {"facts": _said(self.facts)})


def of_receipt(receipt: Receipt) -> Entry:
    """Return the entry that says a receipt."""
    when = receipt.restored_at or receipt.requested_at
    return Entry(EntryKind.RECEIPT, when, receipt.id, _fields(receipt))


def contradicted_at(receipt: Receipt) -> datetime:
    """Return since when a receipt is contradicted that was so when it was written."""
    return receipt.confirmed_at or receipt.restored_at or receipt.requested_at


def of_acknowledgement(acknowledgement: Acknowledgement) -> Entry:
    """Return the entry that says who has seen to what."""
    when, facts = acknowledgement.acknowledged_at, _fields(acknowledgement)
    return Entry(EntryKind.ACKNOWLEDGED, when, acknowledgement.receipt_id, facts)


def canonical(value: object) -> str:
    """Return a value as the one JSON text that stands for it."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def link(before: str, number: int, body: str) -> str:
    """Return an entry's hash."""
    return sha256(f"{before}\n{number}\n{body}".encode()).hexdigest()


def _fields(value: Receipt | Acknowledgement) -> dict[str, object]:
    return {each.name: getattr(value, each.name) for each in fields(value)}


def _said(facts: Mapping[str, object]) -> dict[str, object]:
    # What says nothing is left out, so that fields which come later change no older entry.
    return {name: _plain(value) for name, value in facts.items() if value not in (None, "")}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.value if isinstance(value, Enum) else value


def _digest(facts: Mapping[str, object]) -> bytes:
    return sha256(canonical(facts).encode()).digest()


def _lasting(facts: Mapping[str, object]) -> bytes:
    return _digest({name: value for name, value in facts.items() if name not in _LATER})


def _waits(facts: Mapping[str, object]) -> bool:
    """Tell whether an abort that takes effect at once waited for its source to confirm it.

    None of the demo does. One that was put back may have waited for other reasons.
    """
    at_once, is_open = Verdict.CANCEL_NOW, Confirmation.OPEN
    found = (facts["verdict"], facts["confirmation"])
    return found == (at_once, is_open) and "restored_at" not in facts


class Flaw(StrEnum):
    """What can be wrong with the record."""

    CHANGED = "changed"
    MISSING = "missing"
    CUT = "cut"
    RECEIPT_CHANGED = "receipt_changed"
    RECEIPT_ADDED = "receipt_added"
    RECEIPT_LOST = "receipt_lost"
    OUTCOME_CHANGED = "news_changed"
    NOTE_CHANGED = "note_changed"
    JOURNAL_DIFFERS = "other_record"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Problem:
    """One flaw: at which entry (its number), or about what (a receipt's or a send's number)."""

    flaw: Flaw
    where: str


@dataclass(frozen=True, slots=True)
class AuditLogResult:
    """What came of checking the record: how many entries, from when to when, and its last hash.

    `lost` counts receipts that only the second record has. They are not a flaw: an older backup was
    put back, say, and they can be put right. `dropped` counts accepted aborts of a file's sends
    that were dropped with all data, as only those of the demo may be; the record still names them.
    """

    entries: int
    began_at: str
    ended_at: str
    last_hash: str
    flaws: int
    problems: Sequence[Problem]
    lost: int = 0
    dropped: int = 0

    @property
    def is_sound(self) -> bool:
        """Whether nothing was found."""
        return not self.flaws and not self.lost and not self.dropped


End = tuple[int, str]


class AuditLogCheck:
    """Checks the record: give it all entries in order, then what the tables hold, then ask."""

    def __init__(self, begin: End, end: End) -> None:
        self._number, self._hash = begin
        self._begin, self._end = begin, end
        self._entries = self._flaws = 0
        self._problems: list[Problem] = []
        self._times: list[str] = []
        #: What each receipt says, and when it was confirmed and contradicted, by the last entry.
        self._receipts: dict[str, bytes] = {}
        self._news: dict[tuple[str, str], object] = {}
        self._ever: set[bytes] = set()
        self._known: set[str] = set()
        #: Of each receipt in the second record, whether one of its lines is in this one.
        self._elsewhere: dict[str, bool] = {}
        self._notes: set[bytes] = set()
        #: The sends of accepted aborts, and whether one of them waited for its source's word.
        self._stopped: list[str] = []
        self._waited = False
        self._dropped = 0
        self._pruned: End = (0, "")

    def entry(
        self, number: int, at: datetime, kind: str, receipt_id: str, body: str, hash: str
    ) -> None:
        """Check the next entry."""
        if number != self._number + 1:
            self._flaw(Flaw.MISSING, self._number + 1)
        elif hash != link(self._hash, number, body):
            self._flaw(Flaw.CHANGED, number)
        self._number, self._hash = number, hash
        self._entries += 1
        try:
            found = json.loads(body)
            head = (found["at"], found["kind"], found["receipt_id"])
            if head != (_plain(at), kind, receipt_id):
                self._flaw(Flaw.CHANGED, number)
            self._times[1:] = [str(found["at"])]
            self._take(EntryKind(kind), receipt_id, found["at"], found["facts"])
        except (ValueError, KeyError, TypeError):
            self._flaw(Flaw.CHANGED, number)

    def _take(self, kind: EntryKind, id: str, at: object, facts: Mapping[str, object]) -> None:
        if kind is EntryKind.RECEIPT:
            self._ever.add(_lasting(facts))
            self._known.add(id)
            self._receipts[id] = _digest(facts)
            if facts["verdict"] != Verdict.REFUSE:
                self._stopped.append(str(facts["configuration_id"]))
                self._waited |= _waits(facts)
            if facts["confirmation"] == EntryKind.CONTRADICTED:
                since = [facts.get(name) for name in ("confirmed_at", "restored_at")]
                first = next(filter(None, since), facts["requested_at"])
                self._news.setdefault((id, EntryKind.CONTRADICTED), first)
        elif kind in (EntryKind.CONFIRMED, EntryKind.CONTRADICTED):
            self._news[id, kind] = at
        elif kind is EntryKind.ACKNOWLEDGED:
            self._notes.add(_digest(facts))
        elif kind is EntryKind.CLEARED:
            self._drop(facts)
            self._receipts.clear()
            self._news.clear()
            self._notes.clear()
        elif kind is EntryKind.PRUNED:
            self._pruned = (int(str(facts["number"])), str(facts["hash"]))

    def _drop(self, facts: Mapping[str, object]) -> None:
        """Take it that all data was dropped; note whose aborts should not have been."""
        if self._waited or facts.get("origin", _DEMO) != _DEMO:
            self._dropped += len(self._stopped)
            room = max(0, MAX_PROBLEMS - len(self._problems))
            self._problems += [Problem(Flaw.DROPPED, id) for id in self._stopped[:room]]
        self._stopped, self._waited = [], False

    def receipt(self, receipt: Receipt) -> None:
        """Hold a receipt of the table, as it was written, against the record."""
        said = self._receipts.pop(receipt.id, None)
        if said is None:
            self._flaw(Flaw.RECEIPT_ADDED, receipt.id)
        elif said != _digest(_said(_fields(receipt))):
            self._flaw(Flaw.RECEIPT_CHANGED, receipt.id)

    def news(self, id: str, kind: str, at: datetime) -> None:
        """Hold what the table says came of a receipt, and when, against the record."""
        if self._news.pop((id, kind), None) != _plain(at):
            self._flaw(Flaw.OUTCOME_CHANGED, id)

    def acknowledgement(self, note: Acknowledgement) -> None:
        """Hold a note of the table against the record."""
        digest = _digest(_said(_fields(note)))
        if digest not in self._notes:
            self._flaw(Flaw.NOTE_CHANGED, note.receipt_id)
        self._notes.discard(digest)

    def elsewhere(self, receipt: Receipt) -> None:
        """Hold a line of the second record against this one.

        A receipt that was lost and put back has a line for each time that it was written.
        """
        same = _lasting(_said(_fields(receipt))) in self._ever
        self._elsewhere[receipt.id] = same or self._elsewhere.get(receipt.id, False)

    def result(self) -> AuditLogResult:
        """Return what was found."""
        if (self._number, self._hash) != self._end:
            self._flaw(Flaw.CUT, self._end[0])
        if self._begin != self._pruned:
            self._flaw(Flaw.CUT, self._begin[0])
        for id in self._receipts:
            self._flaw(Flaw.RECEIPT_LOST, id)
        for id, _ in self._news:
            self._flaw(Flaw.OUTCOME_CHANGED, id)
        for _ in self._notes:
            self._flaw(Flaw.NOTE_CHANGED, "?")
        for id in (id for id, same in self._elsewhere.items() if not same and id in self._known):
            self._flaw(Flaw.JOURNAL_DIFFERS, id)
        times = self._times or [""]
        return AuditLogResult(
            entries=self._entries,
            began_at=times[0],
            ended_at=times[-1],
            last_hash=self._hash,
            flaws=self._flaws,
            problems=tuple(self._problems),
            lost=len(self._elsewhere.keys() - self._known),
            dropped=self._dropped,
        )

    def _flaw(self, flaw: Flaw, where: object) -> None:
        self._flaws += 1
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append(Problem(flaw, str(where)))
