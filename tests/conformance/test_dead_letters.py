"""What fails for good ends in its dead-letter queue: asynchronous events, and messages of an event source."""

import json

import pytest

from tests.conformance.cloud import Cloud

RAISES = """
def handler(event, context):
    print("ATTEMPT", context.aws_request_id)
    raise ValueError("no such user")
"""
REPORTS_BAD_ONES = """
def handler(event, context):
    bad = [record["messageId"] for record in event["Records"] if record["body"].startswith("bad")]
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in bad]}
"""


@pytest.mark.mended("dead_letters")
def test_event_arrives_with_its_error_when_every_attempt_failed(cloud: Cloud) -> None:
    queue_url, queue_arn = cloud.queue()
    function = cloud.function(RAISES, DeadLetterConfig={"TargetArn": queue_arn})

    cloud.functions.invoke(FunctionName=function, InvocationType="Event", Payload=b'{"user_id": "u-1"}')
    (message,) = cloud.messages(queue_url)

    assert json.loads(message["Body"]) == {"user_id": "u-1"}
    attributes = message["MessageAttributes"]
    assert (attributes["ErrorCode"]["DataType"], attributes["ErrorCode"]["StringValue"]) == ("Number", "200")
    assert attributes["ErrorMessage"]["StringValue"] == "no such user"
    request_id = attributes["RequestID"]["StringValue"]
    attempts = [line.split()[1] for line in cloud.printed(function) if line.startswith("ATTEMPT")]
    assert attempts == [request_id] * 3


@pytest.mark.mended("dead_letters")
def test_destination_and_queue_are_both_served_when_both_are_set(cloud: Cloud) -> None:
    queue_url, queue_arn = cloud.queue()
    destination_url, destination_arn = cloud.queue()
    function = cloud.function(RAISES, DeadLetterConfig={"TargetArn": queue_arn})
    cloud.functions.put_function_event_invoke_config(
        FunctionName=function,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": destination_arn}},
    )

    cloud.functions.invoke(FunctionName=function, InvocationType="Event", Payload=b"{}")
    (destined,) = cloud.messages(destination_url)
    (dead,) = cloud.messages(queue_url, within_s=0.8)

    assert json.loads(destined["Body"])["requestPayload"] == {}
    assert json.loads(dead["Body"]) == {}


def test_only_failed_messages_are_redriven_when_a_batch_fails_in_part(cloud: Cloud) -> None:
    dead_url, dead_arn = cloud.queue()
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": "1"})
    source_url, source_arn = cloud.queue(VisibilityTimeout="4", RedrivePolicy=redrive)
    function = cloud.function(REPORTS_BAD_ONES)
    entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(["ok-1", "bad-1", "ok-2"])]
    cloud.sqs.send_message_batch(QueueUrl=source_url, Entries=entries)

    cloud.functions.create_event_source_mapping(
        EventSourceArn=source_arn,
        FunctionName=function,
        BatchSize=10,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    dead = cloud.messages(dead_url, within_s=20)

    assert [message["Body"] for message in dead] == ["bad-1"]
    left = cloud.sqs.get_queue_attributes(QueueUrl=source_url, AttributeNames=["All"])["Attributes"]
    assert left["ApproximateNumberOfMessages"] == left["ApproximateNumberOfMessagesNotVisible"] == "0"
