"""Faults of AWS calls, set at the edge: `faults.aws.lose_answer("UpdateItem", table="Wallets", of=wallet)`.

Each verb names the operation first, of DynamoDB unless `service` says another (by the name that requests are signed
with: `states`, `lambda`, `sqs`). `Where` says whose calls are meant and how often it happens. Before the commit nothing
was written; after it everything was, and only the answer is lost, late or wrong.

Tests share an environment, so a fault has to say whom it is for, by `of`, `key` or `execution`; only `everybody=True`
hits the calls of all. What Step Functions calls by itself, without a Lambda, has the caller `states`; its
invocations of functions, and its integrations for SNS and ECS, pass no edge and meet no fault.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, TypedDict, Unpack

from harness.clients import AwsFault, EdgeClient
from harness.clients.edge import KILL
from harness.errors import SettingInvalid, TargetLacks
from harness.generators import AwsTrouble

Texts = str | Sequence[str]
Phase = Literal["before", "after"]
LostBy = Literal["reset", "hang", "truncate", "error"]

_TRANSACTIONS = ("TransactWriteItems", "TransactGetItems")
# What each service throttles with (source: botocore's models and the services' API references, documented).
_THROTTLES = {
    "dynamodb": "ProvisionedThroughputExceededException",
    "lambda": "TooManyRequestsException",
    "sns": "ThrottledException",
    "s3": "SlowDown",
}
_THROTTLED = "ThrottlingException"
# The fields of Where that narrow a rule down to calls, by the rule's own names.
_NARROWING = {
    "table": "resource",
    "resource": "resource",
    "key": "key",
    "caller": "caller",
    "execution": "execution",
    "trace": "trace",
}
_OWN = ("of", "key", "execution", "trace")


class MatchedAtTheEdge(Protocol):
    """What a fault can be limited to."""

    def aws_match(self) -> dict[str, str]:
        """Return the fields of the edge's fault rules that mean this and nothing else."""


class Where(TypedDict, total=False):
    """Whose calls a fault is for, and how often it fires.

    Whose: `of` a payment (its execution and all that this one calls) or a wallet (its item); a `table` or `resource` by
    its name with or without the stack's; the `key` of an item, or its values; the `caller`, a function's name; an
    `execution`'s name; a `trace` (one client call and all that it causes). Texts may hold `*`. How often: the `nth`
    matching call only, at most `times`, with `probability` (and its `seed`), in a `sequence` of failing and passing,
    within a `window` after it was set.
    """

    of: MatchedAtTheEdge
    everybody: bool
    service: str
    table: Texts
    resource: Texts
    key: Texts
    caller: Texts
    execution: Texts
    trace: Texts
    name: str
    nth: int
    times: int
    probability: float
    seed: int
    sequence: Mapping[str, int]
    window: Mapping[str, float]
    ttl_s: float


