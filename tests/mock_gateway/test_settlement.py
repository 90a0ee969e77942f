"""The settlement file: every movement of money once, with the right sign, by day, and harmless to open."""

import csv
import io

import pytest

from mock_gateway.faces.plain import settlement as route
from mock_gateway.money.ledger import SIGN_BY_KIND
from mock_gateway.money.settlement import COLUMNS, csv_text, decimal_text, without_guard
from tests.mock_gateway.driving import InProcess, OverTheWire, StoppedClock

DAY_S = 86_400


def lines(gateway: InProcess | OverTheWire, query: str = "") -> list[dict[str, str]]:
    reply = gateway.get(f"/settlement.csv?{query}")
    assert reply.status == 200, reply.text
    return list(csv.DictReader(io.StringIO(reply.text, newline="")))


def live_a_little(gateway: InProcess) -> str:
    """One movement of every kind, and some that move no money."""
    hold = {"amount_minor": 500, "currency": "JPY", "card": "tok_visa"}
    captured, voided = (gateway.send("POST", "/authorizations", hold).json["id"] for _ in range(2))
    gateway.send("POST", f"/authorizations/{captured}/capture", {"amount_minor": 300})
    gateway.send("POST", f"/authorizations/{voided}/void")
    gateway.charge(card="tok_chargeDeclined")
    charge = gateway.charged(merchant="m-1", reference="pay-1", key="k-1")
    gateway.refund(charge, amount_minor=1000)
    dispute = gateway.send("POST", "/_admin/disputes", {"charge": charge}).json["id"]
    gateway.send("POST", f"/disputes/{dispute}/contest", {"evidence": "winning_evidence"})
    other = gateway.send("POST", "/_admin/disputes", {"charge": captured, "amount_minor": 50}).json["id"]
    gateway.send("POST", f"/disputes/{other}/accept")
    return charge


def test_every_movement_of_money_is_a_line(gateway: InProcess) -> None:
    charge = live_a_little(gateway)

    found = lines(gateway)

    moved = [(line["kind"], line["currency"], line["sign"], line["gross_minor"], line["gross"]) for line in found]
    assert moved == [
        ("capture", "JPY", "1", "300", "300"),
        ("charge", "USD", "1", "4000", "40.00"),
        ("refund", "USD", "-1", "1000", "10.00"),
        ("dispute", "USD", "-1", "3000", "30.00"),
        ("dispute_won", "USD", "1", "3000", "30.00"),
        ("dispute", "JPY", "-1", "50", "50"),
    ]
    assert {kind for kind, *_ in moved} == set(SIGN_BY_KIND)
    assert tuple(found[1]) == COLUMNS
    assert list(found[1].values())[1:9] == ["2026-01-01", "charge", charge, charge, "m-1", "pay-1", "k-1", "USD"]
    assert found[2]["charge"] == charge


def test_totals_are_the_sums_of_the_lines(gateway: InProcess) -> None:
    live_a_little(gateway)

    totals = {total["currency"]: total for total in gateway.get("/settlement").json["totals"]}

    assert [(name, total["net"]) for name, total in totals.items()] == [("JPY", "250"), ("USD", "30.00")]
    for currency, total in totals.items():
        of_currency = [line for line in lines(gateway) if line["currency"] == currency]
        assert total["movements"] == len(of_currency)
        assert total["net_minor"] == sum(int(line["sign"]) * int(line["gross_minor"]) for line in of_currency)
        assert total["net_minor"] == total["credit_minor"] - total["debit_minor"]
    assert totals["USD"]["kinds"]["refund"] == {"movements": 1, "gross_minor": 1000}


def test_lines_are_those_of_the_days_and_the_merchant_asked_for(gateway: InProcess, clock: StoppedClock) -> None:
    for day in range(4):
        gateway.charge(amount_minor=day + 1, merchant="m-1" if day % 2 else "m-2")
        clock.advance(DAY_S - 1 if day == 0 else DAY_S)

    def amounts(query: str) -> list[int]:
        return [int(line["gross_minor"]) for line in lines(gateway, query)]

    assert amounts("") == [1, 2, 3, 4]
    assert amounts("date=2026-01-01") == [1, 2]
    assert amounts("from=2026-01-02") == [3, 4]
    assert amounts("to=2026-01-01") == [1, 2]
    assert amounts("from=2026-01-01&to=2026-01-02") == [1, 2, 3]
    assert amounts("merchant=m-1") == [2, 4]
    assert amounts("merchant=m-1&date=2026-01-03") == [4]
    assert amounts("date=9999-12-31") == []
    assert gateway.get("/settlement?date=2026-01-03").json["totals"][0]["net_minor"] == 4


@pytest.mark.parametrize(
    "query",
    [
        "date=today",
        "date=2026-02-30",
        "date=20260101",
        "date=2026-01-01&from=2026-01-01",
        "from=2026-01-02&to=2026-01-01",
        "day=2026-01-01",
    ],
)
def test_query_is_refused_when_it_names_no_days(gateway: InProcess, query: str) -> None:
    assert {gateway.get(f"/settlement{suffix}?{query}").status for suffix in ("", ".csv")} == {400}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\t=1", "\r\n=1"])
def test_cells_are_no_formulas_when_they_are_opened(gateway: InProcess, text: str) -> None:
    gateway.charge(reference=text)

    (line,) = lines(gateway)

    assert line["reference"] == f"'{text}"
    assert without_guard(line["reference"]) == text
    assert without_guard("'tis") == "'tis"


def test_cells_keep_their_text_when_it_holds_commas_quotes_and_lines(gateway: InProcess) -> None:
    text = 'a,"b"\nc'
    gateway.charge(reference=text)

    assert lines(gateway)[0]["reference"] == text
    assert csv_text([(1, -1, "x")]) == "1,-1,x\r\n"


def test_file_is_whole_when_it_takes_many_pages(monkeypatch: pytest.MonkeyPatch, wire: OverTheWire) -> None:
    monkeypatch.setattr(route, "LINES_AT_ONCE", 3)
    for amount_minor in range(1, 11):
        wire.charge(amount_minor=amount_minor)

    reply = wire.get("/settlement.csv?from=2026-01-01")

    assert reply.headers["transfer-encoding"] == "chunked"
    assert reply.headers["content-disposition"] == 'attachment; filename="settlement-2026-01-01.csv"'
    assert [int(line["gross_minor"]) for line in lines(wire)] == list(range(1, 11))
    assert wire.send("HEAD", "/settlement.csv").text == ""


def test_file_ends_where_the_ledger_did_when_it_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, gateway: InProcess
) -> None:
    monkeypatch.setattr(route, "LINES_AT_ONCE", 1)
    for _ in range(2):
        gateway.charge()
    page = route.SettlementDesk._page

    def charge_meanwhile(*arguments: object) -> list[object]:
        gateway.charge()
        return page(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(route.SettlementDesk, "_page", charge_meanwhile)

    assert len(lines(gateway)) == 2


def test_ledger_is_settled_truly_when_everything_is_faulty(gateway: InProcess) -> None:
    gateway.charge()
    gateway.set_fault("maintenance")

    assert (len(lines(gateway)), gateway.get("/settlement").status) == (1, 200)


@pytest.mark.parametrize(
    ("amount_minor", "currency", "text"),
    [(5, "USD", "0.05"), (0, "USD", "0.00"), (-123, "EUR", "-1.23"), (7, "JPY", "7"), (1, "KWD", "0.001")],
)
def test_amount_has_as_many_decimals_as_its_currency(amount_minor: int, currency: str, text: str) -> None:
    assert decimal_text(amount_minor, currency) == text
