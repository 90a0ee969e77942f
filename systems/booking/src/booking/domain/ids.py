"""Identifiers: short, random, or derived so that a repeated request aims at the same items.

No id holds "#", which separates the parts of keys, or "-", which ends the tenant's in a booking's id: see
`booking.domain.booking`.
"""

import base64
import hashlib
import secrets

_CHARS = 16


def random_id(kind: str) -> str:
    """Return a new id such as srv_k3b2…: 80 random bits."""
    return f"{kind}_{_text(secrets.token_bytes(10))}"


def derived_id(kind: str, *parts: str) -> str:
    """Return the id that these parts always give."""
    return f"{kind}_{_text(_digest(*parts)[:10])}"


def resource_id(kind: str, tenant_id: str, idempotency_key: str | None) -> str:
    """Return the id of something that a tenant makes: derived when the request may be repeated, else random."""
    return derived_id(kind, tenant_id, kind, idempotency_key) if idempotency_key else random_id(kind)


def fingerprint(*parts: str) -> str:
    """Return a short text that differs when any part does; for telling a repeated request from another one."""
    return _digest(*parts).hex()[:32]


def _digest(*parts: str) -> bytes:
    told = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return hashlib.sha256(told).digest()


def _text(data: bytes) -> str:
    return base64.b32encode(data).decode().lower().rstrip("=")[:_CHARS]
