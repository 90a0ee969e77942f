"""What a boto3 call went through: its attempts, the throttles with their reasons, and the time spent waiting between.

The SDK retries on its own and tells nobody; its events do. Source: botocore's `request-created` (before each attempt)
and `needs-retry` (after each, before the wait), verified against botocore 1.40 and later.
"""

import time
from collections import Counter
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

THROTTLING_CODES = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
    }
)
_THROTTLED_CANCELLATIONS = frozenset({"ThrottlingError", "ProvisionedThroughputExceeded"})
UNPROCESSED = "Unprocessed"

# Greenlets have contexts of their own, so the attempts of one user never mix with another's.
_CURRENT: ContextVar["Attempts | None"] = ContextVar("attempts", default=None)


class Attempts:
    """Gathers what the SDK does during one call, inside a `with` block."""

    def __init__(self) -> None:
        self.count = 0
        self.waited_s = 0.0
        self.throttles: Counter[str] = Counter()
        self._ended_s = 0.0

    def __enter__(self) -> "Attempts":
        self._token = _CURRENT.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        _CURRENT.reset(self._token)

    def begins(self) -> None:
        """An attempt is sent."""
        if self._ended_s:
            self.waited_s += time.perf_counter() - self._ended_s
        self.count += 1

    def ends(self, answer: Mapping[str, Any] | None) -> None:
        """An attempt ended with this answer, or without one."""
        self._ended_s = time.perf_counter()
        self.throttles.update(throttles_of(answer or {}))


def watch(client: Any) -> None:
    """Have every attempt of a boto3 client told to the call that it belongs to."""
    service = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register(f"request-created.{service}", _begins)
    client.meta.events.register(f"needs-retry.{service}", _ends)


def throttles_of(answer: Mapping[str, Any]) -> Counter[str]:
    """Return the throttles that an answer tells of, by AWS's reason, or by the error's code where it gives none.

    One attempt counts once, whatever the number of reasons: the first reason is told.
    """
    code = str((answer.get("Error") or {}).get("Code", ""))
    if code in THROTTLING_CODES:
        reasons = answer.get("ThrottlingReasons") or answer.get("throttlingReasons") or ()
        named = [str(one.get("reason")) for one in reasons if one.get("reason")]
        return Counter(named[:1] or [code])
    if code == "TransactionCanceledException":
        told = [str(one.get("Code")) for one in answer.get("CancellationReasons") or ()]
        return Counter([code for code in told if code in _THROTTLED_CANCELLATIONS][:1])
    if answer.get("UnprocessedItems") or answer.get("UnprocessedKeys"):
        return Counter([UNPROCESSED])
    return Counter()


def _begins(**_: Any) -> None:
    if (current := _CURRENT.get()) is not None:
        current.begins()


def _ends(response: tuple[Any, Mapping[str, Any]] | None = None, **_: Any) -> None:
    # Answers nothing: the SDK's own handler decides whether there is another attempt.
    if (current := _CURRENT.get()) is not None:
        current.ends(response[1] if response else None)
