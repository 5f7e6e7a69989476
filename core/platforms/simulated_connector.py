"""The connector of the demo: the simulated platform answers aborts as a real one would.

The store holds the simulated platform's own data, so a reading returns what the store holds.
`Behaviour` lets a test make the platform slow or unreachable, or make it refuse aborts.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from core.domain.delivery import AnswerKind
from core.domain.generation_batches import BATCH_RECORDS
from core.domain.model import ConfigurationId, SendConfiguration
from core.domain.states import State
from core.errors import N_, ConnectorError
from core.ports.connector import Answer, Reading


class _Sends(Protocol):
    def configuration(self, id: ConfigurationId) -> SendConfiguration | None:
        """Return one send, or None."""


@dataclass(slots=True)
class Behaviour:
    """How the simulated platform answers.

    It takes `seconds` for each abort. `lost` counts the next aborts that it does without an answer.
    While `is_away` is set, it does not answer. With `refusal`, it gives this answer to each abort;
    if that is TOO_LATE, readings show that the send has gone out. With `goes_on`, the first reading
    after an abort shows the stop, and later readings show that the send runs.
    """

    seconds: float = 0.0
    lost: int = 0
    is_away: bool = False
    refusal: AnswerKind | None = None
    goes_on: bool = False


@dataclass(slots=True)
class SimulatedConnector:
    """Answers aborts of the demo's sends. `stopped` has the ids of the sends that it stopped."""

    store: _Sends
    clock: Callable[[], datetime]
    behaviour: Behaviour = field(default_factory=Behaviour)
    reads: bool = True
    stopped: set[str] = field(default_factory=set)
    _shown: set[str] = field(default_factory=set, init=False)

    def list(self, *, live: bool) -> Iterator[Mapping[str, object]]:  # noqa: ARG002
        """Return nothing: the store already holds what the simulated platform knows."""
        return iter(())

    def abort(self, send_id: str, key: str) -> Answer:  # noqa: ARG002
        """Answer after `behaviour.seconds`. Raises ConnectorError as `behaviour` says."""
        time.sleep(self.behaviour.seconds)
        self._require_answer()
        found = self.store.configuration(ConfigurationId(send_id))
        answer = self.behaviour.refusal
        if found is None:
            answer = AnswerKind.NOT_FOUND
        elif answer is None:
            is_new = send_id not in self.stopped
            answer = AnswerKind.ACCEPTED if is_new else AnswerKind.ALREADY_STOPPED
            self.stopped.add(send_id)
            self._shown.discard(send_id)
        if self.behaviour.lost > 0:
            self.behaviour.lost -= 1
            raise ConnectorError(
                N_("The answer of the simulated platform was lost."),
                N_("Freio reads the send and tries again."),
                may_have_arrived=True,
            )
        return Answer(answer)

    def get(self, send_id: str) -> Reading | None:
        """Return the send as the store holds it."""
        self._require_answer()
        read_at = self.clock()
        found = self.store.configuration(ConfigurationId(send_id))
        if found is None:
            return None
        state, sent = found.state, found.generated_records
        if self.behaviour.refusal is AnswerKind.TOO_LATE:
            state, sent = State.SENT_DONE, found.total_records
        elif self.behaviour.goes_on and send_id in self._shown:
            state, sent = State.IN_PROGRESS, min(BATCH_RECORDS, found.total_records or 0)
        self._shown.add(send_id)
        return Reading(send_id, state, state.value, found.total_records, sent, read_at)

    def close(self) -> None:
        """Do nothing: there is no connection."""

    def _require_answer(self) -> None:
        if self.behaviour.is_away:
            raise ConnectorError(
                N_("The simulated platform does not answer."), N_("Freio tries again.")
            )
