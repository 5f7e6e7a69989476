"""The bars of live states, and the numbers of ended ones."""

import re

from core.domain.list_query import StateCount
from core.domain.states import Outlook, State
from pages.charts.state_chart import states_html

COUNTS = [
    StateCount(State.SENT_DONE, Outlook.FINISHED, 900_000, 70_000_000),
    StateCount(State.SCHEDULED, Outlook.STOPPABLE, 4_588, 1_000),
    StateCount(State.IN_PROGRESS, Outlook.TOO_LATE, 1, 4_000),
    StateCount(State.IN_PROGRESS, Outlook.STOPPABLE, 2, 0),
    StateCount(State.CANCELLED, Outlook.STOPPED, 75, 12),
]


def bars(by_recipients: bool) -> list[tuple[str, float, str]]:
    """Return name, length in percent and number of each bar."""
    live, _ = states_html(COUNTS, by_recipients).split("<ul class='states-ended'")
    found = [
        re.search(r"data-within>([^<]*)</a>.*?(?:width: ([0-9.]+)%.*?)?<b>([^<]*)</b>", item)
        for item in live.split("<li")[1:]
    ]
    return [(m[1], float(m[2] or 0), m[3]) for m in found if m]


def test_the_bars_are_linear_and_of_live_states_in_order_of_life() -> None:
    assert bars(by_recipients=False) == [
        ("SCHEDULED", 100.0, "4,588"),
        ("IN-PROGRESS · can be stopped", 0.0436, "2"),
        ("IN-PROGRESS · too late", 0.0218, "1"),
    ]


def test_the_bars_of_recipients_have_their_own_scale() -> None:
    assert bars(by_recipients=True) == [
        ("SCHEDULED", 25.0, "1,000"),
        ("IN-PROGRESS · can be stopped", 0.0, "0"),
        ("IN-PROGRESS · too late", 100.0, "4,000"),
    ]


def test_ended_states_are_numbers_that_link_to_their_sends() -> None:
    _, ended = states_html(COUNTS, by_recipients=False).split("<ul class='states-ended'")
    assert re.findall(r"data-within>([^<]*)</a> <b>([^<]*)</b>", ended) == [
        ("SENT-DONE", "900,000"),
        ("CANCELLED", "75"),
    ]
    assert "configurations?state=SENT-DONE&amp;outlook=finished" in ended
