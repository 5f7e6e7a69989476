"""What the pages say about campaigns that Freio reads and stops in a stand-in for listmonk."""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from io import StringIO

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.bulk_abort import BulkId, BulkOutcome
from core.domain.delivery import Delivery, DeliveryOutcome
from core.domain.model import Actor, Concern, ConfigurationId, Role
from core.domain.receipt_query import ReceiptQuery
from core.errors import ConnectorError
from core.runtime.application import Application
from core.services.receipt_export import as_csv
from pages.shell import abort_notices
from pages.shell.abort_notices import Notice
from pages.text import delivery_words
from tests.connectors.faulty_server import Fault, Request, Response
from tests.connectors.listmonk_stand_in import TOKEN, USER, Campaign, ListmonkStandIn
from tests.daily_counts_check import is_true
from tests.pages.conftest import running
from tests.pages.test_pages import opened, rows

pytestmark = pytest.mark.slow

ANA = Actor("Ana", Role.ADMINISTRATOR)
#: The first campaign of the stand-in.
ONE = ConfigurationId("1")


@dataclass
class Clock:
    passed: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.passed


@dataclass
class World:
    freio: Application
    server: ListmonkStandIn
    clock: Clock

    def add(self, status: str, sent: int = 0, **values: object) -> Campaign:
        made = self.server.add(status, sent=sent, **values)
        self.poll()
        return made

    def poll(self) -> None:
        assert self.freio.polling is not None
        self.freio.polling.poll()

    def abort(self) -> None:
        assert self.freio.aborts.abort(ONE, ANA).accepted

    def deliver(self, seconds: float = 0) -> Delivery:
        self.clock.passed += timedelta(seconds=seconds)
        self.freio.deliveries.run_pending()
        return self.freio.store.last_deliveries([ONE])[ONE]

    def row(self) -> dict[str, object]:
        (found,) = [row for row in rows(opened("configurations")) if row["id"] == ONE]
        return found


@pytest.fixture
def world() -> Iterator[World]:
    server, clock = ListmonkStandIn(), Clock()
    with (
        server.serving(),
        running(
            clock,
            platform="listmonk",
            listmonk_url=server.url,
            listmonk_user=USER,
            listmonk_token=TOKEN,
        ) as freio,
    ):

        def at_once(work: Callable[[Delivery], None], delivery: Delivery) -> None:
            work(delivery)

        freio.deliveries.submit = at_once
        freio.deliveries.monotonic = lambda: clock().timestamp()
        yield World(freio, server, clock)


def text(at: AppTest) -> str:
    """Return all that a page says."""
    kinds = (at.title, at.header, at.markdown, at.caption)
    alerts = (at.info, at.success, at.warning, at.error)
    said = [each.value for kind in (*kinds, *alerts) for each in kind]
    said += [re.sub("<[^>]*>", " ", each.value) for each in at.get("html")]
    said += [each.proto.text for each in at.get("progress")]
    return unescape(" ".join(" ".join(said).split()))


def page() -> str:
    return text(opened("configuration", id=ONE))


def notice(world: World) -> str:
    """Draw a page with the notice of the last abort, and return what the page says."""
    receipt = world.freio.store.receipts_of(ONE)[0]
    at = opened("aborts")
    at.session_state[abort_notices._STACK] = [Notice("info", "**It** · ", ONE, receipt)]
    return text(at.run())


@pytest.mark.long
def test_how_far_a_campaign_went_that_was_deleted_before_its_abort_is_unknown(
    world: World,
) -> None:
    world.add("running", 800)
    world.server.campaigns.clear()
    world.abort()
    world.deliver()
    said = page()
    assert "How many messages have gone out is unknown" in said
    assert "The last number read was 800 of 40,000" in said
    assert "800 of 40,000 have gone out" not in said
    assert "Sent **unknown**" in said.replace(":small[", "").replace("]", "")
    assert world.row()["progress_text"] == "unknown"
    assert "The last number read was 800 of 40,000" in notice(world)


