"""What one table tells CloudWatch: units by resource, throttles by event and by reason, requests by operation.

Source: the developer guide, "DynamoDB metrics and dimensions" (documented). Assumed: a refused index tells the index's
events and not its table's; every charge that was refused is an event.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import partial

from harness.capacity.charge import Charge, Refusal
from harness.capacity.shape import Throughput
from harness.edge.cloudwatch.figures import Datum, Figure, in_parts, rounded_ms

Dimensions = tuple[tuple[str, str], ...]
CONDITION_FAILED, CONFLICT = "ConditionalCheckFailedException", "TransactionConflictException"


class _Consumed:
    """What one resource took since it was last told."""

    __slots__ = ("read", "write")

    def __init__(self) -> None:
        self.read = Figure()
        self.write = Figure()


class TableMetrics:
    """Gathers one table's figures until they are sent. An `Observer` of the table's capacity."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._consumed: dict[str, _Consumed] = defaultdict(_Consumed)
        self._events: Counter[tuple[str, str]] = Counter()  # (resource, metric)
        self._requests: Counter[tuple[str, str]] = Counter()  # (metric, operation; "" where it does not matter)
        self._latencies: dict[str, Counter[float]] = defaultdict(Counter)
        self._provisioned: dict[str, Throughput] = {}
        self.user_errors = 0  # told of the whole account

    def took(self, now_s: float, charge: Charge, partition: int) -> None:  # noqa: ARG002 - the observer's shape
        """Count consumed units; the observer's part."""
        consumed = self._consumed[charge.resource]
        for figure, units in ((consumed.read, charge.read_units), (consumed.write, charge.write_units)):
            if units > 0:
                figure.add(units)
            elif units < 0:
                figure.give_back(-units)

    def refused(self, now_s: float, charge: Charge, refusal: Refusal) -> None:  # noqa: ARG002 - the observer's shape
        """Count throttled events; the observer's part."""
        if charge.resource == refusal.resource and refusal.place in (None, charge.place):
            self._events[refusal.resource, f"{refusal.access}ThrottleEvents"] += 1
            self._events[refusal.resource, _by_reason(refusal)] += 1

    def split(self, now_s: float, resource: str, partition: int, into: tuple[int, int], why: str) -> None:
        """Tell nothing: AWS does not, either."""

    def provision(self, resource: str, throughput: Throughput | None) -> None:
        """Tell from now on what a table ("") or index has provisioned; None for on demand."""
        if throughput is None:
            self._provisioned.pop(resource, None)
        else:
            self._provisioned[resource] = throughput

    def request(
        self, operation: str, status: int, code: str = "", *, latency_ms: float = 0.0, throttled: bool = False
    ) -> None:
        """Count an answered request; `code` is the error's, without its namespace.

        `throttled` tells that capacity refused it: of a batch only if all of it was refused.
        """
        if throttled:
            self._requests["ThrottledRequests", operation] += 1
        elif status < 300:
            self._latencies[operation][rounded_ms(latency_ms)] += 1
        elif status >= 500:
            self._requests["SystemErrors", operation] += 1
        elif code == CONDITION_FAILED:
            self._requests["ConditionalCheckFailedRequests", ""] += 1
        elif code == CONFLICT:
            self._requests["TransactionConflict", ""] += 1
        else:
            self.user_errors += 1

    def tell(self) -> Iterator[Datum]:
        """Give what there is to tell since the last time, and forget it."""
        active = {resource for resource, one in self._consumed.items() if one.read.count or one.write.count}
        active |= {resource for resource, _ in self._events}
        for resource, throughput in self._provisioned.items():
            if resource in active:
                yield from self._provisions(resource, throughput)
        yield from self._consumptions()
        for (resource, metric), count in self._events.items():
            yield _count(metric, self._of(resource), count)
        for (metric, operation), count in self._requests.items():
            yield _count(metric, self._doing(operation), count)
        for operation, latencies in self._latencies.items():
            latency = partial(Datum, "SuccessfulRequestLatency", "Milliseconds", self._doing(operation))
            yield from (latency(values=part) for part in in_parts(latencies))
        self._events, self._requests = Counter(), Counter()
        self._latencies.clear()

    def _provisions(self, resource: str, throughput: Throughput) -> Iterator[Datum]:
        for access, units in (("Read", throughput.read_units), ("Write", throughput.write_units)):
            figure = Figure()
            figure.add(units)
            yield Datum(f"Provisioned{access}CapacityUnits", "Count", self._of(resource), figure)

    def _consumptions(self) -> Iterator[Datum]:
        for resource, consumed in self._consumed.items():
            if consumed.read.is_telling:
                yield Datum("ConsumedReadCapacityUnits", "Count", self._of(resource), consumed.read)
                consumed.read = Figure()
            if consumed.write.is_telling:
                yield Datum("ConsumedWriteCapacityUnits", "Count", self._of(resource), consumed.write)
                consumed.write = Figure()

    def _of(self, resource: str) -> Dimensions:
        index = (("GlobalSecondaryIndexName", resource),) if resource else ()
        return (("TableName", self._table), *index)

    def _doing(self, operation: str) -> Dimensions:
        return (("TableName", self._table), *((("Operation", operation),) if operation else ()))


def _by_reason(refusal: Refusal) -> str:
    """Return the metric of a refusal's reason: `WriteKeyRangeThroughputThrottleEvents`."""
    reason = refusal.reason.removeprefix("Table").removeprefix("Index")
    return f"{reason.removesuffix('Exceeded')}ThrottleEvents"


def _count(metric: str, dimensions: Dimensions, count: int) -> Datum:
    figure = Figure()
    figure.add(1.0, count)
    return Datum(metric, "Count", dimensions, figure)
