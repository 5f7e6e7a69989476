"""A sending platform: state words, and the abort table. Pure.

The abort table says what an abort does in each state. `core.platforms` has all platforms.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from core.domain.states import Generation, Outlook, Refusal, State, Verdict

ANY: Final = frozenset(Generation)
BEGUN: Final = frozenset({Generation.STARTED})
NOT_BEGUN: Final = frozenset({Generation.NOT_STARTED})
UNREPORTED: Final = frozenset({Generation.UNKNOWN})
NOT_KNOWN_TO_HAVE_BEGUN: Final = NOT_BEGUN | UNREPORTED


@dataclass(frozen=True, slots=True)
class AbortRule:
    """A row of the abort table, with either a `refusal` or a `new_state`."""

    state: State
    generations: frozenset[Generation]
    verdict: Verdict
    new_state: State | None
    refusal: Refusal | None
    outlook: Outlook


def accept(
    state: State,
    generations: frozenset[Generation],
    verdict: Verdict,
    new_state: State,
    outlook: Outlook = Outlook.STOPPABLE,
) -> AbortRule:
    """Return a row that accepts an abort."""
    return AbortRule(state, generations, verdict, new_state, None, outlook)


def refuse(
    state: State, generations: frozenset[Generation], refusal: Refusal, outlook: Outlook
) -> AbortRule:
    """Return a row that refuses an abort."""
    return AbortRule(state, generations, Verdict.REFUSE, None, refusal, outlook)


@dataclass(frozen=True, kw_only=True)
class Platform:
    """A sending platform.

    - `name`: the value of `FREIO_PLATFORM`.
    - `words`: the platform's own words for states.
    - `table`: the abort table. Each pair (state, generation) belongs to exactly 1 row.
    - `life`: the states of an unstopped send, in order.
    - `confirming`: for each state before an abort, the states that confirm the abort.
    - `restarts`: after an abort in one of these states, a person can schedule the send again.
    - `manual_path`: where a person aborts a send in the platform.
    - `generated`, `generation_started`: labels, for example "Sent" and "Sending started".
    - `nearest`: for each state that only the sample data has, a similar state of the platform.

    `manual_path`, `generated` and `generation_started` are texts to translate.
    """

    name: str
    words: Mapping[State, str]
    table: tuple[AbortRule, ...]
    life: tuple[State, ...]
    confirming: Mapping[State, frozenset[State]]
    restarts: frozenset[State]
    manual_path: str
    generated: str
    generation_started: str
    nearest: Mapping[State, State] = field(default_factory=dict)

    @cached_property
    def _rules(self) -> Mapping[tuple[State, Generation], AbortRule]:
        return {(rule.state, each): rule for rule in self.table for each in rule.generations}

    def rule(self, state: State, generation: Generation) -> AbortRule:
        """Return the row for a state and generation."""
        return self._rules[state, generation]

    @cached_property
    def interrupts(self) -> bool:
        """Whether the platform can stop a send after the start of generation (I2)."""
        return any(rule.verdict is Verdict.CANCEL_REST for rule in self.table)

    @cached_property
    def sets_back(self) -> bool:
        """Whether an abort can set a send back to draft instead of cancelled."""
        return any(State.DRAFT in states for states in self.confirming.values())

    @cached_property
    def outlooks(self) -> tuple[Outlook, ...]:
        """The outlooks that a send can have, in the order of Outlook."""
        found = {rule.outlook for rule in self.table} | {Outlook.WAITING}
        return tuple(outlook for outlook in Outlook if outlook in found)

    def states_with(self, outlooks: Collection[Outlook]) -> frozenset[State]:
        """Return the states of all rows with an outlook in `outlooks`."""
        return frozenset(rule.state for rule in self.table if rule.outlook in outlooks)

    def word(self, state: State) -> str:
        """Return the platform's own word for a state or for the nearest state."""
        known = self.nearest.get(state, state)
        return self.words.get(known, known.value)

    def confirms(self, before: State, now: State) -> bool:
        """Return whether the state `now` confirms an abort in the state `before`."""
        return now in self.confirming.get(before, frozenset())

    def can_restart(self, before: State) -> bool:
        """Return whether a person can schedule a send again after an abort in state `before`."""
        return before in self.restarts
