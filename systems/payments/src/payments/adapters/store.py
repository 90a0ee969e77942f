"""The tables behind the domain's Store: reads of single items, and commits as TransactWriteItems.

A cancelled transaction is read reason by reason (source: DynamoDB API reference, TransactWriteItems, documented): a
failed condition is the domain's business, with the item that was there; throttling and conflicts with other
transactions are repeated with full jitter until the deadline, and never look like a business answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundwork.attributes import attribute
from groundwork.aws import AWS_ERRORS, error_code, is_busy
from groundwork.deadline import Deadline, paced
from groundwork.settings import Environment

from payments.adapters.items import (
    PAYMENT_ATTRIBUTES,
    event_from,
    event_item,
    payment_from,
    payment_item,
    payment_value,
    wallet_from,
    wallet_item,
)
from payments.domain.errors import StoreUnavailable
from payments.domain.events import Event
from payments.domain.payment import PAID, Payment, Status
from payments.domain.store import (
    Change,
    CommitRefused,
    Found,
    NewEvent,
    NewPayment,
    PaymentNotPaid,
    PaymentUpdate,
    WalletUpdate,
    key_of,
)
from payments.domain.wallet import Wallet

_TELL = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


@dataclass(frozen=True, slots=True)
class TableNames:
    """The names of the tables."""

    payments: str
    wallets: str
    events: str

    @classmethod
    def from_environment(cls, environment: Environment) -> "TableNames":
        """Read the names that the template gives."""
        return cls(
            environment.text("PAYMENTS_TABLE"),
            environment.text("WALLETS_TABLE"),
            environment.text("PAYMENT_EVENTS_TABLE"),
        )


@dataclass(frozen=True, slots=True)
class DynamoStore:
    """The domain's Store on DynamoDB."""

    client: Any
    tables: TableNames

    def payment(self, payment_id: str) -> Payment | None:
        """Return a payment, read consistently."""
        item = self._get(self.tables.payments, "ID", payment_id)
        return payment_from(item) if item else None

    def wallet(self, user_id: str) -> Wallet | None:
        """Return a wallet, read consistently."""
        item = self._get(self.tables.wallets, "UserID", user_id)
        return wallet_from(item) if item else None

    def event(self, event_id: str) -> Event | None:
        """Return an event, read consistently."""
        item = self._get(self.tables.events, "ID", event_id)
        return event_from(item) if item else None

    def commit(self, changes: Sequence[Change], deadline: Deadline) -> None:
        """Make all changes or none; raises CommitRefused or, when the tables stay busy, StoreUnavailable."""
        writes = [self._write(change) for change in changes]
        for _ in paced(deadline, base_s=0.02):
            try:
                self.client.transact_write_items(TransactItems=writes)
            except AWS_ERRORS as error:
                self._judge(error, changes)
            else:
                return
        raise StoreUnavailable("the tables stayed busy until the step's time was over")

    def _get(self, table: str, key: str, value: str) -> Mapping[str, Any] | None:
        return read_item(self.client, table, {key: {"S": value}})

    def _judge(self, error: Exception, changes: Sequence[Change]) -> None:
        """Return when trying again may help; raise otherwise."""
        if error_code(error) != "TransactionCanceledException":
            if not is_busy(error):
                raise error
            return
        reasons: Sequence[Mapping[str, Any]] = getattr(error, "response", {}).get("CancellationReasons", [])
        refused = {
            key_of(change): self._found(change, reason.get("Item"))
            for change, reason in zip(changes, reasons, strict=False)
            if reason.get("Code") == "ConditionalCheckFailed"
        }
        if refused:
            raise CommitRefused(refused) from None
        if any(reason.get("Code") == "ValidationError" for reason in reasons):
            raise error

    def _found(self, change: Change, item: Mapping[str, Any] | None) -> Found:
        """Return what refused a change; an answer without the item means that there is none, or was not told."""
        match change:
            case NewEvent(event):
                return event_from(item) if item else self.event(event.event_id)
            case WalletUpdate(_, after):
                return wallet_from(item) if item else self.wallet(after.user_id)
            case NewPayment(payment):
                return payment_from(item) if item else self.payment(payment.payment_id)
            case PaymentUpdate(payment_id=payment_id) | PaymentNotPaid(payment_id=payment_id):
                return payment_from(item) if item else self.payment(payment_id)

    def _write(self, change: Change) -> dict[str, Any]:
        match change:
            case NewEvent(event):
                return self._put(self.tables.events, event_item(event), "attribute_not_exists(ID)")
            case NewPayment(payment):
                return self._put(self.tables.payments, payment_item(payment), "attribute_not_exists(ID)")
            case WalletUpdate(before, after):
                return self._wallet(before, after)
            case PaymentUpdate():
                return {"Update": self._payment(change)}
            case PaymentNotPaid(payment_id):
                return {"ConditionCheck": self._not_paid(payment_id)}

    def _put(self, table: str, item: Mapping[str, Any], condition: str) -> dict[str, Any]:
        return {"Put": {"TableName": table, "Item": item, "ConditionExpression": condition, **_TELL}}

    def _wallet(self, before: Wallet, after: Wallet) -> dict[str, Any]:
        if before.version == 0:
            return self._put(self.tables.wallets, wallet_item(after), "attribute_not_exists(UserID)")
        return {
            "Update": {
                "TableName": self.tables.wallets,
                "Key": {"UserID": {"S": after.user_id}},
                "UpdateExpression": "SET Balance = :balance, Version = :version, LastTxID = :tx, UpdatedAt = :at",
                # The currency and balance were read at this version, so the version alone vouches for them.
                "ConditionExpression": "Version = :read",
                "ExpressionAttributeValues": {
                    ":balance": attribute(after.balance_minor),
                    ":version": attribute(after.version),
                    ":tx": attribute(after.last_tx_id),
                    ":at": attribute(after.updated_at),
                    ":read": attribute(before.version),
                },
                **_TELL,
            }
        }

    def _payment(self, change: PaymentUpdate) -> dict[str, Any]:
        names, values = {"#updated": "UpdatedAt", "#version": "Version"}, {":at": change.at, ":one": 1}
        sets, removes = ["#updated = :at"], []
        for position, (field, value) in enumerate(change.values.items()):
            names[f"#v{position}"] = PAYMENT_ATTRIBUTES[field]
            if value is None:
                removes.append(f"#v{position}")
            else:
                values[f":v{position}"] = payment_value(field, value)
                sets.append(f"#v{position} = :v{position}")
        conditions = _conditions(change, names, values)
        expression = f"SET {', '.join(sets)} ADD #version :one"
        return {
            "TableName": self.tables.payments,
            "Key": {"ID": {"S": change.payment_id}},
            "UpdateExpression": f"{expression} REMOVE {', '.join(removes)}" if removes else expression,
            "ConditionExpression": conditions,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {name: attribute(value) for name, value in values.items()},
            **_TELL,
        }

    def _not_paid(self, payment_id: str) -> dict[str, Any]:
        names, values = {"#status": "Status"}, dict[str, Any]()
        open_statuses = [status for status in Status if status not in PAID]
        return {
            "TableName": self.tables.payments,
            "Key": {"ID": {"S": payment_id}},
            "ConditionExpression": f"attribute_not_exists(ID) OR {_one_of(open_statuses, values)}",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
            **_TELL,
        }


