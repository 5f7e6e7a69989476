"""The records that a connector returns."""

from datetime import datetime

import pytest

from core.domain.states import State
from core.ports.connector import BridgeAnswer, BridgeResult, Reading


def test_a_reading_needs_a_time_with_a_zone() -> None:
    with pytest.raises(ValueError, match="read_at has no time zone"):
        Reading("1", State.DRAFT, "draft", 10, 0, datetime(2026, 11, 29, 12))


def test_an_answer_of_a_bridge_needs_a_time_with_a_zone() -> None:
    with pytest.raises(ValueError, match="sent_at has no time zone"):
        BridgeAnswer("r", BridgeResult.STOPPED, 0, "", "m", datetime(2026, 11, 29, 12))
