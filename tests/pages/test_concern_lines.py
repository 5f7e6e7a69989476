"""Concerns at the top of every page until a person acknowledges them, and the age of the data."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.model import Actor, ConfigurationId, Role
from core.feed.load_options import LoadOptions
from core.runtime.application import Application
from pages.shell import concern_lines
from tests.pages.conftest import running
from tests.pages.test_pages import FEED, PAGES, opened, rows
from tests.sends import clear

pytestmark = pytest.mark.slow

ME = Actor("operador 1", Role.ADMINISTRATOR)
WENT_ON = FEED.replace("scheduled,7000,0", "in progress,7000,5000")


class Clock:
    """A clock that shows the current time plus `ahead`."""

    ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def freio(clock: Clock) -> Iterator[Application]:
    with running(clock, overdue_minutes=0.1) as made:
        made.loader.load(BytesIO(FEED.encode()), "feed.csv", ME)
        yield made


def stop_it(freio: Application) -> None:
    freio.aborts.abort(ConfigurationId("s1"), ME)


def texts(at: AppTest) -> str:
    kinds = ("error", "warning", "caption", "success", "html")
    return "\n".join(e.value for kind in kinds for e in at.get(kind))


@pytest.mark.parametrize("page", PAGES)
def test_a_contradiction_is_on_every_page(freio: Application, page: str) -> None:
    stop_it(freio)
    freio.loader.load(BytesIO(WENT_ON.encode()), "later.csv", ME)
    said = texts(opened(page, id="s1"))
    assert "Went on anyway" in said
    assert "5,000 generated" in said
    assert "operador 1" in said


def checklist(at: AppTest) -> str:
    """Return the first words of the checklist, with the path in the platform that follows them."""
    found = [e.value for e in at.markdown]
    heads = [n for n, text in enumerate(found) if "still to be aborted" in text]
    return "\n".join(text for n in heads for text in found[n : n + 2])


def listed(at: AppTest) -> list[str]:
    """Return the ids to copy. A send's page also has a text of several lines to copy."""
    return [code.value for code in at.code if "\n" not in code.value]


@pytest.mark.parametrize(
    ("page", "wall"), [*((page, "") for page in (*PAGES, "help")), ("overview", "1")]
)
def test_what_is_still_to_be_aborted_in_the_platform_is_on_every_page_at_once(
    freio: Application, page: str, wall: str
) -> None:
    assert not checklist(opened(page, id="s1", wall=wall))
    stop_it(freio)
    at = opened(page, id="s1", wall=wall)
    assert "1 send still to be aborted in the platform" in checklist(at)
    assert "Listar Configurações" in checklist(at)
    assert listed(at) == ["s1"]
    assert "aborted_there" in str([b.key for b in at.button])
    freio.loader.load(BytesIO(FEED.replace("scheduled,", "cancelled,").encode()), "f.csv", ME)
    at = opened(page, id="s1", wall=wall)
    assert not checklist(at)
    assert not listed(at)


def test_who_aborted_it_there_is_recorded_and_it_is_overdue_a_while_later(
    freio: Application, clock: Clock
) -> None:
    stop_it(freio)
    at = opened("overview")
    (button,) = [b for b in at.button if str(b.key).startswith("aborted_there_")]
    button.click().run()
    assert "It stays open until its source confirms it" in texts(at)
    assert not checklist(at)
    at = opened("configuration", id="s1")
    assert any("verão in the platform at" in each.value for each in at.markdown)
    assert "Not confirmed yet" not in texts(at)
    clock.ahead = timedelta(seconds=12)
    assert "Not confirmed yet" in texts(opened("overview"))
    assert freio.store.check_audit_log().is_sound


def test_many_entries_are_three_and_a_link_to_all(freio: Application) -> None:
    head, row = FEED.splitlines()[:2]
    lines = [row.replace("s1", f"m{n}") for n in range(5)]
    freio.loader.load(BytesIO("\n".join([head, *lines]).encode()), "many.csv", ME)
    for n in range(5):
        freio.aborts.abort(ConfigurationId(f"m{n}"), ME)
    at = opened("overview")
    assert "5 sends still to be aborted in the platform" in checklist(at)
    assert len(listed(at)) == 3
    assert len(listed(opened("aborts"))) == 5
    # The page of each send lists it, even if it is not among the first three.
    for n in range(5):
        page = opened("configuration", id=f"m{n}")
        assert f"m{n}" in {code.value for code in page.code}
        assert not page.error


def test_people_who_only_view_see_the_checklist_without_its_button(
    freio: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_it(freio)
    monkeypatch.setattr(concern_lines, "may", lambda *_: False)
    at = opened("overview")
    assert checklist(at)
    assert not [b for b in at.button if str(b.key).startswith("aborted_there_")]


def test_the_verdict_waits_for_confirmation_until_a_file_confirms_the_abort(
    freio: Application,
) -> None:
    stop_it(freio)
    assert "Waiting for confirmation" in str(rows(opened("configurations")))
    freio.loader.load(BytesIO(FEED.replace("scheduled,", "cancelled,").encode()), "f.csv", ME)
    shown = str(rows(opened("configurations")))
    assert "Waiting for confirmation" not in shown
    assert "Stopped" in shown


def test_a_concern_disappears_for_all_people_after_an_acknowledgement_with_a_note(
    freio: Application,
) -> None:
    stop_it(freio)
    freio.loader.load(BytesIO(WENT_ON.encode()), "later.csv", ME)
    at = opened("overview")
    (button,) = [b for b in at.button if str(b.key).startswith("concern_acknowledge_")]
    button.click().run()
    assert "Write in a few words" in texts(at)
    (note,) = [t for t in at.text_input if str(t.key).startswith("concern_note_")]
    note.set_value("told the customer")
    (button,) = [b for b in at.button if str(b.key).startswith("concern_acknowledge_")]
    button.click().run()
    assert "Went on anyway" not in texts(opened("overview"))
    for page in ("configuration", "aborts"):
        at = opened(page, id="s1")
        assert "told the customer" in texts(at)
        assert any("5,000 generated" in each.value for each in at.markdown)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_shows_the_age_of_old_data(freio: Application, page: str) -> None:
    _make_old(freio)
    assert "25 min" in texts(opened(page, id="s1"))


def test_no_light_is_green_on_old_data(freio: Application) -> None:
    def verdicts() -> str:
        return str(rows(opened("configurations")))

    assert "Can be stopped" in verdicts()
    _make_old(freio)
    assert "data is 25 min old" in verdicts()
    assert "Can be stopped" not in verdicts()


def _make_old(freio: Application) -> None:
    clear(freio.store)
    then = datetime.now(UTC) - timedelta(minutes=25, seconds=5)
    freio.loader.load(BytesIO(FEED.encode()), "old.csv", ME, LoadOptions(as_of=then))
