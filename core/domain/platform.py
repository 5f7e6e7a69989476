"""A sending platform: its words for states, and its abort table. Pure.

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
    """One row of the abort table. A row has either a `refusal` or a `new_state`."""

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
    """Return a row in which an abort is accepted."""
    return AbortRule(state, generations, verdict, new_state, None, outlook)


def refuse(
    state: State, generations: frozenset[Generation], refusal: Refusal, outlook: Outlook
) -> AbortRule:
    """Return a row in which an abort is refused."""
    return AbortRule(state, generations, Verdict.REFUSE, None, refusal, outlook)


@dataclass(frozen=True, kw_only=True)
class Platform:
    """One sending platform.

    - `name`: the value of `FREIO_PLATFORM`.
    - `words`: the platform's own word for each of its states.
    - `table`: the abort table. Every pair of state and generation matches exactly one row.
    - `life`: the states of a send that is not stopped, in their order.
    - `confirming`: for each state before an abort, the later states that confirm the abort.
    - `restarts`: after an abort in one of these states, a person can schedule the send again.
    - `manual_path`: where in the platform a person aborts a send.
    - `generated`: the platform's word for messages that were made or sent.
    - `generation_started`: the platform's word for the start of making or sending messages.
    - `nearest`: for each state that only the sample data has, the nearest state of the platform.

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
        """Return the row of the abort table for a state and generation."""
        return self._rules[state, generation]

    @cached_property
    def interrupts(self) -> bool:
        """Whether the platform can stop a send after its generation has started (I2)."""
        return any(rule.verdict is Verdict.CANCEL_REST for rule in self.table)

    @cached_property
    def sets_back(self) -> bool:
        """Whether an abort can set a send back to draft. The send is then not cancelled."""
        return any(State.DRAFT in states for states in self.confirming.values())

    @cached_property
    def outlooks(self) -> tuple[Outlook, ...]:
        """The outlooks that a send can have, in the order of Outlook."""
        found = {rule.outlook for rule in self.table} | {Outlook.WAITING}
        return tuple(outlook for outlook in Outlook if outlook in found)

    def states_with(self, outlooks: Collection[Outlook]) -> frozenset[State]:
        """Return the states with at least one of these outlooks."""
        return frozenset(rule.state for rule in self.table if rule.outlook in outlooks)

    def word(self, state: State) -> str:
        """Return the platform's own word for a state, or the word for the nearest state."""
        known = self.nearest.get(state, state)
        return self.words.get(known, known.value)

    def confirms(self, before: State, now: State) -> bool:
        """Return whether the state `now` in a later reading confirms an abort in state `before`."""
        return now in self.confirming.get(before, frozenset())

    def can_restart(self, before: State) -> bool:
        """Return whether a person can schedule a send again after its abort in state `before`."""
        return before in self.restarts
