"""The admin face: for this machine only; faults, firings, calls, reset."""

import pytest

from mock_gateway.faults.registry import KINDS
from tests.mock_gateway.driving import CHARGES, InProcess, OverTheWire, StoppedClock, eventually

ROUTES = [
    ("GET", "/_admin/faults"),
    ("POST", "/_admin/faults"),
    ("DELETE", "/_admin/faults"),
    ("DELETE", "/_admin/faults/fault_0"),
    ("GET", "/_admin/faults/fault_0"),
    ("PUT", "/_admin/faults"),
    ("GET", "/_admin/kinds"),
    ("GET", "/_admin/overview"),
    ("PUT", "/_admin/idempotency"),
    ("GET", "/_admin/"),
    ("GET", "/_admin/fired"),
    ("GET", "/_admin/calls"),
    ("POST", "/_admin/reset"),
    ("GET", "/_admin/clock"),
    ("POST", "/_admin/clock"),
    ("GET", "/_admin/disputes"),
    ("POST", "/_admin/disputes"),
    ("POST", "/_admin/disputes/dp_0/close"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("address", ["192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1", ""])
def test_admin_is_refused_when_the_client_is_on_another_machine(
    gateway: InProcess, method: str, path: str, address: str
) -> None:
    gateway.charge()

    reply = gateway.send(method, path, {"kind": "error"}, {"X-Forwarded-For": "127.0.0.1"}, address=address)

    assert (reply.status, reply.code) == (403, "loopback_only")
    assert gateway.amounts() == [4000]
    assert gateway.get("/_admin/faults").json == {"faults": []}


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1"])
def test_admin_answers_when_the_client_is_on_this_machine(gateway: InProcess, address: str) -> None:
    assert gateway.send("GET", "/_admin/faults", address=address).status == 200


def test_others_may_charge_when_they_are_on_another_machine(gateway: InProcess) -> None:
    body = {"amount_minor": 1, "currency": "USD", "card": "tok_visa"}

    assert gateway.send("POST", "/charges", body, address="192.0.2.7").status == 201


def test_rule_is_told_as_it_was_set_with_what_it_saw(gateway: InProcess, clock: StoppedClock) -> None:
    rule = {
        "name": "drill",
        "kind": "error",
        "phase": "after",
        "match": {"operation": "charge", "merchant": "m-1", "card": "4242424242424242", "header": {"X-Run": "1"}},
        "status": 502,
        "probability": 0.5,
        "seed": 9,
        "times": 3,
        "ttl_s": 60,
        "nth": 2,
        "sequence": {"fail": 1, "pass": 2},
        "window": {"from_s": 0.5, "to_s": 9},
    }
    reply = gateway.send("POST", "/_admin/faults", rule)

    told = reply.json
    assert reply.status == 201
    assert told["match"] == {**rule["match"], "card": "4242"}  # type: ignore[dict-item]
    assert {name: told[name] for name in rule if name != "match"} == {
        name: value for name, value in rule.items() if name != "match"
    }
    assert (told["matched"], told["fired"], told["set_at"]) == (0, 0, "2026-01-01T00:00:00.000000Z")
    assert gateway.get("/_admin/faults").json["faults"] == [told]


def test_fault_is_gone_when_healed(gateway: InProcess) -> None:
    first, second = gateway.set_fault("error"), gateway.set_fault("maintenance")

    assert gateway.send("DELETE", f"/_admin/faults/{first}").json["id"] == first
    assert gateway.send("DELETE", f"/_admin/faults/{first}").status == 404
    assert gateway.charge().status == 503
    assert gateway.send("DELETE", "/_admin/faults").json == {"healed": 1}
    assert gateway.charge().status == 201
    assert gateway.fired(second) == 1


def test_firing_tells_what_it_bit(gateway: InProcess) -> None:
    fault = gateway.set_fault("error", name="drill", phase="after")
    reply = gateway.charge(key="k-1", reference="pay-1")

    fired = gateway.get("/_admin/fired").json

    assert fired["counts"] == {fault: 1}
    assert fired["fired"] == [
        {
            "fault": fault,
            "name": "drill",
            "kind": "error",
            "phase": "after",
            "operation": "charge",
            "reference": "pay-1",
            "idempotency_key": "k-1",
            "request_id": reply.headers["Request-Id"],
            "at": "2026-01-01T00:00:00.000000Z",
            "sequence": 1,
        }
    ]


def test_calls_are_remembered_with_their_answers(gateway: InProcess) -> None:
    gateway.charge(key="k-1", reference="pay-1")
    gateway.charge(key="k-1", reference="pay-1")
    gateway.charge(card="nonsense")
    gateway.get("/idempotency-keys/k-1")
    gateway.get("/charges/4111111111111111")
    gateway.get("/health")

    calls = gateway.get("/_admin/calls").json["calls"]

    assert [(call["operation"], call["status"], call["replayed"]) for call in calls] == [
        ("charge", 201, False),
        ("charge", 201, True),
        ("charge", 400, False),
        ("lookup", 200, False),
        ("lookup", 404, False),
    ]
    assert (calls[0]["reference"], calls[0]["amount_minor"], calls[0]["card_last4"]) == ("pay-1", 4000, "4242")
    assert calls[4]["path"] == "/charges/****1111"
    assert gateway.get("/_admin/calls?limit=1").json["calls"] == calls[-1:]


def test_everything_is_forgotten_when_reset(gateway: InProcess) -> None:
    gateway.charge(key="k-1")
    gateway.set_fault("error")
    gateway.charge()

    assert gateway.send("POST", "/_admin/reset").json == {"reset": True}

    assert gateway.entries() == []
    assert gateway.get("/_admin/fired").json == {"fired": [], "counts": {}}
    assert gateway.get("/_admin/calls").json == {"calls": []}
    reply = gateway.charge(key="k-1")
    assert (reply.status, gateway.entries()[0]["sequence"]) == (201, 1)
    assert "Idempotent-Replayed" not in reply.headers


def test_rule_is_refused_when_there_are_too_many(gateway: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mock_gateway.faults.board.RULES_MAX", 3)
    for _ in range(3):
        gateway.set_fault("error", match={"merchant": "nobody"})

    assert gateway.send("POST", "/_admin/faults", {"kind": "error"}).code == "too_many_faults"


def test_waiting_request_has_no_effect_when_everything_was_forgotten_meanwhile(wire: OverTheWire) -> None:
    wire.set_fault("slow", match=CHARGES, delay_ms=400)
    with wire.begun({}, {"Idempotency-Key": "k-1"}) as connection:
        eventually(lambda: wire.get("/idempotency-keys/k-1").status == 200)
        wire.send("POST", "/_admin/reset")

        assert b"503" in connection.recv(65_536)
    assert wire.entries() == []


def test_rules_of_a_list_are_set_in_its_order_or_not_at_all(gateway: InProcess) -> None:
    reply = gateway.send("POST", "/_admin/faults", [{"kind": "maintenance", "times": 1}, {"kind": "error"}])
    wrong = gateway.send("POST", "/_admin/faults", [{"kind": "error"}, {"kind": "error", "times": 0}])

    assert (reply.status, wrong.status) == (201, 400)
    assert [rule["kind"] for rule in gateway.get("/_admin/faults").json["faults"]] == ["maintenance", "error"]
    assert [gateway.charge().status for _ in range(2)] == [503, 500]


def test_all_rules_are_replaced_in_one_step(gateway: InProcess) -> None:
    gateway.set_fault("error")
    gateway.set_fault("maintenance")

    reply = gateway.send("PUT", "/_admin/faults", [{"kind": "rate_limited"}])

    assert (reply.status, [rule["kind"] for rule in reply.json["faults"]]) == (200, ["rate_limited"])
    assert gateway.get("/_admin/faults").json == reply.json
    assert gateway.send("PUT", "/_admin/faults", {"kind": "error"}).status == 400
    assert gateway.send("PUT", "/_admin/faults", []).json == {"faults": []}
    assert gateway.charge().status == 201


def test_one_rule_is_shown_while_it_is_set(gateway: InProcess) -> None:
    fault = gateway.set_fault("error", times=1)
    gateway.charge()

    assert gateway.get(f"/_admin/faults/{fault}").json["fired"] == 1
    gateway.heal(fault)
    assert gateway.get(f"/_admin/faults/{fault}").status == 404


def test_firings_are_read_on_from_where_one_stopped(gateway: InProcess) -> None:
    first = gateway.set_fault("error", match={"merchant": "m-1"})
    second = gateway.set_fault("maintenance")
    for merchant in ("m-1", "m-2", "m-1", "m-2"):
        gateway.charge(merchant=merchant)

    def sequences(query: str) -> list[int]:
        return [one["sequence"] for one in gateway.get(f"/_admin/fired?{query}").json["fired"]]

    assert (sequences(""), sequences("after=2"), sequences("limit=1")) == ([1, 2, 3, 4], [3, 4], [4])
    assert sequences(f"fault={first}") == [1, 3]
    assert sequences(f"fault={second}&after=2") == [4]
    assert gateway.get(f"/_admin/fired?fault={first}").json["counts"] == {first: 2}


def test_kinds_are_told_with_their_arguments_and_bounds(gateway: InProcess) -> None:
    kinds = {one["kind"]: one for one in gateway.get("/_admin/kinds").json["kinds"]}

    assert list(kinds) == list(KINDS)
    assert kinds["error"]["arguments"][0] == {
        "name": "status", "type": "integer", "default": 500, "at_least": 400, "at_most": 599
    }  # fmt: skip
    assert kinds["stale_read"]["operations"] == ["lookup"]
    assert kinds["refuse"]["phases"] == ["before"]
    assert all(one["does"].endswith(".") for one in kinds.values())


@pytest.mark.parametrize("body", ["", "{", "[NaN]", '{"kind": "error", "ttl_s": Infinity}', "[" * 5_000])
def test_body_is_refused_when_it_is_no_json(gateway: InProcess, body: str) -> None:
    reply = gateway.send("POST", "/_admin/faults", body)

    assert (reply.status, reply.code) == (400, "body_invalid")
