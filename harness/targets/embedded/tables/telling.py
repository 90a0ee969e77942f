"""The engine tells the edge's feed of every change to an item, whoever made it: HTTP, an execution, CloudFormation.

Every write of the engine stores an item by `_set_item` or removes it by `_remove_item`; a cancelled PartiQL transaction
swaps a table's items for a copy and says so by `_items_replaced`. What a request changes is gathered and told when its
handler is done: then it has taken effect, and its writer is not answered yet. Tables that come and go are seen in the
engine's own dictionary of tables, which CloudFormation writes to directly.
Engine and edge run in one event loop; what another thread does (nothing of the engine's should) is told there.
"""

import asyncio
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Literal
from uuid import uuid4

from harness.edge.app import current_call
from harness.edge.call import Namespace
from harness.edge.changes import Cause, Change, ChangeFeed, Changes, TableEvent
from harness.edge.clock import EdgeClock
from harness.edge.correlation import Trace, callers, current_trace
from harness.targets.embedded import mends
from harness.targets.embedded.mends.symbols import DYNAMODB, Function, Mend, Symbol

HANDLE = Symbol(DYNAMODB, "handle_request", "1201f2ac993ce1a0")
SET = Symbol(DYNAMODB, "_set_item", "4e78ad492132cdba")
REMOVE = Symbol(DYNAMODB, "_remove_item", "5cce50c99688dab8")
REPLACED = Symbol(DYNAMODB, "_items_replaced", "b48626c371f77c18")
RELIES_ON = (
    Symbol(DYNAMODB, "_execute_transaction", "1f50148b67a4bfd1"),
    Symbol(DYNAMODB, "_emit_stream_event", "8568d0446f26eaba"),
    Symbol(DYNAMODB, "reset", "88c0e83a7d2f5fe0"),
)
_TRANSACTIONS = frozenset({"TransactWriteItems", "ExecuteTransaction"})

Table = dict[str, Any]
# Set while the edge deletes an expired item, so that the deletion is told as the system's.
system_delete: ContextVar[bool] = ContextVar("system_delete", default=False)


def tell(feed: ChangeFeed, clock: EdgeClock) -> None:
    """Let the engine of this process publish its changes to `feed`.

    Raises EngineMismatch, having touched nothing, when the engine is not the one that this was written against.
    """
    mends.verify((Mend("tables", (HANDLE, SET, REMOVE, REPLACED), RELIES_ON, lambda: None),))
    teller = _Teller(feed, clock)
    SET.wrap(teller.noting_sets)
    REMOVE.wrap(teller.noting_removals)
    REPLACED.wrap(teller.noting_rollbacks)
    HANDLE.wrap(teller.telling_at_the_end)
    teller.watch_tables()
    feed.tells_of_tables = True


class _Request:
    """What one request has changed so far."""

    __slots__ = ("noted", "operation")

    def __init__(self, operation: str) -> None:
        self.operation = operation
        self.noted: list[tuple[Table, Change]] = []


