"""The log of aborts: filters, figures by day, and visible accounts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.access.permissions import visible_accounts
from core.domain.list_query import ListQuery, ListTotal
from core.domain.load_results import ImportSummary
from core.domain.model import Acknowledgement, Actor, Concern, Role, SendConfiguration
from core.domain.receipt_query import Outcome, ReceiptQuery
from core.domain.states import Outlook, Refusal, State
from core.errors import AccessError
from core.forecasting.usual_volume import usual_day
from core.services.forecasts import Forecasts
from core.services.queries import Queries
from core.services.shared_cache import SharedCache
from core.store.sql_store import SqlStore
from tests.sends import ME, NOW, Sends, actions, load, send

pytestmark = pytest.mark.slow

OTHER = Actor("Ana", Role.OPERATOR, frozenset({"Sul"}), "10.0.0.9")
VIEWER = Actor("Vera", Role.VIEWER)


@pytest.fixture
def full(store: SqlStore) -> SqlStore:
    sends = [send("a"), send("b"), send("c", State.SENT_DONE), send("d")]
    load(store, *[replace(s, account="Sul" if s.id in "bd" else "Norte") for s in sends])
    actions(store, own=False).abort(send("a").id, ME)
    actions(store, own=False).abort(send("b").id, OTHER)
    actions(store).abort(send("c").id, ME)
    with pytest.raises(AccessError, match="Your role does not allow"):
        actions(store).abort(send("d").id, VIEWER)
    with pytest.raises(AccessError, match="among those of your accounts"):
        actions(store).abort(send("a").id, OTHER)
    return store


def ids(store: SqlStore, query: ReceiptQuery) -> list[str]:
    found = store.receipt_page(query)
    assert found.total == len(found.rows)
    return sorted(r.configuration_id for r in found.rows)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (ReceiptQuery(), ["a", "a", "b", "c", "d"]),
        (ReceiptQuery(actor="Ana"), ["a", "b"]),
        (ReceiptQuery(account="Norte"), ["a", "a", "c"]),
        (ReceiptQuery(outcome=Outcome.STOPPED), []),
        (ReceiptQuery(outcome=Outcome.OPEN), ["a", "b"]),
        (ReceiptQuery(outcome=Outcome.TOO_LATE), ["c"]),
        (ReceiptQuery(outcome=Outcome.REFUSED), ["a", "c", "d"]),
        (ReceiptQuery(outcome=Outcome.NOT_ALLOWED), ["a", "d"]),
        (ReceiptQuery(outcome=Outcome.CONTRADICTED), []),
        (ReceiptQuery(since=NOW + timedelta(seconds=1)), []),
        (ReceiptQuery(until=NOW + timedelta(seconds=1), visible=frozenset({"Sul"})), ["b", "d"]),
        (ReceiptQuery(visible=frozenset()), []),
    ],
)
def test_each_filter_leaves_what_it_says(
    full: SqlStore, query: ReceiptQuery, expected: list[str]
) -> None:
    assert ids(full, query) == expected


def confirm(store: SqlStore, *ids: str) -> None:
    load(store, *(replace(send(id, State.CANCELLED), account="Norte") for id in ids))


def test_a_day_says_what_was_stopped_spared_too_late_and_contradicted(full: SqlStore) -> None:
    (day,) = full.receipt_days(ReceiptQuery(), "America/Sao_Paulo", 31)
    assert (day.stopped, day.spared, day.unconfirmed, day.median_time_to_abort) == (0, 0, 2, None)
    load(full, replace(send("b", State.IN_PROGRESS, 5_000), account="Sul"))
    confirm(full, "a")
    assert ids(full, ReceiptQuery(outcome=Outcome.STOPPED)) == ["a"]
    (day,) = full.receipt_days(ReceiptQuery(), "America/Sao_Paulo", 31)
    assert (day.day, day.stopped, day.spared, day.unconfirmed) == (NOW.date(), 1, 7_000, 0)
    assert (day.too_late, day.contradicted, day.median_time_to_abort) == (1, 1, timedelta(0))
    (late,) = full.receipt_days(ReceiptQuery(), "Pacific/Kiritimati", 31)
    assert late.day == NOW.date() + timedelta(days=1)


def test_only_what_is_confirmed_is_counted_as_stopped_and_spared(full: SqlStore) -> None:
    def today() -> tuple[tuple[int, int], tuple[int, int]]:
        found = full.stopped_since(NOW - timedelta(hours=12))
        waiting = [c for c in full.state_counts(ListQuery()) if c.outlook is Outlook.WAITING]
        return (found.confirmed, found.spared), (
            sum(c.configurations for c in waiting),
            sum(c.recipients for c in waiting),
        )

    assert today() == ((0, 0), (2, 14_000))
    confirm(full, "a")
    assert today() == ((1, 7_000), (1, 7_000))
    # The confirmed abort is contradicted, so its recipients do not count as spared any more.
    load(full, replace(send("a", State.SENT_DONE, 7_000), account="Norte"))
    assert today() == ((0, 0), (1, 7_000))


def test_the_hours_count_whom_a_send_reached_and_call_no_abort_stopped_before_it_is_confirmed(
    full: SqlStore,
) -> None:
    load(full, send("short", State.SENT_DONE, 2_061), send("silent", State.SENT_DONE, None))

    def hour() -> dict[Outlook, int]:
        return {v.outlook: v.recipients for v in full.volume(NOW, NOW + timedelta(hours=1))}

    # "c" is done too, with nothing generated; "a" and "b" are aborted only here.
    assert hour()[Outlook.FINISHED] == 2_061 + 7_000
    assert (hour()[Outlook.WAITING], Outlook.STOPPED in hour()) == (14_000, False)
    confirm(full, "a")
    assert (hour()[Outlook.WAITING], hour()[Outlook.STOPPED]) == (7_000, 7_000)


def test_the_hours_count_what_a_send_that_was_stopped_midway_had_generated(
    store: SqlStore,
) -> None:
    load(
        store,
        send("midway", State.CANCELLED, 5_000),
        send("none", State.CANCELLED, None),
        replace(send("more", State.CANCELLED, 9_000), scheduled_at=NOW + timedelta(minutes=1)),
    )
    (hour,) = store.volume(NOW, NOW + timedelta(hours=1))
    assert (hour.outlook, hour.recipients, hour.sent) == (Outlook.STOPPED, 21_000, 12_000)


def test_the_time_to_the_abort_counts_from_the_first_report_as_scheduled(
    store: SqlStore,
) -> None:
    def seen(days: int, *sends: SendConfiguration) -> None:
        when = NOW + timedelta(days=days)
        store.load(ImportSummary(id=f"{days}", name="f", loaded_at=when, actor="t"), Sends(sends))

    seen(-9, send("edited", State.DRAFT))
    seen(-4, send("edited"), send("moved on"), send("late", State.PROCESANDO))
    seen(-1, send("moved on", State.PROCESANDO))
    for id, after in {"edited": 4, "moved on": 4, "late": 4}.items():
        actions(store).abort(send(id).id, ME)
        (day,) = store.receipt_days(ReceiptQuery(), "UTC", 31)
        assert day.median_time_to_abort == timedelta(days=after)


def test_each_receipt_has_its_place_in_the_record(full: SqlStore) -> None:
    placed = full.logged_receipts(ReceiptQuery(), 100)
    assert sorted(p.number or 0 for p in placed) == [1, 2, 3, 4, 5]
    assert all(len(p.hash) == 64 for p in placed)
    assert full.check_audit_log().last_hash == max(placed, key=lambda p: p.number or 0).hash


def test_a_logged_receipt_has_its_acknowledgement(full: SqlStore) -> None:
    (gone,) = full.receipts_of(send("b").id)
    full.acknowledge(Acknowledgement(gone.id, Concern.OVERDUE, NOW, "Ana", "overdue seen"))
    load(full, replace(send("b", State.IN_PROGRESS, 5_000), account="Sul"))
    later = NOW + timedelta(minutes=5)
    seen = Acknowledgement(gone.id, Concern.CONTRADICTED, later, "Ana", "contradicted seen")
    full.acknowledge(seen)
    found = {p.receipt.id: p.acknowledgement for p in full.logged_receipts(ReceiptQuery(), 100)}
    last = found.pop(gone.id)
    assert last is not None
    assert (last.actor, last.note) == ("Ana", "contradicted seen")
    assert set(found.values()) == {None}
    assert len(found) == 4


def test_a_receipt_has_the_address_and_the_role_of_its_actor(full: SqlStore) -> None:
    (one,) = full.receipts_of(send("b").id)
    assert (one.actor, one.role, one.address) == ("Ana", "operator", "10.0.0.9")
    (refused,) = full.receipts_of(send("d").id)
    assert (refused.refusal, refused.state_after) == (Refusal.NOT_ALLOWED, State.SCHEDULED)


def queries(store: SqlStore, actor: Actor) -> Queries:
    answers = SharedCache(lambda: store.revision)
    forecasting = Forecasts(store, lambda: NOW, answers)
    return Queries(store, lambda: NOW, answers, forecasting, visible=visible_accounts(actor))


def test_a_person_reads_only_data_of_their_accounts(full: SqlStore) -> None:
    bound = queries(full, OTHER)
    assert {s.account for s in bound.page(ListQuery()).rows} == {"Sul"}
    assert sum(c.configurations for c in bound.state_counts(ListQuery())) == 2
    assert bound.choices().accounts == ("Sul",)
    seen = bound.overview(NOW - timedelta(hours=12))
    assert {s.account for s in seen.closing} <= {"Sul"}
    assert bound.total(ListQuery(state=State.SCHEDULED)).configurations == 1
    assert seen.stopped.confirmed == 0
    assert bound.total(ListQuery(outlooks=(Outlook.WAITING,))).configurations == 1
    assert {s.name for s in seen.unusual.largest.values()} <= {
        s.name for s in bound.page(ListQuery()).rows
    }
    assert sum(v.configurations for v in seen.volume) == 2
    assert bound.configuration(send("a").id) is None
    assert bound.send_details(send("a").id) is None
    assert bound.receipt_counts() == {"cancel_now": 1, "refuse": 1}
    assert bound.receipt_choices() == (("Ana", "Vera"), ("Sul",))
    assert {p.receipt.account for p in bound.logged_receipts(ReceiptQuery())} == {"Sul"}
    assert list(bound.imports()) == []
    assert list(bound.usual_volume(NOW, NOW + timedelta(hours=2))) == []
    assert list(bound.usual_volume(NOW, NOW + timedelta(hours=2), usual_day)) == []


def test_a_person_without_a_role_reads_nothing(full: SqlStore) -> None:
    nobody = queries(full, Actor("eve"))
    assert nobody.page(ListQuery()).total == 0
    assert nobody.total(ListQuery()) == ListTotal(0, 0, 0)
    assert nobody.overview(NOW).unusual.largest == {}
    assert nobody.receipt_page(ReceiptQuery()).total == 0
    assert nobody.choices().accounts == ()
