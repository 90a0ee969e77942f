"""The deposits' machines and the template say what the code does: error names, timeouts, placeholders."""

import importlib
from functools import partial
from pathlib import Path

import booking
import pytest
from booking.domain import deposit_errors, errors
from booking.handlers.deposits import OPERATIONS
from groundwork.failures import Failed

from tests.systems.call_graph import CallGraph
from tests.systems.machine import SQS, definitions
from tests.systems.machine import definition as definition_of
from tests.systems.templates import functions_of_template, template

definition = partial(definition_of, "booking")
FLOWS = ["deposit-flow", "cancellation-flow"]
STATES = [(flow, name) for flow in FLOWS for name in definition(flow)["States"]]
TASKS = [(flow, name) for flow, name in STATES if definition(flow)["States"][name]["Type"] == "Task"]
STEPS = [(flow, name) for flow, name in TASKS if name in OPERATIONS]
PARKING = {"ParkUnresolvedDeposit", "ParkUnresolvedRefund"}
KNOWN = {
    name
    for module in (errors, deposit_errors)
    for name, one in vars(module).items()
    if isinstance(one, type) and issubclass(one, Failed)
}
# Where each operation begins in the domain.
BEGINNINGS = {
    "HoldSlot": "DepositSteps.hold",
    "TakeDeposit": "DepositSteps.take",
    "AskDeposit": "DepositSteps.ask",
    "ConfirmBooking": "DepositSteps.confirm",
    "ReleaseBooking": "DepositSteps.release",
    "CancelBooking": "DepositSteps.cancel",
    "RefundDeposit": "DepositSteps.refund",
    "MarkRefunded": "DepositSteps.mark_refunded",
}
# What the bookings' desk may raise, by the name of the call. It reads before it writes, so all but a hold may miss.
_CHANGE = {"StoreUnavailable", "NotFound", "BookingClosed"}
_REFUSED = {"SlotTaken", "OutsideAvailability", "LimitReached", "IdempotencyConflict", "RequestInvalid"}
DESK = {
    "hold": {"StoreUnavailable", "NotFound", *_REFUSED},
    "confirm": _CHANGE,
    "release": _CHANGE,
    "cancel": _CHANGE,
    "find": {"StoreUnavailable", "NotFound"},
}
GRAPH = CallGraph(
    domain=Path(booking.__file__).parent / "domain",
    ports=DESK,
    classes=("DepositSteps",),
    known=KNOWN,
    # The desk's, not the steps' own.
    others=("hold", "confirm", "release", "cancel", "refund"),
)


def named(state: dict) -> set[str]:
    rules = [*state["Retry"], *state.get("Catch", [])]
    return {name for rule in rules for name in rule["ErrorEquals"] if "." not in name}


def test_every_operation_of_the_function_is_known_here():
    assert OPERATIONS.keys() == BEGINNINGS.keys()
    assert {name for _, name in STEPS} == OPERATIONS.keys()


@pytest.mark.parametrize(("flow", "name"), STEPS)
def test_every_error_of_a_step_is_matched_by_its_name(flow, name):
    possible = GRAPH.errors_of(BEGINNINGS[name])
    handled_inside = {"NotFound", "StoreUnavailable"} & possible if name == "AskDeposit" else set()

    assert possible - handled_inside - named(definition(flow)["States"][name]) == set()


def test_call_graph_sees_what_it_is_for():
    assert GRAPH.errors_of("DepositSteps.take") == {
        "BookingClosed",
        "DepositDeclined",
        "DepositNotTaken",
        "DepositPending",
        "DepositReturned",
        "DepositUnknown",
        "NotFound",
        "PaymentsUnreachable",
        "StoreUnavailable",
    }


@pytest.mark.parametrize(("flow", "name"), TASKS)
def test_every_name_in_the_definition_is_an_error_that_exists(flow, name):
    assert named(definition(flow)["States"][name]) <= KNOWN


