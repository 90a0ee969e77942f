"""What a plan's results say, as data for programs and as rows for people."""

from collections.abc import Iterator, Sequence
from typing import Any

from harness.plan.running import StageResult
from harness.plan.verdict import ResourceFate
from harness.plan.words import told_count, told_refused, told_resource, told_share, told_time, told_usd


def as_document(result: StageResult) -> dict[str, Any]:
    """Return a result as JSON-ready data: the verdict, the services' quotas, every table's fate, the bill."""
    verdict, traffic = result.verdict, result.traffic
    return {
        "traffic": traffic.name,
        "variant": result.variant.name,
        "holds": verdict.holds,
        "reasons": list(verdict.reasons()),
        "notes": list(result.variant.notes),
        "length_s": traffic.length_s,
        "peak_per_s": round(traffic.peak_per_s, 3),
        "dynamodb": {
            "requests": verdict.offered,
            "throttled": verdict.throttled,
            "throttled_share": verdict.throttled_share,
            "first": _first(result),
            "resources": [
                {
                    "resource": fate.name,
                    "throttled": fate.throttled,
                    "reasons": fate.reasons,
                    "partitions": {"start": fate.partitions_at_start, "end": fate.partitions_at_end},
                    "splits": fate.splits,
                    "last_throttled_s": fate.last_throttled_s,
                    "caught_up": fate.caught_up,
                }
                for fate in verdict.resources
            ],
            "changes": [
                {
                    "at_s": change.at_s,
                    "resource": told_resource(change.table, change.resource),
                    "what": change.what,
                    "from": change.from_units,
                    "to": change.to_units,
                }
                for change in result.outcome.changes
            ],
        },
        "quotas": [
            {
                "what": use.what,
                "most": round(use.most, 3),
                "allowed": use.allowed,
                "unit": use.unit,
                "holds": use.holds,
                "passed_at_s": use.passed_at_s,
                "refused_share": use.refused_share,
            }
            for use in verdict.quotas
        ],
        "month": {
            "usd": round(result.bill.usd, 2),
            "lines": [
                {
                    "service": line.service,
                    "what": line.what,
                    "amount": line.amount,
                    "unit": line.unit,
                    "usd": round(line.usd, 4),
                }
                for line in result.bill.lines
            ],
            "tables": [
                {
                    "table": cost.table,
                    "billing": cost.billing,
                    "on_demand_usd": round(cost.on_demand_usd, 2),
                    "auto_scaling_usd": round(cost.scaled_usd, 2),
                    "provisioned_usd": None if cost.provisioned_usd is None else round(cost.provisioned_usd, 2),
                }
                for cost in result.tables
            ],
        },
    }


HEADS = ("traffic", "design", "holds", "peak a second", "DynamoDB refuses", "first", "a month")


def rows(results: Sequence[StageResult]) -> Iterator[tuple[str, ...]]:
    """Give a row a result, under HEADS."""
    for result in results:
        verdict = result.verdict
        first = verdict.first
        yield (
            result.traffic.name,
            result.variant.name,
            "yes" if verdict.holds else "no",
            told_count(result.traffic.peak_per_s),
            "nothing" if not verdict.throttled else told_share(verdict.throttled_share),
            "" if first is None else f"{first.key} at {told_time(first.at_s)}",
            told_usd(result.bill.usd),
        )


def headline(results: Sequence[StageResult]) -> str:
    """Return one sentence: whether the last variant holds, and up to where."""
    last = results[-1]
    told = last.variant.design.name + ("" if last.variant.name == AS_DESIGNED else f" with {last.variant.name}")
    broken = _broken(results)
    return f"{told} holds: {last.traffic.name}" if broken is None else f"{told} does not hold: {broken.traffic.name}"


def holds(results: Sequence[StageResult]) -> bool:
    """Tell whether the last variant holds in all stages."""
    return _broken(results) is None


def _broken(results: Sequence[StageResult]) -> StageResult | None:
    """Return the first result of the last variant that does not hold."""
    mine = (result for result in results if result.variant.name == results[-1].variant.name)
    return next((result for result in mine if not result.verdict.holds), None)


AS_DESIGNED = "as designed"


def table_paragraphs(result: StageResult) -> Iterator[str]:
    """Give a line for each table or index that refused or changed."""
    for fate in result.verdict.resources:
        grown = list(_grown(result, fate))
        if not fate.throttled and not fate.splits and not grown:
            continue
        told = f"{fate.name}: {told_refused(fate.throttled)}"
        if fate.reasons:
            told += f" ({', '.join(f'{reason} {told_count(count)}' for reason, count in fate.reasons.items())})"
        if fate.last_throttled_s is not None:
            told += f", none after {told_time(fate.last_throttled_s)}" if fate.caught_up else ", to the end"
        if fate.partitions_at_end != fate.partitions_at_start:
            before = fate.partitions_at_start
            told += f", {before} partition{'s' * (before != 1)} became {fate.partitions_at_end}"
        yield "; ".join([told, *grown])


def _grown(result: StageResult, fate: ResourceFate) -> Iterator[str]:
    """Give, for reads and writes, from what to what throughput went, and when it did so last."""
    place = fate.table, fate.resource
    changes = [one for one in result.outcome.changes if (one.table, one.resource) == place and one.to_units]
    for what in dict.fromkeys(change.what for change in changes):
        mine = [change for change in changes if change.what == what]
        units = f"{told_count(mine[0].from_units)} to {told_count(mine[-1].to_units)} a second"
        yield f"{what}: {units}, {'last' if len(mine) > 1 else 'once'} after {told_time(mine[-1].at_s)}"


def _first(result: StageResult) -> dict[str, Any] | None:
    first = result.verdict.first
    if first is None:
        return None
    return {
        "at_s": first.at_s,
        "resource": told_resource(first.table, first.resource),
        "key": first.key,
        "reason": first.reason,
    }
