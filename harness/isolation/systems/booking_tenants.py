"""Two businesses in the booking system that look alike, made through its API as any business would make them.

Same names, same hours, same prices; other ids, and in every text that only one of them has a canary. A third one is
signed up to be suspended: its key is good but for that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import httpx

from harness.errors import AnswerUnexpected
from harness.ids import derived_token
from harness.isolation.subject import Tenant
from harness.isolation.systems.booking_routes import HOURS, LUNCH, ORIGIN

ZONE = "America/Santiago"
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI")


@dataclass(frozen=True, slots=True)
class Days:
    """Today, and the days on which things lie: one for each tenant, one for both, a later one, one without anything."""

    today: date
    attackers: date
    victims: date
    common: date
    later: date
    empty: date

    @classmethod
    def after(cls, today: date) -> "Days":
        """Return days of the second week from now, so that no time of them has passed anywhere."""
        monday = today + timedelta(days=14 - today.weekday())
        return cls(today, *(monday + timedelta(days=days) for days in (0, 1, 2, 3, 4)))


@dataclass
class Business:
    """One tenant in the making."""

    http: httpx.Client
    mark: str  # stands in its canaries
    day: date
    days: Days
    canaries: set[str] = field(default_factory=set)
    key: str = field(default="", repr=False)

    def sign_up(self) -> Mapping[str, Any]:
        """Sign the business up, and go on with its first key."""
        told = self.post("/tenants", name="Salon Aurora", country="CL", timezone=ZONE, plan="PRO",
                         billingEmail=f"{self.canary('billing')}@example.com")  # fmt: skip
        self.key = str(told["apiKey"])
        return told

    def set_up(self) -> Tenant:
        """Make everything that the business has."""
        told = self.sign_up()
        narrow, revoked, spare = (self._key(name) for name in ("narrow", "revoked", "spare"))
        self.ask("DELETE", f"/keys/{revoked['apiKeyId']}")
        services = self._services()
        categories = [self.post("/categories", name=f"Hair {self.canary('category')}") for _ in range(2)]
        providers = [self._provider(services[:2]) for _ in range(2)]
        where = f"/providers/{providers[0]}"
        rules = [self.post(f"{where}/availability", dayOfWeek=day, timeRanges=HOURS)["ruleId"] for day in WEEKDAYS]
        closings = [self._closing(where, one) for one in (self.day, self.days.empty + timedelta(days=7))]
        starts = self._starts(where, services[0], self.day)
        bookings = [self._booking(services[0], providers[0], starts[clock]) for clock in ("10:00", "11:00", "12:00")]
        conversations = [self._conversation() for _ in range(2)]
        common = self._starts(where, services[0], self.days.common)
        values = {
            "tenantId": str(told["tenantId"]), "apiKeyId": spare["apiKeyId"], "serviceId": services[0],
            "name": f"Cut {self.mark}", "categoryId": categories[0]["categoryId"], "providerId": providers[0],
            "ruleId": rules[0], "exceptionId": closings[0], "bookingId": bookings[0],
            "conversationId": conversations[0], "month": f"{self.days.today:%Y-%m}", "date": self.day.isoformat(),
            "commonDate": self.days.common.isoformat(), "laterDate": self.days.later.isoformat(),
            "datetime": common["15:00"], "laterDatetime": common["16:00"],
        }  # fmt: skip
        return Tenant(
            values["tenantId"],
            self.key,
            values,
            frozenset({*self.canaries, *services, *providers, *rules, *bookings, *conversations, narrow["publicKey"]}),
            spares={
                "DELETE /services/{serviceId}": {"serviceId": services[2]},
                "POST /bookings/{bookingId}/cancel": {"bookingId": bookings[1]},
                "POST /bookings/{bookingId}/no-show": {"bookingId": bookings[2]},
            },
            keys={"narrow": narrow["apiKey"], "revoked": revoked["apiKey"]},
            origins=(ORIGIN,),
        )

    def canary(self, what: str) -> str:
        """Return a text that nobody else has."""
        text = f"{what}-{self.mark}-{len(self.canaries)}"
        self.canaries.add(text)
        return text

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """Make something; raises AnswerUnexpected when it was not made."""
        return self.ask("POST", path, body)

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, query: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Return an answer's document; raises AnswerUnexpected unless it is a success."""
        headers = {"x-api-key": self.key} if self.key else {}
        answer = self.http.request(method, path, json=body, params=query, headers=headers)
        if not answer.is_success:
            raise AnswerUnexpected(
                f"setting up a tenant: {method} {path} was answered with {answer.status_code}, expected a success",
                evidence={"answer": answer.text[:500]},
            )
        return dict(answer.json()) if answer.content else {}

    def _key(self, name: str) -> dict[str, Any]:
        # Looks like the other tenant's of the same name: names are no secret, so no canary is in them.
        return self.post("/keys", scopes=["widget"], allowedOrigins=[ORIGIN], name=name)

    def _services(self) -> list[str]:
        names = (f"Cut {self.mark}", "Wash", "Never given")
        return [
            str(self.post("/services", name=name, durationMinutes=30, price="25.00", currency="USD",
                          description=self.canary("service"))["serviceId"])
            for name in names
        ]  # fmt: skip

    def _provider(self, services: list[str]) -> str:
        made = self.post("/providers", name="Ana", timezone=ZONE, serviceIds=services, bio=self.canary("provider"))
        return str(made["providerId"])

    def _closing(self, where: str, day: date) -> str:
        made = self.post(f"{where}/exceptions", date=day.isoformat(), timeRanges=LUNCH, reason=self.canary("closing"))
        return str(made["exceptionId"])

    def _starts(self, where: str, service: str, day: date) -> dict[str, str]:
        """Return the instants of a day's free slots by local time."""
        told = self.ask("GET", f"{where}/slots", query={"serviceId": service, "from": str(day), "to": str(day)})
        return {str(slot["localTime"]): str(slot["start"]) for slot in told["items"]}

    def _booking(self, service: str, provider: str, starts_at: str) -> str:
        name, email = self.canary("customer"), f"{self.canary('email')}@example.com"
        what = {"serviceId": service, "providerId": provider, "datetime": starts_at}
        return str(self.post("/bookings", **what, customerName=name, customerEmail=email)["bookingId"])

    def _conversation(self) -> str:
        made = self.post("/conversations", language="en", channel="web")
        conversation = str(made["conversationId"])
        self.post(f"/conversations/{conversation}/messages", messageId="message-1", text="hello")
        return conversation


def business(http: httpx.Client, seed: int, who: str, day: date, days: Days) -> Business:
    """Return a business that is not signed up yet; `who` and the seed mark its canaries."""
    return Business(http, derived_token(seed, who, length=10), day, days)
