"""Webhooks of the program: nothing that was committed goes untold, and a receiver never keeps it from stopping."""

import signal
import time
from pathlib import Path

import pytest
import stripe

from mock_gateway.__main__ import main
from tests.mock_gateway.driving import OverTheWire, eventually, served
from tests.mock_gateway.test_program import running
from tests.mock_gateway.webhooks.receiving import VERIFIED, Receiver, receiving


def paying(wire: OverTheWire) -> stripe.StripeClient:
    return stripe.StripeClient("sk_test_1", base_addresses={"api": f"http://127.0.0.1:{wire.port}"})


def subscribe(client: stripe.StripeClient, receiver: Receiver) -> None:
    endpoint = client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["charge.succeeded"]})
    receiver.secret = str(endpoint.secret)


def pay(client: stripe.StripeClient) -> str:
    intent = client.v1.payment_intents.create(
        {"amount": 4000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    )
    return str(intent.latest_charge)


@pytest.mark.slow
def test_event_is_told_after_all_when_the_process_was_killed_before_it_was(tmp_path: Path) -> None:
    database = str(tmp_path / "gateway.sqlite3")
    with receiving() as receiver:
        with running("--database", database) as (process, wire):
            client = paying(wire)
            subscribe(client, receiver)
            wire.set_fault("delay_delivery", delay_ms=600_000)
            charge = pay(client)
            process.send_signal(signal.SIGKILL)
            process.wait(5)
        assert receiver.received == []

        with running("--database", database) as (_, wire):
            eventually(lambda: len(receiver.received) == 1)

    (received,) = receiver.received
    assert (received.event["data"]["object"]["id"], received.verdict) == (charge, VERIFIED)


@pytest.mark.slow
def test_process_ends_at_once_when_a_receiver_hangs() -> None:
    with receiving() as receiver, running() as (process, wire):
        receiver.is_awake.clear()
        client = paying(wire)
        subscribe(client, receiver)
        pay(client)
        eventually(lambda: len(receiver.received) == 1)
        began_s = time.monotonic()
        process.send_signal(signal.SIGTERM)

        assert process.wait(5) == 0
        assert time.monotonic() - began_s < 3
        receiver.is_awake.set()
        _, log = process.communicate(timeout=5)
        assert "Traceback" not in log


def test_other_machines_may_be_told_when_the_gateway_is_started_so() -> None:
    with served(webhooks_anywhere=True) as wire:
        created = paying(wire).v1.webhook_endpoints.create({"url": "https://example.com/", "enabled_events": ["*"]})

    assert created.url == "https://example.com/"


@pytest.mark.parametrize("option", ["--webhook-retry-base-ms", "--webhook-timeout-ms"])
def test_option_is_refused_when_it_is_out_of_bounds(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([option, "0"])

    assert ended.value.code == 2
    assert option in capsys.readouterr().err
