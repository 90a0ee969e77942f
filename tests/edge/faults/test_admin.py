"""The admin API of faults, and LocalStack's: what they take, refuse, tell and heal."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.edge.call import Namespace
from harness.edge.faults import RuleInvalid, load_rules
from harness.edge.faults.document import RULE_FIELDS, document_of, rule_of
from harness.edge.faults.kinds import KINDS
from harness.edge.faults.match import FIELDS
from tests.edge.faults.stage import Stage, answer_lost

RESET = {"kind": "reset", "match": {"service": "dynamodb"}}
CHAOS = "/_localstack/chaos/faults"
EFFECTS = "/_localstack/chaos/effects"
# What a rule may be made of; values are drawn from them too, so that some rules are right.
NAMES = [
    *RULE_FIELDS,
    *FIELDS,
    "fail",
    "pass",
    "after_s",
    "for_s",
    "delay_ms",
    "distribution",
    "bytes",
    "keep",
    "error",
]
NAMES += ["status", "fields", "reasons", "dynamodb", "PutItem", "BatchWriteItem", "ThrottlingException", "after", "*"]


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_rules_are_told_with_ids_and_counts_when_several_are_set(stage: Stage) -> None:
    rules = {"rules": [RESET, {"kind": "latency", "delay_ms": 5, "name": "slow", "match": {"operation": "GetItem"}}]}

    answer = stage.admin("POST", "/_rehearsal/faults", json=rules)

    first, second = answer.json()["faults"]
    assert answer.status_code == 201
    assert (first["id"], first["phase"], first["match"]) == ("f-1", "before", {"service": "dynamodb"})
    assert (first["seen"], first["fired"], first["active"]) == (0, 0, True)
    assert (second["id"], second["name"], second["delay_ms"]) == ("f-2", "slow", 5)
    assert stage.admin("GET", "/_rehearsal/faults").json() == answer.json()


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({}, "kind is ''"),
        ({"kind": "eror"}, "did you mean error?"),
        ({"kind": "error"}, "no code"),
        ({"kind": "error", "error": "ThrotlingException", "match": {"service": "dynamodb"}}, "ThrottlingException"),
        ({"kind": "error", "error": "NoSuchBucket", "match": {"service": "dynamodb"}}, "not an error of dynamodb"),
        ({"kind": "error", "error": "NoSuchBucket"}, "not an error of any service"),
        (
            {"kind": "error", "error": "TransactionCanceledException", "match": {"operation": ["PutItem"]}},
            "not an error of dynamodb PutItem",
        ),
        ({"kind": "error", "error": "ThrottlingException", "status": 200}, "status is 200"),
        ({"kind": "error", "error": "ThrottlingException", "reasons": ["Tired"]}, "no reason to throttle"),
        ({"kind": "error", "error": "ThrottlingException", "reasons": "Tired"}, "expected a list"),
        ({"kind": "error", "error": "InternalServerError", "reasons": ["Tired"]}, "has no reasons"),
        (
            {"kind": "error", "error": "ThrottlingException", "fields": {"a": 1}, "match": {"service": "dynamodb"}},
            "not a member of ThrottlingException",
        ),
        ({"kind": "error", "error": "InternalFailure", "fields": {"a": 1}}, "whose error it is"),
        ({"kind": "error", "error": "ThrottlingException", "reasons": [{"reason": 5}]}, "expected names, or objects"),
        ({"kind": "reset", "match": {"service": "dynamo"}}, "did you mean dynamodb"),
        ({"kind": "reset", "match": {"service": "dynamodb", "operation": "GetItems"}}, "did you mean GetItem"),
        ({"kind": "reset", "match": {"operation": "GetItems"}}, "did you mean GetItem"),
        ({"kind": "reset", "match": {"tabel": "x"}}, "has no field 'tabel'"),
        ({"kind": "reset", "match": {"key": ""}}, "match.key is empty"),
        ({"kind": "reset", "match": {"account": 123}}, "numbers go into quotes"),
        ({"kind": "reset", "match": "x"}, "expected an object"),
        ({"kind": "reset", "mach": {}}, "did you mean match?"),
        ({"kind": "reset", "phase": "during"}, "expected before or after"),
        ({"kind": "reset", "nth": 0}, "nth is 0"),
        ({"kind": "reset", "times": True}, "expected a whole number"),
        ({"kind": "reset", "probability": 1.5}, "probability is 1.5"),
        ({"kind": "reset", "sequence": {"pass": 1}}, "how many fail"),
        ({"kind": "reset", "window": {"from_s": 1}}, "no field 'from_s'"),
        ({"kind": "reset", "on_errors": True}, "expected phase after"),
        ({"kind": "reset", "delay_ms": 5}, "has no field 'delay_ms'"),
        ({"kind": "hang", "delay_ms": -1}, "delay_ms is -1"),
        ({"kind": "latency", "delay_ms": 5, "distribution": {"kind": "uniform"}}, "both delay_ms and distribution"),
        ({"kind": "latency", "distribution": {"kind": "unifrom"}}, "did you mean uniform?"),
        ({"kind": "latency", "distribution": {"kind": "normal", "mean_ms": 1}}, "no sd_ms"),
        ({"kind": "latency", "distribution": {"kind": "uniform", "min_ms": 9, "max_ms": 1}}, "min_ms 9 above"),
        ({"kind": "unprocessed", "match": {"operation": "GetItem"}}, "is for batches"),
        ({"kind": "truncate", "bytes": -1}, "bytes is -1"),
    ],
)
def test_rule_is_refused_in_words_when_it_makes_no_sense(stage: Stage, rule: dict[str, Any], words: str) -> None:
    answer = stage.admin("POST", "/_rehearsal/faults", json=rule)

    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]
    assert stage.admin("GET", "/_rehearsal/faults").json() == {"faults": []}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"5", b"[]", b'{"rules": []}', b'{"rules": [1]}', b'{"rules": [], "x": 1}']
)
def test_body_is_refused_when_it_holds_no_rules(stage: Stage, body: bytes) -> None:
    answer = stage.admin("POST", "/_rehearsal/faults", content=body)

    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_no_rule_is_set_when_one_of_several_is_wrong(stage: Stage) -> None:
    answer = stage.admin("POST", "/_rehearsal/faults", json={"rules": [RESET, {"kind": "x"}]})

    assert answer.json()["error"]["message"].startswith("rule 2: kind is 'x'")
    assert stage.admin("GET", "/_rehearsal/faults").json() == {"faults": []}


def test_rules_are_refused_when_there_are_too_many(stage: Stage) -> None:
    answer = stage.admin("POST", "/_rehearsal/faults", json={"rules": [RESET] * 1001})

    assert answer.status_code == 400
    assert "1000 at most" in answer.json()["error"]["message"]


def test_last_state_is_told_when_a_fault_is_healed(stage: Stage) -> None:
    fault = stage.set(**RESET)
    with answer_lost():
        stage.call()

    state = stage.heal(fault)

    assert (state["id"], state["seen"], state["fired"], state["active"]) == (fault, 1, 1, False)
    assert stage.admin("DELETE", f"/_rehearsal/faults/{fault}").status_code == 404
    assert stage.call().status_code == 200


def test_all_faults_are_healed_when_none_is_named(stage: Stage) -> None:
    stage.set(**RESET)
    stage.set(**RESET)

    healed = stage.admin("DELETE", "/_rehearsal/faults").json()["faults"]

    assert [state["id"] for state in healed] == ["f-1", "f-2"]
    assert stage.call().status_code == 200


def test_firings_are_told_by_fault_and_bounds_when_asked(stage: Stage) -> None:
    first = stage.set(kind="error", error="ThrottlingException", times=2, match={"service": "dynamodb"})
    second = stage.set(kind="error", error="InternalServerError", match={"service": "dynamodb"})
    for _ in range(3):
        stage.call()
    stage.heal(first)

    assert [one["fault"] for one in stage.fired()] == [first, first, second]
    assert [one["sequence"] for one in stage.fired(fault=first)] == [1, 2]
    assert [one["sequence"] for one in stage.fired(limit="1")] == [3]
    assert [one["sequence"] for one in stage.fired(after="1")] == [2, 3]
    assert stage.fired(limit="0") == []
    assert stage.admin("GET", "/_rehearsal/fired?limit=x").status_code == 400


def test_card_number_is_in_no_firing_and_no_log_when_it_is_a_key(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    stage.set(kind="latency", delay_ms=0, match={"service": "dynamodb", "key": "4242424242424242"})

    stage.call("GetItem", {"TableName": "Wallets", "Key": {"UserID": {"S": "4242424242424242"}}})

    (fired,) = stage.fired()
    assert fired["key"] == "UserID=[card number]"
    assert "bit dynamodb GetItem Wallets UserID=[card number]" in caplog.text
    assert "4242424242424242" not in caplog.text


def test_kinds_are_told_with_their_arguments(stage: Stage) -> None:
    kinds = {kind["kind"]: kind for kind in stage.admin("GET", "/_rehearsal/faults/kinds").json()["kinds"]}

    assert set(kinds) == {"error", "latency", "hang", "reset", "truncate", "corrupt", "unprocessed", "kill_caller"}
    assert [one["name"] for one in kinds["latency"]["arguments"]] == ["delay_ms", "distribution"]


def test_only_the_faults_of_an_account_are_healed_when_it_is_forgotten(stage: Stage) -> None:
    mine = stage.set(kind="error", error="ThrottlingException", match={"account": "111111111111"})
    theirs = stage.set(kind="error", error="InternalServerError", match={"service": "dynamodb"})
    stage.call(account="111111111111")
    stage.call()

    asyncio.run(stage.faults.forget(Namespace("111111111111", "us-east-1")))

    assert stage.state(theirs)["fired"] == 1
    assert stage.admin("GET", f"/_rehearsal/faults/{mine}").status_code == 404
    assert [one["fault"] for one in stage.fired()] == [theirs]


def test_everything_is_forgotten_and_ids_go_on_when_all_is_forgotten(stage: Stage) -> None:
    stage.set(**RESET)
    with answer_lost():
        stage.call()

    asyncio.run(stage.faults.forget(None))

    assert stage.fired() == []
    assert stage.faults.describe() == {"faults": {"set": 0, "fired": 0}}
    assert stage.set(**RESET) == "f-2"


def test_rules_of_the_file_are_set_again_when_all_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text("faults:\n- kind: reset\n  match: {service: dynamodb}\n", encoding="utf-8")
    stage = Stage(load_rules(path))
    stage.heal("f-1")
    assert stage.call().status_code == 200

    asyncio.run(stage.faults.forget(None))

    with answer_lost():
        stage.call()
    assert stage.state("f-2")["origin"] == str(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- kind: reset\n- kind: latency\n  delay_ms: soon\n", ":2: rule 2: delay_ms is 'soon'"),
        ("faults:\n\n- kind: rest\n", ":3: rule 1: kind is 'rest' (did you mean reset?)"),
        ("- 5\n", ":1: rule 1: the rule is 5"),
        ("- kind: [\n", ".yaml:2 is no YAML"),
        ("rules: []\n", "has no list of rules"),
        ("faults: []\nmore: 1\n", "has no list of rules"),
        ("", "has no list of rules"),
    ],
)
def test_file_is_refused_with_line_and_rule_when_it_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(RuleInvalid, match=r".") as refusal:
        load_rules(path)

    assert words in refusal.value.headline


def test_file_is_refused_when_it_is_missing(tmp_path: Path) -> None:
    with pytest.raises(RuleInvalid, match="can't be read"):
        load_rules(tmp_path / "none.yaml")


def test_service_is_out_when_localstack_rules_name_it(stage: Stage) -> None:
    rules = [{"service": "dynamodb", "region": "us-east-1"}]

    assert stage.admin("POST", CHAOS, json=rules).json() == rules

    answer = stage.call()
    assert (answer.status_code, answer.json()["__type"].rpartition("#")[2]) == (503, "ServiceUnavailable")
    assert stage.call(region="eu-west-1").status_code == 200
    assert stage.call("ListQueues", {}, service="sqs").status_code == 200


def test_rules_are_replaced_added_and_removed_as_localstack_does(stage: Stage) -> None:
    first, second = {"service": "s3"}, {"service": "kinesis", "operation": "PutRecord", "probability": 0.3}
    stage.admin("POST", CHAOS, json=[first])

    assert stage.admin("PATCH", CHAOS, json=[second]).json() == [first, second]
    assert stage.admin("DELETE", CHAOS, json=[first]).json() == [second]
    assert stage.admin("DELETE", CHAOS, json=[{"service": "kinesis"}]).json() == [second]
    assert stage.admin("PUT", CHAOS, json=[first]).json() == [first]
    assert stage.admin("GET", CHAOS).json() == [first]
    assert stage.admin("DELETE", CHAOS).json() == []
    assert stage.admin("GET", "/_rehearsal/faults").json() == {"faults": []}


def test_error_is_as_told_when_a_localstack_rule_has_one(stage: Stage) -> None:
    error = {"statusCode": 400, "code": "ProvisionedThroughputExceededException"}
    stage.admin("POST", CHAOS, json=[{"service": "dynamodb", "error": error}])

    answer = stage.call()

    assert (answer.status_code, answer.json()["__type"].rpartition("#")[2]) == (400, error["code"])


def test_every_aws_call_fails_when_a_localstack_rule_is_empty(stage: Stage) -> None:
    stage.admin("POST", CHAOS, json=[{}])
    assert stage.call("ListQueues", {}, service="sqs").status_code == 503

    stage.admin("POST", CHAOS, json=[])
    assert stage.call("ListQueues", {}, service="sqs").status_code == 200


def test_every_call_is_late_when_localstack_effects_say_so(stage: Stage) -> None:
    assert stage.admin("POST", EFFECTS, json={"latency": 20}).json() == {"latency": 20}
    assert stage.call().elapsed.total_seconds() >= 0.019
    assert stage.fired()[0]["name"] == "effects"

    stage.admin("POST", EFFECTS, json={"latency": 0})
    stage.call()
    assert (len(stage.fired()), stage.admin("GET", EFFECTS).json()) == (1, {"latency": 0})


def test_localstack_s_faults_are_over_when_all_are_healed(stage: Stage) -> None:
    stage.admin("POST", CHAOS, json=[{"service": "sqs"}])
    stage.admin("POST", EFFECTS, json={"latency": 20})

    stage.admin("DELETE", "/_rehearsal/faults")

    assert stage.admin("GET", CHAOS).json() == []
    assert stage.admin("GET", EFFECTS).json() == {"latency": 0}
    stage.call()
    assert stage.fired() == []


def test_localstack_s_api_tells_no_rule_when_it_was_healed_by_its_id(stage: Stage) -> None:
    stage.admin("POST", CHAOS, json=[{"service": "sqs"}, {"service": "s3"}])

    stage.heal("f-1")

    assert stage.admin("GET", CHAOS).json() == [{"service": "s3"}]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CHAOS, b"{}"),
        (CHAOS, b"["),
        (CHAOS, b'[{"servce": "s3"}]'),
        (CHAOS, b'[{"service": "s4"}]'),
        (CHAOS, b'[{"error": {"statusCode": 200}}]'),
        (CHAOS, b'[{"probability": 2}]'),
        (EFFECTS, b'{"latency": -1}'),
        (EFFECTS, b'{"delay": 1}'),
        (EFFECTS, b"[]"),
    ],
)
def test_localstack_rules_are_refused_in_words_when_they_make_no_sense(stage: Stage, path: str, body: bytes) -> None:
    stage.admin("POST", CHAOS, json=[{"service": "s3"}])

    answer = stage.admin("POST", path, content=body)

    assert answer.status_code == 400
    assert answer.json()["error"]["message"]
    assert stage.admin("GET", CHAOS).json() == [{"service": "s3"}]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(NAMES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=8,
)


@given(rule=st.dictionaries(st.sampled_from(NAMES), values, max_size=6), kind=st.sampled_from(list(KINDS)))
@settings(max_examples=30, deadline=None)
def test_any_rule_is_either_refused_in_words_or_told_back_as_it_was_read(rule: dict[str, Any], kind: str) -> None:
    try:
        read = rule_of({**rule, "kind": kind})
    except RuleInvalid:
        return
    assert document_of(rule_of(document_of(read))) == document_of(read)
