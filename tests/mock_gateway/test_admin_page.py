"""The admin page in a real browser, and the overview that it shows."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from mock_gateway.admin.page import put_together
from mock_gateway.faults.registry import KINDS
from tests.mock_gateway.driving import InProcess, OverTheWire

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


def test_page_loads_nothing_and_lets_no_other_script_run(gateway: InProcess) -> None:
    reply = gateway.get("/_admin/")

    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    policy = reply.headers["Content-Security-Policy"]
    assert policy == put_together().policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert re.findall(r'(?:src|href)="(?!data:)[^"]*"|url\(', reply.text) == []


def test_page_is_refused_when_the_reader_is_on_another_machine(gateway: InProcess) -> None:
    assert gateway.send("GET", "/_admin/", address="192.0.2.7").status == 403


def test_overview_tells_latest_first(gateway: InProcess) -> None:
    first = gateway.charged(reference="pay-1", merchant="m-1")
    gateway.refund(first, amount_minor=1000)
    gateway.charge(reference="pay-2", card="tok_createDispute")
    gateway.set_fault("maintenance", times=1)
    gateway.charge(reference="pay-3")

    told = gateway.get("/_admin/overview").json

    assert [entry["kind"] for entry in told["entries"]] == ["dispute", "charge", "refund", "charge"]
    assert [(call["operation"], call["status"], call["fault"]) for call in told["calls"]][:2] == [
        ("charge", 503, "maintenance"),
        ("charge", 201, None),
    ]
    assert [(one["status"], one["reason"]) for one in told["disputes"]] == [("needs_response", "fraudulent")]
    assert (told["fired_count"], told["fired"][0]["kind"], told["faults"][0]["fired"]) == (1, "maintenance", 1)
    assert (told["seed"], told["ahead_s"], told["in_flight"], told["deliveries"]) == (1, 0.0, 0, [])


@pytest.mark.parametrize(
    ("query", "references"),
    [
        ("reference=pay", ["pay-2", "pay-1", "pay-1"]),
        ("reference=-1", ["pay-1", "pay-1"]),
        ("merchant=m-2", ["pay-2"]),
        ("kind=refund", ["pay-1"]),
        ("kind=charge&limit=1", ["pay-2"]),
        ("reference=%25", []),
    ],
)
def test_overview_finds_entries_by_parts(gateway: InProcess, query: str, references: list[str]) -> None:
    gateway.refund(gateway.charged(reference="pay-1", merchant="m-1"))
    gateway.charge(reference="pay-2", merchant="m-2")

    entries = gateway.get(f"/_admin/overview?{query}").json["entries"]

    assert [entry["reference"] for entry in entries] == references


@pytest.mark.parametrize("query", ["kind=gift", "limit=0", "limit=501", "order=up"])
def test_overview_is_refused_when_its_query_is_wrong(gateway: InProcess, query: str) -> None:
    assert gateway.get(f"/_admin/overview?{query}").status == 400


@pytest.fixture
def page(browser: "Browser", wire: OverTheWire) -> Iterator["Page"]:
    """The admin page of `wire`, which must not complain."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda problem: complaints.append(str(problem)))
    page.goto(f"http://127.0.0.1:{wire.port}/")
    page.get_by_text("live", exact=True).wait_for()
    yield page
    page.close()
    assert [one for one in complaints if "status of 400" not in one] == []


@pytest.mark.slow
def test_page_shows_what_happens_as_it_happens(page: "Page", wire: OverTheWire) -> None:
    page.get_by_text("Nothing has been charged yet.").wait_for()

    wire.charge(reference="<b>pay-1</b>", amount_minor=1234)

    page.locator("#entries").get_by_text("<b>pay-1</b>").wait_for()
    assert page.locator("#entries .number").inner_text() == "12.34 USD"
    assert "12.34 USD" in page.locator("#tiles").inner_text()


