"""Who calls, where no trace tells: the name that the SDK sends as its application id."""

import pytest

from harness.edge.call import Call, Namespace
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
