"""Files like those of customers: each is read, leads to a question, or is refused with the reason."""

from collections import Counter
from datetime import UTC, datetime
from io import BytesIO

import pytest

from core.domain.model import Actor, Role
from core.domain.states import squeeze
from core.errors import FeedError
from core.feed.import_report import as_report
from core.feed.interpreting.headings import _ELSE, _HEADINGS
from core.feed.load_options import LoadOptions
from core.feed.loader import Loader
from core.feed.mapping import from_toml
from tests.feed.workbooks import workbook

pytestmark = pytest.mark.slow

ME = Actor("t", Role.ADMINISTRATOR)
HEAD = "id,name,state,total_records,scheduled_at"
AT = "2030-01-02T12:00Z"
ROW = f"1,A,scheduled,5,{AT}"
READ = "1 new, 0 rejected: 1 A SCHEDULED 5 2030-01-02 12:00"


def tried(loader: Loader, text: str | bytes, mapping: str = "", name: str = "f.csv") -> str:
    """Return the result of a dry run of a file in one line; times are in UTC."""
    data = BytesIO(text if isinstance(text, bytes) else text.encode())
    options = LoadOptions(mapping=from_toml(mapping) if mapping else None, is_full=True)
    try:
        found = loader.preview(data, name, ME, options)
    except FeedError as refused:
        return f"{type(refused).__name__}: {refused}"
    summary, first = found.summary, found.summary.meaning.first_send
    assert first is not None
    when = f"{first.scheduled_at:%Y-%m-%d %H:%M}" if first.scheduled_at else "no time"
    send = f"{first.id} {first.name} {first.state} {first.total_records} {when}"
    said = [each.reason for each in found.rejects] + [str(each) for each in summary.notes]
    return f"{summary.new} new, {summary.rejected} rejected: {send} | " + " | ".join(said)


def one(name: str = "A", state: str = "scheduled", total: str = "5", at: str = AT) -> str:
    return f'1,"{name}",{state},"{total}","{at}"'


@pytest.mark.parametrize(
    "text",
    [
        f"# exported by a tool\n{HEAD}\n{ROW}",
        f"Sends,scheduled\n{HEAD}\n{ROW}",
        f"SEP=;\r\n{HEAD}\r\n{ROW}".replace(",", ";"),
        f"\ufeffsep=,\n{HEAD}\n{ROW}",
        f"{HEAD}\n{ROW}".replace(",", " | "),
        "| " + f"{HEAD} |\n|-|-|-|-|-|\n| {ROW} |".replace(",", " | "),
        f"{HEAD},clicks,clicks\n{ROW},1,2",
        f",{HEAD}\n0,{ROW}",
        f'id, name, state, total_records, scheduled_at\n1, "A", "scheduled", 5, "{AT}"',
        f'"id", "name", "state", "total_records", "scheduled_at"\n"1", "A", "scheduled", "5", "{AT}"',
        f'{HEAD}\n="1",A,scheduled,="5",{AT}'.replace('="1"', '"=""1"""').replace(
            '="5"', '"=""5"""'
        ),
    ],
)
def test_a_table_is_read_whatever_is_around_and_between_its_cells(
    loader: Loader, text: str
) -> None:
    assert tried(loader, text).startswith(READ)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_a_table_is_read_in_any_encoding(loader: Loader, encoding: str) -> None:
    names = ["Promoção", *(["Promo 😀", "一"] if encoding.startswith("utf") else [])]
    rows = [f"{number},{name},scheduled,5,{AT}" for number, name in enumerate(names, 2)]
    found = tried(loader, "\n".join([HEAD, ROW, *rows]).encode(encoding))
    assert found.startswith(READ.replace("1 new", f"{1 + len(names)} new"))


@pytest.mark.parametrize("encoding", ["mac_roman", "cp850"])
@pytest.mark.parametrize(
    "name",
    [
        *("Promoção", "São João", "Informações", "Avós", "Três", "Você", "Público", "PROMOÇÃO"),
        *(
            "Campaña",
            "Código",
            "Acción",
            "Reactivación",
            "niño",
            "CAMPAÑA",
            "Antônio",
            "até",
            "baño",
        ),
    ],
)
def test_letters_of_another_system_are_not_read_as_wrong_ones(
    loader: Loader, encoding: str, name: str
) -> None:
    found = tried(loader, f"{HEAD}\n1,{name},scheduled,5,{AT}\n{ROW}".encode(encoding))
    assert "seem wrong: the file may come from a Mac or from an old system." in found
    assert "Save it as UTF-8" in found


@pytest.mark.parametrize(
    "name",
    [
        *("Promoção de Verão – “é já” €5", "PROMOçãO", "promoÇÃO", "mÃes", "D’água", "Loja’s"),
        *("Rio–SP", "sale—last chance", "Sr\xa0Silva, 5\xa0kg de", "Škoda", "Œuvre et cœur"),
        *("Freio™ e Freio®app", "1ª e 2º", "¿Qué? ¡Ya!", "N°5", "R$\xa05", "Café…agora", "ÆON"),
        *("café ‹novo›", "Straße", "naïve", "A–Z", "10‰ off", "„Angebot“", "Total‡, nota†"),
        *("“AMANHÔ", "MANHÃ…", "IRMÃ®", "LÃ – 5%", "MAÇÃ»", "NÃO", "SÃO", "Â – Ê"),
    ],
)
def test_letters_of_windows_are_read(loader: Loader, name: str) -> None:
    text = f'{HEAD}\n1,"{name}",scheduled,5,{AT}\n2,ção,scheduled,5,{AT}'
    assert f"2 new, 0 rejected: 1 {name} SCHEDULED" in tried(loader, text.encode("cp1252"))


@pytest.mark.parametrize(
    "name",
    [
        *("Promoção", "Ação", "Café", "NÃO", "AÇÃO", "último", "Código", "Campaña", "1º lote"),
        *("São João", "você", "A – B", "já é “hoje”", "¡Ya!", "Natal 🎄", "Três"),
    ],
)
@pytest.mark.parametrize("other", ["ção".encode("cp1252"), "ção".encode()[:-2]])
def test_names_in_utf8_are_not_read_as_wrong_ones_because_of_another_row(
    loader: Loader, name: str, other: bytes
) -> None:
    text = f"{HEAD}\n1,{name},scheduled,5,{AT}\n2,".encode() + other + f",sent,5,{AT}".encode()
    found = tried(loader, text)
    assert "Some letters of the file are in UTF-8, and others are cut or in another" in found


def test_a_quoted_cell_after_a_space_may_have_the_delimiter_and_line_ends(loader: Loader) -> None:
    text = f'{HEAD}\n1, "A, b\nc ""d""", scheduled, 5, {AT}\n2,B,scheduled,6,{AT}'
    assert '1 A, b\nc "d" SCHEDULED' in tried(loader, text)


@pytest.mark.parametrize(
    "footer",
    [
        "Campaign totals,,,5,",
        "Totais da campanha,,,5,",
        "Totales de la campaña,,,5,",
        "Gran total,,,5,",
        "Account total,,,5,",
        "Overall,,,5,",
        "Somatório,,,5,",
        ",TOTAL,,5,",
        "(1 row)",
        "1 resultado encontrado",
        "Data de exportação: 28/11/2026",
        "Fecha de exportación: 28/11/2026",
        "Última actualización: 28/11/2026",
        "Filtros: estado = agendado",
        "*** End of report ***",
        "Descargado el 28/11/2026",
        "Downloaded on 2026-11-28 10:00",
        "Downloaded by Ana,,,,",
        "Baixado em 28/11/2026 às 10:00",
        "Data extraída em 28/11/2026",
        "Los datos se extrajeron el 28/11/2026",
        "Este informe es confidencial",
        "Este relatório é confidencial, não distribua",
        "This report is confidential.,,,,",
        "Documento confidencial",
        "Para uso interno",
        "Internal use only",
        "Todos os direitos reservados",
        "© 2026 ACME",
        "www.example.com",
        "* horários em Brasília (GMT-3)",
        "* Horarios en hora local",
        "** All times are in UTC",
        "Times in America/Sao_Paulo",
        "Los horarios están en UTC",
        "Zona horaria America/Lima",
        "(*) valores estimados",
        "* estimated,,,,",
        "28/11/2026 10:00,,,,",
        "2026-11-28T10:00:00Z",
        "28.11.2026",
        "—,—,—,—,—",
        "+----+------+",
    ],
)
def test_a_footer_is_left_out_and_named(loader: Loader, footer: str) -> None:
    found = tried(loader, f"{HEAD}\n{ROW}\n{footer}")
    assert found.startswith(READ)
    assert f"Line 3 is not a send and is left out: “{footer}”." in found


