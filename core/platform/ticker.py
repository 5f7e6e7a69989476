"""Something done every so often in a thread of its own, until it is told to stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


class Ticker:
    """Calls `work` every `seconds`. A failing call is logged, and the next one still comes.

    The first call comes after `seconds` too, unless it shall come `at_once`.
    """

    def __init__(
        self, name: str, work: Callable[[], object], seconds: float, *, at_once: bool = False
    ) -> None:
        self._work = work
        self._at_once = at_once
        self._seconds = seconds
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
            except Exception:
                log.exception("%s: a tick failed", self._thread.name)
