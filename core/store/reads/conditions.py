"""SQL made from the one table of states, and from a list's filters.

Only words from the code go into the SQL text; every value that a person gave is a parameter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.domain.list_query import ListQuery, Sort
from core.domain.model import Accounts, Guard
from core.domain.search_text import search_text
from core.domain.states import ABORT_TABLE, Generation, Outlook, State
from core.store.engine import Params

#: The tables that hold data, in the order in which they are written.
TABLES = (
    "configurations",
    "state_changes",
    "receipts",
    "imports",
    "import_rejects",
    "store_facts",
    "receipt_news",
    "acknowledgements",
    "daily_counts",
    "alerts",
    "alert_tellings",
    "ledger",
    "ledger_ends",
    "ended_logins",
)

#: Those that are kept when all data is dropped: they say that it was, or are not about it.
LASTING = ("ledger", "ledger_ends", "ended_logins")

STARTED = "(coalesce(generated_records, 0) > 0 OR generation_started_at IS NOT NULL)"

#: States from which a send still goes out; an uncertain one beside them is not about to.
STILL_AHEAD = (State.SCHEDULED, State.PROCESANDO, State.IN_PROGRESS)

IN_ROWS = {
    Generation.STARTED: STARTED,
    Generation.NOT_STARTED: "(generated_records = 0 AND generation_started_at IS NULL)",
    Generation.UNKNOWN: "(generated_records IS NULL AND generation_started_at IS NULL)",
}

IN_COUNTS = {generation: f"generation = '{generation}'" for generation in Generation}

_LIFE = (
    State.SCHEDULED,
    State.PROCESANDO,
    State.IN_PROGRESS,
    State.DELIVERY_ENDING,
    State.SENT_DONE,
)


def generation_condition(guard: Guard) -> str:
    """Return the SQL condition that a guard's generation still holds."""
    return IN_ROWS[guard.generation]


def outlook_condition(outlooks: Sequence[Outlook], written: Mapping[Generation, str]) -> str:
    """Return the SQL condition that a row has one of these outlooks.

    `written` says how a generation is written there: `IN_ROWS` of configurations, `IN_COUNTS` of
    the summary.
    """
    rows = [
        f"(state = '{rule.state}' AND {_any(rule.generations, written)})"
        for rule in ABORT_TABLE
        if rule.outlook in outlooks
    ]
    return f"({' OR '.join(rows)})" if rows else "false"


def _any(generations: frozenset[Generation], written: Mapping[Generation, str]) -> str:
    if generations == frozenset(Generation):
        return "true"
    return "(" + " OR ".join(written[g] for g in sorted(generations)) + ")"


def life_rank(column: str) -> str:
    """Return the SQL expression for a state's place in a life, NULL for states beside it."""
    branches = " ".join(f"WHEN '{state}' THEN {n}" for n, state in enumerate(_LIFE))
    return f"CASE {column} {branches} END"


#: A condition and the parameters in it.
Filter = tuple[str, Params]


def where(query: ListQuery) -> Filter:
    """Return a list's filters as SQL on `configurations`, and parameters."""
    parts: list[Filter] = [_sieve(query, IN_ROWS)]
    if query.since is not None:
        parts.append(("scheduled_at >= $since", {"since": query.since}))
    if query.until is not None:
        parts.append(("scheduled_at < $until", {"until": query.until}))
    if query.text:
        pattern = {"pattern": _pattern(query.text)}
        parts.append((r"search_text LIKE $pattern ESCAPE '\'", pattern))
    return both(*parts)


def where_counted(query: ListQuery, first: int | None, end: int | None) -> Filter:
    """Return a list's filters as SQL on the summary by day, for days from `first` until `end`."""
    parts: list[Filter] = [_sieve(query, IN_COUNTS)]
    if first is not None:
        parts.append(("day >= $first_day", {"first_day": first}))
    if end is not None:
        parts.append(("day < $end_day", {"end_day": end}))
    return both(*parts)


def visible(accounts: Accounts) -> Filter:
    """Return the filter that a row is of an account that may be seen."""
    if accounts is None:
        return "true", {}
    params: dict[str, object] = {f"seen_{n}": each for n, each in enumerate(sorted(accounts))}
    return (
        f"account IN ({', '.join('$' + name for name in params)})" if params else "false"
    ), params


def both(*filters: Filter) -> Filter:
    """Return the filter that all of these hold."""
    params = {name: value for _, values in filters for name, value in values.items()}
    return " AND ".join(f"({text})" for text, _ in filters), params


def _sieve(query: ListQuery, written: Mapping[Generation, str]) -> Filter:
    """Return the filters that rows and their summary have in common."""
    condition, values = visible(query.visible)
    parts, params = [condition], dict(values)
    for name, value in (
        ("account", query.account),
        ("channel", query.channel),
        ("state", query.state and query.state.value),
    ):
        if value:
            parts.append(f"{name} = ${name}")
            params[name] = value
    if query.outlooks:
        parts.append(outlook_condition(query.outlooks, written))
    return " AND ".join(parts), params


def _pattern(text: str) -> str:
    plain = search_text(text)
    for special in ("\\", "%", "_"):
        plain = plain.replace(special, "\\" + special)
    return f"%{plain}%"


def order(sort: Sort) -> str:
    """Return a list's order as SQL. Every order ends with the id, so that pages do not overlap.

    `Sort.CLOSING` has two parts, each with an order of its own: see `core.store.paging`.
    """
    return {
        Sort.NEWEST: "scheduled_at DESC, id",
        Sort.OLDEST: "scheduled_at, id",
        Sort.RECIPIENTS: "total_records DESC, id",
        Sort.NAME: "search_text, id",
    }[sort]
