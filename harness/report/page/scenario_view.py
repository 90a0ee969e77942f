"""What the page shows of one scenario: its story, verdicts, timeline, faults, money, and the ways of its executions."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from harness.history import Operation
from harness.pages.scales import told_ms
from harness.report.kept import FaultRecord, VerdictRecord
from harness.report.model.instants import between_ms
from harness.report.model.money import MoneyRow, money_rows, told_amount
from harness.report.model.run import VALIDITIES, Run, Scenario
from harness.report.model.ways import Way, ways_of
from harness.report.page.drawing.lanes import Timeline, timeline_of
from harness.report.page.drawing.machine import Drawing
from harness.report.page.words import SIGN_BY_OUTCOME, counted, outcome_class, told_document, told_s
from harness.report.timeline import without_repeated_reads

OPERATIONS_MAX = 100
MONEY_ROWS_MAX = 60
WAYS_MAX = 12
# Lines over a machine are about 3 kB each: what keeps the page of a huge run openable on a phone.
DRAWINGS_MAX = 250
NAMES_MAX = 5


@dataclass
class Budget:
    """How many drawings the page may still hold."""

    drawings: int = DRAWINGS_MAX

    def take(self) -> bool:
        """Take one, when there is one left."""
        self.drawings -= 1
        return self.drawings >= 0


@dataclass(frozen=True)
class StepView:
    """One state of a way."""

    state: str
    took: str
    words: str
    sign: str


@dataclass(frozen=True)
class WayView:
    """One way; `drawing` is None for a plain success, and when the page is full."""

    headline: str
    mood: str
    machine: str
    names: str
    steps: list[StepView]
    drawing: Markup | None


@dataclass(frozen=True)
class OperationView:
    """One operation as a line."""

    at: str
    took: str
    outcome: str
    sign: str
    what: str
    request: str
    answer: str


@dataclass(frozen=True)
class MoneyView:
    """One row of the payments table beside the ledger."""

    row: MoneyRow
    amount: str
    entries: list[tuple[str, str]]


@dataclass(frozen=True)
class ScenarioView:
    """Everything of one scenario."""

    scenario: Scenario
    anchor: str
    mood: str
    sign: str
    is_open: bool
    took: str
    replay: str
    verdicts: list[VerdictRecord]
    chips: tuple[tuple[str, str], ...]
    timeline: Timeline | None
    operations: list[OperationView]
    faults: tuple[FaultRecord, ...]
    money: list[MoneyView]
    ways: list[WayView]
    notes: tuple[str, ...]
    words: str


def scenario_view(run: Run, scenario: Scenario, drawings: Mapping[str, Drawing], budget: Budget) -> ScenarioView:
    """Work out one scenario."""
    history, evidence = scenario.history, scenario.evidence
    shown = without_repeated_reads(history) if history else []
    money = money_rows(history) if history else []
    ways = ways_of(evidence.executions) if evidence else []
    machines = {name: drawing.machine for name, drawing in drawings.items()}
    verdicts = sorted(scenario.verdicts, key=lambda one: VALIDITIES.index(one.validity))
    sides = [_money_view(row) for row in money[:MONEY_ROWS_MAX]]
    return ScenarioView(
        scenario=scenario,
        anchor=f"test-{hashlib.sha256(scenario.node_id.encode()).hexdigest()[:10]}",
        mood=outcome_class(scenario.outcome),
        sign=SIGN_BY_OUTCOME.get(scenario.outcome, "?"),
        is_open=scenario.is_failed,
        took=told_s(scenario.duration_s),
        replay=run.replay(scenario),
        verdicts=verdicts,
        chips=tuple(_chips(scenario, money, ways)),
        timeline=timeline_of(history, evidence, machines, is_failed=scenario.is_failed) if history else None,
        operations=[_operation(one) for one in shown[:OPERATIONS_MAX]],
        faults=evidence.faults if evidence else (),
        money=sides,
        ways=[_way(way, drawings, budget, is_wanted=scenario.is_failed) for way in ways[:WAYS_MAX]],
        notes=tuple(_notes(scenario, len(shown), len(money), len(ways))),
        words=f"{scenario.node_id} {scenario.title} {scenario.story} {scenario.outcome}".lower(),
    )


def _chips(scenario: Scenario, money: list[MoneyRow], ways: list[Way]) -> Iterable[tuple[str, str]]:
    for validity, mood in (("INVALID", "bad"), ("UNKNOWN", "unsure"), ("VALID", "good")):
        count = sum(one.validity == validity for one in scenario.verdicts)
        if count:
            yield mood, f"{count} {validity}"
    if scenario.evidence and scenario.evidence.unchecked:
        yield "unsure", "history unchecked"
    mismatches = sum(bool(row.mismatch) for row in money)
    if mismatches:
        yield "bad", counted(mismatches, "mismatch") if mismatches == 1 else f"{mismatches} mismatches"
    for fault in scenario.evidence.faults if scenario.evidence else ():
        yield "fault", f"⚡ {fault.label} ×{fault.fired}"
    retried = sum(way.attempts * len(way.names) for way in ways)
    if retried:
        yield "plain", f"↻ {counted(retried, 'retry') if retried == 1 else f'{retried} retries'}"


def _way(way: Way, drawings: Mapping[str, Drawing], budget: Budget, *, is_wanted: bool) -> WayView:
    drawing = drawings.get(way.machine)
    machine = drawing.machine if drawing else None
    is_wanted = is_wanted or not way.is_plain(machine)
    steps = []
    for step in way.steps:
        is_ending = machine is not None and step.state in machine.states and (
            machine.states[step.state].ending == "fail"
        )  # fmt: skip
        is_detour = machine is not None and machine.is_detour(step.state)
        words = f"{step.attempts} attempts" if step.attempts > 1 else ""
        failures = f"failed with {', '.join(dict.fromkeys(step.failures))}" if step.failures else ""
        sign = "✗" if is_ending else "↩" if is_detour else "⚠" if step.failures else "✓"
        took = told_ms(between_ms(step.entered_at, step.left_at)) if step.left_at else ""
        steps.append(StepView(step.state, took, ", ".join(filter(None, (words, failures))), sign))
    took = told_ms(way.took_ms)
    error = f" with {way.error}" if way.error else ""
    several = f", {len(way.names)} executions" if len(way.names) > 1 else ""
    names = ", ".join(way.names[:NAMES_MAX]) + (
        f" and {len(way.names) - NAMES_MAX} more" if len(way.names) > NAMES_MAX else ""
    )
    return WayView(
        headline=f"{way.status}{error}: {counted(len(way.steps), 'state')} in {took}{several}",
        mood="good" if way.status == "SUCCEEDED" else "unsure",
        machine=way.machine,
        names=names,
        steps=steps,
        drawing=drawing.way(way) if drawing and is_wanted and budget.take() else None,
    )


def _operation(one: Operation) -> OperationView:
    end_s = one.completed_at_s
    answer = "no answer" if one.status_code is None else str(one.status_code)
    told = told_document(one.result, left_out=("payment_id", "user_id", "execution_arn", "metadata", "created_at"))
    return OperationView(
        at=f"{one.invoked_at_s:.3f} s",
        took=told_ms((end_s - one.invoked_at_s) * 1000) if end_s is not None else "no end",
        outcome=one.outcome,
        sign={"ok": "✓", "fail": "✗", "info": "?"}[one.outcome],
        what=f"{one.action} {one.subject}".strip(),
        request=told_document(one.value, left_out=("user_id", "payment_id")),
        answer=", ".join(filter(None, (answer, one.error, told))),
    )


def _money_view(row: MoneyRow) -> MoneyView:
    payment = row.payment
    amount = told_amount(payment.amount_minor, payment.currency) if payment else ""
    if payment and payment.refunded_minor:
        amount += f", refunded {told_amount(payment.refunded_minor, payment.currency)}"
    entries = [
        (f"{entry.kind} {entry.status} {told_amount(entry.amount_minor, entry.currency)}", entry.entry_id)
        for entry in row.entries
    ]
    return MoneyView(row, amount, entries)


def _notes(scenario: Scenario, operations: int, money: int, ways: int) -> Iterable[str]:
    yield from scenario.problems
    if scenario.evidence and scenario.evidence.problem:
        yield scenario.evidence.problem
    left_out = []
    if operations > OPERATIONS_MAX:
        left_out.append(f"{operations - OPERATIONS_MAX} operations")
    if money > MONEY_ROWS_MAX:
        left_out.append(f"{money - MONEY_ROWS_MAX} payments")
    if ways > WAYS_MAX:
        left_out.append(f"{ways - WAYS_MAX} ways")
    if left_out:
        yield f"not on this page: {', '.join(left_out)}; all are in {scenario.folder}/history.jsonl and evidence.json"
    if scenario.evidence and scenario.evidence.executions_left_out:
        count = scenario.evidence.executions_left_out
        yield f"{count} executions more were not read: the first 50 of a test are kept"
