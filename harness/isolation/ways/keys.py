"""Ways of the key: keys that are missing, wrong, forged, gone or too narrow are refused, whatever is asked.

A key that is refused says nothing of why: a revoked one, or one whose prefix exists, is answered like one that nobody
ever had.
"""

import random
from collections.abc import Iterator

from harness.isolation.absent import look_alike
from harness.isolation.composing import Added
from harness.isolation.document import Operation
from harness.isolation.ways.siege import Probe, Siege


def no_key(siege: Siege, operation: Operation) -> Iterator[Probe]:
    request = siege.composer.request(operation, siege.victim.of(operation.route), "")
    yield Probe(operation.route, "no key", "no header", request, must_be_refused=True)


def wrong_header(siege: Siege, operation: Operation) -> Iterator[Probe]:
    for header, key in (("authorization", siege.victim.key), ("x-apikey", siege.victim.key)):
        request = siege.composer.request(operation, siege.victim.of(operation.route), key, key_header=header)
        yield Probe(operation.route, "wrong header", header, request, must_be_refused=True)
    values = siege.victim.of(operation.route)
    request = siege.composer.request(
        operation, values, "", added=Added(query=((siege.system.key_header, siege.victim.key),))
    )
    yield Probe(operation.route, "wrong header", "query", request, must_be_refused=True)


def forged(siege: Siege, operation: Operation) -> Iterator[Probe]:
    drawn = random.Random(f"forged-{siege.seed}")  # noqa: S311 - nothing secret is drawn
    genuine, unknown = siege.victim.key, unknown_key(siege)
    head, secret = halves(genuine)
    forms = {
        "same prefix, other secret": look_alike(genuine, drawn),
        "cut short": genuine[:-1],
        "one letter more": genuine + "x",
        "other case": head + secret.swapcase(),
        "another tenant's secret": head + halves(siege.attacker.key)[1],
    }
    for form, key in forms.items():
        if key == genuine:
            continue
        yield _with_key(siege, operation, "forged key", form, key, unknown)


def revoked(siege: Siege, operation: Operation) -> Iterator[Probe]:
    if "revoked" in siege.victim.keys:
        key = siege.victim.keys["revoked"]
        yield _with_key(siege, operation, "revoked key", "revoked", key, unknown_key(siege))


def suspended(siege: Siege, operation: Operation) -> Iterator[Probe]:
    if "suspended" in siege.victim.keys:
        key = siege.victim.keys["suspended"]
        yield _with_key(siege, operation, "suspended tenant", "suspended", key, unknown_key(siege))


def narrow(siege: Siege, operation: Operation) -> Iterator[Probe]:
    key = siege.attacker.keys.get("narrow")
    if key is None or not _is_narrow(siege, operation):
        return
    origin = tuple(("origin", one) for one in siege.attacker.origins[:1])
    request = siege.composer.request(operation, siege.attacker.of(operation.route), key, added=Added(headers=origin))
    nowhere = siege.composer.request(
        operation, siege.nowhere(*siege.own_names(operation)), key, added=Added(headers=origin)
    )
    yield Probe(operation.route, "lower scope", "own data", request, nowhere, must_be_refused=True)


def wrong_origin(siege: Siege, operation: Operation) -> Iterator[Probe]:
    key = siege.victim.keys.get("narrow")
    if key is None or not siege.victim.origins or _is_narrow(siege, operation):
        return
    own = siege.victim.origins[0]
    forms = {
        "another site": "https://elsewhere.example",
        "a longer name": f"{own}.elsewhere.example",
        "another scheme": own.replace("https://", "http://"),
        "null": "null",
        "none": "",
    }
    for form, origin in forms.items():
        added = Added(headers=(("origin", origin),) if origin else ())
        request = siege.composer.request(operation, siege.victim.of(operation.route), key, added=added)
        unknown = siege.composer.request(operation, siege.victim.of(operation.route), unknown_key(siege), added=added)
        yield Probe(operation.route, "wrong origin", form, request, unknown, must_be_refused=True)


def _with_key(siege: Siege, operation: Operation, way: str, form: str, key: str, unknown: str) -> Probe:
    values = siege.victim.of(operation.route)
    attack = siege.composer.request(operation, values, key)
    return Probe(
        operation.route, way, form, attack, siege.composer.request(operation, values, unknown), must_be_refused=True
    )


def unknown_key(siege: Siege) -> str:
    """Return a key of the right form that nobody ever had: another prefix, another secret."""
    drawn = random.Random(f"unknown-{siege.seed}")  # noqa: S311 - nothing secret is drawn
    head, secret = halves(siege.victim.key)
    return look_alike(head, drawn) + look_alike(secret, drawn)


def halves(key: str) -> tuple[str, str]:
    """Return what a key is found by, its mark included, and its secret: `kind_prefix_` and the rest."""
    kind, prefix, secret = [*key.split("_", 2), "", ""][:3]
    return (f"{kind}_{prefix}_", secret) if secret else ("", key)


def _is_narrow(siege: Siege, operation: Operation) -> bool:
    return operation.route in siege.system.narrow_routes
