"""What the page of a run shows, worked out once: templates only put it into words and boxes.

Everything is bounded. What is left out is said on the page, with the file that has it.
"""

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from harness.report.kept import ExecutionTrace, TrustRecord
from harness.report.model.comparison import executions_of
from harness.report.model.instants import parsed
from harness.report.model.latency import latency_by_state
from harness.report.model.run import VALIDITIES, Run
from harness.report.page.drawing.latency import LatencyRow, latency_axis, latency_rows, latency_scale
from harness.report.page.drawing.machine import Drawing, drawing_of
from harness.report.page.scenario_view import Budget, ScenarioView, scenario_view
from harness.report.page.words import PROPOSITION_BY_CHECKER, counted, told_s
from harness.report.summary import in_order

SCENARIOS_MAX = 600
# The columns of the table of verdicts, as its heading names them.
COLUMNS = ("VALID", "INVALID", "UNKNOWN")


@dataclass(frozen=True)
class InvariantRow:
    """One invariant's verdicts over the whole run."""

    invariant: str
    checker: str
    proposition: str
    counts: tuple[tuple[str, int], ...]
    shares: tuple[tuple[str, float], ...]

    @property
    def is_valid(self) -> bool:
        """Tell whether every verdict was VALID."""
        return all(count == 0 or validity == "VALID" for validity, count in self.counts)


@dataclass(frozen=True)
class LatencyTable:
    """The latency of one state machine's states."""

    machine: str
    executions: int
    axis: Markup
    rows: list[LatencyRow]


@dataclass(frozen=True)
class MachineView:
    """One state machine, drawn with how often each state was visited."""

    name: str
    drawing: Drawing
    whole: Markup
    executions: int
    never: tuple[str, ...]


@dataclass(frozen=True)
class RunView:
    """The whole page."""

    run: Run
    title: str
    headline: str
    mood: str
    started: str
    facts: tuple[tuple[str, str], ...]
    again: str
    invariants: list[InvariantRow]
    latency: list[LatencyTable]
    machines: list[MachineView]
    scenarios: list[ScenarioView]
    filters: tuple[tuple[str, int], ...]
    left_out: int
    notes: tuple[str, ...]
    doubts: tuple[TrustRecord, ...]
    lacking: tuple[tuple[str, int], ...]
    target: str
    images: tuple[tuple[str, str], ...]


def run_view(run: Run) -> RunView:
    """Work out the page of a run."""
    drawings = {name: drawing_of(machine) for name, machine in run.machines.items()}
    budget = Budget()
    shown = run.scenarios[:SCENARIOS_MAX]
    failed = run.outcomes["failed"] + run.outcomes["error"]
    return RunView(
        run=run,
        title=f"{'✓' if run.is_good else '✗'} {run.name}",
        headline=_headline(run, failed),
        mood="good" if run.is_good else "bad" if failed or run.validities["INVALID"] else "unsure",
        started=_started(run),
        facts=tuple(_facts(run)),
        again=_again(run),
        invariants=[*_invariants(run)],
        latency=[*_latency(run)],
        machines=[*_machines(run, drawings)],
        scenarios=[scenario_view(run, one, drawings, budget) for one in shown],
        filters=tuple(run.outcomes.most_common()),
        left_out=len(run.scenarios) - len(shown),
        notes=run.problems,
        doubts=tuple(one for one in run.record.trust if not one.holds) if run.record else (),
        lacking=tuple(run.lacking.items()),
        target=run.record.target if run.record else "the target",
        images=tuple(sorted(run.record.images.items())) if run.record else (),
    )


