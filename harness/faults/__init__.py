"""What can be broken on purpose, as imperatives. Every fault heals on leaving its `with` block, last in first out.

First version: faults of the card gateway, and killing Lambda workers. A fault is limited to the payment, customer or
merchant it is for, because tests share one gateway; one without a limit hits everybody.
"""

from harness.faults.functions import kill_worker_of
from harness.faults.gateway import (
    charge_late,
    charge_twice,
    echo_wrong_amount,
    fail_with,
    flap,
    garble_answer,
    go_down,
    hang,
    lose_answer,
    rate_limit,
    refuse,
    slow_down,
    strike,
)
from harness.faults.stack import FaultStack, HealingFailed

__all__ = [
    "FaultStack",
    "HealingFailed",
    "charge_late",
    "charge_twice",
    "echo_wrong_amount",
    "fail_with",
    "flap",
    "garble_answer",
    "go_down",
    "hang",
    "kill_worker_of",
    "lose_answer",
    "rate_limit",
    "refuse",
    "slow_down",
    "strike",
]
