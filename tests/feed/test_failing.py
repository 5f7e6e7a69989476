"""Each file in failing/ is an example of exports that earlier versions refused or misread."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from core.domain.load_results import DryRun
from core.domain.model import Actor, Role
from core.domain.rules import Refuse, decide_abort
from core.domain.states import State
from core.errors import FeedError
from core.feed.import_report import as_report
from core.feed.interpreting.headings import FieldSource
from core.feed.load_options import LoadOptions
from core.feed.loader import Loader
from core.feed.mapping import FeedMapping
from core.forecasting.flags import FinishedShort, RunsAgain, reported_flags
from core.platforms import icomm
from core.settings import Settings

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parent / "failing"
ME = Actor("t", Role.ADMINISTRATOR)
NOW = datetime(2026, 11, 28, 15, tzinfo=UTC)


def tried(loader: Loader, name: str, mapping: FeedMapping | None = None) -> DryRun:
    with (FOLDER / name).open("rb") as source:
        return loader.preview(source, name, ME, LoadOptions(mapping=mapping))


def loaded(loader: Loader, name: str, **options: Any) -> dict[str, Any]:
    """Load a file; return what the HTTP answer and the folder's report say."""
    with (FOLDER / name).open("rb") as source:
        done = loader.load(source, name, ME, LoadOptions(**options))
    return as_report(done, loader.rejects_of(done))


def stored(loader: Loader, *ids: str) -> list[Any]:
    return [loader.store.configuration(id) for id in ids]


def notes(found: DryRun) -> str:
    return "\n".join(map(str, found.summary.notes))


def test_a_file_that_proves_month_first_is_read_so_and_says_why(loader: Loader) -> None:
    report = loaded(loader, "03-month-first.csv")
    assert [f"{s.scheduled_at:%m-%d}" for s in stored(loader, "u1", "u2", "u3")] == [
        "11-04",
        "11-23",
        "12-01",
    ]
    assert any("month first, because of “11/23/2030” in line 3" in each for each in report["notes"])


def test_an_order_that_earlier_files_proved_in_both_ways_is_open_again(loader: Loader) -> None:
    def load(date: str) -> None:
        text = f"id,name,state,total_records,scheduled_at\n1,A,scheduled,5,{date}\n"
        loader.load(BytesIO(text.encode()), "f.csv", ME)

    for date in ("25/04/2030", "03/05/2030", "04/25/2030"):
        load(date)
    with pytest.raises(FeedError, match="order of day and month"):
        load("03/05/2030")
    load("26/04/2030")
    with pytest.raises(FeedError, match="order of day and month"):
        load("03/05/2030")


def test_state_words_of_other_senders_are_known_and_counted(loader: Loader) -> None:
    found = tried(loader, "04-unknown-states.csv").summary.meaning.states
    assert {each.word: each.state for each in found} == {
        "sending": State.IN_PROGRESS,
        "running": State.IN_PROGRESS,
        "queued": State.SCHEDULED,
        "Enviando": State.IN_PROGRESS,
        "Cancelled During Send": State.CANCELLED,
    }
    assert all(each.rows == 1 for each in found)


def test_repeated_headings_are_told_apart_by_their_places(loader: Loader) -> None:
    with pytest.raises(FeedError, match="both mean Name"):
        tried(loader, "05-duplicate-headings.csv")
    for place, name in ((2, "One"), (3, "Uno")):
        mapping = FeedMapping(fields={"name": FieldSource((place,))})
        send = tried(loader, "05-duplicate-headings.csv", mapping).summary.meaning.first_send
        assert send is not None
        assert send.name == name


def test_a_list_in_a_column_that_nobody_reads_does_not_matter(loader: Loader) -> None:
    found = tried(loader, "06-left-out-list.json")
    assert (found.summary.new, found.summary.rejected) == (1, 0)
    assert "not read: tags" in notes(found)


@pytest.mark.parametrize(
    ("name", "sends"), [("07-wrapped.json", 1), ("07b-wrapped-a-line-each.json", 2)]
)
def test_the_list_inside_a_document_is_found(loader: Loader, name: str, sends: int) -> None:
    found = tried(loader, name)
    assert (found.summary.new, found.summary.rejected) == (sends, 0)
    assert "the list “data.results”" in notes(found)


