"""The forms of times, numbers and files in exports and API answers."""

import codecs
import zipfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.domain.load_results import ImportSummary
from core.domain.model import Actor, Role
from core.errors import FeedError
from core.feed.ambiguous_values import OpenQuestionError
from core.feed.interpreting.counts import parse_count
from core.feed.interpreting.reading_rules import Rules, UnreadableValue
from core.feed.interpreting.times import parse_time
from core.feed.loader import Loader
from core.feed.mapping import FeedMapping
from tests.feed.workbooks import workbook

ME = Actor("t", Role.ADMINISTRATOR)
ZONE = ZoneInfo("America/Sao_Paulo")  # three hours behind UTC
ODD_FILES = Path(__file__).parent / "odd_files"
HEAD = "id,name,state,total_records,scheduled_at\n"
ROW = "1,a,SCHEDULED,500,2030-01-01 10:00\n"

#: Texts of times in that zone, and the same times in UTC on 3 November 2026.
TIMES = {
    "14:30": (
        *("2026-11-03 14:30", "2026-11-03T14:30-03", "2026-11-03T14:30:00,000-0300"),
        *("20261103143000", "20261103T1430", "2026-W45-2T14:30", "2026/11/03 14:30"),
        *("2026W452T1430", "2026-307T14:30", "2026-307 17:30Z", "2026-11-03t14:30"),
        *("2026.11.03 14h30", "3.11.2026 14.30", "3/11/26 14:30", "03/11/2026 14h30min"),
        *("03/11/2026 às 14:30", "03/11/2026 - 2:30 p. m.", "03/11/2026 02:30\u202fPM"),
        *("3 de novembro de 2026 às 14h30", "3 de noviembre de 2026 a las 14:30"),
        *("noviembre 3 de 2026 14:30", "November 3rd, 2026 at 2:30 PM", "03-nov-2026 14:30"),
        *("terça-feira, 3 de novembro de 2026 14:30", "martes 03/11/2026 14:30"),
        *("Tue, 3 Nov 2026 14:30:00 -0300", "Tue Nov  3 14:30:00 2026", "2026-Nov-03 14:30"),
        *("14:30, 3 de novembro de 2026", "2:30 pm 3/11/2026", "14h30 de 03/11/2026"),
        *("2026-11-03 17:30 UTC", "2026-11-03T17:30:00Z[UTC]", "2026-11-03 17:30:00 +0000 UTC"),
        *("03/11/2026 12:30 (UTC-5)", "1793727000", "1793727000000", "1793727000.0"),
        *("/Date(1793727000000-0300)/", "46329.604166667", "46329,604166667"),
        *("2026-11-03 14.30", "2026-11-03T14.30", "2026-11-03 14,30", "20261103 14.30"),
        *("2026-11-03 17.30Z", "2026-11-03T17.30+00:00", "2026-W45-2T14.30", "2026-307 14.30"),
        # A day and its hour from two columns.
        *("2026-11-03 00:00:00 14:30", "03/11/2026 00:00 14h30", "2026-11-03T00:00:00 14:30:00"),
        *("46329 0.604166667", "46329.0 .604166667", "2026-11-03 00:00:00.000 2:30 PM"),
    ),
    "24:00": (
        *("2026-11-03T24:00", "2026-11-03 24:00:00", "03/11/2026 24:00", "3 nov 2026 24h"),
        *("2026-11-04", "2026-308", "20261104", "04/11/2026 12 a.m.", "46330"),
    ),
    "12:00": ("03/11/2026 12h", "03/11/2026 12 PM", "12h de 03/11/2026", "2026-11-03T12"),
}


