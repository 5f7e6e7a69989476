"""The connector to listmonk."""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from typing import Any, Final, TypeVar

from cachetools import TTLCache, cached

from core.domain.delivery import AnswerKind
from core.domain.states import State
from core.errors import N_, ConnectorError
from core.infrastructure.clock import Clock, utc_now
from core.platforms.http_client import HttpAnswer, HttpClient
from core.platforms.listmonk import PLATFORM
from core.ports.connector import RECENT, Answer, Reading, cleaned
from core.settings import LISTMONK_LIST, LISTMONK_SENDER, Settings

_T = TypeVar("_T")

PAGE: Final = 50
MAX_PAGES: Final = 10_000
#: The maximum number of readings of a list. If the length changes during a reading, a campaign can
#: be missing. Freio then reads the list again.
_PASSES: Final = 3

STATES: Final = {word: state for state, word in PLATFORM.words.items()}
_STOPPED: Final = ("draft", "cancelled")
_FINISHED: Final = "finished"
#: The state to request, by the current state.
_TARGETS: Final = {"scheduled": "draft", "running": "cancelled", "paused": "cancelled"}
_LIVE: Final = tuple(_TARGETS)
#: The answer to an abort in a state that is not in _TARGETS. The default is NOT_ALLOWED.
_KINDS: Final = {
    **dict.fromkeys(_STOPPED, AnswerKind.ALREADY_STOPPED),
    _FINISHED: AnswerKind.TOO_LATE,
}

_FIELDS: Final = (
    *("id", "uuid", "name", "subject", "type", "status", "send_at", "started_at", "created_at"),
    *("updated_at", "to_send", "sent", "lists", "tags", "messenger", "from_email"),
)

#: A send is at rest if the number of sent messages is constant for this time. The number in
#: listmonk is at most five seconds old, also after a stop.
REST: Final = timedelta(seconds=6)

#: The messages for an unknown user or token. listmonk does not translate these messages. The status
#: is not enough, because the status 403 can also mean a missing permission.
_WRONG_LOGIN: Final = ("invalid API credentials", "invalid session")

_MAX_LISTS: Final = 10_000
_LIST_SECONDS: Final = 300.0


