"""What the store answers, over any engine that speaks the shared SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.domain.imports import ImportSummary, Reject
from core.domain.list_query import Tiles
from core.domain.model import (
    Accounts,
    Acknowledgement,
    ConfigurationId,
    Receipt,
    ReceiptId,
    SendConfiguration,
    StateChange,
)
from core.ports.store import StoreInfo
from core.store import rows as r
from core.store.engine import Engine, Row, migrate, named_sql
from core.store.reads import conditions as v
from core.store.reads.history import HistoryReads
from core.store.reads.lists import SqlLists
from core.store.reads.receipts import SqlLog

_CONFIGURATION = r.columns(r.CONFIGURATION_COLUMNS)
_RECEIPT = r.columns(r.RECEIPT_COLUMNS)
_CHANGE = r.columns(r.CHANGE_COLUMNS)


class SqlReads(SqlLists, SqlLog, HistoryReads):
    """The reading half of the store port. Migrates the schema when made."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._schema_version = migrate(engine)

    def ping(self) -> None:
        """Raise StoreError if the database does not answer."""
        self._engine.rows(named_sql("schema")["schema_version"])

    def info(self) -> StoreInfo:
        """Return engine, versions, place and row counts."""
        sql = named_sql("schema")
        version = str(self._engine.rows(sql["engine_version"])[0][0])
        counts = _counts(self._engine.rows(sql["row_counts"]))
        place = self._engine.location
        return StoreInfo(self._engine.name, version, place, self._schema_version, counts)

    def configuration(self, id: ConfigurationId) -> SendConfiguration | None:
        """Return one configuration, or None."""
        sql = named_sql("read")["configuration"].format(columns=_CONFIGURATION)
        found = self._engine.rows(sql, {"id": id})
        return r.to_configuration(found[0]) if found else None

    def is_empty(self) -> bool:
        """Tell whether there is no configuration at all."""
        return not self._engine.rows(named_sql("read")["any_configuration"])

    def tiles(
        self, now: datetime, midnight: datetime, overdue_before: datetime, visible: Accounts = None
    ) -> Tiles:
        """Return the overview's figures; `midnight` is when the reader's day began."""
        condition, params = v.visible(visible)
        log = named_sql("log")
        sql = named_sql("read")["stopped_since"].format(
            visible=condition, is_confirmed=log["is_confirmed"], is_open=log["is_open"]
        )
        stopped = self._engine.rows(sql, {"midnight": midnight, **params})[0]
        ahead = self._ahead_tiles(now, visible)
        return replace(
            ahead,
            stopped_today=(stopped[0], stopped[1]),
            unconfirmed_today=stopped[2],
            needs_attention=ahead.needs_attention + self.count_concerns(overdue_before, visible),
        )

    def history(self, id: ConfigurationId, limit: int) -> Sequence[StateChange]:
        """Return the last changes of one configuration, oldest first."""
        sql = named_sql("read")["history"].format(columns=_CHANGE)
        found = self._engine.rows(sql, {"id": id, "limit": limit})
        return [r.to_change(row) for row in reversed(found)]

    def receipts_of(self, id: ConfigurationId) -> Sequence[Receipt]:
        """Return all receipts of one configuration, newest first."""
        sql = named_sql("read")["receipts_of"].format(columns=_RECEIPT)
        return [r.to_receipt(row) for row in self._engine.rows(sql, {"id": id})]

    def receipt(self, id: ReceiptId) -> Receipt | None:
        """Return one receipt, or None."""
        sql = named_sql("read")["receipt"].format(columns=_RECEIPT)
        found = self._engine.rows(sql, {"id": id})
        return r.to_receipt(found[0]) if found else None

    def concerns(
        self, overdue_before: datetime, limit: int, visible: Accounts = None
    ) -> Sequence[Receipt]:
        """Return accepted aborts that somebody must look at, contradicted ones first."""
        sql = named_sql("read")
        condition, params = v.visible(visible)
        text = sql["concerns"].format(columns=_RECEIPT, concerned=_concerned(condition))
        found = self._engine.rows(text, {"overdue": overdue_before, "limit": limit, **params})
        return [r.to_receipt(row) for row in found]

    def count_concerns(self, overdue_before: datetime, visible: Accounts = None) -> int:
        """Count accepted aborts that somebody must look at."""
        sql = named_sql("read")
        condition, params = v.visible(visible)
        text = sql["count_concerns"].format(concerned=_concerned(condition))
        return int(self._engine.rows(text, {"overdue": overdue_before, **params})[0][0])

    def acknowledgements(self, ids: Sequence[ReceiptId]) -> Sequence[Acknowledgement]:
        """Return who has seen to these receipts, the oldest first."""
        if not ids:
            return []
        params = {f"id_{n}": id for n, id in enumerate(ids)}
        text = named_sql("read")["acknowledgements"].format(
            columns=r.columns(r.ACKNOWLEDGEMENT_COLUMNS), ids=r.placeholders(tuple(params))
        )
        return [r.to_acknowledgement(row) for row in self._engine.rows(text, params)]

    def facts_as_of(self) -> datetime | None:
        """Return when the data was last confirmed by its source, None where there is none."""
        found: datetime | None = self._engine.rows(named_sql("read")["facts_as_of"])[0][0]
        return found

    def receipts(self, limit: int, offset: int, visible: Accounts = None) -> Sequence[Receipt]:
        """Return receipts, newest first."""
        condition, params = v.visible(visible)
        sql = named_sql("read")["receipts"].format(columns=_RECEIPT, visible=condition)
        found = self._engine.rows(sql, {"limit": limit, "offset": offset, **params})
        return [r.to_receipt(row) for row in found]

    def receipt_counts(self, visible: Accounts = None) -> dict[str, int]:
        """Count receipts by verdict."""
        condition, params = v.visible(visible)
        sql = named_sql("read")["receipt_counts"].format(visible=condition)
        return _counts(self._engine.rows(sql, params))

    def imports(self, limit: int) -> Sequence[ImportSummary]:
        """Return the last imports, newest first."""
        sql = named_sql("read")["imports"].format(columns=r.columns(r.IMPORT_COLUMNS))
        return [r.to_import(row) for row in self._engine.rows(sql, {"limit": limit})]

    def rejects(self, import_id: str, limit: int) -> Sequence[Reject]:
        """Return rows that an import could not read, in order of line."""
        found = self._engine.rows(named_sql("read")["rejects"], {"id": import_id, "limit": limit})
        return [r.to_reject(row) for row in found]

    def fact(self, name: str) -> str | None:
        """Return a fact about the store itself, or None."""
        found = self._engine.rows(named_sql("read")["fact"], {"name": name})
        return str(found[0][0]) if found else None

    def ended_logins(self) -> frozenset[str]:
        """Return the logins that were ended."""
        return frozenset(row[0] for row in self._engine.rows(named_sql("read")["ended_logins"]))

    def has_import(self, id: str) -> bool:
        """Tell whether an import was written."""
        sql = named_sql("read")["import"].format(columns=r.columns(r.IMPORT_COLUMNS))
        return bool(self._engine.rows(sql, {"id": id}))


def _concerned(condition: str) -> str:
    now = named_sql("log")
    return named_sql("read")["concerned"].format(
        is_contradicted=now["is_contradicted"], is_open=now["is_open"], visible=condition
    )


def _counts(rows: Sequence[Row]) -> dict[str, int]:
    return {str(name): int(count) for name, count in rows}
