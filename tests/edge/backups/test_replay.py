"""Before a real engine: a restore to any second equals what its clients had written until then."""

import math
import random
import time
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from tests.edge.backups.clouds import Served, edge, engine, make_table, protect, wait_active

pytestmark = pytest.mark.slow

TABLES = ("One", "Two", "Three")
STEPS, RESTORES = 40, 4


@pytest.fixture(scope="module", params=["embedded", "before"])
def cloud(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    work = tmp_path_factory.mktemp(request.param)
    if request.param == "embedded":
        with edge(work, "--lag-s", "0") as served:
            yield served
    else:
        with engine(work / "engine") as upstream, edge(work / "edge", "--upstream", upstream.url) as served:
            yield served


class Client:
    """Writes at random, and keeps an account of what every table held in every second."""

    def __init__(self, cloud: Served, seed: int) -> None:
        self.cloud, self.dynamodb = cloud, cloud.client()
        self.draw = random.Random(seed)  # noqa: S311 - a test's choices
        self.prefix = f"Seed{seed}"
        self.ahead_s = 0.0
        self.now: dict[str, dict[str, Any]] = {table: {} for table in TABLES}
        self.past: list[tuple[float, dict[str, dict[str, Any]]]] = []
        for table in TABLES:
            make_table(self.dynamodb, self.prefix + table)
            protect(self.dynamodb, self.prefix + table)

    def step(self) -> None:
        self.draw.choice((self.put, self.update, self.delete, self.batch, self.transact, self.partiql, self.cancel))()
        # Each step lies in seconds of its own, so that a second names one state.
        self.past.append((time.time() + self.ahead_s, deepcopy(self.now)))
        self.advance(self.draw.randint(2, 400))

    def advance(self, by_s: int) -> None:
        self.ahead_s = float(self.cloud.admin("POST", "clock/advance", json={"by": by_s})["ahead_s"])

    def item(self) -> dict[str, Any]:
        return {"UserID": {"S": self.draw.choice("abcdef")}, "Amount": {"N": str(self.draw.randint(0, 99))}}

    def keep(self, table: str, item: dict[str, Any]) -> None:
        self.now[table][item["UserID"]["S"]] = item

    def put(self) -> None:
        table, item = self.draw.choice(TABLES), self.item()
        self.dynamodb.put_item(TableName=self.prefix + table, Item=item)
        self.keep(table, item)

    def update(self) -> None:
        table, item = self.draw.choice(TABLES), self.item()
        updated = self.dynamodb.update_item(
            TableName=self.prefix + table,
            Key={"UserID": item["UserID"]},
            UpdateExpression="ADD Amount :some SET #note = :note",
            ExpressionAttributeNames={"#note": "Note"},
            ExpressionAttributeValues={":some": item["Amount"], ":note": {"S": "updated"}},
            ReturnValues="ALL_NEW",
        )
        self.keep(table, updated["Attributes"])

    def delete(self) -> None:
        table, item = self.draw.choice(TABLES), self.item()
        self.dynamodb.delete_item(TableName=self.prefix + table, Key={"UserID": item["UserID"]})
        self.now[table].pop(item["UserID"]["S"], None)

    def batch(self) -> None:
        table, item, other = self.draw.choice(TABLES), self.item(), self.item()
        requests: list[dict[str, Any]] = [{"PutRequest": {"Item": item}}]
        if other["UserID"] != item["UserID"]:
            requests.append({"DeleteRequest": {"Key": {"UserID": other["UserID"]}}})
            self.now[table].pop(other["UserID"]["S"], None)
        self.dynamodb.batch_write_item(RequestItems={self.prefix + table: requests})
        self.keep(table, item)

    def transact(self) -> None:
        items = {table: self.item() for table in TABLES[: self.draw.randint(2, 3)]}
        puts = [{"Put": {"TableName": self.prefix + table, "Item": item}} for table, item in items.items()]
        self.dynamodb.transact_write_items(TransactItems=puts)
        for table, item in items.items():
            self.keep(table, item)

    def cancel(self) -> None:
        never = {"ConditionExpression": "attribute_exists(Nothing)"}
        puts = [
            {"Put": {"TableName": self.prefix + TABLES[0], "Item": self.item()}},
            {"Put": {"TableName": self.prefix + TABLES[1], "Item": self.item(), **never}},
        ]
        with pytest.raises(self.dynamodb.exceptions.TransactionCanceledException):
            self.dynamodb.transact_write_items(TransactItems=puts)

    def partiql(self) -> None:
        table, item = self.draw.choice(TABLES), self.item()
        user = item["UserID"]["S"]
        if user in self.now[table]:
            self.dynamodb.execute_statement(
                Statement=f"UPDATE \"{self.prefix}{table}\" SET Amount = 7 WHERE UserID = '{user}'"  # noqa: S608
            )
            self.now[table][user]["Amount"] = {"N": "7"}

    def restored(self, table: str, at_s: float, name: str) -> dict[str, Any]:
        self.dynamodb.restore_table_to_point_in_time(
            SourceTableName=self.prefix + table, TargetTableName=name, RestoreDateTime=at_s
        )
        wait_active(self.dynamodb, name)
        items = self.dynamodb.scan(TableName=name, ConsistentRead=True)["Items"]
        return {item["UserID"]["S"]: item for item in items}


@pytest.mark.parametrize("seed", [1, 2])
def test_restore_equals_the_replay_when_it_is_to_a_random_second(cloud: Served, seed: int) -> None:
    client = Client(cloud, seed)
    client.advance(2)
    begun_s = math.floor(time.time() + client.ahead_s)
    client.advance(2)
    for _ in range(STEPS):
        client.step()
    client.advance(3600)
    last_s = math.floor(client.past[-1][0])

    for number in range(RESTORES):
        table, second = client.draw.choice(TABLES), client.draw.randint(begun_s, last_s + 1)
        until = [state for at_s, state in client.past if at_s < second + 1]
        expected = until[-1][table] if until else {}
        assert client.restored(table, second, f"{client.prefix}Restored{number}") == expected, (table, second)
