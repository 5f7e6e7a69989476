"""SQL conditions for `judgement` in `load.sql`: what a report says about an abort by Freio.

`s` is the row of the file, and `c` is the stored send. `ours` sums up the aborts of the send.

If a platform can interrupt sends, generated records alone do not contradict an abort. Each of these
reports does: the send has finished; the send has generated records after it was at rest. There is
no contradiction if a person scheduled the send again after the stop.
"""

from collections.abc import Iterable

from core.domain.platform import Platform
from core.domain.states import DURING_SEND, GONE_OUT, State
from core.store.state_conditions import names_of

#: On every platform, a send in a state of this set can go out.
_RUNNING = frozenset(
    {State.PENDING, State.SCHEDULED, State.PROCESANDO, State.IN_PROGRESS, State.SMTP_ERROR}
)


def news_conditions(platform: Platform, generated: str) -> dict[str, str]:
    """Return the SQL conditions of a platform. The keys are the names in `judgement`.

    `generated` is SQL for the number of generated records that the load stores.
    """
    gone = f"s.state IN ({names_of(GONE_OUT)})"
    # On listmonk, a paused send can also be aborted, so it can go out too.
    running = names_of(_RUNNING | platform.confirming.keys())
    if not platform.interrupts:
        begun = (
            "(coalesce(s.generation_started_at, c.generation_started_at) IS NOT NULL"
            f" OR {stopped_at_unknown(generated)})"
        )
        is_counted = f"coalesce({generated} > 0, false)"
        begins = "(s.generation_started_at IS NOT NULL AND c.generation_started_at IS NULL)"
        more = f"coalesce({generated} > coalesce(c.generated_records, 0), false)"
        return {
            "went_on": f"{is_counted} OR {begun} OR {gone}",
            "confirms": f"{_confirms(platform)} AND ({is_counted} OR NOT {begun})",
            "generates": f"{more} OR {begins}",
            "running": running,
            "is_restarted": "false",
            "is_confirmed": "coalesce(ours.is_confirmed, false)",
            "last_state": "max(state_before)",
            "at_rest": "CAST(NULL AS BIGINT)",
            "with_rest": "",
        }
    after_rest = f"coalesce({generated} > ours.at_rest, false)"
    return {
        # Ignore records from before the send was at rest.
        "went_on": f"{gone} OR {after_rest}",
        "confirms": _confirms(platform),
        "generates": after_rest,
        "running": running,
        "is_restarted": _is_restarted(platform),
        # `ours.is_confirmed` can be true after a person has scheduled the send again.
        "is_confirmed": "coalesce(c.abort_confirmation = 'confirmed', false)",
        "last_state": _last("r.state_before"),
        "at_rest": _last("rest.gone"),
        "with_rest": "LEFT JOIN receipt_news rest ON rest.receipt_id = r.id "
        "AND rest.kind = 'settled'",
    }


def stopped_at_unknown(generated: str) -> str:
    """Return the condition: *cancelled during send*, with an unknown number of records."""
    is_during = _any(f"strpos(lower(s.raw_state), '{word}') > 0" for word in DURING_SEND)
    return f"({generated} IS NULL AND s.state = 'CANCELLED' AND {is_during})"


def _last(column: str) -> str:
    """Return SQL for a column of the last accepted abort."""
    return f"(array_agg({column} ORDER BY r.requested_at DESC, r.id DESC))[1]"


def _confirms(platform: Platform) -> str:
    sets = set(platform.confirming.values())
    if len(sets) == 1:
        return f"s.state IN ({names_of(sets.pop())})"
    return _any(
        f"(ours.state_before = '{before}' AND s.state IN ({names_of(confirming)}))"
        for before, confirming in platform.confirming.items()
    )


def _is_restarted(platform: Platform) -> str:
    """Return the condition: a person scheduled the send again after a confirmed abort."""
    restarted = _any(
        f"(ours.state_before = '{before}' AND s.state NOT IN ({names_of(confirming)}))"
        for before, confirming in platform.confirming.items()
        if platform.can_restart(before)
    )
    return f"coalesce(c.abort_confirmation = 'confirmed' AND {restarted}, false)"


def _any(conditions: Iterable[str]) -> str:
    return f"({' OR '.join(conditions)})"
