"""SQL conditions from the abort table of the platform (`core.domain.platform`)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.domain.model import Confirmation
from core.domain.platform import AbortRule, Platform
from core.domain.rules import outlook
from core.domain.states import ON_ITS_WAY, Generation, Outlook, Refusal, State
from core.platforms import icomm

#: A condition for a row of `configurations`: generation has started.
STARTED: Final = "(coalesce(generated_records, 0) > 0 OR generation_started_at IS NOT NULL)"

#: A condition for each value of Generation. ON_SENDS is for rows of `configurations`. ON_SUMMARY is
#: for rows of `daily_counts`.
ON_SENDS: Final = {
    Generation.STARTED: STARTED,
    Generation.NOT_STARTED: "(generated_records = 0 AND generation_started_at IS NULL)",
    Generation.UNKNOWN: "(generated_records IS NULL AND generation_started_at IS NULL)",
}
ON_SUMMARY: Final = {generation: f"generation = '{generation}'" for generation in Generation}

_CONFIRMATIONS: Final[Mapping[Confirmation | None, str]] = {None: "abort_confirmation IS NULL"} | {
    each: f"abort_confirmation = '{each}'"
    for each in Confirmation
    if each not in (Confirmation.NOT_APPLICABLE, Confirmation.RAN_AGAIN)
}
_ENDED: Final = (Refusal.FINISHED, Refusal.ALREADY, Refusal.PLATFORM_STOPPED)


def names_of(states: Iterable[State]) -> str:
    """Return the text inside the parentheses of `state IN (…)`."""
    return ", ".join(f"'{state}'" for state in sorted(states))


#: The condition: the state is in ON_ITS_WAY, and no start of generation is reported.
AWAITS_GENERATION: Final = f"(state IN ({names_of(ON_ITS_WAY)}) AND NOT {STARTED})"


@dataclass(frozen=True, slots=True)
class StateConditions:
    platform: Platform

    @property
    def still_ahead(self) -> str:
        """A condition for a row of `configurations`: messages can still be stopped."""
        not_ended = {rule.state for rule in self.platform.table if rule.refusal not in _ENDED}
        not_begun = f"(state IN ({names_of(not_ended)}) AND NOT {STARTED})"
        if not self.platform.interrupts:
            return not_begun
        return f"({not_begun} OR {self.outlook((Outlook.REST_STOPPABLE,), ON_SENDS)})"

    def outlook(self, outlooks: Sequence[Outlook], on: Mapping[Generation, str]) -> str:
        """Return the condition that a send has one of `outlooks`. `on`: ON_SENDS or ON_SUMMARY."""
        rows = [
            f"(state = '{rule.state}' AND {facts})"
            for rule in self.platform.table
            if (facts := self._facts(rule, outlooks, on))
        ]
        return f"({' OR '.join(rows)})" if rows else "false"

    def _facts(
        self, rule: AbortRule, outlooks: Sequence[Outlook], on: Mapping[Generation, str]
    ) -> str:
        """Return the outlook condition for rows in `rule.state`, or "" if no row can match."""

        def matches(generation: Generation, confirmation: Confirmation | None) -> bool:
            return outlook(rule.state, generation, confirmation, self.platform) in outlooks

        found = {
            condition: frozenset(g for g in rule.generations if matches(g, c))
            for c, condition in _CONFIRMATIONS.items()
        }
        if len(set(found.values())) == 1:
            found = {"true": next(iter(found.values()))}
        parts = [f"({condition} AND {_any(gs, on)})" for condition, gs in found.items() if gs]
        return f"({' OR '.join(parts)})" if parts else ""


def _any(generations: frozenset[Generation], on: Mapping[Generation, str]) -> str:
    if generations == frozenset(Generation):
        return "true"
    return "(" + " OR ".join(on[g] for g in sorted(generations)) + ")"


def life_rank(column: str) -> str:
    """Return SQL for the position of a state in the lifecycle (NULL: not in the lifecycle).

    The lifecycle of Icomm has all states of the other lifecycles, in the same order.
    """
    life = enumerate(icomm.PLATFORM.life)
    branches = " ".join(f"WHEN '{state}' THEN {n}" for n, state in life)
    return f"CASE {column} {branches} END"