@pytest.mark.long
def test_nobody_is_asked_to_abort_a_campaign_that_was_deleted(world: World) -> None:
    world.add("running", 800)
    world.server.campaigns.clear()
    world.abort()
    world.deliver()
    at = opened("aborts")
    assert "still to be aborted in the platform" not in text(at)
    assert "Not in the platform" in text(at)
    assert [each.label for each in at.button if "I have aborted" in each.label] == []
    world.freio.concerns.acknowledge(
        world.freio.store.receipts_of(ONE)[0].id, Concern.OVERDUE, ANA, "Bea deleted it"
    )
    assert world.freio.concerns.count() == 0


def test_a_campaign_that_was_deleted_is_once_in_the_timeline_as_not_in_the_platform(
    world: World,
) -> None:
    world.add("running", 800)
    world.server.campaigns.clear()
    world.abort()
    delivery = world.deliver()
    assert [what for _, what in delivery_words.steps(delivery)] == ["Not in the platform"]


@pytest.mark.parametrize(("status", "after"), [("scheduled", "draft"), ("running", "cancelled")])
def test_the_state_of_an_aborted_campaign_is_the_one_that_listmonk_shows(
    world: World, status: str, after: str
) -> None:
    world.add(status, send_at=datetime.now(UTC) + timedelta(hours=1))
    world.abort()
    assert world.row()["state"] == status
    assert f"State] **{status}**" in page()
    assert "cancelled" not in page()
    assert "Scheduled time (stopped)" not in page()
    world.deliver()
    assert world.row()["state"] == after
    assert f"State] **{after}**" in page()
    assert "Scheduled time (stopped)" in page()
    world.poll()
    assert world.row()["state"] == after


def test_a_campaign_that_is_scheduled_again_after_its_stop_runs_only_once_it_has_started(
    world: World,
) -> None:
    campaign = world.add("scheduled", send_at=datetime.now(UTC) + timedelta(hours=1))
    world.abort()
    world.deliver()
    world.deliver(seconds=6)
    assert "Stopped here today 1" in text(opened("overview"))
    campaign.change("scheduled")
    world.clock.passed += timedelta(seconds=15)
    world.poll()
    world.freio.alerts.check()
    said = text(opened("overview"))
    assert "Scheduled again since the report of" in said
    assert "although it was stopped or had finished" in said
    assert "Stopped here today 0" in said
    (badge,) = world.row()["badges"]
    assert badge["word"] == "scheduled again"
    assert badge["why"].startswith("It was stopped. The report of")
    assert "the file" not in page()
    for status, sent, now in (
        ("running", 5, "Runs again according to the report of"),
        ("finished", 10, "Went out after all , although it was stopped or had finished"),
    ):
        campaign.sent = sent
        campaign.change(status)
        world.clock.passed += timedelta(seconds=15)
        world.poll()
        world.freio.alerts.check()
        said = text(opened("overview"))
        assert now in said
        assert "or has done so" not in said


@pytest.mark.long
def test_the_pace_of_a_campaign_is_known_from_its_first_messages(world: World) -> None:
    start = datetime.now(UTC) - timedelta(minutes=2)
    campaign = world.add("running", 400, started_at=start)
    campaign.sent, world.clock.passed = 800, timedelta(minutes=2)
    campaign.updated_at = world.clock()
    world.poll()
    said = page()
    assert "200 messages per minute" in said
    assert "record" not in said
    assert "Measured on this send" in said


@pytest.mark.long
@pytest.mark.parametrize("is_listed_first", [False, True])
def test_the_numbers_of_a_campaign_that_had_finished_are_in_the_log_and_in_its_export(
    world: World, is_listed_first: bool
) -> None:
    campaign = world.add("running", 12_400)
    campaign.sent = 39_990
    campaign.change("finished")
    world.abort()
    if is_listed_first:
        world.poll()
    world.deliver()
    text_of_log = as_csv(world.freio.store.logged_receipts(ReceiptQuery(), 9))
    (row,) = csv.DictReader(StringIO(text_of_log.decode("utf-8-sig")))
    assert (row["confirmation"], row["gone"], row["spared"]) == ("contradicted", "39990", "10")
    said = page()
    assert "Not reached: 10" in said
    assert "39,990 reached anyway" in said


