"""A provider who asks for deposits, a payments system in memory, and the flows that bring the two together.

The bookings are those of the real desk, over tables in memory. Both stand-ins keep their promises (a commit is whole,
an id pays once), and can break as real ones do: the effect happens and its answer is lost, or the process ends.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from booking.domain.booking import Booking, BookingRequest, DepositRequest
from booking.domain.booking_store import Change
from booking.domain.bookings import BookingDesk
from booking.domain.deposit_steps import DepositPolicy, DepositSteps
from booking.domain.deposits import document_of
from booking.domain.errors import StoreUnavailable
from booking.domain.payment_system import (
    Declined,
    Deposit,
    NoRecord,
    NotAsked,
    Outcome,
    Returned,
    Taken,
    UnderWay,
    Unknown,
)
from booking.handlers import deposits
from groundwork.deadline import Deadline
from groundwork.instants import moment_of

from tests.systems.booking.bookings.memory import TENANT, MemoryBookings, asked, seeded, sound
from tests.systems.machine import STARTED_AT, Crash, Machine, Run, definition

DEPOSIT_MINOR = 1_000


@dataclass
class Clock:
    """Time that only passes when told to."""

    now: datetime = field(default_factory=lambda: moment_of(STARTED_AT))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class MemoryStore(MemoryBookings):
    """The bookings' tables in memory; they can be busy, and a process can end after the nth commit."""

    def __init__(self) -> None:
        super().__init__(seeded())
        self.crash_after_commits: set[int] = set()
        self.commits, self.busy, self.unreadable = 0, 0, 0

    def find(self, tenant_id: str, booking_id: str) -> Booking | None:
        if self.unreadable:
            self.unreadable -= 1
            raise StoreUnavailable("the tables are busy")
        return super().find(tenant_id, booking_id)

    def commit(self, change: Change, deadline: Deadline) -> None:
        if self.busy:
            self.busy -= 1
            raise StoreUnavailable("the tables are busy")
        super().commit(change, deadline)
        self.commits += 1
        if self.commits in self.crash_after_commits:
            raise Crash("after the commit")


class MemoryPayments:
    """The payments system in memory: money moves once per id. What goes wrong is said in the order of the calls.

    `troubles`: "lost" (it happens, the answer is lost), "never" (the request is lost), "unreachable", "late" (it
    arrives with the following call), "crash" (it happens, and who asked dies). None goes well.
    """

    def __init__(self) -> None:
        self.troubles: list[str | None] = []
        self.declines: Declined | None = None
        self.looks_until_known = 0
        self.refuses_refunds = False
        self.taken: dict[str, Deposit] = {}
        self.declined: dict[str, Declined] = {}
        self.returned: set[str] = set()
        self.asked: list[str] = []
        self._late: Deposit | None = None

    def pay(self, deposit: Deposit, timeout_s: float) -> Outcome:
        with self._arriving("pay") as trouble:
            if trouble == "late":
                self._late = deposit
            if trouble in ("never", "late"):
                return Unknown("no answer")
            if trouble == "unreachable":
                return NotAsked("no connection")
            self._pay(deposit)
            if trouble == "crash":
                raise Crash("after it asked")
            return Unknown("no answer") if trouble == "lost" else self._told(deposit)

    def standing(self, deposit: Deposit, timeout_s: float) -> Outcome:
        with self._arriving("standing") as trouble:
            if trouble is not None:
                return NotAsked("no connection") if trouble == "unreachable" else Unknown("no answer")
            return self._told(deposit)

    def refund(self, deposit: Deposit, timeout_s: float) -> Outcome:
        with self._arriving("refund") as trouble:
            if trouble in ("never", "late"):
                return Unknown("no answer")
            if trouble == "unreachable":
                return NotAsked("no connection")
            if self.refuses_refunds or deposit.payment_id not in self.taken:
                return Declined("refund_refused", "no")
            self.returned.add(deposit.payment_id)
            if trouble == "crash":
                raise Crash("after it asked")
            return Unknown("no answer") if trouble == "lost" else Returned()

    def money(self) -> int:
        """What customers have paid and not got back."""
        return sum(one.amount_minor for key, one in self.taken.items() if key not in self.returned)

    @contextmanager
    def _arriving(self, operation: str) -> Iterator[str | None]:
        self.asked.append(operation)
        yield self.troubles.pop(0) if self.troubles else None
        if self._late and operation != "pay":
            late, self._late = self._late, None
            self._pay(late)

    def _pay(self, deposit: Deposit) -> None:
        key = deposit.payment_id
        if key in self.taken or key in self.declined:
            return
        if self.declines:
            self.declined[key] = self.declines
        else:
            self.taken[key] = deposit

    def _told(self, deposit: Deposit) -> Outcome:
        key = deposit.payment_id
        if key not in self.taken and key not in self.declined:
            return NoRecord()
        if self.looks_until_known:
            self.looks_until_known -= 1
            return UnderWay()
        if key in self.declined:
            return self.declined[key]
        return Returned() if key in self.returned else Taken(key)


class World:
    """Bookings, payments and time, with the steps over them."""

    def __init__(self) -> None:
        self.clock, self.store, self.payments = Clock(), MemoryStore(), MemoryPayments()
        self.desk = BookingDesk(self.store, self.clock, lambda _: None)
        policy = DepositPolicy(call_s=1, look_s=0.2, hold_s=60, quiet_s=10)
        self.steps = DepositSteps(self.desk, self.payments, policy, self.clock, lambda _: None)

    def machine(self, name: str) -> Machine:
        """Return a flow; every call is a fresh worker."""
        function = {"DepositsArn": lambda event: deposits.handle(event, self.steps, soon())}
        return Machine(definition("booking", name)["States"], function, self.clock)

    def book(self, request: BookingRequest) -> Run:
        """Run the deposit flow."""
        return self.machine("deposit-flow").run("HoldSlot", json.loads(document_of(request)), request.booking_id)

    def cancel(self, booking_id: str, reason: str = "plans changed") -> Run:
        """Run the cancellation flow."""
        ordered = {"tenant_id": TENANT, "booking_id": booking_id, "reason": reason}
        return self.machine("cancellation-flow").run("CancelBooking", ordered, f"cancel-{booking_id}")

    def booking(self, request: BookingRequest) -> Booking:
        """Return a request's booking."""
        return self.store.tables.bookings[request.booking_id]

    def is_square(self) -> None:
        """Insist that money and slots agree: who holds a slot has paid, and nobody else has."""
        paid = {one.booking_id for one in self.store.tables.bookings.values() if one.deposit_status == "PAID"}
        kept = {one.booking_id for one in self.store.tables.bookings.values() if one.is_live}
        has_paid = {one.booking_id for key, one in self.payments.taken.items() if key not in self.payments.returned}
        assert paid == kept == has_paid
        assert set(self.store.tables.claims.values()) == kept
        assert sound(self.store.tables) == []


def wanted(key: str = "key-1", **changes: Any) -> BookingRequest:
    """Return a request for Monday at nine."""
    deposit = DepositRequest("usr_alice", "tok_visa")
    return asked(key=key, **{"service_id": "srv_deposit", "deposit": deposit, **changes})


def soon() -> Deadline:
    """Return a deadline that gives a step room for a few attempts."""
    return Deadline.after(1.0)
