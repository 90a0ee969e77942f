"""What happened to the items of tables: one feed, whoever found it out, for the journal, TTL and whoever comes next.

The embedded engine tells of each change itself (`targets/embedded/mends`); for engines behind HTTP the edge reads the
images around each write. Either way a change is published after it took effect and before its writer is answered.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

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


@dataclass(frozen=True, slots=True)
class TableEvent:
    """A table came into being, or is gone with all its items; told by engines that make tables by themselves, too."""

    namespace: Namespace
    table: str
    at_s: float
    happened: Literal["created", "deleted"]


Listener = Callable[[Changes], None]
TableListener = Callable[[TableEvent], None]


class ChangeFeed:
    """Hands every change to every listener, in the order in which the changes took effect."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._table_listeners: list[TableListener] = []
        self.tells_of_tables = False  # an engine that publishes TableEvents sets this

    def listen_to_tables(self, listener: TableListener) -> None:
        """Call `listener` with each table that comes or goes, if the engine tells (`tells_of_tables`)."""
        self._table_listeners.append(listener)

    def publish_table(self, event: TableEvent) -> None:
        """Tell all who listen to tables."""
        for listener in self._table_listeners:
            listener(event)

    def listen(self, listener: Listener) -> None:
        """Call `listener` with each write from now on, in the event loop's thread; it must be quick and not raise."""
        self._listeners.append(listener)

    def publish(self, changes: Changes) -> None:
        """Tell all listeners."""
        for listener in self._listeners:
            listener(changes)
