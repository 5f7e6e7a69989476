"""Files like those of customers: each is read, leads to a question, or is refused with the reason."""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest

from core.domain.model import Actor, Role
from core.errors import FeedError
from core.feed.load_options import LoadOptions
from core.feed.loader import Loader
from core.feed.mapping import from_toml
from core.settings import Settings
from core.store.duckdb.engine import DuckDBEngine
from core.store.sql_store import SqlStore

ME = Actor("t", Role.ADMINISTRATOR)
HEAD = "id,name,state,total_records,scheduled_at"
AT = "2030-01-02T12:00Z"
ROW = f"1,A,scheduled,5,{AT}"
READ = "1 new, 0 rejected: 1 A SCHEDULED 5 2030-01-02 12:00"


@pytest.fixture(scope="module")
def loader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loader]:
    folder: Path = tmp_path_factory.mktemp("tried")
    store = SqlStore(DuckDBEngine(folder / "a.duckdb"))
    yield Loader(store, Settings(), lambda: datetime(2026, 11, 28, tzinfo=UTC))
    store.close()


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
    text = f"{HEAD}\n{ROW}\n2,Promoção,scheduled,5,{AT}\n"
    assert tried(loader, text.encode(encoding)).startswith(READ.replace("1 new", "2 new"))


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
    ],
)
def test_a_footer_is_left_out_and_named(loader: Loader, footer: str) -> None:
    found = tried(loader, f"{HEAD}\n{ROW}\n{footer}")
    assert found.startswith(READ)
    assert f"Line 3 is not a send and is left out: “{footer}”." in found


@pytest.mark.parametrize(
    "cut_off", ["2,Total", "Promo total", "2,Campaign totals,sent,5", "2,B,,5,"]
)
def test_a_line_that_may_be_a_send_is_no_footer(loader: Loader, cut_off: str) -> None:
    assert tried(loader, f"{HEAD}\n{ROW}\n{cut_off}").startswith("1 new, 1 rejected")


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
        ("12.000", (), "OpenQuestionError: The meaning of a number"),
        ("1.234,5", ("7",), "“1.234,5” is not a whole number"),
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
        ("23-11-30 9:00", (), "“23-11-30” is 2030-11-23, or it begins with the year"),
        ("30-11-24 9:00", (), "or it begins with the year"),
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
        ("2030-11-23 14:30 BRT", (), "“2030-11-23 14:30 BRT” is not a date and time"),
        ("2018-11-04 00:30", (), "skipped 2018-11-04 00:30; write the offset"),
    ],
)
def test_times_are_read_as_the_whole_file_shows(
    loader: Loader, at: str, others: tuple[str, ...], found: str
) -> None:
    rows = [f"{n},B,scheduled,5,{each}" for n, each in enumerate(others, start=2)]
    assert found in tried(loader, "\n".join([HEAD, one(at=at), *rows]))


@pytest.mark.parametrize("nothing", ["sem data", "Sin fecha", "não agendado", "n/d", "TBD", "-"])
def test_words_for_no_time_leave_a_draft_without_one(loader: Loader, nothing: str) -> None:
    found = tried(loader, f"{HEAD}\n{one(state='Rascunho', at=nothing)}")
    assert found.startswith("1 new, 0 rejected: 1 A DRAFT 5 no time")


PARTS = "id,name,state,total_records,Data de envio,Hora de envio"


@pytest.mark.parametrize("day", ["24/11/2030", "2030-11-24"])
def test_days_are_not_read_without_the_hours_beside_them(loader: Loader, day: str) -> None:
    text = f"{PARTS}\n1,A,scheduled,5,{day},18:30"
    assert "have no hour, and the column “Hora de envio” is not read" in tried(loader, text)
    joined = '[fields]\nscheduled_at = ["Data de envio", "Hora de envio"]'
    assert "2030-11-24 21:30" in tried(loader, text, joined)
    assert "2030-11-24 03:00" in tried(loader, text, 'ignored = ["Hora de envio"]')


def test_hours_that_the_times_have_too_do_not_matter(loader: Loader) -> None:
    assert "2030-11-24 21:30" in tried(loader, f"{PARTS}\n1,A,scheduled,5,24/11/2030 18:30,18:30")
    assert "DRAFT 5 no time" in tried(loader, f"{PARTS}\n1,A,draft,5,,")


def test_joined_columns_leave_the_order_of_day_and_month_open_too(loader: Loader) -> None:
    joined = '[fields]\nscheduled_at = ["Data de envio", "Hora de envio"]'
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
