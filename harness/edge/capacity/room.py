"""The room that gives DynamoDB calls the capacity that their tables have, and refuses them when there is none.

It stands right behind the faults, so that a call which is failed on purpose before its effect costs nothing. The edge's
own calls, TTL's deletions among them, pass behind it: they are free on AWS, too. While it is off, calls pass it by.
"""

import logging
from collections.abc import Coroutine, Mapping, Sequence
from contextvars import ContextVar
from time import perf_counter
from typing import Any, cast

import orjson
from starlette.routing import BaseRoute

from harness.capacity.units import item_bytes, place_of
from harness.edge.aws.batches import BATCHES
from harness.edge.call import Answer, Call, Namespace, Proceed, Room
from harness.edge.capacity.asks import asks_of
from harness.edge.capacity.charging import NONSENSE, expected
from harness.edge.capacity.passage import Entry, Family, Settlement, admit, is_whole
from harness.edge.capacity.refusing import batch_answer, cancelled, statement_error, thrown
from harness.edge.capacity.routes import Routes
from harness.edge.capacity.scopes import Scopes
from harness.edge.capacity.settings import CapacityOptions
from harness.edge.capacity.tables import TELL_SHAPES, Ledgers
from harness.edge.capacity.told import Told, ask_for_all, taken_from
from harness.edge.changes import ChangeFeed, Changes, TableEvent
from harness.edge.clock import EdgeClock
from harness.edge.cloudwatch import Metrics
from harness.edge.record.answers import error_code
from harness.edge.upstream import Upstream

logger = logging.getLogger(__name__)

