"""The findings about a file: notes, and a summary of the rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from operator import itemgetter
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from core.domain.load_results import ImportSummary, Meaning, Reason, Reject, StateWord
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
from core.feed.interpreting.reading_rules import Assumed, Order
from core.feed.interpreting.row_reader import A_SUM, FILLED, TEXTS, TIME_MISSING
from core.feed.interpreting.zones import (
    is_about_zone,
    may_name_zone,
    zone_in_words,
    zone_said,
    zone_words,
)
from core.feed.mapping import FeedMapping
from core.ports.feed_batches import FED, MAX_AHEAD, Batch

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
UPDATED_LATER: Final = N_(
    "Rows whose last change is in the future: {n}, the first in line {line}. Freio does not use "
    "this time. The zone of the file or the clock of the sender may be wrong."
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

_EMPTIED: Final = N_(
    "{column} is left empty where the file has an object or a list. To read a part of it, choose "
    "that part as the column."
)
#: Notes with a number of rows. The keys are columns.
_COUNTED: Final[Mapping[str, str]] = {
    "total_records": N_("Sends whose recipients are not reported: {n}. Sums leave them out."),
    "scheduled_at": N_(
        "Sends without a scheduled time: {n}. They are drafts, or they wait, are going out, are "
        "paused or stopped."
    ),
    "id": N_(
        "Rows with the ID of an earlier row: {n}. They are rejected. If they are parts of one "
        "send, such as variations, choose “several columns, joined” for the ID."
    ),
}

#: At most this many state words have their own number of rows. Other words share one number.
_WORDS: Final = 500
#: The maximum number of names in a note, and of notes about footers.
_LISTED: Final = 10
#: The maximum number of zones in which times at 00:00 are counted.
_ZONES: Final = 20
#: The maximum number of kept footers, and of numbers for the median.
_KEPT: Final = 100_000
#: The maximum number of characters of a footer.
_LONGEST: Final = 1_000
_QUOTED: Final = 80


def _words(words: str) -> frozenset[str]:
    return frozenset(map(squeeze, words.split(", ")))


#: First words of footers, in three languages. A footer is a line without a send, such as a total.
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
#: Words to skip before the first word of a footer: `This` in `This report`.
_BEFORE: Final = _words(
    "this, these, the, all, este, esta, estes, estos, estas, el, la, los, las, o, a, os, as, "
    "todo, toda, todos, todas, data, last, ultima, ultimo, your, su, seu, sua"
)
#: Words for a sum, as in `Campaign totals`.
_SUMS: Final = _words("total, totals, totales, totais, subtotal, subtotals, subtotales, subtotais")
#: Words before a colon in a footer, as in `Date of export: 28/11/2026`.
_LABELS: Final = _FOOTER_WORDS | _words(
    "exportacao, exportacion, geracao, generacion, emissao, emision, impressao, impresion, update, "
    "atualizacao, actualizacion, periodo, period, timezone, customer, company, empresa, brand, "
    "marca, team, equipe, equipo, group, grupo"
)
_NUMBER: Final = re.compile(r"[\d.,\s]+%?")
#: The separators of cells. The comma in `1,000` is not a separator.
_SUM_CELLS: Final = re.compile(r"[;\t|\"]|,(?!\d{3}(?!\d))")
_FIRST_WORD: Final = re.compile(r"\W*([^\W\d_]+)(?=[\s:.]|$)")
#: Footers such as `© 2026`, `(*) estimated`, `* estimated`, `www...`, or `For internal use only`.
_PHRASE: Final = re.compile(
    r"(?:©|\(c\)|\(\*+\)|\*+ |https?://|www\.).*"
    r"|.*\b(?:uso interno|internal use)\b.*",
    re.IGNORECASE,
)
#: The time of an export: `28/11/2026 10:00`.
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
#: The start of a range: `1-` in `1-50`.
_FROM: Final = r"(?:\d+\s*(?:-|–|to|a|al|at[eé])\s*)?"
#: Texts such as `Page 1 of 3` and `Showing 1 to 50 of 230 records`.
_PAGE_OF: Final = re.compile(
    r"(?:page|p[aá]g(?:ina)?|folha|hoja)\W*(\d+)\s*(?:of|de|/)\s*(\d+)", re.IGNORECASE
)
_ROWS_OF: Final = re.compile(
    rf"\b(?:{_SHOWN}|{_NOUN})\D*{_FROM}(\d+)\s*(?:{_NOUN}\s*)?(?:of|de|out of)\s*(\d+)",
    re.IGNORECASE,
)
#: A text such as `230 records found, showing 50`.
_FOUND: Final = re.compile(rf"\b(\d+) {_NOUN}\b\D*\b{_SHOWN}\b\D*{_FROM}(\d+)", re.IGNORECASE)
#: A text that says that rows are left out: `Results limited to 50 rows`, `... 350 more rows`,
#: `Showing the first 50 rows`.
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
#: A text that says that the rows are filtered: `Filter: status = scheduled`, `Search: promo`,
#: `Status: Scheduled only`, `Selected rows only`, `Last 30 days`, `Preview (10 rows)`.
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
#: A text with the number of all rows: `320 results`, `Total: 320 campaigns`, or
#: `Total campaigns: 320`.
_ROW_COUNT: Final = re.compile(
    rf"\W*(?:total\w*\W+)?(?:de |of )?(\d+) {_THINGS}\b.*"
    rf"|\W*(?:total\w*|n[uú]mero|number|count)\W+(?:de |of )?{_THINGS}\W+(\d+)\W*",
    re.IGNORECASE,
)


class Findings:
    """The notes about a file, and the summary of the rows.

    * `now`: `Meaning.next_send` is the first send at or after this time.
    * `assumed`: what BlockReader assumes about the values. BlockReader changes this object.
    * `proved`: what the file proves, such as the order of dates (`Survey.proved`).
    * `repeated`: the number of rows with the ID of an earlier row.
    * `page_mark`: a text such as `Page 1 of 3` if sends are missing, or "".
    """

    def __init__(self, now: datetime, zone: ZoneInfo, assumed: Assumed) -> None:
        self.notes: list[Reason] = []
        self._zone, self._assumed = zone, assumed
        self._unclear: list[str] = []
        self._zones: list[str] = []
        self.proved: dict[str, str] = {}
        self._headings = ""
        self._has_joined_id = False
        self._has_state_column = True
        self._layout = Layout()
        self._around: Sequence[str] = ()
        self._now = pa.scalar(now, pa.timestamp("us", tz="UTC"))
        self._latest = pa.scalar(now + MAX_AHEAD, pa.timestamp("us", tz="UTC"))
        self.begin()

    def begin(self) -> None:
        """Forget all rows. Call this before each reading of the file."""
        self.page_mark = ""
        self.repeated = 0
        self._pages: set[int] = set()
        self._rows = 0
        # The recipients so far, and the recipients above the last line with a sum.
        self._recipients_read = self._summed = 0
        # The largest number of rows that a line says, and the line: 320 and `320 results`.
        self._announced: tuple[int, str] = (0, "")
        self._words: Counter[tuple[str, str]] = Counter()
        self._other_words = 0
        # The first and the last scheduled time, the smallest and the largest number of recipients.
        self._times: Sequence[datetime] = ()
        self._sizes: Sequence[int] = ()
        # A sample of the numbers of recipients. With the step 4, each fourth number is kept.
        self._sample: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self._sample_step = 1
        self._unsized = self._untimed = self._timed = self._midnights = 0
        # The number of finished sends with a future scheduled time, and the line of the first one.
        self._early = self._first_early = 0
        # The number of rows with a future time in `updated_at`, and the line of the first one.
        self._ahead = self._first_ahead = 0
        self._first: dict[str, Any] | None = None
        self._largest: dict[str, Any] | None = None
        self._next: dict[str, Any] | None = None
        self._footers: list[Reject] = []
        self._nameless: Reject | None = None
        for title in self._layout.skipped:
            self._find_page(title)

    def _note(self, template: str, about: str = "", /, **values: object) -> None:
        self.notes.append(Reason(template, values, about))

    def _note_columns(self, template: str, names: Sequence[object]) -> None:
        if names:
            self._note(template, columns=_listed(names))

    def add_columns(
        self,
        mapping: FeedMapping,
        columns: ColumnMap,
        headings: Sequence[str],
        absent: Sequence[str],
    ) -> None:
        """Add notes about the mapping and the columns. The first rows lack the columns `absent`."""
        self._headings = squeeze("".join(headings))
        if mapping.name:
            self._note(READ_BY, name=mapping.name)
        for name, source in mapping.fields.items():
            if source.value:
                self._note(FIXED_VALUE, name, value=source.value, column=name)
            elif not source.is_reported:
                template = N_("The mapping says that the files do not report {column}.")
                self._note(template, name, column=name)
            elif source.takes_first:
                self._note(FIRST_OF, name, column=name, columns=_listed(source.columns))
            elif source.unknown:
                template = N_("“{text}” in {column} means that it is not reported.")
                self._note(template, name, text=source.unknown, column=name)
        id = mapping.fields.get("id")
        state = mapping.fields.get("state")
        self._has_state_column = state is None or not state.value
        self._has_joined_id = id is not None and len(id.columns) > 1 and not id.takes_first
        template = N_("The file does not have these columns of the mapping: {columns}.")
        self._note_columns(template, columns.lost)
        template = N_("The first rows do not have these columns of the mapping: {columns}.")
        self._note_columns(template, absent)
        for name, words in columns.zones.items():
            if zone := zone_in_words(words):
                self._note(NAMED_ZONE, name, column=name, zone=zone_words(zone))
        due = "scheduled_at"
        if columns.zone_place is not None:
            self._note(ZONE_BESIDE, due, column=due, heading=headings[columns.zone_place])
        left_out = {str(column) for column in mapping.ignored}
        self._zones = [h for h in columns.unknown if may_be_zone(h) and h not in left_out]
        times = {place for name in TIME_FIELDS for place in columns.columns_of(name)}
        self._unclear = [headings[n] for n in sorted(times) if may_name_zone(headings[n])]
        found = (columns.places[name] for name in columns.unmapped)
        unmapped = [headings[place] for place in found if place < len(headings)]
        for part in sorted({part for each in unmapped if (part := part_of(each))}):
            self._note(IN_PART, part=part)
        if KEY in unmapped:
            self._note(N_("The ID of each send is its key in the file."), "id")
        rivals, total = (*columns.rivals, *columns.near), "total_records"
        for name in columns.guessed:
            if name == total and rivals:
                continue  # the notes about rivals name this column
            template = N_("{column} is read from the column “{heading}”.")
            self._note(template, name, column=name, heading=headings[columns.places[name]])
        due_in = columns.columns_of(due)
        if due not in mapping.fields and len(due_in) > 1:
            is_pair = columns.derived[columns.places[due] - columns.width].is_time
            names = _listed([headings[place] for place in due_in])
            self._note(DAY_AND_HOUR if is_pair else FIRST_OF, due, column=due, columns=names)
        for place in rivals:
            taken = headings[columns.places[total]]
            self._note(RIVAL, total, column=total, heading=headings[place], taken=taken)
        if looks_like_row(headings):
            template = N_(
                "The first line looks like a send, but it is read as the headings: “{text}”. "
                "Add a line with headings above it."
            )
            self._note(template, text=", ".join(headings)[:_QUOTED])
        self._note_columns(N_("Columns that are not read: {columns}."), columns.unknown)
        template = N_("Columns without a heading that are not read: {columns}.")
        self._note_columns(template, columns.nameless)
        if mapping.order is not None:
            self._note(_ORDERED[mapping.order], due)
        self._add_cells(columns, headings)

    def _add_cells(self, columns: ColumnMap, headings: Sequence[str]) -> None:
        fields = {place: name for name in columns.places for place in columns.columns_of(name)}
        hidden = [headings[n] for n in self._layout.hidden_columns if n in fields]
        self._note_columns(N_("Hidden columns of the sheet are read too: {columns}."), hidden)
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
            self._note(template, fields[place], column=fields[place], cell=cell, error=error)

    def add_layout(self, layout: Layout) -> None:
        """Add notes about the place of the sends in the file."""
        self._layout = layout
        if layout.skipped:
            template = N_("The headings are in line {line}; above them: “{text}”.")
            quoted = " · ".join(each.lstrip(",;\t|") for each in layout.skipped)
            self._note(template, line=layout.heading_line, text=quoted[:_QUOTED])
        if layout.second_line:
            template = N_("The line below the headings belongs to them: “{text}”.")
            self._note(template, text=layout.second_line[:_QUOTED])
        if len(layout.sheets) > 1:
            template = N_("The sheet “{sheet}” is read; the workbook also has: {sheets}.")
            sheets = [each for each in layout.sheets if each != layout.sheet]
            self._note(template, sheet=layout.sheet, sheets=_listed(sheets))
        if layout.hidden_rows:
            self._note(N_("Hidden rows of the sheet are read too: {n}."), n=layout.hidden_rows)
        others = [each for each in layout.lists if each != layout.list]
        if others:
            template = N_("The sends are in the list “{list}”; the file also has: {others}.")
            self._note(template, list=layout.list, others=_listed(others))
        elif layout.list:
            self._note(N_("The sends are in the list “{list}”."), list=layout.list)
        if layout.wrapper:
            self._note(IN_PART, part=layout.wrapper)

    def without_footers(self, batch: Batch) -> Batch:
        """Remove footers and repeated headings from the rejects.

        Raises FeedError if a line seems to have other headings than the file. The columns below
        this line can have other fields.
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
                happened = N_(
                    "Line {line} looks like a second line of headings, or like the headings of "
                    "another table: “{text}”."
                )
                todo = N_(
                    "Keep one table with one line of headings in the file, or choose the line with "
                    "the headings on the page Imports."
                )
                raise FeedError(happened, todo, line=reject.line, text=reject.raw[:_QUOTED])
            else:
                is_footer = _reads_as_footer(reject) and not self._has_cells_of_send(reject)
                if not is_footer and any(each.template == A_SUM for each in reject.reasons):
                    is_footer = self._is_sum(reject, before, batch.rows)
            if is_footer:
                self._find_page(reject.raw)
                self._footers.append(replace(reject, raw=reject.raw[: _QUOTED + 1]))
                del self._footers[_KEPT:]
            else:
                rejects.append(reject)
        return Batch(batch.rows, rejects)

    def _repeats_top(self, reject: Reject) -> bool:
        text = squeeze(reject.raw[:_LONGEST])
        return bool(text) and text in (self._headings, *map(squeeze, self._layout.skipped))

    def _is_sum(self, reject: Reject, before: int, rows: pa.Table) -> bool:
        """Return whether a line has the sum of the recipients above it.

        The sum can be of all rows, or of the rows since the last sum. `rows` are the sends of the
        block with this line. `before` is the sum of all earlier blocks.
        """
        above = rows.filter(pc.less(rows.column("line"), reject.line)).column("total_records")
        of_all = before + (pc.sum(above).as_py() or 0)
        sums = {str(of_all), str(of_all - self._summed)}
        self._summed = of_all
        return not sums.isdisjoint(re.sub(r"\D", "", cell) for cell in _SUM_CELLS.split(reject.raw))

    def _has_cells_of_send(self, reject: Reject) -> bool:
        """Return whether a row has an ID and more cells of a send.

        The ID is not enough: the footer `Total,2` seems to have the ID `Total`.
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
        text = re.sub(r"(?<=\d)[.,](?=\d{3})", "", text.strip(' ",;\t|'))
        if page := _PAGE_OF.search(text):
            self._pages.add(int(page.group(1)))
            # A file with the footers `Page 1 of 2` and `Page 2 of 2` is complete.
            is_part = not self._pages.issuperset(range(1, int(page.group(2)[:4]) + 1))
            self.page_mark = text[:_QUOTED] if is_part else ""
        elif _leaves_out_rows(text):
            self.page_mark = text[:_QUOTED]
        elif count := _ROW_COUNT.fullmatch(text):
            number = int((count.group(1) or count.group(2))[:12])
            self._announced = max(self._announced, (number, text[:_QUOTED]))

    def finish(self, page_mark: str, zones: Sequence[str]) -> None:
        """After the last row, add the page mark and the zones that stand outside the rows."""
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
        scheduled, sizes = rows.column("scheduled_at"), rows.column("total_records")
        self._times = _ends(self._times, scheduled)
        self._sizes = _ends(self._sizes, sizes)
        self._unsized += sizes.null_count
        self._untimed += scheduled.null_count
        due = pc.drop_null(scheduled)
        self._timed += len(due)
        self._midnights += int(np.count_nonzero(self._at_midnight(due)))
        recipients = pc.drop_null(sizes).to_numpy()[:: self._sample_step]
        self._sample = np.concatenate([self._sample, recipients])
        while len(self._sample) > _KEPT:
            self._sample = self._sample[::2]
            self._sample_step *= 2
        self._first = _extreme(self._first, rows, "line", min)
        self._largest = _extreme(self._largest, rows, "total_records", max)
        is_done = pc.equal(rows.column("state"), State.SENT_DONE.value)
        early = rows.column("line").filter(pc.and_(is_done, pc.greater(scheduled, self._now)))
        self._early += len(early)
        self._first_early = self._first_early or pc.min(early).as_py() or 0
        is_ahead = pc.greater(rows.column("updated_at"), self._latest)
        ahead = rows.column("line").filter(is_ahead)
        self._ahead += len(ahead)
        self._first_ahead = self._first_ahead or pc.min(ahead).as_py() or 0
        states = pa.array([state.value for state in ON_ITS_WAY])
        is_going = pc.is_in(rows.column("state"), value_set=states)
        is_next = pc.and_(is_going, pc.greater_equal(scheduled, self._now))
        self._next = _extreme(self._next, rows, "scheduled_at", min, is_next)

    def _at_midnight(self, times: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
        return are_midnights(times, tuple(self._assumed.zones)[:_ZONES])

    def lines_at_midnight(self, rows: pa.Table) -> pa.Array:
        """Return the line numbers of the sends at 00:00."""
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
        """The summary of the rows."""
        earliest, latest = self._times or (None, None)
        smallest, largest = self._sizes or (None, None)
        sample = np.sort(self._sample)
        return Meaning(
            states=[
                StateWord(word=word, state=State(state), rows=rows)
                for (word, state), rows in self._words.most_common()
            ],
            other_words=self._other_words,
            earliest=earliest,
            latest=latest,
            smallest=smallest,
            median=int(sample[(len(sample) - 1) // 2]) if len(sample) else None,
            largest=largest,
            first_send=_send(self._first),
            largest_send=_send(self._largest),
            next_send=_send(self._next),
        )

    @property
    def lines_beside(self) -> Sequence[str]:
        """The titles, zones and footers outside the rows."""
        lines = [*self._layout.skipped, *self._around, *(each.raw for each in self._footers)]
        return [line.strip(' ",;\t|') for line in lines]

    def _about_zone(self) -> Iterator[Reason]:
        for text in self.lines_beside:
            if said := zone_said(text):
                template = NOT_SAID_ZONE if self.is_other_zone(said) else SAID_ZONE
                yield Reason(template, {"zone": zone_words(self._zone), "text": text[:_QUOTED]})
            elif is_about_zone(text):
                yield Reason(UNCLEAR_LINE, {"text": text[:_QUOTED]})

    def is_other_zone(self, zone: ZoneInfo | None) -> bool:
        """Return whether `zone` would change the first or the last scheduled time."""
        times = self._times if zone else ()
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
        """Return `done` with all notes and the meaning of the rows."""
        notes = [*self.notes, *self._last_notes(done, is_full=is_full)]
        return replace(done, notes=notes, meaning=self.meaning)

    def _last_notes(self, done: ImportSummary, *, is_full: bool) -> Iterator[Reason]:
        if self._assumed.zone:
            about_zone = list(self._about_zone())
            if all(each.template == UNCLEAR_LINE for each in about_zone):
                yield Reason(ASSUMED_ZONE, {"zone": zone_words(self._zone)})
            yield from (Reason(UNREAD_ZONES, {"heading": each}) for each in self._zones)
            yield from (Reason(UNCLEAR_ZONE, {"heading": each}) for each in self._unclear)
            yield from about_zone
        for name in sorted(self._assumed.empty):
            yield Reason(_EMPTIED, {"column": name}, name)
        if self._midnights:
            yield Reason(AT_MIDNIGHT, {"n": self._midnights, "m": self._timed}, "scheduled_at")
        if self._first is None and done.unchanged:
            yield Reason(N_("This file was loaded before. Only what changed since is read."))
        # A joined ID can contain the scheduled time. This time can change until the send ends.
        if self._has_joined_id and any(state not in TERMINAL for _, state in self._words):
            yield Reason(JOINED_ID, {}, "id")
        unknown = [w for w in self.meaning.states if w.state is State.UNKNOWN and w.word]
        if unknown:
            words = ", ".join(f"{each.word} ({each.rows})" for each in unknown[:_LISTED])
            if len(unknown) > _LISTED:
                words += f" … (+{len(unknown) - _LISTED})"
            rows = sum(each.rows for each in unknown)
            yield Reason(ABOUT_STATES, {"n": rows, "words": words}, "state")
        if self._early and self._has_state_column:
            yield Reason(ENDED_LATER, {"n": self._early, "line": self._first_early}, "state")
        elif self._early:
            yield Reason(ENDED_EARLY, {}, "state")
        if self._ahead:
            yield Reason(UPDATED_LATER, {"n": self._ahead, "line": self._first_ahead}, "updated_at")
        for name, n in zip(_COUNTED, (self._unsized, self._untimed, self.repeated), strict=True):
            if n:
                yield Reason(_COUNTED[name], {"n": n}, name)
        for each in sorted(self._footers, key=lambda footer: footer.line)[:_LISTED]:
            quoted = each.raw if len(each.raw) <= _QUOTED else each.raw[:_QUOTED] + "…"
            template = N_("Line {line} is not a send and is left out: “{text}”.")
            yield Reason(template, {"line": each.line, "text": quoted})
        if len(self._footers) > _LISTED:
            template = N_("More lines that are not sends and are left out: {n}.")
            yield Reason(template, {"n": len(self._footers) - _LISTED})
        if self.page_mark:
            template = N_(
                "The file seems to have only some of the sends ({mark}). Load the others too."
            )
            yield Reason(template, {"mark": self.page_mark})
        if is_full and self.page_mark:
            template = N_(
                "No send is marked as no longer reported, because the file has only some of the "
                "sends."
            )
            yield Reason(template)
        elif is_full and done.missing is None and self._nameless is not None:
            template = N_(
                "No send is marked as no longer reported: line {line} cannot be read and may be "
                "any send."
            )
            yield Reason(template, {"line": self._nameless.line})


def _listed(names: Sequence[object]) -> str:
    shown = ", ".join(str(name or "–") for name in names[:_LISTED])
    return shown + (" …" if len(names) > _LISTED else "")


def _cells(raw: str) -> list[str]:
    return [cell for each in re.split(r"[,;\t|]", raw) if (cell := each.strip(' "'))]


def _has_letter(text: str) -> bool:
    return any(map(str.isalpha, text))


def _has_other_headings(reject: Reject, *, is_first: bool) -> bool:
    # If `is_first` is true, the line is directly below the headings. It can have the units of the
    # columns.
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
    if len(reject.raw) > _LONGEST or not (cells := _cells(reject.raw)):
        return False
    first, *others = cells
    has_only_numbers = reject.reasons[0].column == "id" and all(map(_NUMBER.fullmatch, cells))
    if has_only_numbers or set("".join(cells)) <= set("-–—=_*+"):
        return True
    # A line with several texts after the first cell can be a send.
    texts = sum(map(_has_letter, others))
    label, colon, _ = first.partition(":")
    return texts <= 1 and bool(
        (not others and _DATE.fullmatch(first))
        or _PHRASE.fullmatch(first)
        or _CUT_OFF.fullmatch(first)
        or is_about_zone(first)
        or _first_word(first) in _FOOTER_WORDS
        or (colon and _has_word_of(_LABELS, label))
        or (colon and meaning_of(label) in TEXTS)  # `Account: Acme`, above a group of sends
        or (others and not texts and _has_word_of(_SUMS, first))  # `Campaign totals,,,5`
        or _ROWS.fullmatch(" ".join(map(squeeze, first.split())))
    )


def _has_word_of(words: frozenset[str], text: str) -> bool:
    return not words.isdisjoint(map(squeeze, text.split()))


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
    while (found := _FIRST_WORD.match(text)) and squeeze(found.group(1)) in _BEFORE:
        text = text[found.end() :]
    return squeeze(found.group(1)) if found else ""


def _ends(known: Sequence[Any], column: pa.ChunkedArray) -> Sequence[Any]:
    found = pc.min_max(column).as_py().values()
    values = [*known, *(each for each in found if each is not None)]
    return (min(values), max(values)) if values else ()


def _extreme(
    known: dict[str, Any] | None,
    rows: pa.Table,
    column: str,
    pick: Callable[..., Any],
    among: pa.ChunkedArray | None = None,
) -> dict[str, Any] | None:
    """Return the row with the smallest or largest value of `column`.

    `pick` is `min` or `max`. `known` is the result for earlier rows. `among` is a mask of `rows`.
    """
    values = rows.column(column)
    if among is not None:
        values = pc.if_else(among, values, None)
    value = (pc.min if pick is min else pc.max)(values)
    if not value.is_valid:
        return known
    (found,) = rows.slice(pc.index(values, value).as_py(), 1).to_pylist()
    row: dict[str, Any] = pick(known or found, found, key=itemgetter(column))
    return row


def _send(row: Mapping[str, Any] | None) -> SendConfiguration | None:
    if row is None:
        return None
    facts = {name: row[name] for name in FED}
    facts |= {"id": ConfigurationId(row["id"]), "state": State(row["state"])}
    return SendConfiguration(**facts)
