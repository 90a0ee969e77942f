"""What one engine can't make becomes stacks around the main one, and values find their way between them."""

import pytest

from harness.deploy.companions import AFTER, BEFORE, MAIN, is_internal, split_template, stack_of
from harness.deploy.http_apis import expand_http_apis
from harness.deploy.references import check_references
from harness.deploy.sources import read_template
from harness.deploy.translation import translate
from harness.errors import TemplateInvalid

SHOP = """
    Transform: AWS::Serverless-2016-10-31
    Parameters:
      Origin: {Type: String, Default: "*"}
      Level: {Type: String, Default: INFO}
    Mappings: {Sizes: {small: {memory: 128}}}
    Conditions: {Loud: !Equals [!Ref Level, DEBUG]}
    Resources:
      Api:
        Type: AWS::Serverless::HttpApi
        Properties:
          Name: !Sub "${AWS::StackName}-api"
          CorsConfiguration: {AllowOrigins: [!Ref Origin]}
          AccessLogSettings: {DestinationArn: !GetAtt Logs.Arn, Format: x}
      Logs: {Type: AWS::Logs::LogGroup}
      Pay:
        Type: AWS::Serverless::Function
        Properties:
          Runtime: python3.12
          Handler: a.b
          InlineCode: x
          Environment: {Variables: {API: !Sub "https://${Api}.${AWS::Region}", STAGE: $default}}
          Events:
            Post: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: POST, Path: /pay}}
      Alarm:
        Type: AWS::CloudWatch::Alarm
        DependsOn: ApiApiGatewayDefaultStage
        Properties: {Dimensions: [{Name: ApiId, Value: !Ref Api}]}
    Outputs:
      ApiId: {Value: !Ref Api}
      Stage: {Value: !Ref ApiApiGatewayDefaultStage}
      Function: {Value: !Ref Pay}
"""


@pytest.fixture
def split(write, heard):
    def split(text, name="shop"):
        source = read_template(write("template.yaml", text))
        template = expand_http_apis(translate(source, source.document, parameters={}, region="us-east-1"))
        made = split_template(source, template, name, heard)
        for part in made.templates.values():
            check_references(source, part)  # each part stands alone
        return made.templates

    return split


def types(part):
    return {resource["Type"].removeprefix("AWS::") for resource in part["Resources"].values()}


def test_template_stays_one_when_nothing_needs_a_companion(split):
    parts = split("Resources: {Queue: {Type: AWS::SQS::Queue}}\nOutputs: {Url: {Value: !Ref Queue}}")

    assert parts == {
        MAIN: {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}, "Outputs": {"Url": {"Value": {"Ref": "Queue"}}}}
    }


def test_api_stands_before_and_its_routes_after_when_functions_need_it(split):
    parts = split(SHOP)

    assert types(parts[BEFORE]) == {"ApiGatewayV2::Api"}
    assert types(parts[MAIN]) == {
        "Logs::LogGroup", "Lambda::Function", "IAM::Role", "CloudWatch::Alarm",
    }  # fmt: skip
    assert types(parts[AFTER]) == {"ApiGatewayV2::Integration", "ApiGatewayV2::Route", "ApiGatewayV2::Stage"}


def test_values_cross_as_outputs_and_parameters_when_stacks_are_split(split):
    parts = split(SHOP)

    assert parts[BEFORE]["Outputs"] == {"RehearsalPartApiRef": {"Value": {"Ref": "Api"}}}
    for place in (MAIN, AFTER):
        assert parts[place]["Parameters"]["RehearsalPartApiRef"] == {"Type": "String"}
    assert parts[MAIN]["Outputs"]["RehearsalPartPayArn"] == {"Value": {"Fn::GetAtt": ["Pay", "Arn"]}}
    assert parts[MAIN]["Resources"]["Pay"]["Properties"]["Environment"]["Variables"]["API"] == {
        "Fn::Sub": "https://${RehearsalPartApiRef}.${AWS::Region}"
    }
    (integration,) = [one for name, one in parts[AFTER]["Resources"].items() if "Integration" in one["Type"]]
    assert "functions/${RehearsalPartPayArn}/invocations" in integration["Properties"]["IntegrationUri"]["Fn::Sub"]


def test_outputs_stand_where_they_can_be_told_when_stacks_are_split(split):
    parts = split(SHOP)

    assert parts[MAIN]["Outputs"]["ApiId"] == {"Value": {"Ref": "RehearsalPartApiRef"}}
    assert parts[MAIN]["Outputs"]["Function"] == {"Value": {"Ref": "Pay"}}
    assert [name for name in parts[AFTER]["Outputs"] if not is_internal(name)] == ["Stage"]


def test_companions_keep_the_stacks_name_and_the_parameters_they_use_when_split(split):
    before = split(SHOP)[BEFORE]

    assert before["Resources"]["Api"]["Properties"]["Name"] == {"Fn::Sub": "shop-api"}
    assert before["Parameters"].keys() == {"Level"}  # of a condition; SAM has put the other one's value in
    assert before["Conditions"].keys() == {"Loud"}


