"""The document: one row a guarantee, one column an engine, and below what was seen where it is not guaranteed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.doctor import ABSENT, BROKEN, GUARANTEED, UNKNOWN, Finding, Probe

SIGNS = {GUARANTEED: "✓", BROKEN: "**✗**", ABSENT: "–", UNKNOWN: "?"}


@dataclass(frozen=True, slots=True)
class Column:
    """One engine: its version and findings by probe, or the reason why it was not measured."""

    name: str
    version: str = ""
    findings: Mapping[str, Finding] = field(default_factory=dict)
    not_measured: str = ""


def document(probes: Sequence[Probe], columns: Sequence[Column], *, date: str, machine: str) -> str:
    """Return the whole document as Markdown."""
    measured = [one for one in columns if not one.not_measured]
    lines = [
        "# Conformance",
        "",
        f"What engines guarantee of that which scenarios rely on, measured on {date} with `make conformance` on"
        f" {machine}. Each row is a probe of `rehearse doctor`, which knows an engine by an AWS SDK alone.",
        "",
        *(f"- **{one.name}**: {one.version}" for one in measured),
        *(f"- **{one.name}**: not measured, {one.not_measured}" for one in columns if one.not_measured),
        "",
        "✓ guaranteed · **✗** broken, with evidence below · – absent · ? the probe could not decide. A ✓ means that no"
        " break was found: races are provoked, not proven away.",
        "",
        f"| guarantee | {' | '.join(one.name for one in measured)} |",
        f"| --- |{' :---: |' * len(measured)}",
        *(_row(probe, measured) for probe in probes),
        f"| guaranteed | {' | '.join(_count(one, GUARANTEED) for one in measured)} |",
        f"| broken | {' | '.join(_count(one, BROKEN) for one in measured)} |",
        "",
        "## What is broken",
        "",
        *(line for probe in probes for line in _evidence(probe, measured)),
        "## What is absent or undecided",
        "",
        *(line for one in measured for line in _lacks(one)),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _row(probe: Probe, columns: Iterable[Column]) -> str:
    signs = (SIGNS[one.findings[probe.id].verdict] if probe.id in one.findings else "" for one in columns)
    return f"| `{probe.id}` {probe.description} | {' | '.join(signs)} |"


def _count(column: Column, verdict: str) -> str:
    return str(sum(one.verdict == verdict for one in column.findings.values()))


def _evidence(probe: Probe, columns: Iterable[Column]) -> list[str]:
    seen = [
        f"- {one.name}: {_text(one.findings[probe.id].seen)}"
        for one in columns
        if probe.id in one.findings and one.findings[probe.id].verdict == BROKEN
    ]
    if not seen:
        return []
    told = f"Probe: {probe.does}. AWS documents: {probe.documented} ([source]({probe.source}))."
    return [f"### `{probe.id}`", "", told, "", *seen, ""]


def _lacks(column: Column) -> list[str]:
    """Return a line for each reason, with all that it concerns."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for one in column.findings.values():
        if one.verdict in (ABSENT, UNKNOWN):
            reasons.setdefault((one.verdict, one.seen), []).append(f"`{one.probe}`")
    return [
        f"- {column.name}: {', '.join(probes)} {verdict}: {_text(seen)}" for (verdict, seen), probes in reasons.items()
    ]


def _text(seen: str) -> str:
    """Return what was seen so that Markdown shows it as it is."""
    return "".join(f"\\{one}" if one in "<>*_|`[]" else one for one in seen)
