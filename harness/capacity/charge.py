"""What a request asks of a table and its indexes, where in the key space, and the answer no."""

from enum import StrEnum
from hashlib import blake2b
from typing import Any, Literal, NamedTuple, Protocol

POSITIONS = 1 << 64
# Why a partition splits: sustained load, its bytes, one hot item that is set apart, more throughput than it can carry.
WHYS = ("heat", "size", "single item", "throughput")


class Place(NamedTuple):
    """Where an item lives: `position` by the hash of its partition key, then `sort` inside its collection.

    `sort` may be anything that compares within one collection (text, Decimal, bytes), "" without a sort key. The texts
    are canonical (`UserID=user-1` and `PK=a,SK=b`), for people; "" where nobody needs them.
    """

    position: int
    sort: Any = ""
    partition_key: str = ""
    item: str = ""


class Charge(NamedTuple):
    """Units asked of one table ("") or of one of its indexes (its name).

    `consistent` is False for eventually consistent reads, of which a partition may serve more than its cap of units
    (parameter `eventual_read_factor`).
    """

    resource: str
    place: Place
    read_units: float = 0.0
    write_units: float = 0.0
    consistent: bool = True


class Cause(StrEnum):
    """Why there is no capacity; the words are those that end AWS's throttling reasons."""

    PROVISIONED = "ProvisionedThroughputExceeded"
    ACCOUNT = "AccountLimitExceeded"
    KEY_RANGE = "KeyRangeThroughputExceeded"
    MAXIMUM = "MaxOnDemandThroughputExceeded"
    # An on-demand table beyond twice its previous peak. AWS has no reason of its own for it; its partitions are too
    # few, so the key range's is told (assumed).
    SCALING = "OnDemandScaling"


class Refusal(NamedTuple):
    """Which bucket said no."""

    resource: str  # "" for the table, else the index's name
    access: Literal["Read", "Write"]
    cause: Cause
    partition: int = -1  # the partition's number, where one said no
    place: Place | None = None

    @property
    def reason(self) -> str:
        """One of AWS's sixteen reasons, such as `TableWriteKeyRangeThroughputExceeded`."""
        cause = Cause.KEY_RANGE if self.cause is Cause.SCALING else self.cause
        return f"{'Index' if self.resource else 'Table'}{self.access}{cause}"


class Observer(Protocol):
    """Is told what a table's capacity does: for heat, metrics, and whoever counts."""

    def took(self, now_s: float, charge: Charge, partition: int) -> None:
        """Units were taken from a partition; negative units were given back."""

    def refused(self, now_s: float, charge: Charge, refusal: Refusal) -> None:
        """A charge was refused; its request took nothing anywhere."""

    def split(self, now_s: float, resource: str, partition: int, into: tuple[int, int], why: str) -> None:
        """A partition became two: why is one of `WHYS`."""


def position_of(partition_key: bytes) -> int:
    """Return where a partition key's value lies among POSITIONS.

    AWS's hash is internal: any good uniform hash gives the same distribution, though not the same neighbours.
    """
    return int.from_bytes(blake2b(partition_key, digest_size=8).digest())
