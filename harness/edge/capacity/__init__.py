"""Capacity, live: DynamoDB calls take the units that they cost, and are refused as AWS refuses them when none are left.

The model is `harness.capacity`; here are the calls. Leaves out: control plane limits, and what passes the edge by.
"""

from harness.edge.capacity.room import Capacity
from harness.edge.capacity.settings import CapacityInvalid, CapacityOptions, load_options, options_of

__all__ = ["Capacity", "CapacityInvalid", "CapacityOptions", "load_options", "options_of"]
