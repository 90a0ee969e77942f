"""Which requests a fault is meant for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from mock_gateway.calls import Call

ANY = "*"
# Compared as they are; what a rule does not name matches everything.
EQUAL = ("merchant", "customer", "amount_minor", "currency", "reference", "idempotency_key")


@dataclass(frozen=True)
class Match:
    """Conditions that a request has to meet, all of them; None is no condition."""

    operation: str = ANY
    merchant: str | None = None
    customer: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    reference: str | None = None
    idempotency_key: str | None = None
    card_last4: str | None = None
    # A pattern such as /idempotency-keys/*
    path: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def fits(self, call: Call, operations: tuple[str, ...]) -> bool:
        """Say whether a request is meant, by a fault that can only befall these operations."""
        if call.operation not in (operations if self.operation == ANY else (self.operation,)):
            return False
        if any(getattr(self, name) not in (None, getattr(call, name)) for name in (*EQUAL, "card_last4")):
            return False
        if self.path is not None and not fnmatchcase(call.path, self.path):
            return False
        return all(call.headers.get(name.lower()) == value for name, value in self.headers.items())
