"""Port for guarded writes to sends: aborts, their receipts, and the platform's steps."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.domain.lifecycle import Step
from core.domain.model import Guard, Receipt, SendConfiguration, Source
from core.ports.sends import SendReads


class AbortStore(SendReads, Protocol):
    """What an abort reads and writes."""

    def era(self) -> str:
        """Return the era of the data, which changes when all data is replaced.

        A caller reads the era before the facts for a decision and passes it to the write. The
        write then does nothing if the data was replaced in between.
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

        Return False and write nothing if the guard no longer holds, or if the data has another era.
        With `only_demo`, raise DemoOverError and write nothing if the data is not demo data.
        """

    def record_receipt(
        self,
        receipt: Receipt,
        *,
        era: str = "",
        only_demo: bool = False,
    ) -> bool:
        """Write a receipt that changes no send, such as the receipt of a refused attempt.

        Return False and write nothing if the data has another era. A receipt that exists already is
        not written again.
        """


class PlatformSteps(Protocol):
    """What a platform needs to take the next steps of sends."""

    def due_to_move(self, due: datetime, limit: int) -> Sequence[SendConfiguration]:
        """Return sends whose next step may be due at `due`, earliest first."""

    def advance(self, steps: Sequence[Step], source: Source, actor: str, *, era: str = "") -> int:
        """Write the steps that pass their guards, with their history; return how many were written.

        Write none if the data has another era.
        """
