"""Stand-ins for everything outside of the domain: tables, gateway, circuits, executions and time.

They keep the promises that the ports make (a commit happens whole or not at all, a key charges once), and can break
the way that real ones do: a write is done and its answer is lost, a process ends between two writes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

from groundwork.deadline import Deadline
from groundwork.executions import ExecutionExists, ExecutionView
from payments.domain.breaker import Breaker
from payments.domain.charging import Cashier, ChargePolicy
from payments.domain.circuit import BreakerPolicy, Circuit
from payments.domain.events import Event
from payments.domain.gateway import ChargeOrder, Declined, NoEffect, NotExecuted, RefundOrder, Succeeded, Unknown
from payments.domain.payment import PAID, Payment, PaymentRequest
from payments.domain.store import (
    CommitRefused,
    NewEvent,
    NewPayment,
    Page,
    PaymentNotPaid,
    PaymentUpdate,
    WalletUpdate,
    key_of,
)
from payments.domain.wallet import Wallet

from tests.systems.machine import STARTED_AT, Crash


@dataclass
class Clock:
    """Time that only passes when told to."""

    now: datetime = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class MemoryStore:
    """The tables in memory. `before_commit` may raise or change things just before a commit is judged."""

    def __init__(self) -> None:
        self.payments: dict[str, Payment] = {}
        self.wallets: dict[str, Wallet] = {}
        self.events: dict[str, Event] = {}
        self.commits = 0
        self.crash_before: int | None = None
        self.crash_after: int | None = None
        self.before_commit: Callable[[], None] = lambda: None
        self._lock = Lock()

    def payment(self, payment_id: str) -> Payment | None:
        return self.payments.get(payment_id)

    def wallet(self, user_id: str) -> Wallet | None:
        return self.wallets.get(user_id)

    def event(self, event_id: str) -> Event | None:
        return self.events.get(event_id)

    def commit(self, changes: Sequence[Any], deadline: Deadline) -> None:
        self.before_commit()
        with self._lock:
            self.commits += 1
            if self.commits == self.crash_before:
                raise Crash("before the commit")
            refused = {key_of(change): self._there(change) for change in changes if not self._allowed(change)}
            if refused:
                raise CommitRefused(refused)
            for change in changes:
                self._make(change)
            if self.commits == self.crash_after:
                raise Crash("after the commit")

    def payments_of(self, user_id: str, limit: int, cursor: str | None) -> Page:
        found = [one for one in self.payments.values() if one.user_id == user_id]
        found.sort(key=lambda one: one.created_at, reverse=True)
        start = int(cursor or 0)
        following = str(start + limit) if start + limit < len(found) else None
        return Page(found[start : start + limit], following)

    def events_of(self, payment_id: str) -> list[Event]:
        found = [event for event in self.events.values() if event.payment_id == payment_id]
        return sorted(found, key=lambda event: event.at)

    def _there(self, change: Any) -> Any:
        match change:
            case NewEvent(event):
                return self.events.get(event.event_id)
            case WalletUpdate(_, after):
                return self.wallets.get(after.user_id)
            case NewPayment(payment):
                return self.payments.get(payment.payment_id)
            case _:
                return self.payments.get(change.payment_id)

    def _allowed(self, change: Any) -> bool:
        there = self._there(change)
        match change:
            case NewEvent() | NewPayment():
                return there is None
            case WalletUpdate(before, _):
                return (there.version if there else 0) == before.version
            case PaymentNotPaid():
                return there is None or there.status not in PAID
            case PaymentUpdate(if_status=statuses, if_version=version):
                return (
                    there is not None
                    and (not statuses or there.status in statuses)
                    and (version is None or there.version == version)
                )
        raise TypeError(change)

    def _make(self, change: Any) -> None:
        match change:
            case NewEvent(event):
                self.events[event.event_id] = event
            case WalletUpdate(_, after):
                self.wallets[after.user_id] = after
            case NewPayment(payment):
                self.payments[payment.payment_id] = payment
            case PaymentUpdate():
                there = self.payments[change.payment_id]
                self.payments[change.payment_id] = replace(
                    there, version=there.version + 1, updated_at=change.at, **change.values
                )
            case PaymentNotPaid():
                pass

    def types(self, payment_id: str) -> list[str]:
        """Return the types of a payment's events, in the order of writing."""
        return [event.event_type for event in self.events.values() if event.payment_id == payment_id]


