"""What goes wrong on a real engine is told with the service's words and the template's line, and can be mended."""

import pytest

from harness.deploy import delete_stack, deploy_template, describe_stack
from harness.errors import StackFailed, StackMissing, TemplateInvalid

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


LOCAL_FILES = """
    Transform: AWS::Serverless-2016-10-31
    Resources:
      Shared:
        Type: AWS::Serverless::LayerVersion
        Metadata: {BuildMethod: python3.11}
        Properties: {ContentUri: layer}
      Priced:
        Type: AWS::Serverless::Function
        Properties: {Runtime: python3.11, Handler: app.handler, CodeUri: src, Layers: [!Ref Shared]}
      Inline:
        Type: AWS::Serverless::Function
        Properties:
          Runtime: python3.11
          Handler: index.handler
          InlineCode: |
            def handler(event, context):
                return {"said": event["say"]}
      Rest:
        Type: AWS::Serverless::Api
        Properties: {StageName: v1, DefinitionUri: api.yaml}
    Outputs:
      Priced: {Value: !Ref Priced}
      Inline: {Value: !Ref Inline}
      ApiId: {Value: !Ref Rest}
"""
API = """
    openapi: 3.0.1
    info: {title: prices, version: "1"}
    paths:
      /health:
        get:
          responses: {"200": {description: well}}
          x-amazon-apigateway-integration:
            type: mock
            requestTemplates: {application/json: '{"statusCode": 200}'}
            responses: {default: {statusCode: "200", responseTemplates: {application/json: '{"ok": true}'}}}
"""


def test_every_kind_of_local_file_arrives_when_a_template_names_it(cloud, write):
    import json

    import httpx

    write("local/layer/prices.py", "PRICE = 42\n")
    write("local/src/app.py", "import prices\n\n\ndef handler(event, context):\n    return prices.PRICE\n")
    write("local/api.yaml", API)

    outputs = deploy_template(write("local/template.yaml", LOCAL_FILES), cloud)

    functions = cloud.client("lambda")
    assert json.load(functions.invoke(FunctionName=outputs["Priced"])["Payload"]) == 42
    said = functions.invoke(FunctionName=outputs["Inline"], Payload=b'{"say": "yes"}')["Payload"]
    assert json.load(said) == {"said": "yes"}
    address = f"{cloud.aws_endpoint_url}/restapis/{outputs['ApiId']}/v1/_user_request_/health"
    assert httpx.get(address, timeout=10).status_code == 200
