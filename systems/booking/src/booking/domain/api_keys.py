"""API keys: what they look like, what they may do and from where. Hashes: `adapters.key_hashes`.

The text is `bk_<prefix>_<secret>`; `bk_<prefix>` is the public part, by which a key is found and shown. The secret is
shown once and kept as a hash only.
"""

import base64
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

ANY_ORIGIN = "*"
_PREFIX_CHARS = 8
_SECRET_BYTES = 30
_TEXT = re.compile(r"(?P<public>bk_[A-Za-z0-9]{8})_(?P<secret>[A-Za-z0-9_-]{32,58})")


class Scope(StrEnum):
    """What a key may do: `manage` everything of its tenant, `widget` what a customer's browser needs."""

    MANAGE = "manage"
    WIDGET = "widget"


class KeyStatus(StrEnum):
    """A revoked key is refused for ever."""

    ACTIVE = "ACTIVE"
    REVOKED = "REVOKED"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept; `allowed_origins` are origins of browsers, `*` is any."""

    api_key_id: str
    public_key: str
    key_hash: str = field(repr=False)
    scopes: Sequence[Scope] = (Scope.MANAGE,)
    allowed_origins: Sequence[str] = (ANY_ORIGIN,)
    status: KeyStatus = KeyStatus.ACTIVE
    name: str = ""
    created_at: str = ""
    last_used_at: str | None = None

    def admits(self, origin: str | None) -> bool:
        """Return whether a request from a browser's origin may use the key; None is a request without one.

        A widget's key is for browsers: without an origin it is refused, unless it may be used from anywhere.
        """
        if ANY_ORIGIN in self.allowed_origins:
            return True
        if origin is None:
            return Scope.MANAGE in self.scopes
        return origin in self.allowed_origins

    @property
    def manages(self) -> bool:
        """Return whether it is a live key with the scope manage."""
        return self.status is KeyStatus.ACTIVE and Scope.MANAGE in self.scopes


def new_key_text() -> str:
    """Return a new key: 40 random bits to find it by, 240 to prove it with."""
    return key_text(secrets.token_bytes(5 + _SECRET_BYTES))


def key_text(entropy: bytes) -> str:
    """Return the key that 35 bytes make."""
    prefix = base64.b32encode(entropy[:5]).decode().lower()[:_PREFIX_CHARS]
    secret = base64.urlsafe_b64encode(entropy[5 : 5 + _SECRET_BYTES]).decode()
    return f"bk_{prefix}_{secret}"


def public_part(text: str) -> str | None:
    """Return the public part of a key's text, None when the text can't be a key."""
    parts = _TEXT.fullmatch(text)
    return parts["public"] if parts else None