def quoted(line: str) -> str:
    return '"' + line.replace('"', '""') + '"'


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("after", ["", ",,", ";;"])
def test_rows_in_quotes_are_read_as_rows(
    loader: Loader, delimiter: str, end: str, after: str
) -> None:
    lines = [HEAD, ROW, f'2,"B, ""b""",scheduled,6,{AT}', '3,"C",scheduled,7,x']
    lines = [line.replace(",", delimiter).replace(f"B{delimiter}", "B,") for line in lines]
    rows = [quoted(line) + after for line in lines[1:]]
    title = quoted(f"Report{delimiter}x")
    for head in (lines[0], quoted(lines[0]) + after, f"{title}{end}{quoted(lines[0])}"):
        found = tried(loader, end.join([head, *rows, "Total: 3"]))
        assert found.startswith("2 new, 1 rejected: 1 A SCHEDULED 5 2030-01-02 12:00")
        assert "“x” is not a date and time" in found
        assert "is not a send and is left out: “Total: 3”" in found
    second = tried(loader, end.join([lines[0], rows[1]]))
    assert second.startswith('1 new, 0 rejected: 2 B, "b" SCHEDULED 6 2030-01-02 12:00')


@pytest.mark.parametrize("other", [ROW, '"1","A","scheduled","5","2030-01-02T12:00Z"'])
def test_a_row_in_quotes_among_others_is_rejected(loader: Loader, other: str) -> None:
    found = tried(loader, "\n".join([HEAD, quoted(f"2,B,scheduled,5,{AT}"), other]))
    assert found.startswith(READ.replace("0 rejected", "1 rejected"))


LONG = f"{HEAD},channel,account"


def test_a_row_may_lack_the_cells_of_optional_columns_at_its_end(loader: Loader) -> None:
    rows = [ROW, f"2,B,scheduled,5,{AT},email", f"3,C,scheduled,5,{AT},email,x"]
    for each in (rows, rows[:1], rows[:2], rows[::-1]):
        text = "\n".join([LONG, *each])
        first = each[0][0]
        read = f"{len(each)} new, 0 rejected: {first} "
        assert tried(loader, f"{text}\n").startswith(read)
    moved = f"{HEAD},Rescheduled to\n{ROW}\n3,C,scheduled,5,{AT},2030-01-03T12:00Z\n"
    assert tried(loader, moved).startswith("2 new, 0 rejected")


def test_a_row_that_lacks_the_cell_of_a_required_column_is_rejected(loader: Loader) -> None:
    found = tried(loader, f"{LONG}\n{ROW}\n2,B,draft,5\n3,Promo\nof may,scheduled,5,{AT},email,x\n")
    assert found.startswith(READ.replace("0 rejected", "3 rejected"))
    assert "its number of cells (4) is not that of the headings (7)" in found


def test_dates_and_ids_of_short_rows_count_too(loader: Loader) -> None:
    rows = "1,A,scheduled,5,05/04/2030\n2,B,scheduled,5,05/04/2030,email,x"
    assert "order of day and month in f.csv is not clear" in tried(loader, f"{LONG}\n{rows}\n")
    proved = tried(loader, f"{LONG}\n{rows}\n3,C,sent,5,23/04/2030\n")
    assert proved.startswith("3 new, 0 rejected: 1 A SCHEDULED 5 2030-04-05")
    again = tried(loader, f"{LONG}\n{ROW}\n{ROW},email,x\n")
    assert "its ID is already in line 2" in again


def test_a_last_row_that_alone_is_short_and_has_no_line_end_is_cut_off(loader: Loader) -> None:
    text = f"{LONG}\n{ROW},,\n2,B,scheduled,5,2030-01-02"
    assert tried(loader, text).startswith(READ.replace("0 rejected", "1 rejected"))
    assert tried(loader, f"{text}\n").startswith("2 new, 0 rejected")


def test_a_short_row_above_the_last_row_is_not_cut_off(loader: Loader) -> None:
    text = f"{LONG}\n2,B,scheduled,5,2030-01-02\n{ROW},,"
    assert tried(loader, text).startswith("2 new, 0 rejected")


@pytest.mark.parametrize("blank", [",,,,", " ,,, ,", ",,", ",,,,,,,", '"","","","",""', '"",'])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("name", ["B", '"B\nb"'])
def test_a_row_without_any_text_is_no_row(
    loader: Loader, blank: str, delimiter: str, name: str
) -> None:
    text = f"{HEAD}\n{ROW}\n{blank}\n2,{name},scheduled,5,{AT}\n{blank}"
    found = tried(loader, text.replace(",", delimiter))
    assert found.startswith(READ.replace("1 new", "2 new"))
    assert "not a send" not in found
    assert "No send is marked" not in found


@pytest.mark.parametrize(
    "cut_off",
    [
        *("2,Total", "Promo total", "2,Campaign totals,sent,5", "2,B,,5,", "2,Este informe,sent"),
        *("2,Horários,sent,x,", "A hora da promo", "Oferta confidencial", "La promo"),
    ],
)
def test_a_line_that_may_be_a_send_is_no_footer(loader: Loader, cut_off: str) -> None:
    assert tried(loader, f"{HEAD}\n{ROW}\n{cut_off}").startswith("1 new, 1 rejected")


@pytest.mark.parametrize(
    "send",
    [
        *("Resumo semanal,17,5000,31/02/2030 10:00,scheduled", "Report,17,,,sent"),
        *("Nota fiscal,17,12.5,26/12/2030 10:00,scheduled", "Total,17,x,26/12/2030 10:00,7"),
        "Resumo semanal,17,5000,26/12/2030 10:00,",
    ],
)
def test_a_send_whose_name_reads_as_a_footer_is_no_footer(loader: Loader, send: str) -> None:
    head = "name,id,total_records,scheduled_at,state"
    found = tried(loader, f"{head}\nA,1,5,{AT},scheduled\n{send}")
    assert found.startswith("1 new, 1 rejected: 1 A ")
    assert "not a send" not in found


@pytest.mark.parametrize(
    "footer", ["Total,2,12,,", "Total,,12,26/12/2030,", "Subtotal,2,,,", "---,--,-,--,-"]
)
def test_a_footer_may_have_a_cell_in_the_column_of_the_ids(loader: Loader, footer: str) -> None:
    head = "name,id,total_records,scheduled_at,state"
    found = tried(loader, f"{head}\nA,1,5,{AT},scheduled\n{footer}")
    assert "Line 3 is not a send and is left out" in found


@pytest.mark.parametrize("send", ["Report,17,sent,,", "Report,17,sent,x,31/02/2030 10:00"])
def test_an_id_that_reads_as_a_footer_is_one_beside_a_name_and_a_state(
    loader: Loader, send: str
) -> None:
    assert tried(loader, f"{HEAD}\n{ROW}\n{send}").startswith("1 new, 1 rejected")


