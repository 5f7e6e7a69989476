"""What the store answers, over any engine that speaks the shared SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from core.feed.records import ImportSummary, Reject
from core.listing import Choices, HourVolume, ListQuery, Page, Sort, StateCount, Tiles
from core.model import (
    Acknowledgement,
    ConfigurationId,
    Receipt,
    ReceiptId,
    SendConfiguration,
    StateChange,
)
from core.states import Outlook, State
from core.store import rows as r
from core.store import vocabulary as v
from core.store.engine import Engine, Params, Row, migrate, named_sql
from core.store.foresight_reads import ForesightReads
from core.store.port import StoreInfo

_CONFIGURATION = r.columns(r.CONFIGURATION_COLUMNS)
_RECEIPT = r.columns(r.RECEIPT_COLUMNS)
_CHANGE = r.columns(r.CHANGE_COLUMNS)


class SqlReads(ForesightReads):
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

    def page(self, query: ListQuery) -> Page:
        """Return one page of configurations and the number on all pages."""
        where, params = v.where(query)
        total = self._count(where, params)
        if query.sort is Sort.CLOSING:
            found = self._closing_page(query, where, params)
        else:
            part = (where, v.order(query.sort))
            found = self._part(part, params, query.page_size, query.offset)
        return Page([r.to_configuration(row) for row in found], total, query)

    def _closing_page(self, query: ListQuery, where: str, params: Params) -> list[Row]:
        ahead, rest = v.closing_parts(where)
        count = self._count(ahead[0], params)
        found = []
        if query.offset < count:
            found = self._part(ahead, params, query.page_size, query.offset)
        if missing := query.page_size - len(found):
            found += self._part(rest, params, missing, max(0, query.offset - count))
        return found

    def _count(self, where: str, params: Params) -> int:
        sql = named_sql("read")["page_total"].format(where=where)
        return int(self._engine.rows(sql, params)[0][0])

    def _part(self, part: tuple[str, str], params: Params, limit: int, offset: int) -> list[Row]:
        where, order = part
        text = named_sql("read")["page"].format(columns=_CONFIGURATION, where=where, order=order)
        return self._engine.rows(text, {**params, "limit": limit, "offset": offset})

    def state_counts(self, query: ListQuery) -> Sequence[StateCount]:
        """Count by state and outlook under all filters but those on state and outlook."""
        where, params = v.where(query, states=False)
        sql = named_sql("read")["state_counts"].format(outlook=v.outlook_case(), where=where)
        return [
            StateCount(State(state), Outlook(outlook), count, recipients)
            for state, outlook, count, recipients in self._engine.rows(sql, params)
        ]

    def choices(self) -> Choices:
        """Return the accounts and channels there are."""
        found = self._engine.rows(named_sql("read")["choices"])
        accounts = tuple(value for kind, value in found if kind == "account")
        return Choices(accounts, tuple(value for kind, value in found if kind == "channel"))

    def tiles(self, now: datetime, midnight: datetime, overdue_before: datetime) -> Tiles:
        """Return the overview's figures; `midnight` is when the reader's day began."""
        sql = named_sql("read")
        day = timedelta(days=1)
        window = {"tomorrow": now + day, "yesterday": now - day}
        row = self._engine.rows(sql["tiles"].format(started=v.STARTED), window)[0]
        stopped = self._engine.rows(sql["stopped_since"], {"midnight": midnight})[0]
        return Tiles(
            scheduled_next_day=(row[0], row[1]),
            processing=(row[2], row[3]),
            in_progress_stoppable=(row[4], row[5]),
            generating=(row[6], row[7]),
            stopped_today=(stopped[0], stopped[1]),
            needs_attention=row[8] + self.count_concerns(overdue_before),
        )

    def volume(self, since: datetime, until: datetime) -> Sequence[HourVolume]:
        """Return recipients by hour of `scheduled_at` and outlook, in order of time."""
        sql = named_sql("read")["volume"].format(outlook=v.outlook_case())
        found = self._engine.rows(sql, {"since": since, "until": until})
        return [HourVolume(row[0], Outlook(row[1]), row[2], row[3]) for row in found]

    def closing(self, outlooks: Sequence[Outlook], limit: int) -> Sequence[SendConfiguration]:
        """Return the sends of these outlooks with the earliest `scheduled_at`."""
        where = f"{v.STILL_AHEAD} AND {v.outlook_condition(outlooks)}"
        sql = named_sql("read")["closing"].format(columns=_CONFIGURATION, where=where)
        return [r.to_configuration(row) for row in self._engine.rows(sql, {"limit": limit})]

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

    def concerns(self, overdue_before: datetime, limit: int) -> Sequence[Receipt]:
        """Return accepted aborts that somebody must look at, contradicted ones first."""
        sql = named_sql("read")
        text = sql["concerns"].format(columns=_RECEIPT, concern=sql["concern"])
        found = self._engine.rows(text, {"overdue": overdue_before, "limit": limit})
        return [r.to_receipt(row) for row in found]

    def count_concerns(self, overdue_before: datetime) -> int:
        """Count accepted aborts that somebody must look at."""
        sql = named_sql("read")
        text = sql["count_concerns"].format(concern=sql["concern"])
        return int(self._engine.rows(text, {"overdue": overdue_before})[0][0])

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

    def receipts(self, limit: int, offset: int) -> Sequence[Receipt]:
        """Return receipts, newest first."""
        sql = named_sql("read")["receipts"].format(columns=_RECEIPT)
        found = self._engine.rows(sql, {"limit": limit, "offset": offset})
        return [r.to_receipt(row) for row in found]

    def receipt_counts(self) -> dict[str, int]:
        """Count receipts by verdict."""
        return _counts(self._engine.rows(named_sql("read")["receipt_counts"]))

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

    def moving(self, due: datetime, limit: int) -> Sequence[SendConfiguration]:
        """Return sends that the platform may take further by `due`, the earliest first."""
        sql = named_sql("read")["moving"].format(columns=_CONFIGURATION)
        found = self._engine.rows(sql, {"due": due, "limit": limit})
        return [r.to_configuration(row) for row in found]

    def all_receipts(self) -> list[Receipt]:
        """Return every receipt, oldest first."""
        sql = named_sql("read")["all_receipts"].format(columns=_RECEIPT)
        return [r.to_receipt(row) for row in self._engine.rows(sql)]

    def has_import(self, id: str) -> bool:
        """Tell whether an import was written."""
        sql = named_sql("read")["import"].format(columns=r.columns(r.IMPORT_COLUMNS))
        return bool(self._engine.rows(sql, {"id": id}))


def _counts(rows: Sequence[Row]) -> dict[str, int]:
    return {str(name): int(count) for name, count in rows}
