"""Laws of merging, for any sends and any feeds."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.list_query import ListQuery, Sort
from core.domain.load_results import ImportSummary, Reason, Reject
from core.domain.model import SendConfiguration
from core.domain.states import State
from core.ports.feed_batches import FED
from core.store.duckdb.engine import MEMORY, DuckDBEngine
from core.store.sql_store import SqlStore
from core.store.writes import known_files
from tests.levels import examples
from tests.sends import ME, NOW, Sends, actions, clear, receipts_in, send

pytestmark = pytest.mark.slow

IDS = "abcde"
ROW = st.builds(
    lambda state, generated, age, total: replace(
        send("x", state, generated, total),
        updated_at=None if age is None else NOW - timedelta(minutes=age),
    ),
    state=st.sampled_from(State),
    generated=st.sampled_from([None, 0, 5_000, 7_000]),
    age=st.sampled_from([None, 0, 5, 10]),
    total=st.just(7_000),
)


def feeds(ids: str = IDS) -> st.SearchStrategy[list[SendConfiguration]]:
    return st.dictionaries(st.sampled_from(ids), ROW, max_size=len(ids)).map(
        lambda rows: [replace(row, id=send(id).id, name=f"n {id}") for id, row in rows.items()]
    )


@pytest.fixture(scope="module")
def store() -> Iterator[SqlStore]:
    made = SqlStore(DuckDBEngine(MEMORY))
    made._engine.rows("SET GLOBAL threads = 1")
    yield made
    made.close()


def begin(store: SqlStore, rows: list[SendConfiguration], aborted: str = "") -> None:
    clear(store)
    merge(store, rows, at=NOW - timedelta(minutes=5))
    for id in aborted:
        if store.configuration(send(id).id) is not None:
            actions(store, own=False).abort(send(id).id, ME)


def merge(
    store: SqlStore,
    rows: list[SendConfiguration],
    rejects: tuple[Reject, ...] = (),
    known_as: str = "",
    is_full: bool = False,
    at: datetime = NOW,
) -> ImportSummary:
    summary = ImportSummary(id=str(store.revision), name="f", loaded_at=at, actor="t")
    return store.load(summary, Sends(rows, rejects, fingerprint=known_as), is_full=is_full)


def facts(store: SqlStore) -> list[SendConfiguration]:
    return list(store.page(ListQuery(sort=Sort.NAME)).rows)


BOUNDED = examples(30)
ABORTED = st.text(IDS, max_size=3)


@BOUNDED
@given(feeds(), feeds(), ABORTED)
def test_the_same_feed_again_changes_nothing(
    store: SqlStore, first: list[SendConfiguration], feed: list[SendConfiguration], aborted: str
) -> None:
    begin(store, first, aborted)
    merge(store, feed)
    before = facts(store)
    again = merge(store, feed)
    assert facts(store) == before
    assert (again.new, again.changed, again.confirmed, again.contradicted) == (0, 0, 0, 0)


@BOUNDED
@given(
    feeds(),
    feeds(),
    st.none() | feeds(),
    ABORTED,
    st.booleans(),
    st.integers(0, 2),
    st.sampled_from([-6, -1, 0, 1]),
)
def test_a_file_known_from_before_ends_as_if_it_were_read_anew(
    store: SqlStore,
    first: list[SendConfiguration],
    feed: list[SendConfiguration],
    between: list[SendConfiguration] | None,
    aborted: str,
    is_full: bool,
    minutes: int,
    between_minutes: int,
) -> None:
    ends = []
    for known_as in ("", "this file"):
        begin(store, first)
        merge(store, feed, known_as=known_as, is_full=is_full)
        for id in aborted:
            if store.configuration(send(id).id) is not None:
                actions(store, own=False).abort(send(id).id, ME)
        if between is not None:
            merge(store, between, at=NOW + timedelta(minutes=between_minutes))
        later = NOW + timedelta(minutes=minutes)
        # Also if many of its sends have changed.
        with patch.object(known_files, "_MOST_MOVED", 1):
            done = merge(store, feed, known_as=known_as, is_full=is_full, at=later)
        receipts = {r.configuration_id: r.confirmation for r in receipts_in(store)}
        ends.append((facts(store), receipts, replace(done, id="", fingerprint="")))
    assert ends[0] == ends[1]


@BOUNDED
@given(feeds(), feeds("ab"), feeds("cde"), ABORTED)
def test_the_order_of_two_feeds_without_a_common_send_does_not_matter(
    store: SqlStore,
    first: list[SendConfiguration],
    one: list[SendConfiguration],
    other: list[SendConfiguration],
    aborted: str,
) -> None:
    ends = []
    for order in ((one, other), (other, one)):
        begin(store, first, aborted)
        for feed in order:
            merge(store, feed)
        ends.append(facts(store))
    assert ends[0] == ends[1]


@BOUNDED
@given(feeds(), feeds())
def test_a_feed_older_than_what_is_stored_changes_nothing(
    store: SqlStore, first: list[SendConfiguration], feed: list[SendConfiguration]
) -> None:
    begin(store, [replace(row, updated_at=NOW) for row in first])
    before = facts(store)
    known = {row.id for row in first}
    older = [replace(r, updated_at=NOW - timedelta(minutes=1)) for r in feed if r.id in known]
    done = merge(store, older)
    assert facts(store) == before
    assert (done.new, done.changed) == (0, 0)


#: What a platform reported about one send, in the order of the platform's time.
LIVES = st.lists(
    st.tuples(st.sampled_from(State), st.sampled_from([0, 0, 5_000, 7_000])), min_size=2, max_size=4
)


@BOUNDED
@given(
    st.dictionaries(st.sampled_from("abc"), LIVES, min_size=1),
    st.permutations(range(4)),
    st.lists(st.integers(0, 9), min_size=4, max_size=4),
)
def test_where_each_row_says_when_it_was_true_the_order_of_files_does_not_matter(
    store: SqlStore,
    lives: dict[str, list[tuple[State, int]]],
    order: list[int],
    made: list[int],
) -> None:
    def file(n: int) -> list[SendConfiguration]:
        rows = []
        for id, life in lives.items():
            state, count = life[min(n, len(life) - 1)]
            generated = max(count, *(each for _, each in life[: n + 1]), 0)
            at = NOW + timedelta(minutes=min(n, len(life) - 1))
            rows.append(replace(send(id, state, generated), updated_at=at))
        return rows

    ends = []
    for files in (range(4), order):
        begin(store, [])
        for n in files:
            merge(store, file(n), at=NOW + timedelta(minutes=made[n]))
        ends.append([(s.state, s.generated_records, s.updated_at) for s in facts(store)])
    assert ends[0] == ends[1]
    assert [state for state, *_ in ends[0]] == [lives[id][-1][0] for id in sorted(lives)]


@BOUNDED
@given(st.lists(st.tuples(feeds(), st.integers(-9, 9)), max_size=5), ABORTED)
def test_a_count_of_generated_records_never_falls(
    store: SqlStore, files: list[tuple[list[SendConfiguration], int]], aborted: str
) -> None:
    begin(store, [], aborted)
    most: dict[str, int] = {}
    for rows, minutes in files:
        merge(store, rows, at=NOW + timedelta(minutes=minutes))
        for one in facts(store):
            assert (one.generated_records or 0) >= most.get(one.id, 0)
            most[one.id] = one.generated_records or 0


@BOUNDED
@given(feeds(), feeds())
def test_without_times_a_file_made_before_another_ends_and_reopens_nothing(
    store: SqlStore, first: list[SendConfiguration], older: list[SendConfiguration]
) -> None:
    begin(store, [replace(row, updated_at=None) for row in first])
    before = {one.id: one for one in facts(store)}
    undated = [replace(row, updated_at=None) for row in older]
    merge(store, undated, at=NOW - timedelta(minutes=9))
    ends = (State.CANCELLED, State.ABORTED, State.SENT_DONE)
    for one in facts(store):
        if (was := before.get(one.id)) is not None:
            assert (was.state in ends) <= (one.state is was.state)
            more = (one.generated_records or 0) > (was.generated_records or 0)
            further = more or one.state is State.SENT_DONE
            assert (one.state in ends) <= (one.state is was.state or further)


@BOUNDED
@given(feeds(), feeds(), ABORTED, st.integers(0, 3))
def test_every_row_has_one_fate_and_a_dry_run_returns_it(
    store: SqlStore,
    first: list[SendConfiguration],
    feed: list[SendConfiguration],
    aborted: str,
    bad: int,
) -> None:
    begin(store, first, aborted)
    rejects = tuple(Reject(line=n, raw="", reasons=[Reason("bad")]) for n in range(bad))
    summary = ImportSummary(id="x", name="f", loaded_at=NOW, actor="t", headings=FED)
    tried = store.compare(summary, Sends(feed, rejects))
    done = store.load(summary, Sends(feed, rejects))
    assert tried.summary == done
    assert len(tried.rejects) == bad
    assert len(tried.aborts) == done.confirmed + done.left_open + done.contradicted
    assert done.rows == len(feed) + bad
    assert done.confirmed + done.left_open + done.contradicted <= done.held + done.unchanged


@BOUNDED
@given(feeds(), feeds(), ABORTED)
def test_no_feed_brings_a_cancelled_send_back(
    store: SqlStore, first: list[SendConfiguration], feed: list[SendConfiguration], aborted: str
) -> None:
    begin(store, first, aborted)
    ours = {r.configuration_id for r in receipts_in(store) if r.accepted}
    merge(store, feed)
    stopped = (State.CANCELLING, State.CANCELLED)
    assert all(one.state in stopped for one in facts(store) if one.id in ours)
