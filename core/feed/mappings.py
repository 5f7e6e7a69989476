"""How a source names its columns, remembered under a name that a person gave."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.errors import N_, FeedError
from core.store.port import KEPT, Store

_FACT: Final = KEPT + "feed_mappings"
MAX_NAME: Final = 80
MAX_MAPPINGS: Final = 100


@dataclass(frozen=True, slots=True)
class Mappings:
    """The remembered mappings: headings to canonical columns, "" to leave a column out."""

    store: Store

    def all(self) -> dict[str, dict[str, str]]:
        """Return them by name, in alphabetical order."""
        found = json.loads(self.store.fact(_FACT) or "{}")
        return {name: dict(found[name]) for name in sorted(found)}

    def remember(self, name: str, mapping: Mapping[str, str]) -> None:
        """Keep a mapping under a name, in place of one of the same name.

        Raises FeedError where there is no name, or too many mappings.
        """
        called = name.strip()[:MAX_NAME]
        if not called:
            raise FeedError(N_("Give the mapping a name, such as that of the system it is for."))
        known = self.all() | {called: dict(mapping)}
        if len(known) > MAX_MAPPINGS:
            raise FeedError(N_("There are {most} mappings already. Forget one."), most=MAX_MAPPINGS)
        self._keep(known)

    def forget(self, name: str) -> None:
        """Forget a mapping, if it is there."""
        self._keep({each: mapping for each, mapping in self.all().items() if each != name})

    def fitting(self, headings: Sequence[str]) -> tuple[str, dict[str, str]]:
        """Return the mapping (and its name) that knows the most of these headings, or none.

        One fits only where every heading that it gives a meaning stands in the file.
        """
        there = set(headings)
        fits = [
            (len(mapping), name, mapping)
            for name, mapping in self.all().items()
            if mapping and {h for h, column in mapping.items() if column} <= there
        ]
        if not fits:
            return "", {}
        _, name, mapping = max(fits, key=lambda each: each[0])
        return name, mapping

    def _keep(self, mappings: Mapping[str, Mapping[str, str]]) -> None:
        self.store.set_fact(_FACT, json.dumps(mappings, ensure_ascii=False))
