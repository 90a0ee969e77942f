"""What goes wrong on a real engine is told with the service's words and the template's line, and can be mended."""

from collections.abc import Iterator

import pytest

from harness.deploy import delete_stack, deploy_template, describe_stack
from harness.errors import StackFailed, StackMissing, TemplateInvalid
from harness.targets.environment import Environment

pytestmark = pytest.mark.slow

TEMPLATE = """
    Resources:
      Queue:
        Type: AWS::SQS::Queue
      Flow:
        Type: AWS::StepFunctions::StateMachine
        DependsOn: Queue
        Properties: {{RoleArn: "arn:aws:iam::000000000000:role/any", {definition}}}
    Outputs:
      Url: {{Value: !Ref Queue}}
"""
ONE = "Definition: {StartAt: A, States: {A: {Type: Pass, End: true}}}"
TWO = "Definition: {StartAt: B, States: {B: {Type: Pass, End: true}}}"
BROKEN = "DefinitionS3Location: {Bucket: rehearsal-artifacts-000000000000, Key: nothing-here.json}"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    from tests.deploy.stock_engine import stock_engine

    with stock_engine(tmp_path_factory.mktemp("engine")) as environment:
        yield environment


def test_failed_resource_is_shown_and_the_stack_made_anew_when_corrected(cloud, write, heard):
    path = write("shop/template.yaml", TEMPLATE.format(definition=BROKEN))

    with pytest.raises(StackFailed) as raised:
        deploy_template(path, cloud)
    write("shop/template.yaml", TEMPLATE.format(definition=ONE))
    outputs = deploy_template(path, cloud, on_progress=heard)

    assert raised.value.headline == "stack shop is ROLLBACK_COMPLETE, expected CREATE_COMPLETE"
    assert str(raised.value.evidence["failed"]).startswith("shop/template.yaml:4  Flow  CREATE_FAILED  ")
    assert heard.of("note") == ["stack shop  is ROLLBACK_COMPLETE: it is deleted and made anew"]
    assert outputs.status == "CREATE_COMPLETE"


def test_stack_is_updated_and_left_alone_when_deployed_again(cloud, write):
    path = write("again/template.yaml", TEMPLATE.format(definition=ONE))

    created = deploy_template(path, cloud)
    unchanged = deploy_template(path, cloud)
    write("again/template.yaml", TEMPLATE.format(definition=TWO))
    updated = deploy_template(path, cloud)

    assert (created.changed, unchanged.changed, updated.changed) == (True, False, True)
    described = describe_stack("again", cloud)
    assert described is not None
    assert {row.logical_id: row.status for row in described.resources}["Flow"] == "UPDATE_COMPLETE"


def test_failed_update_is_rolled_back_and_explained_when_a_resource_refuses(cloud, write):
    path = write("update/template.yaml", TEMPLATE.format(definition=ONE))
    deploy_template(path, cloud)
    write("update/template.yaml", TEMPLATE.format(definition=BROKEN))

    with pytest.raises(StackFailed) as raised:
        deploy_template(path, cloud)

    assert raised.value.headline == "stack update is UPDATE_ROLLBACK_COMPLETE, expected UPDATE_COMPLETE"
    assert "update/template.yaml:4  Flow  UPDATE_FAILED  " in str(raised.value)


def test_unknown_type_is_refused_with_its_line_when_the_engine_lacks_it(cloud, write):
    path = write("odd/template.yaml", "Resources:\n  Odd:\n    Type: AWS::Odd::Thing\n")

    with pytest.raises(TemplateInvalid) as raised:
        deploy_template(path, cloud)

    assert "Unrecognized resource types: [AWS::Odd::Thing]" in raised.value.headline
    assert raised.value.evidence["at"] == "odd/template.yaml:2  Odd"


def test_template_is_read_from_s3_when_it_is_longer_than_a_request_takes(cloud, write):
    functions = "".join(
        f"""
      Q{n}:
        Type: AWS::SQS::Queue
        Properties:
          Tags: [{{Key: purpose, Value: "{"long " * 50}"}}]"""
        for n in range(200)
    )
    path = write("long/template.yaml", f"\n    Resources:{functions}\n")

    assert deploy_template(path, cloud).status == "CREATE_COMPLETE"
    assert delete_stack("long", cloud)


def test_stack_is_missing_when_it_was_deleted(cloud, write):
    from harness.deploy import stack_outputs

    deploy_template(write("gone/template.yaml", TEMPLATE.format(definition=ONE)), cloud)
    assert stack_outputs("gone", cloud)["Url"]

    delete_stack("gone", cloud)

    with pytest.raises(StackMissing, match="stack gone is not deployed: there is none"):
        stack_outputs("gone", cloud)
