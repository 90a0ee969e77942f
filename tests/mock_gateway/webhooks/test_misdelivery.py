"""Faults of webhooks: each bites what it is meant for, is recorded, and heals."""

from collections.abc import Callable
from typing import Any

import pytest

from mock_gateway.faults.registry import KINDS
from mock_gateway.webhooks.in_hand import SENDING_PER_ENDPOINT_MAX
from tests.mock_gateway.driving import eventually
from tests.mock_gateway.webhooks.receiving import CHARGE, VERIFIED, PostOffice, Receiver, receiving

FORGED = "No signatures found matching the expected signature for payload"
NAMES = [f"charge.number_{index}" for index in range(6)]


def test_webhook_comes_twice_when_it_is_duplicated(office: PostOffice, receiver: Receiver) -> None:
    fault = office.set_fault("duplicate_delivery", copies_count=2, times=1)
    office.happened("charge.succeeded", "charge.refunded")
    office.settle()

    assert sorted(receiver.types()) == ["charge.refunded", *["charge.succeeded"] * 3]
    assert receiver.verdicts() == [VERIFIED] * 4
    assert len({one.event["id"] for one in receiver.received}) == 2
    assert office.fired(fault) == 1
    assert [one.fault for one in office.attempts()].count("duplicate_delivery") == 3


def test_copy_changes_nothing_when_the_receiver_refuses_it(office: PostOffice, receiver: Receiver) -> None:
    office.set_fault("duplicate_delivery", delay_ms=50)
    receiver.answers = [200, 500]
    office.happened()
    office.settle()

    assert (len(receiver.received), office.statuses()) == (2, ["delivered"])


@pytest.mark.parametrize("count", [2, 3])
def test_webhooks_come_in_reverse_when_they_are_reordered(office: PostOffice, receiver: Receiver, count: int) -> None:
    fault = office.set_fault("reorder_deliveries", count=count, times=count)
    office.happened(*NAMES[:count])
    office.settle()

    assert receiver.types() == NAMES[:count][::-1]
    assert receiver.verdicts() == [VERIFIED] * count
    assert office.fired(fault) == count


def test_held_webhooks_are_sent_when_the_fault_is_healed(office: PostOffice, receiver: Receiver) -> None:
    fault = office.set_fault("reorder_deliveries", count=5, hold_ms=60_000)
    office.happened(*NAMES[:2])
    eventually(lambda: office.deliverer.unfinished() == (2, 2))
    assert receiver.received == []

    office.board.remove(fault)
    office.settle()

    assert receiver.types() == NAMES[:2][::-1]


def test_held_webhook_is_sent_when_no_other_comes(office: PostOffice, receiver: Receiver) -> None:
    fault = office.set_fault("reorder_deliveries", hold_ms=30)
    office.happened()
    office.settle()

    assert receiver.verdicts() == [VERIFIED]
    assert office.fired(fault) == 0


def test_webhook_is_overtaken_when_it_is_delayed(office: PostOffice, receiver: Receiver) -> None:
    fault = office.set_fault("delay_delivery", delay_ms=100, match={"event": "*.number_0"})
    office.happened(*NAMES[:2])
    office.settle()

    assert receiver.types() == [NAMES[1], NAMES[0]]
    assert receiver.verdicts() == [VERIFIED] * 2
    assert office.fired(fault) == 1


def test_webhook_never_comes_when_it_is_dropped(office: PostOffice, receiver: Receiver) -> None:
    fault = office.set_fault("drop_delivery", nth=1)
    (dropped, _) = office.happened(*NAMES[:2])
    office.settle()

    assert receiver.types() == [NAMES[1]]
    assert office.fired(fault) == 1
    assert [one.event for one in office.deliveries(status="dropped")] == [dropped["id"]]
    assert office.attempts()[0].error == "lost on the way"


def test_forged_webhook_is_refused_and_the_retry_is_right(office: PostOffice, receiver: Receiver) -> None:
    fault = office.set_fault("wrong_signature", times=1)
    office.happened()
    eventually(lambda: office.statuses() == ["delivered"])

    assert receiver.verdicts() == [FORGED, VERIFIED]
    assert [one.fault for one in office.attempts()] == ["wrong_signature", ""]
    assert office.fired(fault) == 1


@pytest.mark.parametrize(("about", "name"), [(CHARGE, "amount"), ({"id": "cus_1"}, "livemode")])
def test_altered_webhook_is_refused_and_the_retry_is_right(
    office: PostOffice, receiver: Receiver, about: dict[str, Any], name: str
) -> None:
    office.set_fault("altered_delivery", times=1)
    office.happened(about=about)
    eventually(lambda: office.statuses() == ["delivered"])

    altered, right = ({**one.event["data"]["object"], **one.event} for one in receiver.received)
    assert receiver.verdicts() == [FORGED, VERIFIED]
    assert altered[name] != right[name]


