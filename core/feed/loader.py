"""Load files into the store, or preview a load."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from core.access.permissions import Right, require
from core.domain.load_results import MOST_SHOWN, DryRun, ImportSummary, Reject
from core.domain.model import Actor, Role
from core.errors import StoreError
from core.feed.dry_run_rows import Recording
from core.feed.file_feed import FileFeed, add_columns, open_rows
from core.feed.fingerprint import fingerprint
from core.feed.formats.rows import Layout, Rows
from core.feed.load_options import LoadOptions
from core.feed.mapping import FeedMapping, to_toml
from core.feed.sample_times import shift_sample
from core.feed.saved_mappings import SavedMappings
from core.infrastructure.disk_space import using_temporary_files
from core.platforms.known_platforms import selected
from core.ports.feed_batches import ProgressCallback
from core.ports.loading import FactsChangedError, LoadStore
from core.ports.shared_state import DEMO as DEMO
from core.ports.shared_state import LASTING_PREFIX
from core.ports.shared_state import ORIGIN as ORIGIN
from core.settings import ROOT, Settings

log = logging.getLogger(__name__)

SAMPLE = ROOT / "data" / "sample.csv"

#: The store keeps named texts, called facts. After the load of a file, the fact ORIGIN is FEED. The
#: fact DEMO_DAY is the day (UTC) on which the demo data was loaded.
FEED = "feed"
DEMO_DAY = "demo_day"
#: Files with the same headings can prove different answers, such as "day" and "month" to the
#: question `day_order`. Freio then also stores `disproved.day_order`, and no longer uses the stored
#: answer. The answer is not deleted, because earlier versions of Freio can read only the answer.
_DISPROVED = "disproved."
#: If a JSON file has several lists, Freio tries the mappings on at most this many of the lists.
_MOST_LISTS = 20
#: The number of example rows for the page Imports.
FIRST_ROWS = 3


@dataclass(frozen=True, slots=True)
class FirstRows:
    """The headings, example cells for each heading, and the place of the sends in a file."""

    headings: tuple[str, ...]
    examples: tuple[tuple[str, ...], ...]
    layout: Layout


@dataclass(frozen=True, slots=True)
class Loader:
    """Loads files into the store."""

    store: LoadStore
    settings: Settings
    clock: Callable[[], datetime]

    @property
    def mappings(self) -> SavedMappings:
        """The mappings that people saved."""
        return SavedMappings(self.store)

    @property
    def _max_bytes(self) -> int:
        return self.settings.max_file_mb * 1_000_000

    def origin(self) -> str:
        """The data origin: "demo", "feed", or "" if the store is empty."""
        return self.store.fact(ORIGIN) or ""

    def load(
        self,
        source: BinaryIO,
        name: str,
        actor: Actor,
        options: LoadOptions = LoadOptions(),  # noqa: B008 - it is frozen
    ) -> ImportSummary:
        """Load a file and return the summary. The file replaces demo data.

        Raises FeedError if the file cannot be read. Raises AccessError if the actor may not load
        files. Both errors leave the store unchanged.
        """
        require(actor, Right.LOAD)
        with self._feed(source, name, options) as feed:
            done = self.store.load(
                self._summary(name, actor, options),
                feed,
                replace_demo=True,
                is_full=options.is_full,
                facts={ORIGIN: FEED},
                progress=_steps(options),
            )
        self._remember(feed)
        done = feed.findings.reported_in(done, is_full=options.is_full)
        counts = (done.new, done.changed, done.rejected)
        log.info("loaded %s: %d new, %d changed, %d rejected", name, *counts)
        return done

    def rejects_of(self, done: ImportSummary) -> Sequence[Reject]:
        """Return the first rejected rows of an import, or () if the store does not answer."""
        with suppress(StoreError):  # the load succeeded, so do not fail now
            return self.store.rejects(done.id, MOST_SHOWN) if done.rejected else ()
        return ()

    def preview(
        self,
        source: BinaryIO,
        name: str,
        actor: Actor,
        options: LoadOptions = LoadOptions(),  # noqa: B008 - it is frozen
    ) -> DryRun:
        """Return what `load` would change now. Raises the errors of `load`."""
        require(actor, Right.LOAD)
        # Read even a file that was loaded before: people want to see the meaning of all rows.
        with self._feed(source, name, options, is_known=False) as feed:
            found = self.store.compare(
                self._summary(name, actor, options),
                feed,
                replace_demo=True,
                is_full=options.is_full,
                progress=_steps(options),
            )
            summary = feed.findings.reported_in(found.summary, is_full=options.is_full)
            return replace(found, summary=summary)

    def first_rows(
        self,
        source: BinaryIO,
        name: str,
        mapping: FeedMapping = FeedMapping(),  # noqa: B008 - it is frozen
    ) -> FirstRows:
        """Return the headings of a file and example cells. Raises FeedError if no format fits."""
        with using_temporary_files(), self._rows(source, name, mapping.layout) as rows:
            add_columns(rows, mapping)
            block = next(iter(rows.blocks()), None)
            columns = [] if block is None else block.table.slice(0, FIRST_ROWS).columns
            examples = [
                [str(cell) for cell in c.to_pylist() if cell not in (None, "")] for c in columns
            ]
            return FirstRows(rows.headings, tuple(map(tuple, examples)), rows.layout)

    def load_sample(self, path: Path = SAMPLE) -> ImportSummary | None:
        """Load the sample export into an empty store, or replace demo data of an earlier day.

        Return None if nothing is loaded. If somebody sets the clock back, the demo data is not
        replaced: the aborts of people must not disappear.
        """
        now = self.clock()
        today = now.date().isoformat()
        expects = {name: self.store.fact(name) or "" for name in (ORIGIN, DEMO_DAY)}
        outdated = expects[ORIGIN] == DEMO and expects[DEMO_DAY] < today
        if not outdated and not (expects[ORIGIN] == "" and self.store.is_empty()):
            return None
        text = path.read_text(encoding="utf-8")
        text = shift_sample(text, now, self.settings.feed_zone, selected(self.settings))
        options = LoadOptions()
        actor = Actor("Freio", Role.ADMINISTRATOR)
        with self._feed(BytesIO(text.encode()), path.name, options) as feed:
            try:
                return self.store.load(
                    self._summary(path.name, actor, options),
                    feed,
                    replace_demo=True,
                    facts={ORIGIN: DEMO, DEMO_DAY: today},
                    expects=expects,
                )
            except FactsChangedError:
                log.info("no demo data is loaded: other data was loaded meanwhile")
                return None

    def _summary(self, name: str, actor: Actor, options: LoadOptions) -> ImportSummary:
        now, id = self.clock(), options.import_id or uuid.uuid4().hex
        as_of = min(options.as_of or now, now)
        return ImportSummary(id=id, name=name, loaded_at=now, actor=actor.name, as_of=as_of)

    def _remembered(self, headings: Sequence[str]) -> dict[str, str]:
        found = self._known(headings)
        return {what: answer for what, answer in found.items() if _DISPROVED + what not in found}

    def _known(self, headings: Sequence[str]) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.store.fact(_proved_by(headings)) or "{}")
        return found

    def _remember(self, feed: FileFeed | Recording) -> None:
        known, proved = self._known(feed.headings), feed.findings.proved
        changed = [what for what, answer in proved.items() if known.get(what, answer) != answer]
        after = known | proved | {_DISPROVED + what: "yes" for what in changed}
        if after != known:
            self.store.set_fact(_proved_by(feed.headings), json.dumps(after), is_shown=False)

    def mapping_for(self, headings: Sequence[str], layout: Layout) -> FeedMapping:
        """Return the mapping that recognises these headings, or the empty mapping."""
        return self.mappings.best_for(headings, layout.list) or FeedMapping()

    def _chosen(self, name: str, options: LoadOptions) -> FeedMapping | None:
        if options.mapping is not None:
            return options.mapping
        if options.mapping_name:
            return self.mappings.named(options.mapping_name)
        return self.mappings.for_file(name)

    @contextmanager
    def _rows(self, source: BinaryIO, name: str, wanted: Layout) -> Iterator[Rows]:
        with open_rows(source, name, self._max_bytes, wanted) as rows:
            lists, sheets = rows.layout.lists, rows.layout.sheets
            has_lists = len(lists) > 1 and not wanted.list
            if not has_lists and (len(sheets) < 2 or wanted.sheet):
                yield rows
                return
            by_sheet = self.mappings.best_for(rows.headings)
        if has_lists:
            known = [each for each in lists[:_MOST_LISTS] if self._knows(source, name, each)]
            # If mappings recognise several lists, choose no list.
            wanted = replace(wanted, list=known[0]) if len(known) == 1 else wanted
        elif by_sheet is not None and by_sheet.sheet in sheets:
            wanted = replace(wanted, sheet=by_sheet.sheet)
        with open_rows(source, name, self._max_bytes, wanted) as rows:
            yield rows

    def _knows(self, source: BinaryIO, name: str, path: str) -> bool:
        with open_rows(source, name, self._max_bytes, Layout(list=path)) as rows:
            return self.mappings.best_for(rows.headings, path) is not None

    @contextmanager
    def _feed(
        self, source: BinaryIO, name: str, options: LoadOptions, *, is_known: bool = True
    ) -> Iterator[FileFeed | Recording]:
        recording = options.recording
        if recording is not None and recording.is_complete:
            recording.on_rows_read = lambda count: options.progress(
                "reading", count, recording.share
            )
            with using_temporary_files():
                yield recording
            return
        chosen = self._chosen(name, options)
        wanted = Layout() if chosen is None else chosen.layout
        with using_temporary_files(), self._rows(source, name, wanted) as rows:
            mapping = chosen if chosen is not None else self.mapping_for(rows.headings, rows.layout)
            if options.mapping is None:
                mapping.require_positions(rows.headings)
            absent = add_columns(rows, mapping)
            chosen_zone = options.zone or mapping.zone
            zone = chosen_zone or self.settings.feed_zone
            remembered = self._remembered(rows.headings)
            terms = [zone.key, str(options.is_full), to_toml(mapping), json.dumps(remembered)]
            print_ = fingerprint(source, terms)
            feed = FileFeed(
                rows,
                name,
                zone=zone,
                has_zone=chosen_zone is not None,
                mapping=mapping,
                fingerprint=print_ if is_known else "",
                size=source.seek(0, os.SEEK_END),
                absent=absent,
                max_rows=self.settings.max_rows,
                remembered=remembered,
                now=self.clock(),
                on_rows_read=lambda count: options.progress("reading", count, rows.share),
            )
            if recording is None:
                yield feed
            else:
                with recording.reading(feed):
                    yield recording
                recording.fingerprint = print_


def _proved_by(headings: Sequence[str]) -> str:
    """Return the name of the fact with the answers that files with these headings proved."""
    digest = hashlib.sha256(json.dumps(headings).encode()).hexdigest()
    return f"{LASTING_PREFIX}proved.{digest[:32]}"


def _steps(options: LoadOptions) -> ProgressCallback:
    return lambda step: options.progress(step, 0, 1.0)
