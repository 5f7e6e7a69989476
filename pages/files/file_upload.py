"""Upload a file: a dry run, then the load. A person can cancel before the load writes."""

from __future__ import annotations

import weakref

import streamlit as st

from core.errors import FreioError, OutcomeUnknownError
from core.feed.ambiguous_values import OpenQuestionError
from core.feed.background_loads import Job
from core.feed.file_feed import NothingReadError
from core.feed.load_options import LoadOptions
from pages.files import chosen_file, load_result, open_questions
from pages.files.chosen_file import Chosen
from pages.files.file_content import draw_meaning
from pages.files.rejected_rows import draw_rejects
from pages.shell.messages import close_message, set_message
from pages.shell.page_run import view
from pages.text import i18n
from pages.text.i18n import _
from pages.text.markdown import escape_markdown

TYPES = ("csv", "tsv", "txt", "json", "ndjson", "jsonl", "parquet", "xlsx", "gz", "zip")
_FILE = "feed_file"
_FILES = "feed_files"
_DRY_RUN = "feed_dry_run"
_LOAD = "feed_load"
_POLL = 0.5


def finish_load() -> None:
    """If a load has ended, show the result.

    Call this in each run of the page: a load can end while another page is open.
    """
    job: Job | None = st.session_state.get(_LOAD)
    if job is None or not job.is_done:
        return
    if job.error is not None:
        # Keep the file: the person can try again.
        st.session_state[_LOAD] = st.session_state[_DRY_RUN] = None
        set_message(load_result.MESSAGE, "error", _not_loaded(job.error))
        return
    if job.done is None:
        _end_cancelled()
        return
    _reset()
    load_result.set_result(job.done)


def draw_load() -> bool:
    """Draw the progress of a running load. Return whether a load is running."""
    job: Job | None = st.session_state.get(_LOAD)
    if job is None:
        return False
    st.markdown(_("**{name}** is being loaded.", name=escape_markdown(job.name)))
    _draw_progress(job)
    return True


def draw_upload() -> Chosen | None:
    """Draw the name of the chosen file; return the file. If there is none, draw the uploader."""
    chosen = chosen_file.current()
    if chosen is None:
        # With a new key, the uploader is empty again.
        key = f"{_FILE}_{st.session_state.get(_FILES, 0)}"
        st.file_uploader(
            _("CSV, Excel, JSON or Parquet, also gzip or zip"),
            type=list(TYPES),
            key=key,
            max_upload_size=view().app.settings.max_file_mb,
            on_change=_choose,
            args=(key,),
        )
        return None
    with st.container(horizontal=True, vertical_alignment="center", key="feed_chosen_bar"):
        name = escape_markdown(chosen.name)
        st.markdown(_("**{name}** is chosen.", name=name), width="content")
        st.button(_("Choose another file"), key="feed_other", on_click=_reset, type="tertiary")
    return chosen


def _choose(key: str) -> None:
    """Copy the file: Streamlit deletes the upload in a run without the uploader."""
    found = st.session_state.get(key)
    if found is None:
        return
    _reset()
    try:
        chosen_file.choose(found, found.name)
    except FreioError as trouble:
        set_message(load_result.MESSAGE, "error", _not_loaded(trouble))
    else:
        close_message(load_result.MESSAGE)


def draw_dry_run(chosen: Chosen, options: LoadOptions) -> None:
    """Draw the result of the dry run, and the button for the load."""
    job = _dry_run(chosen, options)
    if job is None:
        _cancel_dry_run()
        job = view().app.jobs.preview(chosen.open, chosen.name, view().actor, options)
        # For a small file, show the result at once.
        job.wait(0.3)
        st.session_state[_DRY_RUN] = ((chosen.key, repr(options)), job)
    _draw_result(job, chosen)


def _dry_run(chosen: Chosen, options: LoadOptions) -> Job | None:
    found: tuple[object, Job] | None = st.session_state.get(_DRY_RUN)
    return found[1] if found is not None and found[0] == (chosen.key, repr(options)) else None


def cannot_be_loaded(chosen: Chosen) -> bool:
    """Return whether the dry run of the file has failed."""
    job = None if chosen.options is None else _dry_run(chosen, chosen.options)
    return job is not None and job.error is not None


