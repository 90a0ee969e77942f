"""What a run has to reach, and whether it did: p50, p99, error rate, throttle rate, fairness between tenants.

Every objective is a bound on one figure of the judged part of the run (the warm-up is told, not judged). Given as
`p99=300ms`, `throttles=1%`, in YAML as a mapping of the same. A figure that nothing was measured for is UNKNOWN, and
only VALID passes. Pure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml

from harness.errors import SettingInvalid
from loadtests.measures import JUDGED, TENANT, Measures

Outcome = Literal["VALID", "INVALID", "UNKNOWN"]
# A tenant with fewer requests tells nothing of fairness.
TENANT_REQUESTS_MIN = 10
_TIME = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s)")
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(%?)")
_LIMITS = {
    "p50": "ms within which half of the requests are answered, attempts and waiting included",
    "p99": "ms within which 99 of 100 requests are answered",
    "errors": "part of requests that fail for their caller",
    "throttles": "part of attempts that are throttled",
    "fairness": "least part of smooth requests of any tenant, over the greatest",
    "rate": "requests a second that are answered",
}
# The others are bounds from above.
_AT_LEAST = frozenset({"fairness", "rate"})
_TIMES = frozenset({"p50", "p99"})


@dataclass(frozen=True, slots=True)
class Objective:
    """A bound on one figure: ms, a part (0.0 to 1.0), or requests a second."""

    name: str
    limit: float

    @property
    def at_least(self) -> bool:
        """Whether the bound is one from below."""
        return self.name in _AT_LEAST

    def text(self, value: float) -> str:
        """Return a figure as people write it."""
        if self.name in _TIMES:
            return f"{value:.3g} ms" if value < 1000 else f"{value / 1000:.3g} s"
        if self.name == "rate":
            return f"{value:.1f}/s"
        return f"{value:.2f}" if self.name == "fairness" else f"{value:.2%}"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came of one objective; `seen` is None when nothing was measured."""

    objective: Objective
    seen: float | None

    @property
    def outcome(self) -> Outcome:
        """VALID, INVALID, or UNKNOWN without a figure."""
        if self.seen is None:
            return "UNKNOWN"
        kept = self.seen >= self.objective.limit if self.objective.at_least else self.seen <= self.objective.limit
        return "VALID" if kept else "INVALID"

    def __str__(self) -> str:
        bound = f"{'at least' if self.objective.at_least else 'at most'} {self.objective.text(self.objective.limit)}"
        if self.seen is None:
            return f"{self.objective.name}: nothing was measured, expected {bound}"
        told = f"{self.objective.name}: {self.objective.text(self.seen)}, expected {bound}"
        return told if self.outcome == "VALID" else f"{told} (missed by {self._missed_by()})"

    def _missed_by(self) -> str:
        return self.objective.text(abs((self.seen or 0.0) - self.objective.limit))


def judge(objectives: Mapping[str, Objective], measures: Measures, judged_s: float) -> list[Judgement]:
    """Return what came of every objective; `judged_s` is how long the judged part of the run took."""
    everything = measures.view(JUDGED)
    seen: dict[str, float | None] = dict.fromkeys(_LIMITS)
    if everything.requests:
        seen |= {
            "p50": everything.percentile_ms(0.5),
            "p99": everything.percentile_ms(0.99),
            "errors": everything.error_rate,
            "throttles": everything.throttle_rate,
            "fairness": fairness(measures),
            "rate": everything.requests / judged_s if judged_s > 0 else None,
        }
    return [Judgement(one, seen[one.name]) for one in objectives.values()]


def fairness(measures: Measures) -> float | None:
    """Return the least part of smooth requests (no error, no throttle) of any tenant over the greatest; 1.0 is fair.

    None when fewer than two tenants made 10 requests.
    """
    views = [measures.view(JUDGED, TENANT, name) for name in measures.names(JUDGED, TENANT)]
    parts = [view.smooth_rate for view in views if view.requests >= TENANT_REQUESTS_MIN]
    if len(parts) < 2:
        return None
    return min(parts) / max(parts) if max(parts) else 1.0


def objectives_from(values: Mapping[str, object]) -> dict[str, Objective]:
    """Return objectives by name from texts or numbers; raises SettingInvalid for unknown names and nonsense."""
    return {name: objective_of(name, value) for name, value in values.items() if value is not None}


def objective_of(name: str, value: object) -> Objective:
    """Return one objective: times as `300ms`, `1.5s` or ms; parts as `1%` or 0.01; a rate as requests a second."""
    if name not in _LIMITS:
        raise SettingInvalid(f"objective {name!r} is not known", evidence=dict(_LIMITS))
    text = str(value).strip()
    if name in _TIMES and (found := _TIME.fullmatch(text)):
        return Objective(name, float(found[1]) * (1000 if found[2] == "s" else 1))
    found = _PART.fullmatch(text)
    if found is None or isinstance(value, bool):
        raise SettingInvalid(f"objective {name} is {value!r}, expected {_expected(name)}")
    limit = float(found[1]) / (100 if found[2] else 1)
    is_part = name not in _TIMES and name != "rate"
    if (found[2] and not is_part) or (is_part and limit > 1):
        raise SettingInvalid(f"objective {name} is {value!r}, expected {_expected(name)}")
    return Objective(name, limit)


def read_objectives(path: Path) -> dict[str, Objective]:
    """Return the objectives of a YAML file; raises SettingInvalid when it can't be read as a mapping."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as problem:
        raise SettingInvalid(f"objectives {path} can't be read: {getattr(problem, 'strerror', problem)}") from None
    if not isinstance(document, dict):
        raise SettingInvalid(f"objectives {path} hold {type(document).__name__}, expected a mapping such as p99: 300ms")
    return objectives_from({str(name): value for name, value in document.items()})


def _expected(name: str) -> str:
    if name in _TIMES:
        return "a time such as 300ms"
    return "requests a second such as 50" if name == "rate" else "a part such as 1% or 0.01"
