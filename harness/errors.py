"""The error tree of the library, which is also its documentation of what can go wrong.

Every error reads the same way: line 1 stands alone (subject, what was observed, what was expected), then aligned
evidence, then what to do. Texts quote, they never guess a cause, and never hold an environment, a key or a card number.
"""

import difflib
from collections.abc import Iterable, Mapping


def did_you_mean(name: str, expected: Iterable[str]) -> str:
    """Return ` (did you mean …?)` for a likely typo, "" when nothing is near."""
    by_lower = {one.lower(): one for one in expected}
    near = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return f" (did you mean {by_lower[near[0]]}?)" if near else ""


class RehearsalError(Exception):
    """Base of every error that this library raises on purpose.

    `headline` is line 1; `evidence` maps a short label (`seen`, `log`, `read`) to text, which may span lines;
    `remedy` says what to do.
    """

    exit_code = 2

    def __init__(self, headline: str, *, evidence: Mapping[str, object] | None = None, remedy: str = "") -> None:
        self.headline = headline
        self.evidence = dict(evidence or {})
        self.remedy = remedy
        super().__init__(headline)

    def __str__(self) -> str:
        return "\n".join([f"{type(self).__name__}: {self.headline}", *self._evidence_lines()])

    def _evidence_lines(self) -> list[str]:
        rows = {**self.evidence, **({"do": self.remedy} if self.remedy else {})}
        width = max((len(label) for label in rows), default=0) + 2
        lines = []
        for label, value in rows.items():
            first, *rest = str(value).splitlines() or [""]
            lines.append(f"  {label:<{width}}{first}")
            lines.extend(f"  {'':<{width}}{line}" for line in rest)
        return lines


class SettingInvalid(RehearsalError):
    """A setting, option or argument has a value that nothing can be done with."""


class WaitTimeout(RehearsalError):
    """Something awaited did not happen within its bound."""


class PortBusy(RehearsalError):
    """A port that was asked for by number is held by another process."""


class PartDied(RehearsalError):
    """A process of an environment ended although nobody asked it to."""


class EnvironmentNotRunning(RehearsalError):
    """The command needs a running environment and there is none."""


class EnvironmentNotReady(RehearsalError):
    """An environment was started and did not become ready within its bound."""


class TargetLacks(RehearsalError):
    """The target has no way to do what was asked, as it says itself; another one has."""


class ToolMissing(RehearsalError):
    """A program or package that this needs is not installed."""


class EngineMismatch(RehearsalError):
    """The emulator's version or inside is not the one that our mends were written for."""


class TemplateInvalid(RehearsalError):
    """A SAM or CloudFormation template can't be read, translated or validated."""


class PackagingFailed(RehearsalError):
    """The code of a function or its dependencies could not be packaged."""


class StackFailed(RehearsalError):
    """CloudFormation refused or rolled back a stack."""


class StackMissing(RehearsalError):
    """A stack, or an output of it, that this needs is not deployed."""


class AnswerUnexpected(RehearsalError):
    """A system under test, the gateway or an AWS service answered outside its contract."""


class StatusTimeout(WaitTimeout):
    """A payment or booking did not reach the awaited status within its bound."""


class InvariantViolated(RehearsalError, AssertionError):
    """A checker's verdict on a history was not VALID."""

    exit_code = 1
