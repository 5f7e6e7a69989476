"""Converts between database rows and the model, one table at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from typing import Any

from core.domain.imports import ImportSummary, Reason, Reject, SettledAbort
from core.domain.model import (
    Acknowledgement,
    Concern,
    ConfigurationId,
    Confirmation,
    Receipt,
    ReceiptId,
    SendConfiguration,
    Source,
    StateChange,
)
from core.domain.states import Refusal, State, Verdict
from core.store.engine import Row

CONFIGURATION_COLUMNS = tuple(f.name for f in fields(SendConfiguration))
CHANGE_COLUMNS = tuple(f.name for f in fields(StateChange))
ACKNOWLEDGEMENT_COLUMNS = tuple(f.name for f in fields(Acknowledgement))
RECEIPT_COLUMNS = tuple(f.name for f in fields(Receipt))
#: The columns of `receipts` with the confirmation as it was when the receipt was written. The view
#: `receipts_now` has the confirmation as it is now, under the model's names.
_AS_WRITTEN = {"confirmation": "first_confirmation", "confirmed_at": "first_confirmed_at"}
WRITTEN_RECEIPT_COLUMNS = tuple(_AS_WRITTEN.get(name, name) for name in RECEIPT_COLUMNS)

#: Fields of an import summary, and its counts, whose columns have the prefix `rows_`.
_IMPORT_FIELDS = ("id", "name", "loaded_at", "actor", "as_of", "headings", "fingerprint")
_IMPORT_COUNTS = (
    *("new", "changed", "unchanged", "stale", "held", "rejected"),
    *("confirmed", "left_open", "contradicted", "missing"),
)
#: The key of all reasons but the first in a reject's details; no value has an empty name.
_MORE = ""
IMPORT_COLUMNS = (*_IMPORT_FIELDS, *(f"rows_{count}" for count in _IMPORT_COUNTS))


def columns(names: tuple[str, ...]) -> str:
    """Return column names as SQL."""
    return ", ".join(names)


def placeholders(names: tuple[str, ...]) -> str:
    """Return a named parameter for each column as SQL."""
    return ", ".join(f"${name}" for name in names)


CONFIGURATION_SQL = columns(CONFIGURATION_COLUMNS)
CHANGE_SQL = columns(CHANGE_COLUMNS)
ACKNOWLEDGEMENT_SQL = columns(ACKNOWLEDGEMENT_COLUMNS)
RECEIPT_SQL = columns(RECEIPT_COLUMNS)


def to_params(value: Any, names: tuple[str, ...]) -> dict[str, object]:
    """Return a dataclass's fields as parameters; enums become their values."""
    found = {name: getattr(value, name) for name in names}
    return {n: v.value if isinstance(v, Enum) else v for n, v in found.items()}


def to_configuration(row: Row) -> SendConfiguration:
    """Read a row of `configurations`."""
    facts: dict[str, Any] = dict(zip(CONFIGURATION_COLUMNS, row, strict=True))
    facts["id"] = ConfigurationId(facts["id"])
    facts["state"] = State(facts["state"])
    facts["reopened_from"] = State(facts["reopened_from"]) if facts["reopened_from"] else None
    return SendConfiguration(**facts)


def to_change(row: Row) -> StateChange:
    """Read a row of `state_changes`."""
    facts: dict[str, Any] = dict(zip(CHANGE_COLUMNS, row, strict=True))
    facts["from_state"] = State(facts["from_state"]) if facts["from_state"] else None
    facts["to_state"] = State(facts["to_state"])
    facts["source"] = Source(facts["source"])
    return StateChange(**facts)


def to_receipt(row: Row) -> Receipt:
    """Read a row of `receipts_now`, or of `receipts` as it was written."""
    facts: dict[str, Any] = dict(zip(RECEIPT_COLUMNS, row, strict=True))
    facts["id"] = ReceiptId(facts["id"])
    facts["verdict"] = Verdict(facts["verdict"])
    facts["refusal"] = Refusal(facts["refusal"]) if facts["refusal"] else None
    facts["state_before"] = State(facts["state_before"])
    facts["state_after"] = State(facts["state_after"])
    facts["confirmation"] = Confirmation(facts["confirmation"])
    return Receipt(**facts)


def to_acknowledgement(row: Row) -> Acknowledgement:
    """Read a row of `acknowledgements`."""
    receipt_id, concern, acknowledged_at, actor, note = row
    return Acknowledgement(ReceiptId(receipt_id), Concern(concern), acknowledged_at, actor, note)


def to_import(row: Row) -> ImportSummary:
    """Read a row of `imports`."""
    facts = dict(zip((*_IMPORT_FIELDS, *_IMPORT_COUNTS), row, strict=True))
    # Older imports lack some of them.
    known = {name: value for name, value in facts.items() if value is not None}
    known["headings"] = tuple(json.loads(known.get("headings", "[]")))
    return ImportSummary(**known)


def import_params(summary: ImportSummary) -> Mapping[str, object]:
    """Return an import summary as parameters."""
    facts: dict[str, object] = {name: getattr(summary, name) for name in _IMPORT_FIELDS}
    facts["headings"] = json.dumps(summary.headings, ensure_ascii=False)
    return facts | {f"rows_{name}": getattr(summary, name) for name in _IMPORT_COUNTS}


def to_reject(row: Row) -> Reject:
    """Read a row of `import_rejects`."""
    line, raw, column, template, details = row
    values = json.loads(details)
    more = [Reason(*each) for each in values.pop(_MORE, ())]
    return Reject(line=line, raw=raw, reasons=[Reason(template, values, column), *more])


def to_settled(row: Row) -> SettledAbort:
    """Read a row of the aborts that a file confirms, leaves open or contradicts."""
    id, name, requested_at, actor, settles, generated, raw_state = row
    return SettledAbort(
        configuration_id=ConfigurationId(id),
        name=name,
        requested_at=requested_at,
        actor=actor,
        confirmation=Confirmation(settles),
        generated=generated,
        raw_state=raw_state,
    )


def reject_details(reject: Reject) -> str:
    """Return the values of a reject's first reason, and all other reasons, as JSON."""
    first, *others = reject.reasons
    details = dict(first.values)
    if others:
        details[_MORE] = [(each.template, dict(each.values), each.column) for each in others]
    return json.dumps(details, ensure_ascii=False, default=str)
