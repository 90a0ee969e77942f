"""The ways in which a stranger tries to reach a tenant's data: the columns of the matrix, in their order."""

from harness.isolation.ways import keys, smuggling
from harness.isolation.ways.siege import Probe, Siege, Way

__all__ = ["WAYS", "Probe", "Siege", "Way"]

WAYS: tuple[Way, ...] = (
    Way("no key", "the victim's own request without any key", keys.no_key),
    Way("wrong header", "the victim's good key where no key is looked for", keys.wrong_header),
    Way("forged key", "keys that look like the victim's", keys.forged),
    Way("revoked key", "a key of the victim that was revoked", keys.revoked),
    Way("suspended tenant", "the good key of a tenant that is suspended", keys.suspended),
    Way("lower scope", "the own tenant's narrow key on routes that are closed to it", keys.narrow),
    Way("wrong origin", "the victim's narrow key from other places than those it is for", keys.wrong_origin),
    Way("id in path", "the victim's identifiers in the path, each and all", smuggling.path),
    Way("id in query", "the victim's identifiers in the query: look-ups by name, by date, by service", smuggling.query),
    Way("id in body", "the victim's identifiers in the body, each and all", smuggling.body),
    Way(
        "tenant in query",
        "the victim's tenant id in the query, beside its identifiers",
        smuggling.tenant_in_query,
        without_key=True,
    ),
    Way(
        "tenant in body",
        "the victim's tenant id in the body, once and twice",
        smuggling.tenant_in_body,
        without_key=True,
    ),
    Way(
        "tenant in header",
        "the victim's tenant id in headers that gateways and proxies use",
        smuggling.tenant_in_header,
        without_key=True,
    ),
    Way("cursor", "a page of the victim's list, gone on with under another key", smuggling.cursor),
    Way("injected id", "identifiers that hold keys, paths, encodings", smuggling.injected),
    Way("said twice", "own and foreign identifier under the same name, in both orders", smuggling.twice),
)
