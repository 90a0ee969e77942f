"""A small business to talk to, and everything outside of the chat: its offers, its bookings, its table and the time.

The stand-ins keep the promises of the ports (a conversation is replaced only as it was read, one booking a key), and
break the way that real ones do: a turn ends between two writes, somebody else is quicker.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking.domain.booking import Booking, BookingRequest, Status
from booking.domain.chat.conversation import Answer, Conversation, Message
from booking.domain.chat.desk import ConversationChanged, ConversationDesk, Customs
from booking.domain.chat.languages import Language
from booking.domain.chat.offers import ProviderOffer, ServiceOffer, SlotOffer
from booking.domain.errors import LimitReached, SlotTaken
from groundwork.deadline import Deadline

TENANT = "t-1"
SANTIAGO, MADRID = "America/Santiago", "Europe/Madrid"
CUT = ServiceOffer("svc-cut", "Corte de pelo", 30, "25.00", "EUR")
COLOUR = ServiceOffer("svc-colour", "Coloración", 90, "60.00", "EUR")
PAID_AHEAD = ServiceOffer("svc-spa", "Día de spa", 240, "120.00", "EUR", asks_deposit=True)
UNSERVED = ServiceOffer("svc-beard", "Barba", 20, "10.00", "EUR")
JOSE = ProviderOffer("prv-jose", "José Núñez", SANTIAGO)
MARIA = ProviderOffer("prv-maria", "María Peña", MADRID)


class Crash(BaseException):
    """The process ended here. No `except Exception` may survive it."""


@dataclass
class Clock:
    """Time that only passes when told to."""

    now: datetime = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)  # a Saturday, 09:00 in Santiago

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@dataclass
class World:
    """The business: from Monday to Friday, every half hour from 09:00 and from 15:00 on its providers' clocks."""

    clock: Clock = field(default_factory=Clock)
    service_list: list[ServiceOffer] = field(default_factory=lambda: [COLOUR, CUT, PAID_AHEAD, UNSERVED])
    provider_list: list[ProviderOffer] = field(default_factory=lambda: [JOSE, MARIA])
    local_times: Sequence[time] = (*(time(9 + n // 2, n % 2 * 30) for n in range(4)), time(15), time(15, 30))
    open_days: Callable[[date], bool] = lambda day: day.weekday() < 5
    bookings: dict[str, Booking] = field(default_factory=dict)
    held: set[datetime] = field(default_factory=set)
    kept: dict[str, Conversation] = field(default_factory=dict)
    saves: int = 0
    before_book: Callable[[], None] = lambda: None
    after_book: Callable[[], None] = lambda: None
    before_save: Callable[[], None] = lambda: None
    messages_max: int = 10_000
    customs: Customs = field(default_factory=Customs)

    # ---- offers ----
    def services(self) -> Sequence[ServiceOffer]:
        return self.service_list

    def providers(self, service_id: str) -> Sequence[ProviderOffer]:
        return self.provider_list if service_id != UNSERVED.service_id else []

    def slots(self, service_id: str, provider_id: str, first: date, last: date) -> Sequence[SlotOffer]:
        provider = next((one for one in self.provider_list if one.provider_id == provider_id), None)
        if provider is None or not any(one.service_id == service_id for one in self.service_list):
            return []
        assert (last - first).days <= 30
        days = (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))
        found = (slot for day in days if self.open_days(day) for slot in self._slots_of(provider.timezone, day))
        return sorted(
            (one for one in found if one.starts_at > self.clock.now and one.starts_at not in self.held),
            key=lambda one: one.starts_at,
        )

    def _slots_of(self, timezone: str, day: date) -> list[SlotOffer]:
        zone = ZoneInfo(timezone)
        found = set[datetime]()
        for local in self.local_times:
            for fold in (0, 1):
                at = datetime.combine(day, local, zone).replace(fold=fold)
                if at.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == at.replace(tzinfo=None):
                    found.add(at.astimezone(UTC))
        return [SlotOffer(one, day) for one in sorted(found)]

    # ---- bookings ----
    def book(self, request: BookingRequest, deadline: Deadline) -> Booking:
        self.before_book()
        if request.booking_id not in self.bookings:
            if request.starts_at in self.held:
                raise SlotTaken("taken")
            self.held.add(request.starts_at)
            self.bookings[request.booking_id] = _booking(request, self.clock.now)
        self.after_book()
        return self.bookings[request.booking_id]

    # ---- conversations ----
    def find(self, tenant_id: str, conversation_id: str) -> Conversation | None:
        found = self.kept.get(conversation_id)
        return found if found and found.tenant_id == tenant_id else None

    def start(self, conversation: Conversation) -> None:
        self.kept[conversation.conversation_id] = conversation

    def save(self, before: Conversation, after: Conversation) -> None:
        self.before_save()
        there = self.kept.get(before.conversation_id)
        if there is None or there.version != before.version or there.expired_at(self.clock.now):
            raise ConversationChanged
        self.saves += 1
        self.kept[after.conversation_id] = after

    # ---- plan ----
    def check_messages(self, tenant_id: str, plan: str, now: datetime) -> None:
        if sum(one.turn for one in self.kept.values()) >= self.messages_max:
            raise LimitReached("the plan's messages of this month are used up")

    def desk(self) -> ConversationDesk:
        """Return the desk of this business."""
        return ConversationDesk(
            self, lambda _: self, lambda _: self.customs, self, self, self.clock, sleep=lambda _: None
        )

    def chat(self, language: Language | None = None) -> "Chat":
        """Begin a conversation."""
        return Chat(self, self.desk().start(TENANT, "PRO", language, "web"))


@dataclass
class Chat:
    """A customer at the keyboard; every message has an id of its own."""

    world: World
    conversation: Conversation
    sent: int = 0

    def says(self, *texts: str) -> Answer:
        """Send texts one after the other; returns the last answer."""
        for text in texts:
            self.sent += 1
            answer = self.sends(f"m-{self.sent}", text)
        return answer

    def sends(self, message_id: str, text: str) -> Answer:
        """Send a message with a certain id."""
        self.conversation, answer = self.world.desk().say(
            TENANT, "PRO", self.conversation.conversation_id, Message(message_id, text), Deadline.after(5)
        )
        return answer

    def stands_at(self) -> Conversation:
        """Return the conversation as it is kept."""
        return self.world.kept[self.conversation.conversation_id]


WALK = {
    "SERVICE_PENDING": [],
    "PROVIDER_PENDING": ["corte de pelo"],
    "DATE_PENDING": ["corte de pelo", "jose"],
    "TIME_PENDING": ["corte de pelo", "jose", "lunes"],
    "CONTACT_PENDING": ["corte de pelo", "jose", "lunes", "15:30"],
    "CONFIRMATION_PENDING": ["corte de pelo", "jose", "lunes", "15:30", "Ana Pérez, ana@example.com"],
    "BOOKED": ["corte de pelo", "jose", "lunes", "15:30", "Ana Pérez, ana@example.com", "sí"],
    "ABANDONED": ["corte de pelo", "cancelar"],
}


def chat_at(state: str, world: World | None = None) -> Chat:
    """Return a chat in Spanish that has been led to a state."""
    chat = (world or World()).chat(Language.ES)
    if WALK[state]:
        chat.says(*WALK[state])
    assert chat.conversation.state == state
    return chat


def _booking(request: BookingRequest, now: datetime) -> Booking:
    return Booking(
        tenant_id=request.tenant_id,
        booking_id=request.booking_id,
        service_id=request.service_id,
        provider_id=request.provider_id,
        customer_name=request.customer_name,
        customer_email=request.customer_email,
        starts_at=request.starts_at,
        duration_minutes=30,
        timezone=SANTIAGO,
        status=Status.CONFIRMED,
        rules_version=1,
        source=request.source,
        price_minor=2_500,
        currency="EUR",
        created_at=now,
        updated_at=now,
    )


def cancelled(booking: Booking) -> Booking:
    """Return a booking after the business has cancelled it."""
    return replace(booking, status=Status.CANCELLED)
