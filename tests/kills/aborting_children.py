"""Children that abort while the data of their store is loaded, replaced or renewed."""

import itertools
import sys
import threading
from collections.abc import Callable, Iterable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import NoReturn

from core.domain.model import Actor, ConfigurationId, Role
from core.errors import FreioError
from core.feed.loader import DEMO, Loader
from core.infrastructure.clock import utc_now
from core.services.aborts import AbortService
from core.settings import Settings
from core.store.duckdb.engine import DuckDBEngine
from core.store.journal.journal import Journal
from core.store.sql_store import SqlStore

PERSON = Actor("operador 1", Role.ADMINISTRATOR)
HEADINGS = "id,name,state,total_records,generated_records,scheduled_at\n"
#: The number of sends in each kind of data: the demo, a large file and a small file.
SENDS = {"demo": 400, "large": 4_000, "small": 200}

_saying = threading.Lock()


def say(text: str) -> None:
    with _saying:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


class AbortingChild:
    """A store, and the work of a child on it. Each acknowledgement is a line of its output."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = SqlStore(DuckDBEngine(path), Journal.beside(path))
        self.days = 0
        self.loader = Loader(self.store, Settings(), lambda: utc_now() + timedelta(self.days))

    def with_demo(self) -> None:
        sample = self.path.with_name("sample.csv")
        sample.write_text(HEADINGS + _rows("demo", "T+09:00:00"))
        self.loader.load_sample(sample)

    def load(self, name: str) -> None:
        text = HEADINGS + _rows(name, "2030-01-01T00:00:00Z")
        self.loader.load(BytesIO(text.encode()), f"{name}.csv", PERSON)

    def load_and_say(self, name: str) -> None:
        self.load(name)
        say(f"loaded {name} -")

    def abort(self, name: str, numbers: Iterable[int]) -> None:
        """Abort one send after the other, if they exist."""
        actions = AbortService(self.store, utc_now, lambda: self.loader.origin() == DEMO, utc_now)
        for n in numbers:
            try:
                outcome = actions.abort(ConfigurationId(f"{name}-{n}"), PERSON)
            except FreioError:
                continue
            if outcome.receipt is not None and outcome.accepted:
                say(f"aborted {name}-{n} {outcome.receipt.id}")

    def renew_demo(self) -> NoReturn:
        while True:
            self.days += 1
            self.with_demo()

    def renew_journal(self) -> NoReturn:
        while True:
            self.store.renew_journal()
            self.store.prune(utc_now() - timedelta(days=30), utc_now())


def _rows(name: str, at: str) -> str:
    return "".join(f"{name}-{n},{name},SCHEDULED,9000,0,{at}\n" for n in range(SENDS[name]))


def _at_once(*work: Callable[[], None]) -> None:
    threads = [threading.Thread(target=each, daemon=True) for each in work]
    say("ready")
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def first(path: Path, _number: int) -> None:
    """Load the first two files into an empty store at the same time; abort sends that arrived."""
    child = AbortingChild(path)
    _at_once(
        lambda: child.load_and_say("large"),
        lambda: child.load_and_say("small"),
        lambda: child.abort("small", itertools.cycle(range(SENDS["small"]))),
    )


def replace(path: Path, _number: int) -> None:
    """Load the same files into a store with a demo, while sends of the demo are aborted."""
    child = AbortingChild(path)
    child.with_demo()
    _at_once(
        lambda: child.abort("demo", range(SENDS["demo"])),
        lambda: child.load_and_say("large"),
        lambda: child.load_and_say("small"),
        lambda: child.abort("small", itertools.cycle(range(SENDS["small"]))),
    )


def renew_demo(path: Path, _number: int) -> None:
    """Renew a demo repeatedly while its sends are aborted."""
    child = AbortingChild(path)
    child.with_demo()
    _at_once(child.renew_demo, lambda: child.abort("demo", itertools.cycle(range(SENDS["demo"]))))


def renew_journal(path: Path, _number: int) -> None:
    """Renew and prune the receipt journal repeatedly while sends are aborted."""
    child = AbortingChild(path)
    child.load("small")
    _at_once(child.renew_journal, lambda: child.abort("small", range(SENDS["small"])))
