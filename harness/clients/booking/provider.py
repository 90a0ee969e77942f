"""Somebody who works for a business: the hours, the days off, the slots that are free."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from harness.clients.answer import Answer
from harness.clients.booking.calendar import Slot, days_of_week, hours, next_day
from harness.errors import AnswerUnexpected

if TYPE_CHECKING:
    from harness.clients.booking.tenant import Service, Tenant


class Provider:
    """One provider of a business."""

    def __init__(self, tenant: "Tenant", provider_id: str, *, zone: str) -> None:
        self.tenant = tenant
        self.provider_id = provider_id
        self.zone = zone
        self.rule_ids: list[str] = []

    def aws_match(self) -> dict[str, str]:
        """Return what the edge's fault rules know this provider's bookings, claims, rules and exceptions by."""
        return {"key": f"TENANT#{self.tenant.tenant_id}#PROVIDER#{self.provider_id}"}

    @property
    def path(self) -> str:
        """The path of everything about this provider."""
        return f"/providers/{self.provider_id}"

    def available(self, days: str, *ranges: str) -> "Provider":
        """Work on these days (`MON-FRI`, `SUN`) in these local hours (`09:00-13:00`); return this provider."""
        for day in days_of_week(days):
            answer = self.add_rule(day, *ranges)
            if answer.status_code != 201:
                raise AnswerUnexpected(
                    f"hours on {day} were answered with {answer.status_code}, expected 201",
                    evidence={"answer": dict(answer.document) or answer.problem},
                )
            self.rule_ids.append(str(answer.document["ruleId"]))
        return self

    def add_rule(self, day: str, *ranges: str) -> Answer:
        """Add hours of one day of the week."""
        body = {"dayOfWeek": day, "timeRanges": hours(*ranges)}
        return self._send("add_rule", "POST", "availability", body=body, identified_by="ruleId")

    def change(self, **changes: Any) -> Answer:
        """Change name, services, time zone, or whether the provider works at all."""
        return self.tenant.exchange("change_provider", "PATCH", self.path, subject=self.provider_id, body=changes)

    def remove_rule(self, rule_id: str) -> Answer:
        """Take hours back; bookings that were made by them stay."""
        return self._send("remove_rule", "DELETE", f"availability/{rule_id}", subject=rule_id)

    def closed(self, day: "str | date", *ranges: str, existing: str = "refuse", reason: str = "away") -> Answer:
        """Close a local day, or some hours of it; `existing` says what becomes of bookings: refuse, keep or cancel."""
        body: dict[str, Any] = {
            "date": str(day),
            "reason": reason,
            "allDay": not ranges,
            "existingBookings": existing,
        }
        if ranges:
            body["timeRanges"] = hours(*ranges)
        return self._send("add_exception", "POST", "exceptions", body=body, identified_by="exceptionId")

    def reopened(self, exception_id: str) -> Answer:
        """Take an exception back."""
        return self._send("remove_exception", "DELETE", f"exceptions/{exception_id}", subject=exception_id)

    def exceptions(self, day: "str | date" = "") -> list[Mapping[str, Any]]:
        """Return the exceptions, by default of all days."""
        asked = {"date": str(day)} if day else {}
        return self.tenant.all_items("list_exceptions", f"{self.path}/exceptions", asked)

    def rules(self) -> list[Mapping[str, Any]]:
        """Return the hours by days of the week."""
        return self.tenant.all_items("list_rules", f"{self.path}/availability")

    def bookings(self, day: "str | date") -> list[Mapping[str, Any]]:
        """Return the provider's bookings of a local day."""
        return self.tenant.all_items("list_bookings", f"{self.path}/bookings", {"date": str(day)})

    def next_day(self, day_of_week: str) -> date:
        """Return the next such day that has not begun, at the provider's place."""
        return next_day(day_of_week, self.zone, now=self.tenant.client.now())

    def slots(self, service: "Service", first: "str | date", last: "str | date | None" = None) -> list[Slot]:
        """Return the free slots from one local day to another (by default that day alone)."""
        query = {"serviceId": service.service_id, "from": str(first), "to": str(last or first)}
        path = f"{self.path}/slots"
        answer = self.tenant.exchange("list_slots", "GET", f"{path}?{urlencode(query)}", subject=path, known=query)
        if answer.status_code != 200:
            raise AnswerUnexpected(
                f"the slots of {self.provider_id} were answered with {answer.status_code}, expected 200",
                evidence={"asked": query, "answer": dict(answer.document) or answer.problem},
            )
        return [Slot.of(one) for one in answer.document["items"]]

    def slot(self, service: "Service", day: "str | date", local_time: str, *, utc_offset: str = "") -> Slot:
        """Return the free slot at a local time (the first, if the clock shows it twice); raises AnswerUnexpected."""
        free = self.slots(service, day)
        for one in free:
            if one.local_time == local_time and utc_offset in ("", one.utc_offset):
                return one
        told = ", ".join(str(one) for one in free) or "none"
        raise AnswerUnexpected(f"{local_time} on {day} is not free, expected a slot", evidence={"free": told})

    def _send(self, action: str, method: str, path: str, **more: Any) -> Answer:
        known = {"providerId": self.provider_id}
        return self.tenant.exchange(action, method, f"{self.path}/{path}", known=known, **more)