@pytest.mark.parametrize(
    "other",
    ["Total,1 campaign,,5,28/11/2030", "2,,scheduled,5,28/11/2030", " ,B,scheduled,5,28/11/2030"],
)
def test_a_row_that_is_no_send_does_not_decide_the_order_of_dates(
    loader: Loader, other: str
) -> None:
    found = tried(loader, f"{HEAD}\n1,A,scheduled,5,03/04/2030\n{other}")
    assert "The order of day and month in f.csv is not clear" in found
    proved = f"{HEAD}\n1,A,scheduled,5,04/25/2030\n{other}"
    assert "because of “04/25/2030” in line 2" in tried(loader, proved)


@pytest.mark.parametrize("total", ["12.000", "12.5", "1.234.567,5", "12,5"])
@pytest.mark.parametrize("others", [["5000"], ["1.234.567", "5.0"], ["1.500", "1.234.567"]])
def test_a_footer_does_not_decide_the_decimal_sign(
    loader: Loader, total: str, others: list[str]
) -> None:
    rows = [f'{n},B,scheduled,"{each}",{AT}' for n, each in enumerate(others)]
    alone = tried(loader, "\n".join([HEAD, *rows]))
    found = tried(loader, "\n".join([HEAD, f'Total,,,"{total}",', *rows, f'Total,,,"{total}",']))
    assert found.split(" | ")[0] == alone.split(" | ")[0]
    assert f"{len(others)} new, 0 rejected" in found


@pytest.mark.parametrize(
    ("total", "others", "found"),
    [
        ("64517.0", (), "1 new, 0 rejected: 1 A SCHEDULED 64517"),
        ("64.517", (), "1 new, 0 rejected: 1 A SCHEDULED 64517"),
        ("12.000", ("1.234,00",), "2 new, 0 rejected: 1 A SCHEDULED 12000"),
        ("12,000", ("1,234.50",), "1 new, 1 rejected: 1 A SCHEDULED 12000"),
        ("12.000", ("12.5",), "1 new, 1 rejected: 1 A SCHEDULED 12 "),
        ("1.500", ("12,5",), "1 new, 1 rejected: 1 A SCHEDULED 1500"),
        ("1.500", ("12.5",), "two decimal signs: “12.5” in line 3 and “1.500” in line 2"),
        ("1.500", ("12.5",), "Only in one of them “.” can be before decimals."),
        ("12.500", ("7", "12.5"), "two decimal signs: “12.5” in line 4 and “12.500” in line 2"),
        ("1.500", ("12.50", "12.5"), "two decimal signs: “12.50” in line 3 and “1.500” in line 2"),
        ("12.000", (), "OpenQuestionError: The meaning of a number"),
        ("1.234,5", ("7",), "“1.234,5” is not a whole number"),
        ("0.500", (), "“0.500” is not a whole number"),
        ("1.500", ("0.500",), "two decimal signs: “0.500” in line 3 and “1.500” in line 2"),
        ("0.000", ("1.500",), "2 new, 0 rejected: 1 A SCHEDULED 0 "),
        ("12.000", ("0.000", "1.500"), "3 new, 0 rejected: 1 A SCHEDULED 12000 "),
        ("98.5%", (), "“98.5%” is a percentage"),
        ("n/d", (), "1 new, 0 rejected: 1 A SCHEDULED None"),
    ],
)
def test_numbers_are_read_as_the_whole_column_shows(
    loader: Loader, total: str, others: tuple[str, ...], found: str
) -> None:
    rows = [f'{n},B,scheduled,"{each}",{AT}' for n, each in enumerate(others, start=2)]
    assert found in tried(loader, "\n".join([HEAD, one(total=total), *rows]))


@pytest.mark.parametrize(
    ("at", "others", "found"),
    [
        ("3-11-30 9:00", ("13-11-30 9:00", "13/11/30"), "2030-11-03 12:00"),
        ("23-11-30 9:00", ("13/11/2030",), "2030-11-23 12:00"),
        ("23-11-30 9:00", (), "“23-11-30” can be any of these days: 2030-11-23, 2023-11-30."),
        ("30-11-24 9:00", (), "“30-11-24” can be any of these days: 2024-11-30, 2030-11-24."),
        ("26/12/01", (), "“26/12/01” can be any of these days: 2001-12-26, 2026-12-01."),
        ("01.12.26 9:00", (), "is 2026-12-01 if the day comes first, and 2026-01-12 if the month"),
        ("Fri 26/12/01", (), "OpenQuestionError: The order of day, month and year"),
        ("Tue 26/12/01", (), "2026-12-01 03:00"),
        ("26/12/01", ("32/12/01",), "2026-12-01"),
        ("26/12/01 9:00", ("26/1/5",), "2026-12-01 12:00"),
        ("26/12/01", ("26/11/31",), "2001-12-26"),
        ("23/11/26", ("3/11/26",), "2026-11-23"),
        ("26/12/01", ("24/11/2030",), "2001-12-26"),
        ("26/12/01", ("12/31/26",), "different orders of day, month and year"),
        ("3-11-30 9:00", (), "The order of day and month in f.csv is not clear: “3-11-30”"),
        ("23/11/2030 2:30 p. m.", (), "2030-11-23 17:30"),
        ("23/11/2030 12:30 a. m.", (), "2030-11-23 03:30"),
        ("23/11/2030 14:30 h", (), "2030-11-23 17:30"),
        ("23/11/2030 às 14h30", (), "2030-11-23 17:30"),
        ("23 noviembre 2030 14:30", (), "2030-11-23 17:30"),
        ("23 de nov. de 2030, 14:30", (), "2030-11-23 17:30"),
        ("Nov 23, 2030 at 2:30 PM", (), "2030-11-23 17:30"),
        ("1.º de enero de 2030", (), "2030-01-01 03:00"),
        ("47445.604166", (), "2029-11-23 17:30"),
        ("1893499200", ("1893499200000",), "2030-01-01 12:00"),
        ("2030-11-23 14:30 GMT-3", (), "2030-11-23 17:30"),
        ("2030-11-23 14:30 (UTC-3)", (), "2030-11-23 17:30"),
        ("2030-11-23 14:30 BRT", (), "the zone BRT in “2030-11-23 14:30 BRT” is not clear"),
        ("2030-11-23 soon", (), "“2030-11-23 soon” is not a date and time such as"),
        (
            "23 nov 2030 14h30 BRT",
            (),
            "the zone BRT in “23 nov 2030 14h30 BRT” is not clear: write its offset",
        ),
        ("2030-11-23 14:30 America/Lima", (), "2030-11-23 19:30"),
        ("2030-11-23 2:30 pm europe/madrid", (), "2030-11-23 13:30"),
        ("2030-11-23T14:30Z America/Lima", (), "2030-11-23 14:30"),
        ("2018-11-04 00:30", (), "skipped 2018-11-04 00:30; write the offset"),
    ],
)
def test_times_are_read_as_the_whole_file_shows(
    loader: Loader, at: str, others: tuple[str, ...], found: str
) -> None:
    rows = [f"{n},B,scheduled,5,{each}" for n, each in enumerate(others, start=2)]
    assert found in tried(loader, "\n".join([HEAD, one(at=at), *rows]))


@pytest.mark.parametrize(
    "nothing", ["sem data", "Sin fecha", "não agendado", "n/d", "TBD", "-", "\\N"]
)
def test_words_for_no_time_leave_a_draft_without_one(loader: Loader, nothing: str) -> None:
    found = tried(loader, f"{HEAD}\n{one(state='Rascunho', at=nothing)}")
    assert found.startswith("1 new, 0 rejected: 1 A DRAFT 5 no time")


PARTS = "id,name,state,total_records,Data de envio,Hora do disparo"


@pytest.mark.parametrize("day", ["24/11/2030", "2030-11-24", "24 nov 2030", "2030-11-24T00:00:00"])
def test_days_are_not_read_without_the_hours_of_something_else_beside_them(
    loader: Loader, day: str
) -> None:
    text = f"{PARTS}\n1,A,scheduled,5,{day},18:30"
    assert "have no hour, and the column “Hora do disparo” is not read" in tried(loader, text)
    joined = '[fields]\nscheduled_at = ["Data de envio", "Hora do disparo"]'
    assert "2030-11-24 21:30" in tried(loader, text, joined)
    assert "2030-11-24 03:00" in tried(loader, text, 'ignored = ["Hora do disparo"]')


