"""A gateway's numbers as Prometheus metrics, made when they are scraped.

Labels are few and known beforehand: faces, operations, statuses, kinds. No id, key or reference is ever one, so what
is told here may be read by other machines. Counters begin anew when the gateway is reset.
"""

import platform
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from mock_gateway import __version__
from mock_gateway.about.sources import Sources
from mock_gateway.traffic import BOUNDS_S, Durations, Kind

_MOVEMENTS = ("face", "kind", "status", "currency")


class GatewayCollector(Collector):
    """Turns the numbers of one gateway into metrics."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def describe(self) -> Iterable[Metric]:
        """Return no metrics: their names are only asked for to find two of the same, and here is one collector."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Return all metrics with their numbers."""
        yield from self._requests()
        yield from self._money()
        yield from self._faults()
        yield from self._webhooks()
        in_flight = self._sources.keys.count_in_flight()
        yield _gauge("idempotency_keys_in_flight", "Keys whose request is being carried out.", (), {(): in_flight})
        ahead_s = self._sources.clock.ahead_s
        yield _gauge("clock_ahead_seconds", "How far the gateway's clock was advanced.", (), {(): ahead_s})
        about = {"version": __version__, "python": platform.python_version()}
        yield InfoMetricFamily("gateway_build", "Which gateway this is.", value=about)

    def _requests(self) -> Iterator[Metric]:
        counted = self._sources.traffic.counted()
        told = "Requests that were answered, or whose connection was reset (delivery) where that was their fault."
        yield _counter("requests", told, Kind._fields, counted.requests)
        yield _durations(counted.durations)
        told = "Answers that repeated a key's first one."
        yield _counter("idempotent_replays", told, ("face", "operation"), counted.replays)

    def _money(self) -> Iterator[Metric]:
        totals = self._sources.totals.read()
        yield _counter("movements", "Entries in the ledger, declined ones too.", _MOVEMENTS, totals.counts)
        yield _counter("movements_minor", "Sum of their amounts in minor units.", _MOVEMENTS, totals.sums_minor)

    def _faults(self) -> Iterator[Metric]:
        sources = self._sources
        yield _counter("faults_fired", "Requests that a fault bit.", ("kind", "phase"), sources.board.fired_by_kind())
        yield _gauge("faults_set", "Faults that are set.", ("kind",), _by_one(sources.faults()))

    def _webhooks(self) -> Iterator[Metric]:
        sources = self._sources
        yield _gauge("webhook_deliveries", "Deliveries by their state.", ("status",), _by_one(sources.deliveries()))
        told = "Attempts to deliver, by the status that the receiver answered; none when it did not."
        yield _counter("webhook_attempts", told, ("status",), _by_one(sources.attempts()))


def exposition(sources: Sources, accepted: str) -> tuple[bytes, str]:
    """Return all metrics, and their content type, in the format that a scraper's Accept header asks for."""
    registry = CollectorRegistry()
    registry.register(GatewayCollector(sources))
    ProcessCollector(registry=registry)
    encode, content_type = choose_encoder(accepted)
    return encode(registry), content_type


def _counter(name: str, told: str, labels: tuple[str, ...], counts: Mapping[Any, int]) -> Metric:
    metric = CounterMetricFamily(f"gateway_{name}", told, labels=labels)
    for values, count in sorted(counts.items()):
        metric.add_metric([str(value) for value in values], count)
    return metric


def _gauge(name: str, told: str, labels: tuple[str, ...], numbers: Mapping[tuple[str, ...], float]) -> Metric:
    metric = GaugeMetricFamily(f"gateway_{name}", told, labels=labels)
    for values, number in sorted(numbers.items()):
        metric.add_metric(values, number)
    return metric


def _durations(durations: Mapping[tuple[str, str], Durations]) -> Metric:
    told = "From the request's arrival to its answer, pauses of faults included."
    metric = HistogramMetricFamily("gateway_request_duration_seconds", told, labels=("face", "operation"))
    bounds = (*map(str, BOUNDS_S), "+Inf")
    for whose, one in sorted(durations.items()):
        buckets = list(zip(bounds, map(float, accumulate(one.counts)), strict=True))
        metric.add_metric(whose, buckets, one.sum_s)
    return metric


def _by_one(numbers: Mapping[str, int]) -> dict[tuple[str, ...], int]:
    return {(name,): number for name, number in numbers.items()}
