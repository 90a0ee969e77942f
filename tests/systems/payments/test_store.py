"""The tables' adapter: what it asks of DynamoDB, and how it reads a cancelled transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber
from groundwork.attributes import attribute, plain
from payments.adapters.circuits import DynamoCircuits
from payments.adapters.items import event_from, event_item, payment_from, payment_item, wallet_from, wallet_item
from payments.adapters.lists import DynamoLists
from payments.adapters.store import DynamoStore, TableNames
from payments.domain.circuit import Circuit
from payments.domain.errors import StoreUnavailable
from payments.domain.events import Event, charge_id, status_changed
from payments.domain.payment import Failure, Payment, Status
from payments.domain.store import CommitRefused, CursorInvalid, NewEvent, PaymentUpdate, WalletUpdate
from payments.domain.wallet import Wallet

from tests.systems.payments.fakes import past, request, soon

TABLES = TableNames("payments", "wallets", "events")
WALLET = Wallet("alice", 10_000, "USD", version=3, last_tx_id="t", updated_at="2026")
PAYMENT = Payment.requested(
    request(metadata={"a": "b"}, order_id="o-1"), created_at="2026", execution_arn="arn", failure=Failure("c", "m", "E")
)
EVENT = Event(
    "pay-1#debit", "WalletDebitEvent", "pay-1", "2026", "wallet-service", {"amount": 5, "deep": {"x": [1, "y", True]}}
)


# What a whole answer to a read tells at least.
READ: dict[str, Any] = {"ConsumedCapacity": {"TableName": "x", "CapacityUnits": 1.0}}


@contextmanager
def stubbed() -> Iterator[tuple[Stubber, Any]]:
    client = boto3.client(
        "dynamodb",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"mode": "standard", "total_max_attempts": 1}),
    )
    with Stubber(client) as stubber:
        yield stubber, client
        stubber.assert_no_pending_responses()
    client.close()


def cancelled(*reasons: dict[str, Any]) -> dict[str, Any]:
    return {
        "service_error_code": "TransactionCanceledException",
        "http_status_code": 400,
        "modeled_fields": {"CancellationReasons": list(reasons)},
    }


def debit() -> list[Any]:
    after = WALLET.debited(4000, "USD", "pay-1#debit", "2027")
    return [WalletUpdate(WALLET, after), NewEvent(EVENT)]


@pytest.mark.parametrize("record", [PAYMENT, WALLET, EVENT])
def test_record_survives_the_way_into_an_item_and_back(record):
    there = {Payment: payment_item, Wallet: wallet_item, Event: event_item}[type(record)]
    back = {Payment: payment_from, Wallet: wallet_from, Event: event_from}[type(record)]

    assert back(there(record)) == record


def test_money_is_a_number_in_minor_units():
    item = payment_item(PAYMENT)

    assert item["Amount"] == {"N": "4000"}
    assert item["Metadata"] == {"M": {"a": {"S": "b"}}}
    assert "GatewayRef" not in item


@pytest.mark.parametrize("value", [1.5, b"x", object()])
def test_value_is_refused_when_the_tables_have_no_place_for_it(value):
    with pytest.raises(TypeError):
        attribute(value)
    with pytest.raises(TypeError):
        plain({"B": b"x"})


def test_change_and_event_are_one_transaction():
    with stubbed() as (stubber, client):
        expected = {
            "TransactItems": [
                {
                    "Update": {
                        "TableName": "wallets",
                        "Key": {"UserID": {"S": "alice"}},
                        "UpdateExpression": ANY,
                        "ConditionExpression": "Version = :read",
                        "ExpressionAttributeValues": {
                            ":balance": {"N": "6000"},
                            ":version": {"N": "4"},
                            ":tx": {"S": "pay-1#debit"},
                            ":at": {"S": "2027"},
                            ":read": {"N": "3"},
                        },
                        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                    }
                },
                {
                    "Put": {
                        "TableName": "events",
                        "Item": event_item(EVENT),
                        "ConditionExpression": "attribute_not_exists(ID)",
                        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                    }
                },
            ],
        }
        stubber.add_response("transact_write_items", {}, expected)

        DynamoStore(client, TABLES).commit(debit(), soon())


def test_status_change_insists_on_the_status_and_the_version():
    with stubbed() as (stubber, client):
        heard: dict[str, Any] = {}
        client.meta.events.register("provide-client-params.dynamodb.*", lambda params, **_: heard.update(params))
        stubber.add_response("transact_write_items", {})
        values = {"status": Status.FAILED, "failure": Failure("c", "m"), "charge_unsettled_at": None}
        change = PaymentUpdate("pay-1", "2027", values, if_status=(Status.PENDING,), if_version=2)

        DynamoStore(client, TABLES).commit([change], soon())

    update = heard["TransactItems"][0]["Update"]
    assert update["UpdateExpression"] == "SET #updated = :at, #v0 = :v0, #v1 = :v1 ADD #version :one REMOVE #v2"
    assert update["ConditionExpression"] == "attribute_exists(ID) AND #status IN (:s0) AND #version = :read"
    assert update["ExpressionAttributeValues"][":s0"] == {"S": "PENDING"}
    assert update["ExpressionAttributeValues"][":v0"] == {"S": "FAILED"}


def test_refusal_tells_what_was_there():
    newer = WALLET.credited(1, "USD", "other", "2027")
    with stubbed() as (stubber, client):
        reasons = (
            {"Code": "ConditionalCheckFailed", "Item": wallet_item(newer)},
            {"Code": "ConditionalCheckFailed", "Item": event_item(EVENT)},
        )
        stubber.add_client_error("transact_write_items", **cancelled(*reasons))

        with pytest.raises(CommitRefused) as refused:
            DynamoStore(client, TABLES).commit(debit(), soon())

    assert refused.value.wallet("alice") == newer
    assert refused.value.event("pay-1#debit") == EVENT
    assert refused.value.event(charge_id("pay-1")) is None


def test_refusal_reads_what_was_there_when_it_was_not_told():
    with stubbed() as (stubber, client):
        reasons = ({"Code": "None"}, {"Code": "ConditionalCheckFailed"})
        stubber.add_client_error("transact_write_items", **cancelled(*reasons))
        stubber.add_response("get_item", {"Item": event_item(EVENT), **READ})

        with pytest.raises(CommitRefused) as refused:
            DynamoStore(client, TABLES).commit(debit(), soon())

    assert refused.value.event("pay-1#debit") == EVENT


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_commit_is_repeated_when_the_tables_are_busy(code):
    with stubbed() as (stubber, client):
        stubber.add_client_error("transact_write_items", **cancelled({"Code": "None"}, {"Code": code}))
        stubber.add_client_error("transact_write_items", "ThrottlingException", http_status_code=400)
        stubber.add_client_error("transact_write_items", "InternalServerError", http_status_code=500)
        stubber.add_response("transact_write_items", {})

        DynamoStore(client, TABLES).commit(debit(), soon())


def test_busy_tables_are_no_business_answer_when_the_time_is_over():
    with stubbed() as (stubber, client):
        stubber.add_client_error("transact_write_items", **cancelled({"Code": "TransactionConflict"}))

        with pytest.raises(StoreUnavailable):
            DynamoStore(client, TABLES).commit(debit(), past())


def test_reading_tells_a_busy_table_from_a_forbidden_one():
    with stubbed() as (stubber, client):
        stubber.add_client_error("get_item", "ProvisionedThroughputExceededException", http_status_code=400)
        stubber.add_client_error("get_item", "AccessDeniedException", http_status_code=400)
        store = DynamoStore(client, TABLES)

        with pytest.raises(StoreUnavailable):
            store.wallet("alice")
        with pytest.raises(ClientError):
            store.wallet("alice")


def test_validation_error_is_not_repeated():
    with stubbed() as (stubber, client):
        stubber.add_client_error("transact_write_items", **cancelled({"Code": "ValidationError"}, {"Code": "None"}))

        with pytest.raises(ClientError):
            DynamoStore(client, TABLES).commit(debit(), soon())


def test_reads_are_consistent():
    with stubbed() as (stubber, client):
        expected = {"TableName": "payments", "Key": {"ID": {"S": "pay-1"}}, "ConsistentRead": True}
        expected["ReturnConsumedCapacity"] = "TOTAL"
        stubber.add_response("get_item", {"Item": payment_item(PAYMENT), **READ}, expected)

        assert DynamoStore(client, TABLES).payment("pay-1") == PAYMENT


def test_answer_that_could_not_be_read_is_no_missing_item_and_no_empty_list():
    with stubbed() as (stubber, client):
        stubber.add_response("get_item", READ)
        stubber.add_response("get_item", {})
        stubber.add_response("get_item", {})
        stubber.add_response("query", {})
        store = DynamoStore(client, TABLES)

        assert store.wallet("alice") is None
        with pytest.raises(StoreUnavailable):
            store.wallet("alice")
        with pytest.raises(StoreUnavailable):
            DynamoCircuits(client, "circuits", "events").read("m-1")
        with pytest.raises(StoreUnavailable):
            DynamoLists(client, TABLES).payments_of("alice", 1, None)


def test_list_continues_where_its_cursor_says():
    key = {"ID": {"S": "pay-1"}, "UserID": {"S": "alice"}, "CreatedAt": {"S": "2026"}}
    with stubbed() as (stubber, client):
        stubber.add_response("query", {"Items": [payment_item(PAYMENT)], "LastEvaluatedKey": key})
        stubber.add_response(
            "query",
            {"Items": []},
            {
                "TableName": "payments",
                "IndexName": "UserIDIndex",
                "KeyConditionExpression": "#key = :key",
                "ExpressionAttributeNames": {"#key": "UserID"},
                "ExpressionAttributeValues": {":key": {"S": "bob"}},
                "ScanIndexForward": False,
                "Limit": 1,
                # The path's user, whoever's cursor it is.
                "ExclusiveStartKey": {**key, "UserID": {"S": "bob"}},
            },
        )
        lists = DynamoLists(client, TABLES)
        page = lists.payments_of("alice", 1, None)

        assert page.payments == [PAYMENT]
        assert lists.payments_of("bob", 1, page.cursor).cursor is None


@pytest.mark.parametrize("cursor", ["x", "W10=", "WzEsMl0=", "é", "e30="])
def test_cursor_is_refused_when_it_is_no_list_s(cursor):
    with stubbed() as (_, client), pytest.raises(CursorInvalid):
        DynamoLists(client, TABLES).payments_of("alice", 1, cursor)


def test_circuit_is_replaced_only_when_nobody_did_before():
    after = Circuit("m-1", failures=1, version=1)
    told = [status_changed("pay-1", Status.PENDING, Status.FAILED, "2026", "x")]
    with stubbed() as (stubber, client):
        stubber.add_response("get_item", READ)
        stubber.add_response("put_item", {})
        stubber.add_client_error("put_item", "ConditionalCheckFailedException", http_status_code=400)
        stubber.add_client_error("transact_write_items", **cancelled({"Code": "ConditionalCheckFailed"}))
        stubber.add_client_error("put_item", "ThrottlingException", http_status_code=400)
        circuits = DynamoCircuits(client, "circuits", "events")

        assert circuits.read("m-1") == Circuit("m-1")
        assert circuits.replace(Circuit("m-1"), after, [])
        assert not circuits.replace(Circuit("m-1"), after, [])
        assert not circuits.replace(after, after.closed(), told)
        with pytest.raises(StoreUnavailable):
            circuits.replace(after, after.closed(), [])
