"""A file that a person chose: tried first, then loaded, with a way out at any time."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.errors import FreioError, OutcomeUnknownError
from core.feed.jobs import Job
from core.feed.loader import Look
from core.feed.options import LoadOptions
from core.feed.reader import NothingReadError
from pages.files import load_result
from pages.shell.session import actor, freio
from pages.text import i18n
from pages.text.i18n import _
from pages.text.markdown import escape_markdown

TYPES = ("csv", "tsv", "txt", "json", "ndjson", "jsonl", "parquet", "xlsx", "gz", "zip")
_FILE = "feed_file"
_FILES = "feed_files"
_LOOK = "feed_look"
_TRIAL = "feed_trial"
_LOAD = "feed_load"
#: Seconds between two looks at how far a file is.
_POLL = 0.5


@dataclass(frozen=True)
class Chosen:
    """A file that was uploaded, and what stands in it at first sight."""

    key: str
    name: str
    data: bytes
    look: Look


def settle() -> None:
    """Keep what came of a load, which may have ended while nobody looked."""
    job: Job | None = st.session_state.get(_LOAD)
    if job is None or not job.is_done:
        return
    _done_with()
    if job.done is not None:
        load_result.tell_done(job.done)
    elif job.error is not None:
        load_result.tell("error", _not_loaded(job.error))


def draw_load() -> bool:
    """Draw how far a load is; return whether one is under way."""
    job: Job | None = st.session_state.get(_LOAD)
    if job is None:
        return False
    st.markdown(_("**{name}** is being loaded.", name=escape_markdown(job.name)))
    _follow(job)
    return True


def draw_upload() -> Chosen | None:
    """Draw the place for a file; return the file if there is one that can be read."""
    found = st.file_uploader(
        _("CSV, Excel, JSON or Parquet, also gzip or zip"),
        type=list(TYPES),
        # A new place for the next file once this one is done with.
        key=f"{_FILE}_{st.session_state.get(_FILES, 0)}",
        max_upload_size=freio().settings.max_file_mb,
    )
    if found is None:
        _forget_trial()
        return None
    known: Chosen | None = st.session_state.get(_LOOK)
    if known is None or known.key != found.file_id:
        try:
            look = freio().loader.look(found, found.name)
        except FreioError as trouble:
            st.error(_not_loaded(trouble))
            return None
        known = Chosen(found.file_id, found.name, found.getvalue(), look)
        st.session_state[_LOOK] = known
    return known


def _forget_trial() -> None:
    """Give up the trial of a file that is not there any more."""
    trial = st.session_state.get(_TRIAL)
    if trial is not None:
        trial[1].cancel()
    st.session_state[_TRIAL] = st.session_state[_LOOK] = None


def draw_trial(chosen: Chosen, options: LoadOptions) -> None:
    """Draw what the file would change, and the button that does it."""
    wanted = (chosen.key, repr(options))
    trial = st.session_state.get(_TRIAL)
    if trial is None or trial[0] != wanted:
        if trial is not None:
            trial[1].cancel()
        job = freio().jobs.preview(chosen.data, chosen.name, actor(), options)
        # Small files are tried before the page is drawn.
        job.wait(0.3)
        trial = st.session_state[_TRIAL] = (wanted, job)
    _draw_tried(trial[1], chosen, options)


def _draw_tried(job: Job, chosen: Chosen, options: LoadOptions) -> None:
    if not job.is_done:
        _follow(job)
    elif job.tried is not None:
        load_result.draw_comparison(job.tried.summary)
        # Above what may be a long list: one button is all that is left to do.
        st.button(
            _("Load it: write these changes"),
            type="primary",
            key="feed_write",
            on_click=_write,
            args=(chosen, options),
        )
        load_result.draw_details(job.tried)
    elif isinstance(job.error, NothingReadError):
        name = escape_markdown(job.name)
        st.error(
            _(
                "**No row of {name} could be read.** Nothing was changed; what is shown stays as "
                "it was. Correct what the list below says, or tell above which column is which.",
                name=name,
            )
        )
        load_result.draw_rejects(job.error.rejects, job.rows)
    elif job.error is not None:
        st.error(_not_loaded(job.error))


def _write(chosen: Chosen, options: LoadOptions) -> None:
    person = actor()
    job = freio().jobs.load(chosen.data, chosen.name, person, options)
    job.wait(0.3)
    st.session_state[_LOAD] = job
    settle()


def _follow(job: Job) -> None:
    """Show how far a file is, until it is done."""

    def part() -> None:
        if job.is_done:
            settle()
            st.rerun(scope="app")
        with st.container(horizontal=True, vertical_alignment="center", key="feed_progress"):
            st.progress(_share(job), text=_step(job))
            st.button(
                _("Cancel"),
                key="feed_cancel",
                on_click=_give_up,
                args=(job,),
                disabled=job.step == "writing",
            )

    st.fragment(part, run_every=_POLL)()


def _share(job: Job) -> float:
    # Comparing and writing tell nothing of how far they are: they have the last quarter.
    read = 0.75 * job.share
    return {"waiting": 0.0, "reading": read, "comparing": 0.8, "writing": 0.9}.get(job.step, 1.0)


def _step(job: Job) -> str:
    rows = i18n.plural("{n} row", "{n} rows", job.rows)
    return {
        "waiting": _("Another file is being loaded; this one is next."),
        "reading": _(
            "Reading: {rows} so far, {share} of the file",
            rows=rows,
            share=i18n.percent(min(job.share, 0.99)),
        ),
        "comparing": _("Comparing {rows} with what is stored", rows=rows),
        "writing": _("Writing what differs"),
    }.get(job.step, _("Done"))


def _give_up(job: Job) -> None:
    job.cancel()
    job.wait(5)
    _done_with()
    load_result.tell("info", _("Cancelled. Nothing was changed."))


def _done_with() -> None:
    """Let go of the file, and make room for the next one."""
    st.session_state[_LOAD] = st.session_state[_TRIAL] = st.session_state[_LOOK] = None
    st.session_state[_FILES] = st.session_state.get(_FILES, 0) + 1


def _not_loaded(trouble: FreioError) -> str:
    if isinstance(trouble, OutcomeUnknownError):
        return escape_markdown(i18n.error(trouble))
    return _("**Not loaded.** {why}", why=escape_markdown(i18n.error(trouble)))
