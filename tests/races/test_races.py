"""Short races, and a proof that their checker can find each violation."""

import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.domain.platform import Platform
from core.platforms import icomm, listmonk
from tests.connectors.listmonk_stand_in import ListmonkStandIn
from tests.postgres_server import Server
from tests.races.__main__ import listmonk_store, real_store, unguarded_store
from tests.races.broken_store import ForgetfulStore
from tests.races.checker import Evidence, check, check_batches
from tests.races.delivering import Delivering
from tests.races.harness import MakeStore, Race
from tests.races.kept_aborts_check import Kept, check_kept
from tests.races.replacing import Replacing


def race(
    folder: Path,
    make: MakeStore,
    seconds: float,
    server: str = "",
    platform: Platform = icomm.PLATFORM,
    until: Sequence[str] = (),
) -> tuple[Counter[str], set[str]]:
    how = {"seed": 7, "seconds": seconds, "threads": 10, "until": until}
    figures = Race(folder, make, server=server, platform=platform, **how).run()
    return figures.counts, {v.invariant for v in figures.violations}


#: What a race brings about on both engines. The last two are from two people with batches.
EVENTS = (
    *("aborts accepted", "aborts refused", "intruders refused"),
    *("platform steps", "merges", "reads"),
    *("batches", "aborts of batches accepted"),
)


@pytest.mark.parametrize("engine", ["DuckDB", "PostgreSQL"])
def test_with_everything_at_once_every_invariant_holds(
    tmp_path: Path, engine: str, request: pytest.FixtureRequest, scaled: Callable[[float], int]
) -> None:
    on_server = engine == "PostgreSQL"
    server = request.getfixturevalue("postgres").new_database() if on_server else ""
    events = EVENTS if on_server else (*EVENTS, "loads stopped for an abort")
    counts, violated = race(tmp_path, real_store, scaled(20), server, until=events)
    assert violated == set()
    for what in events:
        assert counts[what] > 0, f"nothing happened of: {what}"


@pytest.mark.parametrize("engine", ["DuckDB", "PostgreSQL"])
def test_every_invariant_holds_on_a_platform_that_can_interrupt_a_send(
    tmp_path: Path, engine: str, request: pytest.FixtureRequest, scaled: Callable[[float], int]
) -> None:
    on_server = engine == "PostgreSQL"
    server = request.getfixturevalue("postgres").new_database() if on_server else ""
    events = ("aborts accepted", "rests stopped")
    counts, violated = race(
        tmp_path, listmonk_store, scaled(20), server, listmonk.PLATFORM, until=events
    )
    assert violated == set()
    for what in events:
        assert counts[what] > 0, f"nothing happened of: {what}"


@pytest.mark.long
@pytest.mark.parametrize("engine", ["DuckDB", "PostgreSQL"])
def test_every_invariant_holds_while_aborts_are_delivered_to_a_platform(
    tmp_path: Path, engine: str, request: pytest.FixtureRequest, scaled: Callable[[float], int]
) -> None:
    on_server = engine == "PostgreSQL"
    server = request.getfixturevalue("postgres").new_database() if on_server else ""
    stand_in = ListmonkStandIn()
    with stand_in.serving():
        how = {"seed": 7, "seconds": max(15, scaled(20)), "threads": 14}
        figures = Delivering(tmp_path, listmonk_store, stand_in, server=server, **how).run()
    assert figures.violations == []
    for what in (
        "deliveries that ended settled",
        "intruders refused",
        "polls",
        "sends shown by old data",
    ):
        assert figures.counts[what] > 0, f"nothing happened of: {what}"


def test_a_store_without_guards_is_caught_within_seconds(tmp_path: Path) -> None:
    assert is_caught({"I4", "I5"}, tmp_path, unguarded_store)


def is_caught(
    wanted: set[str], folder: Path, make: MakeStore, server: Server | None = None
) -> bool:
    """Return whether short races find all these violations.

    Each race is a second longer, because a busy machine does less in a second.
    """
    found: set[str] = set()
    for seconds in range(1, 16):
        place = Path(tempfile.mkdtemp(dir=folder))
        found |= race(place, make, seconds, server.new_database() if server else "")[1]
        if wanted <= found:
            return True
    return False


