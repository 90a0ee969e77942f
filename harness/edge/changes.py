"""What happened to the items of tables: one feed, whoever found it out, for the journal, TTL and whoever comes next.

The embedded engine tells of each change itself (`targets/embedded/mends`); for engines behind HTTP the edge reads the
images around each write. Either way a change is published after it took effect and before its writer is answered.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.edge.call import Namespace

Item = Mapping[str, Any]  # attribute name → AttributeValue in DynamoDB's JSON


@dataclass(frozen=True, slots=True)
class Change:
    """One item before and after; None where it did not exist. Items must not be changed by who gets them."""

    key: Item
    before: Item | None
    after: Item | None


@dataclass(frozen=True, slots=True)
class Cause:
    """What led to changes: an operation, who asked for it, in which trace. A system delete is TTL's."""

    operation: str
    caller: str = ""
    trace: str = ""
    system: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """What one write did to one table, as a whole: the changes of a transaction to a table come together.

    `at_s` is the edge's clock in epoch seconds; `transaction` ties what one transaction did to several tables.
    """

    namespace: Namespace
    table: str
    at_s: float
    changes: tuple[Change, ...]
    cause: Cause
    transaction: str = ""


Listener = Callable[[Changes], None]


class ChangeFeed:
    """Hands every change to every listener, in the order in which the changes took effect."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Call `listener` with each write from now on, in the event loop's thread; it must be quick and not raise."""
        self._listeners.append(listener)

    def publish(self, changes: Changes) -> None:
        """Tell all listeners."""
        for listener in self._listeners:
            listener(changes)
