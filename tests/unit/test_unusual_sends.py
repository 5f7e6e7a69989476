"""What the scans for unusual sends find, and when they run again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.lifecycle import Step
from core.domain.model import Guard, Source
from core.domain.states import State
from core.forecasting.flags import SizeLimit
from core.services.shared_cache import SharedCache
from core.services.unusual_sends import SCAN_EVERY, UnusualScans, UnusualSends
from core.store.duckdb.engine import MEMORY, DuckDBEngine
from core.store.sql_store import SqlStore
from tests.sends import NOW, load, send

LIMITS = (SizeLimit("", "", 10, 100),)


class Counted(SqlStore):
    """A store that counts its scans."""

    def __init__(self) -> None:
        super().__init__(DuckDBEngine(MEMORY))
        self.scans = 0
        scan = self.larger_than

        def counted(*args: object) -> object:
            self.scans += 1
            return scan(*args)  # type: ignore[arg-type]

        self.larger_than = counted  # type: ignore[assignment,method-assign]


@pytest.fixture
def store() -> Counted:
    made = Counted()
    load(
        made,
        send("large", total=500),
        replace(send("twice", total=9), name="Promo"),
        replace(send("once", total=9), name="Promo", scheduled_at=NOW - timedelta(hours=1)),
        replace(send("smtp", State.SMTP_ERROR, total=3), scheduled_at=NOW - timedelta(days=9)),
    )
    return made


def read(scans: UnusualScans, after: timedelta = timedelta(0)) -> UnusualSends:
    return scans.read(LIMITS, NOW + after, None)


def scans_of(store: SqlStore) -> UnusualScans:
    return UnusualScans(store, SharedCache(lambda: store.revision))


def stop(store: SqlStore, id: str) -> None:
    found = store.configuration(send(id).id)
    assert found is not None
    after = replace(found, state=State.CANCELLED, updated_at=NOW, version=found.version + 1)
    assert store.advance([Step(Guard.of(found), after)], Source.PLATFORM, "t") == 1


def test_large_sends_repeated_ones_and_those_after_errors_are_found(store: Counted) -> None:
    found = read(scans_of(store))
    assert [(s.id, s.times_usual) for s in found.large] == [("large", 50.0)]
    assert [s.id for s in found.alike] == ["once", "twice"]
    assert [s.id for s in found.repeated] == ["twice"]
    assert [s.id for s in found.waiting] == ["smtp"]
    assert {hour: s.id for hour, s in found.largest.items()} == {
        NOW - timedelta(hours=1): "once",
        NOW: "large",
    }


def test_a_write_does_not_repeat_the_scans_and_what_was_stopped_is_left_out_at_once(
    store: Counted,
) -> None:
    scans = scans_of(store)
    read(scans)
    for id in ("large", "twice", "smtp"):
        stop(store, id)
    found = read(scans)
    assert (found.large, found.repeated, found.waiting) == ([], [], [])
    assert [s.id for s in found.alike] == ["once"]
    assert [s.id for s in found.largest.values()] == ["once"]
    assert store.scans == 1


def test_a_new_send_is_found_by_the_next_scan(store: Counted) -> None:
    scans = scans_of(store)
    read(scans)
    load(store, send("larger", total=900))
    assert [s.id for s in read(scans).large] == ["large"]
    assert [s.id for s in read(scans, SCAN_EVERY).large] == ["larger", "large"]
    assert store.scans == 2
