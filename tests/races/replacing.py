"""Races in which files replace the demo while everything else continues.

A race has several lives, each on a new store with demo data. In a life, two sources load files, the
demo is renewed, people abort and save mappings, old receipts are deleted, and the journal is renewed.
Some lives end with the restore of a backup.
"""

import json
import random
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from core.domain.load_results import ImportSummary
from core.domain.model import Actor, ConfigurationId, Confirmation, Role
from core.errors import FreioError
from core.feed.interpreting.headings import FieldSource
from core.feed.load_options import LoadOptions, no_progress
from core.feed.loader import ORIGIN, Loader
from core.feed.mapping import FeedMapping
from core.operations.backup import Backup, restore
from core.runtime.administration import restore_receipts
from core.runtime.application import Application
from core.runtime.build import build
from core.settings import Settings
from tests.postgres_server import Server
from tests.races.checker import Violation
from tests.races.harness import Fetch, from_file, from_server
from tests.races.kept_aborts_check import Kept, check_kept, lines_of
from tests.races.log import Log, read_log

#: The seconds of one life, and the rows of the larger file.
LIFE = 1.5
LARGE = 1_500
#: The seconds between the reading and the load of the larger file. The smaller file is loaded meanwhile.
OVERTAKEN = 8.0
#: The longest pause of a person between two writes, in seconds. A load gives way to people, so without
#: pauses it would wait until the life ends.
PAUSE = 0.5
#: The number of sends in the demo. The files contain some of these sends too.
DEMO_SENDS = 200
SHARED = 60

_HEADINGS = "id,name,state,total_records,generated_records,scheduled_at\n"
_PERSON = Actor("operador 1", Role.ADMINISTRATOR)


@dataclass
class KillCounts:
    """The result of some lives."""

    counts: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)


def _with_demo(freio: Application, sample: Path) -> Application:
    """Return an application whose demo has few sends, because a large demo would take too long."""

    class SmallDemo(Loader):
        def load_sample(self, path: Path = sample) -> ImportSummary | None:
            return super().load_sample(path)

    freio.loader = freio.demo.loader = SmallDemo(freio.store, freio.settings, freio.clock)
    return freio


class Replacing:
    """A series of lives. `run` blocks until all lives are over and checked."""

    def __init__(self, folder: Path, *, seed: int, seconds: float, server: Server | None) -> None:
        self._folder, self._seed, self._seconds = folder, seed, seconds
        self._server = server
        self.toll = KillCounts()

    def run(self) -> KillCounts:
        give_up, number = time.monotonic() + self._seconds, 0
        while time.monotonic() < give_up:
            rng = random.Random(self._seed * 1_000 + number)
            place = self._folder / f"life-{number}"
            place.mkdir()
            _Life(place, rng, self._server, self.toll).run()
            shutil.rmtree(place)
            number += 1
        self.toll.counts["lives"] = number
        return self.toll


