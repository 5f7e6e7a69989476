"""Files on their way in, each in a thread of its own, so that pages go on and show how far it is.

One file at a time: two would only wait for each other.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Final

from core.domain.imports import DryRun, ImportSummary
from core.domain.model import Actor
from core.errors import N_, FeedError, FreioError
from core.feed.loader import Loader
from core.feed.options import LoadOptions
from core.infrastructure.metrics import REFUSED_FEEDS

log = logging.getLogger(__name__)

#: Seconds between two looks at whether a job that waits is still wanted.
_LOOK: Final = 0.2


class _Cancelled(Exception):  # noqa: N818 - a wish, no error
    """Somebody does not want the file any more."""


@dataclass(slots=True, eq=False)
class Job:
    """One file on its way. Pages read it; only its own thread writes it.

    `step` is "waiting", "reading", "comparing", "writing" or "done"; `rows` is how many are read so
    far, and `share` which part of the file that is. At the end one of `done`, `tried`, `error` and
    `was_cancelled` is set.
    """

    name: str
    step: str = "waiting"
    rows: int = 0
    share: float = 0.0
    done: ImportSummary | None = None
    tried: DryRun | None = None
    error: FreioError | None = None
    was_cancelled: bool = False
    _wish: threading.Event = field(default_factory=threading.Event)
    _ended: threading.Event = field(default_factory=threading.Event)

    @property
    def is_done(self) -> bool:
        """Whether nothing more will come of it."""
        return self._ended.is_set()

    def cancel(self) -> None:
        """Give it up without a trace. What is being written already is written."""
        self._wish.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is done; tell whether it is."""
        return self._ended.wait(timeout)


class Jobs:
    """Starts jobs on a loader."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._turn = threading.Lock()
        self._running: set[Job] = set()

    def preview(self, data: bytes, name: str, actor: Actor, options: LoadOptions) -> Job:
        """Begin to find out what loading a file would do."""
        return self._start(self._loader.preview, data, name, actor, options)

    def load(self, data: bytes, name: str, actor: Actor, options: LoadOptions) -> Job:
        """Begin to load a file."""
        return self._start(self._loader.load, data, name, actor, options)

    def stop(self, timeout: float = 10.0) -> None:
        """Give up what is under way, and wait for it."""
        for job in list(self._running):
            job.cancel()
            job.wait(timeout)

    def _start(
        self,
        work: Callable[[BytesIO, str, Actor, LoadOptions], ImportSummary | DryRun],
        data: bytes,
        name: str,
        actor: Actor,
        options: LoadOptions,
    ) -> Job:
        job = Job(name)
        told = replace(options, progress=lambda *found: _tell(job, *found))

        def run() -> None:
            try:
                with self._waited(job):
                    _tell(job, "reading", 0, 0.0)
                    came = work(BytesIO(data), name, actor, told)
                job.tried = came if isinstance(came, DryRun) else None
                job.done = came if isinstance(came, ImportSummary) else None
            except _Cancelled:
                job.was_cancelled = True
            except FreioError as error:
                REFUSED_FEEDS.labels("page").inc()
                log.warning("%s by %s was refused: %s", name, actor.name, error)
                job.error = error
            except Exception:
                log.exception("loading %s failed", name)
                job.error = FreioError(
                    N_("{name} met an error of Freio's own, which the log tells."),
                    N_("Please report it."),
                    FeedError.means,
                    name=name,
                )
            finally:
                job.step = "done"
                self._running.discard(job)
                job._ended.set()

        self._running.add(job)
        threading.Thread(target=run, name="feed-job", daemon=True).start()
        return job

    @contextmanager
    def _waited(self, job: Job) -> Iterator[None]:
        """Wait for the job's turn, unless it is not wanted any more."""
        while not self._turn.acquire(timeout=_LOOK):
            _tell(job, "waiting", 0, 0.0)
        try:
            yield
        finally:
            self._turn.release()


def _tell(job: Job, step: str, rows: int, share: float) -> None:
    if job._wish.is_set():
        raise _Cancelled
    job.step, job.rows, job.share = step, rows or job.rows, share
