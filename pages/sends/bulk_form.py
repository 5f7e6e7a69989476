"""The component in the dialog of a bulk abort.

The browser gets only the counts and the first sends of each group.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from core.domain.bulk_abort import BulkGroup, BulkLimit, BulkPlan, PlannedGroup, PlannedSend
from core.domain.freshness import Freshness, outlook_now
from core.domain.list_query import MayHaveBegun
from core.domain.model import ConfigurationId, SendConfiguration
from core.domain.states import CAN_BE_STOPPED, Outlook
from core.forecasting.forecast import UNKNOWN, Forecast
from core.runtime.instance import platform
from core.services.bulk_limits import BulkLimitError, over_limit
from core.settings import Settings
from pages.scripts.components import component
from pages.sends import abort_form, time_left
from pages.sends.verdict import reason_word
from pages.text import i18n, live_text, names, palette
from pages.text.i18n import _

#: The maximum number of named sends in each group.
FIRST = 20

#: The maximum length of a text in characters.
_MOST_SHOWN = 200

KEY = "bulk_form"

# No shadow root, as in abort_form.py.
mount = component("freio_bulk_form", isolate_styles=False)


def question(
    plan: BulkPlan,
    fixed: int,
    to_type: str,
    limit: BulkLimit,
    size_before: tuple[int, int] | None,
    fresh: Freshness,
    begun: MayHaveBegun | None,
    forecasts: Mapping[ConfigurationId, Forecast],
    *,
    settings: Settings,
    stops_sends: bool,
) -> dict[str, Any]:
    """Return the data of the form.

    - `fixed`: the number of sends in the fixed list.
    - `to_type`: the text that the person must type, or "".
    - `size_before`: the first size on the screen, or None if the size has not grown. For sizes,
      see `_Open` in bulk_dialog.py.
    """
    trouble = over_limit(limit, plan.count, plan.recipients, plan.unsized)
    groups = [
        _group(group, fresh, begun, forecasts, stops_sends=stops_sends)
        for group in plan.groups.values()
        if group.count
    ]
    return {
        "light": "green" if plan.groups[BulkGroup.AT_ONCE].count else "fixed",
        "sends_label": _("Sends"),
        "sends": i18n.number(plan.count),
        "recipients_label": _("Recipients"),
        "recipients": names.amount(plan.recipients, plan.unsized),
        "limit": "" if trouble is None else _refusal(trouble),
        "grown": ""
        if size_before is None
        else _(
            "These sends have grown since you opened this: from {a} to {b} recipients.",
            a=names.amount(*size_before),
            b=names.amount(plan.recipients, plan.unsized),
        ),
        "groups": groups,
        "meaning": names.processing_meaning(
            names.state_name(send.configuration)
            for group in plan.groups.values()
            for send in group.first(FIRST)
        ),
        "fixed": i18n.plural(
            "Only this {n} send. Sends that appear later are not included.",
            "Only these {n} sends. Sends that appear later are not included.",
            fixed,
        ),
        "platform": ""
        if stops_sends or not plan.count
        else _(
            "This only records the aborts here: abort each send in the platform too ({path}).",
            path=names.platform_path(),
        ),
        "final": _("This cannot be undone.") if plan.count else "",
        "age_label": _("Data"),
        "age": live_text.facts_age(fresh),
        "old": _(
            "These facts are old. Sends may have begun since then; check in the platform too."
        ),
        "to_type": to_type,
        "typed_label": _("Type {n}, the number of sends to abort", n=to_type),
        "can_abort": bool(plan.count) and trouble is None,
        "confirm": i18n.plural("Abort {n} send", "Abort {n} sends", plan.count)
        if plan.count
        else _("Cannot be aborted"),
        "keep": _("Don't abort") if plan.count else _("Close"),
    } | abort_form.answer_texts(settings)


def _refusal(trouble: BulkLimitError) -> str:
    values = {name: i18n.value(each) for name, each in trouble.values.items()}
    return " ".join([_(trouble.happened, **values), _(trouble.todo)])


def _group(
    group: PlannedGroup,
    fresh: Freshness,
    begun: MayHaveBegun | None,
    forecasts: Mapping[ConfigurationId, Forecast],
    *,
    stops_sends: bool,
) -> dict[str, Any]:
    shown = group.first(FIRST)
    outlook = _outlook(group, fresh, begun)
    is_doubtful = outlook is Outlook.UNCERTAIN and group.group is not BulkGroup.UNKNOWN
    kind = BulkGroup.UNKNOWN if is_doubtful else group.group
    name = _name(kind, group.count, stops_sends=stops_sends)
    people = names.recipients(group.recipients, group.unsized)
    more = group.count - len(shown)
    sentence = _sentence(group.group, stops_sends=stops_sends)
    if is_doubtful:
        sentence = _(
            "At their last report, they could be stopped. Some may have begun since then: an abort "
            "does not stop those."
        )
    return {
        "key": group.group.value,
        "outlook": palette.name_of(outlook),
        "light": "green" if outlook in CAN_BE_STOPPED else "fixed",
        "heading": f"{palette.SIGNS[outlook]} {name} · {people}",
        "sentence": sentence,
        "sends": [_send(send, forecasts, fresh) for send in shown],
        "more": i18n.plural(
            "and {n} more; those above are the soonest and the largest",
            "and {n} more; those above are the soonest and the largest",
            more,
        )
        if more
        else "",
    }


def _outlook(group: PlannedGroup, fresh: Freshness, begun: MayHaveBegun | None) -> Outlook:
    if group.group is BulkGroup.LEFT_OUT:
        return Outlook.NOT_RUNNING
    if group.group is BulkGroup.UNKNOWN:
        return Outlook.UNCERTAIN

    def outlook(send: SendConfiguration) -> Outlook:
        found = outlook_now(send, fresh, platform())
        if found is not Outlook.STOPPABLE or begun is None:
            return found
        return Outlook.UNCERTAIN if begun.includes(send.id, send.scheduled_at) else found

    outlooks = [outlook(send.configuration) for send in group.sends]
    return Outlook.UNCERTAIN if Outlook.UNCERTAIN in outlooks else outlooks[0]


def _name(group: BulkGroup, count: int, *, stops_sends: bool) -> str:
    match group:
        case BulkGroup.AT_ONCE | BulkGroup.WHEN_PROCESSING_ENDS if not stops_sends:
            return i18n.plural("{n} can be stopped", "{n} can be stopped", count)
        case BulkGroup.AT_ONCE:
            return i18n.plural("{n} is stopped at once", "{n} are stopped at once", count)
        case BulkGroup.REST:
            return i18n.plural(
                "the rest of {n} is stopped", "the rest of each of {n} is stopped", count
            )
        case BulkGroup.WHEN_PROCESSING_ENDS:
            return i18n.plural(
                "{n} is stopped when processing ends",
                "{n} are stopped when processing ends",
                count,
            )
        case BulkGroup.UNKNOWN:
            return i18n.plural("{n} is uncertain", "{n} are uncertain", count)
        case BulkGroup.LEFT_OUT:
            return i18n.plural("{n} is left out", "{n} are left out", count)


def _sentence(group: BulkGroup, *, stops_sends: bool) -> str:
    match group:
        case BulkGroup.AT_ONCE | BulkGroup.WHEN_PROCESSING_ENDS if not stops_sends:
            return _("If you abort them in the platform too, they reach none of their recipients.")
        case BulkGroup.AT_ONCE:
            return _("They reach none of their recipients.")
        case BulkGroup.REST:
            return _("What has gone out cannot be stopped. Messages on their way may still arrive.")
        case BulkGroup.WHEN_PROCESSING_ENDS:
            return _("Then they reach none of their recipients.")
        case BulkGroup.UNKNOWN:
            return _(
                "The source does not say whether generation has begun. Each abort stays open "
                "until it is confirmed."
            )
        case BulkGroup.LEFT_OUT:
            return _("Nothing is done to them.")


def _send(
    send: PlannedSend, forecasts: Mapping[ConfigurationId, Forecast], fresh: Freshness
) -> dict[str, Any]:
    found, decision = send.configuration, send.decision
    closes = time_left.closes_at(found, decision, forecasts.get(found.id, UNKNOWN))
    if send.refusal is None:
        when = live_text.time_left(time_left.time_left(decision, closes, fresh), closes, fresh)
    else:
        when = escape(reason_word(found, decision) or _("not with your role"))
    details = [found.account, names.state_name(found), found.id]
    return {
        "id": found.id,
        "name": found.name[:_MOST_SHOWN],
        "details": " · ".join(filter(None, details))[:_MOST_SHOWN],
        "recipients": names.recipients(send.recipients),
        "when": when,
    }
