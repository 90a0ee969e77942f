"""What a gateway tells of itself: where things are, and its numbers as Prometheus reads them."""

import re
from typing import Any

import pytest
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from tests.mock_gateway.driving import CHARGES, InProcess, OverTheWire, eventually


def scraped(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample by its name and labels."""
    families = text_string_to_metric_families(text)
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for family in families for one in family.samples}


def number(gateway: Any, name: str, **labels: str) -> float | None:
    return scraped(gateway.get("/metrics").text).get((f"gateway_{name}", tuple(sorted(labels.items()))))


def test_places_are_told_to_programs_and_browsers_are_sent_to_the_page(gateway: InProcess) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}

    assert gateway.get("/").json["metrics"] == "/metrics"
    reply = gateway.send("GET", "/", headers=browser)
    assert (reply.status, reply.headers["Location"]) == (302, "/_admin/")


def test_requests_are_counted_by_what_became_of_them(gateway: InProcess) -> None:
    gateway.charge(key="k-1")
    gateway.charge(key="k-1")
    gateway.charge(card="nonsense")
    gateway.get("/nowhere")

    whose = {"face": "plain", "operation": "charge"}
    assert number(gateway, "requests_total", **whose, status="201", delivery="whole") == 2
    assert number(gateway, "requests_total", **whose, status="400", delivery="whole") == 1
    assert number(gateway, "requests_total", face="", operation="", status="404", delivery="whole") == 1
    assert number(gateway, "request_duration_seconds_count", **whose) == 3
    assert number(gateway, "request_duration_seconds_bucket", **whose, le="+Inf") == 3
    assert number(gateway, "idempotent_replays_total", **whose) == 1


def test_money_is_counted_as_the_ledger_has_it(gateway: InProcess) -> None:
    charge = gateway.charged(amount_minor=700, currency="JPY")
    usd = {"face": "plain", "kind": "charge", "status": "declined", "currency": "USD"}
    jpy = {"face": "plain", "kind": "charge", "status": "succeeded", "currency": "JPY"}
    assert number(gateway, "movements_minor_total", **jpy) == 700

    gateway.charge(amount_minor=300, currency="JPY")
    gateway.charge(card="tok_chargeDeclined")
    gateway.refund(charge)

    assert number(gateway, "movements_total", **jpy) == 2
    assert number(gateway, "movements_minor_total", **jpy) == 1000
    assert number(gateway, "movements_total", **usd) == 1
    assert number(gateway, "movements_total", **{**jpy, "kind": "refund"}) == 1


def test_faults_are_counted_when_set_and_when_they_fire(gateway: InProcess) -> None:
    fault = gateway.set_fault("error", phase="after", times=1)
    gateway.set_fault("maintenance", match={"merchant": "nobody"})
    gateway.charge()

    assert number(gateway, "faults_set", kind="error") == 1
    assert number(gateway, "faults_fired_total", kind="error", phase="after") == 1
    gateway.heal(fault)
    assert number(gateway, "faults_set", kind="error") is None
    assert number(gateway, "faults_fired_total", kind="error", phase="after") == 1


def test_everything_is_counted_from_nothing_when_reset(gateway: InProcess) -> None:
    gateway.charge()
    assert number(gateway, "movements_total", face="plain", kind="charge", status="succeeded", currency="USD") == 1

    gateway.send("POST", "/_admin/reset")
    gateway.charge()

    assert number(gateway, "movements_total", face="plain", kind="charge", status="succeeded", currency="USD") == 1
    assert number(gateway, "requests_total", face="plain", operation="charge", status="201", delivery="whole") == 1


def test_standing_is_told(gateway: InProcess) -> None:
    gateway.send("POST", "/_admin/clock", {"advance": "1h"})

    assert number(gateway, "clock_ahead_seconds") == 3600
    assert number(gateway, "idempotency_keys_in_flight") == 0
    assert re.search(r'gateway_build_info\{python="[\d.]+.*",version="\d', gateway.get("/metrics").text)


def test_key_is_in_flight_and_reset_is_counted_on_the_wire(wire: OverTheWire) -> None:
    wire.set_fault("hang", match=CHARGES, delay_ms=300)
    with wire.begun({}, {"Idempotency-Key": "k-1"}):
        eventually(lambda: wire.get("/_admin/calls").json["calls"] != [])
        whose = {"face": "plain", "operation": "charge", "status": "500", "delivery": "reset"}

        eventually(lambda: number(wire, "requests_total", **whose) == 1)


@pytest.mark.parametrize("accepted", ["", "text/plain", "application/openmetrics-text; version=1.0.0", "image/png"])
def test_metrics_come_in_the_format_that_is_asked_for(gateway: InProcess, accepted: str) -> None:
    gateway.charge()
    reply = gateway.send("GET", "/metrics", headers={"Accept": accepted})

    if "openmetrics" in accepted:
        assert list(openmetrics.text_string_to_metric_families(reply.text))
        assert reply.headers["Content-Type"].startswith("application/openmetrics-text")
    else:
        assert scraped(reply.text)
        assert reply.headers["Content-Type"].startswith("text/plain")


def test_metrics_tell_no_key_and_no_reference(gateway: InProcess) -> None:
    gateway.charge(key="k-secret", reference="pay-secret", customer="user-secret", merchant="m-secret")

    assert "secret" not in gateway.send("GET", "/metrics", address="192.0.2.7").text
