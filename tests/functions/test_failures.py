"""Each way in which a function can fail is told in AWS's words."""

import os
import re
from collections.abc import Callable

import pytest

from harness.waiting import wait_until
from tests.functions.conftest import Functions, is_alive


def test_payload_is_returned_when_the_handler_returns(functions: Functions) -> None:
    outcome = functions.run("def handler(event, context): return {'got': event, 'none': None}", b'{"a": [1, 2.5]}')

    assert outcome.error is None
    assert outcome.payload == {"got": {"a": [1, 2.5]}, "none": None}


def test_context_is_filled_when_the_handler_reads_it(functions: Functions) -> None:
    spec = functions.make(
        "def handler(event, context):\n"
        "    return [context.aws_request_id, context.invoked_function_arn, context.get_remaining_time_in_millis(),"
        " context.memory_limit_in_mb, context.function_name, context.function_version, context.log_group_name]"
    )

    payload = functions.invoke(spec, request_id="id-1").payload

    assert isinstance(payload, list)
    assert payload[:2] == ["id-1", spec.arn]
    assert 4000 < payload[2] <= 5000
    assert payload[3:] == ["128", spec.name, "$LATEST", f"/aws/lambda/{spec.name}"]


def test_own_error_name_is_kept_when_the_handler_raises(functions: Functions) -> None:
    outcome = functions.run(
        """
        class PaymentDeclined(Exception):
            pass

        def handler(event, context):
            raise PaymentDeclined("no money")
        """
    )

    assert outcome.error is not None
    assert outcome.error["errorType"] == "PaymentDeclined"
    assert outcome.error["errorMessage"] == "no money"
    assert "raise PaymentDeclined" in str(outcome.error["stackTrace"])
    assert set(outcome.error) == {"errorType", "errorMessage", "requestId", "stackTrace"}


