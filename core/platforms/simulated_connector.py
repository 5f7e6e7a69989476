"""The connector of the demo."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.domain.delivery import AnswerKind
from core.domain.model import ConfigurationId
from core.ports.connector import Answer, Reading
from core.ports.send_reads import SendReads


@dataclass(slots=True)
class SimulatedConnector:
    """Answers each abort after `seconds`."""

    store: SendReads
    clock: Callable[[], datetime]
    seconds: float = 0.0
    reads: bool = True
    stopped: set[str] = field(default_factory=set)

    def list(self, *, live: bool) -> Iterator[Mapping[str, object]]:  # noqa: ARG002
        """Return nothing: the store already has the data."""
        return iter(())

    def abort(self, send_id: str, key: str) -> Answer:  # noqa: ARG002
        """Accept the first abort of a send."""
        time.sleep(self.seconds)
        if self.store.configuration(ConfigurationId(send_id)) is None:
            return Answer(AnswerKind.NOT_FOUND)
        is_new = send_id not in self.stopped
        self.stopped.add(send_id)
        return Answer(AnswerKind.ACCEPTED if is_new else AnswerKind.ALREADY_STOPPED)

    def get(self, send_id: str) -> Reading | None:
        """Return the send in the store, or None."""
        read_at = self.clock()
        found = self.store.configuration(ConfigurationId(send_id))
        if found is None:
            return None
        total, sent = found.total_records, found.generated_records
        return Reading(send_id, found.state, found.state.value, total, sent, read_at)

    def close(self) -> None:
        """Do nothing."""
