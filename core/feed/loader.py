"""Loading a feed: read all of it, then merge it in one transaction."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from core.errors import N_, FeedError
from core.feed.options import LoadOptions
from core.feed.reader import read_feed
from core.feed.records import ImportSummary, Reject
from core.feed.sample import shift_sample
from core.model import Actor, SendConfiguration
from core.settings import ROOT, Settings
from core.store.port import Store

log = logging.getLogger(__name__)

SAMPLE = ROOT / "data" / "sample.csv"

#: Whose data the store holds: "demo", "feed", or nothing yet.
ORIGIN = "origin"
DEMO = "demo"
FEED = "feed"
DEMO_DAY = "demo_day"


@dataclass(frozen=True, slots=True)
class Loader:
    """Brings files into the store."""

    store: Store
    settings: Settings
    clock: Callable[[], datetime]

    def origin(self) -> str:
        """Whose data the store holds: "demo", "feed", or "" where it is empty."""
        return self.store.fact(ORIGIN) or ""

    def load(
        self,
        source: BinaryIO,
        name: str,
        actor: Actor,
        options: LoadOptions = LoadOptions(),  # noqa: B008 - frozen; heeded soon
    ) -> ImportSummary:
        """Load a file that a person gave. Demo data makes way for it.

        Raises FeedError where nothing in the file can be read; then nothing is changed.
        """
        replace_all = self.origin() == DEMO
        facts = {ORIGIN: FEED}
        id = options.import_id
        return self._merge(source, name, actor, facts, replace_all=replace_all, import_id=id)

    def load_sample(self, path: Path = SAMPLE) -> ImportSummary:
        """Load the sample export, shifted to now, in place of whatever demo data there was."""
        now = self.clock()
        text = shift_sample(path.read_text(encoding="utf-8"), now, self.settings.feed_zone)
        source = BytesIO(text.encode())
        facts = {ORIGIN: DEMO, DEMO_DAY: now.date().isoformat()}
        return self._merge(source, path.name, Actor("Freio"), facts, replace_all=True)

    def _merge(
        self,
        source: BinaryIO,
        name: str,
        actor: Actor,
        facts: Mapping[str, str],
        *,
        replace_all: bool,
        import_id: str = "",
    ) -> ImportSummary:
        rows: list[SendConfiguration] = []
        rejects: list[Reject] = []
        for record in read_feed(source, name=name, zone=self.settings.feed_zone):
            if isinstance(record, Reject):
                rejects.append(record)
            else:
                rows.append(record)
            if len(rows) + len(rejects) > self.settings.max_rows:
                raise FeedError(
                    N_("{name} has more than {most} rows. Split it, or raise FREIO_MAX_ROWS."),
                    name=name,
                    most=self.settings.max_rows,
                )
        if not rows:
            raise FeedError(
                N_(
                    "No row of {name} could be read, and nothing was changed. The first problem "
                    "is in line {line}: {reason}"
                ),
                name=name,
                line=rejects[0].line if rejects else 1,
                reason=rejects[0].reason if rejects else "",
            )
        summary = ImportSummary(
            id=import_id or uuid.uuid4().hex,
            name=name,
            loaded_at=self.clock(),
            actor=actor.name,
        )
        done = self.store.load(summary, rows, rejects, replace_all=replace_all, facts=facts)
        log.info("loaded %s: %s", name, done)
        return done
