"""An alarm's state follows from its points as CloudWatch's documentation tells it, row by row of its tables."""

from typing import Any

import pytest

from harness.targets.embedded.mends.alarm_states import (
    Point,
    Rule,
    Verdict,
    points_in_range,
    reason_for,
    rule_of,
    verdict_of,
)

NOW_S = 6_000_030.0  # in the middle of a minute
ALARM_ON_SUM: dict[str, Any] = {
    "Namespace": "Shop",
    "MetricName": "Errors",
    "Statistic": "Sum",
    "ComparisonOperator": "GreaterThanThreshold",
    "Threshold": 0.0,
    "Period": 60,
    "EvaluationPeriods": 3,
}


def rule(**settings: Any) -> Rule:
    made = rule_of(ALARM_ON_SUM | settings)
    assert made is not None
    return made


def points(row: str) -> list[Point]:
    """Read a row of the documentation's tables: oldest first, X breaches, 0 does not, - is missing."""
    marks = list(reversed(row.split()))
    return [Point(float(-age), float(mark == "X"), age) for age, mark in enumerate(marks) if mark != "-"]


def state(row: str, **settings: Any) -> str:
    verdict = verdict_of(rule(**settings), points(row))
    return "kept" if verdict is None else verdict.state


@pytest.mark.parametrize(
    ("row", "missing", "ignore", "breaching", "not_breaching"),
    [
        ("0 - X - X", "OK", "OK", "OK", "OK"),
        ("- - - - 0", "OK", "OK", "OK", "OK"),
        ("- - - - -", "INSUFFICIENT_DATA", "kept", "ALARM", "OK"),
        ("0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
        ("- - X - -", "ALARM", "kept", "ALARM", "OK"),
    ],
)
def test_state_is_the_documented_one_when_three_of_three_must_breach(
    row: str, missing: str, ignore: str, breaching: str, not_breaching: str
) -> None:
    seen = [state(row, TreatMissingData=treat) for treat in ("missing", "ignore", "breaching", "notBreaching")]

    assert seen == [missing, ignore, breaching, not_breaching]


@pytest.mark.parametrize(
    ("row", "missing", "ignore", "breaching", "not_breaching"),
    [
        ("0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
        ("0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"),
        ("0 - X - -", "OK", "OK", "ALARM", "OK"),
        ("- - - - 0", "OK", "OK", "ALARM", "OK"),
    ],
)
def test_state_is_the_documented_one_when_two_of_three_must_breach(
    row: str, missing: str, ignore: str, breaching: str, not_breaching: str
) -> None:
    seen = [
        state(row, TreatMissingData=treat, DatapointsToAlarm=2)
        for treat in ("missing", "ignore", "breaching", "notBreaching")
    ]

    assert seen == [missing, ignore, breaching, not_breaching]


def test_state_is_kept_when_a_metric_of_dynamodb_is_missing_whatever_the_alarm_says() -> None:
    assert state("- - - - -", Namespace="AWS/DynamoDB", TreatMissingData="notBreaching") == "kept"
    assert state("- - - - -", Namespace="AWS/Lambda", TreatMissingData="notBreaching") == "OK"


@pytest.mark.parametrize(
    ("statistic", "operator", "value", "is_seen"),
    [
        ("Sum", "GreaterThanThreshold", 5.0, True),  # more can only add to it
        ("Sum", "GreaterThanThreshold", 0.0, False),
        ("Sum", "LessThanThreshold", -1.0, False),  # the rest of the minute may bring more
        ("Average", "GreaterThanThreshold", 5.0, False),
        ("Minimum", "LessThanThreshold", -1.0, True),
    ],
)
def test_present_period_counts_only_when_the_rest_of_it_can_not_change_the_verdict(
    statistic: str, operator: str, value: float, *, is_seen: bool
) -> None:
    present = int(NOW_S // 60)

    seen = points_in_range(
        rule(Statistic=statistic, ComparisonOperator=operator),
        NOW_S,
        lambda number: value if number == present else None,
    )

    assert bool(seen) is is_seen


def test_points_reach_two_periods_beyond_the_evaluation_periods() -> None:
    present = int(NOW_S // 60)

    seen = points_in_range(rule(), NOW_S, lambda number: 1.0 if number < present else None)

    assert [point.age for point in seen] == [0, 1, 2, 3, 4]
    assert seen[0].at_s == (present - 1) * 60


def test_reason_names_the_points_and_the_threshold_when_an_alarm_fires() -> None:
    verdict = Verdict("ALARM", (Point(0.0, 3.0, 0),))

    assert reason_for(rule(EvaluationPeriods=1), verdict, "OK") == (
        "Threshold Crossed: 1 out of the last 1 datapoints [3.0 (01/01/70 00:00:00)] was greater than the threshold "
        "(0.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )


def test_alarm_has_no_rule_when_it_compares_with_a_band() -> None:
    assert rule_of(ALARM_ON_SUM | {"ComparisonOperator": "LessThanLowerOrGreaterThanUpperThreshold"}) is None
