"""What a run measured: additive figures only, so that those of many processes are added up to one verdict.

Every figure is a count or a sum under a key of names: (phase, kind, name, figure). Times are counted by rounded
milliseconds, which keeps percentiles within 5 % whatever the number of requests. Pure; bounded in memory.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

WARM_UP, JUDGED = "warm-up", "judged"
ALL, REQUEST, GROUP, TENANT, KEY, STEP = "all", "request", "group", "tenant", "key", "step"
PROCESS, CUT = "process", "cut"
# The error of a request that the run's end cut off: neither a failure nor a success.
UNFINISHED = "Unfinished"
HOT, OTHERS = "hot", "others"
# Of every key that was ever throttled so many are told apart; the others share one name.
THROTTLED_KEYS_MAX = 200
OTHER_KEYS = "(other keys)"

Figure = tuple[str, str, str, str]


class Observation(NamedTuple):
    """One request as its caller saw it, all attempts included. `error` is "" for a success."""

    name: str
    took_ms: float
    error: str = ""
    key: str = ""
    tenant: str = ""
    hot: bool = False
    attempts: int = 1
    waited_s: float = 0.0  # between attempts
    throttles: Mapping[str, int] = {}  # throttled attempts by reason
    read_units: float = 0.0
    write_units: float = 0.0
    aside: bool = False  # part of a larger request that is counted too


@dataclass(frozen=True, slots=True)
class View:
    """The figures of one name: all requests, one request, the hot key, one tenant."""

    figures: Mapping[str, float]

    def __getitem__(self, figure: str) -> float:
        return self.figures.get(figure, 0.0)

    @property
    def requests(self) -> int:
        """How many requests ended."""
        return int(self["requests"])

    @property
    def error_rate(self) -> float:
        """The part of requests that failed for their caller, 0.0 to 1.0."""
        return self["errors"] / self.requests if self.requests else 0.0

    @property
    def throttle_rate(self) -> float:
        """The part of attempts that were throttled, 0.0 to 1.0."""
        return self["throttled_attempts"] / self["attempts"] if self["attempts"] else 0.0

    @property
    def smooth_rate(self) -> float:
        """The part of requests that neither failed nor met a throttle on their way, 0.0 to 1.0."""
        return 1.0 - self["rough"] / self.requests if self.requests else 0.0

    def percentile_ms(self, part: float) -> float:
        """Return the time that `part` (0 to 1) of the requests took at most, in ms; 0.0 without requests."""
        times = sorted((float(name[3:]), count) for name, count in self.figures.items() if name.startswith("ms:"))
        wanted, seen = part * sum(count for _, count in times), 0.0
        for took_ms, count in times:
            seen += count
            if seen >= wanted:
                return took_ms
        return 0.0

    def starting(self, prefix: str) -> dict[str, float]:
        """Return the figures whose names begin so, without the prefix, the largest first."""
        found = {name[len(prefix) :]: value for name, value in self.figures.items() if name.startswith(prefix)}
        return dict(sorted(found.items(), key=lambda one: -one[1]))


class Measures:
    """Adds observations up; `stop_reasons` say why a run was ended before its time, by whom it was."""

    def __init__(self) -> None:
        self._figures: Counter[Figure] = Counter()
        self._throttled_keys: set[str] = set()
        self.stop_reasons: list[str] = []

    def observe(self, seen: Observation, phase: str, step: int) -> None:
        """Count one request that ended in `phase`, in the run's so-manyeth step (see Settings.step_s)."""
        if seen.error == UNFINISHED:
            self.add_figure(CUT, seen.name, "requests", 1.0)
            return
        figures = _figures_of(seen)
        group = HOT if seen.hot else OTHERS
        self._add(phase, REQUEST, seen.name, figures)
        if seen.aside:
            return
        self._add(phase, ALL, "", figures)
        if seen.key:
            self._add(phase, GROUP, group, figures)
        if seen.tenant:
            self._add(phase, TENANT, seen.tenant, figures)
        throttled = sum(seen.throttles.values())
        timeline = {"requests": 1.0, f"throttled:{group}": float(throttled), "errors": float(bool(seen.error))}
        self._add("", STEP, str(step), {name: value for name, value in timeline.items() if value})
        if throttled and seen.key:
            reasons = {f"throttle:{reason}": float(count) for reason, count in seen.throttles.items()}
            self._add(phase, KEY, self._bounded(seen.key), reasons)

    def observe_lateness(self, process: str, late_ms: float) -> None:
        """Count by how much a load process's loop was late."""
        self.add_figure(PROCESS, process, f"ms:{rounded_ms(max(0.0, late_ms)):g}", 1.0)

    def add_figure(self, kind: str, name: str, figure: str, value: float) -> None:
        """Add to a figure that belongs to no phase."""
        self._add("", kind, name, {figure: value})

    def view(self, phase: str, kind: str = ALL, name: str = "") -> View:
        """Return the figures of one name."""
        return View({key[3]: value for key, value in self._figures.items() if key[:3] == (phase, kind, name)})

    def names(self, phase: str, kind: str) -> list[str]:
        """Return which names there are of a kind, in order."""
        return sorted({key[2] for key in self._figures if key[:2] == (phase, kind)})

    def consumed(self) -> tuple[float, float]:
        """Return the read and write units that all requests consumed, warm-up included."""
        views = [self.view(phase) for phase in (WARM_UP, JUDGED)]
        return sum(view["read_units"] for view in views), sum(view["write_units"] for view in views)

    def as_document(self) -> dict[str, Any]:
        """Return everything as JSON-ready data."""
        return {"figures": _rows(self._figures.items()), "stop_reasons": list(self.stop_reasons)}

    def drain(self) -> dict[str, Any]:
        """Return what came since the last drain, and forget it: a worker's report to its master."""
        document = self.as_document()
        self._figures, self.stop_reasons = Counter(), []
        return document

    def add_document(self, document: Mapping[str, Any]) -> None:
        """Add what another process measured, or what a file kept."""
        for phase, kind, name, figure, value in document["figures"]:
            self._figures[(phase, kind, self._bounded(name) if kind == KEY else name, figure)] += value
        self.stop_reasons.extend(document.get("stop_reasons", ()))

    def _add(self, phase: str, kind: str, name: str, figures: Mapping[str, float]) -> None:
        mine = self._figures
        for figure, value in figures.items():
            mine[(phase, kind, name, figure)] += value  # type: ignore[assignment]  # sums may be fractions

    def _bounded(self, key: str) -> str:
        if key not in self._throttled_keys and len(self._throttled_keys) >= THROTTLED_KEYS_MAX:
            return OTHER_KEYS
        self._throttled_keys.add(key)
        return key


