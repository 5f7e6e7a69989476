"""The shipped sample, its generator, and the conversion of its times."""

from __future__ import annotations

import csv
import importlib.util
import io
import re
import statistics
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.domain.lifecycle import Pace, next_step
from core.domain.states import TERMINAL, Generation, State, generation_of, parse_state
from core.errors import FeedError
from core.feed.sample_times import shift_sample
from core.platforms import listmonk
from tests.sends import NOW, send

pytestmark = pytest.mark.slow

DATA = Path(__file__).parents[2] / "data"
SAMPLE = DATA / "sample.csv"
ZONE = ZoneInfo("America/Sao_Paulo")
MOMENTS = [
    datetime(2026, 11, 24, 3, 0, tzinfo=ZONE),
    datetime(2026, 11, 24, 15, 0, tzinfo=ZONE),
    datetime(2026, 11, 25, 23, 59, 59, 999_999, tzinfo=ZONE),
    datetime(2026, 11, 26, 0, 0, tzinfo=ZONE),
    datetime(2026, 11, 28, 11, 30, tzinfo=ZONE),  # a Saturday
]
LIFE = (
    "scheduled_at",
    "processing_started_at",
    "in_progress_at",
    "generation_started_at",
    "finished_at",
)
HEADING = "id,name,state,total_records,scheduled_at,finished_at,updated_at"

Row = dict[str, str]


def _load_generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_sample", DATA / "make_sample.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_sample"] = module
    spec.loader.exec_module(module)
    return module


make_sample = _load_generator()


def _read(text: str) -> list[Row]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


ROWS = _read(SAMPLE.read_text(encoding="utf-8"))
STATES = Counter(row["state"] for row in ROWS)
BY_DAY = [row for row in ROWS if row["scheduled_at"].startswith("D")]
TOTALS = [int(row["total_records"]) for row in ROWS]


def _share(*states: str) -> float:
    return sum(STATES[state] for state in states) / len(ROWS)


def _day(row: Row) -> int:
    return int(row["scheduled_at"][1:].split()[0])


def _hour(row: Row) -> int:
    return int(row["scheduled_at"].split()[1][:2])


def _times(row: Row) -> dict[str, datetime]:
    return {
        column: datetime.fromisoformat(row[column])
        for column in (*LIFE, "updated_at")
        if row[column]
    }


def _minutes_ahead(row: Row) -> int | None:
    found = re.fullmatch(r"T\+(\d+):(\d\d):00", row["scheduled_at"])
    return int(found[1]) * 60 + int(found[2]) if found else None


def _seconds_at_anchor(text: str) -> int:
    form, lead, clock = text[0], text[1:].split()[0], text.lstrip("DT+-").split()[-1]
    hours, minutes, seconds = map(int, clock.split(":"))
    clock_seconds = hours * 3600 + minutes * 60 + seconds
    if form == "D":
        return int(lead) * 86_400 + clock_seconds
    return make_sample.ANCHOR.hour * 3600 + (-clock_seconds if lead[0] == "-" else clock_seconds)


def _one(state: str, scheduled: str, now: datetime, finished: str = "", updated: str = "") -> Row:
    text = f"{HEADING}\nA,a,{state},10,{scheduled},{finished},{updated}\n"
    return _read(shift_sample(text, now, ZONE))[0]


# The generator


def test_the_shipped_file_is_what_the_generator_writes(tmp_path: Path) -> None:
    again = tmp_path / "again.csv"
    make_sample.main(["--rows", "5000", "--out", str(again), "--relative"])
    assert again.read_bytes() == SAMPLE.read_bytes()


def test_another_seed_writes_another_file(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    make_sample.main(["--rows", "5000", "--out", str(other), "--relative", "--seed", "2"])
    assert other.read_bytes() != SAMPLE.read_bytes()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--out", "x.xlsx"],
        ["--out", "x.csv", "--rows", "0"],
        ["--out", "x.parquet", "--relative"],
        ["--out", "x.csv", "--relative", "--now", "2026-03-11T15:00:00"],
    ],
)
def test_what_cannot_be_written_is_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        make_sample.main(arguments)
    assert "error:" in capsys.readouterr().err


@pytest.mark.parametrize("rows", [1, 7, 100])
def test_small_files_have_as_many_rows_as_asked_for(tmp_path: Path, rows: int) -> None:
    out = tmp_path / "small.csv"
    make_sample.make(rows, out)
    assert len(_read(out.read_text(encoding="utf-8"))) == rows


