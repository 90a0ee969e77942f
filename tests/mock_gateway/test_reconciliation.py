"""Reconciliation: each kind of difference is found, and books that agree have none."""

from typing import Any

import pytest

from mock_gateway.faces.plain.reconciliation import PAYMENTS_MAX
from mock_gateway.money import bookkeeping
from mock_gateway.money.reconciliation import DIFFERENCES_MAX, Believed, Charged, reconcile
from tests.mock_gateway.driving import InProcess, Reply, StoppedClock

PAID = Believed(reference="pay-1", amount_minor=4000, currency="USD")
TAKEN = Charged(
    id="ch_1",
    reference="pay-1",
    idempotency_key="k-1",
    currency="USD",
    status="captured",
    amount_minor=4000,
    captured_minor=4000,
)


def paid(**changes: Any) -> Believed:
    return Believed(**{name: getattr(PAID, name) for name in PAID.__slots__} | changes)


def taken(**changes: Any) -> Charged:
    return Charged(**{name: getattr(TAKEN, name) for name in TAKEN.__slots__} | changes)


def kinds(payments: list[Believed], charges: list[Charged]) -> list[str]:
    return [difference.kind for difference in reconcile(payments, charges).differences]


DECLINED = taken(id="ch_0", status="declined", captured_minor=0)
HELD = taken(status="not_captured", captured_minor=0)
GIVEN_BACK = taken(refunded_minor=4000)


@pytest.mark.parametrize(
    ("payments", "charges"),
    [
        ([], []),
        ([PAID], [TAKEN]),
        ([PAID], [DECLINED, TAKEN]),
        ([paid(gateway_ref="ch_1")], [TAKEN]),
        ([paid(gateway_ref="pi_1")], [TAKEN]),
        ([paid(gateway_ref="ch_1")], [taken(reference="")]),
        ([paid(refunded_minor=1000)], [taken(refunded_minor=1000)]),
        ([paid(status="refunded")], [GIVEN_BACK]),
        ([paid(status="failed")], [DECLINED]),
        ([paid(status="failed")], [GIVEN_BACK]),
        ([paid(status="failed")], []),
        ([paid(status="pending")], [HELD]),
        ([PAID], [GIVEN_BACK, taken(id="ch_2")]),
        ([], [DECLINED, HELD]),
        ([], [GIVEN_BACK]),
    ],
)
def test_books_agree_when_both_sides_mean_the_same(payments: list[Believed], charges: list[Charged]) -> None:
    report = reconcile(payments, charges)

    assert (report.matched, report.differences) == (len(payments), [])


@pytest.mark.parametrize(
    ("kind", "payments", "charges"),
    [
        ("missing_at_gateway", [PAID], []),
        ("missing_at_gateway", [PAID], [DECLINED]),
        ("missing_at_gateway", [PAID], [HELD]),
        ("missing_at_merchant", [], [TAKEN]),
        ("missing_at_merchant", [], [taken(reference="")]),
        ("amount_differs", [paid(amount_minor=3999)], [TAKEN]),
        ("amount_differs", [PAID], [taken(captured_minor=1500)]),
        ("currency_differs", [paid(currency="EUR")], [TAKEN]),
        ("refund_differs", [PAID], [taken(refunded_minor=1)]),
        ("refund_differs", [paid(refunded_minor=4000)], [TAKEN]),
        ("refund_differs", [paid(status="refunded")], [TAKEN]),
        ("refund_differs", [PAID], [GIVEN_BACK]),
        ("charged_twice", [PAID], [TAKEN, taken(id="ch_2")]),
        ("charged_twice", [PAID], [TAKEN, taken(id="ch_2", refunded_minor=3999)]),
        ("charged_though_failed", [paid(status="failed")], [TAKEN]),
        ("charged_though_pending", [paid(status="pending")], [TAKEN]),
        ("gateway_ref_unknown", [paid(gateway_ref="ch_9")], [TAKEN]),
        ("listed_twice", [PAID, PAID], [TAKEN]),
    ],
)
def test_difference_is_found_when_the_sides_disagree(
    kind: str, payments: list[Believed], charges: list[Charged]
) -> None:
    assert kinds(payments, charges) == [kind]


def test_charge_of_another_reference_is_told_and_both_are_missing() -> None:
    other = taken(id="ch_2", reference="pay-2")

    assert kinds([paid(gateway_ref="ch_2")], [other]) == ["reference_of_another_charge", "missing_at_merchant"]
    assert kinds([paid(gateway_ref="ch_2")], [TAKEN, other]) == ["reference_of_another_charge", "missing_at_merchant"]


