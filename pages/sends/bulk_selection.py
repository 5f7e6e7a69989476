"""The selection for a bulk abort.

The browser tab also stores the selected ids. In a new session, the tab restores the selection
(row_selection.js).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import streamlit as st

from core.domain.bulk_abort import BulkGroup, BulkIds, BulkPlan
from core.domain.model import Actor, ConfigurationId
from core.errors import AccessError
from core.services.bulk_aborts import MAX_SENDS
from pages.shell.page_run import view
from pages.text import i18n

_KEY = "bulk_selection"

#: The maximum number of changes in a message from the browser.
_MOST_CHANGES = 1_000

#: The maximum number of names of removed sends in the bar above the list.
_MOST_NAMES = 3
#: The maximum length of a name in characters.
_MOST_CHARACTERS = 30


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with its inputs, stored because a new plan for a thousand sends takes 0.1 s."""

    version: object
    ids: tuple[ConfigurationId, ...]
    actor: Actor
    plan: BulkPlan


@dataclass(slots=True)
class Selection:
    """The selected ids in the order of selection, and news for the person.

    - `left`: the names of removed sends that can no longer be stopped.
    - `missing`: the ids of removed sends that Freio no longer has, or that the person cannot see.
    - `excess`: the number of sends beyond the maximum in the last change.
    - `applied`: the id of the page in the browser, and the number of the last applied change. The
      page numbers its changes. A reload gives the page a new id.
    """

    ids: dict[ConfigurationId, None] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    excess: int = 0
    applied: tuple[str, int] = ("", 0)
    last: Planned | None = None

    def apply(self, sent: object, matching: Callable[[str], BulkIds]) -> list[ConfigurationId]:
        """Apply the new changes of a browser. Ignore malformed changes.

        `matching` gets the filters on the screen, and returns the ids of the matching sends. Return
        the ids that the browser itself has added: the caller must check the access to these sends.
        """
        source, changes = _read(sent)
        added: list[ConfigurationId] = []
        known, last = self.applied
        last = last if source == known else 0
        for number, kind, ids in changes:
            if number <= last:
                continue
            last = number
            self._forget_news()
            match kind:
                case "add":
                    self.add(ids)
                    added += ids
                case "remove":
                    for id in ids:
                        self.ids.pop(id, None)
                case "matching":
                    found = matching(ids[0] if ids else "")
                    self.add(found.ids)
                    self.excess += found.total - len(found.ids)
                case _:
                    self.ids.clear()
        if changes:
            self.applied = (source, last)
        return added[:MAX_SENDS]

    def add(self, ids: Iterable[ConfigurationId]) -> None:
        """Select sends, up to the maximum of a bulk abort."""
        for id in ids:
            if len(self.ids) < MAX_SENDS:
                self.ids[id] = None
            elif id not in self.ids:
                self.excess += 1

    def keep(self, plan: BulkPlan) -> None:
        """Remove the sends that can no longer be stopped or that are missing."""
        gone = {send.configuration.id: send for send in plan.groups[BulkGroup.LEFT_OUT].sends}
        for id in (*gone, *plan.missing):
            if id in self.ids:
                del self.ids[id]
                if id in gone:
                    self.left.append(gone[id].configuration.name)
                else:
                    self.missing.append(id)

    def clear(self) -> None:
        """Remove all sends from the selection."""
        self.ids.clear()
        self._forget_news()

    def _forget_news(self) -> None:
        self.left.clear()
        self.missing.clear()
        self.excess = 0


def selection() -> Selection:
    """Return the selection of this session."""
    found: Selection = st.session_state.setdefault(_KEY, Selection())
    return found


def planned() -> BulkPlan | None:
    """Return the plan for the selected sends, or None if no send is selected.

    This call also removes sends from the selection, as in `Selection.keep`.
    """
    chosen = selection()
    if not chosen.ids:
        return None
    chosen.last = plan_again(tuple(chosen.ids), chosen.last)
    chosen.keep(chosen.last.plan)
    return chosen.last.plan if chosen.ids else None


def plan_again(ids: tuple[ConfigurationId, ...], last: Planned | None) -> Planned:
    """Return the plan for the sends. If ids, person and data are unchanged, return `last`."""
    current = view()
    version = current.queries.cache.get(_new_version)
    if last is not None and (last.version, last.ids, last.actor) == (version, ids, current.actor):
        return last
    plan = current.app.bulk_aborts.plan(ids, current.actor)
    return Planned(version, ids, current.actor, plan)


def _new_version() -> object:
    # The shared cache keeps the object until the next write to the store. Another object therefore
    # means that the data may have changed.
    return object()


def require_access(added: Sequence[ConfigurationId]) -> None:
    """Raise AccessError if `added` has a send that the person has no right to stop (I7).

    Before the error, record a refusal, and clear the selection.
    """
    current = view()
    try:
        if added:
            current.app.bulk_aborts.require_access(added, current.actor)
    except AccessError:
        selection().clear()
        raise


def left_sentence() -> str:
    """Return sentences about removed sends and about sends beyond the maximum, or ""."""
    chosen = selection()
    left, missing = chosen.left, chosen.missing
    excess = i18n.plural(
        "{n} more send is not selected: one bulk abort has at most {limit} sends.",
        "{n} more sends are not selected: one bulk abort has at most {limit} sends.",
        chosen.excess,
        limit=MAX_SENDS,
    )
    stopped = i18n.plural(
        "{n} send can no longer be stopped and left the selection: {names}",
        "{n} sends can no longer be stopped and left the selection: {names}",
        len(left),
        names=_names(left),
    )
    unknown = i18n.plural(
        "{n} send is no longer in Freio and left the selection: {names}",
        "{n} sends are no longer in Freio and left the selection: {names}",
        len(missing),
        names=_names(missing),
    )
    found = (excess if chosen.excess else "", stopped if left else "", unknown if missing else "")
    return " ".join(filter(None, found))


def _names(left: Sequence[str]) -> str:
    more = len(left) - _MOST_NAMES
    names = "; ".join(map(_short, left[:_MOST_NAMES]))
    return f"{names} {i18n.plural('and {n} more', 'and {n} more', more)}" if more > 0 else names


def _short(name: str) -> str:
    return name if len(name) <= _MOST_CHARACTERS else f"{name[:_MOST_CHARACTERS].rstrip()}…"


def _read(sent: object) -> tuple[str, list[tuple[int, str, list[ConfigurationId]]]]:
    if not isinstance(sent, dict):
        return "", []
    source, changes = sent.get("source"), sent.get("changes")
    if not isinstance(source, str) or not isinstance(changes, list):
        return "", []
    found = []
    for change in changes[:_MOST_CHANGES]:
        match change:
            case [int(number), "add" | "remove" | "matching" | "clear" as kind, list(ids)]:
                texts = [ConfigurationId(id) for id in ids[:MAX_SENDS] if isinstance(id, str)]
                found.append((number, kind, texts))
    return source, found
