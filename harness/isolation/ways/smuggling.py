"""Ways of smuggling: a good key, and another tenant's identifiers wherever a request has room for them."""

import random
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote

from harness.isolation.absent import look_alike
from harness.isolation.composing import Added, placeholders
from harness.isolation.document import Operation
from harness.isolation.subject import Values
from harness.isolation.ways.siege import Probe, Siege

TENANT_HEADERS = ("x-tenant-id", "tenantid")


def path(siege: Siege, operation: Operation) -> Iterator[Probe]:
    names = [name for name in operation.names("path") if siege.differs(name)]
    forms = [(name,) for name in names] + ([tuple(names)] if len(names) > 1 else [])
    for chosen in forms:
        yield _pair(siege, operation, "id in path", " and ".join(chosen), chosen)


def query(siege: Siege, operation: Operation) -> Iterator[Probe]:
    used = placeholders(dict(siege.composer.recipe(operation).query))
    offered = [name for name in operation.names("query") if name not in siege.system.cursor_names]
    for name in dict.fromkeys([*used, *offered]):
        if not siege.differs(name):
            continue
        if name in used:
            yield _pair(siege, operation, "id in query", name, (name,))
        else:
            yield _beside(siege, operation, "id in query", name)


def body(siege: Siege, operation: Operation) -> Iterator[Probe]:
    names = [name for name in siege.body_names(operation) if siege.differs(name)]
    forms = [(name,) for name in names] + ([tuple(names)] if len(names) > 1 else [])
    for chosen in forms:
        yield _pair(siege, operation, "id in body", " and ".join(chosen), chosen)


def tenant_in_query(siege: Siege, operation: Operation) -> Iterator[Probe]:
    for name in siege.system.tenant_names:
        if name not in operation.names("path"):
            yield _tenant(siege, operation, "tenant in query", name, _added("query", name))


def tenant_in_body(siege: Siege, operation: Operation) -> Iterator[Probe]:
    if operation.method in ("GET", "DELETE"):
        return
    for name in siege.system.tenant_names:
        yield _tenant(siege, operation, "tenant in body", name, _added("body", name))
        twice = _added("body", name, first=siege.attacker.tenant_id)
        yield _tenant(siege, operation, "tenant in body", f"{name} twice", twice)


def tenant_in_header(siege: Siege, operation: Operation) -> Iterator[Probe]:
    for header in TENANT_HEADERS:
        yield _tenant(siege, operation, "tenant in header", header, _added("headers", header))
    yield _tenant(siege, operation, "tenant in header", "cookie", _added("headers", "cookie", text="tenantId={}"))


def _added(place: str, name: str, *, text: str = "{}", first: str = "") -> Callable[[str], Added]:
    before = ((name, first),) if first else ()
    return lambda tenant: Added.at(place, *before, (name, text.replace("{}", tenant)))


def cursor(siege: Siege, operation: Operation) -> Iterator[Probe]:
    cursor = siege.cursors.get(operation.route)
    if not cursor:
        return
    name = siege.system.cursor_names[0]
    drawn = random.Random(f"cursor-{siege.seed}")  # noqa: S311 - nothing secret is drawn
    for form, values in (("own list", siege.attacker.values), ("its list", siege.foreign(*operation.names("path")))):
        nowhere = siege.attacker.values if form == "own list" else siege.nowhere(*operation.names("path"))
        attack, reference = (
            siege.composer.request(operation, asked, siege.attacker.key, added=Added(query=((name, text),)))
            for asked, text in ((values, cursor), (nowhere, look_alike(cursor, drawn)))
        )
        yield Probe(operation.route, "cursor", form, attack, reference)
        if not operation.names("path"):
            return


# What a part of a path may hold to lead elsewhere; {id} and {tenant} are the victim's, {own} is the attacker's.
INJECTIONS: Mapping[str, str] = {
    "a whole key": "TENANT#{tenant}#{id}",
    "key prefix": "#{id}",
    "own then foreign": "{own}#{id}",
    "climbing": "../{id}",
    "other tenant's path": "../../{tenant}/{id}",
    "encoded twice": "%2e%2e%2f{id}",
    "ended early": "{id}\x00",
    "with a query": "{id}?tenantId={tenant}",
    "anything": "*",
}


def injected(siege: Siege, operation: Operation) -> Iterator[Probe]:
    for name in operation.names("path"):
        if not siege.differs(name):
            continue
        for form, text in INJECTIONS.items():
            attack, reference = (
                siege.composer.request(
                    operation, siege.attacker.values, siege.attacker.key,
                    raw_path={name: quote(_injection(siege, text, name, values, tenant), safe="")},
                )
                for values, tenant in (
                    (siege.victim.values, siege.victim.tenant_id), (siege.absent, siege.no_tenant()),
                )
            )  # fmt: skip
            yield Probe(operation.route, "injected id", f"{name}: {form}", attack, reference)


def _injection(siege: Siege, text: str, name: str, values: Values, tenant: str) -> str:
    own = siege.attacker.values.get(name, "")
    return text.replace("{tenant}", tenant).replace("{id}", values[name]).replace("{own}", own)


def twice(siege: Siege, operation: Operation) -> Iterator[Probe]:
    for name in siege.top_names(operation):
        if siege.differs(name):
            yield from _both_orders(siege, operation, name, "body")
    for name in operation.names("query"):
        if siege.differs(name) and name in placeholders(dict(siege.composer.recipe(operation).query)):
            yield from _both_orders(siege, operation, name, "query")


def _both_orders(siege: Siege, operation: Operation, name: str, place: str) -> Iterator[Probe]:
    own, other, none = siege.attacker.values[name], siege.victim.values[name], siege.absent[name]
    for form, first, second in ((f"{name}, own first", own, "{}"), (f"{name}, own last", "{}", own)):
        attack, reference = (
            siege.composer.request(
                operation, {**siege.attacker.values, name: first.replace("{}", text)}, siege.attacker.key,
                added=Added.at(place, (name, second.replace("{}", text))),
            )
            for text in (other, none)
        )  # fmt: skip
        yield Probe(operation.route, "said twice", f"{place} {form}", attack, reference)


def _pair(siege: Siege, operation: Operation, way: str, form: str, names: tuple[str, ...]) -> Probe:
    attack = siege.composer.request(operation, siege.foreign(*names), siege.attacker.key)
    reference = siege.composer.request(operation, siege.nowhere(*names), siege.attacker.key)
    return Probe(operation.route, way, form, attack, reference, absence_told=True)


def _beside(siege: Siege, operation: Operation, way: str, name: str) -> Probe:
    """Ask with a query's filter that the route's own request does without."""
    attack, reference = (
        siege.composer.request(operation, siege.attacker.values, siege.attacker.key, added=Added(query=((name, text),)))
        for text in (siege.victim.values[name], siege.absent[name])
    )
    return Probe(operation.route, way, name, attack, reference)


def _tenant(siege: Siege, operation: Operation, way: str, form: str, told: Callable[[str], Added]) -> Probe:
    """Ask for the victim's things under the attacker's key, with the victim's tenant id beside."""
    names, own = siege.own_names(operation), siege.attacker.of(operation.route)
    attack, reference = (
        siege.composer.request(operation, values, siege.attacker.key, added=told(tenant))
        for values, tenant in (
            (siege.foreign(*names) if names else own, siege.victim.tenant_id),
            (siege.nowhere(*names) if names else own, siege.no_tenant()),
        )
    )
    return Probe(operation.route, way, form, attack, reference)
