"""Recognise column headings: canonical names, and headings of exports in three languages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.domain.states import squeeze
from core.errors import N_, FeedError

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

#: The canonical columns, in the order of the select boxes.
CANONICAL = tuple(_HEADINGS)


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """The place of each canonical column (from 0), and the headings that were not recognised.

    Each of `duplicates` has two headings and the column that both stand for. `missing` are the
    required columns without a heading.
    """

    places: Mapping[str, int]
    unknown: tuple[str, ...]
    duplicates: tuple[tuple[str, str, str], ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether the rows can be read with this map."""
        return not (self.duplicates or self.missing)


def match_headings(headings: Sequence[str], extra: Mapping[str, str] | None = None) -> ColumnMap:
    """Find the columns of a heading row.

    `extra` maps headings to a canonical name, or to "" to leave a column out. It takes precedence
    over the headings that Freio knows.
    """
    extra_names = {squeeze(heading): name for heading, name in (extra or {}).items()}
    taken = set(extra_names.values())
    places: dict[str, int] = {}
    unknown: list[str] = []
    duplicates: list[tuple[str, str, str]] = []
    for place, heading in enumerate(headings):
        key = squeeze(heading)
        name = extra_names[key] if key in extra_names else _BY_HEADING.get(key)
        if key not in extra_names and name in taken:
            name = None
        if not name:
            unknown.append(heading)
        elif name in places:
            duplicates.append((headings[places[name]], heading, name))
        else:
            places[name] = place
    missing = tuple(name for name in REQUIRED if name not in places)
    return ColumnMap(places, tuple(unknown), tuple(duplicates), missing)


def require_headings(headings: Sequence[str], extra: Mapping[str, str] | None = None) -> ColumnMap:
    """Find the columns of a heading row, as `match_headings` does.

    Raises FeedError if a required column is missing or two headings mean the same column.
    """
    found = match_headings(headings, extra)
    if found.duplicates:
        a, b, column = found.duplicates[0]
        raise FeedError(
            N_("The headings “{a}” and “{b}” both mean {column}."),
            N_("Rename or remove one of them, and load the file again."),
            a=a,
            b=b,
            column=column,
        )
    if found.missing:
        raise FeedError(
            N_("The file has no column for {missing}. Its headings are: {headings}."),
            N_("Load it on the page Feeds and choose there which column is which."),
            missing=", ".join(found.missing),
            headings=", ".join(headings)[:300],
        )
    return found
