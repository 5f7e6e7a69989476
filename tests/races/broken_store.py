"""Stores with intended faults, to show that the checker finds them."""

import time
from collections.abc import Sequence
from itertools import count
from typing import Any

from core.domain.lifecycle import Step
from core.domain.model import Guard, Receipt, SendConfiguration, Source
from core.store.engine import Engine, Transaction
from core.store.sql_store import SqlStore
from core.store.writes import statements


class UnguardedStore(SqlStore):
    """A store that checks the guard first, and then writes without it."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.commit_abort = self._commit_abort  # type: ignore[assignment]
        self.advance = self._advance  # type: ignore[assignment]

    def _commit_abort(
        self,
        guard: Guard,
        after: SendConfiguration,
        receipt: Receipt,
        *,
        era: str = "",  # noqa: ARG002 - what others forget too
        only_demo: bool = False,  # noqa: ARG002
    ) -> bool:
        if not self._looks_lawful(guard):
            return False
        with self._engine.transaction() as tx:
            self._write_unguarded(tx, guard, after)
            when = receipt.requested_at
            change = statements.change_of(
                guard, after, Source.ABORT, receipt.actor, when, receipt.id
            )
            statements.insert_changes(tx, [change])
            statements.insert_receipts(tx, [receipt])
        return True

    def _advance(
        self,
        steps: Sequence[Step],
        source: Source,
        actor: str,
        *,
        era: str = "",  # noqa: ARG002 - what others forget too
        only_demo: bool = False,  # noqa: ARG002
    ) -> int:
        taken = 0
        for step in steps:
            if not self._looks_lawful(step.guard):
                continue
            with self._engine.transaction() as tx:
                self._write_unguarded(tx, step.guard, step.after)
                when = step.after.updated_at
                assert when is not None
                change = statements.change_of(step.guard, step.after, source, actor, when)
                statements.insert_changes(tx, [change])
            taken += 1
        return taken

    def _looks_lawful(self, guard: Guard) -> bool:
        found = self.configuration(guard.id)
        time.sleep(0.002)
        return found is not None and Guard.of(found) == guard

    def _write_unguarded(self, tx: Transaction, guard: Guard, after: SendConfiguration) -> None:
        statements.count_changes(tx, [(guard, after)])
        tx.change(
            "UPDATE configurations SET state = $state, generated_records = $generated, "
            "version = version + 1 WHERE id = $id",
            {"state": after.state.value, "generated": after.generated_records, "id": after.id},
        )


class ForgetfulStore(SqlStore):
    """A store that acknowledges every tenth abort without writing it."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        commit, asked = self.commit_abort, count(1)

        def commit_most(*args: Any, **wants: Any) -> bool:
            return next(asked) % 10 == 0 or commit(*args, **wants)

        self.commit_abort = commit_most
