"""The steps of a delivery are shown in the row, the notice, the send's page and the log."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.delivery import AnswerKind, Delivery, DeliveryStep
from core.domain.freshness import Freshness
from core.domain.model import Actor, Role
from core.domain.states import Outlook, State
from core.errors import ConnectorError
from core.platforms.simulated_connector import SimulatedConnector
from core.runtime.application import Application
from core.services.polling import Polling
from pages.sends.verdict import verdict
from pages.shell import abort_notices
from pages.shell.abort_notices import Notice
from tests.behaving_connector import behaving
from tests.pages.conftest import running
from tests.pages.test_pages import opened
from tests.sends import NOW, load, send

pytestmark = pytest.mark.slow

ANA = Actor("Ana", Role.ADMINISTRATOR)


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def freio(clock: Clock) -> Iterator[Application]:
    """Return the demo with one send. Its worker runs only when a test calls it."""
    with running(clock, demo=True) as made:
        load(made.store, send("s1"), send("s2", State.PROCESANDO))
        made.store.set_fact("origin", "demo")
        made.demo.platform.stepped_at = NOW

        def at_once(work: Callable[[Delivery], None], delivery: Delivery) -> None:
            work(delivery)

        made.deliveries.submit = at_once
        made.deliveries.monotonic = lambda: clock().timestamp()
        behaving(made)
        yield made


def word(freio: Application, id: str = "s1") -> tuple[str, Outlook]:
    """Return the verdict of a send's row."""
    found = freio.store.configuration(send(id).id)
    assert found is not None
    fresh = Freshness(NOW, freio.clock(), timedelta(minutes=15))
    return verdict(found, None, fresh, freio.store.last_deliveries([found.id]).get(found.id))


def notices(freio: Application, id: str = "s1") -> list[str]:
    """Draw a page, and return the text of the notice of an abort of this session."""
    receipt = freio.store.receipts_of(send(id).id)[0]
    at = opened("configurations")
    at.session_state[abort_notices._STACK] = [Notice("info", "**It** · ", id, receipt)]
    at.run()
    shown = [*at.info, *at.success, *at.warning, *at.error]
    return [each.value for each in shown if each.value.startswith("**It**")]


def page(id: str = "s1") -> AppTest:
    return opened("configuration", id=id)


def tables(at: AppTest) -> str:
    return re.sub("<[^>]*>", " ", " ".join(each.value for each in at.get("html")))


def test_row_and_notice_show_the_time_of_the_request_until_the_platform_answers(
    freio: Application, clock: Clock
) -> None:
    freio.aborts.abort(send("s1").id, ANA)
    # The worker may have requested it since the page read this.
    assert word(freio) == ("Simulator is being asked", Outlook.WAITING)
    clock.now += timedelta(seconds=2)
    assert word(freio) == ("Simulator not asked yet; waiting for 2 s", Outlook.WAITING)
    delivery = freio.store.last_deliveries([send("s1").id])[send("s1").id]
    asked = replace(delivery, step=DeliveryStep.REQUESTED, requested_at=clock.now)
    assert freio.store.move_delivery(delivery, asked, clock.now) is not None
    clock.now += timedelta(seconds=2)
    assert word(freio) == ("Simulator was asked 2 s ago", Outlook.WAITING)
    (said,) = notices(freio)
    assert "Simulator was asked 2 s ago." in said
    assert "may still go out to its 7,000 recipients" in said


def test_a_bulk_abort_says_calmly_that_what_it_stopped_is_not_counted_yet(
    freio: Application,
) -> None:
    id = freio.bulk_aborts.start([send("s1").id], ANA, note="why")
    freio.bulk_aborts.run_pending()
    freio.deliveries.run_pending()
    at = opened("aborts", bulk=id)
    said = " ".join(tables(at).split())
    assert "Stopped, not counted yet 7,000" in said
    assert "Recipients unknown 0" in said
    assert not [each.value for each in at.caption if "unknown" in each.value]
    assert "7,000 not counted yet" in tables(opened("aborts"))


def test_a_verified_stop_is_shown_with_its_number_and_the_time_of_the_reading(
    freio: Application,
) -> None:
    freio.aborts.abort(send("s1").id, ANA)
    freio.deliveries.run_pending()
    assert word(freio) == ("Stopped", Outlook.STOPPED)
    (said,) = notices(freio)
    assert "Stopped. It reaches none of its 7,000 recipients. Last read at" in said
    shown = tables(page())
    assert "Abort requested" in shown
    assert "Stop verified: CANCELLED" in shown
    assert "Stopped at 0 of 7,000" in shown


def test_a_send_that_is_being_processed_stops_when_processing_ends(freio: Application) -> None:
    freio.aborts.abort(send("s2").id, ANA)
    freio.deliveries.run_pending()
    assert word(freio, "s2") == ("Will be stopped", Outlook.WAITING)
    assert "When processing ends" in notices(freio, "s2")[0]


