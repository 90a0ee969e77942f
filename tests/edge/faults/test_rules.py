"""Which calls a rule means, and when it bites them."""

import time

import pytest

from harness.edge.call import Call, Namespace, Target
from harness.edge.clock import EdgeClock
from harness.edge.correlation import executions
from harness.edge.faults.board import Board
from harness.edge.faults.document import rule_of
from tests.edge.faults.stage import OTHER_WALLET, Stage, worker

ARN = "arn:aws:states:us-east-1:000000000000:execution:payment-flow:pay-1"
EXPRESS = "arn:aws:states:us-east-1:000000000000:express:payment-flow:pay-1:5f9c"


def call_of(
    service: str = "dynamodb",
    operation: str = "UpdateItem",
    targets: tuple[Target, ...] = (Target("payments-Wallets", "UserID=user-1"),),
    **fields: str,
) -> Call:
    call = Call({"type": "http", "method": "POST", "path": "/", "headers": []}, None, b"")  # type: ignore[arg-type]
    call.service, call.operation, call.targets = service, operation, targets
    call.namespace = Namespace("000000000000", "us-east-1")
    for name, value in fields.items():
        setattr(call, name, value)
    return call


def board_with(*rules: dict[str, object]) -> Board:
    board = Board(EdgeClock(), lambda _: True)
    assert board.add([rule_of({"kind": "reset", **rule}) for rule in rules])
    return board


def bites(match: dict[str, object], call: Call) -> bool:
    return board_with({"match": match}).choose(call) is not None


@pytest.mark.parametrize(
    ("match", "is_meant"),
    [
        ({}, True),
        ({"service": "dynamodb"}, True),
        ({"service": ["sqs", "dynamodb"]}, True),
        ({"service": "sqs"}, False),
        ({"service": "dyn*"}, True),
        ({"operation": "UpdateItem"}, True),
        ({"operation": ["PutItem", "GetItem"]}, False),
        ({"operation": "*Item"}, True),
        ({"operation": "Batch*"}, False),
        ({"resource": "payments-Wallets"}, True),
        ({"resource": "Wallets"}, True),
        ({"resource": "allets"}, False),
        ({"resource": "Wal*"}, True),
        ({"resource": "payments-*"}, True),
        ({"key": "UserID=user-1"}, True),
        ({"key": "user-1"}, True),
        ({"key": "user"}, False),
        ({"key": "user-*"}, True),
        ({"key": "*"}, True),
        ({"key": "*ser*1"}, True),
        ({"key": "visitor-*"}, False),
        ({"key": ["user-2", "user-1"]}, True),
        ({"resource": "Wallets", "key": "user-2"}, False),
        ({"account": "000000000000"}, True),
        ({"account": "111111111111"}, False),
        ({"region": "eu-*"}, False),
        ({"caller": "wallet-service"}, True),
        ({"caller": "payments-wallet-service"}, True),
        ({"caller": "service"}, True),
        ({"caller": "adapter"}, False),
        ({"execution": "pay-1"}, True),
        ({"execution": ARN}, True),
        ({"execution": "pay-2"}, False),
        ({"execution": "payment-flow"}, False),
        ({"trace": "1-a"}, True),
        ({"trace": "1-b"}, False),
    ],
)
def test_match_means_the_call_when_all_of_it_fits(match: dict[str, object], is_meant: bool) -> None:
    call = call_of(caller="payments-wallet-service", execution=ARN, trace="1-a")

    assert bites(match, call) is is_meant


def test_execution_is_meant_by_its_name_when_it_is_express() -> None:
    assert bites({"execution": "pay-1"}, call_of(execution=EXPRESS))


def test_execution_is_not_meant_when_a_call_belongs_to_none() -> None:
    assert not bites({"execution": "*"}, call_of())


@pytest.mark.parametrize("key", ["a", "b", "a,b", "PK=a,SK=b", "PK=a*", "a,*"])
def test_key_of_two_attributes_is_meant_by_its_text_or_values(key: str) -> None:
    assert bites({"key": key}, call_of(targets=(Target("t", "PK=a,SK=b"),)))


@pytest.mark.parametrize("key", ["PK", "a,", "=a", "c", "ab"])
def test_key_of_two_attributes_is_not_meant_by_other_texts(key: str) -> None:
    assert not bites({"key": key}, call_of(targets=(Target("t", "PK=a,SK=b"),)))


def test_resource_and_key_are_met_by_one_target_when_a_call_has_several() -> None:
    call = call_of(targets=(Target("Wallets", "ID=a"), Target("Ledger", "ID=b")))

    assert bites({"resource": "Ledger", "key": "b"}, call)
    assert not bites({"resource": "Ledger", "key": "a"}, call)


def test_special_characters_are_plain_when_a_pattern_has_them() -> None:
    assert bites({"key": "a[1]?.*"}, call_of(targets=(Target("t", "ID=a[1]?.x"),)))
    assert not bites({"key": "a[1]?.*"}, call_of(targets=(Target("t", "ID=a1x.x"),)))


def test_unsigned_call_is_meant_when_the_rule_names_services() -> None:
    assert not bites({}, call_of(service="", operation=""))
    assert bites({"service": "*"}, call_of(service="", operation=""))


def test_service_is_found_by_its_other_name_when_it_signs_with_one() -> None:
    assert bites({"service": "stepfunctions"}, call_of(service="states", operation="StartExecution"))


