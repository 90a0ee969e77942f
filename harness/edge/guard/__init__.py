"""The guard: transactions and their tokens kept as DynamoDB promises them, whatever the engine does."""

from harness.edge.guard.room import Guard
from harness.edge.guard.tokens import Tokens

__all__ = ["Guard", "Tokens"]
