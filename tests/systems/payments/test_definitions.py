"""The state machines and the template say what the code does: error names, timeouts, permissions, placeholders."""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import payments
import pytest
from payments.domain import errors

from tests.systems.call_graph import CallGraph
from tests.systems.machine import definition as definition_of
from tests.systems.machine import definitions
from tests.systems.templates import functions_of_template, template

DEFINITIONS = definitions("payments")
SYSTEM = DEFINITIONS.parent
definition = partial(definition_of, "payments")
DOMAIN = Path(payments.__file__).parent / "domain"
FLOWS = ["payment-flow", "refund-flow"]
STATES = [(flow, name) for flow in FLOWS for name in definition(flow)["States"]]
TASKS = [(flow, name) for flow, name in STATES if definition(flow)["States"][name]["Type"] == "Task"]

# Where each operation begins in the domain.
BEGINNINGS = {
    "CheckWalletBalance": "check_balance",
    "DebitWallet": "debit",
    "CompensateWallet": "compensate",
    "PaymentCreate": "create",
    "UpdatePaymentStatus": "complete",
    "MarkFailed": "mark_failed",
    "ProcessPayment": "Cashier.charge",
    "ResolveCharge": "Cashier.resolve",
    "ReverseCharge": "Cashier.reverse",
    "ReserveRefund": "reserve",
    "RefundCharge": "give_back",
    "CreditRefund": "credit",
    "ReleaseRefund": "release",
}
# What the ports may raise, by the name of the call.
PORTS = {name: {"StoreUnavailable"} for name in ("commit", "event", "payment", "wallet", "read", "replace")}


GRAPH = CallGraph(
    domain=DOMAIN,
    ports=PORTS,
    classes=("Cashier", "Breaker", "Wallet", "Circuit"),
    known=errors.error_names(),
    others=("charge", "resolve", "reverse"),
)


def named(state: dict) -> set[str]:
    rules = [*state["Retry"], *state.get("Catch", [])]
    return {name for rule in rules for name in rule["ErrorEquals"] if "." not in name}


@pytest.mark.parametrize(("flow", "name"), [(flow, name) for flow, name in TASKS if name in BEGINNINGS])
def test_every_error_of_a_step_is_matched_by_its_name(flow, name):
    missing = GRAPH.errors_of(BEGINNINGS[name]) - named(definition(flow)["States"][name])

    assert missing == set()


def test_call_graph_sees_what_it_is_for():
    assert GRAPH.errors_of("debit") == {
        "StoreUnavailable",
        "WalletContention",
        "WalletNotFound",
        "InsufficientFunds",
        "CurrencyMismatch",
        "PaymentClosed",
    }
    assert {"CircuitOpen", "ChargeUnknown", "PaymentDeclined", "ChargeMismatch"} <= GRAPH.errors_of("Cashier.charge")


@pytest.mark.parametrize(("flow", "name"), TASKS)
def test_every_name_in_the_definition_is_an_error_that_exists(flow, name):
    assert named(definition(flow)["States"][name]) <= errors.error_names()


@pytest.mark.parametrize(("flow", "name"), TASKS)
def test_every_task_is_bounded_and_retries_by_name(flow, name):
    state = definition(flow)["States"][name]

    assert 0 < state["TimeoutSeconds"] <= 20
    assert state["Retry"]
    for retrier in state["Retry"]:
        assert "States.ALL" not in retrier["ErrorEquals"]
        assert retrier["JitterStrategy"] == "FULL"
        assert retrier["MaxDelaySeconds"] <= 60
    if state["Resource"].endswith("lambda:invoke"):
        retried = {name for retrier in state["Retry"] for name in retrier["ErrorEquals"]}
        assert {"Runtime.ExitError", "Sandbox.Timedout", "Lambda.TooManyRequestsException", "Lambda.Unknown"} <= retried


@pytest.mark.parametrize(("flow", "name"), TASKS)
def test_catching_everything_leads_only_to_compensation_or_reconciliation(flow, name):
    for catcher in definition(flow)["States"][name].get("Catch", []):
        if "States.ALL" in catcher["ErrorEquals"]:
            assert catcher["Next"] in {
                "CompensateWallet",
                "ResolveCharge",
                "ParkUnresolvedCharge",
                "ParkUnresolvedRefund",
            }


@pytest.mark.parametrize(("flow", "name"), STATES)
def test_every_state_is_reached_and_leads_on_and_every_failure_has_a_name(flow, name):
    document = definition(flow)
    targets = {document["StartAt"]}
    for state in document["States"].values():
        targets |= {state.get("Next")} | {catcher["Next"] for catcher in state.get("Catch", [])}
    state = document["States"][name]

    assert name in targets
    assert targets - {None} <= document["States"].keys()
    assert state["Type"] in ("Task", "Fail")
    assert state["Type"] == "Task" or (state.keys() & {"Error", "ErrorPath"} and state.keys() & {"Cause", "CausePath"})


@pytest.mark.parametrize("flow", FLOWS)
def test_every_placeholder_of_a_definition_is_filled_by_the_template(flow):
    text = (DEFINITIONS / f"{flow}.asl.json").read_text()
    machine = next(
        one["Properties"]
        for one in template("payments")["Resources"].values()
        if one.get("Properties", {}).get("DefinitionUri", "").endswith(f"{flow}.asl.json")
    )

    placeholders = {part.split("}")[0] for part in text.split("${")[1:]}
    assert placeholders == machine["DefinitionSubstitutions"].keys()


def test_tasks_wait_longer_than_their_functions_may_run():
    """Else a step would be compensated while its function is still at work."""
    timeouts = {name: one.get("Timeout", 10) for name, one in functions_of_template("payments").items()}
    for flow in FLOWS:
        for state in definition(flow)["States"].values():
            if state["Type"] == "Task" and "FunctionName" in state["Parameters"]:
                function = state["Parameters"]["FunctionName"].strip("${}").removesuffix("Arn") + "Function"
                assert state["TimeoutSeconds"] > timeouts[function]


def test_every_handler_exists():
    for properties in functions_of_template("payments").values():
        module, _, function = properties["Handler"].rpartition(".")
        path = SYSTEM / "src" / Path(*module.split(".")).with_suffix(".py")
        assert f"def {function}(" in path.read_text()


def test_no_function_may_do_everything():
    document = json.dumps({name: one["Policies"] for name, one in functions_of_template("payments").items()})

    assert '"*"' not in document
    assert "dynamodb:*" not in document


@pytest.mark.slow
def test_template_is_clean_by_cfn_lint():
    command = [Path(sys.executable).with_name("cfn-lint"), SYSTEM / "template.yaml"]
    linted = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    assert (linted.stdout, linted.returncode) == ("", 0)
