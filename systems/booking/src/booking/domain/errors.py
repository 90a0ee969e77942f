"""What this system refuses, named for what the caller does next; `code` is what a client may act on.

Texts never hold a key, a card or a request's body; of a client's values only ids that were checked for their form.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundwork import failures
from groundwork.failures import Transient


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field of a request."""

    field: str
    code: str
    message: str


class Refused(failures.Refused):
    """A business answer: final, a retry would give the same. `details` are told beside the message."""

    def __init__(self, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.details: Mapping[str, Any] = details or {}


class RequestInvalid(Refused):
    """A request can't be taken; `problems` names the fields."""

    default_code = "invalid_request"

    def __init__(self, *problems: Problem) -> None:
        super().__init__("the request is not valid; see fields")
        self.problems: Sequence[Problem] = problems


class NotFound(Refused):
    """There is no such thing for this tenant; whether another tenant has it is not told."""

    default_code = "not_found"

    def __init__(self, kind: str, identifier: str) -> None:
        super().__init__(f"there is no {kind} {identifier}")


class ForbiddenScope(Refused):
    """The key's scopes don't reach this far."""

    default_code = "forbidden_scope"


class SlotTaken(Refused):
    """Another live booking holds a part of the time."""

    default_code = "slot_taken"


class OutsideAvailability(Refused):
    """The provider is not available at the time."""

    default_code = "outside_availability"


class BookingsInTheWay(Refused):
    """Live bookings lie in the time that is to be closed; `details["bookings"]` are their ids."""

    default_code = "bookings_in_the_way"


class IdempotencyConflict(Refused):
    """The Idempotency-Key was used before, with other content. What it made is untouched."""

    default_code = "idempotency_conflict"


class BookingClosed(Refused):
    """The booking's status allows no such change any more."""

    default_code = "booking_closed"


class Conflict(Refused):
    """The change does not fit what else there is: a name that is taken, a thing in use, the last manage key."""

    default_code = "conflict"


class LimitReached(Refused):
    """The plan's limit is used up."""

    default_code = "limit_reached"


class DepositDeclined(Refused):
    """The deposit was refused, for good."""

    default_code = "deposit_declined"


class ConversationExpired(Refused):
    """The conversation's time to live is over."""

    default_code = "conversation_expired"


class TooManyRequests(Refused):
    """The tenant's requests of this minute are used up; `retry_after_s` says when the next minute begins."""

    default_code = "too_many_requests"

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class StoreUnavailable(Transient):
    """The tables throttled, conflicted or did not answer until the time was over: try again."""
