"""The load of a department: tabs that refresh, people who open and close them, aborts, a feed."""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.access import COOKIES
from tests.loops import in_a_loop
from tests.soak.tab import Seen, Tab

#: The open pages, and how many of ten people have each page open.
PAGES = {"": 5, "configurations": 4, "aborts": 1}

TOKEN = "token-of-the-soak"

#: After this many seconds, a page has the whole answer to a click, but has not refreshed yet.
_ANSWER = 2.0


@dataclass(slots=True)
class Reading:
    """The dashboard's metrics at one time (seconds since the start)."""

    at: float
    values: dict[str, float]

    def since(self, before: Reading, name: str) -> float:
        """Return by how much a figure rose."""
        return self.values.get(name, 0.0) - before.values.get(name, 0.0)


@dataclass(slots=True)
class Figures:
    """The figures of a soak. Times are in seconds."""

    refreshes: list[float] = field(default_factory=list)
    openings: list[float] = field(default_factory=list)
    stops: list[float] = field(default_factory=list)
    #: The time of the press that stops each send, in seconds since 1970, by the id of the send.
    presses: dict[str, float] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    readings: list[Reading] = field(default_factory=list)
    client_share: float = 0.0
    errors: int = 0
    cut_off: int = 0
    messages: int = 0
    references: int = 0
    bytes: int = 0
    #: The messages and bytes that a page receives after a click on a filter.
    filtered: tuple[int, int] = (0, 0)
    #: The machine's load at the start and at the end, because other work makes all times longer.
    loads: tuple[float, float] = (0.0, 0.0)


