"""The card gateway that a run on AWS may use: Rehearsal's own mock, deployed or tunnelled, never one that moves money.

Hosts of real gateways are refused by name, before anything is sent there; any other address has to say that it is the
mock gateway.
"""

import json
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from urllib.parse import urlsplit

from harness.targets.staging.places import is_loopback
from harness.targets.staging.refusal import StagingRefused

GATEWAY_VARIABLE = "REHEARSAL_STAGING_GATEWAY_URL"
SERVICE = "mock-gateway"
ASK_WITHIN_S = 10.0
# Domains of those that take cards for others (their own documentation of API addresses).
REAL_GATEWAYS = (
    *("stripe.com", "stripe.network", "adyen.com", "adyenpayments.com", "braintreegateway.com", "braintree-api.com"),
    *("paypal.com", "checkout.com", "squareup.com", "square.com", "authorize.net", "worldpay.com", "cybersource.com"),
    *("mollie.com", "klarna.com", "razorpay.com", "wirecard.com", "nuvei.com", "globalpay.com", "sagepay.com"),
    *("opayo.eu.elavon.com", "elavon.com", "payu.com", "payone.com", "barclaycard.co.uk", "fiserv.com", "chase.com"),
)


def refuse_real_gateway(url: str) -> None:
    """Raise StagingRefused when an address is a real card gateway's, its test systems included."""
    host = (urlsplit(url if "//" in url else f"//{url}").hostname or "").rstrip(".").lower()
    if any(host == domain or host.endswith(f".{domain}") for domain in REAL_GATEWAYS):
        raise StagingRefused(
            f"the gateway is {host}, a real card gateway: a rehearsal never speaks to one",
            remedy=f"{GATEWAY_VARIABLE}=<address of `python -m mock_gateway`, deployed or tunnelled>",
        )


def checked_gateway(environ: Mapping[str, str], *, proving: bool) -> str:
    """Return the gateway's address, without a slash at its end, after it said that it is Rehearsal's mock.

    Raises StagingRefused for none, a real one, one that AWS can't reach, or one that says something else.
    """
    url = environ.get(GATEWAY_VARIABLE, "").rstrip("/")
    if not url:
        raise StagingRefused(
            "staging needs a card gateway that its functions can reach, and none is named",
            remedy=f"{GATEWAY_VARIABLE}=https://<where `python -m mock_gateway` answers from AWS>",
        )
    parts = urlsplit(url)
    if "@" in parts.netloc or parts.query or parts.fragment:
        # It stands in the state file and in the functions' environments; what is wrong with it is not repeated.
        raise StagingRefused(
            f"{GATEWAY_VARIABLE} holds more than an address, expected neither user nor password, no query, no fragment"
        )
    refuse_real_gateway(url)
    if proving != is_loopback(url) or not url.startswith("http://" if proving else "https://"):
        where = "http:// and a loopback address, because an emulator's functions run here" if proving else "https://"
        raise StagingRefused(
            f"{GATEWAY_VARIABLE} is {url}, expected {where}",
            remedy="" if proving else "deploy the mock gateway, or tunnel to it: Lambda can't reach this machine",
        )
    _require_mock(url)
    return url


def _require_mock(url: str) -> None:
    health, about = _ask(f"{url}/health"), _ask(f"{url}/")
    if health.get("status") != "ok" or about.get("service") != SERVICE:
        raise StagingRefused(
            f"{url} does not say that it is Rehearsal's mock gateway",
            evidence={"/health": health.get("status", "no status"), "/": about.get("service", "no service")},
            remedy="run `python -m mock_gateway` there",
        )


def _ask(url: str) -> Mapping[str, object]:
    request = urllib.request.Request(url, headers={"Accept": "application/json"})  # noqa: S310 - http(s), as checked
    try:
        with _OPENER.open(request, timeout=ASK_WITHIN_S) as answer:
            document = json.loads(answer.read(65_536))
    except (OSError, ValueError, HTTPException) as problem:
        raise StagingRefused(
            f"the gateway does not answer {url}",
            evidence={"seen": f"{type(problem).__name__}: {problem}"},
            remedy=f"start it, or correct {GATEWAY_VARIABLE}",
        ) from problem
    return document if isinstance(document, dict) else {}


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows nothing: what answers has to be at the very address that is named."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)
