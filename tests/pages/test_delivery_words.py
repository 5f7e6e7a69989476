"""What pages say about a delivery to listmonk is only what Freio has read there."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.delivery import AnswerKind, Delivery, DeliveryStep
from core.domain.freshness import Freshness
from core.domain.model import Concern, Confirmation, Receipt, ReceiptId
from core.domain.states import Outlook, State, Verdict
from core.ports.connector import ANSWERED, NOT_JSON, TOO_MANY
from core.runtime.application import Application
from core.services.concerns import OpenConcern
from core.services.delivery import NOT_FOUND, RUNS_AGAIN
from pages.sends.verdict import verdict
from pages.shell import concern_lines
from pages.text import delivery_words
from tests.pages.conftest import running
from tests.sends import NOW, send

SECOND = timedelta(seconds=1)
#: It was verified a moment ago, and its count can still rise.
VERIFIED = Delivery(
    receipt_id=ReceiptId("r1"),
    configuration_id=send("s1").id,
    platform="listmonk",
    state_before=State.IN_PROGRESS,
    queued_at=NOW,
    step=DeliveryStep.VERIFIED,
    tries=1,
    requested_at=NOW,
    answered_at=NOW + SECOND,
    answer=AnswerKind.ACCEPTED.value,
    word="cancelled",
    total=900,
    sent=0,
    read_at=NOW + 2 * SECOND,
    verified_at=NOW + 2 * SECOND,
)
SETTLED = replace(VERIFIED, step=DeliveryStep.SETTLED, ended_at=NOW + 9 * SECOND)
STOPPED = replace(
    send("s1", State.CANCELLED, generated=0, total=900), abort_confirmation=Confirmation.CONFIRMED
)


@pytest.fixture(autouse=True)
def freio() -> Iterator[Application]:
    with running(platform="listmonk") as made:
        yield made


def sentence(delivery: Delivery) -> str:
    return delivery_words.sentence(delivery, NOW + 10 * SECOND)[1]


def word(delivery: Delivery) -> str:
    return delivery_words.row_word(STOPPED, delivery, NOW + 10 * SECOND)


def steps(delivery: Delivery) -> list[str]:
    return [what for _, what in delivery_words.steps(delivery)]


def test_a_send_that_was_running_is_not_said_to_reach_none_before_it_is_at_rest() -> None:
    assert "reaches none" not in sentence(VERIFIED)
    assert "How many messages have gone out is not known yet" in sentence(VERIFIED)
    assert word(VERIFIED) == "Stopped; the count is not final yet"
    assert "It reaches none of its 900 recipients" in sentence(SETTLED)
    assert word(SETTLED) == ""


def test_a_send_that_had_started_without_a_message_is_not_called_stopped_midway() -> None:
    started = replace(STOPPED, generation_started_at=NOW, raw_state="cancelled")
    shown = verdict(started, None, Freshness(NOW, NOW, timedelta(hours=1)), SETTLED)
    assert shown == ("Stopped at 0 of 900", Outlook.STOPPED)


def test_a_number_before_rest_is_a_number_so_far() -> None:
    some = replace(VERIFIED, sent=736)
    assert word(some) == "Stopped; 736 of 900 so far"
    assert "736 of 900 so far; the number may still rise" in sentence(some)
    at_rest = replace(SETTLED, sent=880)
    assert word(at_rest) == "Stopped at 880 of 900"
    assert "Final: Stopped at 880 of 900" in steps(at_rest)


def test_a_scheduled_campaign_that_is_a_draft_again_reaches_none_at_once() -> None:
    draft = replace(VERIFIED, state_before=State.SCHEDULED, word="draft")
    assert "It reaches none of its 900 recipients" in sentence(draft)
    assert word(draft) == ""


@pytest.mark.parametrize("state", ["scheduled", "running", "paused"])
def test_a_campaign_that_goes_on_before_its_numbers_are_final_is_named_by_its_state(
    state: str,
) -> None:
    again = replace(VERIFIED, word=state, ended_at=NOW + 4 * SECOND)
    assert word(again) == f"Stopped, then {state} there"
    kind, said = delivery_words.sentence(again, NOW + 10 * SECOND)
    assert kind == "warning"
    assert f"After that, the platform reported it as {state}. It may go out to its 900" in said
    assert "unknown" not in said
    assert steps(again)[-2:] == ["Stop verified", f"Stopped, then {state} there"]


def test_the_steps_of_a_send_that_was_only_read_name_no_request_and_no_acceptance() -> None:
    already = replace(
        SETTLED, requested_at=None, answer=AnswerKind.ALREADY_STOPPED.value, message="cancelled"
    )
    assert steps(already) == [
        "It was stopped there already",
        "Stop verified: cancelled",
        "Final: Stopped at 0 of 900",
    ]


def test_an_abort_that_was_accepted_and_too_late_is_not_said_to_be_refused() -> None:
    finished = replace(
        VERIFIED,
        step=DeliveryStep.REFUSED,
        word="finished",
        sent=900,
        verified_at=None,
        ended_at=NOW + 3 * SECOND,
    )
    assert steps(finished) == ["Abort requested", "Abort accepted", "Too late: finished"]
    late = replace(finished, answer=AnswerKind.TOO_LATE.value)
    assert steps(late) == ["Abort requested", "Too late: finished"]


ASKED = replace(
    VERIFIED,
    step=DeliveryStep.FAILED,
    verified_at=None,
    answered_at=None,
    answer=None,
    sent=None,
    next_at=NOW + 3 * SECOND,
)


def test_a_try_has_the_time_of_the_last_try() -> None:
    again = replace(VERIFIED, tries=11, requested_at=NOW + 60 * SECOND)
    assert delivery_words.steps(again)[0] == (NOW + 60 * SECOND, "Last of 11 tries to abort it")


def test_a_platform_that_answered_with_an_error_is_not_said_to_give_no_answer() -> None:
    for message in (each for each in ANSWERED if each != TOO_MANY):
        failed = replace(ASKED, message=message, details='{"status": "500"}')
        said = delivery_words.short(failed, NOW)
        assert said == "listmonk answered with an error; next try in 3 s"
    busy = replace(ASKED, message=TOO_MANY, details="{}")
    wait = "listmonk answered that Freio has to wait; next try in 3 s"
    assert delivery_words.short(busy, NOW) == wait
    held = replace(busy, step=DeliveryStep.WAITING, tries=0, requested_at=None)
    assert delivery_words.short(held, NOW) == wait
    assert delivery_words.short(held, NOW + 9 * SECOND) == (
        "listmonk not asked yet; waiting for 9 s"
    )
    away = replace(ASKED, message="…", details="{}")
    assert delivery_words.short(away, NOW) == "listmonk does not answer; next try in 3 s"


def test_a_send_of_which_a_part_has_gone_is_not_said_to_go_out_to_all() -> None:
    said = sentence(replace(ASKED, message=NOT_JSON, details="{}", sent=400))
    assert "At least 400 of 900 have gone out. The rest may still go out" in said
    assert "to its 900" not in said
    assert "may still go out to its 900 recipients" in sentence(replace(ASKED, sent=0))


MISSING = replace(
    VERIFIED,
    step=DeliveryStep.MISSING,
    verified_at=None,
    ended_at=NOW + 3 * SECOND,
    is_by_hand=True,
    message=NOT_FOUND,
)


@pytest.mark.parametrize(
    "missing", [MISSING, replace(MISSING, message="Not found", answer=AnswerKind.NOT_FOUND.value)]
)
def test_a_campaign_that_the_platform_does_not_have_is_not_said_to_go_out(
    missing: Delivery,
) -> None:
    said = sentence(replace(missing, sent=400))
    assert "The platform does not have this send" in said
    assert "Freio cannot say how many of its 900 recipients got it" in said
    assert "The last number read was 400 of 900" in said
    assert "may go out" not in said
    assert word(missing) == steps(missing)[-1] == "Not in the platform"


def test_a_campaign_that_is_deleted_after_its_stop_is_not_to_be_checked_there() -> None:
    deleted = replace(VERIFIED, ended_at=NOW + 3 * SECOND, message=NOT_FOUND, details="{}")
    assert word(deleted) == "Stopped, then deleted there; numbers unknown"
    assert "check there" not in sentence(deleted)


UNKNOWN = replace(VERIFIED, verified_at=None, ended_at=NOW + 3 * SECOND, is_by_hand=True)
RUNNING = replace(
    STOPPED,
    raw_state="running",
    generated_records=500,
    updated_at=NOW + 6 * SECOND,
    abort_confirmation=Confirmation.OPEN,
)


def test_a_later_report_that_a_send_still_runs_replaces_that_its_state_is_unknown() -> None:
    now = NOW + 10 * SECOND
    said = delivery_words.sentence(UNKNOWN, now, RUNNING)[1]
    assert said.startswith("**Not stopped.** At ")
    assert "the platform reported it as running. 500 of 900 had gone out. Abort it" in said
    assert delivery_words.row_word(RUNNING, UNKNOWN, now) == "Not stopped: running there"
    before = replace(RUNNING, updated_at=NOW)
    assert "Unknown: check there" in delivery_words.sentence(UNKNOWN, now, before)[1]
    assert delivery_words.row_word(before, UNKNOWN, now) == "Unknown: check there"


def test_what_is_unknown_has_the_time_of_the_last_reading() -> None:
    said = sentence(replace(UNKNOWN, read_at=NOW + 2 * SECOND))
    assert "Unknown: check there" in said
    assert "Last read at" in said
    assert "Last read" not in sentence(replace(UNKNOWN, read_at=None))


def test_a_reason_that_not_everybody_may_see_is_in_the_log() -> None:
    words = {"platform": "listmonk", "reason": "the log has the reason"}
    failed = replace(
        UNKNOWN,
        message="Freio cannot connect to {platform} ({reason}).",
        details=json.dumps(words),
    )
    assert "Freio cannot connect to listmonk \\(the log has the reason\\)" in sentence(failed)


RECEIPT = Receipt(
    id=VERIFIED.receipt_id,
    configuration_id=VERIFIED.configuration_id,
    configuration_name="Promoção s1",
    account="",
    requested_at=NOW,
    actor="Ana",
    verdict=Verdict.CANCEL_REST,
    refusal=None,
    state_before=State.IN_PROGRESS,
    state_after=State.CANCELLED,
    total_records=900,
    generated_records=0,
    spared=900,
    gone=0,
    reason="",
    note="",
    facts_at=NOW,
    confirmation=Confirmation.OPEN,
    platform="listmonk",
)


FINISHED = replace(
    VERIFIED,
    step=DeliveryStep.REFUSED,
    requested_at=None,
    answer=AnswerKind.TOO_LATE.value,
    word="finished",
    sent=900,
    verified_at=None,
)


def test_a_send_that_had_finished_does_not_still_go_out() -> None:
    said = sentence(FINISHED)
    assert "It has finished there" in said
    assert "may still go out" not in said


def test_a_platform_that_starts_a_stopped_send_again_is_not_said_to_give_no_answer() -> None:
    again = replace(
        VERIFIED,
        step=DeliveryStep.FAILED,
        verified_at=None,
        message=RUNS_AGAIN,
        details="{}",
        next_at=NOW + 15 * SECOND,
    )
    assert "It goes on; listmonk is asked again in 5 s." in sentence(again)
    assert "does not answer" not in sentence(again)


def test_a_concern_does_not_say_that_a_send_was_stopped_which_had_finished_before() -> None:
    ended = replace(FINISHED, ended_at=NOW + 9 * SECOND)
    receipt = replace(RECEIPT, confirmation=Confirmation.CONTRADICTED, confirmed_at=NOW)
    one = OpenConcern(Concern.CONTRADICTED, receipt, STOPPED, delivery=ended)
    said = concern_lines.sentence(one, NOW + 10 * SECOND)
    assert said.startswith("Ana aborted Promoção s1 at")
    assert "Too late: 900 of 900 have gone out." in said
    assert said.endswith("Prepare a correction.")
    assert "stopped" not in said


def test_no_concern_says_that_a_campaign_goes_out_which_the_platform_does_not_have() -> None:
    one = OpenConcern(Concern.OVERDUE, RECEIPT, STOPPED, delivery=MISSING)
    said = concern_lines.sentence(one, NOW)
    assert "The platform does not have this send" in said
    assert "may go out" not in said
    on = concern_lines.sentence(replace(one, configuration=RUNNING, delivery=UNKNOWN), NOW)
    assert "the platform reported it as running" in on


def test_recipients_that_a_list_has_counted_since_the_click_are_named() -> None:
    asked = replace(UNKNOWN, step=DeliveryStep.REQUESTED, total=None, ended_at=None)
    said = delivery_words.sentence(asked, NOW, STOPPED)[1]
    assert "It may still go out to its 900 recipients" in said
