"""What is to be proven isolated: a system's operations, two tenants in it, and what its tables' keys look like.

Everything that the prover knows of one system is in these values, which a small adapter makes; the prover itself knows
none. The two tenants are set up to look alike (same names, same contents, sibling ids), so that nothing but the tenant
tells their things apart, and each holds texts that nobody else has: a canary that shows up elsewhere is a leak.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from harness.isolation.document import Operation

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tenant:
    """One tenant and what it owns.

    `values` are its identifiers by the name of the parameter or field that takes them. `spares` are other values for
    single routes, whose own request uses them up. `canaries` are texts that only this tenant's data hold.
    """

    tenant_id: str
    key: str = field(repr=False)  # may do everything
    values: Values
    canaries: frozenset[str] = frozenset()
    spares: Mapping[str, Values] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)  # by identity: "revoked", "narrow", "suspended"
    origins: Sequence[str] = ()  # that its key "narrow" may be used from

    def of(self, route: str) -> Values:
        """Return the values that this tenant's own request on a route uses."""
        return {**self.values, **self.spares.get(route, {})}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a route's request holds beside its path. A text `{name}` stands for the tenant's value of that name."""

    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TableLayout:
    """How a table's partition keys name their tenant; `{tenant}` is its id, `*` anything, by index ("" the table)."""

    name: str  # physical
    partition: str  # attribute
    keys: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Excuse:
    """Calls that name no tenant's key and are all right: which table, index and operation, and why."""

    table: str  # the end of its physical name
    reason: str
    index: str = "*"
    operation: str = "*"
    caller: str = "*"  # the end of the function's name


@dataclass(frozen=True)
class System:
    """A system as the prover asks it. `left_out` says of routes why they are not driven."""

    name: str
    operations: tuple[Operation, ...]
    recipes: Mapping[str, Recipe] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    narrow_routes: frozenset[str] = frozenset()  # closed to a key of lower scope
    key_header: str = "x-api-key"
    tenant_names: tuple[str, ...] = ("tenantId",)
    cursor_names: tuple[str, str, str] = ("cursor", "nextCursor", "limit")
    tables: tuple[TableLayout, ...] = ()
    excuses: tuple[Excuse, ...] = ()
    absent: Values = field(default_factory=dict)  # values of things that never existed
    excused_ways: Mapping[tuple[str, str], str] = field(default_factory=dict)  # (route or *, way): why it isn't tried
    # Functions (by the ends of their names) that look at whose key it is, and so read that tenant's items.
    doorkeepers: tuple[str, ...] = ()
    # Statuses other than success by which an owner is known to have reached its own, by route.
    reached_by: Mapping[str, frozenset[int]] = field(default_factory=dict)
    # Statuses that refuse a request's form, by which a route is known to tell what is not there as well.
    absent_by: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def driven(self) -> tuple[Operation, ...]:
        """Return the operations that are to be driven."""
        return tuple(one for one in self.operations if one.route not in self.left_out)


class Prepared(Protocol):
    """What an adapter gives: the system, two tenants in it, and how a tenant's things are read past the API."""

    @property
    def system(self) -> System: ...
    @property
    def attacker(self) -> Tenant: ...
    @property
    def victim(self) -> Tenant: ...
    @property
    def fingerprint(self) -> Callable[[Tenant], Mapping[str, str]] | None:
        """Return everything that a tenant has, digest by item; None where it can't be read past the API."""
        ...
