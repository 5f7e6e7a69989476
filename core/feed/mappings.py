"""How a source names its columns and in which zone it tells times, remembered under a name."""

from __future__ import annotations

import json
from collections import abc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.errors import N_, UNCHANGED, FeedError, StoreBusyError
from core.ports.shared_state import LASTING_PREFIX, Facts

_FACT: Final = LASTING_PREFIX + "feed_sources"
MAX_NAME: Final = 80
MAX_MAPPINGS: Final = 100
#: How often a change is tried while others change the mappings too.
_ATTEMPTS: Final = 20

Columns = abc.Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Mapping:
    """What a person told about a source. Without a name, nobody told anything.

    `columns` gives headings a canonical column, "" to leave a column out; `zone` is that of its
    times, None for the setting's.
    """

    name: str = ""
    columns: Columns = field(default_factory=dict)
    zone: ZoneInfo | None = None


@dataclass(frozen=True, slots=True)
class Mappings:
    """The remembered mappings."""

    store: Facts

    def all(self) -> list[Mapping]:
        """Return them in the order of their names."""
        return _all(self.store.fact(_FACT))

    def remember(self, name: str, columns: Columns, zone: ZoneInfo | None = None) -> None:
        """Keep a mapping under a name, in place of one of the same name.

        Raises FeedError where there is no name, or too many mappings.
        """
        called = name.strip()[:MAX_NAME]
        if not called:
            raise FeedError(
                N_("The mapping has no name."),
                N_("Give it one, such as that of the system it is for."),
                UNCHANGED,
            )
        added = Mapping(called, columns, zone)
        self._change(lambda known: [*_without(called, known), added])

    def forget(self, name: str) -> None:
        """Forget a mapping, if it is there."""
        self._change(lambda known: _without(name, known))

    def fitting(self, headings: Sequence[str]) -> Mapping:
        """Return the mapping that knows the most of these headings, or one that says nothing.

        One fits only where every heading that it gives a meaning stands in the file.
        """
        there = set(headings)
        fits = [
            each
            for each in self.all()
            if each.columns and {h for h, column in each.columns.items() if column} <= there
        ]
        return max(fits, key=lambda each: len(each.columns), default=Mapping())

    def _change(self, change: Callable[[list[Mapping]], list[Mapping]]) -> None:
        """Change what is there; where somebody else changed it meanwhile, change what is there now.

        Raises FeedError where that makes too many, StoreBusyError where others never stop.
        """
        for _ in range(_ATTEMPTS):
            before = self.store.fact(_FACT)
            after = change(_all(before))
            if len(after) > MAX_MAPPINGS:
                raise FeedError(
                    N_("There are {most} mappings already."),
                    N_("Forget one."),
                    UNCHANGED,
                    most=MAX_MAPPINGS,
                )
            if self.store.change_fact(_FACT, before, _text(after)):
                return
        raise StoreBusyError(N_("The database is busy."), N_("Try again in a moment."))


def _without(name: str, mappings: Sequence[Mapping]) -> list[Mapping]:
    return [each for each in mappings if each.name != name]


def _all(text: str | None) -> list[Mapping]:
    kept = json.loads(text or "{}")
    return [_read(name, kept[name]) for name in sorted(kept)]


def _text(mappings: Sequence[Mapping]) -> str:
    kept = {
        each.name: {
            "columns": dict(each.columns),
            "zone": None if each.zone is None else each.zone.key,
        }
        for each in mappings
    }
    return json.dumps(kept, ensure_ascii=False)


def _read(name: str, kept: dict[str, Any]) -> Mapping:
    return Mapping(name, dict(kept["columns"]), ZoneInfo(kept["zone"]) if kept["zone"] else None)
