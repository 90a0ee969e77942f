"""Lambda functions run real code, end when their time is up, and report errors under the names of their classes."""

import time

from harness.doctor.examination import Examination
from harness.doctor.probe import Broken, broken_unless, probe

ECHO = """
import os


def handler(event, context):
    print("SAW", event["word"])
    return {"word": event["word"], "setting": os.environ["SETTING"], "id": context.aws_request_id,
            "left_ms": context.get_remaining_time_in_millis()}
"""
SLOW = """
import time


def handler(event, context):
    if event.get("pause_s"):
        time.sleep(event["pause_s"])
    return "done"
"""
DECLINES = """
class PaymentDeclined(Exception):
    pass


def handler(event, context):
    raise PaymentDeclined("insufficient funds")
"""
PAUSE_S = 20
ENDED_WITHIN_S = 10.0  # a timeout of 1 s, and a worker's start on a busy machine
LOGGED_WITHIN_S = 8.0


@probe(
    "lambda.runs",
    "A function's code runs with its environment, and what it prints is in its log group",
    does="invokes a function that answers with its event, a variable of its environment and its request id",
    documented="the handler's return value is the payload; standard output goes to CloudWatch Logs",
    source="https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html",
)
def runs(examination: Examination) -> str:
    function = examination.function(ECHO, Environment={"Variables": {"SETTING": "kept"}})
    answer, error = examination.invoke(function, {"word": "hello"})
    broken_unless(not error and isinstance(answer, dict), f"Invoke answered {answer!r} {error}")
    broken_unless((answer.get("word"), answer.get("setting")) == ("hello", "kept"), f"Invoke answered {answer!r}")
    broken_unless(
        0 < answer["left_ms"] <= 10_000, f"of a timeout of 10 s {answer['left_ms']} ms were left at the start"
    )
    examination.until(
        "what it printed is in its log group",
        lambda: "SAW hello" in examination.printed(function),
        within_s=LOGGED_WITHIN_S,
    )
    return "event, environment, deadline and log are right"


@probe(
    "lambda.timeout",
    "A function ends when its timeout is over",
    does=f"invokes a function with a timeout of 1 s that sleeps {PAUSE_S} s, and then one that does not sleep",
    documented="the function is stopped and the error is Sandbox.Timedout, `Task timed out after 1.00 seconds`",
    source="https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html",
    quick=False,
    bound_s=30.0,
)
def timeout(examination: Examination) -> str:
    function = examination.function(SLOW, Timeout=1)
    started_s = time.monotonic()
    answer, error = examination.invoke(function, {"pause_s": PAUSE_S})
    took_s = time.monotonic() - started_s
    broken_unless(error, f"a function of 1 s that sleeps {PAUSE_S} s answered {answer!r} without an error")
    broken_unless(took_s < ENDED_WITHIN_S, f"a function of 1 s ended after {took_s:.1f} s")
    words = str(answer.get("errorMessage") if isinstance(answer, dict) else answer)
    broken_unless("timed out after 1.00 seconds" in words, f"the error of a timeout is {answer!r}")
    after, error = examination.invoke(function)
    broken_unless((after, error) == ("done", ""), f"the next invocation after a timeout answered {after!r} {error}")
    return f"ended after {took_s:.1f} s in AWS's words; the next invocation runs"


@probe(
    "lambda.error-types",
    "A function's error has the name of the exception's class",
    does="invokes a function that raises PaymentDeclined",
    documented="FunctionError is Unhandled, and the payload has errorType, errorMessage and stackTrace",
    source="https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html",
)
def error_types(examination: Examination) -> str:
    answer, error = examination.invoke(examination.function(DECLINES))
    broken_unless(error == "Unhandled", f"FunctionError was {error!r}, expected 'Unhandled'")
    if not isinstance(answer, dict):
        raise Broken(f"the payload of an error is {answer!r}")
    told = answer.get("errorType"), answer.get("errorMessage")
    broken_unless(told == ("PaymentDeclined", "insufficient funds"), f"an exception PaymentDeclined was told as {told}")
    return "errorType PaymentDeclined, its message, FunctionError Unhandled"
