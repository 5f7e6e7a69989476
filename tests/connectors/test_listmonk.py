"""The connector to listmonk, against a stand-in over real HTTP."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from core.domain.delivery import AnswerKind
from core.domain.states import State
from core.errors import ConnectorError
from core.platforms.listmonk_connector import ListmonkConnector
from core.ports.connector import MAX_MESSAGE, Answer
from tests.connectors.conftest import connected
from tests.connectors.faulty_server import Fault, Response
from tests.connectors.listmonk_stand_in import LAST, TOKEN, Campaign, ListmonkStandIn


def requested(listmonk: ListmonkStandIn) -> list[str]:
    return [json.loads(request.body)["status"] for request in listmonk.asked("PUT")]


@pytest.mark.parametrize(
    ("before", "after"),
    [("scheduled", "draft"), ("running", "cancelled"), ("paused", "cancelled")],
)
def test_a_live_campaign_is_stopped_as_its_state_allows(
    listmonk: ListmonkStandIn, connector: ListmonkConnector, before: str, after: str
) -> None:
    campaign = listmonk.add(before)
    assert connector.abort("1", "r1") == Answer(AnswerKind.ACCEPTED)
    assert campaign.status == after
    assert requested(listmonk) == [after]


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("draft", AnswerKind.ALREADY_STOPPED),
        ("cancelled", AnswerKind.ALREADY_STOPPED),
        ("finished", AnswerKind.TOO_LATE),
        ("archived", AnswerKind.NOT_ALLOWED),
    ],
)
def test_nothing_is_requested_for_a_campaign_that_cannot_be_stopped(
    listmonk: ListmonkStandIn, connector: ListmonkConnector, state: str, kind: AnswerKind
) -> None:
    listmonk.add(state)
    assert connector.abort("1", "r1") == Answer(kind, state, was_requested=False)
    assert requested(listmonk) == []


def test_a_reading_is_as_old_as_its_request(
    listmonk: ListmonkStandIn, connector: ListmonkConnector
) -> None:
    listmonk.add("running")
    listmonk.faults.append(Fault("GET", seconds=0.5))
    before = datetime.now(UTC)
    found = connector.get("1")
    assert found is not None
    assert found.read_at - before < timedelta(seconds=0.3)


def test_an_unknown_state_word_is_cut_and_cleaned(
    listmonk: ListmonkStandIn, connector: ListmonkConnector
) -> None:
    listmonk.add("odd\n" + "x" * 1_000)
    found, answer = connector.get("1"), connector.abort("1", "r1")
    assert found is not None
    assert (found.state, found.word) == (State.UNKNOWN, answer.message)
    assert len(found.word) == MAX_MESSAGE
    assert found.word.isprintable()


def refuse_once(listmonk: ListmonkStandIn, words: str = "Nur aktive Kampagnen") -> None:
    body = json.dumps({"message": words}).encode()
    listmonk.faults.append(Fault("PUT", response=Response(400, body)))


def test_a_refused_request_is_not_repeated(
    listmonk: ListmonkStandIn, connector: ListmonkConnector
) -> None:
    listmonk.add("running")
    refuse_once(listmonk)
    assert connector.abort("1", "r1") == Answer(AnswerKind.NOT_ALLOWED, "Nur aktive Kampagnen")
    assert requested(listmonk) == ["cancelled"]


@pytest.mark.parametrize(
    ("after", "kind"),
    [("finished", AnswerKind.TOO_LATE), ("cancelled", AnswerKind.ALREADY_STOPPED)],
)
def test_after_a_refusal_the_state_says_why(
    listmonk: ListmonkStandIn, connector: ListmonkConnector, after: str, kind: AnswerKind
) -> None:
    """A refusal can be in any language, so Freio shows its text and does not interpret it."""
    campaign = listmonk.add("running")

    def change(id: int, status: str) -> Response:
        campaign.status = after
        return Response(400, '{"message": "Só ativas"}'.encode())

    listmonk._set_status = change  # type: ignore[method-assign]
    assert connector.abort("1", "r1") == Answer(kind, "Só ativas")


def test_a_campaign_that_starts_during_its_abort_is_cancelled(
    listmonk: ListmonkStandIn, connector: ListmonkConnector
) -> None:
    campaign = listmonk.add("scheduled", to_send=40_000)
    original, started = listmonk._set_status, []

    def start_first(id: int, status: str) -> Response:
        if not started:
            started.append(True)
            campaign.change("running")
        return original(id, status)

    listmonk._set_status = start_first  # type: ignore[method-assign]
    assert connector.abort("1", "r1") == Answer(AnswerKind.ACCEPTED)
    assert campaign.status == "cancelled"
    assert requested(listmonk) == ["draft", "cancelled"]


def test_a_campaign_that_starts_after_it_was_set_back_is_cancelled_by_the_next_request(
    listmonk: ListmonkStandIn, connector: ListmonkConnector
) -> None:
    """listmonk reads which campaigns are due, and seconds later writes that they run."""
    campaign = listmonk.add("scheduled", to_send=40_000)
    connector.abort("1", "r1")
    campaign.change("running")
    assert connector.abort("1", "r1") == Answer(AnswerKind.ACCEPTED)
    assert requested(listmonk) == ["draft", "cancelled"]


def test_the_stop_can_be_written_after_the_campaign_has_finished(
    listmonk: ListmonkStandIn, connector: ListmonkConnector
) -> None:
    """listmonk checks first, and then writes without a condition. Only the count shows what went out."""
    campaign = listmonk.add("running", sent=39_990)

    def finish(campaign: Campaign) -> None:
        campaign.sent = campaign.to_send
        campaign.change("finished")

    listmonk.between = finish
    assert connector.abort("1", "r1").kind is AnswerKind.ACCEPTED
    reading = connector.get("1")
    assert reading is not None
    assert (reading.state, reading.sent, reading.total) == (State.CANCELLED, 40_000, 40_000)
    assert campaign.status == "cancelled"


def test_messages_in_flight_are_counted_after_the_stop(
    listmonk: ListmonkStandIn, connector: ListmonkConnector
) -> None:
    campaign = listmonk.add("running", sent=12_400, in_flight=7, settle_seconds=30)
    connector.abort("1", "r1")
    first = connector.get("1")
    campaign._settles_at = 0
    second = connector.get("1")
    assert first is not None
    assert second is not None
    assert (first.sent, second.sent) == (12_400, 12_407)


@pytest.mark.parametrize("id", ["2", "0", "-1", "1/status", "../users", "1?x", "x", "", "٣", "1.0"])
def test_an_id_that_listmonk_does_not_know_is_not_found(
    listmonk: ListmonkStandIn, connector: ListmonkConnector, id: str
) -> None:
    listmonk.add("running")
    assert connector.abort(id, "r1").kind is AnswerKind.NOT_FOUND
    assert connector.get(id) is None
    assert {request.path for request in listmonk.requests} <= {f"/api/campaigns/{id}"}
    assert requested(listmonk) == []


def test_a_campaign_that_is_deleted_during_its_abort_is_not_found(
    listmonk: ListmonkStandIn, connector: ListmonkConnector
) -> None:
    listmonk.add("running")
    listmonk.faults.append(Fault("PUT", response=Response(404, b'{"message": "gone"}')))
    assert connector.abort("1", "r1") == Answer(AnswerKind.NOT_FOUND, "gone")


def test_a_user_without_the_permission_is_not_allowed_to_stop(
    listmonk: ListmonkStandIn, connector: ListmonkConnector
) -> None:
    listmonk.add("running")
    listmonk.may_manage = False
    assert connector.abort("1", "r1") == Answer(
        AnswerKind.NOT_ALLOWED, "Permissão negada: campaigns:manage"
    )


def test_wrong_credentials_are_an_error_so_that_the_request_is_repeated(
    listmonk: ListmonkStandIn, connector: ListmonkConnector
) -> None:
    listmonk.add("running")
    listmonk.token = "another"
    for use in (
        lambda: connector.abort("1", "r1"),
        lambda: connector.get("1"),
        lambda: list(connector.list(live=True)),
    ):
        with pytest.raises(ConnectorError, match="credentials are not accepted by listmonk"):
            use()


def test_a_missing_permission_is_not_taken_for_wrong_credentials(
    listmonk: ListmonkStandIn, connector: ListmonkConnector
) -> None:
    listmonk.add("running")
    refused = Response(403, b'{"message": "permission denied: campaigns:get"}')
    listmonk.faults.extend([Fault("GET", response=refused)] * 2)
    for read in (lambda: connector.get("1"), lambda: list(connector.list(live=True))):
        with pytest.raises(ConnectorError, match="user may not read the sends in listmonk"):
            read()


def test_a_message_is_cut_and_never_contains_the_token(
    listmonk: ListmonkStandIn, connector: ListmonkConnector
) -> None:
    listmonk.add("running")
    refuse_once(listmonk, f"no\n\x1b[31m {TOKEN} " + "x" * 1_000)
    message = connector.abort("1", "r1").message
    assert message.startswith("no  [31m … xxx")
    assert len(message) == 500


def test_a_reading_has_listmonks_word_and_counts(
    listmonk: ListmonkStandIn, connector: ListmonkConnector
) -> None:
    listmonk.add("scheduled")
    listmonk.add("running", sent=12_400)
    waiting, running = connector.get("1"), connector.get("2")
    assert waiting is not None
    assert running is not None
    assert (waiting.state, waiting.word, waiting.total) == (State.SCHEDULED, "scheduled", None)
    assert (running.state, running.word) == (State.IN_PROGRESS, "running")
    assert (running.total, running.sent) == (40_000, 12_400)
    assert running.read_at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("draft", State.DRAFT),
        ("scheduled", State.SCHEDULED),
        ("running", State.IN_PROGRESS),
        ("paused", State.PAUSED),
        ("cancelled", State.CANCELLED),
        ("finished", State.SENT_DONE),
        ("archived", State.UNKNOWN),
    ],
)
def test_each_state_of_listmonk_has_a_meaning(
    listmonk: ListmonkStandIn, connector: ListmonkConnector, word: str, state: State
) -> None:
    listmonk.add(word)
    reading = connector.get("1")
    assert reading is not None
    assert reading.state is state


def test_a_draft_that_had_just_started_does_not_count_what_has_gone_out_yet(
    listmonk: ListmonkStandIn, connector: ListmonkConnector
) -> None:
    listmonk.add("draft", started_at=LAST, to_send=900)
    listmonk.add("draft", started_at=LAST, to_send=900, sent=400)
    listmonk.add("draft")
    readings = [connector.get(id) for id in "123"]
    assert [each and each.sent for each in readings] == [None, 400, 0]


def test_all_pages_of_the_list_are_read(
    listmonk: ListmonkStandIn, connector: ListmonkConnector
) -> None:
    for _ in range(120):
        listmonk.add("finished")
    found = list(connector.list(live=False))
    assert [each["id"] for each in found] == list(range(1, 121))
    assert len(listmonk.requests) == 3


def test_an_empty_listmonk_has_no_sends(
    listmonk: ListmonkStandIn, connector: ListmonkConnector
) -> None:
    assert list(connector.list(live=False)) == []
    assert list(connector.list(live=True)) == []


def test_the_live_list_has_campaigns_that_can_change_and_those_that_ended_last(
    listmonk: ListmonkStandIn, connector: ListmonkConnector
) -> None:
    for day in range(60):
        listmonk.add("finished", updated_at=LAST - timedelta(days=day + 1))
    for state in ("scheduled", "running", "paused", "cancelled", "draft"):
        listmonk.add(state)
    found = {each["id"] for each in connector.list(live=True)}
    assert {61, 62, 63, 64, 65} <= found
    assert len(found) == 3 + 50
    assert [each.path for each in listmonk.requests].count("/api/campaigns") == 2


def test_the_list_is_read_again_if_it_changes_between_its_pages(
    listmonk: ListmonkStandIn, connector: ListmonkConnector
) -> None:
    """When campaign 1 ends, campaign 51 moves to the first page, which has already been read."""
    for _ in range(70):
        listmonk.add("running")

    def end_one(page: int) -> None:
        if page == 2:
            listmonk.campaigns[1].status = "finished"

    listmonk.before_page = end_one
    found = {each["id"]: each["status"] for each in connector.list(live=True)}
    assert found == {1: "finished"} | dict.fromkeys(range(2, 71), "running")


def test_a_list_that_changes_in_each_pass_is_an_error(
    listmonk: ListmonkStandIn, connector: ListmonkConnector
) -> None:
    for _ in range(70):
        listmonk.add("running")

    def add_one(page: int) -> None:
        if page == 2:
            listmonk.add("running", created_at=LAST - timedelta(days=9))

    listmonk.before_page = add_one
    with pytest.raises(ConnectorError, match="changed each time while it was read"):
        list(connector.list(live=False))


@pytest.mark.parametrize(
    ("account", "expected"),
    [("tag", "acme"), ("list", "Customers"), ("sender", "news@acme.example")],
)
def test_the_account_comes_from_the_field_in_the_settings(
    listmonk: ListmonkStandIn, account: str, expected: str
) -> None:
    listmonk.add("running")
    connector = connected(listmonk.url, account)
    assert [each["account"] for each in connector.list(live=True)] == [expected]
    connector.close()


@pytest.mark.parametrize("account", ["tag", "list", "sender"])
def test_a_campaign_without_that_field_has_no_account(
    listmonk: ListmonkStandIn, account: str
) -> None:
    listmonk.add("running", tags=[], lists=[], from_email="")
    connector = connected(listmonk.url, account)
    assert [each["account"] for each in connector.list(live=True)] == [""]
    connector.close()


def sizes(connector: ListmonkConnector) -> list[object]:
    return [each["to_send"] for each in connector.list(live=True)]


@pytest.mark.parametrize(("optin", "size"), [("single", 1_000), ("double", 900)])
def test_before_the_start_the_audience_is_the_sum_of_the_lists(
    listmonk: ListmonkStandIn, connector: ListmonkConnector, optin: str, size: int
) -> None:
    listmonk.optin = optin
    listmonk.add("scheduled")
    assert sizes(connector) == [size]


def test_from_the_start_the_audience_is_listmonks_own_count(
    listmonk: ListmonkStandIn, connector: ListmonkConnector
) -> None:
    listmonk.add("running", to_send=0)
    listmonk.add("paused", to_send=7)
    assert sizes(connector) == [0, 7]
    assert {request.path for request in listmonk.requests} == {"/api/campaigns"}


@pytest.mark.parametrize("known", [{}, {1: {"confirmed": 9}}, {1: None, 2: None}, {1: {"x": -1}}])
def test_the_audience_is_unknown_if_a_list_cannot_be_read(
    listmonk: ListmonkStandIn, connector: ListmonkConnector, known: dict[int, dict[str, int]]
) -> None:
    listmonk.sizes = known
    listmonk.add("scheduled")
    assert sizes(connector) == [None]


def test_the_audience_of_a_campaign_without_lists_is_unknown(
    listmonk: ListmonkStandIn, connector: ListmonkConnector
) -> None:
    listmonk.add("scheduled", lists=[])
    listmonk.add("draft")
    assert sizes(connector) == [None, None]


def test_the_size_of_a_list_is_kept_for_a_while(
    listmonk: ListmonkStandIn, connector: ListmonkConnector
) -> None:
    for _ in range(20):
        listmonk.add("scheduled")
    sizes(connector)
    sizes(connector)
    read = [request.path for request in listmonk.requests if "lists" in request.path]
    assert sorted(read) == ["/api/lists/1", "/api/lists/2"]


@pytest.mark.parametrize(
    "content",
    [
        "null",
        "[]",
        '{"data": null}',
        '{"data": {}}',
        '{"data": {"id": 2, "status": "running", "to_send": 1, "sent": 0}}',
        '{"data": {"id": 1, "status": 7, "to_send": 1, "sent": 0}}',
        '{"data": {"id": 1, "status": "running", "to_send": null, "sent": 0}}',
        '{"data": {"id": 1, "status": "running", "to_send": 1, "sent": -1}}',
        '{"data": {"id": true, "status": "running", "to_send": 1, "sent": 0}}',
        '{"data": {"results": [7], "total": 1}}',
        '{"data": {"results": [], "total": "1"}}',
    ],
)
def test_content_of_another_shape_is_an_error(
    listmonk: ListmonkStandIn, connector: ListmonkConnector, content: str
) -> None:
    wrong = Fault(response=Response(200, content.encode()))
    for read in (
        lambda: connector.get("1"),
        lambda: connector.abort("1", "r1"),
        lambda: list(connector.list(live=True)),
    ):
        listmonk.faults[:] = [wrong]
        with pytest.raises(ConnectorError, match="does not have the expected content"):
            read()
    assert requested(listmonk) == []


def test_a_200_with_a_page_of_html_is_not_an_acceptance(
    listmonk: ListmonkStandIn, connector: ListmonkConnector
) -> None:
    listmonk.add("running")
    listmonk.faults.append(Fault("PUT", response=Response(200, b"<html>Log in</html>")))
    with pytest.raises(ConnectorError, match="is not JSON") as refused:
        connector.abort("1", "r1")
    assert refused.value.may_have_arrived


def test_an_answer_that_was_lost_may_have_arrived(
    listmonk: ListmonkStandIn, connector: ListmonkConnector
) -> None:
    campaign = listmonk.add("running")
    listmonk.faults.append(Fault("PUT", cut="after"))
    with pytest.raises(ConnectorError, match="was cut before the answer") as lost:
        connector.abort("1", "r1")
    assert lost.value.may_have_arrived
    assert campaign.status == "cancelled"
    assert connector.abort("1", "r1").kind is AnswerKind.ALREADY_STOPPED
    assert requested(listmonk) == ["cancelled"]


def test_if_the_first_reading_fails_no_abort_is_requested(
    listmonk: ListmonkStandIn, connector: ListmonkConnector
) -> None:
    listmonk.add("running")
    listmonk.faults.append(Fault("GET", cut="after"))
    with pytest.raises(ConnectorError) as lost:
        connector.abort("1", "r1")
    assert not lost.value.may_have_arrived
