"""Takes pictures of the gateway's admin page, with a gateway of its own that has some life in it.

    python -m docs.pictures.admin_page

Needs an installed Chromium or Chrome, and playwright. Writes gateway-admin*.png beside this file.
"""

import contextlib
import itertools
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SHOTS = (
    ("gateway-admin", 1440, 1160, "light"),
    ("gateway-admin-dark", 1440, 1160, "dark"),
    ("gateway-admin-phone", 390, 1400, "light"),
)
STRIPE = {"Authorization": "Bearer sk_test_pictures"}
WITHIN_S = 10.0


def main() -> None:
    """Take every picture."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        sys.exit(f"no browser on the path, looked for {', '.join(BROWSERS)}")
    with _receiver() as receiver_url, _gateway() as url, sync_playwright() as driver:
        with httpx.Client(base_url=url, timeout=WITHIN_S) as client:
            _live(client, receiver_url)
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        for name, width, height, scheme in SHOTS:
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            _shoot(page, f"{url}/_admin/", HERE / f"{name}.png")
        browser.close()


def _shoot(page: Page, url: str, path: Path) -> None:
    page.goto(url)
    page.get_by_text("live", exact=True).wait_for()
    page.locator("#fault-kind option").first.wait_for(state="attached")
    page.screenshot(path=path)
    page.close()


@contextlib.contextmanager
def _gateway() -> Iterator[str]:
    command = [sys.executable, "-m", "mock_gateway", "--port", "0", "--seed", "7", "--stop-with-parent"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        said = process.stdout.readline() if process.stdout else ""
        found = re.search(r"http://\S+", said)
        try:
            yield found[0] if found else sys.exit("the gateway did not start")
        finally:
            process.terminate()


@contextlib.contextmanager
def _receiver() -> Iterator[str]:
    """Take webhooks, every fourth with an error."""
    turns = itertools.count(1)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(503 if next(turns) % 4 == 0 else 200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/webhooks"
        server.shutdown()


def _live(client: httpx.Client, receiver_url: str) -> None:
    """Let the gateway see a day: three dialects, declines, refunds, holds, disputes, faults."""
    client.post("/v1/webhook_endpoints", headers=STRIPE, data={"url": receiver_url, "enabled_events[]": "*"})
    for number in range(1, 12):
        _charge(client, f"pay-{number:03}", 1_250 * number, ("USD", "USD", "EUR")[number % 3])
    first = _charge(client, "pay-012", 8_000, "USD")
    client.post("/refunds", json={"charge": first, "amount_minor": 3_000})
    _charge(client, "pay-013", 6_400, "JPY")
    _charge(client, "pay-014", 9_900, "USD", card="tok_chargeDeclinedInsufficientFunds")
    hold = {"amount_minor": 22_000, "currency": "USD", "card": "tok_visa", "merchant": "hotel", "reference": "room-7"}
    client.post("/authorizations", json=hold)
    _charge(client, "pay-015", 12_900, "USD", card="tok_createDispute")
    _stripe(client)
    _charge(client, "pay-016", 4_000, "USD", key="pay-016:charge")
    _charge(client, "pay-016", 4_000, "USD", key="pay-016:charge")
    _faults(client)
    client.post("/_admin/clock", json={"advance": "1d"})


def _charge(client: httpx.Client, reference: str, amount_minor: int, currency: str, **more: str) -> str:
    key = more.pop("key", f"{reference}:charge")
    body = {"amount_minor": amount_minor, "currency": currency, "card": "tok_visa", "merchant": "shop", **more}
    with contextlib.suppress(httpx.HTTPError):
        answer = client.post(
            "/charges",
            json={**body, "reference": reference, "customer": f"user-{reference[-1]}"},
            headers={"Idempotency-Key": key},
        )
        return str(answer.json().get("id", ""))
    return ""


def _stripe(client: httpx.Client) -> None:
    for amount in (4_200, 1_999):
        terms = {"amount": str(amount), "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}
        client.post("/v1/payment_intents", headers=STRIPE, data={**terms, "return_url": "http://localhost/"})


def _faults(client: httpx.Client) -> None:
    rules: list[dict[str, Any]] = [
        {"kind": "reset", "phase": "after", "name": "lost answers", "match": {"reference": {"like": "pay-lost-*"}}},
        {"kind": "slow", "delay_ms": 120, "p99_ms": 900, "match": {"operation": "refund"}, "probability": 0.3},
        {"kind": "rate_limited", "match": {"merchant": "busy", "amount_minor": {"at_least": 5_000}}, "ttl_s": 600},
        {"kind": "drop_delivery", "match": {"event": "charge.refunded"}, "times": 2},
    ]
    client.post("/_admin/faults", json=rules)
    _charge(client, "pay-lost-1", 2_500, "USD")
    _charge(client, "pay-017", 7_700, "USD", merchant="busy")
    _charge(client, "pay-lost-2", 3_100, "EUR")


if __name__ == "__main__":
    main()