class ListmonkConnector:
    """Reads and stops campaigns of listmonk.

    `account` is a value of FREIO_LISTMONK_ACCOUNT.
    """

    reads = True

    def __init__(
        self, http: HttpClient, *, account: str, secret: str, clock: Clock = utc_now
    ) -> None:
        self._http, self._account, self._secret, self._clock = http, account, secret, clock
        sizes: TTLCache[Any, int | None] = TTLCache(_MAX_LISTS, _LIST_SECONDS)
        self._size = cached(sizes, lock=threading.Lock())(self._read_size)

    @classmethod
    def of(cls, settings: Settings, clock: Clock = utc_now) -> "ListmonkConnector":
        """Return the connector for the settings."""
        login = f"token {settings.listmonk_user}:{settings.listmonk_token}"
        http = HttpClient(
            settings.listmonk_url,
            "listmonk",
            "FREIO_LISTMONK_URL",
            {"Authorization": login},
            credentials="FREIO_LISTMONK_USER, FREIO_LISTMONK_TOKEN",
        )
        return cls(
            http, account=settings.listmonk_account, secret=settings.listmonk_token, clock=clock
        )

    def close(self) -> None:
        """End all connections."""
        self._http.close()

    def list(self, *, live: bool) -> Iterator[Mapping[str, object]]:
        """Return campaigns as listmonk's records with an additional `account`.

        listmonk counts the recipients when a campaign starts. For a scheduled campaign that has
        never started, Freio replaces `to_send` by the sum of the list sizes. `to_send` is None if
        the number is unknown. An unreadable campaign is returned too, so that the import reports
        it. Raise ConnectorError if no campaign is readable.
        """
        found = self._all(_LIVE if live else ())
        if live:
            found |= {_key(campaign): campaign for campaign in self._ended()}
        if found and not any(map(_is_readable, found.values())):
            raise self._unreadable()
        return iter([self._record(campaign) for campaign in found.values()])

    def get(self, send_id: str) -> Reading | None:
        """Return the current report about a campaign, or None."""
        # Read the clock before the request, because the answer can lack changes after this time.
        read_at = self._clock()
        campaign = self._campaign(send_id)
        if isinstance(campaign, Answer):
            if campaign.kind is AnswerKind.NOT_FOUND:
                return None
            raise self._forbidden()
        word = campaign["status"]
        state = STATES.get(word, State.UNKNOWN)
        # If a person set a campaign back to draft while it started, `sent` can be 0 although
        # messages have gone out.
        is_counting = state is State.DRAFT and campaign["started_at"] and not campaign["sent"]
        return Reading(
            id=send_id,
            state=state,
            word=word,
            total=_total(campaign),
            sent=None if is_counting else campaign["sent"],
            read_at=read_at,
        )

    def abort(self, send_id: str, key: str) -> Answer:  # noqa: ARG002 - listmonk has no such key
        """Set a scheduled campaign back to draft, or cancel a running or paused campaign.

        The status 400 of a refusal does not show the reason. Therefore read the campaign before a
        request and after a refusal.
        """
        asked: set[str] = set()
        refusal = ""
        while True:
            campaign = self._campaign(send_id)
            if isinstance(campaign, Answer):
                return replace(campaign, was_requested=bool(asked))
            word = campaign["status"]
            target = _TARGETS.get(word, "")
            if not target or target in asked:
                kind = _KINDS.get(word, AnswerKind.NOT_ALLOWED)
                return Answer(kind, refusal or word, was_requested=bool(asked))
            asked.add(target)
            answer = self._http.request(
                "PUT",
                f"/api/campaigns/{send_id}/status",
                body=json.dumps({"status": target}).encode(),
                headers={"Content-Type": "application/json"},
            )
            if 200 <= answer.status < 300:
                # Check only that the answer is JSON: a login page would answer with HTML. Do not
                # use the content, because it shows the state before the stop.
                self._http.json(answer, may_have_arrived=True)
                return Answer(AnswerKind.ACCEPTED)
            refusal = self._message(answer)
            if answer.status == 403:
                return self._not_allowed(answer)
            if answer.status == 404:
                return Answer(AnswerKind.NOT_FOUND, refusal)
            if answer.status not in (400, 409):
                raise self._http.refused(answer)

    def _all(self, statuses: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return the campaigns with a status in `statuses` (empty: all campaigns)."""
        for _ in range(_PASSES):
            found: dict[str, dict[str, Any]] = {}
            totals = set()
            for page, total in self._pages(statuses, order_by="created_at", order="asc"):
                found |= {_key(campaign): campaign for campaign in page}
                totals.add(total)
            if totals == {len(found)}:
                return found
        raise self._http.error(
            N_("The list of sends in {platform} changed each time while it was read."),
            N_("Freio reads it again by itself."),
        )

    def _ended(self) -> Iterator[dict[str, Any]]:
        """Yield all campaigns that ended less than RECENT ago, and perhaps some older ones."""
        since = self._clock() - RECENT
        ended = (*_STOPPED, _FINISHED)
        for page, _ in self._pages(ended, order_by="updated_at", order="desc"):
            yield from page
            if page and _updated(page[-1]) < since:
                return

    def _pages(
        self, statuses: Sequence[str], **order: str
    ) -> Iterator[tuple[Sequence[dict[str, Any]], int]]:
        """Yield each page with the number of campaigns on all pages."""
        query: dict[str, str | list[str]] = {"per_page": str(PAGE), "no_body": "true", **order}
        if statuses:
            query["status"] = list(statuses)
        for number in range(1, MAX_PAGES + 1):
            query["page"] = str(number)
            answer = self._http.request("GET", "/api/campaigns", query=query)
            if answer.status == 403:
                self._not_allowed(answer)
                raise self._forbidden()
            if answer.status != 200:
                raise self._http.refused(answer)
            data = self._value(answer, "data", dict)
            results, total = data.get("results"), data.get("total", 0)
            if not isinstance(results, list) or not _is_count(total):
                raise self._unreadable()
            yield [_fields(campaign) for campaign in results], total
            if not results or number * PAGE >= total:
                return

    def _campaign(self, send_id: str) -> dict[str, Any] | Answer:
        # The id becomes part of the URL, so allow only digits.
        if not (send_id.isascii() and send_id.isdecimal()):
            return Answer(AnswerKind.NOT_FOUND)
        answer = self._http.request("GET", f"/api/campaigns/{send_id}", query={"no_body": "true"})
        if answer.status == 403:
            return self._not_allowed(answer)
        # listmonk answers 400 for an unknown campaign.
        if answer.status in (400, 404):
            return Answer(AnswerKind.NOT_FOUND, self._message(answer))
        if answer.status != 200:
            raise self._http.refused(answer)
        campaign = _fields(self._value(answer, "data", dict))
        if not _is_readable(campaign) or campaign["id"] != int(send_id):
            raise self._unreadable()
        return campaign | {"status": cleaned(campaign["status"])}

    def _not_allowed(self, answer: HttpAnswer) -> Answer:
        """Return the answer for the status 403.

        For a wrong login, raise ConnectorError instead: Freio then tries again later.
        """
        message = self._message(answer)
        if message in _WRONG_LOGIN:
            raise self._http.not_accepted()
        return Answer(AnswerKind.NOT_ALLOWED, message)

    def _value(self, answer: HttpAnswer, name: str, kind: type[_T]) -> _T:
        content = self._http.json(answer)
        value = content.get(name) if isinstance(content, dict) else None
        if not isinstance(value, kind):
            raise self._unreadable()
        return value

    def _record(self, campaign: dict[str, Any]) -> Mapping[str, object]:
        if not _is_readable(campaign):
            return campaign
        account = _first(campaign["tags"])
        if self._account == LISTMONK_SENDER:
            account = parseaddr(str(campaign["from_email"] or ""))[1]
        elif self._account == LISTMONK_LIST:
            first = _first(campaign["lists"])
            account = first.get("name") if isinstance(first, dict) else None
        total = _total(campaign)
        if total is None and campaign["status"] == "scheduled":
            total = self._audience(campaign["lists"])
        return {
            **campaign,
            "send_at": _planned_at(campaign),
            "to_send": total,
            "account": account or "",
        }

    def _audience(self, lists: object) -> int | None:
        """Return the sum of the list sizes, or None. A member of two lists counts twice."""
        ids = [
            each.get("id") if isinstance(each, dict) else None
            for each in (lists if isinstance(lists, list) else ())
        ]
        sizes = [self._size(id) if _is_count(id) else None for id in ids]
        known = [size for size in sizes if size is not None]
        return sum(known) if known and len(known) == len(sizes) else None

    def _read_size(self, id: int) -> int | None:
        answer = self._http.request("GET", f"/api/lists/{id}")
        if answer.status in (400, 403, 404):
            return None  # no permission, or the list was deleted
        if answer.status != 200:
            raise self._http.refused(answer)
        data = self._value(answer, "data", dict)
        counts = data.get("subscriber_statuses")
        if not isinstance(counts, dict) or not all(map(_is_count, counts.values())):
            return None
        if data.get("optin") == "double":
            return int(counts.get("confirmed", 0))
        return int(sum(counts.values()) - counts.get("unsubscribed", 0))

    def _message(self, answer: HttpAnswer) -> str:
        message = self._value(answer, "message", str).replace(self._secret, "…")
        return cleaned(message)

    def _forbidden(self) -> ConnectorError:
        return self._http.error(
            N_("Freio's user may not read the sends in {platform}."),
            N_("Give the user a role there that may read and manage them."),
        )

    def _unreadable(self) -> ConnectorError:
        return self._http.error(
            N_("The answer of {platform} does not have the expected content."),
            N_("Check the address in {setting}, and which version of {platform} runs there."),
        )


def _fields(campaign: object) -> dict[str, Any]:
    known = campaign if isinstance(campaign, dict) else {}
    return {name: known.get(name) for name in _FIELDS}


def _is_readable(campaign: Mapping[str, Any]) -> bool:
    counts = all(_is_count(campaign[name]) for name in ("id", "to_send", "sent"))
    return counts and isinstance(campaign["status"], str)


def _key(campaign: Mapping[str, Any]) -> str:
    return str(campaign["id"]) if _is_count(campaign["id"]) else f"object {id(campaign)}"


def _updated(campaign: Mapping[str, Any]) -> datetime:
    try:
        return datetime.fromisoformat(campaign["updated_at"]).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return datetime.min.replace(tzinfo=UTC)


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def _first(values: object) -> object:
    return values[0] if isinstance(values, list) and values else None


def _planned_at(campaign: Mapping[str, Any]) -> object:
    """Return the planned time of a campaign, or None.

    If a person has just started a campaign, listmonk reports no planned time and no start. The time
    of the last change is then the start.
    """
    is_going = campaign["status"] in ("running", _FINISHED)
    if is_going and campaign["send_at"] is None and campaign["started_at"] is None:
        return campaign["updated_at"]
    return campaign["send_at"]


def _total(campaign: Mapping[str, Any]) -> int | None:
    """Return the number of messages, or None if the number is unknown.

    Before the start, the number is unknown. When a campaign resumes, listmonk counts the recipients
    again, without unsubscribed people. The new count can be smaller than the number of sent
    messages. The total is then unknown until the campaign is finished.
    """
    total, sent = int(campaign["to_send"]), int(campaign["sent"])
    if total == 0 and campaign["started_at"] is None:
        return None
    if sent <= total:
        return total
    return sent if STATES.get(campaign["status"]) is State.SENT_DONE else None
