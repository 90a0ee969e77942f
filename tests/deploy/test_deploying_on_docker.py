"""On a real engine: an API, a user pool, a layer and their functions deploy whole, are one stack, and leave nothing."""

from collections.abc import Iterator

import httpx
import pytest

from harness.deploy import delete_stack, deploy_template, describe_stack, stack_outputs
from harness.errors import StackMissing
from harness.ids import new_token
from harness.targets import open_environment
from harness.targets.environment import Environment
from tests.targets.docker.test_real_containers import lacking

pytestmark = pytest.mark.slow

TEMPLATE = """
    Transform: AWS::Serverless-2016-10-31
    Parameters: {Word: {Type: String, Default: hello}}
    Resources:
      Tools: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: tools/}}
      Api: {Type: AWS::Serverless::HttpApi}
      Say:
        Type: AWS::Serverless::Function
        Properties:
          Runtime: python3.12
          Handler: say.handler
          CodeUri: src/
          Timeout: 20
          Layers: [!Ref Tools]
          Environment: {Variables: {WORD: !Ref Word, POOL: !Ref Pool}}
          Events: {Get: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: GET, Path: /say}}}
      Greet:
        Type: AWS::Serverless::Function
        Properties: {Runtime: python3.12, Handler: say.handler, CodeUri: src/}
      Pool:
        Type: AWS::Cognito::UserPool
        Properties: {LambdaConfig: {PreSignUp: !GetAtt Greet.Arn}}
      Table:
        Type: AWS::DynamoDB::Table
        Properties:
          BillingMode: PAY_PER_REQUEST
          AttributeDefinitions: [{AttributeName: ID, AttributeType: S}]
          KeySchema: [{AttributeName: ID, KeyType: HASH}]
          PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}
    Outputs:
      ApiId: {Value: !Ref Api}
      Pool: {Value: !Ref Pool}
      Table: {Value: !Ref Table}
"""
SAY = """
    import os, tool

    def handler(event, context):
        return {"statusCode": 200, "body": f"{tool.LOUD} {os.environ['WORD']} {os.environ['POOL']}"}
"""


@pytest.fixture(scope="module")
def docker_cloud() -> Iterator[Environment]:
    if why := lacking():
        pytest.skip(why)
    with open_environment("docker", instance=f"deploy-{new_token(6)}", ports="free") as environment:
        yield environment


def said(cloud, api_id):
    host = {"Host": f"{api_id}.execute-api.localhost"}
    return httpx.get(f"{cloud.aws_endpoint_url}/say", headers=host, timeout=60)


def test_template_deploys_whole_and_leaves_nothing_when_one_engine_can_not_make_it(docker_cloud, write, heard):
    path = write("say/template.yaml", TEMPLATE)
    write("say/src/say.py", SAY)
    write("say/tools/python/tool.py", 'LOUD = "oh"')

    outputs = deploy_template(path, docker_cloud, on_progress=heard)

    assert said(docker_cloud, outputs["ApiId"]).text == f"oh hello {outputs['Pool']}"
    told = docker_cloud.client("dynamodb").describe_continuous_backups(TableName=outputs["Table"])
    recovery = told["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"

    assert not deploy_template(path, docker_cloud).changed
    assert deploy_template(path, docker_cloud, parameters={"Word": "bye"}).changed
    assert said(docker_cloud, outputs["ApiId"]).text == f"oh bye {outputs['Pool']}"
    assert {"Api", "Pool", "Say"} <= {one.logical_id for one in describe_stack("say", docker_cloud).resources}

    assert delete_stack("say", docker_cloud)
    with pytest.raises(StackMissing):
        stack_outputs("say", docker_cloud)
    assert docker_cloud.client("lambda").list_functions()["Functions"] == []
    assert said(docker_cloud, outputs["ApiId"]).status_code >= 400
