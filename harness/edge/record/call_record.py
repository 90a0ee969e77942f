"""What is kept of one call: who called what about which item, how it ended, what it cost.

Bodies are no part of it unless somebody asked (`bodies`), query strings never are: presigned ones hold signatures.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from harness.edge.call import Answer, Call, Partition, Target
from harness.edge.correlation import executions
from harness.edge.principals import Principal, principals
from harness.masking import masked

TARGETS_KEPT_MAX = 25  # a batch names up to 100 items, a transaction as many
PARTITIONS_KEPT_MAX = 100
DIGITS_MIN = 13  # of the shortest card number
BYTES_OF_RECORD = 600  # what one takes in memory besides targets and bodies; measured with tracemalloc
_WORD = re.compile(r"([A-Z]+ )?[a-z-]{0,30}").fullmatch
OUTCOMES = ("ok", "error", "lost")


@dataclass(slots=True)
class CallRecord:
    """One call. `started_at_s` is epoch seconds; texts are "" and units None when they are not known.

    `fate` is an answer's: delivered, reset, truncated; or none, when the edge itself had no answer to give.
    """

    started_at_s: float
    service: str
    operation: str
    method: str
    path: str
    trace: str
    caller: str
    parent: str = ""
    execution: str = ""  # an ARN; only its name when it was to start and did not
    account: str = ""
    region: str = ""
    targets: tuple[Target, ...] = ()
    targets_left_out: int = 0
    partitions: tuple[Partition, ...] = ()
    partitions_left_out: int = 0
    principal: Principal | None = None  # whom AssumeRole gave the access key to
    status: int = 0
    error_code: str = ""
    fate: str = "none"
    fault: Any = None  # {"id", "kind", "phase", …} of the fault that fired
    request_id: str = ""
    duration_ms: float = 0.0
    bytes_in: int = 0
    bytes_out: int = 0
    read_units: float | None = None
    write_units: float | None = None
    bodies: Any = None
    sequence: int = 0  # counts calls since the edge began, from 1, in the order in which they ended

    @property
    def outcome(self) -> str:
        """Return "ok", "error" (status 400 and above) or "lost" (the client did not get the answer whole)."""
        if self.fate != "delivered":
            return "lost"
        return "ok" if self.status < 400 else "error"

    @property
    def resource(self) -> str:
        """Return the first thing that the call was about, "" when it is not known."""
        return self.targets[0].resource if self.targets else ""

    @property
    def kind(self) -> str:
        """Return the operation by which calls are counted: of an API's paths, what looks like an id is `*`."""
        if self.service != "execute-api" or "/" not in self.operation:
            return self.operation
        return "/".join(one if _WORD(one) else "*" for one in self.operation.split("/"))

    @property
    def size_bytes(self) -> int:
        """Return about how much memory the record takes."""
        size = BYTES_OF_RECORD + 200 * len(self.targets) + 120 * len(self.partitions)
        return size if self.bodies is None else size + 2 * self.bodies.size_bytes

    def bound_execution(self) -> str:
        """Return the execution that the call's trace led to, "" when there is none so far."""
        if not self.execution:
            self.execution = executions.of(self.trace)
        return self.execution

    def to_json(self) -> dict[str, Any]:
        """Return the record as values that orjson writes, with the start as an aware instant."""
        targets = self.targets
        told: dict[str, Any] = {
            "sequence": self.sequence,
            "started_at": datetime.fromtimestamp(self.started_at_s, UTC),
            "service": self.service,
            "operation": self.operation,
            "resource": targets[0].resource if targets else "",
            "key": targets[0].key if targets else "",
            "caller": self.caller,
            "principal": None if self.principal is None else self.principal.to_json(),
            "execution": self.execution or self.bound_execution(),
            "trace": self.trace,
            "account": self.account,
            "region": self.region,
            "outcome": self.outcome,
            "status": self.status,
            "error_code": self.error_code,
            "fate": self.fate,
            "fault": self.fault,
            "duration_ms": round(self.duration_ms, 3),
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
            "read_units": self.read_units,
            "write_units": self.write_units,
            "request_id": self.request_id,
            "method": self.method,
            "path": self.path,
        }
        if len(targets) > 1:
            told["targets"] = [{"resource": one.resource, "key": one.key} for one in targets]
            told["targets_left_out"] = self.targets_left_out
        if self.partitions:
            told["partitions"] = [_told(one) for one in self.partitions]
            told["partitions_left_out"] = self.partitions_left_out
        if self.bodies is not None:
            told |= self.bodies.to_json()
        return told

    def line(self) -> bytes:
        """Return the record as one line of JSON, its line feed included."""
        return encoded(self.to_json()) + b"\n"


def encoded(document: Any) -> bytes:
    """Return a document of records as JSON, whatever clients have put into their names."""
    try:
        return orjson.dumps(document, default=str)
    except TypeError:  # half of a surrogate pair, or a whole number beyond 64 bits: the standard library writes both
        return json.dumps(document, default=_plain).encode()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def record_of(call: Call, answer: Answer | None = None) -> CallRecord:
    """Return the record of a call, and of its answer as far as every protocol tells it the same way.

    The size of a body that is held is not in it: rooms may have replaced the one that the client sent.
    """
    namespace, targets, partitions, path = call.namespace, call.targets, call.partitions, call.path
    if targets:
        targets = tuple([one if len(one.key) < DIGITS_MIN else _masked(one) for one in targets[:TARGETS_KEPT_MAX]])
        if partitions:
            partitions = _without_cards(partitions, targets[0] if targets[0] is call.targets[0] else None)
    return CallRecord(
        call.started_at_s,
        call.service,
        call.operation,
        call.method,
        path if len(path) < DIGITS_MIN else masked(path),
        call.trace,
        call.caller,
        call.parent,
        call.execution or executions.of(call.trace),
        namespace.account,
        namespace.region,
        targets,
        max(0, len(call.targets) - TARGETS_KEPT_MAX),
        partitions,
        max(0, len(call.partitions) - PARTITIONS_KEPT_MAX),
        principals.of(namespace.access_key),
        answer.status if answer else 0,
        "",
        answer.fate.kind if answer else "none",
        call.marks.get("fault"),
        bytes_in=0 if call.body is not None else _declared_bytes(call),
    )


def _masked(target: Target) -> Target:
    shown = masked(target.key)
    return target if shown is target.key or shown == target.key else Target(target.resource, shown)


def _told(partition: Partition) -> dict[str, str]:
    return {"table": partition[0], "index": partition[1], "key": partition[2], "by": partition[3]}


def _without_cards(partitions: tuple[Partition, ...], clean: Target | None) -> tuple[Partition, ...]:
    """Return what is kept of a call's partitions; `clean` is a target whose key has no card number in it."""
    if clean is not None and len(partitions) == 1 and clean.key.startswith(partitions[0].key):
        return partitions
    return tuple([_shown(one) for one in partitions[:PARTITIONS_KEPT_MAX]])


def _shown(partition: Partition) -> Partition:
    if len(partition.key) < DIGITS_MIN:
        return partition
    shown = masked(partition.key)
    return partition if shown == partition.key else partition._replace(key=shown)


def _declared_bytes(call: Call) -> int:
    declared = call.header(b"content-length")
    return int(declared) if declared.isdigit() else 0
