"""Event source mappings: functions fed from queues and from tables' streams."""

import json

from harness.doctor.examination import Examination
from harness.doctor.probe import broken_unless, probe

REPORTS_BAD_ONES = """
def handler(event, context):
    for record in event["Records"]:
        print("GOT", record["body"])
    bad = [record["messageId"] for record in event["Records"] if record["body"].startswith("bad")]
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in bad]}
"""
TELLS_CHANGES = """
def handler(event, context):
    for record in event["Records"]:
        print("CHANGE", record["eventName"], record["dynamodb"]["Keys"]["ID"]["S"])
"""
FAILS_AT_POISON = """
def handler(event, context):
    names = [record["dynamodb"]["Keys"]["ID"]["S"] for record in event["Records"]]
    if "poison" in names:
        raise ValueError("poison")
    for name in names:
        print("TOOK", name)
"""
SEEN_WITHIN_S = 12.0


@probe(
    "lambda.event-source-mappings",
    "A queue feeds a function; of a batch that fails in part, only the failed messages come again",
    does="sends good and bad messages to a queue with a function and a dead-letter queue",
    documented="with ReportBatchItemFailures the good messages are deleted and the failed ones redriven",
    source="https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html",
    quick=False,
    bound_s=40.0,
)
def queues(examination: Examination) -> str:
    dead_url, dead_arn = examination.queue()
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": "1"})
    url, arn = examination.queue(VisibilityTimeout="2", RedrivePolicy=redrive)
    # A mapping's visibility timeout is to be six times the function's; AWS asks for at least as long.
    function = examination.function(REPORTS_BAD_ONES, Timeout=2)
    sqs = examination.client("sqs")
    entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(("ok-1", "bad-1", "ok-2"))]
    sqs.send_message_batch(QueueUrl=url, Entries=entries)
    _mapping(examination, arn, function, BatchSize=10, FunctionResponseTypes=["ReportBatchItemFailures"])
    dead = [message["Body"] for message in examination.messages(dead_url, within_s=SEEN_WITHIN_S)]
    printed = {line.split()[1] for line in examination.printed(function) if line.startswith("GOT")}
    broken_unless(printed, f"the function got no message within {SEEN_WITHIN_S:.0f} s")
    broken_unless(dead == ["bad-1"], f"the dead-letter queue holds {dead}, expected ['bad-1']")
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    left = int(counts["ApproximateNumberOfMessages"]) + int(counts["ApproximateNumberOfMessagesNotVisible"])
    broken_unless(left == 0, f"{left} messages are left in the queue, expected none")
    return "good messages deleted, the bad one redriven"


@probe(
    "lambda.stream-mappings",
    "A table's stream feeds a function, in the order of each item's changes",
    does="inserts, changes and deletes an item of a table whose stream has a function",
    documented="records of an item arrive in order, at least once",
    source="https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html",
    quick=False,
    bound_s=40.0,
)
def streams(examination: Examination) -> str:
    dynamodb = examination.client("dynamodb")
    table = examination.table(StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    arn = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    function = examination.function(TELLS_CHANGES)
    _mapping(examination, arn, function, StartingPosition="TRIM_HORIZON", BatchSize=10)
    key = {"ID": {"S": "a"}}
    dynamodb.put_item(TableName=table, Item=key)
    dynamodb.put_item(TableName=table, Item={**key, "Version": {"N": "2"}})
    dynamodb.delete_item(TableName=table, Key=key)

    def told() -> list[str]:
        lines = [line.split() for line in examination.printed(function) if line.startswith("CHANGE")]
        return list(dict.fromkeys(line[1] for line in lines))

    examination.until("the function is told of the deletion", lambda: "REMOVE" in told(), within_s=SEEN_WITHIN_S)
    broken_unless(told() == ["INSERT", "MODIFY", "REMOVE"], f"the function was told {told()}")
    return "INSERT, MODIFY, REMOVE in order"


@probe(
    "lambda.stream-failures",
    "A record that a stream's function can't take is given up as its mapping says, and what comes after it arrives",
    does="feeds a function that fails at one record of four, with bisecting, no retries and a destination for failures",
    documented="the batch is halved until the record is alone, which then goes to the destination; all others arrive",
    source="https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html",
    quick=False,
    bound_s=40.0,
)
def poison(examination: Examination) -> str:
    dynamodb = examination.client("dynamodb")
    url, destination = examination.queue()
    table = examination.table(StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    arn = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    for name in ("a", "b", "poison", "c"):
        dynamodb.put_item(TableName=table, Item={"ID": {"S": name}})
    function = examination.function(FAILS_AT_POISON)
    _mapping(
        examination,
        arn,
        function,
        StartingPosition="TRIM_HORIZON",
        BatchSize=10,
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": destination}},
    )
    told = [json.loads(message["Body"]) for message in examination.messages(url, within_s=SEEN_WITHIN_S)]
    broken_unless(told, f"nothing was given up within {SEEN_WITHIN_S:.0f} s")
    size = told[0].get("DDBStreamBatchInfo", {}).get("batchSize")
    broken_unless(size == 1, f"a batch of {size} records was given up, expected the poison alone")

    def taken() -> set[str]:
        return {line.split()[1] for line in examination.printed(function) if line.startswith("TOOK")}

    examination.until("the record after the poison arrives", lambda: "c" in taken(), within_s=SEEN_WITHIN_S)
    broken_unless(taken() == {"a", "b", "c"}, f"the function took {sorted(taken())}")
    return "the poison alone was given up and told, all else arrived"


def _mapping(examination: Examination, source: str, function: str, **more: object) -> None:
    client = examination.client("lambda")
    made = client.create_event_source_mapping(EventSourceArn=source, FunctionName=function, **more)
    examination.after(client.delete_event_source_mapping, UUID=made["UUID"])
