"""Unchanged facts become the same data, so that Streamlit does not send them again."""

import json
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.model import Actor, Role
from core.runtime.application import Application
from tests.pages.conftest import running
from tests.pages.test_pages import opened
from tests.sends import NOW

DUE = "2026-11-23T15:00:00+00:00"


def fill(freio: Application, total: int = 7_000) -> None:
    row = f"s1,News,scheduled,{total},0,{DUE}"
    file = f"id,name,state,total_records,generated_records,scheduled_at\n{row}\n".encode()
    freio.loader.load(BytesIO(file), "feed.csv", Actor("t", Role.ADMINISTRATOR))


def component(at: AppTest, name: str) -> str:
    (found,) = [c.proto for c in at.get("bidi_component") if c.proto.component_name == name]
    return found.json


@pytest.mark.parametrize(
    ("page", "names"),
    [("overview", ["freio_rows", "freio_timeline"]), ("configurations", ["freio_rows"])],
)
def test_unchanged_facts_are_the_same_data_for_a_minute(page: str, names: list[str]) -> None:
    now = [NOW]
    with running(lambda: now[0]) as freio:
        fill(freio)
        now[0] += timedelta(seconds=2)
        at = opened(page)
        before = [component(at, name) for name in names]
        now[0] += timedelta(seconds=25)
        at.run()
        assert [component(at, name) for name in names] == before
        fill(freio, 9_000)
        at.run()
        assert [component(at, name) for name in names] != before


def test_times_left_and_the_age_of_facts_count_from_the_time_in_the_data() -> None:
    now = [NOW]
    with running(lambda: now[0]) as freio:
        fill(freio)
        loaded = freio.freshness().at
        now[0] += timedelta(seconds=47)
        data = json.loads(component(opened("configurations"), "freio_rows"))
    at = datetime.fromtimestamp(data["at"], NOW.tzinfo)
    assert at == NOW.replace(second=0, microsecond=0)
    assert loaded is not None
    assert data["facts"]["age"] == (at - loaded).total_seconds()
    row = next(row for row in data["rows"] if row["seconds_left"] is not None)
    left = timedelta(seconds=row["seconds_left"])
    assert (at + left).isoformat() == DUE
