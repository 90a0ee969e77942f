"""One engine's tables and a copy of what is in them: every request changes both."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from botocore.exceptions import ClientError

from conformance.units.comparing import Asked, Tally
from conformance.units.drawing import Draw, Item
from conformance.units.tables import draw_item, draw_key
from harness.capacity.shape import TableShape
from harness.capacity.units import ResourceUnits, consumed_capacity

Detail = Literal["TOTAL", "INDEXES"]
KeyText = tuple[str, ...]


class World:
    """Draws, asks, and keeps the copy."""

    def __init__(self, client: Any, shapes: Mapping[str, TableShape], draw: Draw) -> None:
        self.client = client
        self.shapes = shapes
        self.draw = draw
        self.tally = Tally()
        self._items: dict[str, dict[KeyText, Item]] = {shape.name: {} for shape in shapes.values()}

    # -- drawing

    def shape(self, *names: str) -> TableShape:
        """Return one of the tables, or of those named."""
        return self.shapes[self.draw.random.choice(names or tuple(self.shapes))]

    def detail(self) -> Detail:
        """Return how much is to be told."""
        return "INDEXES" if self.draw.random.random() < 0.7 else "TOTAL"

    def chance(self, of: float = 0.5) -> bool:
        """Return True in that part of all cases."""
        return self.draw.random.random() < of

    def key(self, shape: TableShape) -> Item:
        """Return a key, mostly of an item that is there."""
        items = self.items(shape)
        if items and self.chance(0.75):
            return self.key_of(shape, self.draw.random.choice(items))
        return draw_key(self.draw, shape)

    def keys(self, shape: TableShape, most: int) -> list[Item]:
        """Return different keys."""
        drawn = [self.key(shape) for _ in range(self.draw.random.randint(1, most))]
        return list({_text(shape, key): key for key in drawn}.values())

    def new_item(self, shape: TableShape, key: Item | None = None) -> Item:
        """Return an item to be put."""
        return draw_item(self.draw, shape, key or self.key(shape))

    # -- the copy

    def items(self, shape: TableShape) -> list[Item]:
        """Return all items of a table."""
        return list(self._items[shape.name].values())

    def item(self, shape: TableShape, key: Item) -> Item | None:
        """Return the item of this key."""
        return self._items[shape.name].get(_text(shape, key))

    def keep(self, shape: TableShape, key: Item, item: Item | None) -> None:
        """Let the copy hold an item, or None, from now on."""
        if item is None:
            self._items[shape.name].pop(_text(shape, key), None)
        else:
            self._items[shape.name][_text(shape, key)] = item

    def key_of(self, shape: TableShape, item: Item) -> Item:
        """Return an item's key."""
        return {name: item[name] for name in shape.key.names}

    # -- asking

    def ask(
        self,
        operation: str,
        call: Callable[..., Any],
        request: dict[str, Any],
        charges: Mapping[str, list[ResourceUnits]],
        *,
        sides: bool = False,
    ) -> Any:
        """Call, and compare what it cost with the charges (by table); return the answer, None after an error."""
        detail = request["ReturnConsumedCapacity"]
        try:
            answer = call(**request)
        except ClientError as error:
            self.tally.refuse(operation, f"{error.response['Error']['Code']}: {error.response['Error']['Message']}")
            return None
        failed = [one["Error"] for one in answer.get("Responses") or () if isinstance(one, dict) and "Error" in one]
        if failed:
            self.tally.refuse(operation, f"{failed[0]['Code']}: {failed[0]['Message']}")
            return answer
        shapes = {shape.name: shape for shape in self.shapes.values()}
        expected = {
            table: consumed_capacity(shapes[table], listed, detail, sides=sides) for table, listed in charges.items()
        }
        self.tally.add(Asked(operation, request, _told(answer), expected))
        return answer


def _told(answer: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    told = answer.get("ConsumedCapacity") or []
    return {one["TableName"]: one for one in (told if isinstance(told, list) else [told]) if "TableName" in one}


def _text(shape: TableShape, key: Item) -> KeyText:
    return tuple(str(next(iter(key[name].values()))) for name in shape.key.names)
