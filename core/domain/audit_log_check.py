"""Check the audit log: find changed, missing and added entries and receipts. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from core.domain.audit_log import NEWS, EntryKind, canonical, facts_of, link, plain
from core.domain.delivery import SIMULATED
from core.domain.model import Acknowledgement, Confirmation, Receipt
from core.domain.states import Verdict

#: In the receipt journal, these fields can be newer than in the entry of the receipt.
_LATER_FIELDS = ("confirmation", "confirmed_at")

#: The data origin of the demo. An old CLEARED entry can lack the origin, and then counts as demo.
_DEMO = "demo"

MAX_PROBLEMS = 100


def _digest(facts: Mapping[str, object]) -> bytes:
    return sha256(canonical(facts).encode()).digest()


def _lasting(facts: Mapping[str, object]) -> bytes:
    return _digest({name: value for name, value in facts.items() if name not in _LATER_FIELDS})


def _is_surely_real(facts: Mapping[str, object]) -> bool:
    """Return whether a receipt surely comes from real data.

    An open receipt with CANCEL_NOW or CANCEL_REST is real, because the demo confirms such an abort
    at once. Exceptions: restored receipts, and receipts with the platform SIMULATED.
    """
    at_once = facts["verdict"] in (Verdict.CANCEL_NOW, Verdict.CANCEL_REST)
    is_open = at_once and facts["confirmation"] == Confirmation.OPEN
    return is_open and "restored_at" not in facts and facts.get("platform") != SIMULATED


class Flaw(StrEnum):
    """The kinds of flaws."""

    CHANGED = "changed"
    MISSING = "missing"
    CUT = "cut"
    RECEIPT_CHANGED = "receipt_changed"
    RECEIPT_ADDED = "receipt_added"
    RECEIPT_LOST = "receipt_lost"
    OUTCOME_CHANGED = "outcome_changed"
    NOTE_CHANGED = "note_changed"
    JOURNAL_DIFFERS = "journal_differs"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Problem:
    """A flaw. `where`: the number of an entry, the id of a receipt or send, or "?" if unknown."""

    flaw: Flaw
    where: str


@dataclass(frozen=True, slots=True)
class AuditLogResult:
    """The result of a check.

    - `flaws`: the number of flaws, without `lost` and `dropped`.
    - `lost`: how many receipts are only in the receipt journal.
    - `dropped`: how many accepted aborts of real sends were deleted. Freio itself deletes only
      aborts of demo sends, so the number must be 0.
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
        """Whether the check found no problem."""
        return not self.flaws and not self.lost and not self.dropped


End = tuple[int, str]


