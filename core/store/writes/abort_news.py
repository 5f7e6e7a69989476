"""What a report says about an abort made here, as SQL for `judgement` in `load.sql`.

`core.domain.rules.settled` has the same rules for one reading. In the conditions, `s` is the row of
the file, `c` the stored send, and `ours` its aborts.
"""

from collections.abc import Iterable

from core.domain.platform import Platform
from core.domain.states import State
from core.store.state_conditions import names_of

_GONE = (State.DELIVERY_ENDING, State.SENT_DONE)


def news_conditions(platform: Platform, generated: str) -> dict[str, str]:
    """Return the conditions of a platform. `generated` is the count of records after the report."""
    gone = f"s.state IN ({names_of(_GONE)})"
    if not platform.interrupts:
        started = "coalesce(s.generation_started_at, c.generation_started_at) IS NOT NULL"
        return {
            "went_on": f"coalesce({generated} > 0, false) OR {started} OR {gone}",
            "confirms": _confirms(platform),
            "is_restarted": "false",
            "is_confirmed": "coalesce(ours.is_confirmed, false)",
            "last_state": "max(state_before)",
        }
    return {
        # Records that were generated before the abort are no contradiction.
        "went_on": gone,
        "confirms": _confirms(platform),
        "is_restarted": _is_restarted(platform),
        # An earlier abort may be confirmed, if the send was scheduled again after it.
        "is_confirmed": "coalesce(c.abort_confirmation = 'confirmed', false)",
        "last_state": "(array_agg(state_before ORDER BY requested_at DESC, id DESC))[1]",
    }


def _confirms(platform: Platform) -> str:
    """Return the condition that the reported state confirms the abort."""
    sets = set(platform.confirming.values())
    if len(sets) == 1:
        return f"s.state IN ({names_of(sets.pop())})"
    return _any(
        f"(ours.state_before = '{before}' AND s.state IN ({names_of(confirming)}))"
        for before, confirming in platform.confirming.items()
    )


def _is_restarted(platform: Platform) -> str:
    """Return the condition that a person scheduled the send again after its abort was confirmed."""
    restarted = _any(
        f"(ours.state_before = '{before}' AND s.state NOT IN ({names_of(confirming)}))"
        for before, confirming in platform.confirming.items()
        if platform.can_restart(before)
    )
    return f"coalesce(c.abort_confirmation = 'confirmed' AND {restarted}, false)"


def _any(conditions: Iterable[str]) -> str:
    return f"({' OR '.join(conditions)})"
