"""The daily counts give the same numbers and pages as a count of all rows."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest

from core.domain.lifecycle import Pace, Step, next_step
from core.domain.list_query import ListQuery, MayHaveBegun, Sort
from core.domain.load_results import ImportSummary
from core.domain.model import ConfigurationId, Guard, SendConfiguration, Source
from core.domain.rules import outlook_of
from core.domain.states import MAY_BE_STOPPED, Generation, Outlook, State
from core.platforms import icomm
from core.ports.shared_state import DEMO, ORIGIN
from core.store.daily_counts import begin_of, day_of, split_days
from core.store.reads import lists
from core.store.sql_store import SqlStore
from core.store.writes import upkeep
from tests.daily_counts_check import is_true, recount
from tests.sends import ME, NOW, Sends, actions, clear, load, send

pytestmark = pytest.mark.slow


def many(count: int, seed: int = 7) -> list[SendConfiguration]:
    """Return sends of some weeks, and one that is half a year old."""
    chance = random.Random(seed)
    made = []
    for n in range(count):
        days = -180 if n == 0 else chance.choice([-30, -29, -12, -2, -1, 0, 1, 9])
        hours = chance.choice([-1, 0, 0, 1, 13, 23])
        made.append(
            SendConfiguration(
                id=ConfigurationId(f"s{n:04}"),
                name=f"Promoção {n % 7}",
                account=f"Conta {n % 3}",
                channel=("e-mail", "SMS")[n % 2],
                state=State.SCHEDULED if n == 0 else chance.choice(list(State)),
                total_records=1_000 + n,
                generated_records=chance.choice([None, 0, 0, 500]),
                scheduled_at=NOW.replace(hour=0) + timedelta(days=days, hours=hours),
            )
        )
    return made


def test_it_is_true_after_every_kind_of_write(store: SqlStore) -> None:
    load(store, *many(120))
    assert is_true(store)
    for n in range(120):
        actions(store).abort(ConfigurationId(f"s{n:04}"), ME)
    assert is_true(store)
    due = store.due_to_move(NOW + timedelta(days=2), 500)
    steps = [s for c in due if (s := next_step(c, NOW + timedelta(days=3), Pace(), icomm.PLATFORM))]
    assert store.advance(steps, Source.PLATFORM, "platform") > 0
    assert is_true(store)
    moved = [m for m in many(140, seed=9) if m.state is not State.SCHEDULED]
    load(store, *moved)
    assert is_true(store)
    summary = ImportSummary(id="anew", name="f", loaded_at=NOW, actor="t")
    store.set_fact(ORIGIN, DEMO)
    store.load(summary, Sends(many(30)), replace_demo=True)
    assert is_true(store)
    clear(store)
    assert is_true(store)


def test_a_guard_that_misses_leaves_it_true(store: SqlStore) -> None:
    load(store, send("s1"))
    step = next_step(send("s1"), NOW, Pace(), icomm.PLATFORM)
    assert step is not None
    assert store.advance([step], Source.PLATFORM, "p") == 1
    assert store.advance([step], Source.PLATFORM, "p") == 0
    assert is_true(store)


@pytest.mark.parametrize("other", [{"total_records": 7}, {"total_records": None}])
def test_a_guard_from_replaced_data_misses_although_the_version_is_the_same(
    store: SqlStore, other: dict[str, int | None]
) -> None:
    load(store, replace(send("s1"), **other))
    step = next_step(send("s1"), NOW, Pace(), icomm.PLATFORM)
    assert step is not None
    assert store.advance([step], Source.PLATFORM, "p") == 0
    assert is_true(store)


def test_a_send_of_unknown_size_that_changes_places_with_an_empty_one_leave_it_true(
    store: SqlStore,
) -> None:
    unknown = replace(send("s1"), total_records=None)
    empty = send("s2", State.PROCESANDO, total=0)
    load(store, unknown, empty)
    steps = [
        Step(Guard.of(before), replace(before, state=state, updated_at=NOW, version=2))
        for before, state in ((unknown, State.PROCESANDO), (empty, State.SCHEDULED))
    ]
    assert store.advance(steps, Source.PLATFORM, "p") == 2
    assert is_true(store)


def test_tidying_makes_it_shorter_and_leaves_it_true(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(store, *(send(f"s{n}") for n in range(20)))
    for n in range(20):
        actions(store).abort(ConfigurationId(f"s{n}"), ME)
    before, revision = store._engine.rows("SELECT count(*) FROM daily_counts"), store.revision
    store.tidy()
    assert store._engine.rows("SELECT count(*) FROM daily_counts") == before, "few rows stay"
    monkeypatch.setattr(upkeep, "MAX_EXTRA_ROWS", 5)
    store.tidy()
    assert store._engine.rows("SELECT count(*) FROM daily_counts") == [(1,)]
    assert is_true(store)
    assert store.revision == revision


def test_counting_anew_mends_what_was_written_past_the_store(store: SqlStore) -> None:
    load(store, *many(50))
    with store._engine.transaction() as tx:
        tx.rows("UPDATE configurations SET state = 'SENT-DONE', account = 'another'")
    assert not is_true(store)
    recount(store._engine)
    assert is_true(store)


RANGES = [
    (None, None),
    (NOW - timedelta(days=29, hours=5), None),
    (None, NOW + timedelta(hours=3)),
    (NOW - timedelta(days=13), NOW + timedelta(days=1, hours=13)),
    (NOW - timedelta(hours=1), NOW + timedelta(hours=1)),
    (begin_of(day_of(NOW)), begin_of(day_of(NOW) + 1)),
    (NOW, NOW),
    (NOW + timedelta(hours=1), NOW),
]


#: Time ranges in the future: an hour, some days, and one that passes midnight.
AHEAD = [
    (NOW, NOW + timedelta(hours=1)),
    (NOW - timedelta(days=12), NOW + timedelta(days=1, hours=13)),
    (begin_of(day_of(NOW)), begin_of(day_of(NOW) + 2)),
    (begin_of(day_of(NOW)) + timedelta(hours=1), begin_of(day_of(NOW) + 1)),
]
#: States in which a send has ended, or in which the platform will end it.
ENDED = {
    *(State.DELIVERY_ENDING, State.SENT_DONE),
    *(State.CANCELLING, State.CANCELLED, State.ABORTED),
}


def is_late(query: ListQuery, c: SendConfiguration) -> bool:
    """Return whether a send should have begun within a day before the range but has not."""
    if not query.looks_ahead or query.since is None or c.state in ENDED:
        return False
    return c.generation is not Generation.STARTED and c.scheduled_at > query.since - timedelta(
        hours=24
    )


def answers(query: ListQuery, c: SendConfiguration) -> bool:
    """Return whether a send passes the filters, computed in plain Python."""
    return (
        (query.since is None or c.scheduled_at >= query.since or is_late(query, c))
        and (query.until is None or c.scheduled_at < query.until)
        and query.account in ("", c.account)
        and query.state in (None, c.state)
        and (query.outlooks is None or outlook_in(query, c) in query.outlooks)
    )


def outlook_in(query: ListQuery, c: SendConfiguration) -> Outlook:
    found = outlook_of(c, icomm.PLATFORM)
    begun = query.begun
    if begun is None or c.scheduled_at is None or found is not Outlook.STOPPABLE:
        return found
    is_begun = c.scheduled_at < begun.until and c.id not in begun.surely_not
    return Outlook.UNCERTAIN if is_begun else found


SOME = tuple(ConfigurationId(f"s{n:04}") for n in range(0, 260, 3))
#: Sends before now that surely have not begun. All other sends before now may have begun.
SURE = [c for c in many(260) if c.id in SOME and c.scheduled_at < NOW]
BEGUN = MayHaveBegun(NOW, tuple(c.id for c in SURE), min(c.scheduled_at for c in SURE))
OUTLOOKS = [
    (None, None),
    ((), None),
    (MAY_BE_STOPPED, None),
    (MAY_BE_STOPPED, BEGUN),
    ((Outlook.STOPPABLE,), BEGUN),
    ((Outlook.UNCERTAIN, Outlook.TOO_LATE), BEGUN),
]


@pytest.mark.parametrize(
    ("since", "until", "looks_ahead"),
    [*((*each, False) for each in RANGES), *((*each, True) for each in AHEAD)],
)
def test_every_page_of_every_list_has_the_rows_that_come_next(
    store: SqlStore,
    scaled: Callable[[float], int],
    since: datetime | None,
    until: datetime | None,
    looks_ahead: bool,
) -> None:
    sends = many(260)
    load(store, *sends)
    filters = list(
        product(
            ("", "Conta 1"),
            (None, State.SENT_DONE),
            OUTLOOKS,
            (Sort.NEWEST, Sort.OLDEST),
        )
    )
    some = random.Random(f"{since} {until}").sample(filters, scaled(len(filters)))
    for account, state, (outlooks, begun), sort in some:
        query = ListQuery(
            since=since,
            until=until,
            looks_ahead=looks_ahead,
            account=account,
            state=state,
            outlooks=outlooks,
            begun=begun,
            sort=sort,
        )
        sign = -1 if sort is Sort.NEWEST else 1
        expected = sorted(
            (c for c in sends if answers(query, c)),
            key=lambda c: (sign * c.scheduled_at.timestamp(), c.id),
        )
        found: list[str] = []
        for page in range(1, 5):
            got = store.page(replace(query, page=page, page_size=100))
            assert got.total == len(expected)
            found += [c.id for c in got.rows]
        assert found == [c.id for c in expected]


@pytest.mark.parametrize(
    "filters",
    [{}, {"text": "promocao"}, {"outlooks": (Outlook.STOPPABLE,), "begun": BEGUN}, {"since": NOW}],
)
def test_soonest_first_begins_with_what_is_to_come_and_loses_nothing(
    store: SqlStore, filters: dict[str, Any]
) -> None:
    untimed = [
        replace(send(f"u{n}", State.DRAFT), scheduled_at=None, name="Promoção") for n in range(3)
    ]
    sends = [*many(260), *untimed]
    load(store, *sends)
    query = ListQuery(sort=Sort.SOONEST, now=NOW, page_size=50, **filters)
    ahead = replace(query, since=NOW, looks_ahead=True)

    def place(c: SendConfiguration) -> tuple[int, float, str]:
        if c.scheduled_at is None:
            return 2, 0, c.id
        is_past = c.scheduled_at < NOW and not is_late(ahead, c)
        return is_past, c.scheduled_at.timestamp() * (-1 if is_past else 1), c.id

    expected = [c for c in sends if c.scheduled_at or query.since is None]
    expected = sorted((c for c in expected if answers(query, c)), key=place)
    pages = [store.page(replace(query, page=page)) for page in range(1, 8)]
    assert [c.id for page in pages for c in page.rows] == [c.id for c in expected]
    assert {page.total for page in pages} == {len(expected)}


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"text": "promocao"},
        {"ids": SOME[:40]},
        {"since": NOW - timedelta(days=3), "looks_ahead": True},
    ],
)
def test_sends_that_may_have_begun_count_as_uncertain(
    store: SqlStore, filters: dict[str, Any]
) -> None:
    sends = many(260)
    load(store, *sends)
    query = ListQuery(begun=BEGUN, **filters)
    listed = [c for c in sends if c.id in filters.get("ids", (c.id,)) and answers(query, c)]
    assert any(c.id in BEGUN.surely_not for c in listed)
    expected = Counter((c.state, outlook_in(query, c)) for c in listed)
    counts = store.state_counts(query)
    assert {(c.state, c.outlook): c.configurations for c in counts if c.configurations} == expected
    people = sum(c.recipients for c in store.state_counts(replace(query, begun=None)))
    assert sum(c.recipients for c in counts) == people
    for outlook in (Outlook.STOPPABLE, Outlook.UNCERTAIN):
        for sort in (Sort.CLOSING, Sort.RECIPIENTS):
            found = store.page(replace(query, outlooks=(outlook,), sort=sort, page_size=100))
            assert {outlook_in(query, c) for c in found.rows} <= {outlook}
            known = sum(n for (_state, each), n in expected.items() if each is outlook)
            assert len(found.rows) == found.total == known


def test_closing_soonest_begins_with_what_can_be_stopped_and_loses_nothing(
    store: SqlStore,
) -> None:
    load(store, *many(260))
    pages = [store.page(ListQuery(page=page)).rows for page in range(1, 13)]
    ids = [c.id for rows in pages for c in rows]
    assert len(ids) == len(set(ids)) == 260
    ahead = store.closing(NOW - timedelta(days=9_000), 500)
    assert ids[: len(ahead)] == [c.id for c in ahead]
    assert ahead[0].id == "s0000", "the forgotten one is the first"
    top = store.top_rows(ListQuery(page=3), 200, store.state_counts(ListQuery()))
    assert [c.id for c in top.rows] == ids[:200]
    assert top.total == 260
    scheduled = ListQuery(state=State.SCHEDULED)
    assert store.top_rows(scheduled, 500, store.state_counts(scheduled)).rows == [
        c for page in range(1, 13) for c in store.page(replace(scheduled, page=page)).rows
    ]


def test_a_search_among_very_many_looks_through_the_newest_unless_asked_for_all(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(store, *many(200))
    monkeypatch.setattr(lists, "MOST_SEARCHED", 90)
    newest = store.page(ListQuery(text="promocao"))
    everything = store.page(ListQuery(text="promocao", everything=True))
    assert everything.total == 200
    assert everything.searched_since is None
    assert newest.searched_since is not None
    assert 0 < newest.total <= 90
    assert all(c.scheduled_at >= newest.searched_since for c in newest.rows)
    assert sum(c.configurations for c in store.state_counts(ListQuery(text="promocao"))) == (
        newest.total
    )


def test_a_range_is_whole_days_and_what_is_left_at_both_ends() -> None:
    since, until = NOW - timedelta(days=2), NOW + timedelta(days=1)
    parts = split_days(ListQuery(since=since, until=until))
    assert (parts.first, parts.end) == (day_of(NOW) - 1, day_of(NOW) + 1)
    assert [(e.since, e.until) for e in parts.edges] == [
        (since, begin_of(day_of(NOW) - 1)),
        (begin_of(day_of(NOW) + 1), until),
    ]
    whole = split_days(ListQuery(since=begin_of(4), until=begin_of(6)))
    assert (whole.first, whole.end, whole.edges) == (4, 6, ())
