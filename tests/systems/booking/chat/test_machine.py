"""The machine: every state meets every kind of text, and no text at all makes it stumble."""

from datetime import UTC, datetime, time, timedelta

import pytest
from booking.domain.chat import phrases
from booking.domain.chat.conversation import Conversation, State
from booking.domain.chat.languages import MONTHS, WEEKDAYS, Language, clock_time, day_in_words, language_of
from booking.domain.chat.machine import advance
from booking.domain.chat.questions import Scene
from booking.domain.chat.words import Command, command_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.systems.booking.chat.worlds import MADRID, WALK, World, chat_at

ODD = [
    "", " ", "?", "...", "0", "-1", "9", "99", "100000000000000000000", "١", "½", "²", "1.5", "a", "ñ", "ß", "😀",
    "\u202e",
    "\x00", "\n\n", "x" * 5_000, "{service}", "%s", "<script>", "'; DROP TABLE", "TENANT#other", "null", "29/2",
    "31/2", "0/0", "99/99/99", "2026-02-30", "9999-12-31", "0001-01-01", "en 999 dias", "25:00", "12:60", "24h", "@",
    "a@b", "@@@", "ana@example.com", "1" * 4_000, "half past 99", "99 menos cuarto", "el 0", "next", "más", "sí", "no",
]  # fmt: skip
_WORDS = [
    "mañana",
    "viernes",
    "3pm",
    "15:30",
    "28/11",
    "corte",
    "jose",
    "sí",
    "atrás",
    "a las",
    "el",
    "y media",
    "@",
    "2",
]


@pytest.mark.parametrize("state", WALK)
@pytest.mark.parametrize("text", ODD, ids=lambda text: ascii(text)[:24])
def test_odd_text_gets_an_answer_when_it_comes_in_any_state(state, text):
    chat = chat_at(state)
    answer = chat.says(text)
    assert answer.text
    assert chat.stands_at().turn == len(WALK[state]) + 1
    if not answer.understood:
        assert chat.stands_at().state == state


@pytest.mark.parametrize("command", list(Command))
@pytest.mark.parametrize("state", WALK)
def test_command_leads_to_a_state_that_asks_something_when_it_comes_in_any_state(state, command):
    chat = chat_at(state)
    answer = chat.says(str(command) if command not in {Command.SPANISH, Command.ENGLISH} else f"in {command}")
    assert answer.text
    assert answer.state in set(State) - {State.EXPIRED}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(list(WALK)),
    st.lists(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(_WORDS), max_size=4).map(" ".join)), max_size=4),
)
def test_machine_goes_on_when_any_texts_come(state, texts):
    chat = chat_at(state)
    for text in texts:
        answer = chat.says(text)
        kept = chat.stands_at()
        assert answer.text
        assert answer.turn == kept.turn
        assert len(kept.offered) <= 8
        assert (kept.state is State.BOOKED) == bool(kept.booking_id) or kept.state is State.ABANDONED


def test_walk_ends_with_the_same_booking_whatever_language_when_choices_are_the_same():
    booked = []
    for language in Language:
        world = World()
        chat = world.chat(language)
        chat.says("2", "1", "1", "3", "Ana", "ana@example.com", "yes")
        (booking,) = world.bookings.values()
        booked.append((booking.service_id, booking.provider_id, booking.starts_at, booking.customer_name))
    assert booked[0] == booked[1]


def test_back_leads_to_the_beginning_when_it_is_written_often_enough():
    chat = chat_at("CONFIRMATION_PENDING")
    states = [chat.says("atrás").state for _ in range(6)]
    assert states == [
        "CONTACT_PENDING", "TIME_PENDING", "DATE_PENDING", "PROVIDER_PENDING", "SERVICE_PENDING", "SERVICE_PENDING",
    ]  # fmt: skip