class AuditLogCheck:
    """A check of the audit log.

    1. Call `entry` for each entry, in order.
    2. Call `receipt`, `outcome` and `acknowledgement` for each stored row.
    3. Call `journal_line` for each line of the receipt journal.
    4. Call `result`.

    `begin` and `end` are pairs (number, hash), stored in a table of their own. `begin` is for the
    entry before the oldest entry of the log. `end` is for the newest entry.
    """

    def __init__(self, begin: End, end: End) -> None:
        self._number, self._hash = begin
        self._begin, self._end = begin, end
        self._entries = self._flaws = 0
        self._problems: list[Problem] = []
        self._times: list[str] = []
        self._receipts: dict[str, bytes] = {}
        #: (time, `spared`, `gone`) by receipt id and kind.
        self._outcomes: dict[tuple[str, str], tuple[object, object, object]] = {}
        #: The digests and the ids of all receipts in the log, even of dropped receipts. A digest
        #: does not depend on _LATER_FIELDS.
        self._ever: set[bytes] = set()
        self._known: set[str] = set()
        self._in_journal: dict[str, bool] = {}
        self._notes: set[bytes] = set()
        self._stopped: list[str] = []
        self._has_real = False
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
            entry = json.loads(body)
            head = (entry["at"], entry["kind"], entry["receipt_id"])
            if head != (plain(at), kind, receipt_id):
                self._flaw(Flaw.CHANGED, number)
            self._times[1:] = [str(entry["at"])]
            self._apply(EntryKind(kind), receipt_id, entry["at"], entry["facts"])
        except (ValueError, KeyError, TypeError):
            self._flaw(Flaw.CHANGED, number)

    def _apply(self, kind: EntryKind, id: str, at: object, facts: Mapping[str, object]) -> None:
        if kind is EntryKind.RECEIPT:
            self._ever.add(_lasting(facts))
            self._known.add(id)
            self._receipts[id] = _digest(facts)
            if facts["verdict"] != Verdict.REFUSE:
                self._stopped.append(str(facts["configuration_id"]))
                self._has_real |= _is_surely_real(facts)
            if facts["confirmation"] == EntryKind.CONTRADICTED:
                since = facts.get("confirmed_at") or facts.get("restored_at")
                news = (since or facts["requested_at"], None, None)
                self._outcomes.setdefault((id, EntryKind.CONTRADICTED), news)
        elif kind in NEWS:
            self._outcomes[id, kind] = (at, facts.get("spared"), facts.get("gone"))
        elif kind is EntryKind.ACKNOWLEDGED:
            self._notes.add(_digest(facts))
        elif kind is EntryKind.CLEARED:
            self._drop(facts)
            self._receipts.clear()
            self._outcomes.clear()
            self._notes.clear()
        elif kind is EntryKind.PRUNED:
            self._pruned = (int(str(facts["number"])), str(facts["hash"]))

    def _drop(self, facts: Mapping[str, object]) -> None:
        if self._has_real or facts.get("origin", _DEMO) != _DEMO:
            self._dropped += len(self._stopped)
            room = max(0, MAX_PROBLEMS - len(self._problems))
            self._problems += [Problem(Flaw.DROPPED, id) for id in self._stopped[:room]]
        self._stopped, self._has_real = [], False

    def receipt(self, receipt: Receipt) -> None:
        """Compare a stored receipt with the audit log."""
        logged = self._receipts.pop(receipt.id, None)
        if logged is None:
            self._flaw(Flaw.RECEIPT_ADDED, receipt.id)
        elif logged != _digest(facts_of(receipt)):
            self._flaw(Flaw.RECEIPT_CHANGED, receipt.id)

    def outcome(
        self, id: str, kind: str, at: datetime, spared: int | None, gone: int | None
    ) -> None:
        """Compare stored news about a receipt with the audit log."""
        if self._outcomes.pop((id, kind), None) != (plain(at), spared, gone):
            self._flaw(Flaw.OUTCOME_CHANGED, id)

    def acknowledgement(self, note: Acknowledgement) -> None:
        """Compare a stored acknowledgement with the audit log."""
        digest = _digest(facts_of(note))
        if digest not in self._notes:
            self._flaw(Flaw.NOTE_CHANGED, note.receipt_id)
        self._notes.discard(digest)

    def journal_line(self, receipt: Receipt) -> None:
        """Compare a line of the receipt journal with the audit log.

        If a restored receipt has several lines, a single matching line is enough.
        """
        same = _lasting(facts_of(receipt)) in self._ever
        self._in_journal[receipt.id] = same or self._in_journal.get(receipt.id, False)

    def result(self) -> AuditLogResult:
        """Return the result of the check."""
        if (self._number, self._hash) != self._end:
            self._flaw(Flaw.CUT, self._end[0])
        if self._begin != self._pruned:
            self._flaw(Flaw.CUT, self._begin[0])
        for id in self._receipts:
            self._flaw(Flaw.RECEIPT_LOST, id)
        for id, _ in self._outcomes:
            self._flaw(Flaw.OUTCOME_CHANGED, id)
        for _ in self._notes:
            self._flaw(Flaw.NOTE_CHANGED, "?")
        for id in (id for id, same in self._in_journal.items() if not same and id in self._known):
            self._flaw(Flaw.JOURNAL_DIFFERS, id)
        times = self._times or [""]
        return AuditLogResult(
            entries=self._entries,
            began_at=times[0],
            ended_at=times[-1],
            last_hash=self._hash,
            flaws=self._flaws,
            problems=tuple(self._problems),
            lost=len(self._in_journal.keys() - self._known),
            dropped=self._dropped,
        )

    def _flaw(self, flaw: Flaw, where: object) -> None:
        self._flaws += 1
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append(Problem(flaw, str(where)))
