"""Faults of the AWS calls that a system makes, drawn at random: any kind, before or after the effect, in any number.

Leaves out what nobody could survive or notice: faults that never end, and answers that are wrong and whole.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from harness.generators.troubles import AFTER, BOTH, draw_limits

# Longer than a client waits for an answer (3 s), so that it gives up; short enough for many of them in a row.
DELAY_MS_MAX = 3_500

_DYNAMODB, _STATES = "dynamodb", "states"
_CALLS = (
    *((_DYNAMODB, "GetItem"), (_DYNAMODB, "TransactWriteItems"), (_DYNAMODB, "TransactWriteItems"), (_DYNAMODB, "*")),
    *((_STATES, "StartExecution"), (_STATES, "DescribeExecution")),
)
_ERRORS: dict[str, tuple[Mapping[str, Any], ...]] = {
    _DYNAMODB: (
        {"error": "InternalServerError"},
        {"error": "ThrottlingException"},
        {"error": "ProvisionedThroughputExceededException"},
    ),
    _STATES: ({"error": "ThrottlingException"}, {"error": "InternalFailure"}),
    "TransactWriteItems": (
        {"error": "TransactionCanceledException", "reasons": ["TransactionConflict"]},
        {"error": "TransactionCanceledException", "reasons": ["ThrottlingError"]},
        {"error": "TransactionInProgressException"},
    ),
}
_PHASES = {
    "error": BOTH,
    "reset": BOTH,
    "truncate": BOTH,
    "hang": BOTH,
    "latency": BOTH,
    "kill_caller": BOTH,
    "corrupt": (AFTER,),
}
AWS_KINDS = tuple(_PHASES)


@dataclass(frozen=True, slots=True)
class AwsTrouble:
    """One fault of AWS calls: its kind, which calls it is for, when it bites, and its arguments."""

    kind: str
    service: str
    operation: str
    rule: Mapping[str, Any] = field(default_factory=dict)


def draw_aws_troubles(rng: Random, *, at_most: int = 3, without: Collection[str] = ()) -> tuple[AwsTrouble, ...]:
    """Draw one to `at_most` faults; the first that matches a call is the one that bites it.

    `without` are kinds that the target has no way to do; others are drawn in their place.
    """
    kinds = tuple(kind for kind in AWS_KINDS if kind not in without)
    return tuple(_draw(rng, kinds) for _ in range(rng.randint(1, at_most)))


def _draw(rng: Random, kinds: Sequence[str]) -> AwsTrouble:
    kind = rng.choice(kinds)
    service, operation = rng.choice(_CALLS)
    rule = {"phase": rng.choice(_PHASES[kind]), **_arguments(kind, service, operation, rng), **draw_limits(rng)}
    return AwsTrouble(kind, service, operation, rule)


def _arguments(kind: str, service: str, operation: str, rng: Random) -> dict[str, Any]:
    if kind in ("hang", "latency"):
        return {"delay_ms": rng.randint(50, DELAY_MS_MAX)}
    if kind == "error":
        return dict(rng.choice(_ERRORS[service] + _ERRORS.get(operation, ())))
    return {}
