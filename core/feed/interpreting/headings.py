"""Find the column of each field: by a mapping, or by known headings in three languages."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from core.domain.states import squeeze
from core.errors import N_, FeedError
from core.feed.interpreting.derived_columns import DerivedColumn

#: Fields that a file must have, unless its mapping says that the recipients are not reported.
REQUIRED = ("id", "name", "state", "total_records", "scheduled_at")

#: Headings for each canonical column, separated by commas. Case, accents, spaces and punctuation
#: are ignored.
_HEADINGS: Mapping[str, str] = {
    "id": "id, codigo, code, number, numero, id configuracao, id configuracion",
    "name": (
        "name, nome, nombre, configuracao, configuracion, send name, nome do envio, "
        "nombre del envio, configuracao de envio, configuracion de envio"
    ),
    "campaign": "campaign, campanha, campana",
    "channel": "channel, canal",
    "account": "account, conta, cuenta, cliente, client",
    "audience": "audience, audiencia, publico, lista, list, segmento, segment",
    "state": "state, status, estado, estado de envio, estado do envio, situacao, estado del envio",
    "total_records": (
        "total records, records, recipients, registros, destinatarios, total de registros, "
        "total registros, total de destinatarios, cantidad de registros, "
        "quantidade de registros"
    ),
    "generated_records": (
        "generated records, generated, registros gerados, gerados, registros generados, generados"
    ),
    "scheduled_at": (
        "scheduled at, scheduled, scheduled for, data de envio, data do envio, data agendada, "
        "agendado para, data de agendamento, fecha de envio, fecha del envio, programado para, "
        "fecha programada"
    ),
    "processing_started_at": (
        "processing started at, inicio do processamento, inicio del procesamiento"
    ),
    "in_progress_at": "in progress at, em andamento desde, en progreso desde",
    "generation_started_at": "generation started at, inicio da geracao, inicio de la generacion",
    "finished_at": "finished at, finalizado em, fim do envio, finalizado el, fin del envio",
    "updated_at": (
        "updated at, atualizado em, actualizado el, ultima atualizacao, ultima actualizacion"
    ),
    "created_by": "created by, criado por, creado por, usuario, user",
}

_BY_HEADING = {
    squeeze(heading): name
    for name, headings in _HEADINGS.items()
    for heading in headings.split(", ")
}


#: Headings of a column that has only the hour of `scheduled_at`.
_HOURS = frozenset(
    map(
        squeeze,
        (
            *("hora", "horário", "hora de envio", "hora do envio", "horário de envio"),
            *("horário do envio", "hora agendada", "hora del envío", "hora programada"),
            *("hour", "time", "send hour", "send time", "scheduled time", "start time"),
        ),
    )
)


def is_hour(heading: str) -> bool:
    """Return whether a column with this heading may have the hours of the scheduled times."""
    return squeeze(heading) in _HOURS


def meaning_of(heading: str) -> str:
    """Return the field that a heading means without a mapping, "" if it has no meaning."""
    return _BY_HEADING.get(squeeze(heading), "")


#: The canonical columns, in the order of the select boxes.
CANONICAL = tuple(_HEADINGS)


#: A list or a sheet with this many required fields looks like sends. Two are not enough, because
#: many things have an id and a name.
_A_SEND = 3
Choice = TypeVar("Choice")


def likely(choices: Sequence[tuple[Choice, Collection[str]]]) -> list[Choice]:
    """Return the lists or sheets that may be the sends, the most likely one first.

    Each choice comes with its headings. Several are returned only if none has clearly more of the
    required fields than the others.
    """
    known = [(each, {meaning_of(heading) for heading in headings}) for each, headings in choices]
    counted = [(each, len(names.intersection(REQUIRED)), len(names)) for each, names in known]
    counted.sort(key=lambda each: each[1:], reverse=True)
    most = counted[0][1] if counted else 0
    return [
        each
        for each, count, _ in counted
        if count == most or (count == most - 1 and count >= _A_SEND)
    ]


@dataclass(frozen=True, slots=True)
class FieldSource:
    """Where the value of a field comes from: a column, several joined columns, or a fixed value.

    A column is a heading (in JSON: a path such as `settings.title`) or a position from 1. With
    `takes_first`, the first of the columns that is not empty counts. A cell with the text `unknown`
    counts as empty. Without a column and a value, the files do not report the field.
    """

    columns: tuple[str | int, ...] = ()
    value: str = ""
    takes_first: bool = False
    unknown: str = ""

    @property
    def is_reported(self) -> bool:
        """Whether the files report the field."""
        return bool(self.columns or self.value)


def read_source(value: Any) -> FieldSource | None:
    """Return a source written as in a mapping's file, None if it is not valid.

    It is a column, a list of columns to join, or a table: `{ value = "…" }`,
    `{ first = ["…", "…"] }`, `{ column = "…", unknown = "…" }` or `{ reported = false }`.
    """
    match value:
        case {"value": str(fixed), **rest} if _is_name(fixed) and not rest:
            return FieldSource(value=fixed)
        case {"reported": False, **rest} if not rest:
            return FieldSource()
        case {"first": list(columns), **rest} if not rest:
            return _of_columns(columns, takes_first=True)
        case {"column": column, "unknown": str(unknown), **rest} if _is_name(unknown) and not rest:
            return _of_columns([column], unknown=unknown.strip())
        case Mapping():
            return None
        case _:
            return _of_columns(value if isinstance(value, list) else [value])


def _of_columns(columns: list[Any], **how: Any) -> FieldSource | None:
    return FieldSource(tuple(columns), **how) if columns and all(map(_is_column, columns)) else None


def write_source(source: FieldSource) -> Any:
    """Return a source as `read_source` reads it."""
    if not source.is_reported:
        return {"reported": False}
    if source.value:
        return {"value": source.value}
    if source.takes_first:
        return {"first": list(source.columns)}
    if source.unknown:
        return {"column": source.columns[0], "unknown": source.unknown}
    return source.columns[0] if len(source.columns) == 1 else list(source.columns)


def _is_column(value: Any) -> bool:
    return _is_name(value) or (type(value) is int and value >= 1)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Where each canonical field comes from, and the headings that are not read.

    `places` is the index of each field's column, from 0. An index of `width` (the number of
    headings) or more is a column of `derived`. Each of `duplicates` has two headings and the field
    that both mean; `missing` are the required fields that have no column; `lost` are columns of the
    mapping that the file does not have.
    """

    places: Mapping[str, int]
    unknown: tuple[str, ...]
    duplicates: tuple[tuple[str, str, str], ...] = ()
    missing: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    width: int = 0
    derived: tuple[DerivedColumn, ...] = ()

    @property
    def may_leave_out_recipients(self) -> bool:
        """Whether the mapping says that the recipients of any send may be missing."""
        place = self.places.get("total_records")
        if place is None:
            return True
        return place >= self.width and bool(self.derived[place - self.width].unknown)

    @property
    def is_complete(self) -> bool:
        """Whether the rows can be read with this map."""
        return not (self.duplicates or self.missing)


