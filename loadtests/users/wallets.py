"""Wallets on DynamoDB itself: debits and credits of an item's balance, and reads of it.

With `--shards n` a wallet's writes go to one of n items (`wallet-000000#3`), and a read adds the n parts up: the write
sharding that DynamoDB's guide suggests for a hot key. Leaves out what a real ledger needs beside it (conditions, a
record of each movement), because the question is where the heat goes.
"""

from typing import Any

from locust import task

from loadtests.calling import caller
from loadtests.keys import Drawn, shard_name, shard_names
from loadtests.users.playing import Playing, briefing

BALANCE = "ADD Balance :amount SET UpdatedAt = :at"


class WalletUser(Playing):
    """Changes and reads wallets."""

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.table = briefing().output("WalletsTable")
        self.dynamodb = caller(briefing(), "dynamodb", environment.events.request)

    @task
    def use_a_wallet(self) -> None:
        """Read a balance, or change one."""
        drawn = self.draw()
        if self.reads():
            self.read(drawn)
        else:
            self.change(drawn)

    def change(self, drawn: Drawn) -> None:
        """Debit or credit a wallet: one write unit on one of its shards."""
        shards = self.settings.shards
        amount = self.random.randrange(1, 500)
        is_debit = self.random.random() < 0.5
        name = shard_name(drawn.key, self.random.randrange(shards), shards)
        self.dynamodb.call(
            "debit a wallet" if is_debit else "credit a wallet",
            "update_item",
            drawn._replace(key=name),
            TableName=self.table,
            Key={"UserID": {"S": name}},
            UpdateExpression=BALANCE,
            ExpressionAttributeValues={
                ":amount": {"N": str(-amount if is_debit else amount)},
                ":at": {"N": str(self.random.getrandbits(40))},
            },
            ReturnConsumedCapacity="TOTAL",
        )

    def read(self, drawn: Drawn) -> None:
        """Read a balance: of one item, or of all shards at once."""
        wanted = [{"UserID": {"S": name}} for name in shard_names(drawn.key, self.settings.shards)]
        if len(wanted) == 1:
            self.dynamodb.call(
                "read a wallet", "get_item", drawn,
                TableName=self.table, Key=wanted[0], ReturnConsumedCapacity="TOTAL",
            )  # fmt: skip
            return
        answer = self.dynamodb.call(
            "read a wallet", "batch_get_item", drawn,
            RequestItems={self.table: {"Keys": wanted}}, ReturnConsumedCapacity="TOTAL",
        )  # fmt: skip
        if answer is not None:
            balance_of(answer["Responses"].get(self.table, []))


def balance_of(items: list[dict[str, Any]]) -> int:
    """Return the sum of a wallet's shards."""
    return sum(int(item["Balance"]["N"]) for item in items)
