"""Stacks are made, updated, made anew and explained, whatever state they are in."""

from itertools import count

import pytest
from botocore.exceptions import ClientError

from harness.deploy.outputs import StackOutputs
from harness.deploy.sources import read_template
from harness.deploy.stacks import StackWatch, Template, delete_stack, describe_stack, put_stack, stack_outputs
from harness.errors import StackFailed, StackMissing, TemplateInvalid, WaitTimeout

ID = "arn:aws:cloudformation:us-east-1:000000000000:stack/shop/1"


class FakeCloudFormation:
    """One stack named shop: `status`, and per operation the events and the status that it leads to."""

    def __init__(self, status=None, **operations):
        self.status = status
        self.operations = operations
        self.calls = []
        self.events = []
        self._ids = count()
        if status:
            self._add("shop", "CREATE_FAILED", "an old failure")

    def _add(self, logical_id, status, reason=""):
        self.events.insert(
            0,
            {
                "EventId": str(next(self._ids)), "StackId": ID, "LogicalResourceId": logical_id,
                "PhysicalResourceId": ID if logical_id == "shop" else logical_id,
                "ResourceStatus": status, "ResourceStatusReason": reason,
            },
        )  # fmt: skip

    def _run(self, operation):
        self.calls.append(operation)
        outcome = self.operations[operation]
        if isinstance(outcome, str):
            raise ClientError({"Error": {"Code": "ValidationError", "Message": outcome}}, operation)
        self.status, events = outcome
        for event in events:
            self._add(*event)

    def describe_stacks(self, StackName):  # noqa: N803
        if self.status is None or (self.status == "DELETE_COMPLETE" and StackName != ID):
            message = f"Stack with id {StackName} does not exist"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks")
        outputs = [{"OutputKey": "Url", "OutputValue": "http://x"}]
        return {"Stacks": [{"StackId": ID, "StackStatus": self.status, "Outputs": outputs}]}

    def describe_stack_resources(self, StackName):  # noqa: N803
        return {
            "StackResources": [
                {
                    "LogicalResourceId": "Table",
                    "ResourceType": "AWS::DynamoDB::Table",
                    "ResourceStatus": "CREATE_COMPLETE",
                }
            ]
        }

    def get_paginator(self, _):
        return self

    def paginate(self, StackName):  # noqa: N803
        return [{"StackEvents": self.events[:2]}, {"StackEvents": self.events[2:]}]

    def create_stack(self, **_):
        self._run("create")

    def update_stack(self, **_):
        self._run("update")

    def delete_stack(self, **_):
        self._run("delete")


MADE = ("CREATE_COMPLETE", [("Table", "CREATE_COMPLETE"), ("shop", "CREATE_COMPLETE")])
GONE = ("DELETE_COMPLETE", [("Table", "DELETE_COMPLETE")])


@pytest.fixture
def template(write):
    path = write("template.yaml", "Resources:\n  Table:\n    Type: AWS::DynamoDB::Table\n  Pay: {Type: AWS::X::Y}\n")
    return Template(read_template(path), body="{}")


@pytest.fixture
def put(template, heard):
    def put(client):
        return put_stack(StackWatch(client, heard, within_s=1), "shop", template, {"Stage": "test"})

    return put


def test_stack_is_created_when_there_is_none(put, heard):
    client = FakeCloudFormation(create=MADE)

    outputs = put(client)

    assert (outputs.changed, outputs.status, outputs["Url"]) == (True, "CREATE_COMPLETE", "http://x")
    assert heard.of("resource") == ["Table  CREATE_COMPLETE"]


def test_stack_is_updated_when_it_is_there(put, heard):
    client = FakeCloudFormation("CREATE_COMPLETE", update=("UPDATE_COMPLETE", [("Table", "UPDATE_COMPLETE")]))

    assert put(client).changed
    assert heard.of("resource") == ["Table  UPDATE_COMPLETE"]


def test_nothing_changes_when_there_are_no_updates(put):
    outputs = put(FakeCloudFormation("UPDATE_COMPLETE", update="No updates are to be performed."))

    assert (outputs.changed, outputs["Url"]) == (False, "http://x")


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS", "CREATE_FAILED", "DELETE_FAILED"])
def test_stack_is_made_anew_with_a_word_when_it_never_came_up(put, heard, status):
    client = FakeCloudFormation(status, delete=GONE, create=MADE)

    assert put(client).status == "CREATE_COMPLETE"
    assert client.calls == ["delete", "create"]
    assert heard.of("note") == [f"stack shop  is {status}: it is deleted and made anew"]