class ColumnRules(Protocol):
    """The part of a mapping that says which column is which."""

    @property
    def name(self) -> str:
        """The name of the mapping, "" if it has none."""

    @property
    def fields(self) -> Mapping[str, FieldSource]:
        """The source of each field, by its canonical name."""

    @property
    def ignored(self) -> tuple[str | int, ...]:
        """Columns that are left out."""


def match_headings(headings: Sequence[str], rules: ColumnRules | None = None) -> ColumnMap:
    """Find the columns of a heading row.

    The rules take precedence over the headings that Freio knows.
    """
    keys = [squeeze(heading) for heading in headings]
    sources = {} if rules is None else rules.fields
    places: dict[str, int] = {}
    derived: list[DerivedColumn] = []
    lost: list[str] = []
    used: set[int] = set()
    for name, source in sources.items():
        found = [_place(column, keys) for column in source.columns]
        lost += [str(c) for c, place in zip(source.columns, found, strict=True) if place is None]
        columns = tuple(place for place in found if place is not None)
        used.update(columns)
        if len(columns) < len(found) and not source.takes_first:
            continue  # a column is missing: the others joined would be a wrong value
        if source.value or len(columns) > 1 or (columns and source.unknown):
            places[name] = len(keys) + len(derived)
            how = (columns, source.value, source.takes_first, source.unknown)
            derived.append(DerivedColumn(*how))
        elif columns:
            places[name] = columns[0]
    ignored = () if rules is None else rules.ignored
    used.update(p for column in ignored if (p := _place(column, keys)) is not None)
    duplicates: list[tuple[str, str, str]] = []
    for place, key in enumerate(keys):
        name = "" if place in used else _BY_HEADING.get(key, "")
        if name in sources:
            name = ""
        if name and name in places:
            duplicates.append((headings[places[name]], headings[place], name))
        elif name:
            places[name] = place
    unreported = ["total_records"] if _is_unreported(sources) else []
    missing = tuple(name for name in REQUIRED if name not in places and name not in unreported)
    read = {p for p in places.values() if p < len(keys)}
    read.update(place for each in derived for place in each.places)
    doubled = {b for _, b, _ in duplicates}
    left = [h for p, h in enumerate(headings) if p not in read and h not in doubled]
    return ColumnMap(
        places, tuple(left), tuple(duplicates), missing, tuple(lost), len(keys), tuple(derived)
    )


