"""The log of a periodic task that fails repeatedly."""

import logging
import threading
from collections.abc import Iterator

import pytest

from core.errors import FreioError, StoreAwayError, StoreDiskError
from core.infrastructure.periodic import PeriodicTask


def ticked(outcomes: list[FreioError | ValueError | None]) -> None:
    """Let a ticker tick once for each outcome."""
    left: Iterator[Exception | None] = iter(outcomes)
    done = threading.Event()

    def work() -> None:
        outcome = next(left, done)
        if outcome is done:
            done.set()
        elif outcome is not None:
            raise outcome

    ticker = PeriodicTask("pruning", work, 0.001)
    ticker.start()
    assert done.wait(10)
    ticker.stop()


def disk() -> StoreDiskError:
    return StoreDiskError("The disk is full.", "Make room.")


def test_a_trouble_that_lasts_is_logged_when_it_begins_and_when_it_ends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, "core"):
        ticked([disk(), disk(), disk(), None, None])
    assert len(caplog.messages) == 2
    assert caplog.messages[0].startswith("pruning: The disk is full.")
    assert caplog.messages[1] == "pruning works again"
    assert all(record.exc_info is None for record in caplog.records)


def test_that_the_store_is_away_is_left_to_the_line_that_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, "core"):
        ticked([StoreAwayError("It does not answer.", "Wait.")] * 3)
    assert caplog.messages == []


def test_an_error_of_freios_own_is_logged_with_its_trace_each_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, "core"):
        ticked([ValueError("odd"), ValueError("odd")])
    assert caplog.messages == ["pruning failed"] * 2
    assert all(record.exc_info for record in caplog.records)
