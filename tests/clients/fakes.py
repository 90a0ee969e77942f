"""A payments API and a gateway in a few lines, behind httpx transports: what clients are tested against."""

import json
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import httpx

from harness.clients import GatewayClient, Names, PaymentsClient
from harness.clients.api import RecordedApi, http_client
from harness.history import Recorder

Answering = Callable[[httpx.Request], httpx.Response]


class Clients:
    """A payments client whose requests `answering` gets, and its recorder; time goes on by 0.1 s a question."""

    def evidence(self, payment_id: str) -> Mapping[str, object]:
        return {"execution": f"RUNNING in ProcessPayment, attempt 3 ({payment_id})"}

    def states(self, payment_id: str) -> list[str]:
        return ["CheckWalletBalance", payment_id]

    def failed_attempts(self, payment_id: str) -> list[str]:
        return ["Runtime.ExitError", payment_id]

    def circuit_changes(self, merchant: str) -> list[str]:
        return ["opened", merchant]

    def __init__(self, answering: Answering) -> None:
        ticks = count()

        def now_s() -> float:
            return next(ticks) / 10

        self.recorder = Recorder(now_s)
        self.sent: list[httpx.Request] = []

        def answered(request: httpx.Request) -> httpx.Response:
            self.sent.append(request)
            return answering(request)

        http = http_client("http://payments.test", httpx.MockTransport(answered))
        self.payments = PaymentsClient(
            RecordedApi(http, "key-1", self.recorder, identified_by="payment_id"),
            Names(7, "test"),
            now_s,
            self,
            "key-trial",
        )


def answers(*several: httpx.Response | Exception) -> Answering:
    """Give these answers one after the other, the last one for ever; an exception is raised."""
    left = list(several)

    def answering(_: httpx.Request) -> httpx.Response:
        following = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(following, Exception):
            raise following
        # A fresh response each time: a stream can be read once.
        return httpx.Response(following.status_code, content=following.content, headers=following.headers)

    return answering


def answer(status_code: int, **document: Any) -> httpx.Response:
    return httpx.Response(status_code, json=document)


def body_of(request: httpx.Request) -> Mapping[str, Any]:
    document: Mapping[str, Any] = json.loads(request.content)
    return document


class FakeGateway:
    """Keeps fault rules and answers with a ledger in pages."""

    def __init__(self, *entries: Mapping[str, Any], page: int = 2) -> None:
        self.entries = entries
        self.page = page
        self.rules: dict[str, Mapping[str, Any]] = {}
        self.healed: list[str] = []
        self.fired: dict[str, int] = {}
        self.client = GatewayClient(http_client("http://gateway.test", httpx.MockTransport(self._answer)))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        match request.method, request.url.path:
            case "POST", "/_admin/faults":
                fault_id = f"fault_{len(self.rules) + len(self.healed) + 1}"
                self.rules[fault_id] = body_of(request)
                return answer(201, id=fault_id)
            case "DELETE", path if path.startswith("/_admin/faults/"):
                fault_id = path.rpartition("/")[2]
                self.healed.append(fault_id)
                return httpx.Response(204 if self.rules.pop(fault_id, None) else 404)
            case "GET", "/_admin/fired":
                return answer(200, fired=[], counts=self.fired)
            case "GET", "/ledger":
                return self._ledger(request.url.params)
            case _:
                return answer(500, error={"code": "unexpected"})

    def _ledger(self, params: httpx.QueryParams) -> httpx.Response:
        wanted = {name: value for name, value in params.items() if name not in ("limit", "after")}
        rows = [row for row in self.entries if all(row.get(name) == value for name, value in wanted.items())]
        start = int(params.get("after", "0"))
        following = start + self.page if start + self.page < len(rows) else None
        return answer(200, entries=rows[start : start + self.page], next=following)


def entry(sequence: int, kind: str = "charge", status: str = "succeeded", **more: Any) -> dict[str, Any]:
    return {
        "sequence": sequence,
        "id": f"{kind[:2]}_{sequence}",
        "kind": kind,
        "status": status,
        "amount_minor": 4000,
        "currency": "USD",
        "reference": "pay-1",
        **more,
    }
