"""One operation of one client: what it asked, when, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Outcome = Literal["ok", "fail", "info"]
OK: Outcome = "ok"
FAIL: Outcome = "fail"
INFO: Outcome = "info"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; instants are seconds since the history began.

    `action` is a client's verb (`pay`, `refund`, `credit`, `read_payment`, `read_wallet`, `list_payments`), `subject`
    the payment's or wallet's id, `value` the request, `result` the answer's document, `status_code` its HTTP status
    (None when there was no answer). An operation without an end has outcome `info` and no `completed_at_s`.
    """

    index: int
    process: int
    action: str
    subject: str
    invoked_at_s: float
    value: Mapping[str, Any] = field(default_factory=dict)
    completed_at_s: float | None = None
    outcome: Outcome = INFO
    status_code: int | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""

    def precedes(self, other: "Operation") -> bool:
        """Tell whether this operation had ended before `other` began (real time, so no clocks are compared)."""
        return self.completed_at_s is not None and self.completed_at_s < other.invoked_at_s
