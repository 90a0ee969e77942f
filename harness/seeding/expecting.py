"""What should be there after a load, and whether it is: counts of every partition, and items one by one where asked.

Counts cost little and are kept for everything; single items, as the table and each of its indexes tell them, are kept
for those tenants that are looked at closely. More than was loaded is no problem: a system that runs adds to it. What
time deletes is not expected any more once its time is over.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from harness.seeding.rows import Item, Row
from harness.seeding.sending import Sender

THREADS = 4
PROBLEMS_MAX = 20
_KEYS_AT_ONCE = 100  # BatchGetItem's limit
_SECONDS_TO_SPARE = 120


@dataclass(frozen=True, slots=True)
class Index:
    """A way to find a table's items: its name ("" for the table), its partition key, and the sort key, "" for none."""

    name: str
    partition: str
    sort: str


# By table (output): the table itself first, as the templates have them.
Shapes = Mapping[str, tuple[Index, ...]]
_Place = tuple[str, str, str]  # table, index, partition


@dataclass(slots=True)
class Expected:
    """Gathers rows as they are loaded; those that `closely` says of are compared one by one."""

    shapes: Shapes
    counts: Counter[_Place] = field(default_factory=Counter)
    going: Counter[_Place] = field(default_factory=Counter)
    items: dict[_Place, list[Item]] = field(default_factory=dict)

    def note(self, row: Row, *, closely: bool) -> None:
        """Expect a row to be found."""
        table, *indexes = self.shapes[row.table]
        place = (row.table, "", row.item[table.partition]["S"])
        if _goes_soon(row.item):
            self.going[place] += 1
            return
        self.counts[place] += 1
        for way in (table, *indexes) if closely else ():
            if way.partition in row.item:
                place = (row.table, way.name, row.item[way.partition]["S"])
                self.items.setdefault(place, []).append(row.item)

    def rows_of(self, *tables: str) -> int:
        """Return how many items are expected in these tables."""
        return sum(count for (table, _, _), count in self.counts.items() if table in tables)


@dataclass(slots=True)
class Found:
    """What reading back found. `more`: items beyond those that were loaded; `asked`: invariants that were judged."""

    partitions: int = 0
    compared: int = 0
    more: int = 0
    asked: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def valid(self) -> bool:
        """Whether everything that was loaded is there."""
        return not self.problems


def read_back(
    expected: Expected, sender: Sender, tables: Mapping[str, str], on_progress: Callable[[int], None] = lambda _: None
) -> Found:
    """Count every partition, compare the items that were kept, and say what is missing or different."""
    found = Found()
    with ThreadPoolExecutor(THREADS) as threads:
        counting = threads.map(lambda one: _counted(one, expected, sender, tables), expected.counts.items())
        for more, wanted, words in counting:
            found.partitions += 1
            found.more += more
            found.problems.extend(words)
            on_progress(wanted)
        comparing = threads.map(lambda one: _compared(one, expected, sender, tables), expected.items.items())
        for compared, words in comparing:
            found.compared += compared
            found.problems.extend(words)
    return found


def find_again(rows: Iterable[Row], shapes: Shapes, sender: Sender, tables: Mapping[str, str]) -> Found:
    """Read items by their keys and compare each: for tables in which a partition is one item."""
    found = Found()
    by_table: dict[str, list[Item]] = {}
    for row in rows:
        items = by_table.setdefault(row.table, [])
        items.append(row.item)
        if len(items) == _KEYS_AT_ONCE:
            _find(row.table, by_table.pop(row.table), shapes, sender, tables, found)
    for table, items in by_table.items():
        _find(table, items, shapes, sender, tables, found)
    return found


def _find(
    table: str, items: list[Item], shapes: Shapes, sender: Sender, tables: Mapping[str, str], found: Found
) -> None:
    key = shapes[table][0]
    names = [name for name in (key.partition, key.sort) if name]
    read = sender.get(tables[table], [{name: item[name] for name in names} for item in items])
    there = {_key(item, key): item for item in read}
    found.compared += len(items)
    found.problems.extend(_differences(items, there, key, tables[table]))


def _counted(
    one: tuple[_Place, int], expected: Expected, sender: Sender, tables: Mapping[str, str]
) -> tuple[int, int, list[str]]:
    place, wanted = one
    table, index, partition = place
    way = _way(expected.shapes, table, index)
    there = sender.count(tables[table], (way.partition, partition), index)
    words = [f"{tables[table]} holds {there} of {wanted} items under {partition}"] if there < wanted else []
    return max(0, there - wanted - expected.going[place]), wanted, words


def _compared(
    one: tuple[_Place, list[Item]], expected: Expected, sender: Sender, tables: Mapping[str, str]
) -> tuple[int, list[str]]:
    (table, index, partition), items = one
    key = expected.shapes[table][0]
    way = _way(expected.shapes, table, index)
    there = {_key(item, key): item for item in sender.items(tables[table], (way.partition, partition), index)}
    where = f"{tables[table]}{f', index {index},' if index else ''}"
    words = list(_differences(items, there, key, where))
    return len(items), words[:PROBLEMS_MAX]


def _differences(items: list[Item], there: Mapping[Any, Item], key: Index, where: str) -> Iterator[str]:
    for item in items:
        same = there.get(_key(item, key))
        name = " ".join(_key(item, key))
        if same is None:
            yield f"{where} has no {name}"
        elif same != item:
            differing = sorted(one for one in item.keys() | same.keys() if item.get(one) != same.get(one))
            yield f"{where} holds {name} with another {', '.join(differing)}"


def _key(item: Item, table: Index) -> tuple[str, ...]:
    return tuple(item[name]["S"] for name in (table.partition, table.sort) if name)


def _way(shapes: Shapes, table: str, index: str) -> Index:
    return next(one for one in shapes[table] if one.name == index)


def _goes_soon(item: Item) -> bool:
    expires_at_s = item.get("ttl")
    return expires_at_s is not None and int(expires_at_s["N"]) < time.time() + _SECONDS_TO_SPARE
