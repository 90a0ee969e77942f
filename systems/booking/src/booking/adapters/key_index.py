"""Whose key is this? The one look-up that is nobody's yet: by the public part, over all tenants."""

from collections.abc import Sequence
from dataclasses import dataclass

from booking.adapters.rows import Rows, Where

_SAME_PREFIX_MAX = 10


@dataclass(frozen=True, slots=True)
class Candidate:
    """A key that has the public part that was sent; its hash never changes, so the index may tell it."""

    tenant_id: str
    api_key_id: str
    key_hash: str


@dataclass(frozen=True, slots=True)
class KeyIndex:
    """The index of keys by their public part, read with the authorizer's own role; eventually consistent."""

    rows: Rows
    table: str

    def candidates(self, public_key: str) -> Sequence[Candidate]:
        """Return the keys with a public part: one, or none; raises StoreUnavailable."""
        where = Where(self.table, ("GSI1PK", f"APIKEY#{public_key}"), index="GSI1")
        return [
            Candidate(values["tenantId"], values["apiKeyId"], values["apiKeyHash"])
            for values in self.rows.slice(where, _SAME_PREFIX_MAX).items
        ]