class _Life:
    def __init__(
        self, place: Path, rng: random.Random, server: Server | None, toll: KillCounts
    ) -> None:
        self._path, self._rng, self._toll = place / "life.duckdb", rng, toll
        self._url = f"duckdb:///{self._path}" if server is None else server.new_database()
        self._is_file = server is None
        self._days = 0
        sends = "".join(
            f"x{n},demo,SCHEDULED,9000,0,T+00:{n % 60:02}:00\n" for n in range(DEMO_SENDS)
        )
        self._sample = place / "sample.csv"
        self._sample.write_text(_HEADINGS + sends)
        self._freio = self._opened()
        self._log_path = place / "log"
        self._log = Log(self._log_path)
        self._stop = threading.Event()
        self._overtaken = threading.Event()
        self._ids = [f"x{n}" for n in range(DEMO_SENDS)]
        self._errors: list[BaseException] = []
        self._backup: Backup | None = None
        self._restored = False

    def _opened(self) -> Application:
        settings = Settings(database=self._url, pace=100.0)
        return _with_demo(build(settings, self._now), self._sample)

    def _now(self) -> datetime:
        return datetime.now(UTC) + timedelta(days=self._days)

    def run(self) -> None:
        self._freio.demo.prepare()
        large, small = _file("http", LARGE), _file("folder", 100)
        work = [
            self._once(lambda: self._load("http", large, self._rng.random() * 0.1)),
            self._again(lambda rng: self._load("folder", small, 0.1 + rng.random() * 0.3)),
            *[self._again(self._abort)] * 3,
            self._again(lambda rng: self._remember("a", rng)),
            self._again(lambda rng: self._remember("b", rng)),
            self._again(lambda _: self._freio.demo.step()),
            self._again(self._renew_demo),
            *[self._again(self._keep)] * 2,
        ]
        threads = [threading.Thread(target=each, args=(n,)) for n, each in enumerate(work)]
        for thread in threads:
            thread.start()
        self._stop.wait(LIFE)
        # A busy machine needs more time.
        threads[0].join(20)
        self._stop.set()
        for thread in threads:
            thread.join(60)
        if self._errors:
            raise self._errors[0]
        self._log.close()
        self._judge()

    # What happens

    def _once(self, work: Callable[[], None]) -> Callable[[int], None]:
        return self._again(lambda _: work(), times=1)

    def _again(
        self, work: Callable[[random.Random], None], times: int = 1_000_000
    ) -> Callable[[int], None]:
        def run(number: int) -> None:
            rng = random.Random(self._rng.random() + number)
            for _ in range(times):
                if self._stop.is_set():
                    return
                try:
                    work(rng)
                except FreioError as error:
                    self._toll.counts[f"error: {type(error).__name__}"] += 1
                except BaseException as error:
                    self._errors.append(error)
                    self._stop.set()
                    raise

        return run

    def _load(self, name: str, file: bytes, wait: float) -> None:
        time.sleep(wait)
        began = time.monotonic()
        progress = self._wait_to_be_overtaken if name == "http" else no_progress
        options = LoadOptions(progress=progress)
        self._freio.loader.load(BytesIO(file), f"{name}.csv", _PERSON, options)
        self._log.add("loaded", began, id=name)
        self._toll.counts["loads"] += 1
        self._ids = [line.partition(",")[0] for line in file.decode().splitlines()[1:]]

    def _wait_to_be_overtaken(self, step: str, _rows: int, _share: float) -> None:
        if step == "writing":
            self._overtaken.wait(OVERTAKEN)

    def _abort(self, rng: random.Random) -> None:
        time.sleep(rng.random() * PAUSE)
        began, id = time.monotonic(), rng.choice(self._ids[:300])
        outcome = self._freio.aborts.abort(ConfigurationId(id), _PERSON)
        receipt = outcome.receipt
        if receipt is None or not outcome.accepted:
            return
        confirmed = receipt.confirmation is Confirmation.CONFIRMED
        when = receipt.requested_at.isoformat()
        self._log.add(
            "abort",
            began,
            id=id,
            receipt=receipt.id,
            confirmed=confirmed,
            of_demo=outcome.before.name == "demo",
            requested_at=when,
        )
        self._toll.counts["aborts accepted"] += 1
        if outcome.before.name != "demo":
            self._overtaken.set()

    def _remember(self, whose: str, rng: random.Random) -> None:
        time.sleep(rng.random() * PAUSE)
        began, name = time.monotonic(), f"{whose}{rng.randrange(40)}"
        self._freio.loader.mappings.save(
            FeedMapping(name=name, fields={"name": FieldSource((f"Qual {name}",))})
        )
        self._log.add("mapping", began, id=name)
        self._toll.counts["mappings saved"] += 1

    def _renew_demo(self, rng: random.Random) -> None:
        time.sleep(rng.random() * 0.6)
        began = time.monotonic()
        self._days += 1
        self._freio.demo.prepare()
        self._log.add("renewed", began)
        self._toll.counts["demo renewals tried"] += 1

    def _keep(self, rng: random.Random) -> None:
        """Maintain the records: delete old receipts, renew the journal, make one backup."""
        time.sleep(rng.random() * 0.02)
        began, store = time.monotonic(), self._freio.store
        if rng.random() < 0.5:
            before = self._now() - timedelta(seconds=0.3)
            self._log.add("pruned", began, before=before.isoformat())
            self._toll.counts["receipts pruned"] += store.prune(before, self._now())
        elif self._is_file:
            store.renew_journal()
            for each in self._path.parent.glob("*.damaged-*"):
                each.unlink()
            self._toll.counts["records renewed"] += 1
        if self._is_file and self._backup is None and rng.random() < 0.1:
            self._backup = self._freio.backups.make(store) if self._freio.backups else None

    # The result

    def _judge(self) -> None:
        path = Path(f"{self._path}.receipts.jsonl")
        lines = lines_of(path) if self._is_file else None
        found = self._found(lines, [r.id for r in self._freio.store.check_journal().missing])
        self._toll.violations += check_kept(found)
        self._verify()
        if self._backup is not None and self._rng.random() < 0.5:
            self._put_back(self._backup)
        self._freio.stop()

    def _put_back(self, backup: Backup) -> None:
        """Restore a backup, and then the aborts that were made since the backup."""
        assert self._freio.backups is not None
        self._freio.store.close()
        restore(self._freio.backups, backup.path)
        self._freio = self._opened()
        self._freio.journal_check = self._freio.store.check_journal()
        restore_receipts(self._freio, _PERSON)
        again = self._freio.store.check_journal()
        found = self._found(
            lines_of(Path(f"{self._path}.receipts.jsonl")), [r.id for r in again.missing]
        )
        # After the restore, the demo may be back, and mappings that were saved since the backup are lost.
        gone = [v for v in check_kept(found) if "mapping" not in v.sentence and v.invariant == "I3"]
        self._toll.violations += gone
        self._verify()
        self._toll.counts["restores"] += 1

    def _verify(self) -> None:
        found = self._freio.store.check_audit_log()
        if not found.is_sound:
            self._toll.violations.append(Violation("ledger", "", str(found)))

    def _found(self, lines: frozenset[str] | None, lost: list[str]) -> Kept:
        self._freio.store.close()
        fetch = from_file(self._path) if self._is_file else from_server(self._url)
        facts = dict(fetch("SELECT name, value FROM store_facts")[1])
        kept = Kept(
            log=read_log(self._log_path),
            origin=facts.get(ORIGIN, ""),
            receipts=_rows(fetch, "receipts"),
            changes=_rows(fetch, "state_changes"),
            mappings=list(json.loads(facts.get("kept.feed_sources", "{}"))),
            lines=lines,
            lost=lost,
        )
        del fetch
        self._freio = self._opened()
        return kept


def _file(name: str, rows: int) -> bytes:
    ids = [*(f"x{n}" for n in range(SHARED)), *(f"{name}{n}" for n in range(rows))]
    lines = (f"{id},{name},SCHEDULED,9000,0,2030-01-01T00:00:00Z\n" for id in ids)
    return (_HEADINGS + "".join(lines)).encode()


def _rows(fetch: Fetch, table: str) -> list[dict[str, object]]:
    names, rows = fetch(f"SELECT * FROM {table}")
    return [dict(zip(names, row, strict=True)) for row in rows]
