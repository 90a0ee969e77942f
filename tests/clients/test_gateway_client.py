"""The gateway client reads the whole ledger and ends every fault it began."""

import pytest

from harness.clients import FaultNotFired
from harness.clients.cards import GOOD
from harness.errors import AnswerUnexpected, SettingInvalid
from harness.faults import FaultStack, GatewayFaults, HealingFailed
from harness.units import usd
from tests.clients.fakes import Clients, FakeGateway, answer, answers, entry


def verbs(fake: FakeGateway) -> GatewayFaults:
    return GatewayFaults(fake.client)


def test_charges_are_those_that_succeeded_when_the_ledger_has_more() -> None:
    fake = FakeGateway(
        entry(1, status="declined"), entry(2), entry(3, kind="refund", charge="ch_2", amount_minor=1500), entry(4)
    )

    assert fake.client.charges("pay-1") == [usd("40.00"), usd("40.00")]
    assert fake.client.refunds("pay-1") == [usd("15.00")]
    assert fake.client.declines("pay-1") == 1


def test_ledger_is_read_to_its_end_when_it_has_pages() -> None:
    fake = FakeGateway(*(entry(number) for number in range(1, 8)), page=3)

    assert [one.sequence for one in fake.client.ledger()] == [1, 2, 3, 4, 5, 6, 7]


def test_error_quotes_the_answer_when_the_gateway_refuses() -> None:
    with pytest.raises(AnswerUnexpected, match=r"GET /_admin/calls with 500, expected 200"):
        FakeGateway().client.calls("pay-1")


def test_fault_bites_inside_the_block_and_is_healed_after_it() -> None:
    fake = FakeGateway()

    with verbs(fake).refuse(merchant="m-1") as refused:
        assert list(fake.rules.values()) == [{"kind": "refuse", "match": {"operation": "charge", "merchant": "m-1"}}]
        fake.fired = {"fault_1": 2}
        assert refused.fired == 2

    assert fake.rules == {}
    assert refused.fired == 2  # still known after healing


def test_fault_is_healed_when_the_block_fails() -> None:
    fake = FakeGateway()

    with pytest.raises(ValueError, match="broken"), verbs(fake).hang():
        raise ValueError("broken")

    assert fake.rules == {}


def test_error_is_raised_when_a_fault_never_fired() -> None:
    fake = FakeGateway()

    with verbs(fake).refuse() as refused:
        pass

    with pytest.raises(FaultNotFired, match="fired 0 times, expected at least 1"):
        refused.must_have_fired()


def test_fault_is_limited_to_the_payment_when_it_is_of_one() -> None:
    fake = FakeGateway()
    clients = Clients(answers(answer(200)))
    wallet = clients.payments.wallet(None)
    click = clients.payments.payment(wallet, amount="1.00")

    with verbs(fake).lose_answer("truncate", of=click, times=1), verbs(fake).slow_down(50, of=wallet):
        of_payment, of_wallet = fake.rules.values()

    assert of_payment["match"] == {"operation": "charge", "reference": click.payment_id}
    assert (of_payment["kind"], of_payment["phase"], of_payment["times"]) == ("truncate", "after", 1)
    assert of_wallet["match"] == {"operation": "charge", "customer": wallet.user_id}
    assert click.body["card"] == GOOD


def test_fault_is_refused_when_it_is_limited_twice() -> None:
    fake = FakeGateway()
    wallet = Clients(answers(answer(200))).payments.wallet(None)

    with pytest.raises(SettingInvalid, match="both"):
        verbs(fake).refuse(of=wallet, merchant="m-1")


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        (GatewayFaults.refuse, {"kind": "refuse"}),
        (GatewayFaults.lose_answer, {"kind": "reset", "phase": "after"}),
        (lambda g: g.lose_answer("error"), {"kind": "error", "phase": "after"}),
        (lambda g: g.hang(10), {"kind": "hang", "delay_ms": 10}),
        (lambda g: g.slow_down(10), {"kind": "slow", "phase": "after", "delay_ms": 10}),
        (lambda g: g.fail_with(502), {"kind": "error", "status": 502}),
        (lambda g: g.rate_limit(2), {"kind": "rate_limited", "retry_after_s": 2}),
        (GatewayFaults.go_down, {"kind": "maintenance"}),
        (lambda g: g.flap(2, 1), {"kind": "error", "sequence": {"fail": 2, "pass": 1}}),
        (GatewayFaults.garble_answer, {"kind": "malformed_json", "phase": "after"}),
        (GatewayFaults.echo_wrong_amount, {"kind": "wrong_amount", "phase": "after"}),
        (GatewayFaults.charge_twice, {"kind": "duplicate_charge"}),
    ],
)
def test_rule_is_the_verb_s_when_a_fault_is_set(fault, rule) -> None:  # type: ignore[no-untyped-def]
    fake = FakeGateway()

    with fault(verbs(fake)):
        (found,) = fake.rules.values()

    assert found == {**rule, "match": {"operation": "charge"}}
    assert fake.rules == {}


def test_faults_are_healed_last_in_first_out_when_they_are_held() -> None:
    fake = FakeGateway()
    stack = FaultStack()
    stack.hold(verbs(fake).refuse())
    stack.hold(verbs(fake).hang())

    stack.heal_all()

    assert fake.healed == ["fault_2", "fault_1"]


def test_every_fault_is_tried_when_one_can_not_be_healed() -> None:
    fake = FakeGateway()
    stack = FaultStack()
    stack.hold(verbs(fake).refuse())
    broken = stack.hold(verbs(fake).hang())
    broken.heal = lambda: 1 / 0  # type: ignore[method-assign,assignment,return-value]

    with pytest.raises(HealingFailed, match="1 faults could not be healed"):
        stack.heal_all()

    assert fake.healed == ["fault_1"]
