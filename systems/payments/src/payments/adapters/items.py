"""Items of the tables to records of the domain and back; the attribute names are part of the system's interface."""

from collections.abc import Mapping
from typing import Any

from groundwork.attributes import item_of, values_of

from payments.domain.circuit import Circuit, CircuitState
from payments.domain.events import Event
from payments.domain.payment import Failure, Payment, Status
from payments.domain.wallet import Wallet

Item = Mapping[str, Any]

PAYMENT_ATTRIBUTES = {
    "payment_id": "ID",
    "user_id": "UserID",
    "amount_minor": "Amount",
    "currency": "Currency",
    "status": "Status",
    "merchant": "Merchant",
    "request_hash": "RequestHash",
    "created_at": "CreatedAt",
    "updated_at": "UpdatedAt",
    "execution_arn": "ExecutionArn",
    "version": "Version",
    "order_id": "OrderID",
    "description": "Description",
    "metadata": "Metadata",
    "gateway_ref": "GatewayRef",
    "refunded_minor": "RefundedAmount",
    "reserved_minor": "RefundReservedAmount",
    "failure": "Failure",
    "charge_unsettled_at": "ChargeUnsettledAt",
}


def payment_value(name: str, value: Any) -> object:
    """Return a field of a payment as its attribute's plain value."""
    if isinstance(value, Failure):
        return {"Code": value.code, "Message": value.message, "Error": value.error}
    return dict(value) if name == "metadata" else value


def payment_item(payment: Payment) -> dict[str, Any]:
    """Return a payment as an item."""
    return item_of(
        {attribute: payment_value(name, getattr(payment, name)) for name, attribute in PAYMENT_ATTRIBUTES.items()}
    )


def payment_from(item: Item) -> Payment:
    """Return an item of the payments table as a payment."""
    values = values_of(item)
    fields = {name: values[attribute] for name, attribute in PAYMENT_ATTRIBUTES.items() if attribute in values}
    fields["status"] = Status(fields["status"])
    if failure := fields.get("failure"):
        fields["failure"] = Failure(failure["Code"], failure["Message"], failure.get("Error", ""))
    return Payment(**fields)


def wallet_item(wallet: Wallet) -> dict[str, Any]:
    """Return a wallet as an item."""
    return item_of(
        {
            "UserID": wallet.user_id,
            "Balance": wallet.balance_minor,
            "Currency": wallet.currency,
            "Version": wallet.version,
            "LastTxID": wallet.last_tx_id,
            "UpdatedAt": wallet.updated_at,
        }
    )


def wallet_from(item: Item) -> Wallet:
    """Return an item of the wallets table as a wallet."""
    values = values_of(item)
    return Wallet(
        user_id=values["UserID"],
        balance_minor=values["Balance"],
        currency=values["Currency"],
        version=values["Version"],
        last_tx_id=values.get("LastTxID", ""),
        updated_at=values.get("UpdatedAt", ""),
    )


def event_item(event: Event) -> dict[str, Any]:
    """Return an event as an item."""
    return item_of(
        {
            "ID": event.event_id,
            "PaymentID": event.payment_id,
            "EventType": event.event_type,
            "Timestamp": event.at,
            "Source": event.source,
            "Data": {name: value for name, value in event.data.items() if value is not None},
        }
    )


def event_from(item: Item) -> Event:
    """Return an item of the events table as an event."""
    values = values_of(item)
    return Event(
        event_id=values["ID"],
        event_type=values["EventType"],
        payment_id=values["PaymentID"],
        at=values["Timestamp"],
        source=values.get("Source", ""),
        data=values.get("Data", {}),
    )


def circuit_item(circuit: Circuit) -> dict[str, Any]:
    """Return a circuit as an item."""
    return item_of(
        {
            "Route": circuit.route,
            "State": circuit.state,
            "Failures": circuit.failures,
            "WindowStartedAt": circuit.window_started_ms,
            "OpenUntil": circuit.open_until_ms,
            "ProbeUntil": circuit.probe_until_ms,
            "Version": circuit.version,
        }
    )


def circuit_from(item: Item) -> Circuit:
    """Return an item of the circuits table as a circuit."""
    values = values_of(item)
    return Circuit(
        route=values["Route"],
        state=CircuitState(values["State"]),
        failures=values["Failures"],
        window_started_ms=values["WindowStartedAt"],
        open_until_ms=values["OpenUntil"],
        probe_until_ms=values["ProbeUntil"],
        version=values["Version"],
    )