def test_a_count_that_may_have_risen_since_the_last_report_is_not_the_number_that_went_out(
    world: World,
) -> None:
    campaign = world.add("running")
    assert page().count("At its last report, none of 40,000 had gone out") == 2
    assert "0 of 40,000 have gone out" not in page()
    campaign.sent = 800
    campaign.updated_at += timedelta(seconds=15)
    world.poll()
    assert page().count("At least 800 of 40,000 have gone out") == 2
    world.abort()
    assert "At least 800 of 40,000 have gone out" in page()
    world.deliver()
    assert "At least 800 of 40,000 have gone out" in page()
    world.deliver(seconds=6)
    assert "At least" not in page()
    assert "800 of 40,000 have gone out" in page()


def test_each_page_says_what_to_do_about_a_token_that_is_not_accepted(world: World) -> None:
    world.add("running", 800)
    world.server.token = "another token"
    with pytest.raises(ConnectorError):
        world.poll()
    todo = "has to correct FREIO_LISTMONK_USER, FREIO_LISTMONK_TOKEN in Freio's settings, and start"
    for name in ("feeds", "aborts", "system"):
        assert "The platform cannot be read since" in text(opened(name))
        assert todo in text(opened(name)).replace("\\", "")
    world.abort()
    world.deliver()
    assert "listmonk does not accept Freio's credentials; next try in" in text(opened("aborts"))
    assert todo in notice(world).replace("\\", "")
    for _ in range(40):
        world.deliver(seconds=5)
    (asked,) = [each.value for each in opened("aborts").markdown if "small" in each.value]
    assert todo in asked.replace("\\", "")


@pytest.mark.long
@pytest.mark.parametrize(
    ("before", "now", "word"),
    [
        ("scheduled", "scheduled", "Not stopped: scheduled there"),
        ("running", "running", "Not stopped: running there"),
        ("paused", "paused", "Not stopped: paused there"),
        ("scheduled", "draft", "Stopped"),
        ("running", "cancelled", "Stopped midway"),
    ],
)
def test_a_list_after_an_outage_replaces_that_the_state_of_a_campaign_is_unknown(
    world: World, before: str, now: str, word: str
) -> None:
    sent = 0 if before == "scheduled" else 800
    campaign = world.add(before, sent, send_at=datetime.now(UTC) + timedelta(minutes=30))
    respond, world.server.respond = world.server.respond, lambda _: Response(503, b"{}")
    world.abort()
    for _ in range(40):
        world.deliver(seconds=5)
    assert world.row()["verdict_word"] == "Unknown: check there"
    world.server.respond = respond
    world.clock.passed += timedelta(seconds=15)
    if now != before:
        campaign.change(now)
    world.poll()
    assert world.row()["verdict_word"] == word
    assert "Unknown: check there" not in page().split("Timeline")[0]


@pytest.mark.long
def test_a_campaign_that_was_deleted_has_no_time_left(world: World) -> None:
    world.add("scheduled", send_at=datetime.now(UTC) + timedelta(minutes=30))
    world.server.campaigns.clear()
    world.abort()
    world.deliver()
    row = world.row()
    assert (row["verdict_word"], row["time_left"]) == ("Not in the platform", "–")
    assert (row["time_why"], row["seconds_left"]) == ("", None)
    assert "Time left" not in page()


