"""Every fault of the gateway bites as its verb says, on whom it is meant for, and is gone after its block."""

from collections.abc import Callable
from itertools import count

import httpx
import pytest

from harness.clients import GatewayClient, GatewayFault
from harness.faults import GatewayFaults as Verbs
from harness.units import Money, usd
from harness.waiting import wait_until

NUMBERS = count()
Verb = Callable[..., GatewayFault]


class Order:
    """Something to charge for, known to the gateway by its reference."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.reference = f"order-{next(NUMBERS)}"

    def gateway_match(self) -> dict[str, str]:
        return {"reference": self.reference}

    def charge(self, timeout_s: float = 5.0) -> httpx.Response:
        body = {"amount_minor": 4000, "currency": "USD", "card": "tok_visa", "reference": self.reference}
        return httpx.post(f"{self.url}/charges", json=body, timeout=timeout_s)


@pytest.fixture
def order(gateway_url: str) -> Order:
    return Order(gateway_url)


ONCE, NEVER, TWICE = [usd("40.00")], [], [usd("40.00")] * 2
# The verb, what the client sees, what the ledger witnesses.
LOST: list[tuple[Verb, type[Exception], list[Money]]] = [
    (Verbs.refuse, httpx.TransportError, NEVER),
    (lambda g, **of: g.lose_answer("reset", **of), httpx.TransportError, ONCE),
    (lambda g, **of: g.lose_answer("truncate", **of), httpx.TransportError, ONCE),
    (lambda g, **of: g.lose_answer("hang", **of), httpx.ReadTimeout, ONCE),
    (Verbs.hang, httpx.ReadTimeout, NEVER),
]
ANSWERED: list[tuple[Verb, int, list[Money]]] = [
    (lambda g, **of: g.lose_answer("error", **of), 500, ONCE),
    (lambda g, **of: g.fail_with(502, **of), 502, NEVER),
    (Verbs.rate_limit, 429, NEVER),
    (Verbs.go_down, 503, NEVER),
    (lambda g, **of: g.flap(1, 1, **of), 500, NEVER),
    (lambda g, **of: g.slow_down(50, **of), 201, ONCE),
    (Verbs.garble_answer, 201, ONCE),
    (Verbs.echo_wrong_amount, 201, ONCE),
    (Verbs.charge_twice, 201, TWICE),
]


@pytest.mark.parametrize(("verb", "problem", "charged"), LOST)
def test_answer_is_lost_when_the_fault_bites(
    gateway: GatewayClient, order: Order, verb: Verb, problem: type[Exception], charged: list[Money]
) -> None:
    with verb(Verbs(gateway), of=order) as fault, pytest.raises(problem):
        order.charge(timeout_s=0.5)

    fault.must_have_fired()
    assert gateway.charges(order.reference) == charged
    assert order.charge().status_code == 201  # healed


@pytest.mark.parametrize(("verb", "status", "charged"), ANSWERED)
def test_answer_is_another_when_the_fault_bites(
    gateway: GatewayClient, order: Order, verb: Verb, status: int, charged: list[Money]
) -> None:
    with verb(Verbs(gateway), of=order) as fault:
        assert order.charge().status_code == status

    fault.must_have_fired()
    assert gateway.charges(order.reference) == charged
    healed = order.charge()
    assert (healed.status_code, healed.json()["amount_minor"]) == (201, 4000)


def test_charge_comes_late_when_the_client_has_gone(gateway: GatewayClient, order: Order) -> None:
    with Verbs(gateway).charge_late(300, of=order, times=1) as late, pytest.raises(httpx.ReadTimeout):
        order.charge(timeout_s=0.1)

    late.must_have_fired()
    assert gateway.charges(order.reference) == NEVER
    wait_until("the late charge", lambda: gateway.charges(order.reference) == ONCE, within_s=5)


def test_others_are_spared_when_the_fault_is_limited(gateway: GatewayClient, order: Order, gateway_url: str) -> None:
    other = Order(gateway_url)

    with Verbs(gateway).go_down(of=order) as down:
        assert other.charge().status_code == 201

    assert down.fired == 0


def test_fault_fires_as_often_as_it_was_told(gateway: GatewayClient, order: Order) -> None:
    with Verbs(gateway).go_down(of=order, times=2) as down:
        statuses = [order.charge().status_code for _ in range(4)]

    assert (statuses, down.fired) == ([503, 503, 201, 201], 2)


def test_calls_of_a_payment_are_remembered(gateway: GatewayClient, order: Order) -> None:
    order.charge()

    (call,) = gateway.calls(order.reference)
    assert call["operation"] == "charge"
