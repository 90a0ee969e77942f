"""The engine's tables: they tell what happens to them, and leave the deletion of expired items to the edge."""

from harness.targets.embedded.tables import expiry
from harness.targets.embedded.tables.telling import tell

__all__ = ["expiry", "tell"]
