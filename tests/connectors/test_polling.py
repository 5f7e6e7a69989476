"""Freio with listmonk: sends are read regularly; aborts are delivered, verified and settled."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.domain.delivery import Delivery, DeliveryOutcome, DeliveryStep
from core.domain.model import Actor, ConfigurationId, Confirmation, Role, SendConfiguration
from core.domain.states import State
from core.errors import ConnectorError
from core.feed.loader import Loader
from core.infrastructure.clock import utc_now
from core.ports.connector import TOO_MANY
from core.runtime.application import Application
from core.runtime.build import build
from core.services.polling import Polling
from core.settings import Settings
from tests.connectors.faulty_server import Fault, Response
from tests.connectors.listmonk_stand_in import TOKEN, USER, Campaign, ListmonkStandIn

ANA = Actor("Ana", Role.ADMINISTRATOR)
SOON = datetime.now(UTC) + timedelta(hours=1)


@dataclass
class Beside:
    """Freio on an empty database, with the stand-in as its platform. No background job runs."""

    freio: Application
    listmonk: ListmonkStandIn
    ahead: timedelta = timedelta(0)

    @property
    def polling(self) -> Polling:
        assert self.freio.polling is not None
        return self.freio.polling

    def send(self, id: int = 1) -> SendConfiguration:
        found = self.freio.store.configuration(ConfigurationId(str(id)))
        assert found is not None
        return found

    def abort(self, id: int = 1) -> None:
        assert self.freio.aborts.abort(ConfigurationId(str(id)), ANA).accepted

    def delivery(self, id: int = 1) -> Delivery:
        self.freio.deliveries.run_pending()
        send = ConfigurationId(str(id))
        return self.freio.store.last_deliveries([send])[send]

    def settled(self, id: int = 1, speed: float = 10.0) -> Delivery:
        """Work until a delivery has ended. Freio's clock is faster than the platform's."""
        end = time.monotonic() + 15
        while (found := self.delivery(id)).ended_at is None:
            assert time.monotonic() < end, found
            time.sleep(0.05)
            self.ahead += timedelta(seconds=0.05 * (speed - 1))
        return found

    def confirmation(self, id: int = 1) -> Confirmation:
        return self.freio.store.receipts_of(ConfigurationId(str(id)))[0].confirmation


@pytest.fixture
def beside(listmonk: ListmonkStandIn) -> Iterator[Beside]:
    settings = Settings(
        database="duckdb:///:memory:",
        platform="listmonk",
        listmonk_url=listmonk.url,
        listmonk_user=USER,
        listmonk_token=TOKEN,
    )
    made = Beside(None, listmonk)  # type: ignore[arg-type]
    made.freio = build(settings, lambda: utc_now() + made.ahead)

    def at_once(work: Callable[[Delivery], None], delivery: Delivery) -> None:
        work(delivery)

    made.freio.deliveries.submit = at_once
    made.freio.deliveries.monotonic = lambda: time.monotonic() + made.ahead.total_seconds()
    yield made
    made.freio.stop()


def test_a_poll_loads_the_campaigns_and_the_data_is_seconds_old(beside: Beside) -> None:
    beside.listmonk.add("scheduled", send_at=SOON)
    beside.listmonk.add("running", send_at=SOON, sent=5)
    beside.polling.poll()
    assert (beside.send(1).state, beside.send(2).state) == (State.SCHEDULED, State.IN_PROGRESS)
    assert beside.send(2).account == "acme"
    assert beside.freio.freshness().age < timedelta(seconds=5)


def test_a_poll_replaces_the_demo(beside: Beside) -> None:
    beside.freio.loader.load_sample()
    assert beside.freio.is_demo()
    beside.listmonk.add("scheduled", send_at=SOON)
    beside.polling.poll()
    assert not beside.freio.is_demo()
    assert beside.send().state is State.SCHEDULED


def test_a_poll_without_changes_writes_no_import_and_keeps_the_data_fresh(beside: Beside) -> None:
    beside.listmonk.add("scheduled", send_at=SOON)
    beside.polling.poll()
    before = beside.freio.store.info().counts["imports"]
    beside.ahead = timedelta(minutes=5)
    beside.polling.poll()
    assert beside.freio.store.info().counts["imports"] == before
    assert beside.freio.freshness().age < timedelta(seconds=5)
    assert beside.freio.queries.imports() == []


def merges(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that gets the number of campaigns of each merge from now on."""
    merged: list[int] = []
    merge = Polling._merge

    def counting(polling: Polling, records: Any, now: datetime, **asked: bool) -> bool:
        merged.append(len(records))
        return merge(polling, records, now, **asked)

    monkeypatch.setattr(Polling, "_merge", counting)
    return merged


