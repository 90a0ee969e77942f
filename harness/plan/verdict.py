"""Does it hold? What the simulation and the quotas of the services around DynamoDB say of one stretch of traffic.

A design holds when no more than the tolerated share of requests is refused and no quota is passed. Left out: what
other systems in the same account take of the same quotas.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from harness.capacity.vectors.outcome import FirstThrottle, Outcome
from harness.plan.bill import amounts_per_request
from harness.plan.design import Design
from harness.plan.traffic import Rates, Traffic
from harness.plan.words import told_count, told_resource, told_share, told_time


@dataclass(frozen=True, slots=True)
class QuotaUse:
    """How much of a quota is used at most; `passed_at_s` when it was passed first, and by which share of calls."""

    what: str
    most: float
    allowed: float
    unit: str
    passed_at_s: float | None = None
    refused_share: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether it was never passed."""
        return self.passed_at_s is None


@dataclass(frozen=True, slots=True)
class ResourceFate:
    """What became of a table or index: refused requests by reason, partitions, and when refusals were over."""

    table: str
    resource: str
    throttled: int
    reasons: dict[str, int]
    first: FirstThrottle | None
    partitions_at_start: int
    partitions_at_end: int
    splits: int
    last_throttled_s: float | None  # when the last refusal was, to a step; None without any
    caught_up: bool  # whether refusals had ended before the trace did

    @property
    def name(self) -> str:
        """The table, or table.index."""
        return told_resource(self.table, self.resource)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of one stretch of traffic."""

    offered: int
    throttled: int
    tolerated: float
    quotas: tuple[QuotaUse, ...]
    resources: tuple[ResourceFate, ...]

    @property
    def throttled_share(self) -> float:
        """Refused requests to DynamoDB among all, 0.0 to 1.0."""
        return self.throttled / self.offered if self.offered else 0.0

    @property
    def dynamodb_holds(self) -> bool:
        """Whether DynamoDB refuses no more than is tolerated."""
        return self.throttled_share <= self.tolerated

    @property
    def holds(self) -> bool:
        """Whether everything holds."""
        return self.dynamodb_holds and all(use.holds for use in self.quotas)

    @property
    def first(self) -> FirstThrottle | None:
        """The first refusal anywhere."""
        firsts = [fate.first for fate in self.resources if fate.first is not None]
        return min(firsts, key=lambda one: one.at_s, default=None)

    def reasons(self) -> Iterator[str]:
        """Give, in sentences, why it does not hold; nothing when it does."""
        if not self.dynamodb_holds:
            told = f"DynamoDB refuses {told_share(self.throttled_share)} of its requests"
            if (first := self.first) is not None:
                where = told_resource(first.table, first.resource)
                told += f", first {first.key} of {where} after {told_time(first.at_s)} ({first.reason})"
            yield told
        for use in self.quotas:
            if use.passed_at_s is not None:
                after = told_time(use.passed_at_s)
                share = f", {told_share(use.refused_share)} are refused" if use.refused_share else ""
                yield (
                    f"{use.what}: {told_count(use.most)} {use.unit} of {told_count(use.allowed)} allowed, "
                    f"passed after {after}{share}"
                )


def verdict_of(design: Design, traffic: Traffic, outcome: Outcome, tolerated: float = 0.0) -> Verdict:
    """Return the verdict on a design under some traffic."""
    return Verdict(
        outcome.offered, outcome.throttled, tolerated, tuple(_quotas(design, traffic)), tuple(_fates(outcome))
    )


def _fates(outcome: Outcome) -> Iterator[ResourceFate]:
    picture = outcome.picture
    firsts: dict[tuple[str, str], FirstThrottle] = {}
    for one in sorted(outcome.first_throttles, key=lambda each: each.at_s):
        firsts.setdefault((one.table, one.resource), one)
    for table in picture.tables:
        for resource in table.resources:
            refused = np.flatnonzero(resource.throttled)
            last = float(refused[-1] + 1) * picture.step_s if refused.size else None
            yield ResourceFate(
                table=table.table,
                resource=resource.resource,
                throttled=sum(resource.throttles.values()),
                reasons=dict(resource.throttles),
                first=firsts.get((table.table, resource.resource)),
                partitions_at_start=sum(one.born_s <= picture.started_s for one in resource.partitions),
                partitions_at_end=sum(one.ended_s is None for one in resource.partitions),
                splits=len(resource.splits),
                last_throttled_s=last,
                caught_up=not refused.size or bool(refused[-1] < len(resource.throttled) - 1),
            )


def _quotas(design: Design, traffic: Traffic) -> Iterator[QuotaUse]:
    quotas, each = design.quotas, amounts_per_request(design)
    seconds = _seconds_per_request(design)
    concurrency = traffic.rates * sum(seconds.values())
    if concurrency.max() > 0:
        yield _concurrency(concurrency, quotas.lambda_concurrency)
        growth = _grown_in_10_s(traffic.rates * max(seconds.values()))  # the quota is each function's own
        yield QuotaUse(
            "Lambda, new environments of one function in 10 s",
            float(growth.max()),
            quotas.lambda_scaling_per_10_s,
            "environments",
            _first(growth > quotas.lambda_scaling_per_10_s),
        )
    buckets = (
        ("API Gateway, calls", "rest_calls", quotas.api_calls_per_s, quotas.api_calls_burst),
        ("API Gateway, calls of HTTP APIs", "http_calls", quotas.api_calls_per_s, quotas.api_calls_burst),
        ("Step Functions, StartExecution", "starts", quotas.starts_per_s, quotas.starts_burst),
        ("Step Functions, state transitions", "transitions", quotas.transitions_per_s, quotas.transitions_burst),
        ("Step Functions, DescribeExecution", "describes", quotas.describes_per_s, quotas.describes_burst),
        ("Step Functions, express starts", "express_starts", quotas.express_starts_per_s, quotas.express_starts_burst),
    )
    for what, amount, per_s, burst in buckets:
        if each.get(amount) and traffic.expected > 0:
            yield _bucket(what, traffic.rates * each[amount], per_s, burst)


def _concurrency(concurrency: Rates, allowed: float) -> QuotaUse:
    beyond = np.maximum(concurrency - allowed, 0.0).sum() / concurrency.sum()
    most = float(concurrency.max())
    return QuotaUse(
        "Lambda, concurrent executions", most, allowed, "at once", _first(concurrency > allowed), float(beyond)
    )


def _bucket(what: str, rates: Rates, per_s: float, burst: float) -> QuotaUse:
    """Return how a token bucket fares: it refills at `per_s` while it is asked, and holds `burst` at most."""
    refused, level, passed = 0.0, burst, None
    for second, asked in enumerate(rates.tolist()):
        level += per_s - asked
        if level < 0:
            passed = float(second) if passed is None else passed
            refused, level = refused - level, 0.0
        level = min(burst, level)
    return QuotaUse(what, float(rates.max()), per_s, "a second", passed, refused / float(rates.sum()))


def _grown_in_10_s(concurrency: Rates) -> Rates:
    """Return by how much concurrency grows within ten seconds; what runs when the trace begins is there already."""
    if len(concurrency) <= 10:
        return np.zeros(1)
    return np.maximum(concurrency[10:] - concurrency[:-10], 0.0)


def _seconds_per_request(design: Design) -> dict[str, float]:
    """Return the seconds that an average business request keeps each function busy, by its name."""
    seconds: dict[str, float] = {}
    for part, request in design.parts():
        for use in request.functions:
            seconds[use.name] = seconds.get(use.name, 0.0) + part * use.times * use.duration_ms / 1000
    return seconds


def _first(mask: "np.typing.NDArray[np.bool_]") -> float | None:
    found = np.flatnonzero(mask)
    return float(found[0]) if found.size else None
