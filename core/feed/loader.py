"""Load files into the store, or preview a load."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from core.access.permissions import Right, require
from core.domain.imports import DryRun, ImportSummary
from core.domain.model import Actor, Role
from core.feed.file_feed import FileFeed, open_rows
from core.feed.fingerprint import fingerprint
from core.feed.formats.rows import Rows
from core.feed.load_options import LoadOptions, Progress
from core.feed.recording import Recording
from core.feed.sample import shift_sample
from core.feed.saved_mappings import SavedMappings
from core.infrastructure.disk_space import using_temporary_files
from core.ports.batches import Feed, ProgressCallback, ignore_progress
from core.ports.loading import FactsChangedError, LoadStore
from core.ports.shared_state import DEMO as DEMO
from core.ports.shared_state import ORIGIN as ORIGIN
from core.settings import ROOT, Settings

log = logging.getLogger(__name__)

SAMPLE = ROOT / "data" / "sample.csv"

#: The value of the fact ORIGIN for loaded files, and the fact with the day of the demo data.
FEED = "feed"
DEMO_DAY = "demo_day"
#: The number of example rows that a person sees when choosing the columns.
FIRST_ROWS = 3


@dataclass(frozen=True, slots=True)
class FirstRows:
    """The headings of a file, and some example cells for each."""

    headings: tuple[str, ...]
    examples: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Loader:
    """Loads files into the store."""

    store: LoadStore
    settings: Settings
    clock: Callable[[], datetime]

    @property
    def mappings(self) -> SavedMappings:
        """The saved mappings of columns."""
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
        """Load a file and return the counts. It replaces demo data.

        Raises FeedError if the file cannot be read, AccessError if the actor may not load files;
        then nothing is changed.
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
        log.info(
            "loaded %s: %d new, %d changed, %d rejected",
            name,
            done.new,
            done.changed,
            done.rejected,
        )
        return done

    def preview(
        self,
        source: BinaryIO,
        name: str,
        actor: Actor,
        options: LoadOptions = LoadOptions(),  # noqa: B008 - it is frozen
    ) -> DryRun:
        """Return what `load` would change now, but change nothing. Raises the same errors."""
        require(actor, Right.LOAD)
        with self._feed(source, name, options) as feed:
            return self.store.compare(
                self._summary(name, actor, options),
                feed,
                replace_demo=True,
                is_full=options.is_full,
                progress=_steps(options),
            )

    def first_rows(self, source: BinaryIO, name: str) -> FirstRows:
        """Return the headings of a file and some cells below each.

        Raises FeedError if the file has no format that Freio reads.
        """
        with using_temporary_files(), open_rows(source, name, self._max_bytes) as rows:
            block = next(iter(rows.blocks()), None)
            columns = [] if block is None else block.table.slice(0, FIRST_ROWS).columns
            examples = [
                [str(cell) for cell in c.to_pylist() if cell not in (None, "")] for c in columns
            ]
            return FirstRows(rows.headings, tuple(tuple(each) for each in examples))

    def load_sample(self, path: Path = SAMPLE) -> ImportSummary | None:
        """Load the sample export if it is due, with its times shifted to now; else return None.

        It is due on an empty store, and replaces demo data of an earlier day. It never replaces
        demo data of a later day: if a clock is set back, later actions of people must stay.
        """
        now = self.clock()
        today = now.date().isoformat()
        expects = {name: self.store.fact(name) or "" for name in (ORIGIN, DEMO_DAY)}
        outdated = expects[ORIGIN] == DEMO and expects[DEMO_DAY] < today
        if not outdated and not (expects[ORIGIN] == "" and self.store.is_empty()):
            return None
        text = shift_sample(path.read_text(encoding="utf-8"), now, self.settings.feed_zone)
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
        now = self.clock()
        as_of = min(options.as_of or now, now)
        return ImportSummary(
            id=options.import_id or uuid.uuid4().hex,
            name=name,
            loaded_at=now,
            actor=actor.name,
            as_of=as_of,
        )

    @contextmanager
    def _feed(self, source: BinaryIO, name: str, options: LoadOptions) -> Iterator[Feed]:
        progress, recording = options.progress, options.recording
        if recording is not None and recording.is_complete:
            recording.on_rows_read = _rows_report(progress, recording)
            with using_temporary_files():
                yield recording
            return
        with using_temporary_files(), open_rows(source, name, self._max_bytes) as rows:
            saved = self.mappings.best_for(rows.headings)
            zone = options.zone or saved.zone or self.settings.feed_zone
            mapping = options.mapping or saved.columns
            terms = [zone.key, str(options.is_full), *chain.from_iterable(sorted(mapping.items()))]
            feed = FileFeed(
                rows,
                name,
                zone=zone,
                mapping=mapping,
                fingerprint=fingerprint(source, terms),
                size=source.seek(0, os.SEEK_END),
                max_rows=self.settings.max_rows,
                on_rows_read=_rows_report(progress, rows),
            )
            if recording is None:
                yield feed
            else:
                with recording.reading(feed):
                    yield recording


def _steps(options: LoadOptions) -> ProgressCallback:
    progress = options.progress
    return ignore_progress if progress is None else lambda step: progress(step, 0, 1.0)


def _rows_report(progress: Progress | None, rows: Rows | Recording) -> Callable[[int], None] | None:
    """Return a function that reports the number of rows read, with the share of the file."""
    if progress is None:
        return None
    return lambda count: progress("reading", count, rows.share)
