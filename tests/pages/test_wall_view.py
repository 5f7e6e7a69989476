"""The wall view has a clock with its zone, and a line with account and countdown for each send."""

import re
from html import unescape

import pytest

from core.runtime.application import Application
from tests.pages.test_overview import MINUTE, line, load
from tests.pages.test_pages import opened


@pytest.fixture
def drawn(freio: Application) -> str:
    soon = line("a", "scheduled", 900, after=40 * MINUTE).replace("Norte", "Ótica & Co")
    load(freio, soon, line("b", "scheduled", 4, after=50 * MINUTE))
    return "".join(e.proto.body for e in opened("overview", wall="1").get("html"))


def test_it_has_a_clock_that_the_browser_keeps_current_and_the_zone(drawn: str) -> None:
    (clock,) = re.findall("<p class='wall-clock'>(.*?)</p>", drawn)
    assert re.fullmatch(r"<span data-clock=[\d.]+ data-at=[\d.]+>\d\d:\d\d</span> .*", clock)
    assert "<small>UTC</small>" in clock


def test_each_line_has_the_account_and_a_countdown_in_the_browser(drawn: str) -> None:
    accounts = [unescape(name) for name in re.findall("<td class='account'>(.*?)</td>", drawn)]
    assert accounts == ["Ótica & Co", "Norte"]
    lefts = re.findall("<td class='left'>(.*?)</td>", drawn)
    seconds = [float(n) for left in lefts for n in re.findall(r"data-left=\W?([\d.]+)", left)]
    assert seconds == pytest.approx([2_400, 3_000], abs=60)
