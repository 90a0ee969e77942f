"""The room that finds out what writes did, for engines that don't tell: it publishes each item's images to the feed.

A write holds the places of its items from before the call until what it did is published, so that no other write of
this edge comes between. Single writes are asked for the old item along the way; what one answer can't tell is read
beside it, consistently. Writes that pass this edge by aren't seen. An item that is as it was is no change, as in
DynamoDB's own streams. Where an answer is lost, nobody knows what happened: then the item is read, now and once later.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager

from harness.edge.call import Answer, Call, Namespace, Proceed, Room
from harness.edge.changes import Cause, ChangeFeed, Item
from harness.edge.clock import EdgeClock
from harness.edge.images.answers import attributes_in, proceed_with, strip_attributes
from harness.edge.images.intents import Intents, NoIntents
from harness.edge.images.reading import Found
from harness.edge.images.spots import Aim, Spot, aim_of, placed, spot_in
from harness.edge.images.witness import Witness
from harness.edge.tables import Tables, table_name
from harness.edge.upstream import Upstream

logger = logging.getLogger(__name__)

_SEVERAL = (
    *("BatchWriteItem", "TransactWriteItems"),
    *("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"),
)
Way = Callable[[Call, Proceed], Awaitable[Answer]]


class Images(Room):
    """Publishes the changes that DynamoDB calls make."""

    def __init__(
        self, upstream: Upstream, tables: Tables, feed: ChangeFeed, clock: EdgeClock, intents: Intents | None = None
    ) -> None:
        self._tables = tables
        self._intents = intents or NoIntents()
        self._witness = Witness(upstream, feed, clock, self._intents)
        single: dict[str, Way] = {
            "PutItem": self._put_or_delete,
            "DeleteItem": self._put_or_delete,
            "UpdateItem": self._update,
        }
        self._ways: Mapping[str, Way] = {**single, **dict.fromkeys(_SEVERAL, self._several)}

    async def handle(self, call: Call, proceed: Proceed) -> Answer:
        """Let a call pass; publish what it changed before its client gets the answer."""
        way = self._ways.get(call.operation) if call.service == "dynamodb" else None
        if way is None or not isinstance(call.document, dict):
            return await proceed(call)
        return await way(call, proceed)

    def exclusive(self, namespace: Namespace, tables: Iterable[str]) -> AbstractAsyncContextManager[None]:
        """Hold back every write to `tables` that passes this edge."""
        return self._witness.exclusive(namespace, tables)

    async def reread(self, namespace: Namespace, table: str, key: Item) -> None:
        """Publish an item as it is, whatever was known of it. Of a table that is gone there is nothing to tell."""
        schema = await self._tables.schema(namespace, table)
        spot = spot_in(namespace, table, schema, key) if schema is not None else None
        if spot is not None:
            async with self._witness.writing([spot]) as held:
                await self._witness.settle(held, None, Cause("recovery"), certain=True)

    async def start(self) -> None:
        """Read what was about to be written when an earlier edge died."""
        left = self._intents.left_over()
        for intent, namespace, table, key in left:
            await self.reread(namespace, table, key)
            self._intents.end(intent)
        if left:
            logger.warning("%d items whose writes were under way when an earlier edge ended were read again", len(left))

    async def stop(self) -> None:
        """Look at no item any more."""
        await self._witness.doubts.stop()
        self._intents.close()

    async def forget(self, namespace: Namespace | None) -> None:
        """Forget what was in doubt."""
        self._witness.doubts.forget(namespace)

    def describe(self) -> dict[str, object]:
        """Return how many items are in doubt, and of how many nobody ever found out what happened."""
        doubts = self._witness.doubts
        return {"images": {"in_doubt": len(doubts), "given_up": doubts.given_up}}

    async def _put_or_delete(self, call: Call, proceed: Proceed) -> Answer:
        asked, item = call.document.get("ReturnValues", "NONE"), call.document.get("Item")
        spot = await self._spot(call, call.document.get("Key") if item is None else item)
        if spot is None or asked not in {"NONE", "ALL_OLD"}:
            return await proceed(call)  # the engine will refuse it
        async with self._witness.writing([spot]) as held:
            answer = await (proceed(call) if asked == "ALL_OLD" else proceed_with(call, proceed, "ALL_OLD"))
            if answer.status == 200:
                self._witness.publish([(spot, attributes_in(answer), item)], _cause(call))
                if asked != "ALL_OLD":
                    strip_attributes(answer)
            elif _is_unknown(call, answer):
                await self._witness.settle(held, None, _cause(call), certain=False)
            return answer

    async def _update(self, call: Call, proceed: Proceed) -> Answer:
        asked, witness = call.document.get("ReturnValues", "NONE"), self._witness
        spot = await self._spot(call, call.document.get("Key"))
        if spot is None:
            return await proceed(call)
        old_is_told = asked in {"NONE", "ALL_OLD"}
        async with witness.writing([spot]) as held:
            before: Found | None = None if old_is_told else await witness.read([spot])
            answer = await (proceed_with(call, proceed, "ALL_OLD") if asked == "NONE" else proceed(call))
            done = answer.status == 200
            if done and old_is_told:
                old = attributes_in(answer)
                before = {spot.name: old} if old else {}
                if asked == "NONE":
                    strip_attributes(answer)
            if done and asked == "ALL_NEW" and before is not None:
                witness.publish([(spot, before.get(spot.name), attributes_in(answer))], _cause(call))
            elif done or _is_unknown(call, answer):
                await witness.settle(held, before, _cause(call), certain=done)
            return answer

    async def _several(self, call: Call, proceed: Proceed) -> Answer:
        aim = await aim_of(call, self._tables)
        if aim.tables:
            return await self._unaimed(call, proceed, aim)
        if not aim.spots:
            return await proceed(call)
        async with self._witness.writing(aim.spots) as held:
            before = await self._witness.read(aim.spots)
            answer = await proceed(call)
            done = answer.status == 200
            if done or _is_unknown(call, answer):
                changed = await self._witness.settle(held, before, _cause(call), certain=done)
                _note_effect(call, changed if before is not None else None)
            return answer

    async def _unaimed(self, call: Call, proceed: Proceed, aim: Aim) -> Answer:
        """Let a statement pass that does not say which items it writes: compare its tables before and after."""
        schemas = {spot.table: spot.schema for spot in aim.spots} | dict(aim.tables)
        async with self._witness.exclusive(call.namespace, schemas):
            before = await self._witness.read_tables(call.namespace, schemas)
            answer = await proceed(call)
            if answer.status == 200 or _is_unknown(call, answer):
                after = await self._witness.read_tables(call.namespace, schemas)
                seen = [
                    (spot, before.get(spot.name), after.get(spot.name))
                    for spot in placed(call.namespace, schemas, {**before, **after})
                ]
                _note_effect(call, self._witness.publish(seen, _cause(call)))
            return answer

    async def _spot(self, call: Call, item: object) -> Spot | None:
        reference = call.document.get("TableName")
        if not isinstance(reference, str):
            return None
        table, namespace = table_name(reference), call.namespace
        schema = self._tables.known(namespace, table) or await self._tables.schema(namespace, table)
        return spot_in(namespace, table, schema, item) if schema is not None else None


def _is_unknown(call: Call, answer: Answer) -> bool:
    """Tell whether a write may have taken effect although its answer does not say so."""
    return answer.status >= 500 and call.marks.get("upstream") != "unreached"


def _note_effect(call: Call, changed: bool | None) -> None:
    """Tell the rooms before this one whether a write that was answered badly took effect."""
    if changed:
        call.marks["effect"] = True
    elif changed is False and "upstream" not in call.marks:  # the engine is through with it, and nothing happened
        call.marks["effect"] = False


def _cause(call: Call) -> Cause:
    return Cause(call.operation, call.caller, call.trace, bool(call.marks.get("system")))