class _Teller:
    def __init__(self, feed: ChangeFeed, clock: EdgeClock) -> None:
        self._feed = feed
        self._clock = clock
        self._request: _Request | None = None  # the handler that runs now; handlers never wait
        self._namespaces: dict[str, Namespace] = {}
        self._thread = threading.get_ident()
        self._loop: asyncio.AbstractEventLoop | None = None

    def telling_at_the_end(self, original: Function) -> Function:
        async def handle_request(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
            if self._loop is None:
                self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()
            request = self._request = _Request(headers.get("x-amz-target", "").rpartition(".")[2])
            try:
                return await original(method, path, headers, body, query)
            finally:
                self._request = None
                if request.noted:
                    self._publish(request.operation, request.noted)

        return handle_request

    def noting_sets(self, original: Function) -> Function:
        def set_item(table: Table, pk_val: Any, sk_val: Any, item: Table) -> Any:
            before = original(table, pk_val, sk_val, item)
            self._note(table, before, item)
            return before

        return set_item

    def noting_removals(self, original: Function) -> Function:
        def remove_item(table: Table, pk_val: Any, sk_val: Any) -> Any:
            before = original(table, pk_val, sk_val)
            if before is not None:
                self._note(table, before, None)
            return before

        return remove_item

    def noting_rollbacks(self, original: Function) -> Function:
        def items_replaced(table: Table) -> None:
            original(table)
            if self._request is not None:
                self._request.noted = [one for one in self._request.noted if one[0] is not table]

        return items_replaced

    def watch_tables(self) -> None:
        """See tables come and go where the engine keeps them."""
        engine = SET.module()
        kind = type(engine._tables)

        def happened(scoped: tuple[str, str, str], what: Literal["created", "deleted"]) -> None:
            account, region, name = scoped
            event = TableEvent(Namespace(account, region, account), name, self._clock.now_s(), what)
            self._in_loop(lambda: self._feed.publish_table(event))

        class Watched(kind):  # type: ignore[misc, valid-type]
            """The engine's tables, telling."""

            __slots__ = ()

            def __setitem__(self, key: str, value: Table) -> None:
                scoped = self._scoped(key)
                former = self._data.get(scoped)
                if former is value:
                    return
                if former is not None:  # CloudFormation makes tables without looking
                    happened(scoped, "deleted")
                super().__setitem__(key, value)
                happened(scoped, "created")

            def __delitem__(self, key: str) -> None:
                scoped = self._scoped(key)
                super().__delitem__(key)
                happened(scoped, "deleted")

            def pop(self, key: str, *default: Any) -> Any:
                scoped = self._scoped(key)
                was_there = scoped in self._data
                table = super().pop(key, *default)
                if was_there:
                    happened(scoped, "deleted")
                return table

        engine._tables.__class__ = Watched

    def _note(self, table: Table, before: Table | None, after: Table | None) -> None:
        item = after if after is not None else before
        if item is None:
            return
        names = (table["pk_name"], table["sk_name"]) if table["sk_name"] else (table["pk_name"],)
        change = Change({name: item[name] for name in names}, before, after)
        request = self._request
        if request is not None and threading.get_ident() == self._thread:
            request.noted.append((table, change))
        else:
            self._in_loop(lambda: self._publish("", [(table, change)]))

    def _in_loop(self, tell: Callable[[], None]) -> None:
        if self._loop is None or threading.get_ident() == self._thread:
            tell()
        else:
            self._loop.call_soon_threadsafe(tell)

    def _publish(self, operation: str, noted: list[tuple[Table, Change]]) -> None:
        by_table: dict[str, list[Change]] = {}
        for table, change in noted:
            by_table.setdefault(table["TableArn"], []).append(change)
        cause = _cause(operation)
        transaction = uuid4().hex if operation in _TRANSACTIONS else ""
        at_s = self._clock.now_s()
        for arn, changes in by_table.items():
            namespace, name = self._named(arn)
            self._feed.publish(Changes(namespace, name, at_s, tuple(changes), cause, transaction))

    def _named(self, table_arn: str) -> tuple[Namespace, str]:
        _, _, _, region, account, resource = table_arn.split(":", 5)
        scope = f"{account}/{region}"
        namespace = self._namespaces.get(scope)
        if namespace is None:
            # An account's number opens its namespace in this engine, as an access key would.
            namespace = self._namespaces[scope] = Namespace(account, region, account)
        return namespace, resource.partition("/")[2]


def _cause(operation: str) -> Cause:
    call = current_call.get()
    if call is not None and call.service == "dynamodb":
        return Cause(operation, call.caller, call.trace, system=system_delete.get())
    trace = Trace.parse(current_trace.get())
    if trace is None:
        return Cause(operation, system=system_delete.get())
    return Cause(operation, callers.name_of(trace.parent), trace.root, system=system_delete.get())
