"""The first and the second load of each product's list on a phone with a slow network."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext

from tests.access import admit
from tests.benchmarks.peers.products import Product
from tests.benchmarks.timing import took_ms

#: 1.6 Mbit/s for downloads, half of that for uploads, and a latency of 150 ms.
SLOW = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 800_000 / 8,
}
#: The time until everything has arrived that the page loads after its first row.
REST_MS = 8_000


@dataclass(frozen=True, slots=True)
class Load:
    """Seconds and megabytes until the first row; megabytes and requests in total."""

    seconds: float
    first_mb: float
    all_mb: float
    requests: float


def print_loads(products: Sequence[Product], browser: Browser, runs: int) -> None:
    """Measure and print a table. The products take turns."""
    found: dict[tuple[str, str], list[Load]] = {}
    for _ in range(runs):
        for product in products:
            context = browser.new_context(
                locale="en-US", viewport={"width": 390, "height": 844}, has_touch=True
            )
            context.set_default_timeout(120_000)
            admit(context)
            for cache in ("cold", "warm"):
                found.setdefault((product.name, cache), []).append(_load(product, context))
            context.close()
    print(
        "\n| 390 px, 1.6 Mbit/s, 150 ms | cache | s to the first row | MB until then | MB | requests |"
    )
    print("|---|---|---|---|---|---|")
    for (name, cache), loads in found.items():
        values = [_median(loads, field) for field in ("seconds", "first_mb", "all_mb", "requests")]
        print(f"| {name} | {cache} | " + "{:.1f} | {:.2f} | {:.2f} | {:.0f} |".format(*values))


def _median(loads: Sequence[Load], field: str) -> float:
    return statistics.median(getattr(load, field) for load in loads)


def _load(product: Product, context: BrowserContext) -> Load:
    page = context.new_page()
    network = context.new_cdp_session(page)
    received: list[float] = []
    sent: list[Any] = []
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", SLOW)
    network.on("Network.requestWillBeSent", lambda event: sent.append(event))
    network.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    milliseconds = took_ms(lambda: product.open(page))
    first = sum(received)
    page.wait_for_timeout(REST_MS)
    page.close()
    return Load(milliseconds / 1000, first / 1e6, sum(received) / 1e6, len(sent))
