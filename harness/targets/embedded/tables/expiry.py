"""Expired items are the edge's to delete: the engine's own reaper rests, and deletes as TTL does when the edge asks.

The engine deletes an expired item within a minute, without a stream record; AWS takes hours, and its stream record says
that the system did it (documented, "DynamoDB Streams and Time to Live").
"""

from typing import Any

from harness.edge.call import Namespace
from harness.edge.changes import Item
from harness.targets.embedded import mends
from harness.targets.embedded.mends.symbols import DYNAMODB, Function, Mend, Symbol
from harness.targets.embedded.tables.telling import system_delete

REAPER = Symbol(DYNAMODB, "_ttl_reaper", "66841bfd60279dd7")
BUILD_RECORD = Symbol(DYNAMODB, "_build_change_record", "45f604ee477218c3")
REMOVE = Symbol(DYNAMODB, "_remove_item", "5cce50c99688dab8")
EMIT = Symbol(DYNAMODB, "_emit_stream_event", "8568d0446f26eaba")
KEY_VALUES = Symbol(DYNAMODB, "_resolve_table_key_values", "6294dbce740f21ac")
BY_SYSTEM = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


def install() -> None:
    """Let the engine's reaper rest, and mark system deletes in streams.

    Raises EngineMismatch, having touched nothing, when the engine is not the one that this was written against.
    """
    mends.verify((Mend("expiry", (BUILD_RECORD,), (REAPER, REMOVE, EMIT, KEY_VALUES), lambda: None),))
    _rest_the_reaper()
    BUILD_RECORD.wrap(_marking_system_deletes)


def delete_expired(namespace: Namespace, table: str, key: Item, attribute: str, expires_at: str) -> bool:
    """Delete an item as TTL does, if its TTL attribute still is the Number `expires_at`; tell whether it was deleted.

    To be called in the engine's event loop, where it is one step: no write comes between.
    """
    from ministack.core.responses import request_scope

    engine = REMOVE.module()
    with request_scope(namespace.account, namespace.region):
        found = engine._tables.get(table)
        if found is None:
            return False
        partition, sort, error = engine._resolve_table_key_values(found, key, allow_extra=False)
        item = None if error else found["items"].get(partition, {}).get(sort)
        if item is None or item.get(attribute) != {"N": expires_at}:
            return False
        token = system_delete.set(True)
        try:
            engine._remove_item(found, partition, sort)
            engine._emit_stream_event(table, "REMOVE", item, None)
        finally:
            system_delete.reset(token)
        return True


def _rest_the_reaper() -> None:
    """Show the reaper's thread, which runs since the engine was imported, no settings; nobody else asks this way."""
    engine = REAPER.module()
    kind = type(engine._ttl_settings)

    class Unlisted(kind):  # type: ignore[misc, valid-type]
        """The engine's TTL settings, hidden from its reaper."""

        __slots__ = ()

        def all_items(self) -> list[Any]:
            return []

    engine._ttl_settings.__class__ = Unlisted


def _marking_system_deletes(original: Function) -> Function:
    def build_change_record(*arguments: Any) -> Any:
        record = original(*arguments)
        if system_delete.get():
            record["userIdentity"] = dict(BY_SYSTEM)
        return record

    return build_change_record
