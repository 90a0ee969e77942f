"""What the engine lacks and nobody can see is left out with a word; what somebody needs is kept."""

from harness.deploy.omissions import UNSEEN_ON_EMBEDDED, leave_out_unseen
from harness.deploy.sources import read_template
from harness.deploy.translation import translate


def left(write, heard, text):
    source = read_template(write("template.yaml", text))
    template = translate(source, source.document, parameters={}, region="us-east-1")
    return leave_out_unseen(source, template, UNSEEN_ON_EMBEDDED, heard)["Resources"]


def test_scaling_is_left_out_with_a_word_when_nothing_needs_it(write, heard):
    resources = left(
        write,
        heard,
        """
        Resources:
          Table: {Type: AWS::DynamoDB::Table}
          Target: {Type: AWS::ApplicationAutoScaling::ScalableTarget, Properties: {ResourceId: !Ref Table}}
          Policy:
            Type: AWS::ApplicationAutoScaling::ScalingPolicy
            Properties: {ScalingTargetId: !Ref Target}
          Queue: {Type: AWS::SQS::Queue, DependsOn: [Policy, Table]}
        """,
    )

    assert resources.keys() == {"Table", "Queue"}
    assert resources["Queue"]["DependsOn"] == ["Table"]
    assert [note.split("  ")[:2] for note in heard.of("note")] == [
        ["template.yaml:4", "Policy"],
        ["template.yaml:3", "Target"],
    ]


def test_gradual_rollout_is_left_out_when_sam_asks_for_it(write, heard):
    resources = left(
        write,
        heard,
        """
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Pay:
            Type: AWS::Serverless::Function
            Properties:
              Runtime: python3.12
              Handler: a.b
              CodeUri: s3://b/k
              AutoPublishAlias: live
              DeploymentPreference: {Type: Canary10Percent5Minutes}
        """,
    )

    assert not [name for name, one in resources.items() if "CodeDeploy::" in one["Type"]]
    assert "UpdatePolicy" not in resources["PayAliaslive"]


def test_resource_is_kept_when_a_kept_one_or_an_output_refers_to_it(write, heard):
    resources = left(
        write,
        heard,
        """
        Resources:
          Group: {Type: AWS::XRay::Group}
          Trail: {Type: AWS::CloudTrail::Trail, Properties: {Name: !Ref Alarm}}
          Alarm: {Type: AWS::CloudWatch::CompositeAlarm}
          Queue: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: a, Value: !Ref Trail}]}}
        Outputs: {Group: {Value: !Ref Group}}
        """,
    )

    assert resources.keys() == {"Group", "Trail", "Alarm", "Queue"}
    assert heard.of("note") == []
