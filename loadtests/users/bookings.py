"""Bookings over HTTP: visitors of tenants' pages look for slots, book and cancel them, and talk to the chat.

A slot that somebody else took (409) is an answer that the system owes its customers, and no failure; neither is the
limit of a plan (402). 429 is a throttle. One task is one request, so that the rate is what was asked for.
"""

from collections import deque
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from locust import FastHttpUser, task

from loadtests.ids import Ids
from loadtests.keys import Drawn
from loadtests.tenants import Chair, Chairs
from loadtests.users.playing import Playing, briefing, keys

BOOKS, CANCELS = 0.6, 0.15  # of the requests that do not read; the others talk
ANSWER_WITHIN_S = 35.0
HORIZON_DAYS = 14
OFFERS_KEPT, BOOKINGS_KEPT = 200, 50
ANSWERED = frozenset({402, 409, 410})
TURNS = ("hello", "1", "1", "tomorrow", "1")


class Offer(NamedTuple):
    """A free slot that was shown."""

    chair: Chair
    service_id: str
    start: str


class Chat(NamedTuple):
    """A conversation under way."""

    chair: Chair
    conversation_id: str
    turn: int


@cache
def chairs() -> Chairs:
    """Return whom the run's users book with, drawn once a process."""
    return Chairs(briefing().outputs, briefing().settings)


class BookingUser(Playing, FastHttpUser):
    """A visitor of the pages of many tenants."""

    network_timeout = ANSWER_WITHIN_S
    connection_timeout = 5.0

    def __init__(self, environment: Any) -> None:
        self.host = briefing().api_url
        super().__init__(environment)
        self.ids = Ids(self.random)
        self.offers: deque[Offer] = deque(maxlen=OFFERS_KEPT)
        self.booked: deque[tuple[Chair, str]] = deque(maxlen=BOOKINGS_KEPT)
        self.chat: Chat | None = None

    @task
    def visit(self) -> None:
        """Look for slots, book one, cancel one, or say something."""
        drawn = self.random.random()
        if self.reads() or (drawn < BOOKS and not self.offers):
            self.look()
        elif drawn < BOOKS:
            self.book(self.offers.popleft())
        elif drawn < BOOKS + CANCELS and self.booked:
            self.cancel(*self.booked.popleft())
        else:
            self.talk()

    def look(self) -> None:
        """Ask for the free slots of a week."""
        number = keys().number(self.random)
        chair = chairs().numbered(number)
        service_id = self.random.choice(chair.service_ids)
        first = datetime.now(UTC).date() + timedelta(days=self.random.randrange(1, HORIZON_DAYS))
        query = f"serviceId={service_id}&from={first}&to={first + timedelta(days=6)}"
        path = f"/providers/{chair.provider_id}/slots?{query}"
        found = self.ask(chair, "GET", path, "GET /providers/{provider}/slots")
        slots = (found or {}).get("items", [])
        for slot in self.random.sample(slots, min(2, len(slots))):
            self.offers.append(Offer(chair, service_id, slot["start"]))

    def book(self, offer: Offer) -> None:
        """Take a slot that was shown a while ago."""
        body = {
            "serviceId": offer.service_id,
            "providerId": offer.chair.provider_id,
            "datetime": offer.start,
            "customerName": "Load Visitor",
            "customerEmail": "visitor@example.com",
        }
        made = self.ask(offer.chair, "POST", "/bookings", "POST /bookings", body, key=self.ids.new("booking"))
        if made and "bookingId" in made:
            self.booked.append((offer.chair, made["bookingId"]))

    def cancel(self, chair: Chair, booking_id: str) -> None:
        """Give a slot back."""
        body = {"reason": "customer_request"}
        self.ask(chair, "POST", f"/bookings/{booking_id}/cancel", "POST /bookings/{booking}/cancel", body)

    def talk(self) -> None:
        """Begin a conversation, or say the next thing in the one that is under way."""
        if self.chat is None:
            chair = chairs().numbered(keys().number(self.random))
            made = self.ask(
                chair, "POST", "/conversations", "POST /conversations", {"channel": "web", "language": "en"}
            )
            if made and "conversationId" in made:
                self.chat = Chat(chair, made["conversationId"], 0)
            return
        chair, conversation_id, turn = self.chat
        body = {"messageId": self.ids.new("message"), "text": TURNS[turn]}
        path = f"/conversations/{conversation_id}/messages"
        self.ask(chair, "POST", path, "POST /conversations/{conversation}/messages", body)
        self.chat = Chat(chair, conversation_id, turn + 1) if turn + 1 < len(TURNS) else None

    def ask(
        self, chair: Chair, method: str, path: str, name: str, body: dict[str, str] | None = None, key: str = ""
    ) -> dict[str, Any] | None:
        """Send one request and count it; return its document, None when it failed."""
        drawn = self.told(chair)
        context: dict[str, Any] = {"key": drawn.key, "tenant": drawn.tenant, "hot": drawn.hot, "throttles": {}}
        headers = {"x-api-key": chair.key, "origin": chair.origin}
        headers |= {"idempotency-key": key} if key else {}
        with self.client.request(
            method, path, name=name, json=body, headers=headers, context=context, catch_response=True
        ) as response:
            if response.status_code in ANSWERED:
                response.success()
            elif response.status_code == 429:
                context["throttles"]["429"] = 1
                response.failure("429")
            elif response.status_code == 0:
                response.failure(type(response.error).__name__)
            elif response.status_code >= 400:
                response.failure(str(response.status_code))
            else:
                return dict(response.json())
        return None

    def told(self, chair: Chair) -> Drawn:
        """Return whose request it is, for the report."""
        hottest = chairs().numbered(0)
        of_tenant = self.settings.keys in ("hot-tenant", "monotonic")
        same = chair.tenant_id == hottest.tenant_id if of_tenant else chair.provider_id == hottest.provider_id
        return Drawn(chair.provider_id, chair.tenant_id, same and self.settings.keys != "uniform")
