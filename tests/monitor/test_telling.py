"""Each transition becomes the line that users know, with its icon."""

from datetime import UTC, datetime, timedelta
from typing import Any

from harness.clients.flow import Flow
from harness.monitor import Line, Subject, Telling, opening
from tests.monitor.recordings import Recording

START = datetime(2026, 1, 1, tzinfo=UTC)


def told(*lines: Line) -> list[str]:
    return [f"{line.icon} {line.text}" for line in lines]


def lines_of(name: str) -> list[str]:
    return told(*Telling().take(Recording(name).flow.transitions))


def event(number: int, kind: str, at_ms: int = 0, **details: Any) -> dict[str, Any]:
    at = START + timedelta(milliseconds=at_ms)
    return {"id": number, "previousEventId": number - 1, "type": kind, "timestamp": at, "someEventDetails": details}


def test_five_states_run_and_succeed_when_the_payment_is_paid() -> None:
    names = ("CheckWalletBalance", "PaymentCreate", "DebitWallet", "ProcessPayment", "UpdatePaymentStatus")

    assert lines_of("paid") == [
        line for name in names for line in (f"running [RUNNING] {name}", f"success [SUCCESS] {name}")
    ]


def test_time_is_told_when_a_state_succeeds() -> None:
    success = Telling().take(Recording("paid").flow.transitions)[1]

    assert (success.aside, success.style) == ("(27 ms)", "green")


def test_way_back_is_marked_when_a_catch_took_over() -> None:
    assert lines_of("declined")[6:] == [
        "running [RUNNING] ProcessPayment",
        "failed [FAILED]  ProcessPayment",
        "running [RUNNING] ↩ CompensateWallet",
        "success [SUCCESS] ↩ CompensateWallet",
        "running [RUNNING] ↩ MarkFailed",
        "success [SUCCESS] ↩ MarkFailed",
        "failed [FAILED]  ↩ PaymentFailed",
    ]


def test_error_and_its_message_are_told_when_a_state_failed() -> None:
    failed = Telling().take(Recording("declined").flow.transitions)[7]

    assert failed.aside.endswith("PaymentDeclined: card_declined: the card was declined")
    assert "stackTrace" not in failed.aside


def test_warning_and_retry_are_told_when_an_attempt_failed() -> None:
    assert lines_of("gateway_down")[6:13] == [
        "running [RUNNING] ProcessPayment",
        "warning [WARNING] ProcessPayment",
        "retry [RETRY]   ProcessPayment",
        "warning [WARNING] ProcessPayment",
        "retry [RETRY]   ProcessPayment",
        "failed [FAILED]  ProcessPayment",
        "running [RUNNING] ↩ ResolveCharge",
    ]


def test_warning_is_told_at_once_when_nothing_follows_a_failed_attempt() -> None:
    flow, telling = Flow(), Telling()

    first = telling.take(
        flow.feed([event(1, "TaskStateEntered", name="Charge"), event(2, "TaskFailed", error="GatewayUnavailable")])
    )
    waiting = telling.take([])
    retrying = telling.take(flow.feed([event(3, "TaskScheduled", 900)]))

    assert told(*first) == ["running [RUNNING] Charge"]
    assert waiting[0].aside == "attempt 1 failed, retry in progress: GatewayUnavailable"
    assert told(*retrying) == ["retry [RETRY]   Charge"]
    assert telling.take([]) == []


def test_states_that_only_route_are_left_out() -> None:
    flow = Flow()
    flow.feed([event(1, "ChoiceStateEntered", name="Paid?"), event(2, "ChoiceStateExited", name="Paid?")])
    flow.feed([event(3, "WaitStateEntered", name="Wait"), event(4, "WaitStateExited", 1500, name="Wait")])

    assert told(*Telling().take(flow.transitions)) == ["running [RUNNING] Wait", "success [SUCCESS] Wait"]


def test_opening_says_who_pays_how_much_for_what() -> None:
    lines = opening(Recording("declined").subject, "991.00 USD")

    assert told(*lines) == [
        "start start payment dec-1",
        "details user user_test_001 · amount 4.00 USD · order o-7",
        "balance initial balance 991.00 USD",
    ]


def test_opening_names_the_payment_when_it_is_a_refund() -> None:
    lines = opening(Recording("refunded").subject, "")

    assert told(*lines) == ["start start refund ref-1", "details of payment ok-1"]


def test_opening_is_short_when_nothing_is_known() -> None:
    assert told(*opening(Subject("arn:x:y", "payment", "RUNNING", START), "")) == ["start start payment y"]