def test_stack_is_left_alone_when_its_rollback_failed(put):
    with pytest.raises(StackFailed, match="stack shop is UPDATE_ROLLBACK_FAILED, expected a state"):
        put(FakeCloudFormation("UPDATE_ROLLBACK_FAILED"))


def test_causes_are_shown_with_lines_and_words_when_creation_fails(put):
    events = [
        ("Table", "CREATE_FAILED", "1 validation error detected"),
        ("PayRole", "CREATE_FAILED", "Resource creation cancelled"),
        ("shop", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed"),
    ]

    with pytest.raises(StackFailed) as raised:
        put(FakeCloudFormation(create=("ROLLBACK_COMPLETE", events)))

    assert str(raised.value).splitlines() == [
        "StackFailed: stack shop is ROLLBACK_COMPLETE, expected CREATE_COMPLETE",
        "  failed  template.yaml:2  Table  CREATE_FAILED  1 validation error detected",
        "  do      correct what failed first and deploy again: the stack will be made anew",
    ]


def test_only_this_updates_failures_are_shown_when_an_update_fails(put):
    events = [("PayRole", "UPDATE_FAILED", "no such policy")]

    with pytest.raises(StackFailed) as raised:
        put(FakeCloudFormation("CREATE_COMPLETE", update=("UPDATE_ROLLBACK_COMPLETE", events)))

    assert "expected UPDATE_COMPLETE" in raised.value.headline
    assert raised.value.evidence["failed"] == "template.yaml:4  PayRole  UPDATE_FAILED  no such policy"


def test_resources_are_pointed_at_when_the_template_is_refused(put):
    with pytest.raises(TemplateInvalid) as raised:
        put(FakeCloudFormation(create="Template format error: Unrecognized resource types: [AWS::X::Y]"))

    assert raised.value.evidence["at"] == "template.yaml:4  Pay"


def test_wait_raises_when_the_stack_does_not_settle(template, heard):
    client = FakeCloudFormation(create=("CREATE_IN_PROGRESS", []))

    with pytest.raises(WaitTimeout, match="stack shop did not settle within"):
        put_stack(StackWatch(client, heard, within_s=0), "shop", template, {})


def test_deletion_tells_whether_there_was_a_stack(heard):
    assert delete_stack(StackWatch(FakeCloudFormation("CREATE_COMPLETE", delete=GONE), heard, 1), "shop")
    assert not delete_stack(StackWatch(FakeCloudFormation(), heard, 1), "shop")


def test_deletion_quotes_the_reason_when_it_fails(heard):
    client = FakeCloudFormation(
        "CREATE_COMPLETE", delete=("DELETE_FAILED", [("Bucket", "DELETE_FAILED", "The bucket is not empty")])
    )

    with pytest.raises(StackFailed) as raised:
        delete_stack(StackWatch(client, heard, 1), "shop")

    assert raised.value.evidence["failed"] == "Bucket  DELETE_FAILED  The bucket is not empty"


def test_outputs_are_missing_with_a_remedy_when_the_stack_is():
    with pytest.raises(StackMissing, match="stack shop is not deployed: there is none"):
        stack_outputs(FakeCloudFormation(), "shop")
    with pytest.raises(StackMissing, match="it is ROLLBACK_COMPLETE"):
        stack_outputs(FakeCloudFormation("ROLLBACK_COMPLETE"), "shop")


def test_description_lists_resources_when_the_stack_is_there():
    described = describe_stack(FakeCloudFormation("CREATE_COMPLETE"), "shop")

    assert described is not None
    assert [row.logical_id for row in described.resources] == ["Table"]
    assert describe_stack(FakeCloudFormation(), "shop") is None


def test_output_is_missing_with_those_there_are_when_asked_for_another():
    outputs = StackOutputs("shop", "CREATE_COMPLETE", {"A": "1", "B": "2"})

    with pytest.raises(StackMissing, match="stack shop has no output C") as raised:
        outputs["C"]
    assert raised.value.evidence["outputs"] == "A, B"
    assert outputs.get("C") is None
    assert "C" not in outputs
