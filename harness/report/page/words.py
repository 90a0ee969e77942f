"""How things are called and marked on a page: a sign beside every colour."""

from collections.abc import Mapping
from typing import Any

from harness.checkers import CHECKERS
from harness.checkers.booking import BOOKING_CHECKERS

SIGN_BY_OUTCOME = {
    "passed": "✓", "failed": "✗", "error": "✗", "unfinished": "…", "unknown": "?", "skipped": "–", "xfailed": "✓",
    "xpassed": "✗", "untrusted": "?",
}  # fmt: skip
CLASS_BY_OUTCOME = {"passed": "good", "xfailed": "good", "failed": "bad", "error": "bad", "xpassed": "bad"}
PROPOSITION_BY_CHECKER: Mapping[str, str] = {
    **{one.name: one.proposition for one in (*CHECKERS, *BOOKING_CHECKERS)},
    # What the prover of isolation says; it looks at no history.
    "tenants_isolated": "No tenant reads, changes or learns of anything that is another's, by any route.",
}


def told_s(value: float | None) -> str:
    """Return seconds as people read them."""
    if value is None:
        return "…"
    if value < 1:
        return f"{value * 1000:.0f} ms"
    return f"{value:.1f} s" if value < 120 else f"{int(value // 60)} min {int(value % 60)} s"


def told_document(values: Mapping[str, Any], *, left_out: tuple[str, ...] = ()) -> str:
    """Return a request or an answer in one line: its fields, the nested ones as they are."""
    return ", ".join(
        f"{name} {value}" for name, value in values.items() if name not in left_out and value not in ("", {})
    )


def counted(number: int, noun: str) -> str:
    """Return `1 test`, `2 tests`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def outcome_class(outcome: str) -> str:
    """Return the class that colours an outcome: good, bad, or unsure."""
    return CLASS_BY_OUTCOME.get(outcome, "unsure")
