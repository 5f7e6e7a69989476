"""The saved mappings, and the choice of a mapping for a file."""

import json
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, Final

from core.errors import N_, UNCHANGED, FeedError, StoreBusyError
from core.feed.mapping import FeedMapping, as_data, from_data
from core.feed.profiles import profiles
from core.ports.shared_state import LASTING_PREFIX, Facts

_FACT: Final = LASTING_PREFIX + "feed_sources"
MAX_NAME: Final = 80
MAX_MAPPINGS: Final = 100
#: Freio tries a change at most this many times. A try fails if another process changes the mappings
#: meanwhile.
_ATTEMPTS: Final = 20


@dataclass(frozen=True, slots=True)
class SavedMappings:
    """The mappings in the store."""

    store: Facts

    def all(self) -> list[FeedMapping]:
        """Return the saved mappings, ordered by name."""
        return _parse(self.store.fact(_FACT))

    def save(self, mapping: FeedMapping) -> None:
        """Save a mapping. If a mapping with this name exists, overwrite that mapping.

        Raises FeedError if the mapping has no name, or if there are too many mappings.
        """
        short = mapping.name.strip()[:MAX_NAME]
        if not short:
            todo = N_("Give it one, for example the name of the system that the files come from.")
            raise FeedError(N_("The mapping has no name."), todo, UNCHANGED)
        added = replace(mapping, name=short)
        self._change(lambda known: [*_without(short, known), added])

    def delete(self, name: str) -> None:
        """Delete a mapping."""
        self._change(lambda known: _without(name, known))

    def best_for(self, headings: Sequence[str], list: str = "") -> FeedMapping | None:
        """Return the mapping that recognises `headings`, or None.

        `list` is the JSON path of the sends. Prefer saved mappings to profiles. If several mappings
        remain, choose the mapping that names the most columns.
        """
        for known in (self.all(), profiles()):
            matching = [
                each
                for each in known
                # A profile must not ignore a column with the values of a field.
                if each.recognises(headings, list)
                and not (each.based_on and each.hidden_columns(headings))
            ]
            if matching:
                return max(matching, key=_known_columns)
        return None

    def named(self, name: str) -> FeedMapping:
        """Return a saved mapping or a profile. Raises FeedError if no mapping has this name."""
        for each in (*self.all(), *profiles()):
            if _composed(each.name) == _composed(name.strip()):
                return each
        todo = N_("Save a mapping of this name on the page Imports, or correct the name.")
        raise FeedError(N_("There is no mapping “{name}”."), todo, name=name[:MAX_NAME])

    def for_file(self, name: str) -> FeedMapping | None:
        """Return the saved mapping whose pattern fits a file name, or None.

        Raises FeedError if several patterns fit.
        """
        key = _composed(name.casefold())
        patterns = ((m, _composed(m.files.casefold())) for m in self.all())
        found = [m for m, pattern in patterns if fnmatchcase(key, pattern)]
        if len(found) > 1:
            happened = N_(
                "The patterns of several mappings fit the file name “{name}”: {mappings}."
            )
            todo = N_("Change the patterns on the page Imports, so that only one fits.")
            mappings = ", ".join(f"“{each.name}”" for each in found)
            raise FeedError(happened, todo, name=name, mappings=mappings)
        return found[0] if found else None

    def _change(self, change: Callable[[list[FeedMapping]], list[FeedMapping]]) -> None:
        # Raises FeedError for too many mappings. Raises StoreBusyError if all tries fail.
        for _ in range(_ATTEMPTS):
            before = self.store.fact(_FACT)
            after = change(_parse(before))
            if len(after) > MAX_MAPPINGS:
                todo = N_("Delete one on the page Imports.")
                happened = N_("There are {most} mappings already.")
                raise FeedError(happened, todo, UNCHANGED, most=MAX_MAPPINGS)
            saved = json.dumps({each.name: as_data(each) for each in after}, ensure_ascii=False)
            if self.store.change_fact(_FACT, before, saved):
                return
        raise StoreBusyError(N_("The database is busy."), N_("Try again in a moment."))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _known_columns(mapping: FeedMapping) -> int:
    return len({*mapping.headings, *mapping.columns, *mapping.ignored})


def _without(name: str, mappings: Sequence[FeedMapping]) -> list[FeedMapping]:
    return [each for each in mappings if each.name != name]


def _parse(text: str | None) -> list[FeedMapping]:
    saved: dict[str, dict[str, Any]] = json.loads(text or "{}")
    return [from_data(_converted(each) | {"name": name}) for name, each in sorted(saved.items())]


def _converted(saved: dict[str, Any]) -> dict[str, Any]:
    # Earlier versions of Freio saved `columns`. For example, {"ID": "id", "Notes": ""} means: the
    # column `ID` has the field `id`, and the column `Notes` is ignored.
    if "columns" not in saved:
        return saved
    columns = saved["columns"].items()
    return {
        "fields": {name: heading for heading, name in columns if name},
        "ignored": [heading for heading, name in columns if not name],
        "zone": saved["zone"] or "",
    }
