"""INV-11: whichever way an item is looked up, it is the same item, under the keys that its own attributes give it."""

from collections.abc import Iterator, Mapping

from harness.checkers.booking.keys import (
    INDEX_ATTRIBUTES,
    TABLES,
    Item,
    Reading,
    belongs_to,
    expected_keys,
    is_known,
)
from harness.checkers.checker import checker
from harness.checkers.verdict import Counterexample
from harness.history import History
from harness.history.booking import TABLE

_COPIED = ("name", "timezone", "active")


@checker("INV-11", reads=("items",))
def indexes_agree_with_tables(history: History) -> Iterator[Counterexample]:
    """Every index holds exactly the items of its table that belong there, and every key says what its item says."""
    by_place: dict[tuple[str, str], list[Item]] = {}
    for record in history.finals.items or ():
        by_place.setdefault((record.table, record.place), []).append(record.item)
    for table, readings in TABLES.items():
        items = by_place.pop((table, TABLE), [])
        for item in items:
            yield from _own_keys(table, item)
        for index, reading in readings.items():
            if index != TABLE:
                found = by_place.pop((table, index), [])
                yield from _index(f"{table}.{index}", reading, readings[TABLE], items, found)
        if table == "Providers":
            yield from _links(items)
    for table, place in by_place:
        yield Counterexample(f"{table}.{place}", "is no way of reading that the tables have")


def _own_keys(table: str, item: Item) -> Iterator[Counterexample]:
    subject = f"{table} item {_shown(TABLES[table][TABLE], item)}"
    tenant_id = str(item.get("tenantId", ""))
    if not tenant_id or not belongs_to(table, tenant_id, item):
        yield Counterexample(subject, f"carries tenantId {tenant_id!r}, expected that of its partition key")
        return
    if not is_known(table, item):
        yield Counterexample(subject, "is of no kind that the table's design knows")
        return
    try:
        expected = expected_keys(table, item)
    except (KeyError, ValueError) as problem:
        yield Counterexample(subject, f"can't say its keys: {type(problem).__name__} {problem}")
        return
    for name, value in expected.items():
        if item.get(name) != value:
            yield Counterexample(subject, f"has {name} {item.get(name)!r}, by its attributes expected {value!r}")
    for name in INDEX_ATTRIBUTES:
        if name in item and name not in expected:
            yield Counterexample(subject, f"has {name} {item[name]!r}, expected in no such index")


def _index(
    name: str, reading: Reading, main: Reading, items: list[Item], found: list[Item]
) -> Iterator[Counterexample]:
    expected = {main.key(item): item for item in items if reading.key(item) is not None}
    seen: dict[tuple[str, ...] | None, Item] = {}
    for entry in found:
        own = main.key(entry)
        if own in seen:
            yield Counterexample(f"{name} entry {_shown(main, entry)}", "is there twice, expected once")
        seen[own] = entry
        item = expected.get(own)
        if item is None:
            yield Counterexample(f"{name} entry {_shown(main, entry)}", "has no such item in its table")
        elif different := _difference(item, entry):
            what = f"has {different} {entry.get(different)!r}, and its table {item.get(different)!r}"
            yield Counterexample(f"{name} entry {_shown(main, entry)}", what)
    for own, item in expected.items():
        if own not in seen:
            where = "/".join(reading.key(item) or ())
            yield Counterexample(f"{name} entry {_shown(main, item)}", f"is missing, expected at {where}")


def _links(items: list[Item]) -> Iterator[Counterexample]:
    """Compare each provider with the items that tell its services, by which it is found for each of them."""
    links: dict[tuple[str, str], dict[str, Item]] = {}
    providers: dict[tuple[str, str], Item] = {}
    for item in items:
        owner = (str(item.get("tenantId")), str(item.get("providerId")))
        if "#SERVICE#" in str(item.get("SK")):
            links.setdefault(owner, {})[str(item.get("serviceId"))] = item
        else:
            providers[owner] = item
    for owner in sorted(providers.keys() | links.keys()):
        provider, own = providers.get(owner), links.get(owner, {})
        if provider is None:
            yield Counterexample(
                f"provider {owner[1]}", f"is gone and still found for services {', '.join(sorted(own))}"
            )
            continue
        told = {str(one) for one in provider.get("serviceIds") or ()}
        if told != set(own):
            what = (
                f"serves {', '.join(sorted(told)) or 'nothing'} and is found for {', '.join(sorted(own)) or 'nothing'}"
            )
            yield Counterexample(f"provider {owner[1]}", what)
        yield from _copies(provider, own)


def _copies(provider: Item, links: Mapping[str, Item]) -> Iterator[Counterexample]:
    for service_id, link in sorted(links.items()):
        for name in _COPIED:
            if link.get(name) != provider.get(name):
                what = f"has {name} {provider.get(name)!r}, and {link.get(name)!r} where service {service_id} finds it"
                yield Counterexample(f"provider {provider.get('providerId')}", what)


def _difference(item: Item, entry: Item) -> str:
    return next((name for name in sorted({*item, *entry}) if item.get(name, _Absent) != entry.get(name, _Absent)), "")


def _shown(reading: Reading, item: Item) -> str:
    return "/".join(reading.key(item) or ("without a key",))


class _Absent:
    """What no attribute equals."""
