"""Kill a process between every two steps of a delivery, and let another one complete it.

The platform is a stand-in of listmonk over real HTTP, which lives on.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from core.domain.delivery import Delivery, DeliveryStep
from core.domain.model import ConfigurationId, Confirmation
from core.feed.loader import Loader
from core.infrastructure.clock import utc_now
from core.platforms import listmonk
from core.services.aborts import AbortService
from core.services.delivery import Connected, DeliveryWorker
from core.services.polling import Polling
from core.settings import ROOT, Settings
from core.store.duckdb.engine import DuckDBEngine
from core.store.journal.journal import Journal
from core.store.sql_store import SqlStore
from tests.connectors.conftest import connected
from tests.connectors.listmonk_stand_in import ListmonkStandIn
from tests.kills.toll import Toll
from tests.sends import ME

#: The usual number of places at which a delivery can be killed, and a number that none reaches.
PLACES: Final = 20
MOST_PLACES: Final = 40
REST: Final = timedelta(seconds=0.3)
STATES: Final = ("scheduled", "running", "paused")


class Life:
    """A process that aborts and delivers. `reached` is called at each place between two steps."""

    def __init__(self, path: Path, url: str, reached: Callable[[], None] = lambda: None) -> None:
        self.store = SqlStore(DuckDBEngine(path), Journal.beside(path), listmonk.PLATFORM)
        connector = connected(url)
        self._reached = reached
        connector._http.request = self._between(connector._http.request)  # type: ignore[method-assign]
        self.store.move_delivery = self._between(self.store.move_delivery)  # type: ignore[method-assign]
        self._connector = connector
        to = {"listmonk": Connected(connector, listmonk.PLATFORM.confirms, REST)}
        self.worker = DeliveryWorker(self.store, to, utc_now, submit=lambda work, one: work(one))

    def _between(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def stepping(*args: Any, **kwargs: Any) -> Any:
            self._reached()
            done = work(*args, **kwargs)
            self._reached()
            return done

        return stepping

    def poll(self) -> None:
        loader = Loader(self.store, Settings(platform="listmonk"), utc_now)
        Polling(loader, self._connector, "listmonk", utc_now).poll()

    def abort(self, id: ConfigurationId) -> None:
        service = AbortService(
            self.store,
            utc_now,
            lambda: False,
            utc_now,
            deliver_to=lambda: "listmonk",
            platform=listmonk.PLATFORM,
        )
        assert service.abort(id, ME).accepted
        self._reached()

    def delivered(self, id: ConfigurationId) -> Delivery | None:
        """Work until the delivery has ended; return it, or None if there is none."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            self.worker.run_pending()
            found = self.store.last_deliveries([id]).get(id)
            if found is None or found.ended_at is not None:
                return found
            time.sleep(0.05)
        return self.store.last_deliveries([id])[id]


def child(path: str, url: str, id: str, place: str) -> None:
    """Abort a send and deliver it; end this process at a place. Say "done" if there is none."""
    places = iter(range(1_000))
    is_on = False

    def reached() -> None:
        if is_on and next(places) == int(place):
            os.kill(os.getpid(), signal.SIGKILL)

    life = Life(Path(path), url, reached)
    life.poll()
    is_on = True
    send = ConfigurationId(id)
    life.abort(send)
    life.delivered(send)
    sys.stdout.write("done\n")


def kill_deliveries(folder: Path, seed: int, kills: int) -> Toll:
    """Kill a child at places of a delivery: at each one if `kills` allows it."""
    toll, path = Toll(), folder / "deliveries.duckdb"
    standing = ListmonkStandIn()
    with standing.serving():
        step = max(1, PLACES // kills)
        for place in range(seed % step, MOST_PLACES, step):
            status = STATES[place % len(STATES)]
            soon = datetime.now(UTC) + timedelta(hours=1)
            campaign = standing.add(status, send_at=soon, sent=0 if status == "scheduled" else 5)
            id = str(campaign.id)
            args = ["-m", "tests.kills.delivering", str(path), standing.url, id, str(place)]
            done = subprocess.run(
                [sys.executable, *args], cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=120
            )
            if done.stdout == "done\n":
                break
            if done.returncode != -signal.SIGKILL:
                toll.lost.append(f"place {place}: the child ended with {done.returncode}")
            toll.kills += 1
            toll.lost += [f"place {place}, {status}: {what}" for what in _lost(path, standing, id)]
            toll.acknowledged += 1
    return toll


def _lost(path: Path, standing: ListmonkStandIn, id: str) -> list[str]:
    """Complete a delivery after a kill; return what is wrong with it."""
    life, send = Life(path, standing.url), ConfigurationId(id)
    found = life.delivered(send)
    requests = [r for r in standing.asked("PUT") if r.path == f"/api/campaigns/{id}/status"]
    receipts = life.store.receipts_of(send)
    entries = [
        kind
        for (kind,) in life.store._engine.rows(
            "SELECT kind FROM ledger WHERE receipt_id = $id ORDER BY number",
            {"id": receipts[0].id if receipts else ""},
        )
    ]
    problems = {
        "no delivery": found is None,
        "not settled": found is None or found.step is not DeliveryStep.SETTLED,
        f"{len(requests)} requests": len(requests) != 1,
        "no single confirmed receipt": [r.confirmation for r in receipts]
        != [Confirmation.CONFIRMED],
        "requested after it was accepted": "accepted" in entries
        and "requested" in entries[entries.index("accepted") :],
        "the campaign goes on": standing.campaigns[int(id)].status not in ("draft", "cancelled"),
        "the audit log is not sound": not life.store.check_audit_log().is_sound,
        "the second record differs": bool(life.store.check_journal().missing),
    }
    life.worker.stop()
    life.store.close()
    return [what for what, is_wrong in problems.items() if is_wrong]


if __name__ == "__main__":
    child(*sys.argv[1:])
