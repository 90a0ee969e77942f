"""Advice where one partition's cap is the limit: a hot item, a hot collection, a sort key that only grows."""

import math

from harness.capacity.advice.case import Access, Advice, Case, heat_of
from harness.capacity.advice.throughput import provision_command, warm_command
from harness.capacity.advice.words import counted, told_key, told_number, told_share
from harness.capacity.parameters import Parameters
from harness.capacity.picture import KeyHeat

# A shard that runs at this part of a partition's cap has room for what chance puts on it beyond its share.
SHARD_FILL = 0.6
# A key with less of a resource's throttles than this is not what is wrong.
KEY_SHARE_MIN = 0.3
# An item with this part of its key's heat makes the key a single item: splitting by sort key will not help.
ITEM_SHARE_MIN = 0.5
# After its last split so much of a collection's heat in one partition means that splitting did not spread it.
UNSPREAD_MIN = 0.9
SHARDS_MIN = 2
_PATIENCE_S = Parameters().split_after_s


def hot_key(case: Case, access: Access, refused: int) -> Advice:
    """Return what to do about key ranges that are full."""
    throttled = case.heat.throttled_keys
    key = throttled[0] if throttled else None
    if key is None or key.throttled < KEY_SHARE_MIN * case.throttled:
        return _crowded_partition(case, access, refused)
    if case.heat.resource and _has_no_sort_key(case, key):
        return _sharded(case, access, key, refused, kind="hot index key")
    if _is_single_item(case, key):
        return _sharded(case, access, key, refused, kind="hot item")
    if _is_unspread(case, key):
        return _sharded(case, access, key, refused, kind="growing sort key")
    return _sharded(case, access, key, refused, kind="hot collection")


def shards_for(asked: float, cap: float) -> int:
    """Return over how many shards a key must be spread, so that each stays below SHARD_FILL of a partition's cap."""
    return max(SHARDS_MIN, math.ceil(asked / (SHARD_FILL * cap))) if cap > 0 else SHARDS_MIN


def share_of(case: Case, key: KeyHeat, access: Access) -> float:
    """Return a key's part of a resource's consumed reads or writes."""
    whole = case.heat.consumed.write_units if access == "Write" else case.heat.consumed.read_units
    units = key.write_units if access == "Write" else key.read_units
    return min(1.0, units / whole) if whole > 0 else 0.0


def _has_no_sort_key(case: Case, key: KeyHeat) -> bool:
    return not any(one.key.startswith(f"{key.key},") for one in case.heat.items)


def _is_single_item(case: Case, key: KeyHeat) -> bool:
    if any(one.alone and one.collection == key.key for one in case.heat.partitions):
        return True
    if _has_no_sort_key(case, key):
        return True  # the item is the key then
    items = [one for one in case.heat.items if one.key.startswith(f"{key.key},")]
    heat = heat_of(key.read_units, key.write_units)
    hottest = max(heat_of(one.read_units, one.write_units) for one in items)
    return heat > 0 and hottest >= ITEM_SHARE_MIN * heat


def _is_unspread(case: Case, key: KeyHeat) -> bool:
    """Tell whether splitting a collection by its sort key was possible in time and did not spread its heat."""
    living = [one for one in case.heat.partitions if one.collection == key.key and one.ended_s is None]
    if not living:
        return case.throttled_s >= _PATIENCE_S
    newest_s = max(one.born_s for one in living)
    first = int(max(0.0, newest_s - case.picture.started_s) // case.picture.step_s)
    if not any(case.heat.throttled[first:]):
        return False
    heats = [heat_of(sum(one.read[first:]), sum(one.write[first:])) for one in living]
    return sum(heats) > 0 and max(heats) >= UNSPREAD_MIN * sum(heats)


def _sharded(case: Case, access: Access, key: KeyHeat, refused: int, *, kind: str) -> Advice:
    asked, cap = case.asked_of(key, access), case.cap(access)
    shards, verb = shards_for(asked, cap), access.lower()
    name = told_key(key.key)
    why = (
        f"{name} takes {told_share(share_of(case, key, access))} of the {verb}s of {case.name}. It was asked for about "
        f"{case.told_rate(asked)}; a partition serves {told_number(cap)}. "
        f"{_WHY_BY_KIND[kind]}"
    )
    if access == "Read":
        return _spread_reads(case, key, refused, kind, shards, why)
    each = asked / shards
    reading = key.read_units / max(case.picture.at_s - case.picture.started_s, case.picture.step_s)
    told = f": its {told_number(reading)} read units/s become {told_number(reading * shards)}" if reading else ""
    what = (
        f"Spread its writes over {shards} shards: each then takes about {told_number(each)} units/s, "
        f"{told_share(each / cap if cap else 0)} of a partition's cap. Reading all of it then takes {shards} reads "
        f"instead of one{told}."
    )
    if kind == "growing sort key":
        what += " A random prefix of the sort key is not enough while the partition key stays the same."
    title = f"shard {name} over {shards} keys"
    return case.advice(kind, title, why, what, _shard_snippet(key, shards), about=refused)


_WHY_BY_KIND = {
    "hot item": "One item never gets more than one partition, whatever the table has.",
    "hot index key": (
        "All items with this value share one partition of the index, which has no sort key to split them by."
    ),
    "hot collection": (
        "Its items share a partition until DynamoDB splits it by sort key, which takes minutes of sustained heat."
    ),
    "growing sort key": (
        "It was throttled for minutes and no split spread it: new items all go to the end of its sort key (or a local "
        "index keeps it together)."
    ),
}


def _spread_reads(case: Case, key: KeyHeat, refused: int, kind: str, copies: int, why: str) -> Advice:
    name = told_key(key.key)
    what = (
        "Read it eventually consistent where that will do: half the units. Put a cache before it (DAX, or the "
        f"function's memory for a second), or keep {copies} copies and read one at random; each write then costs "
        f"{copies}."
    )
    snippet = "table.get_item(Key=key, ConsistentRead=False)"
    return case.advice(kind, f"cache or copy {name}", why, what, snippet, about=refused)


def _shard_snippet(key: KeyHeat, shards: int) -> str:
    attribute = told_key(key.key.partition("=")[0], 40) or "pk"
    return (
        f"shard = zlib.crc32(request_id.encode()) % {shards}  # the same for a retry\n"
        f'key = {{"{attribute}": f"{{value}}#{{shard}}"}}\n'
        f"# to read: all of #0 … #{shards - 1}, then add up"
    )


def _crowded_partition(case: Case, access: Access, refused: int) -> Advice:
    hottest = max(case.heat.partitions, key=lambda one: case.fullest(one, access), default=None)
    told = f"partition {hottest.number}" if hottest else "a partition"
    part = told_share(case.fullest(hottest, access)) if hottest else "all"
    living = sum(1 for one in case.heat.partitions if one.ended_s is None)
    wanted = case.to_set(case.asked(access) / SHARD_FILL)
    why = (
        f"{told} ran at {part} of its cap and no single key explains it: several keys share it. The whole has "
        f"{counted(living, 'partition')}."
    )
    what = "Heat splits it within minutes. To have more partitions before the load comes, "
    if case.table.billing == "PROVISIONED":
        what += f"provision {wanted:,} {access.lower()} units/s."
        command = provision_command(case, access, wanted)
    else:
        what += f"warm it to {wanted:,} {access.lower()} units/s."
        command = warm_command(case, access, wanted)
    return case.advice("crowded partition", f"more partitions for {case.name}", why, what, command, about=refused)