@pytest.mark.long
def test_listmonk_is_not_said_to_have_been_asked_while_freio_only_reads_the_campaign(
    world: World,
) -> None:
    world.add("running", 800)
    words: list[str] = []
    respond = world.server.respond

    def reading(request: Request) -> Response:
        words.append(str(world.row()["verdict_word"]))
        return respond(request)

    world.server.respond = reading
    world.abort()
    world.deliver()
    assert words[0] == "listmonk is being asked"
    assert not [word for word in words if "was asked" in word]


def in_bulk(world: World, *ids: ConfigurationId) -> BulkId:
    bulk = world.freio.bulk_aborts.start(ids, ANA)
    world.freio.bulk_aborts.run_pending()
    return bulk


@pytest.mark.long
def test_the_result_of_a_bulk_abort_names_how_many_got_a_campaign_that_stopped_midway(
    world: World,
) -> None:
    world.add("running", 12_400)
    bulk = in_bulk(world, ONE)
    world.deliver()
    said = text(opened("aborts", bulk=bulk))
    assert "How many messages have gone out is not known yet." in said
    world.deliver(seconds=6)
    said = text(opened("aborts", bulk=bulk))
    assert "Recipients: 40,000 12,400 reached anyway" in said
    assert "is not known yet" not in said


def test_a_wait_that_listmonk_demands_holds_a_whole_bulk_abort_and_each_row_says_so(
    world: World,
) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    campaigns = [world.server.add("scheduled", send_at=soon) for _ in range(20)]
    world.poll()
    refused = Response(429, b"{}", headers={"Retry-After": "30"})
    world.server.faults = [Fault("PUT", response=refused) for _ in campaigns]
    ids = [ConfigurationId(str(each.id)) for each in campaigns]
    bulk = in_bulk(world, *ids)
    world.deliver()
    world.deliver(seconds=0.5)
    assert len(world.server.asked("PUT")) == 1
    words = {row["id"]: row["verdict_word"] for row in rows(opened("configurations"))}
    assert len(words) == 20
    for word in words.values():
        assert re.fullmatch(
            r"listmonk answered that Freio has to wait; next try in (2[5-9]|3[0-5]) s", str(word)
        )
    asked = len(world.server.requests)
    world.deliver(seconds=20)
    world.poll()  # a poll waits too
    world.deliver(seconds=5)
    assert len(world.server.requests) == asked
    world.server.faults.clear()
    world.deliver(seconds=6)
    put = Counter(request.path for request in world.server.asked("PUT"))
    assert (len(put), sorted(put.values())) == (20, [1] * 19 + [2])
    assert {each.status for each in campaigns} == {"draft"}
    world.deliver(seconds=6)
    assert len(world.server.asked("PUT")) == 21
    assert world.freio.bulk_aborts.progress(bulk, ANA).counts == {BulkOutcome.STOPPED: 20}
    assert world.freio.concerns.count() == 0


def test_a_stop_without_a_final_number_is_counted_apart_in_the_tile_and_by_day(
    world: World,
) -> None:
    world.add("running", 12_400)
    world.abort()
    world.deliver()
    tile = "0 recipients not reached · 1 send without a final number yet"
    assert f"Stopped here today 1 {tile}" in text(opened("overview"))
    said = text(opened("aborts"))
    assert "0 · 1 send without a final number yet" in said
    assert "An abort counts on the day on which it was requested" in said
    world.deliver(seconds=6)
    assert "Stopped here today 1 27,600 recipients not reached" in text(opened("overview"))
    assert "not known yet" not in text(opened("aborts"))


@pytest.mark.long
def test_the_time_left_of_a_campaign_that_was_not_stopped_in_an_outage_stays(world: World) -> None:
    world.add("scheduled", send_at=datetime.now(UTC) + timedelta(minutes=30))
    respond, world.server.respond = world.server.respond, lambda _: Response(503, b"{}")
    world.abort()
    for _ in range(40):
        world.deliver(seconds=5)
    world.server.respond = respond
    world.poll()
    row = world.row()
    assert row["verdict_word"] == "Not stopped: scheduled there"
    assert re.match("2[67] min", str(row["time_left"]))
    assert "until then it can be stopped in the platform" in str(row["time_why"])
    assert "Time left 26 min" in page()
    assert "At its last report, none of 1,000 had gone out" in page()
    world.server.campaigns[1].change("draft")
    world.poll()
    assert world.row()["time_left"] == "–"


