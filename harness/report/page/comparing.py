"""What the page that compares two runs shows."""

from dataclasses import dataclass

from harness.pages.scales import told_ms
from harness.report.model.comparison import Comparison, LatencyChange, TestChange
from harness.report.model.run import Run
from harness.report.page.words import SIGN_BY_OUTCOME, told_s

# Below this a change of a laptop's latency is noise.
NOTABLE_PERCENT = 20.0
SLOWER_TESTS_MAX = 15
SLOWER_S = 0.5


@dataclass(frozen=True)
class RunColumn:
    """One of the two runs."""

    run: Run
    headline: str
    took: str


@dataclass(frozen=True)
class LatencyLine:
    """One state in both runs, in words; `mood` says whether it got notably slower or faster."""

    name: str
    machine: str
    samples: str
    p50: tuple[str, str, str]
    p95: tuple[str, str, str]
    mood: str
    note: str


@dataclass(frozen=True)
class ComparisonView:
    """The whole page."""

    comparison: Comparison
    title: str
    headline: str
    mood: str
    columns: tuple[RunColumn, RunColumn]
    groups: list[tuple[str, str, list[TestChange]]]
    latency: list[LatencyLine]
    slower: list[tuple[TestChange, str, str]]
    signs: dict[str, str]


def comparison_view(comparison: Comparison) -> ComparisonView:
    """Work out the page."""
    groups = [
        ("Newly failing", "bad", comparison.newly_failing),
        ("Still failing", "bad", comparison.still_failing),
        ("Newly passing", "good", comparison.newly_passing),
        ("Added", "plain", comparison.added),
        ("Removed", "unsure", comparison.removed),
    ]
    return ComparisonView(
        comparison,
        title=f"{comparison.before.name} → {comparison.after.name}",
        headline=_headline(comparison),
        mood="bad" if comparison.is_worse else "good",
        columns=(_column(comparison.before), _column(comparison.after)),
        groups=[group for group in groups if group[2]],
        latency=[_latency(one) for one in comparison.latency],
        slower=_slower(comparison),
        signs=SIGN_BY_OUTCOME,
    )


def _headline(comparison: Comparison) -> str:
    count = len(comparison.newly_failing)
    if count:
        return f"worse: {count} newly failing"
    if comparison.is_worse:
        return f"{comparison.after.validities['INVALID']} verdicts are INVALID"
    healed = len(comparison.newly_passing)
    return f"better: {healed} newly passing" if healed else "no test fails that did not fail before"


def _column(run: Run) -> RunColumn:
    told = ", ".join(f"{count} {outcome}" for outcome, count in run.outcomes.most_common())
    return RunColumn(run, told, told_s(run.duration_s))


def _latency(one: LatencyChange) -> LatencyLine:
    moved = one.p50_percent
    notable = abs(moved) >= NOTABLE_PERCENT and not one.has_few_samples
    return LatencyLine(
        name=one.state or "whole flow",
        machine=one.machine,
        samples=f"{one.samples[0]} → {one.samples[1]}",
        p50=(told_ms(one.p50_ms[0]), told_ms(one.p50_ms[1]), f"{one.p50_percent:+.0f} %"),
        p95=(told_ms(one.p95_ms[0]), told_ms(one.p95_ms[1]), f"{one.p95_percent:+.0f} %"),
        mood=("bad" if moved > 0 else "good") if notable else "plain",
        note=("slower" if moved > 0 else "faster") if notable else "few samples" if one.has_few_samples else "",
    )


def _slower(comparison: Comparison) -> list[tuple[TestChange, str, str]]:
    found = [
        (one.after_s - one.before_s, one)
        for one in comparison.tests
        if one.before_s is not None and one.after_s is not None and one.after_s - one.before_s > SLOWER_S
    ]
    found.sort(key=lambda pair: -pair[0])
    return [(one, told_s(one.before_s), told_s(one.after_s)) for _, one in found[:SLOWER_TESTS_MAX]]
