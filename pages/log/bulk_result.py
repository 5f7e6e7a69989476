"""A bulk abort on the page Aborts: the progress, and the outcome of each send."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.access.permissions import Right
from core.domain.bulk_abort import BulkId, BulkOutcome, BulkProgress, BulkSend
from core.domain.states import Outlook
from core.errors import FreioError
from core.services.receipt_export import bulk_as_csv
from pages import scripts
from pages.log import log_table
from pages.shell import auto_refresh, page_run, url_filters
from pages.text import i18n, names, palette
from pages.text.bulk_outcomes import OUTLOOKS, by_outcome, explain, outcome_name
from pages.text.i18n import _
from pages.text.markdown import escape_markdown

#: URL parameters: the id of the bulk abort, and the outcome to show.
PARAMETER = "bulk"
_FILTER = "result"

_RUNNING_SECONDS = 1.0

_TROUBLE = "bulk_result_trouble"


def draw_bulk() -> None:
    """Draw the bulk abort of the URL, as a part that refreshes."""
    id = BulkId(st.query_params.get(PARAMETER, ""))
    latest: BulkProgress | None = None
    has_run_before = False

    def is_ended() -> bool:
        return latest is not None and latest.is_ended

    def part() -> None:
        nonlocal latest
        was_ended, latest = is_ended(), _progress(id)
        if has_run_before and is_ended() and not was_ended:
            page_run.run_again("bulk_abort_ended")  # the new run draws the download button
        if latest is not None:
            _draw(latest)

    # Use a button: a link to the same page would keep the bulk abort in the URL.
    st.button(
        _("All aborts"),
        icon=":material/arrow_back:",
        type="tertiary",
        key="all_aborts",
        on_click=url_filters.clear,
    )

    def seconds() -> float:
        return page_run.view().app.settings.refresh_seconds if is_ended() else _RUNNING_SECONDS

    page_run.refreshing(part, seconds)
    has_run_before = True
    if is_ended():
        _draw_download(id)


def _progress(id: BulkId) -> BulkProgress | None:
    current = page_run.view()
    bulk_aborts = current.app.bulk_aborts
    try:
        progress = bulk_aborts.progress(id, current.actor)
        if progress.is_ended and progress.seen_at is None:
            bulk_aborts.see(id, current.actor)
    except FreioError as trouble:
        st.error(escape_markdown(i18n.error(trouble)))
        return None
    return progress


def _draw(progress: BulkProgress) -> None:
    # Draw each container even if empty. If one is missing, Streamlit shows the table twice until
    # the run ends.
    with st.container():
        if trouble := st.session_state.pop(_TROUBLE, ""):
            st.error(trouble)
    _draw_head(progress)
    with st.container():
        _draw_step(progress)
    with st.container():
        _draw_totals(progress)
    wanted = _draw_filter(progress)
    _draw_sends(progress, wanted)
    if progress.is_ended and progress.retriable and page_run.may(Right.STOP):
        st.button(
            i18n.plural("Retry {n} send", "Retry {n} sends", progress.retriable),
            key="bulk_retry",
            type="primary",
            on_click=_retry,
            args=(progress.id,),
        )


def _draw_head(progress: BulkProgress) -> None:
    title = i18n.plural("Bulk abort of {n} send", "Bulk abort of {n} sends", progress.sends)
    st.header(title)
    now = page_run.view().now
    parts = [
        i18n.moment(progress.requested_at, now),
        names.person(progress.actor),
        names.reason_name(progress.reason) if progress.reason else "",
        progress.note,
        _("Second attempt") if progress.retry_of else "",
    ]
    st.caption(escape_markdown(" · ".join(filter(None, parts))))


def _draw_step(progress: BulkProgress) -> None:
    if not progress.is_ended:
        _draw_running(progress)
    elif progress.stop_requested_at is not None and progress.counts.get(BulkOutcome.KEPT):
        st.info(
            i18n.plural(
                "The bulk abort was ended early: {n} send was left as it was.",
                "The bulk abort was ended early: {n} sends were left as they were.",
                progress.counts[BulkOutcome.KEPT],
            )
        )


def _draw_running(progress: BulkProgress) -> None:
    text = _("{x} of {n} sends are done", x=progress.done, n=progress.sends)
    with st.container(horizontal=True, vertical_alignment="center", key="bulk_running"):
        st.progress(progress.done / max(1, progress.sends), text)
        if page_run.may(Right.STOP):
            st.button(_("End here"), key="bulk_stop", on_click=_stop, args=(progress.id,))
    st.caption(
        _(
            "You can close this page: the bulk abort goes on. “End here” leaves the sends that "
            "are not decided yet as they are."
        )
    )


def _stop(id: BulkId) -> None:
    current = page_run.view()
    try:
        current.app.bulk_aborts.stop(id, current.actor)
    except FreioError as trouble:
        st.session_state[_TROUBLE] = escape_markdown(i18n.error(trouble))


def _draw_totals(progress: BulkProgress) -> None:
    totals = progress.totals
    unknown = sum(progress.uncertain.values())
    figures = [
        (_("Recipients not reached"), totals.spared, Outlook.STOPPED),
        (_("Recipients reached"), totals.gone, Outlook.TOO_LATE),
        (_("Recipients unknown"), unknown, Outlook.UNCERTAIN),
    ]
    if progress.uncounted:
        figures.append((_("Stopped, not counted yet"), progress.uncounted, Outlook.STOPPED))
    cells = "".join(
        f"<div style='--tone: var(--{palette.name_of(outlook)})'><dt>{escape(name)}</dt>"
        f"<dd>{i18n.number(count)}</dd></div>"
        for name, count, outlook in figures
    )
    st.html(f"{scripts.style('log/bulk_result.css')}<dl class='bulk-totals'>{cells}</dl>")
    if text := names.left_out(totals.unsized):
        st.caption(text)
    if progress.uncertain:
        st.caption(_("Recipients unknown: {counts}", counts=by_outcome(progress.uncertain)))


def _draw_filter(progress: BulkProgress) -> tuple[BulkOutcome, ...]:
    # An empty result means: all outcomes.
    chosen = st.query_params.get(_FILTER, "")
    found = [outcome for outcome in BulkOutcome if progress.counts.get(outcome)]
    if chosen not in found:
        chosen = ""
    with st.container(horizontal=True, gap="small", key="bulk_outcomes"):
        for value, name, count in (
            ("", _("All"), progress.sends),
            *((o.value, outcome_name(o), progress.counts[o]) for o in found),
        ):
            st.button(
                f"{name} **{i18n.number(count)}**",
                key=f"bulk_outcome_{value or 'all'}",
                type="primary" if value == chosen else "secondary",
                on_click=url_filters.put,
                args=(_FILTER, value),
            )
    return (BulkOutcome(chosen),) if chosen else ()


def _draw_sends(progress: BulkProgress, wanted: tuple[BulkOutcome, ...]) -> None:
    current = page_run.view()
    number = url_filters.whole(st.query_params.get("page", ""))
    found = current.app.bulk_aborts.sends(progress.id, current.actor, wanted, number)
    heads = {"verdict": _("Outcome"), "name": _("Send"), "spared": _("Recipients")}
    st.html(log_table.table(heads | {"why": _("Details")}, map(_row, found.rows), "bulk-sends"))
    if found.pages > 1:
        url_filters.draw_pager("bulk", found.page, found.pages)


def _row(send: BulkSend) -> str:
    outlook = OUTLOOKS[send.outcome]
    when = "" if send.decided_at is None else i18n.exact(send.decided_at)
    people = log_table.number(_("Recipients"), names.amount(send.total_records))
    id = send.configuration_id
    return log_table.row(
        outlook,
        log_table.verdict(outlook, outcome_name(send.outcome), when),
        log_table.name(id, send.name or id, *filter(None, [send.account])),
        log_table.cell("spared", people, escape(names.reached_anyway(send.gone))),
        log_table.cell("why", escape(explain(send))),
    )


def _draw_download(id: BulkId) -> None:
    # Do not call this function in a part that refreshes. Each refresh gives the file a new address.
    # A click with the old address gets no answer (no upstream issue found).
    current = page_run.view()
    st.download_button(
        _("Result as CSV"),
        data=lambda: bulk_as_csv(current.app.bulk_aborts.all_sends(id, current.actor)),
        file_name="freio-bulk-abort.csv",
        mime="text/csv",
        on_click="ignore",
        key="bulk_csv",
    )


def _retry(id: BulkId) -> None:
    current = page_run.view()
    try:
        new = current.app.bulk_aborts.retry(id, current.actor)
    except FreioError as trouble:
        st.session_state[_TROUBLE] = escape_markdown(i18n.error(trouble))
    else:
        auto_refresh.go("aborts", **{PARAMETER: new})
