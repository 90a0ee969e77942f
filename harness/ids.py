"""Names for runs, users and operations: readable, unique, and the same again for the same seed."""

import hashlib
import secrets
import string

_ALPHABET = string.ascii_lowercase + string.digits


def new_seed() -> int:
    """Return a fresh 32-bit seed; print it, so that the run can be repeated."""
    return secrets.randbits(32)


def new_token(length: int = 8) -> str:
    """Return `length` random lower-case letters and digits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def derived_seed(seed: int, *parts: str) -> int:
    """Return a 63-bit seed for one part of a run: a hash of the run's seed and the part's name."""
    digest = hashlib.sha256("\x1f".join([str(seed), *parts]).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def derived_token(seed: int, *parts: str, length: int = 8) -> str:
    """Return `length` lower-case letters and digits that depend on nothing but the arguments."""
    value = derived_seed(seed, *parts)
    characters = []
    for _ in range(length):
        value, index = divmod(value, len(_ALPHABET))
        characters.append(_ALPHABET[index])
    return "".join(characters)
