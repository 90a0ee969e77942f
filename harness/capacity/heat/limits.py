"""What heat is, and what bounds its bookkeeping."""

from dataclasses import dataclass

# What CloudWatch Contributor Insights for DynamoDB counts as a key's consumed throughput: 3 × write units + read units;
# 180,000 a minute saturate a partition (documented, "CloudWatch Contributor Insights for DynamoDB: how it works").
HEAT_OF_A_WRITE = 3.0
SATURATED_A_MINUTE = 180_000.0


@dataclass(frozen=True, slots=True)
class HeatLimits:
    """What bounds a table's heat in memory and time."""

    step_s: float = 10.0  # the shortest step; a history that is full doubles it
    steps_max: int = 360
    monitored: int = 500  # keys at least; estimates are too high by at most the whole / monitored
    batch: int = 256  # events that wait to be folded, all at once
    splits_max: int = 1000  # the latest that are kept
