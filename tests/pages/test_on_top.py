"""What stands on top of every page until somebody has seen to it, and the age of the data."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.model import Actor, ConfigurationId, Role
from core.feed.load_options import LoadOptions
from core.runtime import application
from core.settings import Settings
from tests.pages.test_pages import FEED, PAGES, opened, rows
from tests.sends import clear

ME = Actor("operador 1", Role.ADMINISTRATOR)
WENT_ON = FEED.replace("scheduled,7000,0", "in progress,7000,5000")


class Clock:
    """The time of day, and `ahead` of it."""

    ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def freio(clock: Clock) -> Iterator[application.Freio]:
    settings = Settings(database="duckdb:///:memory:", demo=False, overdue_minutes=0.1)
    made = application.build(settings, clock)
    application.use(made)
    made.loader.load(BytesIO(FEED.encode()), "feed.csv", ME)
    yield made
    application.use(None)
    made.stop()


def stop_it(freio: application.Freio) -> None:
    freio.actions.abort(ConfigurationId("s1"), ME)


def texts(at: AppTest) -> str:
    kinds = ("error", "warning", "caption", "success", "html")
    return "\n".join(e.value for kind in kinds for e in at.get(kind))


@pytest.mark.parametrize("page", PAGES)
def test_a_contradiction_stands_on_every_page(freio: application.Freio, page: str) -> None:
    stop_it(freio)
    freio.loader.load(BytesIO(WENT_ON.encode()), "later.csv", ME)
    said = texts(opened(page, id="s1"))
    assert "Went on anyway" in said
    assert "5,000 generated" in said
    assert "operador 1" in said


def test_an_abort_that_nobody_confirms_is_overdue(freio: application.Freio, clock: Clock) -> None:
    stop_it(freio)
    assert "Not confirmed yet" not in texts(opened("overview"))
    clock.ahead = timedelta(seconds=12)
    assert "Not confirmed yet" in texts(opened("overview"))


def test_it_goes_for_everybody_once_somebody_has_seen_to_it_with_a_note(
    freio: application.Freio,
) -> None:
    stop_it(freio)
    freio.loader.load(BytesIO(WENT_ON.encode()), "later.csv", ME)
    at = opened("overview")
    (button,) = [b for b in at.button if str(b.key).startswith("concern_seen_")]
    button.click().run()
    assert "Write in a few words" in texts(at)
    (note,) = [t for t in at.text_input if str(t.key).startswith("concern_note_")]
    note.set_value("told the customer")
    (button,) = [b for b in at.button if str(b.key).startswith("concern_seen_")]
    button.click().run()
    assert "Went on anyway" not in texts(opened("overview"))
    for page in ("configuration", "aborts"):
        at = opened(page, id="s1")
        assert "told the customer" in texts(at)
        assert any("5,000 generated" in each.value for each in at.markdown)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_tells_the_age_of_old_data(freio: application.Freio, page: str) -> None:
    _make_old(freio)
    assert "25 min" in texts(opened(page, id="s1"))


def test_no_light_is_green_on_old_data(freio: application.Freio) -> None:
    def verdicts() -> str:
        return str(rows(opened("configurations")))

    assert "Can be stopped" in verdicts()
    _make_old(freio)
    assert "data is 25 min old" in verdicts()
    assert "Can be stopped" not in verdicts()


def _make_old(freio: application.Freio) -> None:
    clear(freio.store)
    then = datetime.now(UTC) - timedelta(minutes=25, seconds=5)
    freio.loader.load(BytesIO(FEED.encode()), "old.csv", ME, LoadOptions(as_of=then))
