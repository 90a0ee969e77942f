"""Items are kept exactly, limits are limits, and nonsense is refused in words that an SDK understands."""

from decimal import Decimal
from typing import Any

from harness.doctor.examination import Examination, refusal_of
from harness.doctor.probe import Broken, broken_unless, probe

PRECISE = "12345678901234567890123456789012345678"
NUMBERS = (PRECISE, "0." + PRECISE[1:], "-0.1", "1E+100", "1E-130")
_LIMITS_SOURCE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"


@probe(
    "dynamodb.numbers",
    "Numbers keep 38 digits exactly, and more are refused",
    does="writes numbers of 38 digits and a sum of decimals, reads them back, and writes one of 39 digits",
    documented="numbers have up to 38 digits of precision; more is an error",
    source=_LIMITS_SOURCE,
)
def numbers(examination: Examination) -> str:
    table, client = examination.table(), examination.client("dynamodb")
    for number in NUMBERS:
        client.put_item(TableName=table, Item={"ID": {"S": "n"}, "Amount": {"N": number}})
        read = examination.item(table, "n")["Amount"]["N"]
        broken_unless(Decimal(read) == Decimal(number), f"{number} was read back as {read}")
    key = {"TableName": table, "Key": {"ID": {"S": "sum"}}, "UpdateExpression": "ADD Amount :by"}
    for amount in ("0.1", "0.2"):
        client.update_item(**key, ExpressionAttributeValues={":by": {"N": amount}})
    read = examination.item(table, "sum")["Amount"]["N"]
    broken_unless(Decimal(read) == Decimal("0.3"), f"0.1 and 0.2 were added to {read}")
    code = refusal_of(client.put_item, TableName=table, Item={"ID": {"S": "n"}, "Amount": {"N": PRECISE + "9"}})
    broken_unless(code == "ValidationException", f"a number of 39 digits was answered with {code}")
    return f"{len(NUMBERS)} numbers and a sum exact, 39 digits refused"


@probe(
    "dynamodb.limits",
    "What AWS refuses for its size or shape is refused",
    does="puts an item of more than 400 KB, 26 items at once, the same item twice in a batch and in a transaction, an "
    "empty key",
    documented="items have at most 400 KB, batches 25 puts and no item twice; keys are not empty",
    source=_LIMITS_SOURCE,
)
def limits(examination: Examination) -> str:
    table, client = examination.table(), examination.client("dynamodb")
    put = {"PutRequest": {"Item": {"ID": {"S": "a"}}}}
    many = [{"PutRequest": {"Item": {"ID": {"S": str(number)}}}} for number in range(26)]
    twice = [{"Put": {"TableName": table, "Item": {"ID": {"S": "a"}}}}] * 2
    big = {"ID": {"S": "a"}, "Text": {"S": "x" * 410_000}}
    codes = {
        "an item of 410 KB": refusal_of(client.put_item, TableName=table, Item=big),
        "26 items in a batch": refusal_of(client.batch_write_item, RequestItems={table: many}),
        "an item twice in a batch": refusal_of(client.batch_write_item, RequestItems={table: [put, put]}),
        "an item twice in a transaction": refusal_of(client.transact_write_items, TransactItems=twice),
        "an empty key": refusal_of(client.put_item, TableName=table, Item={"ID": {"S": ""}}),
    }
    wrong = [f"{what} was answered with {code}" for what, code in codes.items()
             if code != "ValidationException"]  # fmt: skip
    broken_unless(not wrong, "; ".join(wrong))
    return f"{len(codes)} of {len(codes)} refused with ValidationException"


@probe(
    "dynamodb.malformed-requests",
    "A request that is no JSON is refused as the client's fault",
    does="sends half a JSON document",
    documented="SerializationException with status 400, which SDKs do not repeat",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html",
)
def malformed_requests(examination: Examination) -> str:
    client = _garbling(examination)
    try:
        client.describe_table(TableName="anything")
    except client.exceptions.ClientError as refused:
        status = refused.response["ResponseMetadata"]["HTTPStatusCode"]
        code = refused.response["Error"]["Code"]
        broken_unless(status == 400, f"half a JSON document was answered with {status} {code}, expected 400")
        return f"refused with 400 {code}"
    raise Broken("half a JSON document was answered with success")


def _garbling(examination: Examination) -> Any:
    """Return a client of its own whose requests break off; the shared one must not."""
    examination.client("dynamodb")  # tells when there is none
    client = examination.patient.fresh_client("dynamodb")

    def garble(request: Any, **_: Any) -> None:
        request.data = b'{"Limit": '

    client.meta.events.register("before-sign.dynamodb.*", garble)
    return client
