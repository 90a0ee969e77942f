"""A deployment of several stacks is made, told, updated and deleted as one."""

import json
from dataclasses import dataclass, field

import pytest
from botocore.exceptions import ClientError

from harness.deploy.companions import AFTER, BEFORE, MAIN
from harness.deploy.sources import read_template
from harness.deploy.stacks import StackWatch, Template
from harness.deploy.whole_stacks import Whole, delete_whole, describe_whole, outputs_of_whole, put_whole
from harness.errors import StackFailed, StackMissing


@dataclass
class FakeCloudFormation:
    """Stacks whose template is JSON of their outputs, where a value `$Name` is a parameter's."""

    stacks: dict = field(default_factory=dict)
    calls: list = field(default_factory=list)
    broken: str = ""

    def _run(self, operation, name, body, told):
        given = {one["ParameterKey"]: one["ParameterValue"] for one in told}
        if (body, given) == self.stacks.get(name, {}).get("asked"):
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "No updates are to be performed."}}, "U")
        self.calls.append((operation, name))
        values = {key: given[value[1:]] if value[0] == "$" else value for key, value in json.loads(body).items()}
        status = "ROLLBACK_COMPLETE" if name == self.broken else f"{operation.upper()}_COMPLETE"
        self.stacks[name] = {"status": status, "outputs": values, "asked": (body, given)}

    def create_stack(self, StackName, TemplateBody, Parameters, **_):  # noqa: N803
        self._run("create", StackName, TemplateBody, Parameters)

    def update_stack(self, StackName, TemplateBody, Parameters, **_):  # noqa: N803
        self._run("update", StackName, TemplateBody, Parameters)

    def delete_stack(self, StackName):  # noqa: N803
        self.calls.append(("delete", StackName))
        del self.stacks[StackName]

    def describe_stacks(self, StackName):  # noqa: N803
        if StackName not in self.stacks:
            message = f"Stack with id {StackName} does not exist"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks")
        stack = self.stacks[StackName]
        outputs = [{"OutputKey": key, "OutputValue": value} for key, value in stack["outputs"].items()]
        parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in stack["asked"][1].items()]
        return {
            "Stacks": [
                {"StackId": StackName, "StackStatus": stack["status"], "Outputs": outputs, "Parameters": parameters}
            ]
        }

    def describe_stack_resources(self, StackName):  # noqa: N803
        row = {"LogicalResourceId": f"In{StackName}", "ResourceType": "T", "ResourceStatus": "CREATE_COMPLETE"}
        return {"StackResources": [row]}

    def get_paginator(self, _):
        return self

    def paginate(self, StackName):  # noqa: N803
        return [{"StackEvents": []}]


@pytest.fixture
def client():
    return FakeCloudFormation()


@pytest.fixture
def watch(client, heard):
    return StackWatch(client, heard, 1.0)


@pytest.fixture
def whole(write):
    source = read_template(write("template.yaml", "Resources: {Queue: {Type: AWS::SQS::Queue}}"))

    def whole(**outputs_by_place):
        declared = {
            BEFORE: frozenset({"Level"}),
            MAIN: frozenset({"Level", "RehearsalPartApiRef"}),
            AFTER: frozenset({"RehearsalPartApiRef", "RehearsalPartPayArn"}),
        }
        templates = {place: Template(source, json.dumps(values)) for place, values in outputs_by_place.items()}
        return Whole(templates, {place: declared[place] for place in templates})

    return whole


@pytest.fixture
def shop(whole):
    return whole(
        before={"RehearsalPartApiRef": "api-1"},
        main={"ApiId": "$RehearsalPartApiRef", "Level": "$Level", "RehearsalPartPayArn": "arn:pay"},
        after={"Route": "$RehearsalPartPayArn"},
    )


def test_each_stack_is_told_the_others_values_when_a_deployment_is_made(watch, client, shop):
    outputs = put_whole(watch, "shop", shop, {"Level": "INFO"})

    assert client.calls == [("create", "shop-parts-before"), ("create", "shop"), ("create", "shop-parts-after")]
    assert dict(outputs) == {"ApiId": "api-1", "Level": "INFO", "Route": "arn:pay"}
    assert (outputs.stack_name, outputs.changed) == ("shop", True)


def test_nothing_has_changed_when_the_same_is_deployed_again(watch, shop):
    put_whole(watch, "shop", shop, {"Level": "INFO"})

    assert not put_whole(watch, "shop", shop, {"Level": "INFO"}).changed
    assert put_whole(watch, "shop", shop, {"Level": "DEBUG"}).changed


def test_companions_are_deleted_last_when_an_update_needs_them_no_more(watch, client, shop, whole):
    put_whole(watch, "shop", shop, {"Level": "INFO"})
    client.calls.clear()

    outputs = put_whole(watch, "shop", whole(main={"Level": "$Level"}), {"Level": "INFO"})

    assert client.calls == [("update", "shop"), ("delete", "shop-parts-after"), ("delete", "shop-parts-before")]
    assert dict(outputs) == {"Level": "INFO"}


def test_main_stack_is_not_made_when_a_companion_fails(watch, client, shop):
    client.broken = "shop-parts-before"

    with pytest.raises(StackFailed, match="stack shop-parts-before is ROLLBACK_COMPLETE"):
        put_whole(watch, "shop", shop, {"Level": "INFO"})

    assert "shop" not in client.stacks


def test_all_stacks_go_in_reverse_when_a_deployment_is_deleted(watch, client, shop):
    put_whole(watch, "shop", shop, {"Level": "INFO"})
    client.calls.clear()

    assert delete_whole(watch, "shop")
    assert client.calls == [("delete", "shop-parts-after"), ("delete", "shop"), ("delete", "shop-parts-before")]
    assert not delete_whole(watch, "shop")


def test_companions_go_when_a_deployment_never_got_further(watch, client, shop):
    client.broken = "shop-parts-before"
    with pytest.raises(StackFailed):
        put_whole(watch, "shop", shop, {"Level": "INFO"})

    assert delete_whole(watch, "shop")
    assert client.stacks == {}


def test_one_system_is_described_when_it_is_of_several_stacks(watch, client, shop):
    put_whole(watch, "shop", shop, {"Level": "INFO"})

    described = describe_whole(client, "shop")

    assert dict(described.outputs) == {"ApiId": "api-1", "Level": "INFO", "Route": "arn:pay"}
    assert described.parameters == {"Level": "INFO"}
    assert [one.logical_id for one in described.resources] == ["Inshop-parts-before", "Inshop", "Inshop-parts-after"]
    assert describe_whole(client, "other") is None


def test_status_is_the_troubled_companions_when_the_main_stack_is_well(watch, client, shop):
    put_whole(watch, "shop", shop, {"Level": "INFO"})
    client.stacks["shop-parts-after"]["status"] = "UPDATE_ROLLBACK_FAILED"

    assert describe_whole(client, "shop").outputs.status == "UPDATE_ROLLBACK_FAILED"


def test_outputs_are_refused_when_a_stack_of_the_deployment_is_missing(watch, client, shop):
    with pytest.raises(StackMissing, match="stack shop is not deployed"):
        outputs_of_whole(client, "shop")
    put_whole(watch, "shop", shop, {"Level": "INFO"})
    assert outputs_of_whole(client, "shop")["Route"] == "arn:pay"

    del client.stacks["shop-parts-after"]

    with pytest.raises(StackMissing, match="shop-parts-after is missing"):
        outputs_of_whole(client, "shop")
