"""A stand-in for listmonk over real HTTP, with its states, refusals, paging and races.

The stand-in follows listmonk's public source of July 2026:

- A refusal and an unknown campaign both give HTTP 400 with a message in the server's language.
- Wrong credentials give 403.
- A page has at most 50 campaigns.
- A change of status reads the state, and then writes without a condition. Its answer has the count
  from before the change.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tests.connectors.faulty_server import FaultyServer, Request, Response

USER: Final = "freio"
TOKEN: Final = "token-of-the-stand-in-0001"
LAST: Final = datetime(2026, 11, 29, 12, tzinfo=UTC)
MOST_PER_PAGE: Final = 50

#: The states from which each status can be set, and the refusal in Portuguese.
ALLOWED: Final = {
    "draft": ({"scheduled"}, "Somente campanhas agendadas podem ser salvas como rascunho."),
    "scheduled": ({"draft", "paused"}, "Somente campanhas em rascunho podem ser agendadas."),
    "running": (
        {"paused", "draft"},
        "Somente campanhas pausadas ou rascunhos podem ser iniciadas.",
    ),
    "paused": ({"running"}, "Somente campanhas ativas podem ser pausadas."),
    "cancelled": ({"running", "paused"}, "Somente campanhas ativas podem ser canceladas."),
}
NOT_FOUND: Final = "Campanha não encontrado."


@dataclass
class Campaign:
    """One campaign. While the campaign runs, `rate` messages a second go out, until `to_send`.

    `settle_seconds` after a stop, `in_flight` more messages are counted.
    """

    id: int
    status: str
    to_send: int = 0
    sent: int = 0
    name: str = "Black Friday"
    send_at: datetime | None = None
    started_at: datetime | None = None
    created_at: datetime = LAST
    #: The default is now, because Freio reads all campaigns that have ended within the last minutes.
    updated_at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    tags: list[str] = field(default_factory=lambda: ["acme", "news"])
    lists: list[str] = field(default_factory=lambda: ["Customers", "Friends"])
    from_email: str = "Acme <news@acme.example>"
    rate: float = 0.0
    in_flight: int = 0
    settle_seconds: float = 0.0
    _since: float = field(default_factory=time.monotonic)
    _settles_at: float | None = None

    def move(self) -> None:
        """Bring the counts up to now."""
        now = time.monotonic()
        if self.status == "running":
            gone = int((now - self._since) * self.rate)
            if gone:
                self.sent, self._since = min(self.sent + gone, self.to_send), now
            if self.rate and self.sent == self.to_send:
                self.change("finished")
        elif self._settles_at is not None and now >= self._settles_at:
            most = max(self.sent, self.to_send)
            self.sent, self._settles_at = min(self.sent + self.in_flight, most), None

    def change(self, status: str) -> None:
        if self.status == "running" and status != "finished":
            self._settles_at = time.monotonic() + self.settle_seconds
        if status == "running":
            self.started_at, self._since = self.started_at or LAST, time.monotonic()
        self.status, self.updated_at = status, self.updated_at + timedelta(seconds=1)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "uuid": f"uuid-{self.id}",
            "name": self.name,
            "subject": "Hello",
            "type": "regular",
            "status": self.status,
            "send_at": self.send_at and self.send_at.isoformat(),
            "started_at": self.started_at and self.started_at.isoformat(),
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
            "to_send": self.to_send,
            "sent": self.sent,
            "lists": [{"id": n, "name": name} for n, name in enumerate(self.lists, 1)],
            "tags": self.tags,
            "messenger": "email",
            "from_email": self.from_email,
            "body": "",
            "views": 0,
        }


class ListmonkStandIn(FaultyServer):
    """The server. `between` runs between the check and the write of a campaign's state."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.campaigns: dict[int, Campaign] = {}
        self.between: Callable[[Campaign], None] = lambda _campaign: None
        #: Called with the number of a page of a list, before the page is made.
        self.before_page: Callable[[int], None] = lambda _number: None
        self.token = TOKEN
        self.may_manage = True
        #: The subscribers of each list by status, and how people joined it.
        self.sizes = {1: {"confirmed": 900, "unconfirmed": 100, "unsubscribed": 50}, 2: {}}
        self.optin = "single"

    def add(self, status: str, **values: Any) -> Campaign:
        number = len(self.campaigns) + 1
        values.setdefault("created_at", LAST - timedelta(days=1) + timedelta(seconds=number))
        if status not in ("draft", "scheduled"):
            values.setdefault("started_at", LAST)
            values.setdefault("to_send", 40_000)
        made = Campaign(number, status, **values)
        self.campaigns[number] = made
        return made

    @contextmanager
    def serving(self) -> Iterator[None]:
        with super().serving():
            yield

    def respond(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"token {USER}:{self.token}":
            return _refused(403, "invalid API credentials")
        with self._lock:
            for campaign in self.campaigns.values():
                campaign.move()
        match request.path.split("/")[1:]:
            case ["api", "campaigns"]:
                return self._page(request)
            case ["api", "campaigns", id]:
                campaign = self.campaigns.get(int(id))
                return _data(campaign.as_json()) if campaign else _refused(400, NOT_FOUND)
            case ["api", "campaigns", id, "status"] if request.method == "PUT":
                return self._set_status(int(id), json.loads(request.body)["status"])
            case ["api", "lists", id] if int(id) in self.sizes:
                return _data({"subscriber_statuses": self.sizes[int(id)], "optin": self.optin})
            case ["api", "lists", _]:
                return _refused(400, "Lista não encontrada.")
        return _refused(404, "Not Found")

    def _page(self, request: Request) -> Response:
        query = request.query
        number = int(query.get("page", ["1"])[0])
        size = min(int(query.get("per_page", ["20"])[0]), MOST_PER_PAGE)
        self.before_page(number)
        field_name = query.get("order_by", ["created_at"])[0]
        statuses = query.get("status", [])
        found = [c for c in self.campaigns.values() if not statuses or c.status in statuses]
        found.sort(
            key=lambda c: (getattr(c, field_name), c.id), reverse=query.get("order") != ["asc"]
        )
        page = found[(number - 1) * size : number * size]
        if not page:
            return _data({"results": [], "query": "", "total": 0, "per_page": 0, "page": 0})
        results = [campaign.as_json() for campaign in page]
        return _data({"results": results, "total": len(found), "per_page": size, "page": number})

    def _set_status(self, id: int, status: str) -> Response:
        campaign = self.campaigns.get(id)
        if not self.may_manage:
            return _refused(403, "Permissão negada: campaigns:manage")
        if campaign is None:
            return _refused(400, NOT_FOUND)
        states, words = ALLOWED[status]
        before = campaign.as_json()
        if campaign.status not in states:
            return _refused(400, words)
        if status == "scheduled" and campaign.send_at is None:
            return _refused(400, "A campanha precisa de uma data para ser agendada.")
        self.between(campaign)
        if status == "running" and campaign.send_at is not None:
            status = "scheduled"
        campaign.change(status)
        return _data({**before, "status": status})


def _data(content: object) -> Response:
    return Response(200, json.dumps({"data": content}).encode())


def _refused(status: int, message: str) -> Response:
    return Response(status, json.dumps({"message": message}, ensure_ascii=False).encode())
