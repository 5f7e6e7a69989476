"""The overview: each figure equals its linked list, and sentences say what needs attention."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from io import BytesIO
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.model import Actor, ConfigurationId, Role
from core.feed.load_options import LoadOptions
from core.runtime.application import Application
from pages.charts import timeline as charts_timeline
from tests.pages.bulk import data
from tests.pages.test_pages import opened, rows

BOSS = Actor("boss", Role.ADMINISTRATOR)
HEADING = "id,name,account,audience,channel,state,total_records,generated_records,scheduled_at\n"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def line(id: str, state: str, total: int, generated: object = 0, after: timedelta = MINUTE) -> str:
    at = (datetime.now(UTC) + after).isoformat()
    return f"{id},Send {id},Norte,{id},e-mail,{state},{total},{generated},{at}\n"


def sends() -> str:
    """Return a file with times around now. A constant would get old while other tests run."""
    return (
        line("soon", "scheduled", 11)
        + line("soon too", "scheduled", 12, after=30 * MINUTE)
        + line("overdue", "scheduled", 13, after=-50 * MINUTE)
        + line("later", "scheduled", 14, after=DAY / 2)
        + line("draft", "draft", 18)
        + line("processing", "procesando", 21, after=-5 * MINUTE)
        + line("in progress", "in progress", 41, after=-5 * MINUTE)
        + line("unsure", "in progress", 42, "", after=-5 * MINUTE)
        + line("generating", "in progress", 9_000, 5_000, after=-9 * MINUTE)
        + line("smtp", "smtp errors", 81, after=-2 * DAY)
        + line("old smtp", "smtp errors", 82, after=-50 * DAY)
    )


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


def test_the_tile_of_one_send_that_needs_attention_names_one(freio: Application) -> None:
    load(freio, sends(), minutes_ago=2)
    assert tiles(opened("overview"))["Needs attention"][:2] == ("1", "send; show it")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("label", "value", "detail"),
    [
        ("Leaves within the hour", "6", "140 recipients"),
        ("Processing", "1", "21 recipients"),
        ("In progress, can be stopped", "1", "41 recipients"),
        ("Generating now", "1", "9,000 recipients"),
        ("Stopped here today", "1", "14 recipients not reached"),
        ("Needs attention", "2", "sends; show all"),
    ],
)
def test_each_tile_is_a_link_to_the_list_that_it_counts(
    freio: Application, label: str, value: str, detail: str
) -> None:
    load(freio, sends(), minutes_ago=2)
    freio.aborts.abort(ConfigurationId("later"), BOSS)
    load(freio, sends().replace("later,e-mail,scheduled", "later,e-mail,cancelled"), minutes_ago=1)
    freio.aborts.abort(ConfigurationId("soon too"), BOSS) if label == "Needs attention" else None
    shown, shown_detail, link = tiles(opened("overview"))[label]
    assert (shown, shown_detail) == (value, detail)
    assert listed(link) == int(value)


def test_where_generation_is_not_reported_the_tile_is_of_uncertain_sends(
    freio: Application,
) -> None:
    load(freio, line("a", "in progress", 7, ""))
    found = tiles(opened("overview"))
    assert "In progress, can be stopped" not in found
    value, _, link = found["In progress, uncertain"]
    assert (value, listed(link)) == ("1", 1)


def test_with_old_data_each_tile_still_has_the_number_of_sends_that_it_lists(
    freio: Application,
) -> None:
    load(freio, sends(), minutes_ago=60)
    found = tiles(opened("overview"))
    assert "In progress, can be stopped" not in found
    for label, value in (
        ("Leaves within the hour", "6"),
        ("In progress, uncertain", "2"),
        ("Generating now", "1"),
    ):
        shown, _detail, link = found[label]
        assert (label, shown, listed(link)) == (label, value, int(value))


def test_a_send_that_may_have_begun_since_the_report_counts_as_its_row_says(
    freio: Application,
) -> None:
    load(freio, sends(), minutes_ago=3)
    shown = {row["id"]: row["outlook"] for row in rows(opened("configurations"))}
    assert (shown["overdue"], shown["soon"]) == ("uncertain", "stoppable")
    buttons = data(opened("configurations"), "freio_states")["buttons"]
    for outlook in ("stoppable", "uncertain"):
        ids = {id for id, each in shown.items() if each == outlook}
        found = rows(opened("configurations", outlook=outlook))
        assert {row["id"] for row in found} == ids
        assert {row["outlook"] for row in found} == {outlook}
        (count,) = [each["count"] for each in buttons if each["value"] == outlook]
        assert count == str(len(ids))
    value, _, link = tiles(opened("overview"))["Leaves within the hour"]
    assert (value, listed(link)) == ("6", 6)


@pytest.mark.parametrize("age", [0, 3, 60])
def test_each_number_by_state_is_the_number_of_sends_in_its_list(
    freio: Application, age: int
) -> None:
    load(freio, sends(), minutes_ago=age)
    (chart,) = [
        e.proto.body for e in opened("overview").get("html") if "class='states'" in e.proto.body
    ]
    entries = re.findall(r'<a href="([^"]*)" data-within>.*?<b>([\d,.]+)</b>', chart)
    assert len(entries) > 3
    for link, number in entries:
        assert (link, listed(unescape(link))) == (link, int(number))


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
    assert first == "1 aborted send went on: Send a (50 recipients)."


def test_a_send_that_went_on_after_its_abort_is_generating_now_and_not_stopped(
    freio: Application,
) -> None:
    load(freio, line("a", "scheduled", 9_000), line("b", "in progress", 8_000, 5_000))
    freio.aborts.abort(ConfigurationId("a"), BOSS)
    load(freio, line("a", "in progress", 9_000, 5_000))
    at = opened("overview")
    value, detail, link = tiles(at)["Generating now"]
    assert (value, detail, listed(link)) == ("2", "17,000 recipients", 2)
    assert tiles(at)["Stopped here today"][:2] == ("0", "0 recipients not reached")
    (chart,) = [e.proto.body for e in at.get("html") if "class='states'" in e.proto.body]
    assert "state=IN-PROGRESS" in chart
    assert "state=CANCELLED" not in chart
    states = data(opened("configurations"), "freio_states")["menu"]["buttons"]
    assert {each["value"]: each["count"] for each in states} == {"IN-PROGRESS": "2"}


def rush(freio: Application, *sends: tuple[str, str, int, int]) -> None:
    """Load weeks with few recipients, and an hour to come with these sends."""
    past = [line(f"p{n}", "sent", 30, 30, after=-n * HOUR) for n in range(2, 9 * 7 * 24)]
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + 2 * HOUR
    due = [line(*send, after=hour + n * MINUTE - datetime.now(UTC)) for n, send in enumerate(sends)]
    load(freio, *past, *due)


@pytest.mark.long
def test_the_link_of_an_unusual_hour_lists_its_largest_send_first(freio: Application) -> None:
    rush(
        freio,
        *(
            (id, "scheduled", size, 0)
            for id, size in (("small", 5_000), ("large", 9_000), ("middle", 7_000))
        ),
    )
    at = opened("overview")
    (found,) = [e.proto.body for e in at.get("html") if "class='attention'" in e.proto.body]
    link = next(unescape(each) for each in re.findall(r'href="(configurations[^"]*)"', found))
    listed_rows = rows(opened("configurations", **dict(parse_qsl(link.partition("?")[2]))))
    assert [row["id"] for row in listed_rows] == ["large", "middle", "small"]
    assert (
        "; the largest is Send large, 9K (300 times the usual of its account)." in sentences(at)[0]
    )
    reasons = badges(opened("overview", attention="all"))
    assert "unusual hour" in reasons["large"]


def test_the_largest_send_of_an_unusual_hour_is_named_also_if_it_can_no_longer_be_stopped(
    freio: Application,
) -> None:
    rush(freio, ("begun", "in progress", 9_000, 5_000), ("small", "scheduled", 500, 0))
    assert "; mostly Send begun, 9K." in sentences(opened("overview"))[0]
    assert "unusual hour" in badges(opened("overview", attention="all"))["begun"]


def badges(at: AppTest) -> dict[str, list[str]]:
    return {row["id"]: [badge["word"] for badge in row["badges"]] for row in rows(at)}


def test_each_row_of_what_needs_attention_says_why_it_is_there(freio: Application) -> None:
    load(
        freio,
        line("gone", "scheduled", 50),
        line("open", "scheduled", 60),
        line("smtp", "smtp errors", 60, after=-DAY),
        line("slow", "scheduled", 70, after=-5 * HOUR),
        minutes_ago=3,
    )
    for id in ("gone", "open"):
        freio.aborts.abort(ConfigurationId(id), BOSS)
    load(freio, line("gone", "sent", 50, 50), minutes_ago=2)
    freio.alerts.check()
    at = opened("overview", attention="all")
    said = {row["id"]: row["verdict_word"] for row in rows(at)}
    assert (said["gone"], said["open"]) == ("Went on anyway", "Waiting for confirmation")
    found = badges(at)
    # The verdict is the reason of the first two.
    assert found == {"gone": [], "open": [], "slow": ["stuck"], "smtp": ["SMTP errors"]}


def test_a_name_in_a_sentence_is_text(freio: Application) -> None:
    row = line("a", "smtp errors", 50, after=-DAY).replace("Send a", "<b>{x}</b> **y**")
    load(freio, row)
    (found,) = [
        e.proto.body for e in opened("overview").get("html") if "class='attention'" in e.proto.body
    ]
    assert "&lt;b&gt;{x}&lt;/b&gt; **y**" in found


def timeline(at: AppTest) -> dict:
    kinds = [c.proto for c in at.get("bidi_component")]
    (found,) = [p for p in kinds if p.component_name == "freio_timeline"]
    return json.loads(found.json)


def test_each_send_of_the_next_six_hours_is_a_mark_in_the_lane_of_its_account(
    freio: Application,
) -> None:
    load(
        freio,
        line("small", "scheduled", 5, after=60 * MINUTE),
        line("large", "scheduled", 900, after=120 * MINUTE).replace("Norte", "Sul"),
        line("stopped", "cancelled", 7, after=60 * MINUTE),
        line("overdue", "scheduled", 6, after=-50 * MINUTE),
        line("too far ahead", "scheduled", 5, after=7 * 60 * MINUTE),
    )
    found = timeline(opened("overview"))
    assert [lane["name"] for lane in found["lanes"]] == ["Sul", "Norte"]
    marks = {mark["id"]: mark for mark in found["marks"]}
    assert {id: (m["lane"], m["outlook"]) for id, m in marks.items()} == {
        "large": (0, "stoppable"),
        "overdue": (1, "stoppable"),
        "small": (1, "stoppable"),
        "stopped": (1, "stopped"),
    }
    large = marks["large"]
    assert (large["href"], large["recipients"]) == ("configuration?id=large", 900)
    assert large["at"] - found["at"] == pytest.approx(7_200, abs=60)
    # Without history, the point of no return is the scheduled time.
    assert large["closes"] == pytest.approx(large["at"])
    assert marks["stopped"]["closes"] is None
    assert "Send large · Sul · 900 recipients" in large["title"]


@pytest.mark.long
def test_the_busiest_accounts_have_their_own_lanes_and_the_others_share_one(
    freio: Application,
) -> None:
    sends = (
        line(f"s{n}", "scheduled", 10 + n, after=60 * MINUTE).replace("Norte", f"Account {n}")
        for n in range(11)
    )
    load(freio, *sends)
    found = timeline(opened("overview"))
    accounts = [f"Account {n}" for n in range(10, 2, -1)]
    assert [lane["name"] for lane in found["lanes"]] == [*accounts, "3 other accounts"]
    assert {mark["lane"] for mark in found["marks"] if mark["id"] in ("s0", "s1", "s2")} == {8}


@pytest.mark.long
def test_the_name_of_a_lane_leads_to_what_its_account_still_sends_today(
    freio: Application,
) -> None:
    load(
        freio,
        line("due", "scheduled", 5, after=60 * MINUTE).replace("Norte", "Zara & Co"),
        line("nobody's", "scheduled", 4, after=60 * MINUTE).replace("Norte", ""),
    )
    named, unnamed = timeline(opened("overview"))["lanes"]
    assert named["href"] == "configurations?account=Zara+%26+Co&time=today"
    assert named["title"] == "What Zara & Co still sends today"
    assert unnamed == {"name": "no account"}


@pytest.mark.long
def test_only_the_largest_sends_are_drawn_and_the_number_of_all_is_said(
    freio: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charts_timeline, "MAX_MARKS", 2)
    load(freio, *(line(f"s{n}", "scheduled", 10 + n, after=60 * MINUTE) for n in range(5)))
    at = opened("overview")
    assert [mark["id"] for mark in timeline(at)["marks"]] == ["s4", "s3"]
    assert "The 2 sends with the most recipients, of 5." in [c.value for c in at.caption]


def test_the_table_has_the_sends_of_the_timeline_in_order_of_time(freio: Application) -> None:
    load(
        freio,
        line("b", "scheduled", 5, after=120 * MINUTE),
        line("a", "scheduled", 900, after=60 * MINUTE),
    )
    at = opened("overview")
    at.session_state["show_timeline"] = "table"
    at.run()
    (table,) = [
        e.proto.body
        for e in at.get("html")
        if "configuration?id=a" in e.proto.body and "<table" in e.proto.body
    ]
    assert re.findall(r">(Send .)<", table) == ["Send a", "Send b"]
    assert "● Can be stopped" in table
