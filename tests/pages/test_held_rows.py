"""Freio ignores malformed ids of the additional rows that a browser holds."""

import pytest

from pages.sends import rows

VIEW = "a view"


@pytest.mark.parametrize(
    ("held", "ids"),
    [
        ({"view": VIEW, "ids": ["a", "b"]}, ["a", "b"]),
        ({"view": "another view", "ids": ["a"]}, []),
        ({"view": VIEW, "ids": ["a", 7, None, ["b"]]}, ["a"]),
        ({"view": VIEW, "ids": "ab"}, []),
        ({"view": VIEW}, []),
        (["a"], []),
        (None, []),
        ({"view": VIEW, "ids": [str(n) for n in range(10_000)]}, [str(n) for n in range(100)]),
    ],
)
def test_only_ids_of_this_view_are_read_and_not_too_many(
    monkeypatch: pytest.MonkeyPatch, held: object, ids: list[str]
) -> None:
    monkeypatch.setattr(rows.st, "session_state", {"list": {"held": held}})
    assert rows.held_ids("list", VIEW) == ids
