"""Stripe's own Python client against a gateway behind a port: one gateway for all tests, an account for each."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
import requests
import stripe

from tests.mock_gateway.driving import OverTheWire, served

_numbers = count(1)


@pytest.fixture(scope="session")
def stripe_wire() -> Iterator[OverTheWire]:
    """The gateway that the clients talk to."""
    with served() as wire:
        yield wire


@pytest.fixture(scope="session")
def _http() -> Iterator[stripe.RequestsClient]:
    with requests.Session() as session:
        session.trust_env = False
        # Only how long is waited before a retry; whether there is one stays the client's decision.
        stripe.HTTPClient.INITIAL_DELAY = 0.01
        yield stripe.RequestsClient(session=session, timeout=5)


@pytest.fixture
def account() -> str:
    """A merchant that no other test has."""
    return f"acct_{next(_numbers)}"


@pytest.fixture
def client_of(stripe_wire: OverTheWire, _http: stripe.RequestsClient, account: str) -> Callable[..., Any]:
    """Makes clients of the account."""

    def make(api_key: str = "sk_test_rehearsal", *, port: int = stripe_wire.port, **options: Any) -> Any:
        options = {"max_network_retries": 0, "stripe_account": account, **options}
        addresses = {"api": f"http://127.0.0.1:{port}"}
        return stripe.StripeClient(api_key, base_addresses=addresses, http_client=_http, **options)

    return make


@pytest.fixture
def v1(client_of: Callable[..., Any]) -> Any:
    """The resources of a client that does not retry."""
    return client_of().v1


@pytest.fixture
def paid(v1: Any) -> Callable[..., Any]:
    """Pays at once."""

    def pay(**terms: Any) -> Any:
        usual = {"amount": 2000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
        return v1.payment_intents.create({**usual, **terms})

    return pay


@pytest.fixture
def ledger(stripe_wire: OverTheWire, account: str) -> Callable[[], list[tuple[str, str, int]]]:
    """What happened to the account's money: kind, status and amount."""

    def entries() -> list[tuple[str, str, int]]:
        found = stripe_wire.entries(f"merchant={account}")
        return [(entry["kind"], entry["status"], entry["amount_minor"]) for entry in found]

    return entries


@pytest.fixture
def told(v1: Any) -> Callable[[], list[str]]:
    """The types of the account's events, oldest first."""
    return lambda: [event.type for event in reversed(v1.events.list({"limit": 100}).data)]


@pytest.fixture
def fault(stripe_wire: OverTheWire, account: str) -> Callable[..., str]:
    """Sets a fault for the account alone."""

    def set_fault(kind: str, match: dict[str, Any] | None = None, **rule: Any) -> str:
        return stripe_wire.set_fault(kind, match={"merchant": account, **(match or {})}, **rule)

    return set_fault
