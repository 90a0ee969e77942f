"""Calls as OpenTelemetry spans, sent by OTLP over HTTP: only when an endpoint is set and the extra `otel` is installed.

A call costs an append; a thread makes the spans and sends them twice a second. X-Ray ids are W3C ids written
differently: the root `1-<8 hex>-<24 hex>` is the trace id without its dashes, the parent id is a span id (source: the
OpenTelemetry specification's X-Ray propagator, documented). So spans join traces that functions send themselves.
"""

import logging
import os
import re
import secrets
import threading
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from harness.edge.record.call_record import CallRecord

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

logger = logging.getLogger(__name__)

ENDPOINT_VARIABLES = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
WAITING_MAX = 20_000
BATCH_MAX = 2_000
SEND_EVERY_S = 0.5
SEND_WITHIN_S = 2.0  # a request; the last one must fit into the time that the edge is given to end
_ROOT = re.compile(r"1-([0-9a-f]{8})-([0-9a-f]{24})")
_PARENT = re.compile(r"[0-9a-f]{16}")


class Spans:
    """Sends a span for every call to an exporter of the OpenTelemetry SDK."""

    def __init__(self, exporter: "SpanExporter") -> None:
        self._exporter = exporter
        self._maker = _Maker()
        self._waiting: deque[CallRecord] = deque()
        self._dropped = self._sent = self._failed = 0
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def dropped(self) -> int:
        """Calls without a span: too many were waiting, or nobody took them."""
        return self._dropped + self._failed

    def add(self, record: CallRecord) -> None:
        """Take a finished call."""
        if len(self._waiting) < WAITING_MAX:
            self._waiting.append(record)
        else:
            self._dropped += 1

    def start(self) -> None:
        """Begin to send."""
        self._ending.clear()
        self._thread = threading.Thread(target=self._send_on, name="spans", daemon=True)
        self._thread.start()

    def stop(self, within_s: float = SEND_WITHIN_S) -> None:
        """Send what waits, for at most `within_s`."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(within_s)
            self._thread = None
            self._exporter.shutdown()

    def describe(self) -> dict[str, object]:
        """Return how many spans went out."""
        told: dict[str, object] = {"sent": self._sent}
        return told | ({"dropped": self.dropped} if self.dropped else {})

    def _send_on(self) -> None:
        while not self._ending.wait(SEND_EVERY_S):
            self._send()
        self._send()

    def _send(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), BATCH_MAX))]
            if self._took([self._maker.span(record) for record in batch]):
                self._sent += len(batch)
            else:
                self._failed += len(batch)

    def _took(self, spans: list[Any]) -> bool:
        from opentelemetry.sdk.trace.export import SpanExportResult

        try:
            return self._exporter.export(spans) is SpanExportResult.SUCCESS
        except Exception:
            # Whatever a collector's address is wrong with: spans are no reason for the edge to fail.
            logger.exception("%d spans were not sent", len(spans))
            return False


class _GivenTraceIds:
    """An id generator, as the SDK wants it, whose trace ids come from X-Ray's."""

    trace_id = 0  # 0: draw one

    def generate_trace_id(self) -> int:
        return self.trace_id or secrets.randbits(128) or 1

    def generate_span_id(self) -> int:
        return secrets.randbits(64) or 1

    def is_trace_id_random(self) -> bool:
        return False


class _Maker:
    """Makes spans through the SDK's own tracer, under trace ids that are given."""

    def __init__(self) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider

        self._ids = _GivenTraceIds()
        # What a user has set (OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES) counts before our name.
        named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": "rehearsal-edge"}
        provider = TracerProvider(
            resource=Resource.create(named), id_generator=cast(Any, self._ids), shutdown_on_exit=False
        )
        self._tracer = provider.get_tracer("rehearsal.edge")

    def span(self, record: CallRecord) -> Any:
        """Return the ended span of a call."""
        from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, TraceFlags, set_span_in_context
        from opentelemetry.trace.status import StatusCode

        root = _ROOT.fullmatch(record.trace)
        self._ids.trace_id = int(root[1] + root[2], 16) if root else 0
        context = None
        if root and _PARENT.fullmatch(record.parent):
            parent = SpanContext(self._ids.trace_id, int(record.parent, 16), True, TraceFlags(TraceFlags.SAMPLED))
            context = set_span_in_context(NonRecordingSpan(parent))
        started_ns = int(record.started_at_s * 1e9)
        span = self._tracer.start_span(
            f"{record.service or 'HTTP'}.{record.operation or record.method}",
            context=context,
            kind=SpanKind.SERVER,
            attributes=_attributes(record),
            start_time=started_ns,
        )
        if record.outcome != "ok":
            span.set_status(StatusCode.ERROR, record.error_code or record.fate)
        span.end(started_ns + int(record.duration_ms * 1e6))
        return span


def _attributes(record: CallRecord) -> Mapping[str, Any]:
    """Name what is known as OpenTelemetry's semantic conventions for AWS SDK calls do; ours begin with `rehearsal.`."""
    failed = record.outcome != "ok"
    fault = record.fault if isinstance(record.fault, Mapping) else {}
    known = {
        "rpc.system": "aws-api",
        "rpc.service": record.service,
        "rpc.method": record.operation,
        "aws.request_id": record.request_id,
        "http.request.method": record.method,
        "http.response.status_code": record.status or None,
        "error.type": (record.error_code or (record.fate if record.outcome == "lost" else str(record.status))) * failed,
        "cloud.provider": "aws",
        "cloud.account.id": record.account,
        "cloud.region": record.region,
        "aws.dynamodb.table_names": _tables(record),
        "rehearsal.resource": record.resource,
        "rehearsal.key": record.targets[0].key if record.targets else "",
        "rehearsal.caller": record.caller,
        "rehearsal.execution": record.bound_execution(),
        "rehearsal.outcome": record.outcome,
        "rehearsal.fault": str(fault.get("id", "")),
    }
    return {name: value for name, value in known.items() if value not in ("", None, ())}


def _tables(record: CallRecord) -> tuple[str, ...]:
    if record.service != "dynamodb":
        return ()
    return tuple(dict.fromkeys(one.resource for one in record.targets if one.resource))


def spans_to(endpoint: str) -> Spans | None:
    """Return what sends spans to `endpoint` (or, "", to the one that the environment names); None when there is none.

    Without the OpenTelemetry packages one line in the log says so, and there are no spans.
    """
    if not endpoint and not any(os.environ.get(name) for name in ENDPOINT_VARIABLES):
        return None
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        url = f"{endpoint.rstrip('/')}/v1/traces" if endpoint else None
        return Spans(OTLPSpanExporter(endpoint=url, timeout=SEND_WITHIN_S))
    except ImportError:
        logger.warning("an OTLP endpoint is set, but no spans are sent: pip install 'rehearsal[otel]'")
        return None