def _headline(run: Run, failed: int) -> str:
    unfinished = run.outcomes["unfinished"]
    if failed:
        cut = f", {unfinished} unfinished" if unfinished else ""
        return f"{failed} of {counted(len(run.scenarios), 'test')} failed{cut}"
    if unfinished:
        return f"cut short: {unfinished} of {counted(len(run.scenarios), 'test')} unfinished"
    if run.outcomes["untrusted"]:
        return f"{run.outcomes['untrusted']} of {counted(len(run.scenarios), 'test')} passed and can't be trusted"
    if run.validities["INVALID"] or run.validities["UNKNOWN"]:
        return f"all {len(run.scenarios)} tests ended, not every verdict is VALID"
    if not run.is_good and not run.lacking:
        return f"the run was cut short after {counted(len(run.scenarios), 'test')}"
    return _good_headline(run)


def _good_headline(run: Run) -> str:
    if run.lacking:
        target = run.record.target if run.record else "the target"
        return f"{counted(run.outcomes['passed'], 'test')} passed, {run.lacking.total()} could not run on {target}"
    return f"{counted(len(run.scenarios), 'test')} passed" if len(run.scenarios) == 1 else (
        f"all {len(run.scenarios)} tests passed"
    )  # fmt: skip


def _facts(run: Run) -> Iterable[tuple[str, str]]:
    for outcome, count in run.outcomes.most_common():
        yield outcome, str(count)
    for validity in VALIDITIES:
        if run.validities[validity]:
            yield f"verdicts {validity}", str(run.validities[validity])
    fired = [fault for one in run.scenarios if one.evidence for fault in one.evidence.faults]
    if fired:
        yield "faults", f"{len(fired)} set, fired {counted(sum(fault.fired for fault in fired), 'time')}"
    traces = list(executions_of(run))
    if traces:
        yield "executions", str(len(traces))
    if run.duration_s is not None:
        yield "duration", told_s(run.duration_s)
    if run.record and run.record.boot_s:
        yield "cloud up in", told_s(run.record.boot_s)
    if run.record:
        yield "target", run.record.target
        if run.record.trust:
            yield "guarantees", f"{sum(one.holds for one in run.record.trust)} of {len(run.record.trust)} hold"
        if run.record.gateway:
            yield "gateway", run.record.gateway
        yield "Python", run.record.python


def _again(run: Run) -> str:
    arguments = shlex.join(run.record.arguments) if run.record else ""
    if run.seed is None or "--rehearsal-seed" in arguments:
        return f"pytest {arguments}".strip()
    return f"pytest {arguments} --rehearsal-seed {run.seed}".replace("  ", " ")


def _started(run: Run) -> str:
    at = parsed(run.record.started_at) if run.record else None
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else ""


def _invariants(run: Run) -> Iterable[InvariantRow]:
    for invariant, checker in in_order(run.verdicts):
        counts = tuple((one, run.verdicts[(invariant, checker, one)]) for one in COLUMNS)
        total = sum(count for _, count in counts)
        shares = tuple((validity, round(100 * count / total, 2)) for validity, count in counts if count)
        yield InvariantRow(invariant, checker, PROPOSITION_BY_CHECKER.get(checker, ""), counts, shares)


def _latency(run: Run) -> Iterable[LatencyTable]:
    spreads = latency_by_state(executions_of(run), run.machines)
    scale = latency_scale(spreads)
    for machine in dict.fromkeys(one.machine for one in spreads):
        own = [one for one in spreads if one.machine == machine]
        yield LatencyTable(machine, len(own[0].samples_ms), latency_axis(scale), latency_rows(own, scale))


def _machines(run: Run, drawings: Mapping[str, Drawing]) -> Iterable[MachineView]:
    traces = list(executions_of(run))
    for name, drawing in drawings.items():
        own = [trace for trace in traces if trace.machine == name]
        counts = _visits(own)
        never = tuple(state for state in drawing.machine.states if state not in counts)
        yield MachineView(name, drawing, drawing.whole(counts), len(own), never)


def _visits(traces: Iterable[ExecutionTrace]) -> dict[str, int]:
    """Return how many executions came to each state; once each, however often they did."""
    return Counter(state for trace in traces for state in {step.state for step in trace.steps})
