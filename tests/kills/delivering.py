"""Kill a process after a step of a delivery, and let another process complete the delivery.

The platform is a stand-in of listmonk over real HTTP. The stand-in is not killed.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
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
from tests.connectors.faulty_server import Fault
from tests.connectors.listmonk_stand_in import ListmonkStandIn
from tests.kills.kill_counts import KillCounts
from tests.sends import ME

REST: Final = timedelta(seconds=0.3)
STATES: Final = ("scheduled", "running", "paused")
ON_ITS_WAY: Final = "PUT 1 on its way"
#: All steps of a delivery, in order. A process is killed after one of these steps.
STEPS: Final = (
    "abort written",
    "requested written",
    "GET 1 answered",
    ON_ITS_WAY,
    "PUT 1 answered",
    "accepted written",
    "GET 2 answered",
    "verified written",
    "GET 3 answered",
    "settled written",
)
CASES: Final = [(step, status) for step in STEPS for status in STATES]


class DeliveringChild:
    """Aborts and delivers. Calls `reached` after each step, with the name of the step."""

    def __init__(
        self, path: Path, url: str, reached: Callable[[str], None] = lambda _step: None
    ) -> None:
        self.store = SqlStore(DuckDBEngine(path), Journal.beside(path), listmonk.PLATFORM)
        self._connector = connected(url)
        self._reached, self._asked = reached, Counter[str]()
        self._request, self._move = self._connector._http.request, self.store.move_delivery
        self._connector._http.request = self._requesting  # type: ignore[method-assign]
        self.store.move_delivery = self._moving  # type: ignore[method-assign]
        to = {"listmonk": Connected(self._connector, listmonk.PLATFORM.confirms, REST)}
        self.worker = DeliveryWorker(self.store, to, utc_now, submit=lambda work, one: work(one))

    def _requesting(self, method: str, *args: Any, **kwargs: Any) -> Any:
        self._asked[method] += 1
        name = f"{method} {self._asked[method]}"
        # The stand-in needs a second for a PUT, so the request is on its way after half a second.
        timer = threading.Timer(0.5, self._reached, [f"{name} on its way"])
        if method == "PUT":
            timer.start()
        answer = self._request(method, *args, **kwargs)
        timer.cancel()
        self._reached(f"{name} answered")
        return answer

    def _moving(self, before: Delivery, after: Delivery, *args: Any, **kwargs: Any) -> Any:
        done = self._move(before, after, *args, **kwargs)
        self._reached(f"{after.step} written")
        return done

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
        self._asked.clear()
        assert service.abort(id, ME).accepted
        self._reached("abort written")

    def delivered(self, id: ConfigurationId) -> Delivery | None:
        """Work until the delivery has ended. Return the delivery, or None if there is none."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            self.worker.run_pending()
            found = self.store.last_deliveries([id]).get(id)
            if found is None or found.ended_at is not None:
                return found
            time.sleep(0.05)
        return self.store.last_deliveries([id])[id]


def child(path: str, url: str, id: str, step: str = "") -> None:
    """Abort a send and deliver the abort. Print each step. End this process after `step`."""
    is_on = False

    def reached(name: str) -> None:
        if not is_on:
            return
        sys.stdout.write(f"{name}\n")
        sys.stdout.flush()
        if name == step:
            os.kill(os.getpid(), signal.SIGKILL)

    child = DeliveringChild(Path(path), url, reached)
    child.poll()
    is_on = True
    child.abort(ConfigurationId(id))
    child.delivered(ConfigurationId(id))


def kill_deliveries(folder: Path, seed: int, kills: int) -> KillCounts:
    """Kill a child after a step of a delivery. With enough `kills`, test each step in each state.

    `steps` of the result has the number of kills after each step. A step that is not reached is in `lost`.
    """
    counts, path = KillCounts(), folder / "deliveries.duckdb"
    cases = CASES if kills >= len(CASES) else random.Random(seed).sample(CASES, kills)
    stand_in = ListmonkStandIn()
    with stand_in.serving():
        # Without a kill, a delivery has exactly the steps of the list.
        _, said = _child(path, stand_in, STATES[seed % len(STATES)], "")
        if said != list(STEPS):
            counts.lost.append(f"other steps: {said}")
        for step, status in cases:
            id, said = _child(path, stand_in, status, step)
            counts.kills += 1
            counts.acknowledged += 1
            counts.steps[step] += said[-1:] == [step]
            counts.lost += [f"{step}, {status}: {w}" for w in _lost(path, stand_in, id, step, said)]
    return counts


def _child(path: Path, stand_in: ListmonkStandIn, status: str, step: str) -> tuple[str, list[str]]:
    """Let a child abort a new campaign. Return the id, and the steps that the child printed."""
    soon = datetime.now(UTC) + timedelta(hours=1)
    campaign = stand_in.add(status, send_at=soon, sent=0 if status == "scheduled" else 5)
    stand_in.faults = [Fault("PUT", seconds=1.0)] if step in ("", ON_ITS_WAY) else []
    args = ["-m", "tests.kills.delivering", str(path), stand_in.url, str(campaign.id), step]
    done = subprocess.run(
        [sys.executable, *args], cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=120
    )
    said = done.stdout.splitlines()
    if done.returncode != (-signal.SIGKILL if step else 0):
        said.append(f"ended with {done.returncode}")
    return str(campaign.id), said


def _lost(path: Path, stand_in: ListmonkStandIn, id: str, step: str, said: list[str]) -> list[str]:
    """Complete a delivery after a kill. Return what is wrong with the delivery."""
    child, send = DeliveringChild(path, stand_in.url), ConfigurationId(id)
    found = child.delivered(send)
    requests = [r for r in stand_in.asked("PUT") if r.path == f"/api/campaigns/{id}/status"]
    receipts = child.store.receipts_of(send)
    entries = [
        kind
        for (kind,) in child.store._engine.rows(
            "SELECT kind FROM ledger WHERE receipt_id = $id ORDER BY number",
            {"id": receipts[0].id if receipts else ""},
        )
    ]
    # After a kill, Freio cannot know whether the request is still on its way, and may repeat it.
    most = 2 if step == ON_ITS_WAY else 1
    problems = {
        f"not reached: {said}": said[-1:] != [step],
        "no delivery": found is None,
        "not settled": found is None or found.step is not DeliveryStep.SETTLED,
        f"{len(requests)} requests": not 1 <= len(requests) <= most,
        "no single confirmed receipt": [r.confirmation for r in receipts]
        != [Confirmation.CONFIRMED],
        "requested after it was accepted": "accepted" in entries
        and "requested" in entries[entries.index("accepted") :],
        "the campaign goes on": stand_in.campaigns[int(id)].status not in ("draft", "cancelled"),
        "the audit log is not sound": not child.store.check_audit_log().is_sound,
        "the second record differs": bool(child.store.check_journal().missing),
    }
    child.worker.stop()
    child.store.close()
    return [what for what, is_wrong in problems.items() if is_wrong]


if __name__ == "__main__":
    child(*sys.argv[1:])
