"""A browser tab without a browser: it uses Streamlit's protocol over a WebSocket.

Like a real tab, this tab requests the page, clicks, and refreshes the parts. It also caches messages,
so the server does not send them again.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.access import HEADERS

#: The component that requests refreshes, and the seconds between two checks whether a refresh is due.
_PULSE = "freio_auto_refresh"
_LOOK = 0.25

#: The marker at the end of a page.
_PAGE_RUN = re.compile(r'data-page-run="(\d+)"')

#: After this many periods, an unanswered request is repeated, as in `pages/shell/auto_refresh.js`.
_PATIENCE = 2

#: After this many runs without a message, the cache removes the message. The number is large, because
#: runs of different parts alternate.
_KEPT_RUNS = 30


@dataclass(slots=True)
class Seen:
    """An element on the page, and the part that it belongs to."""

    kind: str
    element: Any
    fragment: str
    run: int


@dataclass(slots=True)
class Pulse:
    """The state of the refreshes of one part. `period` is in seconds."""

    period: float
    answered: float
    since: float
    stretch: float
    waiting: bool = False


class Tab:
    """One tab. `refreshed` gets the seconds from a request for a part until the complete answer."""

    def __init__(self, address: str, page: str, refreshed: Callable[[float], None]) -> None:
        self._stream = address.replace("http", "ws", 1) + "/_stcore/stream"
        self._page = page
        self._address = address
        self._refreshed = refreshed
        self._connection: ClientConnection | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._pulses: dict[str, Pulse] = {}
        self._asked: dict[str, list[float]] = defaultdict(list)
        self._cached: dict[str, tuple[ForwardMsg, int]] = {}
        self._run = 0
        self._is_busy = False
        self._runs = 0
        self._news = asyncio.Event()
        self._page_hash = ""
        self._elements: dict[tuple[int, ...], Seen] = {}
        self.errors = 0
        #: The number of received messages, of references to earlier messages, and of bytes.
        self.messages = self.references = self.bytes = 0
        #: Refreshes that the server interrupted for another request.
        self.cut_off = 0

    async def open(self) -> None:
        """Connect, and wait until the page has arrived."""
        self._connection = await connect(
            self._stream,
            subprotocols=["streamlit"],
            additional_headers=HEADERS,
            max_size=None,
            open_timeout=60,
        )
        self._start(self._listen())
        self._start(self._beat())
        await self._ask()
        await self.until(lambda: self._runs > 0, 60)

    async def close(self) -> None:
        """Close the tab, as a person does."""
        for task in self._tasks:
            task.cancel()
        if self._connection is not None:
            await self._connection.close()

    def elements(self, kind: str) -> list[Seen]:
        """Return the elements of one kind on the page."""
        return [seen for seen in self._elements.values() if seen.kind == kind]

    async def until(self, holds: Callable[[], Any], seconds: float) -> Any:
        """Wait until `holds` returns a value. Return the value, or None after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                while not (found := holds()):
                    self._news.clear()
                    await self._news.wait()
                return found
        except TimeoutError:
            return None

    async def click(self, seen: Seen) -> None:
        """Press a button."""
        await self._ask(seen.fragment, [WidgetState(id=seen.element.id, trigger_value=True)])

    async def trigger(self, seen: Seen, event: str, value: object) -> None:
        """Send an event of a component, as its script does."""
        id = f"$$STREAMLIT_INTERNAL_KEY_{seen.element.id}__events"
        payload = json.dumps([{"event": event, "value": value}])
        await self._ask(seen.fragment, [WidgetState(id=id, json_trigger_value=payload)])

    async def _ask(self, fragment: str = "", states: list[WidgetState] | None = None) -> None:
        message = BackMsg()
        state = message.rerun_script
        state.page_name = self._page
        # Without this hash, a part that runs the whole page again would open the first page.
        state.page_script_hash = self._page_hash
        state.fragment_id = fragment
        # Components send their state each time. The other widgets of a page have their defaults.
        mounted = [
            WidgetState(id=s.element.id, json_value="{}") for s in self.elements("bidi_component")
        ]
        state.widget_states.widgets.extend([*mounted, *(states or [])])
        state.cached_message_hashes.extend(self._cached)
        state.context_info.timezone = "America/Sao_Paulo"
        state.context_info.locale = "en-US"
        state.context_info.url = f"{self._address}/{self._page}"
        assert self._connection is not None
        self._is_busy = True
        with suppress(ConnectionClosed):
            await self._connection.send(message.SerializeToString())

    async def _listen(self) -> None:
        assert self._connection is not None
        try:
            async for data in self._connection:
                assert isinstance(data, bytes)
                self.messages += 1
                self.bytes += len(data)
                self._hear(ForwardMsg.FromString(data))
                self._news.set()
        except Exception:
            # Count the error. Otherwise a tab without messages would look like a slow tab.
            self.errors += 1
            raise

    def _hear(self, message: ForwardMsg) -> None:
        if message.WhichOneof("type") == "ref_hash":
            self.references += 1
            kept = ForwardMsg()
            kept.CopyFrom(self._cached[message.ref_hash][0])
            kept.metadata.CopyFrom(message.metadata)
            self._cached[message.ref_hash] = (self._cached[message.ref_hash][0], self._runs)
            message = kept
        elif message.metadata.cacheable:
            self._cached[message.hash] = (message, self._runs)
        match message.WhichOneof("type"):
            case "navigation":
                self._page_hash = message.navigation.page_script_hash
            case "new_session":
                self._run += 1
                self._is_busy = True
            case "delta":
                self._draw(message)
            case "script_finished":
                self._is_busy = False
                if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    self.cut_off += bool(message.metadata.run.fragment_ids)
                else:
                    self._finished(list(message.metadata.run.fragment_ids))

    def _draw(self, message: ForwardMsg) -> None:
        place = tuple(message.metadata.delta_path)
        if message.delta.WhichOneof("type") != "new_element":
            self._elements.pop(place, None)
            return
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        self.errors += kind == "exception"
        fragment = message.delta.fragment_id
        self._elements[place] = Seen(kind, getattr(element, kind), fragment, self._run)

    def _finished(self, fragments: list[str]) -> None:
        self._runs += 1
        # Remove the elements that a run did not draw again. A run of parts does not affect other parts.
        for place, seen in list(self._elements.items()):
            if seen.run != self._run and (not fragments or seen.fragment in fragments):
                del self._elements[place]
        old = [h for h, (_, run) in self._cached.items() if run < self._runs - _KEPT_RUNS]
        for hash in old:
            del self._cached[hash]
        now = time.perf_counter()
        # A run of the whole page contains every part.
        for fragment in fragments or list(self._asked):
            for asked in self._asked.pop(fragment, ()):
                self._refreshed(now - asked)

    async def _beat(self) -> None:
        """Request each part when it is due, as the component on the page does."""
        while True:
            await asyncio.sleep(_LOOK)
            now = time.perf_counter()
            for seen in self.elements("bidi_component"):
                # A request would interrupt the current run, so there is only one at a time.
                if not self._is_busy and seen.element.component_name.endswith(_PULSE):
                    pulse = self._pulse(seen, now)
                    periods = (now - pulse.since) / pulse.period
                    if periods >= (_PATIENCE if pulse.waiting else pulse.stretch):
                        pulse.waiting, pulse.since = True, now
                        self._asked[seen.fragment].append(now)
                        await self.trigger(seen, "due", self._last_whole())

    def _last_whole(self) -> int:
        """Return the last run of the whole page that has arrived completely."""
        ends = [_PAGE_RUN.search(seen.element.body) for seen in self.elements("html")]
        return max((int(end[1]) for end in ends if end), default=0)

    def _pulse(self, seen: Seen, now: float) -> Pulse:
        data = json.loads(seen.element.json)
        pulse = self._pulses.get(seen.element.id)
        if pulse is None or pulse.answered != data["at"]:
            stretch = random.uniform(0.7, 1.3)
            pulse = Pulse(data["seconds"], data["at"], now, stretch)
            self._pulses[seen.element.id] = pulse
        return pulse

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
