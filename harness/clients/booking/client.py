"""The booking system before anybody has signed in: sign-up, and whether it is well."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from harness.clients.answer import Answer
from harness.clients.api import RecordedApi
from harness.clients.booking.tenant import Tenant
from harness.clients.names import Names
from harness.errors import AnswerUnexpected

# A whole key, as it is told once: what comes after its public beginning opens the door.
API_KEY = re.compile(r"(?<![\w-])bk_[A-Za-z0-9]{8}_[\w-]{20,}")


class BookingClient:
    """Signs businesses up. `now` is the instant that days are reckoned from, `now_s` the test's own clock."""

    def __init__(
        self,
        api: RecordedApi,
        names: Names,
        now_s: Callable[[], float],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.api = api
        self.names = names
        self.now_s = now_s
        self.now = now

    def at(self, now: Callable[[], datetime]) -> "BookingClient":
        """Return the same client with days reckoned from the instant that `now` gives."""
        return BookingClient(self.api, self.names, self.now_s, now)

    def tenant(
        self,
        name: str = "business",
        *,
        plan: str = "PRO",
        country: str = "CL",
        zone: str = "America/Santiago",
        currency: str = "USD",
        **more: Any,
    ) -> Tenant:
        """Sign a business up and return it, with its first key. Raises AnswerUnexpected when it is refused.

        `currency` is that of the services which it will offer; `more` goes into the body as it is.
        """
        label = self.names.following(name)
        body = {
            "name": label,
            "country": country,
            "timezone": zone,
            "plan": plan,
            "billingEmail": f"{label}@example.com",
            **more,
        }
        answer = expected(201, f"signing {label} up", self.sign_up(body))
        told = answer.document
        return Tenant(self, str(told["tenantId"]), self.api.under(str(told["apiKey"])), zone=zone, currency=currency)

    def sign_up(self, body: Mapping[str, Any]) -> Answer:
        """Send any body as a sign-up, as a careless owner would."""
        return self.api.under("").exchange(
            "sign_up", "POST", "/tenants", subject="", body=body, identified_by="tenantId"
        )

    def health(self) -> Answer:
        """Ask whether the API is well."""
        return self.api.under("").exchange("health", "GET", "/health", subject="health")


def expected(status_code: int, what: str, answer: Answer) -> Answer:
    """Return the answer; raises AnswerUnexpected when it has another status."""
    if answer.status_code != status_code:
        raise AnswerUnexpected(
            f"{what} was answered with {answer.status_code}, expected {status_code}",
            evidence={"answer": dict(answer.document) or answer.problem},
        )
    return answer
