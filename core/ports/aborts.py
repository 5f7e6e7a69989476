"""Port for guarded writes to sends: aborts with receipts, and steps of the simulated platform."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.domain.lifecycle import Step
from core.domain.model import Guard, Receipt, SendConfiguration, Source
from core.ports.sends import SendReads


class AbortStore(SendReads, Protocol):
    """What an abort reads and writes."""

    def era(self) -> str:
        """Return the era of the data. The era changes when all data is replaced.

        Read the era before the facts, and pass the era to the write. If the era has changed before
        the write, the write does nothing. With the era "", a write skips this check.
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
        """Write an accepted abort: the send's facts, history and receipt in one transaction.

        Return False and write nothing if the guard fails, or if the era has changed. With
        `only_demo`, raise DemoOverError if the data is not demo data.
        """

    def record_receipt(self, receipt: Receipt, *, era: str = "", only_demo: bool = False) -> bool:
        """Write a receipt that changes no send. If the receipt already exists, return True.

        Return False and write nothing if the era has changed.
        """


class PlatformSteps(Protocol):
    """What the simulated platform needs. A step moves a send to its next state."""

    def due_to_move(self, due: datetime, limit: int) -> Sequence[SendConfiguration]:
        """Return sends whose next step is perhaps due at `due`, earliest `scheduled_at` first."""

    def advance(self, steps: Sequence[Step], source: Source, actor: str, *, era: str = "") -> int:
        """Write the steps whose guards hold, and return the number of these steps.

        If the era has changed, write nothing.
        """
