"""Turns: a message counts once, two that race are one after the other, and a turn that dies loses no booking."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from booking.domain.booking import Status
from booking.domain.chat.conversation import ANSWERS_KEPT, Message
from booking.domain.chat.desk import Customs
from booking.domain.chat.languages import Language
from booking.domain.errors import (
    ConversationExpired,
    IdempotencyConflict,
    LimitReached,
    NotFound,
    OutsideAvailability,
    SlotTaken,
    StoreUnavailable,
)
from groundwork.deadline import Deadline

from tests.systems.booking.chat.worlds import CUT, TENANT, Crash, World, cancelled, chat_at


def test_message_is_answered_alike_and_counts_once_when_it_comes_again():
    chat = chat_at("SERVICE_PENDING")
    first = chat.sends("m-1", "corte de pelo")
    again = chat.sends("m-1", "corte de pelo")
    assert again == first
    assert (chat.stands_at().turn, chat.world.saves) == (1, 1)


def test_message_is_refused_when_its_id_comes_with_another_text():
    chat = chat_at("SERVICE_PENDING")
    chat.sends("m-1", "corte de pelo")
    with pytest.raises(IdempotencyConflict):
        chat.sends("m-1", "coloración")
    assert chat.stands_at().turn == 1


def test_old_message_does_nothing_when_its_answer_is_not_kept_any_more():
    chat = chat_at("SERVICE_PENDING")
    chat.sends("m-old", "corte de pelo")
    chat.says(*["???"] * ANSWERS_KEPT)
    before = chat.stands_at()
    assert chat.sends("m-old", "corte de pelo").text == before.answers[-1].text
    assert chat.stands_at() == before


def test_both_messages_are_answered_in_turn_when_two_race():
    world = World()
    chat = world.chat(Language.ES)
    together = Barrier(2)
    met: list[str] = []

    def meet() -> None:
        # Only the first two writes wait for each other: both were made from the same version.
        if len(met) < 2:
            met.append("here")
            together.wait(timeout=5)

    world.before_save = meet
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda text: chat.sends(text, text), ["corte de pelo", "english"]))
    kept = chat.stands_at()
    assert sorted(answer.turn for answer in answers) == [1, 2]
    assert (kept.turn, kept.language, kept.draft.service_id) == (2, Language.EN, CUT.service_id)


def test_slot_is_offered_anew_when_somebody_took_it_before_the_confirmation():
    chat = chat_at("CONFIRMATION_PENDING")
    wanted = chat.stands_at().draft.starts_at
    assert wanted is not None
    chat.world.held.add(wanted)
    answer = chat.says("sí")
    assert answer.state == "TIME_PENDING"
    assert "alguien acaba de reservar" in answer.text
    assert "15:30" not in [option.label for option in answer.options]
    assert chat.says("15:00").state == "CONFIRMATION_PENDING"  # who the customer is stays known
    assert chat.says("sí").state == "BOOKED"
    assert len(chat.world.bookings) == 1


def test_slot_is_offered_anew_when_somebody_took_it_before_it_was_chosen():
    chat = chat_at("TIME_PENDING")
    first = chat.world.slots(CUT.service_id, "prv-jose", *[chat.stands_at().draft.day] * 2)[0]
    chat.world.held.add(first.starts_at)
    answer = chat.says("1")
    assert (answer.state, answer.options[0].label) == ("TIME_PENDING", "09:30")


@pytest.mark.parametrize(
    ("refusal", "state", "words"),
    [
        (SlotTaken("x"), "TIME_PENDING", "alguien acaba de reservar"),
        (OutsideAvailability("x"), "TIME_PENDING", "ya no está disponible a esa hora"),
        (LimitReached("x"), "CONFIRMATION_PENDING", "no podemos aceptar más reservas"),
        (IdempotencyConflict("x"), "CONFIRMATION_PENDING", "Confírmalo otra vez"),
        (NotFound("service", "x"), "SERVICE_PENDING", "ya no está disponible"),
    ],
)
def test_refusal_is_told_in_words_when_the_booking_is_refused(refusal, state, words):
    chat = chat_at("CONFIRMATION_PENDING")

    def refuse() -> None:
        raise refusal

    chat.world.before_book = refuse
    answer = chat.says("sí")
    assert (answer.state, words in answer.text) == (state, True)
    assert not chat.stands_at().pending
    assert chat.stands_at().attempt == 2  # the next booking is another one


def test_same_booking_is_found_when_a_turn_died_after_booking():
    chat = chat_at("CONFIRMATION_PENDING")

    def die() -> None:
        raise Crash

    chat.world.after_book = die
    with pytest.raises(Crash):
        chat.sends("m-yes", "sí")
    chat.world.after_book = lambda: None
    answer = chat.sends("m-yes", "sí")
    assert answer.state == "BOOKED"
    assert [answer.booking_id] == list(chat.world.bookings)


@pytest.mark.parametrize("text", ["cancelar", "atrás", "otra reserva", "no", "1", "¿hola?"])
def test_booking_is_told_whatever_is_written_when_a_turn_died_after_booking(text):
    chat = chat_at("CONFIRMATION_PENDING")

    def die() -> None:
        raise Crash

    chat.world.after_book = die
    with pytest.raises(Crash):
        chat.says("sí")
    chat.world.after_book = lambda: None
    answer = chat.says(text)
    assert (answer.state, answer.booking_id) == ("BOOKED", next(iter(chat.world.bookings)))


def test_nothing_is_booked_when_a_cancellation_was_written_before_the_booking_began():
    chat = chat_at("CONFIRMATION_PENDING")
    world, raced = chat.world, list[str]()

    def cancel_first() -> None:
        if not raced:
            raced.append("cancelled")
            chat.sends("m-cancel", "cancelar")

    world.before_save = cancel_first
    assert chat.sends("m-yes", "sí").state == "ABANDONED"
    assert not world.bookings


def test_booking_stands_when_a_cancellation_comes_while_it_is_made():
    chat = chat_at("CONFIRMATION_PENDING")
    raced = list[str]()

    def cancel_now() -> None:
        if not raced:
            raced.append("cancelled")
            assert chat.sends("m-cancel", "cancelar").state == "BOOKED"

    chat.world.before_book = cancel_now
    assert chat.sends("m-yes", "sí").state == "BOOKED"
    assert len(chat.world.bookings) == 1


def test_booking_is_told_as_gone_when_the_business_cancelled_it_before_the_turn_came_again():
    chat = chat_at("CONFIRMATION_PENDING")

    def die() -> None:
        raise Crash

    chat.world.after_book = die
    with pytest.raises(Crash):
        chat.sends("m-yes", "sí")
    chat.world.after_book = lambda: None
    ((booking_id, booking),) = chat.world.bookings.items()
    chat.world.bookings[booking_id] = cancelled(booking)
    assert chat.sends("m-yes", "sí").state == "TIME_PENDING"
    assert chat.world.bookings[booking_id].status is Status.CANCELLED


def test_booking_goes_on_when_the_tables_were_busy_and_the_message_is_sent_again():
    chat = chat_at("CONFIRMATION_PENDING")

    def busy() -> None:
        raise StoreUnavailable("busy")

    chat.world.before_book = busy
    with pytest.raises(StoreUnavailable):
        chat.sends("m-yes", "sí")
    chat.world.before_book = lambda: None
    assert chat.sends("m-yes", "sí").state == "BOOKED"
    assert chat.stands_at().turn == 6  # the turn that failed was none


@pytest.mark.parametrize("ttl_days", [1, 7])
def test_conversation_is_over_when_its_days_have_passed_since_the_last_message(ttl_days):
    chat = World(customs=Customs(ttl_days=ttl_days)).chat(Language.ES)
    chat.world.clock.advance(days=ttl_days, seconds=-1)
    chat.says("corte de pelo")
    chat.world.clock.advance(days=ttl_days, seconds=-1)
    assert chat.says("jose").state == "DATE_PENDING"
    kept = chat.stands_at()
    chat.world.clock.advance(days=ttl_days)
    with pytest.raises(ConversationExpired) as refused:
        chat.says("lunes")
    assert "Corte" not in str(refused.value)
    assert chat.stands_at() == kept
    with pytest.raises(ConversationExpired):
        chat.world.desk().read(TENANT, kept.conversation_id)


def test_conversation_is_not_revived_when_it_expires_during_a_turn():
    chat = chat_at("DATE_PENDING")
    kept = chat.stands_at()
    chat.world.before_save = lambda: chat.world.clock.advance(days=2)
    with pytest.raises(ConversationExpired):
        chat.says("lunes")
    assert chat.stands_at() == kept


def test_conversation_is_not_made_again_when_it_was_deleted_during_a_turn():
    chat = chat_at("DATE_PENDING")
    chat.world.before_save = chat.world.kept.clear
    with pytest.raises(NotFound):
        chat.says("lunes")
    assert not chat.world.kept


def test_conversation_is_unknown_when_another_tenant_asks():
    chat = chat_at("DATE_PENDING")
    identifier = chat.conversation.conversation_id
    with pytest.raises(NotFound) as foreign:
        chat.world.desk().say("t-2", "PRO", identifier, Message("m", "hola"), Deadline.after(1))
    with pytest.raises(NotFound) as unknown:
        chat.world.desk().say("t-2", "PRO", "conv_none", Message("m", "hola"), Deadline.after(1))
    assert str(foreign.value).replace(identifier, "…") == str(unknown.value).replace("conv_none", "…")


def test_message_is_refused_when_the_plan_is_used_up():
    chat = chat_at("DATE_PENDING")
    chat.world.messages_max = 2
    before = chat.stands_at()
    with pytest.raises(LimitReached):
        chat.says("lunes")
    assert chat.stands_at() == before
    assert chat.sends("m-1", "corte de pelo").turn == 1  # what was answered before is answered again


def test_begun_booking_is_finished_when_the_plan_is_used_up_meanwhile():
    chat = chat_at("CONFIRMATION_PENDING")

    def die() -> None:
        raise Crash

    chat.world.after_book = die
    with pytest.raises(Crash):
        chat.sends("m-yes", "sí")
    chat.world.after_book, chat.world.messages_max = (lambda: None), 1
    assert chat.sends("m-yes", "sí").state == "BOOKED"
