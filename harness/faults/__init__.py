"""What can be broken on purpose, as imperatives. Every fault heals on leaving its `with` block, last in first out.

`Faults` holds the verbs: `faults.gateway.lose_answer(of=payment)` breaks what the card gateway does, and
`faults.aws.throttle("GetItem", of=wallet)` what AWS does. Tests share both, so a fault is limited to the payment,
wallet or merchant that it is for. Besides, a Lambda worker can be killed while the gateway holds its call.
"""

from harness.faults.aws import AwsFaults
from harness.faults.faults import Faults
from harness.faults.functions import kill_worker_of
from harness.faults.gateway import GatewayFaults
from harness.faults.stack import FaultStack, HealingFailed

__all__ = ["AwsFaults", "FaultStack", "Faults", "GatewayFaults", "HealingFailed", "kill_worker_of"]