@pytest.mark.parametrize(
    ("time", "text"), [(at, text) for at, all in TIMES.items() for text in all]
)
def test_a_time_is_read_in_this_form(time: str, text: str) -> None:
    hour, minute = map(int, time.split(":"))
    expected = datetime(2026, 11, 3 + (hour + 3) // 24, (hour + 3) % 24, minute, tzinfo=UTC)
    assert parse_time(text, Rules(zone=ZONE, order="day")).replace(microsecond=0) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("03/11/2026 14:30 (Lima)", "03/11/2026 14:30 BRT", "2026-11-03 14:30[America/Lima]"),
        *("03/11/2026 25:00", "2026-11-03 24:30", "31/04/2026", "soon", "11/2026"),
        *("2026-367", "2026-000T14:30", "2026-3071 14:30"),
        # Hours and minutes that may have decimals.
        *(
            "2026-11-03 14.5",
            "2026-11-03T14,5",
            "2026-11-03 14.3",
            "20261103 14.5",
            "2026-11-03 14.75",
        ),
        *("2026-11-03 14.300", "2026-11-03T14.3Z", "2026-11-03 14:30.5", "2026-11-03T1430.5"),
    ],
)
def test_a_time_is_never_guessed(text: str) -> None:
    with pytest.raises(UnreadableValue):
        parse_time(text, Rules(zone=ZONE, order="day"))


def test_two_digits_after_a_minute_and_a_dot_are_seconds() -> None:
    seconds = datetime(2026, 11, 3, 17, 30, 15, tzinfo=UTC)
    for text in ("2026-11-03 14:30.15", "2026-11-03 14.30.15", "3.11.2026 14.30.15"):
        assert parse_time(text, Rules(zone=ZONE, order="day")) == seconds


#: The names of the months in order. In some languages, they also have a second name.
MONTHS = {
    "English": "January February March April May June July August September October November December",
    "short, English": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "Portuguese": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "short, Portuguese": "jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez.",
    "Spanish": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "short, Spanish": "ene feb mar abr may jun jul ago sept oct nov dic",
    "Spanish, second names": "Ene Feb Mar Abr Mayo Jun Jul Ago setiembre Oct Nov Dic",
}


@pytest.mark.parametrize("names", MONTHS.values(), ids=MONTHS)
def test_each_month_is_read_by_its_names(names: str) -> None:
    found = [parse_time(f"3 {name} 2026 14:30", Rules(zone=ZONE)) for name in names.split()]
    assert [(each.month, each.day, each.year) for each in found] == [
        (month, 3, 2026) for month in range(1, 13)
    ]


@pytest.mark.parametrize("text", ["2026110314", "2026110314.0", "2099123123"])
def test_a_day_and_hour_without_signs_is_not_read_as_seconds_since_1970(text: str) -> None:
    with pytest.raises(UnreadableValue, match=r"may be an hour .* write the time as 2026-11-23"):
        parse_time(text, Rules(zone=ZONE))


def test_seconds_since_1970_may_begin_with_a_year_that_no_month_follows() -> None:
    assert parse_time("2033000000", Rules(zone=ZONE)).year == 2034


@pytest.mark.parametrize(
    "text",
    [
        *("2026-11-03 14:00-16:00", "03/11/2026 14:00-16:00", "3 nov 2026 10:00-23:59"),
        *("03/11/2026 10:00-12:00", "03/11/2026 9h30-12:00", "03/11/2026 10:00-10:10"),
        *("2026-11-03 10:00 UTC+16", "2026-11-03 10:00 +23:00", "2026-11-03T10:00:00-18:00"),
        *("2026-11-03 10:00 GMT-13", "2026-11-03T10:00:00+14:15", "2026-11-03T10:00:00+05:53"),
    ],
)
def test_the_end_of_a_range_of_hours_is_no_offset(text: str) -> None:
    with pytest.raises(UnreadableValue, match=r"not an offset .* If a range of hours is meant"):
        parse_time(text, Rules(zone=ZONE, order="day"))


