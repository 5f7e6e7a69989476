"""Saved mappings: which headings of a source are which columns, and the zone of its times."""

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
#: The most tries of a change, while others change the mappings too.
_ATTEMPTS: Final = 20


@dataclass(frozen=True, slots=True)
class SavedMapping:
    """The columns and the zone of one source. The empty mapping has no name.

    `columns` maps headings to a canonical column, or to "" to leave a column out. `zone` is the
    zone of its times, None for the zone in the settings.
    """

    name: str = ""
    columns: abc.Mapping[str, str] = field(default_factory=dict)
    zone: ZoneInfo | None = None


@dataclass(frozen=True, slots=True)
class SavedMappings:
    """The mappings in the store."""

    store: Facts

    def all(self) -> list[SavedMapping]:
        """Return them ordered by name."""
        return _parse(self.store.fact(_FACT))

    def save(self, name: str, columns: abc.Mapping[str, str], zone: ZoneInfo | None = None) -> None:
        """Save a mapping; replace one of the same name.

        Raises FeedError if there is no name, or if there are too many mappings.
        """
        short = name.strip()[:MAX_NAME]
        if not short:
            raise FeedError(
                N_("The mapping has no name."),
                N_("Give it one, for example the name of the system that the files come from."),
                UNCHANGED,
            )
        added = SavedMapping(short, columns, zone)
        self._change(lambda known: [*_without(short, known), added])

    def delete(self, name: str) -> None:
        """Delete a mapping if it exists."""
        self._change(lambda known: _without(name, known))

    def best_for(self, headings: Sequence[str]) -> SavedMapping:
        """Return the mapping with the most of these headings, or the empty one.

        A mapping matches only if the file has every heading to which it gives a column.
        """
        there = set(headings)
        matching = [
            each
            for each in self.all()
            if each.columns and {h for h, column in each.columns.items() if column} <= there
        ]
        return max(matching, key=lambda each: len(each.columns), default=SavedMapping())

    def _change(self, change: Callable[[list[SavedMapping]], list[SavedMapping]]) -> None:
        """Apply a change. Try again if another process changed the mappings at the same time.

        Raises FeedError if the change makes too many, StoreBusyError if no try succeeds.
        """
        for _ in range(_ATTEMPTS):
            before = self.store.fact(_FACT)
            after = change(_parse(before))
            if len(after) > MAX_MAPPINGS:
                raise FeedError(
                    N_("There are {most} mappings already."),
                    N_("Delete one."),
                    UNCHANGED,
                    most=MAX_MAPPINGS,
                )
            if self.store.change_fact(_FACT, before, _text(after)):
                return
        raise StoreBusyError(N_("The database is busy."), N_("Try again in a moment."))


def _without(name: str, mappings: Sequence[SavedMapping]) -> list[SavedMapping]:
    return [each for each in mappings if each.name != name]


def _parse(text: str | None) -> list[SavedMapping]:
    saved: dict[str, dict[str, Any]] = json.loads(text or "{}")
    return [
        SavedMapping(name, dict(each["columns"]), ZoneInfo(each["zone"]) if each["zone"] else None)
        for name, each in sorted(saved.items())
    ]


def _text(mappings: Sequence[SavedMapping]) -> str:
    saved = {
        each.name: {
            "columns": dict(each.columns),
            "zone": None if each.zone is None else each.zone.key,
        }
        for each in mappings
    }
    return json.dumps(saved, ensure_ascii=False)
