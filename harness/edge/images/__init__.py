"""Images: what writes did to items, found out at the edge for engines that don't tell."""

from harness.edge.images.intents import IntentFile, Intents
from harness.edge.images.room import Images

__all__ = ["Images", "IntentFile", "Intents"]
