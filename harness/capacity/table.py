"""A table's capacity: whether a request is admitted, what it takes, and who is told.

A request names its charges: on the table and on each index that it touches. All of them are admitted or none; a
request that is refused takes nothing anywhere. A bucket admits while anything is left in it, and may then go into debt.
Leaves out what a request costs (`units`), which error a refusal is (`exceptions`) and what is remembered (`heat`).
"""

from collections.abc import Mapping, Sequence

from harness.capacity.account import AccountCapacity
from harness.capacity.auto_scaling import ScalingRule
from harness.capacity.charge import Charge, Observer, Place, Refusal
from harness.capacity.parameters import Parameters
from harness.capacity.partitions import Told
from harness.capacity.resource import Access, Resource
from harness.capacity.shape import IndexShape, TableShape
from harness.capacity.state import ResourceState

Scaling = Mapping[tuple[str, Access], ScalingRule]


class TableCapacity:
    """One table with its global indexes; times are seconds of any one clock.

    `scaling` names auto scaling's rules by resource ("" or an index's name) and access. `account` is shared by the
    tables of an account and region. The observer is told of everything but of what `refusal` only asks.
    """

    def __init__(
        self,
        shape: TableShape,
        parameters: Parameters,
        now_s: float,
        observer: Observer,
        *,
        account: AccountCapacity | None = None,
        scaling: Scaling | None = None,
    ) -> None:
        self.shape = shape
        self.parameters = parameters
        self._observer = observer
        self._account = account
        self._scaling = dict(scaling or {})
        self._resources: dict[str, Resource] = {}
        self._locals: dict[str, Resource] = {}  # a local index is charged to its table
        self.reshape(shape, now_s)

    def refusal(self, charges: Sequence[Charge], now_s: float) -> Refusal | None:
        """Return why a request would be refused now, or None; take nothing and tell nobody.

        Raises KeyError for a resource that the table does not have.
        """
        resources = self._resources
        for charge in charges:
            refusal = (resources.get(charge.resource) or self._locals[charge.resource]).refusal(charge, now_s)
            if refusal is not None:
                return refusal
        return None

    def take(self, charges: Sequence[Charge], now_s: float) -> None:
        """Take a request's units, whatever is left; negative units are given back."""
        observer = self._observer
        for charge in charges:
            resource = self._resources.get(charge.resource)
            if resource is None:
                resource = self._locals[charge.resource]
                observer.took(now_s, charge._replace(resource=""), resource.take(charge, now_s))
            else:
                observer.took(now_s, charge, resource.take(charge, now_s))

    def refuse(self, charges: Sequence[Charge], refusal: Refusal, now_s: float) -> None:
        """Tell the observer that a request was refused, once: with the charge that found no capacity."""
        for charge in charges:
            name = "" if charge.resource in self._locals else charge.resource
            if name == refusal.resource and charge.place == refusal.place:
                self._observer.refused(now_s, charge._replace(resource=name), refusal)
                return

    def grow(self, place: Place, size: int, now_s: float, resource: str = "") -> None:
        """Count bytes more (or fewer) at a place: a partition that holds too many splits."""
        self._resources[resource].partitions.grow(place, size, now_s)

    def reshape(self, shape: TableShape, now_s: float) -> None:
        """Take another shape on: throughput, billing mode, bounds, indexes that come and go."""
        self.shape = shape
        kept: dict[str, Resource] = {}
        for index in (None, *shape.global_indexes):
            name = index.name if index else ""
            resource = self._resources.get(name)
            if resource is None:
                resource = self._born(index, now_s)
            else:
                resource.reshape(shape, index, now_s)
            kept[name] = resource
        self._resources = kept
        self._locals = {index.name: kept[""] for index in shape.indexes if index.kind == "local"}

    def snapshot(self, now_s: float) -> tuple[ResourceState, ...]:
        """Return what each resource allows and has left now; the table first."""
        return tuple(resource.state(now_s) for resource in self._resources.values())

    def _born(self, index: IndexShape | None, now_s: float) -> Resource:
        name = index.name if index else ""
        rules: dict[Access, ScalingRule] = {
            access: rule for (resource, access), rule in self._scaling.items() if resource == name
        }
        return Resource(self.shape, index, self.parameters, now_s, self._told(name), self._account, rules)

    def _told(self, name: str) -> Told:
        def told(now_s: float, partition: int, into: tuple[int, int], why: str) -> None:
            self._observer.split(now_s, name, partition, into, why)

        return told
