"""Who calls, and in which execution, where no trace tells: the application's id, and the names that a call says."""

from collections.abc import Iterator

import pytest

from harness.edge.call import Call, Namespace, Target
from harness.edge.correlation import executions
from harness.edge.identify import Identifier
from harness.edge.upstream import own_call

AGENT = b"Boto3/1.40.1 md/Botocore#1.40.1 ua/2.0 os/linux#6.1 lang/python#3.13 app/%b Botocore/1.40.1"


def marked(*, by_app: bool, agent: bytes) -> Call:
    call = own_call(Namespace("000000000000", "us-east-1"), "GetItem", {})
    call.headers = [*call.headers, (b"user-agent", agent)]
    Identifier(lambda _: "000000000000", "us-east-1", callers_by_app=by_app).mark(call)
    return call


def test_caller_is_the_application_when_no_trace_names_one() -> None:
    assert marked(by_app=True, agent=AGENT % b"payments-adapter").caller == "payments-adapter"


@pytest.mark.parametrize(
    ("by_app", "agent"), [(False, AGENT % b"payments"), (True, b"Boto3/1.40.1"), (True, b""), (True, b"Happ/x")]
)
def test_caller_is_unknown_when_nothing_names_one(by_app: bool, agent: bytes) -> None:
    assert marked(by_app=by_app, agent=agent).caller == ""


MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:flow"
EXECUTION = MACHINE.replace(":stateMachine:", ":execution:")
OURS = Namespace("000000000000", "us-east-1")


@pytest.fixture(autouse=True)
def _no_executions_before() -> Iterator[None]:
    executions.forget()
    yield
    executions.forget()


def started(identifier: Identifier, name: str) -> None:
    call = own_call(OURS, "StartExecution", {"stateMachineArn": MACHINE, "name": name})
    call.service = "states"
    identifier.recognise(call)


def of_function(key: str) -> Call:
    call = own_call(OURS, "PutItem", {})
    call.caller, call.targets = "wallet-service", (Target("Wallets", "UserID=alice"), Target("Payments", key))
    return call


@pytest.mark.parametrize(
    ("key", "execution"),
    [("ID=pay-1", "pay-1"), ("ID=dep-pay-1", "pay-1"), ("PK=TENANT#t,SK=EVENT#pay-1#3", "pay-1"), ("ID=pay-2", "")],
)
def test_untraced_call_belongs_to_the_execution_that_its_key_names(key: str, execution: str) -> None:
    identifier = Identifier(lambda _: OURS.account, OURS.region, callers_by_app=True)
    started(identifier, "pay-1")
    call = of_function(key)

    identifier.recognise(call)

    assert call.execution == (f"{EXECUTION}:{execution}" if execution else "")


def test_payment_of_a_deposit_is_its_own_execution_s_once_that_began() -> None:
    identifier = Identifier(lambda _: OURS.account, OURS.region, callers_by_app=True)
    started(identifier, "booking-1")
    started(identifier, "dep-booking-1")
    call = of_function("ID=dep-booking-1")

    identifier.recognise(call)

    assert call.execution == f"{EXECUTION}:dep-booking-1"


def test_call_of_a_deployed_api_belongs_to_the_execution_that_its_body_names() -> None:
    identifier = Identifier(lambda _: OURS.account, OURS.region, callers_by_app=True)
    started(identifier, "booking-1")
    call = own_call(OURS, "", {"payment_id": "dep-booking-1"})
    call.service = "execute-api"

    identifier.recognise(call)

    assert call.execution == f"{EXECUTION}:booking-1"


def test_names_tell_nothing_where_traces_do() -> None:
    identifier = Identifier(lambda _: OURS.account, OURS.region)
    started(identifier, "pay-1")
    call = of_function("ID=pay-1")

    identifier.recognise(call)

    assert call.execution == ""


def test_call_belongs_to_its_own_account_s_execution_when_another_account_has_one_of_that_name() -> None:
    identifier = Identifier(lambda _: OURS.account, OURS.region, callers_by_app=True)
    started(identifier, "pay-1")
    executions.expect(EXECUTION.replace(OURS.account, "111111111111") + ":pay-1")
    call = of_function("ID=pay-1")

    identifier.recognise(call)

    assert call.execution == f"{EXECUTION}:pay-1"
