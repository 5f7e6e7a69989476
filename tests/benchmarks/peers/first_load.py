"""The first and the second load of each product's list on a phone with a slow network.

A load ends with the first row; in Freio, with the first *Abort* button that can be pressed. A
product with several pages then opens another page and the list again.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.access import admit
from tests.benchmarks.peers.products import Freio, Product
from tests.benchmarks.timing import took_ms

#: 1.6 Mbit/s for downloads, half of that for uploads, and a latency of 150 ms.
SLOW = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 800_000 / 8,
}
#: After the first row, a page needs at most this time to load everything else.
REST_MS = 8_000


@dataclass(frozen=True, slots=True)
class Load:
    """Seconds and megabytes until the list can be used; megabytes and requests in total."""

    seconds: float
    first_mb: float
    all_mb: float
    requests: float


def print_loads(products: Sequence[Product], browser: Browser, runs: int) -> None:
    """Measure and print a table. The products take turns."""
    found: dict[tuple[str, str], list[Load]] = {}
    changes: dict[str, list[tuple[float, float]]] = {}
    for _ in range(runs):
        for product in products:
            context = browser.new_context(
                locale="en-US", viewport={"width": 390, "height": 844}, has_touch=True
            )
            context.set_default_timeout(120_000)
            admit(context)
            for cache in ("cold", "warm"):
                page, load = _load(product, context)
                found.setdefault((product.name, cache), []).append(load)
                if isinstance(product, Freio) and cache == "warm":
                    changes.setdefault(product.name, []).append(_page_changes(product, page))
                page.close()
            context.close()
    print(
        "\n| 390 px, 1.6 Mbit/s, 150 ms | cache | s to the first row, or *Abort* | MB until then "
        "| MB | requests |"
    )
    print("|---|---|---|---|---|---|")
    for (name, cache), loads in found.items():
        values = [_median(loads, field) for field in ("seconds", "first_mb", "all_mb", "requests")]
        print(f"| {name} | {cache} | " + "{:.1f} | {:.2f} | {:.2f} | {:.0f} |".format(*values))
    print("\n| the same network | to another page, s | back to the list, s |\n|---|---|---|")
    for name, times in changes.items():
        there, back = map(statistics.median, zip(*times, strict=True))
        print(f"| {name} | {there:.1f} | {back:.1f} |")


def _median(loads: Sequence[Load], field: str) -> float:
    return statistics.median(getattr(load, field) for load in loads)


def _page_changes(product: Freio, page: Page) -> tuple[float, float]:
    """Open another page and the list again; return the seconds of both."""
    there = took_ms(product.follow(page, "Aborts"))
    open_list = product.follow(page, "Sends")
    back = took_ms(lambda: (open_list(), product.wait_for_abort(page)))
    return there / 1000, back / 1000


def _open(product: Product, page: Page) -> None:
    product.open(page)
    if isinstance(product, Freio):
        product.wait_for_abort(page)


def _load(product: Product, context: BrowserContext) -> tuple[Page, Load]:
    """Load the list in a new page, which stays open."""
    page = context.new_page()
    network = context.new_cdp_session(page)
    received: list[float] = []
    sent: list[Any] = []
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", SLOW)
    network.on("Network.requestWillBeSent", lambda event: sent.append(event))
    network.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    milliseconds = took_ms(lambda: _open(product, page))
    first = sum(received)
    page.wait_for_timeout(REST_MS)
    return page, Load(milliseconds / 1000, first / 1e6, sum(received) / 1e6, len(sent))
