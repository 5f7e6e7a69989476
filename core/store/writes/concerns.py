"""Concerns and acknowledgements (`core.ports.receipts.ConcernStore`)."""

from collections.abc import Sequence
from datetime import datetime

from core.domain.audit_log import of_acknowledgement
from core.domain.model import (
    CONFIRMATION_OF,
    Accounts,
    Acknowledgement,
    ConfigurationId,
    Receipt,
    ReceiptId,
)
from core.store.engine import Params
from core.store.named_sql import named_sql
from core.store.reads.list_filters import all_of, one_of, visible_filter
from core.store.rows import ACKNOWLEDGEMENT, RECEIPT, placeholders, to_params
from core.store.store_part import StorePart
from core.store.writes.audit_log import append
from core.store.writes.data_origin import held_origin
from core.store.writes.retries import retried


class Concerns(StorePart):
    def concerns(
        self,
        overdue_before: datetime,
        limit: int,
        visible: Accounts = None,
        *,
        by_hand: bool = False,
        of: ConfigurationId | None = None,
    ) -> Sequence[Receipt]:
        concerned, params = _concerned(overdue_before, visible, by_hand, of)
        params = {"limit": limit, **params}
        return self._find(RECEIPT, "read", "concerns", params, concerned=concerned)

    def count_concerns(
        self, overdue_before: datetime, visible: Accounts = None, *, by_hand: bool = False
    ) -> int:
        concerned, params = _concerned(overdue_before, visible, by_hand)
        return int(self._read("read", "count_concerns", params, concerned=concerned)[0][0])

    def count_to_abort(self, visible: Accounts = None, *, by_hand: bool = False) -> int:
        condition, params = visible_filter(visible)
        found = self._read(
            "read",
            "count_to_abort",
            params,
            is_open=named_sql("log")["is_open"],
            visible=condition,
            is_to_abort=_is_to_abort(by_hand),
        )
        return int(found[0][0])

    def acknowledgements(self, ids: Sequence[ReceiptId]) -> Sequence[Acknowledgement]:
        if not ids:
            return []
        where, params = one_of("receipt_id", ids, "id")
        return self._find(ACKNOWLEDGEMENT, "read", "acknowledgements", params, where=where)

    @retried
    def acknowledge(self, acknowledgement: Acknowledgement, *, only_demo: bool = False) -> bool:
        sql = named_sql("write")
        text = sql["acknowledge"].format(
            columns=ACKNOWLEDGEMENT.sql, values=placeholders(ACKNOWLEDGEMENT.names)
        )
        params = to_params(acknowledgement, ACKNOWLEDGEMENT.names)
        id, confirmation = acknowledgement.receipt_id, CONFIRMATION_OF[acknowledgement.concern]
        with self._revision.transaction() as tx:
            held_origin(tx, only_demo=only_demo)
            if tx.locks_rows:
                # A load can confirm or contradict the abort. Wait for the commit of the load.
                tx.rows(sql["lock_send_of"], {"receipt": id})
            guard = {"receipt": id, "confirmation": confirmation.value}
            is_new = tx.change(text, {**params, **guard}) == 1
            if is_new:
                append(tx, [of_acknowledgement(acknowledgement)])
        return is_new


def _concerned(
    overdue_before: datetime,
    visible: Accounts,
    by_hand: bool,
    of: ConfigurationId | None = None,
) -> tuple[str, Params]:
    condition, params = visible_filter(visible)
    if of is not None:
        condition, params = all_of((condition, params), ("r.configuration_id = $of", {"of": of}))
    log = named_sql("log")
    text = named_sql("read")["concerned"].format(
        is_contradicted=log["is_contradicted"],
        is_open=log["is_open"],
        visible=condition,
        by_hand=str(by_hand).lower(),
        is_to_abort=_is_to_abort(by_hand),
    )
    return text, {"overdue": overdue_before, **params}


def _is_to_abort(by_hand: bool) -> str:
    return named_sql("read")["is_to_abort"].format(by_hand=str(by_hand).lower())
