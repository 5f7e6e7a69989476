"""SQL made from the one table of states, and from a list's filters.

Only words from the code go into the SQL text; every value that a person gave is a parameter.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.feed.search import search_text
from core.listing import ListQuery, Sort
from core.model import Guard
from core.states import ABORT_TABLE, Generation, Outlook, State

#: The tables that hold data, in the order in which they are written.
TABLES = (
    "configurations",
    "state_changes",
    "receipts",
    "imports",
    "import_rejects",
    "store_facts",
    "acknowledgements",
)

STARTED = "(coalesce(generated_records, 0) > 0 OR generation_started_at IS NOT NULL)"

#: States from which a send still goes out; an uncertain one beside them is not about to.
STILL_AHEAD = "state IN ('SCHEDULED', 'PROCESANDO', 'IN-PROGRESS')"

_GENERATION = {
    Generation.STARTED: STARTED,
    Generation.NOT_STARTED: "(generated_records = 0 AND generation_started_at IS NULL)",
    Generation.UNKNOWN: "(generated_records IS NULL AND generation_started_at IS NULL)",
}

_LIFE = (
    State.SCHEDULED,
    State.PROCESANDO,
    State.IN_PROGRESS,
    State.DELIVERY_ENDING,
    State.SENT_DONE,
)


def generation_condition(guard: Guard) -> str:
    """Return the SQL condition that a guard's generation still holds."""
    return _GENERATION[guard.generation]


def outlook_condition(outlooks: Sequence[Outlook]) -> str:
    """Return the SQL condition that a configuration has one of these outlooks."""
    rows = [
        f"(state = '{rule.state}' AND {_any(rule.generations)})"
        for rule in ABORT_TABLE
        if rule.outlook in outlooks
    ]
    return f"({' OR '.join(rows)})" if rows else "false"


def _any(generations: frozenset[Generation]) -> str:
    if generations == frozenset(Generation):
        return "true"
    return "(" + " OR ".join(_GENERATION[g] for g in sorted(generations)) + ")"


def outlook_case() -> str:
    """Return the SQL expression for a configuration's outlook."""
    branches = " ".join(
        f"WHEN state = '{rule.state}' AND {_any(rule.generations)} THEN '{rule.outlook}'"
        for rule in ABORT_TABLE
    )
    return f"CASE {branches} END"


def life_rank(column: str) -> str:
    """Return the SQL expression for a state's place in a life, NULL for states beside it."""
    branches = " ".join(f"WHEN '{state}' THEN {n}" for n, state in enumerate(_LIFE))
    return f"CASE {column} {branches} END"


def where(query: ListQuery, *, states: bool = True) -> tuple[str, dict[str, object]]:
    """Return a list's filters as SQL and parameters, without those on state if so asked."""
    parts: list[str] = []
    params: dict[str, object] = {}

    def add(condition: str, **values: object) -> None:
        parts.append(condition)
        params.update(values)

    if query.since is not None:
        add("scheduled_at >= $since", since=query.since)
    if query.until is not None:
        add("scheduled_at < $until", until=query.until)
    if query.account:
        add("account = $account", account=query.account)
    if query.channel:
        add("channel = $channel", channel=query.channel)
    if query.text:
        add(r"search_text LIKE $pattern ESCAPE '\'", pattern=_pattern(query.text))
    if states and query.state is not None:
        add("state = $state", state=query.state.value)
    if states and query.outlooks:
        add(outlook_condition(query.outlooks))
    return " AND ".join(parts) or "true", params


def _pattern(text: str) -> str:
    plain = search_text(text)
    for special in ("\\", "%", "_"):
        plain = plain.replace(special, "\\" + special)
    return f"%{plain}%"


def order(sort: Sort) -> str:
    """Return a list's order as SQL. Every order ends with the id, so that pages do not overlap.

    `Sort.CLOSING` has two parts, each with an order of its own: see `closing_parts`.
    """
    return {
        Sort.NEWEST: "scheduled_at DESC, id",
        Sort.OLDEST: "scheduled_at, id",
        Sort.RECIPIENTS: "total_records DESC, id",
        Sort.NAME: "search_text, id",
    }[sort]


def closing_parts(where: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return filter and order of what can still be stopped, then of all the rest.

    Two plain orders instead of one that is computed for each row: an index or a zone map serves
    each, and a million rows need not be sorted for one page.
    """
    ahead = f"({outlook_condition((Outlook.STOPPABLE, Outlook.UNCERTAIN))} AND {STILL_AHEAD})"
    return (
        (f"{where} AND {ahead}", "scheduled_at, id"),
        (f"{where} AND {ahead} IS NOT TRUE", "scheduled_at DESC, id"),
    )