@pytest.mark.long
def test_a_campaign_that_has_sent_more_than_listmonk_counts_is_read_and_its_rest_is_unknown(
    world: World,
) -> None:
    campaign = world.add("running", 800, to_send=1_000)
    # listmonk has counted again when it was resumed, without those who have unsubscribed.
    campaign.to_send, campaign.sent, campaign.updated_at = 700, 1_050, world.clock()
    world.poll()
    send = world.freio.store.configuration(ONE)
    assert send is not None
    assert (send.total_records, send.generated_records) == (None, 1_050)
    assert "1,050 have gone out, and how many are left is not reported" in page()


def test_the_stop_of_a_campaign_that_has_sent_more_than_listmonk_counts_is_not_too_late(
    world: World,
) -> None:
    campaign = world.add("running", 600, to_send=1_000)
    world.abort()
    campaign.to_send, campaign.sent = 700, 1_050
    world.deliver()
    world.poll()
    world.deliver(10)
    delivery = world.deliver(10)
    assert (delivery.outcome, delivery.sent, delivery.total) == (
        DeliveryOutcome.STOPPED,
        1_050,
        None,
    )
    send = world.freio.store.configuration(ONE)
    assert send is not None
    assert (send.total_records, send.generated_records) == (None, 1_050)
    assert is_true(world.freio.store)
    assert "Too late" not in page()
    assert "went on anyway" not in page().lower()


@pytest.mark.long
def test_a_campaign_that_finished_with_more_than_listmonk_counts_has_gone_to_all_of_them(
    world: World,
) -> None:
    campaign = world.add("running", 600, to_send=1_000)
    campaign.to_send, campaign.sent = 700, 850
    campaign.change("finished")
    campaign.updated_at = world.clock()
    world.poll()
    send = world.freio.store.configuration(ONE)
    assert send is not None
    assert (send.raw_state, send.total_records, send.generated_records) == ("finished", 850, 850)


@pytest.mark.long
def test_the_timeline_has_the_stop_at_the_time_at_which_it_was_read(world: World) -> None:
    world.add("running", 600)
    world.abort()
    clicked = world.freio.store.receipts_of(ONE)[0].requested_at
    world.clock.passed += timedelta(minutes=1)
    world.deliver()
    world.deliver(10)
    send = world.freio.store.configuration(ONE)
    assert send is not None
    assert send.finished_at is not None
    assert send.finished_at - clicked >= timedelta(minutes=1)


@pytest.mark.long
def test_beside_campaigns_of_listmonk_no_simulator_is_said_to_be_connected() -> None:
    server = ListmonkStandIn()
    settings = {"listmonk_user": USER, "listmonk_token": TOKEN, "demo": True}
    with (
        server.serving(),
        running(platform="listmonk", listmonk_url=server.url, **settings) as freio,
    ):
        freio.loader.load_sample()
        assert "Connected to listmonk, simulated" in text(opened("system"))
        server.add("scheduled", send_at=datetime.now(UTC) + timedelta(hours=1))
        assert freio.polling is not None
        freio.polling.poll()
        said = text(opened("system"))
        assert "Connected to listmonk" in said
        assert "simulated" not in said


@pytest.mark.parametrize("name", ["overview", "configurations", "configuration"])
def test_each_page_with_sends_says_that_listmonk_cannot_be_read(world: World, name: str) -> None:
    world.add("running", 600)
    world.server.token = "another"
    with pytest.raises(ConnectorError):
        world.poll()
    assert "**The platform cannot be read** since" in text(opened(name, id=ONE))
    world.server.token = TOKEN
    world.poll()
    assert "cannot be read" not in text(opened(name, id=ONE))
