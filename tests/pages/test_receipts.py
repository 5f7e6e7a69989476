"""The attempts to abort on the pages: as what somebody acted, and what they had been shown."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest

from core.domain.model import Actor, ConfigurationId, Role
from core.domain.states import Generation, State
from core.runtime import instance
from core.runtime.build import build
from core.services.aborts import ShownFacts
from core.settings import Settings
from tests.pages.test_pages import FEED, opened

BOSS = Actor("boss", Role.ADMINISTRATOR)
OTTO = Actor("otto", Role.OPERATOR, address="10.0.0.9")


@pytest.fixture
def stopped() -> Iterator[None]:
    freio = build(Settings(database="duckdb:///:memory:", demo=False))
    instance.use(freio)
    freio.loader.load(BytesIO(FEED.encode()), "feed.csv", BOSS)
    since = datetime.now(UTC) - timedelta(minutes=3)
    shown = ShownFacts(State.SCHEDULED, Generation.NOT_STARTED, 7_000, 0, since)
    freio.aborts.abort(ConfigurationId("s1"), OTTO, reason="wrong_time", shown=shown)
    yield
    instance.use(None)
    freio.stop()


def test_the_log_keeps_role_and_what_was_shown_behind_its_menu(stopped: None) -> None:
    found = opened("aborts").dataframe[0]
    (row,) = found.value.to_dict("records")
    assert (row["Who"], row["Role"], row["From"]) == ("otto", "operator", "10.0.0.9")
    assert row["Was shown"] == "SCHEDULED · 7,000 · 3 min old"
    hidden = {n for n, c in json.loads(found.proto.columns).items() if c.get("hidden")}
    assert hidden >= {"Role", "Was shown"}
    assert "Outcome" not in hidden


def test_the_page_of_the_send_shows_both(stopped: None) -> None:
    found = next(d for d in opened("configuration", id="s1").dataframe if "Who" in d.value)
    (row,) = found.value.to_dict("records")
    assert (row["Role"], row["Was shown"]) == ("operator", "SCHEDULED · 7,000 · 3 min old")
    assert row["Confirmation"] == "open"
    columns = json.loads(found.proto.columns)
    assert not {n for n, c in columns.items() if c.get("hidden")} & {"Role", "Was shown"}
    assert "Send" not in row


def test_the_page_of_the_send_says_since_when_an_abort_is_confirmed(stopped: None) -> None:
    later = FEED.replace("scheduled,7000,0", "cancelled,7000,0")
    instance.current().loader.load(BytesIO(later.encode()), "later.csv", BOSS)
    found = next(d for d in opened("configuration", id="s1").dataframe if "Who" in d.value)
    (row,) = found.value.to_dict("records")
    assert re.fullmatch(r"confirmed · \d\d:\d\d", row["Confirmation"])
