"""Retry and Catch: a step that fails is tried again or handled, by the error's name, as compensation relies on."""

import json
from typing import Any

from harness.doctor.examination import Examination
from harness.doctor.probe import broken_unless, probe

DECLINES = """
class PaymentDeclined(Exception):
    pass


def handler(event, context):
    print("CHARGED")
    raise PaymentDeclined("insufficient funds")
"""
_SOURCE = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"
ENDED_WITHIN_S = 8.0
LOGGED_WITHIN_S = 8.0


@probe(
    "states.retry",
    "A failed task is tried again as its Retry says",
    does="runs a task that always fails under a Retry of one more attempt after one second",
    documented="MaxAttempts counts the retries; the first comes after IntervalSeconds",
    source=_SOURCE,
    quick=False,
    bound_s=30.0,
)
def retry(examination: Examination) -> str:
    function = examination.function(DECLINES)
    again = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    ended = examination.run(_machine(function, Retry=again), within_s=ENDED_WITHIN_S)
    broken_unless(ended["status"] == "FAILED", f"the execution ended {ended['status']}, expected FAILED")
    took_s = (ended["stopDate"] - ended["startDate"]).total_seconds()
    broken_unless(took_s > 0.9, f"the retry came after {took_s:.2f} s, expected 1 s")
    examination.until(
        "the attempts are in the log", lambda: _attempts(examination, function) >= 2, within_s=LOGGED_WITHIN_S
    )
    attempts = _attempts(examination, function)
    broken_unless(attempts == 2, f"{attempts} attempts were made, expected 2")
    return "two attempts, a second apart"


@probe(
    "states.catch",
    "A failed task is caught, with its error and cause",
    does="runs a task that fails under a Catch of States.ALL",
    documented="the catcher's ResultPath gets Error and Cause, and the execution goes on at its Next",
    source=_SOURCE,
)
def catch(examination: Examination) -> str:
    every = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Handled"}]
    ended = examination.run(_machine(examination.function(DECLINES), Catch=every), {"kept": 1})
    broken_unless(ended["status"] == "SUCCEEDED", f"the execution ended {ended['status']}, expected SUCCEEDED")
    output = json.loads(ended["output"])
    broken_unless(output.get("kept") == 1, f"a Catch with a ResultPath lost its input: {output}")
    words = str(output.get("failure", {}).get("Cause"))
    broken_unless("insufficient funds" in words, f"the Cause of a caught failure is {words!r}")
    return "caught, its input kept, with the exception's message as cause"


@probe(
    "states.catch-by-name",
    "Retry and Catch match the name of an exception's class",
    does="runs a task that raises PaymentDeclined under a Catch of that name before one of States.ALL",
    documented="ErrorEquals matches the error's name, which of a Lambda function is the exception's class",
    source=_SOURCE,
)
def catch_by_name(examination: Examination) -> str:
    by_name = [
        {"ErrorEquals": ["PaymentDeclined"], "ResultPath": "$.failure", "Next": "Handled"},
        {"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Other"},
    ]
    ended = examination.run(_machine(examination.function(DECLINES), Catch=by_name))
    broken_unless(
        ended["status"] == "SUCCEEDED",
        f"PaymentDeclined was not caught by its name: the execution ended {ended['status']} {ended.get('cause', '')}",
    )
    error = json.loads(ended["output"])["failure"]["Error"]
    broken_unless(error == "PaymentDeclined", f"the caught error is called {error!r}")
    return "PaymentDeclined was caught by its name"


def _attempts(examination: Examination, function: str) -> int:
    return examination.printed(function).count("CHARGED")


def _machine(function: str, **rules: Any) -> dict[str, Any]:
    charge = {"Type": "Task", "Resource": function, "End": True, **rules}
    ends = {"Handled": {"Type": "Succeed"}, "Other": {"Type": "Fail", "Error": "NotMatched"}}
    used = {one["Next"] for one in rules.get("Catch", [])}
    return {"StartAt": "Charge", "States": {"Charge": charge, **{name: ends[name] for name in used}}}