def test_a_refusal_as_too_late_is_shown_as_too_late(freio: Application) -> None:
    behaving(freio).behaviour.refusal = AnswerKind.TOO_LATE
    freio.aborts.abort(send("s1").id, ANA)
    freio.deliveries.run_pending()
    assert word(freio) == ("Too late: finished", Outlook.TOO_LATE)
    assert "Too late: 7,000 of 7,000 have gone out." in notices(freio)[0]
    shown = " ".join(tables(page()).split())
    assert "Not reached: 0" in shown
    assert "7,000 reached anyway" in shown


def test_without_an_answer_the_row_says_so_and_then_a_person_has_to_check(
    freio: Application, clock: Clock
) -> None:
    behaving(freio).behaviour.is_away = True
    freio.aborts.abort(send("s1").id, ANA)
    freio.deliveries.run_pending()
    assert word(freio)[0].startswith("Simulator does not answer; next try in")
    for _ in range(40):
        clock.now += timedelta(seconds=5)
        freio.deliveries.run_pending()
    assert word(freio) == ("Unknown: check there", Outlook.UNCERTAIN)
    (said,) = notices(freio)
    assert "**Unknown: check there.**" in said
    assert "The simulated platform does not answer" in said
    checklist = " ".join(each.value for each in page().markdown)
    assert "1 send still to be aborted in the platform" in checklist
    freio.concerns.aborted_there(freio.store.receipts_of(send("s1").id)[0].id, ANA)
    assert notices(freio) == [], "the notice asks for what a person has done"


def test_an_old_delivery_does_not_hide_that_a_send_runs_again(freio: Application) -> None:
    freio.aborts.abort(send("s1").id, ANA)
    freio.deliveries.run_pending()
    found = freio.store.configuration(send("s1").id)
    assert found is not None
    delivery = freio.store.last_deliveries([found.id])[found.id]
    again = replace(found, state=State.IN_PROGRESS, generated_records=5_000)
    fresh = Freshness(NOW, NOW, timedelta(minutes=15))
    assert verdict(again, None, fresh, delivery)[1] is Outlook.TOO_LATE


def test_pages_refresh_quickly_only_while_an_abort_of_this_session_is_delivered(
    freio: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = freio.aborts.abort(send("s1").id, ANA).receipt
    assert receipt is not None
    notice = Notice("info", "", "s1", receipt)
    monkeypatch.setattr(abort_notices, "stack", lambda: [notice])
    at = AppTest.from_function(_period).run()
    assert at.markdown[0].value == "1.0"
    freio.clock.now += timedelta(seconds=40)  # type: ignore[attr-defined]
    at = AppTest.from_function(_period).run()
    assert at.markdown[0].value == str(freio.settings.refresh_seconds)


def test_system_shows_how_fast_stops_are_verified(freio: Application, clock: Clock) -> None:
    for id, after in (("s1", 1.0), ("s2", 3.0)):
        freio.aborts.abort(send(id).id, ANA)
        clock.now += timedelta(seconds=after)
        found = freio.store.configuration(send("s2").id)
        assert found is not None
        if id == "s2":
            freio.demo.platform.step(clock.now + timedelta(hours=1))
        freio.deliveries.run_pending()
    shown = " ".join(tables(opened("system")).split())
    assert "Verified aborts 2" in shown
    assert "Click to verified, median 2 s" in shown
    assert "Click to verified, 99th percentile" in shown
    value = freio.metrics.registry.get_sample_value
    assert value("freio_abort_verified_seconds_count") == 2
    assert value("freio_abort_verified_seconds_sum") == 4.0


class Away(SimulatedConnector):
    def list(self, *, live: bool) -> Iterator[Mapping[str, object]]:  # noqa: ARG002
        raise ConnectorError("listmonk does not answer.", "Freio tries again.")


def test_system_says_why_the_platform_cannot_be_read(freio: Application) -> None:
    away = Away(freio.store, freio.clock)
    freio.polling = Polling(freio.loader, away, "listmonk", freio.clock)
    with pytest.raises(ConnectorError):
        freio.polling.poll()
    said = [each.value for each in opened("system").warning]
    assert any("The platform cannot be read since" in each for each in said)
    assert any("listmonk does not answer" in each for each in said)


@pytest.mark.parametrize("page", ["overview", "configurations"])
def test_with_a_platform_that_cannot_be_read_an_empty_store_shows_that_and_no_demo(
    page: str,
) -> None:
    login = {"listmonk_user": "freio", "listmonk_token": "wrong"}
    nowhere = {"platform": "listmonk", "listmonk_url": "http://127.0.0.1:9", "demo": True}
    with running(**nowhere, **login) as made:
        made.demo.prepare()
        assert made.polling is not None
        with pytest.raises(ConnectorError):
            made.polling.poll()
        at = opened(page)
        (said,) = [each.value for each in at.warning]
        assert "The platform cannot be read since" in said
        assert "Freio cannot connect to listmonk (" in said.replace("\\", "")
        assert "…" not in said
        assert "Load an export" not in " ".join(each.value for each in at.markdown)
        assert not made.is_demo()


def _period() -> None:
    import streamlit as st

    from pages.shell import abort_notices, page_run

    with page_run.one_run():
        st.markdown(str(abort_notices.refresh_seconds()))
