"""The connector of the demo: it answers aborts for the simulated platform.

The store has the simulated platform's own data, so a reading returns the data of the store. With
`Behaviour`, a test makes the platform slow or unreachable, or makes it refuse aborts.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.domain.delivery import AnswerKind
from core.domain.generation_batches import BATCH_RECORDS
from core.domain.model import ConfigurationId
from core.domain.states import State
from core.errors import N_, ConnectorError
from core.ports.connector import Answer, Reading
from core.ports.sends import SendReads


@dataclass(slots=True)
class Behaviour:
    """How the simulated platform answers.

    - `seconds`: how long the answer to an abort takes.
    - `lost`: the platform does this number of aborts next, but their answers are lost.
    - `is_away`: the platform does not answer.
    - `refusal`: the answer to each abort, or None. If it is TOO_LATE, readings show that the send
      has gone out.
    - `goes_on`: only the first reading after an abort shows the stop. Later readings show a running
      send.
    """

    seconds: float = 0.0
    lost: int = 0
    is_away: bool = False
    refusal: AnswerKind | None = None
    goes_on: bool = False


@dataclass(slots=True)
class SimulatedConnector:
    """Answers aborts of the demo's sends. `stopped` has the ids of the stopped sends."""

    store: SendReads
    clock: Callable[[], datetime]
    behaviour: Behaviour = field(default_factory=Behaviour)
    reads: bool = True
    stopped: set[str] = field(default_factory=set)
    _shown: set[str] = field(default_factory=set, init=False)

    def list(self, *, live: bool) -> Iterator[Mapping[str, object]]:  # noqa: ARG002
        """Return nothing, because the store already has the data of the simulated platform."""
        return iter(())

    def abort(self, send_id: str, key: str) -> Answer:  # noqa: ARG002
        """Answer after `behaviour.seconds`. Raise ConnectorError if `behaviour` demands this."""
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
        """Return the send of the store, or None.

        The reading contains other facts if `behaviour` demands this. The store is not changed.
        """
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
