"""Local files of a template become objects, and the template names those."""

import json
import sys

import pytest

from harness.deploy.artifacts import Packager
from harness.deploy.sources import read_template
from harness.errors import TemplateInvalid

VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"


def package(source, heard, *, lambda_runtime=False):
    return Packager(source, "bucket", lambda_runtime=lambda_runtime, on_progress=heard).package()


@pytest.fixture
def sources(write):
    write("src/app.py", "def handler(event, context): ...\n")


def function(properties):
    return f"Resources:\n  Pay:\n    Type: AWS::Serverless::Function\n    Properties: {properties}\n"


def test_shared_folder_is_built_and_uploaded_once_when_functions_share_it(write, sources, heard):
    source = read_template(
        write(
            "template.yaml",
            """
            Resources:
              Pay: {Type: AWS::Serverless::Function, Properties: {CodeUri: src/, Handler: app.pay}}
              Refund: {Type: AWS::Serverless::Function, Properties: {CodeUri: ./src, Handler: app.refund}}
              Plain: {Type: AWS::Lambda::Function, Properties: {Code: src, Handler: app.plain}}
            """,
        )
    )

    packaged = package(source, heard)

    (upload,) = packaged.uploads
    resources = packaged.document["Resources"]
    assert resources["Pay"]["Properties"]["CodeUri"] == f"s3://bucket/{upload.key}"
    assert resources["Refund"]["Properties"]["CodeUri"] == f"s3://bucket/{upload.key}"
    assert resources["Plain"]["Properties"]["Code"] == {"S3Bucket": "bucket", "S3Key": upload.key}
    assert heard.of("package") == ["src  built"]


def test_source_document_is_untouched_when_packaged(write, sources, heard):
    source = read_template(write("template.yaml", function("{CodeUri: src/}")))

    package(source, heard)

    assert source.document["Resources"]["Pay"]["Properties"] == {"CodeUri": "src/"}


@pytest.mark.parametrize(
    "properties",
    ["{InlineCode: 'x = 1'}", "{CodeUri: 's3://other/key'}", "{CodeUri: {Bucket: b, Key: k}}", "{ImageUri: x}"],
)
def test_code_is_left_alone_when_it_is_not_a_local_file(write, heard, properties):
    source = read_template(write("template.yaml", function(properties)))

    packaged = package(source, heard)

    assert packaged.uploads == ()
    assert packaged.document == source.document


def test_global_code_reaches_functions_without_their_own_when_in_globals(write, sources, heard):
    source = read_template(
        write(
            "template.yaml",
            """
            Globals: {Function: {CodeUri: src/}}
            Resources:
              Pay: {Type: AWS::Serverless::Function}
              Inline: {Type: AWS::Serverless::Function, Properties: {InlineCode: x}}
            """,
        )
    )

    resources = package(source, heard).document["Resources"]

    assert resources["Pay"]["Properties"]["CodeUri"].startswith("s3://bucket/packages/")
    assert resources["Inline"]["Properties"] == {"InlineCode": "x"}


@pytest.mark.parametrize(
    ("resource_type", "prop", "keys"),
    [
        ("AWS::Serverless::StateMachine", "DefinitionUri", None),
        ("AWS::Serverless::Api", "DefinitionUri", None),
        ("AWS::StepFunctions::StateMachine", "DefinitionS3Location", {"Bucket", "Key"}),
        ("AWS::ApiGateway::RestApi", "BodyS3Location", {"Bucket", "Key"}),
    ],
)
def test_yaml_document_is_uploaded_as_json_when_a_resource_names_it(write, heard, resource_type, prop, keys):
    write("flow.asl.yaml", "StartAt: A\nStates: {A: {Type: Pass, End: true}}\n")
    source = read_template(
        write(
            "template.yaml", f"Resources:\n  Flow: {{Type: '{resource_type}', Properties: {{{prop}: flow.asl.yaml}}}}\n"
        )
    )

    packaged = package(source, heard)

    (upload,) = packaged.uploads
    assert json.loads(upload.content()) == {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    value = packaged.document["Resources"]["Flow"]["Properties"][prop]
    assert value == f"s3://bucket/{upload.key}" if keys is None else value.keys() == keys


def test_included_file_is_uploaded_when_a_transform_names_it(write, heard):
    write("api.yaml", "openapi: 3.0.1\n")
    source = read_template(
        write(
            "template.yaml",
            """
            Resources:
              Api:
                Type: AWS::Serverless::Api
                Properties:
                  DefinitionBody: !Transform {Name: AWS::Include, Parameters: {Location: api.yaml}}
            """,
        )
    )

    packaged = package(source, heard)

    body = packaged.document["Resources"]["Api"]["Properties"]["DefinitionBody"]
    assert body["Fn::Transform"]["Parameters"]["Location"] == f"s3://bucket/{packaged.uploads[0].key}"


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        ("{Type: AWS::Serverless::Function, Properties: {CodeUri: nowhere}}", "Pay has CodeUri nowhere, expected that"),
        ("{Type: AWS::Serverless::Application, Properties: {Location: a.yaml}}", "Pay nests the template a.yaml"),
        ("{Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: a.yaml}}", "Pay nests the template a.yaml"),
    ],
)
def test_template_is_refused_with_its_line_when_a_file_cannot_be_packaged(write, heard, resource, words):
    source = read_template(write("template.yaml", f"Resources:\n  Pay: {resource}\n"))

    with pytest.raises(TemplateInvalid, match=f"template.yaml:2 {words}"):
        package(source, heard)


def test_broken_document_is_refused_with_its_own_line_when_packaged(write, heard):
    write("flow.json", '{\n "StartAt": \n}')
    source = read_template(
        write(
            "template.yaml",
            "Resources:\n  F: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: flow.json}}\n",
        )
    )

    with pytest.raises(TemplateInvalid, match=r"flow.json:3 is not valid JSON"):
        package(source, heard)


def test_note_is_given_when_the_runtime_is_not_this_interpreters(write, sources, heard):
    source = read_template(write("template.yaml", function("{CodeUri: src/, Runtime: python3.8}")))

    package(source, heard)

    (note,) = heard.of("note")
    assert note.startswith("template.yaml:4  Pay  runs under Python 3.")
    assert note.endswith("not python3.8")


@pytest.mark.parametrize(("runtime", "for_lambda"), [(VERSION, False), ("python3.8", True), ("nodejs22.x", False)])
def test_nothing_is_noted_when_the_runtime_fits_or_lambda_runs_it(write, sources, heard, runtime, for_lambda):
    source = read_template(write("template.yaml", function(f"{{CodeUri: src/, Runtime: {runtime}}}")))

    package(source, heard, lambda_runtime=for_lambda)

    assert heard.of("note") == []
