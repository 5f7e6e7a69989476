"""Run a task periodically in a thread."""

import logging
import threading
from collections.abc import Callable

from core.errors import FreioError, StoreAwayError

log = logging.getLogger(__name__)


class PeriodicTask:
    """Calls `work` every `seconds` seconds, even after a failure.

    If another thread sets `wake`, the task calls `work` at once. With `at_once`, the first call is
    at the start.

    If the same FreioError repeats, the task logs only the first one, and later the first success.
    The task logs each other error. StoreAwayError is logged only for debugging, because the store
    itself logs that it is away.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], object],
        seconds: float,
        *,
        at_once: bool = False,
        wake: threading.Event | None = None,
    ) -> None:
        self.name, self.seconds, self.at_once = name, seconds, at_once
        self.wake = threading.Event() if wake is None else wake
        self._work = work
        self._trouble = ""
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Stop the task. Wait at most `timeout` seconds for the end of a running call."""
        self._stopped = True
        self.wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            self.wake.wait(0 if self.at_once else self.seconds)
            self.wake.clear()
            if self._stopped:
                return
            self.at_once = False
            try:
                self._work()
            except StoreAwayError as away:
                log.debug("%s waits: %s", self.name, away)
            except FreioError as known:
                self._log(str(known))
            except Exception:
                log.exception("%s failed", self.name)
            else:
                self._log("")

    def _log(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            log.warning("%s: %s", self.name, trouble)
        elif self._trouble and not trouble:
            log.info("%s works again", self.name)
        self._trouble = trouble
