"""A refresh that runs the whole page again counts the cause."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from core.domain.model import Actor
from core.ports.shared_state import DEMO, ORIGIN
from core.runtime.application import Application
from pages.shell import auto_refresh, page_run
from tests.sends import ME, load, send


class WholePage(Exception):  # noqa: N818 - stands for the run that Streamlit begins
    pass


class Browser:
    """A page with one part that refreshes. Its attributes are what a refresh looks at."""

    def __init__(self, freio: Application, monkeypatch: pytest.MonkeyPatch) -> None:
        self.actor: Actor = ME
        self.arrived: int | None = None
        self.state: dict[str, int] = {}

        def rerun(scope: str) -> None:
            assert scope == "app"
            raise WholePage

        parts: list[Callable[[], None]] = []

        def fragment(part: Callable[[], None]) -> Callable[[], None]:
            parts.append(part)
            return part

        streamlit = SimpleNamespace(fragment=fragment, session_state=self.state, rerun=rerun)
        monkeypatch.setattr(page_run, "st", streamlit)
        monkeypatch.setattr(page_run, "actor", lambda: self.actor)
        monkeypatch.setattr(auto_refresh, "draw_auto_refresh", lambda *_: None)
        monkeypatch.setattr(auto_refresh, "draw_end", lambda _: None)
        monkeypatch.setattr(auto_refresh, "last_complete_run", lambda _: self.arrived)

        def part() -> None:
            pass

        page_run.begin_page()
        page_run.refreshing(part)
        page_run.end_page()
        self.refresh = parts[0]
        self._freio = freio

    def causes(self) -> dict[str, float]:
        (family,) = self._freio.metrics.reruns.collect()
        counts = (s for s in family.samples if s.name.endswith("_total"))
        return {sample.labels["cause"]: sample.value for sample in counts}


@pytest.fixture
def browser(freio: Application, monkeypatch: pytest.MonkeyPatch) -> Browser:
    load(freio.store, send("s1"))
    freio.store.set_fact(ORIGIN, "feed")
    return Browser(freio, monkeypatch)


def test_a_refresh_of_a_whole_page_that_did_not_change_runs_only_its_part(browser: Browser) -> None:
    browser.refresh()
    browser.arrived = browser.state["page_begun"]
    browser.refresh()
    assert browser.causes() == {}


@pytest.mark.parametrize("cause", ["not_finished", "not_arrived", "another_actor", "other_data"])
def test_a_refresh_that_runs_the_whole_page_counts_the_cause(
    browser: Browser, freio: Application, cause: str
) -> None:
    match cause:
        case "not_finished":
            page_run.begin_page()
        case "not_arrived":
            browser.arrived = browser.state["page_begun"] - 1
        case "another_actor":
            browser.actor = Actor("another", ME.role)
        case "other_data":
            freio.store.set_fact(ORIGIN, DEMO)
    with pytest.raises(WholePage):
        browser.refresh()
    assert browser.causes() == {cause: 1}
