"""Forecasts on the page of one send: point of no return, pace, flags."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.model import Actor, Role
from core.runtime.application import Application
from tests.pages.conftest import running
from tests.pages.test_pages import opened

NOW = datetime(2026, 11, 25, 15, 10, tzinfo=UTC)
HEADING = (
    "id,name,account,channel,audience,state,total_records,generated_records,scheduled_at,"
    "processing_started_at,in_progress_at,generation_started_at,finished_at,updated_at"
)
MOMENTS = ("scheduled", "processing", "ready", "generation", "finished", "updated")


@pytest.fixture
def freio() -> Iterator[Application]:
    with running(lambda: NOW) as made:
        load(made, *ROWS)
        yield made


def load(freio: Application, *rows: str) -> None:
    feed = "\n".join([HEADING, *rows])
    freio.loader.load(BytesIO(feed.encode()), "feed.csv", Actor("t", Role.ADMINISTRATOR))


def row(id: str, state: str, total: int, generated: int, **minutes: float) -> str:
    """Return a row of the feed. Times are in minutes from now."""
    times = [
        (NOW + timedelta(minutes=minutes[m])).isoformat() if m in minutes else "" for m in MOMENTS
    ]
    facts = (id, "Oferta", "Loja", "SMS", id[0], state, str(total), str(generated), *times)
    return ",".join(facts)


#: Forty sends that waited 100 to 139 seconds for their first batch, which took a minute. Together with
#: "first", which waited 180 seconds, there are 41 of their size.
ROWS = [
    row(
        f"gone{n}",
        "sent",
        7_000,
        7_000,
        scheduled=-4_000 - 1_500 * n,
        processing=-4_000 - 1_500 * n,
        ready=-4_000 - 1_500 * n,
        generation=-4_000 - 1_500 * n + (100 + n) / 60,
        finished=-4_000 - 1_500 * n + (160 + n) / 60,
    )
    for n in range(40)
] + [
    row("scheduled", "scheduled", 7_000, 0, scheduled=5),
    row("waiting", "in progress", 7_000, 0, scheduled=-3, processing=-3, ready=-2),
    row("endless", "in progress", 7_000, 0, scheduled=-90, processing=-90, ready=-90),
    row("other", "scheduled", 900_000_000, 0, scheduled=5),
    row(
        "begun", "in progress", 25_000, 15_000,
        scheduled=-3, processing=-3, ready=-3, generation=-2, updated=0,
    ),
    row("first", "in progress", 7_000, 5_000, scheduled=-3, processing=-3, ready=-3, generation=0),
]  # fmt: skip


def said(at: AppTest) -> str:
    kinds = ("warning", "caption", "markdown", "html")
    found = "\n".join(e.value for kind in kinds for e in at.get(kind))
    return re.sub(r"<[^>]*>|\\|[*][*]", "", found.replace("<br>", "\n"))


def test_the_point_of_no_return_is_shown_with_its_confidence_and_its_basis(
    freio: Application,
) -> None:
    text = said(opened("configuration", id="scheduled"))
    # The shortest wait was 100 s, and a fifth is subtracted from it. The median was 120 s.
    assert "almost never before 15:16:20" in text
    assert "about 15:17" in text
    assert "6 min 20 s" in text
    assert "fairly sure" in text
    assert "41 earlier sends (SMS, Loja, 5,001 to 10,000 recipients)" in text
    assert "Check this send" not in text


def test_a_send_past_its_cautious_moment_may_begin_any_moment(freio: Application) -> None:
    text = said(opened("configuration", id="waiting"))
    assert "Point of no return\nany moment" in text
    assert "Time left\nany moment" in text


def test_a_send_that_waits_longer_than_all_like_it_is_to_be_looked_at(
    freio: Application,
) -> None:
    text = said(opened("configuration", id="endless"))
    assert "It has already waited longer than all of them" in text
    assert "Check this send. It has been in this state since 13:40" in text
    assert "How sure\nnot sure" in text


def test_where_nothing_is_known_of_its_size_no_more_is_claimed(freio: Application) -> None:
    text = said(opened("configuration", id="other"))
    assert "How sure\nnot sure" in text


def test_without_history_the_point_of_no_return_is_shown_as_unknown() -> None:
    with running(lambda: NOW) as made:
        load(made, row("scheduled", "scheduled", 7_000, 0, scheduled=5))
        text = said(opened("configuration", id="scheduled"))
    assert "Too few similar sends are known" in text
    assert "almost never before" not in text


def test_the_page_shows_the_measured_pace_and_the_end_of_generation(freio: Application) -> None:
    text = said(opened("configuration", id="begun"))
    assert "5,000 records per minute" in text
    assert "about 15:12, in 2 min" in text
    assert "Measured on this send" in text


def test_in_the_first_batch_the_pace_is_that_of_sends_like_it(freio: Application) -> None:
    text = said(opened("configuration", id="first"))
    assert "2,500 records per minute" in text
    assert "that of similar sends" in text


def test_a_send_that_is_planned_twice_leads_to_the_other(freio: Application) -> None:
    again = row("scheduled-again", "scheduled", 7_000, 0, scheduled=65)
    freio.loader.load(
        BytesIO(f"{HEADING}\n{again}".encode()), "more.csv", Actor("t", Role.ADMINISTRATOR)
    )
    at = opened("configuration", id="scheduled")
    assert "Check this send. Another send with the same name" in said(at)
    assert any("scheduled-again" in link.proto.query_string for link in at.get("page_link"))


def test_a_normal_wait_is_said_as_clearly_as_a_stuck_one(freio: Application) -> None:
    at = opened("configuration", id="waiting")
    (normal,) = [each.value for each in at.info]
    assert normal.startswith("**Normal for similar sends.** It has been in this state since 15:08.")
    at = opened("configuration", id="endless")
    assert not at.info
    assert "It has been in this state since" in at.warning[0].value


@pytest.mark.parametrize(
    ("minutes", "verdict"),
    [(0.5, "Normal for similar sends."), (20, "Slower than nearly all similar sends.")],
)
def test_the_pace_of_a_send_is_compared_with_sends_of_its_size(
    freio: Application, minutes: float, verdict: str
) -> None:
    one = row("one", "in progress", 10_000, 8_000, scheduled=-30, generation=-minutes, updated=0)
    freio.loader.load(
        BytesIO(f"{HEADING}\n{one}".encode()), "one.csv", Actor("t", Role.ADMINISTRATOR)
    )
    # Sends of its size took a minute for the records after the first batch.
    assert f"{verdict} Half of them reach 5,000 per minute, nearly all at least 5,000." in said(
        opened("configuration", id="one")
    )
