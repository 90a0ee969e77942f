"""Faults of the card gateway: `faults.gateway.lose_answer(of=payment)`.

Each verb takes `of` (a payment, a wallet; anything that says how the gateway knows it) or a `merchant`, and the fields
of `When`. Before the commit nothing was charged; after it the money has moved and only the answer is lost or wrong.
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


class GatewayFaults:
    """The verbs; each prepares a fault that bites inside its `with` block."""

    def __init__(self, gateway: GatewayClient) -> None:
        self._gateway = gateway

    def refuse(self, **when: Unpack[When]) -> GatewayFault:
        """Close the connection before anything was charged."""
        return self._fault("refuse", {}, when)

    def lose_answer(self, how: LostBy = "reset", **when: Unpack[When]) -> GatewayFault:
        """Charge, then lose the answer: by a reset, a hang, half a body, or a 500."""
        return self._fault(how, {"phase": "after"}, when)

    def hang(self, delay_ms_max: int = 30_000, **when: Unpack[When]) -> GatewayFault:
        """Hold the request until the client gives up; nothing is charged."""
        return self._fault("hang", {"delay_ms": delay_ms_max}, when)

    def slow_down(self, delay_ms: int, **when: Unpack[When]) -> GatewayFault:
        """Charge, and answer `delay_ms` late."""
        return self._fault("slow", {"phase": "after", "delay_ms": delay_ms}, when)

    def charge_late(self, delay_ms: int, **when: Unpack[When]) -> GatewayFault:
        """Charge only after `delay_ms`, whether the client has waited or not; until then nothing can be found."""
        return self._fault("slow", {"delay_ms": delay_ms}, when)

    def fail_with(self, status: int = 500, **when: Unpack[When]) -> GatewayFault:
        """Answer with an error before anything was charged."""
        return self._fault("error", {"status": status}, when)

    def rate_limit(self, retry_after_s: int = 1, **when: Unpack[When]) -> GatewayFault:
        """Answer 429 with Retry-After."""
        return self._fault("rate_limited", {"retry_after_s": retry_after_s}, when)

    def go_down(self, **when: Unpack[When]) -> GatewayFault:
        """Answer 503, as in a maintenance window."""
        return self._fault("maintenance", {}, when)

    def flap(self, fails: int, passes: int, **when: Unpack[When]) -> GatewayFault:
        """Fail `fails` calls, let `passes` pass, and so on."""
        return self._fault("error", {"sequence": {"fail": fails, "pass": passes}}, when)

    def garble_answer(self, **when: Unpack[When]) -> GatewayFault:
        """Charge, and answer with what is no JSON."""
        return self._fault("malformed_json", {"phase": "after"}, when)

    def echo_wrong_amount(self, **when: Unpack[When]) -> GatewayFault:
        """Charge, and answer with another amount."""
        return self._fault("wrong_amount", {"phase": "after"}, when)

    def charge_twice(self, **when: Unpack[When]) -> GatewayFault:
        """Charge twice for one request: what a gateway must never do, to prove that checkers see it."""
        return self._fault("duplicate_charge", {}, when)

    def strike(self, trouble: Trouble, *, merchant: str) -> GatewayFault:
        """Do to a merchant's calls what was drawn."""
        match = {"operation": trouble.operation, "merchant": merchant}
        return self._gateway.fault(trouble.kind, match=match, **trouble.rule)

    def _fault(self, kind: str, rule: dict[str, Any], when: When) -> GatewayFault:
        if "of" in when and "merchant" in when:
            raise SettingInvalid("a fault was limited by both `of` and `merchant`, expected one of them")
        match: dict[str, Any] = {"operation": when.get("operation", "charge")}
        if "of" in when:
            match |= when["of"].gateway_match()
        if "merchant" in when:
            match["merchant"] = when["merchant"]
        limits = {name: value for name, value in when.items() if name not in ("of", "merchant", "operation")}
        return self._gateway.fault(kind, match=match, **rule, **limits)
