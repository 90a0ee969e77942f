"""The line of an operation: names in camelCase, money as decimal text, our own errors as warnings."""

import logging

import pytest
from groundwork.failures import Refused
from groundwork.observability import operation_line


class NoRoom(Refused):
    default_code = "no_room"


def told(caplog: pytest.LogCaptureFixture) -> logging.LogRecord:
    (record,) = caplog.records
    return record


def test_amounts_are_told_in_their_currency(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with operation_line("Pay", "c-1", user_id="u-1", amount_minor=4005, currency="USD") as line:
        line.add(balance_minor=None, order_id=None)

    fields = vars(told(caplog))
    assert (fields["operation"], fields["correlationId"], fields["userId"]) == ("Pay", "c-1", "u-1")
    assert fields["amount"] == "40.05"
    assert not {"balance", "orderId", "amount_minor"} & fields.keys()


def test_refusal_is_a_warning_with_its_code(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(NoRoom), operation_line("Book", "corr-2"):
        raise NoRoom("it is full")

    fields = vars(told(caplog))
    assert (fields["levelname"], fields["error"], fields["errorCode"]) == ("WARNING", "NoRoom", "no_room")


def test_what_is_unexpected_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(KeyError), operation_line("Book", "corr-3"):
        raise KeyError("gone")

    fields = vars(told(caplog))
    assert (fields["levelname"], fields["error"]) == ("ERROR", "KeyError")
