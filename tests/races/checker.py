"""An independent checker of a race. It compares acknowledged outcomes with the store.

The checker shares no code with Freio. It reads the log of acknowledged outcomes and the rows of the
reopened database. It reports each violation of the rules I1 to I8.
"""

import itertools
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Row = Mapping[str, Any]

STOPPED = ("CANCELLING", "CANCELLED")
CAN_BE_STOPPED = ("stoppable", "rest_stoppable")
LIFE = ("SCHEDULED", "PROCESANDO", "IN-PROGRESS", "DELIVERY-ENDING", "SENT-DONE")
#: The sources of changes that the platform makes by itself.
MOVERS = ("simulator", "platform")


@dataclass(frozen=True)
class Violation:
    invariant: str
    id: str
    sentence: str


@dataclass(frozen=True)
class Evidence:
    """The rows of the store after it was reopened, and the log of what was acknowledged."""

    log: Sequence[Row]
    configurations: Sequence[Row]
    changes: Sequence[Row]
    receipts: Sequence[Row]
    batch_sends: Sequence[Row] = ()
    #: Whether the platform can interrupt a send. People there can then schedule a send again.
    interrupts: bool = False
    #: The final number of sent messages of each settled abort, by receipt. None if aborts are not
    #: delivered. Messages in flight before an abort is settled are no violation.
    at_rest: Mapping[str, int] | None = None
    deliveries: Sequence[Row] = ()
    #: The sends that the platform was asked to stop, and the last reading of each send.
    stop_requests: Iterable[str] = ()
    readings: Mapping[str, datetime] = field(default_factory=dict)

    def lives(self) -> dict[str, list[Row]]:
        """Return each send's changes by version."""
        lives: dict[str, list[Row]] = defaultdict(list)
        for change in self.changes:
            lives[change["configuration_id"]].append(change)
        return {id: sorted(life, key=lambda c: c["version"]) for id, life in lives.items()}


def check(evidence: Evidence) -> list[Violation]:
    """Return every violation of I1 to I8."""
    lives = evidence.lives()
    found = [
        *_i1(evidence, lives),
        *_i2(evidence, lives),
        *_i3(evidence),
        *_i4(evidence, lives),
        *_i5(evidence, lives),
        *_i6(evidence, lives),
        *_i7(evidence),
        *_i8(evidence),
        *check_batches(evidence),
    ]
    return sorted(found, key=lambda v: (v.invariant, v.id))


def _pairs(life: Sequence[Row]) -> Iterator[tuple[Row, Row]]:
    return itertools.pairwise(life)


def _accepted(evidence: Evidence) -> list[Row]:
    return [e for e in evidence.log if e["kind"] == "abort" and e["accepted"]]


def _i1(evidence: Evidence, lives: Mapping[str, list[Row]]) -> Iterator[Violation]:
    contradicted = {
        r["configuration_id"] for r in evidence.receipts if r["confirmation"] == "contradicted"
    }
    for ack in _accepted(evidence):
        at_stop = ack["generated"]
        if evidence.at_rest is not None:
            if ack["receipt"] not in evidence.at_rest:
                continue
            at_stop = evidence.at_rest[ack["receipt"]]
        for change in lives.get(ack["id"], []):
            if change["version"] > ack["version"] and _is_restart(evidence, change):
                break
            if change["version"] <= ack["version"] or (change["generated_records"] or 0) <= (
                at_stop or 0
            ):
                continue
            if change["source"] in MOVERS:
                what = f"{change['generated_records']} generated after its abort at {at_stop}"
                yield Violation("I1", ack["id"], f"{what}, version {change['version']}")
            elif ack["id"] not in contradicted:
                yield Violation("I1", ack["id"], "a feed reports generation, no contradiction kept")


def _is_restart(evidence: Evidence, change: Row) -> bool:
    """Return whether a feed shows a stopped send alive, on a platform that allows a new start."""
    leaves = change["from_state"] in STOPPED and change["to_state"] not in STOPPED
    return evidence.interrupts and leaves and change["source"] == "feed"


