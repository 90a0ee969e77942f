"""What a call is about: its operation where the protocol hides it, and its targets (resource and key).

Reading never fails a call: what makes no sense here is for the service to refuse, and has no targets.
"""

import asyncio
import logging
import time
from typing import Any
from urllib.parse import parse_qsl

import cbor2

from harness.edge.aws.apis import KnownApis, request_of
from harness.edge.aws.items import Mention, mentions
from harness.edge.aws.models import service_models
from harness.edge.aws.partitions import distinct, needs_schema, partition_of_key, partitions_of
from harness.edge.aws.protocols import form_of
from harness.edge.aws.resources import targets
from harness.edge.aws.routes import Match, router_of
from harness.edge.call import Call, Namespace, Partition, Target
from harness.edge.tables import KeySchema, Tables

logger = logging.getLogger(__name__)

# A table that was not there is asked for again after this; bounds what calls to absent tables cost the upstream.
MISSING_KEPT_S = 0.25
MISSING_TABLES_MAX = 1000
# Larger documents are only read where the key of an item is in them.
READ_BYTES_MAX = 256 * 1024
_NONSENSE = (KeyError, TypeError, AttributeError, ValueError, IndexError, RecursionError)
_CONNECTIONS = "/@connections/"
_STARTS = frozenset({"StartExecution", "StartSyncExecution"})


class Reader:
    """Reads operation and targets from a call's path, query and document; `apis` tells whose a deployed API is."""

    def __init__(self, tables: Tables, apis: KnownApis = lambda _: None) -> None:
        self._schemas = _Schemas(tables)
        self._apis = apis

    async def read(self, call: Call) -> None:
        """Fill in `call.operation` where it is not known, `call.targets`, and the execution that a call is to start."""
        if not call.service:
            return
        try:
            if call.service == "dynamodb":
                await self._read_items(call)
            elif call.service == "execute-api" and _CONNECTIONS not in call.path:
                _read_api(call, self._apis)
            else:
                _read_resource(call)
        except _NONSENSE:
            call.targets = ()

    async def _read_items(self, call: Call) -> None:
        document = call.document
        if not isinstance(document, dict):
            return
        namespace, operation = call.namespace, call.operation
        found: list[Target] = []
        partitions: list[Partition] = []
        for mention in mentions(operation, document):
            schema = self._schemas.known(namespace, mention.table)
            if schema is None and (_needs_schema(mention) or needs_schema(operation, document)):
                schema = await self._schemas.find(namespace, mention.table)
            try:
                key = _key_text(mention, schema)
            except _NONSENSE:
                key = ""
            found.append(Target(mention.table, key))
            try:
                if mention.tells != "key":
                    partitions += partitions_of(operation, document, mention, schema)
                elif (partition := partition_of_key(mention, schema)) is not None:
                    partitions.append(partition)
            except _NONSENSE:
                continue
        call.targets = tuple(found)  # one an item, in the order of the document, whatever they are
        call.partitions = distinct(partitions)


def _needs_schema(mention: Mention) -> bool:
    return mention.attributes is not None and (mention.tells == "item" or len(mention.attributes) > 1)


def _key_text(mention: Mention, schema: KeySchema | None) -> str:
    """Return the item's key as canonical text, "" when nothing tells it."""
    attributes = mention.attributes
    if attributes is None:
        return ""
    if mention.tells == "item":
        if schema is None:
            return ""
        attributes = schema.key_of(attributes)
    elif len(attributes) > 1 and schema is not None and schema.partition in attributes:
        # A condition on another index's key pins other attributes; they stay in the order that they were written in.
        attributes = {name: attributes[name] for name in (schema.partition, schema.sort) if name in attributes}
    return ",".join([f"{name}={_scalar(value)}" for name, value in attributes.items()])


def _scalar(value: dict[str, Any]) -> object:
    for scalar in value.values():
        return scalar
    raise ValueError("an attribute value without a type")


