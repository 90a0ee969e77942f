"""The lines that Lambda itself writes into a function's log, around what the function printed.

Source: Lambda developer guide, "Log formats" and "Execution environment lifecycle" (the newer form, with `Status`);
documented. Since August 2025 the init of a cold start is billed with its invocation.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from harness.targets.embedded.functions import endings


@dataclass(frozen=True, slots=True)
class Report:
    """The numbers of one invocation."""

    request_id: str
    duration_ms: float
    memory_mb: int
    memory_used_mb: int
    init_ms: float | None = None  # of a cold start
    status: str = ""  # "error" or "timeout" when the worker ended
    error_type: str = ""
    trace_header: str | None = None

    def __str__(self) -> str:
        billed_ms = math.ceil(self.duration_ms + (self.init_ms or 0))
        fields = [
            f"REPORT RequestId: {self.request_id}",
            f"Duration: {self.duration_ms:.2f} ms",
            f"Billed Duration: {billed_ms} ms",
            f"Memory Size: {self.memory_mb} MB",
            f"Max Memory Used: {self.memory_used_mb} MB",
        ]
        if self.init_ms is not None:
            fields.append(f"Init Duration: {self.init_ms:.2f} ms")
        if self.status:
            fields.append(f"Status: {self.status}")
        if self.error_type:
            fields.append(f"Error Type: {self.error_type}")
        return "\t".join(fields) + "\t" + self._trace()

    def _trace(self) -> str:
        parts = dict(part.strip().partition("=")[::2] for part in (self.trace_header or "").split(";"))
        if not parts.get("Root") or parts.get("Sampled") == "0":
            return ""
        return f"\nXRAY TraceId: {parts['Root']}\tSegmentId: {parts.get('Parent', '')}\tSampled: true\t"


def start_line(request_id: str, version: str) -> str:
    """Return the line before an invocation's own output."""
    return f"START RequestId: {request_id} Version: {version}"


def end_line(request_id: str) -> str:
    """Return the line after an invocation's own output."""
    return f"END RequestId: {request_id}"


def timeout_line(request_id: str, timeout_s: int) -> str:
    """Return the line that tells of a timeout."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
    return f"{now}Z {request_id} {endings.timeout_text(timeout_s)}"


def exit_lines(request_id: str, exit_code: int, error_type: str) -> str:
    """Return the lines that tell of a worker's end."""
    return f"RequestId: {request_id} Error: {endings.exit_text(exit_code)}\n{error_type}"


def init_report(duration_ms: float, status: str, error_type: str = "") -> str:
    """Return the line of a failed init."""
    line = f"INIT_REPORT Init Duration: {duration_ms:.2f} ms\tPhase: init\tStatus: {status}"
    return line + (f"\tError Type: {error_type}" if error_type else "")


def join_lines(*parts: str) -> str:
    """Put texts below each other, each ended by exactly one line break; empty ones vanish."""
    return "".join(part if part.endswith("\n") else f"{part}\n" for part in parts if part)


def log_events(log: str) -> list[str]:
    """Cut a log into events as CloudWatch shows them.

    One event a line, except that the runtime's error report with its stack trace is one event (it separates its lines
    by carriage returns, which become line breaks), and so are the report and its trace line.
    """
    events: list[str] = []
    for line in log.split("\n"):
        if line.startswith("XRAY TraceId: ") and events and events[-1].startswith("REPORT "):
            events[-1] += f"\n{line}"
        elif line:
            events.append(line.replace("\r", "\n") if line.startswith("[ERROR]") else line)
    return events
