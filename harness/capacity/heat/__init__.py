"""Who heats a table: what its partitions, keys and tenants took and were refused, over time, in bounded memory.

Counted as CloudWatch Contributor Insights counts: heat = 3 × write units + read units. Pure, like the model.
"""

from harness.capacity.heat.heat import Heat
from harness.capacity.heat.limits import HEAT_OF_A_WRITE, SATURATED_A_MINUTE, HeatLimits
from harness.capacity.heat.pictures import Told, picture_of
from harness.capacity.heat.tenants import TenantOf, tenant_reader

__all__ = [
    "HEAT_OF_A_WRITE",
    "SATURATED_A_MINUTE",
    "Heat",
    "HeatLimits",
    "TenantOf",
    "Told",
    "picture_of",
    "tenant_reader",
]
