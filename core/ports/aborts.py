"""Port for aborts, and for the simulated platform."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.domain.lifecycle import Step
from core.domain.model import Guard, Receipt, SendConfiguration, Source
from core.ports.send_reads import SendReads


class AbortStore(SendReads, Protocol):
    """What an abort reads and writes."""

    def era(self) -> str:
        """Return the era of the data.

        Read the era before you read a send, and pass the era to the write. If the era has changed
        since then, the write does nothing. A write with the era "" does not check the era.
        """

    def commit_abort(
        self,
        guard: Guard,
        after: SendConfiguration,
        receipt: Receipt,
        *,
        era: str = "",
        only_demo: bool = False,
    ) -> bool:
        """Write an accepted abort: the send's facts, history and receipt in a transaction.

        If the guard fails or the era has changed, return False and write nothing. With `only_demo`,
        raise DemoOverError if the data is not demo data.
        """

    def record_receipt(self, receipt: Receipt, *, era: str = "", only_demo: bool = False) -> bool:
        """Write only a receipt, for example of a refused attempt.

        If the receipt already exists, return True. If the era has changed, return False and write
        nothing.
        """


class PlatformSteps(Protocol):
    """What the simulated platform needs."""

    def due_to_move(self, due: datetime, limit: int) -> Sequence[SendConfiguration]:
        """Return sends that may have a step due at `due`, earliest `scheduled_at` first."""

    def advance(self, steps: Sequence[Step], source: Source, actor: str, *, era: str = "") -> int:
        """Write the steps whose guards hold. Return the number of written steps.

        If the era has changed, write nothing.
        """
