"""The abort rule, row by row, and its laws."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.lifecycle import Pace, next_step
from core.domain.model import ConfigurationId, Confirmation, SendConfiguration
from core.domain.platform import Platform
from core.domain.rules import (
    CancelRest,
    Refuse,
    decide_abort,
    outlook_of,
    stopped_midway,
    was_contradicted,
)
from core.domain.states import Outlook, Refusal, State
from core.platforms import icomm, listmonk

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def send(state: State, total: int = 12_000, generated: int | None = 0) -> SendConfiguration:
    return SendConfiguration(
        id=ConfigurationId("1"),
        name="Oferta",
        state=state,
        total_records=total,
        generated_records=generated,
        scheduled_at=NOW,
    )


@pytest.mark.parametrize(
    ("state", "generated", "kind", "new_state"),
    [
        (State.SCHEDULED, 0, "CancelNow", State.CANCELLED),
        (State.SCHEDULED, None, "CancelNow", State.CANCELLED),
        (State.PROCESANDO, 0, "CancelAfterProcessing", State.CANCELLING),
        (State.IN_PROGRESS, 0, "CancelNow", State.CANCELLED),
        (State.IN_PROGRESS, None, "CancelUnconfirmed", State.CANCELLING),
    ],
)
def test_an_abort_that_can_be_is_accepted(
    state: State, generated: int | None, kind: str, new_state: State
) -> None:
    decision = decide_abort(send(state, generated=generated), icomm.PLATFORM)
    assert type(decision).__name__ == kind
    assert not isinstance(decision, Refuse)
    assert decision.new_state is new_state


@pytest.mark.parametrize(
    ("state", "generated", "reason"),
    [
        (State.IN_PROGRESS, 5_000, Refusal.TOO_LATE),
        (State.SCHEDULED, 5_000, Refusal.TOO_LATE),
        (State.PROCESANDO, 5_000, Refusal.TOO_LATE),
        (State.DELIVERY_ENDING, 12_000, Refusal.FINISHED),
        (State.SENT_DONE, 12_000, Refusal.FINISHED),
        (State.CANCELLING, 0, Refusal.ALREADY),
        (State.CANCELLED, 0, Refusal.ALREADY),
        (State.ABORTED, 0, Refusal.PLATFORM_STOPPED),
        (State.DRAFT, 0, Refusal.NOT_ABORTABLE_STATE),
        (State.WAITING_CONFIRMATION, 0, Refusal.NOT_ABORTABLE_STATE),
        (State.PENDING, 0, Refusal.NOT_ABORTABLE_STATE),
        (State.PAUSED, 0, Refusal.NOT_ABORTABLE_STATE),
        (State.SMTP_ERROR, 0, Refusal.NOT_ABORTABLE_STATE),
        (State.UNKNOWN, 0, Refusal.NOT_ABORTABLE_STATE),
    ],
)
def test_an_abort_that_cannot_be_is_refused_with_its_reason(
    state: State, generated: int, reason: Refusal
) -> None:
    decision = decide_abort(send(state, generated=generated), icomm.PLATFORM)
    assert isinstance(decision, Refuse)
    assert decision.reason is reason


@pytest.mark.parametrize(
    ("total", "batches", "one"), [(4_999, 1, True), (5_000, 1, True), (5_001, 2, False)]
)
def test_up_to_5000_records_fit_in_one_batch(total: int, batches: int, one: bool) -> None:
    numbers = decide_abort(send(State.SCHEDULED, total), icomm.PLATFORM).consequences
    assert (numbers.batches, numbers.fits_in_one_batch) == (batches, one)
    assert (numbers.spared, numbers.gone) == (total, 0)


LISTMONK = listmonk.PLATFORM


@pytest.mark.parametrize(
    ("state", "generated", "kind", "spared", "gone"),
    [
        (State.SCHEDULED, 0, "CancelNow", 40_000, 0),
        (State.SCHEDULED, None, "CancelNow", 40_000, 0),
        (State.SCHEDULED, 12_400, "CancelRest", 27_600, 12_400),
        (State.IN_PROGRESS, 0, "CancelRest", 40_000, 0),
        (State.IN_PROGRESS, 12_400, "CancelRest", 27_600, 12_400),
        (State.IN_PROGRESS, 40_001, "CancelRest", 0, 40_000),
        (State.IN_PROGRESS, None, "CancelRest", None, None),
        (State.PAUSED, 12_400, "CancelRest", 27_600, 12_400),
    ],
)
def test_listmonk_stops_a_send_also_in_the_middle(
    state: State, generated: int | None, kind: str, spared: int | None, gone: int | None
) -> None:
    decision = decide_abort(send(state, 40_000, generated), LISTMONK)
    assert type(decision).__name__ == kind
    assert not isinstance(decision, Refuse)
    assert decision.new_state is State.CANCELLED
    assert (decision.consequences.spared, decision.consequences.gone) == (spared, gone)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (State.DRAFT, Refusal.NOT_ABORTABLE_STATE),
        (State.SENT_DONE, Refusal.FINISHED),
        (State.CANCELLED, Refusal.ALREADY),
    ],
)
def test_listmonk_refuses_what_has_ended_or_not_been_scheduled(
    state: State, reason: Refusal
) -> None:
    decision = decide_abort(send(state, generated=12_000), LISTMONK)
    assert isinstance(decision, Refuse)
    assert decision.reason is reason


def test_the_rest_of_a_send_has_an_outlook_of_its_own_on_listmonk_only() -> None:
    running = send(State.IN_PROGRESS, generated=5_000)
    assert outlook_of(running, LISTMONK) is Outlook.REST_STOPPABLE
    assert outlook_of(running, icomm.PLATFORM) is Outlook.TOO_LATE
    assert outlook_of(send(State.PAUSED), LISTMONK) is Outlook.REST_STOPPABLE


def test_a_stop_in_the_middle_contradicts_nothing_where_the_platform_allows_it() -> None:
    open_ = replace(
        send(State.CANCELLED, generated=5_000),
        raw_state="running",
        abort_confirmation=Confirmation.OPEN,
    )
    assert was_contradicted(open_, icomm.PLATFORM)
    assert not was_contradicted(open_, LISTMONK)
    assert outlook_of(open_, LISTMONK) is Outlook.WAITING
    assert decide_abort(open_, LISTMONK).consequences.spared is None
    at_rest = replace(open_, raw_state="cancelled", abort_confirmation=Confirmation.CONFIRMED)
    assert stopped_midway(at_rest)
    finished = replace(open_, raw_state="finished", abort_confirmation=Confirmation.CONTRADICTED)
    assert was_contradicted(finished, LISTMONK)


platforms = st.sampled_from([icomm.PLATFORM, listmonk.PLATFORM])
sends = st.builds(
    send,
    st.sampled_from(State),
    st.integers(0, 100_000),
    st.none() | st.integers(0, 100_000),
)


@given(sends, platforms)
def test_spared_and_gone_add_up_or_are_unknown(
    given_send: SendConfiguration, platform: Platform
) -> None:
    decision = decide_abort(given_send, platform)
    numbers = decision.consequences
    if isinstance(decision, Refuse) and decision.reason is Refusal.FINISHED:
        assert numbers.spared == 0
        assert numbers.gone is None or numbers.gone <= numbers.total
    elif numbers.spared is None:
        assert numbers.gone is None
    else:
        assert numbers.gone is not None
        assert numbers.spared + numbers.gone == numbers.total


@pytest.mark.parametrize(
    ("state", "generated", "gone"),
    [
        (State.SENT_DONE, 12_000, 12_000),
        (State.SENT_DONE, 12_001, 12_000),
        (State.SENT_DONE, 2_061, 2_061),
        (State.SENT_DONE, 0, 0),
        (State.SENT_DONE, None, None),
        (State.DELIVERY_ENDING, 12_000, 12_000),
        (State.DELIVERY_ENDING, 10_000, None),
        (State.DELIVERY_ENDING, None, None),
    ],
)
def test_a_send_has_gone_to_as_many_as_were_generated(
    state: State, generated: int | None, gone: int | None
) -> None:
    numbers = decide_abort(send(state, generated=generated), icomm.PLATFORM).consequences
    assert (numbers.spared, numbers.gone) == (0, gone)


def test_an_abort_that_is_unconfirmed_or_in_doubt_spares_no_recipients_yet() -> None:
    stopped = replace(send(State.CANCELLED), raw_state="CANCELLED")
    assert decide_abort(stopped, icomm.PLATFORM).consequences.spared == 12_000
    for unsure in (replace(stopped, raw_state="agendado"), replace(stopped, doubted_since=NOW)):
        assert decide_abort(unsure, icomm.PLATFORM).consequences.spared is None


def test_a_send_that_the_platform_stopped_midway_is_no_abort_that_was_contradicted() -> None:
    stopped = replace(send(State.CANCELLED, generated=5_000), raw_state="cancelado")
    assert stopped_midway(stopped)
    assert not was_contradicted(stopped, icomm.PLATFORM)
    assert decide_abort(stopped, icomm.PLATFORM).consequences.spared is None
    assert was_contradicted(replace(stopped, raw_state="em andamento"), icomm.PLATFORM)


@given(sends)
def test_nothing_is_cancelled_after_its_generation_started(given_send: SendConfiguration) -> None:
    if given_send.generated_records:
        assert isinstance(decide_abort(given_send, icomm.PLATFORM), Refuse)


@given(sends)
def test_where_the_platform_allows_it_only_the_rest_is_cancelled_after_that(
    given_send: SendConfiguration,
) -> None:
    if given_send.generated_records:
        assert isinstance(decide_abort(given_send, LISTMONK), Refuse | CancelRest)


@given(st.sampled_from([State.SENT_DONE, State.CANCELLED, State.ABORTED]), st.datetimes())
def test_terminal_states_never_change(state: State, when: datetime) -> None:
    assert next_step(send(state), when.replace(tzinfo=UTC), Pace(), icomm.PLATFORM) is None


@pytest.mark.parametrize(
    ("word", "generated", "is_midway"),
    [
        ("Cancelled During Send", None, True),
        ("Cancelado durante o envio", None, True),
        ("Cancelled During Send", 4_000, True),
        ("Cancelled During Send", 0, False),
        ("Cancelled", None, False),
    ],
)
def test_a_stop_during_the_send_is_a_stop_midway_also_if_nothing_is_counted(
    word: str, generated: int | None, is_midway: bool
) -> None:
    stopped = replace(send(State.CANCELLED, generated=generated), raw_state=word)
    assert stopped_midway(stopped) is is_midway
