"""The timeline tells every operation once, without the polls that saw nothing new."""

from harness.history import BookingRecord, FinalReads, History, Operation
from harness.report import timeline
from tests.checkers.story import whole_story


def test_operations_are_told_in_order_with_their_ends() -> None:
    lines = timeline(whole_story().history("test_it")).splitlines()

    assert lines[0] == "test_it, seed 7"
    (first_payment, *_) = [line for line in lines if " pay " in line]
    assert "40.00 USD → ok 200 COMPLETED" in first_payment
    assert any("→ fail 402 FAILED" in line for line in lines)
    assert any("→ info no answer" in line for line in lines)
    assert "finally  wallet alice 7000 minor units" in lines


def test_slots_and_words_are_told_when_somebody_books() -> None:
    operations = (
        Operation(0, 0, "book", "b-1", 0.0, {"datetime": "2026-11-23T13:00:00Z", "currency": "USD"}),
        Operation(1, 0, "say", "conv-1", 0.5, {"text": "mañana"}, 0.6, "ok", 200, {"state": "TIME_PENDING"}),
    )
    booking = BookingRecord("t", "p", "b-1", "CANCELLED", "2026-11-23T13:00:00Z", "2026-11-23T13:30:00Z", "UTC")

    _, booked, said, finally_ = timeline(History(operations, FinalReads(bookings=(booking,)))).splitlines()

    assert booked.endswith("2026-11-23T13:00:00Z → info no answer")
    assert said.endswith("«mañana» → ok 200 TIME_PENDING")
    assert finally_ == "finally  booking b-1 CANCELLED at 2026-11-23T13:00:00Z, deposit NONE"


def test_polls_are_left_out_when_they_saw_the_same_again() -> None:
    story = whole_story()
    for status in ("PROCESSING", "PROCESSING", "PROCESSING", "COMPLETED"):
        story.read("pay-4", status)

    reads = [line for line in timeline(story.history()).splitlines() if "read_payment  pay-4" in line]

    assert [line.rpartition(" ")[2] for line in reads] == ["PROCESSING", "COMPLETED"]


def test_timeline_is_one_line_when_nothing_happened() -> None:
    assert timeline(History()) == "history, seed None\n"


def test_reading_a_booking_again_is_told_when_its_deposit_went_on() -> None:
    answers = (("CANCELLED", "REFUND_PENDING"), ("CANCELLED", "REFUND_PENDING"), ("CANCELLED", "REFUNDED"))
    operations = tuple(
        Operation(at, 0, "read_booking", "b-1", at, {}, at + 0.1, "ok", 200, {"status": status, "depositStatus": paid})
        for at, (status, paid) in enumerate(answers)
    )

    assert [line.split()[0] for line in timeline(History(operations)).splitlines()[1:]] == ["0.000", "2.000"]