def test_a_column_can_have_a_fixed_value(loader: Loader) -> None:
    fields = {
        "id": FieldSource(("Campaign ID",)),
        "name": FieldSource(("Campaign Name",)),
        "total_records": FieldSource(("Total Recipients",)),
        "scheduled_at": FieldSource(("Send Time",)),
    }
    with pytest.raises(FeedError, match="no column for State"):
        tried(loader, "08-no-state.csv", FeedMapping(fields=fields))
    fields["state"] = FieldSource(value="SENT-DONE")
    found = tried(loader, "08-no-state.csv", FeedMapping(fields=fields))
    send = found.summary.meaning.first_send
    assert send is not None
    assert (send.state, send.total_records) == (State.SENT_DONE, 64_517)
    assert "“SENT-DONE” in State" in notes(found)


def test_times_in_many_forms_are_read(loader: Loader) -> None:
    loaded(loader, "09-times.csv")
    assert [
        f"{s.scheduled_at:%Y-%m-%d %H:%M}" for s in stored(loader, *(f"t{n}" for n in range(1, 11)))
    ] == [
        "2030-10-26 17:56",
        "2030-11-24 13:30",
        "2030-01-01 12:00",
        "2030-01-01 12:00",
        "2030-01-10 17:30",
        "2030-01-10 17:30",
        "2030-11-24 14:30",
        "2030-11-24 13:30",
        "2030-11-24 17:30",
        "2030-11-24 17:30",
    ]


@pytest.mark.parametrize("name", ["10-decimals.csv", "10-decimals.parquet"])
def test_decimals_are_not_thousands(loader: Loader, name: str) -> None:
    found = tried(loader, name).summary.meaning
    assert (found.smallest, found.largest) == (12, 5_000)


@pytest.mark.parametrize("name", ["11-title-lines.csv", "11-title-rows.xlsx"])
def test_headings_below_title_lines_are_found(loader: Loader, name: str) -> None:
    found = tried(loader, name)
    assert found.summary.new == 1
    assert "headings are in line 4; above them: “Relatório" in notes(found)


def test_the_line_of_the_headings_can_be_chosen(loader: Loader) -> None:
    for name in ("11-title-lines.csv", "11-title-rows.xlsx"):
        assert tried(loader, name, FeedMapping(heading_line=4)).summary.new == 1
        with pytest.raises(FeedError, match="Line 3 of the file has no headings"):
            tried(loader, name, FeedMapping(heading_line=3))


@pytest.mark.long
def test_hidden_sheets_are_skipped_and_a_sheet_can_be_chosen(loader: Loader) -> None:
    name = "12-hidden-sheet.xlsx"
    assert tried(loader, name).summary.new == 1
    assert tried(loader, name, FeedMapping(sheet="Envios")).summary.new == 1
    with pytest.raises(FeedError, match="headings are: key, value"):
        tried(loader, name, FeedMapping(sheet="_config"))
    with pytest.raises(FeedError, match="no rows in a sheet “other”"):
        tried(loader, name, FeedMapping(sheet="other"))


@pytest.mark.long
def test_an_id_is_read_as_excel_shows_it(loader: Loader) -> None:
    found = tried(loader, "13-leading-zeros.xlsx")
    # Excel shows both as 00012, but one is a text and the other a number with a format.
    first, second = found.rejects
    assert (first.line, first.raw[:6]) == (4, "00012,")
    assert "already in line 3" in first.reason
    # The digits that Excel does not show are lost.
    assert (second.line, second.raw[:12]) == (5, "1.23457E+17,")
    assert "shortened the ID" in second.reason


def test_rows_that_a_quote_swallows_are_read_and_its_line_is_rejected(loader: Loader) -> None:
    found = tried(loader, "15-swallowed.csv")
    assert (found.summary.new, [each.line for each in found.rejects]) == (2, [2])
    assert "other lines that look like rows (2)" in found.rejects[0].reason


def test_utf_16_without_a_mark_is_read(loader: Loader) -> None:
    send = tried(loader, "16-utf-16le-without-mark.csv").summary.meaning.first_send
    assert send is not None
    assert send.name == "Распродажа недели номер 0"