def test_charges_without_a_reference_are_one_payment_when_they_have_one_key() -> None:
    twins = [taken(id="ch_1", reference=""), taken(id="ch_2", reference="")]

    assert kinds([paid(gateway_ref="ch_1")], twins) == ["charged_twice"]
    assert kinds([paid(gateway_ref="ch_1")], [twins[0], taken(id="ch_2", reference="", idempotency_key="")]) == [
        "missing_at_merchant"
    ]


def test_difference_tells_both_sides_and_the_charges() -> None:
    (difference,) = reconcile([PAID], [TAKEN, taken(id="ch_2", captured_minor=3999)]).differences

    assert difference.document() == {
        "kind": "charged_twice",
        "reference": "pay-1",
        "expected": {"amount_minor": 4000, "currency": "USD", "status": "succeeded", "refunded_minor": 0},
        "found": {
            "amount_minor": 7999,
            "currency": "USD",
            "status": "captured",
            "refunded_minor": 0,
            "reference": "pay-1",
            "charges": 2,
        },
        "entries": ["ch_1", "ch_2"],
    }


def test_totals_are_told_by_currency() -> None:
    report = reconcile(
        [PAID, paid(reference="pay-2", currency="EUR"), paid(reference="pay-3", status="failed")],
        [TAKEN, taken(id="ch_2", reference="pay-2", currency="EUR", refunded_minor=5, disputed_minor=7)],
    )

    assert report.totals == [
        {"currency": "EUR", "expected_minor": 4000, "captured_minor": 4000, "refunded_minor": 5, "disputed_minor": 7},
        {"currency": "USD", "expected_minor": 4000, "captured_minor": 4000, "refunded_minor": 0, "disputed_minor": 0},
    ]


def test_differences_are_cut_and_counted_when_there_are_too_many() -> None:
    report = reconcile([paid(reference=f"pay-{number}") for number in range(DIFFERENCES_MAX + 2)], []).document()

    assert (len(report["differences"]), report["left_out"]) == (DIFFERENCES_MAX, 2)


def ask(gateway: InProcess, payments: list[dict[str, Any]], **about: Any) -> Reply:
    return gateway.send("POST", "/reconciliation", {"payments": payments, **about})


def payment(reference: str, **fields: Any) -> dict[str, Any]:
    return {"reference": reference, "amount_minor": 4000, "currency": "USD", **fields}


def test_double_charge_under_one_key_is_found_when_the_gateway_made_it(gateway: InProcess) -> None:
    gateway.set_fault("duplicate_charge", times=1)
    told = gateway.charged(key="k-1", reference="pay-1")
    gateway.charge(key="k-2", reference="pay-2")

    report = ask(gateway, [payment("pay-1", gateway_ref=told), payment("pay-2")]).json

    (difference,) = report["differences"]
    assert report["matched"] == 1
    assert (difference["kind"], difference["reference"]) == ("charged_twice", "pay-1")
    assert difference["entries"] == [entry["id"] for entry in gateway.entries("reference=pay-1")]


def test_charge_is_found_when_its_answer_was_lost(gateway: InProcess) -> None:
    gateway.charge(key="k-1", reference="pay-1", fault="kind=error; phase=after")

    report = ask(gateway, [payment("pay-1", status="failed")]).json

    assert [difference["kind"] for difference in report["differences"]] == ["charged_though_failed"]


def test_holds_refunds_and_disputes_count_as_what_became_of_them(gateway: InProcess) -> None:
    hold = {"amount_minor": 500, "currency": "USD", "card": "tok_visa"}
    part, opened = (
        gateway.send("POST", "/authorizations", {**hold, "reference": reference}).json["id"]
        for reference in ("part", "open")
    )
    gateway.send("POST", f"/authorizations/{part}/capture", {"amount_minor": 300})
    gateway.refund(part, amount_minor=100)
    gateway.charge(reference="lost", card="tok_createDispute")

    report = ask(
        gateway,
        [
            payment("part", amount_minor=300, refunded_minor=100, gateway_ref=part),
            payment("open", amount_minor=500, gateway_ref=opened),
            payment("lost"),
        ],
    ).json

    assert [(one["kind"], one["reference"]) for one in report["differences"]] == [("missing_at_gateway", "open")]
    assert report["differences"][0]["found"]["status"] == "not_captured"
    assert report["totals"] == [
        {
            "currency": "USD",
            "expected_minor": 4800,
            "captured_minor": 4300,
            "refunded_minor": 100,
            "disputed_minor": 4000,
        }
    ]


