"""Random values and items: every attribute type, any language, and sizes just around where a unit ends."""

import random
from decimal import Decimal
from typing import Any

from harness.capacity.units import item_bytes

Item = dict[str, Any]

TEXTS = ("", "a", "order", "Zürich", "日本語テキスト", "😀 paid", "e\u0301", "line\nbreak", "x" * 120)
NAMES = ("a", "note", "Größe", "金額", "a_rather_long_attribute_name", "list", "map", "😀")
SCALARS = ("S", "N", "B", "BOOL", "NULL")
SETS = ("SS", "NS", "BS")
DEPTH_MAX = 3
PAD = "pad"


class Draw:
    """Draws from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - drawn stories are no secrets

    def item(self, key: Item, *, near_bytes: int = 0) -> Item:
        """Return an item with this key; of about `near_bytes`, at most 2 bytes more or less, when that is given."""
        names = self.random.sample(NAMES, self.random.randrange(len(NAMES) + 1))
        item = {**key, **{name: self.value() for name in names}}
        short = near_bytes + self.random.choice((-2, -1, 0, 0, 1, 2)) - item_bytes(item) - len(PAD)
        return {**item, PAD: {"S": "p" * short}} if short > 0 else item

    def value(self, depth: int = 0) -> Item:
        """Return an AttributeValue as SDKs take it."""
        nested = () if depth >= DEPTH_MAX else ("L", "M")
        kind = self.random.choice((*SCALARS, *SETS, *nested))
        match kind:
            case "L":
                return {"L": [self.value(depth + 1) for _ in range(self.random.randrange(4))]}
            case "M":
                names = self.random.sample(NAMES, self.random.randrange(4))
                return {"M": {name: self.value(depth + 1) for name in names}}
            case "SS" | "NS" | "BS":
                return {kind: self._members(kind)}
            case _:
                return {kind: self._scalar(kind)}

    def number(self) -> str:
        """Return a number as text: of 1 to 38 digits, large, small, negative, with zeros at either end."""
        digits = "".join(self.random.choices("0123456789", k=self.random.choice((1, 2, 3, 4, 7, 20, 38))))
        point = self.random.randrange(len(digits) + 1)
        text = f"{digits[:point] or '0'}.{digits[point:]}" if self.random.random() < 0.5 else digits
        text = text.removesuffix(".")
        exponent = f"e{self.random.randint(-80, 80)}" if self.random.random() < 0.2 else ""
        return f"{self.random.choice(('', '', '-'))}{text}{exponent}"

    def _members(self, kind: str) -> list[Any]:
        members = [self._scalar(kind[0]) for _ in range(self.random.randint(1, 4))]
        distinct = {Decimal(one) if kind == "NS" else one: one for one in members}
        return [one for one in distinct.values() if one not in ("", b"")] or [self._filled(kind[0])]

    def _filled(self, kind: str) -> Any:
        return {"S": "member", "N": "1", "B": b"\x00"}[kind]

    def _scalar(self, kind: str) -> Any:
        match kind:
            case "S":
                return self.random.choice(TEXTS)
            case "N":
                return self.number()
            case "B":
                return self.random.randbytes(self.random.choice((0, 1, 2, 3, 50)))
            case "BOOL":
                return self.random.random() < 0.5
            case _:
                return True
