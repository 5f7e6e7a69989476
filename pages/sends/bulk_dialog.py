"""The dialog that starts a bulk abort. While the dialog is open, its list gets no new sends."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from cachetools import FIFOCache

from core.domain.bulk_abort import BulkGroup, BulkIds, BulkLimit, BulkPlan
from core.domain.model import Actor, ConfigurationId, ShownFacts
from core.errors import AccessError, FreioError, OutcomeUnknownError
from pages.sends import abort_dialog, abort_form, bulk_form, bulk_selection
from pages.shell import auto_refresh
from pages.shell.page_run import view
from pages.text.i18n import _

_OPEN = "bulk_open"
_TROUBLE = "bulk_trouble"

#: An open dialog reads at most this many sends per second. The server needs 0.1 s to read a
#: thousand sends.
_SENDS_A_SECOND = 500

#: The dialog stores the facts of this many refreshes. A bulk abort needs the facts that the person
#: saw.
_MOST_SHOWN = 10


#: The facts of a refresh: the facts of each send to abort, and the number that the person must
#: type, or "".
_Shown = tuple[Mapping[ConfigurationId, ShownFacts], str]


@dataclass(slots=True)
class _Open:
    """An open dialog. A size is a pair: the recipients, and the number of sends of unknown size.

    - `numbers`: the numbers of sends that the person may type. While the person types, a send can
      leave the list. The earlier number therefore stays valid, unless the size grows.
    - `first_size` and `last_size`: the first and the most recent size on the screen.
    """

    id: str
    ids: tuple[ConfigurationId, ...]
    shown: FIFOCache[str, _Shown] = field(default_factory=lambda: FIFOCache(_MOST_SHOWN))
    numbers: set[str] = field(default_factory=set)
    first_size: tuple[int, int] | None = None
    last_size: tuple[int, int] = (0, 0)
    last: dict[str, Any] | None = None
    planned: bulk_selection.Planned | None = None


def select(sent: object, matching: Callable[[str], BulkIds]) -> None:
    """Apply the changes of the browser to the selection. Call this from callbacks only."""
    try:
        bulk_selection.require_access(bulk_selection.selection().apply(sent, matching))
    except AccessError as trouble:
        _report(trouble)
    except FreioError:
        pass  # the list reports the error


def request_dialog(name: str = "") -> None:
    """Request the dialog for the selected sends. `name`: the id of a dialog to reopen, or "".

    Call this from callbacks only.
    """
    try:
        plan = bulk_selection.planned()
    except FreioError as trouble:
        _report(trouble)
        return
    if plan is not None and plan.count:
        st.session_state[_OPEN] = _Open(name or secrets.token_hex(8), plan.ids)
    abort_dialog.request_run()


def reopen(bulk: str, ids: Sequence[str], session: str) -> None:
    """After a reconnect, reopen the dialog with the id `bulk`, if an earlier session drew it.

    If the browser did not have all selected ids, `ids` is empty, and the page shows an error.
    """
    if not bulk or session == abort_dialog.session_name():
        return
    if not ids:
        st.session_state[_TROUBLE] = _(
            "**Not stopped.** The connection was lost, and this selection is too large to be "
            "restored. Select the sends again."
        )
        return
    added = [ConfigurationId(id) for id in ids]
    bulk_selection.selection().add(added)
    try:
        bulk_selection.require_access(added)
    except FreioError as trouble:
        _report(trouble)
    else:
        request_dialog(bulk)


def _report(trouble: FreioError) -> None:
    st.session_state[_TROUBLE] = _not_begun(trouble)
    abort_dialog.request_run()


def keep() -> None:
    """Close the dialog. This call aborts nothing."""
    st.session_state[_OPEN] = None


def draw_bulk() -> None:
    """Draw the requested dialog, and the error if a bulk abort could not begin."""
    trouble = st.session_state.get(_TROUBLE)
    if trouble:
        with st.container(horizontal=True, vertical_alignment="center", key="bulk_trouble_line"):
            st.error(trouble)
            st.button(_("OK"), key="bulk_trouble_ok", on_click=_forget_trouble, type="tertiary")
    opened: _Open | None = st.session_state.get(_OPEN)
    if opened is not None:
        st.dialog(_("Abort these sends?"), width="medium", on_dismiss=keep)(_dialog)(
            opened.id, view().actor
        )


def _not_begun(trouble: FreioError) -> str:
    if isinstance(trouble, OutcomeUnknownError):
        return abort_dialog.unknown(trouble)
    return abort_dialog.not_stopped(trouble)


def _forget_trouble() -> None:
    st.session_state[_TROUBLE] = ""


def _dialog(id: str, drawn_for: Actor) -> None:
    opened: _Open | None = st.session_state.get(_OPEN)
    # If a button has closed this dialog, a new run removes the dialog.
    if opened is None or opened.id != id:
        st.rerun()
    seconds = max(abort_dialog.REFRESH_SECONDS, len(opened.ids) / _SENDS_A_SECOND)
    with abort_dialog.refreshed_dialog("bulk_dialog", seconds, drawn_for):
        opened.last = abort_dialog.data_or_last(lambda: _facts(opened), opened.last)
        bulk_form.mount(
            key=bulk_form.KEY, data=opened.last, on_confirm_change=_start, on_keep_change=keep
        )


def _facts(opened: _Open) -> dict[str, Any]:
    current = view()
    app, fresh = current.app, current.freshness()
    opened.planned = bulk_selection.plan_again(opened.ids, opened.planned)
    plan = opened.planned.plan
    named = [
        send.configuration
        for group in plan.groups.values()
        if group.group is not BulkGroup.LEFT_OUT
        for send in group.first(bulk_form.FIRST)
    ]
    shown, limit = str(fresh.now.timestamp()), app.bulk_aborts.limits.of(current.actor)
    to_type = str(plan.count) if _needs_typing(plan, limit) else ""
    at, sends = current.facts_at(), [send.configuration for send in plan.sends]
    opened.shown[shown] = {c.id: ShownFacts.of(c, at) for c in sends}, to_type
    opened.first_size = opened.first_size or _size(plan)
    if _has_grown(opened.last_size, plan):
        opened.numbers.clear()
    opened.last_size = _size(plan)
    opened.numbers.add(to_type)
    facts = bulk_form.question(
        plan,
        len(opened.ids),
        to_type,
        limit,
        opened.first_size if _has_grown(opened.first_size, plan) else None,
        fresh,
        current.queries.may_have_begun(fresh),
        current.queries.forecasting.forecasts(named, fresh.now),
        settings=app.settings,
        stops_sends=app.stops_sends(),
    )
    session = abort_dialog.session_name()
    return {
        "id": opened.id,
        "session": session,
        "at": fresh.now.timestamp(),
        "shown": shown,
        "numbers": sorted(opened.numbers - {""}),
    } | facts


def _needs_typing(plan: BulkPlan, limit: BulkLimit) -> bool:
    return plan.count > 0 and limit.needs_typing(plan.count, plan.recipients, plan.unsized)


def _size(plan: BulkPlan) -> tuple[int, int]:
    return plan.recipients, plan.unsized


def _has_grown(before: tuple[int, int], plan: BulkPlan) -> bool:
    return plan.recipients > before[0] or plan.unsized > before[1]


def _lacks_number(opened: _Open, to_type: str, typed: str) -> bool:
    # Read the plan again: if the size has grown, the person must see the new size and answer again.
    current = view()
    opened.planned = bulk_selection.plan_again(opened.ids, opened.planned)
    plan, limit = opened.planned.plan, current.app.bulk_aborts.limits.of(current.actor)
    if not to_type and not _needs_typing(plan, limit):
        return False
    return typed not in opened.numbers - {""} or _has_grown(opened.last_size, plan)


def _start() -> None:
    pressed = abort_form.pressed(bulk_form.KEY)
    opened: _Open | None = st.session_state.get(_OPEN)
    # At a second press of the button, the dialog is already closed.
    if opened is None or pressed["id"] != opened.id:
        return
    shown, to_type = opened.shown.get(pressed["shown"], ({}, ""))
    if not shown:
        return
    reason, note = pressed["reason"], pressed["note"]
    current, chosen = view(), bulk_selection.selection()
    bulk_aborts, trouble = current.app.bulk_aborts, ""
    try:
        if _lacks_number(opened, to_type, pressed["typed"]):
            return
        # Do not call Streamlit before the end of this block. Any call may end the callback.
        id = bulk_aborts.start(tuple(shown), current.actor, reason=reason, note=note, shown=shown)
        chosen.clear()
    except FreioError as found:
        trouble = _not_begun(found)
    keep()
    st.session_state[_TROUBLE] = trouble
    if not trouble:
        auto_refresh.go("aborts", bulk=id)
