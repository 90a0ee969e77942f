"""The lists of one resource: who takes most, who is throttled most, and for which reasons."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.capacity.advice.case import Case
from harness.capacity.advice.words import told_key, told_number, told_share
from harness.capacity.picture import KeyHeat, ResourceHeat

WHOLE_LENGTH_MAX = 400


@dataclass(frozen=True)
class KeyLine:
    """One key or tenant; `width` is its bar's, in percent. `whole` is the key at full length, or nearly."""

    key: str
    whole: str
    share: str
    width: float
    read: str
    write: str
    throttled: str
    overcount: str


@dataclass(frozen=True)
class KeyList:
    """Keys under one heading; `by` names what their bars show: heat or throttled."""

    title: str
    by: str
    lines: tuple[KeyLine, ...]
    left_out: int


@dataclass(frozen=True)
class ReasonLine:
    """One throttling reason; `width` is its part of all, in percent."""

    reason: str
    count: str
    width: float


def key_lists_of(heat: ResourceHeat, top: int) -> tuple[KeyList, ...]:
    """Return the lists that are not empty, with at most `top` lines each."""
    # Without a sort key items are the keys once more.
    items = () if [one.key for one in heat.items] == [one.key for one in heat.keys] else heat.items
    lists = (
        _key_list("Hottest keys", "heat", heat.keys, top),
        _key_list("Throttled keys", "throttled", heat.throttled_keys, top),
        _key_list("Hottest items", "heat", items, top),
        _key_list("Tenants", "heat", heat.tenants, top),
    )
    return tuple(one for one in lists if one.lines)


def reasons_of(case: Case) -> tuple[ReasonLine, ...]:
    """Return the reasons with their parts, the most frequent first."""
    ordered = sorted(case.heat.throttles.items(), key=lambda pair: -pair[1])
    return tuple(
        ReasonLine(told_key(reason), f"{count:,}", round(100 * count / case.throttled, 2))
        for reason, count in ordered
        if count
    )


def _key_list(title: str, by: str, keys: Sequence[KeyHeat], top: int) -> KeyList:
    most = max((one.throttled for one in keys), default=0)
    parts = [one.throttled / most if by == "throttled" and most else one.share for one in keys[:top]]
    lines = tuple(_key_line(one, part) for one, part in zip(keys, parts, strict=False))
    return KeyList(title, by, lines, max(0, len(keys) - top))


def _key_line(key: KeyHeat, part: float) -> KeyLine:
    return KeyLine(
        key=told_key(key.key),
        whole=told_key(key.key, WHOLE_LENGTH_MAX),
        share=told_share(key.share),
        width=round(100 * min(max(part, 0.0), 1.0), 2),
        read=told_number(round(key.read_units, 1)),
        write=told_number(round(key.write_units, 1)),
        throttled=f"{key.throttled:,}",
        overcount=f"at most {told_number(key.overcount)} too many" if key.overcount else "",
    )
