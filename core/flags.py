"""What about a send is worth a second look, and why: a reason as a value, with its numbers. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.habits import Group
from core.model import ConfigurationId


class FlagKind(StrEnum):
    """Why to look at a send."""

    STUCK = "stuck"
    UNUSUALLY_LARGE = "unusually_large"
    TWICE_WITHIN_A_DAY = "twice_within_a_day"


@dataclass(frozen=True, slots=True)
class Stuck:
    """It has not moved `since` then; of those like it, nearly all moved on within `usual`."""

    since: datetime
    usual: timedelta
    based_on: int
    group: Group

    @property
    def kind(self) -> FlagKind:
        """Why to look."""
        return FlagKind.STUCK


@dataclass(frozen=True, slots=True)
class UnusuallyLarge:
    """It has far more recipients than its account's sends: their median, and the greatest usual."""

    recipients: int
    median: int
    usual: int
    based_on: int

    @property
    def kind(self) -> FlagKind:
        """Why to look."""
        return FlagKind.UNUSUALLY_LARGE


@dataclass(frozen=True, slots=True)
class TwiceWithinADay:
    """Another send of the same name, account and audience is scheduled within a day of it."""

    other: ConfigurationId
    other_at: datetime

    @property
    def kind(self) -> FlagKind:
        """Why to look."""
        return FlagKind.TWICE_WITHIN_A_DAY


Flag = Stuck | UnusuallyLarge | TwiceWithinADay
