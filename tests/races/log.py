"""The log of acknowledged outcomes, kept outside the store: one JSON line each."""

import json
import threading
import time
from pathlib import Path
from typing import Any


class Log:
    """A log of what was acknowledged, for whom, and when (seconds of the monotonic clock)."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")
        self._lock = threading.Lock()

    def add(self, kind: str, began: float, **facts: Any) -> None:
        facts |= {"kind": kind, "began": began, "ended": time.monotonic()}
        line = json.dumps(facts) + "\n"
        with self._lock:
            self._file.write(line)

    def close(self) -> None:
        self._file.close()


def read_log(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
