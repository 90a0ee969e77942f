"""Keys against their bcrypt hashes, in time that tells nothing about which keys there are.

bcrypt is slow on purpose, so a pair of key and hash that this worker has verified is remembered as a digest, and only
the first use of a key in a worker pays. The key's status is never remembered: it is read each time.
"""

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

import bcrypt

_PAIRS_MAX = 1_024


@dataclass(slots=True)
class KeyHashes:
    """Makes and checks hashes; `cost` is bcrypt's, for new keys and for keys that do not exist."""

    cost: int = 10
    _verified: OrderedDict[bytes, None] = field(default_factory=OrderedDict, repr=False)
    _salt: bytes = field(default_factory=lambda: secrets.token_bytes(16), repr=False)

    def hash(self, key: str) -> str:
        """Return a new hash of a key; keys are at most 72 bytes, which is all that bcrypt sees."""
        return bcrypt.hashpw(key.encode(), bcrypt.gensalt(self.cost)).decode()

    def matches(self, key: str, key_hash: str) -> bool:
        """Return whether a key is the one that was hashed; a hash that is none matches nothing."""
        pair = hashlib.blake2b(f"{key}\n{key_hash}".encode(), key=self._salt, digest_size=32).digest()
        if pair in self._verified:
            self._verified.move_to_end(pair)
            return True
        try:
            right = bcrypt.checkpw(key.encode(), key_hash.encode())
        except ValueError:
            right = False
        if right:
            self._verified[pair] = None
            while len(self._verified) > _PAIRS_MAX:
                self._verified.popitem(last=False)
        return right

    def refuse(self, key: str) -> None:
        """Spend the time that a check of a key takes: whether its public part exists is not to be heard."""
        # Well-formed, of this cost, and of no key that anybody knows.
        bcrypt.checkpw(key.encode(), f"$2b${self.cost:02d}${'n' * 21}u{'n' * 31}".encode())