@pytest.mark.long
def test_a_store_without_guards_is_caught_on_postgresql_too(
    tmp_path: Path, postgres: Server
) -> None:
    assert is_caught({"I4", "I5"}, tmp_path, unguarded_store, postgres)


def test_a_store_that_acknowledges_what_it_did_not_write_is_caught(tmp_path: Path) -> None:
    assert is_caught({"I3"}, tmp_path, lambda engine, _: ForgetfulStore(engine))


STATES = [
    (1, None, "SCHEDULED", 0, "feed"),
    (2, "SCHEDULED", "PROCESANDO", 0, "simulator"),
    (3, "PROCESANDO", "IN-PROGRESS", 0, "simulator"),
]
STOP = (4, "IN-PROGRESS", "CANCELLED", 0, "abort")


def story(
    *changes: tuple[int, str | None, str, int, str],
    acknowledged: int = 1,
    receipts: int = 1,
    **load: Any,
) -> Evidence:
    """Return the evidence of a store with these changes of one send, and a log that agrees with it."""
    version, _, state, generated, _ = changes[-1]
    stops = [c for c in changes if c[4] == "abort"]
    ack = {"kind": "abort", "id": "s", "accepted": True, "receipt": "r", "version": 4}
    ack |= {"state": "CANCELLED", "generated": 0}
    receipt = {"id": "r", "configuration_id": "s", "verdict": "cancel_now"}
    receipt |= {"confirmation": "confirmed", "bulk_id": ""}
    return Evidence(
        log=[*([ack] * acknowledged if stops else []), *([load] if load else [])],
        configurations=[
            {"id": "s", "version": version, "state": state, "generated_records": generated}
        ],
        changes=[
            {
                "configuration_id": "s",
                "version": v,
                "from_state": before,
                "to_state": after,
                "generated_records": count,
                "source": source,
                "receipt_id": "r" if source == "abort" else None,
            }
            for v, before, after, count, source in changes
        ],
        receipts=[receipt] * receipts if stops else [],
    )


def test_an_honest_story_has_no_violation() -> None:
    assert check(story(*STATES)) == []
    assert check(story(*STATES, STOP)) == []


REST = (*STATES[:2], (3, "PROCESANDO", "IN-PROGRESS", 5_000, "simulator"))
REST = (*REST, (4, "IN-PROGRESS", "CANCELLED", 5_000, "abort"))


def of_rest(*changes: tuple[Any, ...]) -> Evidence:
    """Return the evidence of an abort of the rest, on a platform that allows it."""
    found = story(*changes)
    return replace(
        found,
        log=[entry | {"generated": 5_000} for entry in found.log],
        receipts=[receipt | {"verdict": "cancel_rest"} for receipt in found.receipts],
        interrupts=True,
    )


def test_the_rest_of_a_send_may_be_stopped_only_where_the_platform_interrupts() -> None:
    assert check(of_rest(*REST)) == []
    assert {v.invariant for v in check(replace(of_rest(*REST), interrupts=False))} == {"I2"}
    assert {v.invariant for v in check(replace(story(*REST), interrupts=True))} == {"I2"}


def test_a_send_may_be_scheduled_again_only_after_an_abort_while_it_was_scheduled() -> None:
    waits = story(STATES[0], (2, "SCHEDULED", "CANCELLED", 0, "abort"))
    stop = (2, "SCHEDULED", "CANCELLED", 0, "abort")
    again = (3, "CANCELLED", "SCHEDULED", 0, "feed")
    assert "I6" not in {v.invariant for v in check(waits)}
    restarted = replace(story(STATES[0], stop, again), interrupts=True)
    assert "I6" not in {v.invariant for v in check(restarted)}
    assert "I6" in {v.invariant for v in check(replace(restarted, interrupts=False))}
    by_mover = replace(story(STATES[0], stop, (*again[:4], "simulator")), interrupts=True)
    assert "I6" in {v.invariant for v in check(by_mover)}
    running = of_rest(*REST, (5, "CANCELLED", "IN-PROGRESS", 5_000, "feed"))
    assert "I6" in {v.invariant for v in check(running)}


