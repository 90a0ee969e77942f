"""What a test has of the prover: a proof of a deployed system, its page kept, its verdict counted like a checker's."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness.checkers import INVALID, VALID, Counterexample, Verdict, must_be_valid
from harness.isolation.page import write_page
from harness.isolation.proof import CHECKER, INVARIANT, Proof
from harness.isolation.systems import AUDITED, Scope, prove_system

if TYPE_CHECKING:
    from pathlib import Path

    from harness.clients import Deployment
    from harness.isolation.audit import RecordAudit
    from harness.pytest_plugin.rehearsal import CheckedHistory

REASONS_TOLD_MAX = 10


class Isolation:
    """Proves that a system's tenants are isolated; `folder` takes the pages."""

    def __init__(self, deployment: "Deployment", history: "CheckedHistory", folder: "Path", seed: int) -> None:
        self._deployment = deployment
        self._history = history
        self._folder = folder
        self._seed = seed

    def proof_of(self, system: str, *, forms_max: int = 100) -> Proof:
        """Return the proof of a system, deployed if it was not; its page is kept with the run."""
        self._deployment.system(system)
        proof = prove_system(system, self._deployment.environment, Scope(self._seed, forms_max))
        path = write_page(
            self._folder / f"isolation-{system}.html", proof, arguments=[system, "--seed", str(self._seed)]
        )
        self._history.evidence = {**self._history.evidence, "page": str(path)}
        return proof

    def must_hold(self, proof: Proof) -> None:
        """Count the verdict, and raise InvariantViolated unless it is VALID."""
        self._judge(proof.verdict())

    @contextmanager
    def every_call_names_its_tenant(self, system: str) -> Iterator[None]:
        """Look, after the block, at each DynamoDB call that the system's functions made in it, for whomever.

        Raises InvariantViolated for the first one that names another tenant's partition, or when there was none.
        """
        self._deployment.system(system)
        with AUDITED[system](self._deployment.environment) as audit:
            yield
            self._judge(_verdict(system, audit()))

    def _judge(self, verdict: Verdict) -> None:
        self._history.verdicts.append(verdict)
        self._history.was_looked_at = True
        must_be_valid([verdict], evidence=self._history.evidence)


def _verdict(system: str, audit: "RecordAudit") -> Verdict:
    if not audit.findings:
        reason = "no call of a function was seen" if audit.vacuous else ""
        return Verdict(INVARIANT, CHECKER, "UNKNOWN" if reason else VALID, reason=reason)
    told = [str(one) for one in audit.findings]
    first = Counterexample(f"system {system}", told[0], {"others": "\n".join(told[1:REASONS_TOLD_MAX])})
    return Verdict(INVARIANT, CHECKER, INVALID, counterexample=first, counterexamples=len(told))
