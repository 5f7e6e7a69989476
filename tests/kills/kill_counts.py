"""The result of a series of kills."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class KillCounts:
    """The result of a series of kills."""

    kills: int = 0
    acknowledged: int = 0
    resumed: int = 0
    stopped: int = 0
    steps: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
