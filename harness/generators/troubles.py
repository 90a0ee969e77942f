"""Faults of a card gateway, drawn at random: any kind, before or after the commit, on any call, in any number.

Leaves out what no client can notice or undo: a gateway that charges twice under one key, and look-ups that are behind
by more than a client waits before it believes that nothing happened.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

BEFORE, AFTER = "before", "after"
BOTH = (BEFORE, AFTER)
MOVES = ("charge", "refund")
ALL = (*MOVES, "lookup")
# Longer than a client's time-out of one call, so that it gives up; short enough for many sequences.
DELAY_MS_MAX = 3_000
# Well below the time that a client must let pass before it believes a look-up that finds nothing.
LAG_MS_MAX = 1_500
TIMES_MAX = 4


@dataclass(frozen=True, slots=True)
class Trouble:
    """One fault to set at the gateway: its kind, which calls it is for, when it bites, and its arguments."""

    kind: str
    operation: str
    rule: Mapping[str, Any] = field(default_factory=dict)


def draw_troubles(rng: Random, *, operations: tuple[str, ...] = ALL, at_most: int = 3) -> tuple[Trouble, ...]:
    """Draw one to `at_most` faults; the first that matches a call is the one that bites it."""
    return tuple(_draw(rng, operations) for _ in range(rng.randint(1, at_most)))


def _draw(rng: Random, operations: tuple[str, ...]) -> Trouble:
    possible = [kind for kind, (_, among) in _KINDS.items() if set(among) & set(operations)]
    kind = rng.choice(possible)
    phases, among = _KINDS[kind]
    operation = rng.choice([one for one in among if one in operations])
    rule = {"phase": rng.choice(phases), **_arguments(kind, rng), **draw_limits(rng)}
    return Trouble(kind, operation, rule)


_KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "refuse": ((BEFORE,), ALL),
    "reset": (BOTH, ALL),
    "hang": (BOTH, ALL),
    "slow": (BOTH, ALL),
    "error": (BOTH, ALL),
    "rate_limited": (BOTH, ALL),
    "maintenance": (BOTH, ALL),
    "truncate": (BOTH, ALL),
    "malformed_json": (BOTH, ALL),
    "wrong_content_type": (BOTH, ALL),
    "wrong_amount": ((AFTER,), ALL),
    "wrong_currency": ((AFTER,), ALL),
    "stale_read": ((AFTER,), ("lookup",)),
}


def _arguments(kind: str, rng: Random) -> dict[str, Any]:
    match kind:
        case "hang" | "slow":
            return {"delay_ms": rng.randint(50, DELAY_MS_MAX)}
        case "error":
            return {"status": rng.choice((500, 502, 503, 504))}
        case "wrong_amount":
            return {"difference_minor": rng.choice((-1, 1, 100))}
        case "stale_read":
            return {"lag_ms": rng.randint(100, LAG_MS_MAX)}
        case _:
            return {}


def draw_limits(rng: Random) -> dict[str, Any]:
    """Draw how often a fault bites: it always lets some call pass sooner or later."""
    match rng.choice(("times", "nth", "probability", "sequence")):
        case "times":
            return {"times": rng.randint(1, TIMES_MAX)}
        case "nth":
            return {"nth": rng.randint(1, 3)}
        case "probability":
            return {"probability": rng.choice((0.3, 0.6, 0.9)), "seed": rng.getrandbits(32)}
        case _:
            return {"sequence": {"fail": rng.randint(1, 3), "pass": rng.randint(1, 2)}}