#: A list was requested at 5 and answered at 6. Later, data is shown as of 5.
LISTED = {"kind": "list", "asked": 5.0, "answered": 6.0}
SHOWN = {"kind": "shown", "id": "s", "at": 5.0, "now": 7.0, "limit": 4.0, "outlook": "stoppable"}
AT, SECOND = datetime(2026, 11, 23, 12, tzinfo=UTC), timedelta(seconds=1)
READ = {"receipt_id": "r", "configuration_id": "s", "read_at": AT, "verified_at": AT}
IN_BATCH = {"id": "r", "configuration_id": "s", "verdict": "cancel_now", "bulk_id": "b"}
IN_BATCH |= {"confirmation": "confirmed", "refusal": None}


def viewed(shown: dict[str, Any]) -> Evidence:
    return replace(story(*STATES), log=[LISTED, shown])


def test_what_is_shown_with_its_age_and_done_with_a_right_is_no_violation() -> None:
    assert check(viewed(SHOWN)) == []
    assert check(viewed(SHOWN | {"outlook": "uncertain", "now": 9.1})) == []
    found = replace(story(*STATES, STOP), deliveries=[READ], readings={"s": AT})
    assert check(replace(found, stop_requests=["s"])) == []
    refused = IN_BATCH | {"id": "q", "verdict": "refuse", "refusal": "not_allowed", "bulk_id": ""}
    tried = story(*STATES, kind="intrusion", id="s", actor="intruder 1", refused=True)
    assert check(replace(tried, receipts=[refused | {"actor": "intruder 1"}])) == []


@pytest.mark.parametrize(
    ("number", "evidence"),
    [
        ("I1", story(*STATES, STOP, (5, "CANCELLED", "CANCELLED", 5_000, "simulator"))),
        ("I1", story(*STATES, STOP, (5, "CANCELLED", "CANCELLED", 5_000, "feed"))),
        (
            "I2",
            story(
                *STATES[:2],
                (3, "PROCESANDO", "IN-PROGRESS", 5_000, "simulator"),
                (4, "IN-PROGRESS", "CANCELLED", 5_000, "abort"),
            ),
        ),
        ("I3", story(*STATES, STOP, receipts=0)),
        ("I4", story(*STATES, STOP, acknowledged=2)),
        ("I4", story(*STATES, STOP, receipts=2)),
        ("I5", story(*STATES[:2], (4, "PROCESANDO", "IN-PROGRESS", 0, "simulator"))),
        ("I5", story(*STATES[:2], (3, "SCHEDULED", "IN-PROGRESS", 0, "simulator"))),
        ("I6", story(*STATES, STOP, (5, "CANCELLED", "SCHEDULED", 0, "feed"))),
        ("I6", story(*STATES, (4, "IN-PROGRESS", "SCHEDULED", 0, "feed"))),
        ("I6", story(*STATES, kind="load", rows=3, counts={"new": 2}, **{"import": "i"})),
        ("I7", story(*STATES, kind="intrusion", id="s", actor="intruder 1", refused=False)),
        ("I7", replace(story(*STATES, STOP), receipts=[IN_BATCH | {"actor": "intruder 2"}])),
        ("I7", replace(story(*STATES), stop_requests=["s"])),
        ("I8", story(*STATES, **SHOWN)),
        ("I8", viewed(SHOWN | {"at": 5.1})),
        ("I8", viewed(SHOWN | {"outlook": "stoppable", "now": 9.1})),
        ("I8", replace(story(*STATES), deliveries=[READ])),
        ("I8", replace(story(*STATES), deliveries=[READ], readings={"s": AT - SECOND})),
        ("I8", replace(story(*STATES), deliveries=[READ | {"read_at": None}])),
    ],
)
def test_each_violation_is_reported_by_its_number(number: str, evidence: Evidence) -> None:
    assert number in {v.invariant for v in check(evidence)}


