"""A table's heat as one document: what `/_rehearsal/heat` answers, and what terminal, page and planner draw.

Rates are units a second, scaled limits as they were enforced; times are epoch seconds (of the edge's clock, or of the
planned day). Lists by step all begin at `started_s` and are equally long.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from math import inf
from typing import Any, Literal

from harness.capacity.shape import Billing, Throughput

_NOTHING = Throughput(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class PartitionHeat:
    """One partition over time; `low` and `high` are its part of the hash ring, from 0.0 to 1.0.

    A partition that has split ends; its halves begin where it ended. `collection` names the partition key when the
    partition holds (part of) a single item collection, `alone` tells that it holds a single hot item.
    """

    number: int
    low: float
    high: float
    born_s: float
    ended_s: float | None
    read: tuple[float, ...]  # units a second, one a step
    write: tuple[float, ...]
    throttled: tuple[int, ...]  # requests refused, one a step
    collection: str = ""
    alone: bool = False


@dataclass(frozen=True, slots=True)
class SplitSeen:
    """A partition became two."""

    at_s: float
    partition: int
    into: tuple[int, int]
    why: str


@dataclass(frozen=True, slots=True)
class KeyHeat:
    """What one key (or tenant) took. `overcount` is by how many units or throttles the figures may be too high."""

    key: str
    read_units: float
    write_units: float
    throttled: int
    share: float  # of the resource's heat (3 × write + read units), 0.0 to 1.0
    peak: float  # most heat in one step, units a second
    overcount: float = 0.0
    refused_units: float = 0.0  # that its throttled requests asked for


@dataclass(frozen=True, slots=True)
class ResourceHeat:
    """A table (`resource` "") or a global index of it."""

    resource: str
    allowed: Throughput  # units a second now: what is provisioned, or what on demand serves
    consumed: Throughput  # units in all
    burst: Throughput | None  # units left; None on demand
    burst_maximum: Throughput | None
    partition_cap: Throughput
    throttles: dict[str, int] = field(default_factory=dict)  # by reason
    partitions: tuple[PartitionHeat, ...] = ()
    splits: tuple[SplitSeen, ...] = ()
    read: tuple[float, ...] = ()  # of all partitions, units a second, one a step
    write: tuple[float, ...] = ()
    throttled: tuple[int, ...] = ()
    burst_read: tuple[float, ...] = ()  # units left at each step's end; empty on demand
    burst_write: tuple[float, ...] = ()
    keys: tuple[KeyHeat, ...] = ()  # hottest partition keys first
    items: tuple[KeyHeat, ...] = ()  # hottest items (partition and sort key) first
    throttled_keys: tuple[KeyHeat, ...] = ()  # most throttled first
    tenants: tuple[KeyHeat, ...] = ()
    allowed_read: tuple[float, ...] = ()  # units a second, one a step; empty where it was `allowed` all the time
    allowed_write: tuple[float, ...] = ()
    refused: Throughput = _NOTHING  # units that throttled requests asked for


@dataclass(frozen=True, slots=True)
class TableHeat:
    """One table with its indexes; the table itself is the first resource."""

    table: str
    billing: Billing
    resources: tuple[ResourceHeat, ...]
    account: str = ""
    region: str = ""
    enforced: bool = True


@dataclass(frozen=True, slots=True)
class HeatPicture:
    """All tables."""

    at_s: float
    started_s: float
    step_s: float
    scale: float
    tables: tuple[TableHeat, ...]
    source: Literal["live", "plan"] = "live"

    def as_document(self) -> dict[str, Any]:
        """Return the picture as JSON-ready data; lists by step are shared with it, not copied."""
        document: dict[str, Any] = _plain(self)
        return document


def picture_from(document: Mapping[str, Any]) -> HeatPicture:
    """Return the picture in a document that `as_document` gave, read back from JSON or not.

    Fields that the document lacks get their defaults and fields that it has too many are ignored, so that an older
    page and a newer edge understand each other; throughput without a figure is unlimited, for JSON has no infinity.
    Raises ValueError for a document that is no picture, with what is wrong about it.
    """
    missing = [name for name in ("at_s", "started_s", "step_s", "scale", "tables") if name not in document]
    if missing:
        raise ValueError(f"no heat picture: it lacks {', '.join(missing)}")
    try:
        picture: HeatPicture = _read(HeatPicture, document)
    except (KeyError, TypeError, AttributeError) as problem:
        raise ValueError(f"no heat picture: one of its parts is none of a picture ({problem})") from problem
    return picture


def _plain(value: Any) -> Any:
    """Do what `asdict` does in a fraction of the time: most of a picture is tuples of figures, which may stay."""
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple) and value and is_dataclass(value[0]):
        return [_plain(one) for one in value]
    return dict(value) if isinstance(value, dict) else value


_NESTED: dict[str, type] = {
    "tables": TableHeat,
    "resources": ResourceHeat,
    "partitions": PartitionHeat,
    "splits": SplitSeen,
    "keys": KeyHeat,
    "items": KeyHeat,
    "throttled_keys": KeyHeat,
    "tenants": KeyHeat,
    "allowed": Throughput,
    "consumed": Throughput,
    "refused": Throughput,
    "burst": Throughput,
    "burst_maximum": Throughput,
    "partition_cap": Throughput,
}


def _read(kind: type, document: Mapping[str, Any]) -> Any:
    if kind is Throughput:
        return Throughput(
            *(inf if document[side] is None else document[side] for side in ("read_units", "write_units"))
        )
    known = {one.name for one in fields(kind)}
    return kind(**{name: _value(name, value) for name, value in document.items() if name in known})


def _value(name: str, value: Any) -> Any:
    kind = _NESTED.get(name)
    if isinstance(value, list | tuple):
        return tuple(_read(kind, one) if kind else one for one in value)
    return _read(kind, value) if kind and value is not None else value
