"""Collect what Freio finds out while it reads a file: notes, and a summary of the rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from core.domain.imports import ImportSummary, Meaning, Reason, Reject, StateWord
from core.domain.model import ConfigurationId, SendConfiguration
from core.domain.states import ON_ITS_WAY, TERMINAL, State, parse_state, squeeze
from core.errors import N_, FeedError
from core.feed.formats.rows import FORMULA, Layout
from core.feed.interpreting.headings import (
    COUNT_FIELDS,
    KEY,
    LIKE_A_SEND,
    REQUIRED,
    TIME_FIELDS,
    ColumnMap,
    looks_like_row,
    may_be_zone,
    meaning_of,
    part_of,
)
from core.feed.interpreting.local_times import are_midnights
from core.feed.interpreting.reading_rules import Order
from core.feed.interpreting.row_reader import A_SUM, FILLED, TEXTS, TIME_MISSING
from core.feed.interpreting.zones import (
    is_about_zone,
    may_name_zone,
    zone_in_words,
    zone_said,
    zone_words,
)
from core.feed.mapping import FeedMapping
from core.ports.batches import FED, Batch

#: Notes that a page shows separately.
READ_BY: Final = N_("The file is read by the mapping “{name}”.")
FIXED_VALUE: Final = N_("All rows have the value “{value}” in {column}.")
ENDED_EARLY: Final = N_(
    "All sends are read as SENT-DONE, but some are scheduled for the future. Choose the column "
    "that has their state."
)
ENDED_LATER: Final = N_(
    "Sends that are finished but scheduled for the future: {n}, the first in line {line}. Their "
    "state or their time may be wrong. Compare them with the platform."
)
FIRST_OF: Final = N_("{column} is the first of these columns that is not empty: {columns}.")
EXCHANGED: Final = N_(
    "Some times are texts such as “{text}”, and others are dates with the year first whose days "
    "are all at most 12. A spreadsheet may have exchanged day and month in these. Compare them "
    "with the platform."
)
DAY_AND_HOUR: Final = N_("{column} is the day and the hour in these columns: {columns}.")
RIVAL: Final = N_(
    "{column} is read from the column “{taken}”. The column “{heading}” may be meant too, and is "
    "not read."
)
JOINED_ID: Final = N_(
    "The ID is made of several columns. If one of them changes, the send counts as another one."
)
ABOUT_STATES: Final = N_("Rows whose state Freio does not know: {n}. The words are: {words}.")
IN_PART: Final = N_("Each send is the part “{part}” of its object.")
#: Notes about the order of dates that a mapping decides.
_ORDERED: Final[Mapping[Order, str]] = {
    "day": N_("Dates such as 03/04/2026 are read with the day first, as the mapping says."),
    "month": N_("Dates such as 03/04/2026 are read with the month first, as the mapping says."),
    "year": N_("Dates such as 26/04/03 are read with the year first, as the mapping says."),
}
#: Notes that a page shows beside the scheduled times.
ASSUMED_ZONE: Final = N_("Times without an offset are read as times in {zone}.")
NAMED_ZONE: Final = N_(
    "Times without an offset in {column} are read as times in {zone}: its heading says so."
)
UNREAD_ZONES: Final = N_(
    "The column “{heading}” is not read. If it has the zone of the times, choose that zone."
)
ZONE_BESIDE: Final = N_(
    "Times without an offset in {column} are read in the zone in the column “{heading}”."
)
SAID_ZONE: Final = N_(
    "Times without an offset are read as times in {zone}, because the file says: “{text}”."
)
NOT_SAID_ZONE: Final = N_(
    "Times without an offset are read as times in {zone}, as chosen, but the file says: “{text}”."
)
UNCLEAR_LINE: Final = N_(
    "The line “{text}” may name a zone that Freio does not know. If so, choose that zone."
)
UNCLEAR_ZONE: Final = N_(
    "The heading “{heading}” may name a zone that Freio does not know. If so, choose that zone."
)
AT_MIDNIGHT: Final = N_(
    "Scheduled for 00:00: {n} of {m} sends. A day without an hour is read as 00:00 of that day."
)

#: At most _WORDS state words are counted separately. A note lists at most _LISTED things.
_WORDS: Final = 500
_LISTED: Final = 10
#: Times at 00:00 are counted in at most this many zones.
_ZONES: Final = 20
#: At most this many numbers are kept for the median, and this many footers for the notes.
_KEPT: Final = 100_000
#: A line with more characters than this is not a footer.
_LONGEST: Final = 1_000
#: The maximum number of characters of a line that a note quotes.
_QUOTED: Final = 80


def _words(words: str) -> frozenset[str]:
    return frozenset(map(squeeze, words.split(", ")))


#: First words of footers, in three languages. A footer is a line that is not a send, such as a
#: total.
_FOOTER_WORDS: Final = _words(
    "total, totals, totales, totais, subtotal, subtotals, sum, soma, suma, grand, average, "
    "media, promedio, summary, resumo, resumen, report, relatorio, informe, reporte, "
    "exported, export, exportado, exportada, generated, gerado, gerada, generado, generada, "
    "created, criado, creado, printed, impresso, impreso, source, fonte, fuente, page, pagina, "
    "note, notes, nota, notas, end, fim, fin, copyright, confidential, confidencial, "
    "showing, exibindo, mostrando, records, registros, rows, linhas, filas, count, contagem, "
    "results, resultados, quantidade, cantidad, conteo, updated, atualizado, actualizado, "
    "filter, filters, filtro, filtros, overall, somatorio, sumatoria, sumario, legend, legenda, "
    "leyenda, observacao, observacoes, observacion, observaciones, downloaded, download, "
    "descargado, descargada, descarga, baixado, baixada, extracted, extraido, extraida, "
    "extraidos, extraidas, obtained, obtido, obtida, obtenido, obtenida, elaborated, elaborado, "
    "emitido, emitida, issued, prepared, preparado, powered, document, documento, dados, datos, "
    "rights, derechos, direitos, disclaimer, continued, continues, continua, obs, eof"
)
#: Words that Freio skips to find the first word of a footer: `This` in `This report`.
_BEFORE: Final = _words(
    "this, these, the, all, este, esta, estes, estos, estas, el, la, los, las, o, a, os, as, "
    "todo, toda, todos, todas, data, last, ultima, ultimo, your, su, seu, sua"
)
#: Words for a sum that can follow other words, as in `Campaign totals`.
_SUMS: Final = _words("total, totals, totales, totais, subtotal, subtotals, subtotales, subtotais")
#: Words that can be before a colon in a footer, as in `Date of export: 28/11/2026`.
_LABELS: Final = _FOOTER_WORDS | _words(
    "exportacao, exportacion, geracao, generacion, emissao, emision, impressao, impresion, update, "
    "atualizacao, actualizacion, periodo, period, timezone, customer, company, empresa, brand, "
    "marca, team, equipe, equipo, group, grupo"
)
_NUMBER: Final = re.compile(r"[\d.,\s]+%?")
#: The separators of cells. A comma before three digits can separate thousands.
_SUM_CELLS: Final = re.compile(r"[;\t|\"]|,(?!\d{3}(?!\d))")
_FIRST_WORD: Final = re.compile(r"\W*([^\W\d_]+)(?=[\s:.]|$)")
#: Footers such as `© 2026`, `(*) estimated`, `* estimated`, a web address, or `For internal use
#: only`.
_PHRASE: Final = re.compile(
    r"(?:©|\(c\)|\(\*+\)|\*+ |https?://|www\.).*"
    r"|.*\b(?:uso interno|internal use)\b.*",
    re.IGNORECASE,
)
#: The time of an export, in a line without other words: `28/11/2026 10:00`.
_DATE: Final = re.compile(
    r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}(?:[T,\s]+\d{1,2}[:h]\d{2}[\d:.]*(?:\s?[ap]m|Z)?)?",
    re.IGNORECASE,
)
_ROWS: Final = re.compile(
    r"\W*\d+ (rows?|lines?|records?|results?|campaigns?|linhas?|filas?|lineas?|registros?|"
    r"resultados?|campanhas?|campanas?|envios?)\b.*"
)
_NOUN: Final = (
    "(?:rows|lines|records|results|items|entries|campaigns|sends|linhas|filas|l[ií]neas|registros|"
    "resultados|itens|entradas|campanhas|campa[nñ]as|envios|env[ií]os)"
)
_SHOWN: Final = "(?:showing|shown|displaying|mostrando|exibindo|exibidos|mostrados)"
#: The beginning of a range of rows: `1-` in `1-50`.
_FROM: Final = r"(?:\d+\s*(?:-|–|to|a|al|at[eé])\s*)?"
#: `Page 1 of 3`, and `Showing 1 to 50 of 230 records`, in three languages.
_PAGE_OF: Final = re.compile(
    r"(?:page|p[aá]g(?:ina)?|folha|hoja)\W*(\d+)\s*(?:of|de|/)\s*(\d+)", re.IGNORECASE
)
_ROWS_OF: Final = re.compile(
    rf"\b(?:{_SHOWN}|{_NOUN})\D*{_FROM}(\d+)\s*(?:{_NOUN}\s*)?(?:of|de|out of)\s*(\d+)",
    re.IGNORECASE,
)
#: `230 records found, showing 50`.
_FOUND: Final = re.compile(rf"\b(\d+) {_NOUN}\b\D*\b{_SHOWN}\b\D*{_FROM}(\d+)", re.IGNORECASE)
#: A cut-off list: `Results limited to 50 rows`, `Showing the first 50 rows`, `... 350 more rows`.
_CUT_OFF: Final = re.compile(
    rf".*\b(?:limit(?:ed)? to|limitad[oa]s? a|truncated (?:to|at|after)|truncad[oa]s? (?:a|em|en))"
    rf"\s(?:[a-z]+\s){{0,2}}\d+\b.*"
    rf"|\W*(?:[a-z]+\s){{0,3}}(?:first|top|primer[oa]s|primeir[oa]s)\s\d+\s{_NOUN}\b.*"
    rf"|\W*(?:[a-z]+\s){{0,3}}\d+\s(?:first|primer[oa]s|primeir[oa]s|more|m[aá]s|mais)\s{_NOUN}\b.*",
    re.IGNORECASE,
)

_ALL: Final = r"(?:none|all|any|no|nenhum|nenhuma|ninguno|ninguna|tod[oa]s?|sem|sin|[-–—]|n/?a)\b"
_ONLY: Final = r"(?:only|apenas|somente|s[oó]lo|solamente|[uú]nicamente)"
_PICKED: Final = r"(?:selected|selecionad[oa]s|seleccionad[oa]s|filtered|filtrad[oa]s)"
#: A list with a filter: `Filter: status = scheduled`, `Search: promo`, `Status: Scheduled only`,
#: `Selected rows only`, `Last 30 days`, `Preview (10 rows)`.
_FILTERED: Final = re.compile(
    rf"\W*(?:[a-z]+ )?(?:filters?|filtros?|search|busca|b[uú]squeda|pesquisa|query|consulta)\b"
    rf"[^:=]{{0,20}}[:=]\s*(?!{_ALL})\w.*"
    rf"|(?!.*\b(?:use|uso)\b)[^:]{{1,30}}:.*\b{_ONLY}\W*"
    rf"|.*\b(?:{_PICKED} {_NOUN}|{_NOUN} {_PICKED}|{_ONLY} {_NOUN}|{_NOUN} {_ONLY})\b.*"
    rf"|\W*(?:the |l[oa]s |[oa]s )?(?:last|past|next|[uú]ltim[oa]s|pr[oó]xim[oa]s) \d+ "
    rf"(?:hours|days|weeks|months|horas|d[ií]as|semanas|meses)\W*"
    rf"|\W*(?:preview|pr[eé]-?visualiza\w+|pr[eé]via|vista previa|sample|amostra|muestra)\b.*",
    re.IGNORECASE,
)
_STATE: Final = re.compile(
    rf"(?:status|state|estado|situa[cç][aã]o)\s*[:=]\s*(?!{_ALL})(.+)", re.IGNORECASE
)
_THINGS: Final = _NOUN.replace("sends|", "").replace("|envios|env[ií]os", "")
#: The number of all rows: `320 results`, `Total: 320 campaigns`, `Total campaigns: 320`.
_ROW_COUNT: Final = re.compile(
    rf"\W*(?:total\w*\W+)?(?:de |of )?(\d+) {_THINGS}\b.*"
    rf"|\W*(?:total\w*|n[uú]mero|number|count)\W+(?:de |of )?{_THINGS}\W+(\d+)\W*",
    re.IGNORECASE,
)


class Findings:
    """What Freio knows about a file so far.

    * `now`: the next send is the first send after this time.
    * `zone` is the zone of times without an offset. `assumes_zone` says whether the file has such
      times.
    * `scheduled_in` has the zones of scheduled times. The readers add these zones.
    * `emptied` are the fields that Freio leaves empty, because the file has an object or a list
      there.
    * `notes` say how the file is read.
    * `proved` are the answers that the file proves (see `Survey.proved`).
    * `repeated` counts the rows with the ID of an earlier row.
    * `page_mark` shows that the file lacks sends (see `Rows.page_mark`).
    """

    def __init__(
        self, now: datetime, zone: ZoneInfo, scheduled_in: Collection[ZoneInfo] = ()
    ) -> None:
        self.notes: list[Reason] = []
        self.assumes_zone = False
        self.emptied: Sequence[str] = ()
        self._zone, self._scheduled_in = zone, scheduled_in
        self._unclear: list[str] = []
        self._zones: list[str] = []
        self.proved: dict[str, str] = {}
        self._headings = ""
        self._has_joined_id = False
        self._has_state_column = True
        self._titles: Sequence[str] = ()
        self._layout = Layout()
        self._around: Sequence[str] = ()
        self._now = pa.scalar(now, pa.timestamp("us", tz="UTC"))
        self.begin()

    def begin(self) -> None:
        """Forget what was found in the rows. Call this before the file is read again."""
        self.page_mark = ""
        self.repeated = 0
        self._pages: set[int] = set()
        self._rows = 0
        # The recipients of all sends so far, and of those above the last line with a sum.
        self._recipients_read = self._summed = 0
        # The number of rows that the file says it has, and the line with this number.
        self._announced: tuple[int, str] = (0, "")
        self._words: Counter[tuple[str, str]] = Counter()
        self._other_words = 0
        self._earliest: datetime | None = None
        self._latest: datetime | None = None
        self._recipients = _Median()
        self._unsized = self._untimed = self._timed = self._midnights = 0
        # The number of finished sends that are scheduled for the future, and the first line.
        self._early = self._first_early = 0
        self._first: dict[str, Any] | None = None
        self._largest: dict[str, Any] | None = None
        self._next: dict[str, Any] | None = None
        self._footers: list[Reject] = []
        self._nameless: Reject | None = None
        for title in self._titles:
            self._find_page(title)

    def add_columns(
        self,
        mapping: FeedMapping,
        columns: ColumnMap,
        headings: Sequence[str],
        absent: Sequence[str] = (),
    ) -> None:
        """Add notes about the mapping of a file, and about the columns that are not read.

        `absent` are columns of the mapping that the first rows do not have.
        """
        self._headings = squeeze("".join(headings))
        if mapping.name:
            self.notes.append(Reason(READ_BY, {"name": mapping.name}))
        for name, source in mapping.fields.items():
            if source.value:
                values = {"value": source.value, "column": name}
                self.notes.append(Reason(FIXED_VALUE, values, name))
            elif not source.is_reported:
                template = N_("The mapping says that the files do not report {column}.")
                self.notes.append(Reason(template, {"column": name}, name))
            elif source.takes_first:
                values = {"column": name, "columns": _listed([*map(str, source.columns)])}
                self.notes.append(Reason(FIRST_OF, values, name))
            elif source.unknown:
                template = N_("“{text}” in {column} means that it is not reported.")
                self.notes.append(Reason(template, {"text": source.unknown, "column": name}, name))
        id = mapping.fields.get("id")
        state = mapping.fields.get("state")
        self._has_state_column = state is None or not state.value
        self._has_joined_id = id is not None and len(id.columns) > 1 and not id.takes_first
        if columns.lost:
            template = N_("The file does not have these columns of the mapping: {columns}.")
            self.notes.append(Reason(template, {"columns": _listed(columns.lost)}))
        if absent:
            template = N_("The first rows do not have these columns of the mapping: {columns}.")
            self.notes.append(Reason(template, {"columns": _listed(tuple(absent))}))
        for name, words in columns.zones.items():
            if zone := zone_in_words(words):
                values = {"column": name, "zone": zone_words(zone)}
                self.notes.append(Reason(NAMED_ZONE, values, name))
        if columns.zone_place is not None:
            values = {"column": "scheduled_at", "heading": headings[columns.zone_place]}
            self.notes.append(Reason(ZONE_BESIDE, values, "scheduled_at"))
        left_out = {str(column) for column in mapping.ignored}
        self._zones = [h for h in columns.unknown if may_be_zone(h) and h not in left_out]
        times = {place for name in TIME_FIELDS for place in columns.columns_of(name)}
        self._unclear = [headings[n] for n in sorted(times) if may_name_zone(headings[n])]
        found = (columns.places[name] for name in columns.unmapped)
        unmapped = [headings[place] for place in found if place < len(headings)]
        for part in sorted({part for each in unmapped if (part := part_of(each))}):
            self.notes.append(Reason(IN_PART, {"part": part}))
        if KEY in unmapped:
            self.notes.append(Reason(N_("The ID of each send is its key in the file."), {}, "id"))
        has_rivals = bool(columns.rivals or columns.near)
        for name in columns.guessed:
            if name == "total_records" and has_rivals:
                continue  # other notes name this column
            template = N_("{column} is read from the column “{heading}”.")
            values = {"column": name, "heading": headings[columns.places[name]]}
            self.notes.append(Reason(template, values, name))
        columns_ = columns.columns_of("scheduled_at")
        if "scheduled_at" not in mapping.fields and len(columns_) > 1:
            values = {"column": "scheduled_at", "columns": _listed([headings[n] for n in columns_])}
            is_pair = columns.derived[columns.places["scheduled_at"] - columns.width].is_time
            template = DAY_AND_HOUR if is_pair else FIRST_OF
            self.notes.append(Reason(template, values, "scheduled_at"))
        for place in (*columns.rivals, *columns.near):
            values = {"column": "total_records", "heading": headings[place]}
            taken = columns.places["total_records"]
            self.notes.append(Reason(RIVAL, values | {"taken": headings[taken]}, "total_records"))
        if looks_like_row(headings):
            template = N_(
                "The first line looks like a send, but it is read as the headings: “{text}”. "
                "Add a line with headings above it."
            )
            self.notes.append(Reason(template, {"text": ", ".join(headings)[:_QUOTED]}))
        if columns.unknown:
            template = N_("Columns that are not read: {columns}.")
            self.notes.append(Reason(template, {"columns": _listed(columns.unknown)}))
        if columns.nameless:
            template = N_("Columns without a heading that are not read: {columns}.")
            places = _listed(tuple(map(str, columns.nameless)))
            self.notes.append(Reason(template, {"columns": places}))
        if mapping.order is not None:
            self.notes.append(Reason(_ORDERED[mapping.order], {}, "scheduled_at"))

        self._add_cells(columns, headings)

    def _add_cells(self, columns: ColumnMap, headings: Sequence[str]) -> None:
        """Add notes about columns of a sheet that are hidden or have cells without a value."""
        fields = {place: name for name in columns.places for place in columns.columns_of(name)}
        hidden = [headings[n] for n in self._layout.hidden_columns if n in fields]
        if hidden:
            template = N_("Hidden columns of the sheet are read too: {columns}.")
            self.notes.append(Reason(template, {"columns": _listed(hidden)}))
        for place, cell, error in self._layout.unread_cells:
            if place not in fields:
                continue
            template = N_(
                "{column} is read as empty where a formula has no value, as in {cell}. Open the "
                "workbook in Excel, save it, and load it again."
            )
            if error != FORMULA:
                template = N_(
                    "{column} is read as empty where a cell has an error, as in {cell} ({error})."
                )
            values = {"column": fields[place], "cell": cell, "error": error}
            self.notes.append(Reason(template, values, fields[place]))

    def add_layout(self, layout: Layout) -> None:
        """Add notes about the place of the sends in the file."""
        self._titles, self._layout = layout.skipped, layout
        if layout.skipped:
            template = N_("The headings are in line {line}; above them: “{text}”.")
            quoted = " · ".join(each.lstrip(",;\t|") for each in layout.skipped)
            values = {"line": layout.heading_line, "text": quoted[:_QUOTED]}
            self.notes.append(Reason(template, values))
        if layout.second_line:
            template = N_("The line below the headings belongs to them: “{text}”.")
            self.notes.append(Reason(template, {"text": layout.second_line[:_QUOTED]}))
        if len(layout.sheets) > 1:
            template = N_("The sheet “{sheet}” is read; the workbook also has: {sheets}.")
            sheets = tuple(each for each in layout.sheets if each != layout.sheet)
            values = {"sheet": layout.sheet, "sheets": _listed(sheets)}
            self.notes.append(Reason(template, values))
        if layout.hidden_rows:
            template = N_("Hidden rows of the sheet are read too: {n}.")
            self.notes.append(Reason(template, {"n": layout.hidden_rows}))
        others = tuple(each for each in layout.lists if each != layout.list)
        if others:
            template = N_("The sends are in the list “{list}”; the file also has: {others}.")
            self.notes.append(Reason(template, {"list": layout.list, "others": _listed(others)}))
        elif layout.list:
            template = N_("The sends are in the list “{list}”.")
            self.notes.append(Reason(template, {"list": layout.list}))

        if layout.wrapper:
            self.notes.append(Reason(IN_PART, {"part": layout.wrapper}))

    def without_footers(self, batch: Batch) -> Batch:
        """Remove footers and repeated headings from the rejects. Keep these lines for the notes.

        Raises FeedError if a line has other headings, because the rows below it perhaps have other
        columns.
        """
        before = self._recipients_read
        self._recipients_read += pc.sum(batch.rows.column("total_records")).as_py() or 0
        if not batch.rejects:
            return batch
        rejects: list[Reject] = []
        first = pc.min(batch.rows.column("line")).as_py()
        for reject in batch.rejects:
            is_first = not self._rows and not rejects and (first is None or reject.line < first)
            if self._repeats_top(reject):
                is_footer = True
            elif _has_other_headings(reject, is_first=is_first):
                raise FeedError(
                    N_(
                        "Line {line} looks like a second line of headings, or like the headings of "
                        "another table: “{text}”."
                    ),
                    N_(
                        "Keep one table with one line of headings in the file, or choose the line "
                        "with the headings on the page Imports."
                    ),
                    line=reject.line,
                    text=reject.raw[:_QUOTED],
                )
            elif any(each.template == A_SUM for each in reject.reasons):
                is_footer = self._is_footer(reject) or self._is_sum(reject, before, batch.rows)
            else:
                is_footer = self._is_footer(reject)
            if is_footer:
                self._find_page(reject.raw)
                self._footers.append(replace(reject, raw=reject.raw[: _QUOTED + 1]))
                del self._footers[_KEPT:]
            else:
                rejects.append(reject)
        return Batch(batch.rows, rejects)

    def _repeats_top(self, reject: Reject) -> bool:
        """Return whether a line repeats the headings or a title. Printed reports do this."""
        text = squeeze(reject.raw[:_LONGEST])
        return bool(text) and text in (self._headings, *map(squeeze, self._titles))

    def _is_footer(self, reject: Reject) -> bool:
        return _reads_as_footer(reject) and not self._has_cells_of_send(reject)

    def _is_sum(self, reject: Reject, before: int, rows: pa.Table) -> bool:
        """Return whether a line has the recipients of all sends above it, or since the last sum.

        `rows` are the sends of the same block, and `before` is the sum before this block.
        """
        above = rows.filter(pc.less(rows.column("line"), reject.line)).column("total_records")
        of_all = before + (pc.sum(above).as_py() or 0)
        sums = {str(of_all), str(of_all - self._summed)}
        self._summed = of_all
        return not sums.isdisjoint(re.sub(r"\D", "", cell) for cell in _SUM_CELLS.split(reject.raw))

    def _has_cells_of_send(self, reject: Reject) -> bool:
        """Return whether a row has an id, and other cells that only a send has.

        An id in the first cell is not enough. In the footer `Total,2`, the id would be `Total` and
        the name `2`.
        """
        if not any(map(str.isalnum, reject.id)):
            return False
        first, *others = _cells(reject.raw)
        is_first = reject.id == first
        wrong = {each.column for each in reject.reasons}
        if self._has_state_column and wrong.isdisjoint(("name", "state")):
            return not is_first or any(map(_has_letter, others))
        return not is_first and TIME_MISSING not in reject.reasons

    def _find_page(self, text: str) -> None:
        """Set `page_mark` if a line says that the file lacks pages or rows."""
        text = re.sub(r"(?<=\d)[.,](?=\d{3})", "", text.strip(' ",;\t|'))
        if page := _PAGE_OF.search(text):
            self._pages.add(int(page.group(1)))
            # A printed report can have a footer for each page. With all pages, it is complete.
            is_part = not self._pages.issuperset(range(1, int(page.group(2)[:4]) + 1))
            self.page_mark = text[:_QUOTED] if is_part else ""
        elif _leaves_out_rows(text):
            self.page_mark = text[:_QUOTED]
        elif count := _ROW_COUNT.fullmatch(text):
            number = int((count.group(1) or count.group(2))[:12])
            self._announced = max(self._announced, (number, text[:_QUOTED]))

    def finish(self, page_mark: str, zones: Sequence[str]) -> None:
        """Set the page mark and the zones around the list. Call this after the last row."""
        self._around = zones
        self.page_mark = self.page_mark or page_mark
        if 0 < self._rows < self._announced[0]:
            self.page_mark = self.page_mark or self._announced[1]

    def add(self, batch: Batch) -> None:
        """Add the rows of a batch."""
        if self._nameless is None:
            self._nameless = next((each for each in batch.rejects if not each.id), None)
        rows = batch.rows
        self._rows += rows.num_rows + len(batch.rejects)
        if not rows.num_rows:
            return
        self._add_words(rows)
        times = pc.min_max(rows.column("scheduled_at")).as_py()
        if times["min"] is not None:
            self._earliest = min(self._earliest or times["min"], times["min"])
            self._latest = max(self._latest or times["max"], times["max"])
        self._unsized += rows.column("total_records").null_count
        self._untimed += rows.column("scheduled_at").null_count
        due = pc.drop_null(rows.column("scheduled_at"))
        self._timed += len(due)
        self._midnights += int(np.count_nonzero(self._at_midnight(due)))
        recipients = pc.drop_null(rows.column("total_records"))
        self._recipients.add(recipients.to_numpy())
        first = pc.min(rows.column("line"))
        if self._first is None or first.as_py() < self._first["line"]:
            self._first = _row(rows, "line", first)
        if len(recipients):
            most = pc.max(recipients)
            if self._largest is None or most.as_py() > self._largest["total_records"]:
                self._largest = _row(rows, "total_records", most)
        early = rows.filter(
            pc.and_(
                pc.equal(rows.column("state"), State.SENT_DONE.value),
                pc.greater(rows.column("scheduled_at"), self._now),
            )
        )
        if early.num_rows:
            self._early += early.num_rows
            self._first_early = self._first_early or pc.min(early.column("line")).as_py()
        going = pc.and_(
            pc.is_in(rows.column("state"), value_set=pa.array([s.value for s in ON_ITS_WAY])),
            pc.greater_equal(rows.column("scheduled_at"), self._now),
        )
        soonest = pc.min(pc.filter(rows.column("scheduled_at"), going))
        if soonest.is_valid and (
            self._next is None or soonest.as_py() < self._next["scheduled_at"]
        ):
            self._next = _row(rows.filter(going), "scheduled_at", soonest)

    def _at_midnight(self, times: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
        return are_midnights(times, tuple(self._scheduled_in)[:_ZONES])

    def lines_at_midnight(self, rows: pa.Table) -> pa.Array:
        """Return the lines of the rows that are scheduled for 00:00."""
        due = rows.filter(pc.is_valid(rows.column("scheduled_at")))
        found = self._at_midnight(due.column("scheduled_at"))
        return due.column("line").filter(pa.array(found)).combine_chunks()

    def _add_words(self, rows: pa.Table) -> None:
        words = rows.select(["raw_state", "state"]).group_by(["raw_state", "state"])
        for found in words.aggregate([([], "count_all")]).to_pylist():
            word = (found["raw_state"], found["state"])
            if word in self._words or len(self._words) < _WORDS:
                self._words[word] += found["count_all"]
            else:
                self._other_words += found["count_all"]

    @property
    def meaning(self) -> Meaning:
        """A summary of what the rows say."""
        smallest, median, largest = self._recipients.summary()
        return Meaning(
            states=[
                StateWord(word=word, state=State(state), rows=rows)
                for (word, state), rows in self._words.most_common()
            ],
            other_words=self._other_words,
            earliest=self._earliest,
            latest=self._latest,
            smallest=smallest,
            median=median,
            largest=largest,
            first_send=_send(self._first),
            largest_send=_send(self._largest),
            next_send=_send(self._next),
        )

    @property
    def lines_beside(self) -> Sequence[str]:
        """Titles, zones around a list, and footers, without the separators at their ends."""
        lines = [*self._titles, *self._around, *(each.raw for each in self._footers)]
        return [line.strip(' ",;\t|') for line in lines]

    def _about_zone(self) -> Iterator[Reason]:
        for text in self.lines_beside:
            if said := zone_said(text):
                template = NOT_SAID_ZONE if self.is_other_zone(said) else SAID_ZONE
                yield Reason(template, {"zone": zone_words(self._zone), "text": text[:_QUOTED]})
            elif is_about_zone(text):
                yield Reason(UNCLEAR_LINE, {"text": text[:_QUOTED]})

    def is_other_zone(self, zone: ZoneInfo | None) -> bool:
        """Return whether a zone and the zone in use have different offsets at scheduled times.

        Only the first and the last scheduled time are checked.
        """
        times = [each for each in (self._earliest, self._latest) if zone and each]
        pairs = ((each.astimezone(zone), each.astimezone(self._zone)) for each in times)
        return any(a.utcoffset() != b.utcoffset() for a, b in pairs)

    @property
    def has_rows(self) -> bool:
        """Whether a row was accepted."""
        return self._first is not None

    @property
    def has_only_days(self) -> bool:
        """Whether all scheduled times so far are 00:00."""
        return 0 < self._midnights == self._timed

    def reported_in(self, done: ImportSummary, *, is_full: bool) -> ImportSummary:
        """Return the summary `done` with all notes and the meaning of the rows."""
        notes = list(self.notes)
        if self.assumes_zone:
            about_zone = list(self._about_zone())
            if all(each.template == UNCLEAR_LINE for each in about_zone):  # no line names the zone
                notes.append(Reason(ASSUMED_ZONE, {"zone": zone_words(self._zone)}))
            notes += [Reason(UNREAD_ZONES, {"heading": each}) for each in self._zones]
            notes += [Reason(UNCLEAR_ZONE, {"heading": each}) for each in self._unclear]
            notes += about_zone
        for name in self.emptied:
            template = N_(
                "{column} is left empty where the file has an object or a list. To read a part of "
                "it, choose that part as the column."
            )
            notes.append(Reason(template, {"column": name}, name))
        if self._midnights:
            counts = {"n": self._midnights, "m": self._timed}
            notes.append(Reason(AT_MIDNIGHT, counts, "scheduled_at"))
        if self._first is None and done.unchanged:
            notes.append(
                Reason(N_("This file was loaded before. Only what changed since is read."))
            )
        # Nobody reschedules a send that has ended, so its ID stays the same.
        if self._has_joined_id and any(state not in TERMINAL for _, state in self._words):
            notes.append(Reason(JOINED_ID, {}, "id"))
        unknown = [w for w in self.meaning.states if w.state is State.UNKNOWN and w.word]
        if unknown:
            words = ", ".join(f"{each.word} ({each.rows})" for each in unknown[:_LISTED])
            if len(unknown) > _LISTED:
                words += f" … (+{len(unknown) - _LISTED})"
            values = {"n": sum(each.rows for each in unknown), "words": words}
            notes.append(Reason(ABOUT_STATES, values, "state"))
        if self._early:
            values = {"n": self._early, "line": self._first_early}
            template = ENDED_LATER if self._has_state_column else ENDED_EARLY
            notes.append(Reason(template, values if self._has_state_column else {}, "state"))
        if self._unsized:
            template = N_("Sends whose recipients are not reported: {n}. Sums leave them out.")
            notes.append(Reason(template, {"n": self._unsized}, "total_records"))
        if self._untimed:
            template = N_(
                "Sends without a scheduled time: {n}. They are drafts, or they wait, are going "
                "out, are paused or stopped."
            )
            notes.append(Reason(template, {"n": self._untimed}, "scheduled_at"))
        if self.repeated:
            template = N_(
                "Rows with the ID of an earlier row: {n}. They are rejected. If they are parts of "
                "one send, such as variations, choose “several columns, joined” for the ID."
            )
            notes.append(Reason(template, {"n": self.repeated}, "id"))
        for each in sorted(self._footers, key=lambda footer: footer.line)[:_LISTED]:
            template = N_("Line {line} is not a send and is left out: “{text}”.")
            quoted = each.raw if len(each.raw) <= _QUOTED else each.raw[:_QUOTED] + "…"
            notes.append(Reason(template, {"line": each.line, "text": quoted}))
        if len(self._footers) > _LISTED:
            template = N_("More lines that are not sends and are left out: {n}.")
            notes.append(Reason(template, {"n": len(self._footers) - _LISTED}))
        if self.page_mark:
            template = N_(
                "The file seems to have only some of the sends ({mark}). Load the others too."
            )
            notes.append(Reason(template, {"mark": self.page_mark}))
        if is_full and self.page_mark:
            template = N_(
                "No send is marked as no longer reported, because the file has only some of the "
                "sends."
            )
            notes.append(Reason(template))
        elif is_full and done.missing is None and self._nameless is not None:
            template = N_(
                "No send is marked as no longer reported: line {line} cannot be read and may be "
                "any send."
            )
            notes.append(Reason(template, {"line": self._nameless.line}))
        return replace(done, notes=notes, meaning=self.meaning)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name or "–" for name in names[:_LISTED])
    return shown + (" …" if len(names) > _LISTED else "")


def _cells(raw: str) -> list[str]:
    """Split a line at any known separator. Return the cells that are not empty."""
    return [cell for each in re.split(r"[,;\t|]", raw) if (cell := each.strip(' "'))]


def _has_letter(text: str) -> bool:
    return any(map(str.isalpha, text))


def _has_other_headings(reject: Reject, *, is_first: bool) -> bool:
    """Return whether a rejected line has words instead of values, as a line of headings has.

    The first line below the headings (`is_first`) can have the second parts of headings, or units.
    """
    cells = _cells(reject.raw)
    if len(reject.raw) > _LONGEST or any(map(str.isdecimal, reject.raw)) or "{" in reject.raw[:2]:
        return False
    known = {meaning_of(cell) for cell in cells} - {""}
    if len(known.intersection(REQUIRED)) >= LIKE_A_SEND:
        return True
    wrong = {each.column for each in reject.reasons if "text" in each.values}
    is_count, is_time = (not wrong.isdisjoint(each) for each in (COUNT_FIELDS, TIME_FIELDS))
    if not ((is_count and is_time) or (is_first and (is_count or is_time))):
        return False
    is_empty = {each.column for each in reject.reasons}.issuperset(FILLED)
    has_state = any(parse_state(cell) is not State.UNKNOWN for cell in cells)
    return is_empty or len(known) > 1 or not has_state


def _reads_as_footer(reject: Reject) -> bool:
    """Return whether a rejected line is a footer, such as a total or the date of the export.

    A line with more than one text after its first cell is not a footer, because it can be a send.
    """
    if len(reject.raw) > _LONGEST or not (cells := _cells(reject.raw)):
        return False
    if set("".join(cells)) <= set("-–—=_*+"):
        return True
    if reject.reasons[0].column == "id" and all(map(_NUMBER.fullmatch, cells)):
        return True  # a line of sums has only numbers
    if len(cells) == 1 and _DATE.fullmatch(cells[0]):
        return True
    texts = [cell for cell in cells[1:] if _has_letter(cell)]
    if len(texts) > 1:
        return False
    if _PHRASE.fullmatch(cells[0]) or _CUT_OFF.fullmatch(cells[0]) or is_about_zone(cells[0]):
        return True
    if _first_word(cells[0]) in _FOOTER_WORDS:
        return True
    label, colon, _ = cells[0].partition(":")
    if colon and not _LABELS.isdisjoint(map(squeeze, label.split())):
        return True
    if colon and meaning_of(label) in TEXTS:
        return True  # `Account: Acme`, above a group of sends
    if len(cells) > 1 and not texts and not _SUMS.isdisjoint(map(squeeze, cells[0].split())):
        return True  # `Campaign totals,,,5`
    return bool(_ROWS.fullmatch(" ".join(squeeze(word) for word in cells[0].split())))


def _leaves_out_rows(text: str) -> bool:
    if match := _ROWS_OF.search(text):
        shown, found = match.groups()
    elif match := _FOUND.search(text):
        found, shown = match.groups()
    else:
        state = _STATE.fullmatch(text)
        is_of_state = state is not None and parse_state(state.group(1)) is not State.UNKNOWN
        return is_of_state or any(each.fullmatch(text) for each in (_CUT_OFF, _FILTERED))
    return int(shown) < int(found)


def _first_word(text: str) -> str:
    """Return the first word of a line that is not in _BEFORE, in the form of `squeeze`, or ""."""
    while (found := _FIRST_WORD.match(text)) and squeeze(found.group(1)) in _BEFORE:
        text = text[found.end() :]
    return squeeze(found.group(1)) if found else ""


def _row(rows: pa.Table, column: str, value: pa.Scalar) -> dict[str, Any]:
    place = pc.index(rows.column(column), value).as_py()
    found: dict[str, Any] = rows.slice(place, 1).to_pylist()[0]
    return found


def _send(row: Mapping[str, Any] | None) -> SendConfiguration | None:
    if row is None:
        return None
    facts = {name: row[name] for name in FED}
    facts |= {"id": ConfigurationId(row["id"]), "state": State(row["state"])}
    return SendConfiguration(**facts)


class _Median:
    """The smallest, the median and the largest of many numbers. The median is of a sample."""

    def __init__(self) -> None:
        self._kept: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self._step = 1
        self._ends: tuple[int, int] | None = None

    def add(self, numbers: npt.NDArray[np.int64]) -> None:
        """Add numbers. If there are too many, keep every second number, then every fourth."""
        if not len(numbers):
            return
        low, high = int(numbers.min()), int(numbers.max())
        if self._ends is not None:
            low, high = min(low, self._ends[0]), max(high, self._ends[1])
        self._ends = (low, high)
        self._kept = np.concatenate([self._kept, numbers[:: self._step]])
        while len(self._kept) > _KEPT:
            self._kept = self._kept[::2]
            self._step *= 2

    def summary(self) -> tuple[int | None, int | None, int | None]:
        """Return the smallest, the median and the largest number. Without numbers, all are None."""
        if self._ends is None:
            return None, None, None
        middle = int(np.sort(self._kept)[(len(self._kept) - 1) // 2])
        return self._ends[0], middle, self._ends[1]
