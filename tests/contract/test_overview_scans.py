"""The scans of the overview, on both engines."""

from dataclasses import replace
from datetime import timedelta

from core.domain.list_query import ListQuery
from core.domain.model import SendConfiguration
from core.domain.states import GOES_OUT, MAY_BE_STOPPED, State
from core.forecasting.flags import SizeLimit
from core.store.sql_store import SqlStore
from tests.sends import ME, NOW, actions, load, send

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
EVERYTHING = (NOW - 30 * DAY, NOW + 30 * DAY)


def of(
    id: str,
    account: str = "Norte",
    total: int = 100,
    after: timedelta = HOUR,
    state: State = State.SCHEDULED,
) -> SendConfiguration:
    made = send(id, state, total=total)
    return replace(made, account=account, channel="e-mail", scheduled_at=NOW + after)


def test_each_hour_has_its_largest_send_that_goes_out(store: SqlStore) -> None:
    load(
        store,
        of("small", total=10),
        of("large", total=30),
        of("stopped", total=90, state=State.CANCELLED),
        of("later", "Sul", total=5, after=2 * HOUR),
    )
    found = store.largest_of_hours(*EVERYTHING, GOES_OUT)
    assert {hour: (s.id, s.recipients) for hour, s in found.items()} == {
        NOW + HOUR: ("large", 30),
        NOW + 2 * HOUR: ("later", 5),
    }
    seen = store.largest_of_hours(*EVERYTHING, GOES_OUT, frozenset({"Sul"}))
    assert [s.id for s in seen.values()] == ["later"]


def test_each_hour_has_its_largest_send_that_can_still_be_stopped(store: SqlStore) -> None:
    load(
        store,
        of("small", total=10),
        of("large", total=30),
        replace(of("begun", total=9_000, state=State.IN_PROGRESS), generated_records=5_000),
        replace(of("begun too", total=90, after=2 * HOUR), state=State.SENT_DONE),
    )
    found = store.largest_of_hours(*EVERYTHING, MAY_BE_STOPPED)
    assert {hour: s.id for hour, s in found.items()} == {NOW + HOUR: "large"}
    going = store.largest_of_hours(*EVERYTHING, GOES_OUT)
    assert going[NOW + HOUR].id == "begun"


def test_a_send_that_went_on_after_its_abort_can_be_the_largest_of_its_hour(
    store: SqlStore,
) -> None:
    load(store, of("large", total=90), of("small", total=10))
    actions(store, own=False).abort(of("large").id, ME)
    assert store.largest_of_hours(*EVERYTHING, GOES_OUT)[NOW + HOUR].id == "small"
    begun = replace(of("large", total=90, state=State.IN_PROGRESS), generated_records=5)
    load(store, begun)
    assert store.largest_of_hours(*EVERYTHING, GOES_OUT)[NOW + HOUR].id == "large"
    assert store.largest_of_hours(*EVERYTHING, MAY_BE_STOPPED)[NOW + HOUR].id == "small"
    assert store.states((begun.id,), *EVERYTHING) == {begun.id: State.IN_PROGRESS}


def test_a_send_is_large_by_the_limit_of_its_own_account_and_channel(store: SqlStore) -> None:
    load(
        store,
        of("far above", total=500),
        of("usual", total=80),
        of("at the limit", total=100),
        of("usual there", "Sul", total=900),
        of("generating", total=500, state=State.DELIVERY_ENDING),
        of("no limit known", "Leste", total=5_000),
        replace(of("another channel", total=500), channel="SMS"),
    )
    limits = (SizeLimit("e-mail", "Norte", 40, 100), SizeLimit("e-mail", "Sul", 400, 1_000))
    found = store.larger_than(limits, *EVERYTHING, 10)
    assert [(s.id, s.recipients, limit.median) for s, limit in found] == [("far above", 500, 40)]
    assert store.larger_than(limits, *EVERYTHING, 10, frozenset({"Sul"})) == []
    assert store.larger_than((), *EVERYTHING, 10) == []
    assert store.larger_than(limits, NOW + 2 * HOUR, NOW + DAY, 10) == []


