"""Each sending platform: its table, its words, and what confirms an abort."""

import pytest

from core.domain.platform import Platform
from core.domain.states import Generation, Outlook, State, Verdict, parse_state
from core.errors import SettingsError
from core.feed.profiles import profiles
from core.platforms import icomm, listmonk
from core.platforms.known_platforms import PLATFORMS, selected
from core.settings import PLATFORM_NAMES, Settings, read_settings

each_platform = pytest.mark.parametrize("platform", PLATFORMS.values(), ids=PLATFORMS)


def test_a_setting_selects_the_platform_and_icomm_is_the_default() -> None:
    assert tuple(PLATFORMS) == PLATFORM_NAMES
    assert selected(Settings()) is icomm.PLATFORM
    assert selected(read_settings({"FREIO_PLATFORM": "listmonk"})) is listmonk.PLATFORM


def test_an_unknown_platform_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="FREIO_PLATFORM") as caught:
        read_settings({"FREIO_PLATFORM": "mailchimp"})
    assert all(name in str(caught.value) for name in PLATFORM_NAMES)


@each_platform
def test_every_state_and_generation_has_exactly_one_row(platform: Platform) -> None:
    for state in State:
        for generation in Generation:
            rows = [r for r in platform.table if r.state is state and generation in r.generations]
            assert rows == [platform.rule(state, generation)]


@each_platform
def test_every_state_in_which_an_abort_is_accepted_has_states_that_confirm_it(
    platform: Platform,
) -> None:
    accepting = {rule.state for rule in platform.table if rule.new_state is not None}
    assert set(platform.confirming) == accepting
    for before in accepting:
        assert platform.confirms(before, State.CANCELLED)
        assert not platform.confirms(before, before)
    assert not any(platform.confirms(State.SENT_DONE, state) for state in State)


@each_platform
def test_an_abort_after_the_start_stops_only_the_rest(platform: Platform) -> None:
    begun = [r for r in platform.table if r.new_state and Generation.STARTED in r.generations]
    assert {rule.verdict for rule in begun} == ({Verdict.CANCEL_REST} if begun else set())
    assert bool(begun) is platform.interrupts
    assert (Outlook.REST_STOPPABLE in platform.outlooks) is platform.interrupts


@each_platform
def test_the_word_for_each_state_is_read_as_that_state(platform: Platform) -> None:
    for state, word in platform.words.items():
        if state is not State.UNKNOWN:
            assert parse_state(word) is state


def test_only_listmonk_can_interrupt_a_send() -> None:
    assert [name for name, each in PLATFORMS.items() if each.interrupts] == ["listmonk"]


def test_a_scheduled_campaign_is_stopped_by_a_draft_and_a_running_one_is_not() -> None:
    found = listmonk.PLATFORM
    assert found.confirms(State.SCHEDULED, State.DRAFT)
    assert not found.confirms(State.IN_PROGRESS, State.DRAFT)
    assert not found.confirms(State.IN_PROGRESS, State.PAUSED)
    assert not found.confirms(State.PAUSED, State.SCHEDULED)
    assert [s for s in State if found.can_restart(s)] == [State.SCHEDULED]
    assert not any(icomm.PLATFORM.can_restart(state) for state in State)


def test_the_import_profile_of_listmonk_reads_its_words_as_the_platform_does() -> None:
    mapping = next(each for each in profiles() if each.name == "listmonk")
    words = {word: State(state) for word, state in mapping.states.items()}
    for state, word in listmonk.PLATFORM.words.items():
        assert words.get(word, parse_state(word)) is state
    assert set(words) <= set(listmonk.PLATFORM.words.values())
