"""DynamoDB capacity as tests use it: enforce it, look at the heat, and go back to what was.

Capacity is the whole environment's. Whoever shares it with other tests enforces it on one table, and narrowly enough
that their items don't notice: `partition_write_units` throttles hot keys, and leaves the others alone.
"""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol

from harness.capacity.picture import HeatPicture, KeyHeat, ResourceHeat, TableHeat, picture_from
from harness.clients.edge import EdgeClient
from harness.errors import AnswerUnexpected

CAPACITY, HEAT = "/_rehearsal/capacity", "/_rehearsal/heat"
_NOTHING = "off"


class HasKey(Protocol):
    """A wallet, or anything else that is an item of a table."""

    @property
    def key(self) -> Mapping[str, Mapping[str, str]]:
        """The item's key in DynamoDB's JSON."""


class CapacityClient:
    """Sets and reads an environment's capacity. Raises AnswerUnexpected, with the edge's words, when it refuses."""

    def __init__(self, edge: EdgeClient) -> None:
        self._edge = edge
        self._before: Mapping[str, Any] | None = None  # what all tables had before `enforce_all`
        self._is_changed = False
        self._own: dict[str, Any] = {}  # by the tables that were enforced: what was set for each before

    def __enter__(self) -> "CapacityClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.restore()

    def show(self) -> Mapping[str, Any]:
        """Return what is set, and what each table that was called allows now."""
        return self._edge.ask("GET", CAPACITY)

    def enforce(self, table: str, **settings: Any) -> "CapacityClient":
        """Enforce capacity on one table, beside what is set for others; ends with the `with` block, or the test.

        `table` is a name, or what follows a dash in it. `settings` are a capacity file's for a table: `billing`,
        `provisioned={"read": 10, "write": 5}`, `scale`, `indexes`, `auto_scaling`; any other is one of the model's
        parameters, such as `partition_write_units=20`.
        """
        current = self._settings()
        tables = dict(current.get("tables") or {})
        if not self._is_changed:  # else what all tables had comes back, this one's included
            self._own.setdefault(table, tables.get(table))
        tables[table] = {"enforce": True, **_arranged(settings)}
        self._put({**current, "tables": tables})
        return self

    def enforce_all(self, *, scale: float = 1.0, **settings: Any) -> "CapacityClient":
        """Enforce capacity on every table, instead of what was set. For environments of one's own."""
        if not self._is_changed:
            self._before, self._is_changed = self.show()["settings"], True
        self._put({"enforce": True, "scale": scale, **_arranged(settings)})
        return self

    def off(self) -> None:
        """Enforce and count nothing any longer."""
        if not self._is_changed:
            self._before, self._is_changed = self.show()["settings"], True
        self._edge.ask("DELETE", CAPACITY)

    def restore(self) -> None:
        """Undo what this client has set; what others have set for other tables since stays."""
        if self._is_changed:
            self._restore_all(self._before)
            self._before, self._is_changed = None, False
        if self._own:
            current = self._settings()
            tables = {name: one for name, one in (current.get("tables") or {}).items() if name not in self._own}
            tables |= {name: one for name, one in self._own.items() if one is not None}
            is_idle = not tables and current.get("enforce") is False and set(current) <= {"enforce", "tables"}
            self._restore_all(None if is_idle else {**current, "tables": tables})
        self._own.clear()

    def heat(self, table: str = "", *, top: int = 20) -> HeatPicture:
        """Return the heat of all tables, or of one, with the `top` hottest keys of each."""
        parameters = {"top": str(top), **({"table": table} if table else {})}
        return picture_from(self._edge.ask("GET", HEAT, params=parameters))

    def table(self, table: str, *, top: int = 100) -> TableHeat:
        """Return one table's heat. Raises AnswerUnexpected when it was not called since capacity counts."""
        tables = self.heat(table, top=top).tables
        if len(tables) != 1:
            names = ", ".join(one.table for one in tables) or "none"
            raise AnswerUnexpected(
                f"the heat of table {table} is that of {len(tables)} tables", evidence={"seen": names}
            )
        return tables[0]

    def forget_heat(self) -> None:
        """Count heat anew from now on."""
        self._edge.ask("DELETE", HEAT)

    def throttles(self, table: str, *, of: HasKey | None = None) -> int:
        """Return how many requests a table and its indexes refused: all of them, or those of one item's partition key.

        One key's figure may be too high by its `overcount`, which is 0 while fewer than 1,000 keys are throttled.
        """
        resources = self.table(table).resources
        if of is None:
            return sum(sum(one.throttles.values()) for one in resources)
        name = _partition_key(of)
        return sum(key.throttled for one in resources for key in one.throttled_keys if key.key == name)

    def throttled_keys(self, table: str) -> list[str]:
        """Return the partition keys that a table throttled, most often first (`UserID=user-1`)."""
        return [one.key for one in self.table(table).resources[0].throttled_keys]

    def hottest(self, table: str) -> KeyHeat | None:
        """Return a table's hottest partition key, None when it served nobody."""
        resource: ResourceHeat = self.table(table).resources[0]
        return resource.keys[0] if resource.keys else None

    def _settings(self) -> Mapping[str, Any]:
        """Return the document that is set, or one that does nothing but count."""
        told = self.show()
        return {"enforce": False} if told["mode"] == _NOTHING else dict(told["settings"] or {})

    def _put(self, document: Mapping[str, Any]) -> None:
        self._edge.ask("PUT", CAPACITY, json=document)

    def _restore_all(self, document: Mapping[str, Any] | None) -> None:
        if document is None:
            self._edge.ask("DELETE", CAPACITY)
        else:
            self._put(document)


_SETTINGS = frozenset(
    {"enforce", "scale", "tenant", "billing", "provisioned", "maximum", "warm", "auto_scaling", "indexes", "units"}
)


def _arranged(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Put the model's parameters where a capacity document has them; the edge refuses names that there are not."""
    arranged = {
        name: value for name, value in settings.items() if name in _SETTINGS or name in ("tables", "parameters")
    }
    parameters = {name: value for name, value in settings.items() if name not in arranged}
    return arranged | ({"parameters": {**arranged.get("parameters", {}), **parameters}} if parameters else {})


def _partition_key(item: HasKey) -> str:
    name, value = next(iter(item.key.items()))
    return f"{name}={next(iter(value.values()))}"
