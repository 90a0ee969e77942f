"""Both adapters over a real connection to the mock gateway, whose ledger is the witness."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest
from groundwork.settings import Environment
from payments.adapters.wiring import GATEWAYS
from payments.adapters.wiring import gateway as configured
from payments.domain.gateway import (
    CardGateway,
    ChargeOrder,
    Declined,
    NoEffect,
    RefundOrder,
    Succeeded,
    Unknown,
)

from harness.clients import GatewayClient, cards
from harness.clients.api import http_client
from harness.faults import GatewayFaults
from harness.units import usd
from harness.waiting import wait_until
from tests.gateway_process import running_gateway

NUMBERS = count()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_gateway() as address:
        yield address


@pytest.fixture
def witness(url: str) -> Iterator[GatewayClient]:
    with http_client(url) as client:
        yield GatewayClient(client)


@pytest.fixture(params=GATEWAYS)
def style(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def gateway(url: str, style: str) -> CardGateway:
    settings = {"GATEWAY_STYLE": style, "GATEWAY_URL": url, "GATEWAY_API_KEY": "sk_test_of_these_tests"}
    return configured(Environment(settings))


class Order:
    """A charge of 40.00 USD that faults can be limited to."""

    def __init__(self, card: str = cards.GOOD, merchant: str = "default") -> None:
        self.reference = f"pay-{next(NUMBERS)}"
        self.charge = ChargeOrder(
            f"{self.reference}:charge", self.reference, 4000, "USD", card, merchant, f"alice-{self.reference}"
        )

    def gateway_match(self) -> dict[str, str]:
        return {"reference": self.reference}

    def refund(self, ref: str, amount_minor: int | None, key: str = "refund") -> RefundOrder:
        merchant = self.charge.merchant
        return RefundOrder(f"{self.reference}:{key}", self.reference, ref, merchant, "USD", amount_minor)


@pytest.mark.parametrize("merchant", ["default", "acct_shop"])
def test_charge_is_in_the_ledger_once_when_it_is_sent_twice(gateway, witness, style, merchant):
    order = Order(merchant=merchant)

    first, second = gateway.charge(order.charge, 2), gateway.charge(order.charge, 2)

    (entry,) = witness.ledger(reference=order.reference)
    assert first == second
    assert isinstance(first, Succeeded)
    assert (first.ref, first.amount_minor, first.currency) == (entry.entry_id, 4000, "USD")
    assert (entry.customer, entry.merchant) == (order.charge.customer, merchant)
    assert entry.idempotency_key == order.charge.key
    found = gateway.find_charge(order.charge, 2)
    assert isinstance(found, Succeeded)
    assert found.ref == first.ref


@pytest.mark.parametrize("merchant", ["default", "acct_shop"])
def test_refunds_are_found_one_by_one(gateway, witness, merchant):
    order = Order(merchant=merchant)
    charged = gateway.charge(order.charge, 2)
    part, rest = order.refund(charged.ref, 1500, "part"), order.refund(charged.ref, None, "rest")

    assert gateway.find_refund(part, 2) == NoEffect()
    given_back = gateway.refund(part, 2)
    assert gateway.refund(part, 2) == given_back
    assert gateway.find_refund(rest, 2) == NoEffect()
    assert isinstance(gateway.refund(rest, 2), Succeeded)

    assert gateway.find_refund(part, 2).ref == given_back.ref
    assert gateway.find_refund(rest, 2).amount_minor == 2500
    assert witness.refunds(order.reference) == [usd("15.00"), usd("25.00")]
    again = gateway.refund(order.refund(charged.ref, None, "again"), 2)
    assert again == Declined("charge_already_refunded", "the card gateway refused the request")


@pytest.mark.parametrize(
    ("card", "code", "message"),
    [
        (cards.DECLINED, "card_declined", "the card was declined"),
        (cards.WITHOUT_FUNDS, "card_declined", "the card has insufficient funds"),
        (cards.LOST, "card_declined", "the card was declined"),
        (cards.STOLEN, "card_declined", "the card was declined"),
        (cards.EXPIRED, "expired_card", "the card has expired"),
        (cards.WRONG_CVC, "incorrect_cvc", "the card's security code is incorrect"),
        (cards.NOT_PROCESSED, "processing_error", "an error occurred while processing the card"),
    ],
)
def test_decline_reads_the_same_when_it_is_told_and_when_it_is_found(gateway, witness, card, code, message):
    order = Order(card)

    told, found = gateway.charge(order.charge, 2), gateway.find_charge(order.charge, 2)

    assert told == found == Declined(code, message)
    assert witness.declines(order.reference) == 1


def test_request_is_declined_when_the_gateway_does_not_know_the_card(gateway, witness):
    order = Order("tok_of_nobody")

    outcome = gateway.charge(order.charge, 2)

    assert isinstance(outcome, Declined)
    assert outcome.message == "the card gateway refused the request"
    assert witness.ledger(reference=order.reference) == ()


@pytest.mark.parametrize("how", ["reset", "truncate", "error", "hang"])
def test_charge_is_found_when_its_answer_was_lost(gateway, witness, how):
    order = Order()

    with GatewayFaults(witness).lose_answer(how, of=order, times=1) as lost:
        outcome = gateway.charge(order.charge, 0.3)
        found = gateway.find_charge(order.charge, 2)

    lost.must_have_fired()
    assert isinstance(outcome, Unknown)
    assert isinstance(found, Succeeded)
    assert gateway.rule_out_charge(order.charge, 2) == found


@pytest.mark.parametrize("fault", [GatewayFaults.garble_answer, GatewayFaults.echo_wrong_amount])
def test_charge_is_found_when_the_answer_is_nonsense(gateway, witness, fault):
    order = Order()

    with fault(GatewayFaults(witness), of=order, times=1) as garbled:
        outcome = gateway.charge(order.charge, 2)

    garbled.must_have_fired()
    assert isinstance(outcome, Unknown) or outcome.amount_minor != 4000
    assert gateway.find_charge(order.charge, 2).amount_minor == 4000


@pytest.mark.parametrize("how", ["reset", "error"])
def test_refund_is_found_when_its_answer_was_lost(gateway, witness, how):
    order = Order()
    charged = gateway.charge(order.charge, 2)
    asked = order.refund(charged.ref, 1500)

    with GatewayFaults(witness).lose_answer(how, of=order, operation="refund", times=1) as lost:
        outcome = gateway.refund(asked, 0.3)
        found = gateway.find_refund(asked, 2)

    lost.must_have_fired()
    assert isinstance(outcome, Unknown)
    assert (found.amount_minor, witness.refunds(order.reference)) == (1500, [usd("15.00")])


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (GatewayFaults.rate_limit, Unknown),
        (GatewayFaults.go_down, Unknown),
        (GatewayFaults.fail_with, Unknown),
        (GatewayFaults.refuse, Unknown),
    ],
)
def test_nothing_is_charged_when_the_gateway_fails_before(gateway, witness, fault, expected):
    order = Order()

    with fault(GatewayFaults(witness), of=order) as failed:
        outcome = gateway.charge(order.charge, 2)

    failed.must_have_fired()
    assert isinstance(outcome, expected)
    assert gateway.find_charge(order.charge, 2) == NoEffect()
    assert isinstance(gateway.charge(order.charge, 2), Succeeded)


def test_late_charge_is_not_ruled_out_but_waited_for(gateway, witness):
    order = Order()

    with GatewayFaults(witness).charge_late(300, of=order, times=1) as late:
        outcome = gateway.charge(order.charge, 0.1)
    meanwhile = gateway.rule_out_charge(order.charge, 2)

    late.must_have_fired()
    assert isinstance(outcome, Unknown)
    assert isinstance(meanwhile, Unknown)
    wait_until("the late charge", lambda: witness.charges(order.reference) == [usd("40.00")], within_s=5)
    assert isinstance(gateway.rule_out_charge(order.charge, 2), Succeeded)


@pytest.mark.parametrize("style", ["stripe"], indirect=True)
def test_no_charge_is_possible_any_more_when_it_was_ruled_out(gateway, witness):
    order = Order()

    assert gateway.rule_out_charge(order.charge, 2) == NoEffect()
    assert gateway.rule_out_charge(order.charge, 2) == NoEffect()
    assert isinstance(gateway.charge(order.charge, 2), Unknown)

    assert gateway.find_charge(order.charge, 2) == NoEffect()
    assert witness.ledger(reference=order.reference) == ()


@pytest.mark.parametrize("style", ["stripe"], indirect=True)
def test_payment_method_is_charged(gateway):
    order = Order("pm_card_visa")

    assert isinstance(gateway.charge(order.charge, 2), Succeeded)
    assert isinstance(gateway.charge(replace(order.charge, key="other", card="pm_card_chargeDeclined"), 2), Declined)
