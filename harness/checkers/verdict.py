"""What a checker says of a history."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Validity = Literal["VALID", "INVALID", "UNKNOWN"]
VALID: Validity = "VALID"
INVALID: Validity = "INVALID"
UNKNOWN: Validity = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Counterexample:
    """One thing that was not allowed: `subject` ("payment pay-1"), `what` was seen and expected, the evidence."""

    subject: str
    what: str
    evidence: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.subject} {self.what}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` says why it is UNKNOWN; `counterexample` is the first of `counterexamples`, None when VALID."""

    invariant: str
    checker: str
    validity: Validity
    reason: str = ""
    counterexample: Counterexample | None = None
    counterexamples: int = 0

    @property
    def is_valid(self) -> bool:
        """Tell whether the history is proven to hold the invariant."""
        return self.validity == VALID

    def __str__(self) -> str:
        line = f"{self.invariant} {self.checker} {self.validity}"
        return f"{line}: {self.counterexample or self.reason}" if not self.is_valid else line
