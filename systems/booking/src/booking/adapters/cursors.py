"""Cursors of lists: opaque texts that lead nowhere but further in the list of the tenant that got them.

A cursor carries the position and a MAC over the tenant, the list and the position. The partition is never in it: it
comes from the caller's identity. A foreign, forged or outdated cursor is refused like any malformed field.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from groundwork.aws import client
from groundwork.settings import Environment

from booking.adapters.secrets import Secret
from booking.domain.errors import Problem, RequestInvalid

_MAC_BYTES = 16
_CURSOR_CHARS_MAX = 1_024


@dataclass(frozen=True, slots=True)
class Cursors:
    """Seals and opens positions with a secret key, which is asked for only when the first list has a second page."""

    key: Callable[[], bytes]

    @classmethod
    def from_environment(cls, environment: Environment) -> "Cursors":
        """Build with the key that the template keeps in Secrets Manager; read once per worker."""
        secret = Secret(client("secretsmanager"), environment.text("CURSOR_SECRET"))
        return cls(lambda: secret.text().encode())

    def seal(self, tenant_id: str, list_name: str, position: Mapping[str, Any]) -> str:
        """Return a position (JSON values) as a cursor of one list, whose name holds what it is filtered by."""
        text = json.dumps(position, separators=(",", ":"), sort_keys=True).encode()
        return base64.urlsafe_b64encode(self._mac(tenant_id, list_name, text) + text).decode().rstrip("=")

    def unseal(self, cursor: str, tenant_id: str, list_name: str) -> dict[str, Any]:
        """Return the position of a cursor; raises RequestInvalid when it was not made by this list for this tenant."""
        try:
            # Cut off before decoding: a cursor is as long as the keys of one item.
            padded = cursor[:_CURSOR_CHARS_MAX].encode("ascii")
            sealed = base64.b64decode(padded + b"=" * (-len(padded) % 4), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            raise _foreign() from None
        mac, text = sealed[:_MAC_BYTES], sealed[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(tenant_id, list_name, text)):
            raise _foreign()
        position: dict[str, Any] = json.loads(text)
        return position

    def _mac(self, tenant_id: str, list_name: str, text: bytes) -> bytes:
        # Lengths keep "a"+"bc" and "ab"+"c" apart.
        told = b"".join(len(part).to_bytes(4, "big") + part for part in (tenant_id.encode(), list_name.encode(), text))
        return hmac.new(self.key(), told, hashlib.sha256).digest()[:_MAC_BYTES]


def _foreign() -> RequestInvalid:
    return RequestInvalid(Problem("cursor", "malformed", "was not made by this list"))
