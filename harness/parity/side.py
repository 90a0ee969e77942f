"""One side of a comparison: a target with the runs that were made on it, as sights of every scenario.

A round is everything that was run once; it may lie in several folders (scenarios that need an environment of their own
run apart). Two rounds of one side tell what varies there by itself.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from harness.errors import RehearsalError
from harness.history import History
from harness.parity.answers import seen_in_answers
from harness.parity.calls import owners_of, seen_in_calls
from harness.parity.effects import seen_in_the_end
from harness.parity.masks import Mask, masked_text
from harness.parity.order import seen_in_events, seen_in_executions
from harness.parity.sight import Question, Sight, gathered
from harness.report.kept import FaultRecord
from harness.report.model import Run, Scenario, read_run
from harness.report.model.finding import runs_in
from harness.report.model.run import FAILED_OUTCOMES

# The run itself, beside its scenarios.
WHOLE_RUN = ""
REASON_LINES_MAX = 12
PASSED = frozenset({"passed", "xfailed"})
# A round of nothing but these can't be compared: two sides that did nothing look alike.
NOTHING_SHOWN = frozenset({"error", "skipped"})


class NotComparable(RehearsalError):
    """There is nothing that two sides could be compared by."""


@dataclass(frozen=True)
class Round:
    """Everything that was run once on one side."""

    path: Path
    runs: tuple[Run, ...]

    @cached_property
    def scenarios(self) -> dict[str, tuple[Run, Scenario]]:
        """The scenarios by node id, each with its run."""
        return {one.node_id: (run, one) for run in self.runs for one in run.scenarios}

    @property
    def target(self) -> str:
        """The target that its runs say they had."""
        return next((run.record.target for run in self.runs if run.record), "")

    @property
    def gateway(self) -> str:
        """The card gateway's protocol that its runs had."""
        return next((run.record.gateway for run in self.runs if run.record), "")

    @property
    def seed(self) -> int | None:
        """The seed, None when nothing tells."""
        return next((run.seed for run in self.runs if run.seed is not None), None)

    @property
    def images(self) -> Mapping[str, str]:
        """The images that a target of containers ran, by service."""
        return {name: image for run in self.runs if run.record for name, image in run.record.images.items()}

    @property
    def duration_s(self) -> float:
        """Seconds that its runs took, as far as they tell."""
        return sum(run.duration_s or 0.0 for run in self.runs)

    @property
    def problems(self) -> list[str]:
        """What could not be read."""
        own = [f"{run.path}: {problem}" for run in self.runs for problem in run.problems]
        return own + [
            f"{run.path}/{one.folder}: {problem}"
            for run, one in self.scenarios.values()
            for problem in (*one.problems, *([one.evidence.problem] if one.evidence and one.evidence.problem else []))
        ]

    def sight(self, node_id: str) -> Sight:
        """Return what this round showed of a scenario."""
        if node_id not in self.scenarios:
            return Sight(gathered([(Question("outcome", "outcome"), "not run")]))
        run, scenario = self.scenarios[node_id]
        return Sight(gathered(_seen(scenario, mask_of(run, scenario))), str(run.path), scenario.folder)

    def sight_of_run(self, told_of: frozenset[str]) -> Sight:
        """Return what it showed as a whole: guarantees, and the calls of the scenarios `told_of`."""
        return Sight(gathered(self._seen_of_run(told_of)), str(self.runs[0].path) if self.runs else "")

    def _seen_of_run(self, told_of: frozenset[str]) -> Iterator[tuple[Question, str]]:
        for run in self.runs:
            for one in run.record.trust if run.record else ():
                yield Question("guarantee", one.guarantee), one.verdict
            histories: dict[str, History] = {one.node_id: one.history for one in run.scenarios if one.history}
            masks = {one.node_id: mask_of(run, one) for one in run.scenarios if one.history}
            yield from seen_in_calls(run.path, owners_of(histories, masks), told_of)