@pytest.mark.parametrize(
    "text",
    [
        *("2026-11-03 09:00-11:00", "03/11/2026 08:00-10:00", "3 nov 2026 8:30-10:30"),
        *(
            "2026-11-03 09-11",
            "2026-11-03 08:00-09",
            "03/11/2026 8h30-10:30",
            "2026-11-03 8.00-10.00",
        ),
        *("2026-11-03 00:00-07:00", "20261103 10:45-11:00", "03/11/2026, 08:00 -10:00"),
    ],
)
def test_a_range_of_hours_that_may_be_an_offset_is_unclear(text: str) -> None:
    with pytest.raises(UnreadableValue, match="range of hours or with an offset"):
        parse_time(text, Rules(zone=ZONE, order="day"))


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        *(("2026-11-03T09:00-11:00", 20), ("2026-11-03 09:00:00-11:00", 20)),
        *(("2026-11-03 11:00-07:00", 18), ("03/11/2026 10:00-10:00", 20), ("2026-11-03T09-11", 20)),
        *(("2026-11-03 02:00-03:00", 5), ("2026-11-03 00:00-06:00", 6)),
        *(("2026-11-03 10:00-03:00", 13), ("2026-11-03T10:00:00-12:00", 22)),
        *(("03/11/2026 10:00 UTC-12", 22), ("2026-11-03T15:00:00+14:00", 1)),
        *(("2026-11-03T10:45:00+05:45", 5), ("03/11/2026 10:00 -2", 12)),
    ],
)
def test_an_offset_that_clocks_have_is_read(text: str, hour: int) -> None:
    assert parse_time(text, Rules(zone=ZONE, order="day")) == datetime(
        2026, 11, 3, hour, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-11-03-03:00", 3),
        ("2026-11-03 -05:00", 5),
        ("2026-11-03Z", 0),
        ("2026-11-04+03:00", 21),
    ],
)
def test_a_day_with_an_offset_is_read_as_its_beginning_there(text: str, hour: int) -> None:
    assert parse_time(text, Rules(zone=ZONE)) == datetime(2026, 11, 3, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["2026-11-03-14:30", "2026-11-03-14", "20261103-0300", "2026-11-03_14:30", "2026-11-03x14:30"],
)
def test_only_a_t_or_a_space_divides_the_day_from_the_hour(text: str) -> None:
    with pytest.raises(UnreadableValue):
        parse_time(text, Rules(zone=ZONE))


@pytest.mark.parametrize(
    "text",
    [
        *("2026-11-03 02:30-03:00 PM", "11/03/2026 02:30 -0300 PM", "Nov 3, 2026 2:00-3:00 PM"),
        *("2026-11-03 02:30Z PM", "2026-11-03 02:30 -03:00 (PM)", "2026-11-03 02:30-03:00 [a. m.]"),
        *("2026-11-03T02:30:00Z BRT", "2026-11-03 02:30 UTC EST", "2026-11-03 02:30 +00:00 SENT"),
        *("2026-11-03 02:30 -03:00 GMT", "2026-11-03 02:30 -03:00 p.m."),
        *("2026-11-03 02:30 -0300 -05", "2026-11-03 02:30 -0300 UTC", "2026-11-03 02:30Z +0300"),
    ],
)
def test_a_word_after_an_offset_that_contradicts_it_is_not_left_out(text: str) -> None:
    with pytest.raises(UnreadableValue):
        parse_time(text, Rules(zone=ZONE, order="month"))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2026-11-03 14:30:00 -0600 CST",
            "2026-11-03 17:30:00 -0300 -03",
            "2026-11-03 20:30Z GMT",
        ),
        *("2026-11-03 20:30 UTC (15:30 EST)", "2026-11-03 17:30-03:00 America/Sao_Paulo"),
        "2026-11-03T17:30-03:00[America/Sao_Paulo]",
        "Tue Nov 3 2026 17:30:00 GMT-0300 (Brasilia Standard Time)",
    ],
)
def test_an_offset_may_be_repeated_in_words(text: str) -> None:
    assert parse_time(text, Rules(zone=ZONE, order="month")) == datetime(
        2026, 11, 3, 20, 30, tzinfo=UTC
    )


def test_a_year_of_two_digits_is_last_if_the_day_is_first() -> None:
    assert parse_time("3-11-26", Rules(zone=ZONE, order="day")).year == 2026


@pytest.mark.parametrize(
    "text",
    [
        *("1234", "1,234.0", "1.234,0", "1.234,00", "1 234", "1\u00a0234", "1\u202f234"),
        *("1\u2009234", "1'234", "1’234", "1234.0", "1234,00", "001234", " 1234 "),
    ],
)
def test_a_count_is_read_in_this_form(text: str) -> None:
    assert parse_count(text) == 1234


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        *(("-5", "less than zero"), ("−5", "less than zero"), ("5%", "percentage")),
        *(("1,2.5", "whole number"), ("1e3", "whole number"), ("1.234.0", "whole number")),
        *(("n", "whole number"), ("12,34,567", "whole number"), ("3000000000", "too many")),
    ],
)
def test_a_number_that_is_not_a_count_is_refused(text: str, reason: str) -> None:
    with pytest.raises(UnreadableValue, match=reason):
        parse_count(text)


