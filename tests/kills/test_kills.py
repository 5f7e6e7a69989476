"""A process is killed in the middle of a write. `python -m tests.kills` is the long form."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kills import delivering
from tests.kills.child import STEPS
from tests.kills.killing import (
    kill_aborting_children,
    kill_aborts,
    kill_batches,
    kill_merges,
    kill_migrations,
    kill_stopped_merges,
    kill_watchers,
)

Scaled = Callable[[float], int]


def test_no_acknowledged_abort_is_lost_and_none_is_half_written(
    tmp_path: Path, scaled: Scaled
) -> None:
    counts = kill_aborts(tmp_path, seed=1, kills=scaled(6))
    assert counts.lost == []
    assert counts.acknowledged > 0


def test_a_batch_that_is_killed_is_resumed_and_each_send_has_its_receipt(
    tmp_path: Path, scaled: Scaled
) -> None:
    counts = kill_batches(tmp_path, seed=6, kills=scaled(6))
    assert counts.lost == []
    assert counts.acknowledged > 0


def test_a_delivery_that_is_killed_between_two_steps_is_completed_and_requested_once(
    tmp_path: Path, scaled: Scaled
) -> None:
    cases = len(delivering.CASES)
    counts = delivering.kill_deliveries(tmp_path, seed=7, kills=scaled(cases))
    assert counts.lost == []
    assert counts.kills == counts.steps.total() == scaled(cases)
    if counts.kills == cases:
        assert counts.steps == dict.fromkeys(delivering.STEPS, len(delivering.STATES))


def test_a_merge_that_is_killed_is_there_whole_or_not_at_all(
    tmp_path: Path, scaled: Scaled
) -> None:
    counts = kill_merges(tmp_path, seed=2, kills=scaled(4))
    assert counts.lost == []


def test_a_merge_that_aborts_stopped_is_killed_and_neither_file_nor_abort_is_lost(
    tmp_path: Path, scaled: Scaled
) -> None:
    counts = kill_stopped_merges(tmp_path, seed=7, kills=scaled(5))
    assert counts.lost == []
    assert counts.acknowledged > 0
    assert counts.stopped > 0, "no merge was stopped"


def test_a_file_dropped_while_watchers_are_killed_is_loaded_and_put_away_once(
    tmp_path: Path, scaled: Scaled
) -> None:
    counts = kill_watchers(tmp_path, seed=4, kills=scaled(6))
    assert counts.lost == []
    assert counts.acknowledged > 0


def test_a_migration_goes_on_where_it_was_killed(tmp_path: Path, scaled: Scaled) -> None:
    counts = kill_migrations(tmp_path, seed=3, kills=scaled(5))
    assert counts.lost == []
    assert counts.acknowledged == STEPS[-1][0]


@pytest.mark.parametrize("work", ["first", "replace", "renew-demo", "renew-record"])
def test_a_kill_while_data_is_loaded_replaced_or_renewed_loses_no_abort(
    tmp_path: Path, scaled: Scaled, work: str
) -> None:
    counts = kill_aborting_children(tmp_path, seed=5, kills=scaled(4), work=work)
    assert counts.lost == []
