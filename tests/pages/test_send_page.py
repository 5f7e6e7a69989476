"""The page of one send: its timeline, whether its pace is normal, and the way back."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.model import ConfigurationId, Confirmation, Source, StateChange
from core.domain.states import State
from core.services.queries import SendDetails
from pages.sends import send_timeline
from tests.pages.conftest import running
from tests.sends import NOW, send

MINUTE = timedelta(minutes=1)


def change(minutes: float, before: State | None, after: State, generated: int) -> StateChange:
    at = NOW + minutes * MINUTE
    return StateChange(
        configuration_id=ConfigurationId("a"),
        changed_at=at,
        from_state=before,
        to_state=after,
        generated_records=generated,
        version=1,
        source=Source.PLATFORM,
        actor="platform",
    )


def batches(count: int) -> list[StateChange]:
    at = State.IN_PROGRESS
    return [change(n, at, at, 5_000 * (n + 1)) for n in range(count)]


def test_all_batches_of_a_send_are_one_line_with_first_last_and_pace() -> None:
    history = [change(-1, State.PROCESANDO, State.IN_PROGRESS, 0), *batches(12)]
    state, generation = send_timeline._changes(history)
    assert state.what == "IN-PROGRESS"
    assert generation.what == "Generated: 5,000 to 60,000, 5,000 per minute, in 12 reports"
    assert (generation.at, generation.until) == (NOW, NOW + 11 * MINUTE)


def test_a_change_that_a_poll_found_is_from_the_platform_and_from_no_file() -> None:
    found = replace(change(0, State.SCHEDULED, State.CANCELLED, 0), source=Source.FEED)
    with running(platform="listmonk"):
        (polled,) = send_timeline._changes([replace(found, actor="listmonk")])
        (loaded,) = send_timeline._changes([replace(found, actor="Ana")])
    assert (polled.reported_by, loaded.reported_by) == ("listmonk", "file · Ana")


def test_a_single_batch_is_a_line_of_its_own() -> None:
    (generation,) = send_timeline._changes(batches(1))
    assert generation.what == "Generated: 5,000"


def test_a_change_without_a_count_does_not_say_that_nothing_was_generated() -> None:
    unknown = replace(change(0, State.CANCELLED, State.CANCELLED, 0), generated_records=None)
    (other,) = send_timeline._changes([unknown])
    assert other.what == "Other facts changed"
    (generation,) = send_timeline._changes([unknown, *batches(1)])
    assert generation.what == "Generated: 5,000"


def test_reports_of_the_same_second_have_no_pace() -> None:
    at = State.IN_PROGRESS
    (generation,) = send_timeline._changes([change(n / 120, at, at, 5_000 * n) for n in (1, 2)])
    assert generation.what == "Generated: 10,000"


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (State.SENT_DONE, "Finished"),
        (State.CANCELLED, "Stopped"),
        (State.ABORTED, "Stopped by the platform"),
        (State.PAUSED, "Ended"),
    ],
)
def test_only_a_send_that_went_out_is_finished(state: State, word: str) -> None:
    assert send_timeline._end(state) == word


@pytest.mark.parametrize(
    ("confirmation", "is_shown"),
    [(None, True), (Confirmation.CONFIRMED, True), (Confirmation.OPEN, False)],
)
def test_the_platform_is_not_said_to_report_an_end_that_it_has_not_confirmed(
    confirmation: Confirmation | None, is_shown: bool
) -> None:
    stopped = replace(send("a", State.CANCELLED), finished_at=NOW, abort_confirmation=confirmation)
    events = [(each.what, each.reported_by) for each in send_timeline._milestones(stopped)]
    assert (("Stopped", "reported by the platform") in events) is is_shown


def test_a_send_that_a_list_left_out_is_not_said_to_be_reported_by_the_platform() -> None:
    *_, left_out = send_timeline._milestones(replace(send("a"), unreported_since=NOW))
    assert (left_out.what, left_out.reported_by) == (
        "No longer in its source",
        "a list of all sends",
    )


def draw() -> None:
    from dataclasses import replace
    from datetime import timedelta

    from core.services.queries import SendDetails
    from pages.sends import send_timeline
    from tests.sends import NOW, send

    # The platform's clock is ahead: it reports a step for a time that is still to come here.
    found = SendDetails(replace(send("a"), processing_started_at=NOW), (), ())
    send_timeline.draw_timeline(found, NOW - timedelta(hours=1))


def test_a_scheduled_time_that_is_to_come_is_separate_from_what_has_happened() -> None:
    at = AppTest.from_function(draw).run()
    assert not at.exception
    headings = [each.value for each in at.markdown]
    assert headings == ["**Still to come**", "**So far**"]
    coming, past = (re.sub("<[^>]*>", " ", each.value) for each in at.get("html"))
    assert "Scheduled time" in coming
    assert "Processing started" not in coming
    assert "Processing started" in past
    assert SendDetails(send("a"), (), ()).configuration.scheduled_at == NOW
