"""The final reads: what tables, events, ledger and executions hold once everything has settled.

Only what the history's own users and payments touch is read, so that many tests can share one environment.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from harness.clients.deployment import Deployment
from harness.clients.executions import Executions
from harness.clients.gateway import GatewayClient
from harness.clients.patience import patient_s
from harness.errors import WaitTimeout
from harness.history import (
    EventRecord,
    ExecutionRecord,
    FinalReads,
    History,
    Operation,
    PaymentRecord,
    WalletRecord,
    open_refunds,
)
from harness.history.value import UNSETTLED
from harness.waiting import wait_until

# DynamoDB's limit for one BatchGetItem.
KEYS_MAX = 100
TOP_UP = "credit#"
CIRCUIT = "circuit#"
CIRCUIT_CHANGES = {
    "CircuitOpenedEvent": "opened",
    "CircuitHalfOpenedEvent": "half-opened",
    "CircuitClosedEvent": "closed",
}


@dataclass(frozen=True, slots=True)
class Touched:
    """The users, payments, top-ups and merchants that a history knows of."""

    user_ids: frozenset[str]
    payment_ids: frozenset[str]
    credit_ids: frozenset[str]
    merchants: frozenset[str]
    # Payments of which somebody wanted money back, and the refunds.
    refunded_ids: frozenset[str] = frozenset()
    refund_ids: frozenset[str] = frozenset()

    @property
    def event_groups(self) -> list[str]:
        """What the events' index knows them by: a payment's id, `credit#` and a top-up's, `circuit#` and a merchant.

        The default merchant is everybody's, so its circuit is not this history's.
        """
        top_ups = sorted(f"{TOP_UP}{credit_id}" for credit_id in self.credit_ids)
        circuits = sorted(f"{CIRCUIT}{merchant}" for merchant in self.merchants - {"default"})
        return [*sorted(self.payment_ids), *top_ups, *circuits]

    @classmethod
    def by(cls, operations: Sequence[Operation]) -> "Touched":
        """Collect them from requests and answers."""
        found: dict[str, set[str]] = {"user_id": set(), "payment_id": set(), "credit_id": set(), "merchant": set()}
        for operation in operations:
            for document in (operation.value, operation.result):
                for name, several in found.items():
                    # What can't be a name (a validation's odd input) was never written under one either.
                    if isinstance(document.get(name), str) and document[name]:
                        several.add(document[name])
            if operation.action in ("credit", "read_wallet", "list_payments"):
                found["user_id"].add(operation.subject)
        refunds = [operation for operation in operations if operation.action == "refund"]
        names = {f"{name}s": frozenset(several) for name, several in found.items()}
        told = (one.result.get("refund_id") or one.value.get("refund_id") for one in refunds)
        return cls(
            **names,
            refunded_ids=frozenset(one.subject for one in refunds),
            refund_ids=frozenset(one for one in told if isinstance(one, str) and one),
        )


class FinalReader:
    """Reads one deployment; thread-safe."""

    def __init__(self, deployment: Deployment, gateway: GatewayClient) -> None:
        environment, payments = deployment.environment, deployment.system("payments")
        self._dynamodb = environment.client("dynamodb")
        self._stepfunctions = environment.client("stepfunctions")
        self._tables = {name: payments.output(f"{name}Table") for name in ("Payments", "Wallets", "PaymentEvents")}
        self._gateway = gateway
        self.executions = Executions(self._stepfunctions, payments.output("StateMachineArn"))
        self._refunds = Executions(self._stepfunctions, payments.output("RefundStateMachineArn"))

    def read(self, history: History, *, settle_within_s: float) -> History:
        """Wait until the history's payments have settled, and return it with the final reads.

        When they have not settled within the bound, they are read as they are: a checker tells what is stuck.
        """
        touched = Touched.by(history.operations)
        payments, executions = self._settled(touched, settle_within_s)
        known = replace(
            touched,
            user_ids=touched.user_ids | {payment.user_id for payment in payments},
            payment_ids=touched.payment_ids | {payment.payment_id for payment in payments},
        )
        finals = FinalReads(
            payments=payments,
            wallets=tuple(_wallet(item) for item in self._get("Wallets", "UserID", known.user_ids)),
            events=tuple(self._events(known)),
            ledger=tuple(entry for user in sorted(known.user_ids) for entry in self._gateway.ledger(customer=user)),
            executions=executions,
        )
        return replace(history, finals=finals.with_those_of(history.finals))

    def circuit_changes(self, merchant: str) -> list[str]:
        """Return what became of a merchant's circuit breaker, in order: opened, half-opened, closed."""
        found = map(_event, self._query("PaymentEvents", "PaymentIDIndex", "PaymentID", f"{CIRCUIT}{merchant}"))
        return [CIRCUIT_CHANGES[event.event_type] for event in sorted(found, key=_circuit_version)]

    def close(self) -> None:
        """Close the connections."""
        self._dynamodb.close()
        self._stepfunctions.close()

    def _settled(
        self, touched: Touched, within_s: float
    ) -> tuple[tuple[PaymentRecord, ...], tuple[ExecutionRecord, ...]]:
        payments: tuple[PaymentRecord, ...] = ()
        executions: tuple[ExecutionRecord, ...] = ()

        def probe() -> bool:
            nonlocal payments, executions
            # Asked first: a refund that ends in between must not leave an older payment behind.
            refunding = self._is_any_refund_running(touched)
            payments = self._payments(touched)
            names = sorted(touched.payment_ids | {payment.payment_id for payment in payments})
            executions = tuple(found for name in names if (found := self.executions.find(name)) is not None)
            return not (
                refunding
                or any(payment.status in UNSETTLED for payment in payments)
                or any(execution.status == "RUNNING" for execution in executions)
            )

        with suppress(WaitTimeout):
            wait_until("settling", probe, within_s=patient_s(within_s), every_s=0.05)
        return payments, executions

    def _is_any_refund_running(self, touched: Touched) -> bool:
        # A refund that was accepted has an execution before it has claimed anything.
        found = map(self._refunds.find, sorted(touched.refund_ids))
        running = any(execution is not None and execution.status == "RUNNING" for execution in found)
        return running or any(self._is_refunding(payment_id) for payment_id in sorted(touched.refunded_ids))

    def _is_refunding(self, payment_id: str) -> bool:
        events = map(_event, self._query("PaymentEvents", "PaymentIDIndex", "PaymentID", payment_id))
        return bool(open_refunds(events))

    def _payments(self, touched: Touched) -> tuple[PaymentRecord, ...]:
        found = {str(item["ID"]): item for item in self._get("Payments", "ID", touched.payment_ids)}
        for user_id in sorted(touched.user_ids):
            rows = self._query("Payments", "UserIDIndex", "UserID", user_id)
            missing = {str(row["ID"]) for row in rows} - set(found)
            found.update({str(item["ID"]): item for item in self._get("Payments", "ID", missing)})
        return tuple(_payment(found[name]) for name in sorted(found))

    def _events(self, touched: Touched) -> Iterator[EventRecord]:
        for group in touched.event_groups:
            yield from map(_event, self._query("PaymentEvents", "PaymentIDIndex", "PaymentID", group))

    def _get(self, table: str, key: str, names: Iterable[str]) -> Iterator[Mapping[str, Any]]:
        name_of_table = self._tables[table]
        every = sorted(names)
        for start in range(0, len(every), KEYS_MAX):
            some = every[start : start + KEYS_MAX]
            wanted: Mapping[str, Any] = {
                name_of_table: {"Keys": [{key: {"S": name}} for name in some], "ConsistentRead": True}
            }
            while wanted:
                answer = self._dynamodb.batch_get_item(RequestItems=wanted)
                yield from (_plain(item) for item in answer["Responses"].get(name_of_table, ()))
                wanted = answer.get("UnprocessedKeys") or {}

    def _query(self, table: str, index: str, key: str, value: str) -> list[Mapping[str, Any]]:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._tables[table],
            IndexName=index,
            KeyConditionExpression="#key = :value",
            ExpressionAttributeNames={"#key": key},
            ExpressionAttributeValues={":value": {"S": value}},
        )
        return [_plain(item) for page in pages for item in page["Items"]]


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    deserializer = TypeDeserializer()
    return {name: _number(deserializer.deserialize(value)) for name, value in item.items()}


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else str(value)
    if isinstance(value, dict):
        return {name: _number(one) for name, one in value.items()}
    if isinstance(value, (list, set)):
        return [_number(one) for one in value]
    return value


