"""The selection for a bulk abort: each change has an effect once, and changes are by id."""

import pytest

from core.domain.bulk_abort import BulkIds, plan
from core.domain.model import ConfigurationId
from core.platforms import icomm
from core.services.bulk_aborts import MAX_SENDS
from pages.sends.bulk_selection import Selection


def ids(*names: str) -> list[ConfigurationId]:
    return [ConfigurationId(name) for name in names]


def matching(_view: str) -> BulkIds:
    return BulkIds(tuple(ids("m1", "m2")), 2)


def changed(*changes: object, source: object = "s", chosen: Selection | None = None) -> Selection:
    chosen = chosen or Selection()
    chosen.apply({"source": source, "changes": list(changes)}, matching)
    return chosen


def test_a_change_that_arrives_twice_is_made_once() -> None:
    chosen = changed([1, "add", ["a"]], [2, "remove", ["a"]])
    changed([1, "add", ["a"]], [2, "remove", ["a"]], [3, "add", ["b"]], chosen=chosen)
    assert list(chosen.ids) == ["b"]
    assert chosen.applied == ("s", 3)


def test_another_page_of_the_browser_counts_from_the_beginning() -> None:
    chosen = changed([1, "add", ["a"]], [2, "add", ["b"]])
    changed([1, "remove", ["a"]], source="t", chosen=chosen)
    assert list(chosen.ids) == ["b"]


def test_all_that_match_are_added_and_all_are_cleared() -> None:
    chosen = changed([1, "add", ["a"]], [2, "matching", []])
    assert list(chosen.ids) == ["a", "m1", "m2"]
    assert not changed([3, "clear", []], chosen=chosen).ids


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "text",
        {},
        {"source": 1, "changes": []},
        {"source": "s", "changes": "no list"},
        {"source": "s", "changes": [["1", "add", ["a"]], [1, "burn", ["a"]], [1, "add", "a"], 7]},
        {"source": "s", "changes": [[1, "add", [7, None, ["a"]]]]},
    ],
)
def test_what_no_browser_sends_selects_nothing(sent: object) -> None:
    chosen = Selection()
    chosen.apply(sent, matching)
    assert not chosen.ids


def test_the_selection_has_a_limit() -> None:
    many = [[n, "add", [f"{n}-{m}" for m in range(200)]] for n in range(1, 60)]
    chosen = changed(*many)
    assert (len(chosen.ids), chosen.excess) == (MAX_SENDS, 200)
    assert changed([60, "remove", ["1-0"]], chosen=chosen).excess == 0


def test_what_matches_above_the_maximum_is_counted() -> None:
    chosen = Selection()
    found = BulkIds(tuple(ids("m1")), 2_001)
    chosen.apply({"source": "s", "changes": [[1, "matching", []]]}, lambda _: found)
    assert (list(chosen.ids), chosen.excess) == (["m1"], 2_000)


def test_a_send_that_does_not_exist_leaves_and_is_named() -> None:
    chosen = changed([1, "add", ["gone"]])
    chosen.keep(plan([], icomm.PLATFORM, missing=ids("gone")))
    assert not chosen.ids
    assert (chosen.left, chosen.missing) == ([], ["gone"])
    assert not changed([2, "clear", []], chosen=chosen).missing