def test_replayed_webhook_is_refused_for_its_age_alone(office: PostOffice, receiver: Receiver) -> None:
    fault = office.set_fault("replay_delivery", age_s=301, delay_ms=50)
    office.happened()
    office.settle()

    first, replayed = receiver.received
    assert first.verdict == VERIFIED
    assert replayed.verdict.startswith("Timestamp outside the tolerance zone")
    assert replayed.body == first.body
    assert (office.statuses(), office.fired(fault)) == (["delivered"], 1)

    office.board.remove_all()
    office.set_fault("replay_delivery", age_s=200)
    office.happened()
    office.settle()
    assert receiver.verdicts()[2:] == [VERIFIED] * 2


@pytest.mark.parametrize(
    "match",
    [
        {"event": "charge.succeeded"},
        {"event": "charge.*"},
        {"merchant": "acct_1"},
        {"reference": "pay-1"},
        {"customer": "user-1"},
        {"amount_minor": 4000},
        {"currency": "USD"},
        {"path": "/hooks"},
        {"operation": "webhook"},
        lambda endpoint: {"endpoint": endpoint},
    ],
)
def test_fault_bites_what_it_matches(
    office: PostOffice, match: dict[str, Any] | Callable[[str], dict[str, Any]]
) -> None:
    with receiving() as receiver:
        endpoint = office.subscribe(receiver.url, merchant="acct_1")
        fault = office.set_fault("drop_delivery", match=match(endpoint.id) if callable(match) else match)
        office.happened(merchant="acct_1", about={**CHARGE, "customer": "user-1"})
        office.settle()

    assert (office.fired(fault), office.statuses()) == (1, ["dropped"])


@pytest.mark.parametrize(
    "match", [{"event": "charge.refunded"}, {"merchant": "acct_2"}, {"reference": "pay-2"}, {"endpoint": "we_0"}]
)
def test_fault_leaves_the_rest_alone(office: PostOffice, receiver: Receiver, match: dict[str, Any]) -> None:
    fault = office.set_fault("drop_delivery", match=match)
    office.happened()
    office.settle()

    assert (office.fired(fault), receiver.verdicts()) == (0, [VERIFIED])


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if "webhook" in kind.operations])
def test_webhooks_are_right_when_the_fault_is_healed(office: PostOffice, receiver: Receiver, kind: str) -> None:
    office.board.remove(office.set_fault(kind))
    office.happened(*NAMES[: SENDING_PER_ENDPOINT_MAX + 1])
    office.settle()

    assert receiver.verdicts() == [VERIFIED] * (SENDING_PER_ENDPOINT_MAX + 1)
    assert office.statuses() == ["delivered"] * (SENDING_PER_ENDPOINT_MAX + 1)
    assert {one.fault for one in office.attempts()} == {""}


def test_fault_heals_by_itself_when_its_time_is_over(office: PostOffice, receiver: Receiver) -> None:
    fault = office.set_fault("drop_delivery", ttl_s=0.05)
    eventually(lambda: office.board.find(fault) is None)
    office.happened()
    office.settle()

    assert receiver.verdicts() == [VERIFIED]


def test_same_webhooks_are_lost_when_the_seed_is_the_same(office: PostOffice, receiver: Receiver) -> None:
    lost: list[set[str]] = []
    for _ in range(2):
        office.set_fault("drop_delivery", probability=0.5, seed=3)
        before = len(receiver.received)
        office.happened(*NAMES)
        office.settle()
        lost.append(set(NAMES) - set(receiver.types()[before:]))
        office.board.remove_all()

    assert lost[0] == lost[1]
    assert 0 < len(lost[0]) < len(NAMES)


def test_requests_are_left_alone_when_a_webhook_fault_is_set(gateway: Any) -> None:
    gateway.set_fault("drop_delivery")

    assert gateway.charge().status == 201
    refused = gateway.charge(fault="kind=drop_delivery")
    assert (refused.status, refused.json["error"]["param"]) == (400, "X-Gateway-Fault")
    wrong = {"kind": "drop_delivery", "match": {"operation": "charge"}}
    assert gateway.send("POST", "/_admin/faults", wrong).status == 400
    assert gateway.send("POST", "/_admin/faults", {"kind": "reset", "match": {"operation": "webhook"}}).status == 400
