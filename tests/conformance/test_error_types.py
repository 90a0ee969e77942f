"""Retry and Catch match the class of a function's exception."""

import json
from typing import Any

import pytest

from tests.conformance.cloud import Cloud

DECLINES = """
class PaymentDeclined(Exception):
    pass


def handler(event, context):
    print("CHARGED")
    raise PaymentDeclined("insufficient_funds")
"""


def machine(cloud: Cloud, function: str, **rules: Any) -> str:
    charge = {"Type": "Task", "Resource": function, "Next": "Paid", **rules}
    ends = {"Paid": {"Type": "Succeed"}, "Declined": {"Type": "Succeed"}, "Other": {"Type": "Fail", "Error": "Other"}}
    return cloud.machine({"StartAt": "Charge", "States": {"Charge": charge, **_used(charge, ends)}})


def _used(charge: dict[str, Any], ends: dict[str, Any]) -> dict[str, Any]:
    targets = {charge["Next"], *(catcher["Next"] for catcher in charge.get("Catch", []))}
    return {name: state for name, state in ends.items() if name in targets}


@pytest.mark.mended("functions")
@pytest.mark.needs_function_pool
def test_catch_takes_the_error_when_it_names_the_exception(cloud: Cloud) -> None:
    by_name = [
        {"ErrorEquals": ["PaymentDeclined"], "ResultPath": "$.failure", "Next": "Declined"},
        {"ErrorEquals": ["States.ALL"], "Next": "Other"},
    ]
    execution = cloud.start(machine(cloud, cloud.function(DECLINES), Catch=by_name))

    described = cloud.closed(execution)

    assert described["status"] == "SUCCEEDED"
    failure = json.loads(described["output"])["failure"]
    assert failure["Error"] == "PaymentDeclined"
    cause = json.loads(failure["Cause"])
    assert (cause["errorType"], cause["errorMessage"]) == ("PaymentDeclined", "insufficient_funds")


@pytest.mark.mended("functions")
@pytest.mark.needs_function_pool
def test_retry_counts_its_own_error_when_another_rule_stands_after_it(cloud: Cloud) -> None:
    twice = {"ErrorEquals": ["PaymentDeclined"], "IntervalSeconds": 1, "MaxAttempts": 1}
    never = {"ErrorEquals": ["States.ALL"], "MaxAttempts": 0}
    function = cloud.function(DECLINES)
    execution = cloud.start(machine(cloud, function, Retry=[twice, never]))

    described = cloud.closed(execution)

    assert (described["status"], described["error"]) == ("FAILED", "PaymentDeclined")
    assert cloud.printed(function).count("CHARGED") == 2