class _Schemas:
    """Asks for a table's key schema once, however many calls wait for it, and seldom for tables that are not there."""

    def __init__(self, tables: Tables) -> None:
        self.known = tables.known
        self._tables = tables
        self._asking: dict[tuple[Namespace, str], asyncio.Task[KeySchema | None]] = {}
        self._missing_until_s: dict[tuple[Namespace, str], float] = {}

    async def find(self, namespace: Namespace, table: str) -> KeySchema | None:
        """Return a table's key schema, None when there is none or nobody can tell."""
        place = (namespace, table)
        if self._missing_until_s.get(place, 0.0) > time.monotonic():
            return None
        asking = self._asking.get(place)
        if asking is None:
            asking = self._asking[place] = asyncio.create_task(self._ask(namespace, table))
            asking.add_done_callback(lambda _: self._asking.pop(place, None))
        return await asyncio.shield(asking)

    async def _ask(self, namespace: Namespace, table: str) -> KeySchema | None:
        schema: KeySchema | None = None
        try:
            schema = await self._tables.schema(namespace, table)
        except Exception:
            # The call itself goes the same way, and its client learns what is wrong there.
            logger.exception("the key schema of %s can't be told", table)
        if schema is None:
            if len(self._missing_until_s) >= MISSING_TABLES_MAX:
                self._missing_until_s.clear()
            self._missing_until_s[namespace, table] = time.monotonic() + MISSING_KEPT_S
        return schema


def _read_api(call: Call, apis: KnownApis) -> None:
    """Name a deployed API's operation by its method and path. Its form may have an Action: that is its own affair."""
    asked = request_of(call.header(b"host").decode("latin-1"), call.path, apis)
    call.operation = f"{call.method} {asked.path}" if asked else ""
    call.targets = (Target(asked.api, asked.path),) if asked else ()


def _read_resource(call: Call) -> None:
    members: dict[str, Any]
    if call.operation:
        document = call.document if _is_readable(call) else None
        members = document if isinstance(document, dict) else {}
    elif call.path.startswith("/service/") and (rpc := call.path.split("/"))[3:4] == ["operation"]:
        call.operation = rpc[4]
        members = _cbor_document(call)
    elif "Action" in (members := form_of(call)):
        call.operation = members["Action"]
    else:
        match = _match(call)
        if match is None:
            return
        call.operation, members = match.operation, dict(match.labels)
        if not members and call.service != "s3" and _is_readable(call) and isinstance(call.document, dict):
            members = call.document
    call.targets = targets(call.service, call.operation, members)
    if call.service == "states" and call.operation in _STARTS:
        call.execution = _started(call, members.get("name"))


def _started(call: Call, name: object) -> str:
    """Return what a call is to start, whatever execution it is part of: its name, or the ARN that it is known by."""
    is_known = not isinstance(name, str) or call.execution.endswith(f":{name}")
    return call.execution if is_known else str(name)


def _match(call: Call) -> Match | None:
    path = (call.scope.get("raw_path") or call.path.encode()).decode("latin-1").partition("?")[0]
    query = dict(parse_qsl(call.query_string.decode("latin-1"), keep_blank_values=True)) if call.query_string else {}
    if call.service == "s3":
        path = _bucket_in_host(call) + path
    for model in service_models(call.service):
        if model.routes and (match := router_of(model).match(call.method, path, query, call.headers)):
            return match
    return None


def _bucket_in_host(call: Call) -> str:
    """Return `/bucket` when S3 is addressed by it (`bucket.s3.us-east-1.…`, `bucket.localhost`), else ""."""
    host = call.header(b"host").decode("latin-1").partition(":")[0]
    for mark in (".s3.", ".s3-", ".localhost"):
        bucket, found, rest = host.partition(mark)
        if found and bucket and (mark != ".localhost" or not rest) and bucket != "s3":
            return f"/{bucket}"
    return ""


def _is_readable(call: Call) -> bool:
    return call.body is not None and len(call.body) <= READ_BYTES_MAX


def _cbor_document(call: Call) -> dict[str, Any]:
    if not call.body or not _is_readable(call):
        return {}
    try:
        document = cbor2.loads(call.body)
    except (cbor2.CBORDecodeError, OverflowError, MemoryError):
        return {}
    return document if isinstance(document, dict) else {}
