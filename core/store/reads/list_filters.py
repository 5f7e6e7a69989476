"""SQL for the filters, the search and the order of a list.

The SQL text has only words from the code. Every value from a user is a parameter.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from core.domain.list_query import OVERDUE_FOR, ListQuery, Sort
from core.domain.model import Accounts
from core.domain.search_text import search_text
from core.domain.states import Outlook
from core.store.engine import Params
from core.store.state_conditions import ON_SENDS, ON_SUMMARY, StateConditions

#: A send with this outlook may have begun since the last report (see `MayHaveBegun`).
COULD_BE_STOPPED: Final = (Outlook.STOPPABLE,)

#: A condition, and the parameters of the condition.
Filter = tuple[str, Params]


def sends_filter(query: ListQuery, conditions: StateConditions) -> Filter:
    """Return the filter on `configurations` for a query, without the search words."""
    parts: list[Filter] = [_common_filter(query), _outlook_filter(query, conditions)]
    since = query.since
    if since is not None and query.looks_ahead:
        ahead = conditions.still_ahead
        condition = f"scheduled_at > $overdue_since AND (scheduled_at >= $now OR {ahead})"
        parts.append((condition, {"now": since, "overdue_since": since - OVERDUE_FOR}))
        since = None
    parts.append(between("scheduled_at", since, query.until))
    if query.ids is not None:
        parts.append(one_of("id", query.ids, "id"))
    return all_of(*parts)


def between(column: str, since: object | None, until: object | None) -> Filter:
    """Return the filter for values from `since` (included) to `until` (excluded).

    None means no bound.
    """
    bounds = (("since", ">=", since), ("until", "<", until))
    known = [bound for bound in bounds if bound[2] is not None]
    text = " AND ".join(f"{column} {sign} ${name}" for name, sign, _ in known)
    return text or "true", {name: value for name, _, value in known}


def one_of(column: str, values: Sequence[str], prefix: str) -> Filter:
    """Return the filter `column IN (…)`. The names of the parameters begin with `prefix`."""
    params: dict[str, object] = {f"{prefix}_{n}": value for n, value in enumerate(values)}
    names = ", ".join("$" + name for name in params)
    return f"{column} IN ({names})" if params else "false", params


def _outlook_filter(query: ListQuery, conditions: StateConditions) -> Filter:
    """Return the filter on outlooks. Sends in `query.begun` have the outlook UNCERTAIN."""
    if query.outlooks is None:
        return "true", {}
    reported = conditions.outlook(query.outlooks, ON_SENDS)
    if not query.begun:
        return reported, {}
    could_be_stopped = conditions.outlook(COULD_BE_STOPPED, ON_SENDS)
    listed, params = one_of("id", query.begun.surely_not, "surely_not")
    begun = f"((scheduled_at < $begun_until AND {could_be_stopped} AND NOT {listed}) IS TRUE)"
    params = {**params, "begun_until": query.begun.until}
    either = f" OR {begun}" if Outlook.UNCERTAIN in query.outlooks else ""
    return f"({reported} AND NOT {begun}){either}", params


def word_filter(word: str, accounts: Sequence[str], prefix: str) -> Filter:
    """Return the filter for sends with a word in the search text or in the account name."""
    plain = search_text(word)
    for special in ("\\", "%", "_"):
        plain = plain.replace(special, "\\" + special)
    params = {prefix: f"%{plain}%"}
    condition = rf"search_text LIKE ${prefix} ESCAPE '\'"
    if found := [account for account in accounts if search_text(word) in search_text(account)]:
        of_accounts, names = one_of("account", found, prefix)
        return f"({condition} OR {of_accounts})", {**params, **names}
    return condition, params


def summary_filter(
    query: ListQuery, first: int | None, end: int | None, conditions: StateConditions
) -> Filter:
    """Return the filter of a query for the table `daily_counts`.

    The days are from `first` (included) to `end` (excluded). None means no bound. The filter
    ignores `query.begun`.
    """
    parts: list[Filter] = [_common_filter(query)]
    if query.outlooks is not None:
        parts.append((conditions.outlook(query.outlooks, ON_SUMMARY), {}))
    return all_of(*parts, between("day", first, end))


def visible_filter(accounts: Accounts) -> Filter:
    """Return the filter for rows of visible accounts."""
    if accounts is None:
        return "true", {}
    return one_of("account", sorted(accounts), "visible")


def near(times: Sequence[datetime | None]) -> Filter:
    """Return the filter for sends from the earliest to the latest of `times` (both included).

    If `times` contains None, sends without a time match too.
    """
    known = [at for at in times if at is not None]
    if not known:
        return "scheduled_at IS NULL", {}
    condition = "scheduled_at >= $earliest AND scheduled_at <= $latest"
    if len(known) < len(times):
        condition = f"({condition}) OR scheduled_at IS NULL"
    return condition, {"earliest": min(known), "latest": max(known)}


def all_of(*filters: Filter) -> Filter:
    """Join filters with AND."""
    params = {name: value for _, values in filters for name, value in values.items()}
    return " AND ".join(f"({text})" for text, _ in filters), params


def _common_filter(query: ListQuery) -> Filter:
    parts = [visible_filter(query.visible)]
    equal = {"account": query.account, "channel": query.channel}
    parts += [(f"{name} = ${name}", {name: value}) for name, value in equal.items() if value]
    if query.state:
        # PostgreSQL has no index for coalesce(went_on_as, state).
        condition = "(state = $state AND went_on_as IS NULL) OR went_on_as = $state"
        parts.append((condition, {"state": query.state.value}))
    return all_of(*parts)


def order_by(sort: Sort, *, nulls_last: bool = True) -> str:
    """Return the text after ORDER BY.

    The last key is the id. Otherwise sends with equal values could change places between two pages.
    """
    last = " NULLS LAST" if nulls_last else ""
    return {
        Sort.NEWEST: f"scheduled_at DESC{last}, id",
        Sort.OLDEST: f"scheduled_at{last}, id",
        Sort.RECIPIENTS: f"total_records DESC{last}, id",
        Sort.FEWEST: f"total_records{last}, id",
        Sort.NAME: "search_text, id",
        Sort.NAME_DOWN: "search_text DESC, id",
    }[sort]


def soonest_first(now: datetime, conditions: StateConditions) -> Filter:
    """Return SQL and parameters of the order `Sort.SOONEST`."""
    params = {"order_now": now, "order_overdue": now - OVERDUE_FOR}
    late = f"scheduled_at > $order_overdue AND {conditions.still_ahead}"
    ahead = f"(scheduled_at >= $order_now OR ({late}))"
    past = f"CASE WHEN {ahead} THEN 0 ELSE 1 END"
    due = f"CASE WHEN {ahead} THEN scheduled_at END"
    return f"{past}, {due}, scheduled_at DESC NULLS LAST, id", params
