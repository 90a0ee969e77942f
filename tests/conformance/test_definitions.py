"""A broken state machine is refused when it is made, with the reason, and so is the stack that holds one."""

import json
from typing import Any

import pytest

from harness.waiting import wait_until
from tests.conformance.cloud import ROLE, Cloud, single

PASS = {"Type": "Pass", "End": True}
GOOD = single({"Type": "Pass"})
MISSPELT = {"StartAt": "Pay", "States": {"Pay": {"Type": "Task", "Resource": "arn:aws:x", "Next": "Nowhere"}}}

BROKEN = [
    ("{no json", "INVALID_JSON_DESCRIPTION"),
    ("[]", "INVALID_JSON_DESCRIPTION"),
    ({"States": {"A": PASS}}, "'StartAt' is missing"),
    ({"StartAt": "B", "States": {"A": PASS}}, "Missing 'StartAt' target: B"),
    (MISSPELT, "Missing 'Next' target: Nowhere at /States/Pay/Next"),
    (single({"Type": "Tsk"}), "'Tsk' is not one of"),
]


def create(cloud: Cloud, definition: str | dict[str, Any]) -> Any:
    text = definition if isinstance(definition, str) else json.dumps(definition)
    return cloud.states.create_state_machine(name=cloud.name("machine"), definition=text, roleArn=ROLE)


@pytest.mark.mended("definitions")
@pytest.mark.parametrize(("definition", "reason"), BROKEN, ids=[reason for _, reason in BROKEN])
def test_machine_is_refused_when_its_definition_is_broken(
    cloud: Cloud, definition: str | dict[str, Any], reason: str
) -> None:
    with pytest.raises(cloud.states.exceptions.InvalidDefinition) as caught:
        create(cloud, definition)

    assert reason in str(caught.value)


@pytest.mark.mended("definitions")
def test_machine_keeps_its_definition_when_an_update_is_broken(cloud: Cloud) -> None:
    machine = cloud.machine(GOOD)

    with pytest.raises(cloud.states.exceptions.InvalidDefinition):
        cloud.states.update_state_machine(stateMachineArn=machine, definition=json.dumps(MISSPELT))

    assert json.loads(cloud.states.describe_state_machine(stateMachineArn=machine)["definition"]) == GOOD


@pytest.mark.mended("definitions")
def test_diagnostics_tell_what_is_wrong_when_a_definition_is_validated(cloud: Cloud) -> None:
    answer = cloud.states.validate_state_machine_definition(definition=json.dumps(MISSPELT))

    assert answer["result"] == "FAIL"
    assert [(each["code"], each["location"]) for each in answer["diagnostics"]] == [
        ("MISSING_TRANSITION_TARGET", "/States/Pay/Next")
    ]
    assert cloud.states.validate_state_machine_definition(definition=json.dumps(GOOD))["result"] == "OK"


@pytest.mark.mended("definitions")
def test_stack_fails_with_the_reason_when_its_machine_is_broken(cloud: Cloud) -> None:
    stacks = cloud.client("cloudformation")
    properties = {"DefinitionString": json.dumps(MISSPELT), "RoleArn": ROLE}
    template = {"Resources": {"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}}}
    stack = stacks.create_stack(StackName=cloud.name("stack"), TemplateBody=json.dumps(template))["StackId"]

    def status() -> str | None:
        now: str = stacks.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
        return None if now.endswith("IN_PROGRESS") else now

    assert wait_until("the stack has settled", status, within_s=5) == "ROLLBACK_COMPLETE"
    events = stacks.describe_stack_events(StackName=stack)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"] == "CREATE_FAILED"]
    assert "Missing 'Next' target: Nowhere" in failed[0]["ResourceStatusReason"]
