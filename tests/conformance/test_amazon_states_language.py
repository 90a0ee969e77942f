"""Each structural rule of the Amazon States Language refuses the definition that breaks it, and only that one."""

import json
from typing import Any

import pytest

from harness.targets.embedded.mends.amazon_states_language import problems_of

TASK: dict[str, Any] = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:pay", "End": True}
RULE: dict[str, Any] = {"Variable": "$.amount", "NumericGreaterThan": 0, "Next": "Done"}
DONE: dict[str, Any] = {"Done": {"Type": "Succeed"}}


def machine(*, start: str = "Only", **states: Any) -> dict[str, Any]:
    return {"StartAt": start, "States": states}


def found(definition: dict[str, Any]) -> list[str]:
    return [str(problem) for problem in problems_of(json.dumps(definition))]


GOOD = [
    machine(Only=TASK),
    machine(Only={"Type": "Wait", "SecondsPath": "$.pause_s", "End": True}),
    machine(Only={"Type": "Fail", "ErrorPath": "$.Error", "CausePath": "States.Format('{}', $.Cause)"}),
    machine(
        Only={**TASK, "Retry": [{"ErrorEquals": ["A", "B"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"]}]},
    ),
    machine(Only={"Type": "Choice", "Choices": [{"Not": {**RULE, "Next": "x"}, "Next": "Done"}]}, **DONE)
    | {"TimeoutSeconds": 60},
    machine(Only={"Type": "Choice", "Choices": [RULE], "Default": "Done"}, **DONE),
    machine(
        Only={"Type": "Choice", "QueryLanguage": "JSONata", "Choices": [{"Condition": "{% true %}", "Next": "Done"}]}
    )
    | {"QueryLanguage": "JSONata"},
    machine(
        Only={"Type": "Parallel", "Branches": [machine(A=TASK, start="A"), machine(B=TASK, start="B")], "End": True}
    ),
    machine(
        Only={
            "Type": "Map",
            "ItemProcessor": machine(A=TASK, start="A") | {"ProcessorConfig": {"Mode": "INLINE"}},
            "ItemSelector": {"item.$": "$$.Map.Item.Value"},
            "End": True,
        }
    ),
]
GOOD[4]["States"]["Only"]["Choices"][0]["Not"].pop("Next")
GOOD[6]["States"].update(DONE)


@pytest.mark.parametrize("definition", GOOD)
def test_definition_is_accepted_when_it_follows_the_language(definition: dict[str, Any]) -> None:
    assert found(definition) == []


BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"StartAt": "A"}, "'States' must be an object"),
    (machine(Only=TASK) | {"TimeoutSeconds": 0}, "at least 1 at /TimeoutSeconds"),
    (machine(Only=TASK) | {"Sates": {}}, "Field is not supported at /Sates"),
    (machine(Only=TASK, Lost=TASK), 'State "Lost" is not reachable. at /States/Lost'),
    (machine(Only={"Type": "Pass"}), "exactly one of 'Next' and 'End: true'"),
    (machine(Only={"Type": "Pass", "End": True, "Next": "Done"}, **DONE), "exactly one of 'Next' and 'End: true'"),
    (machine(Only={"Type": "Pass", "End": True, "Nxt": "Done"}), "Field is not supported at /States/Only/Nxt"),
    (machine(Only={"Type": "Succeed", "End": True}), "Field is not supported at /States/Only/End"),
    (machine(Only={"Type": "Task", "End": True}), "'Resource' is missing"),
    (machine(Only={**TASK, "TimeoutSeconds": 5, "HeartbeatSeconds": 5}), "must be smaller than 'TimeoutSeconds'"),
    (machine(Only={**TASK, "TimeoutSeconds": "5"}), "at least 1 at /States/Only/TimeoutSeconds"),
    (machine(Only={"Type": "Choice", "Choices": []}), "'Choices' must be a list with at least one rule"),
    (machine(Only={"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": True}]}), "'Next' is missing"),
    (machine(Only={"Type": "Choice", "Choices": [{"Next": "Done"}]}, **DONE), "exactly one comparison"),
    (machine(Only={"Type": "Choice", "Choices": [{"And": [RULE], "Next": "Done"}]}, **DONE), "without 'Next'"),
    (machine(Only={"Type": "Choice", "Choices": [RULE], "Default": "Gone"}, **DONE), "Missing 'Default' target: Gone"),
    (machine(Only={"Type": "Wait", "End": True}), "exactly one of Seconds"),
    (machine(Only={"Type": "Wait", "Seconds": 1, "SecondsPath": "$.s", "End": True}), "exactly one of Seconds"),
    (machine(Only={"Type": "Parallel", "End": True}), "'Branches' must be a list"),
    (machine(Only={"Type": "Parallel", "Branches": [machine(Only=TASK)], "End": True}), "'Only' is used twice"),
    (machine(Only={"Type": "Map", "End": True}), "exactly one of 'ItemProcessor' and 'Iterator'"),
    (machine(Only={**TASK, "Retry": [{"MaxAttempts": 1}]}), "'ErrorEquals' must be a list"),
    (machine(Only={**TASK, "Retry": [{"ErrorEquals": ["A"], "MaxAttempts": -1}]}), "at least 0"),
    (machine(Only={**TASK, "Retry": [{"ErrorEquals": ["A"], "BackoffRate": 0.5}]}), "at least 1.0"),
    (machine(Only={**TASK, "Retry": [{"ErrorEquals": ["A"], "JitterStrategy": "Full"}]}), "must be FULL or NONE"),
    (machine(Only={**TASK, "Retry": [{"ErrorEquals": ["A", "States.ALL"]}]}), "States.ALL must stand alone"),
    (
        machine(Only={**TASK, "Retry": [{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["A"]}]}),
        "States.ALL must be in the last rule",
    ),
    (machine(Only={**TASK, "Catch": [{"ErrorEquals": ["A"]}]}), "'Next' is missing at /States/Only/Catch/0/Next"),
    (machine(Only={**TASK, "Catch": [{"Next": "Done"}]}, **DONE), "'ErrorEquals' must be a list"),
    (machine(Only={**TASK, "Parameters": {"id.$": "payment_id"}}), "must be a JSONPath or an intrinsic function call"),
    (machine(start="N" * 81, **{"N" * 81: TASK}), "81 characters, at most 80"),
]


@pytest.mark.parametrize(("definition", "reason"), BROKEN, ids=[reason for _, reason in BROKEN])
def test_definition_is_refused_with_the_reason_when_it_breaks_a_rule(definition: dict[str, Any], reason: str) -> None:
    problems = found(definition)

    assert len(problems) == 1
    assert reason in problems[0]