def test_a_poll_merges_only_campaigns_that_changed_unless_something_else_was_written(
    beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        beside.listmonk.add("running", send_at=SOON, sent=5)
    beside.polling.poll()
    merged = merges(monkeypatch)
    beside.polling.poll()
    assert merged == []
    beside.listmonk.campaigns[2].change("cancelled")
    beside.polling.poll()
    beside.polling.poll()
    assert merged == [1]
    assert beside.send(2).state is State.CANCELLED
    beside.abort(1)
    beside.polling.poll()
    assert merged == [1, 5]


def test_a_write_during_a_poll_that_writes_nothing_makes_the_next_poll_merge_all(
    beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        beside.listmonk.add("running", send_at=SOON, sent=5)
    beside.polling.poll()
    beside.abort(1)
    compare = Loader.preview

    def comparing(*file: Any) -> Any:
        found = compare(*file)
        beside.abort(2)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(Loader, "preview", comparing)
        beside.polling.poll()
    merged = merges(monkeypatch)
    beside.polling.poll()
    assert merged == [2]


def test_one_campaign_that_cannot_be_read_is_reported_and_the_others_are_polled(
    beside: Beside,
) -> None:
    readable = beside.listmonk.add("scheduled", send_at=SOON)
    odd = beside.listmonk.add("scheduled", send_at=SOON)
    beside.polling.poll()
    as_json = odd.as_json()
    odd.as_json = lambda: as_json | {"to_send": "many"}  # type: ignore[method-assign]
    readable.change("cancelled")
    beside.polling.poll()
    assert beside.send(1).state is State.CANCELLED
    (shown,) = beside.freio.queries.imports()
    assert (shown.rejected, shown.missing) == (1, None)
    beside.polling.poll()
    assert len(beside.freio.queries.imports()) == 1
    # The unreadable campaign is not missing, because the full list contains it.
    beside.ahead = timedelta(hours=1, seconds=1)
    beside.polling.poll()
    assert beside.send(2).unreported_since is None


def test_a_list_with_an_odd_id_does_not_end_the_poll(beside: Beside) -> None:
    beside.listmonk.add("scheduled", send_at=SOON)
    odd = beside.listmonk.add("scheduled", send_at=SOON)
    as_json = odd.as_json()
    odd.as_json = lambda: as_json | {"id": [2]}  # type: ignore[method-assign]
    beside.polling.poll()
    assert beside.send(1).state is State.SCHEDULED
    assert beside.polling.polled_at() is not None


def test_a_poll_whose_only_news_cannot_be_read_reports_that_and_does_not_fail(
    beside: Beside,
) -> None:
    beside.listmonk.add("scheduled", send_at=SOON)
    odd = beside.listmonk.add("scheduled", send_at=SOON)
    beside.polling.poll()
    as_json = odd.as_json()
    odd.as_json = lambda: as_json | {"to_send": "many"}  # type: ignore[method-assign]
    beside.polling.poll()
    assert beside.polling.trouble is None
    (shown,) = beside.freio.queries.imports()
    assert shown.rejected == 1
    beside.polling.poll()
    assert len(beside.freio.queries.imports()) == 1


def test_a_campaign_that_a_person_has_just_started_is_known_before_listmonk_starts_it(
    beside: Beside,
) -> None:
    campaign = beside.listmonk.add("running", started_at=None, to_send=0)
    beside.polling.poll()
    send = beside.send()
    assert (send.state, send.scheduled_at) == (State.IN_PROGRESS, campaign.updated_at)
    assert send.generation_started_at is None
    campaign.started_at = campaign.updated_at + timedelta(seconds=3)
    campaign.to_send = 40_000
    campaign.updated_at += timedelta(seconds=3)
    beside.polling.poll()
    assert beside.send().scheduled_at == beside.send().generation_started_at == campaign.started_at


def test_a_full_list_with_a_campaign_without_an_id_marks_no_send_as_missing(
    beside: Beside,
) -> None:
    for _ in range(4):
        beside.listmonk.add("scheduled", send_at=SOON)
    beside.polling.poll()
    del beside.listmonk.campaigns[1]
    for number in (2, 3):
        as_json = beside.listmonk.campaigns[number].as_json() | {"id": None}
        beside.listmonk.campaigns[number].as_json = lambda found=as_json: found  # type: ignore
    beside.ahead = timedelta(hours=1, seconds=1)
    beside.polling.poll()
    assert [beside.send(id).unreported_since for id in (1, 2, 3)] == [None, None, None]
    (shown,) = beside.freio.queries.imports()
    assert shown.rejected == 2


def test_a_list_of_which_nothing_can_be_read_lets_the_data_age(beside: Beside) -> None:
    odd = beside.listmonk.add("scheduled", send_at=SOON)
    beside.polling.poll()
    as_json = odd.as_json()
    odd.as_json = lambda: as_json | {"sent": -1}  # type: ignore[method-assign]
    beside.ahead = timedelta(minutes=20)
    with pytest.raises(ConnectorError):
        beside.polling.poll()
    assert beside.freio.freshness().is_old


def test_old_polls_do_not_fill_the_history_of_imports(beside: Beside) -> None:
    campaign = beside.listmonk.add("running", send_at=SOON, sent=5)
    for number in range(27):
        beside.ahead = timedelta(hours=2 * number, seconds=number)
        campaign.sent += 1
        campaign.updated_at += timedelta(seconds=1)
        beside.polling.poll()
    assert beside.freio.store.info().counts["imports"] <= 25
    assert beside.send().generated_records == campaign.sent
    assert beside.freio.freshness().age < timedelta(seconds=5)


def test_a_clock_that_is_set_back_does_not_stop_polling(beside: Beside) -> None:
    beside.listmonk.add("scheduled", send_at=SOON)
    beside.listmonk.add("scheduled", send_at=SOON)
    beside.ahead = timedelta(hours=2)
    beside.polling.poll()
    refused = Response(429, headers={"Retry-After": "60"})
    beside.listmonk.faults.append(Fault(response=refused))
    with pytest.raises(ConnectorError):
        beside.polling.poll()
    beside.ahead = timedelta(0)
    asked = len(beside.listmonk.asked("GET"))
    beside.polling.poll()
    assert len(beside.listmonk.asked("GET")) > asked


def test_a_cancel_made_in_listmonk_appears_here(beside: Beside) -> None:
    campaign = beside.listmonk.add("running", send_at=SOON, sent=5)
    beside.polling.poll()
    campaign.change("cancelled")
    beside.polling.poll()
    assert beside.send().state is State.CANCELLED


def test_a_campaign_that_is_deleted_there_is_no_longer_reported_after_an_hour(
    beside: Beside,
) -> None:
    beside.listmonk.add("scheduled", send_at=SOON)
    beside.listmonk.add("scheduled", send_at=SOON)
    beside.polling.poll()
    del beside.listmonk.campaigns[1]
    beside.polling.poll()
    assert beside.send(1).unreported_since is None
    beside.ahead = timedelta(hours=1, seconds=1)
    beside.polling.poll()
    assert beside.send(1).unreported_since is not None


def test_the_data_gets_old_if_all_campaigns_are_deleted_there(beside: Beside) -> None:
    beside.listmonk.add("scheduled", send_at=SOON)
    beside.polling.poll()
    beside.listmonk.campaigns.clear()
    beside.ahead = timedelta(hours=1, seconds=1)
    beside.polling.poll()
    assert beside.freio.freshness().age > timedelta(hours=1)


@pytest.mark.parametrize("later", [timedelta(0), timedelta(minutes=20)])
def test_all_campaigns_that_end_between_two_polls_are_known_at_the_next(
    beside: Beside, later: timedelta
) -> None:
    campaigns = [beside.listmonk.add("running", send_at=SOON, sent=5) for _ in range(60)]
    beside.polling.poll()
    for campaign in campaigns:
        campaign.change("finished")
        campaign.updated_at = datetime.now(UTC)
    beside.ahead = later
    beside.polling.poll()
    assert {beside.send(n).state for n in range(1, 61)} == {State.SENT_DONE}


def test_after_a_list_that_failed_all_campaigns_are_read(beside: Beside) -> None:
    beside.listmonk.add("scheduled", send_at=SOON)
    beside.listmonk.add("scheduled", send_at=SOON)
    beside.polling.poll()
    del beside.listmonk.campaigns[1]
    beside.listmonk.faults.append(Fault(response=Response(503)))
    with pytest.raises(ConnectorError):
        beside.polling.poll()
    beside.ahead = timedelta(minutes=6)
    beside.polling.poll()
    assert beside.send(1).unreported_since is not None


def test_a_platform_cannot_demand_a_longer_wait_than_five_minutes(beside: Beside) -> None:
    beside.listmonk.add("scheduled", send_at=SOON)
    refused = Response(429, headers={"Retry-After": "999999999"})
    beside.listmonk.faults.append(Fault(response=refused))
    with pytest.raises(ConnectorError):
        beside.polling.poll()
    beside.ahead = timedelta(minutes=4)
    beside.polling.poll()
    assert beside.freio.store.configuration(ConfigurationId("1")) is None
    beside.ahead = timedelta(minutes=6)
    beside.polling.poll()
    assert beside.send().state is State.SCHEDULED


def test_a_scheduled_campaign_is_set_back_to_draft_and_stays_confirmed(beside: Beside) -> None:
    campaign = beside.listmonk.add("scheduled", send_at=SOON)
    beside.listmonk.add("running", send_at=SOON)
    beside.polling.poll()
    beside.abort()
    found = beside.settled()
    assert campaign.status == "draft"
    assert (found.step, found.word, found.sent) == (DeliveryStep.SETTLED, "draft", 0)
    beside.polling.poll()
    assert beside.confirmation() is Confirmation.CONFIRMED
    assert beside.send().state is State.CANCELLED
    assert beside.freio.store.check_audit_log().is_sound


def test_a_paused_campaign_that_is_scheduled_before_the_request_is_stopped_as_a_draft(
    beside: Beside,
) -> None:
    campaign = beside.listmonk.add("paused", send_at=SOON, sent=5)
    beside.polling.poll()
    campaign.change("scheduled")
    beside.abort()
    found = beside.settled()
    assert campaign.status == "draft"
    assert (found.step, found.word, found.sent) == (DeliveryStep.SETTLED, "draft", 5)
    beside.polling.poll()
    assert beside.confirmation() is Confirmation.CONFIRMED
    # A person schedules it again. It was confirmed as stopped, so this is a contradiction.
    campaign.change("scheduled")
    beside.polling.poll()
    assert beside.confirmation() is Confirmation.CONTRADICTED


def test_a_running_campaign_stops_in_the_middle_and_settles(beside: Beside) -> None:
    beside.listmonk.add("running", send_at=SOON, rate=2_000.0, in_flight=7, settle_seconds=0.2)
    beside.polling.poll()
    beside.abort()
    found = beside.settled(speed=5.0)
    assert found.step is DeliveryStep.SETTLED
    receipt = beside.freio.store.receipts_of(ConfigurationId("1"))[0]
    assert receipt.confirmation is Confirmation.CONFIRMED
    assert receipt.gone is not None
    assert 0 < receipt.gone < 40_000
    assert (receipt.gone, receipt.spared) == (found.sent, 40_000 - receipt.gone)
    # The number rises until the messages in flight are counted.
    assert found.sent == beside.listmonk.campaigns[1].sent
    assert beside.send().generated_records == found.sent
    beside.polling.poll()
    assert beside.confirmation() is Confirmation.CONFIRMED


def test_a_poll_writes_that_a_stopped_campaign_has_sent_more(beside: Beside) -> None:
    campaign = beside.listmonk.add("running", send_at=SOON, sent=736)
    beside.polling.poll()
    beside.abort()
    assert beside.delivery().step is DeliveryStep.VERIFIED
    assert beside.send().generated_records == 736
    campaign.sent = 880  # listmonk counts with a delay
    beside.polling.poll()
    assert beside.send().generated_records == 880


def test_a_campaign_that_could_not_be_stopped_is_known_to_go_on_by_later_polls(
    beside: Beside,
) -> None:
    campaign = beside.listmonk.add("running", send_at=SOON, sent=5)
    beside.polling.poll()
    beside.listmonk.may_manage = False
    beside.abort()
    ended = beside.delivery()
    assert ended.outcome is DeliveryOutcome.UNKNOWN
    assert ended.ended_at is not None
    campaign.sent, campaign.updated_at = 500, datetime.now(UTC) + timedelta(seconds=1)
    beside.polling.poll()
    send = beside.send()
    assert (send.raw_state, send.generated_records) == ("running", 500)
    assert send.updated_at is not None
    assert send.updated_at > ended.ended_at


def test_a_campaign_that_finished_is_too_late(beside: Beside) -> None:
    campaign = beside.listmonk.add("running", send_at=SOON, sent=5)
    beside.polling.poll()
    beside.abort()
    campaign.sent = campaign.to_send
    campaign.change("finished")
    assert beside.delivery().outcome is DeliveryOutcome.TOO_LATE
    assert beside.confirmation() is Confirmation.CONTRADICTED
    assert beside.freio.store.check_audit_log().is_sound


def test_a_campaign_that_is_scheduled_again_runs_again_and_is_no_contradiction(
    beside: Beside,
) -> None:
    campaign = beside.listmonk.add("scheduled", send_at=SOON)
    beside.polling.poll()
    beside.abort()
    beside.settled()
    campaign.change("scheduled")
    beside.polling.poll()
    assert beside.confirmation() is Confirmation.RAN_AGAIN
    assert beside.send().state is State.SCHEDULED
    assert beside.send().reopened_from is State.CANCELLED


@pytest.mark.parametrize("status", ["scheduled", "running"])
def test_a_list_from_before_a_verified_stop_does_not_undo_it(beside: Beside, status: str) -> None:
    """The list was requested before the abort, and is merged after the stop was verified."""
    campaign = beside.listmonk.add(status, send_at=SOON)
    beside.polling.poll()
    campaign.updated_at += timedelta(seconds=1)  # it went on, so the list has a newer report
    read = beside.polling.connector.list

    def slowly(*, live: bool) -> Iterator[Mapping[str, object]]:
        found = list(read(live=live))
        beside.abort()
        assert beside.delivery().outcome is DeliveryOutcome.STOPPED
        return iter(found)

    beside.polling.connector.list = slowly  # type: ignore[method-assign]
    beside.polling.poll()
    assert beside.confirmation() is Confirmation.CONFIRMED
    assert beside.send().state is State.CANCELLED
    assert beside.send().reopened_from is None


def test_what_a_list_says_about_a_send_that_was_read_meanwhile_is_merged_by_the_next_poll(
    beside: Beside,
) -> None:
    """The stop is read after the list was requested. Then a person schedules the campaign again."""
    campaign = beside.listmonk.add("scheduled", send_at=SOON)
    beside.polling.poll()
    deliveries, read = beside.freio.deliveries, beside.polling.connector.list
    soon = replace(deliveries.platforms["listmonk"], rest=timedelta(seconds=0.2))
    deliveries.platforms = {"listmonk": soon}

    def slowly(*, live: bool) -> Iterator[Mapping[str, object]]:
        beside.abort()
        assert beside.settled().step is DeliveryStep.SETTLED
        campaign.change("scheduled")
        return read(live=live)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(beside.polling.connector, "list", slowly)
        beside.polling.poll()
    assert beside.send().state is State.CANCELLED, "the reading was newer than the list"
    beside.polling.poll()
    assert beside.send().state is State.SCHEDULED


def stopped_draft(beside: Beside) -> Campaign:
    """Add a scheduled campaign whose abort was verified just now: it is a draft."""
    campaign = beside.listmonk.add("scheduled", send_at=SOON)
    beside.polling.poll()
    beside.abort()
    assert beside.delivery().outcome is DeliveryOutcome.STOPPED
    return campaign


@pytest.mark.parametrize("status", ["running", "paused"])
def test_a_list_between_the_stop_and_the_next_reading_does_not_prevent_the_second_stop(
    beside: Beside, status: str
) -> None:
    """listmonk was about to start the campaign when it was set back to draft."""
    campaign = stopped_draft(beside)
    campaign.change(status)
    beside.ahead += timedelta(seconds=3)
    beside.polling.poll()
    assert beside.send().state is State.CANCELLED, "the delivery reads the send itself"
    assert beside.confirmation() is Confirmation.CONFIRMED
    assert beside.settled().step is DeliveryStep.SETTLED
    assert campaign.status == "cancelled"
    beside.polling.poll()
    assert beside.send().raw_state == "cancelled"
    assert beside.confirmation() is Confirmation.CONFIRMED


@pytest.mark.parametrize("is_listed", [True, False])
def test_a_campaign_that_a_person_starts_after_a_list_showed_its_stop_is_not_stopped_again(
    beside: Beside, is_listed: bool
) -> None:
    campaign = stopped_draft(beside)
    beside.ahead += timedelta(seconds=2)
    beside.polling.poll()
    campaign.change("running")
    beside.ahead += timedelta(seconds=2)
    if is_listed:
        beside.polling.poll()
    beside.settled()
    assert campaign.status == "running"
    beside.polling.poll()
    assert beside.send().state is State.IN_PROGRESS
    assert beside.confirmation() is Confirmation.RAN_AGAIN


def test_a_list_that_shows_a_campaign_scheduled_again_prevents_the_second_stop(
    beside: Beside,
) -> None:
    """listmonk schedules nothing by itself, so a person did it."""
    campaign = stopped_draft(beside)
    campaign.change("scheduled")
    beside.ahead += timedelta(seconds=2)
    beside.polling.poll()
    campaign.change("running")
    beside.settled()
    assert campaign.status == "running"


def test_if_listmonk_does_not_answer_the_data_ages_and_the_reason_is_known(
    beside: Beside,
) -> None:
    beside.listmonk.add("scheduled", send_at=SOON)
    beside.polling.poll()
    beside.ahead = timedelta(minutes=20)
    beside.listmonk.faults.extend([Fault(response=Response(503))] * 9)
    with pytest.raises(ConnectorError):
        beside.polling.poll()
    assert isinstance(beside.polling.trouble, ConnectorError)
    assert beside.freio.freshness().is_old
    beside.listmonk.faults.clear()
    beside.ahead += timedelta(seconds=2)  # the time of the data is cached for a second
    beside.polling.poll()
    assert beside.polling.trouble is None
    assert not beside.freio.freshness().is_old


def test_a_poll_that_succeeds_again_lets_a_failed_abort_be_requested_at_once(
    beside: Beside,
) -> None:
    campaign = beside.listmonk.add("running", send_at=SOON, sent=5)
    beside.polling.poll()
    beside.abort()
    beside.listmonk.faults.extend([Fault(response=Response(503))] * 3)
    beside.ahead = timedelta(seconds=1)
    for _ in range(3):
        assert beside.delivery().step is DeliveryStep.FAILED
        beside.ahead += timedelta(seconds=10)
    beside.ahead -= timedelta(seconds=10)
    assert beside.delivery().step is DeliveryStep.FAILED, "it waits"
    beside.polling.poll()
    assert beside.delivery().outcome is DeliveryOutcome.STOPPED
    assert campaign.status == "cancelled"


def test_a_wait_that_listmonk_demands_is_kept(beside: Beside) -> None:
    headers = {"Retry-After": "60"}
    beside.listmonk.faults.extend([Fault(response=Response(429, headers=headers))] * 9)
    with pytest.raises(ConnectorError):
        beside.polling.poll()
    asked = len(beside.listmonk.asked("GET"))
    beside.polling.poll()
    assert len(beside.listmonk.asked("GET")) == asked


def test_an_abort_waits_too_if_listmonk_demanded_a_wait_of_a_poll(beside: Beside) -> None:
    beside.listmonk.add("running", send_at=SOON, sent=5)
    beside.polling.poll()
    headers = {"Retry-After": "30"}
    beside.listmonk.faults.append(Fault(response=Response(429, headers=headers)))
    with pytest.raises(ConnectorError):
        beside.polling.poll()
    asked = len(beside.listmonk.requests)
    beside.abort()
    found = beside.delivery()
    assert (found.step, found.tries, found.message) == (DeliveryStep.WAITING, 0, TOO_MANY)
    assert len(beside.listmonk.requests) == asked
    beside.ahead = timedelta(seconds=31)
    assert beside.delivery().outcome is DeliveryOutcome.STOPPED


def test_the_delivery_of_an_earlier_abort_leaves_a_send_to_that_of_the_later_one(
    beside: Beside,
) -> None:
    """A person schedules the campaign again after each of two aborts."""
    campaign = beside.listmonk.add("scheduled", send_at=SOON)
    beside.polling.poll()
    beside.abort()
    assert beside.delivery().step is DeliveryStep.VERIFIED
    campaign.change("scheduled")
    beside.polling.poll()
    assert beside.send().state is State.SCHEDULED
    beside.abort()
    assert beside.delivery().step is DeliveryStep.VERIFIED
    # The campaign cannot be read for the earlier abort, so the later one is settled first.
    beside.ahead = timedelta(seconds=7)
    beside.listmonk.faults.append(Fault("GET", response=Response(503)))
    assert beside.delivery().step is DeliveryStep.SETTLED
    campaign.change("scheduled")
    campaign.to_send, campaign.sent = 40_000, 300
    campaign.change("running")
    beside.ahead = timedelta(seconds=40)
    beside.delivery()
    beside.delivery()
    # No abort concerns this start, and no reading counts it as part of a stopped send.
    assert campaign.status == "running"
    store = beside.freio.store
    assert store.due_deliveries(utc_now() + timedelta(minutes=5), 9) == []
    assert [c.generated_records for c in store.history(beside.send().id, 99)][-1] == 0
    beside.polling.poll()
    assert (beside.send().state, beside.send().generated_records) == (State.IN_PROGRESS, 300)
