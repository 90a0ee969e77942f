"""A customer leafs through the payments: newest first, page by page, each one once.

Invariants: INV-3 ledger balances, INV-5 statuses only advance.
"""

from harness.checkers import ledger_balances, statuses_only_advance


def test_every_payment_is_listed_once_when_reading_page_by_page(payments, history):
    alice = payments.wallet(balance="100.00")
    made = [payments.pay(alice, amount="1.00").payment_id for _ in range(5)]

    first = alice.payments(limit=2)
    second = alice.payments(limit=2, cursor=first.document["cursor"])
    third = alice.payments(limit=2, cursor=second.document["cursor"])

    pages = [[one["payment_id"] for one in page.document["payments"]] for page in (first, second, third)]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [payment_id for page in pages for payment_id in page] == made[::-1]
    assert not third.document.get("cursor")
    history.satisfies(ledger_balances, statuses_only_advance)


def test_cursor_is_refused_when_it_is_not_one(payments, history):
    alice = payments.wallet(balance="100.00")

    refused = alice.payments(limit=2, cursor="not-a-cursor")

    assert refused.status_code == 400
    history.satisfies(ledger_balances)
