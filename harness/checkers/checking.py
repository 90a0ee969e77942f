"""Many checkers on one history, and the error when one of them does not say VALID."""

from collections.abc import Iterable, Mapping, Sequence

from harness.checkers.checker import Checker
from harness.checkers.verdict import Verdict
from harness.errors import InvariantViolated, SettingInvalid
from harness.history import History


def check(history: History, checkers: Iterable[Checker]) -> tuple[Verdict, ...]:
    """Return one verdict a checker, in their order; raises SettingInvalid when there is no checker."""
    verdicts = tuple(one(history) for one in checkers)
    if not verdicts:
        raise SettingInvalid("no checker was given, expected at least one")
    return verdicts


def must_be_valid(verdicts: Sequence[Verdict], *, evidence: Mapping[str, object] | None = None) -> None:
    """Raise InvariantViolated unless every verdict is VALID; the first counterexample comes with its evidence."""
    broken = [verdict for verdict in verdicts if not verdict.is_valid]
    if not broken:
        return
    broken.sort(key=lambda verdict: verdict.validity != "INVALID")
    first, *others = broken
    told: dict[str, object] = {**(first.counterexample.evidence if first.counterexample else {})}
    if first.counterexamples > 1:
        told["more"] = f"{first.counterexamples - 1} more of this checker"
    if others:
        told["also"] = "\n".join(str(verdict) for verdict in others)
    raise InvariantViolated(str(first), evidence={**told, **(evidence or {})})