def _cancel_dry_run() -> None:
    found: tuple[object, Job] | None = st.session_state.get(_DRY_RUN)
    if found is not None:
        found[1].cancel()
    st.session_state[_DRY_RUN] = None


def _draw_result(job: Job, chosen: Chosen) -> None:
    if not job.is_done:
        _draw_progress(job)
    elif job.dry_run is not None:
        found = job.dry_run.summary
        draw_meaning(found.meaning, found.notes, chosen)
        load_result.draw_comparison(found)
        # Draw the button above the details: the details can be long.
        label = _("Load it: write these changes")
        st.button(label, type="primary", key="feed_write", on_click=_write)
        load_result.draw_details(job.dry_run)
    elif isinstance(job.error, NothingReadError):
        name = escape_markdown(job.name)
        st.error(
            _(
                "**No row of {name} could be read.** Nothing was changed; what is shown stays as "
                "it was. Correct what the list below shows, or choose above which column is which.",
                name=name,
            )
        )
        draw_rejects(job.error.rejects, job.rows)
    elif isinstance(job.error, OpenQuestionError):
        open_questions.draw_questions(job.error.questions, chosen)
    elif job.error is not None:
        st.error(_not_loaded(job.error))
    else:
        _end_cancelled()
        st.rerun()


def _write() -> None:
    current, chosen = view(), chosen_file.current()
    options = None if chosen is None else chosen.options
    if chosen is None or options is None:
        return
    dry_run = _dry_run(chosen, options)
    if dry_run is None:
        return  # the click also changed a choice: do a new dry run first
    load = current.app.jobs.load
    job = load(chosen.open, chosen.name, current.actor, options, previewed=dry_run)
    job.wait(0.3)
    st.session_state[_LOAD] = job
    finish_load()


def _draw_progress(job: Job) -> None:
    def part() -> None:
        if job.is_done:
            finish_load()
            st.rerun(scope="app")
        with st.container(horizontal=True, vertical_alignment="center", key="feed_progress"):
            st.progress(_share(job), text=_step(job))
            st.button(
                _("Cancel"),
                key="feed_cancel",
                on_click=_cancel,
                # Streamlit keeps the arguments until the session ends. A weak reference does not
                # keep the large job.
                args=(weakref.ref(job),),
                disabled=job.step == "writing",
            )

    st.fragment(part, run_every=_POLL)()


def _share(job: Job) -> float:
    # Reading fills three quarters of the bar. All other steps report no share.
    read = 0.75 * job.share
    return {"waiting": 0.0, "busy": 0.0, "reading": read, "comparing": 0.8, "writing": 0.9}.get(
        job.step, 1.0
    )


def _step(job: Job) -> str:
    rows = i18n.plural("{n} row", "{n} rows", job.rows)
    return {
        "waiting": _("Another file is being loaded; this one is next."),
        "busy": _("The database is busy, and aborts go first. This file is loaded after them."),
        "reading": _(
            "Reading: {rows} so far, {share} of the file",
            rows=rows,
            share=i18n.percent(min(job.share, 0.99)),
        ),
        "comparing": _("Comparing {rows} with what is stored", rows=rows),
        "writing": _("Writing the changes"),
    }.get(job.step, _("Done"))


def _cancel(reference: weakref.ref[Job]) -> None:
    job = reference()
    if job is None:
        return
    # Wait for the end of the job, so the next run of the page can show the message.
    job.cancel()
    job.wait(5)


def _end_cancelled() -> None:
    _reset()
    set_message(load_result.MESSAGE, "info", _("Cancelled. Nothing was changed."))


def _reset() -> None:
    _cancel_dry_run()
    st.session_state[_LOAD] = None
    st.session_state[_FILES] = st.session_state.get(_FILES, 0) + 1
    chosen_file.forget()


def _not_loaded(trouble: FreioError) -> str:
    if isinstance(trouble, OutcomeUnknownError):
        return escape_markdown(i18n.error(trouble))
    return _("**Not loaded.** {why}", why=escape_markdown(i18n.error(trouble)))
