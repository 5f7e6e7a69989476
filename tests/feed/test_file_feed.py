"""Files in three languages and with local formats are read, and no row is lost."""

import gzip
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.domain.load_results import Reject
from core.domain.states import State
from core.errors import FeedError
from core.feed.file_feed import open_rows
from core.feed.interpreting.counts import parse_count
from tests.feed.reading import read_feed

ZONE = ZoneInfo("America/Sao_Paulo")
HEAD = "id,name,state,total_records,scheduled_at\n"
ODD_FILES = Path(__file__).parent / "odd_files"
NOON = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def read(data: bytes | str, name: str = "feed.csv") -> list:
    raw = data.encode() if isinstance(data, str) else data
    return list(read_feed(BytesIO(raw), name=name, zone=ZONE))


def rejected(body: str) -> list[tuple[int, str]]:
    return [(r.line, r.reason) for r in read(HEAD + body) if isinstance(r, Reject)]


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "1,Promoção,Agendado,1234,2026-11-23T12:00\n",
        "ID;Nome;Estado de envio;Registros;Data de envio\n1;Promoção;agendado;1.234;23/11/2026 12:00",
        "Código;Nombre;Estado;Destinatarios;Fecha de envío\n"
        '1;"Promoção";PROGRAMADO;1 234;23-11-2026 12:00:00\n',
        "id\tname\tstate\ttotal_records\tscheduled_at\n1\tPromoção\tscheduled\t1,234\t2026-11-23 15:00Z",
    ],
    ids=["canonical", "portuguese", "spanish", "tabs-and-offset"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_the_same_send_is_read_in_every_language_and_encoding(text: str, encoding: str) -> None:
    (send,) = read(text.encode(encoding))
    assert (send.id, send.name, send.state) == ("1", "Promoção", State.SCHEDULED)
    assert (send.total_records, send.scheduled_at) == (1234, NOON)
    assert send.generated_records is None


def test_an_unknown_state_is_kept_with_its_own_words() -> None:
    (send,) = read(HEAD + "1,a,Teletransportado,5,2026-11-23\n")
    assert (send.state, send.raw_state) == (State.UNKNOWN, "Teletransportado")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",a,sent,5,2026-11-23", "ID is empty"),
        ("1,,sent,5,2026-11-23", "Name is empty"),
        ("1,a,sent,-5,2026-11-23", "less than zero"),
        ('1,a,sent,"1,5",2026-11-23', "not a whole number"),
        ("1,a,sent,99999999999,2026-11-23", "too many records"),
        ("1,a,sent,5,31/02/2026", "not a possible date"),
        ("1,a,sent,5,tomorrow", "not a date and time"),
        ("1,a,sent,5", "cells (4)"),
        ("1,a,sent,5,2026-11-23,more", "cells (6)"),
        ("1,a\x00b,sent,5,2026-11-23", "control characters"),
        (f"1,{'x' * 10_001},sent,5,2026-11-23", "characters"),
        ('1,"a,sent,5,2026-11-23', "never closed"),
    ],
)
def test_a_bad_row_is_kept_with_its_line_and_reason_and_the_rest_goes_in(
    row: str, reason: str
) -> None:
    found = read(HEAD + "0,ok,sent,5,2026-11-23\n" + row + "\n2,ok,sent,5,2026-11-23\n")
    assert [r.id for r in found if not isinstance(r, Reject)] == ["0", "2"]
    (reject,) = [r for r in found if isinstance(r, Reject)]
    assert reject.line == 3
    assert reason in reject.reason


def test_a_repeated_id_is_read_once() -> None:
    assert rejected("1,a,sent,5,2026-11-23\n1,b,sent,5,2026-11-23\n") == [
        (3, "its ID is already in line 2")
    ]


def test_more_generated_than_there_are_is_rejected() -> None:
    head = "id,name,state,total_records,scheduled_at,generated_records\n"
    (reject,) = read(head + "1,a,sent,5,2026-11-23,6\n")
    assert [each.column for each in reject.reasons] == ["generated_records"]


def test_a_reject_has_all_reasons_at_once() -> None:
    (reject,) = read("id,name,state,total_records,scheduled_at\n1,,sent,abc,tomorrow\n")
    assert [each.column for each in reject.reasons] == ["name", "total_records", "scheduled_at"]
    assert reject.reason.startswith("Name is empty; “abc” is not a whole number; “tomorrow” is not")


def test_quoted_cells_hold_delimiters_quotes_and_line_ends() -> None:
    first, second = read(HEAD + '1,"a, ""b""\nc",sent,5,2026-11-23\n2,d,sent,5,2026-11-23\n')
    assert first.name == 'a, "b"\nc'
    assert second.id == "2"


def test_formulas_and_markup_are_plain_text() -> None:
    (send,) = read(HEAD + "1,=HYPERLINK(1)<b>x</b>,sent,5,2026-11-23\n")
    assert send.name == "=HYPERLINK(1)<b>x</b>"


def test_a_local_time_that_the_clocks_showed_twice_is_not_guessed() -> None:
    assert "twice" in rejected("1,a,sent,5,2018-02-17 23:30\n")[0][1]
    assert "skipped" in rejected("1,a,sent,5,2018-11-04 00:30\n")[0][1]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (HEAD.encode(), "no rows"),
        (b"name,state\na,sent\n", "no column for ID"),
        (b"id,nome,name,state,total_records,scheduled_at\n1,a,a,sent,1,2026-11-23\n", "both mean"),
        (b"\x89PNG\x00\x00\xff\xfe\x00", "a picture"),
        (b"\x00\x01\xff\xfe\x00", "not text"),
    ],
)
def test_a_file_that_says_nothing_is_refused_in_plain_words(data: bytes, reason: str) -> None:
    with pytest.raises(FeedError, match=reason):
        read(data)


def test_another_kind_of_file_is_refused() -> None:
    with pytest.raises(FeedError, match=r"does not read files such as feed\.pdf"):
        read(HEAD + "1,a,sent,5,2026-11-23\n", name="feed.pdf")


@given(
    st.integers(0, 2_000_000_000), st.sampled_from(["{:,}", "{}", "{}.0"]), st.sampled_from(",. ")
)
def test_every_way_to_write_a_count_reads_back(count: int, form: str, mark: str) -> None:
    written = form.format(count)
    decimal = {",": ".", ".": ","}.get(mark, "") if form == "{:,}" else "."
    assert parse_count(written.replace(",", mark), decimal) == count


@example(b"\xa0")
@example(b"\x1c")
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_in_words(data: bytes) -> None:
    for body in (data, HEAD.encode() + data):
        try:
            found = read(body)
        except FeedError:
            continue
        assert found


@pytest.mark.long
def test_a_row_of_a_workbook_has_excels_own_number() -> None:
    """The first two rows of this sheet are empty, so its headings are in row 3."""
    with (ODD_FILES / "sheet.xlsx").open("rb") as source, open_rows(source, "sheet.xlsx") as rows:
        assert [line for block in rows.blocks() for line in block.lines] == [5, 6, 7]


@pytest.mark.parametrize("name", ["sends.csv.gz", "SENDS.CSV.GZ"])
def test_a_file_compressed_with_gzip_is_read_whatever_the_case_of_its_name(name: str) -> None:
    content = gzip.compress(
        b"id,name,state,total_records,scheduled_at\n1,a,SCHEDULED,5,2030-01-01\n"
    )
    [send] = read_feed(BytesIO(content), name=name, zone=ZoneInfo("UTC"))
    assert not isinstance(send, Reject)
    assert send.id == "1"