def _figures_of(seen: Observation) -> dict[str, float]:
    throttled = sum(seen.throttles.values())
    figures = {
        "requests": 1.0,
        "attempts": float(seen.attempts),
        f"ms:{rounded_ms(seen.took_ms):g}": 1.0,
        "errors": float(bool(seen.error)),
        "rough": float(bool(seen.error or throttled)),
        "throttled_requests": float(throttled > 0),
        "throttled_attempts": float(throttled),
        "waited_s": seen.waited_s,
        "read_units": seen.read_units,
        "write_units": seen.write_units,
    }
    if seen.error:
        figures[f"error:{seen.error}"] = 1.0
    for reason, count in seen.throttles.items():
        figures[f"throttle:{reason}"] = float(count)
    if seen.attempts > 1:
        figures[f"attempts:{seen.attempts}"] = 1.0
    return {name: value for name, value in figures.items() if value}


def rounded_ms(took_ms: float) -> float:
    """Return a time with two significant digits, from a tenth of a millisecond up."""
    if took_ms < 10:
        return round(took_ms, 1)
    unit = 10.0 ** (len(str(int(took_ms))) - 2)
    return round(took_ms / unit) * unit


def _rows(figures: Iterable[tuple[Figure, float]]) -> list[list[Any]]:
    return [[*key, value] for key, value in sorted(figures)]
