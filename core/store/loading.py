"""Merging a file into the store, all or nothing, by I5 and I6."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.feed.records import ImportSummary, Reject
from core.model import SendConfiguration
from core.store import rows as r
from core.store.engine import Transaction, named_sql
from core.store.vocabulary import life_rank

#: Rows that are staged with one statement.
CHUNK = 20_000

#: Columns that come from a feed; the others are the store's own.
_FED = tuple(name for name in r.CONFIGURATION_COLUMNS if name != "version")


def merge(
    tx: Transaction,
    summary: ImportSummary,
    rows: Sequence[SendConfiguration],
    rejects: Sequence[Reject],
) -> ImportSummary:
    """Merge rows within an open transaction; return the summary with its counts filled in.

    Raises ValueError where two rows have the same id: nobody could say which is meant.
    """
    if len({row.id for row in rows}) < len(rows):
        raise ValueError("the same id twice in one load")
    sql = named_sql("load")
    when = {"loaded_at": summary.loaded_at}
    tx.rows(sql["drop_staging"])
    tx.rows(sql["drop_judged"])
    tx.rows(sql["create_staging"])
    for begin in range(0, len(rows), CHUNK):
        _stage(tx, rows[begin : begin + CHUNK])
    if tx.locks_rows:
        tx.rows(sql["lock_staged"])
    tx.rows(sql["keep_known"])
    tx.rows(
        sql["judge"].format(
            same=" AND ".join(f"s.{n} IS NOT DISTINCT FROM c.{n}" for n in _FED),
            staged_rank=life_rank("s.state"),
            stored_rank=life_rank("c.state"),
            past_rank=life_rank("to_state"),
        )
    )
    fates = {str(fate): int(count) for fate, count in tx.rows(sql["fates"])}
    assigned = (n for n in (*_FED, "search_text") if n != "id")
    tx.rows(sql["update_changed"].format(assignments=", ".join(f"{n} = s.{n}" for n in assigned)))
    tx.rows(sql["insert_new"])
    tx.rows(sql["confirm_held"], when)
    tx.rows(sql["contradict_held"], when)
    tx.rows(sql["update_held"])
    tx.rows(sql["add_changes"], {**when, "actor": summary.actor})
    done = replace(
        summary,
        new=fates.get("new", 0),
        changed=fates.get("changed", 0),
        unchanged=fates.get("unchanged", 0),
        stale=fates.get("stale", 0),
        held=fates.get("held", 0),
        rejected=len(rejects),
    )
    _record(tx, done, rejects)
    tx.rows(sql["drop_staging"])
    tx.rows(sql["drop_judged"])
    return done


def _stage(tx: Transaction, rows: Sequence[SendConfiguration]) -> None:
    names = [name for name in r.CONFIGURATION_COLUMNS if name != "state"]
    tx.add_rows(
        "staging",
        (*names, "state", "search_text"),
        [
            (*(getattr(row, name) for name in names), row.state.value, r.searchable(row))
            for row in rows
        ],
    )


def _record(tx: Transaction, summary: ImportSummary, rejects: Sequence[Reject]) -> None:
    sql = named_sql("load")
    values = r.placeholders(r.IMPORT_COLUMNS)
    tx.rows(
        sql["add_import"].format(columns=r.columns(r.IMPORT_COLUMNS), values=values),
        r.import_params(summary),
    )
    if rejects:
        tx.rows(
            sql["add_rejects"],
            {
                "import_id": summary.id,
                "line": [x.line for x in rejects],
                "raw": [x.raw for x in rejects],
                "column": [x.column for x in rejects],
                "template": [x.template for x in rejects],
                "details": [r.reject_details(x) for x in rejects],
            },
        )
