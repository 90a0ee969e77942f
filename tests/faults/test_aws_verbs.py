"""Every verb for faults of AWS calls sets the rule that it says, on those whom it is meant for, and heals it."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from harness.clients import AwsFault, EdgeClient, FaultNotFired
from harness.clients.api import http_client
from harness.errors import AnswerUnexpected, SettingInvalid
from harness.faults import AwsFaults, Faults
from tests.clients.fakes import Clients, FakeGateway, answer, answers, body_of


class FakeEdge:
    """Keeps fault rules with their counts, as an edge does."""

    def __init__(self) -> None:
        self.rules: dict[str, dict[str, Any]] = {}
        self.fired: list[dict[str, str]] = []
        self.healed: list[str] = []
        self.client = EdgeClient(http_client("http://edge.test", httpx.MockTransport(self._answer)))
        self.verbs = AwsFaults(self.client)

    def fire(self, fault_id: str, at: str) -> None:
        self.rules[fault_id]["fired"] += 1
        self.fired.append({"fault": fault_id, "at": at})

    @property
    def rule(self) -> Mapping[str, Any]:
        (one,) = self.rules.values()
        return {name: value for name, value in one.items() if name not in ("id", "seen", "fired", "active")}

    def _answer(self, request: httpx.Request) -> httpx.Response:
        match request.method, request.url.path:
            case "POST", "/_rehearsal/faults":
                fault_id = f"f-{len(self.rules) + len(self.healed) + 1}"
                self.rules[fault_id] = {"id": fault_id, **body_of(request), "seen": 0, "fired": 0, "active": True}
                return answer(201, faults=[self.rules[fault_id]])
            case "GET", "/_rehearsal/fired":
                wanted = request.url.params["fault"]
                return answer(200, fired=[one for one in self.fired if one["fault"] == wanted])
            case "GET", path if path.rpartition("/")[2] in self.rules:
                return answer(200, **self.rules[path.rpartition("/")[2]])
            case "DELETE", path if path.rpartition("/")[2] in self.rules:
                fault_id = path.rpartition("/")[2]
                self.healed.append(fault_id)
                return answer(200, **self.rules.pop(fault_id))
            case "POST", "/_rehearsal/functions/kill":
                return answer(200, killed=0)
            case _:
                return answer(404, error="unknown")


Verb = Callable[..., AwsFault]
EXCEEDED = "ProvisionedThroughputExceededException"

RULES: list[tuple[Verb, str, dict[str, Any]]] = [
    (AwsFaults.throttle, "PutItem", {"kind": "error", "error": EXCEEDED}),
    (
        AwsFaults.throttle,
        "TransactWriteItems",
        {"kind": "error", "error": "TransactionCanceledException", "reasons": ["ThrottlingError"]},
    ),
    (
        lambda v, o, **w: v.throttle(o, "ThrottlingException", **w),
        "PutItem",
        {"kind": "error", "error": "ThrottlingException"},
    ),
    (
        lambda v, o, **w: v.fail_with(o, "InternalServerError", **w),
        "PutItem",
        {"kind": "error", "error": "InternalServerError"},
    ),
    (
        lambda v, o, **w: v.fail_with(o, "Odd", message="odd", status=418, phase="after", **w),
        "PutItem",
        {"kind": "error", "phase": "after", "error": "Odd", "message": "odd", "status": 418},
    ),
    (AwsFaults.lose_answer, "PutItem", {"kind": "reset", "phase": "after"}),
    (lambda v, o, **w: v.lose_answer(o, "hang", **w), "PutItem", {"kind": "hang", "phase": "after"}),
    (lambda v, o, **w: v.lose_answer(o, "truncate", **w), "PutItem", {"kind": "truncate", "phase": "after"}),
    (
        lambda v, o, **w: v.lose_answer(o, "error", **w),
        "PutItem",
        {"kind": "error", "phase": "after", "error": "InternalServerError", "status": 500},
    ),
    (AwsFaults.refuse, "PutItem", {"kind": "reset"}),
    (lambda v, o, **w: v.hang(o, 10, **w), "PutItem", {"kind": "hang", "delay_ms": 10}),
    (lambda v, o, **w: v.slow_down(o, 10, **w), "PutItem", {"kind": "latency", "delay_ms": 10}),
    (
        lambda v, o, **w: v.slow_down(o, {"kind": "uniform", "min_ms": 1, "max_ms": 2}, phase="after", **w),
        "PutItem",
        {"kind": "latency", "phase": "after", "distribution": {"kind": "uniform", "min_ms": 1, "max_ms": 2}},
    ),
    (AwsFaults.garble_answer, "PutItem", {"kind": "corrupt", "phase": "after"}),
    (AwsFaults.leave_unprocessed, "BatchWriteItem", {"kind": "unprocessed", "keep": 0}),
    (AwsFaults.kill_caller, "PutItem", {"kind": "kill_caller"}),
    (lambda v, o, **w: v.kill_caller(o, phase="after", **w), "PutItem", {"kind": "kill_caller", "phase": "after"}),
]


@pytest.mark.parametrize(("verb", "operation", "rule"), RULES)
def test_rule_is_the_verb_s_when_a_fault_is_set(verb: Verb, operation: str, rule: dict[str, Any]) -> None:
    edge = FakeEdge()

    with verb(edge.verbs, operation, key="user-1", times=2):
        set_rule = edge.rule

    match = {"service": "dynamodb", "operation": operation, "key": "user-1"}
    assert set_rule == {**rule, "match": match, "times": 2}
    assert edge.rules == {}


@pytest.mark.parametrize(
    ("service", "code"),
    [
        ("states", "ThrottlingException"),
        ("lambda", "TooManyRequestsException"),
        ("sns", "ThrottledException"),
        ("sqs", "ThrottlingException"),
    ],
)
def test_throttling_is_called_as_the_service_calls_it(service: str, code: str) -> None:
    edge = FakeEdge()

    with edge.verbs.throttle("Invoke", service=service, everybody=True):
        assert edge.rule == {"kind": "error", "error": code, "match": {"service": service, "operation": "Invoke"}}


def test_fault_is_limited_to_what_the_test_owns_when_it_is_of_a_payment_or_a_wallet() -> None:
    edge = FakeEdge()
    clients = Clients(answers(answer(200, payment_id="pay-9")))
    wallet = clients.payments.wallet(None)
    payment = clients.payments.payment(wallet, amount="1.00")

    with edge.verbs.refuse("GetItem", of=wallet, table="Wallets", caller="wallet-service"):
        of_wallet = edge.rule["match"]
    with edge.verbs.refuse("StartExecution", of=payment, service="states", key="k", name="lost start"):
        of_request = edge.rule["match"]
    with edge.verbs.refuse("GetItem", of=payment.submit()):
        of_payment = edge.rule["match"]

    narrowed = {"resource": "Wallets", "key": wallet.user_id, "caller": "wallet-service"}
    assert of_wallet == {"service": "dynamodb", "operation": "GetItem", **narrowed}
    assert of_request == {
        "service": "states",
        "operation": "StartExecution",
        "execution": payment.payment_id,
        "key": "k",
    }
    assert of_payment["execution"] == "pay-9"


@pytest.mark.parametrize("where", [{}, {"table": "Wallets"}, {"caller": "wallet-service"}, {"everybody": False}])
def test_fault_is_refused_when_it_would_hit_everybody(where: dict[str, Any]) -> None:
    with pytest.raises(SettingInvalid, match="limited to nobody's own") as caught:
        FakeEdge().verbs.refuse("GetItem", **where)

    assert "everybody=True" in str(caught.value)


@pytest.mark.parametrize("where", [{"key": "k"}, {"table": "a", "resource": "b"}])
def test_fault_is_refused_when_it_is_limited_twice(where: dict[str, Any]) -> None:
    wallet = Clients(answers(answer(200))).payments.wallet(None)

    with pytest.raises(SettingInvalid, match="two values"):
        FakeEdge().verbs.refuse("GetItem", of=wallet, **where)


def test_firings_are_known_when_the_fault_is_healed() -> None:
    edge = FakeEdge()

    with edge.verbs.refuse("GetItem", key="k") as refused:
        edge.fire("f-1", "2026-01-02T08:00:01Z")
        during = refused.fired
    refused.heal()

    assert (during, refused.fired, refused.firings.instants) == (1, 1, ("2026-01-02T08:00:01Z",))
    assert edge.healed == ["f-1"]
    refused.must_have_fired()


def test_firings_are_known_when_the_edge_has_ended_the_fault_itself() -> None:
    edge = FakeEdge()

    with edge.verbs.refuse("GetItem", key="k", ttl_s=1) as refused:
        edge.fire("f-1", "2026-01-02T08:00:01Z")
        edge.rules.clear()

    assert refused.fired == 1


def test_error_tells_how_many_calls_matched_when_a_fault_never_fired() -> None:
    edge = FakeEdge()

    with edge.verbs.refuse("GetItem", key="k", nth=3) as refused:
        edge.rules["f-1"]["seen"] = 2

    with pytest.raises(FaultNotFired, match="fired 0 times, expected at least 1") as caught:
        refused.must_have_fired()
    assert "2 calls that its rule matches" in str(caught.value)


def test_error_quotes_the_edge_when_it_refuses_a_rule() -> None:
    client = EdgeClient(http_client("http://edge.test", httpx.MockTransport(lambda _: answer(400, error="no such"))))

    with pytest.raises(AnswerUnexpected, match="400") as caught, AwsFaults(client).refuse("GetItm", key="k"):
        pass

    assert "no such" in str(caught.value)


def test_faults_of_both_places_are_healed_last_in_first_out_when_the_test_ends() -> None:
    gateway, edge = FakeGateway(), FakeEdge()
    faults = Faults(gateway.client, edge.client)
    order: list[str] = []
    held = [faults.hold(faults.gateway.refuse()), faults.hold(faults.aws.refuse("GetItem", key="k"))]
    for one in held:
        one.heal = lambda one=one, heal=one.heal: (order.append(one.place), heal())  # type: ignore[method-assign]

    faults.heal_all()

    assert order == ["aws", "gateway"]
    assert (gateway.rules, edge.rules) == ({}, {})


def test_client_knows_the_faults_that_were_prepared_with_it() -> None:
    edge = FakeEdge()

    first, second = edge.verbs.refuse("GetItem", key="k"), edge.verbs.hang("GetItem", key="k")

    assert edge.client.faults == [first, second]
    assert edge.client.again().faults == []
