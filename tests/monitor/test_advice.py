"""Known troubles are answered with what to do."""

import json
from pathlib import Path

import pytest

from harness.monitor.advice import FUNCTION_BY_STATE, advice
from tests.monitor.recordings import Recording

MACHINE = Path(__file__).parents[2] / "systems/payments/statemachine/payment-flow.asl.json"
SUBJECT = Recording("declined").subject


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("InsufficientFunds", "rehearse wallet credit user_test_001 4.00"),
        ("WalletNotFound", "rehearse wallet open user_test_001 4.00"),
        ("CurrencyMismatch", "rehearse wallet show user_test_001"),
        ("PaymentDeclined", "--card tok_visa"),
        ("GatewayUnavailable", "curl -X DELETE $GATEWAY_URL/_admin/faults"),
        ("CircuitOpen", "circuit breaker is open"),
        ("ChargeUnresolved", "look later"),
        ("Sandbox.Timedout", "longer than its Timeout in the template"),
        ("States.Timeout", "TimeoutSeconds"),
        ("States.Permissions", "role may not"),
        ("Lambda.AccessDeniedException", "Policies in the template"),
        ("Runtime.ExitError", "rehearse logs --function payments-adapter"),
        ("States.Runtime", "rehearse validate"),
        ("Lambda.Unknown", "rehearse logs --function payments-adapter"),
        ("NobodyThoughtOfThis", "rehearse logs --function payments-adapter"),
    ],
)
def test_trouble_has_an_answer(error: str, words: str) -> None:
    assert words in advice([error], "ProcessPayment", SUBJECT)


def test_nothing_is_advised_when_nothing_failed() -> None:
    assert advice(["", ""], "", SUBJECT) == ""


def test_function_is_the_one_that_the_state_invokes() -> None:
    states = json.loads(MACHINE.read_text())["States"]
    invoked = {
        name: state["Parameters"]["FunctionName"].strip("${}").removesuffix("Arn")
        for name, state in states.items()
        if "FunctionName" in state.get("Parameters", {})
    }

    assert {name: _camel(function) for name, function in FUNCTION_BY_STATE.items()} == invoked


def _camel(function: str) -> str:
    return "".join(word.capitalize() for word in function.split("-"))