def _i2(evidence: Evidence, lives: Mapping[str, list[Row]]) -> Iterator[Violation]:
    rests = {r["id"] for r in evidence.receipts if r["verdict"] == "cancel_rest"}
    for id, life in lives.items():
        for before, after in _pairs(life):
            enters = after["to_state"] in STOPPED and before["to_state"] not in STOPPED
            if evidence.interrupts and after["receipt_id"] in rests:
                continue
            if enters and (before["generated_records"] or 0) > 0 and after["source"] != "feed":
                yield Violation("I2", id, "marked cancelled after its generation started")


def _i3(evidence: Evidence) -> Iterator[Violation]:
    there = {r["id"] for r in evidence.receipts}
    for ack in evidence.log:
        if ack["kind"] == "abort" and ack["receipt"] and ack["receipt"] not in there:
            yield Violation("I3", ack["id"], "an acknowledged receipt is not in the store")
    stops = {
        c["receipt_id"]: (c["version"], c["to_state"])
        for c in evidence.changes
        if c["source"] == "abort"
    }
    for ack in _accepted(evidence):
        if stops.get(ack["receipt"]) != (ack["version"], ack["state"]):
            yield Violation("I3", ack["id"], "what was acknowledged is not what was written")


def check_batches(evidence: Evidence) -> Iterator[Violation]:
    """Return each send of a batch that does not have one outcome with a matching receipt."""
    receipts = {(r["bulk_id"], r["configuration_id"]): r for r in evidence.receipts}
    of_batches = [r for r in evidence.receipts if r["bulk_id"]]
    if len({(r["bulk_id"], r["configuration_id"]) for r in of_batches}) < len(of_batches):
        yield Violation("I4", "", "two receipts of one send in one batch")
    rows = {(row["bulk_id"], row["configuration_id"]): row for row in evidence.batch_sends}
    for key, row in rows.items():
        receipt = receipts.get(key)
        if row["outcome"] is None:
            yield Violation("I5", key[1], "a send of a batch without an outcome")
        if row["receipt_id"] != (receipt["id"] if receipt else None):
            yield Violation("I4", key[1], "the outcome and the receipt of a batch differ")
        stopped = row["outcome"] in ("stopped", "when_processing_ends", "waiting", "unknown")
        if stopped != (receipt is not None and receipt["verdict"] != "refuse"):
            yield Violation("I4", key[1], f"outcome {row['outcome']} against its receipt")
    for receipt in of_batches:
        if (receipt["bulk_id"], receipt["configuration_id"]) not in rows:
            yield Violation("I4", receipt["configuration_id"], "a receipt outside the fixed list")


def _i4(evidence: Evidence, lives: Mapping[str, list[Row]]) -> Iterator[Violation]:
    allowed = {
        id: 1 + sum(_is_restart(evidence, change) for change in life) for id, life in lives.items()
    }
    by_send = Counter(r["configuration_id"] for r in evidence.receipts if r["verdict"] != "refuse")
    for id, count in by_send.items():
        if count > allowed.get(id, 1):
            yield Violation("I4", id, f"{count} receipts of accepted aborts")
    for id, count in Counter(a["id"] for a in _accepted(evidence)).items():
        if count > allowed.get(id, 1):
            yield Violation("I4", id, f"{count} operators were notified that they stopped it")
    logged = {a["receipt"] for a in evidence.log if a["kind"] == "abort"}
    for receipt in evidence.receipts:
        if receipt["id"] not in logged and not _is_intruder(receipt):
            yield Violation(
                "I4", receipt["configuration_id"], "a receipt of which no operator was notified"
            )
    ids = Counter(r["id"] for r in evidence.receipts)
    yield from (Violation("I4", id, "a receipt twice") for id, n in ids.items() if n > 1)
    stops = Counter(c["receipt_id"] for c in evidence.changes if c["source"] == "abort")
    accepted = {
        r["id"]: r["configuration_id"] for r in evidence.receipts if r["verdict"] != "refuse"
    }
    for id, send in accepted.items():
        if stops[id] != 1:
            yield Violation("I4", send, f"a receipt with {stops[id]} changes of state")
    for id in stops.keys() - accepted.keys():
        yield Violation("I4", str(id), "a change of state without a receipt")


