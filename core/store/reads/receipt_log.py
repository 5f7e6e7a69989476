"""The queries on the log of aborts (`core.ports.receipts.ReceiptLog`)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from core.domain.model import Accounts
from core.domain.receipt_query import (
    PAGE_SIZE,
    LoggedReceipt,
    Outcome,
    ReceiptDay,
    ReceiptPage,
    ReceiptQuery,
)
from core.store.engine import Row
from core.store.named_sql import named_sql
from core.store.reads.list_filters import Filter, all_of, between, visible_filter
from core.store.rows import ACKNOWLEDGEMENT, RECEIPT, columns
from core.store.store_part import StorePart

_RECEIPT = columns([f"r.{name}" for name in RECEIPT.names])
_ACKNOWLEDGEMENT = columns([f"acknowledged.{name}" for name in ACKNOWLEDGEMENT.names])

_OUTCOMES = {
    Outcome.STOPPED: named_sql("log")["is_confirmed"],
    Outcome.TOO_LATE: "refusal IN ('too_late', 'finished')",
    Outcome.REFUSED: "verdict = 'refuse'",
    Outcome.NOT_ALLOWED: "refusal = 'not_allowed'",
    Outcome.OPEN: named_sql("log")["is_open"],
    Outcome.CONTRADICTED: named_sql("log")["is_contradicted"],
    Outcome.RAN_AGAIN: f"({named_sql('log')['is_rerun']})",
}


class AbortLog(StorePart):
    def receipt_counts(self, visible: Accounts = None) -> dict[str, int]:
        condition, params = visible_filter(visible)
        found = self._read("read", "receipt_counts", params, visible=condition)
        return {str(verdict): count for verdict, count in found}

    def receipt_page(self, query: ReceiptQuery) -> ReceiptPage:
        where, params = _where(query)
        if query.bulk_as_one:
            newest = named_sql("log")["newest_of_bulk"].format(where=where)
            where = f"({where}) AND {newest}"
        total = int(self._read("log", "total", params, where=where)[0][0])
        page = {**params, "limit": PAGE_SIZE, "offset": query.offset}
        return ReceiptPage(self._find(RECEIPT, "log", "page", page, where=where), total)

    def receipt_days(self, query: ReceiptQuery, zone: str, days: int) -> Sequence[ReceiptDay]:
        where, params = _where(query)
        sql = named_sql("log")
        found = self._read(
            "log",
            "days",
            {**params, "zone": zone, "days": days},
            where=where,
            spared=sql["spared"].format(row="r"),
            with_news=sql["with_news"].format(receipt="r.id"),
            **{name: sql[name] for name in ("is_contradicted", "is_open", "is_confirmed")},
        )
        return [ReceiptDay(*[*facts, _length(median)]) for *facts, median in found]

    def receipt_choices(self, visible: Accounts) -> tuple[tuple[str, ...], tuple[str, ...]]:
        where, params = visible_filter(visible)
        found = self._read("log", "choices", params, where=where)
        people = tuple(value for kind, value in found if kind == "actor")
        return people, tuple(value for kind, value in found if kind == "account")

    def logged_receipts(self, query: ReceiptQuery, limit: int) -> Sequence[LoggedReceipt]:
        where, params = _where(query)
        sql = named_sql("log")
        found = self._read(
            "log",
            "placed",
            {**params, "limit": limit},
            columns=_RECEIPT,
            where=where,
            acknowledgement=_ACKNOWLEDGEMENT,
            with_late=sql["with_late"].format(receipt="r.id"),
            with_news=sql["with_news"].format(receipt="r.id"),
        )
        return [_placed(row) for row in found]


def _length(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=max(0.0, seconds))


def _placed(row: Row) -> LoggedReceipt:
    width = len(RECEIPT.names)
    number, hash, *acknowledged, lacks_numbers, spared, gone = row[width:]
    receipt, has_gone_out = RECEIPT.read(row[:width]), gone is not None
    return LoggedReceipt(
        replace(receipt, spared=spared, gone=gone) if has_gone_out else receipt,
        number,
        hash or "",
        ACKNOWLEDGEMENT.read(acknowledged) if acknowledged[0] else None,
        bool(lacks_numbers),
        has_gone_out,
    )


def _where(query: ReceiptQuery) -> Filter:
    parts: list[Filter] = [visible_filter(query.visible)]
    texts = {"actor": query.actor, "account": query.account, "bulk_id": query.bulk_id}
    parts += [(f"{name} = ${name}", {name: value}) for name, value in texts.items() if value]
    parts.append(between("requested_at", query.since, query.until))
    if query.outcome is not None:
        parts.append((_OUTCOMES[query.outcome], {}))
    return all_of(*parts)
