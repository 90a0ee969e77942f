"""Reads a run's folder as one run. What is missing or broken is told on the page; only a folder without any is refused.

A run of a version that kept less is read from what it has: outcomes from its JUnit report, counts from
`verdicts.json`, operations from the histories.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from harness.history import History, HistoryUnreadable, from_json_lines
from harness.masking import masked
from harness.report.kept import Evidence, Machines, RunRecord, RunUnreadable, TestRecord, read_document
from harness.report.model.junit import read_junit
from harness.report.model.machine import Machine, machine_of
from harness.report.model.run import OUTCOMES, Run, Scenario

Record = TypeVar("Record")


@dataclass
class _Left:
    """What one test's folder holds."""

    folder: str
    node_id: str = ""
    history: History | None = None
    evidence: Evidence | None = None
    problems: list[str] = field(default_factory=list)


def read_run(path: Path) -> Run:
    """Return the run in `path`; raises RunUnreadable when no test left anything there."""
    problems: list[str] = []
    record = _document(RunRecord, path / "run.json", problems)
    outcomes = _outcomes(path, problems)
    left = {one.node_id: one for one in _left_by_tests(path, problems)}
    if not outcomes and not left:
        seen = ", ".join(sorted(one.name for one in path.iterdir())) if path.is_dir() else "no such folder"
        raise RunUnreadable(
            f"{path} holds no test of a run, expected tests.jsonl, junit.xml or folders with history.jsonl",
            evidence={"seen": seen or "nothing", **({"problem": "\n".join(problems)} if problems else {})},
        )
    names = sorted({*outcomes, *left}, key=lambda name: (name.partition("::")[0], name))
    scenarios = [_scenario(name, outcomes.get(name), left.get(name)) for name in names]
    scenarios.sort(key=lambda one: OUTCOMES.index(one.outcome) if one.outcome in OUTCOMES else 0)
    counted, seed = _counted(path, problems)
    seeds = [one.history.seed for one in left.values() if one.history and one.history.seed is not None]
    return Run(
        name=path.name,
        path=path,
        seed=record.seed if record else seed if seed is not None else next(iter(seeds), None),
        record=record,
        scenarios=tuple(scenarios),
        machines=_machines(path, problems),
        counted=counted,
        problems=tuple(problems),
    )


def _scenario(node_id: str, record: TestRecord | None, left: _Left | None) -> Scenario:
    left = left or _Left("")
    # Evidence is written when a test is torn down: without a line, its process or the run ended before that was told.
    outcome = record.outcome if record else "unfinished" if left.evidence else "unknown"
    return Scenario(
        node_id,
        outcome,
        duration_s=record.duration_s if record else None,
        story=record.story if record else "",
        parameters=record.parameters if record else {},
        failure=masked(record.failure) if record else "",
        lacking=masked(record.lacking) if record else "",
        folder=left.folder,
        history=left.history,
        evidence=left.evidence,
        problems=tuple(left.problems),
    )


def _outcomes(path: Path, problems: list[str]) -> dict[str, TestRecord]:
    kept = path / "tests.jsonl"
    if kept.exists():
        lines = (line for line in _text(kept).splitlines() if line.strip())
        records = [_read(TestRecord, line, f"tests.jsonl line {n}", problems) for n, line in enumerate(lines, start=1)]
        return {record.node_id: record for record in records if record}
    if (path / "junit.xml").exists():
        try:
            return read_junit(path / "junit.xml")
        except RunUnreadable as problem:
            problems.append(problem.headline)
    return {}


def _left_by_tests(path: Path, problems: list[str]) -> list[_Left]:
    found = []
    for folder in sorted(path.iterdir()) if path.is_dir() else ():
        if (folder / "history.jsonl").exists() or (folder / "evidence.json").exists():
            left = _left(folder)
            if left.node_id:
                found.append(left)
            else:
                problems.extend(left.problems)
    return found


def _left(folder: Path) -> _Left:
    left = _Left(folder.name)
    if (folder / "history.jsonl").exists():
        try:
            left.history = from_json_lines(_text(folder / "history.jsonl"))
            left.node_id = left.history.name
        except HistoryUnreadable as problem:
            left.problems.append(f"{folder.name}/history.jsonl: {problem.headline}")
    left.evidence = _document(Evidence, folder / "evidence.json", left.problems, f"{folder.name}/evidence.json")
    if left.evidence:
        left.node_id = left.evidence.node_id
    return left


def _counted(path: Path, problems: list[str]) -> tuple[Mapping[tuple[str, str, str], int], int | None]:
    """Return the counts and the seed that the summary of verdicts tells."""
    try:
        values = json.loads(_text(path / "verdicts.json"))
        rows = {(row["invariant"], row["checker"], row["validity"]): int(row["count"]) for row in values["verdicts"]}
    except FileNotFoundError:
        return {}, None
    except (ValueError, KeyError, TypeError) as problem:
        problems.append(f"verdicts.json is not a summary of verdicts: {type(problem).__name__}: {problem}")
        return {}, None
    return rows, values.get("seed")


def _machines(path: Path, problems: list[str]) -> Mapping[str, Machine]:
    kept = _document(Machines, path / "machines.json", problems)
    found: dict[str, Machine] = {}
    for record in kept.machines if kept else ():
        try:
            found[record.name] = machine_of(record.name, record.definition)
        except RunUnreadable as problem:
            problems.append(problem.headline)
    return found


def _document(kind: type[Record], path: Path, problems: list[str], name: str = "") -> Record | None:
    return _read(kind, _text(path), name or path.name, problems) if path.exists() else None


def _read(kind: type[Record], text: str, name: str, problems: list[str]) -> Record | None:
    try:
        return read_document(kind, text, name=name)
    except RunUnreadable as problem:
        problems.append(problem.headline)
        return None


def _text(path: Path) -> str:
    # A run that was killed may have left half a character.
    return path.read_text(encoding="utf-8", errors="replace")