def _payment(item: Mapping[str, Any]) -> PaymentRecord:
    failure = item.get("Failure") or {}
    return PaymentRecord(
        payment_id=str(item["ID"]),
        user_id=str(item["UserID"]),
        amount_minor=int(item["Amount"]),
        currency=str(item["Currency"]),
        status=str(item["Status"]),
        refunded_minor=int(item.get("RefundedAmount", 0)),
        merchant=str(item.get("Merchant") or "default"),
        gateway_ref=str(item.get("GatewayRef") or ""),
        failure_code=str(failure.get("Code", "")),
        created_at=str(item.get("CreatedAt") or ""),
        updated_at=str(item.get("UpdatedAt") or ""),
        execution_arn=str(item.get("ExecutionArn") or ""),
    )


def _wallet(item: Mapping[str, Any]) -> WalletRecord:
    return WalletRecord(str(item["UserID"]), int(item["Balance"]), str(item["Currency"]), int(item["Version"]))


def _event(item: Mapping[str, Any]) -> EventRecord:
    group = str(item["PaymentID"])
    return EventRecord(
        event_id=str(item["ID"]),
        event_type=str(item["EventType"]),
        at=str(item["Timestamp"]),
        payment_id="" if group.startswith((TOP_UP, CIRCUIT)) else group,
        source=str(item.get("Source") or ""),
        data=dict(item.get("Data") or {}),
    )


def _circuit_version(event: EventRecord) -> int:
    """Return the circuit's version that an event tells of; its id ends with it, and instants may tie."""
    return int(event.event_id.rpartition("#")[2])
