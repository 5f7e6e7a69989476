"""The clock.

Code gets the time or a clock as an argument. `utc_now` is used where a program starts, and as the
default of some arguments.
"""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)
