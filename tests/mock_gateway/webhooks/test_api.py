"""Events and endpoints as Stripe's own client sees them, and the admin's routes about deliveries."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import stripe

from tests.mock_gateway.driving import OverTheWire, served
from tests.mock_gateway.webhooks.receiving import VERIFIED, Receiver, receiving


@pytest.fixture(scope="module")
def wire() -> Iterator[OverTheWire]:
    """A gateway behind a port that retries quickly."""
    with served(webhook_retry_base_ms=10) as wire:
        yield wire


@pytest.fixture
def client(wire: OverTheWire) -> Iterator[stripe.StripeClient]:
    """Stripe's client, for a merchant of the test's own."""
    http = stripe.RequestsClient()
    yield stripe.StripeClient(
        "sk_test_1",
        stripe_account=f"acct_{uuid4().hex[:8]}",
        base_addresses={"api": f"http://127.0.0.1:{wire.port}"},
        http_client=http,
    )
    http.close()


@pytest.fixture
def listening() -> Iterator[Receiver]:
    """A receiver that is not subscribed to anything."""
    with receiving() as receiver:
        yield receiver


def subscribed(client: stripe.StripeClient, receiver: Receiver, *types: str) -> stripe.WebhookEndpoint:
    endpoint = client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": list(types or ("*",))})
    receiver.secret = str(endpoint.secret)
    return endpoint


def settled(wire: OverTheWire) -> None:
    assert wire.send("POST", "/_admin/webhooks/wait", {"within_s": 5}).status == 200


def deliveries(wire: OverTheWire, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = wire.get(f"/_admin/webhooks/deliveries?{query}").json["deliveries"]
    return found


def test_payment_is_told_and_verified_when_an_endpoint_is_registered(
    client: stripe.StripeClient, wire: OverTheWire, listening: Receiver
) -> None:
    endpoint = subscribed(client, listening, "payment_intent.succeeded")
    intent = client.v1.payment_intents.create(
        {"amount": 4000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    )
    settled(wire)

    (received,) = listening.received
    assert received.verdict == VERIFIED
    assert received.event["data"]["object"]["id"] == intent.id
    event = client.v1.events.retrieve(received.event["id"])
    assert (event.type, event.pending_webhooks, event.data.object["amount"]) == ("payment_intent.succeeded", 0, 4000)
    (delivery,) = deliveries(wire, f"endpoint={endpoint.id}")
    assert (delivery["event"], delivery["status"]) == (event.id, "delivered")
    assert [one["status_code"] for one in delivery["attempts"]] == [200]


def test_endpoint_is_kept_changed_and_deleted(client: stripe.StripeClient) -> None:
    endpoints = client.v1.webhook_endpoints
    made = endpoints.create(
        {
            "url": "http://localhost:1/a",
            "enabled_events": ["charge.succeeded"],
            "description": "shop",
            "metadata": {"a": "1", "b": "2"},
            "api_version": "2026-10-28.endive",
        }
    )
    assert str(made.secret).startswith("whsec_")
    assert (made.status, made.api_version, made.livemode) == ("enabled", "2026-10-28.endive", False)

    assert "secret" not in endpoints.retrieve(made.id)
    changed = endpoints.update(
        made.id,
        {"url": "https://127.0.0.1/b", "enabled_events": ["*"], "disabled": True, "metadata": {"a": ""}},
    )
    assert (changed.url, changed.enabled_events, changed.status) == ("https://127.0.0.1/b", ["*"], "disabled")
    assert (changed.metadata.to_dict(), changed.description) == ({"b": "2"}, "shop")
    assert [one.id for one in endpoints.list().data] == [made.id]

    assert endpoints.delete(made.id).deleted
    assert endpoints.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="no such webhook_endpoint"):
        endpoints.retrieve(made.id)


def test_same_secret_is_told_again_when_the_creation_is_repeated(client: stripe.StripeClient) -> None:
    params: Any = {"url": "http://localhost:1/", "enabled_events": ["*"]}
    first, second = (client.v1.webhook_endpoints.create(params, {"idempotency_key": f"{client}-e"}) for _ in range(2))

    assert (first.id, first.secret) == (second.id, second.secret)


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"url": "ftp://localhost/", "enabled_events": ["*"]}, "url"),
        ({"url": "http://example.com/", "enabled_events": ["*"]}, "url"),
        ({"url": "http://169.254.169.254/", "enabled_events": ["*"]}, "url"),
        ({"url": "http://2130706433/", "enabled_events": ["*"]}, "url"),
        ({"url": "http://a:b@localhost/", "enabled_events": ["*"]}, "url"),
        ({"url": "http://localhost:99999/", "enabled_events": ["*"]}, "url"),
        ({"url": "http://localhost/\r\nX: 1", "enabled_events": ["*"]}, "url"),
        ({"url": "http://localhost/", "enabled_events": ["charge.*"]}, "enabled_events"),
        ({"url": "http://localhost/", "enabled_events": []}, "enabled_events"),
        ({"url": "http://localhost/"}, "enabled_events"),
        ({"enabled_events": ["*"]}, "url"),
        ({"url": "http://localhost/", "enabled_events": ["*"], "connect": True}, "connect"),
        ({"url": "http://localhost/", "enabled_events": ["*"], "api_version": "new"}, "api_version"),
        ({"url": "http://localhost/", "enabled_events": ["*"], "colour": "red"}, "colour"),
    ],
)
def test_endpoint_is_refused_when_it_can_not_be_right(client: stripe.StripeClient, params: Any, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.webhook_endpoints.create(params)

    assert refused.value.param == param
    assert params.get("url", "-") not in str(refused.value)
    assert client.v1.webhook_endpoints.list().data == []


def test_events_are_listed_by_type_time_and_delivery(
    client: stripe.StripeClient, wire: OverTheWire, listening: Receiver
) -> None:
    endpoint = subscribed(client, listening, "customer.updated")
    customer = client.v1.customers.create({"email": "a@example.com"})
    listening.answers = [500] * 16
    client.v1.customers.update(customer.id, {"email": "b@example.com"})
    events = client.v1.events

    def types(**params: Any) -> list[str]:
        return [one.type for one in events.list(params).auto_paging_iter()]  # type: ignore[arg-type]

    assert types() == types(limit=1) == ["customer.updated", "customer.created"]
    assert types(type="customer.created") == ["customer.created"]
    assert types(type="customer.*") == types(types=["customer.created", "customer.updated"]) == types()
    assert types(type="charge.*") == []
    assert types(delivery_success=False) == ["customer.updated"]
    assert types(delivery_success=True) == ["customer.created"]
    assert types(created={"lt": 1_000_000_000}) == []
    newest = events.list({"limit": 1}).data[0]
    assert newest.data.to_dict()["previous_attributes"] == {"email": "a@example.com"}
    assert newest.request is not None
    assert str(newest.request.id).startswith("req_")
    with pytest.raises(stripe.InvalidRequestError):
        events.list({"type": "a.b", "types": ["a.b"]})
    client.v1.webhook_endpoints.delete(endpoint.id)


def test_events_of_another_account_are_not_there(client: stripe.StripeClient, wire: OverTheWire) -> None:
    client.v1.customers.create({"email": "a@example.com"})
    event = client.v1.events.list().data[0]

    with pytest.raises(stripe.InvalidRequestError, match="no such event"):
        client.v1.events.retrieve(event.id, options={"stripe_account": "acct_other"})
    assert client.v1.events.list({}, {"stripe_account": "acct_other"}).data == []


def test_delivery_is_sent_again_when_the_admin_says_so(
    client: stripe.StripeClient, wire: OverTheWire, listening: Receiver
) -> None:
    endpoint = subscribed(client, listening, "customer.created")
    client.v1.customers.create({"email": "a@example.com"})
    settled(wire)
    (delivery,) = deliveries(wire, f"endpoint={endpoint.id}")

    reply = wire.send("POST", f"/_admin/webhooks/deliveries/{delivery['id']}/redeliver")
    assert (reply.status, reply.json["status"]) == (200, "pending")
    settled(wire)
    assert wire.send("POST", f"/_admin/webhooks/events/{delivery['event']}/redeliver").json == {"redelivered": 1}
    settled(wire)

    assert listening.verdicts() == [VERIFIED] * 3
    assert len({one.body for one in listening.received}) == 1
    told = wire.get(f"/_admin/webhooks/deliveries/{delivery['id']}").json
    assert (told["status"], len(told["attempts"])) == ("delivered", 3)


def test_event_is_delivered_to_who_subscribed_later_when_the_admin_says_so(
    client: stripe.StripeClient, wire: OverTheWire, listening: Receiver
) -> None:
    client.v1.customers.create({"email": "a@example.com"})
    event = client.v1.events.list().data[0]
    subscribed(client, listening)

    assert wire.send("POST", f"/_admin/webhooks/events/{event.id}/redeliver").json == {"redelivered": 1}
    settled(wire)

    assert [one.event["id"] for one in listening.received] == [event.id]


def test_faults_are_set_by_the_admin_and_recorded(
    client: stripe.StripeClient, wire: OverTheWire, listening: Receiver
) -> None:
    endpoint = subscribed(client, listening, "customer.created")
    fault = wire.set_fault("duplicate_delivery", match={"endpoint": endpoint.id, "event": "customer.*"})
    client.v1.customers.create({"email": "a@example.com", "metadata": {"reference": "ref-1"}})
    settled(wire)

    assert listening.verdicts() == [VERIFIED] * 2
    firing = next(one for one in wire.get("/_admin/fired").json["fired"] if one["fault"] == fault)
    (delivery,) = deliveries(wire, f"endpoint={endpoint.id}")
    assert (firing["operation"], firing["reference"]) == ("webhook", "ref-1")
    assert firing["request_id"] == delivery["id"]
    wire.heal(fault)


def test_wait_is_refused_when_it_takes_too_long(
    client: stripe.StripeClient, wire: OverTheWire, listening: Receiver
) -> None:
    subscribed(client, listening)
    listening.is_awake.clear()
    client.v1.customers.create({"email": "a@example.com"})

    refused = wire.send("POST", "/_admin/webhooks/wait", {"within_s": 0.05})
    assert (refused.status, refused.code) == (409, "webhooks_pending")
    assert wire.get("/_admin/webhooks/pending").json["due"] == 1
    listening.is_awake.set()
    settled(wire)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/_admin/webhooks/deliveries/whd_0/redeliver", 404),
        ("GET", "/_admin/webhooks/deliveries/whd_0", 404),
        ("POST", "/_admin/webhooks/events/evt_0/redeliver", 404),
        ("GET", "/_admin/webhooks/deliveries?status=lost", 400),
        ("GET", "/_admin/webhooks/deliveries?limit=0", 400),
        ("GET", "/_admin/webhooks/deliveries?colour=red", 400),
        ("POST", "/_admin/webhooks/wait", 400),
    ],
)
def test_admin_refuses_what_is_not_there(wire: OverTheWire, method: str, path: str, status: int) -> None:
    assert wire.send(method, path, {"within_s": True} if method == "POST" else None).status == status


def test_nothing_is_left_when_the_gateway_is_reset(listening: Receiver) -> None:
    with served() as wire:
        client = stripe.StripeClient("sk_test_1", base_addresses={"api": f"http://127.0.0.1:{wire.port}"})
        wire.set_fault("reorder_deliveries", hold_ms=60_000)
        subscribed(client, listening)
        client.v1.customers.create({"email": "a@example.com"})
        assert wire.get("/_admin/webhooks/pending").json["due"] == 1

        wire.send("POST", "/_admin/reset")
        settled(wire)

        assert deliveries(wire, "") == listening.received == client.v1.events.list().data == []
        subscribed(client, listening)
        client.v1.customers.create({"email": "a@example.com"})
        settled(wire)
        assert listening.verdicts() == [VERIFIED]
