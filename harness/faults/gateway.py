"""Faults of the card gateway.

Each takes `of` (a payment, a wallet; anything that says how the gateway knows it) or a `merchant`, and the fields of
`When`. Before the commit nothing was charged; after it the money has moved and only the answer is lost or wrong.
"""

from typing import Any, Literal, Protocol, TypedDict, Unpack

from harness.clients import GatewayClient, GatewayFault
from harness.errors import SettingInvalid
from harness.generators import Trouble

Operation = Literal["charge", "refund", "lookup", "*"]
LostBy = Literal["reset", "hang", "truncate", "error"]


class Matched(Protocol):
    """What a fault can be limited to."""

    def gateway_match(self) -> dict[str, str]:
        """Return the fields of the gateway's fault rules that mean this and nothing else."""


class When(TypedDict, total=False):
    """How often a fault fires: the `nth` matching call only, at most `times`, with `probability` (and its `seed`)."""

    of: Matched
    merchant: str
    operation: Operation
    nth: int
    times: int
    probability: float
    seed: int
    ttl_s: float


def refuse(gateway: GatewayClient, **when: Unpack[When]) -> GatewayFault:
    """Close the connection before anything was charged."""
    return _fault(gateway, "refuse", {}, when)


def lose_answer(gateway: GatewayClient, how: LostBy = "reset", **when: Unpack[When]) -> GatewayFault:
    """Charge, then lose the answer: by a reset, a hang, half a body, or a 500."""
    return _fault(gateway, how, {"phase": "after"}, when)


def hang(gateway: GatewayClient, delay_ms_max: int = 30_000, **when: Unpack[When]) -> GatewayFault:
    """Hold the request until the client gives up; nothing is charged."""
    return _fault(gateway, "hang", {"delay_ms": delay_ms_max}, when)


def slow_down(gateway: GatewayClient, delay_ms: int, **when: Unpack[When]) -> GatewayFault:
    """Charge, and answer `delay_ms` late."""
    return _fault(gateway, "slow", {"phase": "after", "delay_ms": delay_ms}, when)


def charge_late(gateway: GatewayClient, delay_ms: int, **when: Unpack[When]) -> GatewayFault:
    """Charge only after `delay_ms`, whether the client has waited for it or not; until then nothing can be found."""
    return _fault(gateway, "slow", {"delay_ms": delay_ms}, when)


def fail_with(gateway: GatewayClient, status: int = 500, **when: Unpack[When]) -> GatewayFault:
    """Answer with an error before anything was charged."""
    return _fault(gateway, "error", {"status": status}, when)


def rate_limit(gateway: GatewayClient, retry_after_s: int = 1, **when: Unpack[When]) -> GatewayFault:
    """Answer 429 with Retry-After."""
    return _fault(gateway, "rate_limited", {"retry_after_s": retry_after_s}, when)


def go_down(gateway: GatewayClient, **when: Unpack[When]) -> GatewayFault:
    """Answer 503, as in a maintenance window."""
    return _fault(gateway, "maintenance", {}, when)


def flap(gateway: GatewayClient, fails: int, passes: int, **when: Unpack[When]) -> GatewayFault:
    """Fail `fails` calls, let `passes` pass, and so on."""
    return _fault(gateway, "error", {"sequence": {"fail": fails, "pass": passes}}, when)


def garble_answer(gateway: GatewayClient, **when: Unpack[When]) -> GatewayFault:
    """Charge, and answer with what is no JSON."""
    return _fault(gateway, "malformed_json", {"phase": "after"}, when)


def echo_wrong_amount(gateway: GatewayClient, **when: Unpack[When]) -> GatewayFault:
    """Charge, and answer with another amount."""
    return _fault(gateway, "wrong_amount", {"phase": "after"}, when)


def charge_twice(gateway: GatewayClient, **when: Unpack[When]) -> GatewayFault:
    """Charge twice for one request: what a gateway must never do, to prove that checkers see it."""
    return _fault(gateway, "duplicate_charge", {}, when)


def strike(gateway: GatewayClient, trouble: Trouble, *, merchant: str) -> GatewayFault:
    """Do to a merchant's calls what was drawn."""
    match = {"operation": trouble.operation, "merchant": merchant}
    return gateway.fault(trouble.kind, match=match, **trouble.rule)


def _fault(gateway: GatewayClient, kind: str, rule: dict[str, Any], when: When) -> GatewayFault:
    if "of" in when and "merchant" in when:
        raise SettingInvalid("a fault was limited by both `of` and `merchant`, expected one of them")
    match: dict[str, Any] = {"operation": when.get("operation", "charge")}
    if "of" in when:
        match |= when["of"].gateway_match()
    if "merchant" in when:
        match["merchant"] = when["merchant"]
    limits = {name: value for name, value in when.items() if name not in ("of", "merchant", "operation")}
    return gateway.fault(kind, match=match, **rule, **limits)