def test_timeout_is_told_and_the_worker_replaced_when_the_deadline_passes(functions: Functions) -> None:
    spec = functions.make(
        "import os, time\ndef handler(event, context):\n    if event: time.sleep(30)\n    return os.getpid()",
        timeout_s=1,
    )
    before = functions.invoke(spec, b"0").payload

    outcome = functions.invoke(spec, b"1", request_id="late")

    assert outcome.error == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: late Error: Task timed out after 1.00 seconds",
    }
    assert re.search(r"^\d{4}-\d\d-\d\dT[\d:.]+Z late Task timed out after 1\.00 seconds$", outcome.log, re.MULTILINE)
    assert re.search(r"REPORT RequestId: late\tDuration: 10\d\d\.\d\d ms.*\tStatus: timeout", outcome.log)
    assert functions.invoke(spec, b"0").payload != before


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("sys.exit(1)", "Runtime exited with error: exit status 1"),
        ("os._exit(3)", "Runtime exited with error: exit status 3"),
        ("sys.exit(0)", "Runtime exited without providing a reason"),
        ("os.kill(os.getpid(), 9)", "Runtime exited with error: signal: killed"),
        ("os.kill(os.getpid(), 11)", "Runtime exited with error: signal: segmentation fault"),
    ],
)
def test_exit_error_is_told_when_the_process_ends(functions: Functions, statement: str, told: str) -> None:
    spec = functions.make(f"import os, sys\ndef handler(event, context):\n    print('so far')\n    {statement}")

    outcome = functions.invoke(spec, request_id="id-1")

    assert outcome.error == {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: id-1 Error: {told}"}
    assert f"so far\nRequestId: id-1 Error: {told}\nRuntime.ExitError\nEND RequestId: id-1\n" in outcome.log
    assert "\tStatus: error\tError Type: Runtime.ExitError" in outcome.log
    assert functions.pids(spec) == []


@pytest.mark.parametrize("kept_s", [30, 0])
def test_worker_is_killed_when_it_uses_more_than_its_memory(functions: Functions, kept_s: int) -> None:
    outcome = functions.run(
        f"import time\ndef handler(event, context):\n    x = b'x' * 200_000_000\n    time.sleep({kept_s})"
    )

    assert outcome.error is not None
    assert outcome.error["errorType"] == "Runtime.OutOfMemory"
    assert str(outcome.error["errorMessage"]).endswith("Error: Runtime exited with error: signal: killed")
    assert "Max Memory Used: 128 MB" in outcome.log


@pytest.mark.parametrize(
    ("source", "handler", "error_type", "message"),
    [
        (
            "import yaml",
            "app.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'app': No module named 'yaml'",
        ),
        ("x = 1", "app.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        ("def (", "app.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app': invalid syntax"),
        ("x = 1", "handler", "Runtime.MalformedHandlerName", "Bad handler 'handler': not enough values to unpack"),
        ("1 / 0", "app.handler", "ZeroDivisionError", "division by zero"),
    ],
)
def test_init_error_is_told_when_the_module_does_not_load(
    functions: Functions, source: str, handler: str, error_type: str, message: str
) -> None:
    outcome = functions.run(source, handler=handler)

    assert outcome.error is not None
    assert outcome.error["errorType"] == error_type
    assert str(outcome.error["errorMessage"]).startswith(message)
    assert f"Phase: init\tStatus: error\tError Type: {error_type}" in outcome.log
    assert f"[ERROR] {error_type}: {message}" in outcome.log


def test_exit_error_is_told_when_the_module_exits(functions: Functions) -> None:
    outcome = functions.run("import sys\nsys.exit(7)")

    assert outcome.error is not None
    assert outcome.error["errorType"] == "Runtime.ExitError"
    assert str(outcome.error["errorMessage"]).endswith("Runtime exited with error: exit status 7")


def test_marshal_error_is_told_when_the_answer_is_no_json(functions: Functions) -> None:
    outcome = functions.run("def handler(event, context): return object()")

    assert outcome.error is not None
    assert outcome.error["errorType"] == "Runtime.MarshalError"
    assert "Unable to marshal response" in str(outcome.error["errorMessage"])


def test_text_is_handed_on_when_the_handler_returns_bytes(functions: Functions) -> None:
    outcome = functions.run("def handler(event, context): return b'<html>'")

    assert (outcome.payload, outcome.undecoded) == ("<html>", True)


def test_answer_is_refused_when_it_is_above_six_megabytes(functions: Functions) -> None:
    spec = functions.make("def handler(event, context): return 'x' * (6_291_556 - 1 if event else 1)", memory_mb=512)

    outcome = functions.invoke(spec, b"1")

    assert outcome.error == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    }
    assert "LAMBDA_RUNTIME Failed to post handler success response" in outcome.log
    assert functions.invoke(spec, b"0").payload == "x"


def test_large_event_and_answer_pass_when_below_the_limit(functions: Functions) -> None:
    outcome = functions.run("def handler(event, context): return event", b'"' + b"x" * 6_000_000 + b'"', memory_mb=512)

    assert outcome.error is None
    assert outcome.payload == "x" * 6_000_000


def test_init_is_tried_again_when_it_takes_too_long(own_functions: Callable[..., Functions]) -> None:
    functions = own_functions(init_within_s=0.3, method="fork")
    slow = functions.make("import time\nprint('importing')\ntime.sleep(0.6)\ndef handler(event, context): return 1")
    stuck = functions.make("import time\ntime.sleep(30)", timeout_s=1)

    outcome, never = functions.invoke(slow), functions.invoke(stuck, request_id="id-1")

    assert outcome.payload == 1
    assert outcome.log.count("importing\n") == 2
    assert re.search(r"INIT_REPORT Init Duration: 3\d\d\.\d\d ms\tPhase: init\tStatus: timeout\n", outcome.log)
    assert never.error == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: id-1 Error: Task timed out after 1.00 seconds",
    }


def test_worker_is_replaced_silently_when_it_died_while_idle(functions: Functions) -> None:
    spec = functions.make("import os\ndef handler(event, context): return os.getpid()")
    first = functions.invoke(spec).payload
    assert isinstance(first, int)
    os.kill(first, 9)
    wait_until("it dies", lambda: not is_alive(first), within_s=2)

    outcome = functions.invoke(spec)

    assert outcome.error is None
    assert outcome.payload != first


def test_bad_requests_are_refused_when_a_function_calls_the_runtime_api_itself(functions: Functions) -> None:
    outcome = functions.run(
        """
        import http.client, os

        def ask(method, path):
            connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
            connection.request(method, f"/2018-06-01/runtime{path}", "{}")
            return connection.getresponse().status

        def handler(event, context):
            return [
                ask("POST", "/invocation/unknown/response"),
                ask("POST", f"/invocation/{context.aws_request_id}/other"),
                ask("GET", "/restore/next"),
            ]
        """
    )

    assert outcome.payload == [400, 404, 404]
