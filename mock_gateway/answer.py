"""An answer before it is sent: what faults change, what keys store, what faces turn into HTTP."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

JSON = "application/json"
_ENCODER = json.JSONEncoder(separators=(",", ":"))


class Delivery(Enum):
    """How an answer travels."""

    WHOLE = "whole"
    TRUNCATED = "truncated"  # Content-Length promises all of it, half of it comes, then the connection ends
    RESET = "reset"  # nothing comes: the connection is reset (TCP RST)


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a body and its headers, and how they travel."""

    status: int
    body: str
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    delivery: Delivery = Delivery.WHOLE

    @classmethod
    def of(cls, status: int, document: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> "Answer":
        """Return an answer with a JSON document."""
        return cls(status, _ENCODER.encode(document), headers=headers or {})

    def document(self) -> dict[str, Any]:
        """Return the body as a JSON object; an empty one when it is something else."""
        try:
            document = json.loads(self.body)
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}

    def with_headers(self, headers: Mapping[str, str]) -> "Answer":
        """Return the same answer with more headers."""
        return replace(self, headers={**self.headers, **headers})
