"""How CloudWatch makes an alarm's state of its metric's points: periods, M out of N, and what missing points mean.

Source: "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data" (documented): the latest N points
of the evaluation range count; where it has fewer, missing ones are treated as the alarm says; points that are all
breaching alarm early once the oldest is M periods old; alarms on AWS/DynamoDB always ignore missing points.
Assumed: the evaluation range is N + 2 periods, as in the examples there. The present period counts as soon as what
follows can't change its verdict, so an alarm fires up to a period earlier than on AWS, never for another reason.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

ALARM, OK, INSUFFICIENT = "ALARM", "OK", "INSUFFICIENT_DATA"
RANGE_BEYOND = 2
_GROWING = frozenset({"Sum", "SampleCount", "Maximum"})
_IGNORES_MISSING = frozenset({"AWS/DynamoDB"})
_OPERATORS: Mapping[str, tuple[str, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": ("greater than or equal to", lambda value, threshold: value >= threshold),
    "GreaterThanThreshold": ("greater than", lambda value, threshold: value > threshold),
    "LessThanThreshold": ("less than", lambda value, threshold: value < threshold),
    "LessThanOrEqualToThreshold": ("less than or equal to", lambda value, threshold: value <= threshold),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """What an alarm asks of its metric."""

    statistic: str
    operator: str
    threshold: float
    period_s: int
    periods: int  # N
    to_alarm: int  # M
    missing: str  # "missing", "ignore", "breaching" or "notBreaching"

    def breaches(self, value: float) -> bool:
        """Tell whether a point is beyond the threshold."""
        return _OPERATORS[self.operator][1](value, self.threshold)

    @property
    def is_early(self) -> bool:
        """Whether a period that breaches before its end will breach at its end."""
        growing = self.statistic in _GROWING and self.operator.startswith("Greater")
        return growing or (self.statistic == "Minimum" and self.operator.startswith("Less"))

    @property
    def range_periods(self) -> int:
        """How many periods are looked at."""
        return self.periods + RANGE_BEYOND


@dataclass(frozen=True, slots=True)
class Point:
    """One period's value; `at_s` is when the period began, `age` how many periods it lies behind the latest."""

    at_s: float
    value: float
    age: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """An alarm's state, and the points that led to it, newest first."""

    state: str
    because: tuple[Point, ...] = ()
    missing: int = 0


def rule_of(alarm: Mapping[str, Any]) -> Rule | None:
    """Return an alarm's rule, None for one that compares in a way that is not known here."""
    operator = alarm.get("ComparisonOperator") or ""
    if operator not in _OPERATORS:
        return None
    periods = max(1, int(alarm.get("EvaluationPeriods") or 1))
    ignores = alarm.get("Namespace") in _IGNORES_MISSING
    return Rule(
        statistic=alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average",
        operator=operator,
        threshold=float(alarm.get("Threshold") or 0.0),
        period_s=max(1, int(alarm.get("Period") or 60)),
        periods=periods,
        to_alarm=min(periods, int(alarm.get("DatapointsToAlarm") or periods)),
        missing="ignore" if ignores else alarm.get("TreatMissingData") or "missing",
    )


def points_in_range(rule: Rule, now_s: float, value_at: Callable[[int], float | None]) -> list[Point]:
    """Return the points of the evaluation range, newest first; `value_at` tells the value of a numbered period.

    Period n begins at n × period_s. The present one is left out unless its verdict is certain.
    """
    present = int(now_s // rule.period_s)
    value = value_at(present)
    certain = rule.is_early and value is not None and rule.breaches(value)
    latest = present if certain else present - 1
    points = []
    for age in range(rule.range_periods):
        value = value_at(latest - age)
        if value is not None:
            points.append(Point((latest - age) * rule.period_s, value, age))
    return points


def verdict_of(rule: Rule, points: Sequence[Point]) -> Verdict | None:
    """Return what points make of an alarm; None keeps its state."""
    recent = tuple(points[: rule.periods])
    breaching = sum(rule.breaches(point.value) for point in recent)
    missing = rule.periods - len(recent)
    if breaching >= rule.to_alarm:
        return Verdict(ALARM, recent)
    if missing and rule.missing == "breaching":
        return Verdict(ALARM if breaching + missing >= rule.to_alarm else OK, recent, missing)
    if missing and rule.missing in ("missing", "ignore") and breaching == len(recent):
        return _of_breaching_only(rule, recent, missing)
    return Verdict(OK, recent, missing)


def _of_breaching_only(rule: Rule, recent: tuple[Point, ...], missing: int) -> Verdict | None:
    """Judge a range in which nothing is within the threshold, and too little beyond it, or nothing at all."""
    if rule.missing == "ignore":
        return None
    if not recent:
        return Verdict(INSUFFICIENT, (), missing)
    return Verdict(ALARM if recent[-1].age + 1 >= rule.to_alarm else OK, recent, missing)


def reason_for(rule: Rule, verdict: Verdict, old_state: str) -> str:
    """Return AWS's words for a state (documented by its examples)."""
    if verdict.state == INSUFFICIENT:
        return f"Insufficient Data: {verdict.missing} {_datapoints(verdict.missing)} unknown."
    beyond = _OPERATORS[rule.operator][0]
    if not verdict.because:
        treated = "Breaching" if verdict.state == ALARM else "NonBreaching"
        periods = f"{rule.periods} period{_s(rule.periods)}"
        return f"Threshold Crossed: no datapoints were received for {periods} and they were treated as [{treated}]."
    chosen = [point for point in verdict.because if rule.breaches(point.value) is (verdict.state == ALARM)]
    told = ", ".join(f"{point.value} ({datetime.fromtimestamp(point.at_s, UTC):%d/%m/%y %H:%M:%S})" for point in chosen)
    count = len(chosen)
    was = "was" if count == 1 else "were"
    negated = "" if verdict.state == ALARM else "not "
    least = rule.to_alarm if verdict.state == ALARM else rule.periods - rule.to_alarm + 1
    return (
        f"Threshold Crossed: {count} out of the last {rule.periods} datapoints [{told}] {was} {negated}{beyond} the "
        f"threshold ({rule.threshold}) (minimum {least} {_datapoints(least)} for {old_state} -> {verdict.state} "
        "transition)."
    )


def _datapoints(count: int) -> str:
    return f"datapoint{_s(count)}"


def _s(count: int) -> str:
    return "" if count == 1 else "s"
