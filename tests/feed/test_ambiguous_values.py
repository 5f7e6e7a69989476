"""The whole file shows the order of day and month and the decimal sign, or a person decides."""

from datetime import date
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.model import Actor, ConfigurationId, Role
from core.errors import FeedError
from core.feed.ambiguous_values import OpenQuestionError
from core.feed.interpreting.counts import count_with
from core.feed.interpreting.times import open_dates_in
from core.feed.load_options import LoadOptions
from core.feed.loader import Loader
from core.feed.mapping import FeedMapping
from tests.levels import examples

ME = Actor("t", Role.ADMINISTRATOR)
HEAD = "id,name,state,total_records,scheduled_at,finished_at\n"


def row(n: int, time: str, count: str = "5", finished: str = "") -> str:
    return f'{n},x,scheduled,"{count}","{time}","{finished}"\n'


def load(loader: Loader, text: str, mapping: FeedMapping | None = None, name: str = "f.csv") -> str:
    """Load a file and return all its notes."""
    options = LoadOptions(mapping=mapping)
    done = loader.load(BytesIO((HEAD + text).encode()), name, ME, options)
    return " ".join(map(str, done.notes))


def day_of(loader: Loader, id: str) -> str:
    send = loader.store.configuration(id)
    assert send is not None
    return f"{send.scheduled_at:%Y-%m-%d}"


OPEN = row(1, "11/04/2030 14:30")


@pytest.mark.parametrize(
    ("proof", "day"), [("25/03/2026 10:00", "2030-04-11"), ("03/25/2026 10:00", "2030-11-04")]
)
def test_one_proof_decides_for_all_columns(loader: Loader, proof: str, day: str) -> None:
    assert proof[:10] in load(loader, OPEN + row(2, "2026-01-13", finished=proof))
    assert day_of(loader, "1") == day


@pytest.mark.slow
def test_a_proof_in_the_last_row_of_many_decides_for_the_first(loader: Loader) -> None:
    many = "".join(row(n, f"{1 + n % 12:02}/{1 + n % 11:02}/2030 10:00") for n in range(2, 60_000))
    load(loader, OPEN + many + row(60_001, "12/31/2030 10:00"))
    assert day_of(loader, "1") == "2030-11-04"


@pytest.mark.slow
def test_an_ambiguous_date_after_many_plain_ones_is_noticed(loader: Loader) -> None:
    plain = "".join(row(n, "2030-01-13 10:00") for n in range(2, 60_000))
    load(loader, plain + OPEN + row(60_001, "12/31/2030 10:00"))
    assert day_of(loader, "1") == "2030-11-04"
    assert loader.store.configuration("59999") is not None


def test_a_file_with_both_orders_is_refused(loader: Loader) -> None:
    with pytest.raises(
        FeedError, match=r"both orders .* “25/03/2026” in line 3 .* “03/25/2026” in"
    ):
        load(loader, OPEN + row(2, "25/03/2026") + row(3, "03/25/2026"))
    assert loader.store.is_empty()


def test_an_open_order_is_refused_with_both_readings(loader: Loader) -> None:
    with pytest.raises(OpenQuestionError, match=r"2030-04-11 if .* 2030-11-04 if") as refused:
        load(loader, OPEN)
    (question,) = refused.value.questions
    assert question.kind == "day_order"
    assert [(r.answer, list(r.examples)) for r in question.readings] == [
        ("day", [("11/04/2030", date(2030, 4, 11))]),
        ("month", [("11/04/2030", date(2030, 11, 4))]),
    ]
    assert loader.store.is_empty()


def test_the_mapping_answers_the_question(loader: Loader) -> None:
    load(loader, OPEN, FeedMapping(day_first=False))
    assert day_of(loader, "1") == "2030-11-04"
    with pytest.raises(OpenQuestionError):
        load(loader, OPEN)