@pytest.mark.slow
def test_fault_is_set_and_healed_by_buttons(page: "Page", wire: OverTheWire) -> None:
    page.get_by_role("button", name="Lose an answer").click()
    page.get_by_label("Reference", exact=True).fill("pay-*")
    page.get_by_text("More conditions").click()
    page.get_by_label("Amount from").fill("1000")
    page.get_by_role("button", name="Set the fault").click()
    page.get_by_role("button", name="Heal", exact=True).wait_for()

    (rule,) = wire.get("/_admin/faults").json["faults"]
    assert (rule["kind"], rule["phase"], rule["times"]) == ("reset", "after", 1)
    assert rule["match"] == {
        "operation": "charge", "reference": {"like": "pay-*"}, "amount_minor": {"at_least": 1000}
    }  # fmt: skip
    page.get_by_role("button", name="Heal", exact=True).click()
    page.get_by_text("No fault is set").wait_for()
    assert wire.get("/_admin/faults").json == {"faults": []}


@pytest.mark.slow
def test_every_kind_can_be_set_by_the_form(page: "Page", wire: OverTheWire) -> None:
    for count, kind in enumerate(KINDS, start=1):
        page.locator("#fault-kind").select_option(kind)
        page.get_by_role("button", name="Set the fault").click()
        page.locator("#faults li").nth(count - 1).wait_for()

    assert [rule["kind"] for rule in wire.get("/_admin/faults").json["faults"]] == list(KINDS)


@pytest.mark.slow
def test_mistake_is_told_in_words(page: "Page", wire: OverTheWire) -> None:
    page.get_by_label("Times").fill("often")
    page.get_by_role("button", name="Set the fault").click()

    page.get_by_role("alert").get_by_text("times must be of type integer").wait_for()
    assert wire.get("/_admin/faults").json == {"faults": []}


@pytest.mark.slow
def test_charge_is_disputed_and_the_clock_advanced_by_buttons(page: "Page", wire: OverTheWire) -> None:
    wire.charge(reference="pay-1")
    page.get_by_role("button", name="Dispute").click()
    page.locator("#disputes").get_by_role("button", name="Won").click()
    page.locator("#disputes").get_by_text("✓ won").wait_for()
    page.get_by_role("button", name="+7 days").click()
    page.get_by_text("7 days ahead").wait_for()

    assert [entry["kind"] for entry in wire.entries()] == ["charge", "dispute", "dispute_won"]
    assert wire.get("/_admin/clock").json["ahead_s"] == 7 * 86_400


@pytest.mark.slow
def test_everything_is_forgotten_only_after_a_second_look(page: "Page", wire: OverTheWire) -> None:
    wire.charge()
    page.get_by_role("button", name="Reset…").click()
    page.get_by_role("button", name="Keep").click()
    assert len(wire.entries()) == 1

    page.get_by_role("button", name="Reset…").click()
    page.get_by_role("button", name="Erase everything").click()
    page.get_by_text("Nothing has been charged yet.").wait_for()
    assert wire.entries() == []


@pytest.mark.slow
def test_ledger_is_filtered_as_one_types(page: "Page", wire: OverTheWire) -> None:
    for number in (1, 2):
        wire.charge(reference=f"pay-{number}")
    page.locator("#entries").get_by_text("pay-2").wait_for()
    page.get_by_label("Reference contains").fill("-1")

    page.locator("#entries").get_by_text("pay-2").wait_for(state="detached")
    assert page.locator("#entries tr").count() == 1


@pytest.mark.slow
def test_foreign_page_can_not_set_a_fault(browser: "Browser", wire: OverTheWire) -> None:
    page = browser.new_page()
    # The same machine by another name and port is another site to a browser, as any page in the net would be.
    with_other_origin = f"http://localhost:{wire.port}/health"
    page.goto(with_other_origin)
    sent: Any = page.evaluate(
        """async (url) => { try { const answer = await fetch(url, {method: "POST", mode: "no-cors",
           body: '{"kind": "error"}'}); return answer.type } catch (problem) { return String(problem) } }""",
        f"http://127.0.0.1:{wire.port}/_admin/faults",
    )
    page.close()

    assert sent == "opaque"
    assert wire.get("/_admin/faults").json == {"faults": []}


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_a_phone(browser: "Browser", wire: OverTheWire, scheme: Any) -> None:
    wire.charge(reference="pay-" + "x" * 200, merchant="m" * 200)
    page = browser.new_page(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page.goto(f"http://127.0.0.1:{wire.port}/_admin/")
    page.locator("#entries").get_by_text("pay-x").wait_for()

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.close()
