"""Whose key is this? The one look-up that is nobody's yet: by the public part, over all tenants."""

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from booking.adapters.rows import Rows, Where

_SAME_PREFIX_MAX = 10
_KNOWN_MAX = 1_024


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


@dataclass(slots=True)
class KnownKeys:
    """Whose the keys are that this worker has verified: bounded, by digests, the least recently used dropped first.

    Spares the index and bcrypt, which tell the same of a key as long as it exists. Whether it does, and what else
    decides on a caller, is not kept here: it is read each time.
    """

    _found: OrderedDict[bytes, Candidate] = field(default_factory=OrderedDict, repr=False)
    _salt: bytes = field(default_factory=lambda: secrets.token_bytes(16), repr=False)

    def of(self, text: str) -> Candidate | None:
        """Return what a key's text was verified to be, None when it was not."""
        digest = self._digest(text)
        if digest in self._found:
            self._found.move_to_end(digest)
        return self._found.get(digest)

    def remember(self, text: str, candidate: Candidate) -> None:
        """Keep what a text was verified to be."""
        self._found[self._digest(text)] = candidate
        while len(self._found) > _KNOWN_MAX:
            self._found.popitem(last=False)

    def forget(self, text: str) -> None:
        """Drop what is not so any more."""
        self._found.pop(self._digest(text), None)

    def _digest(self, text: str) -> bytes:
        return hashlib.blake2b(text.encode(), key=self._salt, digest_size=32).digest()
