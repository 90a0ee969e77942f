"""Plain writes that were acknowledged stay, whatever transactions are cancelled beside them.

An engine that takes a cancelled transaction back by restoring a copy of the table erases what others wrote meanwhile.
Nobody is told, and a ledger that lives there proves nothing.
"""

from collections import Counter
from functools import partial
from typing import Any

from harness.doctor.examination import Examination, together
from harness.doctor.probe import broken_unless, probe

# A race: the more a transaction does before it is cancelled, the more is erased by an engine that takes it back so.
ROUNDS = 3
WRITERS, WRITES_EACH, CANCELLERS, PUTS_EACH = 4, 12, 2, 30
CANCELLED = "TransactionCanceledException"


@probe(
    "dynamodb.transactions.isolated",
    "Acknowledged plain writes survive cancelled transactions beside them",
    does=f"{WRITERS} clients put {WRITES_EACH} items each while {CANCELLERS} others run transactions on other items of "
    f"the table that are cancelled, in {ROUNDS} rounds",
    documented="a cancelled transaction changes nothing, and a write that was answered with success is durable",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html",
    alone=True,
    bound_s=60.0,
)
def isolated(examination: Examination) -> str:
    kept, refused = 0, Counter[str]()
    for _ in range(ROUNDS):
        kept += _round(examination, refused)
    beside = f"beside {refused.pop(CANCELLED, 0)} cancelled transactions"
    broken_unless(not refused, f"{beside} calls were answered with {dict(refused)}")
    return f"{kept} writes kept {beside}"


def _round(examination: Examination, refused: Counter[str]) -> int:
    """Race once, count refusals by their code, and return how many writes were kept."""
    client, table = examination.client("dynamodb"), examination.table()
    acknowledged = _race(client, table, refused)
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    there = {item["ID"]["S"] for page in pages for item in page["Items"]}
    lost = acknowledged - there
    told = f"{len(lost)} of {len(acknowledged)} acknowledged writes were lost, {min(lost, default='')} among them"
    broken_unless(not lost, f"{told}, beside {refused[CANCELLED]} cancelled transactions")
    broken_unless(there <= acknowledged, f"a cancelled transaction left {sorted(there - acknowledged)[:1]}")
    return len(acknowledged)


def _race(client: Any, table: str, refused: Counter[str]) -> set[str]:
    """Return the keys whose writes were acknowledged."""
    left = [WRITERS]

    def write(number: int) -> set[str]:
        names = [f"kept-{number}-{count}" for count in range(WRITES_EACH)]
        try:
            puts = {name: partial(client.put_item, TableName=table, Item={"ID": {"S": name}}) for name in names}
            return {name for name, put in puts.items() if _is_taken(client, put, refused)}
        finally:
            left[0] -= 1

    def cancel(number: int) -> set[str]:
        nobody = {"TableName": table, "Key": {"ID": {"S": "nobody"}}, "ConditionExpression": "attribute_exists(ID)"}
        never = [{"TableName": table, "Item": {"ID": {"S": f"never-{number}-{count}"}}} for count in range(PUTS_EACH)]
        steps = [*({"Put": one} for one in never), {"ConditionCheck": nobody}]
        transact = partial(client.transact_write_items, TransactItems=steps)
        while left[0] > 0:
            _is_taken(client, transact, refused)
        return set()

    calls = [partial(write, number) for number in range(WRITERS)]
    answers = together([*calls, *(partial(cancel, number) for number in range(CANCELLERS))])
    return set[str]().union(*answers)


def _is_taken(client: Any, call: Any, refused: Counter[str]) -> bool:
    """Make a call; tell whether it was acknowledged, else count its error."""
    try:
        call()
    except client.exceptions.ClientError as problem:
        refused[str(problem.response["Error"]["Code"])] += 1
        return False
    return True
