"""The mappings that people saved."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from core.errors import N_, UNCHANGED, FeedError, StoreBusyError
from core.feed.mapping import FeedMapping, as_data, from_data
from core.ports.shared_state import LASTING_PREFIX, Facts

_FACT: Final = LASTING_PREFIX + "feed_sources"
MAX_NAME: Final = 80
MAX_MAPPINGS: Final = 100
#: How often a change is tried while others change the mappings too.
_ATTEMPTS: Final = 20


@dataclass(frozen=True, slots=True)
class SavedMappings:
    """The mappings in the store."""

    store: Facts

    def all(self) -> list[FeedMapping]:
        """Return them ordered by name."""
        return _parse(self.store.fact(_FACT))

    def save(self, mapping: FeedMapping) -> None:
        """Save a mapping under its name; replace one of the same name.

        Raises FeedError if there is no name, or if there are too many mappings.
        """
        short = mapping.name.strip()[:MAX_NAME]
        if not short:
            raise FeedError(
                N_("The mapping has no name."),
                N_("Give it one, for example the name of the system that the files come from."),
                UNCHANGED,
            )
        added = replace(mapping, name=short)
        self._change(lambda known: [*_without(short, known), added])

    def delete(self, name: str) -> None:
        """Delete a mapping if it exists."""
        self._change(lambda known: _without(name, known))

    def best_for(self, headings: Sequence[str]) -> FeedMapping | None:
        """Return the mapping that recognises these headings by the most of them, or None."""
        matching = [each for each in self.all() if each.recognises(headings)]
        return max(matching, key=lambda m: len(m.fields) + len(m.ignored), default=None)

    def _change(self, change: Callable[[list[FeedMapping]], list[FeedMapping]]) -> None:
        """Apply a change; try again if another process changed the mappings at the same time.

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


def _without(name: str, mappings: Sequence[FeedMapping]) -> list[FeedMapping]:
    return [each for each in mappings if each.name != name]


def _parse(text: str | None) -> list[FeedMapping]:
    saved: dict[str, dict[str, Any]] = json.loads(text or "{}")
    return [from_data(_converted(each) | {"name": name}) for name, each in sorted(saved.items())]


def _converted(saved: dict[str, Any]) -> dict[str, Any]:
    """Convert what earlier versions saved: a field for each heading, "" to leave it out."""
    if "columns" not in saved:
        return saved
    columns = saved["columns"].items()
    return {
        "fields": {name: heading for heading, name in columns if name},
        "ignored": [heading for heading, name in columns if not name],
        "zone": saved["zone"] or "",
    }


def _text(mappings: Sequence[FeedMapping]) -> str:
    return json.dumps({each.name: as_data(each) for each in mappings}, ensure_ascii=False)