def test_order_that_can_not_be_kept_is_told_when_stacks_are_split(split, heard):
    parts = split(SHOP)

    assert "DependsOn" not in parts[MAIN]["Resources"]["Alarm"]
    assert heard.of("note") == [
        "template.yaml:24  Alarm  does not wait for ApiApiGatewayDefaultStage, which this target makes later"
    ]


def test_value_is_only_given_when_the_condition_of_its_resource_holds(split):
    parts = split(
        """
        Conditions: {Loud: !Equals [a, b]}
        Resources:
          Pool: {Type: AWS::Cognito::UserPool, Condition: Loud}
          Queue:
            Type: AWS::SQS::Queue
            Properties: {Tags: [{Key: pool, Value: !If [Loud, !GetAtt Pool.Arn, none]}]}
        """
    )

    assert parts[BEFORE]["Outputs"]["RehearsalPartPoolArn"]["Condition"] == "Loud"
    assert parts[MAIN]["Parameters"]["RehearsalPartPoolArn"]["Default"] == ""


def test_own_names_of_a_text_are_left_alone_when_references_are_replaced(split):
    parts = split(
        """
        Resources:
          Pool: {Type: AWS::Cognito::UserPool}
          Queue:
            Type: AWS::SQS::Queue
            Properties: {QueueName: !Sub ["${Pool}-${Pool.Arn}-${!Pool}-${Other}", {Pool: mine, Other: !Ref Pool}]}
        """
    )

    text, own = parts[MAIN]["Resources"]["Queue"]["Properties"]["QueueName"]["Fn::Sub"]
    assert text == "${Pool}-${RehearsalPartPoolArn}-${!Pool}-${Other}"
    assert own == {"Pool": "mine", "Other": {"Ref": "RehearsalPartPoolRef"}}


POOL = """
    Resources:
      Greet:
        Type: AWS::Lambda::Function
        Properties: {Runtime: python3.12, Handler: a.b, Role: !GetAtt Role.Arn, Code: {ZipFile: x}NAMED}
      Read:
        Type: AWS::Lambda::Function
        Properties:
          {Runtime: python3.12, Handler: a.b, Role: !GetAtt Role.Arn, Code: {ZipFile: x},
           Environment: {Variables: {POOL: !Ref Pool}}}
      Role: {Type: AWS::IAM::Role, Properties: {}}
      Pool:
        Type: AWS::Cognito::UserPool
        Properties: {LambdaConfig: {PreSignUp: !GetAtt Greet.Arn}}
"""


@pytest.mark.parametrize(
    ("given", "known", "told"),
    [
        ("", "shop-Greet", ["Greet"]),
        (", FunctionName: greeter", "greeter", []),
        (', FunctionName: !Sub "${AWS::StackName}-g"', "shop-g", []),
    ],
)
def test_pool_is_made_before_when_what_needs_it_and_what_it_calls_are_in_one_stack(split, heard, given, known, told):
    parts = split(POOL.replace("NAMED", given))

    pool = parts[BEFORE]["Resources"]["Pool"]["Properties"]
    assert pool["LambdaConfig"]["PreSignUp"] == {
        "Fn::Sub": f"arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:{known}"
    }
    assert parts.keys() == {BEFORE, MAIN}
    assert [note.split("  ")[1] for note in heard.of("note")] == told
    assert "FunctionName" in parts[MAIN]["Resources"]["Greet"]["Properties"]


def test_circle_is_refused_with_its_lines_when_no_name_breaks_it(split):
    with pytest.raises(TemplateInvalid, match="can't be split into stacks") as raised:
        split(
            """
            Resources:
              Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Pool}}
              Queue: {Type: AWS::SQS::Queue}
              Pool:
                Type: AWS::Cognito::UserPool
                Properties: {UserPoolName: !GetAtt Queue.QueueName}
            """
        )

    assert raised.value.evidence["circle"].splitlines() == [
        "template.yaml:2  Topic needs Pool", "template.yaml:4  Pool needs Queue",
    ]  # fmt: skip


def test_main_stack_is_there_when_the_template_holds_nothing_but_companions(split):
    parts = split("Resources: {Pool: {Type: AWS::Cognito::UserPool}}\nOutputs: {Id: {Value: !Ref Pool}}")

    assert types(parts[MAIN]) == {"CloudFormation::WaitConditionHandle"}
    assert parts[MAIN]["Outputs"] == {"Id": {"Value": {"Ref": "RehearsalPartPoolRef"}}}


def test_stacks_are_named_after_the_main_one_when_it_has_companions():
    assert [stack_of(place, "shop") for place in (BEFORE, MAIN, AFTER)] == [
        "shop-parts-before", "shop", "shop-parts-after",
    ]  # fmt: skip
