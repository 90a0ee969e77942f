"""The final reads fetch what the history touched, and wait until it has settled."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.clients import DeployedSystem, Deployment, FinalReader
from harness.clients.payments.final_reads import Touched
from harness.history import History, Operation
from harness.targets import Environment
from tests.clients.fakes import FakeGateway, entry

OUTPUTS = {
    "PaymentsTable": "payments",
    "WalletsTable": "wallets",
    "PaymentEventsTable": "events",
    "StateMachineArn": "arn:aws:states:us-east-1:1:stateMachine:payment-flow",
    "RefundStateMachineArn": "arn:aws:states:us-east-1:1:stateMachine:refund-flow",
}


class FakeAws:
    """DynamoDB and Step Functions in one: three payments of alice, of which `unsettled` says how often it runs."""

    class exceptions:  # noqa: N801 - boto3's own name
        class InvalidArn(Exception):
            pass

        class ExecutionDoesNotExist(Exception):
            pass

    def __init__(self, unsettled: int = 0, refunding: int = 0) -> None:
        self.unsettled = unsettled
        self.refunding = refunding
        self.queried: list[str] = []

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        ((table, wanted),) = RequestItems.items()
        keys = [next(iter(key.values()))["S"] for key in wanted["Keys"]]
        # One key a call is left unprocessed, as DynamoDB may do.
        first, *rest = keys
        left = {table: {**wanted, "Keys": wanted["Keys"][1:]}} if rest else {}
        return {"Responses": {table: self._items(table, first)}, "UnprocessedKeys": left}

    def get_paginator(self, name: str) -> "FakeAws":
        assert name == "query"
        return self

    def paginate(self, TableName: str, ExpressionAttributeValues: dict[str, Any], **_: Any) -> Any:  # noqa: N803
        value = ExpressionAttributeValues[":value"]["S"]
        self.queried.append(f"{TableName} {value}")
        if TableName == "payments":
            yield {"Items": [{"ID": {"S": "pay-1"}}, {"ID": {"S": "pay-2"}}]}
        else:
            yield {"Items": [event_item(value)]}

    def describe_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803
        if ":refund-flow:" not in executionArn:
            raise self.exceptions.ExecutionDoesNotExist
        self.refunding -= 1
        return {"status": "RUNNING" if self.refunding >= 0 else "SUCCEEDED", "startDate": datetime.now(UTC)}

    def _items(self, table: str, key: str) -> list[dict[str, Any]]:
        if table == "wallets":
            return [{"UserID": {"S": key}, "Balance": {"N": "6000"}, "Currency": {"S": "USD"}, "Version": {"N": "2"}}]
        self.unsettled -= 1
        status = "PROCESSING" if self.unsettled >= 0 else "COMPLETED"
        return [
            {
                "ID": {"S": key},
                "UserID": {"S": "alice"},
                "Amount": {"N": "4000"},
                "Currency": {"S": "USD"},
                "Status": {"S": status},
                "Failure": {"M": {"Code": {"S": "none"}}},
            }
        ]


def event_item(group: str) -> dict[str, Any]:
    return {
        "ID": {"S": f"{group}#debit"},
        "PaymentID": {"S": group},
        "EventType": {"S": "WalletDebitEvent"},
        "Timestamp": {"S": "2026-01-01T00:00:00Z"},
        "Data": {"M": {"amount": {"N": "4000"}, "user_id": {"S": "alice"}}},
    }


def reader(aws: FakeAws) -> FinalReader:
    class Pretended(Environment):
        def client(self, service: str) -> Any:
            return aws

    environment = Pretended("embedded", "x", "http://a", "http://b", Path())
    deployment = Deployment(environment, lambda name: DeployedSystem(name, OUTPUTS))
    return FinalReader(deployment, FakeGateway(entry(1, customer="alice")).client)


PAID = Operation(0, 0, "pay", "pay-1", 0.0, {"payment_id": "pay-1", "user_id": "alice", "merchant": "shop"})
CREDITED = Operation(1, 0, "credit", "alice", 0.0, {"credit_id": "c-1"})
HISTORY = History((PAID, CREDITED))


def test_everything_touched_is_read_when_the_history_is_checked() -> None:
    aws = FakeAws()

    finals = reader(aws).read(HISTORY, settle_within_s=1).finals

    assert [(one.payment_id, one.amount_minor, one.failure_code) for one in finals.payments or ()] == [
        ("pay-1", 4000, "none"),
        ("pay-2", 4000, "none"),  # of alice too, although the history did not know it
    ]
    assert [(one.user_id, one.balance_minor) for one in finals.wallets or ()] == [("alice", 6000)]
    assert [(one.payment_id, one.data["amount"]) for one in finals.events or ()] == [
        ("pay-1", 4000),
        ("pay-2", 4000),
        ("", 4000),
        ("", 4000),
    ]
    assert aws.queried[-2:] == ["events credit#c-1", "events circuit#shop"]
    assert [one.customer for one in finals.ledger or ()] == ["alice"]


def test_reading_waits_when_a_payment_is_not_settled() -> None:
    finals = reader(FakeAws(unsettled=3)).read(HISTORY, settle_within_s=10).finals

    assert {one.status for one in finals.payments or ()} == {"COMPLETED"}


def test_reading_waits_when_a_refund_was_accepted_and_has_claimed_nothing_yet() -> None:
    refund = Operation(2, 0, "refund", "pay-1", 0.0, {"refund_id": "refund-1"}, 1.0, "ok", 202)
    aws = FakeAws(refunding=3)

    reader(aws).read(History((PAID, refund)), settle_within_s=10)

    assert aws.refunding == -1


def test_payments_are_read_as_they_are_when_they_do_not_settle() -> None:
    finals = reader(FakeAws(unsettled=10_000)).read(HISTORY, settle_within_s=0.1).finals

    assert {one.status for one in finals.payments or ()} == {"PROCESSING"}


def test_odd_input_is_not_looked_for_when_a_request_held_it() -> None:
    odd = Operation(0, 0, "pay", "", 0.0, {"payment_id": {"a": 1}, "user_id": ""})

    assert Touched.by([odd]) == Touched(*[frozenset[str]()] * 4)
