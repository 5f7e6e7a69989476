"""Each sentence about what needs attention says the facts and has links to its sends."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import parse_qsl

from streamlit.testing.v1 import AppTest

from core.domain.model import ConfigurationId
from core.forecasting.attention import Attention, BusyHour, Finding, NamedSend, Problem
from core.runtime.application import Application
from pages.charts import attention_lines
from pages.charts.tiles import _attention as tile
from tests.pages.test_overview import BOSS, DAY, MINUTE, line, listed, load, sentences, tiles
from tests.pages.test_pages import opened

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def named(id: str, recipients: int, times: float | None = None) -> NamedSend:
    return NamedSend(ConfigurationId(id), f"Send {id}", recipients, times)


def said(finding: Finding, more_hours: int = 0) -> str:
    drawn = attention_lines._sentence(finding, NOON - timedelta(minutes=20), more_hours)
    return unescape(re.sub("<[^>]*>", "", drawn))


def links(html: str) -> list[tuple[str, str]]:
    """Return text and target of each link."""
    return [
        (unescape(text), unescape(href))
        for href, text in re.findall(r'<a href="([^"]*)" data-within>([^<]*)</a>', html)
    ]


def sentences_html(at: AppTest) -> list[str]:
    (found,) = [e.proto.body for e in at.get("html") if "class='attention'" in e.proto.body]
    return found.split("<li>")[1:]


def four_problems(freio: Application) -> None:
    """Store two sends with each of four problems: the platform went on with those of one."""
    twice = "".join(line(id, "scheduled", 70 + n, after=2 * MINUTE) for n, id in enumerate("xyz"))
    twice = re.sub("Send [xyz]", "Promo", re.sub(",[xyz],e-mail", ",all,e-mail", twice))
    aborted = [line(id, "scheduled", 50) for id in ("a", "b", "c", "d")]
    smtp = line("e", "smtp errors", 60, after=-DAY) + line("f", "smtp errors", 61, after=-DAY)
    load(freio, *aborted, smtp, twice, minutes_ago=2)
    for id in ("a", "b", "c", "d"):
        freio.aborts.abort(ConfigurationId(id), BOSS)
    went_on = [line(id, "sent", 50, 50) for id in ("c", "d")]
    load(freio, *aborted[:2], *went_on, smtp, twice, minutes_ago=1)


def test_of_four_problems_three_are_told_and_the_number_and_the_link_include_all(
    freio: Application,
) -> None:
    four_problems(freio)
    at = opened("overview")
    assert sentences(at) == [
        "2 aborted sends went on: Send c (50 recipients), and 1 more.",
        "2 aborts are not confirmed: Send a (50 recipients), and 1 more.",
        "2 sends are possible duplicates: Promo (72 recipients), and 1 more. "
        "And 2 more sends with other problems.",
    ]
    number, _, link = tiles(at)["Needs attention"]
    assert (number, listed(link)) == ("8", 8)
    assert len(sentences(opened("overview", attention="all"))) == 4


def test_the_links_of_each_sentence_lead_to_its_send_and_to_the_others(
    freio: Application,
) -> None:
    four_problems(freio)
    for html in sentences_html(opened("overview", attention="all")):
        (name, send), (more, others) = links(html)
        page, _, query = send.partition("?")
        assert page == "configuration"
        titles = [each.value for each in opened(page, **dict(parse_qsl(query))).title]
        assert any(name in title for title in titles), titles
        assert more == "and 1 more"
        # The list has the sends of this problem, or those of all problems.
        assert listed(others) in (2, 8)


def test_an_unusual_hour_says_its_recipients_how_unusual_they_are_and_its_largest_send() -> None:
    hour = BusyHour(NOON, 3_400_000, 28.0)
    finding = Finding(Problem.BUSY_HOUR, (named("a", 2_450_000),), hour)
    assert said(finding) == ("12:00: 3.4M recipients, 28 times the usual; mostly Send a, 2.45M.")
    assert said(finding, 2).endswith(" And 2 more unusual hours.")
    drawn = attention_lines._sentence(finding, NOON)
    assert links(drawn) == [
        ("12:00", "configurations?time=2026-11-23T12Z&sort=recipients"),
        ("Send a", "configuration?id=a"),
    ]
    large = Finding(Problem.BUSY_HOUR, (named("a", 1_700_000, 178.4),), hour)
    assert said(large).endswith("; mostly Send a, 1.7M (178 times the usual of its account).")


def test_a_send_with_less_than_half_of_an_unusual_hour_is_named_as_its_largest() -> None:
    half = Finding(Problem.BUSY_HOUR, (named("a", 450),), BusyHour(NOON, 900, None))
    assert said(half) == "12:00: 900 recipients, usually none; mostly Send a, 450."
    less = Finding(Problem.BUSY_HOUR, (named("a", 449),), BusyHour(NOON, 900, 4.0))
    assert said(less) == ("12:00: 900 recipients, 4 times the usual; the largest is Send a, 449.")


def test_a_large_send_says_how_far_above_its_accounts_usual_size_it_is() -> None:
    assert said(Finding(Problem.LARGE, (named("a", 1_186_925, 178.4),))) == (
        "1 send is far above its account’s usual size: "
        "Send a (1,186,925 recipients, 178 times the usual of its account)."
    )


def test_a_count_that_is_cut_says_that_there_are_more() -> None:
    ids = (ConfigurationId("a"), ConfigurationId("b"))
    assert tile(Attention((), ids)).value == "2"
    assert tile(Attention((), ids, is_cut=True)).value == "2+"
