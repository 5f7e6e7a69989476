"""Past the limit, Freio shows the age of the data and no green light (I8)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.freshness import Freshness, outlook_now
from core.domain.rules import outlook_of
from core.domain.states import Outlook, State
from core.platforms import icomm
from tests.sends import NOW, send

LIMIT = timedelta(minutes=15)


def fresh(minutes: float) -> Freshness:
    return Freshness(NOW - timedelta(minutes=minutes), NOW, LIMIT)


@pytest.mark.parametrize(
    ("minutes", "is_old"), [(0, False), (15, False), (15.1, True), (-5, False)]
)
def test_facts_are_old_past_the_limit_only(minutes: float, is_old: bool) -> None:
    assert fresh(minutes).is_old is is_old


def test_no_facts_have_no_age() -> None:
    none = Freshness(None, NOW, LIMIT)
    assert (none.is_old, none.age) == (False, timedelta(0))


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("generated", [None, 0, 5_000])
def test_old_facts_turn_green_into_uncertain_and_nothing_else(
    state: State, generated: int | None
) -> None:
    one = send("a", state, generated)
    then = outlook_of(one, icomm.PLATFORM)
    assert outlook_now(one, fresh(1), icomm.PLATFORM) is then
    expected = Outlook.UNCERTAIN if then is Outlook.STOPPABLE else then
    assert outlook_now(one, fresh(60), icomm.PLATFORM) is expected


def test_a_send_that_is_no_longer_reported_is_uncertain() -> None:
    gone = replace(send("a"), unreported_since=NOW)
    assert outlook_now(gone, fresh(1), icomm.PLATFORM) is Outlook.UNCERTAIN
