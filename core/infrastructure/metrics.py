"""Metrics for Prometheus, in Freio's own registry."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from cachetools import TTLCache, cached
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder

from core.domain.states import State
from core.errors import FreioError, StoreAwayError
from core.version import VERSION

log = logging.getLogger(__name__)

CACHE_SECONDS: Final = 10.0

#: Upper bounds of histogram buckets, in seconds. `_ANSWERS` has the times that CONTRIBUTING.md sets
#: as aims for pages and aborts: 0.25, 0.3, 0.5 and 1.
_QUICK: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_ANSWERS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.3, 0.5, 1, 2.5, 5, 10)

_VERIFIED: Final = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)

#: `Metrics` exists only after the store is open. These counters count earlier events too.
REFUSED_FEEDS: Final = Counter(
    "freio_refused_feeds", "Refused files, by the way they were loaded.", ["way"], registry=None
)
REFUSED_LOGINS: Final = Counter(
    "freio_refused_logins", "Logins and tokens that were refused.", ["kind"], registry=None
)
ALERT_MESSAGES: Final = Counter(
    "freio_alert_messages", "Messages to alert services, by outcome.", ["outcome"], registry=None
)


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """Numbers from the store.

    - `aborts`: the number of receipts for each verdict.
    - `unconfirmed`: the number of open aborts.
    - `to_look_at`: the number of aborts that are contradicted or overdue, or whose delivery needs a
      person. Acknowledged aborts do not count.
    - `age`: the age of the data in seconds, or None without data.
    """

    states: Mapping[State, int]
    aborts: Mapping[str, int]
    unconfirmed: int
    to_look_at: int
    age: float | None


class Metrics:
    """All metrics of this process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        histogram = partial(Histogram, registry=self.registry)
        gauge = partial(Gauge, registry=self.registry)
        self.reads = histogram("freio_store_read_seconds", "Time of one query.", buckets=_QUICK)
        self.writes = histogram(
            "freio_store_write_seconds",
            "Time of one transaction, with its wait for its turn.",
            buckets=_QUICK,
        )
        self.aborts = histogram(
            "freio_abort_seconds", "Time from a confirmed abort to its outcome.", buckets=_ANSWERS
        )
        self.verified = histogram(
            "freio_abort_verified_seconds",
            "Time from a confirmed abort to the reading that showed the stop in the platform.",
            buckets=_VERIFIED,
        )
        self.pages = histogram(
            "freio_page_seconds",
            "Time that the server took for a run of a page, or a refresh of a part of it.",
            ["kind"],
            buckets=_ANSWERS,
        )
        self.reruns = Counter(
            "freio_page_reruns",
            "Runs of the whole page that a refresh requested, by their cause.",
            ["cause"],
            registry=self.registry,
        )
        self.pauses = histogram(
            "freio_gc_pause_seconds",
            "Time for which a garbage collection stopped all threads.",
            ["generation"],
            buckets=_QUICK,
        )
        self.longest_pause = gauge(
            "freio_gc_longest_pause_seconds", "The longest of these pauses since the start."
        )
        self._longest_pause = 0.0
        self.frozen = gauge("freio_gc_frozen_objects", "Objects that are never collected.")
        gauge("freio_build_info", "1, with the version.", ["version"]).labels(VERSION).set(1)
        for counter in (REFUSED_FEEDS, REFUSED_LOGINS, ALERT_MESSAGES):
            self.registry.register(counter)
        self.sessions = gauge("freio_sessions", "Browser sessions that are connected.")

    def watch(self, read: Callable[[], StoreFigures]) -> None:
        """Add the figures from `read` to the metrics, cached for CACHE_SECONDS."""
        self.registry.register(_StoreCollector(read))

    def paused(self, generation: int, seconds: float) -> None:
        """Record the length of a pause by a garbage collection."""
        self.pauses.labels(str(generation)).observe(seconds)
        self._longest_pause = max(self._longest_pause, seconds)
        self.longest_pause.set(self._longest_pause)

    def text(self, accept: str) -> tuple[bytes, str]:
        """Return all metrics in the format that an Accept header requests, and the content type."""
        encoder, kind = choose_encoder(accept)
        return encoder(self.registry), kind


class _StoreCollector:
    def __init__(self, read: Callable[[], StoreFigures]) -> None:
        shared = cached(TTLCache(1, CACHE_SECONDS), condition=threading.Condition())
        self._figures = shared(partial(_figures, read))

    def collect(self) -> Iterable[Metric]:
        figures = self._figures()
        yield GaugeMetricFamily(
            "freio_store_up", "Whether the store answers.", value=float(figures is not None)
        )
        if figures is not None:
            yield from _families(figures)


def _figures(read: Callable[[], StoreFigures]) -> StoreFigures | None:
    try:
        return read()
    except FreioError as error:
        level = logging.DEBUG if isinstance(error, StoreAwayError) else logging.WARNING
        log.log(level, "the metrics have no figures of the store: %s", error)
        return None


def _families(figures: StoreFigures) -> Iterable[Metric]:
    states = GaugeMetricFamily("freio_sends", "Sends by state.", labels=["state"])
    for state in State:
        states.add_metric([state.value], figures.states.get(state, 0))
    yield states
    aborts = CounterMetricFamily(
        "freio_aborts",
        "Attempts to abort, counted by decision. A later contradiction does not change the count.",
        labels=["outcome"],
    )
    for outcome, count in sorted(figures.aborts.items()):
        aborts.add_metric([outcome], count)
    yield aborts
    yield GaugeMetricFamily(
        "freio_aborts_unconfirmed",
        "Accepted aborts that their source has not confirmed yet.",
        value=figures.unconfirmed,
    )
    yield GaugeMetricFamily(
        "freio_aborts_to_look_at",
        "Aborts that are contradicted or overdue, or whose delivery needs a person. Acknowledged "
        "aborts do not count.",
        value=figures.to_look_at,
    )
    if figures.age is not None:
        yield GaugeMetricFamily(
            "freio_feed_age_seconds", "Time since the data was last confirmed.", value=figures.age
        )
