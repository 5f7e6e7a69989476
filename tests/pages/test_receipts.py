"""Receipts on the pages show the role of the actor, and what the dialog showed."""

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.model import Actor, ConfigurationId, Role, ShownFacts
from core.domain.states import Generation, State
from core.runtime import instance
from core.runtime.application import Application
from tests.pages.test_pages import FEED, opened

BOSS = Actor("boss", Role.ADMINISTRATOR)
OTTO = Actor("otto", Role.OPERATOR, address="10.0.0.9")


@pytest.fixture
def stopped(empty: Application) -> None:
    empty.loader.load(BytesIO(FEED.encode()), "feed.csv", BOSS)
    since = datetime.now(UTC) - timedelta(minutes=3)
    shown = ShownFacts(State.SCHEDULED, Generation.NOT_STARTED, 7_000, 0, since)
    empty.aborts.abort(ConfigurationId("s1"), OTTO, reason="wrong_time", shown=shown)


def rows(at: AppTest) -> str:
    return next(each.value for each in at.get("html") if " log receipts" in each.value)


def said(at: AppTest) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", rows(at)))


def test_a_row_of_the_log_says_all_of_an_attempt_and_links_to_its_send(stopped: None) -> None:
    at = opened("aborts")
    for part in ("Recorded, not confirmed", "open", "Liquidação", "s1", "Not reached: unknown"):
        assert part in said(at)
    assert "otto operator · 10.0.0.9" in said(at)
    assert "Wrong time" in said(at)
    assert "Was shown: SCHEDULED · 7,000 · 3 min old" in said(at)
    assert '<a href="configuration?id=s1" data-within>' in rows(at)


def test_the_note_of_an_attempt_is_real_text_and_cannot_become_html(stopped: None) -> None:
    instance.current().aborts.abort(ConfigurationId("s2"), OTTO, note="<b>typo</b> in the price")
    assert "&lt;b&gt;typo&lt;/b&gt; in the price" in rows(opened("aborts"))


def test_the_log_shows_today_until_another_time_is_chosen(stopped: None) -> None:
    later = datetime.now(UTC) + timedelta(days=2)
    instance.current().clock = lambda: later
    assert [each.value for each in opened("aborts").caption if each.value == "None."]
    assert "Wrong time" in said(opened("aborts", time="week"))
    assert "Wrong time" in said(opened("aborts", time="any"))
    assert "Wrong time" in said(opened("aborts", outcome="open")), "all of what is still open"


def test_the_page_of_the_send_shows_its_attempts_without_its_name(stopped: None) -> None:
    at = opened("configuration", id="s1")
    assert "otto operator · 10.0.0.9" in said(at)
    assert "configuration?id=s1" not in rows(at)


def test_the_page_of_the_send_says_since_when_an_abort_is_confirmed(stopped: None) -> None:
    later = FEED.replace("scheduled,7000,0", "cancelled,7000,0")
    instance.current().loader.load(BytesIO(later.encode()), "later.csv", BOSS)
    assert re.search(r"confirmed · \d\d:\d\d", said(opened("configuration", id="s1")))