_FAMILIES: Mapping[str, Family] = {
    **dict.fromkeys(("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "ExecuteStatement"), "one"),
    **dict.fromkeys(("BatchGetItem", "BatchWriteItem", "BatchExecuteStatement"), "batch"),
    **dict.fromkeys(("TransactGetItems", "TransactWriteItems", "ExecuteTransaction"), "transaction"),
}
_STATEMENTS = "BatchExecuteStatement"
# What the call that is under way has changed so far: whoever publishes changes does so in its context.
_gathered: ContextVar[list[Changes] | None] = ContextVar("capacity_gathered", default=None)


class Capacity(Room):
    """Enforces capacity, or counts it. `hears` tells that the feed is told of every change that a write makes."""

    def __init__(
        self,
        upstream: Upstream,
        feed: ChangeFeed,
        clock: EdgeClock,
        options: CapacityOptions | None = None,
        *,
        hears: bool = True,
    ) -> None:
        self._clock = clock
        self._hears = hears
        self.metrics = Metrics(upstream)
        self.scopes = Scopes(options)
        self.ledgers = Ledgers(upstream, clock, self.metrics)
        feed.listen(self._heed_changes)
        feed.listen_to_tables(self._heed_table)

    def handle(self, call: Call, proceed: Proceed) -> Coroutine[Any, Any, Answer]:
        """Let a call pass if there is capacity for it."""
        if self.scopes.on:
            if call.service == "dynamodb":
                family = _FAMILIES.get(call.operation)
                if family is not None:
                    return self._serve(call, family, proceed)
                if call.operation in TELL_SHAPES:
                    return self._read_along(call, proceed)
            elif call.service == "cloudformation":
                return self._read_along(call, proceed)
        return cast("Coroutine[Any, Any, Answer]", proceed(call))

    def routes(self) -> Sequence[BaseRoute]:
        """Return `capacity` and `heat`."""
        return Routes(self.scopes, self.ledgers, self._clock).all()

    async def start(self) -> None:
        """Begin to tell CloudWatch."""
        self.metrics.start()

    async def stop(self) -> None:
        """Tell CloudWatch no more."""
        await self.metrics.stop()

    async def forget(self, namespace: Namespace | None) -> None:
        """Go back to what the start said, and forget what was used up."""
        self.scopes.forget(namespace)
        self.ledgers.forget(lambda known: namespace in (None, known))
        self.metrics.forget(namespace)
        if namespace is None:
            self.ledgers.cool()

    def describe(self) -> dict[str, object]:
        """Return what capacity does here, and for how many tables."""
        return {"capacity": {"mode": self.scopes.mode, "tables": len(self.ledgers.all())}}

    async def _serve(self, call: Call, family: Family, proceed: Proceed) -> Answer:
        entries = await self._entries(call)
        if not entries:
            return await proceed(call)  # costs nothing, or the engine will refuse it
        if admit(entries, family, self._clock.now_s()):
            answer = await self._through(call, entries, proceed)
        elif family == "batch":
            answer = await self._in_part(call, entries, proceed)
        else:
            answer = self._refused(call, family, entries)
        self._tell(call, entries, answer)
        return answer

    async def _entries(self, call: Call) -> list[Entry]:
        namespace = call.namespace
        options = self.scopes.of(namespace)
        if options is None or not isinstance(call.document, dict):
            return []
        entries = []
        try:
            for ask in asks_of(call.operation, call.document):
                ledger = self.ledgers.known(namespace, ask.table) or await self.ledgers.open(
                    namespace, ask.table, options
                )
                if ledger is None:
                    return []
                entries.append(Entry(ledger, expected(ledger.shape, ledger.seen, ask)))
        except NONSENSE:
            return []
        return entries

    async def _through(self, call: Call, entries: Sequence[Entry], proceed: Proceed) -> Answer:
        """Let a call pass whose entries are paid for, and settle what they have really cost."""
        wish = ask_for_all(call) if self._needs_telling(call, entries) else ""
        heard: list[Changes] = []
        if entries[0].was.ask.is_write:
            token = _gathered.set(heard)
            try:
                answer = await proceed(call)
            finally:
                _gathered.reset(token)
        else:
            answer = await proceed(call)
        told: Told = taken_from(answer, wish) if wish and answer.status == 200 else []
        try:
            due = Settlement(call, answer, told, heard if self._hears else None).due(entries)
        except NONSENSE:  # whatever it is that the engine told: its answer must not be lost over what it has cost
            logger.exception("what %s has cost can't be told: it keeps what it was expected to", call.operation)
            return answer
        if len(due) == 1 and due[0] is entries[0].taken:  # most calls, by far
            return answer
        now_s = self._clock.now_s()
        for entry, charges in zip(entries, due, strict=True):
            entry.settle(charges, now_s)
        return answer

    async def _in_part(self, call: Call, entries: Sequence[Entry], proceed: Proceed) -> Answer:
        """Let that part of a batch pass that was admitted, and tell the rest back."""
        left = frozenset(at for at, entry in enumerate(entries) if entry.refused is not None)
        admitted = [entry for entry in entries if entry.refused is None]
        if call.operation == _STATEMENTS:
            return await self._statements_in_part(call, entries, admitted, proceed)
        if not admitted:
            return self._refused(call, "batch", entries)
        batch, asked = BATCHES["dynamodb", call.operation], call.document
        call.replace_body(orjson.dumps(batch.without(asked, left)))
        answer = await self._through(call, admitted, proceed)
        if answer.status == 200:
            answer.replace_body(orjson.dumps(batch.answer(asked, left, answer.document or {})))
        return answer

    async def _statements_in_part(
        self, call: Call, entries: Sequence[Entry], admitted: Sequence[Entry], proceed: Proceed
    ) -> Answer:
        told: dict[str, Any] = {}
        answer: Answer | None = None
        if admitted:
            asked = call.document["Statements"]
            sent = [one for one, entry in zip(asked, entries, strict=True) if entry.refused is None]
            call.replace_body(orjson.dumps({**call.document, "Statements": sent}))
            answer = await self._through(call, admitted, proceed)
            if answer.status != 200:
                return answer
            told = answer.document or {}
        passed = iter(told.get("Responses") or ())
        responses = [next(passed, {}) if one.refused is None else statement_error(one.refused) for one in entries]
        merged = {**told, "Responses": responses}
        if answer is None:
            return batch_answer(call, merged)
        answer.replace_body(orjson.dumps(merged))
        return answer

    def _refused(self, call: Call, family: Family, entries: Sequence[Entry]) -> Answer:
        refusals = [entry.refused for entry in entries]
        if family == "transaction":
            return cancelled(call, refusals)
        return thrown(call, next(one for one in refusals if one is not None))

    def _needs_telling(self, call: Call, entries: Sequence[Entry]) -> bool:
        """Tell whether what a call costs is known from its answer only if the engine says it."""
        first = entries[0].was
        if first.ask.is_write:
            return not self._hears
        if first.exact and all(entry.was.exact for entry in entries):
            return False
        if self._hears and call.operation == "GetItem" and is_whole(first.ask):
            return False  # the item itself tells more: what its next calls cost
        options = self.scopes.of(call.namespace)
        return options is not None and not options.own_units

    def _tell(self, call: Call, entries: Sequence[Entry], answer: Answer) -> None:
        """Write what a call has cost into its marks, and count it."""
        reads = writes = 0.0
        reasons: list[str] = []
        for entry in entries:
            if entry.refused is not None:
                reasons.append(entry.refused.refusal.reason)
            for charge in entry.taken:
                reads += charge.read_units
                writes += charge.write_units
        call.marks["capacity"] = {"read_units": reads, "write_units": writes}
        if reasons:
            call.marks["throttled"] = reasons
        throttled = bool(reasons) and (answer.status == 400 or len(reasons) == len(entries))
        self.ledgers.later.add(_count, call, entries, answer, perf_counter(), throttled)

    async def _read_along(self, call: Call, proceed: Proceed) -> Answer:
        answer = await proceed(call)
        self.ledgers.heed(call, answer)
        return answer

    def _heed_changes(self, changes: Changes) -> None:
        if not self.scopes.on:
            return
        gathered = _gathered.get()
        if gathered is not None:
            gathered.append(changes)
            return
        ledger = self.ledgers.known(changes.namespace, changes.table)
        if ledger is not None:
            for change in changes.changes:
                before_bytes, after_bytes = (item_bytes(item) if item else 0 for item in (change.before, change.after))
                ledger.learn(place_of(ledger.shape.key, change.key), change.after, before_bytes, after_bytes)

    def _heed_table(self, event: TableEvent) -> None:
        self.ledgers.close(event.namespace, event.table)


def _count(call: Call, entries: Sequence[Entry], answer: Answer, ended_s: float, throttled: bool) -> None:
    """Count a request at each table that it asked something of."""
    code = error_code(answer) if answer.status >= 400 else ""
    latency_ms = (ended_s - call.started_s) * 1000.0
    for metrics in {entry.ledger.metrics: None for entry in entries}:
        metrics.request(call.operation, answer.status, code, latency_ms=latency_ms, throttled=throttled)
