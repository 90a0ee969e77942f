"""Requests are refused with every field that is wrong, in stable codes, and without repeating what was sent."""

import json
from decimal import Decimal

import pytest
from groundwork.money import EXPONENT_BY_CURRENCY, AmountInvalid, format_amount, parse_amount
from hypothesis import given
from hypothesis import strategies as st
from payments.domain.card_numbers import holds_card_number
from payments.domain.validation import (
    Limits,
    RequestInvalid,
    check_id,
    parse_body,
    parse_credit,
    parse_payment,
    parse_refund,
)

LIMITS = Limits(amount_minor_max=1_000_000)
GOOD = {"user_id": "alice", "amount": "50.00", "currency": "USD"}


def problems(body: dict) -> set[tuple[str, str]]:
    with pytest.raises(RequestInvalid) as refused:
        parse_payment(body, "pay-1", LIMITS)
    return {(one.field, one.code) for one in refused.value.problems}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"amount": "0"}, ("amount", "not_positive")),
        ({"amount": "0.00"}, ("amount", "not_positive")),
        ({"amount": "-5.00"}, ("amount", "not_positive")),
        ({"amount": -5}, ("amount", "not_positive")),
        ({"amount": "5.001"}, ("amount", "too_many_decimals")),
        ({"amount": Decimal("5.001")}, ("amount", "too_many_decimals")),
        ({"amount": "5.5", "currency": "JPY"}, ("amount", "too_many_decimals")),
        ({"amount": "10000.01"}, ("amount", "too_large")),
        ({"amount": Decimal("1e400")}, ("amount", "too_large")),
        ({"amount": "9" * 30}, ("amount", "malformed")),
        ({"amount": "1e2"}, ("amount", "malformed")),
        ({"amount": "5,00"}, ("amount", "malformed")),
        ({"amount": "NaN"}, ("amount", "malformed")),
        ({"amount": ""}, ("amount", "malformed")),
        ({"amount": "٣"}, ("amount", "malformed")),
        ({"amount": True}, ("amount", "wrong_type")),
        ({"amount": ["5.00"]}, ("amount", "wrong_type")),
        ({"amount": None}, ("amount", "required")),
        ({"currency": "XXX"}, ("currency", "unknown_currency")),
        ({"currency": "usd"}, ("currency", "unknown_currency")),
        ({"currency": 5}, ("currency", "wrong_type")),
        ({"currency": None}, ("currency", "required")),
        ({"user_id": None}, ("user_id", "required")),
        ({"user_id": ""}, ("user_id", "malformed")),
        ({"user_id": "a b"}, ("user_id", "malformed")),
        ({"user_id": 5}, ("user_id", "wrong_type")),
        ({"payment_id": "a/b"}, ("payment_id", "malformed")),
        ({"payment_id": "p" * 65}, ("payment_id", "malformed")),
        ({"merchant": "#"}, ("merchant", "malformed")),
        ({"card": "4242424242424242"}, ("card", "card_number_refused")),
        ({"card": "4242 4242 4242 4242"}, ("card", "card_number_refused")),
        ({"card": "tok visa"}, ("card", "malformed")),
        ({"description": "card 4242-4242-4242-4242 please"}, ("description", "card_number_refused")),
        ({"description": "x" * 501}, ("description", "wrong_length")),
        ({"description": "\ud800"}, ("description", "malformed")),
        ({"description": "a\x00b"}, ("description", "malformed")),
        ({"metadata": {"note": "378282246310005"}}, ("metadata", "card_number_refused")),
        ({"metadata": {"4242424242424242": "x"}}, ("metadata", "card_number_refused")),
        ({"metadata": {"a": 5}}, ("metadata", "wrong_type")),
        ({"metadata": ["a"]}, ("metadata", "wrong_type")),
        ({"metadata": {f"k{n}": "v" for n in range(21)}}, ("metadata", "too_many_keys")),
        ({"metadata": {"k" * 41: "v"}}, ("metadata", "wrong_length")),
        ({"metadata": {"": "v"}}, ("metadata", "wrong_length")),
        ({"metadata": {"k": "v" * 501}}, ("metadata", "too_long")),
        ({"amout": "5"}, ("amout", "unknown_field")),
        ({"4242424242424242": "5"}, ("(unprintable)", "unknown_field")),
    ],
)
def test_payment_is_refused_when_a_field_is_wrong(change, expected):
    assert problems({**GOOD, **change}) == {expected}


