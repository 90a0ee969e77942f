"""One map of a design file, read field by field: every mistake names its place and what was expected there."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.errors import SettingInvalid, did_you_mean


@dataclass(frozen=True, slots=True)
class Section:
    """A map and where it stands, such as `plan.yaml: requests.payment`."""

    where: str
    content: Mapping[str, Any]

    @classmethod
    def of(cls, content: object, where: str) -> "Section":
        """Return a section of what should be a map; nothing at all counts as an empty one."""
        if content is None:
            return cls(where, {})
        if not isinstance(content, Mapping):
            raise SettingInvalid(f"{where} is {_short(content)}, expected a map")
        return cls(where, {str(name): value for name, value in content.items()})

    def only(self, *names: str) -> "Section":
        """Return itself when it has no field of another name; raises SettingInvalid, with the likely one."""
        for name in self.content:
            if name not in names:
                raise SettingInvalid(
                    f"{self.where} has no field {name!r}{did_you_mean(name, names)}, it has {', '.join(names)}"
                )
        return self

    def number(self, name: str, default: float | None = None, *, least: float = 0.0, most: float = math.inf) -> float:
        """Return a number within bounds; raises SettingInvalid when it is missing and has no default."""
        value = self.content.get(name, default)
        if value is None:
            raise SettingInvalid(f"{self.where} has no {name}, expected a number")
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            bounds = f"from {least:g} on" if most == math.inf else f"from {least:g} to {most:g}"
            raise SettingInvalid(f"{self.where}.{name} is {_short(value)}, expected a number {bounds}")
        return float(value)

    def whole(self, name: str, default: int | None = None, *, least: int = 0) -> int:
        """Return a whole number."""
        value = self.number(name, default, least=least)
        if value != int(value):
            raise SettingInvalid(f"{self.where}.{name} is {value:g}, expected a whole number")
        return int(value)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text."""
        value = self.content.get(name, default)
        if not isinstance(value, str):
            raise SettingInvalid(f"{self.where}.{name} is {_short(value)}, expected a text")
        return value

    def yes(self, name: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self.content.get(name, default)
        if not isinstance(value, bool):
            raise SettingInvalid(f"{self.where}.{name} is {_short(value)}, expected true or false")
        return value

    def choice(self, name: str, expected: Iterable[str], default: str | None = None) -> str:
        """Return one of some texts."""
        value, known = self.text(name, default), tuple(expected)
        if value not in known:
            meant = did_you_mean(value, known)
            raise SettingInvalid(f"{self.where}.{name} is {value!r}{meant}, expected {', '.join(known)}")
        return value

    def section(self, name: str) -> "Section":
        """Return the map in a field, empty when there is none."""
        return Section.of(self.content.get(name), f"{self.where}.{name}")

    def sections(self) -> Iterator[tuple[str, "Section"]]:
        """Give every field as a map."""
        for name, value in self.content.items():
            yield name, Section.of(value, f"{self.where}.{name}")

    def items(self, name: str) -> list[Any]:
        """Return a list, empty when there is none."""
        value = self.content.get(name) or []
        if not isinstance(value, list):
            raise SettingInvalid(f"{self.where}.{name} is {_short(value)}, expected a list")
        return value


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
