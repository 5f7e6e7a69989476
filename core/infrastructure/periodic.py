"""Something done every so often in a thread of its own, until it is told to stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from core.errors import FreioError, StoreAwayError

log = logging.getLogger(__name__)


class PeriodicTask:
    """Calls `work` every `seconds`. The next call comes after a failed one too.

    A failure that is known is logged when it begins and when it ends, any other each time. That the
    store is away is logged where it is noticed.

    The first call comes after `seconds` too, unless it shall come `at_once`.
    """

    def __init__(
        self, name: str, work: Callable[[], object], seconds: float, *, at_once: bool = False
    ) -> None:
        self._work = work
        self._at_once = at_once
        self._seconds = seconds
        self._trouble = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to tick."""
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Stop ticking and wait for the call that is under way, at most `timeout` seconds."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stop.wait(0 if self._at_once else self._seconds):
            self._at_once = False
            try:
                self._work()
            except StoreAwayError as away:
                log.debug("%s waits: %s", self._thread.name, away)
            except FreioError as known:
                self._note(str(known))
            except Exception:
                log.exception("%s failed", self._thread.name)
            else:
                self._note("")

    def _note(self, trouble: str) -> None:
        """Log a known trouble when it begins or changes, and that it has ended."""
        if trouble and trouble != self._trouble:
            log.warning("%s: %s", self._thread.name, trouble)
        elif self._trouble and not trouble:
            log.info("%s works again", self._thread.name)
        self._trouble = trouble
