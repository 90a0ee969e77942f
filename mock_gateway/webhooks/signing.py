"""Signatures: proof for a receiver that a body came from who knows the endpoint's secret, and when it was sent.

`Stripe-Signature: t=<seconds>,v1=<HMAC-SHA256 of "t.body" in hex>` (source: Stripe's page on verifying webhooks,
documented; verified against `stripe.Webhook.construct_event` of its Python client 16.1.0).
"""

import hmac
import secrets

HEADER = "Stripe-Signature"
PREFIX = "whsec_"


def new_secret() -> str:
    """Return a fresh endpoint secret."""
    return f"{PREFIX}{secrets.token_hex(24)}"


def signature(secret: str, body: str, signed_at_s: int) -> str:
    """Return the header's value for a body that is sent at an instant, in whole seconds since 1970."""
    digest = hmac.digest(secret.encode(), f"{signed_at_s}.{body}".encode(), "sha256")
    return f"t={signed_at_s},v1={digest.hex()}"
