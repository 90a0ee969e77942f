"""What the mends of ConsumedCapacity share: the engine's tables as the model sees them, and its answers' bodies."""

import json
from collections.abc import Callable
from operator import is_not
from typing import Any

from harness.capacity.shape import TableShape, shape_of
from harness.capacity.units import consumed_capacity, replayed_charges
from harness.targets.embedded.mends.symbols import DYNAMODB, Symbol

Document = dict[str, Any]
Answer = tuple[int, dict[str, str], Any]  # status, headers, body

NAME = Symbol(DYNAMODB, "_normalize_table_name", "904f676618e44f7b")
BY_KEY = Symbol(DYNAMODB, "_get_item_by_key", "e76a1b5ac412984e")
TOKEN = Symbol(DYNAMODB, "_txn_token_lookup", "67d04c2a83653c11")
RELIES_ON = (NAME, BY_KEY, TOKEN)

KEPT_MAX = 1000
_kept: dict[int, tuple[Any, list[Any], TableShape]] = {}


def asked(data: Document) -> bool:
    """Tell whether a request wants to know what it costs."""
    return str(data.get("ReturnConsumedCapacity", "NONE")) != "NONE"


def succeeded(answer: Answer) -> bool:
    """Tell whether an answer is no error."""
    return answer[0] == 200


def body_of(answer: Answer) -> Document:
    """Return an answer's body."""
    body: Document = json.loads(answer[2])
    return body


def telling(answer: Answer, told: Document | list[Document]) -> Answer:
    """Return an answer with this ConsumedCapacity instead of its own."""
    return changed(answer, lambda _: told)


def changed(answer: Answer, change: Callable[[Any], Any]) -> Answer:
    """Return an answer with its ConsumedCapacity changed; None is given for none."""
    status, headers, _ = answer
    body = body_of(answer)
    body["ConsumedCapacity"] = change(body.get("ConsumedCapacity"))
    return status, headers, json.dumps(body, ensure_ascii=False).encode()


def table_of(reference: str) -> tuple[Any, TableShape]:
    """Return a table by its name or ARN, as the engine has it and as the model does. Raises KeyError without one."""
    engine = NAME.module()
    table = engine._tables[engine._normalize_table_name(reference)]
    return table, shape_kept(table)


def shape_kept(table: Any) -> TableShape:
    """Return a table's shape as far as units go: keys and indexes; made anew when the engine has other indexes.

    Both are told apart by their identity, so what is compared is held here and never another's later.
    """
    indexes = [*(table.get("GlobalSecondaryIndexes") or ()), *(table.get("LocalSecondaryIndexes") or ())]
    keys = table["KeySchema"]  # stands for the table, whose items must not be held
    kept = _kept.get(id(keys))
    if kept is None or kept[0] is not keys or len(kept[1]) != len(indexes) or any(map(is_not, kept[1], indexes)):
        if len(_kept) >= KEPT_MAX:
            _kept.clear()
        kept = _kept[id(keys)] = (keys, indexes, shape_of(table))
    return kept[2]


def item_of(table: Any, key: Document) -> Document | None:
    """Return the item that is there now."""
    item: Document | None = BY_KEY.module()._get_item_by_key(table, key)
    return item


def is_repeated(data: Document) -> bool:
    """Tell whether a transaction of the same token was done before."""
    token = data.get("ClientRequestToken")
    return bool(token) and TOKEN.module()._txn_token_lookup(token) is not None


def read_in_transaction(keys: list[tuple[str, Document]], detail: Any) -> list[Document]:
    """Return what it costs to read the items that are there now, by (table, key or item) of each."""
    found: dict[str, list[tuple[Document, Document | None]]] = {}
    shapes: dict[str, TableShape] = {}
    for reference, item in keys:
        table, shape = table_of(reference)
        key = {name: item[name] for name in shape.key.names}
        shapes[shape.name] = shape
        found.setdefault(shape.name, []).append((key, item_of(table, key)))
    return [
        consumed_capacity(shapes[name], replayed_charges(items), detail, sides=True) for name, items in found.items()
    ]
