"""Executions of a state machine as those who start and await them see them; `step_functions` is how AWS runs them.

An execution is named by the id of what it does, so the same request may be started any number of times.
"""

import json
import re
from dataclasses import dataclass
from typing import Protocol

from groundwork.failures import Failed, Transient

_CODED = re.compile(r"(?P<code>[a-z0-9_]{1,64}): (?P<message>.*)", re.DOTALL)
_MESSAGE_CHARS_MAX = 500


@dataclass(frozen=True, slots=True)
class ExecutionView:
    """An execution as described: RUNNING, SUCCEEDED or another end with its error and cause."""

    arn: str
    status: str
    input: str
    started_at: str
    output: str = ""
    error: str = ""
    cause: str = ""


class ExecutionExists(Exception):
    """An execution of this name exists and is closed, or has another input."""


class ExecutionsUnavailable(Transient):
    """The state machine could not be started or asked: try again with the same id."""


class ExecutionFailed(Failed):
    """An execution ended with an error; `error` is the name of it."""

    def __init__(self, error: str, code: str, message: str) -> None:
        self.error = error
        super().__init__(message, code=code)


class Executions(Protocol):
    """One state machine. Everything may raise ExecutionsUnavailable."""

    def start(self, name: str, document: str) -> tuple[str, str]:
        """Start an execution; returns its ARN and start; the same while it runs; raises ExecutionExists."""

    def describe(self, name: str) -> ExecutionView | None:
        """Return the execution of this name, or None."""


@dataclass(frozen=True, slots=True)
class Caught:
    """What a Catch, or the end of an execution, tells of an error of ours: its class's name, its code and message."""

    name: str
    code: str
    message: str

    @classmethod
    def read(cls, error: str, cause: str) -> "Caught | None":
        """Read `Error` and `Cause` (a function's error as JSON, or text); None when the text is not of `Failed`."""
        matched = _CODED.fullmatch(_error_message(cause))
        return cls(error, matched["code"], matched["message"][:_MESSAGE_CHARS_MAX]) if matched else None


def _error_message(cause: str) -> str:
    try:
        document = json.loads(cause)
    except ValueError:
        return cause
    return str(document.get("errorMessage", "")) if isinstance(document, dict) else cause