class AwsFaults:
    """The verbs; each prepares a fault that bites inside its `with` block."""

    def __init__(self, edge: EdgeClient) -> None:
        self._edge = edge

    @property
    def lacking(self) -> frozenset[str]:
        """The kinds of faults that this target has no way to do; asked of the edge once."""
        try:
            self._edge.must_kill_workers()
        except TargetLacks:
            return frozenset({KILL})
        return frozenset()

    def throttle(self, operation: str, code: str = "", **where: Unpack[Where]) -> AwsFault:
        """Refuse as AWS does when too much is asked of it; a transaction is cancelled for its throttled items."""
        if operation in _TRANSACTIONS and not code:
            return self.fail_with(operation, "TransactionCanceledException", reasons=["ThrottlingError"], **where)
        code = code or _THROTTLES.get(where.get("service", "dynamodb"), _THROTTLED)
        return self._fault("error", operation, {"error": code}, where)

    def fail_with(
        self,
        operation: str,
        code: str,
        *,
        message: str = "",
        status: int = 0,
        fields: Mapping[str, Any] | None = None,
        reasons: Sequence[Any] = (),
        phase: Phase = "before",
        **where: Unpack[Where],
    ) -> AwsFault:
        """Answer with the error `code`, by default before anything happened.

        `status` is needed for errors that the operation does not model. `reasons` say why DynamoDB throttled, or why it
        cancelled a transaction: one for the item that is meant, or one for each. `fields` are further members.
        """
        told = {"message": message, "status": status, "fields": dict(fields or {}), "reasons": list(reasons)}
        rule = {"error": code, **{name: value for name, value in told.items() if value}}
        return self._fault("error", operation, rule | _when(phase), where)

    def lose_answer(self, operation: str, how: LostBy = "reset", **where: Unpack[Where]) -> AwsFault:
        """Do it, then lose the answer: by a reset, a hang, half a body, or a 500."""
        # A 500 that no operation models, so that it fits all of them: what a broken proxy in between would answer.
        error = {"error": "InternalServerError", "status": 500} if how == "error" else {}
        return self._fault(how, operation, {"phase": "after", **error}, where)

    def refuse(self, operation: str, **where: Unpack[Where]) -> AwsFault:
        """Reset the connection before anything happened."""
        return self._fault("reset", operation, {}, where)

    def hang(self, operation: str, delay_ms_max: int = 60_000, **where: Unpack[Where]) -> AwsFault:
        """Hold the call until the client gives up; nothing happens."""
        return self._fault("hang", operation, {"delay_ms": delay_ms_max}, where)

    def slow_down(
        self, operation: str, delay_ms: int | Mapping[str, Any], *, phase: Phase = "before", **where: Unpack[Where]
    ) -> AwsFault:
        """Answer `delay_ms` late, or as late as is drawn from a distribution (docs/faults.md has them)."""
        delay = {"delay_ms": delay_ms} if isinstance(delay_ms, int) else {"distribution": dict(delay_ms)}
        return self._fault("latency", operation, delay | _when(phase), where)

    def garble_answer(self, operation: str, **where: Unpack[Where]) -> AwsFault:
        """Do it, and answer with a body that was changed on its way."""
        return self._fault("corrupt", operation, {"phase": "after"}, where)

    def leave_unprocessed(self, operation: str, keep: int = 0, **where: Unpack[Where]) -> AwsFault:
        """Do only the first `keep` items of a batch, and return the others as unprocessed."""
        return self._fault("unprocessed", operation, {"keep": keep}, where)

    def kill_caller(self, operation: str, *, phase: Phase = "before", **where: Unpack[Where]) -> AwsFault:
        """Kill the Lambda worker that makes the call, before it is done or just after.

        Raises TargetLacks where functions live in containers that nobody here can kill.
        """
        return self._fault(KILL, operation, _when(phase), where)

    def repeat_stream_records(self, table: str, *, key: str = "", last: int = 100) -> int:
        """Deliver the newest `last` records of a table's stream to its functions once more; return how many came.

        `key` means items by their key (`PK=a`), its values, or with `*`: on a shared environment, the test's own. No
        fault that bites later: when this returns, every function has had the repeated records. Raises TargetLacks where
        the engine feeds functions by itself.
        """
        asked = {"table": table, "last": last, **({"key": key} if key else {})}
        told = self._edge.ask("POST", "/_rehearsal/streams/repeat", json=asked)["repeated"]
        return sum(int(one["records"]) for one in told)

    def strike(self, trouble: AwsTrouble, *, execution: Texts) -> AwsFault:
        """Do to the calls of executions what was drawn."""
        match = {"service": trouble.service, "operation": trouble.operation, "execution": execution}
        return self._edge.fault(trouble.kind, match=match, **trouble.rule)

    def _fault(self, kind: str, operation: str, rule: Mapping[str, Any], where: Where) -> AwsFault:
        limits: dict[str, Any] = dict(where)
        match = {"service": limits.pop("service", "dynamodb"), "operation": operation, **_whose(limits)}
        return self._edge.fault(kind, match=match, **rule, **limits)


def _whose(limits: dict[str, Any]) -> dict[str, Any]:
    """Take the fields of a match out of `limits`; raises SettingInvalid when they say nothing, or two things."""
    if not limits.pop("everybody", False) and not any(limits.get(name) for name in _OWN):
        raise SettingInvalid(
            "a fault of AWS calls was limited to nobody's own",
            remedy="say whose calls are meant by of=, key=, execution= or trace=, "
            "or everybody=True on one's own environment",
        )
    match: dict[str, Any] = limits.pop("of").aws_match() if "of" in limits else {}
    for name, field in _NARROWING.items():
        if name in limits:
            if field in match:
                raise SettingInvalid(f"a fault was limited to two values of {field}, expected one")
            match[field] = limits.pop(name)
    return match


def _when(phase: Phase) -> dict[str, str]:
    return {} if phase == "before" else {"phase": phase}
