"""A business on a small plan asks too much in a minute: it is told to wait, and nobody else notices.

Invariants: INV-12 usage equals what happened.
"""

from harness.checkers.booking import usage_equals_what_happened
from harness.clients import concurrently

A_MINUTE = 120


def test_business_that_asks_too_much_is_told_to_wait(booking, history):
    small, other = booking.tenant(plan="FREE"), booking.tenant(plan="PRO")

    # A minute may end meanwhile, but not two.
    answers = [one for _ in range(5) for one in concurrently(*[lambda: small.read("categories", "/categories")] * 50)]
    refused = [one for one in answers if one.status_code == 429]

    assert refused
    assert len(answers) - len(refused) <= 2 * A_MINUTE
    assert {one.code for one in refused} == {"too_many_requests"}
    assert all(1 <= int(one.headers["retry-after"]) <= 60 for one in refused)
    assert other.read("categories", "/categories").status_code == 200
    history.satisfies(usage_equals_what_happened)