def test_a_year_of_two_digits_may_come_first_and_the_page_offers_that(loader: Loader) -> None:
    with pytest.raises(OpenQuestionError) as asked:
        load(loader, row(1, "26/12/01"))
    assert [(r.answer, list(r.examples)) for r in asked.value.questions[0].readings] == [
        ("day", [("26/12/01", date(2001, 12, 26))]),
        ("year", [("26/12/01", date(2026, 12, 1))]),
    ]
    assert loader.store.is_empty()
    load(loader, row(1, "26/12/01"), FeedMapping(year_first=True))
    assert day_of(loader, "1") == "2026-12-01"
    with pytest.raises(FeedError, match="does not fit its mapping: “24/11/2030” in line 2"):
        load(loader, row(1, "24/11/2030"), FeedMapping(year_first=True))


@pytest.mark.parametrize(
    "dates",
    [
        ("15/12/26",),
        ("24/11/26", "03/12/26"),
        ("24/11/26", "9/12/26"),
        ("20/11/26", "21/11/26", "28/11/26"),
    ],
)
def test_no_year_comes_first_if_sends_would_be_from_before_2020_or_from_many_years(
    loader: Loader, dates: tuple[str, ...]
) -> None:
    note = load(loader, "".join(row(n, date) for n, date in enumerate(dates)))
    assert f"the day first, because of “{dates[0]}” in line 2." in note
    assert day_of(loader, "0") == f"2026-{dates[0][3:5]}-{dates[0][:2]}"
    load(loader, row(5, "24/11/26"))  # an earlier file has shown it
    assert day_of(loader, "5") == "2026-11-24"


def test_a_mapping_may_have_years_before_2020_that_come_first(loader: Loader) -> None:
    load(loader, row(1, "15/12/26"), FeedMapping(year_first=True))
    assert day_of(loader, "1") == "2015-12-26"


def test_a_year_that_came_first_in_an_earlier_file_does_so_again(loader: Loader) -> None:
    assert "year first, because of “32/01/01” in line 2." in load(loader, row(1, "32/01/01"))
    notes = load(loader, row(2, "26/12/01 10:00"))
    assert "Dates such as “26/12/01” are read with the year first, as in earlier files." in notes
    assert day_of(loader, "2") == "2026-12-01"
    load(loader, row(3, "31/12/2030"))
    with pytest.raises(OpenQuestionError):  # the files contradict each other
        load(loader, row(4, "26/12/01 11:00"))


def test_a_file_that_does_not_fit_its_mapping_is_refused(loader: Loader) -> None:
    with pytest.raises(FeedError, match="does not fit its mapping: “25/03/2026” in line 3"):
        load(loader, OPEN + row(2, "25/03/2026"), FeedMapping(day_first=False))


def test_what_a_file_proved_counts_for_later_files_with_the_same_headings(loader: Loader) -> None:
    load(loader, OPEN + row(2, "03/25/2026"))
    assert "“02/03/2031” are read with the month first, as in earlier" in load(
        loader, row(3, "02/03/2031 10:00")
    )
    assert day_of(loader, "3") == "2031-02-03"
    other = HEAD.replace("finished_at", "note")
    with pytest.raises(OpenQuestionError):
        loader.load(BytesIO((other + OPEN).encode()), "f.csv", ME)
    # The dates of this file itself count more than an earlier file.
    load(loader, row(4, "02/03/2031") + row(5, "25/03/2026"))
    assert day_of(loader, "4") == "2031-03-02"


def test_a_date_with_equal_day_and_month_needs_no_decision(loader: Loader) -> None:
    assert load(loader, row(1, "11/11/2030 10:00")).count("Dates") == 0


@pytest.mark.parametrize(
    ("others", "count"),
    [(["5000.000"], 12), (["7,000.00"], 12), (["1.234"], 12_000), (["1.234.567"], 12_000)],
)
def test_the_decimal_sign_comes_from_the_whole_column(
    loader: Loader, others: list[str], count: int
) -> None:
    rows = [row(n, "2030-01-01", each) for n, each in enumerate(["12.000", *others], start=1)]
    assert f"“12.000” is read as {count}" in load(loader, "".join(rows))
    send = loader.store.configuration("1")
    assert send is not None
    assert send.total_records == count


