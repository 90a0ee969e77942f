"""The gateway's books, as a test asks for them: what is settled, and where the other side believes something else."""

import httpx
import pytest

from harness.clients import GatewayClient
from harness.clients.api import http_client
from harness.errors import AnswerUnexpected

PAYMENT = {"amount_minor": 4000, "currency": "USD"}


def charge(url: str, merchant: str, reference: str, fault: str = "") -> None:
    body = {**PAYMENT, "card": "tok_visa", "merchant": merchant, "reference": reference}
    with http_client(url) as client:
        client.post("/charges", json=body, headers={"X-Gateway-Fault": fault} if fault else {})


def test_books_differ_when_the_gateway_charged_twice(gateway: GatewayClient, gateway_url: str) -> None:
    charge(gateway_url, "books-1", "pay-1", "kind=duplicate_charge; phase=after")
    charge(gateway_url, "books-1", "pay-2")

    differences = gateway.reconcile([PAYMENT | {"reference": name} for name in ("pay-1", "pay-2")], merchant="books-1")

    assert [(one["kind"], one["reference"]) for one in differences] == [("charged_twice", "pay-1")]
    assert [total["net_minor"] for total in gateway.settlement(merchant="books-1")] == [12000]


def test_books_agree_when_both_sides_say_the_same(gateway: GatewayClient, gateway_url: str) -> None:
    charge(gateway_url, "books-2", "pay-1")

    assert gateway.reconcile([PAYMENT | {"reference": "pay-1"}], merchant="books-2") == []


def test_cut_report_is_an_error_when_differences_are_left_out() -> None:
    cut = {"merchant": "m", "matched": 0, "differences": [], "left_out": 2, "totals": []}
    with (
        http_client("http://gateway.test", httpx.MockTransport(lambda _: httpx.Response(200, json=cut))) as client,
        pytest.raises(AnswerUnexpected, match="left 2 differences out"),
    ):
        GatewayClient(client).reconcile([])