@dataclass(slots=True)
class Soak:
    """Runs the load for `seconds`. `churn`, `abort_every`, `feed_every` are seconds, 0 for never."""

    address: str
    sessions: int
    seconds: float
    churn: float = 3.0
    abort_every: float = 3.0
    feed_every: float = 30.0
    read_every: float = 30.0
    seed: int = 1
    report: Callable[[str], None] = lambda _: None
    _tabs: list[Tab] = field(default_factory=list)
    _busy: set[int] = field(default_factory=set)
    _is_warm: bool = False

    def run(self) -> Figures:
        """Open the tabs, produce the load, and close the tabs."""
        return in_a_loop(self._run())

    async def _run(self) -> Figures:
        figures, chance = Figures(), random.Random(self.seed)
        pages = _pages(chance)
        for begin in range(0, self.sessions, 10):
            count = min(10, self.sessions - begin)
            opening = [self._open(next(pages), figures) for _ in range(count)]
            self._tabs += await asyncio.gather(*opening)
        self.report(f"{len(self._tabs)} sessions are open")
        await self._filter(figures)
        figures.readings.append(await self._read(0.0))
        self._is_warm = True
        load = os.getloadavg()[0]
        began, spent = time.perf_counter(), time.process_time()
        works = [
            self._every(self.churn, lambda: self._replace(next(pages), chance, figures)),
            self._every(self.abort_every, lambda: self._abort(chance, figures)),
            self._every(self.feed_every, self._feed),
            self._every(self.read_every, lambda: self._keep_reading(began, figures)),
        ]
        tasks = [asyncio.create_task(work) for work in works]
        await asyncio.sleep(self.seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        elapsed = time.perf_counter() - began
        figures.client_share = (time.process_time() - spent) / elapsed
        figures.readings.append(await self._read(elapsed))
        figures.loads = (load, os.getloadavg()[0])
        self._is_warm = False
        for tab in self._tabs:
            await self._leave(tab, figures)
        return figures

    async def _filter(self, figures: Figures) -> None:
        """Press a filter of the list in a tab that nobody else uses."""
        tab = Tab(self.address, "configurations", lambda _: None)
        await tab.open()
        states = next(
            s for s in tab.elements("bidi_component") if s.element.component_name.endswith("states")
        )
        other = next(
            each for each in json.loads(states.element.json)["buttons"] if not each["is_chosen"]
        )
        messages, size = tab.messages, tab.bytes
        await tab.trigger(states, "chosen", [other["name"], other["value"]])
        await asyncio.sleep(_ANSWER)
        figures.filtered = tab.messages - messages, tab.bytes - size
        figures.errors += tab.errors
        await tab.close()

    async def _leave(self, tab: Tab, figures: Figures) -> None:
        figures.errors += tab.errors
        figures.cut_off += tab.cut_off
        figures.messages += tab.messages
        figures.references += tab.references
        figures.bytes += tab.bytes
        await tab.close()

    async def _every(self, seconds: float, work: Callable[[], Any]) -> None:
        while seconds:
            await asyncio.sleep(seconds)
            await work()

    async def _open(self, page: str, figures: Figures) -> Tab:
        def refreshed(took: float) -> None:
            if self._is_warm:
                figures.refreshes.append(took)

        began = time.perf_counter()
        tab = Tab(self.address, page, refreshed)
        try:
            await tab.open()
        except BaseException:  # the end of the load cancels this too
            await tab.close()
            raise
        figures.openings.append(time.perf_counter() - began)
        return tab

    async def _replace(self, page: str, chance: random.Random, figures: Figures) -> None:
        n = chance.randrange(len(self._tabs))
        if n in self._busy:
            return
        # Press no button in a tab that is being closed.
        self._busy.add(n)
        try:
            await self._leave(self._tabs[n], figures)
            self._tabs[n] = await self._open(page, figures)
        finally:
            self._busy.discard(n)

    async def _abort(self, chance: random.Random, figures: Figures) -> None:
        places = [
            (n, *found)
            for n, tab in enumerate(self._tabs)
            if n not in self._busy and (found := _stoppable(tab))
        ]
        if not places:
            figures.outcomes["nothing to stop"] += 1
            return
        n, rows, ids = chance.choice(places)
        self._busy.add(n)
        try:
            await self._stop(self._tabs[n], rows, chance.choice(ids), figures)
        finally:
            self._busy.discard(n)

    async def _stop(self, tab: Tab, rows: Seen, id: str, figures: Figures) -> None:
        await tab.trigger(rows, "abort", id)
        form = await tab.until(lambda: _dialog(tab), 15)
        data = json.loads(form.element.json) if form else {}
        if not data.get("can_abort"):
            # Another person was faster, and the dialog says so.
            figures.outcomes["refused in the dialog" if form else "no dialog"] += 1
            if form:
                await tab.trigger(form, "keep", True)
            return
        pressed = {"id": data["id"], "shown": data["shown"], "reason": "", "note": ""}
        began, figures.presses[id] = time.perf_counter(), time.time()
        await tab.trigger(form, "confirm", pressed)
        if await tab.until(lambda: _button(tab, f"abort_notice_ok_{id}"), 30) is None:
            figures.outcomes["no answer"] += 1
            return
        figures.stops.append(time.perf_counter() - began)
        figures.outcomes["answered"] += 1
        await tab.click(_button(tab, f"abort_notice_ok_{id}"))
        await tab.until(lambda: _button(tab, f"abort_notice_ok_{id}") is None, 15)

    async def _feed(self) -> None:
        """Let the platform report a new send, as it does regularly."""
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        row = f"soak-{now},Soak {now},SCHEDULED,7000,{now}"
        body = f"id,name,state,total_records,scheduled_at\n{row}\n"
        async with httpx.AsyncClient(timeout=60) as client:
            url = f"{self.address}/api/feeds?name=soak.csv"
            answer = await client.post(
                url, content=body, headers={"Authorization": f"Bearer {TOKEN}"}
            )
            answer.raise_for_status()

    async def _keep_reading(self, began: float, figures: Figures) -> None:
        reading = await self._read(time.perf_counter() - began)
        figures.readings.append(reading)
        memory = reading.values["process_resident_memory_bytes"] / 1e6
        self.report(f"{reading.at:6.0f} s  {memory:6.0f} MB  {len(figures.refreshes):7,} refreshes")

    async def _read(self, at: float) -> Reading:
        async with httpx.AsyncClient(timeout=60, cookies=COOKIES) as client:
            text = (await client.get(f"{self.address}/metrics")).raise_for_status().text
        return Reading(at, dict(_values(text)))


def _values(text: str) -> Iterator[tuple[str, float]]:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(sample.labels.values())
            yield f"{sample.name}{{{labels}}}" if labels else sample.name, sample.value


def _pages(chance: random.Random) -> Iterator[str]:
    names, weights = list(PAGES), list(PAGES.values())
    while True:
        yield chance.choices(names, weights)[0]


def _stoppable(tab: Tab) -> tuple[Seen, list[str]] | None:
    for seen in tab.elements("bidi_component"):
        data = json.loads(seen.element.json) if seen.element.json else {}
        ids = [row["id"] for row in data.get("rows", ()) if row.get("can_abort")]
        if ids:
            return seen, ids
    return None


def _dialog(tab: Tab) -> Seen | None:
    forms = (
        s for s in tab.elements("bidi_component") if s.element.component_name.endswith("abort_form")
    )
    return next(forms, None)


def _button(tab: Tab, key: str) -> Seen | None:
    return next((s for s in tab.elements("button") if s.element.id.endswith(f"-{key}")), None)
