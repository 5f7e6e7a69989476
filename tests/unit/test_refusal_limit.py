"""Above a limit, refused attempts are counted and not recorded."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.access.refusal_limit import MAX_RECORDED, SAME, WITHIN
from core.domain.model import Actor, Role
from core.domain.states import State
from core.errors import AccessError
from core.services.aborts import AbortService
from core.store.duckdb.engine import MEMORY, DuckDBEngine
from core.store.sql_store import SqlStore
from tests.sends import ME, NOW, load, receipts_in, send

pytestmark = pytest.mark.slow

VERA = Actor("vera", Role.VIEWER)


class Floor:
    """A store with sends, a clock that a test sets, and people who try to abort."""

    def __init__(self) -> None:
        self.store = SqlStore(DuckDBEngine(MEMORY))
        load(self.store, *[send(f"s{n}") for n in range(MAX_RECORDED + 20)])
        self.now = NOW
        self.actions = AbortService(self.store, self.clock, lambda: True, self.clock)

    def clock(self) -> datetime:
        return self.now

    def tries(self, id: str, person: Actor = VERA, times: int = 1) -> None:
        for _ in range(times):
            with pytest.raises(AccessError):
                self.actions.abort(send(id).id, person)

    @property
    def recorded(self) -> list[tuple[str, str]]:
        found = receipts_in(self.store)
        return sorted((r.actor, r.configuration_id) for r in found)


@pytest.fixture
def floor() -> Iterator[Floor]:
    made = Floor()
    yield made
    made.store.close()


def test_the_same_attempt_is_recorded_once_a_minute(floor: Floor) -> None:
    floor.tries("s0", times=500)
    assert floor.recorded == [("vera", "s0")]
    floor.now += SAME - timedelta(seconds=1)
    floor.tries("s0")
    assert len(floor.recorded) == 1
    floor.now += timedelta(seconds=1)
    floor.tries("s0", times=5)
    assert floor.recorded == [("vera", "s0")] * 2
    assert floor.store.check_audit_log().is_sound


def test_another_send_and_another_person_are_recorded(floor: Floor) -> None:
    floor.tries("s0")
    floor.tries("s1")
    floor.tries("s0", replace(VERA, name="veronica"))
    floor.tries("s0", Actor("rui", Role.OPERATOR, frozenset({"Sul"})))
    assert floor.recorded == [("rui", "s0"), ("vera", "s0"), ("vera", "s1"), ("veronica", "s0")]


def test_going_through_all_sends_is_bounded_too(floor: Floor) -> None:
    for n in range(MAX_RECORDED + 20):
        floor.tries(f"s{n}")
    assert len(floor.recorded) == MAX_RECORDED
    floor.now += WITHIN
    floor.tries("s0")
    assert len(floor.recorded) == MAX_RECORDED + 1


def test_the_log_counts_what_is_not_recorded_and_does_not_grow_with_it(
    floor: Floor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    floor.tries("s0", times=151)
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        "abort of s0 by vera refused: not allowed",
        *(
            f"{n} refused attempts to abort by vera are not recorded one by one, the last on s0"
            for n in (1, 10, 100)
        ),
    ]
    caplog.clear()
    floor.now += WITHIN
    floor.tries("s0", replace(VERA, name="veronica"))
    assert "150 refused attempts to abort by vera since" in caplog.records[0].getMessage()


def test_a_clock_that_jumps_back_forgets_rather_than_being_silent(floor: Floor) -> None:
    floor.tries("s0")
    floor.now -= timedelta(hours=5)
    floor.tries("s0")
    assert len(floor.recorded) == 2


def test_who_may_stop_a_send_is_never_left_out(floor: Floor) -> None:
    load(floor.store, send("gone", State.SENT_DONE))
    for _ in range(MAX_RECORDED + 5):
        floor.actions.abort(send("gone").id, ME)
    assert len(floor.recorded) == MAX_RECORDED + 5
    floor.tries("s0")
    assert floor.actions.abort(send("s0").id, ME).accepted
