"""Two runs side by side: what fails now and did not, which verdicts changed, how the latency of each state moved."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from harness.report.kept import ExecutionTrace
from harness.report.model.latency import Spread, latency_by_state
from harness.report.model.run import Run, Scenario

# Quantiles of fewer samples than this say more about chance than about a change.
SAMPLES_MIN = 5


@dataclass(frozen=True, slots=True)
class TestChange:
    """One test in both runs; an outcome is "" where the test was not."""

    __test__ = False

    node_id: str
    before: str
    after: str
    before_s: float | None = None
    after_s: float | None = None


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """One verdict that is not what it was; "" where there was none."""

    node_id: str
    invariant: str
    checker: str
    before: str
    after: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LatencyChange:
    """A state's durations in both runs."""

    machine: str
    state: str
    samples: tuple[int, int]
    p50_ms: tuple[float, float]
    p95_ms: tuple[float, float]

    @property
    def p50_percent(self) -> float:
        """How much the median moved, in percent of what it was."""
        return _percent(*self.p50_ms)

    @property
    def p95_percent(self) -> float:
        """How much the 95th percentile moved, in percent of what it was."""
        return _percent(*self.p95_ms)

    @property
    def has_few_samples(self) -> bool:
        """Tell whether the change is likely chance."""
        return min(self.samples) < SAMPLES_MIN


@dataclass(frozen=True)
class Comparison:
    """Run `after` beside run `before`."""

    before: Run
    after: Run
    tests: tuple[TestChange, ...]
    verdicts: tuple[VerdictChange, ...]
    latency: tuple[LatencyChange, ...]

    @property
    def newly_failing(self) -> list[TestChange]:
        """Tests that fail now and did not, new ones included."""
        return [one for one in self.tests if _fails(one.after) and not _fails(one.before)]

    @property
    def newly_passing(self) -> list[TestChange]:
        """Tests that failed and pass now."""
        return [one for one in self.tests if _fails(one.before) and one.after == "passed"]

    @property
    def still_failing(self) -> list[TestChange]:
        """Tests that fail in both."""
        return [one for one in self.tests if _fails(one.before) and _fails(one.after)]

    @property
    def added(self) -> list[TestChange]:
        """Tests that only the later run has."""
        return [one for one in self.tests if not one.before]

    @property
    def removed(self) -> list[TestChange]:
        """Tests that only the earlier run has."""
        return [one for one in self.tests if not one.after]

    @property
    def is_worse(self) -> bool:
        """Tell whether the later run has newly failed tests, or any INVALID verdict."""
        return bool(self.newly_failing) or self.after.validities["INVALID"] > 0

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as JSON-ready values."""
        return {
            "before": self.before.to_json(),
            "after": self.after.to_json(),
            "worse": self.is_worse,
            "newly_failing": [one.node_id for one in self.newly_failing],
            "newly_passing": [one.node_id for one in self.newly_passing],
            "still_failing": [one.node_id for one in self.still_failing],
            "added": [one.node_id for one in self.added],
            "removed": [one.node_id for one in self.removed],
            "verdicts": [asdict(one) for one in self.verdicts],
            "latency": [
                {**asdict(one), "p50_percent": round(one.p50_percent, 1), "p95_percent": round(one.p95_percent, 1)}
                for one in self.latency
            ],
        }


def compare(before: Run, after: Run) -> Comparison:
    """Compare two runs; tests are the same when their node ids are."""
    earlier = {scenario.node_id: scenario for scenario in before.scenarios}
    later = {scenario.node_id: scenario for scenario in after.scenarios}
    names = sorted({*earlier, *later})
    return Comparison(
        before,
        after,
        tuple(_test(name, earlier.get(name), later.get(name)) for name in names),
        tuple(change for name in names for change in _verdicts(name, earlier.get(name), later.get(name))),
        tuple(_latency(before, after)),
    )


def executions_of(run: Run) -> Iterable[ExecutionTrace]:
    """Give all executions that a run kept."""
    return (trace for scenario in run.scenarios if scenario.evidence for trace in scenario.evidence.executions)


def _test(name: str, before: Scenario | None, after: Scenario | None) -> TestChange:
    return TestChange(
        name,
        before.outcome if before else "",
        after.outcome if after else "",
        before.duration_s if before else None,
        after.duration_s if after else None,
    )


def _verdicts(name: str, before: Scenario | None, after: Scenario | None) -> Iterable[VerdictChange]:
    if before is None or after is None:
        return
    earlier = {(one.invariant, one.checker): one for one in before.verdicts}
    later = {(one.invariant, one.checker): one for one in after.verdicts}
    for key in sorted({*earlier, *later}):
        old, new = earlier.get(key), later.get(key)
        if (old.validity if old else "") != (new.validity if new else ""):
            reason = (f"{new.subject} {new.what}".strip() or new.reason) if new else "not checked any more"
            yield VerdictChange(name, *key, old.validity if old else "", new.validity if new else "", reason)


def _latency(before: Run, after: Run) -> Iterable[LatencyChange]:
    earlier = {(one.machine, one.state): one for one in latency_by_state(executions_of(before), before.machines)}
    for new in latency_by_state(executions_of(after), after.machines):
        old = earlier.get((new.machine, new.state))
        if old is not None:
            yield LatencyChange(
                new.machine, new.state, (len(old.samples_ms), len(new.samples_ms)), _two(old, new, 0.5),
                _two(old, new, 0.95),
            )  # fmt: skip


def _two(old: Spread, new: Spread, share: float) -> tuple[float, float]:
    return round(old.quantile_ms(share), 1), round(new.quantile_ms(share), 1)


def _fails(outcome: str) -> bool:
    return outcome in {"failed", "error", "unfinished"}


def _percent(before: float, after: float) -> float:
    if before == 0:
        return 0.0 if after == 0 else 100.0
    return (after - before) / before * 100
