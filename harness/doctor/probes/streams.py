"""Streams: every change of an item in its order, with what it was and what it became."""

from typing import Any

from harness.doctor.examination import Examination
from harness.doctor.probe import broken_unless, probe

SEEN_WITHIN_S = 8.0


@probe(
    "dynamodb.streams",
    "A table's stream has each change in order, with both images",
    does="inserts, changes, rewrites unchanged and deletes an item, and reads the stream",
    documented="a record a change, once, in the order of the item's changes; writes that change nothing make none",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html",
)
def streams(examination: Examination) -> str:
    client = examination.client("dynamodb")
    table = examination.table(StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    arn = client.describe_table(TableName=table)["Table"].get("LatestStreamArn")
    broken_unless(arn, "a table with a stream has no LatestStreamArn")
    for version in ("1", "2", "2"):
        client.put_item(TableName=table, Item={"ID": {"S": "a"}, "Version": {"N": version}})
    client.delete_item(TableName=table, Key={"ID": {"S": "a"}})
    reader = _Reader(examination.client("dynamodbstreams"), arn)
    examination.until("the deletion is in the stream", lambda: reader.read_until("REMOVE"), within_s=SEEN_WITHIN_S)
    told = [(one["eventName"], _version(one, "OldImage"), _version(one, "NewImage")) for one in reader.records]
    wanted = [("INSERT", None, "1"), ("MODIFY", "1", "2"), ("REMOVE", "2", None)]
    broken_unless(told == wanted, f"the stream told {told}, expected {wanted}")
    return "INSERT, MODIFY, REMOVE in order with both images, nothing for a write that changed nothing"


class _Reader:
    """Reads all shards of a stream from their beginning."""

    def __init__(self, client: Any, arn: str) -> None:
        self._client, self._arn = client, arn
        self._iterators: dict[str, str | None] = {}
        self.records: list[dict[str, Any]] = []

    def read_until(self, kind: str) -> bool:
        """Read what is new; tell whether a record of this kind has come."""
        for shard in self._client.describe_stream(StreamArn=self._arn)["StreamDescription"]["Shards"]:
            identifier = shard["ShardId"]
            if identifier not in self._iterators and (beginning := self._beginning_of(identifier)):
                self._iterators[identifier] = beginning
        for identifier, iterator in self._iterators.items():
            if iterator:
                answer = self._client.get_records(ShardIterator=iterator)
                self._iterators[identifier] = answer.get("NextShardIterator")
                self.records.extend(answer["Records"])
        return any(one["eventName"] == kind for one in self.records)

    def _beginning_of(self, shard: str) -> str:
        """Return where to read a shard from, "" while its stream is still being made."""
        try:
            answer = self._client.get_shard_iterator(
                StreamArn=self._arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
            )
        except self._client.exceptions.ClientError as refused:
            if refused.response["Error"]["Code"] == "ResourceInUseException":
                return ""
            raise
        return str(answer["ShardIterator"])


def _version(record: dict[str, Any], image: str) -> str | None:
    version: str | None = record["dynamodb"].get(image, {}).get("Version", {}).get("N")
    return version