@dataclass
class MemoryGateway:
    """A gateway with a ledger. `script` holds what happens to the next calls; empty means all is well."""

    script: list[str] = field(default_factory=list)
    look_ups: list[str] = field(default_factory=list)
    charged: dict[str, Succeeded] = field(default_factory=dict)
    refunded: dict[str, Succeeded] = field(default_factory=dict)
    declined: dict[str, Declined] = field(default_factory=dict)
    under_way: list[ChargeOrder] = field(default_factory=list)
    ruled_out: set[str] = field(default_factory=set)
    calls: int = 0
    amount_minor: int | None = None

    def charge(self, order: ChargeOrder, timeout_s: float) -> Any:  # noqa: PLR0911 - one way to end a line
        self.calls += 1
        assert timeout_s > 0
        happens = self.script.pop(0) if self.script else "ok"
        stored = self.charged.get(order.key) or self.declined.get(order.key)
        # A key repeats its first answer, unless that is lost again.
        if stored and happens in ("ok", "declined"):
            return stored
        match happens:
            case "ok":
                return self._charge(order)
            case "declined":
                return self.declined.setdefault(order.key, Declined("card_declined", "the card was declined"))
            case "refused":
                return NotExecuted("no connection to the gateway")
            case "lost before":
                return Unknown("no answer from the gateway")
            case "under way":
                self.under_way.append(order)
                return Unknown("no answer from the gateway")
            case "lost after":
                self._charge(order)
                return Unknown("no answer from the gateway")
            case "crash before":
                raise Crash("before the charge")
            case "crash after":
                self._charge(order)
                raise Crash("after the charge")
            case "wrong answer":
                return replace(self._charge(order), amount_minor=1)
            case other:
                raise AssertionError(other)

    def refund(self, order: RefundOrder, timeout_s: float) -> Any:
        self.calls += 1
        match self.script.pop(0) if self.script else "ok":
            case "ok":
                return self._refund(order)
            case "never":
                return Declined("charge_disputed", "the card gateway refused the request")
            case "refused":
                return NotExecuted("no connection to the gateway")
            case "lost before":
                return Unknown("no answer from the gateway")
            case "lost after":
                self._refund(order)
                return Unknown("no answer from the gateway")
            case "crash after":
                self._refund(order)
                raise Crash("after the refund")
            case other:
                raise AssertionError(other)

    def find_charge(self, order: ChargeOrder, timeout_s: float, *, besides: str | None = None) -> Any:
        found = self._look_up(order.key)
        return NoEffect() if isinstance(found, Succeeded) and found.ref == besides else found

    def rule_out_charge(self, order: ChargeOrder, timeout_s: float) -> Any:
        found = self._look_up(order.key)
        if isinstance(found, NoEffect):
            self.ruled_out.add(order.key)
        return found

    def find_refund(self, order: RefundOrder, timeout_s: float) -> Any:
        return self._look_up(order.key)

    def arrive(self) -> None:
        """Let the charges that are still under way arrive: they have their effect now, unless their key is spent."""
        while self.under_way:
            order = self.under_way.pop()
            if order.key not in self.ruled_out | set(self.declined):
                self._charge(order)

    def _look_up(self, key: str) -> Any:
        if (self.look_ups.pop(0) if self.look_ups else "ok") == "lost":
            return Unknown("no answer to the look-up")
        return self.charged.get(key) or self.refunded.get(key) or self.declined.get(key) or NoEffect()

    def _charge(self, order: ChargeOrder) -> Succeeded:
        amount_minor = self.amount_minor if self.amount_minor is not None else order.amount_minor
        charge = Succeeded(f"ch_{len(self.charged) + 1}", amount_minor, order.currency)
        return self.charged.setdefault(order.key, charge)

    def _refund(self, order: RefundOrder) -> Succeeded:
        charge = next(one for one in self.charged.values() if one.ref == order.charge_ref)
        amount_minor = charge.amount_minor if order.amount_minor is None else order.amount_minor
        refund = Succeeded(f"re_{len(self.refunded) + 1}", amount_minor, order.currency)
        return self.refunded.setdefault(order.key, refund)

    def net_minor(self) -> int:
        """Return what the gateway holds: charged less refunded."""
        charged = sum(one.amount_minor for one in self.charged.values())
        return charged - sum(one.amount_minor for one in self.refunded.values())


