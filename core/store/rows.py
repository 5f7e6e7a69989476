"""Convert database rows to dataclasses, and dataclasses to database rows."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from enum import Enum
from typing import Any, Generic, TypeVar, get_args, get_type_hints

from core.domain.alerts import Alert
from core.domain.delivery import Delivery
from core.domain.load_results import ImportSummary, Reason, Reject, SettledAbort
from core.domain.model import Acknowledgement, Receipt, SendConfiguration, StateChange
from core.store.engine import Row

_T = TypeVar("_T")

#: The fields and the counts of an import summary. The column of the count `new` is `rows_new`.
_IMPORT_FIELDS = ("id", "name", "loaded_at", "actor", "as_of", "headings", "fingerprint")
_IMPORT_COUNTS = (
    *("new", "changed", "unchanged", "stale", "held", "rejected"),
    *("confirmed", "left_open", "contradicted", "missing"),
)
#: The column `details` of a reject is a JSON object with the values of the first reason. Its key
#: _MORE has the list of the other reasons.
_MORE = ""
IMPORT_COLUMNS = (*_IMPORT_FIELDS, *(f"rows_{count}" for count in _IMPORT_COUNTS))


def columns(names: Sequence[str]) -> str:
    """Return `id, name` for the columns `id` and `name`."""
    return ", ".join(names)


def placeholders(names: Sequence[str]) -> str:
    """Return `$id, $name` for the columns `id` and `name`."""
    return ", ".join(f"${name}" for name in names)


def value_list(
    types: Mapping[str, str], rows: Sequence[tuple[object, ...]]
) -> tuple[str, dict[str, object]]:
    """Return a SELECT that returns the given rows, and the parameters of the SELECT.

    Each parameter has the values of a column. If all values are equal, the parameter is a single
    value, because DuckDB then needs half the time. The first parameter is always a list, because
    its length is the number of rows.
    """
    params: dict[str, object] = {}
    parts = []
    for (name, kind), values in zip(types.items(), zip(*rows, strict=True), strict=True):
        is_list = not params or any(value != values[0] for value in values)
        params[f"v_{name}"] = list(values) if is_list else values[0]
        value = f"unnest(CAST($v_{name} AS {kind}[]))" if is_list else f"CAST($v_{name} AS {kind})"
        parts.append(f"{value} AS {name}")
    return "SELECT " + ", ".join(parts), params


def to_params(value: Any, names: Iterable[str]) -> dict[str, object]:
    """Return the fields `names` of a dataclass. `State.CANCELLED` becomes `"CANCELLED"`."""
    found = {name: getattr(value, name) for name in names}
    return {n: v.value if isinstance(v, Enum) else v for n, v in found.items()}


class Columns(Generic[_T]):
    """Converts between a dataclass and a row. Each field has a column of the same name."""

    def __init__(self, kind: type[_T]) -> None:
        self.names = tuple(each.name for each in fields(kind))  # type: ignore[arg-type]
        self.sql = columns(self.names)
        self._kind = kind
        self._enums = {
            name: each
            for name, hint in get_type_hints(kind).items()
            for each in (hint, *get_args(hint))
            if isinstance(each, type) and issubclass(each, Enum)
        }

    def make(self, facts: dict[str, Any]) -> _T:
        """Make the dataclass from column values. `"CANCELLED"` becomes `State.CANCELLED`."""
        for name, enum in self._enums.items():
            if facts.get(name) is not None:
                facts[name] = enum(facts[name])
        return self._kind(**facts)

    def read(self, row: Sequence[Any]) -> _T:
        return self.make(dict(zip(self.names, row, strict=True)))

    def row(self, value: _T) -> Row:
        return tuple(to_params(value, self.names).values())


CONFIGURATION = Columns(SendConfiguration)
CHANGE = Columns(StateChange)
ALERT = Columns(Alert)
ACKNOWLEDGEMENT = Columns(Acknowledgement)
DELIVERY = Columns(Delivery)
SETTLED = Columns(SettledAbort)
#: RECEIPT is for the view `receipts_now`. WRITTEN_RECEIPT_COLUMNS is for the table `receipts`: this
#: table has only the first confirmation of each receipt.
RECEIPT = Columns(Receipt)
_AS_WRITTEN = {"confirmation": "first_confirmation", "confirmed_at": "first_confirmed_at"}
WRITTEN_RECEIPT_COLUMNS = tuple(_AS_WRITTEN.get(name, name) for name in RECEIPT.names)


def to_import(row: Row) -> ImportSummary:
    """Read a row of `imports`."""
    facts = dict(zip((*_IMPORT_FIELDS, *_IMPORT_COUNTS), row, strict=True))
    # In rows of old imports, some columns are NULL.
    known = {name: value for name, value in facts.items() if value is not None}
    known["headings"] = tuple(json.loads(known.get("headings", "[]")))
    return ImportSummary(**known)


def import_params(summary: ImportSummary) -> Mapping[str, object]:
    """Return the parameters for a row of `imports`."""
    facts: dict[str, object] = {name: getattr(summary, name) for name in _IMPORT_FIELDS}
    facts["headings"] = json.dumps(summary.headings, ensure_ascii=False)
    return facts | {f"rows_{name}": getattr(summary, name) for name in _IMPORT_COUNTS}


def to_reject(row: Row) -> Reject:
    """Read a row of `import_rejects`."""
    line, raw, column, template, details = row
    values = json.loads(details)
    more = [Reason(*each) for each in values.pop(_MORE, ())]
    return Reject(line=line, raw=raw, reasons=[Reason(template, values, column), *more])


def reject_details(reject: Reject) -> str:
    """Return the details of a reject as JSON (see _MORE)."""
    first, *others = reject.reasons
    details = dict(first.values)
    if others:
        details[_MORE] = [(each.template, dict(each.values), each.column) for each in others]
    return json.dumps(details, ensure_ascii=False, default=str)
