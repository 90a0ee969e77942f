"""Domain verbs over HTTP and AWS APIs: open a wallet, pay, refund, read, and ask the gateway what it witnessed.

What a scenario says. Every verb that touches the system is recorded as an operation of the history, and nothing is
retried silently: an answer that was lost is `info`, and that is the scenario's to see.
"""

from harness.clients.answer import Answer
from harness.clients.aws_faults import AwsFault
from harness.clients.concurrency import concurrently
from harness.clients.deployment import DeployedSystem, Deployment
from harness.clients.edge import EdgeClient
from harness.clients.fault import Fault, FaultNotFired
from harness.clients.gateway import GatewayClient, GatewayFault
from harness.clients.names import Names
from harness.clients.payments import FinalReader, Payment, PaymentRequest, PaymentsClient, Wallet

__all__ = [
    "Answer",
    "AwsFault",
    "DeployedSystem",
    "Deployment",
    "EdgeClient",
    "Fault",
    "FaultNotFired",
    "FinalReader",
    "GatewayClient",
    "GatewayFault",
    "Names",
    "Payment",
    "PaymentRequest",
    "PaymentsClient",
    "Wallet",
    "concurrently",
]
