"""Find the column of each field: by a mapping, or by known headings in three languages."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from core.domain.load_results import column_name
from core.domain.states import State, parse_state, squeeze
from core.errors import N_, FeedError, Text, Texts
from core.feed.interpreting.derived_columns import DerivedColumn
from core.feed.interpreting.reading_rules import word_set
from core.feed.interpreting.remarks import REMARKS, without_remark
from core.feed.interpreting.scales import (
    FULL_NUMBERS,
    HEADING_SCALED,
    is_scaled,
    without_scale,
)
from core.feed.interpreting.zones import bare_heading, is_same_zone, plain_text, split_heading

if TYPE_CHECKING:
    from core.feed.mapping import FeedMapping  # core.feed.mapping imports this module

COUNT_FIELDS = ("total_records", "generated_records")
TIME_FIELDS = (
    "scheduled_at",
    "processing_started_at",
    "in_progress_at",
    "generation_started_at",
    "finished_at",
    "updated_at",
)
#: Fields that a file must have. A mapping can declare `total_records` as not reported.
REQUIRED = ("id", "name", "state", "total_records", "scheduled_at")


def _keys(headings: str) -> frozenset[str]:
    return frozenset(map(squeeze, word_set(headings)))


#: Known headings of each field. Case, accents, spaces and punctuation do not matter.
_HEADINGS: Mapping[str, str] = {
    "id": "id, codigo, cod, code, number, numero, id configuracao, id configuracion",
    "name": "name, nome, nombre, configuracao, configuracion, send name, nome do envio, "
    "nombre del envio, configuracao de envio, configuracion de envio",
    "campaign": "campaign, campanha, campana",
    "channel": "channel, canal",
    "account": "account, conta, cuenta, cliente, client",
    "audience": "audience, audiencia, publico, lista, list, segmento, segment",
    "state": "state, status, estado, estado de envio, estado do envio, situacao, "
    "estado del envio, estatus",
    "total_records": "total records, records, recipients, registros, destinatarios, "
    "total de registros, total registros, total de destinatarios, cantidad de registros, "
    "quantidade de registros, registros totais, registros totales, numero de registros",
    "generated_records": "generated records, generated, registros gerados, gerados, "
    "registros generados, generados",
    "scheduled_at": "scheduled at, scheduled, scheduled for, data de envio, data do envio, "
    "data agendada, agendado para, data de agendamento, fecha de envio, fecha del envio, "
    "programado para, fecha programada",
    "processing_started_at": "processing started at, inicio do processamento, "
    "inicio del procesamiento",
    "in_progress_at": "in progress at, em andamento desde, en progreso desde",
    "generation_started_at": "generation started at, inicio da geracao, inicio de la generacion",
    "finished_at": "finished at, finalizado em, fim do envio, finalizado el, fin del envio",
    "updated_at": "updated at, atualizado em, actualizado el, ultima atualizacao, "
    "ultima actualizacion",
    "created_by": "created by, criado por, creado por, usuario, user",
}

#: The third group has headings that can mean an hour without a day.
_ELSE_SCHEDULED = (
    "scheduled at date, send date, send at, send on, sending date, date to send, send date time, "
    "send date and time, scheduled send date, scheduled send, scheduled date time, "
    "scheduled delivery, schedule date time, scheduled date and time, publish date, publish at, "
    "dispatch date, dispatch at, broadcast date, deliver at, send after, planned send date, "
    "scheduled date, scheduled on, schedule date, schedule at, schedule, date scheduled, "
    "planned for, planned date, launch date, launch at, start date, start at, starts at, "
    "data envio, data e hora de envio, data e hora do envio, data hora envio, data hora de envio, "
    "data hora do envio, envio em, agendado em, agendada para, agendada em, agendamento, "
    "data agendamento, data do agendamento, data e hora do agendamento, data programada, "
    "data disparo, data prevista, data prevista de envio, data de publicacao, "
    "data de envio agendada, data agendada de envio, data e hora do disparo, "
    "data e hora de disparo, data hora agendamento, data hora do agendamento, data de disparo, "
    "data do disparo, data hora do disparo, data hora de disparo, previsto para, inicio do envio, "
    "fecha envio, fecha y hora de envio, fecha y hora del envio, fecha hora envio, "
    "fecha hora de envio, envio el, programada para, programado el, programada el, programacion, "
    "fecha de programacion, fecha agendada, agendada para el, agendado el, fecha de lanzamiento, "
    "fecha prevista, fecha prevista de envio, fecha de publicacion, fecha programada de envio, "
    "fecha de envio programada, fecha y hora de programacion, fecha y hora programada, "
    "inicio del envio",
    "sent at, sent on, sent date, date sent, delivered at, delivery date, enviado em, enviada em, "
    "disparado em, disparada em, data enviado, enviado el, enviada el, fecha enviado, "
    "fecha de entrega, data de entrega",
    "sched time, time sent, scheduled send time, broadcast time, dispatch time, send time, "
    "sent time, sending time, scheduled time, schedule time, start time, launch time, "
    "delivery time, hora de envio, hora do envio, hora envio, horario de envio, horario do envio, "
    "horario envio, hora agendada, horario agendado, hora del envio, hora programada, "
    "horario del envio, hora de disparo, horario de disparo",
    "date time, date and time, data hora, data e hora, fecha hora, fecha y hora, date, fecha",
)
#: A heading with a lower rank takes precedence. The rank is 0 in _HEADINGS, _STEP in the first
#: group of _ELSE, and 2 * _STEP in the second.
_STEP = 3
#: Less certain headings, in groups. The most likely group is first.
_ELSE = {
    "id": (
        "campaign id, send id, id do envio, id de envio, id del envio, id envio, id da campanha, "
        "id de campanha, id campanha, id de la campana, id de campana, id campana",
        "email id, message id, job id, send job id, newsletter id, mailing id, broadcast id, "
        "bulk id, schedule id, batch id, sid, id do email, id da mensagem, id do disparo, "
        "id do agendamento, id del email, id del mensaje, id del correo, id de programacion, "
        "unique id, id unico, id exclusivo, identificador, identificador unico, identifier, "
        "campaign code, codigo da campanha, codigo do envio, codigo de la campana, "
        "codigo del envio",
    ),
    "name": (
        "campaign name, nome da campanha, nome de campanha, nome campanha, nombre de la campana, "
        "nombre de campana, nombre campana, titulo do envio, titulo del envio",
        "campaign title, title, titulo, titulo da campanha, titulo de la campana, email name, "
        "message name, friendly name, display name, mailing name, newsletter name, journey name, "
        "send job name, nome do email, nome da mensagem, nombre del email, nombre del correo, "
        "nombre del mensaje, nome do disparo",
        "subject, subject line, email subject, message subject, assunto, assunto do email, "
        "linha de assunto, asunto, asunto del email, asunto del correo, linea de asunto",
    ),
    "state": (
        "campaign status, campaign state, send status, send state, status da campanha, "
        "status do envio, status de envio, estado da campanha, estado de la campana, "
        "situacao do envio, situacao da campanha",
        "job status, email status, email state, message status, current status, status do email, "
        "status da mensagem, status atual, estado atual, situacao atual, delivery status, "
        "status name, status label, status do disparo, estado actual, estado del email, "
        "estado del correo, estado del mensaje",
    ),
    "total_records": (
        "recipients recipient count, recipients size, stats recipients, statistics recipients, "
        "stats total recipients, audience size, send size",
        "total, quantidade, cantidad, qtd, qtde, volume, volumen, contacts, contatos, contactos, "
        "leads, subscribers, inscritos, suscriptores, assinantes, messages, mensagens, mensajes, "
        "number targeted, targeted, target count, to count, audience count, planned recipients, "
        "intended recipients, estimated recipients, attempted, selected contacts, list size, "
        "segment size, leads selecionados, destinatarios selecionados, contatos selecionados, "
        "base de envio, tamanho da base, tamanho da audiencia, tamanho do publico, "
        "tamanho da lista, destinatarios seleccionados, contactos seleccionados, "
        "tamano de la audiencia, tamano de la lista",
    ),
    "scheduled_at": _ELSE_SCHEDULED,
}
#: Nouns in headings such as `No. of recipients`. All other words are from _NUMBER_KEYS.
_RECIPIENTS = word_set(
    "recipient, recipients, destinatario, destinatarios, contact, contacts, contato, contatos, "
    "contacto, contactos"
)
_COUNTED_KEYS = _RECIPIENTS | word_set(
    "lead, leads, subscriber, subscribers, inscritos, suscriptores, assinantes, message, "
    "messages, mensagens, mensajes"
)
_NUMBER_KEYS = word_set(
    "total, totals, totais, totales, number, num, nr, nro, numero, count, qty, quantity, qtd, "
    "qtde, quant, quantidade, cant, cantidad"
)
_DIGIT_OR_BRACKET = re.compile(r"[\d()\[\]]")
_NUMBER_SIGN = re.compile(r"#|\bn[oro]*[.º°]+|\bno(?=\s(?:of|de)\b)", re.IGNORECASE)
#: Remarks that do not change the meaning, by field: `Recipients (contacts)`.
_REMARKS_OF = {
    "id": word_set("unique, unico, unica, primary, key, pk, primaria"),
    "total_records": _COUNTED_KEYS
    | _NUMBER_KEYS
    | word_set("people, pessoas, personas, planned, estimated, est, estimado"),
}
#: The rank of `Subject`. This column is the name only if there is no better column.
_SUBJECT = _STEP * len(_ELSE["name"])
#: Headings of the new time of a moved send. The new time takes precedence over `scheduled_at`.
#: `rescheduled at` is not in the set, because the heading can mean the time of the change.
_MOVED_KEYS = _keys(
    "rescheduled to, rescheduled for, rescheduled date, rescheduled time, rescheduled to date, "
    "rescheduled to time, new send date time, reschedule date, new send date, new send time, "
    "new date, new time, new schedule, new scheduled date, new scheduled time, new scheduled at, "
    "moved to, postponed to, postponed until, delayed until, reagendado para, reagendada para, "
    "nova data, nova data de envio, nova data do envio, nova data de disparo, nova data agendada, "
    "novo horario, novo agendamento, data reagendada, adiado para, adiada para, remarcado para, "
    "reprogramado para, reprogramada para, reprogramado a, nueva fecha, nueva fecha de envio, "
    "nueva fecha programada, fecha reprogramada, nuevo horario, nueva hora, reagendado a, "
    "pospuesto para, pospuesto hasta, aplazado a, aplazado hasta"
)
#: The rank of the least certain headings of `total_records`.
_LAST_TOTAL = _STEP * len(_ELSE["total_records"])
#: The groups of `scheduled_at` that mean a planned time. Group 0 is in _HEADINGS.
_PLANNED = (0, 1, len(_ELSE_SCHEDULED) - 1)
#: Headings of counts that grow while the send goes out: `Delivered`.
_NEAR_TOTAL_KEYS = _keys(
    "sent, delivered, emails sent, total sent, total delivered, successful deliveries, enviados, "
    "entregues, entregados, total enviados, total entregues, total entregados"
)
#: Headings of the hour of `scheduled_at`.
_HOUR_KEYS = _keys(_ELSE_SCHEDULED[-2]) | _keys(
    "hour, time, time of day, send hour, sent hour, start hour, scheduled hour, launch time, "
    "hora, hora do disparo, hora de disparo, hora do agendamento, hora de agendamento, "
    "hora do inicio, hora de inicio, hora del inicio, hora del disparo, hora de lanzamiento, "
    "hora programada, horario, horario do disparo, horario de disparo, horario do agendamento, "
    "horario de lanzamiento, horario programado"
)


_BY_HEADING = {
    key: (name, 0) for name, headings in _HEADINGS.items() for key in _keys(headings)
} | {
    key: (name, _STEP * rank)
    for name, ranks in _ELSE.items()
    for rank, headings in enumerate(ranks, start=1)
    for key in _keys(headings)
}
#: `Send time (UTC)` ranks before `Send time`, and `Send time (ISO 8601)` after `Send time`.
_WITH_ZONE = -1
_WITH_REMARK = 1
#: Headings that mean the scheduled time only with a zone: `Sent (GMT-3)`, `Hora (Brasília)`.
_TIME_WITH_ZONE_KEYS = _keys("sent, enviado, enviada, data, dia, day, hora, horario, time, hour")
_ZONE_KEYS = _keys(
    "timezone, time zone, tz, utc offset, gmt offset, fuso, fuso horario, zona horaria, "
    "huso horario, huso, send timezone, send tz, scheduled timezone, scheduled tz, "
    "scheduled at timezone, scheduled at tz, schedule timezone, schedule tz, campaign timezone, "
    "timezone name, timezone id, tz name, tz id, fuso do envio, fuso horario do envio, "
    "zona horaria del envio, huso del envio, tz offset, timezone offset, offset utc, offset gmt, "
    "utc offset hours, tz offset hours, timezone offset hours, offset from utc, offset hours, "
    "send offset, send utc offset, send tz offset, scheduled utc offset, scheduled tz offset, "
    "fuso utc, fuso gmt, fuso horario utc, fuso horario gmt, zona horaria utc, zona horaria gmt, "
    "diferenca utc, diferencia utc, desfase utc, desfase horario, huso utc"
)
#: Headings of the zone of the account. Freio uses this zone only if no better zone is known.
_ACCOUNT_ZONE_KEYS = _keys(
    "account timezone, account tz, timezone account, timezone of the account, client timezone, "
    "timezone da conta, fuso da conta, fuso horario da conta, fuso horario conta, "
    "zona horaria de la cuenta, zona horaria cuenta, huso horario de la cuenta"
)
_REGION_KEYS = _keys("zone, zona")
_MAYBE_ZONE_KEYS = _REGION_KEYS | {"offset"}
#: Words that show a zone, but perhaps not the zone of the times: `Contact timezone`.
_ZONE_WORDS = ("timezone", "fusohorario", "zonahoraria", "husohorario")
#: Paths such as `attributes.name` in JSON:API: an inner object has the fields of a send.
_PART = re.compile(
    r"(attributes|_source|fields|properties|document|doc|node|data|value)\.(.+)", re.IGNORECASE
)
#: Added to the rank: _IN_PART for a heading that matches _PART, _HIDDEN for `_id`.
_IN_PART = 30 * _STEP
_HIDDEN = 2 * _IN_PART
#: The column for the keys in `{"101": {…}, "102": {…}}`.
KEY = "_key"
#: A heading with the sign of a percentage or a currency is not a count.
_NO_COUNT = re.compile("[%‰$€£]")
_IN_BRACKETS = re.compile(r"\(.*\)|\[.*\]")
_DAY_WORDS = word_set("date, day, data, dia, fecha")
_HOUR_WORDS = word_set("time, hour, hora, horario")
_MINUTE_WORDS = word_set("minute, minutes, minuto, minutos, min, mins")
_SCHEDULE_WORDS = word_set(
    "send, sent, sending, scheduled, schedule, start, launch, dispatch, envio, disparo, "
    "agendamento, agendado, inicio, lanzamiento, programado"
)
_LINKS = word_set("at, of, on, for, the, de, do, da, del, el, la, para")
_ANY_REMARKS = REMARKS.union(*_REMARKS_OF.values())
_SENT_WORDS = word_set("send, sent, sending")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def is_hour(heading: str) -> bool:
    """Return whether a heading can mean the hour of the scheduled time."""
    bare = _PART.sub(r"\2", heading)
    return not _HOUR_KEYS.isdisjoint(map(squeeze, (bare, _IN_BRACKETS.sub("", bare))))


def names_minutes(heading: str) -> bool:
    """Return whether a heading can mean the minute of the scheduled time.

    >>> names_minutes("Send Minute"), names_minutes("Min"), names_minutes("Duration (min)")
    (True, True, False)
    """
    words = _words_of(heading.replace(".", " "))
    known = _MINUTE_WORDS | _HOUR_WORDS | _DAY_WORDS | _SCHEDULE_WORDS
    return bool(words & _MINUTE_WORDS) and words <= known


def is_zone(heading: str) -> bool:
    """Return whether a heading means the zone of the scheduled time."""
    return squeeze(_PART.sub(r"\2", heading)) in _ZONE_KEYS


def names_account_zone(heading: str) -> bool:
    """Return whether a heading means the zone of the account."""
    return squeeze(_PART.sub(r"\2", heading)) in _ACCOUNT_ZONE_KEYS


def may_be_zone(heading: str) -> bool:
    """Return whether a heading can mean a zone."""
    found = squeeze(heading)
    return found in _MAYBE_ZONE_KEYS | _ZONE_KEYS or any(word in found for word in _ZONE_WORDS)


def may_have_regions(heading: str) -> bool:
    """Return whether a heading can mean regions: `Zone`."""
    return squeeze(heading) in _REGION_KEYS


def may_be_offset(heading: str) -> bool:
    """Return whether a heading can mean an offset from UTC."""
    found = squeeze(heading)
    return "offset" in found or "desfase" in found or found in ("utc", "gmt")


@lru_cache(4_096)
def _meaning(heading: str) -> tuple[str, int]:
    """Return the field and the rank of a heading, or "" and 0."""
    name, rank = _meaning_of_words(heading)
    is_no_count = name in COUNT_FIELDS and _NO_COUNT.search(heading)
    return ("", 0) if is_no_count else (name, rank)


def _meaning_of_words(heading: str) -> tuple[str, int]:
    if heading == KEY:
        return "id", 2 * _HIDDEN
    name, rank = _BY_HEADING.get(squeeze(heading), ("", 0))
    if name:
        return name, rank + _HIDDEN * heading.startswith("_")
    if part := _PART.fullmatch(heading):
        name, rank = _meaning(part.group(2))
        return name, rank + _IN_PART
    if rank := _rank_of_count(heading):
        return "total_records", rank
    name, rank = _BY_HEADING.get(squeeze(bare_heading(heading)), ("", 0))
    bare, zone = split_heading(heading)
    if zone and squeeze(bare) in _TIME_WITH_ZONE_KEYS:
        return "scheduled_at", _STEP * len(_ELSE_SCHEDULED)
    if name in TIME_FIELDS:
        return name, rank + (
            _WITH_ZONE if zone else _WITH_REMARK * (without_remark(heading) != heading)
        )
    bare = without_remark(heading, _ANY_REMARKS)
    name, rank = ("", 0) if bare == heading else _meaning(bare)
    known = REMARKS | _REMARKS_OF.get(name, REMARKS)
    is_remark = bool(name) and without_remark(heading, known) != heading
    return (name, rank + _WITH_REMARK) if is_remark else ("", 0)


def _rank_of_count(heading: str) -> int:
    plain = plain_text(_NUMBER_SIGN.sub(" number ", _CAMEL.sub(" ", heading)))
    words = frozenset(re.findall(r"[^\W\d_]+", plain)) - _LINKS
    nouns = words & _COUNTED_KEYS
    numbers = words - nouns
    is_count = bool(numbers) and numbers <= _NUMBER_KEYS
    if not all(noun.endswith("s") for noun in nouns):
        is_count = bool(numbers) and numbers <= {"count", "total"}  # not `Contact number`
    if len(nouns) != 1 or not is_count or _DIGIT_OR_BRACKET.search(heading):
        return 0
    return _STEP * (1 if nouns <= _RECIPIENTS else 2)


def part_of(heading: str) -> str:
    """Return the first part of a heading that matches _PART (`attributes`), or ""."""
    part = None if _BY_HEADING.get(squeeze(heading)) else _PART.fullmatch(heading)
    return part.group(1) if part and meaning_of(heading) else ""


def meaning_of(heading: str) -> str:
    """Return the field of a heading, or ""."""
    return _meaning(heading)[0]


def is_certain(heading: str) -> bool:
    """Return whether a heading certainly means a field."""
    name, rank = _meaning(heading)
    return bool(name) and rank == 0


#: All fields, in the order of the select boxes.
CANONICAL = tuple(_HEADINGS)


CHOOSE_COLUMN: Final = N_(
    "Load it once on the page Imports, choose there which column is which, and save that as a "
    "mapping."
)
_DATE = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}|\d{1,2}:\d{2}", re.ASCII)
_NUMBER = re.compile(r"\d[\d.,]*", re.ASCII)
#: The maximum number of characters in a list of headings for a message.
_LONGEST = 300
#: A list with at least this many required fields is probably a list of sends. `id` and `name` alone
#: prove nothing.
LIKE_A_SEND = 3
Choice = TypeVar("Choice")


def required_in(headings: Iterable[str]) -> set[str]:
    """Return the required fields that the headings mean."""
    return set(map(meaning_of, headings)).intersection(REQUIRED)


def likely(choices: Sequence[tuple[Choice, Collection[str]]]) -> list[Choice]:
    """Return the lists or sheets that can have the sends, the most likely first.

    Each choice has a list or sheet, and its headings. The result has the choices with the most
    required fields. A choice with one field fewer is also in the result if it has at least
    LIKE_A_SEND required fields.
    """
    known = [(each, {meaning_of(heading) for heading in headings}) for each, headings in choices]
    counted = [(each, len(names.intersection(REQUIRED)), len(names)) for each, names in known]
    counted.sort(key=lambda each: each[1:], reverse=True)
    most = counted[0][1] if counted else 0
    return [
        each
        for each, count, _ in counted
        if count == most or (count == most - 1 and count >= LIKE_A_SEND)
    ]


@dataclass(frozen=True, slots=True)
class FieldSource:
    """The source of a field: a column, several columns, or a fixed value.

    A column is a heading or a position from 1. In JSON, a heading is a path: `settings.title`. By
    default, the cells of several columns are joined. If `takes_first` is True, the value is the
    first filled cell. A cell that equals `unknown` counts as empty. Without columns and value, the
    field is not reported.
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
    """Return the source for a value in a mapping file, or None for an invalid value.

    The value is a column, a list of columns to join, or a table: `{ value = "…" }`,
    `{ first = ["…", "…"] }`, `{ column = "…", unknown = "…" }`, `{ reported = false }`.
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
    return FieldSource(tuple(columns), **how) if columns and all(map(is_column, columns)) else None


def write_source(source: FieldSource) -> Any:
    """Return what a mapping file contains for a source. This is the reverse of `read_source`."""
    if not source.is_reported:
        return {"reported": False}
    if source.value:
        return {"value": source.value}
    if source.takes_first:
        return {"first": list(source.columns)}
    if source.unknown:
        return {"column": source.columns[0], "unknown": source.unknown}
    return source.columns[0] if len(source.columns) == 1 else list(source.columns)


def is_column(value: Any) -> bool:
    """Return whether a value is a heading, or a position from 1."""
    return _is_name(value) or (type(value) is int and value >= 1)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """The column of each field, and the unread columns.

    - `places`: the index of each field's column. The index `width + n` means `derived[n]`.
    - `width`: the number of headings.
    - `unknown`: the headings of unread columns.
    - `nameless`: the positions, from 1, of unread columns without a heading.
    - `unread`: the indexes of unread columns outside `FeedMapping.ignored`.
    - `duplicates`: the indexes of two columns that mean the same field, and the field.
    - `missing`: the required fields without a column.
    - `lost`: the columns of the mapping that the file lacks.
    - `unmapped`: the fields found by a heading instead of the mapping.
    - `guessed`: the fields of `unmapped` with an uncertain heading.
    - `zones`: the zone in the heading of each field of TIME_FIELDS.
    - `zone_place`: the index of the column with the zones of `scheduled_at`.
    - `is_account_zone`: whether `zone_place` has the zones of the account.
    - `rivals`: the indexes of unused columns that can be `total_records`.
    - `near`: the indexes of unused columns with a similar count: `Delivered`.
    - `other_times`: the indexes of other columns with a heading that can mean `scheduled_at`.
    """

    places: Mapping[str, int]
    unknown: tuple[str, ...]
    duplicates: tuple[tuple[int, int, str], ...] = ()
    missing: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    width: int = 0
    derived: tuple[DerivedColumn, ...] = ()
    guessed: tuple[str, ...] = ()
    unmapped: tuple[str, ...] = ()
    zones: Mapping[str, str] = field(default_factory=dict)
    zone_place: int | None = None
    is_account_zone: bool = False
    nameless: tuple[int, ...] = ()
    rivals: tuple[int, ...] = ()
    near: tuple[int, ...] = ()
    other_times: tuple[int, ...] = ()
    unread: tuple[int, ...] = ()

    @property
    def may_leave_out_recipients(self) -> bool:
        """Whether the mapping allows sends without a number of recipients."""
        place = self.places.get("total_records")
        if place is None:
            return True
        return place >= self.width and bool(self.derived[place - self.width].unknown)

    @property
    def needed(self) -> int:
        """The minimum number of cells in a row with all required fields."""
        found = []
        for name in self.places.keys() & set(REQUIRED):
            columns = self.columns_of(name)
            is_first = self.alternatives_in([self.places[name]])
            found.append(min(columns) if is_first else max(columns, default=-1))
        return max(1, *found) + 1

    def columns_of(self, name: str) -> tuple[int, ...]:
        """The indexes of the columns of a field."""
        place = self.places.get(name)
        return () if place is None else _columns_of(place, self.width, self.derived)

    def alternatives_in(self, places: Iterable[int]) -> list[int]:
        """Return the columns behind the derived columns at `places` that take the first text."""
        made = (self.derived[place - self.width] for place in places if place >= self.width)
        return [place for each in made if each.takes_first for place in each.places]

    @property
    def is_complete(self) -> bool:
        """Whether the rows can be read with this map."""
        return not (self.duplicates or self.missing)


def match_headings(
    headings: Sequence[str], mapping: FeedMapping, *, has_zone: bool = False
) -> ColumnMap:
    """Find the column of each field. The mapping takes precedence over known headings.

    If `has_zone` is True, a better zone than that of the account is known. Then a column such as
    `Account timezone` is not used.
    """
    keys = [squeeze(heading) for heading in headings]
    sources = mapping.fields
    places: dict[str, int] = {}
    derived: list[DerivedColumn] = []
    lost: list[str] = []
    duplicates: list[tuple[int, int, str]] = []
    used = {p for column in mapping.ignored if (p := _place(column, keys)) is not None}
    kept = [None if place in used else key for place, key in enumerate(keys)]
    for name, source in sources.items():
        found = [
            _place(column, kept if squeeze(str(column)) in kept else keys)
            for column in source.columns
        ]
        lost += [str(c) for c, place in zip(source.columns, found, strict=True) if place is None]
        columns = tuple(place for place in found if place is not None)
        used.update(columns)
        for column in source.columns:
            again = [p for p, key in enumerate(kept) if key == squeeze(str(column))]
            if isinstance(column, str) and len(again) > 1:
                duplicates.append((again[0], again[1], name))
        if len(columns) < len(found) and not source.takes_first:
            continue  # without the missing column, the joined value would be wrong
        if source.value or len(columns) > 1 or (columns and source.unknown):
            places[name] = len(keys) + len(derived)
            is_time = name in TIME_FIELDS and len(columns) == 2 and not source.takes_first
            how = (columns, source.value, source.takes_first, source.unknown, is_time)
            derived.append(DerivedColumn(*how))
        elif columns:
            places[name] = columns[0]
    # The column of the ID can also be the column of a second field.
    of_id = _columns_of(places["id"], len(keys), derived) if "id" in places else ()
    taken = used.difference(of_id)
    is_outside = _has_all_in_part(headings)
    ranked = []
    for place, heading in enumerate(headings):
        name, rank = _meaning(heading)
        if name and name != "id" and is_outside:
            rank += -_IN_PART if part_of(heading) else _IN_PART
        if name:
            ranked.append((name, rank, place))
    ranks: dict[str, int] = {}
    for name, rank, place in sorted(ranked, key=lambda each: each[1:]):
        if place in taken or name in sources or ranks.get(name, rank) < rank:
            continue
        if name not in places:
            places[name], ranks[name] = place, rank
        elif name == "total_records" and keys[place] != keys[places[name]]:
            continue  # `_rivals` returns this column
        elif not (split_heading(headings[place])[1] and split_heading(headings[places[name]])[1]):
            duplicates.append((places[name], place, name))
    # For the name of a send, `Campaign` is better than `Subject`.
    has_name = "name" in sources or ranks.get("name", _SUBJECT) % _IN_PART < _SUBJECT
    if "campaign" in ranks and not has_name:
        places["name"], ranks["name"] = places.pop("campaign"), _SUBJECT
        del ranks["campaign"]
    unused = [place for place in range(len(keys)) if place not in used]
    own = places.get("total_records", -1)
    counts = {place for place in unused if not _NO_COUNT.search(headings[place])}
    rivals, near = _rivals(headings, counts - {own}, ranks.get("total_records"))
    other_times = _other_times(headings, unused, places) if "scheduled_at" in ranks else ()
    moved = [place for place in unused if _is_moved(headings[place])]
    if "scheduled_at" in ranks and moved:
        first = (moved[0], places["scheduled_at"])
        duplicates += [(moved[0], place, "scheduled_at") for place in moved[1:2]]
        places["scheduled_at"] = len(keys) + len(derived)
        derived.append(DerivedColumn(first, takes_first=True))
    elif "scheduled_at" not in sources:
        free = [p for p in unused if p not in {*places.values()} - {places.get("scheduled_at")}]
        pair = day_with_hour(headings, free, places.get("scheduled_at"))
        if pair is not None:
            places["scheduled_at"] = len(keys) + len(derived)
            ranks.setdefault("scheduled_at", 0)
            is_compared = pair[1] in other_times
            derived.append(DerivedColumn(pair, is_time=True, is_compared=is_compared))
            duplicates = [each for each in duplicates if {*each[:2]} != {*pair}]
            named = [split_heading(headings[place])[1] for place in pair]
            if all(named) and not is_same_zone(*named):
                duplicates.append((*pair, "scheduled_at"))
    # If a time is the first filled cell of several columns, their headings must have the same zone.
    for name in TIME_FIELDS:
        place = places.get(name, -1)
        if place >= len(keys) and derived[place - len(keys)].takes_first:
            one, *more = derived[place - len(keys)].places
            zone = split_heading(headings[one])[1]
            others = (p for p in more if not is_same_zone(split_heading(headings[p])[1], zone))
            duplicates += [(one, p, name) for p in others][:1]
    total = sources.get("total_records")
    unreported = "total_records" if total and not total.is_reported else ""
    missing = tuple(name for name in REQUIRED if name not in places and name != unreported)
    read = {p for p in places.values() if p < len(keys)}
    read.update(place for each in derived for place in each.places)
    zones = _zones_in(headings, places, derived)
    zone_place, is_account_zone = None, False
    if "scheduled_at" in places and "scheduled_at" not in zones:
        free = [p for p in range(len(headings)) if p not in read and p not in used]
        zoned = [p for p in free if is_zone(headings[p])]
        if not zoned and not has_zone:
            zoned = [p for p in free if names_account_zone(headings[p])]
            is_account_zone = bool(zoned)
        zone_place = next(iter(zoned), None)
        read.update([] if zone_place is None else [zone_place])
    doubled = {headings[b] for _, b, _ in duplicates}
    # If `settings.title` is read, `settings` is not an unread heading.
    parents = {headings[p].rpartition(".")[0] for p in read}
    left = [
        h
        for p, h in enumerate(headings)
        if h and p not in read and h not in doubled and h not in parents
    ]
    left_out = {squeeze(each) for each in mapping.ignored if isinstance(each, str)}
    unread = [
        p
        for p, h in enumerate(headings)
        if p not in read and p not in used and (not h or h in left) and keys[p] not in left_out
    ]
    nameless = [p + 1 for p, h in enumerate(headings) if not h and p not in read]
    return ColumnMap(
        places,
        tuple(left),
        tuple(duplicates),
        missing,
        tuple(lost),
        len(keys),
        tuple(derived),
        tuple(n for n, rank in ranks.items() if rank % _IN_PART and places[n] < len(keys)),
        tuple(ranks),
        zones,
        zone_place,
        is_account_zone,
        tuple(nameless),
        rivals,
        near,
        other_times,
        tuple(unread),
    )


def _words_of(heading: str) -> frozenset[str]:
    """Return the words of a heading: `send` and `date` for `sendDate (UTC)`."""
    bare = _CAMEL.sub(" ", bare_heading(_PART.sub(r"\2", heading)))
    return frozenset(re.findall(r"[^\W\d_]+", plain_text(bare))) - _LINKS


def day_with_hour(
    headings: Sequence[str], free: Sequence[int], taken: int | None
) -> tuple[int, int] | None:
    """Return the columns of the day and of the hour of `scheduled_at`, or None if uncertain.

    `taken` is the column of `scheduled_at`, or None. `free` has `taken` and the unused columns.

    `Send date` and `Send time` belong together: if Freio removes `date` and `time`, both headings
    are `Send`. If a heading has no other word (`Hora`), the two columns must be neighbours, or the
    file must have only one column of days.
    """
    words = {place: _words_of(headings[place]) for place in free}
    hours = {p for p, each in words.items() if each & _HOUR_WORDS and not each & _DAY_WORDS}
    days = {p for p, each in words.items() if each & _DAY_WORDS and not each & _HOUR_WORDS}
    about = {place: each - _HOUR_WORDS - _DAY_WORDS for place, each in words.items()}
    if taken is not None and taken not in hours:
        pairs = [(taken, hour) for hour in hours - {taken}]
    elif taken is not None:
        pairs = [(day, taken) for day in days]
    else:
        pairs = [(day, hour) for day in days for hour in hours if not about[day] | about[hour]]
    same = [(d, h) for d, h in pairs if about[d] == about[h] and about[d]]
    if not same:
        # `Send date` and `Time sent` belong together if there is no `Date sent`.
        alone = [(d, h) for d, h in pairs if about[h] not in map(about.get, days)]
        same = [(d, h) for d, h in alone if about[d] and about[d] | about[h] <= _SENT_WORDS]
    if not same:
        is_only = len(days - {taken}) <= (taken is None or taken in hours)
        same = [
            (day, hour)
            for day, hour in pairs
            if (abs(day - hour) == 1 or is_only)
            and ((day == taken and not about[hour]) or (not about[day] and is_hour(headings[hour])))
        ]
    return same[0] if len(same) == 1 else None


def _is_moved(heading: str) -> bool:
    return squeeze(bare_heading(_PART.sub(r"\2", heading))) in _MOVED_KEYS


def _has_all_in_part(headings: Sequence[str]) -> bool:
    """Return whether headings like `attributes.name` mean more required fields than the rest.

    IDs do not count.
    """
    inside = required_in(each for each in headings if part_of(each))
    beside = required_in(each for each in headings if not part_of(each))
    return len(inside - {"id"}) > len(beside - {"id"})


def _rivals(
    headings: Sequence[str], unused: Iterable[int], rank: int | None
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return `ColumnMap.rivals` and `near`. `rank` is the rank of `total_records`, or None."""
    if rank is None:
        return (), ()
    rivals, near = [], []
    for place in sorted(unused):
        name, other = _meaning(headings[place])
        is_total = name == "total_records" and other < _IN_PART
        if is_total and (other == rank or rank < other < _LAST_TOTAL):
            rivals.append(place)
        elif is_total or squeeze(headings[place]) in _NEAR_TOTAL_KEYS:
            near.append(place)
    return tuple(rivals), tuple(near)


