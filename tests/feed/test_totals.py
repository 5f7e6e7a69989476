"""Lines with the sum of other lines are never sends, also if each of their cells is filled."""

import pytest

from core.feed.loader import Loader
from tests.feed.test_tried_files import AT, HEAD, ROW, tried

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "line",
    [
        *("Total,Total,Total,17000,-", f"Todos,Todos,scheduled,17000,{AT}"),
        *(f"Suma,Todas,SCHEDULED,17000,{AT}", f"Total geral,x,agendado,17000,{AT}"),
    ],
)
def test_a_filled_line_with_the_sum_of_the_sends_is_left_out(loader: Loader, line: str) -> None:
    found = tried(loader, f"{HEAD}\n1,A,scheduled,12000,{AT}\n2,B,scheduled,5000,{AT}\n{line}")
    assert found.startswith("2 new, 0 rejected")
    assert "Line 4 is not a send and is left out" in found


def test_a_sum_with_separators_of_thousands_is_left_out(loader: Loader) -> None:
    rows = f'1,A,sent,"1,212,000",{AT}\n2,B,sent,"5,000",{AT}\nTOTAL,All,mixed,"1,217,000",{AT}'
    assert tried(loader, f"{HEAD}\n{rows}").startswith("2 new, 0 rejected")


def test_subtotals_of_groups_are_left_out(loader: Loader) -> None:
    rows = f"{ROW}\nSubtotal,G,sent,5,{AT}\n2,B,scheduled,6,{AT}\nSubtotal,H,sent,6,{AT}"
    found = tried(loader, f"{HEAD}\n{rows}\nTotal,,sent,11,{AT}")
    assert found.startswith("2 new, 0 rejected")


@pytest.mark.parametrize("word", ["Sum", "average", "TOTAL"])
def test_a_line_whose_id_is_a_word_for_a_sum_is_rejected_if_it_is_not_the_sum(
    loader: Loader, word: str
) -> None:
    found = tried(loader, f"{HEAD}\n{ROW}\n{word},B,scheduled,7,{AT}")
    assert found.startswith("1 new, 1 rejected")
    assert f"“{word}” is not an ID: the line seems to have the sum of other lines" in found


def test_a_send_whose_name_is_total_is_read(loader: Loader) -> None:
    assert tried(loader, f"{HEAD}\n{ROW}\n2,Total,scheduled,5,{AT}").startswith("2 new, 0 rejected")
