"""Executions are found by id, by ARN, among the recent ones, and as they begin; what can't be found is explained."""

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from harness.clock import ManualClock
from harness.errors import AnswerUnexpected, RehearsalError, WaitTimeout
from harness.monitor import CloudUnreachable, ExecutionMissing, Machines, PermissionMissing
from tests.monitor.recordings import MACHINES, FakeStepFunctions, Recording, machines


def test_payment_is_found_by_its_id() -> None:
    subject = machines(Recording("declined"), Recording("refunded")).find("dec-1")

    assert (subject.flow, subject.name, subject.status) == ("payment", "dec-1", "FAILED")
    assert (subject.user_id, subject.price, subject.order_id) == ("user_test_001", "4.00 USD", "o-7")


def test_refund_is_found_by_its_id() -> None:
    subject = machines(Recording("declined"), Recording("refunded")).find("ref-1")

    assert (subject.flow, subject.refund_id, subject.payment_id) == ("refund", "ref-1", "ok-1")


def test_execution_is_found_by_its_arn() -> None:
    recording = Recording("paid")

    assert machines(recording).find(recording.arn).payment_id == "ok-1"


@pytest.mark.parametrize("wanted", ["nobody", "arn:aws:states:us-east-1:1:execution:other:x", "no good name", "arn:"])
def test_unknown_execution_is_explained(wanted: str) -> None:
    with pytest.raises(ExecutionMissing) as raised:
        machines(Recording("paid"), Recording("refunded")).find(wanted)

    assert str(raised.value).splitlines() == [
        f"ExecutionMissing: there is no execution {wanted!r}",
        "  looked in  payments-payment-flow, payments-refund-flow",
        "  recent     ref-1, ok-1",
        "  do         rehearse monitor lists those that there are",
    ]


def test_recent_ones_of_all_machines_are_listed_the_oldest_first() -> None:
    several = machines(*map(Recording, ("refunded", "insufficient_funds", "paid")))

    assert [one.name for one in several.recent(10)] == ["ok-1", "ref-1", "insuff-1"]
    assert [one.name for one in several.recent(1)] == ["insuff-1"]


def test_next_one_is_found_when_somebody_starts_it() -> None:
    client = FakeStepFunctions(Recording("paid"))
    watched = Machines(client, MACHINES, ManualClock())
    seen = watched.newest()
    fresh = Recording("declined")
    client.recordings[fresh.arn] = fresh

    assert watched.next_after(seen, within_s=1).name == "dec-1"


def test_waiting_for_the_next_one_ends_when_nobody_starts_any() -> None:
    watched = Machines(FakeStepFunctions(Recording("paid")), MACHINES, ManualClock())

    with pytest.raises(WaitTimeout, match="no execution began within 3 s") as raised:
        watched.next_after(watched.newest(), within_s=3)

    assert "rehearse pay" in raised.value.remedy


def refuse(code: str) -> Callable[..., None]:
    def refusing(**_: object) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "no such luck"}}, "DescribeExecution")

    return refusing


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("AccessDeniedException", PermissionMissing, "allow states:ListExecutions"),
        ("ExpiredTokenException", PermissionMissing, "get new ones"),
        ("StateMachineDoesNotExist", ExecutionMissing, "rehearse deploy"),
        ("InternalError", AnswerUnexpected, "InternalError: no such luck"),
    ],
)
def test_refusal_of_aws_says_what_to_do(code: str, kind: type[RehearsalError], words: str) -> None:
    client = FakeStepFunctions(Recording("paid"))
    client.describe_execution = refuse(code)  # type: ignore[method-assign, assignment]

    with pytest.raises(kind) as raised:
        Machines(client, MACHINES).find("ok-1")

    assert words in str(raised.value)


def test_cloud_that_does_not_answer_is_named() -> None:
    client = FakeStepFunctions(Recording("paid"))

    def unreachable(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:4566")

    client.describe_execution = unreachable  # type: ignore[method-assign, assignment]
    with pytest.raises(CloudUnreachable) as raised:
        Machines(client, MACHINES).find("ok-1")

    assert "rehearse status" in str(raised.value)
    assert "http://127.0.0.1:4566" in str(raised.value)
