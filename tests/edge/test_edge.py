"""The edge routes, correlates and records, whatever engine is behind it."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from harness.edge import Edge, EdgeOptions, assemble
from harness.edge.asgi import Asgi, Receive, Scope, Send
from harness.edge.call import Namespace
from harness.edge.correlation import Executions, Started, Trace, callers, current_trace
from harness.edge.record import CallLog, CallRecord, Recorder
from harness.edge.upstream import AsgiUpstream, Upstream

SIGNED = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=00"


class FakeControls:
    def __init__(self) -> None:
        self.was_reset = False

    def describe(self) -> dict[str, object]:
        return {"target": "fake"}

    def functions(self) -> Sequence[dict[str, object]]:
        return [{"function": "wallet-service", "pid": 1, "busy": True}]

    def kill_function(self, name: str) -> int:
        return 1 if name == "wallet-service" else 0

    def account_of(self, access_key: str) -> str:
        return "000000000000"

    def kill_invocation(self, request_id: str) -> bool:
        return False

    async def reset(self, namespace: Namespace | None = None) -> None:
        self.was_reset = True


class Engine:
    """Answers every request with what it saw."""

    def __init__(self, answer: dict[str, Any] | None = None, status: int = 200) -> None:
        self.traces: list[str | None] = []
        self.paths: list[str] = []
        self.answer = answer
        self._status = status

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.traces.append(current_trace.get())
        self.paths.append(scope["path"])
        body = json.dumps(self.answer or {"engine": True}).encode()
        await send({"type": "http.response.start", "status": self._status, "headers": []})
        await send({"type": "http.response.body", "body": body})


def edge_over(engine: Asgi, **options: Any) -> tuple[Edge, FakeControls]:
    controls = FakeControls()
    edge = assemble(
        AsgiUpstream(engine), controls, EdgeOptions(doors=("payments",)), engine=engine, gaps=options.get("gaps", {})
    )
    return edge, controls


def calls_of(edge: Edge) -> CallLog:
    (recorder,) = [room for room in edge.rooms if isinstance(room, Recorder)]
    return recorder.calls


def request(app: Asgi, method: str, path: str, *, client: str = "127.0.0.1", **options: Any) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(client, 50000))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            return await http.request(method, path, **options)

    return asyncio.run(ask())


def signed(service: str, operation: str = "", **more: str) -> dict[str, str]:
    target = {"X-Amz-Target": f"Service_2012.{operation}"} if operation else {}
    return {"Authorization": SIGNED.format(service), **target, **more}


def test_call_is_recorded_with_service_and_operation_when_it_is_signed() -> None:
    edge, _ = edge_over(Engine())

    request(edge, "POST", "/", headers=signed("dynamodb", "GetItem"))

    (call,) = calls_of(edge).recent()
    assert (call["service"], call["operation"], call["status"]) == ("dynamodb", "GetItem", 200)


def test_trace_reaches_the_engine_and_the_answer_when_the_client_sends_one() -> None:
    engine = Engine()
    edge, _ = edge_over(engine)
    trace = Trace.new()

    answer = request(edge, "POST", "/", headers=signed("dynamodb", "GetItem", **{"X-Amzn-Trace-Id": str(trace)}))

    assert engine.traces == [str(trace)]
    assert answer.headers["x-amzn-trace-id"] == f"Root={trace.root}"


def test_trace_begins_when_the_client_sends_none_or_nonsense() -> None:
    engine = Engine()
    edge, _ = edge_over(engine)

    request(edge, "GET", "/", headers={"X-Amzn-Trace-Id": "nonsense"})

    trace = Trace.parse(engine.traces[0])
    assert trace is not None
    assert trace.root.startswith("1-")


def test_caller_is_known_when_the_call_comes_from_inside_a_function() -> None:
    edge, _ = edge_over(Engine())
    invocation = Trace.new().child()
    callers.register(invocation.parent, "wallet-service")

    request(edge, "POST", "/", headers=signed("dynamodb", "PutItem", **{"X-Amzn-Trace-Id": str(invocation)}))

    assert calls_of(edge).recent()[0]["caller"] == "wallet-service"


def test_calls_of_an_execution_are_found_when_its_start_passed() -> None:
    arn = "arn:aws:states:us-east-1:000000000000:execution:payment-flow:pay-1"
    edge, _ = edge_over(Engine({"executionArn": arn}))
    trace = Trace.new()
    headers = {"X-Amzn-Trace-Id": str(trace)}

    request(edge, "POST", "/", headers=signed("states", "StartExecution", **headers))
    request(edge, "POST", "/", headers=signed("dynamodb", "PutItem", **headers))
    request(edge, "POST", "/", headers=signed("dynamodb", "GetItem"))

    listed = request(edge, "GET", "/_rehearsal/calls?execution=pay-1").json()["calls"]
    assert [call["operation"] for call in listed] == ["StartExecution", "PutItem"]


def test_calls_belong_to_their_own_execution_when_one_leads_to_another() -> None:
    outer, inner = (f"arn:aws:states:us-east-1:000000000000:execution:{name}" for name in ("deposits:b-1", "pay:p-1"))
    root, engine = Trace.new(), Engine({"executionArn": outer})
    edge, _ = edge_over(engine)
    booking, task, paying, paid = (root.child() for _ in range(4))

    def call(by: Trace, service: str, operation: str) -> None:
        request(edge, "POST", "/", headers=signed(service, operation, **{"X-Amzn-Trace-Id": str(by)}))

    call(booking, "states", "StartExecution")
    callers.register(task.parent, "deposits", within=Started(outer))
    engine.answer = {"executionArn": inner}
    call(paying, "states", "StartExecution")
    callers.register(paid.parent, "wallet-service", within=Started(inner))
    for by in (task, paid, paying, booking):
        call(by, "dynamodb", "GetItem")

    told = [call["execution"] for call in calls_of(edge).recent(operation="GetItem")]
    assert told == [outer, inner, inner, outer]


def test_gap_serves_when_the_engine_lacks_the_service() -> None:
    engine, other = Engine(), Engine({"gap": True})

    async def start() -> Upstream:
        return AsgiUpstream(other)

    edge, _ = edge_over(engine, gaps={"ivs": start})

    assert request(edge, "POST", "/", headers=signed("ivs")).json() == {"gap": True}
    assert engine.paths == []


def test_upstream_failure_is_a_502_that_names_it_when_the_upstream_raises() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("no such part")

    edge, _ = edge_over(broken)

    answer = request(edge, "POST", "/", headers=signed("dynamodb", "GetItem"))

    assert answer.status_code == 502
    assert "no such part" in answer.json()["message"]
    assert calls_of(edge).recent()[0]["status"] == 502


def test_front_door_refuses_in_plain_words_when_nothing_is_deployed() -> None:
    edge, _ = edge_over(Engine())

    answer = request(edge.doors["payments"], "POST", "/payments")

    assert answer.status_code == 503
    assert "rehearse deploy payments" in answer.json()["error"]["message"]


def test_front_door_leads_to_the_stage_when_it_was_opened() -> None:
    engine = Engine()
    edge, _ = edge_over(engine)

    request(edge, "PUT", "/_rehearsal/front-doors/payments", json={"api_id": "abc12345", "stage": "live"})
    request(edge.doors["payments"], "GET", "/payments/pay-1?x=1")

    assert engine.paths == ["/restapis/abc12345/live/_user_request_/payments/pay-1"]
    assert calls_of(edge).recent()[0]["service"] == "execute-api"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/_rehearsal/front-doors/nobody", {"api_id": "a", "stage": "b"}, 404),
        ("PUT", "/_rehearsal/front-doors/payments", {"api_id": 1}, 400),
        ("POST", "/_rehearsal/functions/kill", {}, 400),
        ("POST", "/_rehearsal/functions/kill", [1], 400),
        ("GET", "/_rehearsal/calls?limit=many", None, 400),
    ],
)
def test_admin_refuses_with_a_message_when_the_request_is_wrong(
    method: str, path: str, body: object, status: int
) -> None:
    edge, _ = edge_over(Engine())

    answer = request(edge, method, path, json=body)

    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_admin_refuses_when_the_client_is_not_on_this_machine() -> None:
    edge, controls = edge_over(Engine())

    answer = request(edge, "POST", "/_rehearsal/reset", client="192.0.2.7")

    assert answer.status_code == 403
    assert not controls.was_reset


def test_reset_clears_calls_and_doors_when_asked() -> None:
    edge, controls = edge_over(Engine())
    edge.doors["payments"].open_to("abc", "live")
    request(edge, "GET", "/")

    request(edge, "POST", "/_rehearsal/reset")

    assert controls.was_reset
    assert calls_of(edge).recent() == []
    assert edge.doors["payments"].describe()["path"] is None


def test_busy_workers_are_killed_when_the_function_is_named() -> None:
    edge, _ = edge_over(Engine())

    answer = request(edge, "POST", "/_rehearsal/functions/kill", json={"function": "wallet-service"})

    assert answer.json() == {"killed": 1}


def test_call_log_stays_bounded_when_many_calls_pass() -> None:
    log = CallLog(kept_max=10)
    for number in range(50):
        log.add(CallRecord(0.0, "dynamodb", "GetItem", "POST", "/", f"1-{number}", ""))

    listed = log.recent(limit=100)
    assert [call["trace"] for call in listed] == [f"1-{number}" for number in range(40, 50)]


def test_executions_stay_bounded_when_many_are_bound() -> None:
    known = Executions(kept_max=10)
    for number in range(50):
        known.bind(f"1-{number}", f"arn:{number}")

    assert (known.of("1-39"), known.of("1-40")) == ("", "arn:40")
