"""Auto scaling of provisioned throughput: target tracking, as two alarms on a minute's consumption see it.

Documented (AutoScaling, CostOptimization_AutoScalingSettings, ServiceQuotas): out after two minutes above the target,
in after fifteen minutes below it by a margin, four decreases a day and one more for each hour without one, and never in
while nothing at all is consumed, because then there is no data. Assumed: how long an update takes.
"""

from dataclasses import dataclass
from math import ceil, floor

from harness.capacity.parameters import Parameters

_MINUTE_S = 60.0
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class ScalingRule:
    """One scalable target: units a second (as AWS has them, before any scale) and the utilisation aimed at."""

    minimum: float
    maximum: float
    target: float | None = None  # 0.0 to 1.0; None for the parameter `scaling_target`


class AutoScaling:
    """Provisioned throughput of one access of one resource under a rule; usable alone: `advance`, then `take`."""

    __slots__ = (
        "_above", "_below", "_day", "_decreases", "_last_decrease_s", "_parameters", "_pending", "_rule", "_target",
        "due_s", "provisioned", "units",
    )  # fmt: skip

    def __init__(self, rule: ScalingRule, provisioned: float, parameters: Parameters, now_s: float) -> None:
        self._rule = rule
        self._parameters = parameters
        self._target = parameters.scaling_target if rule.target is None else rule.target
        self._above = self._below = self._decreases = 0
        self._day = floor(now_s / _DAY_S)
        self._last_decrease_s = float("-inf")
        self._pending: tuple[float, float] | None = None  # (when it is in force, units a second)
        # Registering a target brings throughput into its bounds (documented: RegisterScalableTarget).
        self.provisioned = min(max(provisioned, rule.minimum), rule.maximum)
        self.units = 0.0  # consumed in the present minute, before any scale
        self.due_s = (floor(now_s / _MINUTE_S) + 1) * _MINUTE_S

    def take(self, units: float) -> None:
        """Count consumption in the present minute, in units before any scale."""
        self.units += units

    def advance(self, now_s: float) -> bool:
        """Look at every minute that has ended (none before `due_s`); tell whether `provisioned` has changed."""
        before = self.provisioned
        while now_s >= self.due_s:
            self._land(self.due_s)
            self._judge(self.units / _MINUTE_S, self.due_s)
            empty, self.units = self.units <= 0.0, 0.0
            self.due_s += _MINUTE_S
            if empty and now_s >= self.due_s:  # minutes without data are all alike
                self.due_s += _MINUTE_S * floor((now_s - self.due_s) / _MINUTE_S)
        self._land(now_s)
        return self.provisioned != before

    def _land(self, now_s: float) -> None:
        if self._pending is not None and now_s >= self._pending[0]:
            self.provisioned, self._pending = self._pending[1], None
            self._above = self._below = 0

    def _judge(self, rate: float, now_s: float) -> None:
        aimed = self.provisioned * self._target
        self._above = self._above + 1 if rate > aimed else 0
        # Documented for a target of 0.7: below 0.5. Half of a target that is lower than the margin (assumed).
        low = self.provisioned * max(self._target - self._parameters.scale_in_margin, self._target / 2)
        self._below = self._below + 1 if 0.0 < rate < low else 0
        if self._pending is not None:
            return
        wanted = min(max(float(ceil(rate / self._target)), self._rule.minimum), self._rule.maximum)
        if self._above * _MINUTE_S >= self._parameters.scale_out_after_s and wanted > self.provisioned:
            self._update(wanted, now_s)
        elif self._below * _MINUTE_S >= self._parameters.scale_in_after_s and wanted < self.provisioned:
            self._decrease(wanted, now_s)

    def _decrease(self, wanted: float, now_s: float) -> None:
        if floor(now_s / _DAY_S) != self._day:
            self._day, self._decreases = floor(now_s / _DAY_S), 0
        spared = now_s - self._last_decrease_s >= self._parameters.decrease_every_s
        if self._decreases < self._parameters.decreases_a_day or spared:
            self._decreases += 1
            self._last_decrease_s = now_s
            self._update(wanted, now_s)

    def _update(self, wanted: float, now_s: float) -> None:
        self._pending = (now_s + self._parameters.scaling_takes_s, wanted)
        self._above = self._below = 0
