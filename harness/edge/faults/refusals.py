"""The fault that answers with an error, as AWS words and wraps it in the protocol of the call."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.edge.aws import refusal
from harness.edge.call import Answer, Call
from harness.edge.documents import RuleInvalid
from harness.edge.faults import dynamodb_errors
from harness.edge.faults.answers import drain
from harness.edge.faults.fault import Fault, Hold, argument
from harness.edge.faults.match import Match
from harness.edge.faults.vocabulary import check_error, check_fields, dynamodb_reasons, has_error


@dataclass(frozen=True)
class Error(Fault):
    """Answer with an error of the operation: one that its model has, or one that every service has.

    Another code needs a `status`. After the effect, the error hides that the call succeeded.
    """

    kind = "error"
    error: str = argument("", says="the error's code, e.g. ThrottlingException; required")
    message: str = argument("", says="its message; AWS's own words, where they are known, without")
    status: int | None = argument(None, says="the HTTP status; the error's own without", at_least=400, at_most=599)
    fields: Mapping[str, Any] | None = argument(None, says='members of the error, e.g. {"RetryAfterSeconds": "5"}')
    reasons: tuple[Any, ...] = argument((), says="DynamoDB's throttling reasons, or cancellation reasons by item")

    def __post_init__(self) -> None:
        if not self.error:
            raise RuleInvalid('an error rule has no code, expected e.g. "error": "ThrottlingException"')
        if self.reasons:
            dynamodb_reasons(self.error, list(self.reasons))

    def check(self, meant: Match, /) -> None:
        """Raise RuleInvalid when no call that a match means fails like this on AWS."""
        if self.status is None:
            check_error(meant, self.error)
        check_fields(meant, self.error, self.fields or {})

    def misses(self, call: Call, /) -> str:
        if self.status is not None or has_error(call.service, call.operation, self.error):
            return ""
        return f"{call.service} {call.operation} has no error {self.error}"

    async def spoil(self, hold: Hold, call: Call, answer: Answer, /) -> Answer:
        await drain(answer)
        members = dict(self.fields or {})
        if call.service == "dynamodb":
            members = {**dynamodb_errors.members(self.error, self.reasons, call, hold.target), **members}
        return refusal(call, self.error, self.message, self.status, members)