def test_all_problems_are_told_when_several_fields_are_wrong():
    assert problems({"amount": "-1", "card": "4242424242424242", "x": 1}) == {
        ("user_id", "required"),
        ("currency", "required"),
        ("amount", "not_positive"),
        ("card", "card_number_refused"),
        ("x", "unknown_field"),
    }


def test_no_message_repeats_a_value_when_a_request_is_refused():
    with pytest.raises(RequestInvalid) as refused:
        parse_payment({**GOOD, "card": "4242424242424242", "user_id": "sécret"}, "pay-1", LIMITS)

    told = repr(refused.value.problems)
    assert "4242" not in told
    assert "sécret" not in told


def test_payment_is_read_when_all_is_well():
    body = parse_body('{"user_id":"alice","amount":50.10,"currency":"USD","metadata":{"a":"b"}}', LIMITS)

    request = parse_payment(body, "pay-1", LIMITS)

    assert (request.payment_id, request.amount_minor, request.metadata) == ("pay-1", 5010, {"a": "b"})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "malformed_json"),
        ("", "malformed_json"),
        ("[]", "malformed_json"),
        ('"x"', "malformed_json"),
        ('{"amount": NaN}', "malformed_json"),
        ('{"amount": Infinity}', "malformed_json"),
        ('{"amount": 1, "amount": 2}', "malformed_json"),
        ("[" * 10_000, "malformed_json"),
        ('{"description": "' + "x" * 17_000 + '"}', "body_too_large"),
    ],
)
def test_body_is_refused_when_it_is_no_object(text, code):
    with pytest.raises(RequestInvalid) as refused:
        parse_body(text, LIMITS)

    assert refused.value.code == code


def test_same_request_gives_the_same_text_and_another_another():
    one = parse_payment({**GOOD, "metadata": {"a": "1", "b": "2"}}, "pay-1", LIMITS)
    same = parse_payment({"metadata": {"b": "2", "a": "1"}, **GOOD, "amount": "50.0"}, "pay-1", LIMITS)
    other = parse_payment({**GOOD, "amount": "50.01"}, "pay-1", LIMITS)

    assert one.canonical() == same.canonical()
    assert one.request_hash != other.request_hash
    assert type(one).from_state(json.loads(one.canonical())) == one


def test_refund_means_all_that_is_left_when_it_names_no_amount():
    assert parse_refund({}, "pay-1", "USD", "ref-1", LIMITS).amount_minor is None
    assert parse_refund({"amount": "1.5"}, "pay-1", "KWD", "ref-1", LIMITS).amount_minor == 1500


def test_credit_is_for_the_user_of_the_path():
    credit = parse_credit({"amount": "5", "currency": "JPY"}, "alice", "c-1", LIMITS)

    assert (credit.user_id, credit.amount_minor) == ("alice", 5)
    with pytest.raises(RequestInvalid):
        parse_credit({"amount": "5", "currency": "JPY", "user_id": "bob"}, "alice", "c-1", LIMITS)


@pytest.mark.parametrize("value", ["", "a/b", "x" * 65, "4242424242424242"])
def test_id_is_refused_when_it_can_be_none(value):
    with pytest.raises(RequestInvalid):
        check_id("payment_id", value)


@pytest.mark.parametrize("text", ["4242424242424242", "x5555555555554444y", "3782 822463 10005", "6011-1111-1111-1117"])
def test_card_number_is_found_wherever_it_stands(text):
    assert holds_card_number(text)


@pytest.mark.parametrize("text", ["4242424242424241", "1732179999999", "order 12345", "00000000000000000000", ""])
def test_other_digits_are_no_card_number(text):
    assert not holds_card_number(text)


@given(st.sampled_from(sorted(EXPONENT_BY_CURRENCY)), st.integers(1, 10**12))
def test_amount_survives_the_way_out_and_in(currency, amount_minor):
    assert parse_amount(format_amount(amount_minor, currency), currency, 10**12) == amount_minor


@given(st.text(max_size=30) | st.decimals(allow_nan=True) | st.integers())
def test_amount_is_read_exactly_or_refused(value):
    try:
        amount_minor = parse_amount(value, "USD", 10**9)
    except AmountInvalid:
        return
    assert Decimal(amount_minor) == Decimal(value) * 100
