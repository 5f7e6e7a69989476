"""Load files in background threads.

Only one job reads at a time. Two jobs would block each other.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Final

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
    stop_after_attempt,
    wait_exponential,
)

from core.domain.load_results import DryRun, ImportSummary
from core.domain.model import Actor
from core.errors import N_, FeedError, FreioError, StoreBusyError
from core.feed.dry_run_rows import Recording
from core.feed.load_options import LoadOptions
from core.feed.loader import Loader
from core.infrastructure.metrics import REFUSED_FEEDS

log = logging.getLogger(__name__)

Opener = Callable[[], BinaryIO]

#: A waiting job checks for a cancellation every _POLL seconds.
_POLL: Final = 0.2

#: If the database is busy, a job makes at most TURNS tries. The pauses double from FIRST_PAUSE to
#: LONGEST_PAUSE seconds.
TURNS: Final = 8
FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 60.0


class _Cancelled(Exception):  # noqa: N818 - not an error
    """The job was cancelled."""


@dataclass(slots=True, eq=False, weakref_slot=True)
class Job:
    """A load or dry run of a file.

    - `step`: "waiting", "busy" (waiting for the database), "reading", "comparing", "writing" or
      "done".
    - `rows`: how many rows the job has read.
    - `share`: how much of the file the job has read, from 0 to 1.
    - `done`, `dry_run`, `error`: the result of a load, of a dry run, or of a failed job. A
      cancelled job has no result.
    """

    name: str
    step: str = "waiting"
    rows: int = 0
    share: float = 0.0
    done: ImportSummary | None = None
    dry_run: DryRun | None = None
    error: FreioError | None = None
    #: The rows of a dry run. The load of this file reads these rows, not the file.
    recording: Recording = field(default_factory=Recording)
    _is_cancelled: threading.Event = field(default_factory=threading.Event)
    _ended: threading.Event = field(default_factory=threading.Event)

    @property
    def is_done(self) -> bool:
        """Whether the job has ended."""
        return self._ended.is_set()

    def cancel(self) -> None:
        """Cancel the job, unless the job already writes to the store."""
        self._is_cancelled.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait at most `timeout` seconds for the end of the job. Return `is_done`."""
        return self._ended.wait(timeout)


class Jobs:
    """Starts jobs on a loader."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._turn = threading.Lock()
        self._running: set[Job] = set()

    def preview(self, opener: Opener, name: str, actor: Actor, options: LoadOptions) -> Job:
        """Start a dry run of a file."""
        job = Job(name)
        with_recording = replace(options, recording=job.recording)
        return self._start(job, self._loader.preview, opener, actor, with_recording)

    def load(
        self,
        opener: Opener,
        name: str,
        actor: Actor,
        options: LoadOptions,
        previewed: Job | None = None,
    ) -> Job:
        """Start to load a file. `previewed` is a dry run of the same file with the same options."""
        if previewed is not None and previewed.recording.is_complete:
            options = replace(options, recording=previewed.recording)
        return self._start(Job(name), self._loader.load, opener, actor, options)

    def stop(self, timeout: float = 10.0) -> None:
        """Cancel all running jobs. Wait at most `timeout` seconds for the end of each job."""
        for job in list(self._running):
            job.cancel()
            job.wait(timeout)

    def _start(
        self,
        job: Job,
        work: Callable[[BinaryIO, str, Actor, LoadOptions], ImportSummary | DryRun],
        opener: Opener,
        actor: Actor,
        options: LoadOptions,
    ) -> Job:
        name = job.name
        with_progress = replace(options, progress=lambda *values: _update(job, *values))

        def work_once() -> ImportSummary | DryRun:
            with opener() as source:
                return work(source, name, actor, with_progress)

        def run() -> None:
            try:
                result = self._in_turn(job, work_once)
                job.dry_run = result if isinstance(result, DryRun) else None
                job.done = result if isinstance(result, ImportSummary) else None
            except _Cancelled:
                pass  # a cancelled job has no result
            except FreioError as error:
                REFUSED_FEEDS.labels("page").inc()
                log.warning("%s by %s was refused: %s", name, actor.name, error)
                job.error = error
            except Exception:
                log.exception("loading %s failed", name)
                happened = N_(
                    "An internal error occurred while loading {name}; the log has the details."
                )
                todo = N_("Please report it.")
                job.error = FreioError(happened, todo, FeedError.means, name=name)
            finally:
                job.step = "done"
                self._running.discard(job)
                job._ended.set()

        self._running.add(job)
        threading.Thread(target=run, name="feed-job", daemon=True).start()
        return job

    def _in_turn(
        self, job: Job, work: Callable[[], ImportSummary | DryRun]
    ) -> ImportSummary | DryRun:
        """Call `work` when no other job works. Raises _Cancelled if the job is cancelled."""

        def turn() -> ImportSummary | DryRun:
            while not self._turn.acquire(timeout=_POLL):
                _update(job, "waiting", 0, 0.0)
            try:
                _update(job, "reading", 0, 0.0)
                return work()
            finally:
                self._turn.release()

        def queued_again(_state: RetryCallState) -> None:
            log.info("%s is queued again: the database is busy", job.name)
            _update(job, "busy", 0, 0.0)

        in_turns = Retrying(
            retry=retry_if_exception_type(StoreBusyError),
            stop=stop_after_attempt(TURNS),
            wait=wait_exponential(multiplier=FIRST_PAUSE, max=LONGEST_PAUSE),
            sleep=sleep_using_event(job._is_cancelled),
            before_sleep=queued_again,
            reraise=True,
        )
        return in_turns(turn)


def _update(job: Job, step: str, rows: int, share: float) -> None:
    if job._is_cancelled.is_set():
        raise _Cancelled
    job.step, job.rows, job.share = step, rows or job.rows, share