TWO_TIMES = f"{PARTS}\n1,A,scheduled,5,21/12/2030 10:00,10:00\n2,B,scheduled,5,"


@pytest.mark.parametrize("hour", ["14:30", "14h", "2:30 PM", "14:30:00", "09.30", "9", "0,604"])
@pytest.mark.parametrize("day", ["20/12/2030", "20/12/2030 00:00"])
def test_one_day_without_an_hour_is_not_read_if_it_may_have_an_hour_beside_it(
    loader: Loader, day: str, hour: str
) -> None:
    text = f'{TWO_TIMES}{day},"{hour}"\n3,C,scheduled,5,22/12/2030 10:00,10:00'
    beside = "that in line 3 have no hour, and the column “Hora do disparo” is not read"
    assert beside in tried(loader, text)
    assert tried(loader, text, 'ignored = ["Hora do disparo"]').startswith("3 new, 0 rejected")


@pytest.mark.parametrize("hour", ["00:00", "0", "0.0", "12:00 AM", "", "-", "manhã", "2030-12-01"])
def test_a_day_without_an_hour_is_read_if_no_other_column_has_one(
    loader: Loader, hour: str
) -> None:
    found = tried(loader, f"{TWO_TIMES}20/12/2030,{hour}")
    assert found.startswith("2 new, 0 rejected")
    assert "Scheduled for 00:00: 1 of 2 sends." in found


def test_hours_that_the_times_have_too_do_not_matter(loader: Loader) -> None:
    assert "2030-11-24 21:30" in tried(loader, f"{PARTS}\n1,A,scheduled,5,24/11/2030 18:30,18:30")
    assert "DRAFT 5 no time" in tried(loader, f"{PARTS}\n1,A,draft,5,,")


@pytest.mark.parametrize("others", ["", "\nU,sent,5,20/11/2026 10:00"])
def test_a_joined_id_does_not_depend_on_the_other_rows(loader: Loader, others: str) -> None:
    text = f"name,state,total_records,Send date\nT,sent,5,2026-11-20T10:00Z{others}"
    mapping = '[fields]\nid = ["name", "Send date"]\nname = "name"\nscheduled_at = "Send date"'
    assert ": T 2026-11-20T10:00Z T SENT-DONE 5 2026-11-20 10:00" in tried(loader, text, mapping)


def test_joined_columns_leave_the_order_of_day_and_month_open_too(loader: Loader) -> None:
    joined = '[fields]\nscheduled_at = ["Data de envio", "Hora do disparo"]'
    text = f"{PARTS}\n1,A,scheduled,5,03/04/2030,18:30"
    assert "The order of day and month in f.csv is not clear" in tried(loader, text, joined)
    proof = f"{text}\n2,B,scheduled,5,03/14/2030,18:30"
    assert "1 A SCHEDULED 5 2030-03-04 21:30" in tried(loader, proof, joined)


def test_a_count_that_may_be_unknown_leaves_its_sign_open_too(loader: Loader) -> None:
    text = f"id,name,state,n,scheduled_at\n1,A,scheduled,12.000,{AT}"
    mapping = '[fields]\ntotal_records = { column = "n", unknown = "0" }'
    assert "The meaning of a number in f.csv is not clear" in tried(loader, text, mapping)


@pytest.mark.parametrize("id", ["00012", '"=""00012"""'])
def test_an_id_keeps_its_zeros(loader: Loader, id: str) -> None:
    text = f"{HEAD}\n{id},A,scheduled,5,{AT}\n12,B,scheduled,5,{AT}"
    assert tried(loader, text).startswith("2 new, 0 rejected: 00012 A")


ZONE_NOTE = "Times without an offset are read as times in America/Sao_Paulo."


@pytest.mark.parametrize(
    ("text", "is_assumed"),
    [
        (f"{HEAD}\n{ROW}", False),
        (f"{HEAD}\n{one(at='2030-01-02 12:00')}", True),
        (f"{HEAD}\n{one(at='23/11/2030 12:00')}", True),
        (f"{HEAD}\n{one(at='Nov 23, 2030 at 2:30 PM')}", True),
        (f"{HEAD}\n{one(at='2030-11-23 14:30 GMT-3')}", False),
        (f"{HEAD}\n{one(at='1893499200')}", False),
        (f"{HEAD}\n{one(at='47445.604166')}", True),
        # One time in another column, and one row among others, are enough.
        (f"{HEAD},updated_at\n{ROW},2026-11-01 10:00", True),
        (f"{HEAD}\n{ROW}\n2,B,scheduled,5,2030-01-02 10:00", True),
    ],
)
def test_the_zone_of_times_without_an_offset_is_said(
    loader: Loader, text: str, is_assumed: bool
) -> None:
    assert (ZONE_NOTE in tried(loader, text)) is is_assumed


def test_the_zone_that_a_mapping_gives_is_said(loader: Loader) -> None:
    text = f"{HEAD}\n{one(at='2030-01-02 12:00')}"
    assert "read as times in Europe/Madrid." in tried(loader, text, 'zone = "Europe/Madrid"')


@pytest.mark.parametrize(
    "day", ["2030-11-24", "24/11/2030", "24 nov 2030", "20301124", "2030-11-24 00:00", "47446"]
)
def test_a_day_without_an_hour_is_said_to_be_read_as_midnight(loader: Loader, day: str) -> None:
    note = "Scheduled for 00:00: {} sends. A day without an hour is read as 00:00 of that day."
    assert note.format("1 of 1") in tried(loader, f"{HEAD}\n{one(at=day)}")
    rows = f"{one(at=day)}\n2,B,scheduled,5,2030-01-22 10:00\n3,C,draft,5,"
    assert note.format("1 of 2") in tried(loader, f"{HEAD}\n{rows}")


def test_midnights_near_a_change_of_the_clocks_are_counted(loader: Loader) -> None:
    days = ("2026-10-24", "2026-10-25", "2026-10-26 00:00", "2026-10-25 01:30", "2026-10-25T00:00Z")
    rows = [f"{n},A,scheduled,5,{each}" for n, each in enumerate(days)]
    found = tried(loader, "\n".join([HEAD, *rows]), 'zone = "Europe/Madrid"')
    assert "Scheduled for 00:00: 3 of 5 sends." in found


def test_a_row_that_repeats_an_id_is_in_no_number_and_in_no_example(loader: Loader) -> None:
    rows = [
        f"1,A,scheduled,5,{AT}",
        f"2,B,scheduled,7,{AT}",
        "1,A,zonk,900000,2027-01-01T12:00Z",
        "2,B,scheduled,900,2026-12-01T12:00Z",
    ]
    data = BytesIO("\n".join([HEAD, *rows]).encode())
    found = loader.preview(data, "f.csv", ME)
    meaning = found.summary.meaning
    assert [(each.word, each.rows) for each in meaning.states] == [("scheduled", 2)]
    assert (meaning.smallest, meaning.largest) == (5, 7)
    assert meaning.largest_send is not None
    assert meaning.largest_send.name == "B"
    assert meaning.next_send is not None
    assert meaning.next_send.total_records == 5
    assert meaning.earliest == meaning.latest == datetime(2030, 1, 2, 12, tzinfo=UTC)
    assert [each.line for each in found.rejects] == [4, 5]
    assert "Rows with the ID of an earlier row: 2." in " ".join(map(str, found.summary.notes))


