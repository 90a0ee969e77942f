"""SAM templates are translated once, without a network, and mistakes in them have a line."""

import pytest

from harness.deploy import translation
from harness.deploy.references import check_references
from harness.deploy.sources import read_template
from harness.deploy.translation import inline_api_bodies, translate
from harness.errors import TemplateInvalid

SAM = """
    Transform: AWS::Serverless-2016-10-31
    Globals: {Function: {Timeout: 7}}
    Parameters: {Name: {Type: String, Default: pay}}
    Resources:
      Pay:
        Type: AWS::Serverless::Function
        Properties:
          Runtime: python3.12
          Handler: app.handler
          InlineCode: "def handler(event, context): ..."
          FunctionName: !Ref Name
          Policies: [AWSLambdaBasicExecutionRole, AmazonDynamoDBReadOnlyAccess]
        Connectors:
          Table: {Properties: {Destination: {Id: Table}, Permissions: [Read]}}
      Table: {Type: AWS::Serverless::SimpleTable}
"""


def translated(source, **parameters):
    return translate(source, source.document, parameters=parameters, region="eu-central-1")


@pytest.fixture
def no_environment(monkeypatch):
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("no_environment")
def test_globals_policies_and_connectors_are_resolved_when_translated(write):
    resources = translated(read_template(write("template.yaml", SAM)))["Resources"]

    assert resources["Pay"]["Properties"]["Timeout"] == 7
    assert (
        "arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess"
        in resources["PayRole"]["Properties"]["ManagedPolicyArns"]
    )
    assert any(resource["Type"] == "AWS::IAM::ManagedPolicy" for resource in resources.values())


def test_translator_is_not_run_again_when_nothing_changed(write, monkeypatch):
    source = read_template(write("template.yaml", SAM))
    first = translated(source)
    monkeypatch.setattr(translation, "_run_translator", None)

    assert translated(source) == first


CODE = """
    Transform: AWS::Serverless-2016-10-31
    Resources:
      Pay:
        Type: AWS::Serverless::Function
        Properties: {Runtime: python3.12, Handler: app.handler, CodeUri: "s3://bucket/packages/KEY.zip"}
"""


def translated_code(write, key, text=CODE):
    keys = [f"packages/{key}.zip"]
    source = read_template(write("template.yaml", text.replace("KEY", key)))
    template = translate(source, source.document, parameters={}, region="us-east-1", object_keys=keys)
    return template["Resources"]


def test_translator_is_not_run_again_when_only_the_code_changes(write, monkeypatch):
    first = translated_code(write, "aaaa")["Pay"]["Properties"]["Code"]
    monkeypatch.setattr(translation, "_run_translator", None)
    second = translated_code(write, "bbbb")["Pay"]["Properties"]["Code"]

    assert first == {"S3Bucket": "bucket", "S3Key": "packages/aaaa.zip"}
    assert second == {"S3Bucket": "bucket", "S3Key": "packages/bbbb.zip"}


def test_version_is_a_new_one_when_the_code_behind_an_alias_changes(write):
    text = CODE.replace("Handler: app.handler", "Handler: app.handler, AutoPublishAlias: live")

    def versions(key):
        return {name for name in translated_code(write, key, text) if name.startswith("PayVersion")}

    assert len(versions("aaaa") | versions("bbbb")) == 2


def test_translator_runs_again_when_a_parameter_changes(write, monkeypatch):
    source = read_template(write("template.yaml", SAM))
    translated(source)
    monkeypatch.setattr(translation, "_run_translator", lambda *_: {"Resources": "ran"})

    assert translated(source, Name="other") == {"Resources": "ran"}


def test_translation_is_not_kept_when_a_parameter_is_hidden(write, cache):
    source = read_template(write("template.yaml", SAM.replace("Default: pay", "Default: pay, NoEcho: true")))

    translated(source)

    assert not (cache / "translations").exists()


def test_plain_cloudformation_passes_through_when_there_is_no_transform(write):
    source = read_template(write("template.yaml", "Resources:\n  Q: {Type: AWS::SQS::Queue}\n"))

    assert translated(source) == source.document


def test_every_mistake_has_its_line_when_sam_is_wrong(write):
    source = read_template(
        write(
            "template.yaml",
            """
            Transform: AWS::Serverless-2016-10-31
            Resources:
              Pay:
                Type: AWS::Serverless::Function
                Properties:
                  InlineCode: x
                  Handler: a.b
                  Runtime: python3.12
                  Timout: 5
              Flow:
                Type: AWS::Serverless::StateMachine
                Properties: {Name: x}
            """,
        )
    )

    with pytest.raises(TemplateInvalid) as raised:
        translated(source)

    text = str(raised.value)
    assert "template.yaml is not a valid SAM template: 2 errors" in text
    assert "template.yaml:9  Resource with id [Pay] is invalid. property Timout" in text
    assert "template.yaml:12  Resource with id [Flow] is invalid." in text


def test_undefined_names_are_listed_with_lines_when_referred_to(write):
    source = read_template(
        write(
            "template.yaml",
            """
            Resources:
              Queue:
                Type: AWS::SQS::Queue
                DependsOn: Later
                Properties:
                  QueueName: !Sub "${AWS::StackName}-${Stage}-${!Literal}"
              Policy:
                Type: AWS::SQS::QueuePolicy
                Properties:
                  Queues: [!Ref Queu]
                  PolicyDocument: {Resource: !GetAtt Queue.Arn}
            """,
        )
    )

    with pytest.raises(TemplateInvalid) as raised:
        check_references(source, source.document)

    assert str(raised.value).splitlines() == [
        "TemplateInvalid: template.yaml refers to 3 name(s) that it does not define",
        "  missing  template.yaml:4  Later",
        "           template.yaml:10  Queu",
        "           template.yaml:6  Stage",
    ]


def test_references_are_accepted_when_sub_defines_its_own_or_a_macro_remains(write):
    source = read_template(
        write(
            "template.yaml",
            "Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub ['${a}', {a: x}]}}\n",
        )
    )
    check_references(source, source.document)
    check_references(source, {**source.document, "Transform": "Macro", "Outputs": {"X": {"Value": {"Ref": "Unknown"}}}})


def test_api_body_is_put_inside_when_it_was_uploaded_with_the_template():
    place = {"Bucket": "b", "Key": "documents/1.json"}
    template = {"Resources": {"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"BodyS3Location": place}}}}

    inlined = inline_api_bodies(template, {"documents/1.json": {"openapi": "3.0.1"}})

    assert inlined["Resources"]["Api"]["Properties"] == {"Body": {"openapi": "3.0.1"}}
    assert inline_api_bodies(template, {}) == template
