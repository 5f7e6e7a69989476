"""A race with a listmonk over real HTTP. Aborts are delivered while listmonk sends and fails.

Two workers with leases deliver. A poller and old files bring facts. The stand-in changes its
campaigns, loses answers, and sometimes goes on after a stop. In the end, every delivery must have
ended, and Freio's facts must match the stand-in.
"""

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from core.domain.delivery import Delivery, DeliveryOutcome, DeliveryStep
from core.domain.freshness import Freshness, outlook_now
from core.domain.model import Actor, ConfigurationId, Confirmation, Role
from core.domain.states import State
from core.errors import ConnectorError, StoreBusyError
from core.feed.load_options import LoadOptions
from core.feed.loader import Loader
from core.infrastructure.lease import Lease
from core.platforms import listmonk
from core.services.aborts import AbortService
from core.services.delivery import Connected, DeliveryWorker
from core.services.polling import Polling
from core.services.request_pause import RequestPause
from core.settings import Settings
from tests.connectors.conftest import connected
from tests.connectors.faulty_server import Fault, Response
from tests.connectors.listmonk_stand_in import Campaign, ListmonkStandIn
from tests.races.checker import Evidence, Violation
from tests.races.harness import MakeStore, Race

CAMPAIGNS: Final = 80
REST: Final = timedelta(seconds=0.5)
FEED: Final = Actor("feed", Role.ADMINISTRATOR)
_ENDED: Final = ("draft", "cancelled", "finished")