@pytest.mark.parametrize(("flow", "name"), TASKS)
def test_every_task_is_bounded_and_retries_by_name(flow, name):
    state = definition(flow)["States"][name]

    assert 0 < state["TimeoutSeconds"] <= 20
    assert state["Retry"]
    for retrier in state["Retry"]:
        assert "States.ALL" not in retrier["ErrorEquals"]
        assert retrier["JitterStrategy"] == "FULL"
        assert retrier["MaxDelaySeconds"] <= 60


@pytest.mark.parametrize(("flow", "name"), TASKS)
def test_catching_everything_leads_only_to_asking_or_parking(flow, name):
    for catcher in definition(flow)["States"][name].get("Catch", []):
        if "States.ALL" in catcher["ErrorEquals"]:
            assert catcher["Next"] in (PARKING | {"AskDeposit"} if name == "TakeDeposit" else PARKING)


def test_only_what_surely_asked_for_nothing_is_retried_where_money_is_asked_for():
    state = definition("deposit-flow")["States"]["TakeDeposit"]

    retried = {name for retrier in state["Retry"] for name in retrier["ErrorEquals"]}

    assert retried == {"PaymentsUnreachable", "StoreUnavailable", "NotFound", "Lambda.TooManyRequestsException"}


def test_slot_is_released_only_on_errors_that_say_there_is_no_money():
    states = definition("deposit-flow")["States"]
    released = {
        (name, error)
        for name, state in states.items()
        for catcher in state.get("Catch", [])
        if catcher["Next"] == "ReleaseBooking"
        for error in catcher["ErrorEquals"]
    }

    assert released == {
        ("HoldSlot", "BookingClosed"),
        ("TakeDeposit", "BookingClosed"),
        ("TakeDeposit", "DepositDeclined"),
        ("TakeDeposit", "DepositNotTaken"),
        ("TakeDeposit", "PaymentsUnreachable"),
        ("AskDeposit", "DepositDeclined"),
        ("AskDeposit", "DepositNotTaken"),
    }


@pytest.mark.parametrize(("flow", "name"), STATES)
def test_every_state_is_reached_and_leads_on_and_every_failure_has_a_name(flow, name):
    document = definition(flow)
    targets = {document["StartAt"]}
    for state in document["States"].values():
        targets |= {state.get("Next"), state.get("Default")} | {one["Next"] for one in state.get("Catch", [])}
        targets |= {one["Next"] for one in state.get("Choices", [])}
    state = document["States"][name]

    assert name in targets
    assert targets - {None} <= document["States"].keys()
    if state["Type"] == "Fail":
        assert state.keys() & {"Error", "ErrorPath"}
        assert state.keys() & {"Cause", "CausePath"}


@pytest.mark.parametrize("flow", FLOWS)
def test_every_placeholder_of_a_definition_is_filled_by_the_template(flow):
    text = (definitions("booking") / f"{flow}.asl.json").read_text()
    machine = next(
        one["Properties"]
        for one in template("booking")["Resources"].values()
        if one.get("Properties", {}).get("DefinitionUri", "").endswith(f"{flow}.asl.json")
    )

    placeholders = {part.split("}")[0] for part in text.split("${")[1:]}
    assert placeholders == machine["DefinitionSubstitutions"].keys()


@pytest.mark.parametrize(("flow", "name"), TASKS)
def test_tasks_wait_longer_than_their_function_may_run(flow, name):
    """Else a step would be given up while its function is still at work."""
    state = definition(flow)["States"][name]
    if state["Resource"] != SQS:
        assert state["TimeoutSeconds"] > functions_of_template("booking")["DepositsFunction"].get("Timeout", 10)


@pytest.mark.parametrize("name", ["DepositsFunction", "ReconcileDepositsFunction"])
def test_handlers_of_deposits_exist(name):
    module, _, function = functions_of_template("booking")[name]["Handler"].rpartition(".")

    assert callable(getattr(importlib.import_module(module), function))


def test_parked_messages_hold_no_card_and_no_customer():
    for flow in FLOWS:
        for state in definition(flow)["States"].values():
            if state.get("Resource") == SQS:
                assert state["Parameters"]["MessageBody"]["state"].keys() <= {
                    "tenant_id.$", "booking_id.$", "reason.$",
                }  # fmt: skip
