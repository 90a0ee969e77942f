"""Both styles of gateway behind one port: the same situation has the same outcome, in the same words."""

import json
from urllib.parse import parse_qs

import pytest
from groundwork.http_pool import Answer, AnswerLost, NotSent
from groundwork.settings import Environment, SettingMissing
from hypothesis import given, settings
from hypothesis import strategies as st
from payments.adapters.wiring import GATEWAYS
from payments.adapters.wiring import gateway as configured
from payments.domain.gateway import Declined, NoEffect, NotExecuted, Outcome, Succeeded, Unknown

from tests.systems.payments.dialects import CHARGE, CREATED_AT, DIALECTS, REFUND, Dialect, Wire, charge, refusal

CHARGED = Succeeded("ch_1", 4000, "USD", CREATED_AT)
REFUNDED = Succeeded("re_1", 1500, "USD", CREATED_AT)
REFUSED = "the card gateway refused the request"


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return DIALECTS[request.param]


def is_outcome(found: object, expected: object) -> bool:
    return isinstance(found, expected) if isinstance(expected, type) else found == expected


def test_every_style_of_the_settings_is_held_to_the_port():
    assert set(GATEWAYS) == set(DIALECTS)


def test_charge_succeeds_when_the_gateway_says_so(dialect):
    assert dialect.gateway(Wire([dialect.charged()])).charge(CHARGE, 1) == CHARGED


def test_refund_succeeds_when_the_gateway_says_so(dialect):
    assert dialect.gateway(Wire([dialect.refunded()])).refund(REFUND, 1) == REFUNDED


def test_other_amount_is_told_when_the_gateway_charged_another(dialect):
    outcome = dialect.gateway(Wire([dialect.charged(amount_minor=1)])).charge(CHARGE, 1)

    assert outcome == Succeeded("ch_1", 1, "USD", CREATED_AT)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal(402, "card_error", "card_declined"), Declined("card_declined", "the card was declined")),
        (
            refusal(402, "card_error", "card_declined", "insufficient_funds"),
            Declined("card_declined", "the card has insufficient funds"),
        ),
        (
            refusal(402, "card_error", "card_declined", "stolen_card"),
            Declined("card_declined", "the card was declined"),
        ),
        (refusal(402, "card_error", "expired_card", "expired_card"), Declined("expired_card", "the card has expired")),
        (refusal(402, "card_error", "Not A Code"), Declined("card_declined", "the card was declined")),
        (refusal(402, "card_error"), Declined("card_declined", "the card was declined")),
        (refusal(400, "invalid_request_error", "parameter_unknown"), Declined("parameter_unknown", REFUSED)),
        (refusal(400, "invalid_request_error"), Declined("invalid_request_error", REFUSED)),
        (refusal(404, "invalid_request_error", "resource_missing"), Declined("resource_missing", REFUSED)),
        (refusal(400, "idempotency_error"), Unknown),
        (refusal(409, "idempotency_error"), Unknown),
        (refusal(409, "invalid_request_error", "idempotency_key_in_use"), Unknown),
        (refusal(401, "invalid_request_error"), NotExecuted),
        (refusal(403, "invalid_request_error"), NotExecuted),
        (refusal(429, "invalid_request_error", "rate_limit"), Unknown),
        (refusal(500, "api_error"), Unknown),
        (refusal(503, "api_error", "maintenance"), Unknown),
        (Answer(400, None), Unknown),
        (Answer(402, {"message": "Payment Required"}), Unknown),
        (Answer(429, None), Unknown),
        (Answer(302, None), Unknown),
        (Answer(200, None), Unknown),
        (Answer(200, {}), Unknown),
        (Answer(202, {"status": "succeeded"}), Unknown),
        (Answer(502, None), Unknown),
        (NotSent("no connection"), NotExecuted),
        (AnswerLost("no answer"), Unknown),
    ],
)
def test_charge_and_refund_have_the_same_outcome_on_every_style(dialect, answer, expected):
    assert is_outcome(dialect.gateway(Wire([answer])).charge(CHARGE, 1), expected)
    assert is_outcome(dialect.gateway(Wire([answer])).refund(REFUND, 1), expected)


@pytest.mark.parametrize("changed", [{"status": "pending"}, {"amount_minor": True}, {"amount_minor": "4000"}])
def test_nobody_knows_when_the_answer_is_no_whole_success(dialect, changed):
    assert is_outcome(dialect.gateway(Wire([dialect.charged(**changed)])).charge(CHARGE, 1), Unknown)
    assert is_outcome(dialect.gateway(Wire([dialect.refunded(**changed)])).refund(REFUND, 1), Unknown)


def test_charge_is_found(dialect):
    assert dialect.gateway(Wire([dialect.found_charge()])).find_charge(CHARGE, 1) == CHARGED


def test_refund_is_found(dialect):
    assert dialect.gateway(Wire([dialect.found_refund()])).find_refund(REFUND, 1) == REFUNDED


def test_nothing_is_found_when_nothing_happened(dialect):
    gateway = dialect.gateway(Wire([dialect.found_nothing()]))

    assert gateway.find_charge(CHARGE, 1) == NoEffect()
    assert gateway.find_refund(REFUND, 1) == NoEffect()


def test_nothing_is_found_besides_the_one_charge(dialect):
    assert dialect.gateway(Wire([dialect.found_charge()])).find_charge(CHARGE, 1, besides="ch_1") == NoEffect()


