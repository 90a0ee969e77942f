"""What a run comes to: the objectives' verdict, and what explains it, as one document.

Pure but for what it was handed. Only VALID passes; a run that was interrupted, or lost a process, is UNKNOWN.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from loadtests import spend
from loadtests.alarms import Heard
from loadtests.measures import (
    ALL,
    CUT,
    GROUP,
    HOT,
    JUDGED,
    KEY,
    OTHERS,
    PROCESS,
    REQUEST,
    STEP,
    WARM_UP,
    Measures,
    View,
)
from loadtests.objectives import Judgement, Outcome
from loadtests.replay import lag
from loadtests.settings import Settings

KEYS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Conclusion:
    """One run, ended. `alarm` is the first message of an alarm; `alarms` the states at the end."""

    settings: Settings
    measures: Measures
    judgements: tuple[Judgement, ...]
    problems: tuple[str, ...] = ()
    interrupted: bool = False
    alarm: Heard | None = None
    alarms: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""

    @property
    def verdict(self) -> Outcome:
        """VALID when every objective was kept and nothing went wrong."""
        outcomes = {one.outcome for one in self.judgements}
        if self.problems or self.interrupted:
            return "UNKNOWN"
        if self.measures.stop_reasons or "INVALID" in outcomes:
            return "INVALID"
        return "UNKNOWN" if "UNKNOWN" in outcomes else "VALID"

    @property
    def exit_code(self) -> int:
        """0 passed, 1 not, 130 interrupted."""
        if self.interrupted:
            return 130
        return 0 if self.verdict == "VALID" else 1

    def as_document(self) -> dict[str, Any]:
        """Return everything as JSON-ready data."""
        return {
            "verdict": self.verdict,
            "objectives": [_objective(one) for one in self.judgements],
            "problems": list(self.problems) + list(self.measures.stop_reasons),
            "interrupted": self.interrupted,
            "settings": self.settings.as_document(),
            "phases": {phase: self._phase(phase) for phase in (WARM_UP, JUDGED) if self.measures.view(phase).requests},
            "keys": {phase: throttled_keys(self.measures, phase) for phase in (WARM_UP, JUDGED)},
            "timeline": self._timeline(),
            "unfinished": {
                name: int(self.measures.view("", CUT, name).requests) for name in self.measures.names("", CUT)
            },
            "alarm": asdict(self.alarm) if self.alarm else None,
            "alarms": dict(self.alarms),
            "client": client_of(self.measures),
            "notes": [line for line in (lag.words(self.measures), spend.words(self.settings, self.measures)) if line],
            "folder": self.folder,
        }

    def _phase(self, phase: str) -> dict[str, Any]:
        measures = self.measures
        return {
            "all": summary(measures.view(phase, ALL)),
            "requests": {name: summary(measures.view(phase, REQUEST, name)) for name in measures.names(phase, REQUEST)},
            "groups": {name: summary(measures.view(phase, GROUP, name)) for name in measures.names(phase, GROUP)},
        }

    def _timeline(self) -> dict[str, list[float]]:
        steps = sorted(int(name) for name in self.measures.names("", STEP))
        views = [self.measures.view("", STEP, str(step)) for step in range(steps[-1] + 1)] if steps else []
        figures = ("requests", "errors", f"throttled:{HOT}", f"throttled:{OTHERS}")
        return {figure: [view[figure] for view in views] for figure in figures}


def summary(view: View) -> dict[str, Any]:
    """Return the figures of one name that a report shows; times in ms, parts from 0 to 1."""
    return {
        "requests": view.requests,
        "p50_ms": view.percentile_ms(0.5),
        "p99_ms": view.percentile_ms(0.99),
        "error_rate": view.error_rate,
        "errors": view.starting("error:"),
        "throttle_rate": view.throttle_rate,
        "throttles": view.starting("throttle:"),
        "throttled_requests": int(view["throttled_requests"]),
        "attempts": int(view["attempts"]),
        "attempts_most": max((int(name) for name in view.starting("attempts:")), default=1),
        "waited_s": round(view["waited_s"], 3),
        "read_units": round(view["read_units"], 1),
        "write_units": round(view["write_units"], 1),
    }


def throttled_keys(measures: Measures, phase: str) -> dict[str, dict[str, float]]:
    """Return the keys that were throttled most, with their throttled attempts by reason; ten at most."""
    found = {name: measures.view(phase, KEY, name).starting("throttle:") for name in measures.names(phase, KEY)}
    most = sorted(found, key=lambda name: -sum(found[name].values()))[:KEYS_SHOWN]
    return {name: found[name] for name in most}


def client_of(measures: Measures) -> dict[str, Any]:
    """Return how far the load processes were from their own limit: CPU for a request, and how late their loops were.

    `limit_per_core_s` is how many such requests a second would take all of one core.
    """
    views = [measures.view("", PROCESS, name) for name in measures.names("", PROCESS)]
    cpu_s = sum(view["cpu_s"] for view in views)
    phases = [(phase, name) for phase in (WARM_UP, JUDGED) for name in measures.names(phase, REQUEST)]
    requests = sum(measures.view(phase, REQUEST, name).requests for phase, name in phases)
    return {
        "processes": len(views),
        "cpu_s": round(cpu_s, 2),
        "cpu_ms_a_request": round(cpu_s * 1000 / requests, 3) if requests else 0.0,
        "limit_per_core_s": round(requests / cpu_s, 1) if cpu_s else 0.0,
        "late_p99_ms": max((view.percentile_ms(0.99) for view in views), default=0.0),
    }


def _objective(one: Judgement) -> dict[str, Any]:
    return {
        "name": one.objective.name,
        "limit": one.objective.limit,
        "seen": one.seen,
        "outcome": one.outcome,
        "text": str(one),
    }
