"""Quotes that are not doubled inside a quoted cell: read if the cells are certain, else rejected."""

import csv
import io

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from core.feed.file_feed import open_rows
from core.feed.formats.stray_quotes import has_stray_quotes
from core.feed.loader import Loader
from tests.feed.test_tried_files import AT, HEAD, tried
from tests.levels import examples


def row(id: int, name: str) -> str:
    return f"{id},{name},scheduled,5,{AT}"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        *(('"Promo "Black" Friday"', 'Promo "Black" Friday'), ('"Promo "Black""', 'Promo "Black"')),
        *(('""Black" Friday"', '"Black" Friday'), ('"Promo 5" disc"', 'Promo 5" disc')),
        *(
            ('"Promo "Black, Big" Friday"', 'Promo "Black, Big" Friday'),
            ('TV 32" new', 'TV 32" new'),
        ),
        *((r'"Promo \"Black\""', 'Promo "Black"'), (r'"Promo \"A, B\" x"', 'Promo "A, B" x')),
        *((r'"\"Black\" Friday"', '"Black" Friday'), (r'"TV 32\" new"', 'TV 32" new')),
        *((r'"a \\ \"b\" c"', r'a \ "b" c'), ('"C:\\"', "C:\\")),
        *(('"Promo "Black', '"Promo "Black'), ('"Black" Friday', '"Black" Friday')),
        *(('"a ""b"" c"', 'a "b" c'), ('"a"', "a")),
    ],
)
def test_quotes_in_a_cell_are_read_if_its_line_has_as_many_cells_as_the_headings(
    loader: Loader, written: str, name: str
) -> None:
    for sign in (",", ";"):
        lines = [HEAD, row(1, written), row(2, "B"), row(3, '"C"')]
        text = "\n".join(line.replace(",", sign) for line in lines)
        said = tried(loader, text)
        assert f"3 new, 0 rejected: 1 {name.replace(',', sign)} SCHEDULED 5 2030-01-02" in said


@pytest.mark.parametrize(
    "written",
    [
        *('"Black, Big" Friday', '"Promo "Black", Big" Friday"', '"a ""b"" and "c" d"'),
        *(r'"a \"b\" and "c" d"', '"Promo "A", x"', '"A "x", "y" B"'),
    ],
)
def test_a_line_whose_cells_are_not_certain_is_rejected_alone(loader: Loader, written: str) -> None:
    lines = [HEAD, row(2, "B"), row(1, written), row(3, '"C"'), row(4, "D")]
    said = tried(loader, "\n".join(lines))
    assert said.startswith("3 new, 1 rejected: 2 B SCHEDULED 5")
    assert "a quote inside a quoted cell is not doubled" in said
    assert "line 3 cannot be read" in said


def test_a_quote_after_a_backslash_at_the_end_is_read_if_other_lines_have_such_quotes(
    loader: Loader,
) -> None:
    lines = [HEAD, row(1, r'"Black\""'), row(2, r'"a \"b\" c"'), row(3, r'"White\""'), row(4, "D")]
    assert tried(loader, "\n".join(lines)).startswith('4 new, 0 rejected: 1 Black" SCHEDULED 5')
    alone = tried(loader, "\n".join([HEAD, row(1, r'"Black\""'), row(4, "D")]))
    assert alone.startswith("1 new, 1 rejected: 4 D")


NAMES = st.text('ab" ,;\\\n', min_size=1, max_size=10)


def not_doubled(name: str) -> str:
    return f'"{name}"'


def with_backslash(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def runs_of(lines: list[str]) -> list[list[str]]:
    """Return all series of two or more lines."""
    count = len(lines)
    return [lines[i:j] for i in range(count) for j in range(i + 2, count + 1)]


def is_one_cell(lines: list[str]) -> bool:
    """Return whether some lines are correct CSV with a line break in a cell.

    Example: `","` and `""a"` in two rows are one cell.
    """
    text = "\n".join(lines)
    has_stray = has_stray_quotes(text.encode(), ",")
    return not has_stray and len(list(csv.reader(io.StringIO(text)))) < len(lines)


@examples(400)
@given(
    st.lists(st.text('ab" ,;\\', min_size=1, max_size=10), min_size=1, max_size=5),
    st.sampled_from([not_doubled, with_backslash]),
)
@example(['x"', 'y"'], not_doubled)
@example(['"', '"'], not_doubled)
@example([',"', '"a'], not_doubled)
@example([',"', '"a', ';";'], not_doubled)
def test_no_row_is_lost_or_gets_cells_of_another(names: list[str], write: object) -> None:
    assert callable(write)
    lines = [HEAD, *(row(n, write(name)) for n, name in enumerate(names)), row(99, "last")]
    text = "\n".join(lines)
    assume(not any(is_one_cell(run) for run in runs_of(lines)))
    found = cells_in(text)
    for id, name, *rest in found:
        assert rest == ["scheduled", "5", AT]
        assert int(id) == 99 or name.count("a") <= names[int(id)].count("a")
    if found and write is not_doubled:
        assert found[-1][0] == "99"


@examples(300)
@given(st.lists(st.lists(NAMES, min_size=5, max_size=5), min_size=1, max_size=5))
def test_correct_quotes_are_never_taken_for_stray_ones(rows: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    assert not has_stray_quotes(out.getvalue().encode(), ",")


def cells_in(text: str) -> list[list[str]]:
    """Return the cells of the rows of a file that are not damaged."""
    with open_rows(io.BytesIO(text.encode()), "f.csv") as rows:
        return [
            list(cells)
            for block in rows.blocks()
            for cells in zip(
                *block.cells(range(block.table.num_rows)).to_pydict().values(), strict=True
            )
        ]
