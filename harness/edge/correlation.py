"""Which payment a call belongs to: X-Ray trace headers, handed from an API call through executions to Lambda workers.

A trace header is `Root=1-<8 hex epoch>-<24 hex>;Parent=<16 hex>;Sampled=1` (source: the X-Ray developer guide,
"Tracing header"; documented). One client call is one root. Each Lambda invocation gets a parent id of its own, which
the AWS SDK inside the function sends back with every call: so the edge knows the caller by its parent id.
"""

import time
from collections import OrderedDict
from contextvars import ContextVar
from dataclasses import dataclass
from random import getrandbits  # ids, not secrets: no system call
from threading import Lock

CALLERS_KEPT_MAX = 20_000

# The trace header of the request that led, directly or through an execution, to what runs now.
current_trace: ContextVar[str | None] = ContextVar("current_trace", default=None)


@dataclass(frozen=True, slots=True)
class Trace:
    """A parsed trace header; `parent` is "" at the beginning of a trace."""

    root: str
    parent: str = ""
    sampled: bool = True

    @classmethod
    def new(cls) -> "Trace":
        """Begin a trace."""
        return cls(f"1-{int(time.time()):08x}-{getrandbits(96):024x}")

    @classmethod
    def parse(cls, header: str | None) -> "Trace | None":
        """Read a header; None when it is missing or names no root."""
        fields = dict(part.strip().partition("=")[::2] for part in (header or "").split(";"))
        root = fields.get("Root", "")
        return cls(root, fields.get("Parent", ""), fields.get("Sampled", "1") != "0") if root else None

    def child(self) -> "Trace":
        """Return the same trace with a new parent id, for one invocation."""
        return Trace(self.root, f"{getrandbits(64):016x}", self.sampled)

    def __str__(self) -> str:
        parent = f";Parent={self.parent}" if self.parent else ""
        return f"Root={self.root}{parent};Sampled={int(self.sampled)}"


class Callers:
    """The invocations behind the parent ids that they were given, the last `kept_max` of them."""

    def __init__(self, kept_max: int = CALLERS_KEPT_MAX) -> None:
        self._by_parent: OrderedDict[str, tuple[str, str]] = OrderedDict()
        self._kept_max = kept_max
        self._lock = Lock()

    def register(self, parent: str, function: str, request_id: str = "") -> None:
        """Remember that the invocation with this parent id runs `function`."""
        with self._lock:
            self._by_parent[parent] = (function, request_id)
            if len(self._by_parent) > self._kept_max:
                self._by_parent.popitem(last=False)

    def name_of(self, parent: str) -> str:
        """Return the function behind a parent id, "" when it is not known."""
        return self._by_parent.get(parent, ("", ""))[0]

    def request_id_of(self, parent: str) -> str:
        """Return the request id of the invocation behind a parent id, "" when it is not known."""
        return self._by_parent.get(parent, ("", ""))[1]


class Executions:
    """The Step Functions executions that traces began, the last `kept_max` of them."""

    def __init__(self, kept_max: int = CALLERS_KEPT_MAX) -> None:
        self._arn_by_trace: OrderedDict[str, str] = OrderedDict()
        self._kept_max = kept_max
        self._lock = Lock()

    def bind(self, trace: str, execution_arn: str) -> None:
        """Remember that the calls of the trace with this root belong to an execution."""
        with self._lock:
            self._arn_by_trace[trace] = execution_arn
            if len(self._arn_by_trace) > self._kept_max:
                self._arn_by_trace.popitem(last=False)

    def of(self, trace: str) -> str:
        """Return the ARN of the execution that a trace began, "" when it began none."""
        return self._arn_by_trace.get(trace, "")

    def forget(self) -> None:
        """Forget every execution."""
        with self._lock:
            self._arn_by_trace.clear()


callers = Callers()
executions = Executions()
