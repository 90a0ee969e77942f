"""Asynchronous invocations: tried again, and what fails for good goes to the dead-letter queue."""

import json

from harness.doctor.examination import Examination
from harness.doctor.probe import Broken, Undecided, broken_unless, probe

RAISES = """
def handler(event, context):
    print("ATTEMPT", context.aws_request_id)
    raise ValueError("no such user")
"""
DEAD_WITHIN_S = 10.0
# AWS waits one minute and then two; an emulator that does the same can't be told from one that never tries again.
REPEATED_WITHIN_S = 15.0


@probe(
    "lambda.async-dead-letters",
    "An asynchronous event that fails for good arrives in the dead-letter queue",
    does="invokes a failing function asynchronously, without retries",
    documented="the queue gets the event as it was, with the attributes RequestID, ErrorCode and ErrorMessage",
    source="https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
    bound_s=30.0,
)
def dead_letters(examination: Examination) -> str:
    url, arn = examination.queue()
    function = examination.function(RAISES, DeadLetterConfig={"TargetArn": arn})
    client = examination.client("lambda")
    client.put_function_event_invoke_config(FunctionName=function, MaximumRetryAttempts=0)
    client.invoke(FunctionName=function, InvocationType="Event", Payload=b'{"user_id": "u-1"}')
    found = examination.messages(url, within_s=DEAD_WITHIN_S)
    broken_unless(found, f"no message was in the dead-letter queue after {DEAD_WITHIN_S:.0f} s")
    body = json.loads(found[0]["Body"])
    broken_unless(body == {"user_id": "u-1"}, f"the message is {found[0]['Body'][:200]}, expected the event")
    attributes = found[0].get("MessageAttributes", {})
    missing = {"RequestID", "ErrorCode", "ErrorMessage"} - set(attributes)
    broken_unless(not missing, f"the message lacks the attributes {sorted(missing)}")
    words = attributes["ErrorMessage"]["StringValue"]
    broken_unless(words == "no such user", f"ErrorMessage is {words!r}")
    return "the event as it was, with request id, error code and message"


@probe(
    "lambda.async-retries",
    "An asynchronous event that fails is tried twice again under its request id",
    does="invokes a failing function asynchronously and counts its attempts in its log",
    documented="two more attempts, after one and two minutes; emulators may be quicker",
    source="https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html",
    quick=False,
    bound_s=30.0,
)
def retries(examination: Examination) -> str:
    url, arn = examination.queue()
    function = examination.function(RAISES, DeadLetterConfig={"TargetArn": arn})
    examination.client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=b"{}")
    if not examination.messages(url, within_s=REPEATED_WITHIN_S):
        attempts = _attempts(examination, function)
        raise Undecided(f"{len(attempts)} attempts in {REPEATED_WITHIN_S:.0f} s, and no end; AWS takes three minutes")
    attempts = _attempts(examination, function)
    if len(attempts) != 3:
        raise Broken(f"{len(attempts)} attempts were made, expected 3")
    broken_unless(len(set(attempts)) == 1, f"the attempts had {len(set(attempts))} request ids, expected one")
    return "three attempts under one request id"


def _attempts(examination: Examination, function: str) -> list[str]:
    return [line.split()[1] for line in examination.printed(function) if line.startswith("ATTEMPT")]
