"""Keys against their bcrypt hashes, in time that tells nothing about which keys there are.

bcrypt is slow on purpose; that only the first use of a key in a worker pays is the affair of `key_index.KnownKeys`.
"""

from dataclasses import dataclass

import bcrypt


@dataclass(frozen=True, slots=True)
class KeyHashes:
    """Makes and checks hashes; `cost` is bcrypt's, for new keys and for keys that do not exist."""

    cost: int = 10

    def hash(self, key: str) -> str:
        """Return a new hash of a key; keys are at most 72 bytes, which is all that bcrypt sees."""
        return bcrypt.hashpw(key.encode(), bcrypt.gensalt(self.cost)).decode()

    def matches(self, key: str, key_hash: str) -> bool:
        """Return whether a key is the one that was hashed; a hash that is none matches nothing."""
        try:
            return bcrypt.checkpw(key.encode(), key_hash.encode())
        except ValueError:
            return False

    def refuse(self, key: str) -> None:
        """Spend the time that a check of a key takes: whether its public part exists is not to be heard."""
        # Well-formed, of this cost, and of no key that anybody knows.
        bcrypt.checkpw(key.encode(), f"$2b${self.cost:02d}${'n' * 21}u{'n' * 31}".encode())