def test_first_rule_has_the_call_when_several_match() -> None:
    stage = Stage()
    first = stage.set(kind="error", error="ThrottlingException", times=1, match={"service": "dynamodb"})
    second = stage.set(kind="error", error="InternalServerError", match={"service": "dynamodb"})

    codes = [stage.call().json()["__type"].rpartition("#")[2] for _ in range(2)]

    assert codes == ["ThrottlingException", "InternalServerError"]
    assert (stage.state(first)["seen"], stage.state(second)["seen"]) == (2, 1)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({}, "LLLLLL"),
        ({"nth": 3}, "..L..."),
        ({"times": 2}, "LL...."),
        ({"sequence": {"fail": 2, "pass": 1}}, "LL.LL."),
        ({"sequence": {"fail": 1, "pass": 0}}, "LLLLLL"),
        ({"sequence": {"fail": 1, "pass": 2}, "times": 1}, "L....."),
        ({"probability": 0}, "......"),
        ({"probability": 1}, "LLLLLL"),
    ],
)
def test_calls_fail_as_the_limits_say(limits: dict[str, object], expected: str) -> None:
    stage = Stage()
    fault = stage.set(kind="reset", match={"service": "dynamodb"}, **limits)

    assert stage.outcomes(6) == expected
    state = stage.state(fault)
    assert (state["seen"], state["fired"]) == (6, expected.count("L"))


def test_call_is_counted_once_when_several_of_its_targets_match() -> None:
    board = board_with({"match": {"resource": "Wallets"}, "nth": 2})
    call = call_of(targets=(Target("Wallets", "ID=a"), Target("Wallets", "ID=b")))

    assert [board.choose(call) is not None for _ in range(3)] == [False, True, False]


def failing(probability: float, seed: int = 7, count: int = 300) -> set[int]:
    board = board_with({"probability": probability, "seed": seed})
    calls = (call_of(targets=(Target("Wallets", f"ID={number}"),)) for number in range(count))
    return {number for number, call in enumerate(calls) if board.choose(call)}


def test_failures_nest_when_the_probability_grows() -> None:
    few, more, most = failing(0.1), failing(0.3), failing(0.9)

    assert few < more < most
    assert 0.05 < len(few) / 300 < 0.16


def test_same_calls_fail_when_the_seed_is_the_same() -> None:
    assert failing(0.3) == failing(0.3) != failing(0.3, seed=8)


def test_retry_draws_anew_when_the_same_call_comes_again() -> None:
    outcomes = set(_again(board_with({"probability": 0.5})))

    assert outcomes == {True, False}


def _again(board: Board) -> list[bool]:
    return [board.choose(call_of()) is not None for _ in range(40)]


def test_order_of_other_calls_does_not_matter_when_a_call_draws() -> None:
    one, other = board_with({"probability": 0.5}), board_with({"probability": 0.5})
    for number in range(20):
        other.choose(call_of(targets=(Target("Wallets", f"ID={number}"),)))

    assert _again(one) == _again(other)


def test_rule_bites_within_its_window_when_the_edge_clock_moves() -> None:
    stage = Stage()
    fault = stage.set(kind="reset", window={"after_s": 60, "for_s": 60}, match={"service": "dynamodb"})

    before = (stage.outcomes(1), stage.state(fault)["active"])
    stage.clock.advance(61)
    within = (stage.outcomes(1), stage.state(fault)["active"])
    stage.clock.advance(60)
    beyond = (stage.outcomes(1), stage.state(fault)["active"])

    assert [before, within, beyond] == [(".", False), ("L", True), (".", False)]
    assert stage.state(fault)["seen"] == 1


def test_rule_heals_by_itself_when_its_time_is_over() -> None:
    stage = Stage()
    fault = stage.set(kind="reset", ttl_s=10, match={"service": "dynamodb"})

    assert stage.outcomes(1) == "L"
    stage.clock.advance(10)
    assert stage.outcomes(1) == "."
    assert not stage.state(fault)["active"]


def test_rule_bites_when_the_clock_was_set_back_since() -> None:
    stage = Stage()
    stage.clock.advance(3600)
    stage.set(kind="reset", ttl_s=10, match={"service": "dynamodb"})
    stage.clock.reset()

    assert stage.outcomes(1) == "L"


def test_worker_and_execution_are_told_when_a_fault_fires() -> None:
    stage = Stage()
    stage.set(kind="error", error="ThrottlingException", match={"caller": "wallet-service"})
    header = worker("payments-wallet-service")
    root = header["X_Amzn_Trace_Id"].split(";")[0].removeprefix("Root=")
    executions.bind(root, ARN)

    stage.call("UpdateItem", **header)

    (firing,) = stage.fired()
    assert (firing["caller"], firing["execution"], firing["trace"]) == ("payments-wallet-service", ARN, root)
    assert (firing["resource"], firing["key"]) == ("payments-Wallets", "UserID=user-1")


def test_other_items_pass_when_the_rule_names_one() -> None:
    stage = Stage()
    stage.set(kind="reset", match={"key": "user-1"})

    assert (stage.outcomes(1), stage.outcomes(1, "GetItem", OTHER_WALLET)) == ("L", ".")


@pytest.mark.slow
def test_ten_rules_cost_little_when_none_matches() -> None:
    rules = [{"match": {"service": "dynamodb", "resource": "Wallets", "key": f"user-x{n}"}} for n in range(10)]
    board, call, count = board_with(*rules), call_of(), 20_000

    def cost_us() -> float:
        start = time.perf_counter()
        for _ in range(count):
            board.choose(call)
        return (time.perf_counter() - start) / count * 1e6

    assert min(cost_us() for _ in range(5)) < 6
