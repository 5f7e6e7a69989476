"""Stores that are wrong on purpose, to show that the checker can tell."""

import time
from collections.abc import Sequence
from typing import Any

from core.domain.lifecycle import Step
from core.domain.model import Guard, Receipt, SendConfiguration, Source
from core.store import sql_store
from core.store.daily_counts import Moves
from core.store.sql_store import SqlStore


class UnguardedStore(SqlStore):
    """Looks whether the guard holds, and then writes by number alone, as others do."""

    def commit_abort(
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
            self._write(tx, guard, after)
            change = sql_store.change_of(
                guard, after, Source.ABORT, receipt.actor, receipt.requested_at
            )
            sql_store.insert_change(tx, change, receipt.id)
            sql_store.insert_receipt(tx, receipt)
        return True

    def advance(
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
                self._write(tx, step.guard, step.after)
                when = step.after.updated_at
                assert when is not None
                change = sql_store.change_of(step.guard, step.after, source, actor, when)
                sql_store.insert_change(tx, change)
            taken += 1
        return taken

    def _looks_lawful(self, guard: Guard) -> bool:
        found = self.configuration(guard.id)
        time.sleep(0.002)
        return found is not None and Guard.of(found) == guard

    def _write(self, tx: sql_store.Transaction, guard: Guard, after: SendConfiguration) -> None:
        moves = Moves()
        moves.add(guard, after)
        moves.write(tx)
        tx.change(
            "UPDATE configurations SET state = $state, generated_records = $generated, "
            "version = version + 1 WHERE id = $id",
            {"state": after.state.value, "generated": after.generated_records, "id": after.id},
        )


class ForgetfulStore(SqlStore):
    """Acknowledges every tenth abort without having written it."""

    _asked = 0

    def commit_abort(
        self, guard: Guard, after: SendConfiguration, receipt: Receipt, **wants: Any
    ) -> bool:
        self._asked += 1
        if self._asked % 10 == 0:
            return True
        return super().commit_abort(guard, after, receipt, **wants)
