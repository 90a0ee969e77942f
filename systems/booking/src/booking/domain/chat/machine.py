"""The finite-state machine: a conversation and a text in, the next conversation and what is said out.

    SERVICE_PENDING → PROVIDER_PENDING → DATE_PENDING → TIME_PENDING → CONTACT_PENDING → CONFIRMATION_PENDING → BOOKED

Pure but for what it reads through `Offers`. It never books: a step that says `book` is carried out by the desk, which
tells the outcome by `settle`. Any text gives a step; what isn't understood changes nothing and asks again.
"""

from dataclasses import dataclass, replace

from booking.domain.chat.choices import numbered
from booking.domain.chat.conversation import Conversation, Draft, Option, State
from booking.domain.chat.phrases import say
from booking.domain.chat.questions import Scene, ask, slots_on
from booking.domain.chat.replies import REPLIES, Move
from booking.domain.chat.words import LANGUAGES, Command, command_of
from booking.domain.errors import IdempotencyConflict, LimitReached, NotFound, OutsideAvailability, SlotTaken

_LISTS = frozenset({State.SERVICE_PENDING, State.PROVIDER_PENDING, State.DATE_PENDING, State.TIME_PENDING})
# Where "back" leads, and what was chosen there.
_BEFORE = {
    State.PROVIDER_PENDING: (State.SERVICE_PENDING, "service_id"),
    State.DATE_PENDING: (State.PROVIDER_PENDING, "provider_id"),
    State.TIME_PENDING: (State.DATE_PENDING, "day"),
    State.CONTACT_PENDING: (State.TIME_PENDING, "starts_at"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the machine: where the conversation stands now, and what is said."""

    conversation: Conversation
    text: str = ""
    understood: bool = True
    book: bool = False


@dataclass(frozen=True, slots=True)
class Booked:
    """The booking was made, by this call or by an earlier one with the same key."""

    booking_id: str


@dataclass(frozen=True, slots=True)
class DepositNeeded:
    """The service asks for a deposit by now, which can't be paid by chat. Nothing was booked."""


Outcome = Booked | DepositNeeded | SlotTaken | OutsideAvailability | LimitReached | IdempotencyConflict | NotFound


def greet(conversation: Conversation, scene: Scene) -> Step:
    """Return the first step of a conversation."""
    return _asking(Move(conversation, say(conversation.language, "welcome")), scene)


def advance(conversation: Conversation, text: str, scene: Scene) -> Step:
    """Return the step that a text makes."""
    command = command_of(text)
    # In a list, "la anterior" and "siguiente" turn pages; elsewhere they are only words.
    if command and not (command in {Command.MORE, Command.PREVIOUS} and conversation.state not in _LISTS):
        return _asking(_obey(conversation, command), scene)
    move = REPLIES[conversation.state](conversation, text, scene)
    return Step(move.conversation, book=True) if move.book else _asking(move, scene)


def settle(conversation: Conversation, outcome: Outcome, scene: Scene) -> Step:
    """Return the step that the outcome of a booking makes; the next booking gets a key of its own."""
    after = replace(conversation, pending=False, attempt=conversation.attempt + 1)
    draft = conversation.draft
    match outcome:
        case Booked(booking_id):
            return _asking(Move(replace(after.at(State.BOOKED), booking_id=booking_id)), scene)
        case LimitReached():
            moved, phrase = after, "booking_limit"
        case IdempotencyConflict():
            # Somebody used this conversation's key for a booking of their own; the next key is another.
            moved, phrase = after, "confirm_again"
        case SlotTaken():
            moved, phrase = _another_time(after, scene), "slot_taken"
        case OutsideAvailability():
            moved, phrase = _another_time(after, scene), "slot_gone"
        case DepositNeeded():
            moved, phrase = _from_the_beginning(after), "deposit_needed"
        case NotFound():
            moved, phrase = _from_the_beginning(after), "service_gone"
    lead = say(conversation.language, phrase, service=draft.service_name, provider=draft.provider_name)
    return _asking(Move(moved, lead), scene)


def _obey(conversation: Conversation, command: Command) -> Move:
    match command:
        case Command.RESTART:
            return Move(replace(_from_the_beginning(conversation), draft=Draft(), booking_id=None))
        case Command.CANCEL:
            return _cancel(conversation)
        case Command.HELP:
            return Move(conversation, say(conversation.language, "help"))
        case Command.BACK:
            return _back(conversation)
        case Command.MORE | Command.PREVIOUS:
            return Move(replace(conversation, page=conversation.page + (1 if command is Command.MORE else -1)))
        case Command.SPANISH | Command.ENGLISH:
            return Move(replace(conversation, language=LANGUAGES[command]))


def _cancel(conversation: Conversation) -> Move:
    if conversation.state is State.BOOKED:
        return Move(conversation, say(conversation.language, "booking_stands", booking=conversation.booking_id))
    return Move(replace(conversation.at(State.ABANDONED), draft=Draft()))


def _back(conversation: Conversation) -> Move:
    if conversation.state is State.SERVICE_PENDING:
        return Move(conversation, say(conversation.language, "nothing_before"))
    named = conversation.state is State.CONTACT_PENDING and conversation.draft.customer_name is not None
    if conversation.state is State.CONFIRMATION_PENDING or named:
        return Move(conversation.chosen(customer_name=None, customer_email=None).at(State.CONTACT_PENDING))
    if conversation.state not in _BEFORE:
        return Move(conversation)
    state, chosen_there = _BEFORE[conversation.state]
    return Move(conversation.chosen(**{chosen_there: None}).at(state))


def _from_the_beginning(conversation: Conversation) -> Conversation:
    """Ask for a service again; who the customer is stays known."""
    draft = conversation.draft
    known = Draft(customer_name=draft.customer_name, customer_email=draft.customer_email)
    return replace(conversation, draft=known).at(State.SERVICE_PENDING)


def _another_time(conversation: Conversation, scene: Scene) -> Conversation:
    again = conversation.chosen(starts_at=None)
    day = again.draft.day
    left = slots_on(again, day, scene) if day else []
    return again.at(State.TIME_PENDING) if left else again.chosen(day=None).at(State.DATE_PENDING)


def _asking(move: Move, scene: Scene) -> Step:
    if move.choices:
        return Step(_offering(move.conversation, move.choices), _joined(move.lead, numbered(move.choices)))
    asked, question = ask(move.conversation, scene)
    return Step(asked, _joined(move.lead, question), move.understood)


def _offering(conversation: Conversation, choices: tuple[Option, ...]) -> Conversation:
    return replace(conversation, offered=choices)


def _joined(*parts: str) -> str:
    return "\n".join(part for part in parts if part)