OUTCOME = {"bulk_id": "b", "configuration_id": "s", "outcome": "stopped", "receipt_id": "r"}


@pytest.mark.parametrize(
    ("numbers", "receipts", "outcomes"),
    [
        (set(), [IN_BATCH], [OUTCOME]),
        ({"I4"}, [IN_BATCH], []),
        ({"I4"}, [IN_BATCH], [OUTCOME | {"outcome": "too_late"}]),
        ({"I4"}, [IN_BATCH | {"verdict": "refuse"}], [OUTCOME]),
        ({"I4"}, [], [OUTCOME]),
        ({"I5"}, [], [OUTCOME | {"outcome": None, "receipt_id": None}]),
    ],
)
def test_a_batch_that_does_not_agree_with_its_receipts_is_reported(
    numbers: set[str], receipts: list[dict[str, Any]], outcomes: list[dict[str, Any]]
) -> None:
    evidence = replace(story(*STATES, STOP), receipts=receipts, batch_sends=outcomes)
    assert {v.invariant for v in check_batches(evidence)} == numbers


@pytest.mark.parametrize("engine", ["DuckDB", "PostgreSQL"])
def test_no_acknowledged_abort_is_lost_when_files_replace_the_demo(
    tmp_path: Path, engine: str, request: pytest.FixtureRequest, scaled: Callable[[float], int]
) -> None:
    server = request.getfixturevalue("postgres") if engine == "PostgreSQL" else None
    toll = Replacing(tmp_path, seed=7, seconds=scaled(30), server=server).run()
    assert toll.violations == []
    for what in ("loads", "demo renewals tried", "mappings saved"):
        assert toll.counts[what] > 0, f"nothing happened of: {what}"


ABORTED = {"kind": "abort", "id": "s", "receipt": "r", "confirmed": False, "of_demo": False}
ABORTED |= {"requested_at": "2026-11-23T12:00:00+00:00", "began": 5.0, "ended": 6.0}
OF_DEMO = ABORTED | {"confirmed": True, "of_demo": True}
OPEN = {"id": "r", "configuration_id": "s", "verdict": "cancel_now", "first_confirmation": "open"}
LOADED = {"kind": "loaded", "id": "f", "began": 4.0, "ended": 7.0}
PRUNED = {"kind": "pruned", "before": "2026-11-23T12:00:01+00:00", "began": 8.0, "ended": 9.0}


def kept(*log: dict[str, Any], receipts: Sequence[dict[str, Any]] = (), **more: Any) -> Kept:
    found: dict[str, Any] = {"changes": [], "mappings": [], "lines": frozenset("r")}
    return Kept(log=log, origin="feed", receipts=receipts, **found | more)


@pytest.mark.parametrize(
    "honest",
    [
        kept(ABORTED, LOADED, PRUNED, receipts=[OPEN]),
        kept(OF_DEMO, LOADED),
        kept(OF_DEMO, PRUNED),
        kept({"kind": "mapping", "id": "m"}, mappings=["m"]),
    ],
)
def test_what_a_person_decided_is_no_violation(honest: Kept) -> None:
    assert check_kept(honest) == []


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("an acknowledged abort of a feed is gone", kept(ABORTED, LOADED, PRUNED)),
        ("an acknowledged abort of the demo is gone", kept(OF_DEMO, LOADED | {"ended": 4.5})),
        ("a receipt 2 times", kept(ABORTED, receipts=[OPEN, OPEN])),
        ("a receipt without a second record", kept(receipts=[OPEN], lines=frozenset())),
        ("called lost, and it is not", kept(lost=["r"])),
        (
            "confirmed by the rules of the demo",
            kept(receipts=[OPEN | {"first_confirmation": "confirmed"}]),
        ),
        (
            "a feed's send moved by simulation",
            kept(changes=[{"configuration_id": "s", "source": "simulator"}]),
        ),
        ("a remembered mapping is gone", kept({"kind": "mapping", "id": "m"})),
    ],
)
def test_each_thing_that_may_not_disappear_is_missed(said: str, found: Kept) -> None:
    assert [violation.sentence for violation in check_kept(found)] == [said]
