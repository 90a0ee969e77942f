"""DynamoDB's calls: each to the engine that has its table's items, and to both where a table is made or changed.

| operation | goes to |
| --- | --- |
| items, queries, scans | where the table's items are |
| batches over both | each its part; one answer |
| transactions, PartiQL over both | refused: no engine could keep them atomic |
| CreateTable | LocalStack, then the copy is made, unless a stream was asked for |
| UpdateTable | LocalStack, then the copy follows; before a stream begins, the items move |
| DeleteTable | LocalStack, then the copy goes |
| DescribeTable | LocalStack, with counts, sizes and index states of the copy |
| TTL, tags, backups, streams, and all other | LocalStack |

A table that is not there is LocalStack's to refuse. Left out: Step Functions' own DynamoDB integration, whose calls
stay inside of LocalStack, and see the shells.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from harness.edge.aws import refusal
from harness.edge.aws.partiql import read_statement
from harness.edge.call import Answer, Call
from harness.edge.tables import table_name
from harness.edge.upstream import Upstream, UpstreamRefused
from harness.targets.docker.cloud import arns, splitting
from harness.targets.docker.cloud.copies import Copies
from harness.targets.docker.cloud.placing import Place, Places, using
from harness.targets.docker.cloud.registry import Engine
from harness.targets.docker.cloud.sending import send

_ONE_TABLE = frozenset({"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"})
_TRANSACTIONS = frozenset({"TransactWriteItems", "TransactGetItems"})
_STATEMENTS = {
    "ExecuteStatement": "",
    "BatchExecuteStatement": "Statements",
    "ExecuteTransaction": "TransactStatements",
}
# An engine's refusals that pass: what it refused is left of a batch.
_PASSING = frozenset({429, 500, 502, 503, 504})
_COUNTS = ("ItemCount", "TableSizeBytes")
_INDEX_COUNTS = ("ItemCount", "IndexSizeBytes", "IndexStatus", "Backfilling")
_ENGINE_NAMES: Mapping[Engine, str] = {"localstack": "LocalStack", "dynamodb": "DynamoDB Local"}

Way = Callable[[Call, dict[str, Any]], Awaitable[Answer]]


class DynamoDb:
    """DynamoDB of two engines."""

    def __init__(self, localstack: Upstream, dynamodb: Upstream, places: Places, copies: Copies) -> None:
        self._engines: Mapping[Engine, Upstream] = {"localstack": localstack, "dynamodb": dynamodb}
        self._localstack = localstack
        self._places = places
        self._copies = copies
        self._ways: Mapping[str, Way] = {
            **dict.fromkeys(splitting.UNPROCESSED, self._batch),
            **dict.fromkeys((*_TRANSACTIONS, *_STATEMENTS), self._together),
            "CreateTable": self._create,
            "UpdateTable": self._update,
            "DeleteTable": self._delete,
            "DescribeTable": self._describe,
        }

    async def __call__(self, call: Call) -> Answer:
        document = call.document
        if not isinstance(document, dict):
            return await self._localstack(call)
        document, by_name = arns.with_names(call)
        way = self._one_table if call.operation in _ONE_TABLE else self._ways.get(call.operation)
        try:
            answer = await (way(call, document) if way else send(call, self._localstack, document))
        except UpstreamRefused as problem:  # of a call of our own, that had to be made for this one
            words = f"{problem.headline}, which this call needs"
            return refusal(call, "InternalServerError", words, status=500)
        if by_name:
            arns.give_back(answer, by_name)
        return answer

    async def _one_table(self, call: Call, document: dict[str, Any]) -> Answer:
        table = document.get("TableName")
        place = await self._places.of(call.namespace, table) if isinstance(table, str) and table else None
        if place is None:
            return await send(call, self._localstack, document)
        with using((place,)):
            return await send(call, self._engines[place.engine], document)

    async def _together(self, call: Call, document: dict[str, Any]) -> Answer:
        """Send a call whole: its tables have to be in one place."""
        places = await self._placed(call, _tables_together(call.operation, document))
        engines = _engines_of(places)
        if len(set(engines.values())) > 1:
            return refusal(call, "ValidationException", _over_both(call.operation, engines))
        engine: Engine = next(iter(engines.values()), "localstack")
        with using([place for place in places.values() if place]):
            return await send(call, self._engines[engine], document)

    async def _batch(self, call: Call, document: dict[str, Any]) -> Answer:
        requests = document.get("RequestItems")
        if not isinstance(requests, dict):
            return await send(call, self._localstack, document)
        places = await self._placed(call, requests)
        engines = _engines_of(places)
        # A table that is not there makes any engine refuse the whole.
        several = len(set(engines.values())) > 1 and len(engines) == len(requests)
        if several and splitting.is_too_long(call.operation, requests):
            return await send(call, self._localstack, document)  # which refuses it, as no part of it might be
        with using([place for place in places.values() if place]):
            if not several:
                missing = len(engines) < len(requests)
                engine: Engine = "localstack" if missing else next(iter(engines.values()), "localstack")
                return await send(call, self._engines[engine], document)
            return await self._in_parts(call, splitting.parts_of(document, engines))

    async def _in_parts(self, call: Call, parts: Sequence[tuple[Engine, dict[str, Any]]]) -> Answer:
        told: list[Mapping[str, Any]] = []
        whole: Answer | None = None
        for engine, part in parts:
            answer = await send(call, self._engines[engine], part)
            if answer.status == 200:
                whole = answer
                told.append(answer.document or {})
            elif whole is not None and answer.status in _PASSING:
                told.append(splitting.left(call.operation, part))
            else:
                return answer
        assert whole is not None  # noqa: S101 - there are two parts at least
        whole.replace_body(orjson.dumps(splitting.merged(call.operation, told)))
        return whole

    async def _create(self, call: Call, document: dict[str, Any]) -> Answer:
        answer = await send(call, self._localstack, document)
        if answer.status == 200 and isinstance(table := document.get("TableName"), str):
            self._places.doubt(call.namespace, table)
            await self._places.of(call.namespace, table)
        return answer

    async def _update(self, call: Call, document: dict[str, Any]) -> Answer:
        table = document.get("TableName")
        if not isinstance(table, str):
            return await send(call, self._localstack, document)
        stream = document.get("StreamSpecification")
        if isinstance(stream, dict) and stream.get("StreamEnabled"):
            await self._places.move_to_localstack(call.namespace, table)
        answer = await send(call, self._localstack, document)
        if answer.status == 200:
            self._places.doubt(call.namespace, table)
            await self._places.of(call.namespace, table)
        return answer

    async def _delete(self, call: Call, document: dict[str, Any]) -> Answer:
        answer = await send(call, self._localstack, document)
        if answer.status == 200 and isinstance(table := document.get("TableName"), str):
            await self._places.gone(call.namespace, table)
        return answer

    async def _describe(self, call: Call, document: dict[str, Any]) -> Answer:
        answer = await send(call, self._localstack, document)
        table = document.get("TableName")
        if answer.status != 200 or not isinstance(table, str):
            return answer
        place = await self._places.of(call.namespace, table)
        if place is not None and place.engine == "dynamodb":
            copy = await self._copies.described(call.namespace, table)
            told = answer.document
            if copy is not None and isinstance(told, dict) and isinstance(told.get("Table"), dict):
                answer.replace_body(orjson.dumps({**told, "Table": counted(told["Table"], copy)}))
        return answer

    async def _placed(self, call: Call, tables: Iterable[str]) -> dict[str, Place | None]:
        return await self._places.of_all(call.namespace, (table for table in tables if table))


def counted(shell: Mapping[str, Any], copy: Mapping[str, Any]) -> dict[str, Any]:
    """Return a shell's description with the copy's counts, sizes and index states. Pure."""
    told = {**shell, **{member: copy[member] for member in _COUNTS if member in copy}}
    for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        known = {one["IndexName"]: one for one in copy.get(kind) or ()}
        if shell.get(kind):
            told[kind] = [{**one, **_index_counts(known.get(one["IndexName"], {}))} for one in shell[kind]]
    return told


def _index_counts(index: Mapping[str, Any]) -> dict[str, Any]:
    return {member: index[member] for member in _INDEX_COUNTS if member in index}


def _engines_of(places: Mapping[str, Place | None]) -> dict[str, Engine]:
    return {table: place.engine for table, place in places.items() if place is not None}


def _tables_together(operation: str, document: Mapping[str, Any]) -> Iterator[str]:
    """Give the tables of a transaction or of statements, as far as they are named."""
    if operation in _TRANSACTIONS:
        for action in _dicts(document.get("TransactItems")):
            for request in _dicts(list(action.values())):
                if isinstance(given := request.get("TableName"), str):
                    yield given
        return
    member = _STATEMENTS[operation]
    for statement in _dicts(document.get(member)) if member else (document,):
        if isinstance(text := statement.get("Statement"), str):
            yield table_name(read_statement(text).table)


def _dicts(given: Any) -> list[dict[str, Any]]:
    return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []


def _over_both(operation: str, engines: Mapping[str, Engine]) -> str:
    lists = (
        f"{', '.join(table for table, engine in engines.items() if engine == wanted)} in {name}"
        for wanted, name in _ENGINE_NAMES.items()
    )
    return (
        f"{operation} spans tables of two engines, which can't be atomic here: {'; '.join(lists)}. "
        "Name the latter in REHEARSAL_TABLES_IN_LOCALSTACK"
    )
