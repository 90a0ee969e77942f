"""A proof of isolation: the matrix of tries, the audit of the record, the audit of the roles; and its verdict."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from harness.checkers.verdict import INVALID, UNKNOWN, VALID, Counterexample, Validity, Verdict
from harness.isolation.audit import RecordAudit
from harness.isolation.iam.rights import RolesAudit
from harness.isolation.verdict import BROKEN, ERROR, VACUOUS, Matrix

INVARIANT, CHECKER = "INV-15", "tenants_isolated"
REASONS_TOLD_MAX = 10


@dataclass(frozen=True)
class Proof:
    """What was proven of a system. An audit is None where it could not be made; then `notes` say why."""

    system: str
    matrix: Matrix
    record: RecordAudit | None = None
    roles: RolesAudit | None = None
    notes: tuple[str, ...] = ()
    seed: int = 0
    took_s: float = 0.0
    tenants: tuple[str, str] = field(default=("", ""))  # attacker, victim

    @property
    def validity(self) -> Validity:
        """INVALID when something refutes isolation, UNKNOWN when something is left open, else VALID."""
        if self.matrix.broken or (self.record and self.record.findings) or (self.roles and self.roles.broken):
            return INVALID
        open_ends = self.matrix.unproven or self.record is None or self.record.vacuous
        return UNKNOWN if open_ends or self.roles is None or self.roles.vacuous or self.roles.undecided else VALID

    @property
    def exit_code(self) -> int:
        """0 when isolation is proven, 1 when it is refuted, 2 when something is left open."""
        return {"VALID": 0, "INVALID": 1, "UNKNOWN": 2}[self.validity]

    def verdict(self) -> Verdict:
        """Return the verdict as checkers give it: INV-15, no request of one tenant reaches another's data."""
        reasons = list(self.reasons())
        if self.validity == "INVALID":
            first = Counterexample(f"system {self.system}", f"is not isolated: {reasons[0]}", self._evidence(reasons))
            return Verdict(INVARIANT, CHECKER, INVALID, counterexample=first, counterexamples=len(reasons))
        if self.validity == "UNKNOWN":
            return Verdict(INVARIANT, CHECKER, UNKNOWN, reason="; ".join(reasons[:REASONS_TOLD_MAX]))
        return Verdict(INVARIANT, CHECKER, VALID)

    def _evidence(self, reasons: list[str]) -> dict[str, str]:
        attacker, victim = self.tenants
        told = {"tenants": f"attacker {attacker}, victim {victim}"}
        return told | ({"others": "\n".join(reasons[1:REASONS_TOLD_MAX])} if len(reasons) > 1 else {})

    def reasons(self) -> Iterator[str]:
        """Give in words all that refutes isolation or leaves it open, the worst first."""
        for trial in self.matrix.of(BROKEN):
            yield f"{trial.verdict}: {trial.route}, {trial.way}, {trial.form}: {trial.why}"
        yield from (f"effect: {one}" for one in self.matrix.touched)
        yield from (f"record: {one}" for one in (self.record.findings if self.record else ()))
        yield from (f"roles: {one}" for one in (self.roles.wide if self.roles else ()))
        yield from (f"roles: {one}" for one in (self.roles.short if self.roles else ()))
        for trial in self.matrix.of((ERROR, VACUOUS)):
            yield f"{trial.verdict}: {trial.route}, {trial.way}, {trial.form}: {trial.why}"
        yield from (f"control: {one.route}: {one.why}" for one in self.matrix.controls.values() if not one.served)
        yield from (f"not tried: {one}" for one in self.matrix.gaps)
        if self.record is None or self.record.vacuous:
            yield "record: no call of a function was seen"
        if self.roles is None or self.roles.vacuous:
            yield "roles: no policy of a role was seen"
        yield from (f"roles: {one}" for one in (self.roles.undecided if self.roles else ()))

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON-ready values, keys of tenants excepted."""
        return {
            "system": self.system,
            "invariant": INVARIANT,
            "verdict": self.validity,
            "seed": self.seed,
            "took_s": round(self.took_s, 1),
            "tenants": {"attacker": self.tenants[0], "victim": self.tenants[1]},
            "reasons": list(self.reasons()),
            "matrix": self.matrix.to_json(),
            "record": self.record.to_json() if self.record else None,
            "roles": self.roles.to_json() if self.roles else None,
            "notes": list(self.notes),
        }