def test_the_later_of_two_equal_sends_within_a_day_repeats_the_earlier(store: SqlStore) -> None:
    def again(id: str, after: timedelta, state: State = State.SCHEDULED) -> SendConfiguration:
        return replace(of(id, after=after, state=state), name="Promo", audience="all")

    load(
        store,
        again("sent", -HOUR, State.SENT_DONE),
        again("twice", 2 * HOUR),
        again("thrice", 2 * HOUR),
        again("tomorrow", 27 * HOUR),
        replace(again("other audience", HOUR), audience="some"),
        replace(again("other account", HOUR), account="Sul"),
    )
    assert alike(store) == {"thrice": True, "twice": True}
    assert [s.id for s, _ in store.alike(NOW, NOW + 2 * DAY, 1)] == ["thrice"]
    assert store.alike(NOW, NOW + 2 * DAY, 10, frozenset({"Sul"})) == []


def test_the_first_of_some_sends_that_are_alike_repeats_none(store: SqlStore) -> None:
    for id, after in (("first", HOUR), ("second", 2 * HOUR)):
        load(store, replace(of(id, after=after), name="Promo"))
    assert alike(store) == {"first": False, "second": True}


def alike(store: SqlStore) -> dict[str, bool]:
    """Return whether each send of two days that is like another one repeats an earlier one."""
    return {send.id: repeats for send, repeats in store.alike(NOW, NOW + 2 * DAY, 10)}


def test_what_was_stopped_is_not_repeated(store: SqlStore) -> None:
    for id, state in (("first", State.CANCELLED), ("second", State.SCHEDULED)):
        load(store, replace(of(id, state=state), name="Promo"))
    assert alike(store) == {}


def test_what_went_on_after_its_abort_can_be_repeated(store: SqlStore) -> None:
    first, second = (replace(of(id, after=HOUR), name="Promo") for id in ("first", "second"))
    load(store, first, second)
    actions(store, own=False).abort(first.id, ME)
    assert alike(store) == {}
    load(store, replace(first, state=State.IN_PROGRESS, generated_records=5))
    assert alike(store) == {"second": True}


def test_the_largest_sends_of_a_list_come_with_their_names_or_all_facts(store: SqlStore) -> None:
    sends = [of("a", total=1), of("b", total=3), of("c", total=2), of("d", total=9, after=5 * DAY)]
    load(store, *sends)
    query = ListQuery(since=NOW, until=NOW + DAY)
    assert [(s.id, s.recipients) for s in store.largest_named(query, 2)] == [("b", 3), ("c", 2)]
    assert [c.id for c in store.largest(query, 2)] == ["b", "c"]


def test_the_states_of_some_sends_are_read_in_a_window(store: SqlStore) -> None:
    load(store, of("a"), of("b", state=State.PAUSED), of("c"), of("d", after=5 * DAY))
    ids = tuple(of(id).id for id in "abd")
    found = store.states(ids, NOW, NOW + DAY)
    assert found == {"a": State.SCHEDULED, "b": State.PAUSED}
    assert store.states((), NOW, NOW + DAY) == {}


def test_accounts_come_by_their_recipients_under_the_filters_of_a_list(store: SqlStore) -> None:
    load(
        store,
        of("a", "Norte", 10),
        of("b", "Norte", 20),
        of("c", "Sul", 70),
        of("d", "Leste", 5),
        of("e", "Leste", 500, after=5 * DAY),
    )
    query = ListQuery(since=NOW, until=NOW + DAY)
    found = store.busiest_accounts(query, 2)
    assert [(a.account, a.configurations, a.recipients) for a in found] == [
        ("Sul", 1, 70),
        ("Norte", 2, 30),
    ]
    mine = replace(query, visible=frozenset({"Leste"}))
    assert [a.recipients for a in store.busiest_accounts(mine, 2)] == [5]