def test_an_open_number_is_refused_with_both_readings(loader: Loader) -> None:
    with pytest.raises(OpenQuestionError, match=r"“12\.000” is 12 or 12000") as refused:
        load(loader, row(1, "2030-01-01", "12.000") + row(2, "2030-01-01", "7"))
    assert refused.value.questions[0].kind == "decimal"
    load(loader, row(1, "2030-01-01", "12.000"), FeedMapping(decimal=","))
    send = loader.store.configuration("1")
    assert send is not None
    assert send.total_records == 12_000


def test_a_number_with_one_meaning_needs_no_decision(loader: Loader) -> None:
    load(loader, row(1, "2030-01-01", "64517.0") + row(2, "2030-01-01", "1.234"))
    found = [loader.store.configuration(id) for id in "12"]
    assert [send and send.total_records for send in found] == [64_517, 1_234]


def test_an_earlier_file_never_makes_a_number_a_thousand_times_smaller(loader: Loader) -> None:
    def counted(*counts: str) -> str:
        rows = [row(n, "2030-01-01 10:00", each) for n, each in enumerate(counts, start=1)]
        return load(loader, "".join(rows))

    assert "“12.000” is read as 12000, because of “3.500” in line 3." in counted("12.000", "3.500")
    # The earlier file shows thousands with a point. Here the comma stands before three digits.
    with pytest.raises(OpenQuestionError, match="“12,000” is 12000 or 12") as asked:
        counted("12,000")
    assert asked.value.questions[0].kind == "decimal"
    assert "“14.000” is read as 14000, as in earlier files" in counted("14.000")
    send = loader.store.configuration(ConfigurationId("1"))
    assert send is not None
    assert send.total_records == 14_000


@pytest.mark.parametrize(
    "counts",
    [("3.500", "12,000"), ("12.000", "14,000"), ("1,234", "12.000"), ("1.234", "1,234", "5,000")],
)
def test_numbers_with_both_signs_before_three_digits_are_refused(
    loader: Loader, counts: tuple[str, ...]
) -> None:
    rows = [row(n, "2030-01-01 10:00", each) for n, each in enumerate(counts, start=1)]
    with pytest.raises(FeedError, match="contradict each other") as refused:
        load(loader, "".join(rows))
    assert not isinstance(refused.value, OpenQuestionError)
    assert all(f"“{each}”" in str(refused.value) for each in counts[-2:])
    assert loader.store.is_empty()


def test_a_mapping_decides_on_the_sign_and_the_notes_say_so(loader: Loader) -> None:
    notes = load(loader, row(1, "2030-01-01", "12,000"), FeedMapping(decimal="."))
    assert "“12,000” is read as 12000, as the mapping says." in notes


@examples(200)
@given(st.dates(date(1990, 1, 2), date(2068, 12, 31)), st.booleans(), st.sampled_from("/.-"))
def test_a_date_is_never_read_in_an_order_that_it_does_not_have(
    day: date, day_first: bool, sign: str
) -> None:
    form = f"%d{sign}%m{sign}%Y" if day_first else f"%m{sign}%d{sign}%Y"
    readings = open_dates_in(day.strftime(form))
    assert readings is not None
    assert readings["day" if day_first else "month"] == day
    assert readings.keys() == (
        {"day", "month"} if day.day <= 12 else {"day" if day_first else "month"}
    )


@examples(200)
@given(st.integers(0, 2_000_000_000), st.sampled_from([".", ","]), st.integers(0, 4))
def test_a_number_with_its_own_sign_is_read_back(count: int, sign: str, zeros: int) -> None:
    other = "," if sign == "." else "."
    text = f"{count:,}".replace(",", other) + (sign + "0" * zeros if zeros else "")
    assert count_with(sign, text) == count
