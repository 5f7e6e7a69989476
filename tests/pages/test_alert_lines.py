"""The alerts at the top of every page: large sends that start soon, and stuck sends."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.access.identity import Identity
from core.domain.alerts import AlertKind
from core.domain.model import Actor, ConfigurationId, Role
from core.domain.states import State
from core.feed.watched_folder import WatchedFolder
from core.infrastructure.clock import utc_now
from core.runtime.application import Application
from core.runtime.demo import Demo
from pages.viewer import current_user
from tests.pages.bulk import data
from tests.pages.conftest import running
from tests.pages.test_pages import PAGES, opened
from tests.sends import load, send


@pytest.fixture
def freio() -> Iterator[Application]:
    with running(alert_urls="json://127.0.0.1:9/t0ken") as made:
        yield made


def seed(freio: Application, large: int = 0, stuck: int = 0) -> None:
    now = freio.clock()
    soon = [
        replace(send(f"l{n}", total=200_000), scheduled_at=now + timedelta(minutes=2.5 + n))
        for n in range(large)
    ]
    still = [
        replace(send(f"s{n}", State.PROCESANDO), scheduled_at=now - timedelta(hours=2 + n))
        for n in range(stuck)
    ]
    load(freio.store, *soon, *still)  # type: ignore[arg-type]
    freio.store.set_fact("kept.as_of", now.isoformat())
    freio.alerts.check()


def html(at: AppTest) -> str:
    return "\n".join(each.value for each in at.get("html"))


def lines(at: AppTest) -> str:
    return re.sub("<(?!/?strong)[^>]*>", "", html(at))


@pytest.fixture(autouse=True)
def heard_just_now(monkeypatch: pytest.MonkeyPatch) -> None:
    # By the calendar, the sends of the tests were loaded long ago.
    real = Demo.facts_at
    monkeypatch.setattr(Demo, "facts_at", lambda demo: utc_now() if real(demo) else None)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_shows_alerts_with_a_link_to_the_send(freio: Application, page: str) -> None:
    seed(freio, large=1, stuck=1)
    at = opened(page, id="l0")
    said = lines(at)
    assert "<strong>Large send in 2 min</strong>, to 200,000 recipients" in said
    (drawn,) = [each.value for each in at.get("html") if "alert-lines" in each.value]
    links = re.findall(r'<a href="configuration\?id=[^"]*" data-within>([^<]*)</a>', drawn)
    if page == "overview":  # the overview has its own sentence about it
        assert "1 send is stuck" in said
        assert links == ["Promoção l0"]
        return
    assert "<strong>Stuck</strong> in the same state for 2 h" in said
    assert links == ["Promoção l0", "Promoção s0"]


def test_the_alert_of_a_send_whose_name_looks_like_html_shows_the_name(freio: Application) -> None:
    at = freio.clock() + timedelta(minutes=2)
    named = replace(send("l0", total=200_000), name="<b>50 %</b>\u202e off", scheduled_at=at)
    load(freio.store, named)
    freio.alerts.check()
    assert ">&lt;b&gt;50 %&lt;/b&gt; off</a>" in html(opened("configurations"))


def test_all_alerts_are_one_element(freio: Application) -> None:
    seed(freio, large=2, stuck=2)
    (drawn,) = [e.value for e in opened("configurations").get("html") if "Stuck" in e.value]
    assert drawn.count("<li ") == 4


def test_stuck_sends_are_told_once_on_the_overview(freio: Application) -> None:
    seed(freio, stuck=1)
    assert lines(opened("overview")).lower().count("stuck") == 1


def test_a_large_send_that_is_due_is_told_until_it_begins(freio: Application) -> None:
    due = replace(send("l0", total=200_000), scheduled_at=freio.clock() - timedelta(minutes=2))
    load(freio.store, due)
    freio.alerts.check()
    said = lines(opened("configurations"))
    assert "<strong>Large send, due since" in said
    assert "can still be stopped</strong>, to 200,000 recipients" in said


@pytest.mark.parametrize(("age", "may_have_begun"), [(0, False), (5, True), (60, True)])
def test_large_sends_that_are_due_may_have_begun_since_an_older_report(
    freio: Application, monkeypatch: pytest.MonkeyPatch, age: int, may_have_begun: bool
) -> None:
    monkeypatch.setattr(Demo, "facts_at", lambda _: utc_now() - timedelta(minutes=age))
    due = [freio.clock() + timedelta(minutes=n) for n in (-4, -3, -3, 1, 2, 2)]
    large = [replace(send(f"l{n}", total=200_000), scheduled_at=at) for n, at in enumerate(due)]
    load(freio.store, *large)
    freio.alerts.check()
    said = lines(opened("configurations"))
    begun = "3 large sends are due and may have begun</strong>, to 600,000 recipients in all"
    assert (begun in said) is may_have_begun
    assert ("3 large sends are due and can still be stopped" in said) is not may_have_begun
    assert "3 large sends start within" in said


def test_many_of_a_kind_are_one_line(freio: Application) -> None:
    seed(freio, large=4, stuck=3)
    at = opened("configurations")
    said = lines(at)
    assert "<strong>4 large sends start within 5 min</strong>, to 800,000 recipients in all" in said
    assert "<strong>3 sends are stuck.</strong> The longest, for 4 h" in said
    assert "<strong>Stuck</strong>" not in said
    buttons = {each["name"]: each for each in data(at, "freio_states")["buttons"]}
    assert buttons["alert"]["count"] == "7", "as many as these lines say"


def test_the_switch_says_how_many_notices_there_are_of_every_kind(freio: Application) -> None:
    seed(freio, large=2, stuck=4)
    freio.aborts.abort(ConfigurationId("l0"), Actor("t", Role.ADMINISTRATOR))
    freio.alerts.check()
    at = opened("configurations")
    said = lines(at)
    # One large send, four stuck sends in one line, and one send to abort in the platform.
    assert "Large send in" in said
    assert "4 sends are stuck." in said
    assert any("1 send still to be aborted" in each.value for each in at.markdown)
    assert at.toggle(key="notices_shown").label == "Show all 6 notices"


def test_aborts_that_need_attention_are_above_the_alerts(freio: Application) -> None:
    seed(freio, large=2)
    freio.aborts.abort(ConfigurationId("l0"), Actor("t", Role.ADMINISTRATOR))
    freio.alerts.check()
    texts = [str(getattr(each, "value", "")) for each in opened("configurations")]
    (to_abort,) = [n for n, text in enumerate(texts) if "still to be aborted" in text]
    (large,) = [n for n, text in enumerate(texts) if "Large send in" in text]
    assert to_abort < large


def test_without_alerts_no_line_is_drawn(freio: Application) -> None:
    seed(freio)
    said = lines(opened("overview"))
    assert "Large send" not in said
    assert "Stuck" not in said


def test_the_system_page_shows_the_state_of_channels_without_their_addresses(
    freio: Application,
) -> None:
    seed(freio, large=1)
    freio.outbox.deliver(freio.alerts.current)
    at = opened("system")
    seen = lines(at)
    assert "JSON (1)" in seen
    assert "not answering since" in seen
    assert "t0ken" not in seen


def break_the_installation(freio: Application, tmp_path: Path) -> None:
    roles = tmp_path / "roles.toml"
    roles.write_text('[people]\n"ana@example.com" = "viewer"')
    freio.settings = replace(freio.settings, roles=roles)
    assert freio.troubles() == {}
    roles.write_text("people = ")
    freio.inbox = WatchedFolder(tmp_path / "inbox", freio.loader)
    (tmp_path / "inbox").write_text("no folder")
    freio.inbox.scan()


def test_an_administrator_sees_problems_of_the_installation_and_gets_an_alert(
    freio: Application, tmp_path: Path
) -> None:
    break_the_installation(freio, tmp_path)
    errors = [each.value for each in opened("overview").error]
    assert "roles.toml cannot be used (" in errors[0].replace("\\", "")
    assert "the last good list is still used" in errors[0]
    assert "Freio cannot work in the watched folder" in errors[1]
    assert [a.kind for a in freio.alerts.check()] == [AlertKind.ROLES, AlertKind.INBOX]


def test_other_roles_do_not_see_problems_of_the_installation(
    freio: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_the_installation(freio, tmp_path)
    monkeypatch.setattr(current_user, "identity", lambda: Identity(Actor("otto", Role.OPERATOR)))
    assert not opened("overview").error
