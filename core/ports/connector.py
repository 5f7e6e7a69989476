"""Port to the sending platform.

A connector never repeats a request. Each method raises ConnectorError if the platform gives no
usable answer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from core.domain.delivery import AnswerKind
from core.domain.model import AwareTimes
from core.domain.states import State
from core.errors import N_

NOT_ACCEPTED: Final = N_("Freio's credentials are not accepted by {platform}.")
CORRECT_CREDENTIALS: Final = N_(
    "If they are accepted again, Freio goes on by itself. Otherwise an administrator has to "
    "correct {credentials} in Freio's settings, and start Freio again."
)
REDIRECTED: Final = N_("Freio does not follow the redirect from {platform} ({target}).")
TOO_MANY: Final = N_("There are too many requests to {platform} at the moment.")
INTERNAL_ERROR: Final = N_("An internal error occurred in {platform} (HTTP {status}).")
REFUSED: Final = N_("The request was refused by {platform} (HTTP {status}).")
NOT_JSON: Final = N_("The answer of {platform} is not JSON.")
TOO_LARGE: Final = N_("The answer of {platform} is larger than {most} MB.")
ANSWERED: Final = (REDIRECTED, TOO_MANY, INTERNAL_ERROR, REFUSED, NOT_JSON, TOO_LARGE)

#: See `Connector.list`.
RECENT: Final = timedelta(minutes=10)

#: The maximum number of characters of a message in the platform's own words.
MAX_MESSAGE: Final = 500


def cleaned(words: str) -> str:
    """Return words without control characters, cut to MAX_MESSAGE characters."""
    return "".join(c if c.isprintable() else " " for c in words)[:MAX_MESSAGE].strip()


@dataclass(frozen=True, slots=True)
class Reading(AwareTimes):
    """The platform's report about a send.

    - `total`, `sent`: numbers of messages. None: unknown. `sent` can still rise after a stop.
    - `read_at`: the time of the request.
    """

    id: str
    state: State
    word: str
    total: int | None
    sent: int | None
    read_at: datetime

    @property
    def has_all_gone(self) -> bool:
        """Whether all messages were sent."""
        return self.total is not None and 0 < self.total <= (self.sent or 0)


@dataclass(frozen=True, slots=True)
class Answer:
    """The platform's answer to an abort.

    - `message`: the platform's own words without credentials.
    - `was_requested`: False if the connector sent no request to stop.
    """

    kind: AnswerKind
    message: str = ""
    was_requested: bool = True


class Connector(Protocol):
    """A connection to a sending platform. Several threads can use a connector.

    Freio calls `list` and `get` only if `reads` is true.
    """

    reads: bool

    def list(self, *, live: bool) -> Iterator[Mapping[str, object]]:
        """Return sends as the platform's records.

        With `live`, return only sends that can still change, and sends that ended less than RECENT
        ago.
        """

    def abort(self, send_id: str, key: str) -> Answer:
        """Request the stop of a send once. `key` is the receipt's id and the idempotency key.

        After an error with `may_have_arrived`, read the send before a new request.
        """

    def get(self, send_id: str) -> Reading | None:
        """Return the current report about a send, or None."""

    def close(self) -> None:
        """End all connections."""


class BridgeResult(StrEnum):
    """What a bridge answers about the result of an abort."""

    STOPPED = "stopped"
    TOO_LATE = "too_late"
    NOT_FOUND = "not_found"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class BridgeAnswer(AwareTimes):
    """A bridge's answer about an abort, with a verified signature.

    - `records_gone`: the number of sent messages, or None.
    - `id`: the id of the answer. If the bridge sends the answer again, the id is the same.
    - `sent_at`: the time at which the bridge signed the answer, in whole seconds.
    """

    receipt_id: str
    result: BridgeResult
    records_gone: int | None
    message: str
    id: str
    sent_at: datetime
