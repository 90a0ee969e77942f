"""Which partitions a DynamoDB call names, each of them: what tells whose data a call may touch.

A call's key tells one item. Here is the partition alone, of a table or of an index, wherever a document names one: in
keys and items of batches and transactions, in the condition of a query, in the key that a page begins behind, and in
the attributes of a put item that are an index's key. What names none (a scan, a PartiQL statement without its
partition) is told as such. Leaves out what an update's expression writes into an index's key.
"""

from collections.abc import Iterator

from harness.edge.aws.items import Attributes, Document, Mention
from harness.edge.call import Partition
from harness.edge.tables import KeySchema

_PAGED = frozenset({"Query", "Scan"})
_STATEMENTS = frozenset({"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"})


def needs_schema(operation: str, document: Document) -> bool:
    """Tell whether a call's partitions can't be told from its document alone, besides what its items' keys need."""
    return operation in _STATEMENTS or (operation in _PAGED and bool(document.get("ExclusiveStartKey")))


def partitions_of(
    operation: str, document: Document, mention: Mention, schema: KeySchema | None
) -> Iterator[Partition]:
    """Yield the partitions that a call names by an item or a condition; without a schema, those that need none.

    Raises KeyError, TypeError, AttributeError or ValueError for documents that make no sense.
    """
    table, attributes, tells, index = mention
    if tells == "condition":
        yield Partition(table, index, *_conditioned(operation, attributes or {}, _of_index(schema, index)))
        if operation in _PAGED and (start := document.get("ExclusiveStartKey")):
            yield from _named(table, start, schema, "start")
    elif attributes is not None:
        yield from _named(table, attributes, schema, "item")


def partition_of_key(mention: Mention, schema: KeySchema | None) -> Partition | None:
    """Return the partition that a whole key names, None without the schema that it takes; raises as above."""
    attributes = mention.attributes
    name = _partition_name(attributes, schema) if attributes else None
    return Partition(mention.table, "", text_of(name, attributes), "key") if name is not None and attributes else None


def text_of(name: str, attributes: Attributes) -> str:
    """Return `PK=a` for the attribute `name`."""
    for value in attributes[name].values():
        return f"{name}={value}"
    raise ValueError("an attribute value without a type")


def _conditioned(operation: str, attributes: Attributes, schema: KeySchema | None) -> tuple[str, str]:
    """Return the key that a condition pins and what names it; a statement that pins none is a scan."""
    name = _partition_name(attributes, schema) if operation == "Query" else schema and schema.partition
    if name is not None and name in attributes:
        return text_of(name, attributes), "condition"
    return "", "condition" if operation == "Query" else "scan"


def _partition_name(attributes: Attributes, schema: KeySchema | None) -> str | None:
    if len(attributes) == 1:
        return next(iter(attributes))
    return schema.partition if schema is not None and schema.partition in attributes else None


def _of_index(schema: KeySchema | None, index: str) -> KeySchema | None:
    return schema if schema is None or not index else schema.indexes.get(index)


def _named(table: str, attributes: Attributes, schema: KeySchema | None, by: str) -> Iterator[Partition]:
    """Yield the partition of the table and those of its indexes whose keys are among `attributes`."""
    if schema is None:
        return
    if schema.partition in attributes:
        yield Partition(table, "", text_of(schema.partition, attributes), by)
    for index, own in schema.indexes.items():
        if own.partition in attributes and own.partition != schema.partition:
            yield Partition(table, index, text_of(own.partition, attributes), by)


def distinct(found: list[Partition]) -> tuple[Partition, ...]:
    """Return each partition once, in the order in which a call names them."""
    return tuple(found) if len(found) < 2 else tuple(dict.fromkeys(found))
