"""A run and its scenarios, as they were read from a folder."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from textwrap import dedent
from typing import Any

from harness.history import History
from harness.report.kept import Evidence, RunRecord, VerdictRecord
from harness.report.model.machine import Machine

# Worst first: the order in which a page shows them.
OUTCOMES = ("failed", "error", "unfinished", "xpassed", "untrusted", "unknown", "xfailed", "skipped", "passed")
FAILED_OUTCOMES = frozenset({"failed", "error", "unfinished"})
VALIDITIES = ("INVALID", "UNKNOWN", "VALID")


@dataclass(frozen=True)
class Scenario:
    """One test of a run. `problems` say what of it could not be read; `folder` is below the run's, "" without one.

    The outcome is pytest's, `unfinished` for a test that was cut off, `unknown` when nothing tells how it ended.
    `lacking` is what the target had no way to do, "" for a test that could run.
    """

    node_id: str
    outcome: str
    duration_s: float | None = None
    story: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    failure: str = ""
    lacking: str = ""
    folder: str = ""
    history: History | None = None
    evidence: Evidence | None = None
    problems: tuple[str, ...] = ()

    @property
    def is_failed(self) -> bool:
        """Tell whether it counts against the run."""
        return self.outcome in FAILED_OUTCOMES

    @property
    def verdicts(self) -> tuple[VerdictRecord, ...]:
        """The verdicts in full; none from a run that kept only how many there were."""
        return self.evidence.verdicts if self.evidence else ()

    @property
    def reason(self) -> str:
        """The lines of the failure that say what was wrong, as pytest marks them; "" without a failure."""
        marked = [line[1:] for line in self.failure.splitlines() if line == "E" or line.startswith("E ")]
        return dedent("\n".join(marked)).strip() or (self.failure.strip().splitlines() or [""])[-1]

    @property
    def title(self) -> str:
        """The test's name in words: `test_payment_completes_when_…` is "Payment completes when …"."""
        name = self.node_id.rpartition("::")[2].partition("[")[0]
        words = name.removeprefix("test_").replace("_", " ").strip()
        return words[:1].upper() + words[1:] if words else self.node_id

    @property
    def variant(self) -> str:
        """What sets this run of the test apart from others of the same: the parameters' id, "" without."""
        _, bracket, rest = self.node_id.rpartition("::")[2].partition("[")
        return rest.removesuffix("]") if bracket else ""

    @property
    def file(self) -> str:
        """The file that holds the test."""
        return self.node_id.partition("::")[0]


@dataclass(frozen=True)
class Run:
    """A run. `counted` are the verdicts' counts of a run that kept no evidence; `problems` what could not be read."""

    name: str
    path: Path
    seed: int | None = None
    record: RunRecord | None = None
    scenarios: tuple[Scenario, ...] = ()
    machines: Mapping[str, Machine] = field(default_factory=dict)
    counted: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @cached_property
    def outcomes(self) -> Counter[str]:
        """How many tests ended how."""
        return Counter(scenario.outcome for scenario in self.scenarios)

    @cached_property
    def verdicts(self) -> Counter[tuple[str, str, str]]:
        """The verdicts counted by (invariant, checker, validity)."""
        told = Counter(
            (one.invariant, one.checker, one.validity) for scenario in self.scenarios for one in scenario.verdicts
        )
        return told or Counter(self.counted)

    @property
    def validities(self) -> Counter[str]:
        """How many verdicts were VALID, INVALID, UNKNOWN."""
        counts: Counter[str] = Counter()
        for (_, _, validity), count in self.verdicts.items():
            counts[validity] += count
        return counts

    @cached_property
    def lacking(self) -> Counter[str]:
        """What the target had no way to do, and how many tests need it; those of most tests first."""
        found = Counter(scenario.lacking for scenario in self.scenarios if scenario.lacking)
        return Counter(dict(found.most_common()))

    @property
    def is_good(self) -> bool:
        """Tell whether no test failed or is untrusted, every verdict is VALID, and the run came to its end.

        A run whose target could do nothing that its tests need proves nothing, so it is not good either.
        """
        if self.lacking and not self.outcomes["passed"]:
            return False
        ended = self.record is None or self.record.exit_status in (0, 5)
        doubted = any(one.is_failed or one.outcome == "untrusted" for one in self.scenarios)
        return ended and not doubted and set(self.validities) <= {"VALID"}

    @property
    def duration_s(self) -> float | None:
        """Seconds from start to end; None when nothing tells."""
        return self.record.duration_s if self.record else None

    def replay(self, scenario: Scenario) -> str:
        """Return the command that runs one test again as it was."""
        seed = f"--rehearsal-seed {self.seed}" if self.seed is not None else ""
        again = self.record.again if self.record and self.record.again else seed
        return f'pytest "{scenario.node_id}" {again}'.rstrip()

    def to_json(self) -> dict[str, Any]:
        """Return a summary as JSON-ready values."""
        return {
            "run": self.name,
            "seed": self.seed,
            "good": self.is_good,
            "duration_s": self.duration_s,
            "outcomes": dict(self.outcomes),
            "verdicts": [
                {"invariant": invariant, "checker": checker, "validity": validity, "count": count}
                for (invariant, checker, validity), count in sorted(self.verdicts.items())
            ],
            "failed": [
                {"test": one.node_id, "outcome": one.outcome, "replay": self.replay(one)}
                for one in self.scenarios
                if one.is_failed
            ],
            "lacking": dict(self.lacking),
            "images": dict(self.record.images) if self.record else {},
            "problems": [*self.problems, *(problem for one in self.scenarios for problem in one.problems)],
        }
