"""The payment and refund flows, walked over a World, and what must hold of a world afterwards."""

import json
from typing import Any

from payments.domain.payment import Status
from payments.domain.replay import rebuild_payment
from payments.handlers import invoice_processor, payments_adapter, reconcile_charges, refund_service, wallet_service

from tests.systems.machine import Machine, Run, definition
from tests.systems.payments.fakes import World, request, soon


def machine(world: World, name: str) -> Machine:
    """Return a flow over a world's tables and gateway; every call is a fresh worker."""
    wallets = wallet_service.Dependencies(world.store, world.clock)
    invoices = invoice_processor.Dependencies(world.store, world.clock)
    return Machine(
        definition("payments", name)["States"],
        {
            "WalletServiceArn": lambda event: wallet_service.handle(event, wallets, soon()),
            "InvoiceProcessorArn": lambda event: invoice_processor.handle(event, invoices, soon()),
            "PaymentsAdapterArn": lambda event: payments_adapter.handle(event, world.cashier, soon()),
            "RefundServiceArn": lambda event: refund_service.handle(event, world.cashier, soon()),
        },
        world.clock,
    )


def pay(world: World, **values: Any) -> Run:
    """Run the payment flow."""
    asked = request(**values)
    return machine(world, "payment-flow").run("CheckWalletBalance", json.loads(asked.canonical()), asked.payment_id)


def refund(world: World, refund_id: str = "ref-1", **values: Any) -> Run:
    """Run the refund flow for pay-1."""
    document = {"refund_id": refund_id, "payment_id": "pay-1", **values}
    return machine(world, "refund-flow").run("ReserveRefund", document, refund_id)


def reconcile(world: World, parked: list[dict[str, Any]], rounds: int = 5) -> int:
    """Deliver parked messages until they are finished; returns how many are left after so many rounds."""
    records = [{"messageId": str(n), "body": json.dumps(body)} for n, body in enumerate(parked)]
    for _ in range(rounds):
        world.clock.advance(60)
        failed = reconcile_charges.handle({"Records": records}, world.cashier, soon())["batchItemFailures"]
        left = {one["itemIdentifier"] for one in failed}
        records = [record for record in records if record["messageId"] in left]
    return len(records)


def must_add_up(world: World) -> None:
    """No money is lost, made or stuck: what wallets lack is what the gateway holds, and the events tell it all."""
    store = world.store
    assert world.balance() == 10_000 - world.gateway.net_minor()
    for payment in store.payments.values():
        assert payment.status not in (Status.PENDING, Status.PROCESSING)
        rebuilt = rebuild_payment(store.events_of(payment.payment_id))
        assert rebuilt is not None
        for name in ("user_id", "amount_minor", "currency", "status", "gateway_ref", "refunded_minor", "failure"):
            assert getattr(rebuilt, name) == getattr(payment, name)
    for wallet in store.wallets.values():
        moves = [event for event in store.events.values() if "new_balance" in event.data]
        # The wallet began with money that no event tells of, so its events are put upon that.
        assert wallet.version == 1 + len(moves)
        last = max(moves, key=lambda event: event.data["version"], default=None)
        assert last is None or last.data["new_balance"] == wallet.balance_minor
