"""The final reads of the booking system: its ten tables by every key and index, its sagas, and the deposits' money.

Only what the history's own tenants hold is read, so that many tests can share one environment.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from harness.checkers.booking import indexes_agree_with_tables, usage_equals_what_happened
from harness.clients.booking import items as read
from harness.clients.booking.tables import NAMES, Places, Tables
from harness.clients.deployment import Deployment
from harness.clients.executions import Executions
from harness.clients.patience import patient_s
from harness.clients.payments.final_reads import FinalReader
from harness.errors import WaitTimeout
from harness.history import FinalReads, History, ItemRecord, Operation, SagaRecord
from harness.history.booking import TABLE
from harness.waiting import wait_until

SYSTEM = "booking"
DEPOSIT, CANCELLATION = "deposit", "cancellation"
R = TypeVar("R")
# A deposit that is asked for or given back; that of a booking which was cancelled meanwhile, too.
UNDER_WAY = frozenset({"PENDING", "REFUND_PENDING"})


@dataclass(slots=True)
class Touched:
    """The tenants and bookings that a history knows of, and the places where their items may be found."""

    tenant_ids: set[str] = field(default_factory=set)
    booking_ids: set[str] = field(default_factory=set)
    places: Places = field(default_factory=Places)

    @classmethod
    def by(cls, operations: Iterable[Operation]) -> "Touched":
        """Collect them from requests and answers."""
        touched = cls()
        for operation in operations:
            tenant_id = operation.value.get("tenantId") or operation.result.get("tenantId")
            if isinstance(tenant_id, str) and tenant_id:
                touched.tenant_ids.add(tenant_id)
                for document in (operation.value, operation.result, *_items_of(operation.result)):
                    touched._see(tenant_id, document)
        return touched

    def _see(self, tenant_id: str, document: Mapping[str, Any]) -> None:
        pk = f"TENANT#{tenant_id}"
        self.places.add("Services", "GSI1", pk)
        self.places.add("Conversations", "GSI1", f"{pk}#CONV")
        if booking_id := _text(document, "bookingId"):
            self.booking_ids.add(booking_id)
            self.places.add("Bookings", "GSI2", f"BOOKING#{booking_id}")
        if service_id := _text(document, "serviceId"):
            self.places.add("Providers", "GSI1", f"{pk}#SERVICE#{service_id}")
        if provider_id := _text(document, "providerId"):
            self.places.add("Providers", "owner", f"{tenant_id}\n{provider_id}")
        if starts_at := _text(document, "datetime"):
            for day in _days_around(starts_at):
                self.places.add("Bookings", "GSI1", f"{pk}#DATE#{day}")


class BookingReader:
    """Reads one deployment; thread-safe. `payments` reads what became of deposits."""

    def __init__(self, deployment: Deployment, payments: FinalReader) -> None:
        environment, booking = deployment.environment, deployment.system(SYSTEM)
        self._dynamodb = environment.client("dynamodb")
        self._stepfunctions = environment.client("stepfunctions")
        self._tables = Tables(self._dynamodb, {name: booking.output(f"{name}Table") for name in NAMES})
        self._payments = payments
        self.machines = {
            DEPOSIT: Executions(self._stepfunctions, booking.output("DepositStateMachineArn")),
            CANCELLATION: Executions(self._stepfunctions, booking.output("CancellationStateMachineArn")),
        }

    def read(self, history: History, *, settle_within_s: float) -> History:
        """Wait until what the history's tenants hold has settled, and return it with the final reads.

        When it has not settled within the bound, it is read as it is: a checker tells what is stuck.
        """
        touched = Touched.by(history.operations)
        found = history

        def probe() -> bool:
            nonlocal found
            found = replace(history, finals=history.finals.with_those_of(self._finals(touched)))
            return _is_settled(found)

        with suppress(WaitTimeout):
            wait_until("settling", probe, within_s=patient_s(settle_within_s), every_s=0.1)
        return self._with_deposits(found, settle_within_s)

    def close(self) -> None:
        """Close the connections."""
        self._dynamodb.close()
        self._stepfunctions.close()

    def _finals(self, touched: Touched) -> FinalReads:
        # Asked first: an execution that ends in between must not leave an older booking behind.
        sagas = tuple(self._sagas(touched.booking_ids))
        items = self._tables.items(touched.tenant_ids, touched.places)
        touched.booking_ids |= {str(one.item["bookingId"]) for one in items if "bookingId" in one.item}
        return FinalReads(
            bookings=_records(items, "Bookings", "BOOKING#", read.booking_of),
            claims=_records(items, "Bookings", "CLAIM#", read.claim_of),
            requests=_records(items, "Bookings", "REQUEST", read.request_of),
            rules=_records(items, "Availability", "RULE#", read.rule_of),
            schedules=_records(items, "Availability", "SCHEDULE", read.schedule_of),
            closures=_records(items, "Exceptions", "EXCEPTION#", read.closure_of),
            usage=_records(items, "Usage", "USAGE#", read.usage_of),
            conversations=_records(items, "Conversations", "CONV#", read.conversation_of),
            sagas=sagas,
            items=items,
        )

    def _sagas(self, booking_ids: Iterable[str]) -> Iterator[SagaRecord]:
        for booking_id in sorted(booking_ids):
            for machine, name in ((DEPOSIT, booking_id), (CANCELLATION, f"cancel-{booking_id}")):
                found = self.machines[machine].find(name)
                if found is not None:
                    yield SagaRecord(machine, name, found.status, found.error)

    def _with_deposits(self, history: History, settle_within_s: float) -> History:
        """Add what the payments system and the gateway know of the deposits, without which none was paid."""
        taken = [one.booking_id for one in history.finals.bookings or () if one.deposit_minor]
        asked = tuple(Operation(number, 0, "pay", f"dep-{one}", 0.0, _asked(one)) for number, one in enumerate(taken))
        known = self._payments.read(History(asked), settle_within_s=settle_within_s) if asked else History()
        finals = known.finals if asked else FinalReads(payments=(), ledger=())
        return replace(history, finals=history.finals.with_those_of(finals))


def _is_settled(history: History) -> bool:
    """Tell whether nothing is under way: neither a deposit nor an exception, an index's news or the meter's."""
    finals = history.finals
    return not (
        any(one.status == "PENDING_DEPOSIT" or one.deposit_status in UNDER_WAY for one in finals.bookings or ())
        or any(one.status != "ACTIVE" for one in finals.closures or ())
        or any(one.status == "RUNNING" for one in finals.sagas or ())
        or indexes_agree_with_tables(history).validity == "INVALID"
        or usage_equals_what_happened(history).validity == "INVALID"
    )


def _records(
    items: Sequence[ItemRecord], table: str, prefix: str, build: Callable[[Mapping[str, Any]], R]
) -> tuple[R, ...]:
    mine = (one.item for one in items if (one.table, one.place) == (table, TABLE))
    return tuple(build(item) for item in mine if str(item["SK"]).startswith(prefix))


def _asked(booking_id: str) -> dict[str, Any]:
    return {"payment_id": f"dep-{booking_id}"}


def _items_of(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in result.get("items") or () if isinstance(one, Mapping)]


def _days_around(starts_at: str) -> Iterator[str]:
    """Give the local days that an instant may be in, wherever on earth; none for what is no instant."""
    try:
        day = datetime.fromisoformat(starts_at).date()
    except ValueError:
        return
    yield from (f"{day + timedelta(days=days)}" for days in (-1, 0, 1))


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""
