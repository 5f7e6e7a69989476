"""The problems on the overview, the most harmful problem first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from statistics import median

from core.domain.list_query import HourVolume
from core.domain.model import ConfigurationId
from core.domain.states import GOES_OUT, MAY_BE_STOPPED
from core.forecasting.usual_volume import UsualHour

#: A busy hour has more recipients than this multiple of `UsualHour.high`.
FAR_ABOVE_USUAL = 3.0


class Problem(StrEnum):
    """The kinds of problems, the most harmful first."""

    CONTRADICTED = "contradicted"
    UNCONFIRMED = "unconfirmed"
    BUSY_HOUR = "busy_hour"
    LARGE = "large"
    DUPLICATE = "duplicate"
    STUCK = "stuck"
    SMTP_ERROR = "smtp_error"


@dataclass(frozen=True, slots=True)
class NamedSend:
    """The id, name and size of a send.

    `times_usual`: for an unusually large send, `recipients` divided by the usual number.
    """

    id: ConfigurationId
    name: str
    recipients: int | None
    times_usual: float | None = None


@dataclass(frozen=True, slots=True)
class BusyHour:
    """An hour with far more recipients than usual. `times_usual`: None if the usual number is 0."""

    hour: datetime
    recipients: int
    times_usual: float | None


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem and the sends, largest first. A busy hour has only the largest send."""

    problem: Problem
    sends: tuple[NamedSend, ...]
    hour: BusyHour | None = None

    @property
    def recipients(self) -> int:
        """The recipients of the busy hour or of all sends. An unknown number counts as 0."""
        if self.hour:
            return self.hour.recipients
        return sum(send.recipients or 0 for send in self.sends)

    @property
    def is_mostly_one_send(self) -> bool:
        """Whether the largest send has at least half of the recipients."""
        return 2 * (self.sends[0].recipients or 0) >= self.recipients

    @property
    def unsized(self) -> int:
        """The number of sends of unknown size, or 0 for a busy hour."""
        return 0 if self.hour else sum(send.recipients is None for send in self.sends)


@dataclass(frozen=True, slots=True)
class Attention:
    """The findings, most harmful first.

    `is_cut`: Freio probably did not read all sends with problems.
    """

    findings: tuple[Finding, ...] = ()
    ids: tuple[ConfigurationId, ...] = ()
    is_cut: bool = False


def ranked(findings: Iterable[Finding], *, is_cut: bool = False) -> Attention:
    """Return the findings in the order of Problem. For each problem, the largest comes first.

    Each send appears once, with the most harmful problem. Only the send of a busy hour can appear
    twice. If this send is also unusually large, the busy hour shows the send with `times_usual`.
    """
    order = list(Problem)
    found = sorted(findings, key=lambda f: (order.index(f.problem), -f.recipients))
    sizes = {s.id: s for f in found if f.problem is Problem.LARGE for s in f.sends}
    kept, named = [], dict[ConfigurationId, None]()
    for each in found:
        if each.hour is not None:
            sends = tuple(sizes.get(s.id, s) for s in each.sends)
        else:
            new = {s.id: s for s in each.sends if s.id not in named}.values()
            sends = tuple(sorted(new, key=lambda s: (-(s.recipients or 0), s.id)))
        if sends:
            kept.append(replace(each, sends=sends))
            named |= dict.fromkeys(s.id for s in sends)
    return Attention(tuple(kept), tuple(named), is_cut)


def headlines(attention: Attention, most: int) -> list[tuple[Finding, int]]:
    """For the first `most` problems, return the first finding and the count of further findings."""
    problems: dict[Problem, list[Finding]] = {}
    for each in attention.findings:
        problems.setdefault(each.problem, []).append(each)
    return [(found[0], len(found) - 1) for found in list(problems.values())[:most]]


def busy_hours(
    volume: Sequence[HourVolume],
    usual: Sequence[UsualHour],
    largest: Mapping[datetime, NamedSend],
    now: datetime,
) -> list[Finding]:
    """Return the hours with far more recipients than usual, from the current hour on.

    Leave out an hour if aborts can spare no recipients. At night, a few recipients can be far more
    than usual. Therefore, an hour must also have more recipients than a typical hour.
    `largest` has the largest outgoing send of each hour.
    """
    begin = now.replace(minute=0, second=0, microsecond=0)
    going = [v for v in volume if v.outlook in GOES_OUT and v.hour >= begin]
    open_ = {v.hour for v in going if v.outlook in MAY_BE_STOPPED and v.recipients}
    typical = median(u.median for u in usual) if usual else 0
    found = []
    for u in usual:
        total = sum(v.recipients for v in going if v.hour == u.hour)
        if u.hour not in open_ or u.hour not in largest:
            continue
        if total > FAR_ABOVE_USUAL * u.high and total > typical:
            times = total / u.median if u.median else None
            hour = BusyHour(u.hour, total, times)
            found.append(Finding(Problem.BUSY_HOUR, (largest[u.hour],), hour))
    return found
