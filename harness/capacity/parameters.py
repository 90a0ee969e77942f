"""Every figure of the model by name, with its unit, its source and how sure it is.

"documented" stands in AWS's documentation; "observed" was measured by people who publish their method; "assumed" is
a choice where nothing is published. A user may set each of them (`rehearse up --capacity FILE`).
"""

from dataclasses import dataclass, field, fields
from math import inf, isnan
from typing import Any, Literal

from harness.errors import SettingInvalid

Confidence = Literal["documented", "observed", "assumed"]

_GUIDE = "DynamoDB developer guide: "


def _parameter(default: Any, unit: str, says: str, source: str, confidence: Confidence) -> Any:
    return field(default=default, metadata={"unit": unit, "says": says, "source": source, "confidence": confidence})


def _documented(default: Any, unit: str, says: str, page: str) -> Any:
    return _parameter(default, unit, says, _GUIDE + page, "documented")


def _assumed(default: Any, unit: str, says: str, why: str) -> Any:
    return _parameter(default, unit, says, why, "assumed")


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the model is told. `scale` shrinks every limit by one factor, so that a laptop can reach it.

    Raises SettingInvalid for a figure that nothing can be done with.
    """

    scale: float = _assumed(1.0, "", "factor on every limit", "for machines that serve less than AWS does")

    # -- partitions
    partition_read_units: float = _documented(
        3000.0, "units/s", "hard cap of a partition's reads", "burst-adaptive-capacity"
    )
    partition_write_units: float = _documented(
        1000.0, "units/s", "hard cap of a partition's writes", "burst-adaptive-capacity"
    )
    partition_depth_s: float = _assumed(1.0, "s", "of a partition's cap that it may serve at once", "not published")
    partition_bytes: int = _documented(
        10 * 1024**3, "bytes", "size at which a partition splits", "HowItWorks.Partitions"
    )
    eventual_read_factor: float = _parameter(
        1.0,
        "",
        "how many times a partition's read cap eventually consistent reads may take",
        "1.0 documented; 1.5 observed in “Scaling DynamoDB”, part 2 (AWS database blog)",
        "documented",
    )
    shared_partition_cap: bool = _parameter(
        False, "", "whether reads and writes share a partition's cap (“or a combination”) instead of having one each",
        "an AWS article says so, the developer guide does not", "assumed",
    )  # fmt: skip

    # -- tables
    burst_s: float = _documented(
        300.0, "s", "of unused provisioned throughput that are kept", "burst-adaptive-capacity"
    )
    burst_at_start: float = _assumed(1.0, "", "part of the burst that a table begins with", "not published")
    table_read_units: float = _documented(40_000.0, "units/s", "default quota of a table's reads", "ServiceQuotas")
    table_write_units: float = _documented(40_000.0, "units/s", "default quota of a table's writes", "ServiceQuotas")
    account_read_units: float = _documented(
        80_000.0, "units/s", "default quota of an account's provisioned reads", "ServiceQuotas"
    )
    account_write_units: float = _documented(
        80_000.0, "units/s", "default quota of an account's provisioned writes", "ServiceQuotas"
    )

    # -- on demand
    on_demand_read_units: float = _documented(
        12_000.0, "units/s", "reads that a new on-demand table serves", "on-demand-capacity-mode"
    )
    on_demand_write_units: float = _documented(
        4_000.0, "units/s", "writes that a new on-demand table serves", "on-demand-capacity-mode"
    )
    on_demand_growth: float = _documented(
        2.0, "", "times the previous peak that are served at once", "on-demand-capacity-mode"
    )
    on_demand_growth_s: float = _documented(
        1800.0, "s", "until a new peak counts as the previous one", "on-demand-capacity-mode"
    )
    on_demand_peak_s: float = _assumed(60.0, "s", "over which a peak is averaged", "not published")
    on_demand_depth_s: float = _assumed(
        1.0, "s", "of what on demand allows that may be served at once", "on demand has no burst; not published"
    )

    # -- splits
    split_after_s: float = _assumed(
        600.0, "s", "of sustained heat before a partition splits", "“minutes”, not published"
    )
    split_heat: float = _assumed(0.8, "", "part of its cap from which a partition counts as hot", "not published")
    single_item_share: float = _assumed(
        0.5, "", "of a hot partition's heat in one item, for it to end alone", "not published"
    )
    monotonic_share: float = _assumed(
        0.9,
        "",
        "of later accesses beyond the earlier ones, for a sort key to count as monotonic",
        "not published",
    )

    # -- auto scaling
    scaling_target: float = _documented(0.7, "", "of provisioned throughput that auto scaling aims at", "AutoScaling")
    scale_out_after_s: float = _documented(
        120.0, "s", "above the target before auto scaling provisions more", "AutoScaling"
    )
    scale_in_after_s: float = _documented(
        900.0, "s", "below the target before auto scaling provisions less", "AutoScaling"
    )
    scale_in_margin: float = _parameter(
        0.2, "", "of provisioned throughput that consumption must stay below the target to scale in",
        "AWS knowledge center: dynamodb-auto-scaling", "documented",
    )  # fmt: skip
    decreases_a_day: int = _documented(4, "", "decreases of a throughput that a day (UTC) allows", "ServiceQuotas")
    decrease_every_s: float = _documented(
        3600.0, "s", "without a decrease after which one more is allowed", "ServiceQuotas"
    )
    scaling_takes_s: float = _assumed(
        60.0, "s", "until an update of provisioned throughput is in force", "“minutes”, not published"
    )

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if isnan(value) or value < 0 or (value == 0 and one.name not in _MAY_BE_ZERO):
                least = "0 or more" if one.name in _MAY_BE_ZERO else "above 0"
                raise SettingInvalid(f"parameter {one.name} is {value}, expected {least}")
            if value == inf and one.name in _FINITE:
                raise SettingInvalid(f"parameter {one.name} is infinite, expected a number")


# Without these the model still has a meaning: no burst at the start, splits and updates at once.
_MAY_BE_ZERO = frozenset({
    "shared_partition_cap", "burst_s", "burst_at_start", "on_demand_growth_s", "split_after_s", "split_heat",
    "single_item_share", "scale_in_margin", "scaling_takes_s", "scale_out_after_s", "scale_in_after_s",
    "decreases_a_day", "decrease_every_s",
})  # fmt: skip
_FINITE = frozenset({"scale", "burst_s", "burst_at_start", "partition_depth_s", "on_demand_depth_s"})


def names() -> tuple[str, ...]:
    """Return the names of all parameters."""
    return tuple(one.name for one in fields(Parameters))
