"""Templates that know nothing of Rehearsal deploy as they are and behave as on AWS.

They follow the patterns of AWS's public documentation: an HTTP API over a table, a queue with a dead-letter queue, a
state machine that retries and catches by error name, and CloudFormation without SAM.
"""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.deploy import StackOutputs, delete_stack, deploy_template
from harness.targets.environment import Environment
from harness.waiting import wait_until

pytestmark = pytest.mark.slow

PREFLIGHT = {"access-control-request-method": "GET"}
TEMPLATES = Path(__file__).parents[2] / "fixtures" / "templates"


def deploy(name: str, environment: Environment) -> StackOutputs:
    return deploy_template(TEMPLATES / name / "template.yaml", environment)


# The engine as it comes gives every error of a function one name.


def item(environment: Environment, table: str, key: str, value: str) -> dict[str, Any]:
    answer = environment.client("dynamodb").get_item(TableName=table, Key={key: {"S": value}}, ConsistentRead=True)
    found: dict[str, Any] = answer.get("Item", {})
    return found


def test_notes_are_kept_over_http_when_the_http_api_is_deployed(cloud):
    outputs = deploy("http_crud", cloud)
    address = f"{cloud.aws_endpoint_url}/_aws/execute-api/{outputs['ApiId']}/$default"

    with httpx.Client(base_url=address, timeout=30) as notes:
        written = notes.put("/notes/a", json={"text": "first"})
        read = notes.get("/notes/a")
        listed = notes.get("/notes")
        removed = notes.delete("/notes/a")
        gone = notes.get("/notes/a")
        preflight = notes.options("/notes", headers={"origin": "https://example.com", **PREFLIGHT})

    assert (written.status_code, read.json()) == (200, {"id": "a", "text": "first"})
    assert listed.json() == [{"id": "a", "text": "first"}]
    assert (removed.status_code, gone.status_code) == (204, 404)
    assert preflight.headers["access-control-allow-origin"] == "https://example.com"


def test_poison_ends_in_the_dead_letter_queue_when_received_as_often_as_allowed(cloud):
    outputs = deploy("queue_worker", cloud)
    sqs = cloud.client("sqs")
    jobs = [{"name": "good"}, {"name": "bad", "poison": True}, {"name": "fine"}]
    entries = [{"Id": job["name"], "MessageBody": json.dumps(job)} for job in jobs]

    sqs.send_message_batch(QueueUrl=outputs["JobsUrl"], Entries=entries)
    dead = wait_until(
        "arrival of the poison in the dead-letter queue",
        lambda: sqs.receive_message(QueueUrl=outputs["DeadJobsUrl"], WaitTimeSeconds=1).get("Messages"),
        within_s=30,
    )

    assert [json.loads(message["Body"])["name"] for message in dead] == ["bad"]
    assert item(cloud, outputs["ResultsTable"], "job", "bad")["attempts"] == {"N": "2"}
    for name in ("good", "fine"):
        done = item(cloud, outputs["ResultsTable"], "job", name)
        assert (done["done"], done["attempts"]) == ({"BOOL": True}, {"N": "1"})


def run(environment: Environment, arn: str, order: dict[str, Any]) -> dict[str, Any]:
    client = environment.client("stepfunctions")
    execution = client.start_execution(stateMachineArn=arn, input=json.dumps(order))["executionArn"]

    def ended() -> dict[str, Any] | None:
        seen: dict[str, Any] = client.describe_execution(executionArn=execution)
        return seen if seen["status"] != "RUNNING" else None

    return wait_until("end of the execution", ended, within_s=30)


def test_execution_succeeds_when_the_named_error_passes_within_its_retries(cloud):
    outputs = deploy("retrying_workflow", cloud)

    ended = run(cloud, outputs["OrderFlowArn"], {"order": "busy-twice", "busy_times": 2})

    assert ended["status"] == "SUCCEEDED"
    assert json.loads(ended["output"])["reservation"] == {"order": "busy-twice", "attempt": 3}
    assert item(cloud, outputs["AttemptsTable"], "id", "busy-twice")["tries"] == {"N": "3"}


def test_execution_fails_by_name_when_retries_are_used_up(cloud):
    outputs = deploy("retrying_workflow", cloud)

    ended = run(cloud, outputs["OrderFlowArn"], {"order": "always-busy", "busy_times": 99})

    assert (ended["status"], ended["error"]) == ("FAILED", "ReservationFailed")
    assert item(cloud, outputs["AttemptsTable"], "id", "always-busy")["tries"] == {"N": "4"}


def test_error_is_caught_by_name_and_not_retried_when_another_is_raised(cloud):
    outputs = deploy("retrying_workflow", cloud)

    ended = run(cloud, outputs["OrderFlowArn"], {"order": "sold-out", "out_of_stock": True})

    output = json.loads(ended["output"])
    assert (ended["status"], output["customer"]) == ("SUCCEEDED", {"told": True})
    assert output["failure"]["Error"] == "OutOfStock"
    assert json.loads(output["failure"]["Cause"])["errorMessage"] == "order sold-out finds an empty shelf"
    assert item(cloud, outputs["AttemptsTable"], "id", "sold-out")["tries"] == {"N": "1"}


def test_topic_feeds_the_queue_when_plain_cloudformation_is_deployed(cloud):
    outputs = deploy("plain_cloudformation", cloud)
    sqs = cloud.client("sqs")

    cloud.client("sns").publish(TopicArn=outputs["TopicArn"], Message="hello")
    received = sqs.receive_message(QueueUrl=outputs["InboxUrl"], WaitTimeSeconds=5)["Messages"]
    attributes = sqs.get_queue_attributes(QueueUrl=outputs["InboxUrl"], AttributeNames=["MessageRetentionPeriod"])
    table = cloud.client("dynamodb").describe_table(TableName=outputs["LedgerTable"])["Table"]

    assert json.loads(received[0]["Body"])["Message"] == "hello"
    assert attributes["Attributes"]["MessageRetentionPeriod"] == "3600"
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["account", "sequence"]
    assert cloud.client("iam").get_role(RoleName=outputs["ReaderArn"].rsplit("/", 1)[1])


def test_nothing_is_left_when_a_stack_is_deleted(cloud):
    outputs = deploy_template(
        TEMPLATES / "plain_cloudformation" / "template.yaml",
        cloud,
        stack_name="for-a-moment",
        parameters={"Stage": "production"},
    )

    assert delete_stack("for-a-moment", cloud)
    assert outputs["LedgerTable"] not in cloud.client("dynamodb").list_tables()["TableNames"]
    assert not delete_stack("for-a-moment", cloud)
