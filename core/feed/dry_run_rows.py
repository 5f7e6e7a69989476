"""Record the rows of a dry run. The load of the same file then reads the recording."""

from __future__ import annotations

import logging
import pickle
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO
from zoneinfo import ZoneInfo

import pyarrow as pa

from core.domain.load_results import Reject
from core.feed.file_feed import FileFeed
from core.feed.findings import Findings
from core.feed.interpreting.reading_rules import Assumed
from core.infrastructure.clock import utc_now
from core.infrastructure.disk_space import MARGIN, free_bytes, temporary_file
from core.ports.feed_batches import Batch, Feed

log = logging.getLogger(__name__)


class Recording:
    """A `core.ports.feed_batches.Feed` that keeps the batches of a feed in a temporary file.

    The temporary file is deleted with this object. `is_complete` is true after the last batch. If
    the disk is full, the recording stays incomplete.
    """

    def __init__(self) -> None:
        self.headings: tuple[str, ...] = ()
        self.fingerprint = ""
        self.size = 0
        self.findings = Findings(utc_now(), ZoneInfo("UTC"), Assumed())
        self.is_complete = False
        #: How many of the kept rows `batches` has returned, as a share from 0 to 1.
        self.share = 0.0
        #: A function that receives the number of returned rows.
        self.on_rows_read: Callable[[int], None] = lambda _count: None
        self._feed: Feed | None = None
        self._file: IO[bytes] | None = None
        self._rows = 0
        self._repeated: Sequence[Reject] = ()

    @property
    def is_part(self) -> bool:
        """Whether the file has only some of the sends. Known after the last batch."""
        return bool(self.findings.page_mark)

    @contextmanager
    def reading(self, feed: FileFeed) -> Iterator[None]:
        """Inside this context, `batches` and `repeated` read `feed`."""
        self.headings, self.fingerprint, self.size = feed.headings, feed.fingerprint, feed.size
        self._feed, self.findings = feed, feed.findings
        try:
            yield
        finally:
            self._feed = None

    def batches(self, only: Sequence[str] | None = None) -> Iterator[Batch]:
        """Inside `reading`, return the batches of the feed. If `only` is None, keep them.

        Outside `reading`, return all kept batches.
        """
        if self._feed is None:
            yield from self._kept()
        elif only is None:
            yield from self._recorded(self._feed.batches())
        else:
            yield from self._feed.batches(only)

    def repeated(self, lines: Mapping[int, int]) -> Iterable[Reject]:
        """Inside `reading`, return and keep the feed's rejects for `lines`.

        Outside `reading`, return the kept rejects.
        """
        if self._feed is not None:
            self._repeated = list(self._feed.repeated(lines))
        return self._repeated

    def _recorded(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        self._open()
        for batch in batches:
            self._rows += batch.rows.num_rows + len(batch.rejects)
            self._keep(batch)
            yield batch
        self.is_complete = self._file is not None

    def _open(self) -> None:
        self._rows = 0
        try:
            self._file = TemporaryFile()  # noqa: SIM115 - it stays open as long as this object exists
            weakref.finalize(self, self._file.close)
        except OSError as error:
            self._give_up(error)

    def _keep(self, batch: Batch) -> None:
        if self._file is None:
            return
        if free_bytes(temporary_file()) < MARGIN + batch.rows.nbytes:
            self._give_up("the disk for temporary files has no room")
            return
        try:
            pickle.dump((_packed(batch.rows), tuple(batch.rejects)), self._file)
        except OSError as error:
            self._give_up(error)

    def _give_up(self, reason: object) -> None:
        log.info("a dry run is not kept for the load: %s", reason)
        if self._file is not None:
            self._file.close()
        self._file = None

    def _kept(self) -> Iterator[Batch]:
        if not self.is_complete or self._file is None:
            raise ValueError("nothing was recorded")
        self._file.seek(0)
        returned = 0
        while returned < self._rows:
            packed, rejects = pickle.load(self._file)  # noqa: S301 - only this object wrote to it
            batch = Batch(pa.ipc.open_stream(packed).read_all(), rejects)
            returned += batch.rows.num_rows + len(rejects)
            self.share = returned / self._rows
            self.on_rows_read(returned)
            yield batch


def _packed(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed
