"""Several tables' heat in one picture, on one time axis."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from harness.capacity.heat.heat import Heat
from harness.capacity.heat.resources import ResourceState
from harness.capacity.picture import HeatPicture


@dataclass(frozen=True, slots=True)
class Told:
    """One table to be pictured."""

    heat: Heat
    states: Sequence[ResourceState]  # what its capacity's `snapshot` gave, the table first
    account: str = ""
    region: str = ""
    enforced: bool = True


def picture_of(
    tables: Iterable[Told],
    now_s: float,
    *,
    started_s: float,
    scale: float = 1.0,
    top: int = 100,
    source: Literal["live", "plan"] = "live",
) -> HeatPicture:
    """Return the picture of tables whose heats began at `started_s` with the same limits; now at epoch `now_s`.

    Raises ValueError for a heat that began at another time.
    """
    told = list(tables)
    if any(one.heat.started_s != started_s for one in told):
        raise ValueError(f"heats of one picture must all begin at {started_s}")
    # The clock may have gone back, so that one table has seen later moments than now: its axis is everybody's.
    axes = [one.heat.axis(now_s) for one in told]
    axis = max(axes, key=lambda axis: axis.step_s * axis.steps, default=None)
    return HeatPicture(
        at_s=now_s,
        started_s=started_s,
        step_s=axis.step_s if axis else 0.0,
        scale=scale,
        tables=tuple(
            replace(
                one.heat.picture(now_s, one.states, top=top, axis=axis),
                account=one.account,
                region=one.region,
                enforced=one.enforced,
            )
            for one in told
        ),
        source=source,
    )
