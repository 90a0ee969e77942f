"""An Invoke's answer becomes what the engine makes of a function, whatever its cloud answers."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from harness.edge.call import Answer, Call, Namespace
from harness.edge.correlation import Trace, callers, current_trace
from harness.targets.docker.parts.invoking import (
    LATEST,
    Function,
    FunctionCaller,
    invocation,
    own_call,
    result_of,
    whole,
)

ORDERS = Function("orders", LATEST, Namespace("111122223333", "eu-west-1"))


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (Answer(200, [], b'{"a": 1}'), {"body": {"a": 1}, "log": ""}),
        (Answer(200, [], b""), {"body": None, "log": ""}),
        (Answer(200, [], b"plain"), {"body": "plain", "raw_payload": True, "log": ""}),
        (
            Answer(200, [(b"X-Amz-Function-Error", b"Unhandled")], b'{"errorType": "E"}'),
            {"body": {"errorType": "E"}, "error": True, "function_error": "Unhandled", "log": ""},
        ),
        (
            Answer(404, [(b"x-amzn-errortype", b"ResourceNotFoundException:http://x")], b'{"Message": "none"}'),
            {"error": True, "body": {"errorType": "ResourceNotFoundException", "errorMessage": "none"}, "log": ""},
        ),
        (
            Answer(502, [], b"<html>"),
            {"error": True, "body": {"errorType": "ServiceException", "errorMessage": "status 502"}, "log": ""},
        ),
        (
            Answer(429, [], b'{"__type": "TooManyRequestsException", "message": "Rate", "Reason": "Caller"}'),
            {
                "throttle": True,
                "error": True,
                "body": {"__type": "TooManyRequestsException", "message": "Rate", "Reason": "Caller"},
                "log": "",
            },
        ),
    ],
    ids=["json", "nothing", "text", "function-error", "missing", "lost", "throttled"],
)
def test_result_says_what_became_of_the_function_when_its_cloud_has_answered(
    answer: Answer, result: dict[str, object]
) -> None:
    assert result_of(ORDERS, answer, answer.body) == result


def test_reason_is_logged_when_a_function_was_not_run(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        result_of(ORDERS, Answer(403, [(b"x-amzn-errortype", b"AccessDenied")], b'{"message": "not yours"}'), b"{}")

    assert "arn:aws:lambda:eu-west-1:111122223333:function:orders was not run: 403 AccessDenied" in caplog.text


def test_call_is_signed_for_the_functions_account_when_it_is_made() -> None:
    call = invocation(Function("orders", "live", ORDERS.namespace), b"{}")

    assert (call.method, call.path, call.query_string) == (
        "POST",
        "/2015-03-31/functions/orders/invocations",
        b"Qualifier=live",
    )
    assert b"Credential=111122223333/20260101/eu-west-1/lambda/aws4_request" in call.header(b"authorization")
    assert (call.service, call.operation, call.targets[0].resource) == ("lambda", "Invoke", "orders")


def test_function_is_known_by_its_parent_id_when_it_runs_in_a_trace() -> None:
    token = current_trace.set("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")
    try:
        call = invocation(ORDERS, b"{}")
    finally:
        current_trace.reset(token)

    trace = Trace.parse(call.header(b"x-amzn-trace-id").decode())
    assert trace is not None
    assert trace.root == call.trace == "1-5759e988-bd862e3fe1be46a994272793"
    assert callers.name_of(trace.parent) == "orders"


def test_function_is_refused_when_it_is_called_from_the_event_loop() -> None:
    async def never(call: Call) -> Answer:
        raise AssertionError(f"{call.path} was called")

    async def story() -> None:
        FunctionCaller(never).invoke(ORDERS, {})

    with pytest.raises(RuntimeError, match="function orders was called from the event loop"):
        asyncio.run(story())


def test_thread_gets_an_answer_when_its_function_is_given_up() -> None:
    async def story() -> object:
        begun = asyncio.Event()

        async def never(call: Call) -> Answer:
            begun.set()
            return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

        caller = FunctionCaller(never)
        waiting = asyncio.create_task(asyncio.to_thread(caller.invoke, ORDERS, {}))
        await begun.wait()
        await caller.close()
        return await waiting

    result = asyncio.run(asyncio.wait_for(story(), 5))

    told = {"errorType": "ServiceException", "errorMessage": "function orders was given up: the cloud ends"}
    assert result == {"error": True, "body": told, "log": ""}


def test_client_of_an_own_call_stays_when_the_answer_takes_long() -> None:
    call = own_call("lambda", ORDERS.namespace, "POST", "/")

    assert not asyncio.run(call.disconnected(within_s=0.01))


def test_body_is_whole_when_it_comes_in_parts() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b", and "
        yield b"more"

    assert asyncio.run(whole(Answer(200, [], b"first", parts()))) == b"first, and more"