def _other_times(
    headings: Sequence[str], unused: Iterable[int], places: Mapping[str, int]
) -> tuple[int, ...]:
    """Return `ColumnMap.other_times`.

    Leave out a heading that differs from the heading of `scheduled_at` only in the zone.
    """
    taken = places["scheduled_at"]
    words = squeeze(bare_heading(headings[taken])) if taken < len(headings) else ""
    found = []
    for place in unused:
        name, rank = _meaning(headings[place])
        is_planned = rank < _HIDDEN and (rank - _WITH_ZONE) % _IN_PART // _STEP in _PLANNED
        is_same = squeeze(bare_heading(headings[place])) == words
        if name == "scheduled_at" and is_planned and place != taken and not is_same:
            found.append(place)
    return tuple(found)


def _columns_of(place: int, width: int, derived: Sequence[DerivedColumn]) -> tuple[int, ...]:
    return (place,) if place < width else derived[place - width].places


def _zones_in(
    headings: Sequence[str], places: Mapping[str, int], derived: Sequence[DerivedColumn]
) -> dict[str, str]:
    found = {}
    for name in TIME_FIELDS:
        columns = _columns_of(places[name], len(headings), derived) if name in places else ()
        named = {zone for each in columns if (zone := split_heading(headings[each])[1])}
        if len(named) == 1:
            found[name] = named.pop()
    return found