def test_csv_and_parquet_hold_the_same_rows_with_times_that_are_instants(tmp_path: Path) -> None:
    now = datetime(2026, 8, 1, 22, 15, tzinfo=ZONE)  # a Saturday
    as_csv, as_parquet = tmp_path / "a.csv", tmp_path / "a.parquet"
    make_sample.make(3_000, as_csv, now=now, seed=5)
    make_sample.make(3_000, as_parquet, now=now, seed=5)
    table = pq.read_table(as_parquet)
    assert tuple(table.column_names) == make_sample.COLUMNS
    assert table.schema.field("scheduled_at").type == pa.timestamp("us", tz="UTC")
    rows = _read(as_csv.read_text(encoding="utf-8"))
    for row, stored in zip(rows, table.to_pylist(), strict=True):
        for column, value in stored.items():
            if isinstance(value, datetime):
                assert datetime.fromisoformat(row[column]) == value
            else:
                assert row[column] == ("" if value is None else str(value))
    _check_all(rows, now)


def test_a_file_of_several_chunks_has_unique_ids_in_order_of_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(make_sample, "CHUNK", 700)
    out = tmp_path / "chunks.parquet"
    make_sample.make(3_000, out, now=datetime(2026, 8, 3, 9, 0, tzinfo=ZONE))
    table = pq.read_table(out)
    assert pq.ParquetFile(out).num_row_groups == 5
    assert len(set(table["id"].to_pylist())) == 3_000
    scheduled = table["scheduled_at"].to_pylist()
    assert scheduled == sorted(scheduled)


# The shipped file


def test_the_file_is_small_utf8_and_has_exactly_the_columns() -> None:
    raw = SAMPLE.read_bytes()
    assert len(raw) < 1_200_000
    assert b"\r" not in raw
    assert raw.decode("utf-8").splitlines()[0] == ",".join(make_sample.COLUMNS)


def test_ids_are_unique_and_of_one_form() -> None:
    ids = [row["id"] for row in ROWS]
    assert len(ids) == 5_000
    assert len(set(ids)) == 5_000
    assert all(re.fullmatch(r"CFG-\d{6}", i) for i in ids)


def test_rows_stand_in_the_order_of_their_scheduled_time() -> None:
    places = [_seconds_at_anchor(row["scheduled_at"]) for row in ROWS]
    assert places == sorted(places)


def test_a_row_has_its_times_in_one_form() -> None:
    for row in ROWS:
        assert len({row[column][0] for column in (*LIFE, "updated_at") if row[column]}) == 1


def test_the_file_covers_ninety_days_back_and_five_ahead() -> None:
    days = {_day(row) for row in BY_DAY}
    assert min(days) == -90
    assert max(days) == 5
    assert len(days) > 90


def test_shares_of_states_are_those_of_a_busy_platform() -> None:
    assert 0.90 < _share("SENT-DONE") < 0.92
    assert 0.05 <= _share("SCHEDULED") <= 0.08
    assert 0.005 < _share("PROCESANDO", "IN-PROGRESS") < 0.02
    assert 0.01 <= _share("CANCELLED") <= 0.02
    for state in ("PAUSED", "WAITING-CONFIRMATION", "SMTP-ERROR", "DRAFT", "PENDING", "ABORTED"):
        assert 3 <= STATES[state] <= 12
    assert 3 <= STATES["DELIVERY-ENDING"] <= 8


def test_one_or_two_rows_have_an_unknown_state() -> None:
    odd = [row["state"] for row in ROWS if parse_state(row["state"]) is State.UNKNOWN]
    assert 1 <= len(odd) <= 2


def test_in_progress_rows_are_waiting_partly_generated_or_unreported() -> None:
    found = [row for row in ROWS if row["state"] == "IN-PROGRESS"]
    unreported = [row for row in found if row["generated_records"] == ""]
    waiting = [row for row in found if row["generated_records"] == "0"]
    partly = [row for row in found if row["generated_records"] not in ("", "0")]
    assert len(unreported) == 3
    assert not any(row["generation_started_at"] for row in unreported)
    assert abs(len(waiting) - len(partly)) <= 3
    for row in partly:
        generated = int(row["generated_records"])
        assert generated % 5_000 == 0
        assert generated < int(row["total_records"])