def test_both_passes_are_offered_with_their_offsets_when_clocks_are_set_back():
    # Madrid sets its clocks back on 25 October 2026 at 03:00: 02:00 to 03:00 comes twice.
    world = World(local_times=(time(1, 30), time(2, 30), time(3, 30)), open_days=lambda _: True)
    world.clock.now = datetime(2026, 10, 20, 8, 0, tzinfo=UTC)
    chat = world.chat(Language.EN)
    offered = chat.says("2", "maria", "25/10").options
    assert [option.label for option in offered] == ["01:30", "02:30 (UTC+02:00)", "02:30 (UTC+01:00)", "03:30"]
    assert [option.label for option in chat.says("2:30").options] == ["02:30 (UTC+02:00)", "02:30 (UTC+01:00)"]
    assert "02:30 (UTC+01:00)" in chat.says("2", "Ana ana@example.com").text
    assert chat.stands_at().draft.starts_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_missing_hour_is_not_offered_when_clocks_are_set_forward():
    world = World(local_times=(time(1, 30), time(2, 30), time(3, 30)), open_days=lambda _: True)
    world.clock.now = datetime(2027, 3, 25, 8, 0, tzinfo=UTC)
    chat = world.chat(Language.EN)
    assert [option.label for option in chat.says("2", "maria", "28/3").options] == ["01:30", "03:30"]
    assert "02:30 / 14:30 is not free" in chat.says("2:30").text


def test_page_with_the_next_free_time_is_shown_when_the_wanted_one_is_not_free():
    world = World(local_times=[time(8 + n // 4, n % 4 * 15) for n in range(40)])
    chat = world.chat(Language.EN)
    chat.says("2", "jose", "monday")
    assert chat.says("16:07").options[0].label == "16:00"


def test_both_halves_of_the_day_are_offered_when_an_hour_may_be_either():
    world = World(local_times=(time(9), time(21)))
    chat = world.chat(Language.EN)
    chat.says("2", "jose", "monday")
    answer = chat.says("at 9")
    assert (answer.state, [option.label for option in answer.options]) == ("TIME_PENDING", ["09:00", "21:00"])
    assert chat.says("2").state == "CONTACT_PENDING"


def test_every_phrase_has_the_same_places_when_languages_are_compared():
    import string

    def places(table: dict[str, str]) -> dict[str, set[str]]:
        return {name: {part[1] for part in string.Formatter().parse(text) if part[1]} for name, text in table.items()}

    assert places(phrases.PHRASES[Language.ES]) == places(phrases.PHRASES[Language.EN])
    assert all(len(names[language]) == count for names, count in ((WEEKDAYS, 7), (MONTHS, 12)) for language in Language)


def test_no_phrase_is_left_over_when_the_sources_are_read():
    from pathlib import Path

    folder = Path(phrases.__file__).parent
    sources = "".join(path.read_text() for path in folder.glob("*.py") if not path.stem.startswith("phrases_"))
    assert [name for name in phrases.PHRASES[Language.ES] if f'"{name}"' not in sources] == []


def test_name_is_no_command_when_it_only_contains_one():
    assert command_of("Max More") is None
    assert command_of("¡Atrás!") is Command.BACK
    assert chat_at("CONTACT_PENDING").says("Ayuda Pérez ana@example.com").state == "CONFIRMATION_PENDING"


def test_day_and_time_read_well_when_they_are_put_in_words():
    day = datetime(2026, 11, 27, tzinfo=UTC).date()
    assert day_in_words(day, Language.ES) == "viernes 27 de noviembre de 2026"
    assert day_in_words(day, Language.EN, today=day) == "Friday 27 November"
    assert clock_time(datetime(2026, 11, 27, 14, 0, tzinfo=UTC), MADRID) == "15:00"
    assert (language_of("es-CL", Language.EN), language_of("fr", Language.EN)) == (Language.ES, Language.EN)


def test_machine_does_not_book_when_the_customer_agrees():
    chat = chat_at("CONFIRMATION_PENDING")
    conversation: Conversation = chat.stands_at()
    step = advance(conversation, "sí", Scene(chat.world, chat.world.clock.now + timedelta(seconds=1)))
    assert (step.book, step.conversation, chat.world.bookings) == (True, conversation, {})
