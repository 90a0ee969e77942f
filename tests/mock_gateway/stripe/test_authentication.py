"""Cards whose issuer wants the cardholder to agree."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

CARD = "pm_card_authenticationRequired"
Ledger = Callable[[], list[tuple[str, str, int]]]


def helped(client_of: Callable[..., Any], intent: str, agreed: bool) -> Any:
    path = f"/v1/test_helpers/payment_intents/{intent}/authenticate"
    answer = client_of().raw_request("post", path, agreed=agreed)
    return answer.data


def test_money_moves_when_the_cardholder_agreed(paid: Any, v1: Any, client_of: Any, ledger: Ledger) -> None:
    intent = paid(payment_method=CARD)
    assert (intent.status, intent.next_action.type) == ("requires_action", "use_stripe_sdk")
    assert ledger() == []

    helped(client_of, intent.id, agreed=True)

    intent = v1.payment_intents.retrieve(intent.id)
    assert (intent.status, intent.next_action) == ("succeeded", None)
    assert ledger() == [("charge", "succeeded", 2000)]


def test_no_money_moves_when_the_cardholder_did_not_agree(paid: Any, v1: Any, client_of: Any, ledger: Ledger) -> None:
    intent = paid(payment_method=CARD, capture_method="manual")

    helped(client_of, intent.id, agreed=False)

    intent = v1.payment_intents.retrieve(intent.id)
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error.code == "payment_intent_authentication_failure"
    assert ledger() == []


def test_browser_comes_back_when_it_was_sent_to_agree(paid: Any, v1: Any, stripe_wire: Any, ledger: Ledger) -> None:
    intent = paid(payment_method=CARD, return_url="http://shop.example/back?order=1")
    action = intent.next_action.redirect_to_url
    path = action.url.partition(str(stripe_wire.port))[2]

    page = stripe_wire.get(path)
    done = stripe_wire.send("POST", f"{path}&agreed=true")

    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert done.status == 303
    assert done.headers["location"] == (
        f"http://shop.example/back?order=1&payment_intent={intent.id}"
        f"&payment_intent_client_secret={intent.client_secret}&redirect_status=succeeded"
    )
    assert v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert ledger() == [("charge", "succeeded", 2000)]


@pytest.mark.parametrize("secret", ["", "pi_x_secret_y", "%00%E2%82%AC"])
def test_page_is_not_there_without_the_secret(paid: Any, stripe_wire: Any, secret: str) -> None:
    intent = paid(payment_method=CARD, return_url="http://shop.example/back")

    for method in ("GET", "POST"):
        reply = stripe_wire.send(method, f"/stripe/authenticate/{intent.id}?client_secret={secret}&agreed=true")
        assert reply.status == 404


@pytest.mark.parametrize("how", [{"off_session": True}, {"error_on_requires_action": True}])
def test_card_error_when_nobody_can_be_asked(paid: Any, how: dict[str, Any]) -> None:
    with pytest.raises(stripe.CardError) as caught:
        paid(payment_method=CARD, **how)

    assert caught.value.code == "authentication_required"
    assert caught.value.error.payment_intent.status == "requires_payment_method"


def test_nobody_is_asked_again_when_the_card_was_set_up(paid: Any, v1: Any, client_of: Any) -> None:
    customer = v1.customers.create({}).id
    terms = {"customer": customer, "setup_future_usage": "off_session"}
    first = paid(payment_method="pm_card_authenticationRequiredOnSetup", **terms)
    helped(client_of, first.id, agreed=True)

    [saved] = v1.customers.payment_methods.list(customer).data
    again = paid(payment_method=saved.id, customer=customer, off_session=True)

    assert again.status == "succeeded"


def test_step_is_refused_when_nobody_was_asked(paid: Any, client_of: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        helped(client_of, paid().id, agreed=True)

    assert caught.value.code == "payment_intent_unexpected_state"