def read_item(client: Any, table: str, key: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return an item, read consistently, or None when there is none; raises StoreUnavailable when nobody can tell.

    Once its attempts are over, botocore takes a body that was garbled or cut off for an empty one (verified: 1.44.5).
    That must not pass for a missing item, so an answer has to tell the capacity that it consumed, as asked.
    """
    try:
        answer = client.get_item(TableName=table, Key=key, ConsistentRead=True, ReturnConsumedCapacity="TOTAL")
    except AWS_ERRORS as error:
        raise unavailable(error) from error
    if "ConsumedCapacity" not in answer:
        raise StoreUnavailable("the answer of the tables could not be read")
    item: Mapping[str, Any] | None = answer.get("Item")
    return item


def unavailable(error: Exception) -> Exception:
    """Return the error to raise for a failed call: StoreUnavailable when trying again may help, else itself."""
    return StoreUnavailable("the tables are busy or did not answer") if is_busy(error) else error


def _conditions(change: PaymentUpdate, names: dict[str, str], values: dict[str, Any]) -> str:
    conditions = ["attribute_exists(ID)"]
    if change.if_status:
        names["#status"] = "Status"
        statuses: dict[str, Any] = {}
        conditions.append(_one_of(change.if_status, statuses))
        values |= {name: value["S"] for name, value in statuses.items()}
    if change.if_version is not None:
        values[":read"] = change.if_version
        conditions.append("#version = :read")
    return " AND ".join(conditions)


def _one_of(statuses: Sequence[Status], values: dict[str, Any]) -> str:
    names = [f":s{position}" for position in range(len(statuses))]
    values |= {name: {"S": str(status)} for name, status in zip(names, statuses, strict=True)}
    return f"#status IN ({', '.join(names)})"
