"""Queues: a message that is not deleted comes again, and at last goes to the dead-letter queue; FIFO keeps order."""

import json

from harness.doctor.examination import Examination
from harness.doctor.probe import broken_unless, probe

MESSAGES = 5
AGAIN_WITHIN_S = 6.0
FAN_OUT_WITHIN_S = 5.0


@probe(
    "sqs.redrive",
    "A message that is received too often goes to the dead-letter queue",
    does="receives a message of a queue with maxReceiveCount 2 and never deletes it",
    documented="it is received twice, each time after the visibility timeout, and then is in the dead-letter queue",
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
    quick=False,
)
def redrive(examination: Examination) -> str:
    client = examination.client("sqs")
    dead_url, dead_arn = examination.queue()
    policy = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": "2"})
    url, _ = examination.queue(VisibilityTimeout="1", RedrivePolicy=policy)
    client.send_message(QueueUrl=url, MessageBody="poison")
    received = []

    def dead() -> bool:
        received.extend(client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []))
        counts = client.get_queue_attributes(QueueUrl=dead_url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(counts["Attributes"]["ApproximateNumberOfMessages"]) > 0

    examination.until("the message is in the dead-letter queue", dead, within_s=AGAIN_WITHIN_S)
    broken_unless(len(received) == 2, f"the message was received {len(received)} times, expected 2")
    found = [message["Body"] for message in examination.messages(dead_url)]
    broken_unless(found == ["poison"], f"the dead-letter queue gave {found}")
    return "received twice, then dead"


@probe(
    "sqs.fifo",
    "A FIFO queue keeps order and takes a message once",
    does=f"sends {MESSAGES} messages of a group, one of them twice under its deduplication id",
    documented="messages of a group come in order; within 5 minutes an id is taken once",
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fifo-queues.html",
)
def fifo(examination: Examination) -> str:
    client = examination.client("sqs")
    url, _ = examination.queue(examination.name("queue") + ".fifo", FifoQueue="true")
    wanted = [f"m-{number}" for number in range(MESSAGES)]
    for body in (*wanted, wanted[0]):
        client.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g", MessageDeduplicationId=body)
    found = [message["Body"] for message in examination.messages(url, at_least=MESSAGES + 1, within_s=0.5)]
    broken_unless(found == wanted, f"the queue gave {found}, expected {wanted}")
    return f"{MESSAGES} messages in order, the double one once"


@probe(
    "sns.fan-out",
    "A topic tells every queue that is subscribed and wants it",
    does="publishes a message to a topic with two queues, one of which filters it out",
    documented="each subscription whose filter matches gets the message",
    source="https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html",
)
def fan_out(examination: Examination) -> str:
    client = examination.client("sns")
    topic = client.create_topic(Name=examination.name("topic"))["TopicArn"]
    examination.after(client.delete_topic, TopicArn=topic)
    urls = []
    for kind in ("paid", "refunded"):
        url, arn = examination.queue()
        policy = {"FilterPolicy": json.dumps({"kind": [kind]}), "RawMessageDelivery": "true"}
        client.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=policy)
        urls.append(url)
    kind_attribute = {"kind": {"DataType": "String", "StringValue": "paid"}}
    client.publish(TopicArn=topic, Message="pay-1", MessageAttributes=kind_attribute)
    wanted = [message["Body"] for message in examination.messages(urls[0], within_s=FAN_OUT_WITHIN_S)]
    other = [message["Body"] for message in examination.messages(urls[1], within_s=0.3)]
    broken_unless((wanted, other) == (["pay-1"], []), f"the queues got {wanted} and {other}, expected ['pay-1'] and []")
    return "the queue that wants it got it as it was, the other nothing"
