"""The overview: each figure is that of the list it links to, and what needs attention is said."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from io import BytesIO
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.model import Actor, ConfigurationId, Role
from core.feed.load_options import LoadOptions
from core.runtime import instance
from core.runtime.application import Application
from core.runtime.build import build
from core.settings import Settings
from tests.pages.test_pages import opened, rows

BOSS = Actor("boss", Role.ADMINISTRATOR)
HEADING = "id,name,account,audience,channel,state,total_records,generated_records,scheduled_at\n"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def line(id: str, state: str, total: int, generated: object = 0, after: timedelta = MINUTE) -> str:
    at = (datetime.now(UTC) + after).isoformat()
    return f"{id},Send {id},Norte,{id},e-mail,{state},{total},{generated},{at}\n"


SENDS = (
    line("soon", "scheduled", 11)
    + line("soon too", "scheduled", 12, after=30 * MINUTE)
    + line("later", "scheduled", 14, after=DAY / 2)
    + line("draft", "draft", 18)
    + line("processing", "procesando", 21, after=-5 * MINUTE)
    + line("in progress", "in progress", 41, after=-5 * MINUTE)
    + line("unsure", "in progress", 42, "", after=-5 * MINUTE)
    + line("generating", "in progress", 9_000, 5_000, after=-9 * MINUTE)
    + line("smtp", "smtp errors", 81, after=-2 * DAY)
    + line("old smtp", "smtp errors", 82, after=-50 * DAY)
)


@pytest.fixture
def freio() -> Iterator[Application]:
    made = build(Settings(database="duckdb:///:memory:", demo=False))
    instance.use(made)
    yield made
    instance.use(None)
    made.stop()


def load(freio: Application, *lines: str, minutes_ago: float = 0) -> None:
    made = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    file = BytesIO((HEADING + "".join(lines)).encode())
    freio.loader.load(file, "f.csv", BOSS, LoadOptions(as_of=made))


def tiles(at: AppTest) -> dict[str, tuple[str, str, str]]:
    """Return value, detail and link of each tile, by its label."""
    (found,) = [e.proto.body for e in at.get("html") if "class='tiles'" in e.proto.body]
    parts = re.findall(
        r"href='([^']*)'.*?</span> ([^<]*)</span><span class='value'>([^<]*)</span>"
        r"<span class='detail'>([^<]*)",
        found,
    )
    return {
        unescape(label): (value, detail, unescape(link)) for link, label, value, detail in parts
    }


def sentences(at: AppTest) -> list[str]:
    (found,) = [e.proto.body for e in at.get("html") if "class='attention'" in e.proto.body]
    return [unescape(re.sub("<[^>]*>", "", item)) for item in found.split("<li>")[1:]]


def listed(link: str) -> int:
    """Return how many sends the list of a link shows."""
    page, _, query = link.partition("?")
    at = opened("overview" if page == "./" else page, **dict(parse_qsl(query)))
    if page == "aborts":
        (said,) = [m.value for m in at.markdown if "attempt" in m.value]
        return int(re.sub(r"\D", "", said))
    return len(rows(at))


@pytest.mark.parametrize(
    ("label", "value", "detail"),
    [
        ("Leaves within the hour", "2", "23 recipients"),
        ("Processing", "1", "21 recipients"),
        ("In progress, can be stopped", "1", "41 recipients"),
        ("Generating now", "1", "9,000 recipients"),
        ("Stopped here today", "1", "14 recipients spared"),
        ("Needs attention", "2", "sends; show all"),
    ],
)
def test_each_tile_is_a_link_to_the_list_that_it_counts(
    freio: Application, label: str, value: str, detail: str
) -> None:
    load(freio, SENDS, minutes_ago=2)
    freio.aborts.abort(ConfigurationId("later"), BOSS)
    load(freio, SENDS.replace("later,e-mail,scheduled", "later,e-mail,cancelled"), minutes_ago=1)
    freio.aborts.abort(ConfigurationId("soon too"), BOSS) if label == "Needs attention" else None
    shown, told, link = tiles(opened("overview"))[label]
    assert (shown, told) == (value, detail)
    assert listed(link) == int(value)


def test_where_generation_is_not_reported_the_tile_is_of_uncertain_sends(
    freio: Application,
) -> None:
    load(freio, line("a", "in progress", 7, ""))
    found = tiles(opened("overview"))
    assert "In progress, can be stopped" not in found
    value, _, link = found["In progress, uncertain"]
    assert (value, listed(link)) == ("1", 1)


def test_nothing_unusual_is_said_as_such(freio: Application) -> None:
    load(freio, line("a", "scheduled", 7))
    at = opened("overview")
    assert sentences(at) == ["Nothing unusual: no send needs attention right now."]
    assert tiles(at)["Needs attention"][0] == "0"


def test_what_is_wrong_is_said_first_and_counted(freio: Application) -> None:
    twice = line("x", "scheduled", 70), line("y", "scheduled", 80, after=2 * MINUTE)
    again = "".join(twice).replace("Send x", "Promo").replace("Send y", "Promo")
    again = again.replace(",x,e-mail", ",all,e-mail").replace(",y,e-mail", ",all,e-mail")
    load(freio, line("a", "scheduled", 50), line("smtp", "smtp errors", 60, after=-DAY), again)
    freio.aborts.abort(ConfigurationId("a"), BOSS)
    at = opened("overview")
    assert sentences(at) == [
        "1 abort is not confirmed: Send a (50 recipients).",
        "1 send is a possible duplicate: Promo (80 recipients).",
        "1 send waits after SMTP errors and may still go out: Send smtp (60 recipients).",
    ]
    assert tiles(at)["Needs attention"][0] == "3"


def test_what_went_on_after_its_abort_comes_before_all_else(freio: Application) -> None:
    load(freio, line("a", "scheduled", 50), line("b", "smtp errors", 900, after=-DAY))
    freio.aborts.abort(ConfigurationId("a"), BOSS)
    load(freio, line("a", "sent", 50, 50))
    first, *_ = sentences(opened("overview"))
    assert first == "1 stopped send went on: Send a (50 recipients)."


def test_a_name_in_a_sentence_is_text(freio: Application) -> None:
    row = line("a", "smtp errors", 50, after=-DAY).replace("Send a", "<b>{x}</b> **y**")
    load(freio, row)
    (found,) = [
        e.proto.body for e in opened("overview").get("html") if "class='attention'" in e.proto.body
    ]
    assert "&lt;b&gt;{x}&lt;/b&gt; **y**" in found
