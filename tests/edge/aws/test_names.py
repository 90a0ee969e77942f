"""Resources go by their names, whatever a call refers to them by."""

import pytest

from harness.edge.aws.names import execution_of, name_of
from harness.edge.aws.partiql import read_statement

PLACE = "us-east-1:000000000000"


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("Wallets", "Wallets"),
        ("", ""),
        ("arn:", "arn:"),
        ("/payments/limit", "/payments/limit"),
        (f"arn:aws:sqs:{PLACE}:refunds.fifo", "refunds.fifo"),
        (f"arn:aws:sns:{PLACE}:alerts", "alerts"),
        (f"arn:aws:sns:{PLACE}:alerts:0f-1", "alerts"),
        (f"arn:aws:lambda:{PLACE}:function:wallet:live", "wallet"),
        (f"arn:aws:states:{PLACE}:stateMachine:Payments", "Payments"),
        (f"arn:aws:secretsmanager:{PLACE}:secret:gateway/key-a1B2c3", "gateway/key"),
        (f"arn:aws:logs:{PLACE}:log-group:/aws/lambda/wallet:*", "/aws/lambda/wallet"),
        (f"arn:aws:dynamodb:{PLACE}:table/Wallets/stream/2026", "Wallets"),
        (f"arn:aws:kinesis:{PLACE}:stream/events", "events"),
        (f"arn:aws:events:{PLACE}:rule/main/nightly", "nightly"),
        (f"arn:aws:rds:{PLACE}:cluster:books", "books"),
        (f"arn:aws:cloudformation:{PLACE}:stack/payments/0f-1", "payments"),
        ("arn:aws:iam::000000000000:role/service/runner", "runner"),
        ("arn:aws:s3:::bucket/key", "bucket"),
        ("https://sqs.us-east-1.amazonaws.com/000000000000/refunds", "refunds"),
        ("http://localhost:4566/000000000000/refunds/", "refunds"),
    ],
)
def test_name_is_found_when_a_call_has_a_reference(reference: str, name: str) -> None:
    assert name_of(reference) == name


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        (f"arn:aws:states:{PLACE}:execution:Payments:pay-1", ("Payments", "pay-1")),
        (f"arn:aws:states:{PLACE}:execution:Payments/each:pay-1", ("Payments", "pay-1")),
        (f"arn:aws:states:{PLACE}:express:Payments:pay-1:0f-1", ("Payments", "pay-1")),
        (f"arn:aws:states:{PLACE}:stateMachine:Payments", ("", "")),
        ("pay-1", ("", "")),
    ],
)
def test_machine_and_name_are_found_when_a_call_has_an_executions_arn(arn: str, expected: tuple[str, str]) -> None:
    assert execution_of(arn) == expected


@pytest.mark.parametrize(
    ("statement", "table", "pinned"),
    [
        ("SELECT * FROM Ledger WHERE PK = 'it''s' AND SK=5", "Ledger", {"PK": {"S": "it's"}, "SK": {"N": "5"}}),
        ('SELECT * FROM "my-ledger"', "my-ledger", {}),
        ("SELECT * FROM my-ledger WHERE a.PK = 1 AND SK <> 2 AND x >= 3", "my-ledger", {}),
        ("select sum from Ledger where PK = ? and not SK = ?", "Ledger", {}),
        ("UPDATE Ledger SET a = ? REMOVE b WHERE PK = ? RETURNING ALL OLD *", "Ledger", {"PK": {"S": "2nd"}}),
        ("INSERT INTO Ledger VALUE {'PK': ?, 'm': {'PK': ?}, 'l': ['a', 'b'], 'n': -1.5}", "Ledger", {
            "PK": {"S": "1st"}, "n": {"N": "-1.5"}}),
        ("DELETE FROM Ledger WHERE PK = ? AND SK = ? AND c = ?", "Ledger", {"PK": {"S": "1st"}, "SK": {"S": "2nd"}}),
        ("EXISTS(SELECT * FROM Ledger WHERE PK = ?)", "Ledger", {"PK": {"S": "1st"}}),
        ("INSERT INTO", "", {}),
        ("'", "", {}),
        ("x" * 9000, "", {}),
    ],
)  # fmt: skip
def test_table_and_pinned_attributes_are_found_when_a_statement_is_read(
    statement: str, table: str, pinned: dict[str, object]
) -> None:
    found = read_statement(statement)

    assert (found.table, found.attributes([{"S": "1st"}, {"S": "2nd"}])) == (table, pinned)