def test_only_charges_of_the_merchant_and_the_days_count(gateway: InProcess, clock: StoppedClock) -> None:
    first = gateway.charged(merchant="m-1", reference="pay-1")
    clock.advance(86_400)
    gateway.charge(merchant="m-1", reference="pay-2")
    gateway.charge(merchant="m-2", reference="pay-3")
    gateway.refund(first, amount_minor=10)

    day = {"from": "2026-01-01", "to": "2026-01-01"}
    assert ask(gateway, [payment("pay-1", refunded_minor=10)], merchant="m-1", **day).json["differences"] == []
    assert len(ask(gateway, [payment("pay-1", refunded_minor=10)], merchant="m-1").json["differences"]) == 1


def test_csv_says_the_same_as_json(gateway: InProcess) -> None:
    gateway.charge(merchant="m-1", reference="=1+1")
    gateway.charge(merchant="m-1", reference="pay-2")
    text = (
        "\ufeffreference,amount_minor,currency,refunded_minor,status\r\n'=1+1,4000,USD,,\r\npay-2,4000,USD,0,failed\r\n"
    )

    reply = gateway.send("POST", "/reconciliation?merchant=m-1", text, {"Content-Type": "text/csv; charset=utf-8"})

    same = [payment("=1+1"), payment("pay-2", refunded_minor=0, status="failed")]
    assert reply.json == ask(gateway, same, merchant="m-1").json
    assert [one["kind"] for one in reply.json["differences"]] == ["charged_though_failed"]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"payments": {}}, "payments"),
        ({"payments": [1]}, "payments"),
        ({}, "payments"),
        ({"payments": [payment("")]}, "payments[0]"),
        ({"payments": [payment("a"), payment("b", amount_minor="4000")]}, "payments[1]"),
        ({"payments": [payment("a", currency="XXX")]}, "payments[0]"),
        ({"payments": [payment("a", refunded_minor=-1)]}, "payments[0]"),
        ({"payments": [payment("a", refunded_minor=False)]}, "payments[0]"),
        ({"payments": [payment("a", refunded_minor=0.0)]}, "payments[0]"),
        ({"payments": [payment("a", status="COMPLETED")]}, "payments[0]"),
        ({"payments": [payment("4242424242424242")]}, "payments[0]"),
        ({"payments": [payment("a", more=1)]}, "payments[0]"),
        ({"payments": [], "from": "yesterday"}, "from"),
    ],
)
def test_books_are_refused_when_they_can_not_be_read(gateway: InProcess, body: dict[str, Any], param: str) -> None:
    reply = gateway.send("POST", "/reconciliation", body)

    assert (reply.status, reply.json["error"]["param"]) == (400, param)
    assert "4242424242424242" not in reply.text


@pytest.mark.parametrize(
    "text", ["reference\npay-1\n", "reference,amount_minor,currency\npay-1,1\n", "a\n1,2\n", '"', "\x00"]
)
def test_csv_is_refused_when_it_can_not_be_read(gateway: InProcess, text: str) -> None:
    if text == "\x00":
        text = "reference\n\x00\n"

    assert gateway.send("POST", "/reconciliation", text, {"Content-Type": "text/csv"}).status == 400


def test_too_many_payments_or_charges_are_refused(monkeypatch: pytest.MonkeyPatch, gateway: InProcess) -> None:
    too_long = "reference,amount_minor,currency\n" + "p,1,USD\n" * (PAYMENTS_MAX + 1)
    assert gateway.send("POST", "/reconciliation", too_long, {"Content-Type": "text/csv"}).json["error"]["param"]

    monkeypatch.setattr(bookkeeping, "CHARGES_MAX", 1)
    gateway.charge()
    assert ask(gateway, []).status == 200
    gateway.charge()
    assert ask(gateway, []).code == "too_many_charges"


def test_long_books_are_read_up_to_a_mebibyte(gateway: InProcess) -> None:
    def sent(count: int) -> Reply:
        text = "reference,amount_minor,currency\n" + "".join(f"{'p' * 100}{n},1,USD\n" for n in range(count))
        return gateway.send("POST", "/reconciliation", text, {"Content-Type": "text/csv"})

    assert len(sent(5_000).json["differences"]) == 5_000
    assert sent(PAYMENTS_MAX).code == "body_too_large"


def test_books_are_compared_truly_when_everything_is_faulty(gateway: InProcess) -> None:
    gateway.set_fault("maintenance")

    assert ask(gateway, []).json == {
        "merchant": "default",
        "matched": 0,
        "differences": [],
        "left_out": 0,
        "totals": [],
    }


def test_money_is_missing_when_two_payments_name_one_charge() -> None:
    payments = [paid(gateway_ref="ch_1"), paid(reference="pay-2", gateway_ref="ch_1")]

    report = reconcile(payments, [taken(reference="")])

    assert report.matched == 1
    assert [(one.kind, one.reference) for one in report.differences] == [("reference_of_another_charge", "pay-2")]
