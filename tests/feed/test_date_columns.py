"""Whole columns of dates are read like single texts, and only a small part of a file is read twice."""

from datetime import UTC, datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.errors import FeedError
from core.feed.file_feed import FileFeed, open_rows
from core.feed.formats.rows import Rows
from core.feed.interpreting.date_columns import local_times
from core.feed.interpreting.reading_rules import Rules, UnreadableValue
from core.feed.interpreting.times import parse_time
from core.feed.mapping import FeedMapping
from tests.levels import examples

ZONE = ZoneInfo("UTC")
WRITTEN = st.builds(
    lambda day, sign, form: day.strftime(form.replace("/", sign)),
    st.datetimes(datetime(1989, 12, 30), datetime(2200, 1, 2)),
    st.sampled_from("/-."),
    st.sampled_from(["%d/%m/%Y", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M"]),
)
NEARLY = st.from_regex(r"[0-3 ][0-9:][/.\-][01][0-9][/.][12][09][0-9]{2}( [0-9 ]{2}:[0-6][0-9])?")


def read_one(text: str, day_first: bool) -> datetime | None:
    try:
        return parse_time(text, Rules(zone=ZONE, order="day" if day_first else "month"))
    except UnreadableValue:
        return None


@pytest.mark.slow
@examples(300)
@given(st.lists(st.one_of(WRITTEN, NEARLY, st.just("")), max_size=6), st.booleans())
@example(["29/02/2028 10:00", "29/02/2100", "31/04/2026", "01/01/2026 24:00"], True)
def test_a_column_of_dates_gives_the_same_times_as_single_texts(
    texts: list[str], day_first: bool
) -> None:
    # The texts of a slice begin in the middle of the buffer.
    column = pa.array(["x", *texts], pa.string()).slice(1)
    found, sure = local_times(column, day_first)
    for text, time, is_sure in zip(texts, found.to_pylist(), sure.to_pylist(), strict=True):
        if is_sure:
            assert time.replace(tzinfo=UTC) == read_one(text, day_first)
        else:
            assert time is None


def test_usual_dates_are_read_without_the_slow_reader() -> None:
    texts = ["23/11/2026", "23-11-2026 14:30", "23.11.2026 14:30:59", ""]
    found, sure = local_times(pa.array(texts), day_first=True)
    assert sure.to_pylist() == [True, True, True, False]
    assert found.to_pylist()[2] == datetime(2026, 11, 23, 14, 30, 59)


HEAD = "id,name,state,total_records,scheduled_at\n"


def row(id: int, time: str, count: str = "5") -> str:
    return f"{id},n,SCHEDULED,{count},{time}\n"


class Counted:
    """Rows that count how many of their blocks are read."""

    def __init__(self, rows: Rows) -> None:
        self._rows, self.read = rows, 0
        self.headings, self.layout, self.share, self.page_mark = rows.headings, rows.layout, 0.0, ""

    def blocks(self, *expected):  # type: ignore[no-untyped-def]
        for block in self._rows.blocks(*expected):
            self.read += 1
            yield block

    def close(self) -> None:
        self._rows.close()


def blocks_read(text: str, mapping: FeedMapping = FeedMapping()) -> tuple[int, int]:  # noqa: B008
    """Return how many rows there are, and how many blocks were read for them."""
    with open_rows(BytesIO(text.encode()), "f.csv") as rows:
        counted = Counted(rows)
        feed = FileFeed(counted, "f.csv", zone=ZONE, mapping=mapping)
        return sum(batch.rows.num_rows for batch in feed.batches()), counted.read


MANY = "".join(row(n, "01/02/2030 10:00") for n in range(2, 120_000))


def test_a_file_without_open_dates_is_read_once() -> None:
    text = HEAD + "".join(row(n, "2030-02-01 10:00") for n in range(2, 120_000))
    with open_rows(BytesIO(text.encode()), "f.csv") as rows:
        blocks = sum(1 for _ in rows.blocks())
    assert blocks >= 3
    assert blocks_read(text) == (119_998, blocks)


def test_a_long_file_is_read_again_only_up_to_its_first_proof() -> None:
    once = blocks_read(HEAD + MANY, FeedMapping(day_first=True))
    proved = blocks_read(HEAD + row(1, "25/12/2030 10:00") + MANY)
    late = blocks_read(HEAD + MANY + row(1, "25/12/2030 10:00"))
    assert once[0] + 1 == proved[0] == late[0]
    assert once[1] >= 3
    assert proved[1] <= once[1] + 4  # the blocks that were already requested, and the first one
    assert late[1] > proved[1]


@pytest.mark.parametrize("mapping", [FeedMapping(), FeedMapping(day_first=True)])
def test_the_other_order_far_below_is_found_and_refused(mapping: FeedMapping) -> None:
    text = HEAD + row(1, "25/12/2030 10:00") + MANY + row(200_000, "12/25/2030 10:00")
    with pytest.raises(FeedError, match="both orders of day and month: “25/12/2030” in line 2"):
        blocks_read(text, mapping)


def test_a_number_with_two_meanings_far_below_is_found() -> None:
    text = HEAD + row(1, "25/12/2030 10:00") + MANY + row(200_000, "25/12/2030", "12.000")
    with pytest.raises(FeedError, match=r"a number in f\.csv is not clear"):
        blocks_read(text)
