"""Calls become OpenTelemetry spans under their X-Ray ids, off the way of the calls, when somebody collects them."""

import asyncio
import builtins
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from harness.edge.call import Target
from harness.edge.record import Recorder, RecordOptions
from harness.edge.record import spans as module
from harness.edge.record.spans import ENDPOINT_VARIABLES, spans_to
from harness.waiting import wait_until
from tests.edge.record.calls import RESET, answer, call, pass_through, record

ROOT, TRACE_ID = "1-6740aaaa-0123456789abcdef01234567", 0x6740AAAA0123456789ABCDEF01234567
PARENT = "00f067aa0ba902b7"


@pytest.fixture(autouse=True)
def _no_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*ENDPOINT_VARIABLES, "OTEL_SDK_DISABLED", "OTEL_SERVICE_NAME"):
        monkeypatch.delenv(name, raising=False)


def exported(*records: Any) -> list[Any]:
    """Return the spans that records become, from the SDK's exporter into memory."""
    pytest.importorskip("opentelemetry.sdk", reason="needs the extra otel")
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    spans = module.Spans(exporter)
    spans.start()
    for one in records:
        spans.add(one)
    spans.stop()
    assert spans.describe() == {"sent": len(records)}
    return list(exporter.get_finished_spans())


def test_span_tells_what_the_record_knows() -> None:
    (span,) = exported(
        record(
            targets=(Target("payments-Wallets", "UserID=user-1"), Target("payments-Events", "ID=1")),
            caller="wallet-service",
            request_id="req-1",
            account="000000000000",
            region="us-east-1",
            trace=ROOT,
            parent=PARENT,
            started_at_s=1000.0,
            duration_ms=250.0,
        )
    )

    assert span.name == "dynamodb.PutItem"
    assert (span.context.trace_id, span.parent.span_id) == (TRACE_ID, int(PARENT, 16))
    assert (span.start_time, span.end_time) == (1_000_000_000_000, 1_000_250_000_000)
    assert span.status.is_ok or span.status.is_unset
    assert dict(span.attributes) == {
        "rpc.system": "aws-api",
        "rpc.service": "dynamodb",
        "rpc.method": "PutItem",
        "aws.request_id": "req-1",
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "cloud.provider": "aws",
        "cloud.account.id": "000000000000",
        "cloud.region": "us-east-1",
        "aws.dynamodb.table_names": ("payments-Wallets", "payments-Events"),
        "rehearsal.resource": "payments-Wallets",
        "rehearsal.key": "UserID=user-1",
        "rehearsal.caller": "wallet-service",
        "rehearsal.outcome": "ok",
    }
    assert span.resource.attributes["service.name"] == "rehearsal-edge"


def test_span_begins_a_trace_when_the_call_has_no_parent() -> None:
    first, second = exported(record(trace=ROOT), record(trace="nonsense"))

    assert (first.context.trace_id, first.parent) == (TRACE_ID, None)
    assert second.context.trace_id not in (0, TRACE_ID)
    assert first.context.span_id != second.context.span_id


@pytest.mark.parametrize(
    ("known", "error"),
    [
        ({"status": 400, "error_code": "ThrottlingException"}, "ThrottlingException"),
        ({"status": 503}, "503"),
        ({"fate": "reset"}, "reset"),
    ],
)
def test_span_is_an_error_when_the_call_went_wrong(known: dict[str, Any], error: str) -> None:
    (span,) = exported(record(**known, fault={"id": "f-1", "kind": "error"}))

    assert not span.status.is_ok
    assert (span.attributes["error.type"], span.attributes["rehearsal.fault"]) == (error, "f-1")


def test_user_names_the_service_when_the_environment_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "my-cloud")

    (span,) = exported(record())

    assert span.resource.attributes["service.name"] == "my-cloud"


class _Collector(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.server.took.append((self.path, self.rfile.read(int(self.headers["content-length"]))))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Collector)
    server.took, server.status = [], 200
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


def run_one_call(recorder: Recorder, one: Any, given: Any) -> None:
    async def run() -> None:
        async def proceed(_: object) -> Any:
            return given

        await recorder.start()
        await recorder.handle(one, proceed)
        await recorder.stop()

    asyncio.run(run())


@pytest.mark.parametrize("way", ["option", "environment"])
def test_collector_gets_the_spans_when_its_address_is_set(
    collector: Any, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="needs the extra otel")
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    url = f"http://127.0.0.1:{collector.server_port}"
    if way == "environment":
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
    recorder = Recorder(RecordOptions(otlp_endpoint=url if way == "option" else ""))

    run_one_call(recorder, call(trace=ROOT, parent=PARENT), answer(fate=RESET))

    ((path, body),) = collector.took
    (span,) = ExportTraceServiceRequest.FromString(body).resource_spans[0].scope_spans[0].spans
    assert path == "/v1/traces"
    assert (span.name, span.trace_id.hex()) == ("dynamodb.PutItem", f"{TRACE_ID:032x}")
    assert span.parent_span_id.hex() == PARENT
    assert recorder.describe()["calls"]["spans"] == {"sent": 1}  # type: ignore[index]


def test_calls_pass_and_losses_are_told_when_the_collector_refuses(collector: Any) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="needs the extra otel")
    collector.status = 400
    recorder = Recorder(RecordOptions(otlp_endpoint=f"http://127.0.0.1:{collector.server_port}"))

    run_one_call(recorder, call(), answer())

    assert recorder.describe()["calls"]["spans"] == {"sent": 0, "dropped": 1}  # type: ignore[index]
    assert len(recorder.calls) == 1


class _Stuck:
    """An exporter that takes nothing until it is let go."""

    def __init__(self) -> None:
        self.entered, self.let_go = threading.Event(), threading.Event()

    def export(self, _: object) -> Any:
        from opentelemetry.sdk.trace.export import SpanExportResult

        self.entered.set()
        self.let_go.wait(10)
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        self.let_go.set()


def test_spans_are_dropped_and_counted_when_too_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("opentelemetry.sdk", reason="needs the extra otel")
    monkeypatch.setattr(module, "WAITING_MAX", 3)
    stuck: Any = _Stuck()
    spans = module.Spans(stuck)
    spans.start()
    spans.add(record())
    assert stuck.entered.wait(5)

    for _ in range(10):
        spans.add(record())

    assert spans.dropped == 7
    spans.stop(within_s=0.05)  # a stuck collector does not hold up the end
    wait_until("the rest", lambda: spans.describe()["sent"] == 4, within_s=5)


def test_there_are_no_spans_when_no_collector_is_named() -> None:
    assert spans_to("") is None


def test_there_are_no_spans_when_the_sdk_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")

    assert spans_to("http://127.0.0.1:9") is None


def test_one_line_says_what_to_install_when_the_library_is_missing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any) -> Any:
        if name.startswith("opentelemetry"):
            raise ImportError(name)
        return real(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without)
    recorder = Recorder(RecordOptions(otlp_endpoint="http://127.0.0.1:9"))

    pass_through(recorder, call(), answer())

    assert [one.message for one in caplog.records] == [
        "an OTLP endpoint is set, but no spans are sent: pip install 'rehearsal[otel]'"
    ]
    assert len(recorder.calls) == 1
