"""What a month costs: DynamoDB on demand and provisioned, and the services around it.

A month has 730 hours. Leaves out free tiers, data transfer, backups on demand, global tables and support plans.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from harness.plan.prices import Prices

HOURS_A_MONTH = 730.0
DAYS_A_MONTH = HOURS_A_MONTH / 24
BYTES_A_GB = 1024**3
# DynamoDB stores about 100 bytes more than an item's size (documented: developer guide, CapacityUnitCalculations).
STORED_OVERHEAD_BYTES = 100

Architecture = Literal["arm64", "x86_64"]


@dataclass(frozen=True, slots=True)
class CostLine:
    """One line of a month's bill."""

    service: str
    what: str
    amount: float
    unit: str
    usd: float


@dataclass(frozen=True, slots=True)
class Bill:
    """A month's lines."""

    lines: tuple[CostLine, ...]

    @property
    def usd(self) -> float:
        """The sum."""
        return sum(line.usd for line in self.lines)

    def by_service(self) -> dict[str, float]:
        """Return the sums of the services, the dearest first."""
        sums: dict[str, float] = {}
        for line in self.lines:
            sums[line.service] = sums.get(line.service, 0.0) + line.usd
        return dict(sorted(sums.items(), key=lambda one: -one[1]))


def dynamodb_usd(read_units: float, write_units: float, prices: Prices) -> float:
    """Return what request units cost on demand (also what a run against a table on demand spends)."""
    return prices.usd("dynamodb.read_request", read_units) + prices.usd("dynamodb.write_request", write_units)


def provisioned_usd(read_unit_hours: float, write_unit_hours: float, prices: Prices) -> float:
    """Return what provisioned capacity costs, given units × hours, used or not."""
    return prices.usd("dynamodb.read_capacity_hour", read_unit_hours) + prices.usd(
        "dynamodb.write_capacity_hour", write_unit_hours
    )


def storage_lines(stored_bytes: float, prices: Prices, *, recoverable_bytes: float = 0.0) -> list[CostLine]:
    """Return the lines of what is stored in tables and indexes, and of point-in-time recovery."""
    stored, recoverable = stored_bytes / BYTES_A_GB, recoverable_bytes / BYTES_A_GB
    lines = [_line(prices, "DynamoDB", "storage", "dynamodb.storage_gb_month", stored, "GB")]
    if recoverable:
        lines.append(_line(prices, "DynamoDB", "point-in-time recovery", "dynamodb.pitr_gb_month", recoverable, "GB"))
    return lines


def lambda_lines(
    invocations: Mapping[str, float], gb_seconds: float, prices: Prices, architecture: Architecture = "arm64"
) -> list[CostLine]:
    """Return the lines of Lambda: a month's invocations by function, and GB × seconds in all."""
    count = sum(invocations.values())
    if not count:
        return []
    return [
        _line(prices, "Lambda", "invocations", "lambda.request", count, "invocations"),
        _line(prices, "Lambda", f"run time on {architecture}", f"lambda.{architecture}_gb_second", gb_seconds, "GB-s"),
    ]


_OTHERS = {
    "transitions": ("Step Functions", "state transitions", "states.transition", "transitions"),
    "express_starts": ("Step Functions", "express executions", "states.express_request", "executions"),
    "rest_calls": ("API Gateway", "calls of the REST API", "api.rest_request", "calls"),
    "http_calls": ("API Gateway", "calls of the HTTP API", "api.http_request", "calls"),
    "sqs": ("SQS", "requests", "sqs.request", "requests"),
    "sns": ("SNS", "publishes", "sns.publish", "publishes"),
    "events": ("EventBridge", "custom events", "events.custom_event", "events"),
    "logs_gb": ("CloudWatch", "logs taken in", "logs.ingested_gb", "GB"),
}


def other_lines(amounts: Mapping[str, float], prices: Prices) -> list[CostLine]:
    """Return the lines of the other services, given a month's amounts by the names of `_OTHERS`."""
    lines = []
    for name, (service, what, price, unit) in _OTHERS.items():
        if amount := amounts.get(name, 0.0):
            lines.append(_line(prices, service, what, price, amount, unit))
    return lines


def _line(prices: Prices, service: str, what: str, price: str, amount: float, unit: str) -> CostLine:
    return CostLine(service, what, amount, unit, prices.usd(price, amount))
