"""What AWS's service models (botocore's) tell the edge: what a call is about, how an error looks on the wire."""

from harness.edge.aws.errors import refusal
from harness.edge.aws.reader import Reader

__all__ = ["Reader", "refusal"]