@pytest.mark.parametrize("decimal", [".", ","])
def test_a_fraction_is_refused_if_the_decimal_sign_is_known(decimal: str) -> None:
    with pytest.raises(UnreadableValue, match="whole number"):
        parse_count("12.5", decimal)


def load(loader: Loader, data: str | bytes, name: str = "f.csv") -> ImportSummary:
    content = data if isinstance(data, bytes) else data.encode()
    return loader.load(BytesIO(content), name, ME)


@pytest.mark.parametrize(
    "line",
    [
        *("Total:,,,500,", "Total: 1", "Records: 5", "Page 1 of 1", ",Total,,500,", ",,,500,"),
        *("Exportado em 24/11/2026", "3 registros", "-----,,,,", HEAD.strip()),
    ],
)
def test_a_line_that_is_not_a_send_is_left_out_and_reported(loader: Loader, line: str) -> None:
    done = load(loader, HEAD + ROW + line + "\n" + ROW.replace("1,a", "2,b"))
    assert (done.new, done.rejected) == (2, 0)
    assert f"Line 3 is not a send and is left out: “{line}”" in " ".join(map(str, done.notes))


@pytest.mark.parametrize(
    "text",
    [
        HEAD.strip() + ",,\n" + ROW.strip() + ",,\n",
        HEAD.strip() + ",,\n" + ROW,
        HEAD + ROW.strip() + ",,\n" + ROW.replace("1,a", "2,b").strip() + ",,\n",
        HEAD.replace("name", "name,") + ROW.replace("a,", "a,other,"),
        HEAD.replace(",", "\t") + ROW.replace(",", "\t"),
        "sep=|\n" + (HEAD + ROW).replace(",", "|"),
        "Report, november 2026\n\n" + HEAD + ROW,
        "Relatório;;;;\nGerado em 24/11/2026;;;;\n" + (HEAD + ROW).replace(",", ";"),
        codecs.BOM_UTF16_BE + (HEAD + ROW).encode("utf-16-be"),
        (HEAD + ROW).encode("utf-16-le"),
        (HEAD + ROW).encode("utf-32"),
        HEAD + ROW.replace("a", '"a\nb"'),
        HEAD.strip() + ",finished_at,generated_records\n" + ROW.strip() + ",-,n/a\n",
    ],
)
def test_a_text_file_in_this_form_is_read(loader: Loader, text: str | bytes) -> None:
    done = load(loader, text)
    assert done.new >= 1
    assert done.rejected == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "source"),
    [
        pytest.param("f.xls", "sheet.xlsx", marks=pytest.mark.long),
        *(("f.csv", "sheet.xlsx"), ("f.csv", "typed.parquet")),
        *(("f.csv", "array.json"), ("f", "semicolons.csv"), ("f.xls", "tabs.tsv")),
    ],
)
def test_the_content_of_a_file_counts_and_not_its_name(
    loader: Loader, name: str, source: str
) -> None:
    assert load(loader, (ODD_FILES / source).read_bytes(), name).new >= 1


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("f.xls", "<html><body><table><tr><td>id</td></tr></table></body></html>", "a web page"),
        ("f.csv", "\ufeff<!DOCTYPE html><html><body>Sign in</body></html>", "a web page"),
        ("f.xls", '<?xml version="1.0"?><Workbook/>', "an XML file"),
        ("f.xls", "<html><body><table></table></body></html>".encode("utf-16"), "a web page"),
        ("f.txt", '<?xml version="1.0"?><Workbook/>'.encode("utf-16"), "an XML file"),
        ("f.xls", "<center><table><tr><td>id</td></tr></table></center>", "a web page"),
        ("f.xls", "<tr><td>id</td></tr>", "a web page"),
        ("f.xls", "MIME-Version: 1.0\nX-Document-Type: Workbook\n", "a web page with its parts"),
    ],
)
def test_a_page_in_place_of_an_export_is_named(
    loader: Loader, name: str, text: str | bytes, what: str
) -> None:
    with pytest.raises(FeedError, match=f"{name} is {what}.*If it opens in Excel, save it there"):
        load(loader, text, name)


