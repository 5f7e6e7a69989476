"""Port to the sending platform: read its sends, and request aborts there.

A connector never repeats a request. Its caller decides about repetitions. Each method raises
ConnectorError if the platform gives no usable answer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from core.domain.delivery import AnswerKind
from core.domain.model import AwareTimes
from core.domain.states import State
from core.errors import N_

#: The error of a wrong user, token or secret: what happened, and what to do.
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
#: The errors for an answer of the platform that Freio cannot use.
ANSWERED: Final = (REDIRECTED, TOO_MANY, INTERNAL_ERROR, REFUSED, NOT_JSON, TOO_LARGE)

#: Freio keeps at most this number of characters of the platform's own words.
MAX_MESSAGE: Final = 500


def cleaned(words: str) -> str:
    """Return the platform's own words without control characters, cut to MAX_MESSAGE characters."""
    return "".join(c if c.isprintable() else " " for c in words)[:MAX_MESSAGE].strip()


@dataclass(frozen=True, slots=True)
class Reading(AwareTimes):
    """One send as the platform reported it.

    - `word`: the platform's own word for the state.
    - `total`, `sent`: numbers of messages, or None if the platform does not report them. `sent` can
      still rise for a moment after a stop.
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

    - `message`: the platform's own words, cut to MAX_MESSAGE characters, without credentials.
    - `was_requested`: False if the connector knew the answer without a request to stop the send.
    """

    kind: AnswerKind
    message: str = ""
    was_requested: bool = True


class Connector(Protocol):
    """The connection to a sending platform.

    Freio calls `list` and `get` only if `reads` is true. Several threads can use one connector at
    the same time.
    """

    reads: bool

    def list(self, *, live: bool) -> Iterator[Mapping[str, object]]:
        """Return sends as records in the platform's own format.

        With `live`, return only sends that can still change, and sends that ended a short time ago.
        """

    def abort(self, send_id: str, key: str) -> Answer:
        """Request the stop of a send once. `key` is the receipt's id and the idempotency key.

        After an error with `may_have_arrived`, the platform has perhaps got the request. The caller
        must read the send before it repeats the request.
        """

    def get(self, send_id: str) -> Reading | None:
        """Return one send as the platform reports it now, or None if the send is not there."""

    def close(self) -> None:
        """End the connections of this connector."""


class BridgeResult(StrEnum):
    """The result that a bridge reports for an abort. The database stores these values."""

    STOPPED = "stopped"
    TOO_LATE = "too_late"
    NOT_FOUND = "not_found"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class BridgeAnswer(AwareTimes):
    """A bridge's report about one abort. The signature of the report was verified.

    - `records_gone`: the number of messages that had gone out, or None if the bridge does not know.
    - `message`: the bridge's own words, cut to MAX_MESSAGE characters.
    - `id`: identifies the request of the bridge. A repeated request has the same id.
    - `sent_at`: when the bridge signed the request, in whole seconds.
    """

    receipt_id: str
    result: BridgeResult
    records_gone: int | None
    message: str
    id: str
    sent_at: datetime