def test_a_footer_does_not_keep_a_full_file_from_marking_sends(loader: Loader) -> None:
    loaded(loader, "18-full-with-footer-1.csv", is_full=True)
    report = loaded(loader, "18-full-with-footer-2.csv", is_full=True)
    assert (report["missing"], report["rejected"]) == (1, 0)
    assert (
        "Line 3 is not a send and is left out: “Exported on 2026-11-28 10:00”." in report["notes"]
    )


def test_a_full_file_says_why_it_marks_nothing(loader: Loader, tmp_path: Path) -> None:
    loaded(loader, "18-full-with-footer-1.csv", is_full=True)
    cut = (FOLDER / "18-full-with-footer-1.csv").read_text().rstrip()[:-30]
    file = tmp_path / "cut.csv"
    file.write_text(cut)
    with file.open("rb") as source:
        done = loader.load(source, "cut.csv", ME, LoadOptions(is_full=True))
    assert done.missing is None or done.rejected == 1
    nameless = cut.rsplit("\n", 1)[0] + "\nbroken\n"
    file.write_text(nameless)
    with file.open("rb") as source:
        done = loader.load(source, "cut.csv", ME, LoadOptions(is_full=True))
    assert done.missing is None
    assert "No send is marked as no longer reported: line 3 cannot be read" in " ".join(
        map(str, done.notes)
    )


def test_a_draft_without_a_time_is_shown_without_one(loader: Loader) -> None:
    report = loaded(loader, "14-draft-without-time.csv")
    assert (report["new"], report["rejected"]) == (1, 0)
    (draft,) = stored(loader, "d1")
    assert (draft.state, draft.scheduled_at, draft.total_records) == (State.DRAFT, None, 0)
    assert any("Sends without a scheduled time: 1." in each for each in report["notes"])


@pytest.mark.parametrize(
    "word",
    ["draft", "Rascunho", "paused", "ready", "cancelled", "sending", "PROCESANDO", "triggered"],
)
def test_a_send_that_waits_for_no_time_may_have_none(loader: Loader, word: str) -> None:
    rows = f"{HEADINGS}\n1,a,{word},5,\n2,b,scheduled,5,2030-01-01\n"
    done = loader.load(BytesIO(rows.encode()), "f.csv", ME)
    assert (done.new, done.rejected) == (2, 0)
    assert done.meaning.earliest == done.meaning.latest == stored(loader, "2")[0].scheduled_at


@pytest.mark.parametrize("word", ["scheduled", "sent", "zonk"])
def test_any_other_send_without_a_time_is_rejected_and_the_reason_says_which_may_have_none(
    loader: Loader, word: str
) -> None:
    with BytesIO(f"{HEADINGS}\n1,a,{word},5,\n{ROW}".encode()) as source:
        (reject,) = loader.preview(source, "f.csv", ME).rejects
    assert reject.reason.startswith(
        "Scheduled time is empty: a send that is scheduled, finished or"
    )


def test_recipients_may_be_unknown_before_a_send_is_done_and_are_never_a_zero(
    loader: Loader,
) -> None:
    rows = [f"1,a,scheduled,,{DAY}", f"2,b,sending,,{DAY}", f"3,c,sent,,{DAY}", "4,d,draft,,"]
    rows.append(f"5,e,zonk,,{DAY}")
    data = "\n".join([HEADINGS, *rows]).encode()
    found = loader.preview(BytesIO(data), "f.csv", ME)
    assert [each.reason for each in found.rejects] == ["Recipients is empty"] * 2
    assert found.summary.meaning.largest is None
    loader.load(BytesIO(data), "f.csv", ME)
    assert [s.total_records for s in stored(loader, "1", "2", "4")] == [None, None, None]


def test_an_empty_cell_keeps_the_recipients_that_were_reported_before(loader: Loader) -> None:
    for total in ("7000", "", "8000"):
        data = f"{HEADINGS}\n1,a,scheduled,{total},{DAY}\n"
        loader.load(BytesIO(data.encode()), "f.csv", ME)
        (send,) = stored(loader, "1")
        assert send.total_records == int(total or 7000)


