"""When faults bite: matches, counts, chance, sequences, windows; and the header that carries one."""

from typing import Any

import pytest

from tests.mock_gateway.driving import InProcess, StoppedClock

PASSES, FAILS = 201, 503


def statuses(gateway: InProcess, count: int, **fields: Any) -> list[int]:
    return [gateway.charge(**fields).status for _ in range(count)]


@pytest.mark.parametrize(
    "match",
    [
        {"merchant": "m-1"},
        {"customer": "user-1"},
        {"reference": "pay-1"},
        {"idempotency_key": "k-1"},
        {"amount_minor": 1234},
        {"currency": "JPY"},
        {"card": "tok_mastercard"},
        {"card": "5555555555554444"},
        {"card": "4444"},
        {"header": {"X-Correlation-Id": "c-1"}},
        {"merchant": "m-1", "amount_minor": 1234, "path": "/charge*"},
        {"reference": {"like": "pay-*"}},
        {"idempotency_key": {"like": "k-?"}},
        {"header": {"X-Correlation-Id": {"like": "*-1"}}},
        {"amount_minor": {"at_most": 1234}},
        {"amount_minor": {"at_least": 1, "at_most": 1234}, "face": "plain", "merchant": "m-1"},
    ],
)
def test_fault_bites_what_it_matches_and_nothing_else(gateway: InProcess, match: dict[str, Any]) -> None:
    fields: dict[str, Any] = {
        "merchant": "m-1",
        "customer": "user-1",
        "reference": "pay-1",
        "amount_minor": 1234,
        "currency": "JPY",
        "card": "tok_mastercard",
    }
    body: dict[str, Any] = {"amount_minor": 4000, "currency": "USD", "card": "tok_visa"}
    gateway.set_fault("maintenance", match=match)

    assert gateway.charge(key="other", **body).status == PASSES
    assert gateway.send("POST", "/charges", body, {"X-Correlation-Id": "c-2"}).status == PASSES
    hit = gateway.send("POST", "/charges", fields, {"X-Correlation-Id": "c-1", "Idempotency-Key": "k-1"})
    assert hit.status == FAILS


def test_lookup_and_refund_are_matched_by_what_their_charge_was_for(gateway: InProcess) -> None:
    charge = gateway.charged(key="k-1", customer="user-1", reference="pay-1")
    gateway.set_fault("maintenance", match={"customer": "user-1", "operation": "lookup"})
    gateway.set_fault("maintenance", match={"reference": "pay-1", "operation": "refund"})

    assert gateway.get("/idempotency-keys/k-1").status == FAILS
    assert gateway.get(f"/charges/{charge}").status == FAILS
    assert gateway.refund(charge).status == FAILS
    assert gateway.refund(charge, reference="other").status == PASSES


def test_first_rule_wins_when_several_match(gateway: InProcess) -> None:
    gateway.set_fault("error", status=500, match={"merchant": "m-1"})
    second = gateway.set_fault("error", status=502)

    assert (statuses(gateway, 1, merchant="m-1"), statuses(gateway, 1)) == ([500], [502])
    assert gateway.fired(second) == 1


def test_next_rule_is_asked_when_the_first_lets_pass(gateway: InProcess) -> None:
    gateway.set_fault("error", status=500, times=1)
    gateway.set_fault("error", status=502)

    assert statuses(gateway, 3) == [500, 502, 502]


def test_fault_bites_so_many_times(gateway: InProcess) -> None:
    gateway.set_fault("maintenance", times=2)

    assert statuses(gateway, 4) == [FAILS, FAILS, PASSES, PASSES]


def test_fault_bites_the_nth_match_only(gateway: InProcess) -> None:
    gateway.set_fault("maintenance", nth=3, match={"merchant": "m-1"})

    gateway.charge()
    assert statuses(gateway, 4, merchant="m-1") == [PASSES, PASSES, FAILS, PASSES]


def test_fault_flaps(gateway: InProcess) -> None:
    gateway.set_fault("maintenance", sequence={"fail": 2, "pass": 1})

    assert statuses(gateway, 6) == [FAILS, FAILS, PASSES, FAILS, FAILS, PASSES]


def test_fault_bites_in_its_window(gateway: InProcess, clock: StoppedClock) -> None:
    gateway.set_fault("maintenance", window={"from_s": 10, "to_s": 20})

    seen = []
    for _ in range(4):
        seen += statuses(gateway, 1)
        clock.advance(7)
    assert seen == [PASSES, PASSES, FAILS, PASSES]


def test_fault_heals_itself_when_its_time_is_over(gateway: InProcess, clock: StoppedClock) -> None:
    fault = gateway.set_fault("maintenance", ttl_s=5)

    assert statuses(gateway, 1) == [FAILS]
    clock.advance(5)
    assert statuses(gateway, 1) == [PASSES]
    assert gateway.get("/_admin/faults").json == {"faults": []}
    assert gateway.fired(fault) == 1


def test_times_are_not_used_up_when_there_was_nothing_to_bite(gateway: InProcess) -> None:
    charge = gateway.charged(key="k-1")
    fault = gateway.set_fault("error", phase="after", times=1)

    assert gateway.charge(key="k-1", amount_minor=1).status == 400
    assert gateway.refund(charge, amount_minor=5000).status == 400
    assert (gateway.charge(card="nonsense").status, gateway.fired(fault)) == (400, 0)
    assert (gateway.charge().status, gateway.fired(fault)) == (500, 1)


def failed(gateway: InProcess, probability: float, seed: int) -> set[str]:
    gateway.send("POST", "/_admin/reset")
    gateway.set_fault("maintenance", probability=probability, seed=seed)
    return {f"k-{index}" for index in range(120) if gateway.charge(key=f"k-{index}").status == FAILS}


