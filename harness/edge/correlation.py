"""Which payment a call belongs to: X-Ray trace headers, handed from an API call through executions to Lambda workers.

A trace header is `Root=1-<8 hex epoch>-<24 hex>;Parent=<16 hex>;Sampled=1` (source: the X-Ray developer guide,
"Tracing header"; documented). One client call is one root. Each Lambda invocation gets a parent id of its own, which
the AWS SDK inside the function sends back with every call: so the edge knows the caller by its parent id.

Executions nest: a function of one system's execution may call another system's API, which starts one of its own in the
same trace. So a call belongs to the execution whose thread or function makes it, then to the one that its invocation
has started, and only then to the first one of its trace.
"""

import re
import time
from collections import OrderedDict
from contextvars import ContextVar
from dataclasses import dataclass
from random import getrandbits  # ids, not secrets: no system call
from threading import Lock
from typing import TypeVar

K = TypeVar("K")
CALLERS_KEPT_MAX = 20_000
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{3,}")  # what may hold an execution's name

# The trace header of the request that led, directly or through an execution, to what runs now.
current_trace: ContextVar[str | None] = ContextVar("current_trace", default=None)


@dataclass(slots=True)
class Started:
    """An execution that a call starts; its `arn` is "" until it is known."""

    arn: str = ""

    @classmethod
    def by(cls, document: object) -> "Started":
        """Return what a StartExecution asks for; a name that the service makes up is known by its answer alone."""
        asked = document if isinstance(document, dict) else {}
        machine, name = asked.get("stateMachineArn"), asked.get("name")
        if not isinstance(machine, str) or not isinstance(name, str):
            return cls()
        return cls(f"{machine.replace(':stateMachine:', ':execution:')}:{name}")


# The execution whose thread this is, in the engine of this process.
current_execution: ContextVar[Started | None] = ContextVar("current_execution", default=None)


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
        self._by_parent: OrderedDict[str, tuple[str, str, Started | None]] = OrderedDict()
        self._kept_max = kept_max
        self._lock = Lock()

    def register(self, parent: str, function: str, request_id: str = "", within: Started | None = None) -> None:
        """Remember that the invocation with this parent id runs `function`, `within` an execution or outside of any."""
        with self._lock:
            self._by_parent[parent] = (function, request_id, within)
            if len(self._by_parent) > self._kept_max:
                self._by_parent.popitem(last=False)

    def name_of(self, parent: str) -> str:
        """Return the function behind a parent id, "" when it is not known."""
        return self._by_parent.get(parent, NOBODY)[0]

    def request_id_of(self, parent: str) -> str:
        """Return the request id of the invocation behind a parent id, "" when it is not known."""
        return self._by_parent.get(parent, NOBODY)[1]

    def behind(self, parent: str) -> tuple[str, str]:
        """Return function and execution (its ARN) behind a parent id, each "" when there is none or it is not known."""
        function, _, within = self._by_parent.get(parent, NOBODY)
        return function, within.arn if within is not None else ""


class Executions:
    """The Step Functions executions that traces, and invocations in them, began; the last `kept_max` of each."""

    def __init__(self, kept_max: int = CALLERS_KEPT_MAX) -> None:
        self._arn_by_trace: OrderedDict[str, str] = OrderedDict()
        self._arn_by_parent: OrderedDict[str, str] = OrderedDict()
        self._arn_by_name: OrderedDict[tuple[str, str], str] = OrderedDict()  # by account, and by "" for any, and name
        self._kept_max = kept_max
        self._lock = Lock()

    def bind(self, trace: str, execution_arn: str, parent: str = "") -> None:
        """Remember that an execution was started in the trace with this root, by the invocation with this parent id.

        The trace's other calls belong to its first execution: what comes later was started within it.
        """
        with self._lock:
            self._keep(self._arn_by_trace, trace, self._arn_by_trace.get(trace, execution_arn))
            if parent:
                self._keep(self._arn_by_parent, parent, execution_arn)

    def of(self, trace: str, parent: str = "") -> str:
        """Return the ARN of the execution that an invocation has started, else of the trace's first, "" for none."""
        started = self._arn_by_parent.get(parent) if parent else None
        return started or self._arn_by_trace.get(trace, "")

    def expect(self, execution_arn: str) -> None:
        """Remember the name of an execution that is about to be started: its first calls may come before the answer."""
        name = execution_arn.rpartition(":")[2]
        with self._lock:
            for account in {_account_in(execution_arn), ""}:
                self._keep(self._arn_by_name, (account, name), execution_arn)

    def named_in(self, text: str, account: str = "") -> str:
        """Return the ARN of the first execution that a text names, whole or as the end of a longer name, "" for none.

        For targets on which no trace reaches functions: executions that are named by what they are about, as they
        have to be in order to run once, are known by it. A payment `dep-b1` is of execution `b1` until its own began.
        Only those of `account` are meant, or ("") the latest of any that has the name.
        """
        for word in _WORD.findall(text):
            rest = word
            while rest:
                if (found := self._arn_by_name.get((account, rest))) is not None:
                    return found
                rest = rest.partition("-")[2]
        return ""

    def forget(self) -> None:
        """Forget every execution."""
        with self._lock:
            self._arn_by_trace.clear()
            self._arn_by_parent.clear()
            self._arn_by_name.clear()

    def _keep(self, kept: OrderedDict[K, str], name: K, execution_arn: str) -> None:
        kept[name] = execution_arn
        if len(kept) > self._kept_max:
            kept.popitem(last=False)


def _account_in(arn: str) -> str:
    return arn.split(":", 5)[4] if arn.count(":") >= 5 else ""


NOBODY: tuple[str, str, Started | None] = ("", "", None)
callers = Callers()
executions = Executions()
