"""The domain's BookingStore on DynamoDB: each change is one transaction, in the tenant's name.

A move of the longest booking takes 4 + 48 + 48 writes, just what a transaction may hold (source: DynamoDB API
reference, TransactWriteItems: 100 actions; documented). Cells that a moved booking keeps are left alone, because a
transaction may touch an item once only; that they are its own is vouched for by the booking's version.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from groundwork.attributes import item_of, values_of
from groundwork.deadline import Deadline, paced

from booking.adapters.booking_items import (
    BOOKING_PREFIX,
    booking_from,
    booking_item,
    booking_key,
    claim_item,
    claim_key,
    partition,
    request_item,
    request_key,
    request_place,
)
from booking.adapters.rows import Rows, Values, Where, asked
from booking.adapters.schedule_items import closing_from, rule_from, schedule_from, schedule_key
from booking.adapters.tables import TableNames
from booking.domain.booking import Booking, is_of
from booking.domain.booking_store import (
    BookingChange,
    BookingMove,
    Change,
    ChangeRefused,
    Grounds,
    NewBooking,
    Recorded,
    Refusal,
    ServiceTerms,
)
from booking.domain.errors import StoreUnavailable
from booking.domain.plans import Plan, limits_of
from booking.domain.schedule import Closing, Rule
from booking.domain.schedule_store import Place

_BATCH_S = 2.0
_LOOKS_MAX = 3
Action = tuple[dict[str, Any], Refusal]


@dataclass(frozen=True, slots=True)
class DynamoBookingStore:
    """The tables; `client_of` gives DynamoDB in a tenant's name (see `tenant_access.client_for`)."""

    client_of: Callable[[str], Any]
    tables: TableNames

    def grounds(
        self,
        tenant_id: str,
        service_id: str,
        provider_id: str,
        *,
        booking_id: str | None = None,
        starts_at: datetime | None = None,
    ) -> Grounds:
        """Return what a booking is reckoned from, in one consistent read of single items."""
        tables, tenant = self.tables, f"TENANT#{tenant_id}"
        service_key = {"PK": tenant, "SK": f"SERVICE#{service_id}"}
        offer_key = {"PK": tenant, "SK": f"PROVIDER#{provider_id}#SERVICE#{service_id}"}
        tenant_key, when_key = {"PK": tenant, "SK": "META#TENANT"}, schedule_key(Place(tenant_id, provider_id))
        recorded_key = request_key(tenant_id, booking_id) if booking_id else None
        start_key = claim_key(tenant_id, provider_id, starts_at) if starts_at else None
        found = self._items(
            tenant_id,
            {
                tables.services: [service_key],
                tables.providers: [offer_key],
                tables.availability: [when_key],
                tables.tenants: [tenant_key],
                tables.bookings: [key for key in (recorded_key, start_key) if key],
            },
        )
        service, schedule, offer = found(service_key), found(when_key), found(offer_key)
        recorded, claim = found(recorded_key), found(start_key)
        plan = str((found(tenant_key) or {}).get("plan", Plan.FREE))
        return Grounds(
            service=_terms(service) if service else None,
            schedule=schedule_from(schedule) if schedule else None,
            offered=bool(offer and offer.get("active", True)),
            plan=plan,
            monthly_max=limits_of(plan).bookings_per_month,
            recorded=Recorded(recorded["bookingId"], recorded.get("fingerprint", "")) if recorded else None,
            holder=claim["bookingId"] if claim else None,
        )

    def rules(self, tenant_id: str, provider_id: str) -> Sequence[Rule]:
        """Return a provider's rules."""
        where = Where(self.tables.availability, ("PK", partition(tenant_id, provider_id)), ("SK", "RULE#"))
        return [rule_from(item) for item in Rows(self.client_of(tenant_id)).all(where)]

    def closings(self, tenant_id: str, provider_id: str, first: date, last: date) -> Sequence[Closing]:
        """Return a provider's closings of the local days first…last."""
        pk = partition(tenant_id, provider_id)
        request = within(self.tables.exceptions, pk, f"EXCEPTION#{first}", f"EXCEPTION#{last + timedelta(days=1)}")
        return [closing_from(item) for item in self._query(tenant_id, request)]

    def bookings(self, tenant_id: str, provider_id: str, first: date, last: date) -> Sequence[Booking]:
        """Return a provider's bookings, live or not, that start on the local days first…last, in that order."""
        pk, after = partition(tenant_id, provider_id), last + timedelta(days=1)
        request = within(self.tables.bookings, pk, f"{BOOKING_PREFIX}{first}", f"{BOOKING_PREFIX}{after}")
        return [booking_from(item) for item in self._query(tenant_id, request)]

    def find(self, tenant_id: str, booking_id: str) -> Booking | None:
        """Return a tenant's booking: by its request, read consistently; one that was imported without, by the index."""
        if not is_of(tenant_id, booking_id):
            return None
        rows, table = Rows(self.client_of(tenant_id)), self.tables.bookings
        for _ in range(_LOOKS_MAX):
            request = rows.get(table, request_key(tenant_id, booking_id))
            place = _place(tenant_id, request) if request else self._indexed(rows, tenant_id, booking_id)
            if place is None:
                return None
            if item := rows.get(table, place):
                return booking_from(item)
            # Between the two reads it was moved: its request, or soon the index, tells the new place.
        raise StoreUnavailable(f"booking {booking_id} kept moving")

    def commit(self, change: Change, deadline: Deadline) -> None:
        """Make a change; raises ChangeRefused when a condition fails, StoreUnavailable when the tables stay busy."""
        match change:
            case NewBooking(booking=booking):
                actions = list(self._new(change))
            case BookingChange(before=booking):
                actions = list(self._change(change))
            case BookingMove(before=booking):
                actions = list(self._move(change))
        failed = Rows(self.client_of(booking.tenant_id)).transact([write for write, _ in actions], deadline)
        if failed:
            raise ChangeRefused(*{actions[position][1] for position in failed})

    def _new(self, new: NewBooking) -> Iterator[Action]:
        booking, table = new.booking, self.tables.bookings
        yield _put(table, booking_item(booking), "attribute_not_exists(PK)"), Refusal.EXISTS
        yield _put(table, request_item(booking, new.fingerprint), "attribute_not_exists(PK)"), Refusal.EXISTS
        yield self._schedule_is(booking, new.schedule_version), Refusal.SCHEDULE
        yield self._counted(new), Refusal.LIMIT
        yield from self._claims(booking, booking.cells)

    def _change(self, change: BookingChange) -> Iterator[Action]:
        before, after = change.before, change.after
        yield self._replaced(before, after), Refusal.VERSION
        if before.is_live and not after.is_live:
            yield from self._freed(before, before.cells)
        if change.uncounted:
            yield self._uncounted(before), Refusal.VERSION

    def _move(self, move: BookingMove) -> Iterator[Action]:
        before, after, table = move.before, move.after, self.tables.bookings
        if booking_key(before) == booking_key(after):
            # From one pass of a repeated hour to the other: the wall clock, and so the key, stays.
            yield self._replaced(before, after), Refusal.VERSION
        else:
            yield self._deleted(before), Refusal.VERSION
            yield _put(table, booking_item(after), "attribute_not_exists(PK)"), Refusal.VERSION
        yield self._schedule_is(after, move.schedule_version), Refusal.SCHEDULE
        yield self._led(after), Refusal.VERSION
        kept = set(before.cells) & set(after.cells) if before.provider_id == after.provider_id else set[datetime]()
        yield from self._freed(before, [cell for cell in before.cells if cell not in kept])
        yield from self._claims(after, [cell for cell in after.cells if cell not in kept])

    def _claims(self, booking: Booking, cells: Sequence[datetime]) -> Iterator[Action]:
        for cell in cells:
            yield _put(self.tables.bookings, claim_item(booking, cell), "attribute_not_exists(PK)"), Refusal.TAKEN

    def _freed(self, booking: Booking, cells: Sequence[datetime]) -> Iterator[Action]:
        for cell in cells:
            # A claim of long ago may have been deleted by its TTL; somebody else's is never touched.
            condition = "attribute_not_exists(PK) OR bookingId = :own"
            values = {":own": booking.booking_id}
            yield (
                _write(
                    "Delete",
                    self.tables.bookings,
                    claim_key(booking.tenant_id, booking.provider_id, cell),
                    condition,
                    values,
                ),
                Refusal.VERSION,
            )

    def _replaced(self, before: Booking, after: Booking) -> dict[str, Any]:
        return _put(self.tables.bookings, booking_item(after), "#version = :read", {":read": before.version})

    def _deleted(self, before: Booking) -> dict[str, Any]:
        condition, values = "#version = :read", {":read": before.version}
        return _write("Delete", self.tables.bookings, booking_key(before), condition, values)

    def _schedule_is(self, booking: Booking, version: int) -> dict[str, Any]:
        place = Place(booking.tenant_id, booking.provider_id)
        values = {":read": version, ":yes": True}
        condition = "#version = :read AND active = :yes"
        return _write("ConditionCheck", self.tables.availability, schedule_key(place), condition, values)

    def _counted(self, new: NewBooking) -> dict[str, Any]:
        update = self._usage(new.booking, 1, {"plan": new.plan})
        update["ConditionExpression"] = "attribute_not_exists(bookings) OR bookings < :max"
        update["ExpressionAttributeValues"] |= item_of({":max": new.monthly_max})
        return {"Update": update}

    def _uncounted(self, booking: Booking) -> dict[str, Any]:
        return {"Update": self._usage(booking, -1, {})}

    def _usage(self, booking: Booking, count: int, more: Values) -> dict[str, Any]:
        values = {"tenantId": booking.tenant_id, "entity": "Usage", **more}
        return {
            "TableName": self.tables.usage,
            "Key": item_of({"PK": f"TENANT#{booking.tenant_id}", "SK": f"USAGE#{booking.created_at:%Y-%m}"}),
            "UpdateExpression": f"{_set(values)} ADD bookings :count",
            "ExpressionAttributeNames": {f"#{name}": name for name in values},
            "ExpressionAttributeValues": item_of(
                {":count": count, **{f":{name}": one for name, one in values.items()}}
            ),
        }

    def _led(self, booking: Booking) -> dict[str, Any]:
        """Let the booking's request lead to where it is now; an imported booking gets one that leads only."""
        values = {"tenantId": booking.tenant_id, "entity": "Request", "bookingId": booking.booking_id}
        values |= request_place(booking)
        update = {
            "TableName": self.tables.bookings,
            "Key": item_of(request_key(booking.tenant_id, booking.booking_id)),
            "UpdateExpression": _set(values),
            "ExpressionAttributeNames": {f"#{name}": name for name in values},
            "ExpressionAttributeValues": item_of({f":{name}": value for name, value in values.items()}),
        }
        return {"Update": update}

    def _items(
        self, tenant_id: str, wanted: Mapping[str, Sequence[Values]]
    ) -> Callable[[Mapping[str, Any] | None], Values | None]:
        """Return a look-up, by key, of those items that exist; no two tables have a key in common."""
        client, found = self.client_of(tenant_id), dict[tuple[str, str], Values]()
        left = {
            name: {"Keys": [item_of(key) for key in keys], "ConsistentRead": True}
            for name, keys in wanted.items()
            if keys
        }
        for _ in paced(Deadline.after(_BATCH_S)):
            answer = asked(partial(client.batch_get_item, RequestItems=left, ReturnConsumedCapacity="TOTAL"))
            read = [values_of(item) for items in answer["Responses"].values() for item in items]
            found |= {(item["PK"], item["SK"]): item for item in read}
            left = answer.get("UnprocessedKeys") or {}
            if not left:
                return lambda key: found.get((key["PK"], key["SK"])) if key else None
        raise StoreUnavailable("the tables are busy")

    def _query(self, tenant_id: str, request: Mapping[str, Any]) -> list[Values]:
        return query_all(self.client_of(tenant_id), request)

    def _indexed(self, rows: Rows, tenant_id: str, booking_id: str) -> Values | None:
        where = Where(self.tables.bookings, ("GSI2PK", f"{BOOKING_PREFIX}{booking_id}"), index="GSI2")
        found = [item for item in rows.all(where) if item["tenantId"] == tenant_id]
        return {"PK": found[0]["PK"], "SK": found[0]["SK"]} if found else None


