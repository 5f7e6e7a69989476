"""A checker of races with a replaced data origin: acknowledged aborts must still exist.

An acknowledged abort may disappear only because of a person's decision: a file replaced the demo in
which it was made, or it is older than the time for which receipts are kept. This module shares no
code with Freio.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.races.checker import Violation

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Kept:
    """The content of the store and its receipt journal after a race, and what was acknowledged.

    - `lines`: the receipts that have a line of an open era in the journal, or None without a journal.
    - `lost`: the receipts that Freio reports as lost.
    """

    log: Sequence[Row]
    origin: str
    receipts: Sequence[Row]
    changes: Sequence[Row]
    mappings: Sequence[str]
    lines: frozenset[str] | None
    lost: Sequence[str] = ()


def check_kept(kept: Kept) -> list[Violation]:
    """Return every violation."""
    return [*_aborts(kept), *_lines(kept), *_of_the_feed(kept), *_mappings(kept)]


def lines_of(path: Path) -> frozenset[str]:
    """Return the receipts that have a line of an open era in a receipt journal."""
    found = [json.loads(line.partition(" ")[2]) for line in path.read_text("utf-8").splitlines()]
    closed = {line["closed"] for line in found if "closed" in line}
    return frozenset(
        line["receipt"]["id"] for line in found if "receipt" in line and line["era"] not in closed
    )


def _aborts(kept: Kept) -> Iterator[Violation]:
    there = Counter(row["id"] for row in kept.receipts)
    for id, count in there.items():
        if count > 1:
            yield Violation("I4", id, f"a receipt {count} times")
    for ack in kept.log:
        if ack["kind"] == "abort" and ack["receipt"] not in there and not _may_be_gone(kept, ack):
            whose = "the demo" if ack["of_demo"] else "a feed"
            yield Violation("I3", ack["id"], f"an acknowledged abort of {whose} is gone")


def _may_be_gone(kept: Kept, ack: Row) -> bool:
    for deed in kept.log:
        if deed["kind"] == "pruned" and ack["confirmed"] and ack["requested_at"] < deed["before"]:
            return True
        replaced = deed["kind"] in ("loaded", "renewed") and deed["ended"] > ack["began"]
        if ack["of_demo"] and replaced:
            return True
    return False


def _lines(kept: Kept) -> Iterator[Violation]:
    if kept.lines is not None:
        for row in kept.receipts:
            if row["id"] not in kept.lines:
                yield Violation("I3", row["configuration_id"], "a receipt without a second record")
    for id in kept.lost:
        yield Violation("I3", id, "called lost, and it is not")


def _of_the_feed(kept: Kept) -> Iterator[Violation]:
    """Return each send of a feed that the simulation moved, or whose abort the demo's rules confirmed."""
    if kept.origin != "feed":
        return
    for row in kept.receipts:
        if row["verdict"] == "cancel_now" and row["first_confirmation"] == "confirmed":
            yield Violation("I5", row["configuration_id"], "confirmed by the rules of the demo")
    for change in kept.changes:
        if change["source"] == "simulator":
            yield Violation("I5", change["configuration_id"], "a feed's send moved by simulation")


def _mappings(kept: Kept) -> Iterator[Violation]:
    for saved in kept.log:
        if saved["kind"] == "mapping" and saved["id"] not in kept.mappings:
            yield Violation("I5", saved["id"], "a remembered mapping is gone")
