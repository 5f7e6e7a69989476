"""Loading a feed: what comes of a file, tried first and then done."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from core.access.permissions import Right, require
from core.domain.imports import ImportSummary, Trial
from core.domain.model import Actor, Role
from core.feed.fingerprint import fingerprint
from core.feed.mappings import Mappings
from core.feed.options import LoadOptions, Progress
from core.feed.reader import FileFeed, open_rows
from core.feed.rows.blocks import Rows
from core.feed.sample import shift_sample
from core.infrastructure.disk_space import using_temporary_files
from core.ports.batches import ProgressCallback, ignore_progress
from core.ports.loading import FactsChangedError, LoadStore
from core.ports.shared_state import DEMO as DEMO
from core.ports.shared_state import ORIGIN as ORIGIN
from core.settings import ROOT, Settings

log = logging.getLogger(__name__)

SAMPLE = ROOT / "data" / "sample.csv"

#: What the fact ORIGIN says beside DEMO, and the fact that says of which day the demo data is.
FEED = "feed"
DEMO_DAY = "demo_day"


@dataclass(frozen=True, slots=True)
class Look:
    """A file at first sight: its headings, and for each some of what stands below it."""

    headings: tuple[str, ...]
    examples: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Loader:
    """Brings files into the store."""

    store: LoadStore
    settings: Settings
    clock: Callable[[], datetime]

    @property
    def mappings(self) -> Mappings:
        """What people have told about the columns of their sources."""
        return Mappings(self.store)

    @property
    def _most(self) -> int:
        return self.settings.max_file_mb * 1_000_000

    def origin(self) -> str:
        """Whose data the store holds: "demo", "feed", or "" where it is empty."""
        return self.store.fact(ORIGIN) or ""

    def load(
        self,
        source: BinaryIO,
        name: str,
        actor: Actor,
        options: LoadOptions = LoadOptions(),  # noqa: B008 - it is frozen
    ) -> ImportSummary:
        """Load a file that a person gave. Demo data makes way for it.

        Raises FeedError where nothing in the file can be read, AccessError for who may not load;
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
        log.info("loaded %s: %s", name, done)
        return done

    def preview(
        self,
        source: BinaryIO,
        name: str,
        actor: Actor,
        options: LoadOptions = LoadOptions(),  # noqa: B008 - it is frozen
    ) -> Trial:
        """Return what `load` would do with a file now, and do nothing. Raises as it does."""
        require(actor, Right.LOAD)
        with self._feed(source, name, options) as feed:
            return self.store.compare(
                self._summary(name, actor, options),
                feed,
                replace_demo=True,
                is_full=options.is_full,
                progress=_steps(options),
            )

    def look(self, source: BinaryIO, name: str, rows: int = 3) -> Look:
        """Return a file's headings and its first rows, whatever they mean.

        Raises FeedError where the file is none that Freio reads.
        """
        with using_temporary_files(), open_rows(source, name, self._most) as found:
            block = next(iter(found.blocks()), None)
            columns = [] if block is None else block.table.slice(0, rows).columns
            examples = [
                [str(cell) for cell in c.to_pylist() if cell not in (None, "")] for c in columns
            ]
            return Look(found.headings, tuple(tuple(each) for each in examples))

    def load_sample(self, path: Path = SAMPLE) -> ImportSummary | None:
        """Load the sample export, shifted to now, where it is due, else do nothing.

        It is due on an empty store, and in place of the demo data of an earlier day. Only forward:
        a clock that jumped back must not drop what was done since.
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
                log.info("the data is not what it was: no demo data is loaded")
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
    def _feed(self, source: BinaryIO, name: str, options: LoadOptions) -> Iterator[FileFeed]:
        told = options.progress
        with using_temporary_files(), open_rows(source, name, self._most) as rows:
            known = self.mappings.fitting(rows.headings)
            zone = options.zone or known.zone or self.settings.feed_zone
            mapping = options.mapping or known.columns
            terms = [zone.key, str(options.is_full), *chain.from_iterable(sorted(mapping.items()))]
            yield FileFeed(
                rows,
                name,
                zone=zone,
                mapping=mapping,
                fingerprint=fingerprint(source, terms),
                size=source.seek(0, os.SEEK_END),
                max_rows=self.settings.max_rows,
                counted=None if told is None else partial(_read_so_far, told, rows),
            )


def _steps(options: LoadOptions) -> ProgressCallback:
    told = options.progress
    return ignore_progress if told is None else lambda step: told(step, 0, 1.0)


def _read_so_far(told: Progress, rows: Rows, count: int) -> None:
    told("reading", count, rows.share)
