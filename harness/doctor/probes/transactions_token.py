"""A transaction's ClientRequestToken: an SDK that repeats a request whose answer was lost must not pay twice."""

from functools import partial
from typing import Any

from harness.doctor.examination import Examination, refusal_of, refusals, together
from harness.doctor.probe import broken_unless, probe

AT_ONCE = 4


@probe(
    "dynamodb.transactions.token",
    "A transaction that is repeated under its token happens once",
    does=f"repeats a transaction under one token, {AT_ONCE} at once under another, and uses a token for something else",
    documented="within 10 minutes the same token with the same request has no second effect; with another request it "
    "is IdempotentParameterMismatchException",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html",
)
def token(examination: Examination) -> str:
    table, client = examination.table(), examination.client("dynamodb")
    add = _transaction(examination, table, "one", 1)
    add()
    add()
    amount = _amount(examination, table, "one")
    broken_unless(amount == 1, f"a transaction that adds 1, sent twice under one token, added {amount}")
    other = {**add.keywords, "TransactItems": [_add(table, "one", 5)]}
    code = refusal_of(client.transact_write_items, **other)
    seen = f"the token with another request was answered with {code}"
    broken_unless(code == "IdempotentParameterMismatchException", seen)
    race = _transaction(examination, table, "many", 1)
    refused = set(refusals(together([race] * AT_ONCE)))
    amount = _amount(examination, table, "many")
    broken_unless(amount == 1, f"{AT_ONCE} transactions at once under one token added {amount}, expected 1")
    allowed = {"TransactionInProgressException", "TransactionCanceledException"}
    broken_unless(refused <= allowed, f"transactions at once under one token were refused with {refused}")
    return f"one effect of 2 in a row and of {AT_ONCE} at once; another request under the token is refused"


def _transaction(examination: Examination, table: str, name: str, amount: int) -> "partial[Any]":
    """Return a transaction under a token of its own, to be sent as often as one likes."""
    send = examination.client("dynamodb").transact_write_items
    return partial(send, TransactItems=[_add(table, name, amount)], ClientRequestToken=examination.name("t"))


def _add(table: str, name: str, amount: int) -> dict[str, Any]:
    update = {
        "TableName": table,
        "Key": {"ID": {"S": name}},
        "UpdateExpression": "ADD Amount :by",
        "ExpressionAttributeValues": {":by": {"N": str(amount)}},
    }
    return {"Update": update}


def _amount(examination: Examination, table: str, name: str) -> int:
    return int(examination.item(table, name)["Amount"]["N"])
