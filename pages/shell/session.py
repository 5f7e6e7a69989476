"""What a page needs from its surroundings: Freio itself, and who is looking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps

import streamlit as st
from streamlit.runtime.scriptrunner import StopException

from core.access import permissions
from core.access.permissions import Right
from core.domain.freshness import Freshness
from core.errors import FreioError
from core.runtime import application
from pages.shell import auto_refresh, user
from pages.shell.error_messages import retry_soon
from pages.text import i18n, live_text
from pages.text.i18n import _
from pages.viewer.current_user import actor as actor

#: The number of the last run of the whole page that began, and of the last that came to its end.
_BEGUN = "page_begun"
_WHOLE = "page_whole"


def freio() -> application.Freio:
    """Return Freio as whoever looks may see it, or end the page with why it cannot start."""
    try:
        return application.current().for_actor(actor())
    except FreioError as trouble:
        st.title("Freio")
        st.error(i18n.error(trouble))
        retry_soon()
        st.stop()


def require(right: Right, title: str) -> None:
    """End the page so titled with a sentence where whoever looks may not see it."""
    try:
        permissions.require(actor(), right)
    except FreioError as trouble:
        st.title(title)
        st.info(i18n.error(trouble))
        if actor().only_demo:
            user.draw_access_link()
        st.page_link("overview.py", label=_("To the overview"))
        # Another account may be the way in.
        user.draw_user()
        st.stop()


def may(right: Right, account: str | None = None) -> bool:
    """Tell whether whoever looks may do something: for what is drawn. Core checks what is done."""
    return permissions.may(actor(), right, account)


def refreshing(part: Callable[[], None]) -> None:
    """Draw a part of a page that refreshes by itself while its tab is seen.

    It is drawn for one person: where their role has changed since, the whole page runs again.
    """
    app, drawn, drawn_for = freio(), False, actor()

    @wraps(part)
    def refreshed() -> None:
        nonlocal drawn
        if drawn and not _is_whole(part.__name__):
            # What the last run of the page did not reach shows old facts, and a dialog that it was
            # to open is missing.
            st.rerun(scope="app")
        # Only this part runs again, and not what stands before every page.
        if actor() != drawn_for:
            st.rerun(scope="app")
        kind, drawn = "refresh" if drawn else "part", True
        with app.garbage_collection.at_work(), app.metrics.pages.labels(kind).time():
            # Before the part: a part that fails comes back by itself too.
            auto_refresh.draw_auto_refresh(part.__name__, app.settings.refresh_seconds, app.clock())
            part()

    st.fragment(refreshed)()


def _is_whole(name: str) -> bool:
    """Tell whether the last run of the page came to its end, and as far as the browser."""
    begun = st.session_state.get(_BEGUN)
    # A request may cut the run off. One that comes just when the run ends makes Streamlit throw
    # away what it has not sent yet.
    arrived = auto_refresh.last_complete_run(name)
    return st.session_state.get(_WHOLE) == begun and arrived in (begun, None)


def begin_run() -> None:
    """Note that a run of the whole page begins."""
    st.session_state[_BEGUN] = st.session_state.get(_BEGUN, 0) + 1


def end_run() -> None:
    """Note that a run of the whole page came to its end."""
    run = st.session_state[_BEGUN]
    auto_refresh.draw_end(run)
    st.session_state[_WHOLE] = run


@contextmanager
def running() -> Iterator[None]:
    """Measure the run of a page in this block."""
    app = freio()
    with app.garbage_collection.at_work(), app.metrics.pages.labels("run").time():
        try:
            yield
        except StopException:
            end_run()  # as far as the page wanted to go
            raise


def freshness() -> Freshness:
    """Say how old the facts on the page are, in words and by the clock; return it."""
    found = freio().freshness()
    with st.container():
        _say_fresh(found)
    return found


def _say_fresh(found: Freshness) -> None:
    if found.at is None:
        st.caption(_("No data yet"))
        return
    live_text.draw(
        _(
            "Data as of {time} ({zone}) · {age}",
            time=i18n.exact(found.at),
            zone=i18n.zone_name(),
            age=live_text.facts_age(found),
        ),
        "quiet",
    )
    live_text.warn_when_old(
        _(
            "**The data is old.** A send that looks stoppable may have begun since then, "
            "and reach its recipients. Check in the platform before you rely on it, or "
            "load a newer export."
        )
    )


def start_page() -> None:
    """Say what to do where there is nothing to show yet."""
    with st.container(border=True):
        st.header(_("No send configurations yet"))
        st.markdown(
            _(
                "Load an export of your send configurations to see what is about to go out and "
                "what can still be stopped. A CSV file with the columns **id, name, state, "
                "total_records, scheduled_at** is enough; Portuguese and Spanish headings work "
                "too."
            )
        )
        with st.container(horizontal=True):
            st.page_link("feeds.py", label=_("Load a file"), icon=":material/upload_file:")
            st.page_link("help.py", label=_("When a send can be stopped"))


def demo_banner(is_at_feeds: bool) -> None:
    """Say quietly that what is shown is not real, and lead to where that is changed."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(
            _("**Demo data.** A simulated platform runs these sends; nothing here is real."),
            width="content",
        )
        if (may(Right.LOAD) or actor().only_demo) and not is_at_feeds:
            st.page_link("feeds.py", label=_("Load your own export"), width="content")
