"""INV-16: a request that is sent again is the same request: one idempotency key, one booking, one promise."""

import json
from collections.abc import Iterator

from harness.checkers.checker import Undecided, checker
from harness.checkers.verdict import Counterexample
from harness.history import FAIL, OK, History, Operation

_KEY, _TENANT = "idempotencyKey", "tenantId"
_SAME_FOR_EVER = ("bookingId", "serviceId", "customerEmail")
# Refusals that say what is, not that the request was looked at under its key.
_PASSING = frozenset({"too_many_requests", "try_again", "invalid_request", ""})


@checker("INV-16", reads=("bookings", "requests"), actions=("book",))
def one_booking_per_request(history: History) -> Iterator[Counterexample]:
    """The same request under the same key is one booking; another request under it is refused, without effect."""
    groups = list(_groups(history))
    for group in groups:
        yield from _one_booking(group)
        yield from _one_request_accepted(group)
        yield from _never_taken_back(group)
        yield from _as_written(history, group)
    if not any(len(group) > 1 for group in groups):
        raise Undecided("no key was used twice")


def _groups(history: History) -> Iterator[list[Operation]]:
    groups: dict[tuple[str, str], list[Operation]] = {}
    for operation in history.of("book"):
        key = operation.value.get(_KEY)
        if key:
            groups.setdefault((str(operation.value[_TENANT]), str(key)), []).append(operation)
    yield from groups.values()


def _one_booking(group: list[Operation]) -> Iterator[Counterexample]:
    accepted = [operation for operation in group if operation.outcome == OK]
    for other in accepted[1:]:
        first = accepted[0]
        for name in _SAME_FOR_EVER:
            if _request(first) == _request(other) and first.result.get(name) != other.result.get(name):
                evidence = {"first": _told(first), "then": _told(other)}
                yield Counterexample(_subject(other), f"was answered with another {name}", evidence)


def _one_request_accepted(group: list[Operation]) -> Iterator[Counterexample]:
    accepted = {_request(operation): operation for operation in group if operation.outcome == OK}
    if len(accepted) > 1:
        first, other, *_ = accepted.values()
        evidence = {"first": _told(first), "other": _told(other)}
        yield Counterexample(_subject(other), "was accepted for two different requests, expected a refusal", evidence)


def _never_taken_back(group: list[Operation]) -> Iterator[Counterexample]:
    for refused in (one for one in group if one.outcome == FAIL and one.error not in _PASSING):
        for accepted in (one for one in group if one.outcome == OK and _request(one) == _request(refused)):
            if accepted.precedes(refused) or refused.error == "idempotency_conflict":
                evidence = {"accepted": _told(accepted), "refused": _told(refused)}
                yield Counterexample(_subject(refused), "was accepted and then refused, expected one answer", evidence)
                return


def _as_written(history: History, group: list[Operation]) -> Iterator[Counterexample]:
    """Look for the request that the system keeps for what was accepted: without it a repeat would book again."""
    accepted = next((operation for operation in group if operation.outcome == OK), None)
    if accepted is None:
        return
    booking_id = accepted.result.get("bookingId")
    kept = [one for one in history.finals.requests or () if one.booking_id == booking_id]
    if len(kept) != 1:
        what = f"was accepted and is kept {len(kept)} times, expected once, or a repeat would book again"
        yield Counterexample(_subject(accepted), what, {"answer": _told(accepted)})


def _request(operation: Operation) -> str:
    return json.dumps({name: value for name, value in operation.value.items() if name != _KEY}, sort_keys=True)


def _subject(operation: Operation) -> str:
    return f"request {operation.value[_KEY]}"


def _told(operation: Operation) -> str:
    return f"operation {operation.index}: {dict(operation.value)} → {operation.status_code} {dict(operation.result)}"
