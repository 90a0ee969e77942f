"""Which requests a fault is meant for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from mock_gateway.calls import Call

ANY = "*"
# Compared as they are, or by a pattern; what a rule does not name matches everything.
EQUAL = ("merchant", "customer", "currency", "reference", "idempotency_key", "face", "endpoint")
# Always patterns, such as /idempotency-keys/* and charge.*
PATTERNS = ("path", "event")


@dataclass(frozen=True)
class Like:
    """Texts that fit a pattern with * and ?."""

    pattern: str


@dataclass(frozen=True)
class Between:
    """Amounts in a range, both ends included."""

    at_least: int = 0
    at_most: float = float("inf")


Condition = str | int | Like | Between


@dataclass(frozen=True)
class Match:
    """Conditions that a request has to meet, all of them; None is no condition."""

    operation: str = ANY
    merchant: str | Like | None = None
    customer: str | Like | None = None
    amount_minor: int | Between | None = None
    currency: str | Like | None = None
    reference: str | Like | None = None
    idempotency_key: str | Like | None = None
    face: str | Like | None = None
    endpoint: str | Like | None = None
    card_last4: str | None = None
    path: str | None = None
    event: str | None = None
    headers: Mapping[str, str | Like] = field(default_factory=dict)

    def fits(self, call: Call, operations: tuple[str, ...]) -> bool:
        """Say whether a request is meant, by a fault that can only befall these operations."""
        if call.operation not in (operations if self.operation == ANY else (self.operation,)):
            return False
        if not all(_meets(getattr(self, name), getattr(call, name)) for name in (*EQUAL, "amount_minor", "card_last4")):
            return False
        for name in PATTERNS:
            pattern = getattr(self, name)
            if pattern is not None and not fnmatchcase(getattr(call, name), pattern):
                return False
        return all(_meets(condition, call.headers.get(name.lower())) for name, condition in self.headers.items())


def _meets(condition: Condition | None, value: Any) -> bool:
    if condition is None:
        return True
    if isinstance(condition, Like):
        return isinstance(value, str) and fnmatchcase(value, condition.pattern)
    if isinstance(condition, Between):
        return value is not None and condition.at_least <= value <= condition.at_most
    return bool(condition == value)
