"""Two dashboards on one PostgreSQL: each abort is requested once, also if one of them is killed."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from core.domain.delivery import DeliveryOutcome, DeliveryStep
from core.domain.model import ConfigurationId
from core.platforms import listmonk as platform
from core.runtime.build import build
from core.services.delivery import lease_name
from core.settings import ROOT, Settings
from core.store.postgres.engine import PostgresEngine
from core.store.sql_store import SqlStore
from tests.connectors.faulty_server import Fault
from tests.connectors.listmonk_stand_in import TOKEN, USER, ListmonkStandIn
from tests.postgres_server import Server
from tests.sends import ME

pytestmark = pytest.mark.long

_T = TypeVar("_T")

#: The other dashboard takes over within this time (see `core/infrastructure/lease.py`), plus some
#: seconds for a busy machine.
TAKES_OVER = 15.0 + 5.0


@dataclass
class Dashboard:
    """A dashboard without pages, in a process of its own.

    It aborts the sends whose ids arrive on its standard input.
    """

    process: "subprocess.Popen[str]"

    def abort(self, *ids: int) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        for id in ids:
            self.process.stdin.write(f"{id}\n")
            self.process.stdin.flush()
            assert self.process.stdout.readline() == f"aborted {id}\n"

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


@dataclass
class Pair:
    """Two dashboards, their store, and the stand-in that both deliver to."""

    store: SqlStore
    listmonk: ListmonkStandIn
    both: list[Dashboard]

    def holder(self) -> Dashboard | None:
        """Return the dashboard that holds the lease for deliveries."""
        found = self.store._engine.rows(
            "SELECT holder FROM leases WHERE name = $name", {"name": lease_name("listmonk")}
        )
        return next((one for one in self.both if f"-{one.process.pid}-" in str(found)), None)

    def other(self) -> Dashboard:
        (found,) = [one for one in self.both if one is not self.holder()]
        return found

    def requests(self) -> Counter[str]:
        return Counter(each.path.split("/")[3] for each in self.listmonk.asked("PUT"))

    def are_settled(self, *ids: int) -> bool:
        names = [ConfigurationId(str(id)) for id in ids]
        found = self.store.last_deliveries(names).values()
        return len(found) == len(ids) and all(
            (each.step, each.outcome) == (DeliveryStep.SETTLED, DeliveryOutcome.STOPPED)
            for each in found
        )


@contextmanager
def running(database: str, url: str) -> Iterator[Dashboard]:
    args = [sys.executable, "-m", "tests.connectors.test_two_processes", database, url]
    with subprocess.Popen(
        args, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "started\n"
            yield Dashboard(process)
        finally:
            process.kill()


@pytest.fixture
def pair(postgres: Server, listmonk: ListmonkStandIn) -> Iterator[Pair]:
    database = postgres.new_database()
    soon = datetime.now(UTC) + timedelta(hours=1)
    for _ in range(8):
        listmonk.add("scheduled", send_at=soon)
    with ExitStack() as stack:
        both = [stack.enter_context(running(database, listmonk.url)) for _ in range(2)]
        store = SqlStore(PostgresEngine(database), platform=platform.PLATFORM)
        stack.callback(store.close)
        made = Pair(store, listmonk, both)
        eventually(lambda: store.info().counts["configurations"] == 8)
        eventually(made.holder)
        yield made


def eventually(found: Callable[[], _T], seconds: float = 30.0) -> _T:
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)
    return value


def test_aborts_in_both_dashboards_are_each_requested_once(pair: Pair) -> None:
    holder = pair.holder()
    for number in range(1, 9, 2):
        pair.both[0].abort(number)
        pair.both[1].abort(number + 1)
    eventually(lambda: pair.are_settled(*range(1, 9)))
    assert pair.requests() == {str(id): 1 for id in range(1, 9)}
    assert pair.holder() is holder
    assert pair.store.check_audit_log().is_sound


def test_a_request_that_waits_for_a_killed_dashboard_is_made_once_by_the_other(pair: Pair) -> None:
    holder = pair.holder()
    assert holder is not None
    survivor = pair.other()
    holder.kill()
    survivor.abort(1, 2, 3)
    aborted = time.monotonic()
    eventually(lambda: len(pair.requests()) == 3)
    assert time.monotonic() - aborted < TAKES_OVER
    assert pair.holder() is survivor
    eventually(lambda: pair.are_settled(1, 2, 3))
    assert pair.requests() == {"1": 1, "2": 1, "3": 1}
    assert pair.store.check_audit_log().is_sound


def test_a_request_that_was_on_its_way_from_a_killed_dashboard_is_not_repeated(pair: Pair) -> None:
    holder = pair.holder()
    assert holder is not None
    survivor = pair.other()
    # listmonk has got the request and stops the campaign, but its answer comes too late.
    pair.listmonk.faults = [Fault("PUT", seconds=1.0)]
    survivor.abort(1)
    eventually(lambda: pair.requests() == {"1": 1})
    holder.kill()
    killed = time.monotonic()
    eventually(lambda: pair.are_settled(1))
    assert time.monotonic() - killed < TAKES_OVER + 10
    assert pair.requests() == {"1": 1}
    assert pair.listmonk.campaigns[1].status == "draft"
    assert pair.store.check_audit_log().is_sound


def _serve(database: str, url: str) -> None:
    """Run a dashboard without pages until the input ends, and abort each send that a line names."""
    settings = Settings(
        database=database,
        platform="listmonk",
        listmonk_url=url,
        listmonk_user=USER,
        listmonk_token=TOKEN,
        demo=False,
        inbox=None,
    )
    app = build(settings)
    app.start()
    print("started", flush=True)
    for line in sys.stdin:
        assert app.aborts.abort(ConfigurationId(line.strip()), ME).accepted
        print(f"aborted {line.strip()}", flush=True)
    app.stop()


if __name__ == "__main__":
    _serve(*sys.argv[1:])