def _place(column: str | int, keys: Sequence[str | None]) -> int | None:
    if isinstance(column, int):
        return column - 1 if column <= len(keys) else None
    key = squeeze(column)
    return keys.index(key) if key in keys else None


def require_headings(
    headings: Sequence[str], mapping: FeedMapping, *, has_zone: bool = False
) -> ColumnMap:
    """Call `match_headings`.

    Raise FeedError if a required column is missing, or if two columns mean the same field.
    """
    found = match_headings(headings, mapping, has_zone=has_zone)
    if found.duplicates:
        a, b, column = found.duplicates[0]
        raise FeedError(
            N_(
                "The headings “{a}” (column {a_place}) and “{b}” (column {b_place}) both mean "
                "{column}."
            ),
            CHOOSE_COLUMN,
            a=headings[a],
            b=headings[b],
            a_place=a + 1,
            b_place=b + 1,
            column=Text(column_name(column)),
        )
    keys = [squeeze(heading) for heading in headings]
    sources = (mapping.fields[name] for name in found.missing if name in mapping.fields)
    named = (column for source in sources for column in source.columns)
    lost = [f"“{column}”" for column in named if _place(column, keys) is None]
    shown: dict[str, Any] = {
        "name": mapping.name,
        "headings": listed(headings),
        "missing": Texts(map(column_name, found.missing)),
        "lost": listed(lost),
    }
    if lost and mapping.name:
        raise FeedError(
            N_(
                "The file does not fit the mapping “{name}”: it has no column {lost}. Its headings "
                "are: {headings}."
            ),
            N_("Use another mapping, or correct this one on the page Imports."),
            **shown,
        )
    if lost:
        raise FeedError(
            N_(
                "The file has no column for {missing}: the chosen column {lost} is not there. Its "
                "headings are: {headings}."
            ),
            CHOOSE_COLUMN,
            **shown,
        )
    scaled = (each for each in headings if is_scaled(each))
    total = next((h for h in scaled if meaning_of(without_scale(h)) == "total_records"), None)
    if total is not None and "total_records" in found.missing:
        raise FeedError(HEADING_SCALED, FULL_NUMBERS, text=total)
    if found.missing and looks_like_row(headings):
        raise FeedError(
            N_(
                "The file seems to have no line with headings: its first line is “{headings}”, "
                "which looks like a send."
            ),
            N_(
                "Add a first line with the headings, such as id,name,state,total_records,"
                "scheduled_at, or export the file with headings."
            ),
            **shown,
        )
    if found.missing:
        raise FeedError(
            N_("The file has no column for {missing}. Its headings are: {headings}."),
            CHOOSE_COLUMN,
            **shown,
        )
    return found


def listed(names: Sequence[str]) -> str:
    """Join headings. Cut long texts."""
    text = ", ".join(name or "–" for name in names)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def looks_like_row(headings: Sequence[str]) -> bool:
    """Return whether the first line of a file is a send."""
    if len(set(map(meaning_of, headings)) - {""}) > 1:
        return False  # in a send, at most one cell looks like a heading: “scheduled”
    has_time = any(_DATE.search(each) for each in headings)
    has_number = any(_NUMBER.fullmatch(each) for each in headings)
    has_state = any(parse_state(each) is not State.UNKNOWN for each in headings)
    return [has_time, has_number, has_state].count(True) > 1
