"""Templates are read with their tags and their lines."""

import pytest

from harness.deploy.sources import read_document, read_template
from harness.errors import TemplateInvalid

TABLES = """
    Parameters:
      Stage: {Type: String}
    Resources:
      PaymentsTable:
        Type: AWS::DynamoDB::Table
        Properties:
          TableName: !Sub ${AWS::StackName}-payments
      PayRole:
        Type: AWS::IAM::Role
      Pay:
        Type: AWS::Serverless::Function
        Properties:
          Events:
            Post:
              Type: Api
"""


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        ("!Ref Table", {"Ref": "Table"}),
        ("!GetAtt Table.Arn", {"Fn::GetAtt": ["Table", "Arn"]}),
        ("!GetAtt Stack.Outputs.Url", {"Fn::GetAtt": ["Stack", "Outputs.Url"]}),
        ("!GetAtt [Table, Arn]", {"Fn::GetAtt": ["Table", "Arn"]}),
        ("!Sub ${Table}-x", {"Fn::Sub": "${Table}-x"}),
        ("!Join ['-', [a, !Ref B]]", {"Fn::Join": ["-", ["a", {"Ref": "B"}]]}),
        ("!If [Prod, 1, !Ref 'AWS::NoValue']", {"Fn::If": ["Prod", 1, {"Ref": "AWS::NoValue"}]}),
        ("!Equals [!Ref A, b]", {"Fn::Equals": [{"Ref": "A"}, "b"]}),
        ("!Condition IsProd", {"Condition": "IsProd"}),
        ("!Transform {Name: AWS::Include}", {"Fn::Transform": {"Name": "AWS::Include"}}),
        ("2012-10-17", "2012-10-17"),
    ],
)
def test_short_forms_become_long_when_read(write, tag, value):
    path = write("document.yaml", f"Value: {tag}\n")

    assert read_document(path) == {"Value": value}


def test_lines_are_those_of_the_file_when_a_place_is_known(write):
    source = read_template(write("template.yaml", TABLES))

    assert source.at("Resources", "PaymentsTable") == "template.yaml:4"
    assert source.line("Resources", "PaymentsTable", "Properties", "TableName") == 7
    assert source.line("Resources", "Pay", "Properties", "Events", "Post", "Type") == 15


def test_line_of_the_nearest_known_place_is_given_when_a_property_is_absent(write):
    source = read_template(write("template.yaml", TABLES))

    assert source.line("Resources", "PaymentsTable", "Properties", "KeySchema") == 6


def test_generated_resource_belongs_to_its_source_when_names_nest(write):
    source = read_template(write("template.yaml", TABLES))

    assert source.owner("PayPostPermissionProd") == "Pay"
    assert source.owner("PayRole") == "PayRole"
    assert source.owner("ServerlessRestApi") is None


def test_resources_are_found_when_a_message_names_them_or_their_type(write):
    source = read_template(write("template.yaml", TABLES))

    assert source.mentioned_in("Unrecognized resource types: [AWS::IAM::Role]") == ["template.yaml:8  PayRole"]
    assert source.mentioned_in("Circular dependency: [Pay]") == ["template.yaml:10  Pay"]


def test_lines_are_known_when_the_template_is_json_with_tabs(write):
    path = write("template.json", '{\n\t"Resources": {\n\t\t"Queue": {"Type": "AWS::SQS::Queue"}\n\t}\n}\n')

    assert read_template(path).at("Resources", "Queue") == "template.json:3"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Resources:\n  A: [\n", "bad.yaml:3 is not valid YAML"),
        ("Resources:\n  A: {Type: X}\n  A: {Type: Y}\n", "bad.yaml:3 key 'A' is there twice, first on line 2"),
        ("Resources:\n  A: {}\n", "bad.yaml:2 resource A has no Type"),
        ("Description: x\n", "bad.yaml:1 has no Resources"),
        ("- a\n", "holds no map"),
        ("", "holds no map"),
        ("Resources:\n  A: !!python/object:os.system {}\n", "bad.yaml:2 is not valid YAML"),
    ],
)
def test_template_is_refused_with_its_line_when_it_is_broken(write, text, words):
    with pytest.raises(TemplateInvalid, match=words):
        read_template(write("bad.yaml", text))


def test_template_is_refused_when_aliases_multiply_without_end(write):
    levels = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 8))

    with pytest.raises(TemplateInvalid, match="fewer aliases"):
        read_template(write("bomb.yaml", f"a0: &a0 [x]\n{levels}\n"))


def test_template_is_refused_when_the_file_is_absent(project):
    with pytest.raises(TemplateInvalid, match=r"none\.yaml does not exist"):
        read_template(project / "none.yaml")