def _i5(evidence: Evidence, lives: Mapping[str, list[Row]]) -> Iterator[Violation]:
    for now in evidence.configurations:
        life = lives.get(now["id"], [])
        versions = [c["version"] for c in life]
        if versions != list(range(1, now["version"] + 1)):
            yield Violation("I5", now["id"], f"version {now['version']}, history {versions}")
            continue
        for before, after in _pairs(life):
            if after["from_state"] != before["to_state"]:
                yield Violation("I5", now["id"], f"a change at version {after['version']} is lost")
        last = life[-1]
        if (last["to_state"], last["generated_records"]) != (
            now["state"],
            now["generated_records"],
        ):
            yield Violation("I5", now["id"], "the facts are not those of the last change")
    for read in evidence.log:
        if read["kind"] == "torn":
            yield Violation("I5", read["id"], f"version {read['version']} without its history")
    seen = {(c["configuration_id"], c["version"], c["to_state"]) for c in evidence.changes}
    for step in evidence.log:
        if step["kind"] == "step" and (step["id"], step["version"], step["state"]) not in seen:
            yield Violation("I5", step["id"], "an acknowledged step of the platform is lost")


def _i6(evidence: Evidence, lives: Mapping[str, list[Row]]) -> Iterator[Violation]:
    for load in evidence.log:
        if load["kind"] == "load" and load["rows"] != sum(load["counts"].values()):
            yield Violation("I6", load["import"], f"{load['rows']} rows, fates {load['counts']}")
    for id, life in lives.items():
        yield from _backwards(id, life)
        stopped_here, stopped_in = False, ""
        for change in life:
            if _is_restart(evidence, change) and stopped_in == "SCHEDULED":
                stopped_here = False
            if stopped_here and change["to_state"] not in STOPPED:
                yield Violation("I6", id, f"brought back to life as {change['to_state']}")
                break
            if change["source"] == "abort":
                stopped_here, stopped_in = True, change["from_state"]


def _backwards(id: str, life: Iterable[Row]) -> Iterator[Violation]:
    furthest, most = -1, 0
    for change in life:
        if change["to_state"] in LIFE:
            place = LIFE.index(change["to_state"])
            if place < furthest:
                yield Violation("I6", id, f"moved back to {change['to_state']}")
            furthest = max(furthest, place)
        count = change["generated_records"]
        if (count or 0) < most:
            yield Violation("I6", id, f"generated records fell from {most} to {count}")
        most = max(most, count or 0)


def _is_intruder(receipt: Row) -> bool:
    return str(receipt.get("actor", "")).startswith("intruder")


def _i7(evidence: Evidence) -> Iterator[Violation]:
    for each in evidence.log:
        if each["kind"] == "intrusion" and not each["refused"]:
            yield Violation("I7", each["id"], f"{each['actor']} was not refused")
    for receipt in filter(_is_intruder, evidence.receipts):
        if (receipt["verdict"], receipt["refusal"]) != ("refuse", "not_allowed"):
            yield Violation("I7", receipt["configuration_id"], "an abort without the right to it")
    accepted = {r["configuration_id"] for r in evidence.receipts if r["verdict"] != "refuse"}
    for id in set(evidence.stop_requests) - accepted:
        yield Violation("I7", id, "the platform was asked to stop what nobody has aborted")


def _i8(evidence: Evidence) -> Iterator[Violation]:
    newest, lists = float("-inf"), []
    for each in sorted(
        (e for e in evidence.log if e["kind"] == "list"), key=lambda e: float(e["answered"])
    ):
        newest = max(newest, each["asked"])
        lists.append((each["answered"], newest))
    for shown in (e for e in evidence.log if e["kind"] == "shown"):
        place = bisect(lists, (shown["now"], float("inf")))
        if shown["at"] > (lists[place - 1][1] if place else float("-inf")):
            yield Violation("I8", shown["id"], "the data is called newer than it is")
        is_old = shown["now"] - shown["at"] > shown["limit"]
        if is_old and shown["outlook"] in CAN_BE_STOPPED:
            yield Violation("I8", shown["id"], "a green light by old data")
    confirmed = {r["id"] for r in evidence.receipts if r["confirmation"] != "open"}
    for delivery in evidence.deliveries:
        id, read_at = delivery["configuration_id"], delivery["read_at"]
        if read_at is not None and not (
            id in evidence.readings and read_at <= evidence.readings[id]
        ):
            yield Violation("I8", id, "a reading is called newer than it is")
        is_read = read_at is not None or delivery["receipt_id"] in confirmed
        if delivery["verified_at"] is not None and not is_read:
            yield Violation("I8", id, "verified without a reading")