@dataclass(frozen=True)
class Side:
    """A target, or whatever else sets the runs apart, with its rounds; there is at least one."""

    name: str
    rounds: tuple[Round, ...]

    @cached_property
    def node_ids(self) -> frozenset[str]:
        """The scenarios that any round has."""
        return frozenset(node_id for one in self.rounds for node_id in one.scenarios)

    def passes(self, node_id: str) -> bool:
        """Tell whether a scenario passed in every round."""
        return all(node_id in one.scenarios and one.scenarios[node_id][1].outcome in PASSED for one in self.rounds)

    @property
    def outcomes(self) -> Mapping[str, int]:
        """How many scenarios of the first round ended how."""
        return Counter(scenario.outcome for _, scenario in self.rounds[0].scenarios.values())

    def reason(self, node_id: str) -> str:
        """Return the first line of what failed in a scenario, masked; "" when nothing did."""
        ended = [one.scenarios[node_id] for one in self.rounds if node_id in one.scenarios]
        failed = ((run, one) for run, one in ended if one.outcome in FAILED_OUTCOMES and one.reason)
        return next((mask_of(run, one)(one.reason.splitlines()[0]) for run, one in failed), "")


def read_round(path: Path) -> Round:
    """Read a run's folder, or one that holds the folders of several; raises NotComparable, RunUnreadable."""
    # A run in which nothing was rehearsed leaves an empty JUnit report and nothing that could be read.
    inside = [one for one in runs_in(path) if (one / "tests.jsonl").exists() or any(one.glob("*/history.jsonl"))]
    if inside and not any((path / name).exists() for name in ("run.json", "tests.jsonl")):
        return Round(path, tuple(read_run(one) for one in inside))
    if not path.is_dir():
        raise NotComparable(f"there is no folder {path}, expected a run's", remedy="rehearse report lists the runs")
    return Round(path, (read_run(path),))


def check_comparable(first: Side, second: Side) -> None:
    """Raise NotComparable when the sides share no scenario, or when all of one's could not begin or were skipped."""
    if not first.node_ids & second.node_ids:
        raise NotComparable(
            f"{first.name} and {second.name} have no scenario in common",
            evidence={side.name: f"{len(side.node_ids)} scenarios" for side in (first, second)},
        )
    for side in (first, second):
        for one in side.rounds:
            ended = [scenario for _, scenario in one.scenarios.values()]
            if all(scenario.outcome in NOTHING_SHOWN for scenario in ended):
                reasons = Counter(scenario.lacking or scenario.reason for scenario in ended).most_common(1)
                seen = reasons[0][0].splitlines()[:REASON_LINES_MAX] if reasons else ["no scenario"]
                could = "run" if any(scenario.outcome == "skipped" for scenario in ended) else "begin"
                raise NotComparable(
                    f"no scenario could {could} on {side.name}",
                    evidence={"seen": "\n".join(seen), "read": one.path},
                )


def mask_of(run: Run, scenario: Scenario) -> Mask:
    """Return what takes out of a scenario's texts what only this run has."""
    own = run.name if run.record and run.record.instance else ""
    seed = scenario.history.seed if scenario.history else run.seed
    return Mask(seed, scenario.node_id, own)


def _seen(scenario: Scenario, mask: Mask) -> Iterator[tuple[Question, str]]:
    yield Question("outcome", "outcome"), _outcome(scenario)
    for verdict in scenario.verdicts:
        yield Question("verdict", f"{verdict.invariant} {verdict.checker}"), verdict.validity
    if scenario.history:
        yield from seen_in_answers(scenario.history.operations, mask)
        yield from seen_in_the_end(scenario.history.finals, mask)
        yield from seen_in_events(scenario.history.finals.events or ())
    if scenario.evidence:
        yield from seen_in_executions(scenario.evidence.executions, mask)
        yield from _faults(scenario.evidence.faults, mask)


def _faults(faults: Iterable[FaultRecord], mask: Mask) -> Iterator[tuple[Question, str]]:
    """Give each kind of fault once: a story may set the same one for every payment, and one firing is what it needs."""
    fired: dict[str, bool] = {}
    for fault in faults:
        fired[fault.label] = fired.get(fault.label, False) or fault.fired > 0
    for label, did in fired.items():
        yield Question("fault", "fault"), f"{mask(label)} {'fired' if did else 'never fired'}"


def _outcome(scenario: Scenario) -> str:
    """Return how it ended; of one that was skipped or distrusted, why as well."""
    if scenario.lacking:
        return f"skipped, because the target lacks it: {masked_text(scenario.lacking.splitlines()[0])}"
    if scenario.outcome in ("skipped", "untrusted") and scenario.reason:
        # pytest and the plugin begin their reasons with the same word.
        reason = re.sub(r"^(skipped|untrusted): ", "", scenario.reason.splitlines()[0], flags=re.IGNORECASE)
        return f"{scenario.outcome}: {masked_text(reason)}"
    return scenario.outcome
