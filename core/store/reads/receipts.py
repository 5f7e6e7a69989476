"""The log of aborts: a page of it, its days, and all of it to be taken away."""

from __future__ import annotations

from collections.abc import Sequence
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
from core.store import rows as r
from core.store.engine import Engine, Row, named_sql
from core.store.reads import conditions as v

_RECEIPT = r.columns(tuple(f"r.{name}" for name in r.RECEIPT_COLUMNS))

_NOTED = r.columns(tuple(f"noted.{name}" for name in r.ACKNOWLEDGEMENT_COLUMNS))

_OUTCOMES = {
    Outcome.STOPPED: named_sql("log")["is_confirmed"],
    Outcome.TOO_LATE: "refusal IN ('too_late', 'finished')",
    Outcome.REFUSED: "verdict = 'refuse'",
    Outcome.NOT_ALLOWED: "refusal = 'not_allowed'",
    Outcome.OPEN: named_sql("log")["is_open"],
    Outcome.CONTRADICTED: named_sql("log")["is_contradicted"],
}


class SqlLog:
    """The part of the store port that answers with the log of aborts."""

    _engine: Engine

    def receipt_page(self, query: ReceiptQuery) -> ReceiptPage:
        """Return one page of the log, newest first."""
        where, params = _where(query)
        sql = named_sql("log")
        total = int(self._engine.rows(sql["total"].format(where=where), params)[0][0])
        text = sql["page"].format(columns=_RECEIPT, where=where)
        page = {**params, "limit": PAGE_SIZE, "offset": query.offset}
        return ReceiptPage([r.to_receipt(row) for row in self._engine.rows(text, page)], total)

    def receipt_days(self, query: ReceiptQuery, zone: str, days: int) -> Sequence[ReceiptDay]:
        """Return the last days with an attempt, newest first, by the days of a time zone."""
        where, params = _where(query)
        sql = named_sql("log")
        known = {name: sql[name] for name in ("is_contradicted", "is_open", "is_confirmed")}
        text = sql["days"].format(where=where, **known)
        found = self._engine.rows(text, {**params, "zone": zone, "days": days})
        return [
            ReceiptDay(
                day=row[0],
                stopped=row[1],
                spared=row[2],
                unconfirmed=row[3],
                too_late=row[4],
                contradicted=row[5],
                half_after=None if row[6] is None else timedelta(seconds=max(0.0, row[6])),
            )
            for row in found
        ]

    def receipt_choices(self, visible: Accounts) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the people and the accounts in the log."""
        where, params = v.visible(visible)
        found = self._engine.rows(named_sql("log")["choices"].format(where=where), params)
        people = tuple(value for kind, value in found if kind == "actor")
        return people, tuple(value for kind, value in found if kind == "account")

    def logged_receipts(self, query: ReceiptQuery, limit: int) -> Sequence[LoggedReceipt]:
        """Return receipts with their places in the record, oldest first."""
        where, params = _where(query)
        text = named_sql("log")["placed"].format(columns=_RECEIPT, where=where, noted=_NOTED)
        found = self._engine.rows(text, {**params, "limit": limit})
        return [_placed(row) for row in found]


def _placed(row: Row) -> LoggedReceipt:
    at = len(r.RECEIPT_COLUMNS)
    number, hash, *noted = row[at:]
    seen = r.to_acknowledgement(tuple(noted)) if noted[0] else None
    return LoggedReceipt(r.to_receipt(row[:at]), number, hash or "", seen)


def _where(query: ReceiptQuery) -> v.Filter:
    parts: list[v.Filter] = [v.visible(query.visible)]
    if query.actor:
        parts.append(("actor = $actor", {"actor": query.actor}))
    if query.account:
        parts.append(("account = $account", {"account": query.account}))
    if query.since is not None:
        parts.append(("requested_at >= $since", {"since": query.since}))
    if query.until is not None:
        parts.append(("requested_at < $until", {"until": query.until}))
    if query.outcome is not None:
        parts.append((_OUTCOMES[query.outcome], {}))
    return v.both(*parts)
