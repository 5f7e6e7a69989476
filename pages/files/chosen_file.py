"""The chosen file. The session keeps the file while other pages are open."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import BinaryIO
from uuid import uuid4

import streamlit as st

from core.domain.states import squeeze
from core.errors import N_, FeedError
from core.feed.formats.rows import Layout
from core.feed.interpreting.headings import ColumnMap, FieldSource, match_headings
from core.feed.load_options import LoadOptions
from core.feed.loader import FirstRows
from core.feed.mapping import FeedMapping
from pages.files.kept_file import KeptFile
from pages.shell.page_run import view

_CHOSEN = "feed_chosen"


@dataclass(slots=True, eq=False)
class Chosen:
    """A file, the first rows, and how Freio reads the file.

    - `base`: the mapping before the person's changes.
    - `unfinished`: the choice (such as "value") of each field that still lacks a value or columns.
    - `words`: the state words whose meaning the person has chosen.
    - `kept`: the bytes, or None after `forget`. Streamlit can keep this object for longer, but
      must not keep the bytes.
    """

    name: str
    kept: KeptFile | None
    first_rows: FirstRows
    base: FeedMapping
    mapping: FeedMapping
    as_of: datetime | None = None
    is_full: bool = False
    is_open: bool = False
    shows_optional: bool = False
    unfinished: dict[str, str] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    key: str = field(default_factory=lambda: uuid4().hex[:12])

    def open(self) -> BinaryIO:
        """Return a reader of the file. Raises FeedError after `forget`."""
        if self.kept is None:
            raise FeedError(N_("The file is no longer kept."), N_("Choose it again."))
        return self.kept.open()

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings of the file."""
        return self.first_rows.headings

    @property
    def columns(self) -> ColumnMap:
        """The source of each field, such as a column."""
        return match_headings(self.headings, self.mapping)

    @property
    def options(self) -> LoadOptions | None:
        """How to load the file, or None if a field is missing."""
        if self.unfinished or not self.columns.is_complete:
            return None
        return LoadOptions(mapping=self.mapping, as_of=self.as_of, is_full=self.is_full)

    def reference(self, place: int) -> str | int:
        """Return what a mapping calls a column: the heading.

        If the heading is empty or not unique, return the number of the column, counted from 1.
        """
        heading = squeeze(self.headings[place])
        is_unique = [squeeze(each) for each in self.headings].count(heading) == 1
        return self.headings[place] if heading and is_unique else place + 1

    def places(self, name: str) -> tuple[int, ...]:
        """Return the indexes of the source columns of a field."""
        found = self.columns
        if name not in found.places or any(name == each for _, _, each in found.duplicates):
            return ()
        place = found.places[name]
        if place < found.width:
            return (place,)
        return found.derived[place - found.width].places

    def set_source(self, name: str, source: FieldSource | None) -> None:
        """Set the source of a field. None: the file does not have the field."""
        found = {other: self.places(other) for other in self.columns.places if other != name}
        fields, ignored = dict(self.mapping.fields), self.mapping.ignored
        if source is None:
            fields.pop(name, None)
            ignored = (*ignored, *(self.reference(place) for place in self.places(name)))
        else:
            fields[name] = source
        self.mapping = replace(self.mapping, fields=fields, ignored=tuple(dict.fromkeys(ignored)))
        # Another field may have lost its column, because the field `name` now uses this column. Let
        # both fields use the column.
        for other, places in found.items():
            if places and other not in fields and self.places(other) != places:
                fields[other] = FieldSource(tuple(map(self.reference, places)))
        self.mapping = replace(self.mapping, fields=fields)
        self.unfinished.pop(name, None)

    def use(self, mapping: FeedMapping) -> None:
        """Read the file with a mapping. Raises FeedError if this fails."""
        self.first_rows = view().app.loader.first_rows(self.open(), self.name, mapping)
        self.base = self.mapping = mapping
        self.unfinished.clear()

    def set_layout(self, layout: Layout) -> None:
        """Read the headings in another line, sheet or list. Raises FeedError if this fails."""
        loader = view().app.loader
        wanted = {n: getattr(layout, n) for n in ("heading_line", "sheet", "list")}
        first_rows = loader.first_rows(self.open(), self.name, replace(self.mapping, **wanted))
        if first_rows.headings != self.headings:
            self.base = loader.mapping_for(first_rows.headings, first_rows.layout)
            self.mapping = replace(
                self.base, zone=self.mapping.zone or self.base.zone, states=self.mapping.states
            )
            first_rows = loader.first_rows(self.open(), self.name, replace(self.base, **wanted))
            self.unfinished.clear()
        self.first_rows, self.mapping = first_rows, replace(self.mapping, **wanted)


def choose(source: BinaryIO, name: str) -> None:
    """Keep a file for the session. Raises FreioError if this fails."""
    loader, kept = view().app.loader, KeptFile(source)
    by_name = None
    with suppress(FeedError):  # several mappings fit: the person chooses
        by_name = loader.mappings.for_file(name)
    first_rows = loader.first_rows(kept.open(), name, by_name or FeedMapping())
    mapping = by_name or loader.mapping_for(first_rows.headings, first_rows.layout)
    if mapping is not by_name and mapping.name:
        first_rows = loader.first_rows(kept.open(), name, mapping)
    st.session_state[_CHOSEN] = Chosen(name, kept, first_rows, mapping, mapping)


def current() -> Chosen | None:
    """Return the chosen file, or None."""
    found: Chosen | None = st.session_state.get(_CHOSEN)
    return found


def forget() -> None:
    """Forget the file. The system deletes the bytes after the last job with the file."""
    found = current()
    if found is not None:
        found.kept = None
    st.session_state[_CHOSEN] = None