def _is_unreported(sources: Mapping[str, FieldSource]) -> bool:
    source = sources.get("total_records")
    return source is not None and not source.is_reported


def _place(column: str | int, keys: Sequence[str]) -> int | None:
    """Return the place of a column from 0, None if the file does not have it."""
    if isinstance(column, int):
        return column - 1 if column <= len(keys) else None
    key = squeeze(column)
    return keys.index(key) if key in keys else None


def require_headings(headings: Sequence[str], rules: ColumnRules | None = None) -> ColumnMap:
    """Find the columns of a heading row, as `match_headings` does.

    Raises FeedError if a required column is missing or two headings mean the same column.
    """
    found = match_headings(headings, rules)
    if found.duplicates:
        a, b, column = found.duplicates[0]
        raise FeedError(
            N_("The headings “{a}” and “{b}” both mean {column}."),
            N_(
                "Load it once on the page Imports, choose there which column is which, and save "
                "that as a mapping."
            ),
            a=a,
            b=b,
            column=column,
        )
    lost = _lost(headings, found.missing, rules)
    if lost and rules is not None and rules.name:
        raise FeedError(
            N_(
                "The file does not fit the mapping “{name}”: it has no column {lost}. Its headings "
                "are: {headings}."
            ),
            N_("Use another mapping, or correct this one on the page Imports."),
            name=rules.name,
            lost=", ".join(f"“{each}”" for each in lost)[:300],
            headings=", ".join(headings)[:300],
        )
    if found.missing:
        raise FeedError(
            N_("The file has no column for {missing}. Its headings are: {headings}."),
            N_(
                "Load it once on the page Imports, choose there which column is which, and save "
                "that as a mapping."
            ),
            missing=", ".join(found.missing),
            headings=", ".join(headings)[:300],
        )
    return found


def _lost(
    headings: Sequence[str], fields: Sequence[str], rules: ColumnRules | None
) -> list[str | int]:
    """Return the columns that the rules name for these fields, and that the file does not have."""
    keys = [squeeze(heading) for heading in headings]
    sources = {} if rules is None else rules.fields
    columns = [c for name in fields if name in sources for c in sources[name].columns]
    return [column for column in columns if _place(column, keys) is None]
