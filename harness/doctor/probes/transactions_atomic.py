"""Transactions are all or nothing, also under a race: money moves from one wallet to another, none comes or goes."""

from functools import partial
from typing import Any

from harness.doctor.examination import Examination, error_code, together
from harness.doctor.probe import broken_unless, probe

WORKERS, TRANSFERS_EACH, READS = 3, 8, 8
BALANCE = 1000
# What a transaction beside others may be refused with; its writer repeats it.
_CONFLICTS = frozenset(
    {"TransactionCanceledException", "TransactionInProgressException", "TransactionConflictException"}
)


@probe(
    "dynamodb.transactions.atomic",
    "A transaction happens wholly or not at all",
    does=f"cancels one by its second condition; {WORKERS} clients move money between two items while others read both",
    documented="TransactWriteItems is all-or-nothing, says why by CancellationReasons, and is serialisable beside "
    "TransactGetItems",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html",
    alone=True,
    bound_s=60.0,
)
def atomic(examination: Examination) -> str:
    table, client = examination.table(), examination.client("dynamodb")
    _is_cancelled_wholly(examination, client, table)
    for name in ("a", "b"):
        client.put_item(TableName=table, Item={"ID": {"S": name}, "Amount": {"N": str(BALANCE)}})
    moves = [partial(_move, client, table, *("ab" if number % 2 else "ba")) for number in range(WORKERS)]
    *moved, sums = together([*moves, partial(_sums, client, table)])
    for one in (*moved, sums):
        if isinstance(one, Exception):
            raise one
    broken_unless(set(sums) <= {2 * BALANCE}, f"two items that always add up to {2 * BALANCE} were read as {set(sums)}")
    left = {name: int(examination.item(table, name)["Amount"]["N"]) for name in ("a", "b")}
    wanted = BALANCE + sum(done if number % 2 == 0 else -done for number, done in enumerate(moved))
    seen = f"after {sum(moved)} acknowledged transfers a holds {left['a']}, expected {wanted}, of {sum(left.values())}"
    broken_unless(left == {"a": wanted, "b": 2 * BALANCE - wanted}, seen)
    return f"nothing of a cancelled transaction, {sum(moved)} racing transfers whole, {len(sums)} reads consistent"


def _is_cancelled_wholly(examination: Examination, client: Any, table: str) -> None:
    puts = [
        {"Put": {"TableName": table, "Item": {"ID": {"S": "first"}}}},
        {"Put": {"TableName": table, "Item": {"ID": {"S": "second"}}, "ConditionExpression": "attribute_exists(ID)"}},
    ]
    try:
        client.transact_write_items(TransactItems=puts)
    except client.exceptions.TransactionCanceledException as cancelled:
        reasons = [one.get("Code") for one in cancelled.response.get("CancellationReasons", [])]
    else:
        reasons = ["not cancelled"]
    broken_unless(
        reasons == ["None", "ConditionalCheckFailed"], f"the reasons of a cancelled transaction were {reasons}"
    )
    broken_unless(not examination.item(table, "first"), "the first write of a cancelled transaction is there")


def _move(client: Any, table: str, source: str, target: str) -> int:
    """Move one so many times; return how often it was acknowledged."""
    done = 0
    for _ in range(TRANSFERS_EACH):
        try:
            client.transact_write_items(TransactItems=[_add(table, source, -1), _add(table, target, 1)])
        except client.exceptions.ClientError as refused:
            if error_code(refused) not in _CONFLICTS:
                raise
        else:
            done += 1
    return done


def _add(table: str, name: str, amount: int) -> dict[str, Any]:
    update = {
        "TableName": table,
        "Key": {"ID": {"S": name}},
        "UpdateExpression": "SET Amount = Amount + :by",
        "ConditionExpression": "Amount >= :least",
        "ExpressionAttributeValues": {":by": {"N": str(amount)}, ":least": {"N": "1"}},
    }
    return {"Update": update}


def _sums(client: Any, table: str) -> list[int]:
    """Return what both items added up to at each of some reads; reads that were in conflict are left out."""
    gets = [{"Get": {"TableName": table, "Key": {"ID": {"S": name}}}} for name in ("a", "b")]
    sums = []
    for _ in range(READS):
        try:
            answers = client.transact_get_items(TransactItems=gets)["Responses"]
        except client.exceptions.ClientError as refused:
            if error_code(refused) not in _CONFLICTS:
                raise
        else:
            sums.append(sum(int(one["Item"]["Amount"]["N"]) for one in answers))
    return sums
