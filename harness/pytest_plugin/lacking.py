"""Tests that the target has no way to run: skipped with the reason wherever the client finds it, and never a pass.

A scenario that raises TargetLacks after its story began has proven nothing either, so its verdicts don't count. What
could not run is told in the summary, in verdicts.json and on the page, by reason. Leaves out tests that rely on a
guarantee which the target lacks: those are `trust`'s.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from harness.errors import TargetLacks

_LACKING = pytest.StashKey[str]()


def excuse(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport, target: str) -> str:
    """Turn the end of a phase by TargetLacks into a skip; return the reason, "" for any other end.

    After a pass, an end of the teardown stays an error: that test did run, and something of it was not undone.
    """
    lacking = _lacking(call.excinfo.value) if call.excinfo is not None else None
    if lacking is None or (call.when == "teardown" and _LACKING not in item.stash):
        return ""
    reason = f"{target}: {lacking.headline}"
    item.stash[_LACKING] = reason
    path, line, _ = item.location
    report.outcome = "skipped"
    report.longrepr = (path, line or 0, reason)
    vars(report).pop("wasxfail", None)
    if call.when != "teardown":
        report.lacking = lacking.headline  # type: ignore[attr-defined]
    return reason


def _lacking(problem: BaseException) -> TargetLacks | None:
    """Return what the target lacks when that alone ended a phase."""
    if isinstance(problem, BaseExceptionGroup):
        found = [_lacking(one) for one in problem.exceptions]
        return found[0] if all(found) else None
    return problem if isinstance(problem, TargetLacks) else None


@dataclass(frozen=True, slots=True)
class Lacking:
    """What a run's reports told of tests that could not run on `target`: the reason by test."""

    target: str
    reasons: Mapping[str, str]

    @classmethod
    def of(cls, reports: Iterable[Any], target: str) -> "Lacking":
        """Gather it from reports of all processes."""
        return cls(target, {one.nodeid: one.lacking for one in reports if getattr(one, "lacking", "")})

    def by_reason(self) -> dict[str, list[str]]:
        """Return the tests by what they lacked, the reason of most of them first."""
        grouped: dict[str, list[str]] = {}
        for test, reason in sorted(self.reasons.items()):
            grouped.setdefault(reason, []).append(test)
        return dict(sorted(grouped.items(), key=lambda one: -len(one[1])))

    def lines(self) -> list[str]:
        """Return the summary's lines; none when every test could run."""
        if not self.reasons:
            return []
        tests = "1 test" if len(self.reasons) == 1 else f"{len(self.reasons)} tests"
        lines = [f"lacking    {tests} could not run on {self.target}, so nothing was proven by them"]
        for reason, ids in self.by_reason().items():
            lines.append(f"{len(ids):>8}   {reason}")
            lines += [f"{'':<11}{one}" for one in ids]
        return lines

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {"target": self.target, "count": len(self.reasons), "by_reason": self.by_reason()}
