"""The problems that the overview shows, the most harmful problem first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from statistics import median

from core.domain.list_query import HourVolume
from core.domain.model import ConfigurationId
from core.domain.states import GOES_OUT, MAY_BE_STOPPED
from core.forecasting.usual_volume import UsualHour

#: An hour is busy if its recipients are more than this many times `UsualHour.high`.
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
    """A send and its number of recipients (None: not reported).

    `times_usual` is the number of recipients divided by the usual number, or None if the send is
    not unusually large.
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
    """A problem and its sends, largest first. A busy hour has only its largest send."""

    problem: Problem
    sends: tuple[NamedSend, ...]
    hour: BusyHour | None = None

    @property
    def recipients(self) -> int:
        """The number of recipients of the busy hour or of all sends. Unknown numbers count as 0."""
        if self.hour:
            return self.hour.recipients
        return sum(send.recipients or 0 for send in self.sends)

    @property
    def is_mostly_one_send(self) -> bool:
        """Whether the largest send has at least half of the recipients of the finding."""
        return 2 * (self.sends[0].recipients or 0) >= self.recipients

    @property
    def unsized(self) -> int:
        """The number of sends whose recipients are not reported, or 0 for a busy hour."""
        return 0 if self.hour else sum(send.recipients is None for send in self.sends)


@dataclass(frozen=True, slots=True)
class Attention:
    """The findings, most harmful first, and the ids of all their sends.

    `is_cut` is true if Freio probably did not read all sends with problems.
    """

    findings: tuple[Finding, ...] = ()
    ids: tuple[ConfigurationId, ...] = ()
    is_cut: bool = False


def ranked(findings: Iterable[Finding], *, is_cut: bool = False) -> Attention:
    """Return the findings in the order of Problem. For each problem, the largest comes first.

    Each send appears once, with its most harmful problem. But the send of a busy hour can also
    appear with a more harmful problem. If this send is unusually large, its `times_usual` is set.
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
    """For at most `most` problems, return the first finding and the number of further findings."""
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
    """Return the coming hours with far more recipients than usual.

    Leave out an hour if aborts can spare none of its recipients. Also leave out an hour with at
    most as many recipients as a typical hour: at night, a few recipients can be far more than
    usual. `largest` has the largest outgoing send of each hour.
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