def test_failures_are_the_same_for_a_seed_and_nest_when_the_probability_grows(gateway: InProcess) -> None:
    few, some, many = (failed(gateway, probability, seed=7) for probability in (0.1, 0.3, 0.6))

    assert few < some < many
    assert 4 <= len(few) <= 24
    assert 22 <= len(some) <= 50
    assert some == failed(gateway, 0.3, seed=7) != failed(gateway, 0.3, seed=8)
    assert (failed(gateway, 0, seed=7), len(failed(gateway, 1, seed=7))) == (set(), 120)


def test_retry_is_thrown_for_anew(gateway: InProcess) -> None:
    gateway.set_fault("maintenance", probability=0.5, seed=1)

    assert set(statuses(gateway, 20, key="k-1")) == {FAILS, PASSES}


def test_seed_of_the_gateway_is_used_and_told_when_the_rule_has_none(gateway: InProcess) -> None:
    gateway.set_fault("maintenance", probability=0.5)

    assert gateway.get("/_admin/faults").json["faults"][0]["seed"] == 1


def test_header_brings_a_fault_for_its_request_alone(gateway: InProcess) -> None:
    reply = gateway.charge(key="k-1", fault="kind=error; phase=after; status=500")

    assert (reply.status, gateway.amounts()) == (500, [4000])
    assert gateway.charge().status == PASSES
    (firing,) = gateway.get("/_admin/fired").json["fired"]
    assert (firing["fault"], firing["kind"], firing["phase"]) == ("header", "error", "after")


def test_header_goes_before_the_rules(gateway: InProcess) -> None:
    fault = gateway.set_fault("maintenance")

    assert gateway.charge(fault="kind=error; status=502").status == 502
    assert gateway.fired(fault) == 0


@pytest.mark.parametrize(
    "header",
    ["error", "kind=explode", "kind=error; status=abc", "kind=error; status=200", "kind=error; times=1", "phase=after"],
)
def test_request_is_refused_when_its_fault_header_is_wrong(gateway: InProcess, header: str) -> None:
    assert gateway.charge(fault=header).status == 400
    assert gateway.amounts() == []


@pytest.mark.parametrize(
    ("rule", "param"),
    [
        ([], "rule"),
        ({}, "kind"),
        ({"kind": "explode"}, "kind"),
        ({"kind": ["error"]}, "kind"),
        ({"kind": "error", "pahse": "after"}, "pahse"),
        ({"kind": "error", "phase": "during"}, "phase"),
        ({"kind": "refuse", "phase": "after"}, "phase"),
        ({"kind": "wrong_amount", "phase": "before"}, "phase"),
        ({"kind": "error", "delay_ms": 5}, "delay_ms"),
        ({"kind": "error", "status": 200}, "status"),
        ({"kind": "error", "status": True}, "status"),
        ({"kind": "error", "stored": "yes"}, "stored"),
        ({"kind": "hang", "delay_ms": -1}, "delay_ms"),
        ({"kind": "error", "match": []}, "match"),
        ({"kind": "error", "match": {"refrence": "x"}}, "refrence"),
        ({"kind": "error", "match": {"reference": 7}}, "reference"),
        ({"kind": "error", "match": {"reference": {"like": ""}}}, "reference"),
        ({"kind": "error", "match": {"reference": {"lik": "pay-*"}}}, "lik"),
        ({"kind": "error", "match": {"amount_minor": "4000"}}, "amount_minor"),
        ({"kind": "error", "match": {"amount_minor": {"at_least": 5, "at_most": 4}}}, "amount_minor"),
        ({"kind": "error", "match": {"amount_minor": {"at_least": "5"}}}, "at_least"),
        ([{"kind": "error"}, {"kind": "explode"}], "kind"),
        ({"kind": "error", "match": {"operation": "payout"}}, "match.operation"),
        ({"kind": "duplicate_charge", "match": {"operation": "refund"}}, "match.operation"),
        ({"kind": "error", "match": {"card": "4111111111111111"}}, "match.card"),
        ({"kind": "error", "match": {"header": {"X": 1}}}, "match.header"),
        ({"kind": "error", "nth": 0}, "nth"),
        ({"kind": "error", "times": 1.5}, "times"),
        ({"kind": "error", "probability": 1.1}, "probability"),
        ({"kind": "error", "sequence": {"pass": 1}}, "sequence.fail"),
        ({"kind": "error", "sequence": {"fail": 1, "psas": 1}}, "psas"),
        ({"kind": "error", "window": {"from_s": -1}}, "from_s"),
        ({"kind": "error", "ttl_s": "5"}, "ttl_s"),
    ],
)
def test_rule_is_refused_when_a_field_is_wrong(gateway: InProcess, rule: object, param: str) -> None:
    reply = gateway.send("POST", "/_admin/faults", rule)

    assert (reply.status, reply.json["error"].get("param")) == (400, param)
    assert "4111111111111111" not in reply.text
    assert gateway.get("/_admin/faults").json == {"faults": []}


def test_conditions_are_told_as_they_were_set(gateway: InProcess) -> None:
    match = {
        "operation": "charge",
        "reference": {"like": "pay-*"},
        "amount_minor": {"at_least": 100},
        "face": "stripe",
        "header": {"X-Run": {"like": "7-*"}},
    }
    fault = gateway.set_fault("error", match=match)

    assert gateway.get(f"/_admin/faults/{fault}").json["match"] == match


def test_range_bites_at_both_its_ends(gateway: InProcess) -> None:
    gateway.set_fault("maintenance", match={"amount_minor": {"at_least": 10, "at_most": 12}})

    seen = [gateway.charge(amount_minor=amount_minor).status for amount_minor in (9, 10, 12, 13)]

    assert seen == [PASSES, FAILS, FAILS, PASSES]
