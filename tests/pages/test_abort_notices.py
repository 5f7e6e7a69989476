"""After several aborts, each has a notice with a link to its send and a button to close it."""

from io import BytesIO

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.model import Actor, ConfigurationId, Role
from core.runtime.application import Application
from pages.shell import abort_notices
from pages.shell.abort_notices import Notice
from tests.pages.test_pages import FEED, opened


@pytest.fixture
def freio(empty: Application) -> Application:
    empty.loader.load(BytesIO(FEED.encode()), "f.csv", Actor("Ana", Role.ADMINISTRATOR))
    return empty


def after(*sends: str) -> AppTest:
    """Return a page after one attempt for each of these sends, in this order."""
    at = opened("overview")
    notices: list[Notice] = []
    for send in sends:
        abort_notices.add(notices, Notice("warning", f"Result of {send}", send))
    at.session_state[abort_notices._STACK] = notices
    return at.run()


def shown(at: AppTest) -> list[str]:
    return [each.value for each in at.warning if "Result of" in each.value]


@pytest.mark.usefixtures("freio")
def test_notices_stack_with_the_newest_on_top_and_each_links_to_its_send() -> None:
    at = after("s1", "s2")
    assert shown(at) == ["Result of s2", "Result of s1"]
    links = [each.proto.query_string for each in at.get("page_link")]
    assert links.index("id=s2") < links.index("id=s1")


@pytest.mark.usefixtures("freio")
def test_each_is_closed_by_its_own_button_or_all_by_one() -> None:
    at = after("s1", "s2", "s3")
    at.button(key="abort_notice_ok_s2").click().run()
    assert shown(at) == ["Result of s3", "Result of s1"]
    at.button(key="abort_notices_close").click().run()
    assert shown(at) == []


@pytest.mark.usefixtures("freio")
def test_a_new_attempt_replaces_the_notice_of_its_send_and_many_become_a_number() -> None:
    at = after("s1", "s2", "s3", "s4", "s1")
    assert shown(at) == ["Result of s1", "Result of s4", "Result of s3"]
    assert any("and 1 more" in each.value for each in at.markdown)


def test_a_warning_goes_once_a_file_confirms_the_abort(freio: Application) -> None:
    ana = Actor("Ana", Role.ADMINISTRATOR)
    freio.aborts.abort(ConfigurationId("s1"), ana)
    at = after("s1")
    assert shown(at) == ["Result of s1"]
    confirmed = FEED.replace(",scheduled,", ",cancelled,")
    freio.loader.load(BytesIO(confirmed.encode()), "confirmed.csv", ana)
    assert shown(at.run()) == []


def test_a_warning_goes_once_the_person_has_aborted_the_send_in_the_platform(
    freio: Application,
) -> None:
    freio.aborts.abort(ConfigurationId("s1"), Actor("Ana", Role.ADMINISTRATOR))
    at = after("s1")
    assert shown(at) == ["Result of s1"]
    (there,) = [b for b in at.button if str(b.key).startswith("aborted_there_")]
    there.click().run()
    assert shown(at) == []


def test_a_result_is_part_of_the_notices_that_refresh_by_themselves(freio: Application) -> None:
    """So a settled result disappears without a run of the whole page."""
    freio.aborts.abort(ConfigurationId("s1"), Actor("Ana", Role.ADMINISTRATOR))
    at = after("s1")
    assert [each.value for each in at.get_by_key("notices").warning] == ["Result of s1"]
