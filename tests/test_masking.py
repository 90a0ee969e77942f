"""Card numbers and keys are taken out; what only looks like one stays."""

import time

import pytest

from harness.masking import masked, masked_document, masked_text, masked_values


@pytest.mark.parametrize(
    "number", ["4242424242424242", "4242 4242 4242 4242", "4000-0000-0000-0002", "378282246310005", "3782 822463 10005"]
)
def test_card_number_is_taken_out_when_it_passes_luhn(number: str) -> None:
    assert masked(f"card={number!r}, amount 40.00") == "card='[card number]', amount 40.00"


def test_card_number_is_taken_out_when_it_names_a_file() -> None:
    assert masked("Key=cards/4242424242424242.txt") == "Key=cards/[card number].txt"


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424242.25",
        "4242424242424241",  # fails Luhn's check
        "seed 3777617957 40.00",
        "ch_4242424242424242abc",  # a part of a longer name
        "12.4242424242424242",
        "2026-11-21T11:55:49.302000Z",
        "1234567890123452",  # no network begins with 1
    ],
)
def test_text_stays_when_it_holds_no_card_number(text: str) -> None:
    assert masked(text) == text


def test_keys_are_taken_out_when_the_run_knows_them() -> None:
    kept = masked_values({"x-api-key": ["key-12345678"], "key-12345678": 7}, ["key-12345678", "", "a"])

    assert kept == {"x-api-key": ["[api key]"], "[api key]": 7}


def test_card_number_is_taken_out_when_it_is_a_whole_number() -> None:
    assert masked_values({"card": 4242424242424242, "at_ns": 1795277376000000000}) == {
        "card": "[card number]",
        "at_ns": 1795277376000000000,
    }


@pytest.mark.parametrize(
    "name",
    [
        *("password", "DB_PASSWORD", "Authorization", "x-api-key", "X-Amz-Security-Token", "SecretString", "apiKey"),
        *("SecretAccessKey", "client_secret", "TaskToken", "privateKey", "cvc", "Cookie", "Plaintext"),
    ],
)
def test_field_is_secret_when_its_name_says_so(name: str) -> None:
    assert masked_document({name: "hunter2", "amount": "5"}) == {name: "[secret]", "amount": "5"}
    assert "hunter2" not in masked_text(f'{{"{name}": "hunter2"')
    assert "hunter2" not in masked_text(f"a=1&{name}=hunter2&b=2")
    assert "hunter2" not in masked_text(f"<{name} a='1'>hunter2 and more</{name}>")


@pytest.mark.parametrize(
    "name", ["NextToken", "ClientRequestToken", "SecretId", "AccessKeyId", "apiKeySource", "PasswordPolicy", "UserID"]
)
def test_field_is_shown_when_its_name_opens_nothing(name: str) -> None:
    assert masked_document({name: "shown"}) == {name: "shown"}
    assert masked_text(f"{name}=shown") == f"{name}=shown"


def test_secret_is_taken_out_when_another_field_names_it() -> None:
    assert masked_document({"Name": "custom:password", "Value": "hunter2"})["Value"] == "[secret]"
    assert masked_document({"Name": "/db/x", "Value": "hunter2", "Type": "SecureString"})["Value"] == "[secret]"
    assert masked_document({"ParameterKey": "Any", "ParameterValue": "hunter2"})["ParameterValue"] == "[secret]"
    assert masked_document({"Parameters.member.1.ParameterValue": "hunter2"}) == {
        "Parameters.member.1.ParameterValue": "[secret]"
    }


def test_json_in_a_text_is_looked_into_when_it_is_whole_or_cut_off() -> None:
    inner = '{"card": {"number": "4242 4242 4242 4242"}, "api_key": "hunter2", "amount": 5}'

    shown = masked_document({"input": inner, "cut": inner[:-20]})

    assert shown["input"] == '{"card":{"number":"[card number]"},"api_key":"[secret]","amount":5}'
    assert "hunter" not in shown["cut"]
    assert "4242" not in shown["cut"]


def test_nothing_slips_through_when_a_document_is_very_deep() -> None:
    document: object = "4242424242424242"
    for _ in range(200):
        document = {"inner": document}

    assert "4242" not in str(masked_document(document))


@pytest.mark.parametrize("part", ["token", "<token", "a ", "4242 ", "password ", 'secret"', "secret\\", "<"])
def test_masking_takes_time_in_proportion_when_a_text_is_hostile(part: str) -> None:
    started_s = time.process_time()
    masked_text((part * 65_536)[:65_536])

    assert time.process_time() - started_s < 1.0