class Delivering(Race):
    """One race of operators, batches, files and deliveries against `server`."""

    def __init__(
        self, folder: Path, make_store: MakeStore, stand_in: ListmonkStandIn, **how: Any
    ) -> None:
        super().__init__(folder, make_store, platform=listmonk.PLATFORM, **how)
        self.stand_in = stand_in
        self.loader = Loader(self.store, Settings(platform="listmonk"), _now)
        self.polling = Polling(self.loader, self._connector(), "listmonk", _now)
        self.workers = [self._worker(), self._worker()]
        #: The time of the last request about each campaign.
        self._readings: dict[str, datetime] = {}
        self._log_lists(self.polling.connector)
        #: Campaigns that a person scheduled or started again, and campaigns that went on by themselves.
        self.restarted: set[int] = set()
        self.went_on: set[int] = set()

    def _connector(self) -> Any:
        made = connected(self.stand_in.url, max_bytes=10_000_000)
        request = made._http.request

        def requesting(method: str, path: str = "", **how: Any) -> Any:
            self._readings[path.rpartition("/")[2]] = _now()
            return request(method, path, **how)

        made._http.request = requesting  # type: ignore[method-assign]
        return made

    def _log_lists(self, connector: Any) -> None:
        """Log the time of the request for each list that was answered."""
        read = connector.list

        def reading(*, live: bool) -> Iterator[Mapping[str, object]]:
            began, asked = time.monotonic(), time.time()
            records = list(read(live=live))
            self.log.add("list", began, asked=asked, answered=time.time())
            return iter(records)

        connector.list = reading

    def _worker(self) -> DeliveryWorker:
        to = {"listmonk": Connected(self._connector(), self.platform.confirms, REST)}
        leases = {"listmonk": Lease(self.store, "deliveries listmonk", life=2.0)}
        return DeliveryWorker(self.store, to, _now, leases)

    def _actions(self) -> AbortService:
        return AbortService(
            self.store,
            _now,
            lambda: False,
            _now,
            deliver_to=lambda: "listmonk",
            platform=self.platform,
        )

    def _begin(self, rng: random.Random) -> None:
        for _ in range(CAMPAIGNS):
            self._add(rng)
        self.polling.poll()
        self._alive = [ConfigurationId(str(id)) for id in self.stand_in.campaigns]

    def _others(self) -> list[Callable[[random.Random], None]]:
        return [
            *(self._mover, self._poller, self._feeder, self._viewer),
            *(self._deliver, self._deliver_too),
        ]

    # The stand-in

    def _add(self, rng: random.Random) -> None:
        status = rng.choice(("scheduled", "scheduled", "running", "paused"))
        values: dict[str, Any] = {
            "send_at": _now() + timedelta(hours=1),
            "rate": rng.choice((20.0, 200.0)),
        }
        values |= {"updated_at": _now(), "in_flight": rng.choice((0, 7)), "settle_seconds": 0.2}
        if status != "scheduled":
            values["to_send"] = rng.choice((2_000, 20_000))
        with self.stand_in._lock:
            self.stand_in.add(status, **values)

    def _mover(self, rng: random.Random) -> None:
        """Change campaigns, as listmonk and its users do."""
        time.sleep(0.03)
        campaigns = list(self.stand_in.campaigns.values())
        one = rng.choice(campaigns)
        with self.stand_in._lock:
            self._move(one, rng)
        # With more new campaigns, each list would change during its reading, and no poll would succeed.
        if sum(c.status not in _ENDED for c in campaigns) < CAMPAIGNS // 2:
            self._add(rng)
        if rng.random() < 0.02:
            self.stand_in.faults.append(_fault(rng))

    def _move(self, one: Campaign, rng: random.Random) -> None:
        one.move()
        before, chance = one.status, rng.random()
        after = before
        if before == "scheduled" and chance < 0.3:
            one.to_send = one.to_send or 20_000
            after = "running"
        elif before == "running" and chance < 0.05:
            after = "paused"
        elif before == "paused" and chance < 0.2:
            after = "running"
        elif before == "draft" and chance < 0.05:
            after = "scheduled"
            self.restarted.add(one.id)
        elif before == "cancelled" and chance < 0.02:
            after = "running"  # as in listmonk's race between check and write
            self.went_on.add(one.id)
        if after != before:
            one.change(after)
            one.updated_at = max(one.updated_at, _now())
            self._count(f"listmonk: {before} to {after}")

    # Freio

    def _deliver(self, rng: random.Random) -> None:
        self.workers[0].run_pending()
        time.sleep(0.05)
        if rng.random() < 0.01:
            self._let_the_other()

    def _deliver_too(self, _rng: random.Random) -> None:
        self.workers[1].run_pending()
        time.sleep(0.05)

    def _let_the_other(self) -> None:
        """Pause one worker for longer than its lease. Requests that have begun continue."""
        time.sleep(2.5)
        self._count("leases lost")

    def _poller(self, rng: random.Random) -> None:
        if rng.random() < 0.1:
            self.polling._all_at = None
        try:
            self.polling.poll()
            self._count("polls")
            rows = self.store._engine.rows  # type: ignore[attr-defined]
            known = rows(
                "SELECT id FROM configurations WHERE id NOT LIKE 'bare-%' ORDER BY"
                " state NOT IN ('SCHEDULED', 'IN-PROGRESS', 'PAUSED'), updated_at DESC"
            )
            # Sends that can be stopped come first. For the other sends, nothing is delivered.
            self._alive = [ConfigurationId(id) for (id,) in known[:CAMPAIGNS]]
        except ConnectorError:
            self._count("polls that failed")
        time.sleep(0.2)

    def _feeder(self, rng: random.Random) -> None:
        """Load a file that the platform made some moments ago."""
        at, began = _now(), time.monotonic()
        try:
            records = list(self.polling.connector.list(live=False))
        except ConnectorError:
            return
        time.sleep(rng.random() * 0.5)
        options = LoadOptions(
            mapping_name="listmonk", as_of=at, import_id=f"f{rng.getrandbits(64)}"
        )
        content = BytesIO(json.dumps(records).encode())
        done = self.loader.load(content, "listmonk.json", FEED, options)
        fates = ("new", "changed", "unchanged", "stale", "held", "rejected")
        counts = {fate: getattr(done, fate) for fate in fates}
        self.log.add("load", began, **{"import": done.id}, rows=len(records), counts=counts)
        self._count("files")
        time.sleep(0.3)

    # All threads share one interpreter, and on DuckDB one writer. Without pauses, hardly any time would
    # be left for the steps of deliveries.

    def _operator(self, rng: random.Random) -> None:
        super()._operator(rng)
        time.sleep(0.1)

    def _batcher(self, rng: random.Random) -> None:
        super()._batcher(rng)
        time.sleep(1.0)

    def _reader(self, rng: random.Random) -> None:
        super()._reader(rng)
        time.sleep(0.2)

    def _viewer(self, rng: random.Random) -> None:
        """Look at a send, and at the age of the data (I8)."""
        began, limit = time.monotonic(), timedelta(seconds=0.5)
        send, at = self.store.configuration(rng.choice(self._alive)), self.store.facts_as_of()
        now = _now()
        assert send is not None
        assert at is not None
        outlook = outlook_now(send, Freshness(at, now, limit), self.platform)
        facts = {"id": send.id, "outlook": outlook, "limit": limit.total_seconds()}
        self.log.add("shown", began, at=at.timestamp(), now=now.timestamp(), **facts)
        self._count("sends shown by old data" if now - at > limit else "sends shown")
        time.sleep(0.05)

    def _end(self) -> None:
        """Let every delivery end, read the platform a last time, and compare."""
        self.stand_in.faults.clear()
        end = time.monotonic() + 400
        while self._open() and time.monotonic() < end:
            for worker in self.workers:
                with suppress(StoreBusyError):  # a background job would also run again
                    worker.run_pending()
            time.sleep(0.02)
        for campaign in self.stand_in.campaigns.values():
            campaign.move()
            if campaign.status == "running":  # it must not change during the comparison
                campaign.rate = 0.0
        self.polling._all_at = None
        self.polling.pause = RequestPause()
        self.polling.poll()
        for worker in self.workers:
            worker.stop()
        rows = self.store._engine.rows  # type: ignore[attr-defined]
        for (kind,) in rows("SELECT kind FROM ledger WHERE kind <> 'receipt'"):
            self._count(f"log: {kind}")
        found = self._deliveries()
        for step, by_hand in [(d.step, d.is_by_hand) for d in found.values()]:
            self._count(f"deliveries that ended {step}{', by hand' if by_hand else ''}")
        ledger = rows("SELECT receipt_id, kind, body FROM ledger ORDER BY number")
        self.figures.violations += _repeated(ledger)
        self.figures.violations += [
            *self._not_delivered(found),
            *(v for each in found.values() for v in self._compared(each)),
        ]

    def _open(self) -> bool:
        rows = self.store._engine.rows  # type: ignore[attr-defined]
        return bool(rows("SELECT 1 FROM deliveries WHERE ended_at IS NULL LIMIT 1"))

    def _deliveries(self) -> Mapping[str, Delivery]:
        rows = self.store._engine.rows  # type: ignore[attr-defined]
        ids = [id for (id,) in rows("SELECT receipt_id FROM deliveries")]
        return self.store.deliveries(ids)

    def _completed(self, found: Evidence) -> Evidence:
        settled = {id: d.sent for id, d in self._settled.items() if d.sent is not None}
        asked = [request.path.split("/")[3] for request in self.stand_in.asked("PUT")]
        return replace(found, at_rest=settled, stop_requests=asked, readings=dict(self._readings))

    def _not_delivered(self, found: Mapping[str, Delivery]) -> list[Violation]:
        self._settled = {
            id: each for id, each in found.items() if each.step is DeliveryStep.SETTLED
        }
        rows = self.store._engine.rows  # type: ignore[attr-defined]
        accepted = rows("SELECT id, configuration_id FROM receipts WHERE verdict <> 'refuse'")
        lost = [
            Violation("I3", send, "an accepted abort without a delivery")
            for id, send in accepted
            if id not in found and not send.startswith("bare-")
        ]
        return lost + [
            Violation("I3", each.configuration_id, "a delivery that has not ended")
            for each in found.values()
            if each.ended_at is None
        ]

    def _compared(self, delivery: Delivery) -> list[Violation]:
        """Compare the last abort of a send in Freio with the stand-in."""
        send = delivery.configuration_id
        if self.store.last_deliveries([send])[send].receipt_id != delivery.receipt_id:
            return []
        campaign = self.stand_in.campaigns[int(send)]
        receipt, stored = self.store.receipt(delivery.receipt_id), self.store.configuration(send)
        assert receipt is not None
        assert stored is not None
        is_known = (
            receipt.confirmation is Confirmation.CONTRADICTED
            or stored.state not in (State.CANCELLED, State.CANCELLING)
            or delivery.outcome is DeliveryOutcome.UNKNOWN
        )
        problems = []
        if campaign.status not in ("draft", "cancelled") and not is_known:
            problems.append(f"it is {campaign.status}, and Freio says {delivery.outcome}")
        is_still = campaign.id not in self.restarted | self.went_on
        if delivery.step is DeliveryStep.SETTLED and is_still and delivery.sent != campaign.sent:
            problems.append(f"{campaign.sent} have gone, and Freio says {delivery.sent}")
        if delivery.outcome is DeliveryOutcome.TOO_LATE and (
            receipt.confirmation is not Confirmation.CONTRADICTED
        ):
            problems.append("the delivery was too late, and its receipt is not contradicted")
        return [Violation("I1", send, problem) for problem in problems]


def _repeated(ledger: list[Any]) -> list[Violation]:
    """Return a violation for each request after an acceptance, unless the stop was undone in between."""
    found, accepted = [], Counter[str]()
    for receipt, kind, _body in ledger:
        if kind == "requested" and accepted[receipt]:
            found.append(Violation("I4", receipt, "requested again after it was accepted"))
        if kind == "accepted":
            accepted[receipt] += 1
        elif kind == "failed":  # after an acceptance: the stop was undone
            accepted[receipt] = 0
    return found


def _fault(rng: random.Random) -> Fault:
    method = rng.choice(("GET", "PUT"))
    kind = rng.random()
    if kind < 0.05:  # the worker or the poller then makes no request for a second
        return Fault(method, response=Response(429, headers={"Retry-After": "1"}))
    if kind < 0.3:
        return Fault(method, response=Response(503))
    return Fault(method, cut=rng.choice(("before", "after", "middle")), seconds=rng.random() * 0.2)


def _now() -> datetime:
    return datetime.now(UTC)