def test_a_send_that_runs_again_is_shown_by_its_newest_report(loader: Loader) -> None:
    later = Loader(loader.store, Settings(), lambda: datetime(2026, 11, 28, 10, tzinfo=UTC))
    loaded(later, "01a-cancelled.csv")
    report = loaded(later, "01b-runs-again.csv")
    assert (report["changed"], report["stale"]) == (2, 0)
    k1, k2 = stored(loader, "k1", "k2")
    assert (k1.state, k1.generated_records) == (State.IN_PROGRESS, 5_000)
    assert (k2.state, k2.generated_records) == (State.IN_PROGRESS, 0)
    assert [type(flag) for flag in reported_flags(k1, icomm.PLATFORM)] == [RunsAgain]
    assert not isinstance(decide_abort(k2, icomm.PLATFORM), Refuse)


def test_a_send_that_finished_short_is_flagged_with_its_numbers(loader: Loader) -> None:
    loaded(loader, "02-finished-short.csv")
    assert [reported_flags(send, icomm.PLATFORM) for send in stored(loader, "f1", "f2")] == [
        [FinishedShort(2_061, 5_239)],
        [FinishedShort(0, 5_239)],
    ]


DAY = "2030-01-01"
HEADINGS = "id,name,state,total_records,scheduled_at"
ROW = "1,a,sent,5,2026-11-23"


@pytest.mark.parametrize(
    "text",
    [
        f"sep=|\n{HEADINGS}\n{ROW}".replace(",", "|"),
        f'"sep=;"\n{HEADINGS}\n{ROW}'.replace(",", ";"),
        f"sep=^\n{HEADINGS},a;b\n{ROW},c".replace(",", "^"),
        f"{HEADINGS}\n{ROW}".replace(",", "\t"),
        f"{HEADINGS}\n{ROW}".replace(",", "|"),
        f"Report\n\n\n{HEADINGS}\n{ROW}",
        f"Report,,,,\nShop,South,,,\n{HEADINGS}\n{ROW}",
        f"Report,2026,11,South,x\n{HEADINGS}\n{ROW}",
        f"{HEADINGS}\n{ROW}\nTotal,,,5,\n",
        f"{HEADINGS}\n{ROW}\n\n1 linha\n",
        f"{HEADINGS}\n{ROW}\n-----,,,,\nTOTAL GERAL,,,5,\n",
        f"{HEADINGS}\n{ROW}\nPágina 1 de 1\n",
    ],
)
def test_hints_titles_and_footers_are_understood(loader: Loader, text: str) -> None:
    done = loader.load(BytesIO(text.encode()), "f.csv", ME, LoadOptions(is_full=True))
    assert (done.new, done.rejected, done.missing) == (1, 0, 0)


@pytest.mark.parametrize("last", ["2", "2,Promo", "Total Promo,x,sent,y,", "end-5,a"])
def test_a_row_that_is_cut_off_is_never_a_footer(loader: Loader, last: str) -> None:
    text = f"{HEADINGS}\n{ROW}\n{last}"
    done = loader.load(BytesIO(text.encode()), "f.csv", ME, LoadOptions(is_full=True))
    assert (done.new, done.rejected) == (1, 1)


@pytest.mark.parametrize(
    ("text", "sends"),
    [
        (
            '{"data": [\n{"id": 1, "name": "a", "state": "sent", "total_records": 5, "scheduled_at": "2026-11-23"}\n]}',
            1,
        ),
        (
            '{"id": 1, "lists": [{"a": 1}], "na\n{"id": 1, "name": "a", "state": "sent", "total_records": 5, "scheduled_at": "2026-11-23"}',
            1,
        ),
        (
            '{"errors": [{"code": 1}, {"code": 2}], "result": [{"id": 1, "name": "a", "state": "sent", "total_records": 5.0, "scheduled_at": "2026-11-23"}]}',
            1,
        ),
    ],
)
def test_a_document_is_told_from_lines(loader: Loader, text: str, sends: int) -> None:
    assert loader.load(BytesIO(text.encode()), "f.json", ME).new == sends


def test_a_mapping_that_leaves_all_open_decides_nothing(loader: Loader) -> None:
    first = tried(loader, "03-month-first.csv")
    again = tried(loader, "03-month-first.csv", FeedMapping())
    assert first.summary.meaning == again.summary.meaning
    assert replace(first.summary, id="", notes=()) == replace(again.summary, id="", notes=())
