"""Conditional writes: compare-and-set decides races, as balances and idempotency records need."""

from functools import partial
from typing import Any

from harness.doctor.examination import Examination, error_code, refusals, together
from harness.doctor.probe import broken_unless, probe

ROUNDS, RACERS = 4, 8
COUNTERS, INCREMENTS_EACH = 4, 6


@probe(
    "dynamodb.conditional-writes",
    "Of racing conditional writes exactly one succeeds",
    does=f"{RACERS} clients put the same new item at once, {ROUNDS} times; {COUNTERS} clients count by compare-and-set",
    documented="a write whose condition does not hold is refused with ConditionalCheckFailedException, and concurrent "
    "writes to an item are serialised",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html",
)
def conditional_writes(examination: Examination) -> str:
    table, client = examination.table(), examination.client("dynamodb")
    for number in range(ROUNDS):
        item = {"ID": {"S": f"race-{number}"}}
        put = partial(client.put_item, TableName=table, Item=item, ConditionExpression="attribute_not_exists(ID)")
        answers = together([put] * RACERS)
        refused = refusals(answers)
        broken_unless(set(refused) <= {"ConditionalCheckFailedException"}, f"a race was refused with {set(refused)}")
        broken_unless(len(refused) == RACERS - 1, f"{RACERS - len(refused)} of {RACERS} racing puts succeeded")
    count = partial(_count, client, table)
    together([count] * COUNTERS)
    hits = int(examination.item(table, "counter")["Hits"]["N"])
    wanted = COUNTERS * INCREMENTS_EACH
    broken_unless(hits == wanted, f"{wanted} acknowledged compare-and-set increments left {hits}")
    return f"{ROUNDS} races with one winner each, {wanted} of {wanted} increments kept"


def _count(client: Any, table: str) -> None:
    """Add one so many times, each time on the condition that nobody did meanwhile."""
    key = {"ID": {"S": "counter"}}
    done = 0
    while done < INCREMENTS_EACH:
        read = client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item", {})
        hits = int(read.get("Hits", {"N": "0"})["N"])
        values = {":next": {"N": str(hits + 1)}, **({":seen": {"N": str(hits)}} if read else {})}
        try:
            client.update_item(
                TableName=table,
                Key=key,
                UpdateExpression="SET Hits = :next",
                ConditionExpression="Hits = :seen" if read else "attribute_not_exists(ID)",
                ExpressionAttributeValues=values,
            )
        except client.exceptions.ClientError as refused:
            if error_code(refused) != "ConditionalCheckFailedException":
                raise
        else:
            done += 1
