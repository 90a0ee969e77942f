"""The timeline of a scenario: a lane for every client, one for the faults, one for every troubled execution.

An operation's end shows by its stroke and its sign as well as its colour: ✓ happened, ✗ surely did not, ? nobody
knows. Times are seconds since the test began; instants of faults and states are put there by the test's own start.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from markupsafe import Markup

from harness.history import History, Operation
from harness.pages.scales import LinearScale
from harness.report.kept import Evidence, ExecutionTrace
from harness.report.model.instants import between_ms
from harness.report.model.machine import Machine

OPERATIONS_MAX = 150
FAULTS_MAX = 30
FIRINGS_MAX = 60
EXECUTIONS_MAX = 8
BAR_HEIGHT = 14
SIGN_BY_OUTCOME = {"ok": "✓", "fail": "✗", "info": "?"}
BarKind = Literal["ok", "fail", "info", "fault", "state", "detour", "ending"]


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that lasted; seconds since the test began."""

    kind: BarKind
    start_s: float
    end_s: float
    label: str
    title: str
    marks_s: tuple[float, ...] = ()


@dataclass
class Lane:
    """Bars in rows, none of which overlap in one."""

    name: str
    rows: list[list[Bar]] = field(default_factory=list)

    def add(self, bar: Bar) -> None:
        """Put a bar into the first row that has room for it."""
        for row in self.rows:
            if row[-1].end_s <= bar.start_s:
                row.append(bar)
                return
        self.rows.append([bar])


@dataclass(frozen=True)
class Timeline:
    """The lanes as drawn, with the axis they share, and what was left out."""

    axis: Markup
    lanes: tuple[tuple[str, Markup], ...]
    left_out: str = ""


def timeline_of(
    history: History, evidence: Evidence | None, machines: Mapping[str, Machine], *, is_failed: bool = False
) -> Timeline | None:
    """Return a scenario's timeline; None when nothing happened. One that failed shows its plain executions too."""
    lanes = [*_clients(history.operations[:OPERATIONS_MAX])]
    left_out = []
    if len(history.operations) > OPERATIONS_MAX:
        left_out.append(f"{len(history.operations) - OPERATIONS_MAX} operations more")
    if evidence is not None:
        lanes += _faults(evidence)
        troubled = [one for one in evidence.executions if is_failed or _is_troubled(one, machines.get(one.machine))]
        lanes += [_execution(one, evidence, machines.get(one.machine)) for one in troubled[:EXECUTIONS_MAX]]
        if len(troubled) > EXECUTIONS_MAX:
            left_out.append(f"{len(troubled) - EXECUTIONS_MAX} executions more")
    lanes = [lane for lane in lanes if lane.rows]
    if not lanes:
        return None
    scale = LinearScale(max(bar.end_s for lane in lanes for row in lane.rows for bar in row) * 1.02 or 1.0)
    drawn = tuple((lane.name, _drawn(lane, scale)) for lane in lanes)
    return Timeline(_axis(scale), drawn, ", ".join(left_out))


def _clients(operations: Sequence[Operation]) -> Iterable[Lane]:
    lanes: dict[int, Lane] = {}
    for one in operations:
        end_s = one.completed_at_s if one.completed_at_s is not None else one.invoked_at_s
        answer = "no answer" if one.status_code is None else f"answered {one.status_code}"
        status = str(one.result.get("status") or one.error or "")
        title = f"{one.action} {one.subject}: {one.outcome}, {answer} {status}".strip()
        told = f"{title}, {one.invoked_at_s:.3f} s to {end_s:.3f} s"
        lane = lanes.setdefault(one.process, Lane(f"client {one.process}"))
        lane.add(Bar(one.outcome, one.invoked_at_s, end_s, f"{SIGN_BY_OUTCOME[one.outcome]} {one.action}", told))
    return [lanes[process] for process in sorted(lanes)]


