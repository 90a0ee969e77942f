"""What is said of each cell, and of the whole matrix.

| verdict | means |
| --- | --- |
| pass | refused, or answered, exactly as about what never existed; nothing of the victim was touched |
| leak | the answer holds the victim's data, or a request was served that had to be refused |
| effect | something of the victim's was written |
| reach | the answer tells nothing, but a call was made with the victim's key in its name |
| hint | the answer differs from the one about what never existed |
| error | the answer was a 500, or there was none: nobody knows |
| vacuous | it proves nothing: the owner is not served either, or the request never got as far as a look-up |
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from harness.isolation.exchange import Exchange
from harness.masking import masked_text

PASS, LEAK, EFFECT, REACH, HINT, ERROR, VACUOUS = "pass", "leak", "effect", "reach", "hint", "error", "vacuous"
ORDER = (LEAK, EFFECT, REACH, HINT, ERROR, VACUOUS, PASS)  # the worst first
BROKEN = frozenset({LEAK, EFFECT, REACH, HINT})  # isolation is refuted; ERROR and VACUOUS leave it unproven


@dataclass(frozen=True, slots=True)
class Trial:
    """One form of one way on one route, with the exchanges behind its verdict."""

    route: str
    way: str
    form: str
    verdict: str
    why: str
    attack: Exchange
    reference: Exchange | None = None

    def become(self, verdict: str, why: str) -> "Trial":
        """Return the trial with a worse verdict; its own when that is worse already."""
        return self if ORDER.index(self.verdict) <= ORDER.index(verdict) else replace(self, verdict=verdict, why=why)


@dataclass(frozen=True, slots=True)
class Control:
    """The owner's own request on a route: `served` or why it proves nothing."""

    route: str
    served: bool
    why: str
    exchange: Exchange | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A route under a way: the worst of its trials; `excuse` says why there are none although there could be."""

    route: str
    way: str
    trials: tuple[Trial, ...] = ()
    excuse: str = ""

    @property
    def verdict(self) -> str:
        """The worst verdict, "" when the way does not apply to the route."""
        return min((one.verdict for one in self.trials), key=ORDER.index, default="")

    @property
    def worst(self) -> Trial | None:
        """The trial that the verdict is from."""
        return min(self.trials, key=lambda one: ORDER.index(one.verdict), default=None)


@dataclass(frozen=True)
class Matrix:
    """Every route under every way. `left_out` maps routes that were not driven to the reason."""

    routes: tuple[str, ...]
    ways: tuple[str, ...]
    cells: Mapping[tuple[str, str], Cell]
    controls: Mapping[str, Control]
    left_out: Mapping[str, str] = field(default_factory=dict)
    gaps: Sequence[str] = ()  # what could have been tried and was not
    touched: Sequence[str] = ()  # items of the victim that changed while it was attacked
    requests: int = 0

    def of(self, verdicts: Iterable[str]) -> list[Trial]:
        """Return the trials with one of some verdicts, in the order of routes and ways."""
        wanted = set(verdicts)
        rows = (self.cells[route, way] for route in self.routes for way in self.ways)
        return [trial for cell in rows for trial in cell.trials if trial.verdict in wanted]

    def counts(self) -> dict[str, int]:
        """Return how many trials had each verdict, the worst first, none left out."""
        trials = [trial.verdict for cell in self.cells.values() for trial in cell.trials]
        return {verdict: trials.count(verdict) for verdict in ORDER}

    @property
    def broken(self) -> bool:
        """Whether isolation is refuted."""
        return bool(self.touched) or any(self.counts()[verdict] for verdict in BROKEN)

    @property
    def unproven(self) -> bool:
        """Whether something is left open: an error, a vacuous trial, a gap, a route whose owner is not served."""
        counts = self.counts()
        not_served = any(not one.served for one in self.controls.values())
        return bool(counts[ERROR] or counts[VACUOUS] or self.gaps) or not_served

    def to_json(self) -> dict[str, Any]:
        """Return the matrix as JSON-ready values: every trial, exchanges only behind what is no pass."""
        return {
            "routes": list(self.routes),
            "ways": list(self.ways),
            "counts": self.counts(),
            "requests": self.requests,
            "left_out": dict(self.left_out),
            "gaps": list(self.gaps),
            "touched": list(self.touched),
            "controls": [{"route": one.route, "served": one.served, "why": one.why} for one in self.controls.values()],
            "trials": [_trial_json(trial) for cell in self.cells.values() for trial in cell.trials],
            "excused": [
                {"route": cell.route, "way": cell.way, "why": cell.excuse}
                for cell in self.cells.values()
                if cell.excuse
            ],
        }


def _trial_json(trial: Trial) -> dict[str, Any]:
    told: dict[str, Any] = {
        "route": trial.route, "way": trial.way, "form": trial.form, "verdict": trial.verdict, "why": trial.why,
        "status": trial.attack.answer.status,
    }  # fmt: skip
    if trial.verdict != PASS:
        told["attack"] = exchange_json(trial.attack)
        told["reference"] = exchange_json(trial.reference) if trial.reference else None
    return told


def exchange_json(exchange: Exchange) -> dict[str, Any]:
    """Return an exchange for people and files: without its headers, and without keys in the rest of it."""
    request = exchange.request
    return {
        "request": masked_text(f"{request.method} {request.target}"),
        "body": masked_text(request.body) if request.body else request.body,
        "answer": masked_text(exchange.answer.shown()),
        "trace": exchange.trace,
    }