@pytest.mark.parametrize(
    "text",
    [
        f"{ROW}\n2,B,scheduled,6,{AT}",
        "Promo;agendado;12.000;24/11/2030 18:30;7\nAviso;agendado;9.000;25/11/2030 18:30;8",
    ],
)
def test_a_file_without_headings_is_refused_with_what_is_likely(loader: Loader, text: str) -> None:
    found = tried(loader, text)
    assert "seems to have no line with headings: its first line is “" in found
    assert "Add a first line with the headings, such as id,name," in found


def test_a_first_line_of_values_is_never_lost_silently(loader: Loader) -> None:
    mapping = "[fields]\nid = 1\nname = 2\nstate = 3\ntotal_records = 4\nscheduled_at = 5"
    found = tried(loader, f"{ROW}\n2,B,scheduled,6,{AT}", mapping)
    assert "looks like a send, but it is read as the headings: “1, A, scheduled, 5, " in found


@pytest.mark.parametrize(
    "heading",
    [
        *("scheduled at", "Scheduled for", "scheduled_at", "scheduledAt", "Scheduled date"),
        *("Send date", "send_date", "Send at", "sendAt", "Send time", "Send Time", "SEND TIME"),
        *("Sent at", "sent_at", "Sent on", "Sent date", "Sent time", "Date sent", "Sending time"),
        *("Send date/time", "Start time", "Start date", "Launch date", "Planned for"),
        *("Data de envio", "Data do envio", "Data/hora de envio", "Data e hora do envio"),
        *("Hora de envio", "Horário de envio", "Horário do envio", "Data agendada"),
        *("Agendado para", "Agendada para", "Agendado em", "Data de disparo", "Disparado em"),
        *("Enviado em", "Data envio", "Previsto para", "Agendamento", "Data do agendamento"),
        *("Fecha de envío", "Fecha del envío", "Fecha y hora de envío", "Hora de envío"),
        *("Programado para", "Programada para", "Fecha programada", "Fecha de programación"),
        *("Enviado el", "Fecha envío", "Hora del envío", "Hora programada", "Fecha de lanzamiento"),
    ],
)
def test_the_scheduled_time_is_found_by_its_heading(loader: Loader, heading: str) -> None:
    text = f"id,name,state,total_records,{heading}\n{ROW}"
    assert tried(loader, text).startswith(READ)


def test_only_the_likeliest_of_several_headings_is_the_scheduled_time(loader: Loader) -> None:
    head = "id,name,state,total_records,Sent at,Send time,Send date"
    found = tried(loader, f"{head}\n1,A,scheduled,5,x,y,{AT}")
    assert found.startswith(READ)
    assert "Columns that are not read: Sent at." in found
    known = tried(loader, f"{HEAD},Send date\n{ROW},x")
    assert known.startswith(READ)
    assert "is read from" not in known
    both = tried(
        loader, f"id,name,state,total_records,Send date,Send at\n1,A,scheduled,5,{AT},{AT}"
    )
    assert "“Send date” (column 5) and “Send at” (column 6) both mean Scheduled time" in both


def test_a_late_key_that_may_be_the_time_of_a_send_is_only_left_out_beside_a_better_one(
    loader: Loader,
) -> None:
    send = '{"id": %d, "name": "A", "state": "scheduled", "total_records": 5, "%s": "%s"%s}'
    first = "\n".join(send % (n, "scheduled_at", AT, "") for n in range(1_001))
    other = send % (2_000, "scheduled_at", AT, ', "sent_at": "2030-01-01"')
    assert tried(loader, f"{first}\n{other}", name="f.ndjson").startswith("1002 new, 0 rejected")
    strict = send % (2_000, "scheduled_at", AT, ', "recipients": 9')
    assert "1 rejected" in tried(loader, f"{first}\n{strict}", name="f.ndjson")


@pytest.mark.parametrize(
    "heading", ["Horário do disparo", "hora del disparo", "Send hour", "launch time"]
)
def test_a_column_of_hours_is_not_left_out_in_silence(loader: Loader, heading: str) -> None:
    text = f"id,name,state,total_records,scheduled date,{heading}\n1,A,scheduled,5,2030-01-20,14:30"
    assert f"have no hour, and the column “{heading}” is not read" in tried(loader, text)


@pytest.mark.parametrize(
    "zero",
    [
        *("1970-01-01T00:00:00Z", "1970-01-01", "1970-01-01 00:00:00", "01/01/1970", "0"),
        *("1970-01-01T00:00:00+00:00", "1970-01-01T00:00:00.000Z", "1969-12-31T21:00:00-03:00"),
        *("31/12/1969 21:00", "Jan 1, 1970 00:00 UTC", "000000000000", "1899-12-30 00:00:00"),
        *("0000-00-00T00:00:00Z", "1900-01-01", "1/1/0001 12:00:00 AM", "00/00/0000 00:00:00"),
    ],
)
def test_a_draft_at_a_time_zero_has_no_time(loader: Loader, zero: str) -> None:
    rows = f"{one(state='draft', at=zero)}\n2,B,scheduled,5,{AT}"
    assert tried(loader, f"{HEAD}\n{rows}").startswith("2 new, 0 rejected: 1 A DRAFT 5 no time")
    sent = tried(loader, f"{HEAD}\n{one(state='sent', at=zero)}\n2,B,scheduled,5,{AT}")
    assert "Scheduled time is empty: a send that is scheduled" in sent


@pytest.mark.parametrize("day", ["1970-01-02", "1970-01-01T00:00:01Z", "31/12/1989"])
def test_another_time_before_all_sends_is_a_mistake(loader: Loader, day: str) -> None:
    found = tried(loader, f"{HEAD}\n{one(state='draft', at=day)}\n{ROW.replace('1,A', '2,B')}")
    assert f"“{day}” is not a possible date" in found


@pytest.mark.parametrize("beside", ["2026-01-01", "46000", "2026-01-01T00:00:00Z", "20/01/2026"])
def test_the_zero_time_of_a_program_is_no_time_whatever_is_beside_it(
    loader: Loader, beside: str
) -> None:
    text = f"{HEAD}\n1,A,draft,5,0001-01-01T00:00:00Z\n2,B,sent,5,{beside}"
    assert tried(loader, text).startswith("2 new, 0 rejected: 1 A DRAFT 5 no time")


@pytest.mark.parametrize("date", ["2026-20-12 10:00", "2026/20/12", "2026.31.1 10:00"])
def test_a_year_before_the_day_and_the_month_refuses_the_file(loader: Loader, date: str) -> None:
    other = "2026-05-12 10:00"
    for rows in ([other, date], [date, other]):
        text = "\n".join([HEAD, *(f"{n},A,scheduled,5,{at}" for n, at in enumerate(rows))])
        found = tried(loader, text)
        assert f"with the year, the day and then the month, such as “{date}” in line" in found
    assert "2 rejected" in tried(
        loader, f"{HEAD}\n{ROW}\n2,A,sent,5,2026-32-12\n3,A,sent,5,2026-13-13"
    )


@pytest.mark.parametrize(
    "headings", ["total_records,contacts", "destinatários,contatos", "recipients,sent"]
)
def test_no_recipients_beside_a_column_with_some_are_a_question(
    loader: Loader, headings: str
) -> None:
    text = f"id,name,state,{headings},scheduled_at\n1,A,scheduled,%s,{AT}"
    assert "may both have the recipients, and they differ in line 2" in tried(
        loader, text % "0,50000"
    )
    assert tried(loader, text % "5,50000").startswith(READ)
    assert tried(loader, text % "0,0").startswith("1 new, 0 rejected")


@pytest.mark.parametrize("other", ["22/12/2030 10:00", "2030-12-22 10:00"])
def test_a_range_of_days_rejects_only_its_row(loader: Loader, other: str) -> None:
    found = tried(loader, f"{HEAD}\n1,A,scheduled,5,20-21/12/2030\n2,B,scheduled,5,{other}")
    assert found.startswith("1 new, 1 rejected: 2 B SCHEDULED 5 2030-12-22 13:00")
    assert "because of “20-21" not in found


