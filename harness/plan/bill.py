"""A month's bill of a design under some traffic, and what its tables would cost when paid for the other way."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from harness.capacity.auto_scaling import ScalingRule
from harness.capacity.parameters import Parameters
from harness.plan.cost import (
    BYTES_A_GB,
    DAYS_A_MONTH,
    HOURS_A_MONTH,
    STORED_OVERHEAD_BYTES,
    Bill,
    CostLine,
    dynamodb_usd,
    lambda_lines,
    other_lines,
    storage_lines,
)
from harness.plan.demand import stored_per_request, units_per_request
from harness.plan.design import AMOUNTS, Design, PlannedTable
from harness.plan.prices import Prices
from harness.plan.traffic import Traffic

# What a table without a rule would cost with one that follows it wherever it goes.
SCALING_DEFAULT = ScalingRule(1, math.inf, Parameters().scaling_target)


@dataclass(frozen=True, slots=True)
class TableCost:
    """A month's throughput of one table with its indexes, USD, by how it is paid for."""

    table: str
    billing: str
    on_demand_usd: float
    scaled_usd: float  # provisioned, following the day by auto scaling at its target
    provisioned_usd: float | None  # as designed, without auto scaling; None where nothing is provisioned

    @property
    def usd(self) -> float:
        """What the design pays."""
        if self.billing == "PAY_PER_REQUEST":
            return self.on_demand_usd
        return self.scaled_usd if self.provisioned_usd is None else self.provisioned_usd


def bill_of(design: Design, traffic: Traffic, prices: Prices) -> tuple[Bill, tuple[TableCost, ...]]:
    """Return a month's bill of days like this traffic's, and of each table what either way of paying costs."""
    month = traffic.per_day * DAYS_A_MONTH
    tables = tuple(_table_cost(name, design, traffic, prices) for name in design.tables)
    lines = [CostLine("DynamoDB", f"throughput of {one.table}, {_paid(one)}", 1.0, "month", one.usd) for one in tables]
    stored, recoverable = _stored_bytes(design, traffic)
    lines += storage_lines(stored, prices, recoverable_bytes=recoverable)
    invocations, gb_seconds = _functions(design, month)
    lines += lambda_lines(invocations, gb_seconds, prices, design.architecture)
    lines += other_lines(_amounts(design, month), prices)
    return Bill(tuple(lines)), tables


def _paid(cost: TableCost) -> str:
    if cost.billing == "PAY_PER_REQUEST":
        return "on demand"
    return "auto scaling" if cost.provisioned_usd is None else "provisioned"


def _table_cost(name: str, design: Design, traffic: Traffic, prices: Prices) -> TableCost:
    table = design.tables[name]
    units = {place: pair for place, pair in units_per_request(design).items() if place[0] == name}
    month = traffic.per_day * DAYS_A_MONTH
    reads, writes = (sum(pair[side] for pair in units.values()) * month for side in (0, 1))
    on_demand = dynamodb_usd(reads, writes, prices)
    scaled = provisioned = 0.0
    places = [(name, ""), *((name, index.name) for index in table.shape.global_indexes)]
    for place in places:
        read, write = units.get(place, (0.0, 0.0))
        for access, rate in (("read", read), ("write", write)):
            price = f"dynamodb.{access}_capacity_hour"
            rule = table.scaling.get((place[1], access), SCALING_DEFAULT)
            fixed = _fixed(table, place[1], access)
            follows = _scaled_unit_hours(rule, rate, traffic)
            scaled += prices.usd(price, follows)
            provisioned += prices.usd(price, follows if (place[1], access) in table.scaling else fixed * HOURS_A_MONTH)
    designed = table.shape.billing == "PROVISIONED"
    followed = all((place[1], access) in table.scaling for place in places for access in ("read", "write"))
    return TableCost(name, table.shape.billing, on_demand, scaled, provisioned if designed and not followed else None)


def _fixed(table: PlannedTable, index: str, access: str) -> float:
    shape = table.shape.index(index) if index else table.shape
    if shape is None or shape.provisioned is None:
        return 0.0
    return shape.provisioned.read_units if access == "read" else shape.provisioned.write_units


def _scaled_unit_hours(rule: ScalingRule, units: float, traffic: Traffic) -> float:
    """Return a month's units × hours: each hour provides for the busier of itself and the one before, as it lags."""
    target = rule.target or Parameters().scaling_target
    hours = traffic.hours
    wanted = (max(rate, hours[number - 1]) * units / target for number, rate in enumerate(hours))
    return sum(min(max(one, rule.minimum), rule.maximum) for one in wanted) * DAYS_A_MONTH


def _stored_bytes(design: Design, traffic: Traffic) -> tuple[float, float]:
    """Return the bytes stored in all, and those of tables with point-in-time recovery (indexes are not in it)."""
    stored = recoverable = 0.0
    for (name, index), left in stored_per_request(design).items():
        held = left * traffic.per_day * design.tables[name].keep_days
        stored += held
        recoverable += held if design.tables[name].recoverable and not index else 0.0
    for table in design.tables.values():
        held = table.stored_items * (table.stored_item_bytes + STORED_OVERHEAD_BYTES)
        stored += held * (1 + len(table.shape.indexes))
        recoverable += held if table.recoverable else 0.0
    return stored, recoverable


def _functions(design: Design, month: float) -> tuple[dict[str, float], float]:
    invocations: dict[str, float] = {}
    gb_seconds = 0.0
    for part, request in design.parts():
        for use in request.functions:
            count = part * use.times * month
            invocations[use.name] = invocations.get(use.name, 0.0) + count
            gb_seconds += count * use.memory_mb / 1024 * use.duration_ms / 1000
    return invocations, gb_seconds


def amounts_per_request(design: Design) -> dict[str, float]:
    """Return what an average business request asks of other services, by the names of AMOUNTS."""
    return {name: sum(part * request.amounts.get(name, 0.0) for part, request in design.parts()) for name in AMOUNTS}


def _amounts(design: Design, month: float) -> Mapping[str, float]:
    amounts = {name: each * month for name, each in amounts_per_request(design).items()}
    amounts["logs_gb"] = amounts.pop("logs_bytes") / BYTES_A_GB
    return amounts