def _faults(evidence: Evidence) -> Iterable[Lane]:
    lane = Lane("faults")
    for fault in evidence.faults[:FAULTS_MAX]:
        start_s = _since(evidence, fault.set_at)
        end_s = _since(evidence, fault.healed_at or evidence.ended_at)
        if start_s is not None and end_s is not None:
            marks = tuple(at for text in fault.fired_at[:FIRINGS_MAX] if (at := _since(evidence, text)) is not None)
            title = f"fault {fault.label}, fired {fault.fired} times, {start_s:.3f} s to {end_s:.3f} s"
            lane.add(Bar("fault", start_s, end_s, f"⚡ {fault.label}", title, marks))
    return [lane]


def _execution(trace: ExecutionTrace, evidence: Evidence, machine: Machine | None) -> Lane:
    lane = Lane(trace.name)
    for step in trace.steps:
        start_s = _since(evidence, step.entered_at)
        end_s = _since(evidence, step.left_at) if step.left_at else start_s
        if start_s is None or end_s is None:
            continue
        is_ending = machine is not None and step.state in machine.states and (
            machine.states[step.state].ending == "fail"
        )  # fmt: skip
        detour = machine is not None and machine.is_detour(step.state)
        kind: BarKind = "ending" if is_ending else "detour" if detour else "state"
        failures = f", failed with {', '.join(step.failures)}" if step.failures else ""
        sign = "↩ " if detour else "✗ " if is_ending else ""
        title = f"{step.state}, {step.attempts} attempts{failures}, {start_s:.3f} s to {end_s:.3f} s"
        lane.add(Bar(kind, start_s, end_s, f"{sign}{step.state}", title))
    return lane


def _is_troubled(trace: ExecutionTrace, machine: Machine | None) -> bool:
    detours = machine.detours if machine else frozenset()
    return trace.status != "SUCCEEDED" or any(step.failures or step.state in detours for step in trace.steps)


def _since(evidence: Evidence, instant: str) -> float | None:
    passed_ms = between_ms(evidence.started_at, instant)
    return None if passed_ms is None else passed_ms / 1000


def _drawn(lane: Lane, scale: LinearScale) -> Markup:
    parts = [Markup('<line class="grid" x1="{0}%" x2="{0}%" y1="0" y2="100%"/>').format(scale.percent(at))
             for at in scale.ticks()]  # fmt: skip
    for index, row in enumerate(lane.rows):
        parts += [_bar(bar, index * (BAR_HEIGHT + 4) + 2, scale) for bar in row]
    return Markup('<svg class="lane" width="100%" height="{}" role="img" aria-label="{}">{}</svg>').format(
        len(lane.rows) * (BAR_HEIGHT + 4) + 2, lane.name, Markup("").join(parts)
    )


def _bar(bar: Bar, y: int, scale: LinearScale) -> Markup:
    start, end = scale.percent(bar.start_s), scale.percent(bar.end_s)
    width = round(max(end - start, 0.35), 2)
    # A name is written where it has room: about 0.8 % of a narrow drawing a character.
    text = Markup('<text x="{}%" dx="3" y="{}">{}</text>').format(start, y + 11, bar.label)
    marks = [
        Markup('<path class="mark" d="M1 -4l5 9h-4l2 9l-8 -11h4z" transform="translate(0 {})"/>').format(y)
        for _ in bar.marks_s
    ]
    flashes = [
        Markup('<svg x="{}%" y="0" overflow="visible">{}</svg>').format(scale.percent(at), mark)
        for at, mark in zip(bar.marks_s, marks, strict=True)
    ]
    return Markup(
        '<g class="bar {}"><title>{}</title><rect x="{}%" y="{}" width="{}%" height="{}" rx="2"/>{}{}</g>'
    ).format(
        bar.kind, bar.title, start, y, width, BAR_HEIGHT, text if width >= len(bar.label) * 1.1 else "",
        Markup("").join(flashes),
    )  # fmt: skip


def _axis(scale: LinearScale) -> Markup:
    ticks = [
        Markup('<line class="tick" x1="{0}%" x2="{0}%" y1="13" y2="18"/><text x="{0}%" y="10">{1:g} s</text>').format(
            scale.percent(at), round(at, 6)
        )
        for at in scale.ticks()
    ]
    return Markup('<svg class="axis" width="100%" height="18" aria-hidden="true">{}</svg>').format(
        Markup("").join(ticks)
    )
