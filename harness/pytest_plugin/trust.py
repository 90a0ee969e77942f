"""What tests rely on: declared by `relies_on`, put to the test once an environment, and told of every test.

A test that relies on what the target lacks is skipped with the reason. Where the target breaks it, or nobody can tell,
the test runs: a failure is a failure, but a pass proves nothing and is reported as `untrusted`, never as passed.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import SettingInvalid

if TYPE_CHECKING:
    from harness.clients import Deployment
    from harness.doctor import Finding
    from harness.pytest_plugin.session import Session

MARKER = "relies_on"
PROBE, ASSUME = MODES = ("probe", "assume")
_WANTED = pytest.StashKey[list[str]]()
_UNTRUSTED = pytest.StashKey[list["Finding"]]()


def relies_on(*guarantees: str) -> pytest.MarkDecorator:
    """Declare what a test relies on, by the ids of the doctor's probes (`rehearse doctor --list`).

    Write `pytestmark = relies_on("dynamodb.transactions.isolated", …)`; the beginning of an id up to a dot means all
    that begin so. Raises SettingInvalid, with what may have been meant, for an id that there is not.
    """
    return getattr(pytest.mark, MARKER)(*_expanded(guarantees))  # type: ignore[no-any-return]


class Examiner:
    """Examines the deployment's endpoint once a guarantee, in the process that owns the environment."""

    def __init__(self, deployment: Callable[[], "Deployment"]) -> None:
        self._deployment = deployment
        self._lock = threading.Lock()
        self._found: dict[str, Finding] = {}
        self.took_s = 0.0

    @property
    def found(self) -> "list[Finding]":
        """What was found so far."""
        return list(self._found.values())

    def findings(self, guarantees: Sequence[str]) -> "list[Finding]":
        """Return what is found of these; raises what went wrong with the environment."""
        from harness.clients.patience import patience_of
        from harness.doctor import Patient, chosen_probes, examine

        environment = self._deployment().environment
        patience = patience_of(environment.target)
        with self._lock:
            missing = [one for one in guarantees if one not in self._found]
            if missing:
                patient = Patient(environment.aws_endpoint_url, region=environment.region)
                started_s = time.monotonic()
                probes = [replace(one, bound_s=one.bound_s * patience) for one in chosen_probes(missing)]
                self._found |= {one.probe: one for one in examine(patient, probes)}
                self.took_s += time.monotonic() - started_s
            return [self._found[one] for one in guarantees]


def gather(config: pytest.Config, items: Iterable[pytest.Item]) -> None:
    """Remember what the collected tests rely on, so that it is examined in one go."""
    declared = {one for item in items for one in _declared(item)}
    config.stash[_WANTED] = _expanded(one for one in declared if _is_known(one))


def admit(item: pytest.Item, session: "Session") -> None:
    """Skip a test whose reliance the target lacks; remember what of it is not guaranteed."""
    own = _expanded(_declared(item))
    if not own or session.trust != PROBE:
        return
    wanted = item.config.stash[_WANTED]
    found = session.findings(wanted)
    doubted = [found[one] for one in own if not found[one].is_trusted]
    absent = [one for one in doubted if one.verdict == "absent"]
    if absent:
        item.user_properties.append(("relies_on_absent", ", ".join(one.probe for one in absent)))
        pytest.skip(f"relies on {_told(absent)}")
    item.stash[_UNTRUSTED] = doubted


def judge(item: pytest.Item, report: pytest.TestReport) -> None:
    """Turn the pass of a test that relies on what is not guaranteed into `untrusted`."""
    doubted = item.stash.get(_UNTRUSTED, [])
    if doubted and report.when == "call" and report.passed and not hasattr(report, "wasxfail"):
        path, line, _ = item.location
        report.outcome = "skipped"
        report.longrepr = (path, line or 0, f"untrusted: passed, but relies on {_told(doubted)}")
        report.untrusted = [one.probe for one in doubted]  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Told:
    """What a run's reports told of trust: by test, what was doubted or lacking."""

    untrusted: Mapping[str, Sequence[str]]
    absent: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, reports: Iterable[Any]) -> "Told":
        """Gather it from reports of all processes."""
        untrusted, absent = {}, {}
        for report in reports:
            if getattr(report, "untrusted", None):
                untrusted[report.nodeid] = list(report.untrusted)
            properties = dict(getattr(report, "user_properties", ()))
            if "relies_on_absent" in properties:
                absent[report.nodeid] = str(properties["relies_on_absent"]).split(", ")
        return cls(untrusted, absent)

    def lines(self, mode: str, found: "Sequence[Finding]", took_s: float) -> list[str]:
        """Return the summary's lines; none when no test declared anything."""
        if mode == ASSUME:
            return ["trust      assumed: what tests rely on was not put to the test"]
        if not found:
            return []
        trusted = sum(one.is_trusted for one in found)
        lines = [f"trust      {trusted} of {len(found)} guarantees that tests rely on hold, probed in {took_s:.1f} s"]
        lines += [f"{one.verdict:<11}{one.probe}: {one.seen}" for one in found if not one.is_trusted]
        for word, tests in (("untrusted", self.untrusted), ("skipped", self.absent)):
            lines += [f"{word:<11}{test} relies on {', '.join(ids)}" for test, ids in sorted(tests.items())]
        return lines

    def to_json(self, mode: str, found: "Sequence[Finding]") -> dict[str, Any]:
        """Return it as JSON-ready values."""
        findings = [one.to_json() for one in found]
        return {"mode": mode, "findings": findings, "untrusted": dict(self.untrusted), "absent": dict(self.absent)}


def _declared(item: pytest.Item) -> list[str]:
    return list(dict.fromkeys(str(one) for marker in item.iter_markers(MARKER) for one in marker.args))


def _expanded(guarantees: Iterable[str]) -> list[str]:
    named = list(guarantees)
    if not named:
        return []
    from harness.doctor import chosen_probes

    return [one.id for one in chosen_probes(named)]


def _is_known(guarantee: str) -> bool:
    try:
        return bool(_expanded([guarantee]))
    except SettingInvalid:  # told where the test that names it begins
        return False


def _told(findings: "Iterable[Finding]") -> str:
    return "; ".join(f"{one.probe}, which is {one.verdict}: {one.seen}" for one in findings)
