"""The run of a page: the view of the application, the rights, and the refreshing parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import NoReturn, ParamSpec, TypeVar

import streamlit as st
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime.scriptrunner import StopException

from core.access import permissions
from core.access.permissions import Right
from core.errors import FreioError
from core.runtime import instance
from core.runtime.actor_view import ActorView, view_for
from pages.shell import auto_refresh, user_line
from pages.shell.error_messages import retry_soon
from pages.shell.messages import or_default
from pages.text import i18n
from pages.text.i18n import _
from pages.viewer import current_user
from pages.viewer.current_user import actor
from pages.viewer.language import reader_language

_P = ParamSpec("_P")
_T = TypeVar("_T")

#: Session keys: the number of the last begun run, and of the last ended run.
_BEGUN = "page_begun"
_ENDED = "page_ended"

_view: ContextVar[ActorView | None] = ContextVar("view", default=None)


def view() -> ActorView:
    """Return the current user's view of the application. On an error, end the page.

    In a block of `one_run`, return the view of the run. In a callback, each call reads the clock
    and the identity again.
    """
    current = _view.get()
    if current is not None:
        return current
    try:
        return view_for(instance.current(), actor())
    except FreioError as trouble:
        st.title("Freio")
        st.error(i18n.error(trouble))
        retry_soon()
        st.stop()


@contextmanager
def one_run() -> Iterator[ActorView]:
    """Read the clock and the identity only once for a run."""
    with current_user.resolved_once(), _using(view()) as current:
        yield current


@contextmanager
def _using(current: ActorView) -> Iterator[ActorView]:
    token = _view.set(current)
    try:
        yield current
    finally:
        _view.reset(token)


def shared(prepare: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Return the result of `prepare`. Pages with equal inputs share the result.

    - The inputs are the arguments, the view's time, the store's revision, and these facts about the
      person: role, visible accounts, language, time zone, theme, and whether the person is a demo
      visitor. `prepare` must depend on nothing else.
    - `prepare` must be a function of a module. A nested function is new in each run, so pages would
      share nothing.
    - `prepare` must not call Streamlit. Callers must not change the result.
    """
    current = view()
    reader = (current.actor.role, current.actor.only_demo, current.queries.visible, current.now)
    language = reader_language()
    screen = (language.code, str(language.locale), str(i18n.zone()), st.context.theme.type)
    return current.queries.cache.get_since((reader, screen), prepare, *args, **kwargs)


def require(right: Right, title: str) -> None:
    """If the current user lacks the right, end the page with the title and the reason."""
    try:
        permissions.require(actor(), right)
    except FreioError as trouble:
        st.title(title)
        st.info(i18n.error(trouble))
        if actor().only_demo:
            user_line.draw_access_link()
        st.page_link("overview.py", label=_("To the overview"))
        # The user can log in with another account.
        user_line.draw_user()
        st.stop()


def may(right: Right, account: str | None = None) -> bool:
    """Return whether the current user has a right. Core checks the right again for each action."""
    return permissions.may(actor(), right, account)


def refreshing(
    part: Callable[[], None],
    seconds: Callable[[], float] | None = None,
    *,
    is_shared: bool = False,
) -> None:
    """Draw a part of a page that refreshes while the tab is visible.

    The whole page runs again if the actor changes. It also runs again when a file replaces the demo
    data, and when demo data appears.

    - `seconds`: returns the number of seconds between two refreshes. The default is in the
      settings.
    - `is_shared`: round the time of the view down, for example from 12:00:09 to 12:00:05. All pages
      can then share the results of `shared`.
    """
    drawn, drawn_for, of_demo = False, actor(), _is_demo()

    @wraps(part)
    def refreshed() -> None:
        nonlocal drawn
        with one_run() as current:
            # After an interrupted run, parts of the page can be missing or old.
            if drawn and (missing := _missing(part.__name__)):
                run_again(missing)
            # A refresh does not run the checks of `pages/main.py`.
            if current.actor != drawn_for:
                run_again("another_actor")
            if {of_demo, _is_demo()} == {True, False}:
                run_again("other_data")
            kind, drawn = "refresh" if drawn else "part", True
            with _measured(current, kind):
                # Draw the auto-refresh first: a part with an error must refresh too.
                period = seconds() if seconds else current.app.settings.refresh_seconds
                auto_refresh.draw_auto_refresh(part.__name__, period, current.now)
                with _using(current.in_step() if is_shared else current):
                    part()

    st.fragment(refreshed)()


def _is_demo() -> bool | None:
    return or_default(lambda: view().app.is_demo(), None)  # `view` can fail too


def clickable(part: Callable[[], None]) -> None:
    """Draw a part of a page. A click in the part runs only this part, not the whole page.

    If the actor has changed, the click runs the whole page.
    """
    drawn_for = actor()

    @wraps(part)
    def drawn() -> None:
        with one_run() as current:
            if current.actor != drawn_for:
                run_again("another_actor")
            part()

    st.fragment(drawn)()


@contextmanager
def _measured(current: ActorView, kind: str) -> Iterator[None]:
    app = current.app
    with app.garbage_collection.at_work(), app.metrics.pages.labels(kind).time():
        yield


def run_again(cause: str) -> NoReturn:
    """Run the whole page again, and count the cause. Call this only in a run of a part."""
    view().app.metrics.reruns.labels(cause).inc()
    st.rerun(scope="app")


def _missing(name: str) -> str:
    """Return why the browser lacks parts of the page, or ""."""
    begun = st.session_state.get(_BEGUN)
    if st.session_state.get(_ENDED) != begun:
        return "not_finished"
    # If a request arrives at the end of a run, Streamlit drops unsent messages of the run.
    arrived = auto_refresh.last_complete_run(name)
    return "" if arrived in (begun, None) else "not_arrived"


def begin_page() -> None:
    """Record that a run of the whole page begins."""
    st.session_state[_BEGUN] = st.session_state.get(_BEGUN, 0) + 1


def end_page() -> None:
    """Record that the run has ended."""
    run = st.session_state[_BEGUN]
    auto_refresh.draw_end(run)
    st.session_state[_ENDED] = run


def run_page(page: StreamlitPage) -> None:
    """Run a page and measure the time."""
    with _measured(view(), "run"):
        try:
            page.run()
        except StopException:
            end_page()
            raise
