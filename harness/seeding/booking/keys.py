"""API keys of seeded tenants: `bk_<prefix>_<secret>`, with a real bcrypt hash of the least cost.

On a local cloud a key follows from the seed, so that the same seed gives the same data and the same keys; whoever
knows the seed knows the keys, so an AWS account gets keys that nobody can derive (`secret` from the system's own
randomness).
"""

import base64
import hashlib
from datetime import datetime

from harness.errors import ToolMissing
from harness.ids import derived_token
from harness.seeding.booking.model import ApiKey
from harness.seeding.booking.tokens import token

COST = 4  # bcrypt's least: a hash takes a millisecond, and a seed set has hundreds
# bcrypt's alphabet for salts, in the order of base64's (source: Provos and Mazières, "A Future-Adaptable Password
# Scheme"; documented).
_SALT_ALPHABET = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
)


def api_key(seed: int, tenant_id: str, name: str, created_at: datetime, **of: object) -> ApiKey:
    """Return a key with its hash; `of` are ApiKey's scopes, allowed_origins and active."""
    prefix = derived_token(seed, tenant_id, name, "prefix")
    secret = "".join(derived_token(seed, tenant_id, name, str(part), length=10) for part in range(4))
    text = f"bk_{prefix}_{secret}"
    key_id = f"key_{token(seed, tenant_id, name, 'id')}"
    return ApiKey(key_id=key_id, text=text, hash=hashed(text, seed), created_at=created_at, **of)  # type: ignore[arg-type]


def hashed(text: str, seed: int) -> str:
    """Return the bcrypt hash of a key, with a salt that follows from key and seed."""
    try:
        import bcrypt
    except ModuleNotFoundError as missing:
        raise ToolMissing(
            "bcrypt hashes the keys of seeded tenants and is not installed", remedy="pip install 'rehearsal[seed]'"
        ) from missing
    digest = hashlib.sha256(f"{seed}/{text}".encode()).digest()[:16]
    salt = b"$2b$%02d$" % COST + base64.b64encode(digest).rstrip(b"=").translate(_SALT_ALPHABET)
    return bcrypt.hashpw(text.encode(), salt).decode()
