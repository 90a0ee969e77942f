"""What makes a function a checker: it names its invariant and the evidence that it can't do without.

The function under `@checker` yields counterexamples and may raise `Undecided`; whatever else it raises makes the
verdict UNKNOWN, never a pass.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness.checkers.verdict import INVALID, UNKNOWN, VALID, Counterexample, Verdict
from harness.history import History

Finder = Callable[[History], Iterable[Counterexample]]


class Undecided(Exception):
    """The history does not hold what this checker would have to know."""


@dataclass(frozen=True, slots=True)
class Checker:
    """A proposition about histories. `reads` are final reads it needs, `actions` operations of which one must be."""

    invariant: str
    name: str
    proposition: str
    reads: tuple[str, ...]
    actions: tuple[str, ...]
    find: Finder

    def __call__(self, history: History) -> Verdict:
        """Return the verdict on `history`; never raises."""
        missing = self._missing(history)
        if missing:
            return self._verdict_unknown(missing)
        found: list[Counterexample] = []
        reason = ""
        try:
            found.extend(self.find(history))
        except Undecided as undecided:
            reason = str(undecided)
        except Exception as problem:  # noqa: BLE001 - a crash is never a pass, and never hides the other verdicts
            return self._verdict_unknown(f"the checker crashed: {type(problem).__name__}: {problem}")
        if found:
            return Verdict(self.invariant, self.name, INVALID, counterexample=found[0], counterexamples=len(found))
        return self._verdict_unknown(reason) if reason else Verdict(self.invariant, self.name, VALID)

    def _missing(self, history: History) -> str:
        if not history.operations:
            return "the history is empty"
        unread = [name for name in self.reads if getattr(history.finals, name) is None]
        if unread:
            return f"the final reads lack {', '.join(unread)}"
        if self.actions and not any(history.of(*self.actions)):
            return f"no operation of the history is a {' or a '.join(self.actions)}"
        return ""

    def _verdict_unknown(self, reason: str) -> Verdict:
        return Verdict(self.invariant, self.name, UNKNOWN, reason=reason)


def checker(
    invariant: str, *, reads: tuple[str, ...] = (), actions: tuple[str, ...] = ()
) -> Callable[[Finder], Checker]:
    """Make a function from a history to counterexamples a checker; line 1 of its docstring is the proposition."""

    def make(find: Finder) -> Checker:
        proposition = (find.__doc__ or "").strip().splitlines()[0]
        return Checker(invariant, find.__name__, proposition, reads, actions, find)

    return make