def test_recipients_are_log_normal_with_a_long_tail() -> None:
    assert 8_500 < statistics.median(TOTALS) < 11_500
    assert 0.33 < sum(total < 5_000 for total in TOTALS) / len(TOTALS) < 0.37
    assert sum(total > 1_000_000 for total in TOTALS) >= 10
    assert max(TOTALS) <= 3_000_000
    assert min(TOTALS) > 0


@pytest.mark.parametrize("size", [4_999, 5_000, 5_001])
def test_sizes_at_the_edge_of_one_batch_occur_also_among_the_upcoming(size: int) -> None:
    found = [row for row in ROWS if int(row["total_records"]) == size]
    assert len(found) >= 8
    assert sum(row["state"] == "SCHEDULED" for row in found) >= 3


def test_sms_audiences_are_smaller() -> None:
    sms = [int(row["total_records"]) for row in ROWS if row["channel"] == "SMS"]
    assert 3_000 <= statistics.median(sms) <= 5_000
    assert 0.12 < len(sms) / len(ROWS) < 0.18
    assert {row["channel"] for row in ROWS} == {"e-mail", "SMS"}


def test_weekdays_hold_almost_all_sends() -> None:
    anchor = make_sample.ANCHOR
    weekdays = sum((anchor + timedelta(days=_day(row))).weekday() < 5 for row in BY_DAY)
    assert 0.93 < weekdays / len(BY_DAY) < 0.95


@pytest.mark.parametrize(
    ("first", "end", "share"), [(14, 19, 0.45), (10, 14, 0.29), (19, 24, 0.24), (0, 10, 0.02)]
)
def test_hours_of_the_day_have_their_shares(first: int, end: int, share: float) -> None:
    found = sum(first <= _hour(row) < end for row in BY_DAY) / len(BY_DAY)
    assert found == pytest.approx(share, abs=0.025 if share > 0.1 else 0.01)


def test_sends_burst_at_full_and_half_hours_and_ten_at_one_minute() -> None:
    minutes = Counter(row["scheduled_at"].split(":")[1] for row in BY_DAY)
    assert (minutes["00"] + minutes["30"]) / len(BY_DAY) > 0.5
    at_once = Counter(row["scheduled_at"] for row in BY_DAY)
    assert sum(count >= 10 for count in at_once.values()) >= 3


def test_some_forty_sends_come_within_three_hours_and_some_within_minutes() -> None:
    soon = [m for row in ROWS if (m := _minutes_ahead(row)) is not None]
    assert 35 <= len(soon) <= 45
    assert {1, 2, 3, 5, 8} <= set(soon)
    assert max(soon) <= 180
    assert all(sum(a <= m - 1 < a + 60 for m in soon) >= 8 for a in (0, 60, 120))


def test_some_sends_ended_in_the_past_hours_whenever_it_is_loaded() -> None:
    ended = Counter(row["state"] for row in ROWS if row["finished_at"].startswith("T-"))
    assert set(ended) == {"SENT-DONE", "CANCELLED"}
    assert 8 <= ended.total() <= 12


def test_names_are_portuguese_and_spanish_and_accounts_several() -> None:
    assert 6 <= len({row["account"] for row in ROWS}) <= 10
    letters = {letter for row in ROWS for letter in row["name"]}
    assert set("ãçéíóñ–") <= letters
    assert all(re.fullmatch(r"operador \d+", row["created_by"]) for row in ROWS)
    assert all(row["name"].startswith(row["campaign"] + " – ") for row in ROWS)


# Loading


def _check_all(rows: list[Row], now: datetime) -> None:
    for row in rows:
        _check_one(row, now)


