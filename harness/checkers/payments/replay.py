"""INV-6: the events alone rebuild every payment and every balance."""

from collections.abc import Iterator, Mapping

from harness.checkers.checker import checker
from harness.checkers.payments.movements import Movement, movements_by_user
from harness.checkers.verdict import Counterexample
from harness.checkers.words import money, told_events
from harness.history import OK, EventRecord, History, PaymentRecord, WalletRecord

CREDIT_REASONS = frozenset({"topup", "compensation", "refund"})


@checker("INV-6", reads=("payments", "wallets", "events"), actions=("pay", "credit", "refund"))
def events_rebuild_state(history: History) -> Iterator[Counterexample]:
    """Replaying the events gives exactly the payments and the balances that the tables hold."""
    yield from _lost_payments(history)
    movements = movements_by_user(history)
    given_back_minor = _given_back(movements)
    for payment_id, payment in sorted(history.payments.items()):
        events = history.events_of(payment_id)
        yield from _told_once(payment, events)
        yield from _payment(payment, events)
        yield from _refunds_credited(payment, given_back_minor.get(payment_id, 0))
    for user_id, wallet in sorted(history.wallets.items()):
        yield from _wallet(wallet, movements.get(user_id, []))
    for user_id in sorted(set(movements) - set(history.wallets)):
        yield Counterexample(f"wallet {user_id}", "has events but is not in the table")


def _lost_payments(history: History) -> Iterator[Counterexample]:
    for operation in history.of("pay"):
        told = operation.result.get("payment_id")
        if operation.outcome == OK and told and told not in history.payments:
            what = f"was acknowledged with {operation.status_code} and is not in the table"
            yield Counterexample(f"payment {told}", what, {"operation": str(operation.index)})


def _told_once(payment: PaymentRecord, events: list[EventRecord]) -> Iterator[Counterexample]:
    for event_type in ("PaymentRequestEvent", "ChargeSucceededEvent"):
        told = [event for event in events if event.event_type == event_type]
        if len(told) > 1:
            what = f"has {len(told)} events of type {event_type}, expected one"
            yield Counterexample(f"payment {payment.payment_id}", what, {"events": told_events(told)})


def _given_back(movements: Mapping[str, list[Movement]]) -> dict[str, int]:
    """Return what refunds credited to wallets, by payment."""
    found: dict[str, int] = {}
    for movement in (one for several in movements.values() for one in several):
        if movement.reason == "refund":
            found[movement.payment_id] = found.get(movement.payment_id, 0) + movement.signed_minor
    return found


def _refunds_credited(payment: PaymentRecord, given_back_minor: int) -> Iterator[Counterexample]:
    if given_back_minor != payment.refunded_minor:
        refunded, credited = (money(minor, payment.currency) for minor in (payment.refunded_minor, given_back_minor))
        what = f"was refunded {refunded} and its wallet was credited {credited} for it"
        yield Counterexample(f"payment {payment.payment_id}", what)


def _payment(payment: PaymentRecord, events: list[EventRecord]) -> Iterator[Counterexample]:
    rebuilt = _rebuilt(events)
    found = {
        "user_id": payment.user_id,
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
        "status": payment.status,
        "refunded_minor": payment.refunded_minor,
        "gateway_ref": payment.gateway_ref,
    }
    for name, value in found.items():
        if rebuilt.get(name) != value:
            what = f"has {name} {value!r} in the table, and {rebuilt.get(name)!r} by its events"
            yield Counterexample(f"payment {payment.payment_id}", what, {"events": told_events(events)})


def _rebuilt(events: list[EventRecord]) -> Mapping[str, object]:
    state: dict[str, object] = {"refunded_minor": 0, "gateway_ref": ""}
    refunded_minor = 0
    for event in events:
        data = event.data
        match event.event_type:
            case "PaymentRequestEvent":
                state |= {name: data.get(name) for name in ("user_id", "currency")}
                state |= {"amount_minor": int(data["amount"])}
            case "ChargeSucceededEvent":
                state["gateway_ref"] = data.get("gateway_ref")
            case "RefundEvent":
                refunded_minor += int(data["amount"])
                state["refunded_minor"] = refunded_minor
            case _:
                pass
    state["status"] = _last_status(events)
    return state


def _last_status(events: list[EventRecord]) -> str:
    """Follow the changes from one status to the next; instants may tie, the chain can't."""
    following = {
        str(event.data.get("from") or ""): str(event.data["to"])
        for event in events
        if event.event_type == "PaymentStatusEvent"
    }
    requested = any(event.event_type == "PaymentRequestEvent" for event in events)
    status = "" if "" in following else "PENDING" if requested or following else ""
    for _ in range(len(following)):
        status = following.get(status, status)
    return status


def _wallet(wallet: WalletRecord, movements: list[Movement]) -> Iterator[Counterexample]:
    subject = f"wallet {wallet.user_id}"
    if not movements:
        yield Counterexample(subject, f"holds {wallet.balance_minor} minor units and has no event")
        return
    previous_minor, version = 0, movements[0].version - 1
    for movement in movements:
        evidence = {"event": str(movement)}
        if movement.version != version + 1:
            yield Counterexample(
                subject, f"has version {movement.version} after {version}, expected the next", evidence
            )
        if movement.previous_minor != previous_minor:
            what = (
                f"was {movement.previous_minor} before version {movement.version} and {previous_minor} after the last"
            )
            yield Counterexample(subject, what, evidence)
        if movement.signed_minor > 0 and movement.reason not in CREDIT_REASONS:
            yield Counterexample(
                subject, f"was credited for {movement.reason!r} at version {movement.version}", evidence
            )
        if movement.new_minor != movement.previous_minor + movement.signed_minor:
            yield Counterexample(subject, f"does not add up at version {movement.version}", evidence)
        previous_minor, version = movement.new_minor, movement.version
    if (previous_minor, version) != (wallet.balance_minor, wallet.version):
        what = (
            f"holds {wallet.balance_minor} at version {wallet.version}, "
            f"its events end with {previous_minor} at version {version}"
        )
        yield Counterexample(subject, what, {"event": str(movements[-1])})
