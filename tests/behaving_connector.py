"""A connector of the simulated platform that tests make slow or unreachable, or that refuses."""

import time
from dataclasses import dataclass, field, replace

from core.domain.delivery import SIMULATED, AnswerKind
from core.domain.generation_batches import BATCH_RECORDS
from core.domain.model import ConfigurationId
from core.domain.states import State
from core.errors import ConnectorError
from core.platforms.simulated_connector import SimulatedConnector
from core.ports.connector import Answer, Reading
from core.runtime.application import Application


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
class BehavingConnector(SimulatedConnector):
    """Answers as `behaviour` demands. It does not change the store."""

    behaviour: Behaviour = field(default_factory=Behaviour)
    _shown: set[str] = field(default_factory=set, init=False)

    def abort(self, send_id: str, key: str) -> Answer:
        time.sleep(self.behaviour.seconds)
        self._require_answer()
        refusal = self.behaviour.refusal
        if refusal is not None and self.store.configuration(ConfigurationId(send_id)):
            answer = Answer(refusal)
        else:
            answer = SimulatedConnector.abort(self, send_id, key)
            self._shown.discard(send_id)
        if self.behaviour.lost > 0:
            self.behaviour.lost -= 1
            raise ConnectorError(
                "The answer of the simulated platform was lost.",
                "Freio reads the send and tries again.",
                may_have_arrived=True,
            )
        return answer

    def get(self, send_id: str) -> Reading | None:
        self._require_answer()
        found = SimulatedConnector.get(self, send_id)
        if found is None:
            return None
        state, sent = found.state, found.sent
        if self.behaviour.refusal is AnswerKind.TOO_LATE:
            state, sent = State.SENT_DONE, found.total
        elif self.behaviour.goes_on and send_id in self._shown:
            state, sent = State.IN_PROGRESS, min(BATCH_RECORDS, found.total or 0)
        self._shown.add(send_id)
        return replace(found, state=state, word=state.value, sent=sent)

    def _require_answer(self) -> None:
        if self.behaviour.is_away:
            raise ConnectorError("The simulated platform does not answer.", "Freio tries again.")


def behaving(app: Application) -> BehavingConnector:
    """Return the connector of an application's demo, whose behaviour a test can set."""
    platforms = app.deliveries.platforms
    known = platforms[SIMULATED]
    if not isinstance(known.connector, BehavingConnector):
        assert isinstance(known.connector, SimulatedConnector)
        made = BehavingConnector(
            known.connector.store, known.connector.clock, stopped=known.connector.stopped
        )
        platforms[SIMULATED] = replace(known, connector=made)
    return platforms[SIMULATED].connector
