"""A file that is loaded again is known: only sends with changes since then are read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from core.domain.load_results import ImportSummary, Reason, Reject
from core.domain.model import SendConfiguration
from core.domain.states import State
from core.ports.feed_batches import Batch
from core.ports.shared_state import DEMO, ORIGIN
from core.store.sql_store import SqlStore
from core.store.writes.known_files import KNOWN_FOR
from tests.sends import ME, NOW, Sends, actions, load, send


@dataclass(frozen=True)
class Watched(Sends):
    """A feed that records the calls it gets."""

    fingerprint: str = "this file"
    size: int = 0
    asked: list[Sequence[str] | None] = field(default_factory=list)

    def batches(self, only: Sequence[str] | None = None) -> Iterator[Batch]:
        self.asked.append(only)
        return super().batches(only)


def merged(
    store: SqlStore, feed: Sends, minutes: float = 0, *, is_full: bool = False
) -> ImportSummary:
    at = NOW + timedelta(minutes=minutes)
    summary = ImportSummary(id=f"{minutes}", name="f", loaded_at=at, actor="t", as_of=at)
    return store.load(summary, feed, is_full=is_full)


def sends(*ids: str) -> list[SendConfiguration]:
    return [send(id) for id in ids]


def test_of_a_file_that_comes_again_no_row_is_read_and_all_are_counted(store: SqlStore) -> None:
    feed = Watched(sends("a", "b", "c", "d"))
    merged(store, feed)
    again = merged(store, feed, 1)
    assert feed.asked == [None]
    assert (again.rows, again.unchanged) == (4, 4)
    assert [each.unchanged for each in store.imports(9)] == [4, 0]


def test_of_a_known_file_the_sends_that_moved_on_are_read(store: SqlStore) -> None:
    feed = Watched(sends("a", "b", "c", "d"))
    merged(store, feed)
    actions(store, own=False).abort(send("b").id, ME)
    again = merged(store, feed, 1)
    assert feed.asked == [None, ["b"]]
    assert (again.held, again.left_open, again.unchanged) == (1, 1, 3)


def test_another_file_in_between_is_taken_into_account(store: SqlStore) -> None:
    feed = Watched(sends("a", "b", "c", "d", "e", "f"))
    load(store, send("f"))
    merged(store, feed)
    merged(store, Sends([replace(send("c"), name="Newer"), send("g")]), 1)
    again = merged(store, feed, 2)
    assert (again.changed, again.unchanged) == (1, 5)
    found = store.configuration(send("c").id)
    assert found is not None
    assert found.name == send("c").name


def test_a_full_snapshot_that_comes_again_misses_what_came_in_between(store: SqlStore) -> None:
    feed = Watched(sends("a", "b", "c", "d"))
    load(store, send("old"))
    assert merged(store, feed, is_full=True).missing == 1
    load(store, send("new"))
    again = merged(store, feed, 2, is_full=True)
    assert (again.missing, again.unchanged) == (1, 4)


def test_a_file_is_read_anew_after_half_a_day_and_where_the_clock_went_back(
    store: SqlStore,
) -> None:
    feed = Watched(sends("a"))
    merged(store, feed)
    merged(store, feed, KNOWN_FOR / timedelta(minutes=1) + 1)
    merged(store, feed, -1)
    assert feed.asked == [None, None, None]


def test_a_file_with_rejected_or_stale_rows_is_read_anew(store: SqlStore) -> None:
    bad = Reject(line=2, raw="x", reasons=[Reason("bad")])
    feed = Watched(sends("a"), [bad])
    assert [merged(store, feed, n).rejected for n in (0, 1)] == [1, 1]
    load(store, send("s", State.SENT_DONE, 7_000))
    stale = Watched(sends("s"), fingerprint="another")
    assert [merged(store, stale, n).stale for n in (2, 3)] == [1, 1]
    assert feed.asked + stale.asked == [None] * 4


def test_where_most_of_a_file_moved_on_all_of_it_is_read(store: SqlStore) -> None:
    feed = Watched(sends("a", "b"))
    merged(store, feed)
    for id in ("a", "b"):
        actions(store, own=False).abort(send(id).id, ME)
    again = merged(store, feed, 1)
    assert feed.asked == [None, None]
    assert again.held == 2


def test_a_trial_knows_the_file_too(store: SqlStore) -> None:
    feed = Watched(sends("a", "b"))
    merged(store, feed)
    at = NOW + timedelta(minutes=1)
    summary = ImportSummary(id="t", name="f", loaded_at=at, actor="t", as_of=at)
    assert store.compare(summary, feed).summary.unchanged == 2
    assert feed.asked == [None]


def test_the_demo_makes_way_for_a_file_that_is_known(store: SqlStore) -> None:
    feed = Watched(sends("a"))
    merged(store, feed)
    at = NOW + timedelta(minutes=1)
    summary = ImportSummary(id="r", name="f", loaded_at=at, actor="t", as_of=at)
    store.set_fact(ORIGIN, DEMO)
    assert store.load(summary, feed, replace_demo=True).new == 1
