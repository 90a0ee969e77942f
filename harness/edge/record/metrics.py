"""The record in Prometheus' terms: counters since the edge began, read when somebody scrapes.

A call costs one look-up and a few additions; metric families are made at the scrape. Names of services and operations
come from clients, so their number is bounded: what comes after that is counted as "other". Resources, keys and callers
are no labels; `calls/summary` counts by resource.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector, CollectorRegistry

from harness.edge.record.call_record import OUTCOMES, CallRecord

KINDS_MAX = 400  # pairs of service and operation
FAULTS_MAX = 50  # pairs of kind and phase
OTHER = "other"
BUCKETS_MS = (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000)

Dropped = Callable[[], Mapping[str, int]]


class _Kind:
    """What calls of one service and operation add up to."""

    __slots__ = ("buckets", "bytes_in", "bytes_out", "outcomes", "took_ms")

    def __init__(self) -> None:
        self.outcomes = dict.fromkeys(OUTCOMES, 0)
        self.buckets = [0] * (len(BUCKETS_MS) + 1)
        self.took_ms = 0.0
        self.bytes_in = self.bytes_out = 0


class Metrics(Collector):
    """Counts calls. `dropped` says by reason how many records are lost, when it is asked."""

    def __init__(self, dropped: Dropped) -> None:
        self.in_flight = 0
        self._kinds: dict[tuple[str, str], _Kind] = {}
        self._faults: dict[tuple[str, str], int] = {}
        self._dropped = dropped
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def count(self, record: CallRecord) -> None:
        """Count a finished call."""
        kind = self._kinds.get((record.service, record.kind)) or self._new_kind(record)
        kind.outcomes[record.outcome] += 1
        kind.buckets[bisect_left(BUCKETS_MS, record.duration_ms)] += 1
        kind.took_ms += record.duration_ms
        kind.bytes_in += record.bytes_in
        kind.bytes_out += record.bytes_out
        if record.fault:
            self._count_fault(record.fault)

    def exposition(self, accepted: str) -> tuple[bytes, str]:
        """Return all metrics as text in a format that a scraper accepts, and its content type."""
        encode, content_type = choose_encoder(accepted)
        return encode(self._registry), content_type

    def forget(self) -> None:
        """Count from zero, as after a restart: scrapers know how to take that."""
        self._kinds.clear()
        self._faults.clear()

    def collect(self) -> Iterable[Metric]:
        """Return the metric families; Prometheus' registry asks."""
        kinds = ["service", "operation"]
        calls = CounterMetricFamily("rehearsal_calls", "AWS calls that ended.", labels=[*kinds, "outcome"])
        took = HistogramMetricFamily(
            "rehearsal_call_duration_seconds", "From reading a call to its answer.", labels=kinds
        )
        size = CounterMetricFamily("rehearsal_call_bytes", "Bytes of bodies.", labels=[*kinds, "direction"])
        for (service, operation), kind in list(self._kinds.items()):
            for outcome, count in kind.outcomes.items():
                if count:
                    calls.add_metric([service, operation, outcome], count)
            took.add_metric([service, operation], _cumulative(kind.buckets), kind.took_ms / 1000)
            size.add_metric([service, operation, "in"], kind.bytes_in)
            size.add_metric([service, operation, "out"], kind.bytes_out)
        yield from (calls, took, size)
        faults = CounterMetricFamily("rehearsal_faults_fired", "Calls that a fault hit.", labels=["kind", "phase"])
        for labels, count in list(self._faults.items()):
            faults.add_metric(labels, count)
        yield faults
        yield GaugeMetricFamily("rehearsal_calls_in_flight", "AWS calls that wait for their answer.", self.in_flight)
        dropped = CounterMetricFamily("rehearsal_records_dropped", "Records that are not kept.", labels=["reason"])
        for reason, count in self._dropped().items():
            dropped.add_metric([reason], count)
        yield dropped

    def _new_kind(self, record: CallRecord) -> _Kind:
        full = len(self._kinds) >= KINDS_MAX
        return self._kinds.setdefault((OTHER, OTHER) if full else (record.service, record.kind), _Kind())

    def _count_fault(self, fault: object) -> None:
        told = fault if isinstance(fault, Mapping) else {}
        labels = (str(told.get("kind", OTHER)), str(told.get("phase", "")))
        if labels not in self._faults and len(self._faults) >= FAULTS_MAX:
            labels = (OTHER, "")
        self._faults[labels] = self._faults.get(labels, 0) + 1


def _cumulative(counts: list[int]) -> list[tuple[str, float]]:
    bounds = [*(str(bound / 1000) for bound in BUCKETS_MS), "+Inf"]
    total = 0
    pairs: list[tuple[str, float]] = []
    for bound, count in zip(bounds, counts, strict=True):
        total += count
        pairs.append((bound, total))
    return pairs
