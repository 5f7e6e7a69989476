"""Alerts: raised by the rules and sent once to each channel, on both engines."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.alerts.channels import open_channels
from core.alerts.message import MessageComposer
from core.alerts.outbox import FIRST_WAIT, AlertOutbox
from core.alerts.watch import AlertWatch, stuck_sends
from core.domain.alerts import Alert, AlertKind
from core.domain.freshness import Freshness
from core.domain.load_results import ImportSummary
from core.domain.model import ConfigurationId, SendConfiguration
from core.domain.quiet_hours import QuietHours
from core.domain.states import State
from core.forecasting.baselines import LEVELS, Baselines, Group, Span, Spread, size_class
from core.infrastructure.lease import Lease
from core.store.sql_store import SqlStore
from tests.alerts.receiver import Receiver
from tests.sends import ME, NOW, Sends, actions, load, send

MINUTE = timedelta(minutes=1)
K = AlertKind


class Hands:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def turn(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().serving() as found:
        yield found


def watch(
    store: SqlStore,
    clock: Hands,
    *,
    facts_at: datetime | None = None,
    troubles: Callable[[], list[AlertKind]] = list,
) -> AlertWatch:
    return AlertWatch(
        store,
        lambda: Freshness(facts_at or clock.now, clock.now, 15 * MINUTE),
        Baselines,
        stuck_after=60 * MINUTE,
        least=100_000,
        within=15 * MINUTE,
        overdue_after=30 * MINUTE,
        troubles=troubles,
    )


def outbox(store: SqlStore, clock: Hands, *urls: str, **more: object) -> AlertOutbox:
    composer = MessageComposer(ZoneInfo("America/Sao_Paulo"), "https://freio.example")
    found = open_channels(" ".join(urls))
    return AlertOutbox(store, found, composer, clock, is_demo=lambda: False, **more)


def large(id: str, minutes: float, total: int = 100_000) -> SendConfiguration:
    return replace(send(id, total=total), scheduled_at=NOW + timedelta(minutes=minutes))


def under_way(id: str, moved: datetime, state: State = State.PROCESANDO) -> SendConfiguration:
    return replace(send(id, state), updated_at=moved)


def found(watching: AlertWatch) -> list[tuple[AlertKind, ConfigurationId | None]]:
    return [(alert.kind, alert.configuration_id) for alert in watching.check()]


def alert(id: str, kind: AlertKind = K.LARGE) -> Alert:
    return Alert(event=f"{kind}:{id}", kind=kind, at=NOW, name=id, recipients=5)


def test_a_large_send_raises_an_alert_shortly_before_it_starts(
    store: SqlStore, clock: Hands
) -> None:
    load(store, large("in time", 15), large("small", 5, 99_999))
    watching = watch(store, clock)
    assert found(watching) == []
    clock.turn(MINUTE)
    assert found(watching) == [(K.LARGE, "in time")]
    actions(store).abort(ConfigurationId("in time"), ME)
    assert found(watching) == []


def test_the_alert_of_a_large_send_stands_as_long_as_the_send_can_be_stopped(
    store: SqlStore, clock: Hands
) -> None:
    watching = watch(store, clock)
    due = large("a", -1)
    for may_be_stopped in (
        due,
        replace(due, state=State.PROCESANDO),
        replace(due, state=State.IN_PROGRESS),
        replace(due, state=State.IN_PROGRESS, generated_records=None),
    ):
        load(store, replace(may_be_stopped, updated_at=clock.now))
        assert (K.LARGE, "a") in found(watching)
        clock.turn(MINUTE)
    begun = replace(due, state=State.IN_PROGRESS, generated_records=5_000, updated_at=clock.now)
    load(store, begun)
    assert found(watching) == []


def test_a_large_send_that_is_overdue_for_a_day_is_stuck(store: SqlStore, clock: Hands) -> None:
    load(store, large("a day", -1440), large("less", -1439))
    clock.turn(timedelta(seconds=1))
    assert found(watch(store, clock)) == [
        (K.LARGE, "less"),
        (K.STUCK, "a day"),
        (K.STUCK, "less"),
    ]


def test_a_large_send_that_is_put_off_is_a_new_event(store: SqlStore, clock: Hands) -> None:
    watching = watch(store, clock)
    load(store, large("a", 5))
    [before] = watching.check()
    load(store, replace(large("a", 10), updated_at=NOW))
    [after] = watching.check()
    assert before.event != after.event


def test_a_send_that_did_not_move_for_long_is_stuck(store: SqlStore, clock: Hands) -> None:
    load(
        store,
        under_way("a", NOW),
        under_way("b", NOW + MINUTE, State.DELIVERY_ENDING),
        under_way("done", NOW, State.SENT_DONE),
        under_way("did not begin", NOW - timedelta(days=1), State.SCHEDULED),
    )
    clock.turn(60 * MINUTE)
    assert found(watch(store, clock)) == [(K.STUCK, "a"), (K.STUCK, "did not begin")]


def test_a_send_is_stuck_when_its_like_are_known_to_be_quicker(
    store: SqlStore, clock: Hands
) -> None:
    like = Group(size=size_class(7_000))
    baselines = Baselines({(Span.PROCESSING, like): Spread(50, tuple(60.0 for _ in LEVELS))})
    load(
        store,
        replace(under_way("a", NOW), processing_started_at=NOW),
        replace(under_way("b", NOW), processing_started_at=NOW - MINUTE),
        under_way("nobody knows how long", NOW, State.CANCELLING),
    )
    stuck = stuck_sends(store, baselines, timedelta(minutes=1), NOW + 5 * MINUTE)
    assert [(c.id, since) for c, since in stuck] == [("b", NOW - MINUTE)]
    unknown = stuck_sends(store, Baselines(), timedelta(minutes=5), NOW + 5 * MINUTE)
    assert len(unknown) == 3


def test_what_did_not_move_because_nothing_was_heard_is_old_and_not_stuck(
    store: SqlStore, clock: Hands
) -> None:
    load(store, under_way("a", NOW))
    clock.turn(timedelta(hours=5))
    assert found(watch(store, clock, facts_at=NOW + MINUTE)) == [(K.OLD_DATA, None)]


def test_an_abort_raises_an_alert_when_it_is_overdue_and_when_it_is_contradicted(
    store: SqlStore, clock: Hands
) -> None:
    load(store, send("a"), send("b"))
    for id in ("a", "b"):
        actions(store, own=False).abort(ConfigurationId(id), ME)
    load(store, send("b", State.IN_PROGRESS, 5_000))
    clock.turn(31 * MINUTE)
    assert found(watch(store, clock)) == [(K.CONTRADICTED, "b"), (K.OVERDUE, "a")]


def test_an_event_is_stored_once_by_several_dashboards(store: SqlStore) -> None:
    assert store.raise_alerts([alert("a"), alert("b"), alert("a")], NOW) == 2
    assert store.raise_alerts([alert("a")], NOW + MINUTE) == 0
    assert store.pending_alerts("s", NOW, 9) == [alert("a"), alert("b")]
    store.record_notified("s", ["large:a"], NOW)
    store.record_notified("s", ["large:a"], NOW)
    assert store.pending_alerts("s", NOW, 9) == [alert("b")]
    assert store.pending_alerts("another", NOW, 9) == [alert("a"), alert("b")]
    assert store.pending_alerts("another", NOW + MINUTE, 9) == []
    assert store.last_notified("s", NOW - MINUTE) == {K.LARGE: NOW}
    assert store.last_notified("s", NOW) == {}


def test_an_event_is_sent_once_also_after_a_restart(
    store: SqlStore, clock: Hands, receiver: Receiver
) -> None:
    alerts = [alert("Black Friday")]
    before = outbox(store, clock, receiver.url)
    before.deliver(alerts)
    before.deliver(alerts)
    outbox(store, clock, receiver.url).deliver(alerts)
    assert receiver.titles() == ["Freio: A large send starts soon"]
    text = receiver.messages[0]["message"]
    assert "“Black Friday” starts at 23 Nov 09:00 and goes to 5 recipients" in text
    assert before.statuses[0].sent_at == NOW


def test_one_of_two_dashboards_sends(store: SqlStore, clock: Hands, receiver: Receiver) -> None:
    one = outbox(store, clock, receiver.url, lease=Lease(store, "alerts"))
    other = outbox(store, clock, receiver.url, lease=Lease(store, "alerts"))
    one.deliver([alert("a")])
    other.deliver([alert("a"), alert("b", K.STUCK)])
    assert (one.is_sender, other.is_sender) == (True, False)
    assert len(receiver.messages) == 1
    one.lease.give_up()
    other.deliver([alert("a"), alert("b", K.STUCK)])
    assert receiver.titles()[1:] == ["Freio: A send is stuck"]


def test_a_failed_channel_is_tried_again_later_and_the_others_get_no_duplicate(
    store: SqlStore, clock: Hands, receiver: Receiver
) -> None:
    with Receiver().serving() as broken:
        broken.is_away = True
        both = outbox(store, clock, receiver.url, broken.url)
        both.deliver([alert("a")])
        assert [status.failures for status in both.statuses] == [0, 1]
        broken.is_away = False
        both.deliver([alert("a")])
        assert broken.messages == []
        clock.turn(FIRST_WAIT)
        both.deliver([])
        assert (len(receiver.messages), len(broken.messages)) == (1, 1)
        assert both.statuses[1].failing_since is None


def test_the_waits_grow_while_a_service_stays_away(
    store: SqlStore, clock: Hands, receiver: Receiver
) -> None:
    receiver.is_away = True
    tried = outbox(store, clock, receiver.url)
    waits = []
    for _ in range(9):
        tried.deliver([alert("a")])
        status = tried.statuses[0]
        assert status.next_try is not None
        waits.append((status.next_try - clock.now).total_seconds())
        clock.now = status.next_try
    assert waits == [15, 30, 60, 120, 240, 480, 960, 1800, 1800]
    assert tried.statuses[0].failing_since == NOW


def test_alerts_in_quiet_hours_are_sent_in_one_summary_afterwards(
    store: SqlStore, clock: Hands, receiver: Receiver
) -> None:
    clock.now = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)  # 22:30 in São Paulo
    night = outbox(store, clock, receiver.url, quiet=QuietHours.parse("22:00-07:00"))
    night.deliver([alert("a")])
    clock.turn(timedelta(hours=2))
    night.deliver([alert("b"), alert("c", K.STUCK)])
    assert receiver.messages == []
    assert night.statuses[0].waiting == 3
    assert night.quiet_until() == datetime(2026, 11, 24, 10, tzinfo=UTC)
    clock.turn(timedelta(hours=6, minutes=30))
    night.deliver([])
    assert receiver.titles() == ["Freio: 3 alerts"]
    assert receiver.messages[0]["message"].count("\n") == 2


def test_of_one_kind_there_is_one_message_in_a_while(
    store: SqlStore, clock: Hands, receiver: Receiver
) -> None:
    paced = outbox(store, clock, receiver.url, pause=2 * MINUTE)
    paced.deliver([alert("a")])
    clock.turn(MINUTE)
    paced.deliver([alert("a"), alert("b"), alert("c"), alert("d", K.OVERDUE)])
    assert receiver.titles()[1:] == ["Freio: An abort is not confirmed"]
    clock.turn(MINUTE)
    paced.deliver([])
    assert receiver.titles()[2:] == ["Freio: 2 alerts"]


def test_what_was_sent_while_the_store_went_away_is_not_sent_again(
    store: SqlStore, clock: Hands, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.errors import StoreError

    def away(*_: object) -> None:
        raise StoreError("Away.", "Wait.")

    sent = outbox(store, clock, receiver.url)
    with monkeypatch.context() as patch:
        patch.setattr(store, "record_notified", away)
        with pytest.raises(StoreError):
            sent.deliver([alert("a")])
    sent.deliver([alert("a")])
    assert len(receiver.messages) == 1


def test_trouble_with_the_installation_is_one_event_until_it_ends(
    store: SqlStore, clock: Hands
) -> None:
    troubles: list[AlertKind] = []
    watching = watch(store, clock, troubles=lambda: troubles)
    assert watching.check() == ()
    troubles.append(K.ROLES)
    [begun] = watching.check()
    clock.turn(MINUTE)
    assert watching.check() == (begun,)
    troubles.clear()
    assert watching.check() == ()
    troubles.append(K.ROLES)
    [again] = watching.check()
    assert (begun.at, again.at) == (NOW, NOW + MINUTE)
    assert begun.event != again.event


def test_trouble_of_a_dashboard_that_does_not_send_is_sent_by_the_one_that_does(
    store: SqlStore, clock: Hands, receiver: Receiver
) -> None:
    sender = outbox(store, clock, receiver.url, lease=Lease(store, "alerts"))
    other = outbox(store, clock, receiver.url, lease=Lease(store, "alerts"))
    sender.deliver([])
    for _ in range(2):
        other.deliver([alert("x", K.INBOX), alert("y", K.LARGE)])
    assert receiver.messages == []
    sender.deliver([])
    assert [m["title"] for m in receiver.messages] == ["Freio: The watched folder cannot be used"]


def test_a_send_that_runs_again_raises_an_alert_for_a_day_until_it_is_stopped(
    store: SqlStore, clock: Hands
) -> None:
    clock.turn(MINUTE)
    load(store, send("a", State.CANCELLED), send("b", State.ABORTED), send("c", State.CANCELLED))
    again = [replace(send(id, State.IN_PROGRESS), updated_at=clock.now) for id in "ab"]
    merge_at(store, clock.now, *again, send("c", State.DRAFT))
    found = watch(store, clock).check()
    assert [(a.kind, a.configuration_id, a.at) for a in found] == [
        (K.RUNS_AGAIN, "a", clock.now),
        (K.RUNS_AGAIN, "b", clock.now),
    ]
    said = MessageComposer(UTC).message(found[:1], is_demo=False)
    assert said.is_urgent
    assert "“Promoção a” was stopped or had finished" in said.body
    assert "may reach 7,000 recipients" in said.body
    actions(store).abort(send("a").id, ME)
    assert [a.configuration_id for a in watch(store, clock).check()] == ["b"]
    clock.turn(timedelta(days=1, minutes=1))
    assert K.RUNS_AGAIN not in {a.kind for a in watch(store, clock).check()}


def merge_at(store: SqlStore, at: datetime, *sends: SendConfiguration) -> None:
    store.load(ImportSummary(id=f"{at}", name="f", loaded_at=at, actor="t"), Sends(sends))