def _check_one(row: Row, now: datetime) -> None:
    state, times = parse_state(row["state"]), _times(row)
    total = int(row["total_records"])
    reported = row["generated_records"] != ""
    generated = int(row["generated_records"]) if reported else None
    started = times.get("generation_started_at")
    generation = generation_of(generated, started is not None)

    assert all(at.utcoffset() == timedelta(0) for at in times.values())
    assert all(at <= now for column, at in times.items() if column != "scheduled_at"), row
    assert (times["scheduled_at"] > now) == (
        state in (State.SCHEDULED, State.DRAFT, State.WAITING_CONFIRMATION)
    ), row
    reached = [times[column] for column in LIFE[:4] if column in times]
    assert reached == sorted(reached), row
    assert ("finished_at" in times) == (state in TERMINAL), row
    if state in TERMINAL:
        assert times["updated_at"] == times["finished_at"]
        if len(reached) > 1:
            assert times["finished_at"] >= reached[-1], row
    elif len(reached) > 1:
        assert times["updated_at"] >= reached[-1], row
    assert (started is not None) == bool(generated), row
    assert (generated or 0) <= total

    if state in (State.SENT_DONE, State.DELIVERY_ENDING):
        assert generated == total
        assert len(reached) == 4
    elif state in (State.SCHEDULED, State.PROCESANDO, State.CANCELLED, State.ABORTED):
        assert generation is Generation.NOT_STARTED, row
    if state is State.PROCESANDO:
        assert len(reached) == 2
    if state is State.IN_PROGRESS:
        assert "in_progress_at" in times


@pytest.mark.parametrize("now", MOMENTS, ids=lambda now: f"{now:%a %H.%M}")
def test_after_loading_no_time_contradicts_its_state(now: datetime) -> None:
    rows = _read(shift_sample(SAMPLE.read_text(encoding="utf-8"), now, ZONE))
    assert len(rows) == len(ROWS)
    _check_all(rows, now)


@pytest.mark.parametrize("now", MOMENTS, ids=lambda now: f"{now:%a %H.%M}")
def test_loading_changes_times_only(now: datetime) -> None:
    kept = [c for c in make_sample.COLUMNS if c not in make_sample.TIMES]
    loaded = _read(shift_sample(SAMPLE.read_text(encoding="utf-8"), now, ZONE))
    for before, after in zip(ROWS, loaded, strict=True):
        assert [before[c] for c in kept] == [after[c] for c in kept]
        assert [not before[c] for c in make_sample.TIMES] == [
            not after[c] for c in make_sample.TIMES
        ]


@pytest.mark.parametrize(
    ("now", "zone"),
    [
        (datetime(2026, 3, 29, 12, 0, tzinfo=UTC), "Europe/Madrid"),
        (datetime(2026, 10, 26, 0, 30, tzinfo=UTC), "Europe/Madrid"),
        (datetime(2026, 9, 7, 2, 0, tzinfo=UTC), "America/Santiago"),
    ],
)
def test_changes_to_and_from_summer_time_keep_every_row_in_order(now: datetime, zone: str) -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    _check_all(_read(shift_sample(text, now, ZoneInfo(zone))), now)


def test_a_day_relative_time_is_the_local_clock_of_that_day() -> None:
    now = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)  # still the 23rd in São Paulo
    row = _one("SENT-DONE", "D-3 14:30:00", now, "D-3 14:45:10", "D-2 00:00:00")
    assert row["scheduled_at"] == "2026-11-20T17:30:00+00:00"
    assert row["finished_at"] == "2026-11-20T17:45:10+00:00"
    assert row["updated_at"] == "2026-11-21T03:00:00+00:00"


def test_a_moment_relative_time_counts_from_the_whole_second_of_loading() -> None:
    now = datetime(2026, 11, 24, 15, 0, 0, 750_000, tzinfo=ZONE)
    row = _one("SCHEDULED", "T+00:07:00", now, updated="T-49:00:01")
    assert row["scheduled_at"] == "2026-11-24T18:07:00+00:00"
    assert row["updated_at"] == "2026-11-22T16:59:59+00:00"


def test_a_scheduled_row_whose_time_has_come_moves_to_the_next_day() -> None:
    now = datetime(2026, 11, 24, 15, 0, tzinfo=ZONE)
    assert _one("SCHEDULED", "D+0 15:00:00", now)["scheduled_at"].startswith("2026-11-25T18:00")
    assert _one("SCHEDULED", "D+0 15:00:01", now)["scheduled_at"].startswith("2026-11-24T18:00")
    moved = _one("agendado", "D-4 15:00:00", now, updated="D-5 12:00:00")
    assert moved["scheduled_at"].startswith("2026-11-25T18:00")
    assert moved["updated_at"].startswith("2026-11-24T15:00")


