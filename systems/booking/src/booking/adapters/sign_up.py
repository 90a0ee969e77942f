"""What a sign-up makes out of nothing: a tenant's id, its first key and that key's id.

With an Idempotency-Key all three are derived from it and the system's secret, so that a repeated sign-up, whose first
answer was lost, can be answered with the same key although only its hash is kept. Such an Idempotency-Key is as secret
as the key that it leads to: it must be long, and the key is shown again only until it is used for the first time.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from booking.domain.api_keys import key_text
from booking.domain.errors import Problem, RequestInvalid
from booking.domain.ids import derived_id

_LONG_KEY = re.compile(r"[A-Za-z0-9_.:-]{32,128}")
_KEY_BYTES = 35


@dataclass(frozen=True, slots=True)
class Start:
    """The names of a new tenant."""

    tenant_id: str
    api_key_id: str
    key_text: str = field(repr=False)


def start_of(idempotency_key: str | None, secret: Callable[[], bytes]) -> Start:
    """Return new names, or those that the Idempotency-Key always gives; raises RequestInvalid when it is too short."""
    if idempotency_key is None:
        return _start(secrets.token_bytes(64))
    if not _LONG_KEY.fullmatch(idempotency_key):
        raise RequestInvalid(Problem("Idempotency-Key", "malformed", "must have 32 to 128 characters here, at random"))
    return _start(hmac.new(secret(), b"sign-up\n" + idempotency_key.encode(), hashlib.sha512).digest())


def _start(entropy: bytes) -> Start:
    names = entropy[_KEY_BYTES:].hex()
    return Start(derived_id("tnt", names), derived_id("key", names), key_text(entropy[:_KEY_BYTES]))
