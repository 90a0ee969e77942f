"""A table's stream feeds a function: what fails comes again, in part or in halves, and is given up in the end."""

import json
from typing import Any

import pytest

from harness.waiting import wait_until
from tests.conformance.cloud import Cloud

TOLD_WITHIN_S = 8.0
# Prints the ids of each batch as one line; a poison record fails it.
READER = """
def handler(event, context):
    ids = [one["dynamodb"]["Keys"]["ID"]["S"] for one in event["Records"]]
    print("got", ",".join(ids))
    if any(one.startswith("poison") for one in ids):
        raise ValueError("poison")
"""
REPORTER = """
def handler(event, context):
    records = event["Records"]
    ids = [one["dynamodb"]["Keys"]["ID"]["S"] for one in records]
    print("got", ",".join(ids))
    failed = [one["dynamodb"]["SequenceNumber"] for one, name in zip(records, ids) if name.startswith("poison")]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}
"""


class Stream:
    """A table whose stream feeds a function; what is written before the mapping comes in one batch."""

    def __init__(self, cloud: Cloud, source: str, ids: list[str], **settings: Any) -> None:
        self._cloud = cloud
        self._table = cloud.table()
        cloud.dynamodb.update_table(
            TableName=self._table,
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        self.put(*ids)
        self._function = cloud.function(source)
        self.arn = cloud.dynamodb.describe_table(TableName=self._table)["Table"]["LatestStreamArn"]
        self._cloud.functions.create_event_source_mapping(
            EventSourceArn=self.arn, FunctionName=self._function, StartingPosition="TRIM_HORIZON", **settings
        )

    def put(self, *ids: str) -> None:
        for name in ids:
            self._cloud.dynamodb.put_item(TableName=self._table, Item={"ID": {"S": name}, "Kind": {"S": name[:1]}})

    def batches(self) -> list[str]:
        """Return the batches that the function has got, each as the ids of its records."""
        return [line[4:] for line in self._cloud.printed(self._function) if line.startswith("got ")]

    def until(self, ids: str) -> list[str]:
        wait_until(f"the batch {ids}", lambda: ids in self.batches(), within_s=TOLD_WITHIN_S)
        return self.batches()


def test_records_that_no_filter_means_never_come_when_the_mapping_has_one(cloud: Cloud) -> None:
    pattern = json.dumps({"eventName": ["INSERT"], "dynamodb": {"NewImage": {"Kind": {"S": ["m"]}}}})

    stream = Stream(cloud, READER, ["m1", "x1", "m2"], FilterCriteria={"Filters": [{"Pattern": pattern}]})

    assert stream.until("m1,m2") == ["m1,m2"]


@pytest.mark.mended("stream_mappings")
def test_rest_comes_again_from_the_first_failure_on_when_a_function_reports_it(cloud: Cloud) -> None:
    stream = Stream(
        cloud,
        REPORTER,
        ["a", "b", "poison", "c"],
        FunctionResponseTypes=["ReportBatchItemFailures"],
        MaximumRetryAttempts=1,
        BatchSize=10,
    )
    stream.until("poison,c")

    stream.put("d")

    assert stream.until("d") == ["a,b,poison,c", "poison,c", "d"]


@pytest.mark.mended("stream_mappings")
def test_batch_is_tried_in_halves_when_the_mapping_bisects(cloud: Cloud) -> None:
    queue_url, queue_arn = cloud.queue()
    stream = Stream(
        cloud,
        READER,
        ["a", "b", "poison", "c"],
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=0,
        BatchSize=10,
        DestinationConfig={"OnFailure": {"Destination": queue_arn}},
    )

    batches = stream.until("c")

    assert batches == ["a,b,poison,c", "a,b", "poison,c", "poison", "c"]
    told = json.loads(cloud.messages(queue_url)[0]["Body"])
    assert told["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert (told["DDBStreamBatchInfo"]["batchSize"], told["DDBStreamBatchInfo"]["streamArn"]) == (1, stream.arn)


@pytest.mark.mended("stream_mappings")
def test_next_batch_comes_when_one_has_used_up_its_retries(cloud: Cloud) -> None:
    stream = Stream(cloud, READER, ["poison", "fine"], MaximumRetryAttempts=2, BatchSize=1)

    assert stream.until("fine") == ["poison", "poison", "poison", "fine"]


@pytest.mark.mended("stream_mappings")
def test_table_is_served_beside_another_when_the_others_function_is_slow(cloud: Cloud) -> None:
    slow = 'import time\ndef handler(event, context):\n    print("got slow")\n    time.sleep(5)\n'
    Stream(cloud, slow, ["a"])
    other = Stream(cloud, READER, [])

    other.put("b")

    wait_until("the other table's record", lambda: "b" in other.batches(), within_s=4)