@pytest.mark.parametrize(
    "text", ["Unknown", "TBD", "Calculating...", "Pendente", "sin datos", "Pendiente"]
)
def test_recipients_that_the_platform_does_not_know_are_not_reported(
    loader: Loader, text: str
) -> None:
    found = tried(loader, f"{HEAD}\n{one(total=text)}\n2,B,scheduled,5,{AT}")
    assert found.startswith("2 new, 0 rejected: 1 A SCHEDULED None")
    assert "Sends whose recipients are not reported: 1." in found


@pytest.mark.parametrize("text", ["5 contacts", "5 destinatários", "5 Contactos"])
def test_a_number_with_a_word_for_recipients_is_read(loader: Loader, text: str) -> None:
    assert tried(loader, f"{HEAD}\n{one(total=text)}").startswith(READ)


@pytest.mark.parametrize(
    "headings",
    [
        "Cód.,Nome,Estado atual,Nº de destinatários,Data/hora do disparo",
        "ID,Nombre,Estatus,Destinatarios totales,Fecha/hora",
        "id,name,Delivery status,Recipients Count,Scheduled delivery",
        "id,name,status,recipients,Date",
        "id,nome,status,destinatários,Data/Hora",
    ],
)
def test_more_headings_of_other_senders_are_known(loader: Loader, headings: str) -> None:
    assert tried(loader, f"{headings}\n{ROW}").startswith(READ)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ('{"status": "error", "message": "Invalid API key", "data": []}', "Invalid API key"),
        (
            '{"httpStatus": 401, "code": 1014, "codeDescription": "Problem", "message": "Unable",'
            ' "moreInfo": "https://x", "context": {"type": "x"}, "uuid": "x"}',
            "Unable",
        ),
        ('{"status": "error", "message": "No", "correlationId": "a", "category": "X"}', "No"),
        (
            '{"requestError": {"serviceException": {"messageId": "U", "text": "Invalid"}}}',
            "Invalid",
        ),
        ('{"documentation": "https://x", "errorcode": 0, "message": "Not Authorized"}', "Not Auth"),
        ('{"replyCode": 1, "replyText": "Authentication error", "data": ""}', "Authentication"),
        ('{"msg": "Invalid token", "code": "Unauthorized", "params": null}', "Invalid token"),
        ('[{"error_key": "x", "error_message": "bad"}]', "bad"),
    ],
)
def test_error_answers_of_more_platforms_are_named(loader: Loader, answer: str, said: str) -> None:
    found = tried(loader, answer, name="f.json")
    assert f"an error answer of an API and not a list of sends: “{said}" in found


def test_a_word_is_no_error_answer(loader: Loader) -> None:
    assert "contains no JSON objects" in tried(loader, '"hi"', name="f.json")


def test_python_literals_are_named(loader: Loader) -> None:
    assert "as Python writes them" in tried(loader, "[{'id': 1}]", name="f.json")


def test_a_separator_that_no_line_has_is_left_out(loader: Loader) -> None:
    assert tried(loader, f"sep=;\n{HEAD}\n{ROW}").startswith(READ)


def test_hidden_sheets_beside_empty_ones_are_named(loader: Loader) -> None:
    book = workbook({"V": [], "S": [HEAD.split(","), ROW.split(",")]}, hidden=("S",))
    assert "It also has hidden sheets" in tried(loader, book, name="f.xlsx")


@pytest.mark.parametrize("from_1904", ["1", pytest.param("true", marks=pytest.mark.long)])
def test_a_day_counted_from_1904_is_only_read_with_the_format_of_a_date(
    loader: Loader, from_1904: str
) -> None:
    day = 47485.5 - 1462  # 2 January 2030
    cells = [[*HEAD.split(","), "finished_at"], ["1", "A", "scheduled", "5", day, ""]]

    def read(at: float | str, code: str = "", mapping: str = "", finished: float | str = "") -> str:
        cells[1][4:] = [at, finished]
        book = workbook({"S": cells}, code, from_1904=from_1904)
        return tried(loader, book, mapping, "f.xlsx")

    assert "1 A SCHEDULED 5 2030-01-02 15:00" in read(day, "yyyy-mm-dd hh:mm")
    assert "1 A SCHEDULED 5 2030-01-02 12:00" in read(AT)
    wrong = "The workbook counts days from 1904, and “46023.5” in line 2 is a number"
    assert wrong in read(day)
    assert wrong in read(day, "0.0")
    assert wrong in read(AT, finished=day)
    assert wrong in read("46023.5")
    assert wrong in read(day, mapping='[fields]\nscheduled_at = ["scheduled_at", "finished_at"]')


@pytest.mark.parametrize("id", ["1.23457E+15", "1,23457E+15", "7E+12", "1.2345678901234568e+16"])
def test_an_id_that_a_spreadsheet_has_shortened_is_no_id(loader: Loader, id: str) -> None:
    found = tried(loader, f'{HEAD}\n{ROW}\n"{id}",B,scheduled,5,{AT}')
    assert found.startswith(READ.replace("0 rejected", "1 rejected"))
    assert f"a spreadsheet has shortened the ID to “{id}”; export it as text" in found


def test_an_id_with_such_letters_is_one(loader: Loader) -> None:
    assert tried(loader, f"{HEAD}\nABE+12,A,scheduled,5,{AT}").startswith(
        "1 new, 0 rejected: ABE+12"
    )


def test_a_number_with_an_exponent_in_json_is_what_it_is(loader: Loader) -> None:
    send = (
        '[{"id": 1, "name": "A", "state": "scheduled", "total_records": 5e0, "scheduled_at": "%s"}]'
    )
    assert tried(loader, send % AT, name="f.json").startswith(READ)
    assert "5000 2030" in tried(loader, (send % AT).replace("5e0", "5E+3"), name="f.json")
    assert "not a whole number" in tried(loader, (send % AT).replace("5e0", "5e-1"), name="f.json")


@pytest.mark.parametrize(
    "heading",
    ["timezone", "Fuso horário", "Zona horaria", "schedule.timezone", "scheduled_tz", "tz_name"],
)
@pytest.mark.parametrize(
    ("zone", "at"), [("UTC", "12"), ("America/New_York", "17"), ("-03:00", "15"), ("", "15")]
)
def test_a_time_is_read_in_the_zone_beside_it(
    loader: Loader, heading: str, zone: str, at: str
) -> None:
    rows = f"1,A,scheduled,5,2030-01-02 12:00,{zone}\n2,B,draft,5,,x\n3,C,sent,5,{AT},Europe/Madrid"
    found = tried(loader, f"{HEAD},{heading}\n{rows}")
    assert found.startswith(f"3 new, 0 rejected: 1 A SCHEDULED 5 2030-01-02 {at}:00")
    note = "Times without an offset in Scheduled time are read in the zone in the column “"
    assert f"{note}{heading}”." in found
    assert (ZONE_NOTE in found) is (not zone)
    assert "Columns that are not read" not in found
    left_out = tried(loader, f"{HEAD},{heading}\n{rows}", f'ignored = ["{heading}"]')
    assert "2030-01-02 15:00" in left_out
    assert ZONE_NOTE in left_out


@pytest.mark.parametrize("heading", ["Account timezone", "Fuso horário da conta", "Account TZ"])
def test_local_times_are_in_the_zone_of_the_account_if_each_row_has_one(
    loader: Loader, heading: str
) -> None:
    rows = f"1,A,scheduled,5,2030-01-02 12:00,UTC\n2,B,scheduled,5,{AT},\n3,C,draft,5,,"
    text = f"{HEAD},{heading}\n{rows}"
    found = tried(loader, text)
    assert found.startswith("3 new, 0 rejected: 1 A SCHEDULED 5 2030-01-02 12:00")
    assert f"are read in the zone in the column “{heading}”." in found
    chosen = 'zone = "Asia/Tokyo"'
    assert "1 A SCHEDULED 5 2030-01-02 03:00" in tried(loader, text, chosen)
    assert "1 A SCHEDULED 5 2030-01-02 17:00" in tried(loader, f"Times in Lima\n{text}")
    for at in ("2030-01-02 12:00", "2 jan 2030 12h"):
        without = f"{text}\n4,D,scheduled,5,{at},"
        assert f"The column “{heading}” may have the zone of" in tried(loader, without)
        assert tried(loader, without, chosen).startswith("4 new, 0 rejected")
    unknown = text.replace("UTC", "BRT")
    assert f"The column “{heading}” has “BRT”, which is not a zone" in tried(loader, unknown)
    assert tried(loader, unknown, chosen).startswith("3 new, 0 rejected")


