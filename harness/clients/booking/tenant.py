"""A business under one of its keys: what it offers, who works there, what it used, and its customers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from harness.clients.answer import Answer
from harness.clients.api import RecordedApi
from harness.clients.booking.booking import Booking, BookingRequest
from harness.clients.booking.calendar import Slot, utc_text
from harness.clients.booking.conversation import Conversation
from harness.clients.booking.provider import Provider
from harness.clients.patience import patient_s
from harness.errors import AnswerUnexpected, StatusTimeout, WaitTimeout
from harness.waiting import wait_until

if TYPE_CHECKING:
    from harness.clients.booking.client import BookingClient


@dataclass(frozen=True, slots=True)
class Customer:
    """Who books. `wallet` pays deposits with `card`; "" when nothing is to be paid."""

    name: str
    email: str
    wallet: str = ""
    card: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """What can be booked."""

    service_id: str
    name: str
    minutes: int


class Tenant:
    """One business. Verbs that arrange things raise AnswerUnexpected; those that a story is about return answers."""

    def __init__(self, booking: "BookingClient", tenant_id: str, api: RecordedApi, *, zone: str, currency: str) -> None:
        self.client = booking
        self.tenant_id = tenant_id
        self.api = api
        self.zone = zone
        self.currency = currency

    def under(self, api_key: str) -> "Tenant":
        """Return the same business under another of its keys; "" sends none."""
        return Tenant(self.client, self.tenant_id, self.api.under(api_key), zone=self.zone, currency=self.currency)

    def aws_match(self) -> dict[str, str]:
        """Return what the edge's fault rules know the items by that are this business's own."""
        return {"key": f"TENANT#{self.tenant_id}"}

    def exchange(
        self,
        action: str,
        method: str,
        path: str,
        *,
        subject: str = "",
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        known: Mapping[str, Any] | None = None,
        identified_by: str = "",
    ) -> Answer:
        """Send one request under this business's key; the history knows whose it was."""
        return self.api.exchange(
            action,
            method,
            path,
            subject=subject,
            body=body,
            headers=headers,
            known={"tenantId": self.tenant_id, **(known or {})},
            identified_by=identified_by,
        )

    def service(
        self, name: str = "Haircut", *, minutes: int = 30, price: str = "25.00", deposit: str = "", **more: Any
    ) -> Service:
        """Offer a service; `deposit` is what a customer pays beforehand, a decimal such as "10.00"."""
        body = {"name": name, "durationMinutes": minutes, "price": price, "currency": self.currency, **more}
        if deposit:
            body["deposit"] = deposit
        answer = self.exchange("add_service", "POST", "/services", body=body, identified_by="serviceId")
        return Service(str(self._made(answer, f"service {name}")["serviceId"]), name, minutes)

    def category(self, name: str, *, order: int = 1, **more: Any) -> str:
        """Add a category and return its id."""
        body = {"name": name, "displayOrder": order, **more}
        answer = self.exchange("add_category", "POST", "/categories", body=body, identified_by="categoryId")
        return str(self._made(answer, f"category {name}")["categoryId"])

    def provider(self, *services: Service, name: str = "Ana", zone: str = "", **more: Any) -> Provider:
        """Let somebody work here and offer these services; by default in the business's own time zone."""
        body = {
            "name": name,
            "serviceIds": [one.service_id for one in services],
            "timezone": zone or self.zone,
            **more,
        }
        answer = self.exchange("add_provider", "POST", "/providers", body=body, identified_by="providerId")
        provider_id = str(self._made(answer, f"provider {name}")["providerId"])
        return Provider(self, provider_id, zone=zone or self.zone)

    def customer(self, name: str = "customer", *, wallet: str = "", card: str = "") -> Customer:
        """Return somebody who wants to book; who pays deposits has a wallet in the payments system, and a card."""
        label = self.client.names.following(name)
        return Customer(name.capitalize(), f"{label}@example.com", wallet, card)

    def request(
        self,
        provider: Provider,
        service: Service,
        slot: "Slot | str",
        *,
        customer: Customer | None = None,
        key: str = "",
        **more: Any,
    ) -> BookingRequest:
        """Prepare a booking of a slot, or of an instant as the API takes it.

        `key` is the label of its Idempotency-Key, made unique to the test; every request has one.
        """
        names = self.client.names
        who = customer or self.customer()
        body: dict[str, Any] = {
            "serviceId": service.service_id,
            "providerId": provider.provider_id,
            "datetime": utc_text(slot.starts_at) if isinstance(slot, Slot) else slot,
            "customerName": who.name,
            "customerEmail": who.email,
            **more,
        }
        if who.wallet:
            body["deposit"] = {"userId": who.wallet, "card": who.card}
        return BookingRequest(self, body, names.scoped(key) if key else names.following("book"))

    def book(self, provider: Provider, service: Service, slot: "Slot | str", **more: Any) -> Booking:
        """Prepare a booking and submit it."""
        return self.request(provider, service, slot, **more).submit()

    def booking(self, booking_id: str) -> Booking:
        """Read a booking by its id."""
        answer = self.exchange("read_booking", "GET", f"/bookings/{booking_id}", subject=booking_id)
        return Booking(self, answer, asked_id=booking_id)

    def bookings(self, date: str) -> list[Mapping[str, Any]]:
        """Return the business's bookings of a local day, all pages."""
        return self.all_items("list_bookings", "/bookings", {"date": date})

    def chat(self, *, language: str = "es", channel: str = "web") -> Conversation:
        """Begin a conversation."""
        body = {"language": language, "channel": channel}
        answer = self.exchange(
            "start_conversation", "POST", "/conversations", body=body, identified_by="conversationId"
        )
        document = self._made(answer, "a conversation")
        return Conversation(self, str(document["conversationId"]), answer)

    def usage(self, month: str = "") -> Mapping[str, Any]:
        """Return what was used in a month (`2026-11`), by default this one."""
        chosen = month or f"{self.client.now():%Y-%m}"
        answer = self.exchange("read_usage", "GET", f"/usage/{chosen}", subject=chosen)
        return self._told(answer, 200, f"usage of {chosen}")

    def used(self, *, within_s: float = 15.0, **counts: int) -> Mapping[str, Any]:
        """Wait until this month's usage shows these counts (`messages=3`) and return it; raises StatusTimeout.

        Messages are counted from a stream, so they come a little later than the answers.
        """
        within_s = patient_s(within_s)
        seen: list[Mapping[str, Any]] = []

        def probe() -> bool:
            seen.append(self.usage())
            return all(seen[-1].get(name) == count for name, count in counts.items())

        try:
            wait_until(f"usage of {self.tenant_id}", probe, within_s=within_s)
        except WaitTimeout:
            raise StatusTimeout(
                f"the usage of {self.tenant_id} is not {counts} after {within_s:.1f} s",
                evidence={"seen": dict(seen[-1])},
            ) from None
        return seen[-1]

    def settings(self) -> Mapping[str, Any]:
        """Return the business as it has signed up."""
        answer = self.exchange("read_tenant", "GET", f"/tenants/{self.tenant_id}", subject=self.tenant_id)
        return self._told(answer, 200, "the tenant")

    def change(self, **changes: Any) -> Answer:
        """Change the business's own data."""
        path = f"/tenants/{self.tenant_id}"
        return self.exchange("change_tenant", "PATCH", path, subject=self.tenant_id, body=changes)

    def widget_key(self, *origins: str) -> "Tenant":
        """Make a key for a widget on these origins (none: anywhere), and return the business under it."""
        return self.under(str(self.new_key(["widget"], list(origins) or ["*"])["apiKey"]))

    def new_key(self, scopes: Sequence[str], origins: Sequence[str]) -> Mapping[str, Any]:
        """Make a key and return its document, which tells the key this once."""
        body = {"scopes": list(scopes), "allowedOrigins": list(origins)}
        answer = self.exchange("add_key", "POST", "/keys", body=body, identified_by="apiKeyId")
        return self._made(answer, "a key")

    def revoke(self, api_key_id: str) -> Answer:
        """Revoke a key."""
        return self.exchange("revoke_key", "DELETE", f"/keys/{api_key_id}", subject=api_key_id)

    def read(self, kind: str, path: str) -> Answer:
        """Read anything by its path, e.g. `read("service", "/services/…")`."""
        return self.exchange(f"read_{kind}", "GET", path, subject=path)

    def all_items(
        self, action: str, path: str, asked: Mapping[str, str] | None = None, *, limit: int = 100
    ) -> list[Mapping[str, Any]]:
        """Return the items of all pages of a list; raises AnswerUnexpected when a page is refused."""
        found: list[Mapping[str, Any]] = []
        cursor = ""
        while True:
            query = {**(asked or {}), "limit": str(limit), **({"cursor": cursor} if cursor else {})}
            answer = self.exchange(action, "GET", f"{path}?{urlencode(query)}", subject=path, known=asked)
            page = self._told(answer, 200, f"the list {path}")
            found.extend(page["items"])
            cursor = str(page.get("nextCursor") or "")
            if not cursor:
                return found

    def _made(self, answer: Answer, what: str) -> Mapping[str, Any]:
        return self._told(answer, 201, f"adding {what}")

    def _told(self, answer: Answer, status_code: int, what: str) -> Mapping[str, Any]:
        if answer.status_code != status_code:
            raise AnswerUnexpected(
                f"{what} was answered with {answer.status_code}, expected {status_code}",
                evidence={"tenant": self.tenant_id, "answer": dict(answer.document) or answer.problem},
            )
        return answer.document