def zipped(part: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("mimetype", "x")
        packed.writestr(part, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("f.ods", zipped("content.xml"), "an OpenDocument file"),
        ("f.xlsb", zipped("xl/workbook.bin"), "a binary workbook"),
        ("f.numbers", zipped("Index/Document.iwa"), "a file of Apple Numbers"),
        ("f.csv", b"ID;PWXL;N;E\nC;Y1;X1;K1\nE\n", "a SYLK file"),
    ],
)
def test_a_spreadsheet_of_another_form_is_named_with_how_to_save_it(
    loader: Loader, name: str, data: bytes, what: str
) -> None:
    with pytest.raises(FeedError, match=f"{name} is {what}.*Open it in Excel, and save it there"):
        load(loader, data, name)


def test_a_file_with_the_suffix_tab_is_a_table(loader: Loader) -> None:
    text = "id\tname\tstate\ttotal_records\tscheduled_at\n1\tA\tsent\t5\t2026-11-01 10:00\n"
    assert load(loader, text, "f.tab").new == 1


HEADINGS: list[object] = ["id", "name", "state", "total_records", "scheduled_at"]


def sent(id: str) -> list[object]:
    return [id, "a", "SCHEDULED", 500, 46349.5]


def test_an_id_that_is_too_long_for_a_number_in_a_workbook_is_no_id(loader: Loader) -> None:
    rows = [HEADINGS, *([id, "a", "SCHEDULED", 500, 46349.5] for id in (2**53, 2**53 + 2))]
    done = load(loader, workbook({"Envios": rows}), "f.xlsx")
    assert (done.new, done.rejected) == (1, 1)
    (reject,) = loader.rejects_of(done)
    (reason,) = reject.reasons
    assert "a spreadsheet has shortened the ID to “9.00719925474099E+15”" in str(reason)


@pytest.mark.slow
def test_a_workbook_with_titles_and_repeated_headings_is_read(loader: Loader) -> None:
    rows = [["Relatório", ""], [""], HEADINGS, sent("1"), HEADINGS, sent("2"), ["Total", "", "", 9]]
    notes = ["x", "y"]
    done = load(loader, workbook({"Notas": [notes], "Envios": rows}), "f.xlsx")
    assert (done.new, done.rejected) == (2, 0)
    assert "The sheet “Envios” is read" in " ".join(map(str, done.notes))


@pytest.mark.slow
def test_two_sheets_of_sends_are_a_question_that_a_saved_mapping_answers(loader: Loader) -> None:
    data = workbook({"Jan": [HEADINGS, sent("1")], "Fev": [HEADINGS, sent("2")]})
    with pytest.raises(OpenQuestionError, match=r"several sheets .*: Jan, Fev\.") as asked:
        load(loader, data, "f.xlsx")
    assert asked.value.questions[0].kind == "sheet"
    headings = tuple(map(str, HEADINGS))
    loader.mappings.save(FeedMapping(name="own", headings=headings, sheet="Fev"))
    done = load(loader, data, "f.xlsx")
    assert done.meaning.first_send is not None
    assert done.meaning.first_send.id == "2"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "id"), [('"ENV-"0000', "ENV-0012"), ("00-00", "00-12"), ("00000", "00012")]
)
def test_an_id_is_read_as_excel_shows_it_and_a_count_as_the_number_that_it_is(
    loader: Loader, code: str, id: str
) -> None:
    rows = [HEADINGS, [12, "a", "sent", 700, "2026-11-01 10:00"]]
    done = load(loader, workbook({"Envios": rows}, code), "f.xlsx")
    assert (done.new, done.rejected) == (1, 0)
    assert done.meaning.first_send is not None
    assert (done.meaning.first_send.id, done.meaning.largest) == (id, 700)