@pytest.mark.parametrize("heading", ["Creation timezone", "Time Zone (list)", "zone"])
def test_a_column_that_may_have_another_zone_is_asked_for(loader: Loader, heading: str) -> None:
    text = f"{HEAD},{heading}\n{one(at='2030-01-02 12:00')},America/New_York"
    asked = f"The column “{heading}” is not read, but it may have the zone of the times: it has “Am"
    assert asked in tried(loader, text)
    same = tried(loader, text.replace("New_York", "Sao_Paulo"))
    assert f"The column “{heading}” is not read. If it has the zone of the times" in same


@pytest.mark.parametrize("zones", [("America/New_York",), ("UTC", "Europe/Madrid"), ("",)])
def test_days_in_the_zones_beside_them_are_days_without_an_hour_too(
    loader: Loader, zones: tuple[str, ...]
) -> None:
    rows = [f"{n},A,scheduled,5,2030-01-02,{zone},18:30" for n, zone in enumerate(zones)]
    text = "\n".join([f"{HEAD},timezone,Hora do disparo", *rows])
    assert "have no hour, and the column “Hora do disparo” is not read" in tried(loader, text)
    note = f"Scheduled for 00:00: {len(zones)} of {len(zones)} sends."
    assert note in tried(loader, text, 'ignored = ["Hora do disparo"]')


@pytest.mark.parametrize("zone", ["BRT", "Nowhere", "EST"])
def test_a_time_in_a_zone_that_freio_does_not_know_is_rejected(loader: Loader, zone: str) -> None:
    found = tried(loader, f"{HEAD},tz\n1,A,scheduled,5,2030-01-02 12:00,{zone}\n{ROW},{zone}")
    assert found.startswith("1 new, 1 rejected")
    assert f"“{zone}” is not a zone that Freio knows" in found


def test_a_column_that_may_have_zones_is_named_beside_the_assumed_zone(loader: Loader) -> None:
    text = f"{HEAD},Zona\n1,A,scheduled,5,2030-01-02 12:00,Norte"
    note = "The column “Zona” is not read. If it has the zone of the times, choose that zone."
    assert note in tried(loader, text)
    assert "choose that zone" not in tried(loader, f"{HEAD},Zona\n{ROW},Norte")
    assert "choose that zone" not in tried(loader, text, 'ignored = ["Zona"]')


@pytest.mark.parametrize(
    ("heading", "at"),
    [
        *(("Scheduled (America/Sao_Paulo)", "15"), ("Scheduled at [Europe/Madrid]", "11")),
        *(("Send time (UTC)", "12"), ("Send time (GMT+1)", "11"), ("Sent at (UTC−03:00)", "15")),
        *(("scheduled_at_utc", "12"), ("sendAtUTC", "12"), ("Fecha de envío (utc)", "12")),
        *(("Send date, America/Lima", "17"), ("Horário de envio - GMT", "12")),
    ],
)
def test_a_time_is_read_in_the_zone_that_its_heading_names(
    loader: Loader, heading: str, at: str
) -> None:
    text = f'id,name,state,total_records,"{heading}",tz\n1,A,scheduled,5,2030-01-02 12:00,x'
    mapped = f'zone = "Asia/Tokyo"\n[fields]\nscheduled_at = "{heading}"'
    for found in (tried(loader, text), tried(loader, text, mapped)):
        assert f"1 A SCHEDULED 5 2030-01-02 {at}:00" in found
        assert "Times without an offset in Scheduled time are read as times in " in found
        assert "its heading says so" in found
        assert "Times without an offset are read" not in found


@pytest.mark.parametrize(
    ("zone", "at"),
    [("UTC-3", "15"), ("GMT+01:00", "11"), ("America/New_York", "17"), ("utc", "12")],
)
def test_a_time_is_read_in_the_zone_of_the_mapping(loader: Loader, zone: str, at: str) -> None:
    text = f"{HEAD}\n1,A,scheduled,5,2030-01-02 12:00"
    assert f"1 A SCHEDULED 5 2030-01-02 {at}:00" in tried(loader, text, f'zone = "{zone}"')


def test_each_heading_names_its_own_zone_and_joined_columns_have_one(loader: Loader) -> None:
    head = "id,name,state,total_records,Dia,Hora (UTC),updated_at,finished_at (Europe/Madrid)"
    text = f"{head}\n1,A,sent,5,2026-01-02,12:00,2026-01-02 12:00,2026-01-02 13:00"
    joined = '[fields]\nscheduled_at = ["Dia", "Hora (UTC)"]'
    found = loader.preview(
        BytesIO(text.encode()), "f.csv", ME, LoadOptions(mapping=from_toml(joined))
    ).summary.meaning.first_send
    assert found is not None
    times = (found.scheduled_at, found.updated_at, found.finished_at)
    assert [each and each.hour for each in times] == [12, 15, 12]


@pytest.mark.parametrize("heading", ["Scheduled at", "Scheduled at (local)", "Send date"])
def test_a_heading_with_a_zone_comes_before_the_same_without_one(
    loader: Loader, heading: str
) -> None:
    head = f"id,name,state,total_records,{heading},Scheduled at (Asia/Tokyo)"
    found = tried(loader, f"{head}\n1,A,scheduled,5,2030-01-02 09:00,2030-01-02 21:00")
    assert found.startswith(READ)
    assert "Scheduled time is read from the column “Scheduled at (Asia/Tokyo)”." in found
    assert f"Columns that are not read: {heading}." in found


def test_one_of_two_headings_with_zones_is_read(loader: Loader) -> None:
    head = "id,name,state,total_records,Sent at (UTC),Sent at (Asia/Tokyo)"
    assert tried(loader, f"{head}\n1,A,scheduled,5,2030-01-02 12:00,2030-01-02 21:00").startswith(
        READ
    )


@pytest.mark.parametrize("words", ["BRT", "hora local", "Nowhere", "Foo/Bar"])
def test_words_in_a_heading_that_may_be_a_zone_are_named(loader: Loader, words: str) -> None:
    heading = f"Envio ({words})"
    text = f"id,name,state,total_records,{heading}\n1,A,scheduled,5,2030-01-02 12:00"
    mapped = f'[fields]\nscheduled_at = "{heading}"'
    assert f"The heading “{heading}” may name a zone that Freio" in tried(loader, text, mapped)
    joined = f'[fields]\nscheduled_at = ["Dia", "{heading}"]'
    parts = f"id,name,state,total_records,Dia,{heading}\n1,A,scheduled,5,2030-01-02,12:00"
    assert f"The heading “{heading}” may name a zone that Freio" in tried(loader, parts, joined)
    plain = tried(
        loader, text.replace(words, "dd/mm/aaaa hh:mm"), mapped.replace(words, "dd/mm/aaaa hh:mm")
    )
    assert "may name a zone" not in plain


def test_an_hour_is_known_by_its_heading_with_a_zone_in_brackets(loader: Loader) -> None:
    text = f"{HEAD},Horário (BRT)\n1,A,scheduled,5,24/11/2030,14:30"
    assert "The heading “Horário (BRT)” has “BRT”, which is not a zone" in tried(loader, text)


