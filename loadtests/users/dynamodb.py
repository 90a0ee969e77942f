"""Raw DynamoDB: a tenant's events are put, read, queried, written in batches and in transactions.

The partition key is the tenant, so a hot tenant is a hot partition; the sort key is random, or grows with time
(`--keys monotonic`). With `--shards n` a tenant's events are spread over n partition keys and a query asks one of them.
"""

import time
from typing import Any

from locust import task

from loadtests.calling import caller
from loadtests.keys import Drawn, shard_name
from loadtests.users.playing import Playing, briefing, keys

BATCH_ITEMS = 5
QUERY_ITEMS = 10


class DynamoUser(Playing):
    """Writes and reads events; one request in ten is a batch, one in ten a transaction."""

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.table = briefing().output("EventsTable")
        self.dynamodb = caller(briefing(), "dynamodb", environment.events.request)
        self.last: dict[str, Any] | None = None

    @task
    def use_events(self) -> None:
        """Make one request of any kind."""
        drawn = self.at_its_shard(self.draw())
        if self.reads():
            self.read(drawn)
            return
        kind = self.random.random()
        if kind < 0.8:
            self.put(drawn)
        elif kind < 0.9:
            self.put_batch(drawn)
        else:
            self.put_both(drawn)

    def put(self, drawn: Drawn) -> None:
        """Put one event."""
        item = self.event(drawn)
        answer = self.dynamodb.call(
            "put an event", "put_item", drawn, TableName=self.table, Item=item, ReturnConsumedCapacity="TOTAL"
        )
        if answer is not None:
            self.last = {name: item[name] for name in ("TenantID", "EventID")}

    def put_batch(self, drawn: Drawn) -> None:
        """Put some events in one request; what comes back unprocessed counts as throttled and is left."""
        requests = [{"PutRequest": {"Item": self.event(drawn)}} for _ in range(BATCH_ITEMS)]
        self.dynamodb.call(
            f"put {BATCH_ITEMS} events", "batch_write_item", drawn,
            RequestItems={self.table: requests}, ReturnConsumedCapacity="TOTAL",
        )  # fmt: skip

    def put_both(self, drawn: Drawn) -> None:
        """Put two events, or none of them."""
        puts = [{"Put": {"TableName": self.table, "Item": self.event(drawn)}} for _ in range(2)]
        self.dynamodb.call(
            "put 2 events together", "transact_write_items", drawn, TransactItems=puts, ReturnConsumedCapacity="TOTAL"
        )

    def read(self, drawn: Drawn) -> None:
        """Get the event that was put last, or query some of a tenant's."""
        if self.last is not None and self.random.random() < 0.5:
            self.dynamodb.call(
                "get an event", "get_item", None,
                TableName=self.table, Key=self.last, ReturnConsumedCapacity="TOTAL",
            )  # fmt: skip
            return
        self.dynamodb.call(
            "query a tenant's events",
            "query",
            drawn,
            TableName=self.table,
            KeyConditionExpression="TenantID = :tenant",
            ExpressionAttributeValues={":tenant": {"S": drawn.key}},
            Limit=QUERY_ITEMS,
            ReturnConsumedCapacity="TOTAL",
        )

    def event(self, drawn: Drawn) -> dict[str, Any]:
        """Return a new event of a tenant, of about the size that the run wants."""
        return {
            "TenantID": {"S": drawn.key},
            "EventID": {"S": keys().sort_key(self.random, time.time_ns())},
            "Payload": {"S": "x" * self.settings.item_bytes},
        }

    def at_its_shard(self, drawn: Drawn) -> Drawn:
        """Return a draw whose key is the partition key of one of its tenant's shards."""
        shards = self.settings.shards
        return drawn._replace(key=shard_name(drawn.tenant, self.random.randrange(shards), shards))