@pytest.mark.parametrize("state", ["SENT-DONE", "CANCELLED", "ABORTED"])
def test_an_ended_row_with_any_time_ahead_moves_to_an_earlier_day(state: str) -> None:
    now = datetime(2026, 11, 24, 15, 0, tzinfo=ZONE)
    kept = _one(state, "D+0 14:00:00", now, "D+0 15:00:00", "D+0 15:00:00")
    assert kept["scheduled_at"] == "2026-11-24T17:00:00+00:00"
    moved = _one(state, "D+0 14:00:00", now, "D+0 15:00:01", "D+0 15:00:01")
    assert moved["scheduled_at"] == "2026-11-23T17:00:00+00:00"
    assert moved["finished_at"] == "2026-11-23T18:00:01+00:00"
    far = _one(state, "D+0 23:50:00", now.replace(hour=0, minute=5), "D+1 00:30:00", "D+1 00:30:00")
    assert far["finished_at"] == "2026-11-23T03:30:00+00:00"


def test_a_byte_order_mark_and_empty_lines_do_no_harm() -> None:
    text = f"\ufeff{HEADING}\r\n\r\nA,a,PAUSED,10,D-2 10:00:00,,\r\n"
    shifted = shift_sample(text, MOMENTS[1], ZONE)
    assert shifted == f"{HEADING}\nA,a,PAUSED,10,2026-11-22T13:00:00+00:00,,\n"


@pytest.mark.parametrize(
    "time",
    [
        "2026-11-24T15:00:00Z",
        "D-3",
        "D3 10:00:00",
        "D-3 24:00:00",
        "D-3 10:60:00",
        "D-3 10:00:00 ",
        "D-99999 10:00:00",
        "T00:01:00",
        "T-0:01:00",
        "T-00:60:00",
        "T-99999:00:00",
        "D-٣ 10:00:00",
    ],
)
@pytest.mark.parametrize("place", ["{time},,", "D-1 10:00:00,,{time}", "T-00:10:00,,{time}"])
def test_a_malformed_time_is_refused_with_its_line(time: str, place: str) -> None:
    times = place.format(time=time)
    text = f'{HEADING}\nA,"two\nlines",PAUSED,10,D-2 10:00:00,,\nB,b,PAUSED,10,{times}\n'
    with pytest.raises(FeedError, match="Line 4") as caught:
        shift_sample(text, MOMENTS[0], ZONE)
    assert caught.value.values["line"] == 4
    assert caught.value.values["text"] == time


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "empty"),
        ("id,state\nA,PAUSED\n", "scheduled_at"),
        ("id,scheduled_at\nA,D-1 10:00:00\n", "state"),
        (f"{HEADING}\nA,a,PAUSED\n", "Line 2 has 3 fields"),
        (f"{HEADING}\nA,a,PAUSED,10,,,\n", "Line 2 has no scheduled time"),
        (f"{HEADING}\nA,a,PAUSED,10,D-1 10:00:00,,T-00:01:00\n", "Line 2 mixes"),
        (f"{HEADING}\nA,a,PAUSED,10,T-00:01:00,,D-1 10:00:00\n", "Line 2 mixes"),
        (f'{HEADING}\nA,"a"a,PAUSED,10,D-1 10:00:00,,\n', "Line 2 is not CSV"),
    ],
)
def test_what_is_no_relative_feed_is_refused_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(FeedError, match=sentence):
        shift_sample(text, MOMENTS[0], ZONE)


def test_a_moment_without_a_zone_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        shift_sample(HEADING, datetime(2026, 11, 24), ZONE)


def test_the_sample_has_the_words_of_the_platform_and_no_state_that_it_lacks() -> None:
    text = shift_sample(SAMPLE.read_text(encoding="utf-8"), MOMENTS[0], ZONE, listmonk.PLATFORM)
    words = {row["state"] for row in csv.DictReader(io.StringIO(text))}
    known = {word for word in words if parse_state(word) is not State.UNKNOWN}
    assert known == set(listmonk.PLATFORM.words.values())


def test_a_simulated_listmonk_goes_from_scheduled_to_running_to_finished() -> None:
    one, words = send("s", total=20_000), []
    for second in range(0, 600, 5):
        at = NOW + timedelta(seconds=second)
        if step := next_step(one, at, Pace(), listmonk.PLATFORM):
            one = step.after
            words.append(one.raw_state)
    assert list(dict.fromkeys(words)) == ["running", "finished"]
    assert one.generated_records == 20_000