def within(table: str, pk: str, first: str, last: str) -> dict[str, Any]:
    """Return the consistent query of a partition's sort keys from first to last."""
    return {
        "TableName": table,
        "ConsistentRead": True,
        "ReturnConsumedCapacity": "TOTAL",
        "KeyConditionExpression": "PK = :pk AND SK BETWEEN :first AND :last",
        "ExpressionAttributeValues": item_of({":pk": pk, ":first": first, ":last": last}),
    }


def query_all(client: Any, request: Mapping[str, Any]) -> list[Values]:
    """Return all items of a query; raises StoreUnavailable."""
    items: list[Values] = []
    last: Mapping[str, Any] | None = {}
    while last is not None:
        following = {**request, **({"ExclusiveStartKey": last} if last else {})}
        answer = asked(partial(client.query, **following))
        items.extend(values_of(item) for item in answer["Items"])
        last = answer.get("LastEvaluatedKey")
    return items


def _terms(item: Values) -> ServiceTerms:
    return ServiceTerms(
        service_id=item["serviceId"],
        duration_minutes=item["durationMinutes"],
        price_minor=item["priceMinor"],
        currency=item["currency"],
        deposit_minor=item.get("depositMinor", 0),
        active=item["active"],
    )


def _set(values: Values) -> str:
    return "SET " + ", ".join(f"#{name} = :{name}" for name in values)


def _place(tenant_id: str, request: Values) -> Values:
    return {"PK": partition(tenant_id, request["providerId"]), "SK": request["bookingSK"]}


def _put(table: str, item: Values, condition: str, values: Mapping[str, object] | None = None) -> dict[str, Any]:
    put: dict[str, Any] = {"TableName": table, "Item": item_of(item), "ConditionExpression": condition}
    return {"Put": put | _expression(condition, values or {})}


def _write(kind: str, table: str, key: Values, condition: str, values: Mapping[str, object]) -> dict[str, Any]:
    write: dict[str, Any] = {"TableName": table, "Key": item_of(key), "ConditionExpression": condition}
    return {kind: write | _expression(condition, values)}


def _expression(condition: str, values: Mapping[str, object]) -> dict[str, Any]:
    expression: dict[str, Any] = {"ExpressionAttributeValues": item_of(values)} if values else {}
    return expression | ({"ExpressionAttributeNames": {"#version": "version"}} if "#version" in condition else {})
