"""What came back for a request, or that nothing did, and what this tells about the effect."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from harness.history import FAIL, INFO, OK
from harness.history.operation import Outcome


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; `status_code` is None when there was none, then `problem` says how the request ended."""

    status_code: int | None
    document: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def code(self) -> str:
        """The code of the refusal or failure, e.g. `insufficient_funds`; "" for a success."""
        told = self.document.get("error") or self.document.get("failure") or {}
        return str(told.get("code", "")) if isinstance(told, Mapping) else ""

    @property
    def field_codes(self) -> dict[str, str]:
        """The refused fields with their codes, e.g. {"amount": "too_many_decimals"}."""
        error = self.document.get("error") or {}
        return {str(one["field"]): str(one["code"]) for one in error.get("fields") or ()}

    @property
    def outcome(self) -> Outcome:
        """What the answer says of the effect: `ok`, `fail` (surely none), `info` (nobody knows).

        A 5xx is `info`, but not when it carries the document of a payment that FAILED: that one is decided.
        """
        if self.status_code is None:
            return INFO
        if self.status_code < 300:
            return OK
        if self.document.get("status") == "FAILED" and self.document.get("payment_id"):
            return FAIL
        return FAIL if 400 <= self.status_code < 500 and self.status_code != 408 else INFO

    @classmethod
    def of(cls, response: httpx.Response) -> "Answer":
        """Read a response; a body that is no JSON object becomes a problem, not an exception."""
        try:
            document = response.json()
        except ValueError:
            document = None
        if isinstance(document, dict):
            return cls(response.status_code, document, dict(response.headers))
        return cls(response.status_code, {}, dict(response.headers), f"no JSON object: {response.text[:200]!r}")
