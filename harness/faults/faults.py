"""All faults of one test in one hand: set by a verb, healed at the end of a `with` block or of the test."""

from harness.clients import EdgeClient, GatewayClient
from harness.faults.aws import AwsFaults
from harness.faults.gateway import GatewayFaults
from harness.faults.stack import FaultStack


class Faults(FaultStack):
    """The verbs by the place where they break something; `hold` lets a fault bite until the end of the test."""

    def __init__(self, gateway: GatewayClient, edge: EdgeClient) -> None:
        super().__init__()
        self.gateway = GatewayFaults(gateway)
        self.aws = AwsFaults(edge)
