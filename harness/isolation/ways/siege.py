"""Who tries to reach whom, and what one try is.

Each way makes, for one operation, the requests that try it (its forms), and beside each the same request about what
never existed: only if both are answered alike does the refusal tell nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from harness.isolation.composing import Composer, placeholders
from harness.isolation.document import Operation
from harness.isolation.exchange import Request
from harness.isolation.subject import System, Tenant, Values


@dataclass(frozen=True, slots=True)
class Probe:
    """One try. `reference` is the same about what never existed, None where any refusal will do."""

    route: str
    way: str
    form: str
    attack: Request
    reference: Request | None = None
    must_be_refused: bool = False
    absence_told: bool = False  # the reference has to be told "not there": a 400 for its form would prove nothing


@dataclass(frozen=True)
class Siege:
    """Who tries to reach whom, in which system. `cursors` are the victim's, by route."""

    system: System
    attacker: Tenant
    victim: Tenant
    absent: Values
    cursors: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0

    @property
    def composer(self) -> Composer:
        """What puts the requests together."""
        return Composer(self.system)

    def foreign(self, *names: str) -> Values:
        """Return the attacker's values with the victim's under some names; all of them when none is named."""
        return self._with(self.victim.values, names)

    def nowhere(self, *names: str) -> Values:
        """Return the attacker's values with never-used ones under the same names."""
        return self._with(self.absent, names)

    def _with(self, others: Values, names: tuple[str, ...]) -> Values:
        chosen = names or tuple(others)
        return {**self.attacker.values, **{name: others[name] for name in chosen if name in others}}

    def differs(self, name: str) -> bool:
        """Tell whether a name's value tells the two tenants apart."""
        return name in self.victim.values and self.victim.values[name] != self.attacker.values.get(name)

    def no_tenant(self) -> str:
        """Return the id of a tenant that never existed."""
        return self.absent[self.system.tenant_names[0]]

    def body_names(self, operation: Operation) -> tuple[str, ...]:
        """Return the names whose values a route's body holds."""
        return tuple(sorted(placeholders(self.composer.recipe(operation).body)))

    def top_names(self, operation: Operation) -> tuple[str, ...]:
        """Return the names of a body's own fields that hold the values of these names."""
        body = self.composer.recipe(operation).body
        fields = body.items() if isinstance(body, Mapping) else ()
        return tuple(sorted(name for name, one in fields if one == f"{{{name}}}"))

    def own_names(self, operation: Operation) -> tuple[str, ...]:
        """Return the names, in path and body, whose values lead to a tenant's own things."""
        names = dict.fromkeys([*operation.names("path"), *self.body_names(operation)])
        return tuple(name for name in names if self.differs(name))


Maker = Callable[[Siege, Operation], Iterator[Probe]]


@dataclass(frozen=True, slots=True)
class Way:
    """One column: its name and what is tried; `without_key` tells that public routes are tried as well."""

    name: str
    tries: str
    make: Maker
    without_key: bool = False
