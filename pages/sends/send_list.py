"""Draw sends as a list of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from types import MappingProxyType

import streamlit as st

from core.access.permissions import Right
from core.domain.bulk_abort import BulkIds, recipients_of
from core.domain.delivery import Delivery
from core.domain.freshness import Freshness
from core.domain.list_query import ListQuery
from core.domain.model import ConfigurationId, SendConfiguration
from core.domain.rules import Refuse, decide_abort, finished_short
from core.domain.states import Generation
from core.forecasting.flags import Flag
from core.forecasting.forecast import UNKNOWN, Confidence, Forecast
from core.runtime.instance import platform
from pages.sends import abort_dialog, bulk_dialog, bulk_selection, list_filters, time_left
from pages.sends.flag_badges import badge
from pages.sends.rows import Badge, Row, RowSelection, draw_rows, held_ids
from pages.sends.verdict import reason_word, tells_age, verdict
from pages.shell import page_run
from pages.text import delivery_words, i18n, live_text, names
from pages.text.i18n import _
from pages.text.links import address_of_send

#: The maximum length of a text in characters. A list must fit into a single message to the
#: browser.
_MOST_SHOWN = 200

#: The maximum length of all selected ids in a message, in characters.
_MOST_SENT = 200_000


def draw_list(
    configurations: Sequence[SendConfiguration],
    fresh: Freshness,
    *,
    key: str,
    empty: str,
    query: ListQuery | None = None,
    reasons: Mapping[ConfigurationId, Sequence[Badge]] = MappingProxyType({}),
) -> None:
    """Draw each send as a row. If the person can abort the send, the row has a button.

    - `query`: the filters of the list. Without a query, people cannot sort the list or select rows.
    - `reasons`: why each send is in the list.
    """
    queries, may_stop = page_run.view().queries, page_run.may(Right.STOP)
    view = "" if query is None else list_filters.view_key()
    listed = {c.id for c in configurations}
    asked = [ConfigurationId(id) for id in held_ids(key, view) if id not in listed]
    held = [found for id in asked if (found := queries.configuration(id))]
    known = [*configurations, *held]
    rows = page_run.shared(_rows, tuple(known), fresh, may_stop=may_stop)
    rows = [
        _with_reasons(row, reasons.get(send.id, ())) for send, row in zip(known, rows, strict=True)
    ]
    draw_rows(
        rows[: len(configurations)],
        rows[len(configurations) :],
        key=key,
        labels=page_run.shared(_labels, empty),
        fresh=live_text.steady(fresh),
        view=view,
        on_abort=abort_dialog.request_dialog,
        sorts={} if query is None else list_filters.column_sorts(query.sort),
        on_sort=list_filters.choose_sort,
        selection=_selection(known, query) if query is not None and may_stop else None,
        on_select=_select,
        on_bulk=bulk_dialog.request_dialog,
    )
    if meaning := names.processing_meaning(map(names.state_name, configurations)):
        st.caption(meaning)


def _rows(known: Sequence[SendConfiguration], fresh: Freshness, *, may_stop: bool) -> Sequence[Row]:
    queries = page_run.view().queries
    forecasts = queries.forecasting.forecasts(known, fresh.now)
    flags = queries.flags(known, fresh)
    deliveries = queries.last_deliveries(known)
    return [
        _row(
            c,
            fresh,
            forecasts.get(c.id, UNKNOWN),
            flags.get(c.id, ()),
            deliveries.get(c.id),
            may_stop,
        )
        for c in known
    ]


def _with_reasons(row: Row, reasons: Sequence[Badge]) -> Row:
    shown = {text.casefold() for text in (row.verdict_word, *(each.word for each in row.badges))}
    added = tuple(each for each in reasons if each.word.casefold() not in shown)
    return replace(row, badges=(*added, *row.badges)) if added else row


def _selection(known: Sequence[SendConfiguration], query: ListQuery) -> RowSelection:
    current = page_run.view()
    plan, chosen = bulk_selection.planned(), bulk_selection.selection()
    fits = sum(map(len, chosen.ids)) <= _MOST_SENT
    return RowSelection(
        session=abort_dialog.session_name(),
        owner=sha256(current.actor.name.encode()).hexdigest()[:16],
        ids=list(chosen.ids) if fits else [c.id for c in known if c.id in chosen.ids],
        is_complete=fits,
        sends=len(chosen.ids),
        recipients=plan.recipients if plan else 0,
        unsized=plan.unsized if plan else 0,
        matching=current.queries.count_stoppable(query),
        left=bulk_selection.left_sentence(),
        applied=chosen.applied,
    )


def _select(sent: object) -> None:
    current = page_run.view()

    def matching(view: str) -> BulkIds:
        if view not in ("", list_filters.view_key()):
            # The filters have changed since the click, so select nothing.
            return BulkIds((), 0)
        query = list_filters.read_query(current)
        return current.app.bulk_aborts.matching(query, current.actor)

    bulk_dialog.select(sent, matching)


def _labels(empty: str) -> dict[str, str | Sequence[str]]:
    return {
        "caption": _("Send configurations"),
        "empty": empty,
        "verdict": " · ".join([_("Verdict"), _("State")]),
        "time_left": _("Time left"),
        "name": _("Name"),
        "details": " · ".join([_("Account"), _("Channel"), _("Audience"), _("ID")]),
        "recipients": _("Recipients"),
        "progress": _(platform().generated),
        "scheduled": _("Scheduled"),
        "action": _("Action"),
        "abort": _("Abort"),
        "moved": i18n.forms("{n} row has moved", "{n} rows have moved"),
        "arrived": i18n.forms("{n} new row", "{n} new rows"),
        "update": _("update"),
        "closing": _("Closes within two minutes: {name}"),
        "gone": _("no longer in Freio"),
        "select": _("Select"),
        "choose": _("Select {name}"),
        "all_here": _("All on this page"),
        "all_matching": i18n.forms(
            "{n} in this list that can be stopped", "All {n} in this list that can be stopped"
        ),
        "sends_count": i18n.forms("{n} send", "{n} sends"),
        "elsewhere": i18n.forms("{n} not on this page", "{n} not on this page"),
        "recipients_count": i18n.forms("{n} recipient", "{n} recipients"),
        "unsized_count": i18n.forms("{n} send of unknown size", "{n} sends of unknown size"),
        "and_unsized": _("{people} and {unknown}"),
        "bulk": i18n.forms("Abort {n}…", "Abort {n}…"),
        "clear": _("Clear selection"),
        "close": _("Close"),
    }


def _row(
    configuration: SendConfiguration,
    fresh: Freshness,
    forecast: Forecast,
    flags: Sequence[Flag],
    delivery: Delivery | None,
    may_stop: bool,
) -> Row:
    now, steady = fresh.now, live_text.steady(fresh)
    decision = decide_abort(configuration, platform())
    closes = time_left.closes_at(configuration, decision, forecast, delivery)
    word, outlook = verdict(configuration, closes, fresh, delivery)
    progress, share = _progress(configuration, delivery)
    name, state = _short(configuration.name), names.state_name(configuration)
    return Row(
        id=configuration.id,
        href=address_of_send(configuration.id),
        name=name,
        state=_short(state),
        state_meaning=names.processing_meaning([state]) or _short(state),
        account=_short(configuration.account),
        channel=_short(configuration.channel),
        audience=_short(configuration.audience),
        recipients=names.amount(configuration.total_records),
        to_abort=recipients_of(decision),
        progress_text=progress,
        progress_share=share,
        scheduled=names.scheduled(configuration.scheduled_at, lambda at: i18n.moment(at, now)),
        time_left=time_left.time_left(decision, closes, steady),
        time_why=time_left.explain(configuration, decision, forecast, fresh, delivery),
        is_unsure=forecast.confidence is Confidence.POOR,
        seconds_left=None if closes is None else (closes - steady.now).total_seconds(),
        verdict_word=word,
        is_old=tells_age(configuration, fresh),
        outlook=outlook,
        can_abort=may_stop and not isinstance(decision, Refuse),
        reason_word=reason_word(configuration, decision) or _("view only"),
        abort_label=_("Abort {name}", name=name),
        badges=tuple(badge(flag, now) for flag in flags),
    )


def _short(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"


def _progress(
    configuration: SendConfiguration, delivery: Delivery | None
) -> tuple[str, float | None]:
    total, done = configuration.total_records, configuration.generated_records
    if delivery is not None and delivery_words.lacks_count(configuration, delivery):
        return _("unknown"), None
    if configuration.generation is Generation.UNKNOWN:
        return _("not reported"), None
    begun = configuration.generation is Generation.STARTED or finished_short(configuration)
    if begun and total is None:
        return i18n.number(done) if done else _("not reported"), None
    if not begun or not total:
        return "", None
    share = min(1.0, (done or 0) / total)
    if share >= 1.0:
        return _("all"), 1.0
    return _("{x} of {n}", x=done or 0, n=total), share