@pytest.mark.parametrize(
    ("code", "reason"),
    [("card_declined", "insufficient_funds"), ("card_declined", "lost_card"), ("expired_card", "expired_card")],
)
def test_decline_reads_alike_when_it_is_told_and_when_it_is_found(dialect, code, reason):
    told = dialect.gateway(Wire([refusal(402, "card_error", code, reason)])).charge(CHARGE, 1)
    found = dialect.gateway(Wire([dialect.found_decline(code, reason)])).find_charge(CHARGE, 1)

    assert told == found
    assert isinstance(told, Declined)


@pytest.mark.parametrize(
    "answer",
    [
        refusal(500, "api_error"),
        refusal(401, "invalid_request_error"),
        refusal(429, "invalid_request_error", "rate_limit"),
        Answer(404, None),
        Answer(200, None),
        Answer(200, {"data": None}),
        NotSent("no connection"),
        AnswerLost("no answer"),
    ],
)
def test_nobody_knows_when_a_look_up_is_not_answered(dialect, answer):
    gateway = dialect.gateway(Wire([answer]))

    assert isinstance(gateway.find_charge(CHARGE, 1), Unknown)
    assert isinstance(gateway.find_refund(REFUND, 1), Unknown)
    assert isinstance(gateway.rule_out_charge(CHARGE, 1), Unknown)


def test_order_reaches_the_gateway(dialect):
    wire = Wire([dialect.charged()])

    dialect.gateway(wire).charge(CHARGE, 1)

    (call,) = wire.calls
    sent = call["body"].decode()
    told = json.loads(sent) if sent.startswith("{") else {key: value[0] for key, value in parse_qs(sent).items()}
    assert call["headers"]["Idempotency-Key"] == "pay-1:charge"
    assert {"4000", "pay-1", "alice", "tok_visa"} <= {str(value) for value in told.values()}


WORDS = st.sampled_from(
    [
        *("object", "status", "succeeded", "failed", "charge", "refund", "payment_intent", "list", "data", "has_more"),
        *(
            "id",
            "amount",
            "amount_received",
            "amount_minor",
            "currency",
            "usd",
            "latest_charge",
            "captured",
            "metadata",
        ),
        *("key", "error", "type", "code", "state", "completed", "outcome", "created", "created_at", "pay-1:charge"),
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=12,
)
# Nonsense, and the truth with parts of it replaced by nonsense.
TRUE = [one().document for each in DIALECTS.values() for one in (each.charged, each.refunded, each.found_charge)]
BENT = st.builds(lambda true, bent: {**true, **bent}, st.sampled_from(TRUE), st.dictionaries(WORDS, VALUES, max_size=4))
ROWS = st.builds(lambda bent: {"data": [{**charge(), **bent}]}, st.dictionaries(WORDS, VALUES, max_size=3))
DOCUMENTS = st.none() | st.dictionaries(WORDS, VALUES, max_size=6) | BENT | st.builds(dict, ROWS)
STATUSES = st.sampled_from([200, 201, 202, 302, 400, 401, 402, 403, 404, 409, 422, 429, 500, 503]) | st.integers(
    100, 599
)


@pytest.mark.parametrize("style", DIALECTS)
@settings(max_examples=60, deadline=None)
@given(status=STATUSES, document=DOCUMENTS)
def test_no_answer_raises_or_passes_for_a_success_that_it_is_not(style, status, document):
    def outcomes() -> list[Outcome | NoEffect]:
        gateway = DIALECTS[style].gateway(Wire([Answer(status, document)]))
        charges = (gateway.charge, gateway.find_charge, gateway.rule_out_charge)
        return [*(ask(CHARGE, 1) for ask in charges), gateway.refund(REFUND, 1), gateway.find_refund(REFUND, 1)]

    for outcome in outcomes():
        assert isinstance(outcome, (Succeeded, Declined, NotExecuted, Unknown, NoEffect))
        if isinstance(outcome, Succeeded):
            assert status in (200, 201)
            assert outcome.ref
            assert type(outcome.amount_minor) is int
            assert "succeeded" in str(document)
        if isinstance(outcome, NoEffect):
            assert status in (200, 404)


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"GATEWAY_STYLE": "other", "GATEWAY_URL": "http://gateway"}, "GATEWAY_STYLE is none of plain, stripe"),
        ({"GATEWAY_STYLE": "stripe", "GATEWAY_URL": "http://gateway"}, "GATEWAY_API_KEY is not set"),
        ({"GATEWAY_STYLE": "stripe", "GATEWAY_API_KEY": "sk_test_1"}, "GATEWAY_URL is not set"),
    ],
)
def test_setting_is_named_when_it_is_missing_or_wrong(variables, named):
    with pytest.raises(SettingMissing, match=named):
        configured(Environment(variables))


@pytest.mark.parametrize("style", GATEWAYS)
def test_gateway_is_of_the_configured_style(style):
    settings = {"GATEWAY_STYLE": style, "GATEWAY_URL": "http://gateway/", "GATEWAY_API_KEY": "sk_test_1"}

    gateway = configured(Environment(settings))

    assert type(gateway) is type(DIALECTS[style].gateway(Wire([])))
    assert gateway.url == "http://gateway"
    assert "sk_test" not in repr(gateway)
