"""What a plan knows of a system: tables, keys, and what a business request asks of every service.

Plain data; `reading` fills it from a design file, `what_if` changes it, `demand` turns it into requests of DynamoDB.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from harness.capacity.auto_scaling import ScalingRule
from harness.capacity.shape import TableShape
from harness.plan.cost import Architecture
from harness.plan.draws import Keys
from harness.plan.quotas import Quotas

OperationKind = Literal["get", "query", "scan", "put", "update", "delete", "check"]
READS: frozenset[str] = frozenset({"get", "query", "scan"})
Touch = Literal["insert", "change", "move", "none"]


@dataclass(frozen=True, slots=True)
class PlannedTable:
    """A table: its shape, which keys its requests name (of an index by its name), and what it holds.

    `shards` spreads each key over so many; `keep_days` tells how long items that requests put stay, for storage.
    `scaling` is by (index or "", "read" or "write").
    """

    shape: TableShape
    key: str
    index_keys: Mapping[str, str] = field(default_factory=dict)
    shards: int = 1
    recoverable: bool = False
    stored_items: float = 0.0
    stored_item_bytes: int = 0
    keep_days: float = 30.0
    scaling: Mapping[tuple[str, str], ScalingRule] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """One item (or page) that is read or written; `key` "" means the table's own. `touches` is by index."""

    kind: OperationKind
    table: str
    size_bytes: int
    index: str = ""
    key: str = ""
    consistent: bool = False
    items: int = 1  # alike in one batch, each with a key of its own where keys are drawn for each operation
    touches: Mapping[str, Touch] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One request to DynamoDB: an operation, or the operations of a transaction. `times` a business request."""

    operations: tuple[Operation, ...]
    transactional: bool = False
    times: float = 1.0

    @property
    def name(self) -> str:
        """What it does, for people."""
        first = self.operations[0]
        if self.transactional:
            return f"transaction {' + '.join(dict.fromkeys(one.table for one in self.operations))}"
        return f"{first.kind} {first.table}{'.' + first.index if first.index else ''}"


@dataclass(frozen=True, slots=True)
class FunctionUse:
    """A Lambda function, run `times` a business request."""

    name: str
    duration_ms: float
    memory_mb: int
    times: float = 1.0


@dataclass(frozen=True, slots=True)
class Request:
    """A business request, and its share of the mix. `amounts` are of the services in `AMOUNTS`, a request."""

    name: str
    share: float
    steps: tuple[Step, ...] = ()
    functions: tuple[FunctionUse, ...] = ()
    amounts: Mapping[str, float] = field(default_factory=dict)


# What a request may ask of other services, and what that is.
AMOUNTS = {
    "starts": "executions started",
    "transitions": "states entered, of Standard workflows",
    "describes": "DescribeExecution calls",
    "express_starts": "executions started, of Express workflows",
    "rest_calls": "calls of a REST API",
    "http_calls": "calls of an HTTP API",
    "sqs": "requests to queues: send, receive and delete are one each",
    "sns": "publishes",
    "events": "custom events",
    "logs_bytes": "bytes of logs",
}


@dataclass(frozen=True, slots=True)
class Design:
    """A whole system. `day` are 24 weights, one an hour; growth counts the request that `counts` names."""

    name: str
    tables: Mapping[str, PlannedTable]
    keys: Mapping[str, Keys]
    requests: tuple[Request, ...]
    day: tuple[float, ...]
    counts: str
    quotas: Quotas = field(default_factory=Quotas)
    architecture: Architecture = "arm64"
    file: Path | None = None

    @property
    def main_keys(self) -> Keys:
        """The keys that --keys is about."""
        return next((keys for keys in self.keys.values() if keys.main), next(iter(self.keys.values())))

    def per_counted(self) -> float:
        """Return how many business requests come with one of those that growth counts (payments, say)."""
        whole = sum(request.share for request in self.requests)
        return whole / next(request.share for request in self.requests if request.name == self.counts)

    def parts(self) -> Iterator[tuple[float, Request]]:
        """Give every business request, with its part of all of them, 0.0 to 1.0."""
        whole = sum(request.share for request in self.requests)
        for request in self.requests:
            yield request.share / whole, request

    def mixed(self) -> Iterator[tuple[float, Step]]:
        """Give every step of every business request, with how many times an average one makes it."""
        for part, request in self.parts():
            for step in request.steps:
                yield part * step.times, step
