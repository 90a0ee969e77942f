"""The tables that are asked: every kind of key, of index and of projection."""

from typing import Any

from conformance.units.drawing import Draw, Item
from harness.capacity.shape import TableShape, shape_of
from harness.ids import new_token

SIZES = (0, 0, 512, 1024, 2048, 4096, 4096, 8192)  # about which items are drawn


def _schema(partition: str, sort: str = "") -> list[dict[str, str]]:
    entries = [{"AttributeName": partition, "KeyType": "HASH"}]
    return [*entries, {"AttributeName": sort, "KeyType": "RANGE"}] if sort else entries


def _index(name: str, keys: list[dict[str, str]], projection: str, *included: str) -> dict[str, Any]:
    told: dict[str, Any] = {"ProjectionType": projection}
    if included:
        told["NonKeyAttributes"] = list(included)
    return {"IndexName": name, "KeySchema": keys, "Projection": told}


TABLES: tuple[dict[str, Any], ...] = (
    {"TableName": "plain", "KeySchema": _schema("ID"), "types": {"ID": "S"}},
    {"TableName": "numbered", "KeySchema": _schema("PK", "SK"), "types": {"PK": "B", "SK": "N"}},
    {
        "TableName": "indexed",
        "KeySchema": _schema("PK", "SK"),
        "types": {"PK": "S", "SK": "S", "KIND": "S", "AT": "N", "OWNER": "S", "REF": "B"},
        "GlobalSecondaryIndexes": [
            _index("ByKind", _schema("KIND", "AT"), "ALL"),
            _index("ByOwner", _schema("OWNER"), "KEYS_ONLY"),
            _index("ByRef", _schema("REF", "SK"), "INCLUDE", "note", "pad"),
        ],
        "LocalSecondaryIndexes": [
            _index("ByAt", _schema("PK", "AT"), "KEYS_ONLY"),
            _index("ByOwnerHere", _schema("PK", "OWNER"), "ALL"),
        ],
    },
)


def create_tables(client: Any) -> dict[str, TableShape]:
    """Make all tables under fresh names; return their shapes by the names above."""
    suffix = new_token()
    shapes = {}
    for told in TABLES:
        request = {name: value for name, value in told.items() if name != "types"}
        request |= {
            "TableName": f"units-{told['TableName']}-{suffix}",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": kind} for name, kind in told["types"].items()
            ],
        }
        client.create_table(**request)
        client.get_waiter("table_exists").wait(TableName=request["TableName"], WaiterConfig={"Delay": 1})
        shapes[told["TableName"]] = shape_of(request)
    return shapes


def draw_key(draw: Draw, shape: TableShape) -> Item:
    """Return a key of few, so that items meet again."""
    names = shape.key.names
    return {name: _key_value(draw, shape.attribute_types[name], few=4 if name == names[0] else 12) for name in names}


def draw_item(draw: Draw, shape: TableShape, key: Item) -> Item:
    """Return an item with this key, in some of its table's indexes."""
    others = sorted({name for index in shape.indexes for name in index.key.names} - set(shape.key.names))
    chosen = {
        name: _key_value(draw, shape.attribute_types[name], few=3) for name in others if draw.random.random() < 0.6
    }
    return draw.item({**key, **chosen}, near_bytes=draw.random.choice(SIZES))


def _key_value(draw: Draw, kind: str, few: int) -> Item:
    number = draw.random.randrange(few)
    texts = {"S": f"{'k' * (number + 1)}é{number}", "N": f"{number - few // 2}.{number}5", "B": b"\x00k%d" % number}
    return {kind: texts[kind]}