class MemoryCircuits:
    """The circuits' table in memory."""

    def __init__(self) -> None:
        self.circuits: dict[str, Circuit] = {}
        self.events: list[Event] = []
        self.reads = 0
        self.writes = 0
        self._lock = Lock()

    def read(self, route: str) -> Circuit:
        self.reads += 1
        return self.circuits.get(route, Circuit(route))

    def replace(self, before: Circuit, after: Circuit, events: Sequence[Event]) -> bool:
        with self._lock:
            if self.circuits.get(before.route, Circuit(before.route)).version != before.version:
                return False
            self.writes += 1
            self.circuits[before.route] = after
            self.events.extend(events)
            return True


class MemoryExecutions:
    """A state machine's executions; `run` plays the machine when one starts."""

    def __init__(self, run: Callable[[ExecutionView], ExecutionView] = lambda view: view) -> None:
        self.views: dict[str, ExecutionView] = {}
        self.run = run
        self.described = 0

    def start(self, name: str, document: str) -> tuple[str, str]:
        view = self.views.get(name)
        if view is None:
            fresh = ExecutionView(f"arn:aws:states:x:1:execution:flow:{name}", "RUNNING", document, STARTED_AT)
            self.views[name] = fresh
            view = self.views[name] = self.run(fresh)
        elif view.status != "RUNNING" or view.input != document:
            raise ExecutionExists(name)
        return view.arn, view.started_at

    def describe(self, name: str) -> ExecutionView | None:
        self.described += 1
        return self.views.get(name)


ARN = "arn:aws:states:us-east-1:000000000000:execution:payment-flow:pay-1"


def soon() -> Deadline:
    """Return a deadline that gives a step room for a few attempts."""
    return Deadline.after(1.0)


def past() -> Deadline:
    """Return a deadline that is over: only first attempts happen."""
    return Deadline.after(-1)


def request(**values: Any) -> PaymentRequest:
    """Return a payment request of 40.00 USD by alice."""
    return PaymentRequest(
        **{
            "payment_id": "pay-1",
            "user_id": "alice",
            "amount_minor": 4000,
            "currency": "USD",
            **values,
        }
    )


@dataclass
class World:
    """Everything together: alice has 100.00 USD, the gateway is well."""

    clock: Clock = field(default_factory=Clock)
    store: MemoryStore = field(default_factory=MemoryStore)
    gateway: MemoryGateway = field(default_factory=MemoryGateway)
    circuits: MemoryCircuits = field(default_factory=MemoryCircuits)

    def __post_init__(self) -> None:
        self.store.wallets["alice"] = Wallet("alice", 10_000, "USD", version=1)
        self.fresh_worker()

    def fresh_worker(self, policy: BreakerPolicy | None = None) -> Cashier:
        """Return what a worker that has just started has: the same tables, nothing remembered."""
        breaker = Breaker(self.circuits, policy or BreakerPolicy(cache_ms=0), self.clock)
        quick = ChargePolicy(timeout_s=0.2, look_up_timeout_s=0.2, charge_quiet_s=5.0, ask_s=0.0)
        self.cashier = Cashier(self.store, self.gateway, breaker, quick, self.clock)
        return self.cashier

    def balance(self, user_id: str = "alice") -> int:
        return self.store.wallets[user_id].balance_minor