@pytest.mark.parametrize(
    "heading_line",
    [
        "Campaign ID,Campaign name,Campaign status,Total recipients,Send date",
        "ID do envio,Nome da campanha,Status do envio,Qtd. de destinatários,Data/hora de envio",
        "ID de la campaña,Nombre de la campaña,Estado,Cantidad de destinatarios,Enviado el",
        "ID da campanha,Nome da campanha,Status,Registros totais,Data de envio",
    ],
)
def test_headings_of_other_senders_are_known_and_named(loader: Loader, heading_line: str) -> None:
    found = tried(loader, f"{heading_line}\n{ROW}")
    assert found.startswith(READ)
    assert f"ID is read from the column “{heading_line.split(',')[0]}”." in found


@pytest.mark.parametrize("joined", ['["id", "nr"]', '"nr"'])
@pytest.mark.parametrize("name", ["", 'name = "own"\n'])
def test_a_chosen_column_that_is_not_there_is_named(loader: Loader, name: str, joined: str) -> None:
    found = tried(loader, f"{HEAD}\n{ROW}", f"{name}[fields]\nid = {joined}")
    assert ("no column “nr”" if name else "the chosen column “nr” is not there") in found


def test_lists_of_state_words_say_that_there_are_more(loader: Loader) -> None:
    rows = [f"{n},B,word {n},5,{AT}" for n in range(30)]
    data = "\n".join([HEAD, *rows]).encode()
    summary = loader.preview(BytesIO(data), "f.csv", ME).summary
    (note,) = [str(each) for each in summary.notes if "does not know" in str(each)]
    assert note.endswith("word 9 (1) … (+20).")
    told = as_report(summary, [])["notes"]
    assert isinstance(told, list)
    assert "Rows with other state words: 10." in told


def test_an_object_whose_part_is_read_is_not_among_the_columns_that_are_not_read(
    loader: Loader,
) -> None:
    text = '[{"id": 1, "name": "A", "state": "sent", "recipients": {"n": 5, "m": 1}, "at": "%s"}]'
    mapping = '[fields]\ntotal_records = "recipients.n"\nscheduled_at = "at"'
    found = tried(loader, text % AT, mapping, "f.json")
    assert "Columns that are not read: recipients.m." in found


def test_every_heading_means_one_field() -> None:
    lists = [_HEADINGS[name] for name in _HEADINGS] + [
        each for ranks in _ELSE.values() for each in ranks
    ]
    keys = [squeeze(heading) for each in lists for heading in each.split(", ")]
    assert [key for key, n in Counter(keys).items() if n > 1] == []


@pytest.mark.parametrize(
    "second",
    [
        *(",,,Sent,Planned", ",,,,at"),
        *("name,id,state,total_records,scheduled_at", "nome,codigo,estado,registros,data de envio"),
        "Account,Owner,Plan,Seats,Since",
        f"{HEAD},notes",
    ],
)
def test_a_second_line_of_headings_refuses_the_file(loader: Loader, second: str) -> None:
    said = f"Line 2 looks like a second line of headings, or like the headings of another table: “{second}"
    assert said in tried(loader, f"{HEAD}\n{second}\n{ROW}")
    if not second.startswith(","):
        other = f"{HEAD}\n{ROW}\n{second}\n2,B,scheduled,6,{AT}"
        assert "Line 3 looks like a second line of headings" in tried(loader, other)


@pytest.mark.parametrize(
    "second",
    [
        *("text,text,text,integer,datetime", "(text),,,(number),(yyyy-mm-dd)", ",,,people,"),
        *("Código,Nome,Estado,Destinatários,Agendado para", ",,,,hora de Brasília"),
    ],
)
def test_a_second_line_that_belongs_to_the_headings_is_read_with_them(
    loader: Loader, second: str
) -> None:
    said = f"The line below the headings belongs to them: “{second}”."
    found = tried(loader, f"{HEAD}\n\n{second}\n{ROW}")
    assert found.startswith(READ)
    assert said in found
    rows = [HEAD.split(","), second.split(","), ROW.split(",")]
    found = tried(loader, workbook({"S": rows}), name="f.xlsx")
    assert found.startswith(READ)
    assert "The line below the headings belongs to them" in found


def test_a_zone_or_a_scale_in_a_second_line_of_headings_counts(loader: Loader) -> None:
    local = ROW.replace("T12:00Z", " 12:00")
    assert READ in tried(loader, f"{HEAD}\n,,,people,UTC\n{local}")
    scaled = tried(loader, f"{HEAD}\n,,,(thousands),(UTC)\n{local}")
    assert "The heading “total_records (thousands)” says that its numbers are in" in scaled
    assert "“BRT”, which is not a zone" in tried(loader, f"{HEAD}\n,,,,BRT\n{local}")


def test_words_below_a_heading_over_several_columns_tell_them_apart(loader: Loader) -> None:
    head = "id,name,state,Recipients,,Schedule,\n,,,Total,Unique,Date,Time"
    found = tried(loader, f"{head}\n1,A,scheduled,5,4,2030-01-02,09:00")
    assert found.startswith(READ)
    assert "Columns that are not read: Recipients Unique." in found
    rows = [each.split(",") for each in head.splitlines()]
    data = workbook({"S": [*rows, ["1", "A", "scheduled", 5, 4, "2030-01-02", "09:00"]]})
    assert tried(loader, data, name="f.xlsx").startswith(READ)


def test_a_day_and_an_hour_in_brackets_are_read_as_one_time(loader: Loader) -> None:
    text = "id,name,state,total_records,Send (Date),Send (Time)\n1,A,scheduled,5,2030-01-02,09:00"
    assert tried(loader, text).startswith(READ)


@pytest.mark.parametrize("row", ["x,Bob,scheduled,many,soon", "x,Bob,draft,many,", ",,,,", "x,,,,"])
def test_a_row_without_digits_is_no_line_of_headings(loader: Loader, row: str) -> None:
    for text in (f"{HEAD}\n{row}\n{ROW}", f"{HEAD}\n{ROW}\n{row}"):
        assert tried(loader, text).startswith("1 new, ")


@pytest.mark.parametrize(
    "line",
    [
        *("Account: Acme", "Conta: Acme,,,,", "Cuenta: Acme", "Cliente: Acme", "Campaign: Spring"),
        *("Company: Acme", "Continued on next page", "EOF", "Obs.: valores estimados"),
        "Campaign report of today",  # also above the headings
    ],
)
def test_lines_of_groups_and_repeated_titles_are_left_out(loader: Loader, line: str) -> None:
    found = tried(loader, f"Campaign report of today\n\n{HEAD}\n{line}\n{ROW}\n{line}\n{line}")
    assert found.startswith(READ)
    assert f"Line 4 is not a send and is left out: “{line}”." in found


@pytest.mark.parametrize("rows", ["", "\n2,B,scheduled,6,2030-01-02T12:00Z"])
def test_finished_sends_that_are_scheduled_for_the_future_are_counted(
    loader: Loader, rows: str
) -> None:
    later, past = "2,B,sent,6,2030-01-02T12:00Z", "3,C,sent,6,2020-01-02T12:00Z"
    found = tried(loader, f"{HEAD}\n{past}\n{later}{rows}".replace("\n2,B,sch", "\n4,B,sch"))
    said = "Sends that are finished but scheduled for the future: 1, the first in line 3."
    assert said in found
    assert "All sends are read as" not in found
    assert "scheduled for the future" not in tried(loader, f"{HEAD}\n{past}{rows}")


def test_rows_whose_last_change_is_in_the_future_are_counted(loader: Loader) -> None:
    row = "2,B,sent,6,2020-01-02T12:00Z"
    found = tried(
        loader, f"{HEAD},updated_at\n{row},2020-01-02T12:00Z\n3{row[1:]},2199-01-02T12:00Z"
    )
    assert "Rows whose last change is in the future: 1, the first in line 3." in found
    assert "last change" not in tried(loader, f"{HEAD},updated_at\n{row},2020-01-02T12:00Z")
